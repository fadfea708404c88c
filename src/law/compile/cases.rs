//! Cases: every name in them looked up.

use super::super::case::Case;
use super::super::pack::{Fact, FactKind};
use super::super::source::{At, CaseSource, Defects, Source, did_you_mean};
use super::facts::position;
use super::names::Names;
use crate::trade::LineQuery;

/// Compiles the cases. One with a name that leads nowhere is recorded; one that lacks what it must
/// say was recorded when it was read, and is left out.
pub(super) fn compile(source: &Source, names: &Names<'_>, facts: &[Fact], to: &mut Defects) -> Vec<Case> {
    let checked: Vec<Option<Case>> = source.cases.iter().map(|case| one(case, source, names, facts, to)).collect();
    checked.into_iter().flatten().collect()
}

fn one(case: &CaseSource, source: &Source, names: &Names<'_>, facts: &[Fact], to: &mut Defects) -> Option<Case> {
    if let Some(rule) = &case.rule {
        names.rules.find(rule, to);
    }
    if let Some(key) = &case.exemption {
        names.exemptions.find(key, to);
    }
    if let Some(regime) = &case.regime {
        names.regime(regime, to);
    }
    if let Some(origin) = &case.origin {
        names.countries(&[At { value: origin.value, place: origin.place }], to);
    }
    if let Some(currency) = &case.currency {
        let codes: Vec<String> = source.currencies.iter().map(|row| row.name.code.clone()).collect();
        listed("currency", "unknown_currency", currency, currency.value.as_str(), &codes, to);
    }
    if let Some(unit) = &case.unit {
        let codes: Vec<String> = source.units.iter().map(|row| row.code.value.to_string()).collect();
        listed("unit", "unknown_unit", unit, unit.value.as_str(), &codes, to);
    }
    for (name, value) in &case.facts {
        fact(name, value, names, facts, to);
    }
    for (code, _) in &case.documents {
        if !names.documents.contains_key(code.value.as_str()) && names.procedures.get(&code.value).is_none() {
            let known = names.documents.keys().copied();
            let message = format!("unknown type of document `{}`", code.value);
            to.error_with(code.place, "unknown_document", message, did_you_mean(&code.value, known));
        }
    }
    let expect = case.expect.as_ref()?;
    let pairs = |pairs: &[(At<String>, String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(left, right)| (left.value.clone(), right.clone())).collect()
    };
    Some(Case {
        file: to.path(expect.place.file).to_owned(),
        line: expect.place.line,
        column: expect.place.column,
        rule: case.rule.as_ref()?.value.clone(),
        expect: expect.value,
        title: case.title.clone(),
        day: case.day?,
        query: LineQuery {
            general_hs: case.general_hs,
            regime: case.regime.as_ref().map(|code| code.value),
            origin: case.origin.as_ref().map(|code| code.value),
            description: case.description.clone(),
            value: case.value,
            currency: case.currency.as_ref().map(|code| code.value),
            net_mass_kg: case.net_mass_kg,
            quantity: case.quantity,
            unit: case.unit.as_ref().map(|code| code.value),
            importer: case.importer.clone(),
            exporter: case.exporter.clone(),
            facts: pairs(&case.facts),
            documents: pairs(&case.documents),
            ..LineQuery::new(case.direction?, case.hs?)
        },
        status: case.status,
        certainty: case.certainty,
        presumed: case.presumed,
        exemption: case.exemption.as_ref().map(|key| key.value.clone()),
        why: case.why.clone(),
    })
}

/// Records a code that its list does not have.
fn listed<T>(what: &str, unknown: &'static str, at: &At<T>, code: &str, list: &[String], to: &mut Defects) {
    if !list.iter().any(|known| known == code) {
        let help = did_you_mean(code, list.iter().map(String::as_str));
        to.error_with(at.place, unknown, format!("unknown {what} `{code}`"), help);
    }
}

/// A fact stated outright: `fact`, or for one that each rule asks by itself `fact@rule`.
fn fact(name: &At<String>, value: &str, names: &Names<'_>, facts: &[Fact], to: &mut Defects) {
    let (key, rule) = match name.value.split_once('@') {
        Some((key, rule)) => (key, Some(rule)),
        None => (name.value.as_str(), None),
    };
    let Some(at) = names.facts.find(&At { value: key.to_owned(), place: name.place }, to) else { return };
    let Some(fact) = facts.get(usize::from(at)) else { return };
    if let Some(rule) = rule {
        if fact.kind != FactKind::Scoped {
            let message = format!("`{key}` is not asked for each rule by itself");
            to.error_with(name.place, "condition_form", message, Some(format!("write `{key}={value}`")));
        }
        names.rules.find(&At { value: rule.to_owned(), place: name.place }, to);
    }
    match fact.kind {
        FactKind::Choice => {
            position(fact, value.strip_prefix('!').unwrap_or(value), name.place, to);
        }
        FactKind::Text => {}
        FactKind::Bool | FactKind::Scoped if matches!(value, "true" | "false") => {}
        FactKind::Bool | FactKind::Scoped => {
            let message = format!("`{value}` is no value of `{key}`: true or false");
            to.error(name.place, "unknown_value", message);
        }
    }
}
