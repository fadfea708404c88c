//! One filing against many accounts, all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{Account, Balance};
use super::allocate::{Source, common_amount, spread};
use super::amount::Amount;
use super::book::{Booking, Filing, Ledger, Posting};
use super::command::{AccountId, DeclarationId, DrawKey, Event, Unchanged};
use super::decide::{Act, Ask, Drawn};
use super::draw::Draw;
use super::error::LedgerError;
use crate::trade::UnitConversions;

/// What a filing is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Reserve,
    Amend,
    WriteOff,
}

/// A draw that the declaration has.
#[derive(Debug, Clone, Copy)]
struct Held<'a> {
    account: &'a Account,
    key: &'a DrawKey,
    draw: &'a Draw,
}

impl Held<'_> {
    /// It draws nothing, and this revision has not cleared it.
    fn is_idle(&self, revision: u32) -> bool {
        self.draw.drawn() == Amount::ZERO && !(self.draw.revision == revision && self.draw.cleared.is_some())
    }
}

/// A need with its accounts, those first that are drawn on first.
#[derive(Debug)]
struct Group<'a> {
    line: u32,
    asked: Amount,
    accounts: Vec<&'a Account>,
}

impl Ledger {
    pub(super) fn settle(
        &self,
        filing: &Filing,
        purpose: Purpose,
        units: &UnitConversions,
    ) -> Result<Booking, LedgerError> {
        let held = self.held(&filing.declaration);
        let groups = self.groups(filing, purpose, units)?;
        if let Some(unchanged) = heard(filing, purpose, &held, &groups)? {
            return Ok(Booking::Unchanged(unchanged));
        }
        if let Some(written) = held.iter().find(|held| purpose == Purpose::Reserve && held.draw.is_written_off()) {
            return Err(LedgerError::AlreadyWrittenOff {
                account: written.account.id().clone(),
                key: written.key.clone(),
                written_off: written.account.said(written.draw.written_off(), units),
            });
        }
        let mut plan = Plan::new(&filing.declaration, filing.revision, units);
        // What becomes free comes first: another line may need it.
        for held in held.iter().filter(|held| !groups.iter().any(|group| group.has(held))) {
            let (quantity, written_off, day) = (Amount::ZERO, held.draw.is_written_off(), filing.day);
            match purpose {
                Purpose::WriteOff if held.is_idle(filing.revision) => {}
                Purpose::WriteOff => plan.ask(held.account, held.key.line, Act::WriteOff { quantity: None, day })?,
                _ if held.draw.drawn() == Amount::ZERO => {}
                _ => plan.ask(held.account, held.key.line, Act::Amend { quantity, written_off, day })?,
            }
        }
        let (growing, other): (Vec<&Group<'_>>, Vec<_>) =
            groups.iter().partition(|group| group.asked > plan.drawn(group));
        for group in other.into_iter().chain(growing) {
            plan.settle(group, filing, purpose)?;
        }
        Ok(plan.booking())
    }

    pub(super) fn settle_restored(
        &self,
        declaration: &DeclarationId,
        revision: u32,
        units: &UnitConversions,
    ) -> Result<Booking, LedgerError> {
        let held = self.held(declaration);
        if let Some(stale) = stale(revision, &held) {
            return Ok(Booking::Unchanged(stale));
        }
        let mut plan = Plan::new(declaration, revision, units);
        for held in held {
            plan.ask(held.account, held.key.line, Act::Restore)?;
        }
        Ok(plan.booking())
    }

    fn held(&self, declaration: &DeclarationId) -> Vec<Held<'_>> {
        let of_account =
            |account| Account::draws_of(account, declaration).map(move |(key, draw)| Held { account, key, draw });
        self.drawn_on(declaration).flat_map(of_account).collect()
    }

    fn groups(
        &self,
        filing: &Filing,
        purpose: Purpose,
        units: &UnitConversions,
    ) -> Result<Vec<Group<'_>>, LedgerError> {
        let mut named: BTreeSet<(u32, &AccountId)> = BTreeSet::new();
        let mut groups = Vec::with_capacity(filing.needs.len());
        for need in &filing.needs {
            let line = need.line;
            let mut sources = Vec::with_capacity(need.accounts.len());
            for id in &need.accounts {
                let account = id.clone();
                if !named.insert((line, id)) {
                    return Err(LedgerError::AccountTwice { line, account });
                }
                let account = self.accounts.get(id).ok_or(LedgerError::UnknownAccount { account })?;
                sources.push(Source { account, balance: account.balance() });
            }
            let asked = common_amount(&sources, &need.quantity, units)?.ok_or(LedgerError::NoAccount { line })?;
            if purpose == Purpose::Reserve && asked == Amount::ZERO {
                let key = DrawKey { declaration: filing.declaration.clone(), line };
                return Err(LedgerError::NothingAsked { key });
            }
            sources.sort_by_key(Source::order);
            groups.push(Group { line, asked, accounts: sources.iter().map(|source| source.account).collect() });
        }
        Ok(groups)
    }
}

impl Group<'_> {
    fn has(&self, held: &Held<'_>) -> bool {
        self.line == held.key.line && self.accounts.iter().any(|account| account.id() == held.account.id())
    }
}

fn stale(revision: u32, held: &[Held<'_>]) -> Option<Unchanged> {
    let recorded = held.iter().map(|held| held.draw.revision).max()?;
    (recorded > revision).then_some(Unchanged::Stale { recorded })
}

/// Why a filing is no news, where it is none.
fn heard(
    filing: &Filing,
    purpose: Purpose,
    held: &[Held<'_>],
    groups: &[Group<'_>],
) -> Result<Option<Unchanged>, LedgerError> {
    if let Some(stale) = stale(filing.revision, held) {
        return Ok(Some(stale));
    }
    let same: Vec<&Held<'_>> = held.iter().filter(|held| held.draw.revision == filing.revision).collect();
    let quantity = |held: &Held<'_>| match purpose {
        Purpose::WriteOff => held.draw.cleared,
        Purpose::Reserve | Purpose::Amend => held.draw.registered,
    };
    if purpose == Purpose::WriteOff
        && let Some(cancelled) = same.iter().find(|held| held.draw.restored)
    {
        let (account, key, revision) = (cancelled.account.id().clone(), cancelled.key.clone(), filing.revision);
        let cleared = same.iter().any(|held| held.draw.cleared.is_some());
        return if cleared {
            Ok(Some(Unchanged::Overtaken))
        } else {
            Err(LedgerError::Cancelled { account, key, revision })
        };
    }
    let contradicts = |line| {
        let (declaration, revision) = (filing.declaration.clone(), filing.revision);
        LedgerError::FilingContradicts { declaration, revision, line }
    };
    for group in groups {
        let recorded: Vec<Amount> =
            same.iter().filter(|held| group.has(held)).filter_map(|held| quantity(held)).collect();
        let sum = recorded.iter().try_fold(Amount::ZERO, |sum, amount| sum.plus(*amount));
        // A clearance comes line by line; a registration or amendment is the whole of its revision.
        let whole = purpose != Purpose::WriteOff && same.iter().any(|held| quantity(held).is_some());
        if (whole || !recorded.is_empty()) && sum != Some(group.asked) {
            return Err(contradicts(group.line));
        }
    }
    if purpose == Purpose::WriteOff || same.is_empty() {
        return Ok(None);
    }
    let besides = same.iter().find(|held| {
        quantity(held).is_some_and(|amount| amount > Amount::ZERO) && !groups.iter().any(|group| group.has(held))
    });
    match besides {
        Some(held) => Err(contradicts(held.key.line)),
        None if same.iter().all(|held| quantity(held).is_none()) => Ok(Some(Unchanged::Overtaken)),
        None => Ok(Some(Unchanged::Repeated)),
    }
}

/// The postings so far, and the balances as they would be after them.
#[derive(Debug)]
struct Plan<'a> {
    declaration: &'a DeclarationId,
    revision: u32,
    units: &'a UnitConversions,
    balances: BTreeMap<&'a AccountId, Balance>,
    postings: Vec<Posting>,
    unchanged: Option<Unchanged>,
}

impl<'a> Plan<'a> {
    fn new(declaration: &'a DeclarationId, revision: u32, units: &'a UnitConversions) -> Self {
        Self { declaration, revision, units, balances: BTreeMap::new(), postings: Vec::new(), unchanged: None }
    }

    fn key(&self, line: u32) -> DrawKey {
        DrawKey { declaration: self.declaration.clone(), line }
    }

    fn balance(&self, account: &Account) -> Balance {
        self.balances.get(account.id()).copied().unwrap_or(account.balance())
    }

    /// What the line has on the group's accounts. A line names an account once, so nothing of it
    /// changes before its group is settled.
    fn drawn(&self, group: &Group<'_>) -> Amount {
        let key = self.key(group.line);
        let drawn = group.accounts.iter().filter_map(|account| account.draw(&key)).map(Draw::drawn);
        drawn.fold(Amount::ZERO, |sum, amount| sum.plus(amount).unwrap_or(Amount::MAX))
    }

    /// Draws what the group asks, no more and no less.
    fn settle(&mut self, group: &Group<'a>, filing: &Filing, purpose: Purpose) -> Result<(), LedgerError> {
        let (key, day) = (self.key(group.line), filing.day);
        let sources: Vec<Source<'a>> =
            group.accounts.iter().map(|account| Source { account, balance: self.balance(account) }).collect();
        let more = group.asked.less(self.drawn(group));
        let given = spread(&sources, more, day, self.units)?;
        let written_off = group.accounts.iter().any(|account| account.draw(&key).is_some_and(Draw::is_written_off));
        let mut rest = group.asked;
        for (account, given) in group.accounts.iter().zip(given) {
            let before = account.draw(&key).map_or(Amount::ZERO, Draw::drawn);
            // What the line has on the last accounts becomes free first.
            let quantity = before.plus(given).unwrap_or(Amount::MAX).min(rest);
            rest = rest.less(quantity);
            if before == Amount::ZERO && quantity == Amount::ZERO {
                continue;
            }
            let act = match purpose {
                Purpose::Reserve if quantity > Amount::ZERO => Act::Reserve { quantity, day },
                Purpose::Reserve | Purpose::Amend => Act::Amend { quantity, written_off, day },
                Purpose::WriteOff => Act::WriteOff { quantity: Some(quantity), day },
            };
            self.ask(account, group.line, act)?;
        }
        Ok(())
    }

    fn ask(&mut self, account: &'a Account, line: u32, act: Act) -> Result<(), LedgerError> {
        let (key, revision) = (self.key(line), self.revision);
        match account.decide_draw(self.balance(account), &Ask { key: &key, revision, act }, self.units)? {
            Drawn::Unchanged(reason) => self.unchanged = Some(reason),
            Drawn::Change(change, balance) => {
                self.balances.insert(account.id(), balance);
                let event = Event::Draw { key, revision, change };
                self.postings.push(Posting { account: account.id().clone(), event });
            }
        }
        Ok(())
    }

    fn booking(self) -> Booking {
        if self.postings.is_empty() {
            Booking::Unchanged(self.unchanged.unwrap_or(Unchanged::NothingDrawn))
        } else {
            Booking::Postings(self.postings)
        }
    }
}
