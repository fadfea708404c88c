//! A declaration comes in.

use jiff::Timestamp;

use super::super::desk::{ActError, Desk};
use crate::clearance::case::declaration::{Command, DecidedBy, Declaration, Registration, decide};
use crate::clearance::case::{Author, CaseId, Entry, Event, Refused, RefusedReason};
use crate::clearance::record::DecisionRecord;

/// A declaration that was read and screened before the transaction began.
#[derive(Debug, Clone)]
pub struct Registering {
    /// The id of its case.
    pub case: CaseId,
    /// What it is.
    pub registration: Box<Registration>,
    /// What the law says of it.
    pub decision: Box<DecisionRecord>,
    /// The last entry of the journal that the screening could know of.
    pub known_until: i64,
    /// The edition that it was screened under.
    pub digest: String,
    /// Its trader has dossiers that serve no declaration yet.
    pub joins: bool,
}

impl Registering {
    /// The declaration as it will be when it is registered.
    ///
    /// # Errors
    /// [`Refused`] where it cannot be.
    pub fn preview(&self, by: &Author, at: Timestamp) -> Result<Declaration, Refused> {
        let mut state: Option<Declaration> = None;
        let register = Command::Register(self.registration.clone());
        let decide_command = Command::Decide { cause: DecidedBy::Registration, decision: self.decision.clone() };
        for command in [register, decide_command] {
            for event in decide(state.as_ref(), &command, by, at)? {
                let number = state.as_ref().map_or(0, |state| state.head) + 1;
                let entry = Entry { case: self.case, number, at, by: by.clone(), event: Event::Declaration(event) };
                match &mut state {
                    Some(state) => state.apply(&entry),
                    None => state = Declaration::begin(&entry),
                }
            }
        }
        state.ok_or_else(|| Refused::because(RefusedReason::Invalid, "nothing was registered"))
    }
}

impl Desk<'_> {
    /// Registers a declaration. Where something about its trader, or the law, has changed since it
    /// was screened, or where dossiers wait for it, it is decided again at once.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn register(&mut self, registering: Registering, by: &Author) -> Result<bool, ActError> {
        let Registering { case, registration, decision, digest, known_until, joins } = registering;
        let holder = registration.holder.clone();
        let changed = holder.as_deref().is_some_and(|holder| self.changed_since(holder, known_until));
        self.command(case, &Command::Register(registration), by).await?;
        let decide = Command::Decide { cause: DecidedBy::Registration, decision };
        self.command(case, &decide, by).await?;
        let joined = match holder {
            Some(holder) if changed || joins => self.join_dossiers(case, &holder, by).await?,
            _ => 0,
        };
        let again = changed || joined > 0 || digest != self.edition.pack.digest;
        if again {
            self.decide_again(case, DecidedBy::Registration, by).await?;
        }
        Ok(again)
    }
}
