//! Opening a database: which server, its settings, its schema.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::sql::{Link, sql};
use super::{StoreError, schema};

/// Who may write on PostgreSQL holds this lock until the transaction ends: entries of the journal
/// become visible in the order of their numbers, and what a transaction has read does not change
/// under it. SQLite has one writer by itself.
const WRITER_LOCK: i64 = 0x6d6f_7463_7561;
/// Connections that read, for each database.
const READERS: u32 = 8;
/// How long to wait for a connection, or for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pages of the write-ahead log before SQLite takes them over into the file: 16 MB.
const CHECKPOINT_PAGES: &str = "4096";

/// A database of a single window.
#[derive(Debug, Clone)]
pub struct Database {
    pools: Pools,
    address: String,
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool, file: PathBuf },
    Postgres(PgPool),
}

/// A connection that reads.
#[derive(Debug)]
pub enum Reader {
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// A transaction that writes. Dropped without [`Writer::commit`], it leaves nothing.
#[derive(Debug)]
pub enum Writer {
    /// SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Database {
    /// Opens the database at `address`: a path, `sqlite:PATH`, or `postgres://…`. A SQLite file
    /// that is missing is created. The schema is brought up to date.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be reached, is not of this program, or is of a later version
    /// of it.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let database = if is_postgres(address) {
            let options = PgConnectOptions::from_str(address).map_err(|error| bad_address(address, &error))?;
            let options = options.application_name("motcua");
            let pool = PgPoolOptions::new().max_connections(READERS + 4).acquire_timeout(PATIENCE);
            Self { pools: Pools::Postgres(pool.connect_with(options).await?), address: address.to_owned() }
        } else {
            let file = sqlite_file(address)?;
            let options = SqliteConnectOptions::new()
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(PATIENCE)
                .foreign_keys(true)
                .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
                .pragma("journal_size_limit", "67108864")
                .statement_cache_capacity(256);
            let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
            let writer = writer.connect_with(options.clone()).await?;
            let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(PATIENCE);
            let readers = readers.connect_lazy_with(options.create_if_missing(false).pragma("query_only", "1"));
            Self { pools: Pools::Sqlite { writer, readers, file }, address: address.to_owned() }
        };
        schema::migrate(&database).await?;
        Ok(database)
    }

    /// Opens a database that is there already; nothing is created and nothing changed.
    ///
    /// # Errors
    /// As [`Database::open`]; also where there is no such database.
    pub async fn open_existing(address: &str) -> Result<Self, StoreError> {
        if !is_postgres(address) {
            let file = sqlite_file(address)?;
            if !file.is_file() {
                return Err(StoreError::Address(format!("{}: there is no such database", file.display())));
            }
        }
        Self::open(address).await
    }

    /// A connection that reads.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be reached.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// A transaction that writes: the only one at a time, among all processes.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be reached or another writer takes too long.
    pub async fn write(&self) -> Result<Writer, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { writer, .. } => Writer::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => {
                let mut transaction = Writer::Postgres(pool.begin().await?);
                sql("SELECT pg_advisory_xact_lock($1)").bind(WRITER_LOCK).row(&mut transaction.link()).await?;
                transaction
            }
        })
    }

    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.pools {
            Pools::Sqlite { file, .. } => Some(file),
            Pools::Postgres(_) => None,
        }
    }

    /// The address as it was given, without a password in it.
    pub fn address(&self) -> String {
        match self.address.split_once("://") {
            Some((scheme, rest)) => match rest.rsplit_once('@') {
                Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
                None => self.address.clone(),
            },
            None => self.address.clone(),
        }
    }

    /// Ends all connections.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    pub(super) fn sqlite_writer(&self) -> Option<&SqlitePool> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => Some(writer),
            Pools::Postgres(_) => None,
        }
    }

    pub(super) fn postgres(&self) -> Option<&PgPool> {
        match &self.pools {
            Pools::Postgres(pool) => Some(pool),
            Pools::Sqlite { .. } => None,
        }
    }
}

impl Reader {
    /// The link to put statements to.
    pub fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }
}

impl Writer {
    /// The link to put statements to.
    pub fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(transaction) => Link::Sqlite(transaction),
            Self::Postgres(transaction) => Link::Postgres(transaction),
        }
    }

    /// Makes everything that was written durable, at once.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing of it is there, or, where the connection was lost in that very
    /// moment, nobody knows. Whoever asks again with the same message id finds out.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

fn sqlite_file(address: &str) -> Result<PathBuf, StoreError> {
    let path = address.strip_prefix("sqlite://").or_else(|| address.strip_prefix("sqlite:")).unwrap_or(address);
    if path.is_empty() || path.contains("://") || path == ":memory:" {
        return Err(StoreError::Address(format!(
            "`{address}` is no database: a path, sqlite:PATH or postgres://user@host/name is wanted"
        )));
    }
    Ok(PathBuf::from(path))
}

fn bad_address(address: &str, error: &sqlx::Error) -> StoreError {
    // The address may hold a password: it is not repeated.
    let scheme = address.split("://").next().unwrap_or_default();
    StoreError::Address(format!("the {scheme} address cannot be read: {error}"))
}
