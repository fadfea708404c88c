//! Amounts that can be added up without rounding.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::trade::UnitCode;

/// An amount of an account, in the unit that the account is counted in: not below zero, at most
/// [`Amount::MAX`], with at most [`Amount::SCALE_MAX`] decimals. Within these bounds every sum
/// and difference fits a decimal exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub struct Amount(Decimal);

/// Why a decimal is no [`Amount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Below zero.
    #[error("{amount} is below zero")]
    Negative {
        /// The amount.
        amount: Decimal,
    },
    /// More than any account holds.
    #[error("{amount} is more than {}, the most that an account counts", Amount::MAX.0)]
    TooLarge {
        /// The amount.
        amount: Decimal,
    },
    /// With more decimals than an account counts.
    #[error("{amount} has more than {} decimals", Amount::SCALE_MAX)]
    TooFine {
        /// The amount.
        amount: Decimal,
    },
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// A hundred million million: 10¹⁴.
    pub const MAX: Self = Self(Decimal::from_parts(276_447_232, 23_283, 0, false, 0));
    /// Decimals that are kept: a nanogram beside the largest amount of kilograms, and two more.
    pub const SCALE_MAX: u32 = 14;

    /// Takes a decimal as an amount, without its trailing zeros.
    ///
    /// # Errors
    /// [`AmountError`] where it is below zero, too large or too fine. Nothing is rounded.
    pub fn new(amount: Decimal) -> Result<Self, AmountError> {
        let plain = amount.normalize();
        if plain < Decimal::ZERO {
            Err(AmountError::Negative { amount })
        } else if plain > Self::MAX.0 {
            Err(AmountError::TooLarge { amount })
        } else if plain.scale() > Self::SCALE_MAX {
            Err(AmountError::TooFine { amount })
        } else if plain.is_zero() {
            Ok(Self::ZERO)
        } else {
            Ok(Self(plain))
        }
    }

    /// The amount as a decimal.
    pub fn get(self) -> Decimal {
        self.0
    }

    /// The sum; `None` above [`Amount::MAX`].
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_add(other.0)?).ok()
    }

    /// The difference; `None` below zero.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_sub(other.0)?).ok()
    }

    /// The difference, or nothing where it would be below zero.
    pub(super) fn less(self, other: Self) -> Self {
        self.minus(other).unwrap_or(Self::ZERO)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<Decimal> for Amount {
    type Error = AmountError;

    fn try_from(amount: Decimal) -> Result<Self, AmountError> {
        Self::new(amount)
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// An amount with the unit that it is said in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How much.
    pub amount: Decimal,
    /// In which unit.
    pub unit: UnitCode,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.unit)
    }
}

/// How much an account may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// As much as is asked: the permit names no quantity.
    Unlimited,
    /// Up to an amount.
    UpTo(Amount),
}

impl Limit {
    /// What is left of it when `drawn` is taken away: never below zero.
    #[must_use]
    pub fn less(self, drawn: Amount) -> Self {
        match self {
            Self::Unlimited => Self::Unlimited,
            Self::UpTo(amount) => Self::UpTo(amount.less(drawn)),
        }
    }

    /// Whether it gives `amount`.
    pub fn covers(self, amount: Amount) -> bool {
        match self {
            Self::Unlimited => true,
            Self::UpTo(most) => amount <= most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Result<String, String> {
        Amount::new(text.parse().unwrap()).map(|amount| amount.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn amounts_stay_within_their_bounds() {
        assert_eq!(Amount::MAX.0.to_string(), "100000000000000");
        assert_eq!(amount("1.500"), Ok("1.5".into()));
        assert_eq!(amount("-0.0"), Ok("0".into()));
        assert_eq!(amount("100000000000000"), Ok("100000000000000".into()));
        assert_eq!(amount("-1"), Err("-1 is below zero".into()));
        assert_eq!(
            amount("100000000000000.1"),
            Err("100000000000000.1 is more than 100000000000000, the most that an account counts".into())
        );
        assert_eq!(amount("0.000000000000001"), Err("0.000000000000001 has more than 14 decimals".into()));
    }

    #[test]
    fn the_largest_and_the_finest_add_up_exactly() {
        let (most, least) = (Amount::MAX, Amount::new("0.00000000000001".parse().unwrap()).unwrap());
        let below = most.minus(least).unwrap();
        assert_eq!(below.to_string(), "99999999999999.99999999999999");
        assert_eq!(below.plus(least), Some(most));
        assert_eq!(most.plus(least), None);
        assert_eq!(least.minus(most), None);
        assert_eq!(least.less(most), Amount::ZERO);
    }
}
