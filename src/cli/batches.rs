//! Documents in batches: one thread reads ahead while the batch before is worked on.
//!
//! Batches and the queue between are bounded, so that memory does not grow with the input.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::CliError;
use super::input::{Input, InputError};
use crate::clearance::batch::Message;
use crate::documents::{Document, Taken};

/// Documents of a batch, and most bytes of it.
const BATCH_DOCUMENTS: usize = 1024;
const BATCH_BYTES: usize = 4 << 20;
/// Documents of one task of the pool.
pub(super) const PER_TASK: usize = 16;

/// Hands on the documents of an input in order, batch by batch, until `take` says stop.
///
/// # Errors
/// An input that cannot be read any more, once everything before it was handed on.
pub(super) fn for_each(input: &Input, take: &mut dyn FnMut(&[Message<'_>]) -> Taken) -> Result<(), CliError> {
    std::thread::scope(|scope| {
        let (batches, to_take) = sync_channel::<Vec<Document>>(2);
        let reading = scope.spawn(move || read_batches(input, &batches));
        for batch in to_take {
            let messages: Vec<Message<'_>> = batch
                .iter()
                .map(|document| Message { source: &document.source, content: document.content.as_deref() })
                .collect();
            if take(&messages) == Taken::Stop {
                break;
            }
        }
        reading.join().map_err(|_| io::Error::other("the reading thread stopped"))??;
        Ok(())
    })
}

fn read_batches(input: &Input, batches: &SyncSender<Vec<Document>>) -> Result<(), InputError> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    let read = input.for_each(&mut |document| {
        bytes += document.content.as_ref().map_or(0, Vec::len);
        batch.push(document);
        if batch.len() >= BATCH_DOCUMENTS || bytes >= BATCH_BYTES {
            bytes = 0;
            if batches.send(std::mem::take(&mut batch)).is_err() {
                return Taken::Stop;
            }
        }
        Taken::More
    });
    // What was read before an error is worked on all the same.
    let _ = batches.send(batch);
    read
}

/// A pool of so many threads; without a number, one for each core.
pub(super) fn pool(jobs: Option<u16>) -> Result<rayon::ThreadPool, CliError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.map_or(0, usize::from))
        .build()
        .map_err(|cause| CliError::Usage(format!("threads: {cause}")))
}

/// How far a run is, on standard error where that is a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// The progress of reading `input`; nothing is shown where `quiet`.
    pub(super) fn new(input: &Input, quiet: bool) -> Self {
        Self { bar: bar(quiet, input.total()), read: input.progress() }
    }

    /// Shows how many documents were decided and rejected.
    pub(super) fn show(&self, decided: u64, rejected: u64) {
        self.bar.set_position(self.read.load(Ordering::Relaxed));
        self.bar.set_message(format!("{decided} · {rejected}"));
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn bar(quiet: bool, total: Option<u64>) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    let template = if total.is_some() {
        "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg} ETA {eta}"
    } else {
        "{spinner} {bytes} {bytes_per_sec} {msg} {elapsed}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
