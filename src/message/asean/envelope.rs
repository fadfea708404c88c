//! The envelope in which gateways exchange documents: the UN/CEFACT Standard Business Document, a
//! header that says from whom, to whom and what, and the document. One signature covers both.

use jiff::Timestamp;

use crate::message::Limits;
use crate::message::answer::xml::Writer;
use crate::message::xml::{Fatal, Xml};
use crate::trade::{CountryCode, Finding, FindingCode, NoticeKind};

/// The namespace of the Standard Business Document Header, version 1.
pub const SBDH: &str = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
const ROOT: &str = "StandardBusinessDocument";
const HEADER: &str = "StandardBusinessDocumentHeader";
/// Whose list the identifiers of sender and receiver come from.
const AUTHORITY: &str = "ISO 3166-1";
/// The scope that names the conversation that a message belongs to.
const CONVERSATION: &str = "CONVERSATIONID";

/// What an envelope says of its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeHeader {
    /// The message's id: the same on every attempt.
    pub id: String,
    /// The country whose gateway sends it.
    pub from: CountryCode,
    /// The country whose gateway it is for.
    pub to: CountryCode,
    /// What the document is.
    pub kind: ExchangeKind,
    /// When it was written.
    pub created: Timestamp,
    /// What it belongs to: the certificate it is about.
    pub conversation: String,
}

macro_rules! exchange_kinds {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What a document is, as partners agree to exchange it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ExchangeKind { $($(#[$meta])* $variant),+ }

        impl ExchangeKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in the header.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// One by its name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }
        }
    };
}

exchange_kinds!(
    /// A certificate of origin.
    Certificate = "CO-ISSUE",
    /// Its cancellation, also for another in its place.
    Cancellation = "CO-CANCEL",
    /// What customs of the importing country made of it.
    CustomsResponse = "CUSTOMS-RESPONSE",
    /// It was lost and is asked for again.
    RetransmissionRequest = "RETRANSMIT-REQUEST",
    /// It is doubted.
    VerificationRequest = "VERIFY-REQUEST",
    /// What the issuing side says to that.
    VerificationReply = "VERIFY-REPLY",
    /// It was taken in, or cannot be read.
    Acknowledgement = "ACK",
    /// An export declaration, told to the importing country beforehand.
    Acdd = "ACDD",
    /// It is taken back.
    AcddCancellation = "ACDD-CANCEL",
    /// What customs of the importing country made of it.
    AcddResponse = "ACDD-RESPONSE",
    /// A phytosanitary certificate.
    Phyto = "PHYTO",
);

impl ExchangeKind {
    /// The kind under which a notice goes.
    pub fn of_notice(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Cancelled | NoticeKind::Replaced => Self::Cancellation,
            NoticeKind::Acknowledged | NoticeKind::Unreadable => Self::Acknowledgement,
            NoticeKind::Used | NoticeKind::PartlyUsed | NoticeKind::NotUsed | NoticeKind::Rejected => {
                Self::CustomsResponse
            }
            NoticeKind::RetransmissionRequested => Self::RetransmissionRequest,
            NoticeKind::VerificationRequested => Self::VerificationRequest,
            NoticeKind::Confirmed | NoticeKind::NotConfirmed | NoticeKind::Clarified => Self::VerificationReply,
        }
    }
}

/// An envelope that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'a> {
    /// What it says of its document.
    pub header: ExchangeHeader,
    /// The document's own bytes.
    pub document: &'a [u8],
}

/// Puts a document into an envelope. The document begins with its root element, or with an XML
/// declaration, which is left out.
pub fn wrap(header: &ExchangeHeader, document: &str, standard: &str) -> String {
    let mut writer = Writer::new();
    writer.open_with(ROOT, &[("xmlns", SBDH)]);
    writer.open(HEADER);
    writer.text("HeaderVersion", "1.0");
    for (element, country) in [("Sender", header.from), ("Receiver", header.to)] {
        writer.open(element);
        writer.text_with("Identifier", &[("Authority", AUTHORITY)], country.as_str());
        writer.close();
    }
    writer.open("DocumentIdentification");
    writer.text("Standard", standard);
    writer.text("TypeVersion", "1");
    writer.text("InstanceIdentifier", &header.id);
    writer.text("Type", header.kind.as_str());
    writer.text("CreationDateAndTime", &header.created.to_string());
    writer.close();
    writer.open("BusinessScope");
    writer.open("Scope");
    writer.text("Type", CONVERSATION);
    writer.text("InstanceIdentifier", &header.conversation);
    writer.close();
    writer.close();
    writer.close();
    writer.raw(without_declaration(document));
    writer.finish()
}

/// A document without the XML declaration before it.
pub(super) fn without_declaration(document: &str) -> &str {
    let document = document.trim_start_matches('\u{feff}').trim();
    match document.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
        Some((_, rest)) => rest.trim_start(),
        None => document,
    }
}

/// Opens an envelope. Its signature is verified before and read over here.
///
/// # Errors
/// What the hardened reader refuses, or a header that does not say what it must.
pub fn open(bytes: &[u8], limits: Limits) -> Result<Opened<'_>, Fatal> {
    let mut xml = Xml::new(bytes, limits)?;
    let root = xml.root()?;
    if root.local() != ROOT || xml.uri(root.namespace) != SBDH {
        let message = format!("the root element is `{}`; `{ROOT}` in the namespace `{SBDH}` is expected", root.local());
        return Err(Finding::error(FindingCode::OtherKind, message).at(root.offset).field(root.local()).into());
    }
    let mut header = None;
    let mut document = None;
    while let Some(tag) = xml.child()? {
        match (tag.local(), xml.uri(tag.namespace)) {
            (HEADER, SBDH) if header.is_none() => header = Some(Raw::read(&mut xml)?),
            (HEADER, SBDH) => return Err(twice(HEADER, tag.offset).into()),
            ("Signature", "http://www.w3.org/2000/09/xmldsig#") => xml.skip()?,
            _ if document.is_none() => {
                xml.skip()?;
                document = bytes.get(tag.offset..xml.position());
            }
            (other, _) => return Err(twice(other, tag.offset).into()),
        }
    }
    xml.finish()?;
    let missing = |what: &str| -> Fatal {
        Finding::error(FindingCode::Missing, format!("{what} is missing")).at(root.offset).field(ROOT).into()
    };
    let header = header.ok_or_else(|| missing("the header of the envelope"))?.typed(root.offset)?;
    let document = document.ok_or_else(|| missing("the document in the envelope"))?;
    Ok(Opened { header, document })
}

fn twice(what: &str, offset: usize) -> Finding {
    let message = format!("`{what}`: an envelope has one header and one document");
    Finding::error(FindingCode::Repeated, message).at(offset).field(format!("{ROOT}/{what}"))
}

/// The texts of a header.
#[derive(Default)]
struct Raw {
    sender: Option<String>,
    receiver: Option<String>,
    id: Option<String>,
    kind: Option<String>,
    created: Option<String>,
    conversation: Option<String>,
}

impl Raw {
    fn read(xml: &mut Xml<'_>) -> Result<Self, Fatal> {
        let mut raw = Self::default();
        while let Some(tag) = xml.child()? {
            match tag.local() {
                "Sender" => raw.sender = first(xml, "Identifier")?,
                "Receiver" => raw.receiver = first(xml, "Identifier")?,
                "DocumentIdentification" => {
                    while let Some(tag) = xml.child()? {
                        let slot = match tag.local() {
                            "InstanceIdentifier" => &mut raw.id,
                            "Type" => &mut raw.kind,
                            "CreationDateAndTime" => &mut raw.created,
                            _ => {
                                xml.skip()?;
                                continue;
                            }
                        };
                        *slot = Some(xml.text()?.into_owned());
                    }
                }
                "BusinessScope" => {
                    while xml.child()?.is_some() {
                        raw.scope(xml)?;
                    }
                }
                _ => xml.skip()?,
            }
        }
        Ok(raw)
    }

    fn scope(&mut self, xml: &mut Xml<'_>) -> Result<(), Fatal> {
        let (mut kind, mut instance) = (String::new(), None);
        while let Some(tag) = xml.child()? {
            match tag.local() {
                "Type" => kind = xml.text()?.into_owned(),
                "InstanceIdentifier" => instance = Some(xml.text()?.into_owned()),
                _ => xml.skip()?,
            }
        }
        if kind == CONVERSATION {
            self.conversation = instance;
        }
        Ok(())
    }

    fn typed(self, offset: usize) -> Result<ExchangeHeader, Fatal> {
        let wrong = |field: &str, code: FindingCode, message: String| -> Fatal {
            Finding::error(code, message).at(offset).field(format!("{ROOT}/{HEADER}/{field}")).into()
        };
        let needed = |field: &str, text: Option<String>| {
            text.filter(|text| !text.is_empty())
                .ok_or_else(|| wrong(field, FindingCode::Missing, format!("`{field}` is missing")))
        };
        let country = |field: &str, text: Option<String>| {
            let text = needed(field, text)?;
            CountryCode::parse(&text).map_err(|error| {
                wrong(field, FindingCode::UnknownCountry, format!("`{text}` is not {}", error.expected))
            })
        };
        let id = needed("DocumentIdentification/InstanceIdentifier", self.id)?;
        if id.len() > ID_BYTES {
            let message = format!("a message id of {} bytes; {ID_BYTES} is the limit", id.len());
            return Err(wrong("DocumentIdentification/InstanceIdentifier", FindingCode::Limit, message));
        }
        let kind = needed("DocumentIdentification/Type", self.kind)?;
        let known = ExchangeKind::parse(&kind).ok_or_else(|| {
            let all: Vec<&str> = ExchangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("`{kind}` is not exchanged; expected is one of {}", all.join(", "));
            wrong("DocumentIdentification/Type", FindingCode::OtherKind, message)
        })?;
        let created = needed("DocumentIdentification/CreationDateAndTime", self.created)?;
        let at = created.parse().map_err(|_| {
            let message = format!("`{created}` is not a moment with its offset, such as `2026-11-24T08:00:00Z`");
            wrong("DocumentIdentification/CreationDateAndTime", FindingCode::BadDate, message)
        })?;
        Ok(ExchangeHeader {
            id,
            from: country("Sender/Identifier", self.sender)?,
            to: country("Receiver/Identifier", self.receiver)?,
            kind: known,
            created: at,
            conversation: self.conversation.unwrap_or_default(),
        })
    }
}

/// Bytes of a message id.
const ID_BYTES: usize = 200;

/// The text of the first child of a name.
fn first(xml: &mut Xml<'_>, name: &str) -> Result<Option<String>, Fatal> {
    let mut found = None;
    while let Some(tag) = xml.child()? {
        if tag.local() == name && found.is_none() {
            found = Some(xml.text()?.into_owned());
        } else {
            xml.skip()?;
        }
    }
    Ok(found)
}
