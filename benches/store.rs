//! The store: a history of 10,000 events, a page of a queue among 1,000,000 open tasks, and the rate
//! at which sqlx alone inserts the rows that a service writes for each declaration.
//!
//! `MOTCUA_BENCH_ROWS=FILE` names a SQLite database that a service has filled (`motcua serve`, then
//! traffic): its rows are inserted again into a new one with the same indexes.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark")]

#[path = "common/stored.rs"]
mod stored;

use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use motcua::store::lists::{Desk, TaskFilter};
use motcua::store::{Database, cases, lists};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("motcua-bench-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn store(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = Folder::new();
    let file = folder.0.join("motcua.db");
    let database = runtime.block_on(Database::open(file.to_str().unwrap())).unwrap();
    let case = runtime.block_on(stored::long_history(&database, 10_000));
    criterion.bench_function("history of 10,000 events", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut reader = database.read().await.unwrap();
                cases::declaration(&mut reader.link(), case).await.unwrap().unwrap().head
            })
        });
    });
    runtime.block_on(stored::open_tasks(&file, 1_000_000));
    for (name, desk) in [
        ("an agency", Desk::Agency("agency-7".to_owned())),
        ("customs", Desk::Customs(Some("agency-3".to_owned()))),
        ("all", Desk::All),
    ] {
        let half_way = half_way(&runtime, &database, &desk);
        for (place, after) in [("first", None), ("later", half_way.as_deref())] {
            criterion.bench_function(&format!("{place} page of {name} among 1,000,000 tasks"), |bencher| {
                bencher.iter(|| {
                    runtime.block_on(async {
                        let mut reader = database.read().await.unwrap();
                        let filter = TaskFilter::default();
                        lists::tasks(&mut reader.link(), &desk, &filter, after, 50).await.unwrap().rows.len()
                    })
                });
            });
        }
    }
    runtime.block_on(database.close());
    if let Some(rows) = std::env::var_os("MOTCUA_BENCH_ROWS") {
        runtime.block_on(raw_rate(Path::new(&rows), &folder.0));
    }
}

/// A place some pages on.
fn half_way(runtime: &tokio::runtime::Runtime, database: &Database, desk: &Desk) -> Option<String> {
    runtime.block_on(async {
        let mut after = None;
        for _ in 0..50 {
            let mut reader = database.read().await.unwrap();
            let page = lists::tasks(&mut reader.link(), desk, &TaskFilter::default(), after.as_deref(), 200).await;
            after = page.unwrap().next;
        }
        after
    })
}

async fn raw_rate(rows: &Path, folder: &Path) {
    let written = stored::Written::read(rows).await;
    for together in [1, 16, 64, 256] {
        let file = folder.join(format!("raw-{together}.db"));
        Database::open(file.to_str().unwrap()).await.unwrap().close().await;
        let began = Instant::now();
        written.insert(&file, together).await;
        let seconds = began.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for reading")]
        let rate = written.len() as f64 / seconds;
        eprintln!("sqlx alone, {together} declarations a transaction: {rate:.0} declarations a second");
    }
}

criterion_group!(benches, store);
criterion_main!(benches);
