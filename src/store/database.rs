//! Opening a database: which server, its settings, its schema.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};

use super::sql::Link;
use super::transaction::{Snapshot, Writer};
use super::{StoreError, schema};

/// Who may write on PostgreSQL holds this lock until the transaction ends: entries of the journal
/// become visible in the order of their numbers, and what a transaction has read does not change
/// under it. SQLite has one writer by itself.
const WRITER_LOCK: i64 = 0x6d6f_7463_7561;
/// Connections that read, for each database.
const READERS: u32 = 8;
/// Pages of the write-ahead log before SQLite takes them over into the file: 16 MB.
const CHECKPOINT_PAGES: &str = "4096";
/// What the writing connection keeps of the file in memory, as SQLite writes it: 16 MB. Indexes are
/// touched all over; but each commit walks the whole of it after pages of an index were put in order.
const WRITER_CACHE: &str = "-16384";
/// Rows that SQLite's thread reads ahead of who takes them: a history is not waited for row by row.
const ROWS_AHEAD: usize = 512;

/// Statements that a connection keeps prepared: those of all sizes that intake uses.
const STATEMENTS: usize = 256;

/// What a database is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long to wait for a connection, or for another process that writes.
    pub patience: Duration,
    /// Pages of 4 KB that a SQLite file may have; none: as many as the disk has room for.
    pub pages_max: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { patience: Duration::from_secs(10), pages_max: None }
    }
}

/// A database of a single window.
#[derive(Debug, Clone)]
pub struct Database {
    pools: Pools,
    address: String,
    limits: Limits,
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool, file: PathBuf },
    Postgres { writer: PgPool, readers: PgPool },
}

/// A connection that reads.
#[derive(Debug)]
pub enum Reader {
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

impl Database {
    /// Opens the database at `address`: a path, `sqlite:PATH`, or `postgres://…`. A SQLite file
    /// that is missing is created. The schema is brought up to date.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be reached, is not of this program, or is of a later version
    /// of it.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Self::open_within(address, Limits::default()).await
    }

    /// The same within other limits.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_within(address: &str, limits: Limits) -> Result<Self, StoreError> {
        let opened = if is_postgres(address) {
            Self::postgres_pool(address, limits).await?
        } else {
            let file = sqlite_file(address)?;
            let options = sqlite_options(&file, limits).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            let (address, file) = (address.to_owned(), file.clone());
            sqlite_pools(address, options, file.clone(), limits).await.map_err(|error| error.at(&file))?
        };
        match (schema::migrate(&opened).await, opened.file()) {
            (Ok(()), _) => Ok(opened),
            (Err(error), Some(file)) => Err(error.at(file)),
            (Err(error), None) => Err(error),
        }
    }

    /// Opens a database that is there already; nothing is created and nothing changed.
    ///
    /// # Errors
    /// As [`Database::open`]; also where there is no such database, or it is of an earlier version.
    pub async fn open_existing(address: &str) -> Result<Self, StoreError> {
        let limits = Limits::default();
        if is_postgres(address) {
            let opened = Self::postgres_pool(address, limits).await?;
            schema::check(&mut opened.read().await?.link()).await?;
            return Ok(opened);
        }
        let file = sqlite_file(address)?;
        if !file.is_file() {
            return Err(StoreError::Address(format!("{}: there is no such database", file.display())));
        }
        let checking = async {
            let mut connection = sqlite_connection(&file, limits, true).await?;
            let checked = schema::check(&mut Link::Sqlite(&mut connection)).await;
            connection.close().await?;
            checked
        };
        checking.await.map_err(|error| error.at(&file))?;
        let options = sqlite_options(&file, limits);
        sqlite_pools(address.to_owned(), options, file.clone(), limits).await.map_err(|error| error.at(&file))
    }

    async fn postgres_pool(address: &str, limits: Limits) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(address).map_err(|error| bad_address(address, &error))?;
        let options = options.application_name("motcua").statement_cache_capacity(STATEMENTS);
        // One writes at a time, always through the same connection: the server keeps what it has prepared
        // and read for each by itself.
        let writer = PgPoolOptions::new().max_connections(1).acquire_timeout(limits.patience);
        let writer = writer.connect_with(options.clone()).await?;
        let readers = PgPoolOptions::new().max_connections(READERS + 3).acquire_timeout(limits.patience);
        let readers = readers.connect_lazy_with(options);
        Ok(Self { pools: Pools::Postgres { writer, readers }, address: address.to_owned(), limits })
    }

    /// A connection that reads.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be reached.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Pools::Postgres { readers, .. } => Reader::Postgres(readers.acquire().await?),
        })
    }

    /// A transaction that reads: everything as it is now, whatever is written meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => Snapshot::sqlite(readers).await,
            Pools::Postgres { readers, .. } => Snapshot::postgres(readers).await,
        }
    }

    /// A transaction that writes: the only one at a time, among all processes.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be reached or another writer takes too long.
    pub async fn write(&self) -> Result<Writer, StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => Writer::sqlite(writer).await,
            Pools::Postgres { writer, .. } => {
                let patience = self.limits.patience.as_millis();
                // One way to the server and back for all of it.
                let begin =
                    format!("BEGIN; SET LOCAL lock_timeout = {patience}; SELECT pg_advisory_xact_lock({WRITER_LOCK})");
                Writer::postgres(writer, begin).await
            }
        }
    }

    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.pools {
            Pools::Sqlite { file, .. } => Some(file),
            Pools::Postgres { .. } => None,
        }
    }

    /// The address as it was given, without a password in it.
    pub fn address(&self) -> String {
        shown_address(&self.address)
    }

    /// The same with it.
    pub(super) fn full_address(&self) -> &str {
        &self.address
    }

    /// What it is allowed.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Ends all connections.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }

    pub(super) fn sqlite_writer(&self) -> Option<&SqlitePool> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => Some(writer),
            Pools::Postgres { .. } => None,
        }
    }

    pub(super) fn postgres(&self) -> Option<&PgPool> {
        match &self.pools {
            Pools::Postgres { readers, .. } => Some(readers),
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

fn sqlite_options(file: &Path, limits: Limits) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(limits.patience)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", "67108864")
        .row_buffer_size(ROWS_AHEAD)
        .statement_cache_capacity(STATEMENTS);
    match limits.pages_max {
        Some(pages) => options.pragma("max_page_count", pages.to_string()),
        None => options,
    }
}

/// A connection of one's own to a file that is there.
pub(super) async fn sqlite_connection(
    file: &Path,
    limits: Limits,
    read_only: bool,
) -> Result<SqliteConnection, StoreError> {
    Ok(sqlite_options(file, limits).read_only(read_only).connect().await?)
}

async fn sqlite_pools(
    address: String,
    options: SqliteConnectOptions,
    file: PathBuf,
    limits: Limits,
) -> Result<Database, StoreError> {
    let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(limits.patience);
    let writer = writer.connect_with(options.clone().pragma("cache_size", WRITER_CACHE)).await?;
    let readers = SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(limits.patience);
    let readers = readers.connect_lazy_with(options.create_if_missing(false).pragma("query_only", "1"));
    Ok(Database { pools: Pools::Sqlite { writer, readers, file }, address, limits })
}

/// The address of a database, without a password in it.
pub fn shown_address(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let shown = match rest.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => format!("{scheme}://{rest}"),
    };
    let Some(query) = query else { return shown };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("password=")).collect();
    if kept.is_empty() { shown } else { format!("{shown}?{}", kept.join("&")) }
}

pub(super) fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

pub(super) fn sqlite_file(address: &str) -> Result<PathBuf, StoreError> {
    let path = address.strip_prefix("sqlite://").or_else(|| address.strip_prefix("sqlite:")).unwrap_or(address);
    if path.is_empty() || path.contains("://") || path == ":memory:" {
        // The address may hold a password: no more than its scheme is repeated.
        let given = path.split_once("://").map_or(path, |(scheme, _)| scheme);
        return Err(StoreError::Address(format!(
            "`{given}` is no database: a path, sqlite:PATH or postgres://user@host/name is wanted"
        )));
    }
    Ok(PathBuf::from(path))
}

fn bad_address(address: &str, error: &sqlx::Error) -> StoreError {
    // The address may hold a password: it is not repeated.
    let scheme = address.split("://").next().unwrap_or_default();
    StoreError::Address(format!("the {scheme} address cannot be read: {error}"))
}
