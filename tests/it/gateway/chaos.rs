//! Two gateways as processes of their own, killed at random, with a link between them that drops,
//! delays, cuts and (where other access points carry the messages) repeats, reorders and truncates.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use motcua::clearance::case::certificate::Certificate;
use motcua::message::signature::{Place, Trust, verify};
use motcua::store::lists::PAGE_MAX;
use motcua::store::{Database, cases, certificates, outbox, partners};
use sha2::{Digest as _, Sha256};

use crate::store::servers::folder;

/// How many certificates, and how often each side is killed.
fn size() -> (u64, u64) {
    if std::env::var_os("MOTCUA_TEST_FULL").is_some() { (10_000, 20) } else { (150, 3) }
}

/// So long all of it may take: a busy machine is slow, and it ends.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

/// Numbers that look drawn, the same in each run.
#[derive(Debug)]
struct Dice(AtomicU64);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed).wrapping_add(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (state ^ (state >> 31)) % sides
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A side of the exchange.
struct Side {
    country: &'static str,
    home: PathBuf,
    port: u16,
    peer: String,
    trust: String,
    certificates: u64,
    child: Option<Child>,
}

impl Side {
    fn command(country: &str, home: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
        command.args(["partner", "--country", country, "--home"]).arg(home);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn keys(country: &str, home: &Path) {
        assert!(Self::command(country, home).arg("--keys-only").status().unwrap().success());
    }

    fn start(&mut self) {
        let mut command = Self::command(self.country, &self.home);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port), "--longest-pause", "500"]);
        command.args(["--peer", &self.peer, "--trust", &self.trust]);
        command.args(["--certificates", &self.certificates.to_string()]);
        self.child = Some(command.spawn().unwrap());
    }

    /// Kills it (SIGKILL) between whatever two lines it is.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    async fn database(&self) -> Database {
        Database::open_existing(&self.home.join("partner.db").display().to_string()).await.unwrap()
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A link that lets connections through, or not: it refuses, delays, cuts after some bytes.
struct Link {
    port: u16,
    calm: Arc<AtomicBool>,
}

impl Link {
    fn to(port: u16, dice: Arc<Dice>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let calm = Arc::new(AtomicBool::new(false));
        let of_thread = Arc::clone(&calm);
        std::thread::spawn(move || {
            for came in listener.incoming() {
                let Ok(came) = came else { return };
                let (dice, calm) = (Arc::clone(&dice), Arc::clone(&of_thread));
                std::thread::spawn(move || {
                    let calm = calm.load(Ordering::Relaxed);
                    if !calm && dice.roll(8) == 0 {
                        return; // Dropped at once.
                    }
                    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
                    let cut = |sides: u64| if calm || dice.roll(3) > 0 { u64::MAX } else { dice.roll(sides) };
                    let (there, back) = (cut(200_000), cut(60_000));
                    let delay = Duration::from_millis(if calm { 0 } else { dice.roll(20) });
                    let (from, to) = (came.try_clone().unwrap(), server.try_clone().unwrap());
                    std::thread::spawn(move || pass(from, to, there, delay));
                    pass(server, came, back, delay);
                });
            }
        });
        Self { port: own, calm }
    }
}

/// Passes bytes on until so many have passed, then cuts both ends.
fn pass(mut from: TcpStream, mut to: TcpStream, mut left: u64, delay: Duration) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        let count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
        left -= count as u64;
        std::thread::sleep(delay);
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// The certificates of a side's store.
async fn all(database: &Database, side: &str) -> Vec<Certificate> {
    let mut reader = database.read().await.unwrap();
    let filter = certificates::CertificateFilter { side: Some(side.to_owned()), ..Default::default() };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = certificates::list(&mut reader.link(), &filter, after.as_deref(), PAGE_MAX).await.unwrap();
        for row in &page.rows {
            found.push(cases::certificate_and_head(&mut reader.link(), row.case).await.unwrap().unwrap().0);
        }
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// How many certificates of a side stand so.
async fn standing(database: &Database, side: &str, status: &str) -> usize {
    let mut reader = database.read().await.unwrap();
    certificates::standing(&mut reader.link(), side, status, i64::MAX).await.unwrap().len()
}

/// At the end both sides agree on every certificate, each was used once, every receipt verifies.
async fn agree(thailand: &Side, vietnam: &Side, count: u64) {
    let (there, here) = (thailand.database().await, vietnam.database().await);
    let (mut issued, mut received) = (all(&there, "out").await, all(&here, "in").await);
    assert_eq!((issued.len() as u64, received.len() as u64), (count, count));
    issued.sort_by(|a, b| a.key.cmp(&b.key));
    received.sort_by(|a, b| a.key.cmp(&b.key));
    for (issued, received) in issued.iter().zip(&received) {
        assert_eq!(issued.content, received.content, "{}", issued.key);
        assert_eq!((issued.status().as_str(), received.status().as_str()), ("used", "used"), "{}", issued.key);
        assert_eq!(received.used.len(), 1, "{} was used once", received.key);
        assert_eq!((issued.conflicts, received.conflicts), (0, 0), "{}", issued.key);
        for item in &received.content.as_ref().unwrap().items {
            assert_eq!(issued.used_of(item.number), item.measured().unwrap().amount, "{}", issued.key);
        }
    }
    for (database, of, trust) in [(&there, &issued, &vietnam.home), (&here, &received, &thailand.home)] {
        let trust = Trust::from_pem(&std::fs::read(trust.join("trust.pem")).unwrap()).unwrap();
        let mut reader = database.read().await.unwrap();
        for id in of.iter().flat_map(|certificate| certificate.messages.keys()) {
            let receipt = partners::receipt(&mut reader.link(), id).await.unwrap().expect("there is a receipt");
            let sent = outbox::by_id(&mut reader.link(), id).await.unwrap().unwrap();
            assert_eq!(receipt.digest, <[u8; 32]>::from(Sha256::digest(&sent.message.body)), "{id}");
            verify(&receipt.content, &trust, receipt.at, Place::Document).expect("its signature holds");
        }
    }
}

/// Kills both sides now and then until all is done.
async fn run(thailand: &mut Side, vietnam: &mut Side, dice: &Dice, calm: impl Fn()) {
    let (count, kills) = size();
    let began = Instant::now();
    thailand.start();
    vietnam.start();
    let mut killed = 0;
    loop {
        std::thread::sleep(Duration::from_millis(400 + dice.roll(1_200)));
        if killed < kills {
            killed += 1;
            for side in [&mut *thailand, &mut *vietnam] {
                if dice.roll(3) > 0 {
                    side.kill();
                    std::thread::sleep(Duration::from_millis(dice.roll(300)));
                    side.start();
                }
            }
            continue;
        }
        // What is left goes through by itself, however bad the link is; it would only take longer.
        calm();
        if thailand.home.join("partner.db").exists() {
            let database = thailand.database().await;
            let used = standing(&database, "out", "used").await;
            database.close().await;
            if used as u64 == count {
                break;
            }
        }
        assert!(began.elapsed() < PATIENCE, "it does not come to an end");
    }
    // What is on its way is noted.
    std::thread::sleep(Duration::from_secs(2));
    thailand.kill();
    vietnam.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_that_are_killed_at_random_agree_at_the_end_over_a_link_that_cuts() {
    let root = folder();
    let dice = Arc::new(Dice(AtomicU64::new(7)));
    let (home_th, home_vn) = (root.join("th"), root.join("vn"));
    Side::keys("TH", &home_th);
    Side::keys("VN", &home_vn);
    let (port_th, port_vn) = (free_port(), free_port());
    let (to_vn, to_th) = (Link::to(port_vn, Arc::clone(&dice)), Link::to(port_th, Arc::clone(&dice)));
    let address = |port: u16| format!("https://localhost:{port}{}", motcua::server::GATEWAY_PATH);
    let mut thailand = Side {
        country: "TH",
        port: port_th,
        peer: format!("VN={}", address(to_vn.port)),
        trust: format!("VN={}", home_vn.join("trust.pem").display()),
        home: home_th.clone(),
        certificates: size().0,
        child: None,
    };
    let mut vietnam = Side {
        country: "VN",
        port: port_vn,
        peer: format!("TH={}", address(to_th.port)),
        trust: format!("TH={}", home_th.join("trust.pem").display()),
        home: home_vn,
        certificates: 0,
        child: None,
    };
    let calm = || {
        to_vn.calm.store(true, Ordering::Relaxed);
        to_th.calm.store(true, Ordering::Relaxed);
    };
    run(&mut thailand, &mut vietnam, &dice, calm).await;
    agree(&thailand, &vietnam, size().0).await;
}

/// Carries files from one folder to another as a bad access point does: late, again, out of order, and
/// once in a while only a part of one first.
fn carry(from: &Path, to: &Path, dice: &Dice) {
    let Ok(listed) = std::fs::read_dir(from) else { return };
    let mut files: Vec<PathBuf> = listed.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|file| !file.file_name().unwrap().to_string_lossy().starts_with('.'));
    files.sort_by_cached_key(|_| dice.roll(1_000));
    let _ = std::fs::create_dir_all(to);
    for file in files.into_iter().take(40) {
        let Ok(content) = std::fs::read(&file) else { continue };
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let put = |name: &str, content: &[u8]| {
            let part = to.join(format!(".{name}"));
            std::fs::write(&part, content).unwrap();
            std::fs::rename(&part, to.join(name)).unwrap();
        };
        if dice.roll(20) == 0 {
            put(&format!("cut-{name}"), &content[..content.len() / 2]);
        }
        if dice.roll(6) == 0 {
            put(&format!("again-{name}"), &content);
        }
        if dice.roll(5) > 0 {
            put(&name, &content);
            let _ = std::fs::remove_file(&file);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_agree_over_folders_whose_carrier_repeats_reorders_and_truncates() {
    let root = folder();
    let dice = Arc::new(Dice(AtomicU64::new(11)));
    let (home_th, home_vn) = (root.join("th"), root.join("vn"));
    Side::keys("TH", &home_th);
    Side::keys("VN", &home_vn);
    let (at_th, at_vn) = (root.join("as4-th"), root.join("as4-vn"));
    let side = |country, home: &Path, peer: &str, at: &Path, trust: &Path, certificates| Side {
        country,
        port: free_port(),
        peer: format!("{peer}={}", at.display()),
        trust: format!("{peer}={}", trust.join("trust.pem").display()),
        home: home.to_owned(),
        certificates,
        child: None,
    };
    let mut thailand = side("TH", &home_th, "VN", &at_th, &home_vn, size().0);
    let mut vietnam = side("VN", &home_vn, "TH", &at_vn, &home_th, 0);
    let stop = Arc::new(AtomicBool::new(false));
    let carrier = {
        let (stop, dice) = (Arc::clone(&stop), Arc::clone(&dice));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                for (from, to) in [(&at_th, &at_vn), (&at_vn, &at_th)] {
                    carry(&from.join("out"), &to.join("in"), &dice);
                    carry(&from.join("receipts/out"), &to.join("receipts/in"), &dice);
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        })
    };
    run(&mut thailand, &mut vietnam, &dice, || {}).await;
    stop.store(true, Ordering::Relaxed);
    carrier.join().unwrap();
    agree(&thailand, &vietnam, size().0).await;
}
