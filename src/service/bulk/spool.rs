//! The folder in which uploads are kept. Whoever works on a file holds its lock, so that no two
//! processes do, and none clears away what another needs.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// How the files are called: the id of the job before it.
const ENDING: &str = "upload";

/// The folder.
#[derive(Debug)]
pub(super) struct Spool(PathBuf);

impl Spool {
    /// Opens the folder; it is made where it is missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self(fs::canonicalize(folder)?))
    }

    /// A new file for a job, locked.
    pub(super) fn create(&self, job: &str) -> io::Result<(PathBuf, File)> {
        const ATTEMPTS: usize = 8;
        let path = self.0.join(format!("{job}.{ENDING}"));
        for _ in 0..ATTEMPTS {
            let file = File::options().read(true).write(true).create_new(true).open(&path)?;
            // Whoever clears away may be looking at it, and take it for one that nobody needs.
            file.lock()?;
            if fs::exists(&path)? {
                return Ok((path, file));
            }
        }
        Err(io::ErrorKind::Interrupted.into())
    }

    /// Makes the names of the files in it durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    /// The file of a job, locked; none where somebody else holds it.
    pub(super) fn take(path: &str) -> io::Result<Option<File>> {
        let file = File::open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The files that nobody holds and no job of these needs, each with the id of its job, locked:
    /// of uploads that broke off with their process, and of jobs that were cancelled. A job that
    /// came meanwhile may need one: its row was there before its file was let go.
    pub(super) fn unneeded(&self, needed: &HashSet<&str>) -> Vec<(String, PathBuf, File)> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let uploads = entries.flatten().map(|entry| entry.path()).filter_map(|path| {
            let is_upload = path.extension().is_some_and(|ending| ending == ENDING);
            let job = path.file_stem()?.to_str().filter(|_| is_upload)?.to_owned();
            let text = path.to_str().filter(|path| !needed.contains(path))?;
            let file = Self::take(text).ok().flatten()?;
            Some((job, path, file))
        });
        uploads.collect()
    }
}

/// Removes a file that nobody needs any more.
pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(error = %error, "{} cannot be removed: {error}", path.display());
    }
}
