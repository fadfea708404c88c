//! Messages in: recognising the format, reading it into a [`Declaration`], saying what is wrong.
//!
//! The root element and its namespace decide the format, never the file name. Every format has
//! a module of its own; under all of them lies one hardened reader ([`xml`]).

pub mod asycuda;
mod fields;
mod limits;
pub mod national;
pub mod vnsw;
pub mod wco;
pub mod xml;

pub use limits::Limits;

use jiff::tz::TimeZone;

use crate::trade::{Declaration, Finding, FindingCode, Format};
use fields::Fields;
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

/// Reads a message.
///
/// # Errors
/// A [`Rejection`] with everything that was found wrong.
pub fn read<'a>(bytes: &'a [u8], options: &ReadOptions) -> Result<Reading<'a>, Rejection> {
    let refused = |finding: Fatal| Rejection { format: None, findings: vec![*finding] };
    let mut xml = Xml::new(bytes, options.limits).map_err(refused)?;
    let root = xml.root().map_err(refused)?;
    let kind = recognise(&xml, &root).map_err(refused)?;
    let format = kind.format();
    let mut fields = Fields::new(xml, options);
    let read = match kind {
        Kind::Wco => wco::read(&mut fields, &root),
        Kind::Envelope => vnsw::read(&mut fields),
        Kind::Asycuda => asycuda::read(&mut fields),
    };
    let read = read.and_then(|declaration| fields.xml.finish().map(|()| declaration));
    match read {
        Ok(declaration) if !fields.is_refused() => Ok(Reading { declaration, findings: fields.into_findings(), bytes }),
        Ok(declaration) => Err(Rejection { format: Some(declaration.format), findings: fields.into_findings() }),
        Err(fatal) => {
            let mut findings = vec![*fatal];
            findings.extend(fields.into_findings());
            Err(Rejection { format, findings })
        }
    }
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
                "no format has the root element `{local}`{}; read are WCO declarations (`MetaData` or `Declaration`), the national envelope (`Envelope`) and ASYCUDA (`ASYCUDA`)",
                if uri.is_empty() { String::new() } else { format!(" in the namespace `{uri}`") }
            ),
        )
        .at(root.offset)
        .field(local))),
    }
}

fn other_kind(what: &str, root: &Tag<'_>) -> Finding {
    Finding::error(FindingCode::OtherKind, format!("{what} is not a declaration")).at(root.offset).field(root.local())
}
