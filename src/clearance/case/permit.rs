//! The quantity of a permit or quota, kept in the journal: what the ledger decides.

use serde::{Deserialize, Serialize};

use super::{CaseId, Entry, Event};
use crate::ledger::{self, Account, AccountId, ReplayError};
use crate::trade::UnitCode;

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum PermitEvent {
    /// It was opened.
    #[serde(rename = "permit.opened")]
    Opened {
        /// The permit's number.
        account: String,
        /// The agency that numbered it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<String>,
        /// The unit of the permit.
        unit: String,
        /// The unit that balances and postings are counted in.
        counted_in: String,
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

/// The id of a permit's account: two agencies may use one number.
pub fn account_id(agency: Option<&str>, number: &str) -> AccountId {
    AccountId(agency.map_or_else(|| number.to_owned(), |agency| format!("{agency}:{number}")))
}

/// What is known of an account beside what the ledger reckons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The id of its case.
    pub id: CaseId,
    /// The number of its last event.
    pub head: u64,
    /// The permit's number.
    pub number: String,
    /// The agency that numbered it.
    pub agency: Option<String>,
    /// Who holds it.
    pub holder: Option<String>,
    /// The dossier that gave it.
    pub dossier: Option<CaseId>,
}

/// An account as its events have left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// Whose it is, and where it comes from.
    pub about: About,
    /// What is granted and drawn.
    pub account: Account,
}

impl Permit {
    /// The account that its first event makes.
    pub fn begin(entry: &Entry) -> Option<Self> {
        let Event::Permit(PermitEvent::Opened { account: number, agency, unit, counted_in, holder, dossier }) =
            &entry.event
        else {
            return None;
        };
        let (unit, counted_in) = (UnitCode::parse(unit).ok()?, UnitCode::parse(counted_in).ok()?);
        let account = Account::counted(account_id(agency.as_deref(), number), unit, counted_in);
        let about = About {
            id: entry.case,
            head: entry.number,
            number: number.clone(),
            agency: agency.clone(),
            holder: holder.clone(),
            dossier: *dossier,
        };
        Some(Self { about, account })
    }

    /// Takes a further entry in.
    ///
    /// # Errors
    /// [`ReplayError`] where it was not decided on this account.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ReplayError> {
        self.about.head = entry.number;
        match &entry.event {
            Event::Permit(PermitEvent::Posted { posting }) => self.account.apply(posting),
            _ => Ok(()),
        }
    }
}
