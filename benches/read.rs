//! Reading into a `Declaration` against a bare quick-xml event pass over the same bytes.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, clippy::cast_precision_loss, reason = "a benchmark")]

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use motcua::message::{ReadOptions, read};

fn bench(c: &mut Criterion) {
    let options = ReadOptions::default();
    for (name, documents) in common::corpora() {
        let bytes: usize = documents.iter().map(Vec::len).sum();
        let mut group = c.benchmark_group(format!("read/{name}"));
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function("bare", |b| {
            b.iter(|| documents.iter().map(|d| common::bare_pass(d)).sum::<usize>());
        });
        group.bench_function("declaration", |b| {
            b.iter(|| {
                documents.iter().map(|d| read(d, &options).map_or(0, |r| r.declaration.items.len())).sum::<usize>()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
