//! What happens to the single window itself: its law, its organisations, its people.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::CaseId;

/// The one case of the single window itself.
pub const WINDOW: CaseId = CaseId(Uuid::nil());

/// What happened to the single window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum WindowEvent {
    /// An edition of the law was installed.
    #[serde(rename = "window.law_installed")]
    LawInstalled {
        /// Its digest.
        digest: String,
        /// Its name.
        edition: String,
        /// The first day on which it decides.
        active_from: Date,
        /// What it would do to the open cases: how many are decided otherwise.
        changed: u64,
        /// How many are decided the same, with tasks that are due at other times.
        rescheduled: u64,
    },
    /// An edition was taken back: the one before decides again.
    #[serde(rename = "window.law_withdrawn")]
    LawWithdrawn {
        /// Its digest.
        digest: String,
        /// Why.
        reason: String,
    },
    /// An account was made or changed. No secret is ever part of it.
    #[serde(rename = "window.account")]
    Account {
        /// What was done, such as `organisation.created`.
        what: String,
        /// To whom: the id of the organisation, the person or the key.
        whom: String,
    },
    /// Something an operator did that touches no single case.
    #[serde(rename = "window.operated")]
    Operated {
        /// What.
        what: String,
        /// Why.
        reason: String,
    },
    /// The journal was sealed: this entry says that there is such a seal.
    #[serde(rename = "window.sealed")]
    Sealed {
        /// The seal's number.
        seal: i64,
        /// Its hash, in hex.
        hash: String,
    },
}

impl WindowEvent {
    /// The kind of the entry that speaks of a seal.
    pub const SEALED: &'static str = "window.sealed";

    /// Its kind, as the journal writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LawInstalled { .. } => "window.law_installed",
            Self::LawWithdrawn { .. } => "window.law_withdrawn",
            Self::Account { .. } => "window.account",
            Self::Operated { .. } => "window.operated",
            Self::Sealed { .. } => Self::SEALED,
        }
    }
}
