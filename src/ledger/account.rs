//! The quantity of one line of a permit, or of one quota, and who draws on it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, Limit};
use super::command::{AccountId, DeclarationId, DrawKey, Event};
use super::draw::Draw;
use super::error::ReplayError;
use crate::trade::{UnitCode, UnitConversions};

/// The days on which declarations may be registered under a permit, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The last day; `None`: no end. A last day before the first is never.
    pub to: Option<Date>,
}

/// The end of a permit before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Why.
    pub reason: ClosingReason,
    /// The first day on which it no longer serves.
    pub on: Date,
}

/// Why a permit ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingReason {
    /// Its agency revoked it (thu hồi).
    Revoked,
    /// Its holder gave it back.
    Surrendered,
}

/// What the permit says, at its last revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// The permit's revision.
    pub revision: u32,
    /// How much and when; `None`: it was closed before it was granted.
    pub terms: Option<(Limit, Validity)>,
    /// Its end before its time.
    pub closed: Option<Closing>,
}

/// What is drawn on an account, in the unit it is counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Set aside for registered declarations.
    pub reserved: Amount,
    /// Used by cleared declarations.
    pub written_off: Amount,
}

/// Where a permit stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was not granted.
    NotGranted,
    /// It is not valid yet.
    NotYet {
        /// Its first day.
        from: Date,
    },
    /// It serves.
    Open,
    /// It is valid and nothing is left.
    Exhausted,
    /// It is no longer valid.
    Expired {
        /// Its last day.
        on: Date,
    },
    /// It ended before its time.
    Closed(Closing),
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotGranted => f.write_str("not granted"),
            Self::NotYet { from } => write!(f, "valid from {from} only"),
            Self::Open => f.write_str("open"),
            Self::Exhausted => f.write_str("exhausted"),
            Self::Expired { on } => write!(f, "valid until {on} only"),
            Self::Closed(Closing { reason: ClosingReason::Revoked, on }) => write!(f, "revoked from {on}"),
            Self::Closed(Closing { reason: ClosingReason::Surrendered, on }) => write!(f, "surrendered from {on}"),
        }
    }
}

impl Before {
    /// The declaration whose draw changed.
    pub(super) fn declaration(&self) -> Option<&DeclarationId> {
        self.draw.as_ref().map(|(key, _)| &key.declaration)
    }
}

impl Balance {
    /// Reserved and written off together.
    pub fn drawn(self) -> Amount {
        // INVARIANT: `moved` gives no balance whose sum is above the most.
        self.reserved.plus(self.written_off).unwrap_or(Amount::MAX)
    }

    /// The balance when one draw becomes another; `None` where it would not be one.
    pub(super) fn moved(self, before: Option<&Draw>, after: &Draw) -> Option<Self> {
        let part = |whole: Amount, part: fn(&Draw) -> Amount| {
            whole.minus(before.map_or(Amount::ZERO, part))?.plus(part(after))
        };
        let reserved = part(self.reserved, Draw::reserved)?;
        let written_off = part(self.written_off, Draw::written_off)?;
        reserved.plus(written_off)?;
        Some(Self { reserved, written_off })
    }
}

/// An account. It changes by events alone, which [`Account::decide`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    id: AccountId,
    unit: UnitCode,
    counted_in: UnitCode,
    paper: Option<Paper>,
    draws: BTreeMap<DrawKey, Draw>,
    balance: Balance,
}

/// How an account was before an event.
#[derive(Debug)]
pub(super) struct Before {
    paper: Option<Paper>,
    balance: Balance,
    draw: Option<(DrawKey, Option<Draw>)>,
}

impl Account {
    /// An account on which nothing is granted yet. It is counted in the base unit of `unit`.
    pub fn new(id: AccountId, unit: UnitCode, units: &UnitConversions) -> Self {
        Self::counted(id, unit, units.base(unit))
    }

    /// The same, counted in a unit that was its base when it was opened.
    pub fn counted(id: AccountId, unit: UnitCode, counted_in: UnitCode) -> Self {
        Self { id, unit, counted_in, paper: None, draws: BTreeMap::new(), balance: Balance::default() }
    }

    /// Its id.
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// The unit of the permit.
    pub fn unit(&self) -> UnitCode {
        self.unit
    }

    /// The unit that balances and events are counted in.
    pub fn counted_in(&self) -> UnitCode {
        self.counted_in
    }

    /// What the permit says; `None`: nothing was heard of it.
    pub fn paper(&self) -> Option<&Paper> {
        self.paper.as_ref()
    }

    /// What is drawn.
    pub fn balance(&self) -> Balance {
        self.balance
    }

    /// What is granted: nothing before the first grant.
    pub fn granted(&self) -> Limit {
        self.terms().map_or(Limit::UpTo(Amount::ZERO), |(limit, _)| limit)
    }

    /// What is granted and not drawn: never below zero.
    pub fn available(&self) -> Limit {
        self.granted().less(self.balance.drawn())
    }

    /// The draw of a line.
    pub fn draw(&self, key: &DrawKey) -> Option<&Draw> {
        self.draws.get(key)
    }

    /// All draws, in the order of declarations and lines.
    pub fn draws(&self) -> impl Iterator<Item = (&DrawKey, &Draw)> {
        self.draws.iter()
    }

    /// The draws of one declaration, in the order of lines.
    pub fn draws_of(&self, declaration: &DeclarationId) -> impl Iterator<Item = (&DrawKey, &Draw)> {
        let key = |line| DrawKey { declaration: declaration.clone(), line };
        self.draws.range(key(0)..=key(u32::MAX))
    }

    /// Where it stands for a declaration registered on `day`.
    pub fn standing(&self, day: Date) -> Standing {
        self.standing_with(self.balance, day)
    }

    /// The last day on which it serves; `None`: no end.
    pub fn last_day(&self) -> Option<Date> {
        let closed = self.paper.as_ref().and_then(|paper| paper.closed);
        let closed = closed.map(|closing| closing.on.yesterday().unwrap_or(closing.on));
        let valid = self.terms().and_then(|(_, valid)| valid.to);
        match (closed, valid) {
            (Some(closed), Some(valid)) => Some(closed.min(valid)),
            (one, other) => one.or(other),
        }
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// [`ReplayError`] where the event does not follow from this state: it was decided on
    /// another. The account stays as it was.
    pub fn apply(&mut self, event: &Event) -> Result<(), ReplayError> {
        self.apply_undoable(event).map(drop)
    }

    /// Takes an event in and says how to take it back.
    pub(super) fn apply_undoable(&mut self, event: &Event) -> Result<Before, ReplayError> {
        let mut before = Before { paper: self.paper, balance: self.balance, draw: None };
        match event {
            Event::Granted { revision, limit, valid } => {
                self.expect_later(*revision)?;
                if !limit.covers(self.balance.drawn()) {
                    return Err(ReplayError::Overdrawn { account: self.id.clone() });
                }
                self.paper = Some(Paper { revision: *revision, terms: Some((*limit, *valid)), closed: None });
            }
            Event::Closed { revision, closing } => {
                self.expect_later(*revision)?;
                self.paper = Some(Paper { revision: *revision, terms: self.terms(), closed: Some(*closing) });
            }
            Event::Draw { key, revision, change } => {
                let old = self.draws.get(key);
                if old.is_some_and(|draw| draw.revision > *revision) {
                    return Err(ReplayError::Stale { account: self.id.clone(), revision: *revision });
                }
                let new = Draw::after(old, *revision, *change);
                let balance = self.balance.moved(old, &new).filter(|balance| self.granted().covers(balance.drawn()));
                let Some(balance) = balance else {
                    return Err(ReplayError::Overdrawn { account: self.id.clone() });
                };
                self.balance = balance;
                before.draw = Some((key.clone(), self.draws.insert(key.clone(), new)));
            }
        }
        Ok(before)
    }

    /// Takes the last event back.
    pub(super) fn undo(&mut self, before: Before) {
        self.paper = before.paper;
        self.balance = before.balance;
        if let Some((key, draw)) = before.draw {
            match draw {
                Some(draw) => self.draws.insert(key, draw),
                None => self.draws.remove(&key),
            };
        }
    }

    /// See [`Account::standing`], with another balance.
    pub(super) fn standing_with(&self, balance: Balance, day: Date) -> Standing {
        let Some((limit, valid)) = self.terms() else {
            return Standing::NotGranted;
        };
        let closed = self.paper.as_ref().and_then(|paper| paper.closed).filter(|closing| closing.on <= day);
        if let Some(closing) = closed {
            Standing::Closed(closing)
        } else if day < valid.from {
            Standing::NotYet { from: valid.from }
        } else if let Some(on) = valid.to.filter(|last| *last < day) {
            Standing::Expired { on }
        } else if limit.less(balance.drawn()) == Limit::UpTo(Amount::ZERO) {
            Standing::Exhausted
        } else {
            Standing::Open
        }
    }

    fn terms(&self) -> Option<(Limit, Validity)> {
        self.paper.as_ref().and_then(|paper| paper.terms)
    }

    fn expect_later(&self, revision: u32) -> Result<(), ReplayError> {
        match &self.paper {
            Some(paper) if paper.revision >= revision => Err(ReplayError::Stale { account: self.id.clone(), revision }),
            _ => Ok(()),
        }
    }
}
