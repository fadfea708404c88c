//! Copies of a database, made while it is in use, and databases made from them.
//!
//! A copy shows the database as it was at one moment. It is written under another name, brought to
//! the disk, and only then given its own: whoever finds the name finds a whole copy.

mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};

use super::StoreError;
use super::database::{Database, is_postgres, sqlite_file};

/// Why a copy could not be made, or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Something has that name.
    #[error("{}: it is there already, and nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// The database that was to be made from the copy holds something.
    #[error("{0}: the database is not empty, and nothing in it is overwritten")]
    NotEmpty(String),
    /// The file is no copy that this kind of database can be made from.
    #[error("{path}: {why}", path = .0.display(), why = .1)]
    NoCopy(PathBuf, &'static str),
    /// One of PostgreSQL's own programs.
    #[error("{program}: {message}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        message: String,
    },
    /// A file.
    #[error("{path}: {why}", path = .0.display(), why = .1)]
    File(PathBuf, std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What every file of SQLite begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// What every archive of `pg_dump` in its own format begins with.
const POSTGRES: &[u8] = b"PGDMP";

/// Copies a database into a file that is not there yet; gives its size in bytes. `progress` hears
/// how many bytes are written.
///
/// # Errors
/// [`BackupError`]: then there is no such file.
pub async fn backup(database: &Database, to: &Path, progress: impl FnMut(u64)) -> Result<u64, BackupError> {
    let part = Part::beside(to)?;
    match database.file() {
        Some(file) => part.written(sqlite::copy(database, file, part.path()), progress).await?,
        None => part.written(postgres::dump(database.full_address(), part.path()), progress).await?,
    }
    part.keep(to).await
}

/// Makes a database at `address` from a copy. There must be none yet, or an empty one.
///
/// # Errors
/// [`BackupError`]: then the database is as it was.
pub async fn restore(from: &Path, address: &str, progress: impl FnMut(u64)) -> Result<(), BackupError> {
    let begins = beginning(from).await?;
    if is_postgres(address) {
        if begins.starts_with(SQLITE) {
            return Err(BackupError::NoCopy(
                from.to_owned(),
                "it is a copy of a SQLite database: name a file to restore to",
            ));
        }
        if !begins.starts_with(POSTGRES) {
            return Err(BackupError::NoCopy(
                from.to_owned(),
                "it is no copy that `motcua backup` made of a PostgreSQL database",
            ));
        }
        return postgres::restore(from, address).await;
    }
    if begins.starts_with(POSTGRES) {
        let wrong = "it is a copy of a PostgreSQL database: name one to restore to, postgres://…";
        return Err(BackupError::NoCopy(from.to_owned(), wrong));
    }
    if !begins.starts_with(SQLITE) {
        return Err(BackupError::NoCopy(
            from.to_owned(),
            "it is no copy that `motcua backup` made of a SQLite database",
        ));
    }
    let to = sqlite_file(address)?;
    sqlite::is_free(&to).await?;
    sqlite::check(from).await?;
    let part = Part::beside(&to)?;
    part.written(sqlite::clone(from, part.path()), progress).await?;
    // An empty file may be in the place.
    remove_empty(&to).await?;
    part.keep(&to).await.map(drop)
}

async fn beginning(file: &Path) -> Result<Vec<u8>, BackupError> {
    use tokio::io::AsyncReadExt as _;
    let at = |error| BackupError::File(file.to_owned(), error);
    let mut begins = Vec::new();
    let opened = tokio::fs::File::open(file).await.map_err(at)?;
    opened.take(16).read_to_end(&mut begins).await.map_err(at)?;
    Ok(begins)
}

async fn remove_empty(file: &Path) -> Result<(), BackupError> {
    match tokio::fs::metadata(file).await {
        Ok(there) if there.len() == 0 => {
            tokio::fs::remove_file(file).await.map_err(|error| BackupError::File(file.to_owned(), error))
        }
        _ => Ok(()),
    }
}

/// A file that is being written; it is gone where it was not kept.
struct Part {
    path: PathBuf,
}

/// How often whoever waits hears how much is written.
const TELL_EVERY: std::time::Duration = std::time::Duration::from_millis(250);

impl Part {
    /// A name for it beside the one that it will have.
    fn beside(to: &Path) -> Result<Self, BackupError> {
        if std::fs::symlink_metadata(to).is_ok_and(|there| there.len() > 0 || !there.is_file()) {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let Some(name) = to.file_name() else {
            let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it names no file");
            return Err(BackupError::File(to.to_owned(), error));
        };
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".{}.part", std::process::id()));
        Ok(Self { path: to.with_file_name(part) })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until it is written and tells how far that is.
    async fn written(
        &self,
        writing: impl Future<Output = Result<(), BackupError>>,
        mut progress: impl FnMut(u64),
    ) -> Result<(), BackupError> {
        let mut writing = std::pin::pin!(writing);
        loop {
            tokio::select! {
                done = &mut writing => return done,
                () = tokio::time::sleep(TELL_EVERY) => {
                    progress(tokio::fs::metadata(&self.path).await.map_or(0, |there| there.len()));
                }
            }
        }
    }

    /// Brings it to the disk and gives it its name, unless something else has it by now; gives its
    /// size.
    async fn keep(&self, to: &Path) -> Result<u64, BackupError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| BackupError::File(path, error)
        };
        let file = tokio::fs::OpenOptions::new().write(true).open(&self.path).await.map_err(at(&self.path))?;
        file.sync_all().await.map_err(at(&self.path))?;
        let bytes = file.metadata().await.map_err(at(&self.path))?.len();
        remove_empty(to).await?;
        match tokio::fs::hard_link(&self.path, to).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(to.to_owned()));
            }
            // Some file systems have no second names.
            Err(_) => tokio::fs::rename(&self.path, to).await.map_err(at(to))?,
        }
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = tokio::fs::File::open(folder).await.map_err(at(folder))?;
        folder.sync_all().await.map_err(at(to))?;
        Ok(bytes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
