//! Bulk jobs and what became of each of their items.

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Link, Row, Value, insert, sql};
use crate::clearance::case::CaseId;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Nobody has begun it.
    Waiting,
    /// Its documents are read and taken.
    Running,
    /// All of them were taken or refused.
    Done,
    /// It could not be read to its end; what came before was taken or refused.
    Failed,
    /// Somebody stopped it; what came before was taken or refused.
    Cancelled,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether there is something to do.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// The organisation that sent it.
    pub sender: String,
    /// The person, by id; none: a system.
    pub person: Option<String>,
    /// What the sender calls it.
    pub name: String,
    /// The language of its answers.
    pub lang: String,
    /// Where it stands.
    pub state: JobState,
    /// Where its bytes are kept until it is done.
    pub spool: String,
    /// How many they are.
    pub bytes: u64,
    /// How far it has come.
    pub progress: Progress,
    /// When it came.
    pub created: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Why it could not be read to its end.
    pub error: Option<String>,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Documents that were taken or refused.
    pub documents: u64,
    /// Those of them that were taken.
    pub accepted: u64,
    /// Those of them that were refused.
    pub refused: u64,
}

/// A document of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the job, from 1.
    pub number: u64,
    /// What it is called there.
    pub source: String,
    /// It was taken.
    pub accepted: bool,
    /// Its case.
    pub case: Option<CaseId>,
    /// The status of its answer.
    pub status: u16,
    /// What is wrong with it.
    pub error: Option<String>,
}

const COLUMNS: &str = "id, sender, person, name, lang, state, spool, bytes, bytes_read, documents, accepted, refused, \
    created_at, finished_at, error";

/// Keeps a new job.
///
/// # Errors
/// [`StoreError`]
pub async fn create(link: &mut Link<'_>, job: &Job) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO bulk_jobs (id, sender, person, name, lang, state, spool, bytes, bytes_read, \
        documents, accepted, refused, created_at, finished_at, error)";
    let values: [Value; 15] = [
        job.id.as_str().into(),
        job.sender.as_str().into(),
        job.person.clone().into(),
        job.name.as_str().into(),
        job.lang.as_str().into(),
        job.state.as_str().into(),
        job.spool.as_str().into(),
        number(job.bytes).into(),
        number(job.progress.bytes_read).into(),
        number(job.progress.documents).into(),
        number(job.progress.accepted).into(),
        number(job.progress.refused).into(),
        job.created.into(),
        job.finished.into(),
        job.error.clone().into(),
    ];
    insert(link, INTO, "", vec![values]).await?;
    Ok(())
}

/// A job.
///
/// # Errors
/// [`StoreError`]
pub async fn job(link: &mut Link<'_>, id: &str) -> Result<Option<Job>, StoreError> {
    let query = super::sql::built(format!("SELECT {COLUMNS} FROM bulk_jobs WHERE id = $1"));
    query.bind(id).row(link).await?.as_ref().map(read).transpose()
}

/// Open jobs that are looked at at once.
pub const OPEN_MAX: usize = 1_000;

/// The jobs that there is something to do for, the oldest first; [`OPEN_MAX`] at most.
///
/// # Errors
/// [`StoreError`]
pub async fn open(link: &mut Link<'_>) -> Result<Vec<Job>, StoreError> {
    let query = super::sql::built(format!(
        "SELECT {COLUMNS} FROM bulk_jobs WHERE state IN ('waiting', 'running') ORDER BY id LIMIT {OPEN_MAX}"
    ));
    query.rows(link).await?.iter().map(read).collect()
}

/// How many jobs of a sender are open.
///
/// # Errors
/// [`StoreError`]
pub async fn count_open(link: &mut Link<'_>, sender: &str) -> Result<u64, StoreError> {
    let query = sql("SELECT COUNT(*) FROM bulk_jobs WHERE sender = $1 AND state IN ('waiting', 'running')");
    Ok(u64::try_from(query.bind(sender).number(link).await?).unwrap_or(0))
}

/// Somebody begins or goes on with a job. Says whether it is still open.
///
/// # Errors
/// [`StoreError`]
pub async fn begin(link: &mut Link<'_>, id: &str) -> Result<bool, StoreError> {
    let query = sql("UPDATE bulk_jobs SET state = 'running' WHERE id = $1 AND state IN ('waiting', 'running')");
    Ok(query.bind(id).execute(link).await? > 0)
}

/// Keeps what became of items, and how far the job has come with them. Says whether it is still
/// running.
///
/// # Errors
/// [`StoreError`]
pub async fn record(link: &mut Link<'_>, id: &str, progress: Progress, items: &[Item]) -> Result<bool, StoreError> {
    const INTO: &str = "INSERT INTO bulk_items (job, number, source, state, case_id, answer_status, error)";
    let rows: Vec<[Value; 7]> = items
        .iter()
        .map(|item| {
            [
                id.into(),
                number(item.number).into(),
                item.source.as_str().into(),
                state_of(item.accepted).into(),
                item.case.into(),
                i64::from(item.status).into(),
                item.error.clone().into(),
            ]
        })
        .collect();
    insert(link, INTO, "ON CONFLICT (job, number) DO NOTHING", rows).await?;
    let query = sql("UPDATE bulk_jobs SET bytes_read = $2, documents = $3, accepted = $4, refused = $5 WHERE id = $1");
    let Progress { bytes_read, documents, accepted, refused } = progress;
    let query = query.bind(id).bind(number(bytes_read)).bind(number(documents)).bind(number(accepted));
    query.bind(number(refused)).execute(link).await?;
    let state = sql("SELECT state FROM bulk_jobs WHERE id = $1").bind(id).row(link).await?;
    Ok(state.map(|row| row.text(0)).transpose()?.as_deref() == Some(JobState::Running.as_str()))
}

/// Ends a job that is open. Says whether it was.
///
/// # Errors
/// [`StoreError`]
pub async fn finish(
    link: &mut Link<'_>,
    id: &str,
    state: JobState,
    error: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let query = sql("UPDATE bulk_jobs SET state = $2, error = $3, finished_at = $4 \
        WHERE id = $1 AND state IN ('waiting', 'running')");
    Ok(query.bind(id).bind(state.as_str()).bind(error).bind(at).execute(link).await? > 0)
}

/// The word for what became of an item.
pub(super) fn state_of(accepted: bool) -> &'static str {
    if accepted { "accepted" } else { "refused" }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn read(row: &Row) -> Result<Job, StoreError> {
    let state = row.text(5)?;
    let state =
        JobState::parse(&state).ok_or_else(|| StoreError::Damaged(format!("`{state}` is no state of a job")))?;
    let count = |at: usize| row.number(at).map(|number| u64::try_from(number).unwrap_or(0));
    Ok(Job {
        id: row.text(0)?,
        sender: row.text(1)?,
        person: row.maybe_text(2)?,
        name: row.text(3)?,
        lang: row.text(4)?,
        state,
        spool: row.text(6)?,
        bytes: count(7)?,
        progress: Progress { bytes_read: count(8)?, documents: count(9)?, accepted: count(10)?, refused: count(11)? },
        created: row.moment(12)?,
        finished: row.maybe_moment(13)?,
        error: row.maybe_text(14)?,
    })
}

pub(super) fn read_item(row: &Row) -> Result<Item, StoreError> {
    Ok(Item {
        number: u64::try_from(row.number(0)?).unwrap_or(0),
        source: row.text(1)?,
        accepted: row.text(2)? == state_of(true),
        case: row.maybe_case(3)?,
        status: u16::try_from(row.number(4)?).unwrap_or(500),
        error: row.maybe_text(5)?,
    })
}
