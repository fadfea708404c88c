//! Acts that come to nothing: the desk is put back as it was before.

use std::collections::HashMap;

use super::{Desk, InHand};
use crate::clearance::case::CaseId;
use crate::clearance::case::certificate::Certificate;
use crate::clearance::case::declaration::Declaration;
use crate::clearance::case::dossier::Dossier;

/// What has to be put back when an act is undone.
#[derive(Debug, Default)]
pub(super) struct Undo {
    pub(super) declarations: HashMap<CaseId, Option<InHand<Declaration>>>,
    pub(super) dossiers: HashMap<CaseId, Option<InHand<Dossier>>>,
    pub(super) certificates: HashMap<CaseId, Option<InHand<Certificate>>>,
    pub(super) noticed: usize,
    outbox: usize,
    messages: usize,
    accounts: usize,
}

/// A place to go back to.
#[derive(Debug)]
pub(in crate::service) struct Mark(Option<Undo>);

impl Desk<'_> {
    /// Work of somebody else begins, with an act of its own.
    pub(in crate::service) fn begin_work(&mut self) {
        self.work += 1;
        self.begin();
    }

    /// An act begins.
    pub fn begin(&mut self) {
        self.undo = Some(Undo {
            noticed: self.noticed.len(),
            outbox: self.outbox.len(),
            messages: self.messages.len(),
            accounts: self.accounts.done(),
            ..Undo::default()
        });
    }

    /// The act came to nothing: the desk is as it was when it began.
    pub fn undo(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        self.noticed.truncate(undo.noticed);
        self.outbox.truncate(undo.outbox);
        self.messages.truncate(undo.messages);
        self.accounts.back_to(undo.accounts);
        for (case, before) in undo.declarations {
            match before {
                Some(before) => self.declarations.insert(case, before),
                None => self.declarations.remove(&case),
            };
        }
        for (case, before) in undo.dossiers {
            match before {
                Some(before) => self.dossiers.insert(case, before),
                None => self.dossiers.remove(&case),
            };
        }
        for (case, before) in undo.certificates {
            match before {
                Some(before) => self.certificates.insert(case, before),
                None => self.certificates.remove(&case),
            };
        }
    }

    /// Where an act within an act begins: [`Desk::back_to`] leads back here.
    pub(in crate::service) fn mark(&mut self) -> Mark {
        let outer = self.undo.take();
        self.begin();
        Mark(outer)
    }

    /// What was done since the mark is undone; what was done before it stands.
    pub(in crate::service) fn back_to(&mut self, mark: Mark) {
        self.undo();
        self.undo = mark.0;
    }

    /// What was done since the mark stands, and is undone only with what it is part of.
    pub(in crate::service) fn stand(&mut self, mark: Mark) {
        let Some(inner) = self.undo.take() else { return };
        self.undo = match mark.0 {
            Some(mut outer) => {
                for (case, before) in inner.declarations {
                    outer.declarations.entry(case).or_insert(before);
                }
                for (case, before) in inner.dossiers {
                    outer.dossiers.entry(case).or_insert(before);
                }
                for (case, before) in inner.certificates {
                    outer.certificates.entry(case).or_insert(before);
                }
                Some(outer)
            }
            None => Some(inner),
        };
    }
}
