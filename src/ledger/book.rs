//! Several accounts, and what declarations draw on them together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::account::{Account, Before};
use super::command::{AccountId, DeclarationId, Event, Unchanged};
use super::error::{LedgerError, ReplayError};
use super::settle::Purpose;
use crate::trade::{Quantity, UnitConversions};

/// What a line needs, and the accounts that may give it together. A line that needs a permit and
/// a quota has two needs, each with its own accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The number of the line.
    pub line: u32,
    /// How much.
    pub quantity: Quantity,
    /// The accounts, in any order: the one that expires first gives first.
    pub accounts: Vec<AccountId>,
}

/// What a declaration asks of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Filing {
    /// The declaration.
    pub declaration: DeclarationId,
    /// Its revision: 0 or 1 at first, higher with every amendment.
    pub revision: u32,
    /// The day on which it was registered.
    pub day: Date,
    /// What its lines need.
    pub needs: Vec<Need>,
}

/// An event with its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account.
    pub account: AccountId,
    /// What happened to it.
    pub event: Event,
}

/// What comes of a filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booking {
    /// These events, to be applied together.
    Postings(Vec<Posting>),
    /// Nothing, for this reason.
    Unchanged(Unchanged),
}

/// How a posting is taken back.
#[derive(Debug)]
pub struct Undo {
    account: AccountId,
    before: Before,
}

/// Accounts by their ids. Deciding changes nothing; [`Ledger::apply`] takes the postings in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    /// The accounts on which each declaration has a draw.
    pub(super) drawn_on: BTreeMap<DeclarationId, BTreeSet<AccountId>>,
}

impl Ledger {
    /// Takes an account in.
    ///
    /// # Errors
    /// [`LedgerError::AccountExists`]
    pub fn open(&mut self, account: Account) -> Result<(), LedgerError> {
        if self.accounts.contains_key(account.id()) {
            return Err(LedgerError::AccountExists { account: account.id().clone() });
        }
        for (key, _) in account.draws() {
            self.drawn_on.entry(key.declaration.clone()).or_default().insert(account.id().clone());
        }
        self.accounts.insert(account.id().clone(), account);
        Ok(())
    }

    /// An account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// All accounts, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The accounts on which a declaration has draws, by id.
    pub fn drawn_on(&self, declaration: &DeclarationId) -> impl Iterator<Item = &Account> {
        let ids = self.drawn_on.get(declaration).into_iter().flatten();
        ids.filter_map(|id| self.accounts.get(id))
    }

    /// Registration: what the needs ask is set aside. At a later revision it replaces what was
    /// set aside before.
    ///
    /// # Errors
    /// [`LedgerError`] for the first need that cannot be met: then none is.
    pub fn reserve(&self, filing: &Filing, units: &UnitConversions) -> Result<Booking, LedgerError> {
        self.settle(filing, Purpose::Reserve, units)
    }

    /// Amendment, before or after clearance: the needs are the whole of what the declaration
    /// draws from now on. A line keeps the accounts it draws on as far as it can; what it needs
    /// more is drawn where [`Ledger::reserve`] would draw it, what it needs less becomes free on
    /// the account that expires last. What is written off stays so.
    ///
    /// # Errors
    /// As [`Ledger::reserve`].
    pub fn amend(&self, filing: &Filing, units: &UnitConversions) -> Result<Booking, LedgerError> {
        self.settle(filing, Purpose::Amend, units)
    }

    /// Clearance: lines named in the needs are written off with these quantities, all others with
    /// what this revision reserved.
    ///
    /// # Errors
    /// As [`Ledger::reserve`]; also where there is nothing to write off from.
    pub fn write_off(&self, filing: &Filing, units: &UnitConversions) -> Result<Booking, LedgerError> {
        self.settle(filing, Purpose::WriteOff, units)
    }

    /// Cancellation, rejection or withdrawal: the declaration draws nothing any more. A
    /// cancellation names no accounts; where nothing was drawn there is nothing to remember it
    /// by, and who handles the declaration has to keep it from coming back.
    ///
    /// # Errors
    /// [`LedgerError`], where an account would refuse it; none refuses to give back.
    pub fn restore(
        &self,
        declaration: &DeclarationId,
        revision: u32,
        units: &UnitConversions,
    ) -> Result<Booking, LedgerError> {
        self.settle_restored(declaration, revision, units)
    }

    /// Takes postings in: all of them, or none.
    ///
    /// # Errors
    /// [`ReplayError`] where one does not follow from this state.
    pub fn apply(&mut self, postings: &[Posting]) -> Result<(), ReplayError> {
        let mut done = Vec::with_capacity(postings.len());
        for posting in postings {
            match self.post(posting) {
                Ok(undo) => done.push(undo),
                Err(error) => {
                    done.into_iter().rev().for_each(|undo| self.take_back(undo));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Takes one posting in and says how it is taken back.
    ///
    /// # Errors
    /// [`ReplayError`] where it does not follow from this state.
    pub fn post(&mut self, posting: &Posting) -> Result<Undo, ReplayError> {
        let Posting { account: id, event } = posting;
        let account = self.accounts.get_mut(id).ok_or_else(|| ReplayError::UnknownAccount { account: id.clone() })?;
        let before = account.apply_undoable(event)?;
        if let Event::Draw { key, .. } = event {
            self.drawn_on.entry(key.declaration.clone()).or_default().insert(id.clone());
        }
        Ok(Undo { account: id.clone(), before })
    }

    /// Takes back what was posted last on its account.
    pub fn take_back(&mut self, undo: Undo) {
        let Some(account) = self.accounts.get_mut(&undo.account) else { return };
        let declaration = undo.before.declaration().cloned();
        account.undo(undo.before);
        if let Some(declaration) = declaration
            && account.draws_of(&declaration).next().is_none()
            && let Some(on) = self.drawn_on.get_mut(&declaration)
        {
            on.remove(&undo.account);
            if on.is_empty() {
                self.drawn_on.remove(&declaration);
            }
        }
    }

    /// Takes an account out, with all that is drawn on it.
    pub fn remove(&mut self, id: &AccountId) -> Option<Account> {
        let account = self.accounts.remove(id)?;
        self.drawn_on.retain(|_, on| {
            on.remove(id);
            !on.is_empty()
        });
        Some(account)
    }
}
