//! The case as a state machine: a command is decided into events, events are applied to the state.
//!
//! There are two kinds of case. A [`declaration`] is what customs decides; a [`dossier`] is what
//! one agency handles under one procedure. They know each other by their ids. Deciding is a pure
//! function: the moment, the person and what the law says of the goods come in with the command.
//! Whoever keeps the events can make every state again; nothing else has to be kept.

pub mod certificate;
pub mod declaration;
pub mod dossier;
mod entry;
mod join;
pub mod permit;
pub mod window;

pub use entry::{Author, CaseId, CaseIdError, Entry, EntryError, Event, Role, Stream};
pub use join::join;

use serde::{Deserialize, Serialize};

/// A message as a case refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    /// The id under which the message is kept.
    pub id: String,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
}

/// Why a command is refused. The case stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong with asking this now.
    pub reason: RefusedReason,
    /// In words.
    pub message: String,
    /// What may be asked instead.
    pub allowed: Vec<String>,
}

/// Kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedReason {
    /// The state does not allow it.
    NotNow,
    /// Somebody else was faster: what the asker saw is no longer so.
    Conflict,
    /// There is no such line, task or person in the case.
    Unknown,
    /// There is no such procedure in the law of the day.
    NoProcedure,
    /// The procedure has no such message.
    NoMessage,
    /// What is stated is not enough or cannot be.
    Invalid,
    /// The asker has no right to it.
    Forbidden,
}

impl Refused {
    /// A refusal that the state causes.
    pub fn not_now(message: impl Into<String>, allowed: Vec<String>) -> Self {
        Self { reason: RefusedReason::NotNow, message: message.into(), allowed }
    }

    /// A refusal for another reason.
    pub fn because(reason: RefusedReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), allowed: Vec::new() }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if !self.allowed.is_empty() {
            write!(f, "; allowed now: {}", self.allowed.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
