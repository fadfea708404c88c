//! A declaration comes in.

use jiff::Timestamp;

use super::super::desk::{ActError, Beforehand, Desk};
use super::super::origin::Uses;
use super::draws::Found;
use crate::clearance::case::declaration::{Command, DecidedBy, Declaration, Registration, caused, decide};
use crate::clearance::case::{Author, CaseId, Entry, Event, Refused, RefusedReason};
use crate::clearance::record::DecisionRecord;
use crate::ledger::Need;

/// A declaration that was read, screened and decided before the transaction began.
#[derive(Debug)]
pub struct Registering {
    /// What was made ready.
    pub beforehand: Beforehand,
    /// What its lines take from permits.
    pub needs: Vec<Need>,
    /// The last entry of the journal that the screening could know of.
    pub known_until: i64,
    /// The edition that it was screened under.
    pub digest: String,
    /// Its trader has dossiers that serve no declaration yet.
    pub joins: bool,
}

/// A declaration as it will be when it is registered, and what happens to it until then.
///
/// # Errors
/// [`Refused`] where it cannot be.
pub fn registered(
    case: CaseId,
    registration: Registration,
    decision: DecisionRecord,
    by: &Author,
    at: Timestamp,
) -> Result<(Declaration, Vec<Entry>), Refused> {
    let mut state: Option<Declaration> = None;
    let mut entries = Vec::new();
    let register = Command::Register(Box::new(registration));
    let decide_command = Command::Decide { cause: DecidedBy::Registration, decision: Box::new(decision) };
    for command in [register, decide_command] {
        for event in decide(state.as_ref(), &command, by, at)? {
            let number = state.as_ref().map_or(0, |state| state.head) + 1;
            let by = caused(&command, &event, by);
            let entry = Entry { case, number, at, by, event: Event::Declaration(event) };
            match &mut state {
                Some(state) => state.apply(&entry),
                None => state = Declaration::begin(&entry),
            }
            entries.push(entry);
        }
    }
    let nothing = || Refused::because(RefusedReason::Invalid, "nothing was registered");
    state.map(|state| (state, entries)).ok_or_else(nothing)
}

impl Desk<'_> {
    /// Registers a declaration as it was decided beforehand. Where something about its trader, or the
    /// law, has changed since, it is decided anew; where it draws on permits, the ledger says what
    /// there is; where dossiers wait for it, it is decided again. Says whether it was decided
    /// otherwise than beforehand.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn register(&mut self, registering: Registering, by: &Author) -> Result<bool, ActError> {
        let Registering { beforehand, needs, known_until, digest, joins } = registering;
        let state = &beforehand.state;
        let (case, holder) = (state.id, state.registration.holder.clone());
        let changed = holder.as_deref().is_some_and(|holder| self.changed_since(holder, known_until))
            || digest != self.edition.pack.digest;
        // What certificates of origin have left is known on the desk only.
        let quotes = state.decision.as_ref().is_some_and(|decision| !decision.certificates.is_empty());
        let mut again = changed || quotes;
        if !again && needs.is_empty() {
            self.adopt(beforehand);
        } else {
            let state = beforehand.state;
            self.command(case, &Command::Register(Box::new(state.registration)), by).await?;
            if let Some(decision) = state.decision.filter(|_| !changed && !quotes) {
                // What others drew meanwhile the ledger knows best.
                let found = Found { decision: Box::new(decision), needs, uses: Uses::new() };
                again = self.decide(case, DecidedBy::Registration, found, by).await?.is_some();
            }
            if again {
                self.decide_again(case, DecidedBy::Registration, by).await?;
            }
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
