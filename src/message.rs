//! Messages in: recognising the format, reading it into a [`Declaration`], saying what is wrong.
//!
//! [`read`] takes declarations and applications; [`receive`] takes every message of their lives.
//! [`answer`] writes what is answered, [`soap`] the envelope of the single window's transport.
//! The root element and its namespace decide the format, never the file name. Every format has
//! a module of its own; under all of them lies one hardened reader ([`xml`]).

pub mod answer;
pub mod asean;
pub mod asycuda;
mod fields;
pub mod incoming;
mod limits;
pub mod national;
pub mod signature;
pub mod soap;
pub mod vnsw;
pub mod wco;
pub mod xml;

pub use incoming::{Incoming, Refused};
pub use limits::Limits;

use jiff::tz::TimeZone;

use crate::trade::{Declaration, Finding, FindingCode, Format};
use fields::Fields;
use incoming::{Content, Family, Head};
use xml::{Fatal, Tag, Xml};

/// How to read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Limits on the message.
    pub limits: Limits,
    /// The zone in which a moment becomes a day.
    pub zone: TimeZone,
    /// Departures from a format's schema refuse the message; otherwise they are reported as
    /// warnings.
    pub strict: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { limits: Limits::default(), zone: TimeZone::UTC, strict: false }
    }
}

/// A message that could be read.
#[derive(Debug)]
pub struct Reading<'a> {
    /// What it declares.
    pub declaration: Declaration<'a>,
    /// What is wrong in fields that can be named, and departures from the schema.
    pub findings: Vec<Finding>,
    /// The message itself.
    pub bytes: &'a [u8],
}

/// A message that could not be read.
#[derive(Debug)]
pub struct Rejection {
    /// Its format, as far as it was recognised.
    pub format: Option<Format>,
    /// Why; the first decided.
    pub findings: Vec<Finding>,
}

/// Reads a declaration or application.
///
/// # Errors
/// A [`Rejection`] with everything that was found wrong; every other message is refused by name.
pub fn read<'a>(bytes: &'a [u8], options: &ReadOptions) -> Result<Reading<'a>, Rejection> {
    let (mut fields, root) = open(bytes, options)?;
    let kind = recognise(&fields.xml, &root).map_err(refused)?;
    let format = kind.format();
    let read = match kind {
        Kind::Wco => wco::read(&mut fields, &root),
        Kind::Envelope => vnsw::read(&mut fields),
        Kind::Asycuda => asycuda::read(&mut fields),
    };
    let (declaration, findings) = close(fields, format, read, |declaration| Some(declaration.format))?;
    Ok(Reading { declaration, findings, bytes })
}

/// Receives any message of a declaration's or dossier's life.
///
/// # Errors
/// [`Refused`], with the message's head as far as it could be read.
pub fn receive<'a>(bytes: &'a [u8], options: &ReadOptions) -> Result<Incoming<'a>, Box<Refused<'a>>> {
    let mut head = None;
    match receive_with(bytes, options, &mut head) {
        Ok((mut content, mut findings)) => {
            if let Some(reading) = content.reading_mut() {
                reading.findings = std::mem::take(&mut findings);
            }
            let head = head.unwrap_or_else(|| Head::of(Family::Asycuda));
            Ok(Incoming { head, content, bytes, findings })
        }
        Err(rejection) => Err(Box::new(Refused { head, rejection })),
    }
}

fn receive_with<'a>(
    bytes: &'a [u8],
    options: &ReadOptions,
    head: &mut Option<Head<'a>>,
) -> Result<(Content<'a>, Vec<Finding>), Rejection> {
    let (mut fields, root) = open(bytes, options)?;
    let kind =
        if wco::is_received(root.local()) { Kind::Wco } else { recognise(&fields.xml, &root).map_err(refused)? };
    let read = match kind {
        Kind::Wco => wco::receive(&mut fields, &root, bytes, head),
        Kind::Envelope => vnsw::receive(&mut fields, bytes, head),
        Kind::Asycuda => asycuda::receive(&mut fields, bytes, head),
    };
    close(fields, kind.format(), read, |content| {
        content.reading().map(|reading| reading.declaration.format).or(kind.format())
    })
}

/// Begins with a message: its root is open then.
fn open<'a>(bytes: &'a [u8], options: &ReadOptions) -> Result<(Fields<'a>, Tag<'a>), Rejection> {
    let mut xml = Xml::new(bytes, options.limits).map_err(refused)?;
    let root = xml.root().map_err(refused)?;
    Ok((Fields::new(xml, options), root))
}

/// Ends with a message: what was read, and what was found.
fn close<T>(
    mut fields: Fields<'_>,
    format: Option<Format>,
    read: Result<T, Fatal>,
    format_of: impl Fn(&T) -> Option<Format>,
) -> Result<(T, Vec<Finding>), Rejection> {
    match read.and_then(|read| fields.xml.finish().map(|()| read)) {
        Ok(read) if !fields.is_refused() => Ok((read, fields.into_findings())),
        Ok(read) => Err(Rejection { format: format_of(&read), findings: fields.into_findings() }),
        Err(fatal) => {
            let mut findings = vec![*fatal];
            findings.extend(fields.into_findings());
            Err(Rejection { format, findings })
        }
    }
}

#[expect(clippy::boxed_local, reason = "what ends a reading comes boxed")]
fn refused(finding: Fatal) -> Rejection {
    Rejection { format: None, findings: vec![*finding] }
}

/// The paths of the elements that begin at given bytes of a message, as [`Finding`]s name them;
/// empty where none begins there. One walk for all: for the rare case that something turns out
/// wrong after the reading. `offsets` are in ascending order.
pub fn paths_at(bytes: &[u8], offsets: &[usize]) -> Vec<String> {
    let mut paths = vec![String::new(); offsets.len()];
    let mut next = 0;
    let mut walk = || -> Result<(), Fatal> {
        let mut xml = Xml::new(bytes, Limits::default())?;
        let mut tag = Some(xml.root()?);
        while next < offsets.len() && (tag.is_some() || xml.depth() > 0) {
            while let Some(tag) = &tag
                && offsets.get(next).is_some_and(|offset| *offset <= tag.offset)
            {
                if offsets[next] == tag.offset {
                    paths[next] = xml.path();
                }
                next += 1;
            }
            tag = xml.child()?;
        }
        Ok(())
    };
    // What cannot be walked was refused before: the paths found so far stand.
    let _ = walk();
    paths
}

/// The families that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Wco,
    Envelope,
    Asycuda,
}

impl Kind {
    fn format(self) -> Option<Format> {
        match self {
            Self::Wco => Some(Format::WcoDeclaration),
            Self::Envelope => None,
            Self::Asycuda => Some(Format::AsycudaSad),
        }
    }
}

/// Recognises a message by its root element and namespace.
fn recognise(xml: &Xml<'_>, root: &Tag<'_>) -> Result<Kind, Fatal> {
    let uri = xml.uri(root.namespace);
    let local = root.local();
    if let Some(kind) = wco::recognise(local, uri) {
        return kind.map_err(|what| other_kind(what, root).into());
    }
    match (local, uri) {
        ("Envelope", "") => Ok(Kind::Envelope),
        ("ASYCUDA", "") => Ok(Kind::Asycuda),
        _ => Err(Box::new(Finding::error(
            FindingCode::UnknownFormat,
            format!(
                "no format has the root element `{local}` {}; read are WCO declarations (`MetaData`, or `Declaration` in a namespace `{}…`), the national envelope (`Envelope`) and ASYCUDA (`ASYCUDA`), these two without a namespace",
                if uri.is_empty() { "without a namespace".to_owned() } else { format!("in the namespace `{uri}`") },
                wco::DECLARATION,
            ),
        )
        .at(root.offset)
        .field(local))),
    }
}

fn other_kind(what: &str, root: &Tag<'_>) -> Finding {
    Finding::error(FindingCode::OtherKind, format!("{what} is not a declaration")).at(root.offset).field(root.local())
}
