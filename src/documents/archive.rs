//! Archives, read member by member.

use std::io::{self, BufReader, Read, Seek};

use super::{Container, Document, Ended, Taken, Unpacking, read_limited};
use crate::trade::{Finding, FindingCode};

/// What is said of members that are links or archives themselves.
const NOT_PLAIN: &str = "it is a link or an archive within an archive; send its documents plainly";

/// What a member of an archive is to whoever wants documents.
enum Member {
    Document,
    NotPlain,
    Other,
}

impl Member {
    fn of(path: &str, is_file: bool, is_folder: bool) -> Self {
        match Container::of_name(path) {
            Some(Container::Xml) if is_file => Self::Document,
            Some(_) if !is_folder => Self::NotPlain,
            _ => Self::Other,
        }
    }
}

impl Unpacking {
    pub(super) fn tar(
        &self,
        name: &str,
        container: Container,
        input: Box<dyn Read + '_>,
        take: &mut dyn FnMut(Document) -> Taken,
    ) -> Ended {
        let input: Box<dyn Read + '_> = match container {
            Container::TarGz => Box::new(flate2::read::MultiGzDecoder::new(input)),
            Container::TarZst => match zstd::stream::read::Decoder::new(input) {
                Ok(decoder) => Box::new(decoder),
                Err(cause) => return broken(format!("the archive is no zstd stream: {cause}")),
            },
            _ => input,
        };
        let input = Limited { inner: input, left: self.unpacked_bytes };
        let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 18, input));
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(cause) => return broken(format!("the archive cannot be read: {cause}")),
        };
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(cause) => {
                    return broken(format!(
                        "the archive breaks off or is damaged; what came before was decided: {cause}"
                    ));
                }
            };
            let member = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let source = format!("{name}!{member}");
            let kind = entry.header().entry_type();
            let content = match Member::of(&member, kind.is_file(), kind.is_dir()) {
                Member::Other => continue,
                Member::NotPlain => Err(super::unreadable(NOT_PLAIN)),
                Member::Document => match read_limited(&mut entry, self.document_bytes) {
                    Ok(content) => content,
                    Err(cause) => return broken(format!("the member `{member}` cannot be read: {cause}")),
                },
            };
            if take(Document { source, content }) == Taken::Stop {
                return Ended::Stopped;
            }
        }
        Ended::Whole
    }

    pub(super) fn zip(&self, name: &str, input: impl Read + Seek, take: &mut dyn FnMut(Document) -> Taken) -> Ended {
        let mut archive = match zip::ZipArchive::new(input) {
            Ok(archive) => archive,
            Err(cause) => return broken(format!("the archive cannot be read: {cause}")),
        };
        let mut left = self.unpacked_bytes;
        let unreadable = |cause: &dyn std::fmt::Display| Err(finding(format!("the member cannot be read: {cause}")));
        for at in 0..archive.len() {
            let (source, content) = match archive.by_index(at) {
                Ok(mut member) => {
                    let path = String::from_utf8_lossy(member.name_raw()).into_owned();
                    let content = match Member::of(&path, !member.is_dir(), member.is_dir()) {
                        Member::Other => continue,
                        Member::NotPlain => Err(super::unreadable(NOT_PLAIN)),
                        Member::Document => {
                            let read = read_limited(&mut member, self.document_bytes);
                            read.unwrap_or_else(|cause| unreadable(&cause))
                        }
                    };
                    (format!("{name}!{path}"), content)
                }
                Err(cause) => (format!("{name}!#{at}"), unreadable(&cause)),
            };
            let bytes = content.as_ref().map_or(0, Vec::len) as u64;
            let Some(rest) = left.checked_sub(bytes) else { return broken(OVER.to_owned()) };
            left = rest;
            if take(Document { source, content }) == Taken::Stop {
                return Ended::Stopped;
            }
        }
        Ended::Whole
    }
}

fn finding(message: String) -> Finding {
    Finding::error(FindingCode::Archive, message)
}

fn broken(message: String) -> Ended {
    Ended::Broken(finding(message))
}

/// What is said of an archive that unpacks to too much.
const OVER: &str = "it unpacks to more than is taken at once";

/// Reads no more than it may.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let rest = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other(OVER))?;
        self.left = rest;
        Ok(count)
    }
}
