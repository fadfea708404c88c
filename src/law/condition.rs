//! Conditions: a closed set of typed, three-valued tests.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::pack::FactId;
use crate::trade::{CountryCode, CurrencyCode, HsCode};

/// True, false, or not stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tri {
    /// Known to hold.
    True,
    /// Known not to hold.
    False,
    /// Hangs on something that nobody stated.
    Unknown,
}

impl Tri {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }

    /// The contrary; unknown stays unknown.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// One bit for each value of each fact that is not scoped: at most 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactMask([u64; 4]);

impl FactMask {
    /// No bit.
    pub const EMPTY: Self = Self([0; 4]);
    /// How many bits there are.
    pub const CAPACITY: u16 = 256;

    /// Sets a bit; bits past [`FactMask::CAPACITY`] are ignored.
    pub fn set(&mut self, atom: u16) {
        if let Some(word) = self.0.get_mut(usize::from(atom / 64)) {
            *word |= 1 << (atom % 64);
        }
    }

    /// Whether a bit is set.
    pub fn has(&self, atom: u16) -> bool {
        self.0.get(usize::from(atom / 64)).is_some_and(|word| word & (1 << (atom % 64)) != 0)
    }

    /// Whether any bit is in both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Whether every bit of `other` is set.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & b == *b)
    }

    /// Adds the bits of `other`.
    pub fn add(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    /// Takes away the bits of `other`.
    pub fn remove(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a &= !b;
        }
    }

    /// Whether no bit is set.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }
}

/// A number of a line that conditions compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberField {
    /// Customs value, in the threshold's currency.
    CustomsValue,
    /// Net mass in kilograms.
    NetWeightKg,
    /// Quantity in the line's own unit.
    Quantity,
}

/// How a number is compared with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// At most.
    Le,
    /// Less than.
    Lt,
    /// At least.
    Ge,
    /// More than.
    Gt,
}

/// A condition, compiled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// Holds without further ado.
    Always,
    /// A fact has one of these values: any of these bits.
    Fact {
        /// The fact.
        fact: FactId,
        /// Its bits that satisfy; a bool asked for as false stands under [`Condition::Not`].
        any_of: FactMask,
    },
    /// A fact asked for each rule by itself.
    Scoped(FactId),
    /// The line's regime is one of these: a bit for each regime of the pack.
    Regime(u64),
    /// The line's origin is one of these.
    Origin(Vec<CountryCode>),
    /// The declared code lies within one of these.
    Hs(Vec<HsCode>),
    /// A number compares so.
    Number {
        /// Which number.
        field: NumberField,
        /// How.
        comparison: Comparison,
        /// With what.
        threshold: Decimal,
        /// In which currency, for money.
        currency: Option<CurrencyCode>,
    },
    /// Importer and exporter are the same party.
    SameParty,
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// Not this one.
    Not(Box<Condition>),
    /// Known to exist, wording not available: never true by itself.
    Never(String),
}
