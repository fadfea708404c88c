//! The quantity of a permit or quota, kept in the journal: what the ledger decides.

use serde::{Deserialize, Serialize};

use super::{CaseId, Entry, Event};
use crate::ledger::{self, Account, AccountId, ReplayError};
use crate::trade::{UnitCode, UnitConversions};

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

/// An account as its events have left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The id of its case.
    pub id: CaseId,
    /// The number of its last event.
    pub head: u64,
    /// Who holds it.
    pub holder: Option<String>,
    /// The dossier that gave it.
    pub dossier: Option<CaseId>,
    /// What is granted and drawn.
    pub account: Account,
}

impl Permit {
    /// The account that its first event makes.
    pub fn begin(entry: &Entry, units: &UnitConversions) -> Option<Self> {
        let Event::Permit(PermitEvent::Opened { account, unit, holder, dossier }) = &entry.event else { return None };
        let unit = UnitCode::parse(unit).ok()?;
        Some(Self {
            id: entry.case,
            head: entry.number,
            holder: holder.clone(),
            dossier: *dossier,
            account: Account::new(AccountId(account.clone()), unit, units),
        })
    }

    /// Takes a further entry in.
    ///
    /// # Errors
    /// [`ReplayError`] where it was not decided on this account.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        self.head = entry.number;
        match &entry.event {
            Event::Permit(PermitEvent::Posted { posting }) => self.account.apply(posting),
            _ => Ok(()),
        }
    }
}
