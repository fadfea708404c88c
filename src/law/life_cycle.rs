//! The life cycle of a dossier (hồ sơ) under one procedure, compiled: tracks of states, and the
//! messages that lead from state to state.
//!
//! This is only the table. `approval::dossier` plays messages against it.

mod act;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::pack::{ProcedureId, ProcedureKind};

pub use self::act::{Act, Evidence, Gives, Outcome};

/// Most tracks that a life cycle has.
pub const TRACKS_MAX: usize = 8;
/// Most states of one track: they are bits of a [`Transition`]'s `from`.
pub const STATES_MAX: usize = 64;
/// Most clocks that a life cycle has.
pub const CLOCKS_MAX: usize = 4;
/// Most transitions that a life cycle has.
pub const TRANSITIONS_MAX: usize = 1_000;

/// How dossiers of one procedure live, or of every procedure that has no life cycle of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifeCycle {
    /// The procedure; `None`: those without one of their own, and dossiers under no procedure.
    pub procedure: Option<ProcedureId>,
    /// The tracks, at most [`TRACKS_MAX`]. The first is the file itself: where it is terminal, the
    /// dossier is closed. The others run beside it.
    pub tracks: Vec<Track>,
    /// The clocks that messages start and stop, at most [`CLOCKS_MAX`].
    pub clocks: Vec<Clock>,
    /// The transitions, as the pack lists them. At most one applies to a message in a state.
    pub transitions: Vec<Transition>,
    /// Where it was read.
    pub source: String,
    /// Remarks in words: what the source leaves open.
    pub note: String,
}

/// A sequence of states within a life cycle; a dossier is in one state of each track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Track {
    /// Its key, such as `file` or `quarantine`.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The position of the state in which a dossier begins.
    pub initial: u8,
    /// Its states, at most [`STATES_MAX`].
    pub states: Vec<TrackState>,
}

/// A state of a track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrackState {
    /// Its key, unique within the track.
    pub key: String,
    /// The status that the agency's system writes. It means something within this track of this
    /// procedure only; empty where the source gives none.
    pub status: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// Nothing leads out of it.
    pub terminal: bool,
    /// The source lists the status, but no message that leads here.
    pub unlinked: bool,
}

/// Time that the law gives, measured from message to message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Clock {
    /// Its key, such as `agency`.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
}

/// What a message does to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockEffect {
    /// Time begins to count; one that counts already goes on.
    Start,
    /// It is the other side's turn.
    Pause,
    /// A paused clock goes on.
    Resume,
    /// Done.
    Stop,
}

impl ClockEffect {
    /// The word that a pack and answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
        }
    }
}

/// Who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The trader, through the single window.
    Trader,
    /// The agency that handles the dossier.
    Agency,
}

impl Sender {
    /// The word that a pack and answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trader => "trader",
            Self::Agency => "agency",
        }
    }
}

/// How well a transition is founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Founded {
    /// Message, states before and state after were read in the source.
    Sourced,
    /// Message and state after were; the states before are a reading.
    Partly,
    /// The message or the state after is a reading.
    Inferred,
}

impl Founded {
    /// The word that a pack and answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Partly => "partly",
            Self::Inferred => "inferred",
        }
    }
}

/// The type and function of a message, written `10/01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageCode {
    /// Its type, at most 999.
    pub kind: u16,
    /// Its function, at most 999.
    pub function: u16,
}

/// Why a text is no type and function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected type and function of a message, two or three digits each, such as `10/01`")]
pub struct MessageCodeError;

impl MessageCode {
    /// Reads `10/01`.
    ///
    /// # Errors
    /// [`MessageCodeError`] where it is written otherwise.
    pub fn parse(text: &str) -> Result<Self, MessageCodeError> {
        let (kind, function) = text.split_once('/').ok_or(MessageCodeError)?;
        Ok(Self { kind: digits(kind)?, function: digits(function)? })
    }

    /// Whether it only acknowledges another message: 99 (received) and 00 (refused as unreadable).
    /// Such a message has the type of the one that it answers and changes no status.
    pub fn is_technical(self) -> bool {
        matches!(self.function, 0 | 99)
    }
}

impl fmt::Display for MessageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:02}", self.kind, self.function)
    }
}

fn digits(text: &str) -> Result<u16, MessageCodeError> {
    let plain = (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().map_err(|_| MessageCodeError) } else { Err(MessageCodeError) }
}

/// The messages of a transition: one type and function, or every function of a type (`20/*`)
/// where the source does not tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessagePattern {
    /// The type.
    pub kind: u16,
    /// The function; `None`: any but the technical ones.
    pub function: Option<u16>,
}

impl MessagePattern {
    /// Reads `10/01` or `20/*`.
    ///
    /// # Errors
    /// [`MessageCodeError`] where it is written otherwise, or means an acknowledgement.
    pub fn parse(text: &str) -> Result<Self, MessageCodeError> {
        if let Some(kind) = text.strip_suffix("/*") {
            return Ok(Self { kind: digits(kind)?, function: None });
        }
        let code = MessageCode::parse(text)?;
        if code.is_technical() {
            return Err(MessageCodeError);
        }
        Ok(Self { kind: code.kind, function: Some(code.function) })
    }

    /// Whether a message is one of these.
    pub fn matches(self, code: MessageCode) -> bool {
        self.kind == code.kind && !code.is_technical() && self.function.is_none_or(|function| function == code.function)
    }

    /// Whether some message is one of these and of `other`.
    pub fn meets(self, other: Self) -> bool {
        self.kind == other.kind
            && match (self.function, other.function) {
                (Some(one), Some(two)) => one == two,
                _ => true,
            }
    }
}

impl MessagePattern {
    /// A message that is one of these; function 01 where the source does not tell them apart.
    pub fn example(self) -> MessageCode {
        MessageCode { kind: self.kind, function: self.function.unwrap_or(1) }
    }
}

impl fmt::Display for MessagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Some(function) => write!(f, "{:02}/{function:02}", self.kind),
            None => write!(f, "{:02}/*", self.kind),
        }
    }
}

/// What a message does in some states.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transition {
    /// The message.
    pub message: MessagePattern,
    /// Which of its cases, where the content of the message says where it leads (`additional` for
    /// a fee response that asks for more); empty: whatever it says.
    pub case: String,
    /// Who sends it.
    pub sender: Sender,
    /// What it means.
    pub act: Act,
    /// The evidence that it gives or takes back.
    pub evidence: Evidence,
    /// Vietnamese title of the message.
    pub title_vi: String,
    /// English title of the message.
    pub title_en: String,
    /// For each track the states in which it is allowed, as bits.
    pub from: Vec<u64>,
    /// The tracks that it moves, by position, and the state that each is in afterwards. The others
    /// stay.
    pub to: Vec<(u8, u8)>,
    /// What it does to clocks, by position.
    pub clocks: Vec<(u8, ClockEffect)>,
    /// The profile that the trader sent last is dropped, the one before counts again.
    pub rolls_back: bool,
    /// Quota reserved for the dossier is free again.
    pub releases_quota: bool,
    /// How well it is founded.
    pub founded: Founded,
    /// Remarks in words.
    pub note: String,
}

impl Transition {
    /// The evidence that it gives or takes back under a kind of procedure.
    pub fn gives(&self, procedure: ProcedureKind) -> Option<Gives> {
        let usual = self.act.gives(procedure)?;
        match self.evidence {
            Evidence::Usual => Some(usual),
            Evidence::Kind(kind) => Some(Gives { kind, ..usual }),
            Evidence::None => None,
        }
    }

    /// Whether it is allowed in these states, one position for each track.
    pub fn allowed_in(&self, states: &[u8]) -> bool {
        self.from.len() == states.len()
            && self
                .from
                .iter()
                .zip(states)
                .all(|(from, state)| 1u64.checked_shl(u32::from(*state)).is_some_and(|state| from & state != 0))
    }

    /// Moves the states to where it leads.
    pub fn apply(&self, states: &mut [u8]) {
        for (track, state) in &self.to {
            if let Some(at) = states.get_mut(usize::from(*track)) {
                *at = *state;
            }
        }
    }

    /// Whether some message in some states is meant by both: only one of them could be right.
    pub fn meets(&self, other: &Self) -> bool {
        self.sender == other.sender
            && self.message.meets(other.message)
            && (self.case.is_empty() || other.case.is_empty() || self.case == other.case)
            && self.from.iter().zip(&other.from).all(|(one, two)| one & two != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_written_as_type_and_function() {
        for text in ["10/01", "11/61", "100/07"] {
            assert_eq!(MessageCode::parse(text).unwrap().to_string(), text);
            assert_eq!(MessagePattern::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(MessagePattern::parse("20/*").unwrap().to_string(), "20/*");
        for wrong in ["", "10", "1/1", "10/1", "1001/01", "10/0a", "10/+1", "10/01/02", "*/01", "10/**"] {
            assert!(MessageCode::parse(wrong).is_err(), "{wrong}");
            assert!(MessagePattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_acknowledgement_is_no_message_of_a_transition() {
        for text in ["10/99", "10/00"] {
            let code = MessageCode::parse(text).unwrap();
            assert!(code.is_technical());
            assert!(MessagePattern::parse(text).is_err());
            assert!(!MessagePattern::parse("10/*").unwrap().matches(code));
        }
    }
}
