//! What comes of a command on one account.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::account::{Account, Balance, Closing, Paper, Standing, Validity};
use super::amount::{Amount, Limit, Measured};
use super::command::{Command, DrawKey, Event, Outcome, Unchanged};
use super::draw::{Change, Draw};
use super::error::LedgerError;
use crate::trade::{Quantity, UnitConversions};

/// A line's wish, in the unit of the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'k> {
    pub(super) key: &'k DrawKey,
    pub(super) revision: u32,
    pub(super) act: Act,
}

/// What the line wants; `day` is the day of its registration.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Reserve { quantity: Amount, day: Date },
    WriteOff { quantity: Option<Amount>, day: Date },
    Amend { quantity: Amount, written_off: bool, day: Date },
    Restore,
}

/// What comes of a wish.
#[derive(Debug, Clone, Copy)]
pub(super) enum Drawn {
    Change(Change, Balance),
    Unchanged(Unchanged),
}

impl Account {
    /// What comes of a command. The account itself does not change: the event has to be applied.
    ///
    /// # Errors
    /// [`LedgerError`] says what the command would break, with the quantities concerned.
    pub fn decide(&self, command: &Command, units: &UnitConversions) -> Result<Outcome, LedgerError> {
        let (key, revision, act) = match command {
            Command::Grant { revision, quantity, valid } => {
                return self.grant(*revision, quantity.as_ref(), *valid, units);
            }
            Command::Close { revision, closing } => return self.close(*revision, *closing),
            Command::Reserve { key, revision, day, quantity } => {
                let quantity = self.amount(quantity, units)?;
                if quantity == Amount::ZERO {
                    return Err(LedgerError::NothingAsked { key: key.clone() });
                }
                (key, *revision, Act::Reserve { quantity, day: *day })
            }
            Command::WriteOff { key, revision, day, quantity } => {
                let quantity = quantity.as_ref().map(|quantity| self.amount(quantity, units)).transpose()?;
                (key, *revision, Act::WriteOff { quantity, day: *day })
            }
            Command::Amend { key, revision, day, quantity } => {
                let quantity = self.amount(quantity, units)?;
                let written_off = self.draw(key).is_some_and(Draw::is_written_off);
                (key, *revision, Act::Amend { quantity, written_off, day: *day })
            }
            Command::Restore { key, revision } => (key, *revision, Act::Restore),
        };
        Ok(match self.decide_draw(self.balance(), &Ask { key, revision, act }, units)? {
            Drawn::Change(change, _) => Outcome::Event(Event::Draw { key: key.clone(), revision, change }),
            Drawn::Unchanged(reason) => Outcome::Unchanged(reason),
        })
    }

    /// What comes of a line's wish when `balance` is drawn, which may hold what other lines were
    /// promised in the same breath.
    pub(super) fn decide_draw(
        &self,
        balance: Balance,
        ask: &Ask<'_>,
        units: &UnitConversions,
    ) -> Result<Drawn, LedgerError> {
        let before = self.draw(ask.key);
        if let Some(draw) = before
            && draw.revision > ask.revision
        {
            return Ok(Drawn::Unchanged(Unchanged::Stale { recorded: draw.revision }));
        }
        let same = before.filter(|draw| draw.revision == ask.revision);
        let (change, day) = match ask.act {
            Act::Reserve { quantity, .. } | Act::Amend { quantity, .. } if same.is_some() => {
                return self.heard(ask, same.and_then(|draw| draw.registered), quantity, units);
            }
            Act::Reserve { quantity, day } => {
                if let Some(draw) = before.filter(|draw| draw.is_written_off()) {
                    let written_off = self.said(draw.written_off(), units);
                    let (account, key) = (self.id().clone(), ask.key.clone());
                    return Err(LedgerError::AlreadyWrittenOff { account, key, written_off });
                }
                (Change::Reserved(quantity), Some(day))
            }
            Act::Amend { quantity, written_off, day } => (Change::Amended { quantity, written_off }, Some(day)),
            Act::WriteOff { quantity, day } => {
                if let Some(cleared) = same.and_then(|draw| draw.cleared) {
                    return self.heard(ask, Some(cleared), quantity.unwrap_or(cleared), units);
                }
                let (account, key, revision) = (self.id().clone(), ask.key.clone(), ask.revision);
                if same.is_some_and(|draw| draw.restored) {
                    return Err(LedgerError::Cancelled { account, key, revision });
                }
                match quantity.or(same.and_then(|draw| draw.registered)) {
                    Some(quantity) => (Change::WrittenOff(quantity), Some(day)),
                    None => return Err(LedgerError::NotReserved { account, key, revision }),
                }
            }
            Act::Restore if same.is_some_and(|draw| draw.restored) => {
                return Ok(Drawn::Unchanged(Unchanged::Repeated));
            }
            Act::Restore => (Change::Restored, None),
        };
        let after = Draw::after(before, ask.revision, change);
        let balance = self.checked(balance, before, &after, ask.key, day, units)?;
        Ok(Drawn::Change(change, balance))
    }

    /// The same revision speaks again.
    fn heard(
        &self,
        ask: &Ask<'_>,
        recorded: Option<Amount>,
        asked: Amount,
        units: &UnitConversions,
    ) -> Result<Drawn, LedgerError> {
        match recorded {
            None => Ok(Drawn::Unchanged(Unchanged::Overtaken)),
            Some(recorded) if recorded == asked => Ok(Drawn::Unchanged(Unchanged::Repeated)),
            Some(recorded) => Err(LedgerError::Contradicts {
                account: self.id().clone(),
                key: ask.key.clone(),
                revision: ask.revision,
                recorded: self.said(recorded, units),
                asked: self.said(asked, units),
            }),
        }
    }

    /// The balance after a draw changed, where what it draws more is there on the day.
    fn checked(
        &self,
        balance: Balance,
        before: Option<&Draw>,
        after: &Draw,
        key: &DrawKey,
        day: Option<Date>,
        units: &UnitConversions,
    ) -> Result<Balance, LedgerError> {
        let more = after.drawn().less(before.map_or(Amount::ZERO, Draw::drawn));
        if more > Amount::ZERO {
            if let Some(day) = day {
                let standing = self.standing_with(balance, day);
                if !matches!(standing, Standing::Open | Standing::Exhausted) {
                    return Err(LedgerError::NotOpen { account: self.id().clone(), day, standing });
                }
            }
            if let Limit::UpTo(available) = self.granted().less(balance.drawn())
                && more > available
            {
                return Err(LedgerError::Insufficient {
                    account: self.id().clone(),
                    key: key.clone(),
                    asked: self.said(more, units),
                    available: self.said(available, units),
                });
            }
        }
        let uncountable = || LedgerError::Uncountable { account: self.id().clone(), key: key.clone() };
        balance.moved(before, after).ok_or_else(uncountable)
    }

    fn grant(
        &self,
        revision: u32,
        quantity: Option<&Quantity>,
        valid: Validity,
        units: &UnitConversions,
    ) -> Result<Outcome, LedgerError> {
        let limit = match quantity {
            None => Limit::Unlimited,
            Some(quantity) => Limit::UpTo(self.amount(quantity, units)?),
        };
        let paper = Paper { revision, terms: Some((limit, valid)), closed: None };
        if let Some(unchanged) = self.known(&paper)? {
            return Ok(Outcome::Unchanged(unchanged));
        }
        let drawn = self.balance().drawn();
        match limit {
            Limit::UpTo(granted) if granted < drawn => Err(LedgerError::BelowDrawn {
                account: self.id().clone(),
                granted: self.said(granted, units),
                drawn: self.said(drawn, units),
            }),
            _ => Ok(Outcome::Event(Event::Granted { revision, limit, valid })),
        }
    }

    fn close(&self, revision: u32, closing: Closing) -> Result<Outcome, LedgerError> {
        let terms = self.paper().and_then(|paper| paper.terms);
        let known = self.known(&Paper { revision, terms, closed: Some(closing) })?;
        Ok(known.map_or(Outcome::Event(Event::Closed { revision, closing }), Outcome::Unchanged))
    }

    /// Why this revision of the permit is no news, where it is none.
    fn known(&self, paper: &Paper) -> Result<Option<Unchanged>, LedgerError> {
        match self.paper() {
            None => Ok(None),
            Some(recorded) if recorded.revision < paper.revision => Ok(None),
            Some(recorded) if recorded.revision > paper.revision => {
                Ok(Some(Unchanged::Stale { recorded: recorded.revision }))
            }
            Some(recorded) if recorded == paper => Ok(Some(Unchanged::Repeated)),
            Some(recorded) => {
                Err(LedgerError::PermitContradicts { account: self.id().clone(), revision: recorded.revision })
            }
        }
    }

    /// A quantity in the unit that the account is counted in.
    pub(super) fn amount(&self, quantity: &Quantity, units: &UnitConversions) -> Result<Amount, LedgerError> {
        let unit = quantity.unit.ok_or(LedgerError::UnitMissing)?;
        let counted: Decimal = units.convert(quantity.amount, unit, self.counted_in())?;
        Amount::new(counted).map_err(|source| LedgerError::Amount { unit: self.counted_in(), source })
    }

    /// An amount in the unit of the permit, where it can be written so, else as it is counted.
    pub fn said(&self, amount: Amount, units: &UnitConversions) -> Measured {
        match units.convert(amount.get(), self.counted_in(), self.unit()) {
            Ok(amount) => Measured { amount, unit: self.unit() },
            Err(_) => Measured { amount: amount.get(), unit: self.counted_in() },
        }
    }
}
