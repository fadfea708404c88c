//! Whether a condition can hold at all: every way its facts can be is tried.
//!
//! Conditions are a small closed set, so few values decide each test: those that it names and
//! one that it does not.

use rust_decimal::Decimal;

use super::super::condition::{Comparison, Condition, FactMask, NumberField};
use super::super::pack::{FactId, FactKind, Pack};
use crate::trade::{CountryCode, CurrencyCode, HsCode};

/// What can become of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// It cannot hold.
    Never,
    /// It cannot fail.
    Always,
    /// It hangs on something, or there is too much to try.
    Depends,
}

/// More ways than this are not tried.
const WAYS_MAX: usize = 20_000;

#[derive(Debug, Clone, PartialEq)]
enum Subject {
    Fact(FactId),
    Scoped(FactId),
    Regime,
    Origin,
    Hs,
    Number(NumberField, Option<CurrencyCode>),
    SameParty,
    Text(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Bits(FactMask),
    Flag(bool),
    Regime(u64),
    Origin(Option<CountryCode>),
    Hs(Option<HsCode>),
    Number(Decimal),
}

type Domains = Vec<(Subject, Vec<Value>)>;

/// Tries every way.
pub(super) fn truth(pack: &Pack, condition: &Condition) -> Truth {
    let mut domains = Domains::new();
    collect(pack, condition, &mut domains);
    let ways = domains.iter().try_fold(1usize, |ways, (_, values)| ways.checked_mul(values.len()));
    if domains.is_empty() || ways.is_none_or(|ways| ways > WAYS_MAX) {
        return Truth::Depends;
    }
    let (mut held, mut failed) = (false, false);
    let mut chosen = vec![0usize; domains.len()];
    loop {
        if holds(condition, &domains, &chosen) {
            held = true;
        } else {
            failed = true;
        }
        if held && failed {
            return Truth::Depends;
        }
        let Some(at) = (0..chosen.len()).find(|at| chosen[*at] + 1 < domains[*at].1.len()) else {
            break;
        };
        chosen[at] += 1;
        chosen[..at].fill(0);
    }
    if held { Truth::Always } else { Truth::Never }
}

/// The values that matter for each subject of a condition.
fn collect(pack: &Pack, condition: &Condition, into: &mut Domains) {
    let mut put = |subject: Subject, values: Vec<Value>| {
        let at = into.iter().position(|(known, _)| *known == subject).unwrap_or_else(|| {
            into.push((subject, Vec::new()));
            into.len() - 1
        });
        for value in values {
            if !into[at].1.contains(&value) {
                into[at].1.push(value);
            }
        }
    };
    let flags = || vec![Value::Flag(false), Value::Flag(true)];
    match condition {
        Condition::Always => {}
        Condition::Fact { fact, .. } => put(Subject::Fact(*fact), fact_values(pack, *fact)),
        Condition::Scoped(fact) => put(Subject::Scoped(*fact), flags()),
        Condition::Regime(bits) => {
            let named = (0..64).map(|at| bits & (1 << at)).filter(|bit| *bit != 0);
            put(Subject::Regime, std::iter::once(0).chain(named).map(Value::Regime).collect());
        }
        Condition::Origin(origins) => {
            let named = origins.iter().copied().map(Some);
            put(Subject::Origin, std::iter::once(None).chain(named).map(Value::Origin).collect());
        }
        Condition::Hs(codes) => {
            let named = codes.iter().copied().map(Some);
            put(Subject::Hs, std::iter::once(None).chain(named).map(Value::Hs).collect());
        }
        Condition::Number { field, threshold, currency, .. } => {
            let samples = [*threshold - Decimal::ONE, *threshold, *threshold + Decimal::ONE];
            put(Subject::Number(*field, *currency), samples.into_iter().map(Value::Number).collect());
        }
        Condition::SameParty => put(Subject::SameParty, flags()),
        Condition::Never(text) => put(Subject::Text(text.clone()), flags()),
        Condition::All(inner) | Condition::Any(inner) => {
            for one in inner {
                collect(pack, one, into);
            }
        }
        Condition::Not(inner) => collect(pack, inner, into),
    }
}

/// Goods have one or more values of a choice, or none that the pack names.
fn fact_values(pack: &Pack, id: FactId) -> Vec<Value> {
    let fact = &pack.facts[id.index()];
    let width = if fact.kind == FactKind::Choice { fact.values.len() } else { 1 };
    let atoms: Vec<u16> = (fact.first_atom..).take(width).collect();
    let mut values = vec![Value::Bits(FactMask::EMPTY)];
    for (at, first) in atoms.iter().enumerate() {
        for second in &atoms[at..] {
            let mut bits = FactMask::EMPTY;
            bits.set(*first);
            bits.set(*second);
            values.push(Value::Bits(bits));
        }
    }
    values
}

fn holds(condition: &Condition, domains: &Domains, chosen: &[usize]) -> bool {
    let value = |subject: Subject| {
        let at = domains.iter().position(|(known, _)| *known == subject)?;
        domains[at].1.get(chosen[at])
    };
    let flag = |subject: Subject| matches!(value(subject), Some(Value::Flag(true)));
    match condition {
        Condition::Always => true,
        Condition::Fact { fact, any_of } => {
            matches!(value(Subject::Fact(*fact)), Some(Value::Bits(bits)) if bits.meets(any_of))
        }
        Condition::Scoped(fact) => flag(Subject::Scoped(*fact)),
        Condition::Regime(bits) => {
            matches!(value(Subject::Regime), Some(Value::Regime(bit)) if bits & bit != 0)
        }
        Condition::Origin(origins) => {
            matches!(value(Subject::Origin), Some(Value::Origin(Some(origin))) if origins.contains(origin))
        }
        Condition::Hs(codes) => {
            matches!(value(Subject::Hs), Some(Value::Hs(Some(hs))) if codes.iter().any(|code| code.is_prefix_of(*hs)))
        }
        Condition::Number { field, comparison, threshold, currency } => {
            let Some(Value::Number(number)) = value(Subject::Number(*field, *currency)) else {
                return false;
            };
            match comparison {
                Comparison::Le => number <= threshold,
                Comparison::Lt => number < threshold,
                Comparison::Ge => number >= threshold,
                Comparison::Gt => number > threshold,
            }
        }
        Condition::SameParty => flag(Subject::SameParty),
        Condition::Never(text) => flag(Subject::Text(text.clone())),
        Condition::All(inner) => inner.iter().all(|one| holds(one, domains, chosen)),
        Condition::Any(inner) => inner.iter().any(|one| holds(one, domains, chosen)),
        Condition::Not(inner) => !holds(inner, domains, chosen),
    }
}
