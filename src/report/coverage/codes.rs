//! The codes of the tariff and the checks that meet on them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::law::{Day, MeasureId, MinistryId, Pack, Rule, RuleId};
use crate::trade::{Direction, HsCode, Stage};

/// So many codes that have something so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Times {
    /// How many times.
    pub times: usize,
    /// How many codes.
    pub codes: usize,
}

/// A code with the checks that meet on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeChecks {
    /// The code, eight digits.
    pub hs: String,
    /// How many checks.
    pub checks: usize,
    /// The ministries that ask for them.
    pub ministries: Vec<String>,
    /// The rules that do.
    pub rules: Vec<String>,
}

/// The codes of one ministry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MinistryCoverage {
    /// Its code.
    pub ministry: String,
    /// Tariff codes on which it has a check.
    pub codes: usize,
    /// How many codes have one check of it, two …
    pub checks: Vec<Times>,
    /// The same for specialized inspections alone: measures that the pack marks so.
    pub inspections: Vec<Times>,
    /// The codes on which most of its checks meet, the first of them.
    pub most: Vec<CodeChecks>,
}

/// A chapter of the tariff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Its two digits.
    pub chapter: String,
    /// Codes in it.
    pub codes: usize,
    /// Codes on which no rule stands.
    pub without_rule: usize,
    /// These codes, where they are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
}

/// The codes of the tariff for one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DirectionCoverage {
    /// `import` or `export`.
    pub direction: &'static str,
    /// Codes of the tariff.
    pub codes: usize,
    /// Codes on which no rule stands, not even a notice.
    pub without_rule: usize,
    /// By ministry.
    pub ministries: Vec<MinistryCoverage>,
    /// How many codes have checks of one ministry, of two …
    pub ministries_on_a_code: Vec<Times>,
    /// The codes on which most ministries and then most checks meet.
    pub most: Vec<CodeChecks>,
    /// Every chapter that has a code without a rule.
    pub chapters: Vec<Chapter>,
}

/// Codes that are named as those on which most meets; all of them where codes are asked for in full.
const NAMED: usize = 10;
/// The same for one ministry.
const NAMED_OF_MINISTRY: usize = 5;

type Check = (MinistryId, MeasureId, Stage);

/// A code and what stands on it.
struct OnCode {
    code: u32,
    checks: BTreeSet<Check>,
    rules: BTreeSet<RuleId>,
}

impl OnCode {
    fn of(&self, ministry: MinistryId) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.0 == ministry)
    }

    fn ministries(&self) -> BTreeSet<MinistryId> {
        self.checks.iter().map(|check| check.0).collect()
    }
}

/// The codes of the day's tariff for a direction.
pub(super) fn direction(pack: &Pack, direction: Direction, day: Day, in_full: bool) -> DirectionCoverage {
    let on_codes = on_codes(pack, direction, day);
    let mut chapters: BTreeMap<u32, Chapter> = BTreeMap::new();
    for on in &on_codes {
        let number = on.code / 1_000_000;
        let chapter = chapters.entry(number).or_insert_with(|| Chapter {
            chapter: format!("{number:02}"),
            codes: 0,
            without_rule: 0,
            named: Vec::new(),
        });
        chapter.codes += 1;
        if on.rules.is_empty() {
            chapter.without_rule += 1;
            if in_full {
                chapter.named.push(format!("{:08}", on.code));
            }
        }
    }
    let ministries: BTreeSet<MinistryId> = on_codes.iter().flat_map(OnCode::ministries).collect();
    let mut ministries: Vec<MinistryCoverage> =
        ministries.into_iter().map(|ministry| of_ministry((pack, day), ministry, &on_codes, in_full)).collect();
    ministries.sort_by(|a, b| a.ministry.cmp(&b.ministry));
    DirectionCoverage {
        direction: direction.as_str(),
        codes: on_codes.len(),
        without_rule: on_codes.iter().filter(|on| on.rules.is_empty()).count(),
        ministries,
        ministries_on_a_code: times(on_codes.iter().map(|on| on.ministries().len())),
        most: most(
            (pack, day),
            &on_codes,
            if in_full { usize::MAX } else { NAMED },
            &|on| (on.ministries().len(), on.checks.len()),
            &|_| true,
        ),
        chapters: chapters.into_values().filter(|chapter| chapter.without_rule > 0).collect(),
    }
}

fn of_ministry(
    (pack, day): (&Pack, Day),
    ministry: MinistryId,
    on_codes: &[OnCode],
    in_full: bool,
) -> MinistryCoverage {
    let named = if in_full { usize::MAX } else { NAMED_OF_MINISTRY };
    let inspections = |on: &OnCode| {
        let measures: BTreeSet<MeasureId> = on.of(ministry).map(|check| check.1).collect();
        measures.into_iter().filter(|measure| pack.measures[measure.index()].inspection).count()
    };
    let of_it = |rule: RuleId| check(pack, pack.rule(rule), day).0 == ministry;
    MinistryCoverage {
        ministry: pack.ministries[ministry.index()].code.clone(),
        codes: on_codes.iter().filter(|on| on.of(ministry).next().is_some()).count(),
        checks: times(on_codes.iter().map(|on| on.of(ministry).count())),
        inspections: times(on_codes.iter().map(inspections)),
        most: most((pack, day), on_codes, named, &|on| (on.of(ministry).count(), 0), &of_it),
    }
}

/// Every code of the day's tariff with what stands on it.
fn on_codes(pack: &Pack, direction: Direction, day: Day) -> Vec<OnCode> {
    let edition = pack.edition_bit(day);
    let mut found = Vec::new();
    for (code, set) in pack.index.codes() {
        let known = HsCode::parse(&format!("{code:08}")).ok().and_then(|hs| pack.index.code(hs));
        if known.is_none_or(|(_, editions)| editions & edition == 0) {
            continue;
        }
        let mut on = OnCode { code, checks: BTreeSet::new(), rules: BTreeSet::new() };
        let active = pack.index.active(set, direction, day);
        for element in active.general.iter().chain(active.bound_to(None)) {
            let candidate = pack.candidate(element.candidate);
            let (id, rule) = (candidate.rule, pack.rule(candidate.rule));
            let excluded = element.exclusion.is_some_and(|act| pack.exclusions[act.index()].valid.contains(day));
            if excluded || !rule.in_force_on(day) || !candidate.valid.contains(day) {
                continue;
            }
            on.rules.insert(id);
            if rule.stage != Stage::Notice {
                on.checks.insert(check(pack, rule, day));
            }
        }
        found.push(on);
    }
    found
}

/// How many have one, two, three …; those that have none are left out.
fn times(counts: impl Iterator<Item = usize>) -> Vec<Times> {
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for count in counts.filter(|count| *count > 0) {
        *found.entry(count).or_default() += 1;
    }
    found.into_iter().map(|(times, codes)| Times { times, codes }).collect()
}

/// The codes with most of something, at least two of it; of equals the lowest codes.
fn most(
    (pack, day): (&Pack, Day),
    on_codes: &[OnCode],
    count: usize,
    rank: &dyn Fn(&OnCode) -> (usize, usize),
    named: &dyn Fn(RuleId) -> bool,
) -> Vec<CodeChecks> {
    let mut ranked: Vec<((usize, usize), &OnCode)> = on_codes.iter().map(|on| (rank(on), on)).collect();
    ranked.retain(|(rank, _)| rank.0 > 1);
    ranked.sort_by_key(|(rank, on)| (std::cmp::Reverse(*rank), on.code));
    let told = ranked.into_iter().take(count).map(|(_, on)| {
        let asks = |rule: &RuleId| named(*rule) && pack.rule(*rule).stage != Stage::Notice;
        let rules: Vec<RuleId> = on.rules.iter().copied().filter(asks).collect();
        let checks: BTreeSet<Check> = rules.iter().map(|rule| check(pack, pack.rule(*rule), day)).collect();
        let ministries: BTreeSet<&str> =
            checks.iter().map(|check| pack.ministries[check.0.index()].code.as_str()).collect();
        CodeChecks {
            hs: format!("{:08}", on.code),
            checks: checks.len(),
            ministries: ministries.into_iter().map(str::to_owned).collect(),
            rules: rules.iter().map(|rule| pack.rule(*rule).id.clone()).collect(),
        }
    });
    told.collect()
}

/// The check that a rule asks for, by the ministry that answers for it on the day.
fn check(pack: &Pack, rule: &Rule, day: Day) -> Check {
    (pack.authority_on(rule.agency, day).ministry, rule.measure, rule.stage)
}
