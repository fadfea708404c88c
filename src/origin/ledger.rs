//! Running quantities: what is left of each item of a certificate, and of the original proof on which
//! back-to-back certificates rest. What is re-exported in all never exceeds the original's quantity
//! (OCP rule 11).
//!
//! Deciding and applying are two things: what is asked gives an event or a reason, the events applied
//! again in their order give the same state. Each draw has a name, so that the same again changes
//! nothing. Amounts are kept in base units and are exact.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::finding::OriginFinding;
use super::measure::{in_base, text};
use crate::law::{Agreement, CheckId};
use crate::trade::{Measured, OriginCertificate, OriginFlag, OriginalProof, UnitConversions};

/// A quantity that is drawn on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuantityAccount {
    /// How much there is, in its base unit; absent: not known.
    granted: Option<Measured>,
    /// Who has drawn, and how much in that unit.
    draws: BTreeMap<String, Decimal>,
}

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LedgerEvent {
    /// A draw was taken, or its amount changed.
    Drawn {
        /// Who draws: a declaration's line, or a back-to-back certificate's item.
        by: String,
        /// How much, in the account's unit.
        amount: Decimal,
    },
    /// A draw was given back.
    Restored {
        /// Whose.
        by: String,
    },
}

/// Why nothing can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// Too little is left.
    #[error("{left} is left, {needed} is needed")]
    Short {
        /// What is left, in the account's unit.
        left: Decimal,
        /// What is needed.
        needed: Decimal,
    },
    /// The amount does not convert into the account's unit.
    #[error("the amount does not convert into the account's unit")]
    Incomparable,
    /// An amount of zero or below.
    #[error("{0} is no amount to draw")]
    NotPositive(Decimal),
    /// The sum is no decimal.
    #[error("the sum of all draws is too large")]
    Overflow,
}

impl QuantityAccount {
    /// An account over a quantity; absent: not known, then nothing is ever too much.
    pub fn open(granted: Option<Measured>, units: &UnitConversions) -> Self {
        Self { granted: granted.map(|granted| in_base(granted, units)), draws: BTreeMap::new() }
    }

    /// How much there is, in the account's unit.
    pub fn granted(&self) -> Option<Measured> {
        self.granted
    }

    /// How much is drawn.
    pub fn drawn(&self) -> Decimal {
        self.draws.values().fold(Decimal::ZERO, |sum, amount| sum.saturating_add(*amount))
    }

    /// Who has drawn how much, in the account's unit.
    pub fn draws(&self) -> impl Iterator<Item = (&str, Decimal)> {
        self.draws.iter().map(|(by, amount)| (by.as_str(), *amount))
    }

    /// What is left, in the account's unit; `None`: not known.
    pub fn left(&self) -> Option<Measured> {
        self.granted.map(|granted| Measured { amount: granted.amount.saturating_sub(self.drawn()), unit: granted.unit })
    }

    /// What is left for one who may have drawn already.
    pub fn left_for(&self, by: &str) -> Option<Measured> {
        let own = self.draws.get(by).copied().unwrap_or_default();
        self.left().map(|left| Measured { amount: left.amount.saturating_add(own), ..left })
    }

    /// What follows where `by` draws an amount; `None` where it has drawn just that. Another amount
    /// takes the place of an earlier one.
    ///
    /// # Errors
    /// [`QuantityError`]; the account stays as it was.
    pub fn draw(
        &self,
        by: &str,
        quantity: Measured,
        units: &UnitConversions,
    ) -> Result<Option<LedgerEvent>, QuantityError> {
        let quantity = in_base(quantity, units);
        let amount = quantity.amount;
        if amount <= Decimal::ZERO {
            return Err(QuantityError::NotPositive(amount));
        }
        if let Some(granted) = self.granted {
            if granted.unit != quantity.unit {
                return Err(QuantityError::Incomparable);
            }
            let left = self.left_for(by).map_or(Decimal::ZERO, |left| left.amount);
            if amount > left {
                return Err(QuantityError::Short { left, needed: amount });
            }
        }
        if self.drawn().checked_add(amount).is_none() {
            return Err(QuantityError::Overflow);
        }
        let same = self.draws.get(by).is_some_and(|known| *known == amount);
        Ok((!same).then(|| LedgerEvent::Drawn { by: by.to_owned(), amount }))
    }

    /// What follows where `by` gives back what it has drawn; `None` where it has drawn nothing.
    pub fn restore(&self, by: &str) -> Option<LedgerEvent> {
        self.draws.contains_key(by).then(|| LedgerEvent::Restored { by: by.to_owned() })
    }

    /// Takes an event in.
    pub fn apply(&mut self, event: &LedgerEvent) {
        match event {
            LedgerEvent::Drawn { by, amount } => {
                self.draws.insert(by.clone(), *amount);
            }
            LedgerEvent::Restored { by } => {
                self.draws.remove(by);
            }
        }
    }
}

/// The accounts of a certificate's items.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateLedger {
    /// By the item's number.
    pub items: BTreeMap<u32, QuantityAccount>,
}

impl CertificateLedger {
    /// The accounts of a certificate that nobody has used.
    pub fn open(certificate: &OriginCertificate, units: &UnitConversions) -> Self {
        let account = |measured| QuantityAccount::open(measured, units);
        Self { items: certificate.items.iter().map(|item| (item.number, account(item.measured()))).collect() }
    }

    /// What is left of an item, in its account's unit; `None`: not known.
    pub fn left(&self, item: u32) -> Option<Measured> {
        self.items.get(&item)?.left()
    }

    /// Whether nothing is left of any item.
    pub fn is_used_up(&self) -> bool {
        let used = |account: &QuantityAccount| account.left().is_some_and(|left| left.amount <= Decimal::ZERO);
        !self.items.is_empty() && self.items.values().all(used)
    }

    /// Whether nobody has drawn.
    pub fn is_untouched(&self) -> bool {
        self.items.values().all(|account| account.draws.is_empty())
    }
}

/// The items of a back-to-back certificate whose original proof does not cover them. `account` knows
/// the account of an original, if anybody does; `by` names the draw of an item, so that what it has
/// drawn itself counts as left.
pub fn overdrawn_originals<'a>(
    certificate: &OriginCertificate,
    account: &dyn Fn(&OriginalProof) -> Option<&'a QuantityAccount>,
    by: &dyn Fn(u32) -> String,
    units: &UnitConversions,
    agreement: &Agreement,
) -> Vec<OriginFinding> {
    if !certificate.flags.has(OriginFlag::BackToBack) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for item in &certificate.items {
        let (Some(original), Some(quantity)) = (&item.original, item.measured()) else { continue };
        let Some(account) = account(original) else { continue };
        let name = by(item.number);
        if let Err(QuantityError::Short { left, .. }) = account.draw(&name, quantity, units) {
            let unit = account.granted().and_then(|granted| granted.unit);
            let finding = OriginFinding::new(agreement, CheckId::OriginalUsedUp)
                .item(item.number)
                .with("original", original.reference.as_str())
                .with("left", text(Measured { amount: left, unit }))
                .with("quantity", text(quantity));
            found.push(finding);
        }
    }
    found
}
