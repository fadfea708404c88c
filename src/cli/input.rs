//! Where documents come from: files, folders, archives, standard input.
//!
//! Documents come one after the other in a fixed order: folders in byte order of their paths,
//! archives in their own.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::documents::{Container, Document, Ended, Taken, Unpacking, unreadable};

/// Why a source could not be opened: the program cannot do its work.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct InputError {
    /// The path as given.
    pub path: String,
    /// The system's words.
    pub cause: io::Error,
}

/// A source: where it is, or why it cannot be had.
#[derive(Debug)]
struct Source {
    name: String,
    path: PathBuf,
    trouble: Option<String>,
}

/// The sources of one run, in order.
#[derive(Debug)]
pub struct Input {
    sources: Vec<Source>,
    /// Bytes of all sources, where every one is a file.
    total: Option<u64>,
    read: Arc<AtomicU64>,
    unpacking: Unpacking,
}

impl Input {
    /// Looks at the paths; folders are read through. `document_bytes` is the most that is read
    /// of one document.
    ///
    /// # Errors
    /// A path that is not there or cannot be read.
    pub fn open(paths: &[String], document_bytes: usize) -> Result<Self, InputError> {
        let mut sources = Vec::new();
        let mut total = Some(0u64);
        for given in paths {
            if given == "-" {
                sources.push(Source { name: given.clone(), path: PathBuf::new(), trouble: None });
                total = None;
                continue;
            }
            let path = PathBuf::from(given);
            let failed = |cause| InputError { path: given.clone(), cause };
            let about = std::fs::metadata(&path).map_err(failed)?;
            if about.is_dir() {
                let mut found = Vec::new();
                walk(&path, &mut found, 0);
                found.sort_unstable_by(|a, b| {
                    a.path.as_os_str().as_encoded_bytes().cmp(b.path.as_os_str().as_encoded_bytes())
                });
                let bytes: u64 = found.iter().filter_map(|s| std::fs::metadata(&s.path).ok()).map(|m| m.len()).sum();
                total = total.map(|sum| sum + bytes);
                sources.append(&mut found);
            } else {
                File::open(&path).map_err(failed)?;
                total = total.map(|sum| sum + about.len());
                sources.push(Source { name: given.clone(), path, trouble: None });
            }
        }
        Ok(Self { sources, total, read: Arc::default(), unpacking: Unpacking::of_documents(document_bytes) })
    }

    /// Bytes of all sources, where that is known.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Bytes read so far.
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Hands on every document in order; stops when `take` says so.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn for_each(&self, take: &mut dyn FnMut(Document) -> Taken) -> Result<(), InputError> {
        for source in &self.sources {
            let name = &source.name;
            let ended = if let Some(trouble) = &source.trouble {
                Ended::Broken(unreadable(trouble))
            } else if name == "-" {
                let read = self.unpacking.stream(name, self.counted(io::stdin().lock()), take);
                read.map_err(|cause| InputError { path: name.clone(), cause })?
            } else {
                // One file that cannot be read stops no other.
                match File::open(&source.path) {
                    Ok(file) => self.unpacking.file(name, self.counted(file), take),
                    Err(cause) => Ended::Broken(unreadable(&cause.to_string())),
                }
            };
            let taken = match ended {
                Ended::Whole => Taken::More,
                Ended::Stopped => Taken::Stop,
                Ended::Broken(finding) => take(Document { source: name.clone(), content: Err(finding) }),
            };
            if taken == Taken::Stop {
                break;
            }
        }
        Ok(())
    }

    fn counted<R>(&self, inner: R) -> Counted<R> {
        Counted { inner, read: Arc::clone(&self.read) }
    }
}

/// Most folders within folders.
const FOLDERS_DEEP: usize = 64;

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: io::Seek> io::Seek for Counted<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// The documents and archives of a folder, in no order; what cannot be read is among them.
fn walk(folder: &Path, found: &mut Vec<Source>, depth: usize) {
    let mut push = |path: PathBuf, trouble: Option<String>| {
        found.push(Source { name: path.to_string_lossy().into_owned(), path, trouble });
    };
    if depth > FOLDERS_DEEP {
        return push(folder.to_path_buf(), Some(format!("more than {FOLDERS_DEEP} folders within folders")));
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) => return push(folder.to_path_buf(), Some(cause.to_string())),
    };
    let mut folders = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(path);
        } else if Container::of_name(&path.to_string_lossy()).is_some() {
            let trouble = match std::fs::metadata(&path) {
                Ok(about) if about.is_file() => None,
                // A link to a folder is not followed: it could lead round in a circle.
                Ok(about) if about.is_dir() => continue,
                Ok(_) => Some("it is no regular file".to_owned()),
                Err(cause) => Some(cause.to_string()),
            };
            push(path, trouble);
        }
    }
    for folder in folders {
        walk(&folder, found, depth + 1);
    }
}
