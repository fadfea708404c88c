//! The national envelope of the Vietnam National Single Window.
//!
//! `Envelope` holds `Header` and `Body`; the header's `Subject` says which message it is. Elements
//! count by their names: their order does not matter, neither that of `preReference` and
//! `preDocumentYear`, which differs between the generations of the schemas, nor whether `Header`
//! stands before `Body`. Elements have no namespace and no attribute but `xsi:nil`.
//!
//! | `documentType` | `type` | read as |
//! |---|---|---|
//! | `IDA`, `EDA` | 10 | a national declaration ([`super::national`]) |
//! | a procedure of `vnsw/procedures.csv` | 10, a function of `vnsw/messages.csv` | an application (hồ sơ) |
//! | the same | another | rejected, with the message's meaning |
//! | another | | rejected: unknown procedure |
//!
//! That is what [`read`](crate::message::read) takes. [`receive`](crate::message::receive) takes
//! every message: see the module `receive` here.
//!
//! An application becomes a declaration so:
//!
//! | element | becomes |
//! |---|---|
//! | `Subject/documentType` | dossier procedure; it decides the direction |
//! | `Subject/reference` | reference |
//! | `Subject/sendDate` | date, time: an application is asked about on the day it was sent |
//! | `To/countryCode`, else `From/countryCode` | responsible country |
//! | `TaxCode`, else the digits of `From/identity` | the applicant's id |
//! | `NameOfRegistration`, `ImporterName`, `Importer`, `ExporterNameVni` … | the parties' names |
//! | `Goods`, `Animal`, `AnimalProduct`, `Product`, `BoneMeal` | a line each |
//! | `HSCode`, `HSCodeOfGoods`; `CodeOfGoods` where it has eight digits | HS code |
//! | `Quantity…`, `Number`, `…UnitCode`, `NetWeight`, `GrossWeight` | quantity, net and gross mass |
//! | `OriginationCode`, `OriginCountryCode` | origin |
//! | `…ExporterStateCode`, `ExportCountryCode` | country of export |
//! | `Purpose…`, `MealPurpose`; of a line, else of its part of the message | purpose |
//! | `Document`, `RegistrationComfirmNo`, `LicenseNo`, `DispatchNo`, `ContractNo` … | documents |
//! | `NameSicenceOfGoods`, `Species`, `Breed` … | statements of the line, by the element's name |
//!
//! Where a schema exists (`vnsw/schema.csv`), departures from it are reported: warnings in a
//! lenient reading, errors that refuse the message in a strict one. Traffic departs from the
//! schemas, since senders do not validate. Applications without a published schema are read by
//! the same names.

mod application;
mod catalogue;
mod check;
mod leaves;
mod passed_on;
mod receive;
mod schema;

pub(super) use receive::receive;

use super::fields::{DayAndTime, Fields, parse_day_and_time};
use super::incoming::{Address, Signed, Subject};
use super::national;
use super::xml::{Fatal, Tag, Xml};
use crate::trade::{CountryCode, Declaration, Finding, FindingCode, Text};
use jiff::civil::{DateTime, Time};

use catalogue::{Catalogue, Procedure, Sender};
use check::Seen;
pub(super) use passed_on::with_id;
use schema::{Node, Schemas};

/// The type of the messages that apply for something.
const APPLICATION: &str = "10";

/// The header of an envelope.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// The version of the envelope.
    version: Text<'a>,
    /// The id of the message.
    message_id: Option<Text<'a>>,
    /// Which procedure or message.
    pub(super) document_type: Stated<'a>,
    /// Which message of it.
    pub(super) kind: Stated<'a>,
    /// Which variant of the message.
    pub(super) function: Stated<'a>,
    /// The sender's reference.
    pub(super) reference: Option<Text<'a>>,
    /// When it was sent.
    pub(super) sent: Option<DayAndTime>,
    /// When, as written.
    sent_text: Text<'a>,
    /// The years and the reference before, as written.
    document_year: Text<'a>,
    pre_reference: Text<'a>,
    pre_document_year: Text<'a>,
    /// Who sends.
    pub(super) from: Address<'a>,
    /// The country of who sends.
    pub(super) from_country: Option<CountryCode>,
    /// To whom.
    to: Address<'a>,
    to_country: Option<CountryCode>,
    /// Where signatures stand.
    signed: Signed,
}

/// A text with its place.
#[derive(Debug, Default)]
pub(super) struct Stated<'a> {
    /// The text.
    pub(super) text: Text<'a>,
    /// Where its element begins.
    pub(super) offset: usize,
}

impl<'a> Header<'a> {
    /// What the message is about.
    fn subject(&self) -> Subject<'a> {
        Subject {
            document_type: self.document_type.text.clone(),
            kind: self.kind.text.clone(),
            function: self.function.text.clone(),
            reference: self.reference.clone().unwrap_or_default(),
            document_year: self.document_year.clone(),
            pre_reference: self.pre_reference.clone(),
            pre_document_year: self.pre_document_year.clone(),
            sent: self.sent_text.clone(),
            sent_at: self.sent.map(|(date, time)| DateTime::from_parts(date, time.unwrap_or(Time::midnight()))),
            version: self.version.clone(),
        }
    }

    /// The country whose window the message is made for.
    pub(super) fn country(&self) -> Option<CountryCode> {
        self.to_country.or(self.from_country)
    }
}

/// What the header says that the body is.
#[derive(Debug, Clone, Copy)]
enum Content {
    National(national::Kind),
    Application(&'static Procedure),
}

/// Reads the message whose root `Envelope` is open.
pub(super) fn read<'a>(fields: &mut Fields<'a>) -> Result<Declaration<'a>, Fatal> {
    let (_, declaration) = walk(fields, recognise, |fields, header, content, tag| match *content {
        Content::National(kind) => national::read(fields, header, kind, tag.offset),
        Content::Application(procedure) => application::read(fields, header, procedure, tag),
    })?;
    Ok(declaration)
}

/// The element that holds a message of a procedure, where its schema is known.
pub(super) fn element_of(document_type: &str, kind: &str, function: &str) -> Option<&'static str> {
    let message = Catalogue::get().message(document_type, kind, function)?;
    Some(message.element.as_str()).filter(|element| !element.is_empty())
}

/// Whether `preReference` stands before `preDocumentYear` in the header of a procedure.
pub(super) fn reference_first(document_type: &str) -> bool {
    Catalogue::get().procedure(document_type).is_some_and(|procedure| procedure.reference_first)
}

/// Reads a letter about a declaration, whose `Content` is open.
pub(super) fn read_letter<'a>(
    fields: &mut Fields<'a>,
    header: &Header<'a>,
    content: &Tag<'_>,
) -> Result<application::Said<'a>, Fatal> {
    application::read_letter(fields, header, None, content)
}

/// Walks through the envelope whose root is open: `recognise` says by the header what the body
/// is, `read` reads its `Content`.
fn walk<'a, C, B>(
    fields: &mut Fields<'a>,
    mut recognise: impl FnMut(&Header<'a>) -> Result<C, Fatal>,
    read: impl Fn(&mut Fields<'a>, &Header<'a>, &C, &Tag<'a>) -> Result<B, Fatal>,
) -> Result<(Header<'a>, B), Fatal> {
    let begin = fields.xml.position();
    let mut seen = Seen::of(Schemas::get().envelope());
    let mut header: Option<(Header<'a>, C)> = None;
    let mut body = None;
    let mut waiting: Option<Xml<'a>> = None;
    let mut system_signed = false;
    while let Some(tag) = fields.xml.child()? {
        if tag.local() == "SystemSignature" {
            system_signed |= fields.xml.skip_filled()?;
            continue;
        }
        let node = seen.child(fields, &tag);
        match tag.local() {
            "Header" if header.is_none() => {
                let read = read_header(fields, node, &tag)?;
                let content = recognise(&read)?;
                header = Some((read, content));
            }
            "Body" if body.is_none() && waiting.is_none() => {
                if let Some((header, content)) = &mut header {
                    body = Some(read_body(fields, node, header, content, tag.offset, &read)?);
                } else {
                    waiting = Some(fields.xml.clone());
                    fields.xml.skip()?;
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    let missing = |name: &str| {
        Finding::error(FindingCode::Missing, format!("`{name}` is missing in `Envelope`"))
            .at(begin)
            .field(format!("Envelope/{name}"))
    };
    let Some((mut header, content)) = header else { return Err(Box::new(missing("Header"))) };
    if let Some(waiting) = waiting {
        // The body stood before the header: its walk is taken up now.
        let end = std::mem::replace(&mut fields.xml, waiting);
        let node = Schemas::get().envelope().and_then(|envelope| envelope.child("Body"));
        body = Some(read_body(fields, node.map(|(_, node)| node), &mut header, &content, begin, &read)?);
        fields.xml = end;
    }
    header.signed.system = system_signed;
    match body {
        Some(body) => Ok((header, body)),
        None => Err(Box::new(missing("Body"))),
    }
}

fn read_header<'a>(fields: &mut Fields<'a>, node: Option<&Node>, header_tag: &Tag<'_>) -> Result<Header<'a>, Fatal> {
    let mut header = Header::default();
    let mut seen = Seen::of(node);
    while let Some(tag) = fields.xml.child()? {
        let node = seen.child(fields, &tag);
        match tag.local() {
            "From" => address(fields, node, &tag, &mut header.from, &mut header.from_country)?,
            "To" => address(fields, node, &tag, &mut header.to, &mut header.to_country)?,
            "Subject" => subject(fields, node, &tag, &mut header)?,
            "Reference" => {
                let mut seen = Seen::of(node);
                while let Some(tag) = fields.xml.child()? {
                    let node = seen.child(fields, &tag);
                    let text = check::text(fields, node, &tag)?;
                    match tag.local() {
                        "version" => header.version = text,
                        "messageId" if !text.is_empty() => header.message_id = Some(text),
                        _ => {}
                    }
                }
                seen.close(fields, &tag);
            }
            "Signature" => header.signed.header = fields.xml.skip_filled()?,
            _ => fields.xml.skip()?,
        }
    }
    seen.close(fields, header_tag);
    for (name, stated) in
        [("documentType", &header.document_type), ("type", &header.kind), ("function", &header.function)]
    {
        if stated.text.is_empty() {
            return Err(Box::new(
                Finding::error(FindingCode::Missing, format!("`{name}` is missing: it says which message this is"))
                    .at(header_tag.offset)
                    .field(format!("Envelope/Header/Subject/{name}")),
            ));
        }
    }
    Ok(header)
}

fn address<'a>(
    fields: &mut Fields<'a>,
    node: Option<&Node>,
    own: &Tag<'_>,
    address: &mut Address<'a>,
    country: &mut Option<CountryCode>,
) -> Result<(), Fatal> {
    let mut seen = Seen::of(node);
    while let Some(tag) = fields.xml.child()? {
        let node = seen.child(fields, &tag);
        let text = check::text(fields, node, &tag)?;
        match tag.local() {
            "name" => address.name = text,
            "identity" => address.identity = text,
            "countryCode" if !text.is_empty() => {
                *country = fields.country_code(&text, &tag);
                address.country_code = text;
            }
            "ministryCode" => address.ministry_code = text,
            "organizationCode" => address.organization_code = text,
            "unitCode" => address.unit_code = text,
            _ => {}
        }
    }
    seen.close(fields, own);
    Ok(())
}

fn subject<'a>(
    fields: &mut Fields<'a>,
    node: Option<&Node>,
    own: &Tag<'_>,
    header: &mut Header<'a>,
) -> Result<(), Fatal> {
    let mut seen = Seen::of(node);
    while let Some(tag) = fields.xml.child()? {
        let node = seen.child(fields, &tag);
        let text = check::text(fields, node, &tag)?;
        let offset = tag.offset;
        match tag.local() {
            "documentType" => header.document_type = Stated { text: document_type(fields, text, offset), offset },
            "type" => header.kind = Stated { text, offset },
            "function" => header.function = Stated { text, offset },
            "reference" if !text.is_empty() => header.reference = Some(text),
            "documentYear" => header.document_year = text,
            "preReference" => header.pre_reference = text,
            "preDocumentYear" => header.pre_document_year = text,
            "sendDate" => {
                header.sent = parse_day_and_time(&text, fields.zone());
                header.sent_text = text;
            }
            _ => {}
        }
    }
    seen.close(fields, own);
    Ok(())
}

/// The procedure code: some senders escape its `&` twice.
fn document_type<'a>(fields: &mut Fields<'a>, text: Text<'a>, offset: usize) -> Text<'a> {
    if !text.contains("&amp;") {
        return text;
    }
    fields.departure(
        FindingCode::Deviation,
        "documentType",
        offset,
        format!("`{text}` was escaped twice; `&` is written `&amp;` once"),
    );
    Text::Owned(text.replace("&amp;", "&"))
}

/// What the message is, by document type, type and function.
fn recognise(header: &Header<'_>) -> Result<Content, Fatal> {
    let document_type = header.document_type.text.as_ref();
    let (kind, function) = (header.kind.text.as_ref(), header.function.text.as_ref());
    let other = |message: String, at: &Stated<'_>, name: &str| {
        Finding::error(FindingCode::OtherKind, message).at(at.offset).field(format!("Envelope/Header/Subject/{name}"))
    };
    match function {
        "99" => {
            return Err(Box::new(other(
                format!("a receipt under `{document_type}` (function 99) is not an application or declaration"),
                &header.function,
                "function",
            )));
        }
        "00" => {
            return Err(Box::new(other(
                format!("a list of errors under `{document_type}` (function 00) is not an application or declaration"),
                &header.function,
                "function",
            )));
        }
        _ => {}
    }
    match national::recognise(document_type, kind, function) {
        None => {}
        Some(Ok(kind)) => return Ok(Content::National(kind)),
        Some(Err(message)) => return Err(Box::new(other(message, &header.document_type, "documentType"))),
    }
    let catalogue = Catalogue::get();
    let Some(procedure) = catalogue.procedure(document_type) else {
        return Err(Box::new(Finding::error(
            FindingCode::UnknownProcedure,
            format!("`{document_type}` is no procedure that is read; `IDA`, `EDA` or a procedure of the single window was expected"),
        )
        .at(header.document_type.offset)
        .field("Envelope/Header/Subject/documentType")));
    };
    let allowed = || {
        let list = catalogue.applications(document_type);
        if list.is_empty() {
            "this procedure has no application that is read".to_owned()
        } else {
            format!("read are {list}")
        }
    };
    match catalogue.message(document_type, kind, function) {
        Some(message) if kind == APPLICATION && message.sender == Sender::Trader => Ok(Content::Application(procedure)),
        Some(message) => {
            let sender = match message.sender {
                Sender::Trader => "trader",
                Sender::Agency => "agency",
            };
            Err(Box::new(other(
                format!(
                    "message {kind}/{function} of `{document_type}` (from the {sender}: {}) is not an application; {}",
                    lower(&message.meaning),
                    allowed()
                ),
                &header.kind,
                "type",
            )))
        }
        None => Err(Box::new(other(
            format!("`{document_type}` has no message of type `{kind}` and function `{function}`; {}", allowed()),
            &header.kind,
            "type",
        ))),
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn read_body<'a, C, B>(
    fields: &mut Fields<'a>,
    node: Option<&Node>,
    header: &mut Header<'a>,
    content: &C,
    offset: usize,
    read: impl Fn(&mut Fields<'a>, &Header<'a>, &C, &Tag<'a>) -> Result<B, Fatal>,
) -> Result<B, Fatal> {
    let mut seen = Seen::of(node);
    let mut body = None;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Content" if body.is_none() => body = Some(read(fields, header, content, &tag)?),
            "Content" => {
                fields.deviation("a second `Content`; one was expected".to_owned(), tag.offset);
                fields.xml.skip()?;
            }
            name => {
                seen.child(fields, &tag);
                let filled = fields.xml.skip_filled()?;
                header.signed.body |= filled && name == "Signature";
            }
        }
    }
    body.ok_or_else(|| {
        Finding::error(FindingCode::Missing, "`Content` is missing in `Body`")
            .at(offset)
            .field("Envelope/Body/Content")
            .into()
    })
}
