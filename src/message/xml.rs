//! The hardened reader under every format.
//!
//! quick-xml splits the bytes into events; this layer refuses what strangers may not send
//! (document types, entities beyond the five of XML, other encodings, anything over
//! [`Limits`]), checks what quick-xml leaves to its caller (names, attributes, namespaces, one
//! root, signs that XML forbids) and offers the formats a walk over elements: [`Xml::child`] for
//! the next child, [`Xml::text`] for the text of the element just opened, [`Xml::skip`] for what
//! nobody needs. Values borrow from the message.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use super::limits::Limits;
use crate::trade::{Finding, FindingCode, Text};

/// What ends a reading. Boxed, so that what goes well stays small.
pub type Fatal = Box<Finding>;

/// A namespace seen in this message, by number; [`Namespace::NONE`] is no namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace(u16);

impl Namespace {
    /// No namespace.
    pub const NONE: Self = Self(0);
}

/// An element that has just been opened.
#[derive(Debug)]
pub struct Tag<'a> {
    start: BytesStart<'a>,
    local_from: usize,
    name_len: usize,
    /// Its namespace.
    pub namespace: Namespace,
    /// The byte where its `<` stands.
    pub offset: usize,
}

impl Tag<'_> {
    /// Its name without prefix.
    pub fn local(&self) -> &str {
        self.start.get(self.local_from..self.name_len).unwrap_or_default()
    }

    /// The names of its attributes as written, namespace declarations left out.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        let attributes = (self.start.len() > self.name_len).then(|| self.start.attributes());
        attributes
            .into_iter()
            .flatten()
            .flatten()
            .map(|attribute| attribute.key.into_inner())
            .filter(|key| *key != "xmlns" && !key.starts_with("xmlns:"))
    }

    /// The value of an attribute without prefix; entities of XML are resolved.
    pub fn attribute(&self, name: &str) -> Option<Text<'_>> {
        if self.start.len() == self.name_len {
            return None;
        }
        let attribute = self.start.attributes().flatten().find(|a| a.key.as_ref() == name)?;
        Some(match attribute.value {
            Cow::Borrowed(value) if !value.contains('&') => Cow::Borrowed(value),
            value => {
                Cow::Owned(quick_xml::escape::unescape(&value).map_or_else(|_| value.to_string(), Cow::into_owned))
            }
        })
    }
}

/// A walk over the elements of one message. A copy stands where the walk stood: a part may be read
/// again, or later, once another part has said how.
#[derive(Clone)]
pub struct Xml<'a> {
    bytes: &'a [u8],
    /// Bytes before `bytes`: a byte order mark.
    base: usize,
    reader: Reader<&'a [u8]>,
    limits: Limits,
    /// The names of the open elements, as ranges of `bytes`.
    open: Vec<(u32, u32)>,
    default_namespace: Namespace,
    bindings: Vec<Binding>,
    uris: Vec<String>,
    elements: usize,
    root_seen: bool,
}

#[derive(Clone)]
struct Binding {
    depth: usize,
    prefix: String,
    namespace: Namespace,
    /// For a default namespace: the one before.
    before: Option<Namespace>,
}

const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        table[byte as usize] = matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | 0x80..);
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

impl std::fmt::Debug for Xml<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xml").field("at", &self.position()).field("path", &self.path()).finish_non_exhaustive()
    }
}

impl<'a> Xml<'a> {
    /// Begins a walk.
    ///
    /// # Errors
    /// A message over the size limit, or in an encoding with a byte order mark other than UTF-8.
    pub fn new(bytes: &'a [u8], limits: Limits) -> Result<Self, Fatal> {
        if bytes.len() > limits.bytes {
            return Err(Box::new(over(&format!("a message of {} bytes", bytes.len()), limits.bytes).at(0)));
        }
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(Box::new(Finding::error(FindingCode::Encoding, "the message is UTF-16; UTF-8 is read").at(0)));
        }
        let base = if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
        let bytes = &bytes[base..];
        let mut reader = Reader::from_reader(bytes);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self {
            bytes,
            base,
            reader,
            limits,
            open: Vec::with_capacity(16),
            default_namespace: Namespace::NONE,
            bindings: Vec::new(),
            uris: vec![String::new()],
            elements: 0,
            root_seen: false,
        })
    }

    /// Where the walk stands, in bytes from the start of the message.
    pub fn position(&self) -> usize {
        self.base + self.at()
    }

    fn at(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The path of the open elements, without prefixes.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for (from, to) in &self.open {
            let name = self.bytes.get(*from as usize..*to as usize).unwrap_or_default();
            let name = String::from_utf8_lossy(name);
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(name.rsplit(':').next().unwrap_or_default());
        }
        path
    }

    /// The URI of a namespace.
    pub fn uri(&self, namespace: Namespace) -> &str {
        self.uris.get(usize::from(namespace.0)).map_or("", String::as_str)
    }

    /// The limits of this walk.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Opens the root element.
    ///
    /// # Errors
    /// Bytes that are no XML, and whatever the reader refuses.
    pub fn root(&mut self) -> Result<Tag<'a>, Fatal> {
        loop {
            let from = self.at();
            match self.event()? {
                Event::Start(start) => {
                    self.root_seen = true;
                    return self.tag(start, from);
                }
                Event::Decl(decl) => {
                    if from != 0 {
                        return Err(Box::new(
                            self.syntax("the XML declaration stands at the very beginning or nowhere", from),
                        ));
                    }
                    if let Some(encoding) = decl.encoding() {
                        let encoding = encoding.map_err(|e| self.syntax(&format!("the XML declaration: {e}"), from))?;
                        if !["utf-8", "utf8", "us-ascii", "ascii"].contains(&encoding.to_ascii_lowercase().as_str()) {
                            return Err(Box::new(
                                Finding::error(
                                    FindingCode::Encoding,
                                    format!("the message says its encoding is `{encoding}`; UTF-8 is read"),
                                )
                                .at(self.base + from),
                            ));
                        }
                    }
                }
                Event::Text(text) if !is_blank(&text) => return Err(Box::new(self.not_xml(from))),
                Event::CData(_) | Event::GeneralRef(_) | Event::End(_) => return Err(Box::new(self.not_xml(from))),
                Event::Eof => {
                    return Err(Box::new(
                        Finding::error(
                            FindingCode::NotXml,
                            "no element in the message; an XML document has one root element",
                        )
                        .at(self.base + from),
                    ));
                }
                Event::Empty(_) | Event::Text(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    /// Opens the next child of the element that is open; `None` where the element ends. Text
    /// between children is read over.
    ///
    /// # Errors
    /// Whatever the reader refuses.
    #[expect(clippy::inline_always, reason = "the tag is made where it is used and not copied there")]
    #[inline(always)]
    pub fn child(&mut self) -> Result<Option<Tag<'a>>, Fatal> {
        loop {
            let from = self.at();
            match self.reader.read_event() {
                Ok(Event::Start(start)) => return Ok(Some(self.tag(start, from)?)),
                Ok(Event::End(_)) => {
                    self.leave();
                    return Ok(None);
                }
                Ok(Event::Text(_) | Event::Comment(_)) => {}
                other => self.unusual(other, from)?,
            }
        }
    }

    /// Reads the text of the element that is open, up to its end, without blanks around it.
    /// Elements within are read over.
    ///
    /// # Errors
    /// Whatever the reader refuses.
    pub fn text(&mut self) -> Result<Text<'a>, Fatal> {
        let mut text: Option<Text<'a>> = None;
        loop {
            let from = self.at();
            let part: Text<'a> = match self.reader.read_event() {
                Ok(Event::Text(part)) => part.into_inner(),
                Ok(Event::End(_)) => {
                    self.leave();
                    return Ok(trim(text.unwrap_or_default()));
                }
                Ok(Event::CData(part)) => part.into_inner(),
                Ok(Event::GeneralRef(reference)) => Cow::Owned(self.resolve(&reference, from)?.to_string()),
                Ok(Event::Start(start)) => {
                    self.enter(&start, from)?;
                    self.skip()?;
                    continue;
                }
                other => {
                    self.unusual(other, from)?;
                    continue;
                }
            };
            let length = part.len() + text.as_ref().map_or(0, |t| t.len());
            if length > self.limits.text_bytes {
                return Err(Box::new(
                    over("the text of an element", self.limits.text_bytes).at(self.base + from).field(self.path()),
                ));
            }
            // Without an early end the loop looks at many bytes at once.
            if part.bytes().fold(0, |all, b| all | u8::from(b < b' ')) != 0 {
                let forbidden = |b: u8| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r');
                if let Some(at) = part.bytes().position(forbidden) {
                    return Err(Box::new(self.syntax("a control character, which XML does not allow", from + at)));
                }
            }
            text = Some(match text {
                None => part,
                Some(before) => Cow::Owned(before.into_owned() + &part),
            });
        }
    }

    /// Reads over the rest of the element that is open.
    ///
    /// # Errors
    /// Whatever the reader refuses.
    pub fn skip(&mut self) -> Result<(), Fatal> {
        let depth = self.open.len();
        loop {
            let from = self.at();
            match self.reader.read_event() {
                Ok(Event::Start(start)) => {
                    self.enter(&start, from)?;
                }
                Ok(Event::End(_)) => {
                    self.leave();
                    if self.open.len() < depth {
                        return Ok(());
                    }
                }
                Ok(Event::Text(_) | Event::Comment(_)) => {}
                other => self.unusual(other, from)?,
            }
        }
    }

    /// Reads over the rest of the element that is open, of which nothing has been read yet;
    /// whether anything but blanks stands in it.
    ///
    /// # Errors
    /// Whatever the reader refuses.
    pub fn skip_filled(&mut self) -> Result<bool, Fatal> {
        let from = self.at();
        self.skip()?;
        let inside = self.bytes.get(from..self.at()).unwrap_or_default().trim_ascii_start();
        Ok(!inside.is_empty() && !inside.starts_with(b"</"))
    }

    /// Closes every open element and makes sure that nothing but blanks and comments follows.
    ///
    /// # Errors
    /// Whatever the reader refuses.
    pub fn finish(&mut self) -> Result<(), Fatal> {
        while !self.open.is_empty() {
            self.skip()?;
        }
        loop {
            let from = self.at();
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if is_blank(&text) => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(Box::new(self.syntax("something follows the end of the root element", from))),
            }
        }
    }

    /// What stands between elements now and then; everything else is refused.
    #[cold]
    fn unusual(&self, event: Result<Event<'a>, Error>, from: usize) -> Result<(), Fatal> {
        match event {
            Ok(Event::GeneralRef(reference)) => self.resolve(&reference, from).map(|_| ()),
            Ok(Event::Eof) => Err(Box::new(self.truncated())),
            Ok(Event::DocType(_)) => Err(Box::new(self.doctype(from))),
            Ok(_) => Ok(()),
            Err(error) => Err(Box::new(self.refused(&error))),
        }
    }

    fn doctype(&self, from: usize) -> Finding {
        Finding::error(FindingCode::Dtd, "a document type declaration (`<!DOCTYPE`); send the message without it")
            .at(self.base + from)
            .field(self.path())
    }

    fn event(&mut self) -> Result<Event<'a>, Fatal> {
        let from = self.at();
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(Box::new(self.doctype(from))),
            Ok(event) => Ok(event),
            Err(error) => Err(Box::new(self.refused(&error))),
        }
    }

    #[expect(clippy::inline_always, reason = "see `child`")]
    #[inline(always)]
    fn tag(&mut self, start: BytesStart<'a>, from: usize) -> Result<Tag<'a>, Fatal> {
        let name_len = start.name().as_ref().len();
        let (local_from, namespace) = self.enter(&start, from)?;
        Ok(Tag { start, local_from, name_len, namespace, offset: self.base + from })
    }

    /// Opens an element: its checks, and where its local name begins.
    fn enter(&mut self, start: &BytesStart<'a>, from: usize) -> Result<(usize, Namespace), Fatal> {
        let name_len = start.name().as_ref().len();
        let name = &start.as_bytes()[..name_len];
        let mut colon = None;
        for (at, byte) in name.iter().enumerate() {
            if !NAME[usize::from(*byte)] {
                if *byte == b':' && colon.is_none() && at > 0 {
                    colon = Some(at);
                } else {
                    return Err(Box::new(self.syntax("a sign that no element name may have", from + 1 + at)));
                }
            }
        }
        if name_len == 0 || name_len > self.limits.name_bytes || matches!(name[0], b'0'..=b'9' | b'-' | b'.') {
            return Err(if name_len > self.limits.name_bytes {
                Box::new(over("the name of an element", self.limits.name_bytes).at(self.base + from))
            } else {
                Box::new(self.syntax("`<` that begins no element; write `&lt;` for the sign itself", from))
            });
        }
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(Box::new(over("the number of elements", self.limits.elements).at(self.base + from)));
        }
        let range = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.open.push((range(from + 1), range(from + 1 + name_len)));
        if self.open.len() > self.limits.depth {
            return Err(Box::new(over("elements within elements", self.limits.depth).at(self.base + from)));
        }
        if start.len() > name_len {
            self.attributes(start, from)?;
        }
        let namespace = match colon {
            None => self.default_namespace,
            Some(at) => self.prefix(&start[..at], from)?,
        };
        Ok((colon.map_or(0, |at| at + 1), namespace))
    }

    fn leave(&mut self) {
        let depth = self.open.len();
        while self.bindings.last().is_some_and(|binding| binding.depth == depth) {
            if let Some(Binding { before: Some(before), .. }) = self.bindings.pop() {
                self.default_namespace = before;
            }
        }
        self.open.pop();
    }

    fn attributes(&mut self, start: &BytesStart<'a>, from: usize) -> Result<(), Fatal> {
        let depth = self.open.len();
        for (count, attribute) in start.attributes().enumerate() {
            let attribute = attribute.map_err(|e| self.syntax(&format!("attributes: {e}"), from))?;
            if count >= self.limits.attributes {
                return Err(Box::new(over("attributes of an element", self.limits.attributes).at(self.base + from)));
            }
            let value = attribute.value.as_ref();
            if value.len() > self.limits.text_bytes {
                return Err(Box::new(over("the value of an attribute", self.limits.text_bytes).at(self.base + from)));
            }
            if value.contains('<') {
                return Err(Box::new(self.syntax("`<` in the value of an attribute; write `&lt;`", from)));
            }
            if value.contains('&') {
                quick_xml::escape::unescape(value).map_err(|_| {
                    Finding::error(
                        FindingCode::Entity,
                        format!("an entity in the attribute `{}` other than the five of XML", attribute.key.as_ref()),
                    )
                    .at(self.base + from)
                    .field(self.path())
                })?;
            }
            let key = attribute.key.as_ref();
            if !key.starts_with("xmlns") {
                continue;
            }
            // A namespace is what its entities stand for.
            let uri = quick_xml::escape::unescape(value).unwrap_or(Cow::Borrowed(value));
            if key == "xmlns" {
                let namespace = self.intern(&uri, from)?;
                let before = Some(std::mem::replace(&mut self.default_namespace, namespace));
                self.bindings.push(Binding { depth, prefix: String::new(), namespace, before });
            } else if let Some(prefix) = key.strip_prefix("xmlns:") {
                let namespace = self.intern(&uri, from)?;
                self.bindings.push(Binding { depth, prefix: prefix.to_owned(), namespace, before: None });
            }
        }
        Ok(())
    }

    fn prefix(&self, prefix: &str, from: usize) -> Result<Namespace, Fatal> {
        self.bindings
            .iter()
            .rev()
            .find(|binding| binding.before.is_none() && binding.prefix == prefix)
            .map(|binding| binding.namespace)
            .ok_or_else(|| {
                Finding::error(
                    FindingCode::Namespace,
                    format!("the prefix `{prefix}` is not declared; add `xmlns:{prefix}=\"…\"`"),
                )
                .at(self.base + from)
                .field(self.path())
                .into()
            })
    }

    /// The number of a namespace. Their count is limited: each new one is compared with those
    /// before.
    fn intern(&mut self, uri: &str, from: usize) -> Result<Namespace, Fatal> {
        let known = self.uris.iter().position(|known| known == uri);
        let at = known.unwrap_or(self.uris.len());
        if known.is_none() {
            if at > self.limits.namespaces {
                return Err(Box::new(
                    over("the number of namespaces", self.limits.namespaces).at(self.base + from).field(self.path()),
                ));
            }
            self.uris.push(uri.to_owned());
        }
        Ok(Namespace(u16::try_from(at).unwrap_or(u16::MAX)))
    }

    fn resolve(&self, reference: &str, from: usize) -> Result<char, Fatal> {
        let entity = |what: String| Finding::error(FindingCode::Entity, what).at(self.base + from).field(self.path());
        match reference {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => {
                let Some(number) = reference.strip_prefix('#') else {
                    return Err(Box::new(entity(format!(
                        "the entity `&{reference};` is not one of the five of XML (amp, lt, gt, quot, apos)"
                    ))));
                };
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                code.ok()
                    .and_then(char::from_u32)
                    .filter(|c| *c >= ' ' || matches!(c, '\t' | '\n' | '\r'))
                    .filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
                    .ok_or_else(|| entity(format!("`&{reference};` names no character that XML allows")).into())
            }
        }
    }

    fn not_xml(&self, from: usize) -> Finding {
        let blanks = self.bytes.get(from..).unwrap_or_default();
        let blanks = blanks.iter().take_while(|b| b.is_ascii_whitespace()).count();
        Finding::error(FindingCode::NotXml, "the bytes are no XML: an element `<…>` was expected here")
            .at(self.base + from + blanks)
    }

    fn syntax(&self, what: &str, from: usize) -> Finding {
        Finding::error(FindingCode::Syntax, what).at(self.base + from).field(self.path())
    }

    fn truncated(&self) -> Finding {
        let open = self.path();
        Finding::error(
            FindingCode::Truncated,
            format!("the message ends in the middle: `{}` is not closed", open.rsplit('/').next().unwrap_or_default()),
        )
        .at(self.base + self.bytes.len())
        .field(open)
    }

    fn refused(&self, error: &Error) -> Finding {
        let at = self.base + usize::try_from(self.reader.error_position()).unwrap_or(0);
        match error {
            Error::Encoding(_) => {
                let valid = std::str::from_utf8(self.bytes).err().map_or(0, |e| e.valid_up_to());
                Finding::error(
                    FindingCode::Encoding,
                    format!("the bytes from byte {} on are not UTF-8", self.base + valid),
                )
                .at(self.base + valid)
                .field(self.path())
            }
            Error::Syntax(SyntaxError::InvalidBangMarkup) => {
                Finding::error(FindingCode::Syntax, "`<!` that begins nothing XML knows").at(at).field(self.path())
            }
            Error::Syntax(_) if !self.root_seen => {
                Finding::error(FindingCode::NotXml, format!("the bytes are no XML: {error}")).at(at)
            }
            Error::Syntax(_) => {
                Finding::error(FindingCode::Truncated, format!("the message ends in the middle: {error}"))
                    .at(at)
                    .field(self.path())
            }
            _ if !self.root_seen => {
                Finding::error(FindingCode::NotXml, format!("the bytes are no XML: {error}")).at(at)
            }
            _ => Finding::error(FindingCode::Syntax, error.to_string()).at(at).field(self.path()),
        }
    }
}

fn over(what: &str, limit: usize) -> Finding {
    Finding::error(FindingCode::Limit, format!("{what} is over the limit of {limit}"))
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_whitespace())
}

fn trim(text: Text<'_>) -> Text<'_> {
    if !text.bytes().next().is_some_and(is_blank_byte) && !text.bytes().next_back().is_some_and(is_blank_byte) {
        return text;
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(blank)),
        Cow::Owned(text) => {
            let trimmed = text.trim_matches(blank);
            if trimmed.len() == text.len() { Cow::Owned(text) } else { Cow::Owned(trimmed.to_owned()) }
        }
    }
}

fn is_blank_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}
