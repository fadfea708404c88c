//! Rules of one ministry and measure that stand on the same codes on the same days, and whether
//! the pack says what becomes of a line that both reach.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::day::{Day, Interval};
use super::super::notices::Meeting;
use super::super::pack::{Pack, Rule, RuleDirection, RuleId};
use super::super::source::{Defects, RuleSource, Source};
use super::Reached;
use crate::trade::Stage;

/// More pairs than this are not told.
const PAIRS_MAX: usize = 200;

/// Warns of each pair whose order is not stated, and of orders of rules that never meet. Notices
/// hold nothing and may lie on each other. A ministry that took over from another is one with it.
pub(super) fn overlapping(
    source: &Source,
    pack: &Pack,
    written: &HashMap<&str, &RuleSource>,
    reached: &Reached,
    to: &mut Defects,
) {
    let pairs = meeting(pack, reached);
    let unresolved = pairs.iter().filter(|pair| !resolved(pack, pair));
    for pair in unresolved.take(PAIRS_MAX) {
        let (a, b) = (pack.rule(pair.first), pack.rule(pair.second));
        let Some(place) = written.get(b.id.as_str()).map(|source| source.place) else { continue };
        to.warning_with(
            place,
            "overlapping_rules",
            format!(
                "rules `{}` and `{}` of one ministry and measure meet on {} codes from {}",
                a.id, b.id, pair.codes, pair.days.from
            ),
            "say in overlaps.toml which prevails, or that both apply",
        );
    }
    for statement in &source.overlaps.precedences {
        let named = [statement.rule.value.as_str(), statement.over.value.as_str()];
        let meets = pairs.iter().any(|pair| {
            let ids = [pack.rule(pair.first).id.as_str(), pack.rule(pair.second).id.as_str()];
            named.iter().all(|id| ids.contains(id))
        });
        if !meets {
            let message = format!("`{}` and `{}` never meet: their order says nothing", named[0], named[1]);
            to.warning(statement.rule.place, "unused_precedence", message);
        }
    }
}

/// Two rules that meet.
struct Pair {
    first: RuleId,
    second: RuleId,
    codes: usize,
    days: Interval,
}

fn meeting(pack: &Pack, reached: &Reached) -> Vec<Pair> {
    let mut alike: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (at, rule) in pack.rules.iter().enumerate() {
        if rule.stage != Stage::Notice {
            alike.entry(rule.measure.0).or_default().push(at);
        }
    }
    let mut pairs = Vec::new();
    for group in alike.values() {
        for (position, first) in group.iter().enumerate() {
            for second in &group[position + 1..] {
                let (a, b) = (&pack.rules[*first], &pack.rules[*second]);
                let Some(days) = common_days(a, b) else { continue };
                if !same_direction(a.direction, b.direction) || !same_ministry(pack, a, b, days.from) {
                    continue;
                }
                let of_first: BTreeSet<u32> = reached[*first].iter().map(|(code, _)| *code).collect();
                let codes = reached[*second].iter().filter(|(code, _)| of_first.contains(code)).count();
                let id = |at: usize| RuleId(u32::try_from(at).unwrap_or(u32::MAX));
                if codes > 0 {
                    pairs.push(Pair { first: id(*first), second: id(*second), codes, days });
                }
            }
        }
    }
    pairs
}

/// Whether the pack states the order of a pair for the days on which it meets.
fn resolved(pack: &Pack, pair: &Pair) -> bool {
    let of_pair = pack.precedences.iter().filter(|stated| {
        (stated.rule, stated.over) == (pair.first, pair.second)
            || (stated.rule, stated.over) == (pair.second, pair.first)
    });
    let mut stated: Vec<Interval> = of_pair.map(|stated| stated.valid).collect();
    stated.sort_by_key(|days| days.from);
    let mut day = pair.days.from;
    for days in stated {
        if days.from <= day && day <= days.to {
            if days.to >= pair.days.to {
                return true;
            }
            day = days.to.tomorrow();
        }
    }
    false
}

/// The first stretch of days on which both rules are in force.
fn common_days(a: &Rule, b: &Rule) -> Option<Interval> {
    let pairs = a.in_force.iter().flat_map(|one| b.in_force.iter().map(move |other| (one, other)));
    pairs
        .map(|(one, other)| Interval { from: one.from.max(other.from), to: one.to.min(other.to) })
        .find(|days| days.from <= days.to)
}

fn same_ministry(pack: &Pack, a: &Rule, b: &Rule, day: Day) -> bool {
    pack.authority_on(a.agency, day).ministry == pack.authority_on(b.agency, day).ministry
        || pack.ministry_on(a.ministry, day) == pack.ministry_on(b.ministry, day)
}

fn same_direction(a: RuleDirection, b: RuleDirection) -> bool {
    a == b || a == RuleDirection::Both || b == RuleDirection::Both
}

/// Warns of acts about who leads whose inspections never meet: on none of their days are rules in
/// force that they would fit.
pub(super) fn leads(source: &Source, pack: &Pack, to: &mut Defects) {
    for (lead, written) in pack.leads.iter().zip(&source.overlaps.leads) {
        let mut measures: BTreeSet<u16> = BTreeSet::new();
        let mut ministries: BTreeSet<u16> = BTreeSet::new();
        let inspections = pack.rules.iter().filter(|rule| rule.stage == Stage::BeforeClearance);
        for rule in inspections.filter(|rule| lead.concerns(rule.measure)) {
            let days = rule.in_force.iter().find(|days| days.from <= lead.valid.to && lead.valid.from <= days.to);
            if let Some(days) = days {
                measures.insert(rule.measure.0);
                ministries.insert(pack.authority_on(rule.agency, days.from.max(lead.valid.from)).ministry.0);
            }
        }
        let fits = match &lead.meeting {
            Meeting::Measures { all, with } => {
                all.iter().all(|measure| measures.contains(&measure.0))
                    && (with.is_empty() || with.iter().any(|measure| measures.contains(&measure.0)))
            }
            Meeting::SeveralMinistries(_) => ministries.len() > 1,
        };
        if !fits {
            let message = format!("no inspections meet as `{}` says on its days: it leads nobody", lead.id);
            to.warning(written.id.place, "unused_lead", message);
        }
    }
}
