//! What was made ready of a declaration before the transaction that registers it: it holds for the
//! case as it is after so many events, and what happens to it later is written anew.

use std::collections::HashMap;

use super::{Desk, InHand, names_of};
use crate::clearance::case::declaration::Declaration;
use crate::clearance::case::{CaseId, Entry};
use crate::store::journal::Written;
use crate::store::outbox::Outgoing;
use crate::store::project::Rows;

/// A declaration with everything that its registration writes.
#[derive(Debug)]
pub struct Beforehand {
    /// The declaration as it will be.
    pub state: Declaration,
    /// What happens to it: it comes in and is decided.
    pub entries: Vec<Entry>,
    /// The same as the journal keeps it.
    pub written: Vec<Written>,
    /// Its rows.
    pub rows: Rows,
    /// What its sender is told beside the answer.
    pub letter: Option<Outgoing>,
}

/// What is left to be written of those in hand.
#[derive(Debug, Default)]
pub(super) struct Prepared(HashMap<CaseId, Ready>);

#[derive(Debug)]
struct Ready {
    head: u64,
    written: Vec<Option<Written>>,
    rows: Option<Rows>,
    letter: Option<Outgoing>,
}

impl Prepared {
    /// An entry as the journal keeps it.
    pub(super) fn written(&mut self, entry: &Entry) -> Option<Written> {
        let at = usize::try_from(entry.number).ok()?.checked_sub(1)?;
        self.0.get_mut(&entry.case)?.written.get_mut(at)?.take()
    }

    /// The rows of a declaration.
    pub(super) fn rows(&mut self, case: &Declaration) -> Option<Rows> {
        self.still_right(case)?.rows.take()
    }

    fn still_right(&mut self, case: &Declaration) -> Option<&mut Ready> {
        self.0.get_mut(&case.id).filter(|ready| ready.head == case.head)
    }
}

impl Desk<'_> {
    /// Takes a new declaration in hand as it was decided beforehand.
    pub(in crate::service) fn adopt(&mut self, beforehand: Beforehand) {
        let Beforehand { state, entries, written, rows, letter } = beforehand;
        let written = written.into_iter().map(Some).collect();
        let (case, head) = (state.id, state.head);
        if let Some(undo) = &mut self.undo {
            undo.declarations.entry(case).or_insert(None);
        }
        self.know_names(names_of(&state.registration).map(|name| (name.to_owned(), case)).collect());
        self.declarations.insert(case, InHand::made(state, self.work));
        self.noticed.extend(entries);
        self.prepared.0.insert(case, Ready { head, written, rows: Some(rows), letter });
        self.looked_at(case);
    }

    /// The letter that was written beforehand of a declaration, where nothing else has happened to it.
    pub(in crate::service) fn written_beforehand(&mut self, case: CaseId) -> Option<Outgoing> {
        let state = &self.declarations.get(&case)?.state;
        self.prepared.still_right(state)?.letter.take()
    }
}
