//! The quantity of a permit or quota, kept in the journal: what the ledger decides.

use serde::{Deserialize, Serialize};

use super::CaseId;
use crate::ledger;

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum PermitEvent {
    /// It was opened.
    #[serde(rename = "permit.opened")]
    Opened {
        /// The account: the permit's number.
        account: String,
        /// The unit of the permit.
        unit: String,
        /// Who holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<String>,
        /// The dossier that gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<CaseId>,
    },
    /// The ledger moved it.
    #[serde(rename = "permit.posted")]
    Posted {
        /// What happened.
        posting: ledger::Event,
    },
}

impl PermitEvent {
    /// Its kind, as the journal writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "permit.opened",
            Self::Posted { .. } => "permit.posted",
        }
    }
}
