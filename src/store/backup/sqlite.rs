//! Copies of a SQLite file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sqlx::Connection as _;

use super::super::database::{Database, sqlite_connection};
use super::super::sql::{Link, sql};
use super::super::{StoreError, schema};
use super::BackupError;

/// Writes the database as it is now into a file of its own. Whoever writes goes on meanwhile.
pub(super) async fn copy(database: &Database, file: &Path, to: &Path) -> Result<(), BackupError> {
    let mut connection = sqlite_connection(file, database.limits(), false).await?;
    let to = to.to_str().ok_or_else(|| not_utf8(to))?;
    let copied = sql("VACUUM INTO $1").bind(to).execute(&mut Link::Sqlite(&mut connection)).await;
    connection.close().await.map_err(StoreError::from)?;
    copied?;
    Ok(())
}

/// Whether a file is a whole database of a window, of this version of the program.
pub(super) async fn check(file: &Path) -> Result<(), BackupError> {
    let mut connection = sqlite_connection(file, super::super::Limits::default(), true).await?;
    let checked = schema::check(&mut Link::Sqlite(&mut connection)).await.map_err(|error| error.at(file));
    connection.close().await.map_err(StoreError::from)?;
    Ok(checked?)
}

/// Copies a copy.
pub(super) async fn clone(from: &Path, to: &Path) -> Result<(), BackupError> {
    tokio::fs::copy(from, to).await.map_err(|error| BackupError::File(from.to_owned(), error))?;
    Ok(())
}

/// Whether nothing is there that a database in this place would be mixed up with: SQLite would take
/// what an old log holds into the new file.
pub(super) async fn is_free(file: &Path) -> Result<(), BackupError> {
    if tokio::fs::metadata(file).await.is_ok_and(|there| there.len() > 0) {
        return Err(BackupError::NotEmpty(file.display().to_string()));
    }
    for rest in ["-wal", "-shm", "-journal"] {
        let mut name: OsString = file.as_os_str().to_owned();
        name.push(rest);
        let rest = PathBuf::from(name);
        if rest.exists() {
            return Err(BackupError::Exists(rest));
        }
    }
    Ok(())
}

fn not_utf8(path: &Path) -> BackupError {
    let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, "its name is not UTF-8, which SQLite needs");
    BackupError::File(path.to_owned(), error)
}
