//! What a WCO message says beside the declaration: which message it is, who submits it, what it
//! changes and why.
//!
//! | `FunctionCode` | `TypeCode` | received as |
//! |---|---|---|
//! | 13 | `COR` | an amendment: whole where every line has its code and the trader is named; else `Amendment` points at what changes, and the declaration holds no more |
//! | 13 | `INV` | a cancellation |
//! | 13 | `GPR` | the goods declared beforehand are presented |
//! | 13 | another | refused |
//! | 5 | | an amendment, whole: it takes the place of the declaration that it names |
//! | another, 9 as a rule | | a declaration |
//!
//! Why something changes or is cancelled stands in statements of type `AES`
//! (`AdditionalInformation/StatementTypeCode`, the words in its `StatementDescription`).

use super::{party, statement};
use crate::message::Reading;
use crate::message::fields::Fields;
use crate::message::incoming::{
    Address, Amendment, Cancellation, Change, Content, Family, Head, MessageKey, Pointer, Presentation, Subject,
};
use crate::message::xml::{Fatal, Tag, Xml};
use crate::trade::{Declaration, Finding, FindingCode, Party, Statement, Text};

/// The function of additional messages, and the type of statements that give a reason.
pub(super) const ADDITIONAL: &str = "13";
const REASON: &str = "AES";
/// The function of a message that takes the place of another.
const REPLACE: &str = "5";

/// Which message it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Declaration,
    Replacement,
    Amendment,
    Cancellation,
    Presentation,
}

/// What a message says beside the declaration.
#[derive(Debug, Default)]
pub(super) struct More<'a> {
    expected: Expected,
    function: Option<Text<'a>>,
    kind: Option<Text<'a>>,
    version: Option<Text<'a>>,
    submitter: Party<'a>,
    changes: Vec<Change<'a>>,
    reasons: Vec<Text<'a>>,
}

impl<'a> More<'a> {
    /// Looks ahead which message it is: `Declaration` is open.
    pub(super) fn look_ahead(&mut self, mut xml: Xml<'a>) -> Result<(), Fatal> {
        let own = xml.position();
        let mut kind_at = own;
        while self.function.is_none() || self.kind.is_none() {
            let Some(tag) = xml.child()? else { break };
            match tag.local() {
                "FunctionCode" if self.function.is_none() => self.function = Some(xml.text()?),
                "TypeCode" if self.kind.is_none() => {
                    kind_at = tag.offset;
                    self.kind = Some(xml.text()?);
                }
                _ => xml.skip()?,
            }
        }
        match self.function.as_deref() {
            Some(ADDITIONAL) => {}
            Some(REPLACE) => {
                self.expected = Expected::Replacement;
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.expected = match self.kind.as_deref() {
            Some("COR") => Expected::Amendment,
            Some("INV") => Expected::Cancellation,
            Some("GPR") => Expected::Presentation,
            other => {
                let other = other.unwrap_or_default();
                let message = format!("an additional message of type `{other}`; `COR`, `INV` and `GPR` are read");
                let path = format!("{}/TypeCode", xml.path());
                return Err(Box::new(Finding::error(FindingCode::OtherKind, message).at(kind_at).field(path)));
            }
        };
        Ok(())
    }

    /// Whether there may be no more of a declaration than what changes.
    pub(super) fn is_partial(&self) -> bool {
        !matches!(self.expected, Expected::Declaration | Expected::Replacement)
    }

    /// Reads an element of the declaration that says something beside it; whether it was one.
    pub(super) fn element(&mut self, fields: &mut Fields<'a>, tag: &Tag<'_>) -> Result<bool, Fatal> {
        match tag.local() {
            "FunctionCode" if self.is_partial() => {
                let code = fields.xml.text()?;
                if code != ADDITIONAL {
                    fields.again("FunctionCode", tag.offset);
                }
            }
            "VersionID" => self.version = fields.text()?,
            "Submitter" => party(fields, &mut self.submitter)?,
            "Amendment" if self.is_partial() => {
                let most = fields.xml.limits().repeats;
                fields.room(self.changes.len(), "amendments", most, tag.offset)?;
                let change = change(fields)?;
                self.changes.push(change);
            }
            "AdditionalInformation" if self.is_partial() => {
                let most = fields.xml.limits().repeats;
                fields.room(self.reasons.len(), "statements", most, tag.offset)?;
                let statement = statement(fields)?;
                if statement.kind.as_deref() == Some(REASON) {
                    self.reasons.extend(statement.text.or(Some(statement.code)).filter(|text| !text.is_empty()));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The head of the message.
    pub(super) fn head(&self, declaration: &Declaration<'a>) -> Head<'a> {
        let reference = declaration.reference.clone().unwrap_or_default();
        let function = self.function.clone().unwrap_or_default();
        let version = self.version.clone().unwrap_or_default();
        let key = if reference.is_empty() {
            MessageKey::Content
        } else {
            MessageKey::Reference { reference: reference.clone(), function: function.clone(), version: version.clone() }
        };
        let sender = if self.submitter.id.is_some() { &self.submitter } else { &declaration.declarant };
        let kind = self.kind.clone().unwrap_or_default();
        Head {
            key,
            from: Address {
                name: sender.name.clone().unwrap_or_default(),
                identity: sender.id.clone().unwrap_or_default(),
                country_code: sender.country.map_or_else(Text::default, |code| Text::Owned(code.to_string())),
                ..Address::default()
            },
            subject: Subject { kind, function, reference, version, ..Subject::default() },
            ..Head::of(Family::Wco)
        }
    }

    /// What the message says.
    pub(super) fn content(
        self,
        fields: &mut Fields<'a>,
        declaration: Declaration<'a>,
        own: usize,
        bytes: &'a [u8],
    ) -> Content<'a> {
        let number = declaration.number.clone();
        let whole = is_whole(&declaration);
        if self.is_partial() && number.is_none() && !(whole && declaration.reference.is_some()) {
            let path = fields.path_of("Declaration/ID");
            let message = "`ID` is missing: the number of the declaration that the message is about";
            fields.report(Finding::error(FindingCode::Missing, message).at(own).field(path));
        }
        let reason = (!self.reasons.is_empty()).then(|| match <[Text<'a>; 1]>::try_from(self.reasons) {
            Ok([reason]) => reason,
            Err(reasons) => Text::Owned(reasons.join("; ")),
        });
        let reading = |declaration| Reading { declaration, findings: Vec::new(), bytes };
        match self.expected {
            Expected::Declaration => Content::Declaration(reading(declaration)),
            Expected::Replacement => {
                let of_reason = |statement: &&Statement<'a>| statement.kind.as_deref() == Some(REASON);
                let said = declaration.statements.iter().filter(of_reason);
                let mut said = said.filter_map(|said| said.text.clone().or(Some(said.code.clone())));
                let reason = said.find(|text| !text.is_empty());
                let changes = Vec::new();
                Content::Amendment(Amendment { reading: reading(declaration), whole: true, reason, changes })
            }
            Expected::Amendment => {
                if !whole && self.changes.iter().all(|change| change.pointers.is_empty()) {
                    let path = fields.path_of("Declaration/Amendment/Pointer");
                    let message = "an amendment that points at nothing; `Amendment/Pointer` says what changes";
                    fields.report(Finding::error(FindingCode::Missing, message).at(own).field(path));
                }
                let reading = reading(declaration);
                Content::Amendment(Amendment { reading, whole, reason, changes: self.changes })
            }
            Expected::Cancellation => Content::Cancellation(Cancellation {
                number,
                reason,
                reason_code: self.changes.into_iter().find_map(|change| change.reason_code),
                after_acceptance: None,
            }),
            Expected::Presentation => Content::Presentation(Presentation { number }),
        }
    }
}

/// Whether a declaration says all that one has to: its trader, and the code of each line. What only
/// points at changes does not.
fn is_whole(declaration: &Declaration<'_>) -> bool {
    let named = declaration.importer.id.is_some() || declaration.exporter.id.is_some();
    named && !declaration.items.is_empty() && declaration.items.iter().all(|item| item.hs.is_some())
}

fn change<'a>(fields: &mut Fields<'a>) -> Result<Change<'a>, Fatal> {
    let most = fields.xml.limits().depth;
    let mut change = Change::default();
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "ChangeReasonCode" => change.reason_code = fields.text()?,
            "Pointer" => {
                fields.room(change.pointers.len(), "pointers of an amendment", most, tag.offset)?;
                let mut pointer = Pointer::default();
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "DocumentSectionCode" => pointer.section = fields.xml.text()?,
                        "SequenceNumeric" => pointer.sequence = fields.whole(&tag)?,
                        "TagID" => pointer.tag = fields.text()?,
                        _ => fields.xml.skip()?,
                    }
                }
                change.pointers.push(pointer);
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(change)
}
