//! One job: its documents are read by a thread of their own, taken some at once, and what became of
//! them is kept in their order.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use super::super::answers::status_of;
use super::super::desk::ActError;
use super::super::intake::{IntakeError, Sent, Wanted};
use super::super::lanes::Lane;
use super::super::sender::in_office;
use super::super::writer::WorkError;
use super::outcome::{answered, refused, short, unreadable};
use super::{Work, kept, spool};
use crate::clearance::explain::Lang;
use crate::documents::{Document, Ended, Taken, Unpacking};
use crate::people::Principal;
use crate::store::StoreError;
use crate::store::bulk::{Item, Job, JobState, Progress};
use crate::store::people::{PeopleError, on_behalf_of};

/// Items that are kept together at most.
const TOGETHER: usize = 256;
/// What became of an item is kept after so long at the latest.
const KEEP_EVERY: Duration = Duration::from_millis(500);
/// Whether its sender may still sign in is asked again after so long.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// Documents that are read ahead.
const AHEAD: usize = 16;
/// After an error that passes, and where the lane is full, it is tried again after so long.
const REST: Duration = Duration::from_secs(1);
/// Its sender may not send any more.
const GONE: &str = "its sender may not sign in any more";

/// A document with its place in the job.
struct Numbered {
    number: u64,
    document: Document,
    bytes_read: u64,
}

/// What became of a document; none: nothing, since no further one is begun.
type Done = Option<(Item, u64)>;

/// How a job ended.
type End = (JobState, Option<String>);

fn failed(why: impl Into<String>) -> End {
    (JobState::Failed, Some(why.into()))
}

/// A job that is worked on.
pub(super) struct Running {
    work: Arc<Work>,
    job: Job,
    /// No further document is begun.
    stop: Arc<AtomicBool>,
}

impl Running {
    pub(super) fn new(work: Arc<Work>, job: Job) -> Self {
        Self { work, job, stop: Arc::default() }
    }

    /// Works on it until it has ended, or the service does.
    pub(super) async fn run(self, file: File) {
        match self.go_on(file).await {
            Ok(Some((state, error))) => {
                let (id, error) = (self.job.id.clone(), error.as_deref().map(short));
                match self.work.finish(id, state, error).await {
                    Ok(()) => spool::remove(Path::new(&self.job.spool)),
                    Err(error) => self.rest(&error).await,
                }
            }
            // It goes on when the service starts again, or was cancelled: then its file goes with
            // those that nobody needs.
            Ok(None) => {}
            Err(error) => self.rest(&error).await,
        }
    }

    /// After an error that passes it is taken up again.
    async fn rest(&self, error: &WorkError) {
        tracing::warn!(job = %self.job.id, error = %error, "job {} rests: {error}", self.job.id);
        tokio::select! {
            () = sleep(REST) => {}
            () = self.work.shared.stopping() => {}
        }
    }

    async fn go_on(&self, file: File) -> Result<Option<End>, WorkError> {
        let Some(principal) = self.principal().await? else { return Ok(Some(failed(GONE))) };
        if self.is_late() {
            return Ok(Some(self.late()));
        }
        let id = self.job.id.clone();
        let begin =
            self.work.writer.run(move |desk| Box::pin(async move { Ok(kept::begin(&mut desk.link(), &id).await?) }));
        if !begin.await? {
            return Ok(None);
        }
        let principal = RwLock::new(principal);
        let (sender, receiver) = mpsc::channel(AHEAD);
        let reading = tokio::task::spawn_blocking({
            let (settings, progress, stop) = (self.work.settings.clone(), self.job.progress, Arc::clone(&self.stop));
            let unpacking =
                Unpacking { document_bytes: settings.document_bytes, unpacked_bytes: settings.unpacked_bytes };
            let name = self.job.name.clone();
            move || read(file, &name, unpacking, (progress.documents, settings.documents), &stop, &sender)
        });
        let (end, whole) = self.take_all(receiver, &principal).await?;
        if end.is_some() || !whole || self.stop.load(Ordering::Acquire) {
            return Ok(end);
        }
        let read = reading.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        Ok(Some(match read {
            Ok(Ended::Whole) => (JobState::Done, None),
            Ok(Ended::Stopped) => failed(format!("it has more than {} documents", self.work.settings.documents)),
            Ok(Ended::Broken(finding)) => failed(format!("{}: {}", finding.code.as_str(), finding.message)),
            Err(error) => failed(format!("its upload cannot be read: {error}")),
        }))
    }

    /// Takes what is read, and keeps what became of it. Says how the job has ended, where that is
    /// known, and whether all that was read was taken.
    async fn take_all(
        &self,
        receiver: mpsc::Receiver<Numbered>,
        principal: &RwLock<Arc<Principal>>,
    ) -> Result<(Option<End>, bool), WorkError> {
        let read = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|numbered| (numbered, receiver))
        });
        let taken = read.map(|numbered| self.take(numbered, principal)).buffered(self.work.settings.in_flight.max(1));
        let mut taken = pin!(taken);
        let (mut progress, mut items, mut end) = (self.job.progress, Vec::new(), None);
        let (mut keep_at, mut ask_at) = (Instant::now() + KEEP_EVERY, Instant::now() + ASK_EVERY);
        loop {
            let next = timeout_at(keep_at, taken.next()).await;
            let (over, whole) = match next {
                Ok(Some(Some((item, bytes_read)))) => {
                    progress = after(progress, &item, bytes_read.min(self.job.bytes));
                    items.push(item);
                    (false, false)
                }
                Ok(Some(None)) => (true, false),
                Ok(None) => (true, true),
                Err(_) => (false, false),
            };
            let now = Instant::now();
            if over || items.len() >= TOGETHER || now >= keep_at {
                keep_at = now + KEEP_EVERY;
                if !self.keep(progress, std::mem::take(&mut items)).await? {
                    self.stop();
                } else if !over && end.is_none() {
                    if self.is_late() {
                        end = Some(self.late());
                    } else if now >= ask_at {
                        ask_at = now + ASK_EVERY;
                        match self.principal().await? {
                            Some(found) => *principal.write().unwrap_or_else(PoisonError::into_inner) = found,
                            None => end = Some(failed(GONE)),
                        }
                    }
                    if end.is_some() {
                        self.stop();
                    }
                }
            }
            if over {
                return Ok((end, whole));
            }
        }
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire) || self.work.shared.is_stopping()
    }

    /// Whether it has been there for longer than a job may.
    fn is_late(&self) -> bool {
        let open = self.work.shared.clock.now().duration_since(self.job.created);
        Duration::try_from(open).is_ok_and(|open| open > self.work.settings.time)
    }

    fn late(&self) -> End {
        failed(format!("it is not done after {} s, the most that one may take", self.work.settings.time.as_secs()))
    }

    /// Its sender as he stands now.
    async fn principal(&self) -> Result<Option<Arc<Principal>>, WorkError> {
        let shared = &self.work.shared;
        let now = shared.clock.now();
        let edition = shared.law.at(now);
        let today = edition.day_of(now);
        let mut reader = shared.database.read().await?;
        let found = on_behalf_of(&mut reader.link(), &self.job.sender, self.job.person.as_deref(), today).await;
        let found = found.map_err(|error| match error {
            PeopleError::Store(error) => error,
            error => StoreError::Damaged(error.to_string()),
        })?;
        Ok(found.map(|principal| Arc::new(in_office(principal, &edition))))
    }

    /// Keeps what became of items. Says whether the job still runs.
    async fn keep(&self, progress: Progress, items: Vec<Item>) -> Result<bool, WorkError> {
        if items.is_empty() {
            let mut reader = self.work.shared.database.read().await?;
            let job = kept::job(&mut reader.link(), &self.job.id).await?;
            return Ok(job.is_some_and(|job| job.state == JobState::Running));
        }
        let id = self.job.id.clone();
        let keep = self
            .work
            .writer
            .run(move |desk| Box::pin(async move { Ok(kept::record(&mut desk.link(), &id, progress, &items).await?) }));
        keep.await
    }

    /// Takes a document, however long it has to wait for room.
    async fn take(&self, numbered: Numbered, principal: &RwLock<Arc<Principal>>) -> Done {
        let Numbered { number, document: Document { source, content }, bytes_read } = numbered;
        let bytes = match content {
            Ok(bytes) => bytes,
            Err(finding) => return Some((unreadable(number, &source, &finding), bytes_read)),
        };
        let lang = if self.job.lang == "en" { Lang::En } else { Lang::Vi };
        loop {
            if self.is_stopping() {
                return None;
            }
            let principal = Arc::clone(&principal.read().unwrap_or_else(PoisonError::into_inner));
            let sent = Sent { bytes: bytes.clone(), principal, key: None, lang, wanted: Wanted::Json };
            let item = match self.work.intake.take(Lane::Bulk, sent).await {
                Ok(answer) => answered(number, &source, &answer),
                Err(IntakeError::Work(WorkError::ShuttingDown)) => return None,
                Err(
                    IntakeError::Full(_)
                    | IntakeError::Work(WorkError::Act(ActError::Store(StoreError::Unavailable(_)))),
                ) => {
                    tokio::select! {
                        () = sleep(REST) => continue,
                        () = self.work.shared.stopping() => return None,
                    }
                }
                Err(IntakeError::Work(WorkError::Act(ActError::Store(error)))) => {
                    tracing::error!(job = %self.job.id, item = number, error = %error, "{error}");
                    refused(number, &source, 500, "something went wrong inside; the log says what")
                }
                Err(IntakeError::Work(WorkError::Act(error))) => {
                    refused(number, &source, status_of(&error), &error.to_string())
                }
                Err(IntakeError::Work(error @ WorkError::OtherContent(_))) => {
                    refused(number, &source, 409, &error.to_string())
                }
            };
            return Some((item, bytes_read));
        }
    }
}

/// How far it has come with one item more.
fn after(progress: Progress, item: &Item, bytes_read: u64) -> Progress {
    Progress {
        bytes_read: bytes_read.max(progress.bytes_read),
        documents: item.number,
        accepted: progress.accepted + u64::from(item.accepted),
        refused: progress.refused + u64::from(!item.accepted),
    }
}

/// Reads an upload from its beginning and hands on what comes after the first `done` documents.
fn read(
    file: File,
    name: &str,
    unpacking: Unpacking,
    (done, most): (u64, u64),
    stop: &AtomicBool,
    sender: &mpsc::Sender<Numbered>,
) -> io::Result<Ended> {
    let at = Arc::new(AtomicU64::new(0));
    let mut number = 0;
    let of_closure = Arc::clone(&at);
    unpacking.any_file(name, Counted { file, read: at }, &mut |document| {
        number += 1;
        if number > most || stop.load(Ordering::Acquire) {
            return Taken::Stop;
        }
        if number <= done {
            return Taken::More;
        }
        let numbered = Numbered { number, document, bytes_read: of_closure.load(Ordering::Relaxed) };
        if sender.blocking_send(numbered).is_ok() { Taken::More } else { Taken::Stop }
    })
}

/// Counts how far a file was read.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.file.seek(to)?;
        self.read.store(at, Ordering::Relaxed);
        Ok(at)
    }
}
