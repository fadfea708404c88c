//! Every message of a declaration's or dossier's life, as [`receive`](super::receive) gives it.
//!
//! [`read`](super::read) takes declarations and applications only; here are the rest: sent again,
//! amended, cancelled, the letters of a procedure in both directions, receipts and lists of
//! errors. Which of them the law allows in which state is not known here.

mod head;
mod letter;

pub use head::{Address, Family, Head, MessageKey, Signed, Subject};
pub use letter::{Letter, LetterLine, Paper};

use jiff::civil::DateTime;

use super::{Reading, Rejection};
use crate::trade::{Finding, Text};

/// A message that could be read.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// From whom, about what; what an answer needs.
    pub head: Head<'a>,
    /// What it says.
    pub content: Content<'a>,
    /// The message itself.
    pub bytes: &'a [u8],
    pub(super) findings: Vec<Finding>,
}

impl<'a> Incoming<'a> {
    /// What is wrong in fields that can be named, and departures from the schema.
    pub fn findings(&self) -> &[Finding] {
        self.content.reading().map_or(&self.findings, |reading| &reading.findings)
    }

    /// The declaration or application in it, where it has one.
    pub fn reading(&self) -> Option<&Reading<'a>> {
        self.content.reading()
    }
}

/// A message that could not be read.
#[derive(Debug)]
pub struct Refused<'a> {
    /// Its head, as far as it could be read: what an answer needs.
    pub head: Option<Head<'a>>,
    /// Why it was refused.
    pub rejection: Rejection,
}

/// What a message says.
#[derive(Debug)]
pub enum Content<'a> {
    /// A declaration for the first time.
    Declaration(Reading<'a>),
    /// A declaration sent again before it was registered or accepted: it takes the place of the former.
    Replacement(Reading<'a>),
    /// A declaration changed after it was accepted.
    Amendment(Amendment<'a>),
    /// A declaration is to be cancelled.
    Cancellation(Cancellation<'a>),
    /// Goods declared beforehand have arrived and are presented.
    Presentation(Presentation<'a>),
    /// A message of a procedure's life cycle, from the trader or from the agency.
    Letter(Letter<'a>),
    /// The other side has received a message.
    Receipt(Receipt<'a>),
    /// The other side has refused a message: why.
    Errors(Vec<ErrorEntry<'a>>),
}

impl<'a> Content<'a> {
    /// The declaration or application in it, where it has one.
    pub fn reading(&self) -> Option<&Reading<'a>> {
        match self {
            Self::Declaration(reading) | Self::Replacement(reading) => Some(reading),
            Self::Amendment(amendment) => Some(&amendment.reading),
            Self::Letter(letter) => letter.application.as_ref(),
            Self::Cancellation(_) | Self::Presentation(_) | Self::Receipt(_) | Self::Errors(_) => None,
        }
    }

    /// The same for whoever takes it.
    pub fn into_reading(self) -> Option<Reading<'a>> {
        match self {
            Self::Declaration(reading) | Self::Replacement(reading) => Some(reading),
            Self::Amendment(amendment) => Some(amendment.reading),
            Self::Letter(letter) => letter.application,
            Self::Cancellation(_) | Self::Presentation(_) | Self::Receipt(_) | Self::Errors(_) => None,
        }
    }

    pub(super) fn reading_mut(&mut self) -> Option<&mut Reading<'a>> {
        match self {
            Self::Declaration(reading) | Self::Replacement(reading) => Some(reading),
            Self::Amendment(amendment) => Some(&mut amendment.reading),
            Self::Letter(letter) => letter.application.as_mut(),
            Self::Cancellation(_) | Self::Presentation(_) | Self::Receipt(_) | Self::Errors(_) => None,
        }
    }
}

/// A declaration changed after it was accepted.
#[derive(Debug)]
pub struct Amendment<'a> {
    /// The declaration: whole, or no more than what changes.
    pub reading: Reading<'a>,
    /// Whether the declaration is whole (the national one). Of a WCO amendment only what
    /// [`Self::changes`] points at is there.
    pub whole: bool,
    /// Why, in words.
    pub reason: Option<Text<'a>>,
    /// What changes, where the family says so.
    pub changes: Vec<Change<'a>>,
}

/// One change of a WCO amendment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change<'a> {
    /// Why, as the sender's customs code it (`ChangeReasonCode`).
    pub reason_code: Option<Text<'a>>,
    /// Where: outermost first.
    pub pointers: Vec<Pointer<'a>>,
}

/// One step on the way to a field of a WCO message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pointer<'a> {
    /// The class (`42A` the declaration, `68A` a line).
    pub section: Text<'a>,
    /// Which of several, from 1.
    pub sequence: Option<u32>,
    /// The data element, in the last step.
    pub tag: Option<Text<'a>>,
}

/// A declaration is to be cancelled.
#[derive(Debug, Clone, PartialEq)]
pub struct Cancellation<'a> {
    /// Customs' number of the declaration.
    pub number: Option<Text<'a>>,
    /// Why, in words.
    pub reason: Option<Text<'a>>,
    /// Why, as the sender's customs code it (`ChangeReasonCode`).
    pub reason_code: Option<Text<'a>>,
    /// Whether the sender says that it was accepted already; WCO messages do not say.
    pub after_acceptance: Option<bool>,
}

/// Goods declared beforehand have arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Presentation<'a> {
    /// Customs' number of the declaration.
    pub number: Option<Text<'a>>,
}

/// The other side has received a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt<'a> {
    /// When, as written.
    pub received: Text<'a>,
    /// When, by the clock of the zone; nothing where it is no moment.
    pub received_at: Option<DateTime>,
}

/// One error of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorEntry<'a> {
    /// Its code.
    pub code: Text<'a>,
    /// What it says.
    pub name: Text<'a>,
}
