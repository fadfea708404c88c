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
mod schema;

use super::fields::{DayAndTime, Fields, parse_day_and_time};
use super::national;
use super::xml::{Fatal, Tag, Xml};
use crate::trade::{CountryCode, Declaration, Finding, FindingCode, Text};
use catalogue::{Catalogue, Procedure, Sender};
use check::Seen;
use schema::{Node, Schemas};

/// The type of the messages that apply for something.
const APPLICATION: &str = "10";

/// The header of an envelope.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
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
    /// Who sends.
    pub(super) from: Address<'a>,
    /// To whom.
    pub(super) to: Address<'a>,
}

/// A text with its place.
#[derive(Debug, Default)]
pub(super) struct Stated<'a> {
    /// The text.
    pub(super) text: Text<'a>,
    /// Where its element begins.
    pub(super) offset: usize,
}

/// A sender or receiver.
#[derive(Debug, Default)]
pub(super) struct Address<'a> {
    /// Its name.
    pub(super) name: Text<'a>,
    /// The tax code of a trader, the code of a system.
    pub(super) identity: Text<'a>,
    /// Its country.
    pub(super) country: Option<CountryCode>,
}

impl Header<'_> {
    /// The country whose window the message is made for.
    pub(super) fn country(&self) -> Option<CountryCode> {
        self.to.country.or(self.from.country)
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
    let begin = fields.xml.position();
    let mut seen = Seen::of(Schemas::get().envelope());
    let mut header: Option<(Header<'a>, Content)> = None;
    let mut declaration = None;
    let mut waiting: Option<Xml<'a>> = None;
    while let Some(tag) = fields.xml.child()? {
        if tag.local() == "SystemSignature" {
            fields.xml.skip()?;
            continue;
        }
        let node = seen.child(fields, &tag);
        match tag.local() {
            "Header" if header.is_none() => {
                let read = read_header(fields, node, &tag)?;
                let content = recognise(&read)?;
                header = Some((read, content));
            }
            "Body" if declaration.is_none() && waiting.is_none() => {
                if let Some((header, content)) = &header {
                    declaration = Some(read_body(fields, node, header, *content, tag.offset)?);
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
    let Some((header, content)) = header else { return Err(Box::new(missing("Header"))) };
    if let Some(waiting) = waiting {
        // The body stood before the header: its walk is taken up now.
        let end = std::mem::replace(&mut fields.xml, waiting);
        let node = Schemas::get().envelope().and_then(|envelope| envelope.child("Body"));
        let read = read_body(fields, node.map(|(_, node)| node), &header, content, begin)?;
        fields.xml = end;
        declaration = Some(read);
    }
    declaration.ok_or_else(|| missing("Body").into())
}

fn read_header<'a>(fields: &mut Fields<'a>, node: Option<&Node>, header_tag: &Tag<'_>) -> Result<Header<'a>, Fatal> {
    let mut header = Header::default();
    let mut seen = Seen::of(node);
    while let Some(tag) = fields.xml.child()? {
        let node = seen.child(fields, &tag);
        match tag.local() {
            "From" => address(fields, node, &tag, &mut header.from)?,
            "To" => address(fields, node, &tag, &mut header.to)?,
            "Subject" => subject(fields, node, &tag, &mut header)?,
            "Reference" => {
                let mut seen = Seen::of(node);
                while let Some(tag) = fields.xml.child()? {
                    let node = seen.child(fields, &tag);
                    check::text(fields, node, &tag)?;
                }
                seen.close(fields, &tag);
            }
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
) -> Result<(), Fatal> {
    let mut seen = Seen::of(node);
    while let Some(tag) = fields.xml.child()? {
        let node = seen.child(fields, &tag);
        let text = check::text(fields, node, &tag)?;
        match tag.local() {
            "name" => address.name = text,
            "identity" => address.identity = text,
            "countryCode" if !text.is_empty() => address.country = fields.country_code(&text, &tag),
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
            "sendDate" => header.sent = parse_day_and_time(&text, fields.zone()),
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

fn read_body<'a>(
    fields: &mut Fields<'a>,
    node: Option<&Node>,
    header: &Header<'a>,
    content: Content,
    offset: usize,
) -> Result<Declaration<'a>, Fatal> {
    let mut seen = Seen::of(node);
    let mut declaration = None;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Content" if declaration.is_none() => {
                declaration = Some(match content {
                    Content::National(kind) => national::read(fields, header, kind, tag.offset)?,
                    Content::Application(procedure) => application::read(fields, header, procedure, &tag)?,
                });
            }
            "Content" => {
                fields.deviation("a second `Content`; one was expected".to_owned(), tag.offset);
                fields.xml.skip()?;
            }
            _ => {
                seen.child(fields, &tag);
                fields.xml.skip()?;
            }
        }
    }
    declaration.ok_or_else(|| {
        Finding::error(FindingCode::Missing, "`Content` is missing in `Body`")
            .at(offset)
            .field("Envelope/Body/Content")
            .into()
    })
}
