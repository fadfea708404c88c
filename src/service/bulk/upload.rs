//! What is sent in bulk, on its way into its file.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWriteExt as _;

use super::super::answers::status_of;
use super::super::desk::ActError;
use super::super::ids::new_id;
use super::super::writer::WorkError;
use super::{Bulk, Work, kept, spool};
use crate::clearance::case::{Refused, RefusedReason};
use crate::clearance::explain::Lang;
use crate::people::Principal;
use crate::store::bulk::{Job, JobState, Progress};

/// Letters of an upload's name that are kept.
const NAME_MAX: usize = 100;

/// Why an upload came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It is too large.
    #[error("an upload may have {0} bytes at most")]
    TooLarge(u64),
    /// Nothing came for too long.
    #[error("nothing came for {0} s")]
    Paused(u64),
    /// It broke off.
    #[error("the upload broke off")]
    BrokeOff,
    /// There is nothing in it.
    #[error("the upload is empty")]
    Empty,
    /// It cannot be kept: the disk may be full.
    #[error("the upload cannot be kept: {0}")]
    Keeping(#[from] io::Error),
    /// It was not let in.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl UploadError {
    /// The HTTP status that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::TooLarge(_) => 413,
            Self::Paused(_) => 408,
            Self::BrokeOff => 400,
            Self::Empty => 422,
            Self::Keeping(_) => 507,
            Self::Work(WorkError::Act(error)) => status_of(error),
            Self::Work(_) => 503,
        }
    }
}

/// An upload that is being received. Dropped before its end it leaves nothing.
#[derive(Debug)]
pub struct Upload {
    work: Arc<Work>,
    file: tokio::fs::File,
    part: Part,
    job: Job,
}

/// A file that goes with what it was for.
#[derive(Debug)]
struct Part(Option<PathBuf>);

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            spool::remove(path);
        }
    }
}

impl Bulk {
    /// Begins to receive an upload; `name` is what its sender calls it.
    ///
    /// # Errors
    /// [`UploadError`] where its sender has too many open jobs, or there is no room for its file.
    pub async fn receive(&self, principal: &Principal, name: &str, lang: Lang) -> Result<Upload, UploadError> {
        let work = Arc::clone(&self.work);
        let sender = principal.organisation.as_str();
        let mut reader = work.shared.database.read().await.map_err(WorkError::from)?;
        let open = kept::count_open(&mut reader.link(), sender).await.map_err(WorkError::from)?;
        drop(reader);
        if open >= work.settings.open_jobs {
            return Err(too_many(open));
        }
        let now = work.shared.clock.now();
        let id = new_id(now).to_string();
        let (path, file) = work.spool.create(&id)?;
        let part = Part(Some(path.clone()));
        let job = Job {
            id,
            sender: sender.to_owned(),
            person: principal.person.as_ref().map(|person| person.id.to_string()),
            name: printable(name),
            lang: match lang {
                Lang::Vi => "vi",
                Lang::En => "en",
            }
            .to_owned(),
            state: JobState::Waiting,
            spool: path.to_string_lossy().into_owned(),
            bytes: 0,
            progress: Progress::default(),
            created: now,
            finished: None,
            error: None,
        };
        Ok(Upload { work, file: tokio::fs::File::from_std(file), part, job })
    }
}

impl Upload {
    /// Receives more of it.
    ///
    /// # Errors
    /// [`UploadError`]
    async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        let most = self.work.settings.upload_bytes;
        self.job.bytes += bytes.len() as u64;
        if self.job.bytes > most {
            return Err(UploadError::TooLarge(most));
        }
        Ok(self.file.write_all(bytes).await?)
    }

    /// Receives all of it, and gives its job once both are durable.
    ///
    /// # Errors
    /// [`UploadError`]: nothing is left of it then.
    pub async fn receive<B: AsRef<[u8]>, E>(
        mut self,
        mut bytes: impl Stream<Item = Result<B, E>> + Unpin,
    ) -> Result<Job, UploadError> {
        let pause = self.work.settings.pause;
        loop {
            let next = tokio::time::timeout(pause, bytes.next()).await;
            match next.map_err(|_| UploadError::Paused(pause.as_secs()))? {
                Some(Ok(bytes)) => self.write(bytes.as_ref()).await?,
                Some(Err(_)) => return Err(UploadError::BrokeOff),
                None => return self.finish().await,
            }
        }
    }

    /// It is complete: gives its job, once both are durable.
    ///
    /// # Errors
    /// [`UploadError`]
    async fn finish(self) -> Result<Job, UploadError> {
        let Self { work, mut file, mut part, job } = self;
        if job.bytes == 0 {
            return Err(UploadError::Empty);
        }
        file.flush().await?;
        file.sync_all().await?;
        work.spool.sync()?;
        let (of_desk, most) = (job.clone(), work.settings.open_jobs);
        let create = work.writer.run(move |desk| {
            Box::pin(async move {
                // Several uploads of one sender may have begun at once.
                let open = kept::count_open(&mut desk.link(), &of_desk.sender).await?;
                if open >= most {
                    return Err(refused(open).into());
                }
                Ok(kept::create(&mut desk.link(), &of_desk).await?)
            })
        });
        create.await?;
        // From here on it is the job's.
        part.0 = None;
        drop(file);
        work.news.notify_one();
        Ok(job)
    }
}

fn refused(open: u64) -> Refused {
    let message = format!("{open} of your jobs are open; wait until one has ended, or cancel one");
    Refused::because(RefusedReason::Conflict, message)
}

fn too_many(open: u64) -> UploadError {
    UploadError::Work(ActError::from(refused(open)).into())
}

/// A name as it can be shown.
fn printable(name: &str) -> String {
    let name: String = name.chars().filter(|sign| !sign.is_control()).take(NAME_MAX).collect();
    if name.trim().is_empty() { "upload".to_owned() } else { name }
}
