//! What follows a national declaration: sent again, changed, cancelled, decided.

use super::{Kind, read};
use crate::message::Reading;
use crate::message::fields::Fields;
use crate::message::incoming::{Amendment, Cancellation, Content, Letter};
use crate::message::vnsw::{self, Header};
use crate::message::xml::{Fatal, Tag};
use crate::trade::{Declaration, Finding, FindingCode, Text};

/// Which message of a national declaration's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::message) enum Message {
    /// 10/01: for the first time.
    First,
    /// 10/02: sent again before registration.
    Again,
    /// 14/08: changed after acceptance, whole.
    Amendment,
    /// 11/04 before acceptance, 16/11 after.
    Cancellation {
        /// Whether the declaration was accepted.
        accepted: bool,
    },
    /// Any other type: a letter, such as a notice of customs.
    Letter,
}

/// The message of a type and function.
pub(super) fn of(kind: &str, function: &str) -> Message {
    match (kind, function) {
        ("10", "01") => Message::First,
        ("10", "02") => Message::Again,
        ("14", "08") => Message::Amendment,
        ("11", "04") => Message::Cancellation { accepted: false },
        ("16", "11") => Message::Cancellation { accepted: true },
        _ => Message::Letter,
    }
}

/// Receives the message whose `Content` is open.
pub(in crate::message) fn receive<'a>(
    fields: &mut Fields<'a>,
    header: &Header<'a>,
    kind: Kind,
    message: Message,
    content: &Tag<'_>,
    bytes: &'a [u8],
) -> Result<Content<'a>, Fatal> {
    let reading = |declaration| Reading { declaration, findings: Vec::new(), bytes };
    Ok(match message {
        Message::First => Content::Declaration(reading(read(fields, header, kind, content.offset)?)),
        Message::Again => Content::Replacement(reading(read(fields, header, kind, content.offset)?)),
        Message::Amendment => {
            let mut request = Request::default();
            request.read(fields, header, Some(kind), content)?;
            let declaration = request.declaration.unwrap_or_else(|| super::begun(header, kind));
            if request.found && declaration.number.is_none() {
                let name = format!("RequestEdit/{}/Registration/Number", kind.element());
                missing(fields, &name, "the number of the declaration to be changed", content);
            }
            if request.found && request.reason.is_none() {
                missing(fields, "RequestEdit/Reason", "why the declaration is changed", content);
            }
            let changes = Vec::new();
            Content::Amendment(Amendment {
                reading: reading(declaration),
                whole: true,
                reason: request.reason,
                changes,
            })
        }
        Message::Cancellation { accepted } => {
            let mut request = Request::default();
            request.read(fields, header, None, content)?;
            if accepted && request.found && request.number.is_none() {
                missing(fields, "RequestCancel/Number", "the number of the declaration to be cancelled", content);
            }
            if accepted && request.found && request.reason.is_none() {
                missing(fields, "RequestCancel/Reason", "why the declaration is cancelled", content);
            }
            Content::Cancellation(Cancellation {
                number: request.number,
                reason: request.reason,
                reason_code: None,
                after_acceptance: Some(accepted),
            })
        }
        Message::Letter => {
            let (_, papers) = vnsw::read_letter(fields, header, content)?;
            Content::Letter(Letter {
                procedure: header.document_type.text.clone(),
                kind: header.kind.text.clone(),
                function: header.function.text.clone(),
                reference: header.reference.clone(),
                application: None,
                papers,
            })
        }
    })
}

/// A request, as `RequestEdit` or `RequestCancel` states it.
#[derive(Debug, Default)]
struct Request<'a> {
    found: bool,
    number: Option<Text<'a>>,
    reason: Option<Text<'a>>,
    declaration: Option<Declaration<'a>>,
}

impl<'a> Request<'a> {
    /// Reads the request in `Content`, which is open; one to change carries a declaration of the
    /// kind `changed`.
    fn read(
        &mut self,
        fields: &mut Fields<'a>,
        header: &Header<'a>,
        changed: Option<Kind>,
        content: &Tag<'_>,
    ) -> Result<(), Fatal> {
        let expected = if changed.is_some() { "RequestEdit" } else { "RequestCancel" };
        while let Some(tag) = fields.xml.child()? {
            if tag.local() == expected && !self.found {
                self.found = true;
                self.inside(fields, header, changed, &tag)?;
            } else {
                let message = format!("`{}` in this message; one `{expected}` was expected", tag.local());
                fields.refuse(
                    Finding::error(FindingCode::OtherKind, message).at(tag.offset).field(fields.path_of(tag.local())),
                );
                fields.xml.skip()?;
            }
        }
        if !self.found && !fields.is_refused() {
            fields.refuse(
                Finding::error(FindingCode::Missing, format!("`Content` has no `{expected}`"))
                    .at(content.offset)
                    .field("Envelope/Body/Content"),
            );
        }
        Ok(())
    }

    fn inside(
        &mut self,
        fields: &mut Fields<'a>,
        header: &Header<'a>,
        changed: Option<Kind>,
        own: &Tag<'_>,
    ) -> Result<(), Fatal> {
        while let Some(tag) = fields.xml.child()? {
            match (tag.local(), changed) {
                ("RequestDate", _) => {
                    let text = fields.xml.text()?;
                    super::day(fields, &text, &tag);
                }
                ("Reason", _) => self.reason = fields.text()?,
                ("Number", None) => self.number = super::number(fields, &tag)?,
                (name, Some(kind)) if name == kind.element() && self.declaration.is_none() => {
                    let mut declaration = super::begun(header, kind);
                    super::element(fields, &mut declaration, kind, &tag)?;
                    self.declaration = Some(declaration);
                }
                _ => super::unknown(fields, &tag)?,
            }
        }
        if let Some(kind) = changed
            && self.declaration.is_none()
        {
            let element = kind.element();
            fields.refuse(
                Finding::error(FindingCode::Missing, format!("`{element}` is missing: the declaration as it shall be"))
                    .at(own.offset)
                    .field(fields.path_of(&format!("{}/{element}", own.local()))),
            );
        }
        Ok(())
    }
}

fn missing(fields: &mut Fields<'_>, name: &str, what: &str, content: &Tag<'_>) {
    let message = format!("`{}` is missing: {what}", name.rsplit('/').next().unwrap_or(name));
    fields.bad(FindingCode::Missing, &format!("Content/{name}"), content.offset, message);
}
