//! Lines of a file, one at a time and none longer than a limit, and the fields of a csv line.

use std::io::{self, BufRead, Read};

/// A line longer than this is no record; nor does a field fit that is longer.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of a file that are not blank.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    bytes: Vec<u8>,
    number: u32,
}

/// A line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'b> {
    /// Its number in the file, from 1.
    pub(super) number: u32,
    /// What it says, without its end and the file's byte order mark.
    pub(super) bytes: &'b [u8],
    /// It is longer than [`LINE_BYTES_MAX`]; `bytes` is its beginning.
    pub(super) cut: bool,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`.
    pub(super) fn new(reader: R) -> Self {
        Self { reader, bytes: Vec::new(), number: 0 }
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let cut = loop {
            self.bytes.clear();
            let limit = LINE_BYTES_MAX as u64 + 2;
            if self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes)? == 0 {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            if self.number == 1 && self.bytes.starts_with(BYTE_ORDER_MARK) {
                self.bytes.drain(..BYTE_ORDER_MARK.len());
            }
            let cut = !self.bytes.ends_with(b"\n") && self.bytes.len() > LINE_BYTES_MAX;
            if cut {
                self.reader.skip_until(b'\n')?;
            }
            if cut || !self.bytes.trim_ascii().is_empty() {
                break cut;
            }
        };
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line { number: self.number, bytes, cut }))
    }
}

/// The fields of a csv line, and what is wrong with its quotes.
pub(super) fn fields(line: &[u8]) -> (Vec<Vec<u8>>, Option<&'static str>) {
    let (mut fields, mut wrong) = (Vec::new(), None);
    let mut rest = line;
    loop {
        let mut field = Vec::new();
        let is_quoted = rest.starts_with(b"\"");
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            rest = quoted;
            loop {
                let Some(end) = rest.iter().position(|byte| *byte == b'"') else {
                    field.extend_from_slice(rest);
                    fields.push(field);
                    return (fields, Some("a quote (\") is opened and not closed on this line"));
                };
                field.extend_from_slice(&rest[..end]);
                rest = &rest[end + 1..];
                let Some(more) = rest.strip_prefix(b"\"") else { break };
                field.push(b'"');
                rest = more;
            }
        }
        let end = rest.iter().position(|byte| *byte == b',');
        let plain = &rest[..end.unwrap_or(rest.len())];
        if is_quoted && !plain.trim_ascii().is_empty() {
            wrong = Some("a quote (\") is closed before the end of its field; a quote in a text is written twice");
        }
        field.extend_from_slice(plain);
        fields.push(field);
        let Some(end) = end else { return (fields, wrong) };
        rest = &rest[end + 1..];
    }
}
