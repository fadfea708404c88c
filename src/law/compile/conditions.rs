//! Conditions as written to conditions as evaluated.

use super::super::condition::{Condition, FactMask};
use super::super::pack::{Fact, FactId, FactKind};
use super::super::source::{At, ConditionSource, Defects};
use super::facts::position;
use super::names::Names;
use crate::trade::CountryCode;

/// What conditions refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conditions<'c> {
    /// Names.
    pub(super) names: &'c Names<'c>,
    /// Facts with their bits.
    pub(super) facts: &'c [Fact],
}

impl Conditions<'_> {
    /// Compiles a condition; none at all is one that always holds.
    pub(super) fn compile(&self, written: Option<&At<ConditionSource>>, to: &mut Defects) -> Condition {
        written.map_or(Condition::Always, |written| self.one(written, to))
    }

    fn one(&self, written: &At<ConditionSource>, to: &mut Defects) -> Condition {
        match &written.value {
            ConditionSource::Fact { fact, is, among } => {
                self.fact(fact, is.as_ref(), among.as_deref(), to).unwrap_or(Condition::Always)
            }
            ConditionSource::Regime(codes) => Condition::Regime(self.names.regime_bits(codes, to)),
            ConditionSource::Origin(codes) => Condition::Origin(self.names.countries(codes, to)),
            ConditionSource::Hs(codes) => Condition::Hs(codes.clone()),
            ConditionSource::Number { field, comparison, threshold, currency } => Condition::Number {
                field: *field,
                comparison: *comparison,
                threshold: *threshold,
                currency: currency.as_ref().map(|code| code.value),
            },
            ConditionSource::SameParty => Condition::SameParty,
            ConditionSource::All(inner) => Condition::All(inner.iter().map(|one| self.one(one, to)).collect()),
            ConditionSource::Any(inner) => Condition::Any(inner.iter().map(|one| self.one(one, to)).collect()),
            ConditionSource::Not(inner) => Condition::Not(Box::new(self.one(inner, to))),
            ConditionSource::Never(text) => Condition::Never(text.clone()),
        }
    }

    fn fact(
        &self,
        key: &At<String>,
        is: Option<&At<String>>,
        among: Option<&[At<String>]>,
        to: &mut Defects,
    ) -> Option<Condition> {
        let at = self.names.facts.find(key, to)?;
        let fact = &self.facts[usize::from(at)];
        let form = |help: &str, to: &mut Defects| {
            let message = format!("this is not how `{}` is asked for", fact.key);
            to.error_with(key.place, "condition_form", message, Some(help.to_owned()));
            None
        };
        if fact.kind == FactKind::Choice {
            let Some(among) = among.filter(|_| is.is_none()) else {
                return form("a choice is asked for by `in = [..]`", to);
            };
            let mut any_of = FactMask::EMPTY;
            for value in among {
                if let Some(position) = position(fact, &value.value, value.place, to) {
                    any_of.set(fact.first_atom + u16::try_from(position).unwrap_or(0));
                }
            }
            return Some(Condition::Fact { fact: FactId(at), any_of });
        }
        if fact.kind == FactKind::Text {
            return form("no condition hangs on free words", to);
        }
        if among.is_some() {
            return form("only a choice is asked for by `in`", to);
        }
        let positive = if fact.kind == FactKind::Scoped {
            Condition::Scoped(FactId(at))
        } else {
            let mut any_of = FactMask::EMPTY;
            any_of.set(fact.first_atom);
            Condition::Fact { fact: FactId(at), any_of }
        };
        match (is.map(|is| is.value.as_str()), fact.kind) {
            (Some("true"), _) | (None, FactKind::Scoped) => Some(positive),
            (Some("false"), _) => Some(Condition::Not(Box::new(positive))),
            (Some(other), _) => {
                let place = is.map_or(key.place, |is| is.place);
                let message = format!("`{other}` is no value of `{}`: true or false", fact.key);
                to.error(place, "unknown_value", message);
                None
            }
            (None, _) => form("write `is = \"true\"` or `is = \"false\"`", to),
        }
    }
}

/// The only origins with which a condition can hold: those it tests outside `any` and `not`.
/// `None`: any origin will do.
pub(super) fn bound_origins(condition: &Condition) -> Option<Vec<CountryCode>> {
    match condition {
        Condition::Origin(origins) => Some(origins.clone()),
        Condition::All(inner) => inner.iter().map(bound_origins).fold(None, intersection),
        _ => None,
    }
}

/// Origins that are in both; `None` is all of them.
pub(super) fn intersection(a: Option<Vec<CountryCode>>, b: Option<Vec<CountryCode>>) -> Option<Vec<CountryCode>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.into_iter().filter(|origin| b.contains(origin)).collect()),
        (one, None) | (None, one) => one,
    }
}
