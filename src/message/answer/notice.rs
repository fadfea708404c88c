//! What was decided on a declaration, whatever family says it.

use jiff::ZonedDateTime;

use crate::message::incoming::Change;
use crate::trade::{Finding, Text};

/// What a notice tells. The functions of the national profile are those of the WCO responses;
/// 04 and 12 have none there, and go out as the ones beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 01: legally accepted.
    Accepted,
    /// 02: registered, not accepted yet.
    Registered,
    /// 03: refused, the message or the goods.
    Refused,
    /// 04 (WCO 06): held until what is open is settled.
    Held,
    /// 05: the goods are to be examined.
    Examination,
    /// 06: documents are to be presented.
    Documents,
    /// 07: changed, on request or by customs.
    Changed,
    /// 08: goods released; duty or value still open.
    Released,
    /// 09: cleared.
    Cleared,
    /// 10: cancelled.
    Cancelled,
    /// 11: what was asked for is granted.
    Granted,
    /// 11: what was asked for is not granted.
    NotGranted,
    /// 12 (WCO 08): the goods may be taken to the place of storage.
    Storage,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Registered,
        Self::Refused,
        Self::Held,
        Self::Examination,
        Self::Documents,
        Self::Changed,
        Self::Released,
        Self::Cleared,
        Self::Cancelled,
        Self::Granted,
        Self::NotGranted,
        Self::Storage,
    ];

    /// The function of the national notice (type 30).
    pub fn national(self) -> &'static str {
        match self {
            Self::Accepted => "01",
            Self::Registered => "02",
            Self::Refused => "03",
            Self::Held => "04",
            Self::Examination => "05",
            Self::Documents => "06",
            Self::Changed => "07",
            Self::Released => "08",
            Self::Cleared => "09",
            Self::Cancelled => "10",
            Self::Granted | Self::NotGranted => "11",
            Self::Storage => "12",
        }
    }

    /// The function of the WCO response.
    pub fn wco(self) -> &'static str {
        match self {
            Self::Held => Self::Documents.national(),
            Self::Storage => Self::Released.national(),
            other => other.national(),
        }
    }
}

/// A notice. The service builds it once; the family of the sender writes it.
#[derive(Debug, Clone)]
pub struct Notice<'n> {
    /// What it tells.
    pub outcome: Outcome,
    /// When that happened, in the zone of the pack.
    pub at: ZonedDateTime,
    /// The sender's reference of the declaration.
    pub reference: Text<'n>,
    /// Customs' number of it.
    pub number: Option<Text<'n>>,
    /// Its version: 1, and one more with each change.
    pub version: u32,
    /// When it was accepted, where it was.
    pub accepted: Option<ZonedDateTime>,
    /// The decision on the whole, as the answers name it.
    pub decision: Option<Text<'n>>,
    /// The channel.
    pub channel: Option<Text<'n>>,
    /// Whether documents or goods were checked.
    pub checked: bool,
    /// The edition of the law that decided.
    pub edition: Option<Text<'n>>,
    /// Why, in words, for the whole.
    pub reason: Option<Text<'n>>,
    /// The lines, with what was decided on each.
    pub lines: Vec<Line<'n>>,
    /// What is open.
    pub tasks: Vec<Task<'n>>,
    /// What changed.
    pub changes: Vec<Change<'n>>,
    /// What was wrong in the message.
    pub findings: Vec<Finding>,
}

/// The decision on one line.
#[derive(Debug, Clone, Default)]
pub struct Line<'n> {
    /// Its number.
    pub number: u32,
    /// Its code.
    pub hs: Text<'n>,
    /// What was decided.
    pub decision: Text<'n>,
    /// Why.
    pub reasons: Vec<Reason<'n>>,
}

/// A reason: a requirement of the law, and how it stands.
#[derive(Debug, Clone, Default)]
pub struct Reason<'n> {
    /// The rule.
    pub rule: Text<'n>,
    /// The articles.
    pub articles: Vec<Text<'n>>,
    /// Who has to be satisfied.
    pub agency: Text<'n>,
    /// How it stands (`required`, `met` …).
    pub status: Text<'n>,
    /// The same in words.
    pub text: Text<'n>,
}

/// What is open.
#[derive(Debug, Clone, Default)]
pub struct Task<'n> {
    /// Its id.
    pub id: Text<'n>,
    /// Who does it.
    pub agency: Text<'n>,
    /// Under which procedure.
    pub procedure: Option<Text<'n>>,
    /// By when.
    pub due: Option<ZonedDateTime>,
    /// What is to be done, in words.
    pub text: Text<'n>,
}
