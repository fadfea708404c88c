//! Documents out of what carries them: archives, and streams of one document after the other.
//!
//! Documents come one by one in the order of what carries them, and nothing is kept of one once it
//! is handed on: a million take no more room than a few. One that cannot be had stops no other.

mod archive;
mod container;
mod stream;

use std::io::{self, BufReader, Cursor, Read, Seek};

use crate::trade::{Finding, FindingCode};

pub use container::Container;

/// A document, or why it could not be had.
#[derive(Debug)]
pub struct Document {
    /// The path as given, `ARCHIVE!MEMBER`, or `NAME#N`.
    pub source: String,
    /// Its bytes.
    pub content: Result<Vec<u8>, Finding>,
}

/// Whether more documents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Go on.
    More,
    /// Stop.
    Stop,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// All documents were handed on.
    Whole,
    /// Whoever takes them wanted no more.
    Stopped,
    /// What carries them broke off or is damaged: this was said, and what came before was handed on.
    Broken(Finding),
}

/// Most bytes of a zip archive that cannot be gone back in: it has to be held whole.
const ZIP_IN_MEMORY: u64 = 1 << 30;
/// Bytes that tell what a stream is.
const FIRST_BYTES: usize = 512;

/// Reads documents within limits.
#[derive(Debug, Clone, Copy)]
pub struct Unpacking {
    /// The most that is read of one document.
    pub document_bytes: usize,
    /// The most that an archive may unpack to.
    pub unpacked_bytes: u64,
}

impl Unpacking {
    /// With a limit on one document, and none on all of them.
    pub fn of_documents(document_bytes: usize) -> Self {
        Self { document_bytes, unpacked_bytes: u64::MAX }
    }

    /// A file whose name says what it is: one document, or an archive.
    pub fn file(&self, name: &str, file: impl Read + Seek, take: &mut dyn FnMut(Document) -> Taken) -> Ended {
        match Container::of_name(name).unwrap_or(Container::Xml) {
            Container::Xml => {
                let mut file = file;
                let content = read_limited(&mut file, self.document_bytes)
                    .unwrap_or_else(|cause| Err(unreadable(&cause.to_string())));
                ended(take(Document { source: name.to_owned(), content }))
            }
            Container::Zip => self.zip(name, BufReader::new(file), take),
            container => self.tar(name, container, Box::new(BufReader::with_capacity(1 << 20, file)), take),
        }
    }

    /// A file whose first bytes say what it is: documents one after the other, or an archive.
    pub fn any_file(
        &self,
        name: &str,
        mut file: impl Read + Seek,
        take: &mut dyn FnMut(Document) -> Taken,
    ) -> io::Result<Ended> {
        let first = first_bytes(&mut file)?;
        file.rewind()?;
        match Container::of_bytes(&first) {
            Container::Zip => Ok(self.zip(name, BufReader::new(file), take)),
            container => self.forward(name, container, BufReader::with_capacity(1 << 20, file), take),
        }
    }

    /// The same of what cannot be gone back in.
    ///
    /// # Errors
    /// What is said when it is read.
    pub fn stream(
        &self,
        name: &str,
        mut input: impl Read,
        take: &mut dyn FnMut(Document) -> Taken,
    ) -> io::Result<Ended> {
        let first = first_bytes(&mut input)?;
        let container = Container::of_bytes(&first);
        let whole = Cursor::new(first).chain(input);
        if container == Container::Zip {
            let mut bytes = Vec::new();
            whole.take(ZIP_IN_MEMORY).read_to_end(&mut bytes)?;
            return Ok(self.zip(name, Cursor::new(bytes), take));
        }
        self.forward(name, container, BufReader::with_capacity(1 << 20, whole), take)
    }

    fn forward(
        &self,
        name: &str,
        container: Container,
        input: impl Read,
        take: &mut dyn FnMut(Document) -> Taken,
    ) -> io::Result<Ended> {
        match container {
            Container::Xml => self.one_by_one(name, input, take),
            container => Ok(self.tar(name, container, Box::new(input), take)),
        }
    }

    /// XML documents one after the other.
    fn one_by_one(&self, name: &str, input: impl Read, take: &mut dyn FnMut(Document) -> Taken) -> io::Result<Ended> {
        let mut splitter = stream::Splitter::new(input, self.document_bytes);
        let mut count = 0u64;
        while let Some(content) = splitter.next_document()? {
            count += 1;
            if take(Document { source: format!("{name}#{count}"), content }) == Taken::Stop {
                return Ok(Ended::Stopped);
            }
        }
        if count == 0 {
            return Ok(ended(take(Document { source: format!("{name}#1"), content: Ok(Vec::new()) })));
        }
        Ok(Ended::Whole)
    }
}

fn ended(taken: Taken) -> Ended {
    match taken {
        Taken::More => Ended::Whole,
        Taken::Stop => Ended::Stopped,
    }
}

fn first_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::with_capacity(FIRST_BYTES);
    input.take(FIRST_BYTES as u64).read_to_end(&mut first)?;
    Ok(first)
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
fn over_limit(limit: usize) -> Finding {
    Finding::error(FindingCode::Limit, format!("the document is over the limit of {limit} bytes")).at(0)
}

/// The finding for what cannot be read.
pub fn unreadable(trouble: &str) -> Finding {
    Finding::error(FindingCode::Archive, format!("it cannot be read: {trouble}"))
}
