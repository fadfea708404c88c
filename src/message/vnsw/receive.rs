//! Every message of the envelope: declarations and what follows them, the letters of the
//! procedures, receipts and lists of errors.
//!
//! Technical messages are known by their function, whatever their type. Of the others
//! `documentType` is a declaration's, or that of a procedure; a procedure or message that the
//! tables do not know is a letter like those that they know, since what is known is the pack's
//! matter.

use jiff::civil::{DateTime, Time};

use super::application;
use super::catalogue::{Catalogue, Message, Procedure};
use super::{Header, Stated, walk};
use crate::message::Reading;
use crate::message::fields::{Fields, parse_day_and_time};
use crate::message::incoming::{Content, ErrorEntry, Family, Head, Letter, MessageKey, Receipt};
use crate::message::national;
use crate::message::xml::{Fatal, Tag};
use crate::trade::{Declaration, Finding, FindingCode, Text};

/// The function of a receipt, and that of a list of errors.
const RECEIPT: &str = "99";
const ERRORS: &str = "00";

/// What the header says that the content is.
#[derive(Debug, Clone, Copy)]
enum Expected {
    National(national::Kind, national::Message),
    /// With the procedure, where the message carries its application whole.
    Letter(Option<&'static Procedure>),
    Receipt,
    Errors,
}

/// Receives the message whose root `Envelope` is open. `head` is filled as soon as it is known,
/// and stands where the rest is refused.
pub(in crate::message) fn receive<'a>(
    fields: &mut Fields<'a>,
    bytes: &'a [u8],
    head: &mut Option<Head<'a>>,
) -> Result<Content<'a>, Fatal> {
    let recognise = |header: &Header<'a>| {
        *head = Some(head_of(header));
        expected(header)
    };
    let (header, content) =
        walk(fields, recognise, |fields, header, expected, tag| content(fields, header, *expected, tag, bytes))?;
    if let Some(head) = head {
        head.signed = header.signed;
    }
    Ok(content)
}

fn head_of<'a>(header: &Header<'a>) -> Head<'a> {
    Head {
        message_id: header.message_id.clone(),
        key: header.message_id.clone().map_or(MessageKey::Content, MessageKey::Id),
        from: header.from.clone(),
        to: header.to.clone(),
        subject: header.subject(),
        signed: header.signed,
        ..Head::of(Family::Envelope)
    }
}

fn expected(header: &Header<'_>) -> Result<Expected, Fatal> {
    for (name, stated) in [("type", &header.kind), ("function", &header.function)] {
        number(name, stated)?;
    }
    let document_type = header.document_type.text.as_ref();
    let (kind, function) = (header.kind.text.as_ref(), header.function.text.as_ref());
    match function {
        RECEIPT => return Ok(Expected::Receipt),
        ERRORS => return Ok(Expected::Errors),
        _ => {}
    }
    if let Some((declaration, message)) = national::message(document_type, kind, function) {
        return Ok(Expected::National(declaration, message));
    }
    let catalogue = Catalogue::get();
    let carries = catalogue.message(document_type, kind, function).is_some_and(Message::carries_application);
    Ok(Expected::Letter(catalogue.procedure(document_type).filter(|_| carries)))
}

/// `type` and `function` are two digits, three at most.
fn number(name: &str, stated: &Stated<'_>) -> Result<(), Fatal> {
    let text = stated.text.as_ref();
    if (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(Box::new(
        Finding::error(FindingCode::OtherKind, format!("`{text}` is no {name} of a message; two digits were expected"))
            .at(stated.offset)
            .field(format!("Envelope/Header/Subject/{name}")),
    ))
}

fn content<'a>(
    fields: &mut Fields<'a>,
    header: &Header<'a>,
    expected: Expected,
    tag: &Tag<'_>,
    bytes: &'a [u8],
) -> Result<Content<'a>, Fatal> {
    let reading = |declaration: Declaration<'a>| Reading { declaration, findings: Vec::new(), bytes };
    match expected {
        Expected::National(kind, message) => national::receive(fields, header, kind, message, tag, bytes),
        Expected::Letter(carries) => {
            if header.reference.is_none() {
                let message = "`reference` is missing: the number of the dossier tells its messages from all others";
                let finding = Finding::error(FindingCode::Missing, message).at(tag.offset);
                fields.refuse(finding.field("Envelope/Header/Subject/reference".to_owned()));
            }
            let (application, papers) = application::read_letter(fields, header, carries, tag)?;
            Ok(Content::Letter(Letter {
                procedure: header.document_type.text.clone(),
                kind: header.kind.text.clone(),
                function: header.function.text.clone(),
                reference: header.reference.clone(),
                application: application.map(reading),
                papers,
            }))
        }
        Expected::Receipt => receipt(fields, tag),
        Expected::Errors => errors(fields, tag),
    }
}

fn receipt<'a>(fields: &mut Fields<'a>, content: &Tag<'_>) -> Result<Content<'a>, Fatal> {
    let mut received: Option<Text<'a>> = None;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "ReceiveDate" if received.is_none() => received = Some(fields.xml.text()?),
            name => {
                fields.deviation(format!("`{name}` in a receipt; `ReceiveDate` was expected"), tag.offset);
                fields.xml.skip()?;
            }
        }
    }
    let received = required(fields, received, "ReceiveDate", content);
    let received_at = parse_day_and_time(&received, fields.zone())
        .map(|(date, time)| DateTime::from_parts(date, time.unwrap_or(Time::midnight())));
    Ok(Content::Receipt(Receipt { received, received_at }))
}

fn errors<'a>(fields: &mut Fields<'a>, content: &Tag<'_>) -> Result<Content<'a>, Fatal> {
    let most = fields.xml.limits().repeats;
    let mut errors = Vec::new();
    let mut found = None;
    while let Some(tag) = fields.xml.child()? {
        if tag.local() != "ErrorList" {
            fields.deviation(format!("`{}` in a list of errors; `ErrorList` was expected", tag.local()), tag.offset);
            fields.xml.skip()?;
            continue;
        }
        found = Some(Text::default());
        while let Some(tag) = fields.xml.child()? {
            if tag.local() != "Error" {
                fields.deviation(format!("`{}` in `ErrorList`; `Error` was expected", tag.local()), tag.offset);
                fields.xml.skip()?;
                continue;
            }
            fields.room(errors.len(), "errors", most, tag.offset)?;
            let mut error = ErrorEntry::default();
            while let Some(tag) = fields.xml.child()? {
                match tag.local() {
                    "ErrorCode" => error.code = fields.xml.text()?,
                    "ErrorName" => error.name = fields.xml.text()?,
                    _ => fields.xml.skip()?,
                }
            }
            errors.push(error);
        }
    }
    required(fields, found, "ErrorList", content);
    Ok(Content::Errors(errors))
}

/// What has to stand in the closed element `content`; a departure where it does not.
fn required<'a>(fields: &mut Fields<'a>, value: Option<Text<'a>>, name: &str, content: &Tag<'_>) -> Text<'a> {
    if value.is_none() {
        let message = format!("`{name}` is missing in `Content`");
        fields.departure(FindingCode::Missing, &format!("Content/{name}"), content.offset, message);
    }
    value.unwrap_or_default()
}
