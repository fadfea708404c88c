//! Why a condition does not hold: the first test that fails, and what the line says instead.

use rust_decimal::Decimal;

use super::evaluate::Line;
use crate::law::{Condition, NumberField, Tri};
use crate::trade::{CountryCode, CurrencyCode};

/// A test that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The test: a condition without parts.
    pub test: Condition,
    /// It was to hold, or (under a `not`) was not to.
    pub wanted: bool,
    /// What the line says instead.
    pub found: Found,
}

/// What a line says where a test fails.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing: it is not stated.
    Nothing,
    /// The contrary.
    Contrary,
    /// A number.
    Number(Decimal, Option<CurrencyCode>),
    /// A number in another currency, which is not converted.
    OtherCurrency(Decimal, Option<CurrencyCode>),
    /// The position of a regime.
    Regime(u8),
    /// A country of origin.
    Origin(CountryCode),
}

impl Line<'_, '_> {
    /// The first test of `condition` that keeps it from holding; `None` where it holds.
    pub(super) fn failure(&mut self, condition: &Condition, rule_id: &str) -> Option<Failure> {
        self.fails(condition, rule_id, true)
    }

    fn fails(&mut self, condition: &Condition, rule_id: &str, wanted: bool) -> Option<Failure> {
        let truth = self.holds(condition, rule_id);
        if truth == Tri::from(wanted) {
            return None;
        }
        match (condition, wanted) {
            (Condition::Not(part), _) => self.fails(part, rule_id, !wanted),
            // All have to hold (or none of them, turned round): the first that does not.
            (Condition::All(parts), true) | (Condition::Any(parts), false) => {
                // One that certainly fails says more than one that nobody stated.
                let mut unknown = None;
                for part in parts {
                    let Some(failure) = self.fails(part, rule_id, wanted) else { continue };
                    if failure.found != Found::Nothing {
                        return Some(failure);
                    }
                    unknown = unknown.or(Some(failure));
                }
                unknown
            }
            // Any would do: the one that says most, a number before a contrary before nothing.
            (Condition::Any(parts), true) | (Condition::All(parts), false) => {
                let failures = parts.iter().filter_map(|part| self.fails(part, rule_id, wanted));
                failures.min_by_key(|failure| match failure.found {
                    Found::Number(..) | Found::OtherCurrency(..) => 0,
                    Found::Regime(_) | Found::Origin(_) => 1,
                    Found::Contrary => 2,
                    Found::Nothing => 3,
                })
            }
            _ => Some(Failure { test: condition.clone(), wanted, found: self.found(condition, truth) }),
        }
    }

    fn found(&self, test: &Condition, truth: Tri) -> Found {
        match test {
            Condition::Number { field, currency, .. } => match self.number(*field, currency.as_ref()) {
                Some(number) => Found::Number(number, *currency),
                None => match (field, self.item.customs_value) {
                    (NumberField::CustomsValue, Some(value)) => Found::OtherCurrency(value.amount, value.currency),
                    _ => Found::Nothing,
                },
            },
            Condition::Regime(_) => self.regime.map_or(Found::Nothing, Found::Regime),
            Condition::Origin(_) => self.origin.map_or(Found::Nothing, Found::Origin),
            _ if truth == Tri::Unknown => Found::Nothing,
            _ => Found::Contrary,
        }
    }
}
