//! Each check with a case in which it fails and one in which it just does not, from
//! `rules/asean/cases`.

use std::collections::BTreeMap;

use motcua::law::{Agreement, CheckId};
use serde::Deserialize;
use serde_json::Value;

use super::world::{base, drop_value, set, world};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    check: String,
    bad: Change,
    good: Change,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    set: BTreeMap<String, Value>,
    #[serde(default)]
    drop: Vec<String>,
    item: Option<u32>,
    lines: Option<Vec<String>>,
    /// An agreement without this ground of origin.
    without_criterion: Option<String>,
}

fn cases() -> Vec<Case> {
    let files = [
        include_str!("../../../rules/asean/cases/checks.toml"),
        include_str!("../../../rules/asean/cases/discrepancies.toml"),
    ];
    files.into_iter().flat_map(|text| toml::from_str::<Cases>(text).unwrap().case).collect()
}

/// What a case finds of a check: the items that it names; `None` where it does not fail.
fn run(case: &str, change: &Change, check: CheckId) -> Option<Vec<Option<u32>>> {
    let mut agreement: Agreement = motcua::embedded::agreement().clone();
    if let Some(kind) = &change.without_criterion {
        agreement.criteria.retain(|known| known != kind);
    }
    let mut value = base();
    for (path, new) in &change.set {
        set(&mut value, path, new.clone());
    }
    for path in &change.drop {
        drop_value(&mut value, path);
    }
    let world = world(&value);
    let found = world.findings(&agreement);
    for finding in &found {
        assert_eq!(finding.effect, agreement.check(finding.check).effect);
        for words in [finding.vi(&agreement), finding.en(&agreement)] {
            assert!(!words.contains(['{', '}']) && !words.contains("?,"), "{case}: {words}");
        }
    }
    if let Some(lines) = &change.lines {
        let preferences = world.preferences(&agreement);
        let outcomes: Vec<&str> = preferences.iter().map(|line| line.outcome.as_str()).collect();
        let why: Vec<String> =
            preferences.iter().flat_map(|line| &line.reasons).map(|reason| reason.en(&agreement)).collect();
        assert_eq!(&outcomes, lines, "{case}: {why:#?}");
    }
    let items: Vec<Option<u32>> = found.iter().filter(|f| f.check == check).map(|f| f.item).collect();
    (!items.is_empty()).then_some(items)
}

#[test]
fn every_check_fails_where_it_should_and_only_there() {
    let mut seen = Vec::new();
    for (at, case) in cases().iter().enumerate() {
        let name = format!("case {} ({})", at + 1, case.check);
        let check = CheckId::parse(&case.check).unwrap_or_else(|| panic!("{name}: no such check"));
        seen.push(check);
        let found = run(&format!("{name}, bad"), &case.bad, check);
        let items = found.unwrap_or_else(|| panic!("{name}: it does not fail"));
        assert!(items.iter().all(|item| *item == case.bad.item), "{name}: items {items:?}");
        let found = run(&format!("{name}, good"), &case.good, check);
        assert_eq!(found, None, "{name}: it fails in the good case");
    }
    let missing: Vec<&str> = CheckId::ALL.iter().filter(|check| !seen.contains(check)).map(|c| c.as_str()).collect();
    assert!(missing.is_empty(), "checks without a case: {missing:?}");
}

#[test]
fn nothing_is_wrong_with_what_the_cases_depart_from() {
    let world = world(&base());
    assert_eq!(world.findings(motcua::embedded::agreement()), []);
}
