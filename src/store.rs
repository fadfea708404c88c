//! The store: what was heard and decided, kept so that nothing of it is lost or changed unseen.
//!
//! * [`journal`]: the events of every case, append-only, in chains of hashes, sealed across cases.
//! * Everything else is made from it or serves it: projections that queues and searches read,
//!   messages as they came with the answers as they went, the outbox, accounts.
//!
//! SQL is written here and nowhere else. [`Database`] is SQLite or PostgreSQL behind one interface;
//! there is one writer at a time on either.

pub mod accounts;
pub mod attachments;
mod backup;
pub mod bulk;
pub mod cases;
pub mod certificates;
mod database;
pub mod directory;
pub mod endpoints;
pub mod gauges;
pub mod journal;
pub mod known;
pub mod lead;
pub mod lists;
pub mod messages;
pub mod outbox;
pub mod packs;
pub mod partners;
pub mod people;
pub mod project;
mod rebuild;
mod schema;
pub mod seals;
pub mod settings;
pub mod signatures;
mod sql;
mod transaction;
mod verify;
pub mod waiting;

pub use backup::{BackupError, backup, restore};
pub use database::{Database, Limits, Reader, shown_address};
pub use rebuild::{Making, Mode, Rebuilt, rebuild};
pub use sql::Link;
pub use transaction::{Snapshot, Writer};
pub use verify::{Verified, verify};

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address of the database.
    #[error("{0}")]
    Address(String),
    /// The database cannot be reached, is busy for too long, or has no room left: the same may
    /// succeed later.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// What was to be unique is there already.
    #[error("it is there already: {0}")]
    Duplicate(String),
    /// What was read is not what was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The schema.
    #[error("the schema of the database: {0}")]
    Schema(String),
    /// A statement that the server refuses: a defect of the program.
    #[error("the database refuses a statement: {0}")]
    Refused(String),
}

impl StoreError {
    /// Whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The same, saying in which file it was.
    fn at(self, file: &std::path::Path) -> Self {
        let at = |text: String| format!("{}: {text}", file.display());
        match self {
            Self::Address(text) => Self::Address(at(text)),
            Self::Unavailable(text) => Self::Unavailable(at(text)),
            Self::Duplicate(text) => Self::Duplicate(at(text)),
            Self::Damaged(text) => Self::Damaged(at(text)),
            Self::Schema(text) => Self::Schema(at(text)),
            Self::Refused(text) => Self::Refused(at(text)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(text),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => Self::Damaged(text),
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Duplicate(text),
            sqlx::Error::Database(database) => of_code(database.code().as_deref().unwrap_or_default(), text),
            _ => Self::Refused(text),
        }
    }
}

/// What the server's code means. SQLite has numbers (the low byte says the kind), PostgreSQL has
/// SQLSTATE, five signs of which the first two say the class.
fn of_code(code: &str, text: String) -> StoreError {
    if let Ok(number) = code.parse::<u32>()
        && code.len() < 5
    {
        return match number & 0xff {
            // Busy, locked, read-only, I/O error, full, cannot open.
            5 | 6 | 8 | 10 | 13 | 14 => StoreError::Unavailable(text),
            // Corrupt, not a database.
            11 | 26 => StoreError::Damaged(text),
            _ => StoreError::Refused(text),
        };
    }
    // A server that only reads for now, such as one that another is about to take over from.
    if code == "25006" {
        return StoreError::Unavailable(text);
    }
    match code.get(..2) {
        // Connection, rollback (serialization, deadlock), resources, intervention, system error.
        Some("08" | "40" | "53" | "57" | "58" | "55") => StoreError::Unavailable(text),
        Some("XX") => StoreError::Damaged(text),
        _ => StoreError::Refused(text),
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            error => Self::Schema(error.to_string()),
        }
    }
}
