//! The bulk lane: an archive or a stream of any size is kept in a folder, its sender gets the id of
//! a job at once, and its documents are taken one by one.
//!
//! A job goes on where it was, whatever happened to the process: what became of each document is
//! kept in the order of the documents, and one that was taken without that being kept is taken
//! again, which changes nothing.

mod job;
mod outcome;
mod spool;
mod upload;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use self::spool::Spool;
use super::Service;
use super::intake::Intake;
use super::shared::Shared;
use super::writer::{WorkError, WriterHandle};
use crate::message::Limits;
use crate::store::StoreError;
use crate::store::bulk::{self as kept, Job, JobState};

pub use upload::{Upload, UploadError};

/// What is taken, and how much at once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder in which uploads are kept until they are done. Processes on one machine may
    /// share it.
    pub folder: PathBuf,
    /// Bytes of one upload.
    pub upload_bytes: u64,
    /// Bytes that an archive may unpack to.
    pub unpacked_bytes: u64,
    /// Bytes of one document.
    pub document_bytes: usize,
    /// Documents of one upload.
    pub documents: u64,
    /// How long a job may be there until it is done.
    pub time: Duration,
    /// How long an upload may pause.
    pub pause: Duration,
    /// Open jobs of one sender.
    pub open_jobs: u64,
    /// Jobs that are worked on at once, one of each sender.
    pub running: usize,
    /// Documents of one job that are taken at once.
    pub in_flight: usize,
}

impl Settings {
    /// With the usual limits.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            upload_bytes: 8 << 30,
            unpacked_bytes: 256 << 30,
            document_bytes: Limits::default().bytes,
            documents: 10_000_000,
            time: Duration::from_secs(7 * 24 * 3_600),
            pause: Duration::from_secs(60),
            open_jobs: 16,
            running: 8,
            in_flight: 128,
        }
    }
}

/// How long nothing is looked for, where nobody says that there is something.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What works on jobs.
#[derive(Debug)]
pub struct Bulk {
    work: Arc<Work>,
    supervisor: JoinHandle<()>,
}

/// What all of the bulk lane shares.
#[derive(Debug)]
struct Work {
    shared: Arc<Shared>,
    intake: Arc<Intake>,
    writer: WriterHandle,
    settings: Settings,
    spool: Spool,
    /// There is a new job, or one was cancelled.
    news: Notify,
}

impl Bulk {
    /// Starts the bulk lane of a service; jobs that are open go on.
    ///
    /// # Errors
    /// Where the folder cannot be made or read.
    pub fn start(service: &Service, settings: Settings) -> io::Result<Self> {
        let spool = Spool::open(&settings.folder)?;
        let (shared, intake) = (Arc::clone(&service.shared), Arc::clone(&service.intake));
        let news = Notify::new();
        let work = Arc::new(Work { shared, intake, writer: service.writer.clone(), settings, spool, news });
        let supervisor = tokio::spawn(Arc::clone(&work).supervise());
        Ok(Self { work, supervisor })
    }

    /// Stops a job; what came before stands. Says whether it was open.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn cancel(&self, id: String) -> Result<bool, WorkError> {
        let cancel = self.work.writer.run(move |desk| {
            Box::pin(async move {
                let now = desk.now;
                Ok(kept::finish(&mut desk.link(), &id, JobState::Cancelled, None, now).await?)
            })
        });
        let was_open = cancel.await?;
        self.work.news.notify_one();
        Ok(was_open)
    }

    /// Waits until the jobs have come to rest after the service was told to stop. They go on when
    /// it starts again.
    pub async fn ended(self) {
        let Self { work, supervisor } = self;
        drop(work);
        // It ends with the service: it cannot be cancelled before.
        let _ = supervisor.await;
    }
}

impl Work {
    async fn supervise(self: Arc<Self>) {
        let mut jobs: JoinSet<String> = JoinSet::new();
        // The job of each sender that is worked on.
        let mut busy: HashMap<String, String> = HashMap::new();
        while !self.shared.is_stopping() {
            if let Err(error) = self.look(&mut jobs, &mut busy).await {
                tracing::warn!(error = %error, "jobs cannot be looked for: {error}");
            }
            tokio::select! {
                Some(ended) = jobs.join_next(), if !jobs.is_empty() => match ended {
                    Ok(sender) => drop(busy.remove(&sender)),
                    // Nobody knows whose it was: those that are worked on are found by their locks.
                    Err(_) => busy.clear(),
                },
                () = self.news.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.shared.stopping() => {}
            }
        }
        while jobs.join_next().await.is_some() {}
    }

    /// Begins what there is room for, and clears away what nobody needs.
    async fn look(
        self: &Arc<Self>,
        jobs: &mut JoinSet<String>,
        busy: &mut HashMap<String, String>,
    ) -> Result<(), StoreError> {
        let mut reader = self.shared.database.read().await?;
        let open = kept::open(&mut reader.link()).await?;
        if open.len() < kept::OPEN_MAX {
            for (job, path, file) in self.spool.unneeded(&open.iter().map(|job| job.spool.as_str()).collect()) {
                if !kept::job(&mut reader.link(), &job).await?.is_some_and(|job| job.state.is_open()) {
                    spool::remove(&path);
                }
                drop(file);
            }
        }
        drop(reader);
        for job in open {
            if jobs.len() >= self.settings.running || busy.contains_key(&job.sender) {
                continue;
            }
            match Spool::take(&job.spool) {
                Ok(Some(file)) => {
                    busy.insert(job.sender.clone(), job.id.clone());
                    let sender = job.sender.clone();
                    let running = job::Running::new(Arc::clone(self), job);
                    jobs.spawn(async move {
                        running.run(file).await;
                        sender
                    });
                }
                // Another process works on it.
                Ok(None) => {}
                Err(error) => self.missing(&job, &error).await,
            }
        }
        Ok(())
    }

    /// The file of a job cannot be opened: on another machine it may be there.
    async fn missing(&self, job: &Job, error: &io::Error) {
        if self.shared.database.file().is_none() {
            tracing::warn!(job = %job.id, "job {} waits for its file {}: {error}", job.id, job.spool);
            return;
        }
        let said = format!("its upload is gone: {error}");
        if let Err(error) = self.finish(job.id.clone(), JobState::Failed, Some(said)).await {
            tracing::warn!(job = %job.id, error = %error, "job {} cannot be ended: {error}", job.id);
        }
    }

    async fn finish(&self, id: String, state: JobState, error: Option<String>) -> Result<(), WorkError> {
        let finish = self.writer.run(move |desk| {
            Box::pin(async move {
                let now = desk.now;
                kept::finish(&mut desk.link(), &id, state, error.as_deref(), now).await?;
                Ok(())
            })
        });
        finish.await
    }
}
