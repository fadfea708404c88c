//! Messages taken in over HTTP, by the service as a process of its own, with the load made on the
//! same machine.
//!
//! `cargo bench --bench intake -- rate [SECONDS]`: 64 connections send national declarations of five
//! lines as fast as they are answered; then the rows that the service has written are inserted
//! again with nothing but sqlx, as many declarations in a transaction as the service had.
//! `-- latency [SECONDS]`: 500 a second, at their times whether or not the service keeps up.
//! `-- memory [SECONDS]`: full load, and what the process holds meanwhile.
//!
//! `MOTCUA_BENCH_DATABASE=postgres://…` takes that database, which has to be empty, instead of a
//! SQLite file in the folder for temporary files.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark")]

#[path = "../tests/it/process.rs"]
mod process;
#[path = "common/stored.rs"]
mod stored;

use std::borrow::Cow;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use motcua::generate::{Generator, Plan, Style};
use motcua::law::Pack;
use process::{Process, Wire, broker};
use stored::Written;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 64;
/// Messages a second that latency is measured at.
const STEADY: u32 = 500;
const JSON: &str = "application/json";
const FAMILY: &str = "application/xml";

/// The day where the law applies.
#[expect(clippy::disallowed_methods, reason = "the service has the same clock")]
fn today(pack: &Pack) -> Date {
    let zone = jiff::tz::TimeZone::get(&pack.time_zone).unwrap();
    jiff::Timestamp::now().to_zoned_datetime(zone).date()
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The service on a new database, with somebody who may send.
struct Bench {
    folder: Folder,
    database: String,
    process: Process,
    key: Arc<str>,
    traffic: Arc<Traffic>,
}

/// Declarations of five lines, without end.
struct Traffic {
    generator: Generator<'static>,
    /// Those that were made beforehand.
    ready: Vec<Vec<u8>>,
    next: AtomicU64,
}

impl Traffic {
    fn take(&self) -> (u64, Cow<'_, [u8]>) {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        let ready = usize::try_from(at).ok().and_then(|at| self.ready.get(at));
        (at, ready.map_or_else(|| self.generator.document(at).into(), Cow::from))
    }
}

impl Bench {
    /// So many declarations are made before it begins.
    fn start(ready: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("motcua-intake-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let folder = Folder(folder);
        let named = std::env::var("MOTCUA_BENCH_DATABASE").ok();
        let database = named.unwrap_or_else(|| folder.0.join("motcua.db").display().to_string());
        let process = Process::start(&database, Some(&folder.0.join("log")));
        let key = broker(&database, "load").into();
        let pack = motcua::embedded::pack();
        // Of today: what is old would be late the moment it comes, and clocks would ring.
        let today = today(pack);
        let plan = Plan {
            seed: u64::from(std::process::id()),
            style: Style::National,
            from: today,
            to: today,
            lines: Some(5),
        };
        let generator = Generator::new(pack, plan).unwrap();
        let ready = (0..ready).map(|at| generator.document(at)).collect();
        Self {
            folder,
            database,
            process,
            key,
            traffic: Arc::new(Traffic { generator, ready, next: AtomicU64::new(0) }),
        }
    }

    /// Sends on all connections until the time is up; gives how many were taken.
    async fn flood(&self, time: Duration) -> (u64, Duration) {
        let mut sending = JoinSet::new();
        let began = Instant::now();
        for _ in 0..CONNECTIONS {
            let (traffic, key, address) = (Arc::clone(&self.traffic), Arc::clone(&self.key), self.process.address);
            sending.spawn(async move {
                let mut wire = Wire::open(address).await.unwrap();
                let mut taken = 0;
                while began.elapsed() < time {
                    let (status, _) = wire.send(&key, FAMILY, &traffic.take().1).await.unwrap();
                    assert!(matches!(status, 200 | 201 | 422), "{status}");
                    taken += 1;
                }
                taken
            });
        }
        let taken = sending.join_all().await.into_iter().sum();
        (taken, began.elapsed())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| text != "--bench").collect();
    let seconds = arguments.get(1).and_then(|text| text.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.first().map(String::as_str) {
        Some("latency") => runtime.block_on(latency(Duration::from_secs(seconds.unwrap_or(30)))),
        Some("memory") => runtime.block_on(memory(Duration::from_secs(seconds.unwrap_or(180)))),
        _ => runtime.block_on(rate(Duration::from_secs(seconds.unwrap_or(20)))),
    }
}

async fn rate(time: Duration) {
    let bench = Bench::start(6_000 * time.as_secs());
    let (taken, took) = bench.flood(time).await;
    let served = taken as f64 / took.as_secs_f64();
    println!("service, {CONNECTIONS} connections: {taken} declarations in {took:.1?}, {served:.0} a second");
    let Bench { folder, database, process, .. } = bench;
    let transactions = transactions(&process).await;
    assert!(process.end());
    let written = Written::read(&database).await;
    let together = (written.len() / transactions).max(1);
    let rate = |took: Duration| written.len() as f64 / took.as_secs_f64();
    let raw = rate(written.insert(&folder.0, &database, together).await);
    println!("sqlx alone, {together} declarations a transaction: {raw:.0} a second; ratio {:.2}", served / raw);
    if database.starts_with("postgres") {
        let raw = rate(written.insert_columns(&database, together).await);
        println!("the same with a column at a time: {raw:.0} a second; ratio {:.2}", served / raw);
    }
}

/// The transactions that a service has made durable.
async fn transactions(process: &Process) -> usize {
    let (_, metrics) = Wire::open(process.address).await.unwrap().get("/metrics").await.unwrap();
    let metrics = String::from_utf8(metrics).unwrap();
    let count = metrics.lines().find_map(|line| line.strip_prefix("motcua_transactions_total "));
    count.unwrap().parse().unwrap()
}

async fn latency(time: Duration) {
    let count = u64::from(STEADY) * time.as_secs();
    let bench = Bench::start(count);
    let fsync = fsync_p99(&bench.folder.0);
    let gap = Duration::from_secs(1) / STEADY;
    let began = Instant::now() + Duration::from_millis(50);
    let mut sending = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (traffic, key, address) = (Arc::clone(&bench.traffic), Arc::clone(&bench.key), bench.process.address);
        sending.spawn(async move {
            let mut wire = Wire::open(address).await.unwrap();
            let mut took = Vec::new();
            loop {
                let (at, document) = traffic.take();
                if at >= count {
                    break;
                }
                // From when it was due, so that waiting for a free connection counts.
                let due = began + gap * u32::try_from(at).unwrap();
                tokio::time::sleep_until(due.into()).await;
                let (status, _) = wire.send(&key, JSON, &document).await.unwrap();
                assert!(matches!(status, 201 | 422), "{status}");
                took.push(due.elapsed());
            }
            took
        });
    }
    let mut took = sending.join_all().await.concat();
    took.sort_unstable();
    println!("{} declarations at {STEADY} a second, answered when durable:", took.len());
    for (name, part) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("worst", 1.0)] {
        println!("  {name} {:.1?}", at_part(&took, part));
    }
    println!(
        "the disk's own fsync of 4 KB: p99 {fsync:.1?}; p99 of the service is {:.1} of it",
        at_part(&took, 0.99).as_secs_f64() / fsync.as_secs_f64()
    );
}

/// The sorted times' quantile.
fn at_part(took: &[Duration], part: f64) -> Duration {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let at = ((took.len() as f64 * part) as usize).min(took.len() - 1);
    took[at]
}

/// How long the disk takes to make 4 KB durable, at the 99th percentile.
fn fsync_p99(folder: &Path) -> Duration {
    let mut file = std::fs::File::create(folder.join("fsync")).unwrap();
    let mut took: Vec<Duration> = (0..2_000)
        .map(|_| {
            let began = Instant::now();
            file.rewind().unwrap();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    at_part(&took, 0.99)
}

async fn memory(time: Duration) {
    let bench = Bench::start(0);
    let id = bench.process.id();
    let watching = tokio::spawn(async move {
        let mut seconds = 0;
        while let Some(size) = resident(id) {
            println!("  {seconds:>4} s  {size} MB");
            tokio::time::sleep(Duration::from_secs(10)).await;
            seconds += 10;
        }
    });
    let (taken, took) = bench.flood(time).await;
    watching.abort();
    println!("{taken} declarations in {took:.0?}, {:.0} a second", taken as f64 / took.as_secs_f64());
}

/// Megabytes of memory that a process holds.
fn resident(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|size| size / 1024)
}
