//! Bytes to decision, written as ndjson, against a bare quick-xml event pass, on one and on two
//! threads; and what it costs to put a decision into a record beside the decision itself.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, clippy::cast_precision_loss, reason = "a benchmark")]

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::date;
use motcua::clearance::batch::{Message, decide_parallel};
use motcua::clearance::explain::Lang;
use motcua::clearance::record::DecisionRecord;
use motcua::clearance::{AnswerWriter, Examiner, LawDay, Room};
use motcua::screening::{NoTrace, Screener};
use rayon::prelude::*;

fn bench(c: &mut Criterion) {
    let pack = motcua::embedded::pack();
    let options = common::options();
    let screener = Screener::new(pack);
    let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None });
    let writer = AnswerWriter::new(pack, Lang::En);
    for (name, documents) in common::corpora() {
        // Enough to keep two threads busy.
        let copies = 4_000 / documents.len() + 1;
        let messages: Vec<Message<'_>> = (0..copies)
            .flat_map(|_| documents.iter())
            .map(|bytes| Message { source: "bench.xml", content: Ok(bytes) })
            .collect();
        let bytes: usize = messages.iter().map(|m| m.content.map_or(0, <[u8]>::len)).sum();
        let mut group = c.benchmark_group(format!("clear/{name}"));
        group.throughput(Throughput::Bytes(bytes as u64));
        group.sample_size(20);
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            group.bench_function(format!("bare/{threads}"), |b| {
                b.iter(|| {
                    pool.install(|| {
                        messages
                            .par_chunks(16)
                            .map(|run| run.iter().map(|m| m.content.map_or(0, common::bare_pass)).sum::<usize>())
                            .sum::<usize>()
                    })
                });
            });
            group.bench_function(format!("ndjson/{threads}"), |b| {
                b.iter(|| {
                    pool.install(|| {
                        // Batch by batch, as the command does it.
                        messages
                            .chunks(1024)
                            .map(|batch| {
                                let answers = decide_parallel(&examiner, &writer, &options, batch, 16);
                                answers.iter().map(|a| a.bytes.len()).sum::<usize>()
                            })
                            .sum::<usize>()
                    })
                });
            });
        }
        group.finish();
    }
}

fn record(c: &mut Criterion) {
    let documents = common::national(4_000);
    let options = common::options();
    let mut readings: Vec<_> =
        documents.iter().filter_map(|document| motcua::message::read(document, &options).ok()).collect();
    readings.retain(|reading| reading.declaration.items.len() == 5);
    let screener = Screener::new(motcua::embedded::pack());
    let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None });
    let mut room = Room::default();
    let mut group = c.benchmark_group("record/5-lines");
    for with_record in [false, true] {
        let mut at = 0;
        group.bench_function(if with_record { "examine-and-record" } else { "examine" }, |b| {
            b.iter(|| {
                at = (at + 1) % readings.len();
                let examination = examiner.examine(&readings[at], &mut room, &mut NoTrace);
                with_record.then(|| DecisionRecord::of(&examiner, &examination))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench, record);
criterion_main!(benches);
