//! The files of a pack, read within limits.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::LoadError;
use super::defect::{Defects, Place};

/// A file larger than this is no list of a pack.
const FILE_BYTES_MAX: u64 = 32 << 20;
/// A folder with more files than this is no pack.
const FILES_MAX: usize = 20_000;
/// Folders below the pack's own.
const DEPTH_MAX: usize = 4;

/// A file of the pack as text.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Its path relative to the pack, with `/` between folders.
    pub(crate) path: String,
    /// Its number for places.
    pub(crate) number: u32,
    /// Its text, without a byte order mark.
    pub(crate) text: String,
    starts: Vec<usize>,
}

impl TextFile {
    fn new(path: String, number: u32, text: String) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { path, number, text, starts }
    }

    /// The place of a byte.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Place {
            file: self.number,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// The file's beginning.
    pub(crate) fn beginning(&self) -> Place {
        Place { file: self.number, line: 1, column: 1 }
    }
}

/// The pack's files, sorted by path.
#[derive(Debug)]
pub(crate) struct Folder {
    files: Vec<TextFile>,
    digest: String,
}

impl Folder {
    /// Reads every `.toml` and `.csv` under `root`.
    pub(crate) fn read(root: &Path, to: &mut Defects) -> Result<Self, LoadError> {
        let mut paths = Vec::new();
        list(root, root, 0, &mut paths, to)?;
        paths.sort();
        let mut read = Vec::with_capacity(paths.len());
        for (relative, path) in paths {
            let bytes = std::fs::read(&path).map_err(|source| LoadError::io(&path, source))?;
            read.push((relative, bytes));
        }
        Ok(Self::of(read, to))
    }

    /// Takes the `.toml` and `.csv` among files that are read already, each with its path below the
    /// pack.
    pub(crate) fn of_files(files: Vec<(String, Vec<u8>)>, to: &mut Defects) -> Self {
        let mut taken: Vec<(String, Vec<u8>)> = Vec::new();
        for (path, bytes) in files {
            if path.split('/').any(|part| part.starts_with('.')) || !is_read(&path) {
                continue;
            }
            let too_much = if path.matches('/').count() > DEPTH_MAX {
                Some(TOO_DEEP)
            } else if bytes.len() as u64 > FILE_BYTES_MAX {
                Some(TOO_LARGE)
            } else {
                (taken.len() >= FILES_MAX).then_some(TOO_MANY)
            };
            match too_much {
                Some(too_much) => refuse(&path, too_much, to),
                None => taken.push((path, bytes)),
            }
        }
        taken.sort();
        taken.dedup_by(|later, first| {
            let twice = later.0 == first.0;
            if twice {
                refuse(&later.0, ("file_twice", "the file is there twice"), to);
            }
            twice
        });
        Self::of(taken, to)
    }

    /// Of files in the order of their paths.
    fn of(read: Vec<(String, Vec<u8>)>, to: &mut Defects) -> Self {
        let mut files = Vec::new();
        let mut hash = Sha256::new();
        for (relative, bytes) in read {
            let number = to.file(&relative);
            let whole = Place { file: number, line: 0, column: 0 };
            hash.update(relative.as_bytes());
            hash.update([0]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(&bytes);
            match String::from_utf8(bytes) {
                Ok(mut text) => {
                    if text.starts_with('\u{feff}') {
                        text.drain(..'\u{feff}'.len_utf8());
                    }
                    files.push(TextFile::new(relative, number, text));
                }
                Err(error) => to.error_with(
                    whole,
                    "not_utf8",
                    format!("the file is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()),
                    Some("save it as UTF-8".to_owned()),
                ),
            }
        }
        let digest = hash.finalize().iter().fold(String::from("sha256:"), |mut text, byte| {
            use std::fmt::Write;
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { files, digest }
    }

    /// The file of a path.
    pub(crate) fn file(&self, path: &str) -> Option<&TextFile> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        Some(&self.files[at])
    }

    /// The files of a folder and its folders that end in `extension`.
    pub(crate) fn under<'f>(&'f self, folder: &'f str, extension: &'f str) -> impl Iterator<Item = &'f TextFile> {
        self.files.iter().filter(move |file| file.path.starts_with(folder) && file.path.ends_with(extension))
    }

    /// Every file.
    pub(crate) fn files(&self) -> &[TextFile] {
        &self.files
    }

    /// SHA-256 over the sorted paths and the bytes of the files.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

fn list(
    root: &Path,
    folder: &Path,
    depth: usize,
    into: &mut Vec<(String, PathBuf)>,
    to: &mut Defects,
) -> Result<(), LoadError> {
    let io = |source| LoadError::io(folder, source);
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let Some(relative) = relative(root, &path) else {
            continue;
        };
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        let metadata = std::fs::metadata(&path).map_err(|source| LoadError::io(&path, source))?;
        let too_much = if metadata.is_dir() {
            (depth >= DEPTH_MAX).then_some(TOO_DEEP)
        } else if !is_read(&relative) {
            continue;
        } else if metadata.len() > FILE_BYTES_MAX {
            Some(TOO_LARGE)
        } else {
            (into.len() >= FILES_MAX).then_some(TOO_MANY)
        };
        if let Some(too_much) = too_much {
            refuse(&relative, too_much, to);
            continue;
        }
        if metadata.is_dir() {
            list(root, &path, depth + 1, into, to)?;
        } else {
            into.push((relative, path));
        }
    }
    Ok(())
}

/// Why a file is not taken: the code of the defect and what it says.
type TooMuch = (&'static str, &'static str);

const TOO_DEEP: TooMuch = ("limit_depth", "folders are nested too deep for a pack");
const TOO_LARGE: TooMuch = ("limit_file_size", "the file is larger than 32 MiB");
const TOO_MANY: TooMuch = ("limit_files", "the folder has more than 20000 files");

fn refuse(path: &str, (code, message): TooMuch, to: &mut Defects) {
    let file = to.file(path);
    to.error(Place { file, line: 0, column: 0 }, code, message);
}

fn is_read(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "toml" || extension == "csv")
}

/// The path relative to the pack with `/` between its parts, wherever it is read.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> =
        path.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}
