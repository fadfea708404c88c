//! What is suspect in a pack that loads: rules that reach nothing, dates that are guesses,
//! conditions that say nothing.
//!
//! Everything here is a warning, with the place of the rule or row that it is about.

mod life_cycle;
mod logic;
mod methods;
mod overlap;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use self::logic::{Truth, truth};
use super::case::Expectation;
use super::condition::Condition;
use super::day::{Day, Interval};
use super::index::Element;
use super::pack::{ExclusionId, FactKind, Pack, Rule, Sourced};
use super::source::{ConditionSource, DatePrecision, Defects, RuleSource, Source, TriggerSource};
use crate::trade::{HsCode, Stage};

/// Looks through a pack that compiled without errors.
pub(super) fn lint(source: &Source, pack: &Pack, to: &mut Defects) {
    let written: HashMap<&str, &RuleSource> =
        source.rules.iter().filter_map(|rule| Some((rule.id.as_ref()?.value.as_str(), rule))).collect();
    unused_rules(pack, &written, to);
    for rule in &source.rules {
        dates(rule, source, to);
        grade(rule, to);
    }
    let reached = reached(pack);
    conditions(pack, &written, to);
    exemptions(source, pack, to);
    dead_entries(pack, &written, &reached, to);
    exclusions(source, &reached, to);
    overlap::overlapping(source, pack, &written, &reached, to);
    overlap::leads(source, pack, to);
    methods::methods(source, pack, to);
    entries(source, pack, to);
    coverage(source, pack, to);
    unused_names(source, pack, to);
    life_cycle::life_cycles(source, pack, to);
    risk(source, pack, to);
}

/// Rules that nobody gave a case that meets them, or one that does not.
pub(super) fn lint_cases(source: &Source, missing: &[(&Rule, Expectation)], to: &mut Defects) {
    for (rule, expected) in missing {
        let written = source.rules.iter().find(|written| written.id.as_ref().is_some_and(|id| id.value == rule.id));
        if let Some(written) = written {
            let message = format!("rule `{}` has no {} case", rule.id, expected.as_str());
            to.warning(written.place, "case_missing", message);
        }
    }
}

/// For each rule the codes it stands on.
type Reached = Vec<Vec<(u32, Element)>>;

fn reached(pack: &Pack) -> Reached {
    let mut reached: Reached = vec![Vec::new(); pack.rules.len()];
    for (code, set) in pack.index.codes() {
        for element in pack.index.all(set) {
            reached[pack.candidate(element.candidate).rule.index()].push((code, *element));
        }
    }
    reached
}

fn unused_rules(pack: &Pack, written: &HashMap<&str, &RuleSource>, to: &mut Defects) {
    for rule in &pack.unused_rules {
        if let Some(source) = written.get(rule.id.as_str()) {
            let message = format!("rule `{}` applies to nothing: {}", rule.id, rule.reason);
            to.warning(source.place, "rule_without_goods", message);
        }
    }
}

/// Dates that are guesses, rules that are never or still in force.
fn dates(rule: &RuleSource, source: &Source, to: &mut Defects) {
    let first = source.head.tariffs.iter().map(|tariff| tariff.period.days.from).min();
    for days in &rule.in_force {
        let from = days.period.days.from;
        match days.precision {
            DatePrecision::Day => {}
            DatePrecision::Year => {
                let message = format!("only the year {} is known: it counts from 1 January", from.number() / 10_000);
                to.warning(days.period.place, "date_by_year", message);
            }
            DatePrecision::Unverified => {
                to.warning(days.period.place, "date_unverified", format!("the day {from} is not verified"));
            }
        }
    }
    let last = rule.in_force.iter().map(|days| days.period.days.to).max();
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        let message = format!("the rule ends on {last}, before the first edition of the tariff ({first})");
        to.warning(rule.place, "never_in_force", message);
    }
    if let Some(successor) = rule.superseded_by.first()
        && last == Some(Day::MAX)
    {
        to.warning_with(
            successor.place,
            "superseded_but_open",
            format!("the rule has a successor, `{}`, and no last day", successor.value),
            "write the last day in `to`, or say in `note` why both stay in force",
        );
    }
}

fn grade(rule: &RuleSource, to: &mut Defects) {
    if let Some(sourced) = &rule.sourced
        && sourced.value == Sourced::GeneralKnowledge
    {
        to.warning(sourced.place, "general_knowledge", "the rule was not read in a source");
    }
}

/// Conditions that cannot hold, or that always do.
fn conditions(pack: &Pack, written: &HashMap<&str, &RuleSource>, to: &mut Defects) {
    let mut told: HashSet<(u32, bool)> = HashSet::new();
    for candidate in &pack.candidates {
        let rule = pack.rule(candidate.rule);
        let Some(goods) = written.get(rule.id.as_str()).and_then(|rule| rule.goods.as_ref()) else {
            continue;
        };
        let mut all = vec![rule.scope.clone(), candidate.condition.clone()];
        if !rule.origins.is_empty() {
            all.push(Condition::Origin(rule.origins.clone()));
        }
        if truth(pack, &Condition::All(all)) == Truth::Never {
            if told.insert((candidate.rule.0, false)) {
                let message = format!(
                    "rule `{}` can never apply{}: its tests contradict each other",
                    rule.id,
                    noted(&candidate.note)
                );
                to.warning(goods.place, "never_true", message);
            }
        } else if candidate.condition != Condition::Always
            && truth(pack, &candidate.condition) == Truth::Always
            && told.insert((candidate.rule.0, true))
        {
            let message = format!("the condition of rule `{}`{} always holds", rule.id, noted(&candidate.note));
            to.warning(goods.place, "always_true", message);
        }
    }
}

fn exemptions(source: &Source, pack: &Pack, to: &mut Defects) {
    let named: HashSet<&str> =
        source.rules.iter().flat_map(|rule| &rule.exemptions).map(|key| key.value.as_str()).collect();
    for (written, exemption) in source.exemptions.iter().zip(&pack.exemptions) {
        let place = written.key.place;
        match truth(pack, &exemption.condition) {
            Truth::Never => to.warning(place, "never_true", format!("exemption `{}` can never apply", exemption.key)),
            Truth::Always => to.warning(place, "always_true", format!("exemption `{}` always applies", exemption.key)),
            Truth::Depends => {}
        }
        if !named.contains(exemption.key.as_str()) {
            to.warning(place, "unused_exemption", format!("no rule names the exemption `{}`", exemption.key));
        }
    }
}

fn risk(source: &Source, pack: &Pack, to: &mut Defects) {
    for (written, profile) in source.risk.iter().zip(&pack.risk) {
        let place = written.condition.as_ref().map_or(written.key.place, |condition| condition.place);
        match truth(pack, &profile.condition) {
            Truth::Never => to.warning(place, "never_true", format!("risk profile `{}` can never fit", profile.key)),
            Truth::Always => {
                to.warning(
                    place,
                    "always_true",
                    format!("the condition of risk profile `{}` always holds", profile.key),
                );
            }
            Truth::Depends => {}
        }
    }
}

fn noted(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" to entries noted `{note}`") }
}

/// Codes that a negative list takes out on every day on which the rule could have applied.
fn dead_entries(pack: &Pack, written: &HashMap<&str, &RuleSource>, reached: &Reached, to: &mut Defects) {
    let Some(first) = pack.tariffs.first().map(|edition| edition.valid.from) else {
        return;
    };
    for (rule, codes) in pack.rules.iter().zip(reached) {
        let mut dead: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, element) in codes {
            let Some(exclusion) = element.exclusion.map(|id| &pack.exclusions[id.index()]) else {
                continue;
            };
            let gone = rule.in_force.iter().all(|days| {
                days.to < first || within(Interval { from: days.from.max(first), to: days.to }, exclusion.valid)
            });
            if gone {
                *dead.entry(exclusion.id.as_str()).or_default() += 1;
            }
        }
        let Some(goods) = written.get(rule.id.as_str()).and_then(|rule| rule.goods.as_ref()) else {
            continue;
        };
        for (exclusion, count) in dead {
            let message = format!(
                "{count} of {} codes of rule `{}` are dead: `{exclusion}` takes them out on every day of the tariff",
                codes.len(),
                rule.id
            );
            to.warning(goods.place, "dead_entry", message);
        }
    }
}

/// Negative lists that take nothing out: every rule they could reach is younger.
fn exclusions(source: &Source, reached: &Reached, to: &mut Defects) {
    let used: HashSet<usize> =
        reached.iter().flatten().filter_map(|(_, element)| element.exclusion).map(ExclusionId::index).collect();
    for (at, exclusion) in source.exclusions.iter().enumerate() {
        if !used.contains(&at) {
            let message = format!("exclusion `{}` takes no code out of any rule", exclusion.id.value);
            to.warning(exclusion.id.place, "unused_exclusion", message);
        }
    }
}

fn within(inner: Interval, outer: Interval) -> bool {
    outer.from <= inner.from && inner.to <= outer.to
}

/// Rows of lists that reach no code of the tariff, or only codes that longer rows have.
fn entries(source: &Source, pack: &Pack, to: &mut Defects) {
    let codes: BTreeSet<u32> =
        pack.tariffs.iter().flat_map(|edition| &edition.lines).map(|line| line.hs.padded()).collect();
    let below = |hs: HsCode| codes.range(hs.padded()..=hs.last_padded());
    for list in &source.lists {
        let mut of_annex: BTreeMap<&str, BTreeSet<(u32, u8)>> = BTreeMap::new();
        for entry in &list.entries {
            of_annex.entry(&entry.annex).or_default().insert((entry.hs.padded(), entry.hs.digits()));
        }
        for entry in &list.entries {
            let Some(all) = of_annex.get(entry.annex.as_str()) else {
                continue;
            };
            if below(entry.hs).next().is_none() {
                let message = format!("no edition of the tariff has `{}`", entry.hs);
                to.warning(entry.place, "code_not_in_tariff", message);
            } else if entry.hs.digits() < 8 && below(entry.hs).all(|code| longer(*code, entry.hs.digits(), all)) {
                let message = format!("longer codes stand beside every code of `{}`: it reaches none", entry.hs);
                to.warning(entry.place, "dead_entry", message);
            }
        }
    }
}

fn longer(code: u32, digits: u8, all: &BTreeSet<(u32, u8)>) -> bool {
    [(4u8, 10_000u32), (6, 100), (8, 1)]
        .into_iter()
        .any(|(longer, unit)| longer > digits && all.contains(&(code / unit * unit, longer)))
}

/// Measures that can hold a line and of which nobody says from when they are known in full.
fn coverage(source: &Source, pack: &Pack, to: &mut Defects) {
    for (at, measure) in source.measures.iter().enumerate() {
        let mut rules = pack.rules.iter().filter(|rule| rule.measure.index() == at);
        let holds = rules.any(|rule| !matches!(rule.stage, Stage::Notice | Stage::AfterClearance));
        let covered = pack.coverage.iter().any(|row| row.measure.index() == at);
        if holds && !covered {
            to.warning_with(
                measure.key.place,
                "measure_without_coverage",
                format!("nothing says from when `{}` is known in full", measure.key.value),
                "add a `[[coverage]]` to pack.toml",
            );
        }
    }
}

/// Facts and agencies that nothing refers to.
fn unused_names(source: &Source, pack: &Pack, to: &mut Defects) {
    let mut facts: HashSet<&str> = HashSet::new();
    for rule in &source.rules {
        let goods = rule.goods.iter().flat_map(|goods| {
            goods.condition.iter().chain(goods.groups.iter().filter_map(|group| group.condition.as_ref()))
        });
        for condition in goods.chain(&rule.scope) {
            facts_in(&condition.value, &mut facts);
        }
    }
    let exempting = source.exemptions.iter().filter_map(|exemption| exemption.condition.as_ref());
    for condition in exempting.chain(source.risk.iter().filter_map(|profile| profile.condition.as_ref())) {
        facts_in(&condition.value, &mut facts);
    }
    for transition in source.methods.iter().flat_map(|regime| &regime.transitions) {
        if let TriggerSource::Holds(condition) = &transition.trigger {
            facts_in(&condition.value, &mut facts);
        }
    }
    for fact in &source.facts {
        if fact.kind != FactKind::Text && !facts.contains(fact.key.value.as_str()) {
            to.warning(fact.key.place, "unused_fact", format!("no condition asks for the fact `{}`", fact.key.value));
        }
    }
    let agencies: HashSet<&str> = source
        .rules
        .iter()
        .filter_map(|rule| rule.agency.as_ref())
        .map(|code| code.value.as_str())
        .chain(
            source
                .methods
                .iter()
                .flat_map(|regime| &regime.states)
                .filter_map(|s| s.agency.as_ref())
                .map(|a| a.value.as_str()),
        )
        .chain(
            pack.agencies
                .iter()
                .filter_map(|agency| agency.successor)
                .map(|id| pack.agencies[id.index()].code.as_str()),
        )
        .collect();
    for agency in &source.agencies {
        if !agencies.contains(agency.code.value.as_str()) {
            let message = format!("no rule names the agency `{}`", agency.code.value);
            to.warning(agency.code.place, "unused_agency", message);
        }
    }
}

fn facts_in<'s>(condition: &'s ConditionSource, into: &mut HashSet<&'s str>) {
    match condition {
        ConditionSource::Fact { fact, .. } => {
            into.insert(&fact.value);
        }
        ConditionSource::All(inner) | ConditionSource::Any(inner) => {
            for one in inner {
                facts_in(&one.value, into);
            }
        }
        ConditionSource::Not(inner) => facts_in(&inner.value, into),
        _ => {}
    }
}
