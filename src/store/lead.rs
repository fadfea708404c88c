//! Who does what only one process may: a SQLite file is served by one, and of those that serve the
//! same PostgreSQL database one leads.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use sqlx::{Connection as _, PgConnection, Row as _};

use super::database::{is_postgres, sqlite_file};
use super::{Database, StoreError};

/// Who leads on PostgreSQL holds this lock as long as its connection lasts.
const LEADER_LOCK: i64 = 0x6d6f_7463_756c;
/// What is put behind the name of a SQLite file: whoever serves the file holds the lock of this one.
/// SQLite's own locks would be lost with any second file handle.
const ENDING: &str = "-serve";

/// That no other process serves a SQLite file, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Holds the SQLite file at an address, which need not be there yet; PostgreSQL is served by several.
///
/// # Errors
/// [`StoreError::Address`] where another process serves it, or there is no such folder.
pub fn hold(address: &str) -> Result<Option<Held>, StoreError> {
    if is_postgres(address) {
        return Ok(None);
    }
    let file = sqlite_file(address)?;
    let shown = file.display().to_string();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(StoreError::Address(format!("{shown}: there is no folder {}; make it first", folder.display())));
    }
    // The same file may have several names.
    let mut name = fs::canonicalize(&file).unwrap_or(file).into_os_string();
    name.push(ENDING);
    let held =
        File::options().create(true).truncate(false).write(true).open(&name).and_then(|held| match held.try_lock() {
            Ok(()) => Ok(Some(held)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        });
    let cannot = |error: io::Error| StoreError::Address(format!("{}: {error}", Path::new(&name).display()));
    held.map_err(cannot)?.map(|held| Some(Held(held))).ok_or_else(|| {
        StoreError::Address(format!(
            "{shown}: another `motcua serve` serves this file, and a file is served by one; end that one first, or \
             take a PostgreSQL database, which several may serve"
        ))
    })
}

/// That this process leads. Dropped, another may.
#[derive(Debug)]
pub struct Lead(Option<PgConnection>);

impl Database {
    /// Takes the lead; none where another process has it. Whoever serves a SQLite file has it.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be reached.
    pub async fn lead(&self) -> Result<Option<Lead>, StoreError> {
        let Some(pool) = self.postgres() else { return Ok(Some(Lead(None))) };
        let mut connection = pool.acquire().await?;
        let query = sqlx::query("SELECT pg_try_advisory_lock($1)").bind(LEADER_LOCK);
        let taken: bool = query.fetch_one(&mut *connection).await?.try_get(0)?;
        Ok(taken.then(|| Lead(Some(connection.detach()))))
    }
}

impl Lead {
    /// Whether this process still leads: its connection has not been lost.
    ///
    /// # Errors
    /// [`StoreError`] where it has.
    pub async fn check(&mut self) -> Result<(), StoreError> {
        if let Some(connection) = &mut self.0 {
            connection.ping().await?;
        }
        Ok(())
    }

    /// Lets another process lead.
    pub async fn give_up(self) {
        if let Some(connection) = self.0 {
            // Where it is lost, the lock is.
            let _ = connection.close().await;
        }
    }
}
