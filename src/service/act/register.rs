//! A declaration comes in.

use jiff::Timestamp;

use super::super::desk::{ActError, Desk};
use super::draws::Found;
use crate::clearance::case::declaration::{Command, DecidedBy, Declaration, Registration, decide};
use crate::clearance::case::{Author, CaseId, Entry, Event, Refused, RefusedReason};
use crate::clearance::record::DecisionRecord;
use crate::ledger::Need;

/// A declaration that was read and screened before the transaction began.
#[derive(Debug, Clone)]
pub struct Registering {
    /// The id of its case.
    pub case: CaseId,
    /// What it is.
    pub registration: Box<Registration>,
    /// What the law says of it.
    pub decision: Box<DecisionRecord>,
    /// What its lines take from permits.
    pub needs: Vec<Need>,
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
    /// was screened, it is decided anew; where dossiers wait for it, it is decided again. Says
    /// whether it was decided otherwise than it was screened.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn register(&mut self, registering: Registering, by: &Author) -> Result<bool, ActError> {
        let Registering { case, registration, decision, needs, digest, known_until, joins } = registering;
        let holder = registration.holder.clone();
        let changed = holder.as_deref().is_some_and(|holder| self.changed_since(holder, known_until))
            || digest != self.edition.pack.digest;
        self.command(case, &Command::Register(registration), by).await?;
        let mut again = changed;
        if !again {
            // What others drew meanwhile the ledger knows best.
            let found = Found { decision, needs };
            again = self.decide(case, DecidedBy::Registration, found, by).await?.is_some();
        }
        if again {
            self.decide_again(case, DecidedBy::Registration, by).await?;
        }
        if let Some(holder) = holder.filter(|_| changed || joins)
            && self.join_dossiers(case, &holder, by).await? > 0
        {
            self.decide_again(case, DecidedBy::Registration, by).await?;
            again = true;
        }
        Ok(again)
    }
}
