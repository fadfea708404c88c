//! Why a condition does not hold: the first test that fails, and what the line says instead.

use rust_decimal::Decimal;

use super::evaluate::Line;
use crate::law::{Condition, FactId, FactMask, NumberField, Rule, Tri};
use crate::trade::{CountryCode, CurrencyCode, HsCode};

/// A test that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The test: a condition without parts.
    pub test: Condition,
    /// It was to hold, or (under a `not`) was not to.
    pub wanted: bool,
    /// What the line says instead.
    pub found: Found,
    /// Where any of several would do: the others that nobody stated, and that are so still open.
    pub open: Vec<Failure>,
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
    /// Other values of a choice: the bits that are stated.
    Values(FactMask),
    /// The code that the law is asked about.
    Code(HsCode),
}

impl Line<'_, '_> {
    /// The first test of `condition` that keeps it from holding; `None` where it holds.
    pub(super) fn failure(&mut self, condition: &Condition, rule_id: &str) -> Option<Failure> {
        self.fails(condition, rule_id, true)
    }

    /// What takes the line out of a rule's scope: its origin, else the first test that fails.
    pub(super) fn out_of_scope(&mut self, rule: &Rule) -> Option<Failure> {
        match self.origin {
            Some(origin) if !rule.origins.is_empty() && !rule.origins.contains(&origin) => Some(Failure {
                test: Condition::Origin(rule.origins.clone()),
                wanted: true,
                found: Found::Origin(origin),
                open: Vec::new(),
            }),
            _ => self.failure(&rule.scope, &rule.id),
        }
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
                let decisive = parts.iter().find(|part| self.holds(part, rule_id) == Tri::from(!wanted));
                let part = decisive.or_else(|| parts.iter().find(|part| self.holds(part, rule_id) == Tri::Unknown))?;
                self.fails(part, rule_id, wanted)
            }
            // Any would do: the one that says most, a number before a contrary before nothing.
            (Condition::Any(parts), true) | (Condition::All(parts), false) => {
                let mut failures: Vec<Failure> =
                    parts.iter().filter_map(|part| self.fails(part, rule_id, wanted)).collect();
                let (at, _) = failures.iter().enumerate().min_by_key(|(_, failure)| failure.rank())?;
                let mut told = failures.remove(at);
                for mut other in failures {
                    told.open.append(&mut other.open);
                    if other.rank() == NOT_STATED {
                        told.open.push(other);
                    }
                }
                Some(told)
            }
            _ => {
                Some(Failure { test: condition.clone(), wanted, found: self.found(condition, truth), open: Vec::new() })
            }
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
            Condition::Hs(_) => self.hs.map_or(Found::Nothing, Found::Code),
            _ if truth == Tri::Unknown => Found::Nothing,
            Condition::Fact { fact, .. } => self.chosen(*fact).map_or(Found::Contrary, Found::Values),
            _ => Found::Contrary,
        }
    }

    /// The values of a choice that are stated.
    fn chosen(&self, fact: FactId) -> Option<FactMask> {
        let known = &self.pack.facts[fact.index()];
        let mut chosen = FactMask::EMPTY;
        for (atom, _) in (known.first_atom..).zip(&known.values) {
            if self.yes.has(atom) && !self.no.has(atom) {
                chosen.set(atom);
            }
        }
        (!chosen.is_empty()).then_some(chosen)
    }
}

/// The rank of a test that nobody stated anything about.
const NOT_STATED: u8 = 3;

impl Failure {
    /// The lower, the more it says.
    fn rank(&self) -> u8 {
        match (&self.found, &self.test) {
            (Found::Number(..) | Found::OtherCurrency(..), _) => 0,
            (Found::Regime(_) | Found::Origin(_) | Found::Values(_) | Found::Code(_), _) => 1,
            (Found::Contrary, _) => 2,
            (Found::Nothing, Condition::Never(_)) => NOT_STATED + 1,
            (Found::Nothing, _) => NOT_STATED,
        }
    }
}
