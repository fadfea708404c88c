//! The store: a history of 10,000 events, and a page of a queue among 1,000,000 open tasks.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "common/stored.rs"]
mod stored;

use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use motcua::store::lists::{Desk, TaskFilter};
use motcua::store::{Database, cases, lists};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

criterion_group!(benches, store);
criterion_main!(benches);
