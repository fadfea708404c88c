//! The accounts of permits that a transaction has in hand.
//!
//! Unlike other cases they are not copied before an act, for thousands may draw on one: what was
//! posted is taken back step by step.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::Decimal;

use super::super::known::Room;
use super::super::shared::Concerns;
use super::{Desk, Head};
use crate::clearance::case::permit::{About, Permit, PermitEvent};
use crate::clearance::case::{Author, CaseId, Entry, Event};
use crate::ledger::{Account, AccountId, DeclarationId, DrawKey, Event as Posted, Ledger, Limit, Posting, Undo};
use crate::store::project::{self, Novelty, Rows};
use crate::store::{StoreError, accounts, cases};

/// An account in hand; the ledger has the amounts.
#[derive(Debug)]
struct InHand {
    about: About,
    head: Head,
    novelty: Novelty,
    /// Its row is not written yet.
    dirty: bool,
    /// Draws that have changed.
    changed: BTreeSet<DrawKey>,
}

/// Something that was done, to be taken back.
#[derive(Debug)]
enum Step {
    Opened(AccountId),
    Posted(AccountId, Undo),
}

/// The accounts in hand.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    ledger: Ledger,
    in_hand: BTreeMap<AccountId, InHand>,
    by_case: HashMap<CaseId, AccountId>,
    done: Vec<Step>,
}

impl Accounts {
    /// Takes an account in hand.
    fn take(&mut self, permit: Permit, head: Head, novelty: Novelty) {
        let Permit { about, account } = permit;
        let (id, case, dirty) = (account.id().clone(), about.id, novelty == Novelty::New);
        if self.ledger.open(account).is_ok() {
            self.by_case.insert(case, id.clone());
            self.in_hand.insert(id, InHand { about, head, novelty, dirty, changed: BTreeSet::new() });
        }
    }

    /// How much was done.
    pub(super) fn done(&self) -> usize {
        self.done.len()
    }

    /// Takes back what was done since.
    pub(super) fn back_to(&mut self, done: usize) {
        while self.done.len() > done {
            match self.done.pop() {
                Some(Step::Opened(id)) => {
                    self.ledger.remove(&id);
                    if let Some(in_hand) = self.in_hand.remove(&id) {
                        self.by_case.remove(&in_hand.about.id);
                    }
                }
                Some(Step::Posted(id, undo)) => {
                    self.ledger.take_back(undo);
                    if let Some(in_hand) = self.in_hand.get_mut(&id) {
                        in_hand.about.head -= 1;
                    }
                }
                None => return,
            }
        }
    }

    /// The end of a chain.
    pub(super) fn head(&mut self, case: CaseId) -> Option<&mut Head> {
        let id = self.by_case.get(&case)?;
        self.in_hand.get_mut(id).map(|in_hand| &mut in_hand.head)
    }

    /// Who holds the permit of a case.
    pub(super) fn holder(&self, case: CaseId) -> Option<&String> {
        self.in_hand.get(self.by_case.get(&case)?)?.about.holder.as_ref()
    }

    /// Whom an account concerns: the permit's holder and its agency.
    pub(super) fn concerns(&self, case: CaseId) -> Option<Concerns> {
        let about = &self.in_hand.get(self.by_case.get(&case)?)?.about;
        let agencies = about.agency.iter().cloned().collect();
        Some(Concerns { holder: about.holder.clone(), agencies, ..Concerns::default() })
    }

    /// The rows of those that changed.
    pub(super) fn rows(&mut self) -> Vec<(CaseId, Novelty, Rows)> {
        let mut rows = Vec::new();
        for (id, in_hand) in self.in_hand.iter_mut().filter(|(_, in_hand)| in_hand.dirty) {
            let Some(account) = self.ledger.account(id) else { continue };
            let row = project::account_with(&in_hand.about, account, in_hand.head, &in_hand.changed);
            rows.push((in_hand.about.id, in_hand.novelty, row));
            (in_hand.novelty, in_hand.dirty) = (Novelty::Known, false);
            in_hand.changed.clear();
        }
        rows
    }

    /// What those in hand have for a declaration.
    pub(super) fn rooms(&self, declaration: CaseId) -> BTreeMap<AccountId, Room> {
        let own = DeclarationId(declaration.to_string());
        let accounts = self.ledger.accounts();
        accounts
            .map(|account| {
                let own = account.draws_of(&own).map(|(_, draw)| draw.drawn().get()).sum::<Decimal>();
                let granted = match account.granted() {
                    Limit::UpTo(amount) => Some(amount.get()),
                    Limit::Unlimited => None,
                };
                let room = Room {
                    granted,
                    used: account.balance().drawn().get() - own,
                    own,
                    unit: account.unit(),
                    counted_in: account.counted_in(),
                    closed: account.paper().is_some_and(|paper| paper.closed.is_some()),
                };
                (account.id().clone(), room)
            })
            .collect()
    }
}

impl Desk<'_> {
    /// The ledger, as far as its accounts are in hand.
    pub(in crate::service) fn ledger(&self) -> &Ledger {
        &self.accounts.ledger
    }

    /// What is known of an account in hand beside its amounts.
    pub(in crate::service) fn about_account(&self, id: &AccountId) -> Option<&About> {
        self.accounts.in_hand.get(id).map(|in_hand| &in_hand.about)
    }

    /// Takes accounts in hand; says nothing of those that are not there.
    pub(in crate::service) async fn take_accounts(&mut self, ids: BTreeSet<AccountId>) -> Result<(), StoreError> {
        let missing: Vec<AccountId> = ids.into_iter().filter(|id| !self.accounts.in_hand.contains_key(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for row in accounts::accounts(&mut self.link(), &missing).await? {
            if let Some((permit, head)) = cases::permit_and_head(&mut self.link(), row.case).await? {
                self.accounts.take(permit, head, Novelty::Known);
            }
        }
        Ok(())
    }

    /// Takes the accounts in hand that a declaration draws on.
    pub(in crate::service) async fn take_drawn_on(&mut self, declaration: CaseId) -> Result<(), StoreError> {
        // What is new in this transaction draws on accounts in hand only.
        if self.declarations.get(&declaration).is_some_and(|in_hand| in_hand.novelty == Novelty::New) {
            return Ok(());
        }
        let draws = accounts::draws_of(&mut self.link(), declaration).await?;
        self.take_accounts(draws.into_iter().map(|draw| draw.account).collect()).await
    }

    /// Opens an account by its first event.
    pub(in crate::service) fn open_account(&mut self, case: CaseId, opened: PermitEvent, by: &Author) {
        let entry = Entry { case, number: 1, at: self.now, by: by.clone(), event: Event::Permit(opened) };
        let Some(permit) = Permit::begin(&entry) else { return };
        self.holders.extend(permit.about.holder.clone());
        self.accounts.done.push(Step::Opened(permit.account.id().clone()));
        self.accounts.take(permit, Head::NONE, Novelty::New);
        self.noticed.push(entry);
    }

    /// Takes in what the ledger has decided.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it was not decided on the accounts in hand.
    pub(in crate::service) fn post(&mut self, postings: &[Posting], by: &Author) -> Result<(), StoreError> {
        for posting in postings {
            let id = &posting.account;
            let available = |ledger: &Ledger| ledger.account(id).map(Account::available);
            let before = available(&self.accounts.ledger);
            let undo = self.accounts.ledger.post(posting);
            let undo = undo.map_err(|error| StoreError::Damaged(format!("account `{id}`: {error}")))?;
            let after = available(&self.accounts.ledger);
            self.accounts.done.push(Step::Posted(id.clone(), undo));
            let Some(in_hand) = self.accounts.in_hand.get_mut(id) else { continue };
            in_hand.about.head += 1;
            in_hand.dirty = true;
            if let Posted::Draw { key, .. } = &posting.event {
                in_hand.changed.insert(key.clone());
            }
            if has_grown(before, after) {
                self.freed.insert(in_hand.about.number.clone(), self.noticed.len());
            }
            self.holders.extend(in_hand.about.holder.clone());
            let event = Event::Permit(PermitEvent::Posted { posting: posting.event.clone() });
            let (case, number) = (in_hand.about.id, in_hand.about.head);
            self.noticed.push(Entry { case, number, at: self.now, by: by.clone(), event });
        }
        Ok(())
    }
}

/// Whether there is more than before.
fn has_grown(before: Option<Limit>, after: Option<Limit>) -> bool {
    match (before, after) {
        (Some(Limit::UpTo(before)), Some(Limit::UpTo(after))) => after > before,
        (Some(Limit::UpTo(_)), Some(Limit::Unlimited)) => true,
        _ => false,
    }
}
