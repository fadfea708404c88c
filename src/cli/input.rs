//! Where documents come from: files, folders, archives, standard input.
//!
//! Documents come one after the other in a fixed order (folders in byte order of their paths,
//! archives in their own), and nothing of a source is kept once its document is handed on, so
//! that a million documents take no more room than a few.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::trade::{Finding, FindingCode};

/// A document, or why it could not be had.
#[derive(Debug)]
pub struct Document {
    /// The path as given, `ARCHIVE!MEMBER`, or `-#N`.
    pub source: String,
    /// Its bytes.
    pub content: Result<Vec<u8>, Finding>,
}

/// Why a source could not be opened: the program cannot do its work.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct InputError {
    /// The path as given.
    pub path: String,
    /// The system's words.
    pub cause: io::Error,
}

/// What a file is, by its name, or for standard input by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Xml,
    Zip,
    Tar,
    TarGz,
    TarZst,
}

impl Container {
    fn of_name(path: &str) -> Option<Self> {
        let lower = path.to_ascii_lowercase();
        [
            (".xml", Self::Xml),
            (".zip", Self::Zip),
            (".tar", Self::Tar),
            (".tar.gz", Self::TarGz),
            (".tgz", Self::TarGz),
            (".tar.zst", Self::TarZst),
            (".tzst", Self::TarZst),
        ]
        .into_iter()
        .find(|(end, _)| lower.ends_with(end))
        .map(|(_, container)| container)
    }

    fn of_bytes(first: &[u8]) -> Self {
        if first.starts_with(b"PK\x03\x04") {
            Self::Zip
        } else if first.starts_with(&[0x1F, 0x8B]) {
            Self::TarGz
        } else if first.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            Self::TarZst
        } else if first.get(257..262) == Some(b"ustar") {
            Self::Tar
        } else {
            Self::Xml
        }
    }
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
    document_bytes: usize,
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
        Ok(Self { sources, total, read: Arc::default(), document_bytes })
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
            let taken = if let Some(trouble) = &source.trouble {
                take(unreadable(name, trouble))
            } else if name == "-" {
                self.standard_input(take).map_err(|cause| InputError { path: name.clone(), cause })?
            } else {
                // One file that cannot be read stops no other.
                match File::open(&source.path) {
                    Ok(file) => self.file(name, file, take),
                    Err(cause) => take(unreadable(name, &cause.to_string())),
                }
            };
            if taken == Taken::Stop {
                break;
            }
        }
        Ok(())
    }

    fn file(&self, name: &str, file: File, take: &mut dyn FnMut(Document) -> Taken) -> Taken {
        match Container::of_name(name).unwrap_or(Container::Xml) {
            Container::Xml => match read_limited(&mut self.counted(file), self.document_bytes) {
                Ok(content) => take(Document { source: name.to_owned(), content }),
                Err(cause) => take(unreadable(name, &cause.to_string())),
            },
            Container::Zip => self.zip(name, BufReader::new(self.counted(file)), take),
            container => {
                self.tar(name, container, Box::new(BufReader::with_capacity(1 << 20, self.counted(file))), take)
            }
        }
    }

    fn counted<R>(&self, inner: R) -> Counted<R> {
        Counted { inner, read: Arc::clone(&self.read) }
    }

    fn standard_input(&self, take: &mut dyn FnMut(Document) -> Taken) -> io::Result<Taken> {
        let mut input = self.counted(io::stdin().lock());
        let mut first = vec![0; 512];
        let mut length = 0;
        while length < first.len() {
            let read = input.read(&mut first[length..])?;
            if read == 0 {
                break;
            }
            length += read;
        }
        first.truncate(length);
        let container = Container::of_bytes(&first);
        let whole = io::Cursor::new(first).chain(input);
        match container {
            Container::Xml => self.stream(whole, take),
            Container::Zip => {
                let mut bytes = Vec::new();
                whole.take(ZIP_IN_MEMORY).read_to_end(&mut bytes)?;
                Ok(self.zip("-", io::Cursor::new(bytes), take))
            }
            container => Ok(self.tar("-", container, Box::new(BufReader::with_capacity(1 << 20, whole)), take)),
        }
    }

    /// XML documents one after the other.
    fn stream(&self, input: impl Read, take: &mut dyn FnMut(Document) -> Taken) -> io::Result<Taken> {
        let mut splitter = super::stream::Splitter::new(input, self.document_bytes);
        let mut count = 0u64;
        while let Some(content) = splitter.next_document()? {
            count += 1;
            if take(Document { source: format!("-#{count}"), content }) == Taken::Stop {
                return Ok(Taken::Stop);
            }
        }
        if count == 0 {
            return Ok(take(Document { source: "-#1".to_owned(), content: Ok(Vec::new()) }));
        }
        Ok(Taken::More)
    }

    fn tar(
        &self,
        name: &str,
        container: Container,
        input: Box<dyn Read + '_>,
        take: &mut dyn FnMut(Document) -> Taken,
    ) -> Taken {
        let broken = |what: &str, cause: io::Error| Document {
            source: name.to_owned(),
            content: Err(Finding::error(FindingCode::Archive, format!("{what}: {cause}"))),
        };
        let input: Box<dyn Read + '_> = match container {
            Container::TarGz => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Container::TarZst => match zstd::stream::read::Decoder::new(input) {
                Ok(decoder) => Box::new(decoder),
                Err(cause) => return take(broken("the archive is no zstd stream", cause)),
            },
            _ => input,
        };
        let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 18, input));
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(cause) => return take(broken("the archive cannot be read", cause)),
        };
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(cause) => {
                    return take(broken("the archive breaks off or is damaged; what came before was decided", cause));
                }
            };
            let member = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let source = format!("{name}!{member}");
            match Container::of_name(&member) {
                Some(Container::Xml) if entry.header().entry_type().is_file() => {}
                Some(_) if !entry.header().entry_type().is_dir() => {
                    if take(unreadable(&source, NOT_PLAIN)) == Taken::Stop {
                        return Taken::Stop;
                    }
                    continue;
                }
                _ => continue,
            }
            let content = match read_limited(&mut entry, self.document_bytes) {
                Ok(content) => content,
                Err(cause) => return take(broken(&format!("the member `{member}` cannot be read"), cause)),
            };
            if take(Document { source, content }) == Taken::Stop {
                return Taken::Stop;
            }
        }
        Taken::More
    }

    fn zip(&self, name: &str, input: impl Read + io::Seek, take: &mut dyn FnMut(Document) -> Taken) -> Taken {
        let broken = |cause: String| Document {
            source: name.to_owned(),
            content: Err(Finding::error(FindingCode::Archive, cause)),
        };
        let mut archive = match zip::ZipArchive::new(input) {
            Ok(archive) => archive,
            Err(cause) => return take(broken(format!("the archive cannot be read: {cause}"))),
        };
        for at in 0..archive.len() {
            let (source, content) = match archive.by_index(at) {
                Ok(mut member) => {
                    let path = String::from_utf8_lossy(member.name_raw()).into_owned();
                    match Container::of_name(&path) {
                        Some(Container::Xml) if !member.is_dir() => {}
                        Some(_) if !member.is_dir() => {
                            if take(unreadable(&format!("{name}!{path}"), NOT_PLAIN)) == Taken::Stop {
                                return Taken::Stop;
                            }
                            continue;
                        }
                        _ => continue,
                    }
                    let content = read_limited(&mut member, self.document_bytes).unwrap_or_else(|cause| {
                        Err(Finding::error(FindingCode::Archive, format!("the member cannot be read: {cause}")))
                    });
                    (format!("{name}!{path}"), content)
                }
                Err(cause) => (
                    format!("{name}!#{at}"),
                    Err(Finding::error(FindingCode::Archive, format!("the member cannot be read: {cause}"))),
                ),
            };
            if take(Document { source, content }) == Taken::Stop {
                return Taken::Stop;
            }
        }
        Taken::More
    }
}

/// Whether more documents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Go on.
    More,
    /// Stop.
    Stop,
}

/// Most bytes of a zip archive that comes from standard input: it has to be held whole.
const ZIP_IN_MEMORY: u64 = 1 << 30;
/// What is said of members that are links or archives themselves.
const NOT_PLAIN: &str = "it is a link or an archive within an archive; send its documents plainly";
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

/// Reads to the end, or says that there is more than `limit`.
fn read_limited(input: &mut impl Read, limit: usize) -> io::Result<Result<Vec<u8>, Finding>> {
    let mut bytes = Vec::new();
    input.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Ok(Err(over_limit(limit)));
    }
    Ok(Ok(bytes))
}

/// The finding for a document over the size limit.
pub(super) fn over_limit(limit: usize) -> Finding {
    Finding::error(FindingCode::Limit, format!("the document is over the limit of {limit} bytes")).at(0)
}

fn unreadable(name: &str, trouble: &str) -> Document {
    Document {
        source: name.to_owned(),
        content: Err(Finding::error(FindingCode::Archive, format!("it cannot be read: {trouble}"))),
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
