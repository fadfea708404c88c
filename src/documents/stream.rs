//! A stream of XML documents one after the other, cut at the end of each root element.

use std::io::{self, Read};

use memchr::memchr;
use memchr::memmem;

use super::over_limit;
use crate::trade::Finding;

/// Cuts a stream into documents.
///
/// Only what is needed to find the end of a root element is looked at; whether a document is
/// well formed is the reader's business. A document that never ends is cut where the next XML
/// declaration begins, so that it does not take its followers with it.
#[derive(Debug)]
pub(super) struct Splitter<R> {
    input: R,
    limit: usize,
    buffer: Vec<u8>,
    /// Bytes at the front of `buffer` that were handed on already.
    taken: usize,
    ended: bool,
}

/// What the bytes at hand say of the first document.
enum Cut {
    /// It ends here.
    At(usize),
    /// More bytes are needed to tell.
    More,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self { input, limit, buffer: Vec::with_capacity(1 << 20), taken: 0, ended: false }
    }

    /// The next document; `None` at the end of the stream.
    pub(super) fn next_document(&mut self) -> io::Result<Option<Result<Vec<u8>, Finding>>> {
        let mut scan = Scan::default();
        loop {
            if scan.at == 0 {
                let blanks = self.buffer[self.taken..].iter().take_while(|b| b.is_ascii_whitespace()).count();
                self.taken += blanks;
            }
            let bytes = &self.buffer[self.taken..];
            if let Cut::At(end) = scan.advance(bytes) {
                let document = bytes[..end].to_vec();
                self.taken += end;
                return Ok(Some(Ok(document)));
            }
            if self.ended {
                let rest = bytes.to_vec();
                self.taken = self.buffer.len();
                let blank = rest.iter().all(|b| b.is_ascii_whitespace() || *b == 0);
                return Ok((!blank).then_some(Ok(rest)));
            }
            if bytes.len() > self.limit {
                self.skip_to_next()?;
                return Ok(Some(Err(over_limit(self.limit))));
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        let before = self.buffer.len();
        self.buffer.resize(before + (1 << 18), 0);
        let read = self.input.read(&mut self.buffer[before..])?;
        self.buffer.truncate(before + read);
        self.ended = read == 0;
        Ok(())
    }

    /// Drops bytes up to the next XML declaration.
    fn skip_to_next(&mut self) -> io::Result<()> {
        self.taken += 1;
        loop {
            if let Some(at) = memmem::find(&self.buffer[self.taken..], DECLARATION) {
                self.taken += at;
                return Ok(());
            }
            self.taken = self.buffer.len().saturating_sub(DECLARATION.len()).max(self.taken);
            if self.ended {
                self.taken = self.buffer.len();
                return Ok(());
            }
            self.fill()?;
        }
    }
}

const DECLARATION: &[u8] = b"<?xml ";

/// How far a document was looked at: kept while more bytes arrive.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    begun: bool,
}

impl Scan {
    fn advance(&mut self, bytes: &[u8]) -> Cut {
        loop {
            let Some(found) = bytes.get(self.at..).and_then(|rest| memchr(b'<', rest)) else { return Cut::More };
            let open = self.at + found;
            let rest = &bytes[open..];
            let end = match rest {
                [_, b'!', b'-', b'-', ..] => find_after(rest, 4, b"-->"),
                [_, b'!', b'[', ..] => find_after(rest, 3, b"]]>"),
                [_, b'?', ..] => {
                    if rest.starts_with(DECLARATION) && (self.begun || self.depth > 0) {
                        return Cut::At(open);
                    }
                    if rest.len() < DECLARATION.len() {
                        return Cut::More;
                    }
                    find_after(rest, 2, b"?>")
                }
                [_, b'!', _, _, ..] => memchr(b'>', rest).map(|at| at + 1),
                [_, b'!', ..] | [_] => return Cut::More,
                _ => tag_end(rest),
            };
            let Some(length) = end else {
                self.at = open;
                return Cut::More;
            };
            self.at = open + length;
            match (rest[1], rest[length - 2]) {
                (b'!' | b'?', _) => continue,
                (b'/', _) => self.depth = self.depth.saturating_sub(1),
                (_, b'/') => {}
                _ => self.depth += 1,
            }
            self.begun = true;
            if self.depth == 0 {
                return Cut::At(self.at);
            }
        }
    }
}

fn find_after(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    memmem::find(bytes.get(from..)?, what).map(|at| from + at + what.len())
}

/// The length of a tag, `>` in attribute values read over.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), close) if open == *close => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes one by one.
    struct Drip<'b>(&'b [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn split(stream: &str, limit: usize) -> Vec<String> {
        let mut splitter = Splitter::new(Drip(stream.as_bytes()), limit);
        let mut documents = Vec::new();
        while let Some(document) = splitter.next_document().unwrap() {
            documents.push(match document {
                Ok(bytes) => String::from_utf8(bytes).unwrap().trim().to_owned(),
                Err(finding) => finding.code.as_str().to_owned(),
            });
        }
        documents
    }

    #[test]
    fn documents_end_with_their_root() {
        let stream = "<a><b x='>'/><!-- </a> --></a>\n<?xml version='1.0'?><c><![CDATA[</c>]]></c><d/>";
        assert_eq!(
            split(stream, 1000),
            ["<a><b x='>'/><!-- </a> --></a>", "<?xml version='1.0'?><c><![CDATA[</c>]]></c>", "<d/>"]
        );
    }

    #[test]
    fn a_document_cut_short_does_not_take_the_next_with_it() {
        assert_eq!(split("<a><b><?xml version='1.0'?><c/>", 1000), ["<a><b>", "<?xml version='1.0'?><c/>"]);
    }

    #[test]
    fn a_document_over_the_limit_is_named_and_the_next_is_read() {
        let long = format!("<?xml version='1.0'?><a>{}</a><?xml version='1.0'?><c/>", "x".repeat(300));
        assert_eq!(split(&long, 100), ["XML_LIMIT", "<?xml version='1.0'?><c/>"]);
    }

    #[test]
    fn what_is_no_xml_is_handed_on_whole() {
        assert_eq!(split("hello", 100), ["hello"]);
        assert_eq!(split(" \n ", 100), Vec::<String>::new());
    }
}
