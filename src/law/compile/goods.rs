//! Lists of goods to candidates on the codes of the tariff.
//!
//! An entry of 2, 4 or 6 digits stands for every code of the tariff below it; where several
//! entries of one rule reach a code, the longest counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::condition::Condition;
use super::super::day::{Day, Interval};
use super::super::index::{Element, Presumed};
use super::super::pack::{Candidate, CandidateId, ExclusionId, RuleId};
use super::super::source::{Defects, Entry, Goods, Group, ListSource, Source, did_you_mean};
use super::conditions::{Conditions, bound_origins, intersection};
use super::names::Names;
use super::rules::CompiledRule;
use crate::trade::{CountryCode, HsCode};

/// Candidates, and where they stand.
#[derive(Debug)]
pub(super) struct PlacedGoods {
    /// Candidates.
    pub(super) candidates: Vec<Candidate>,
    /// For each candidate the only origins it can apply to; empty: any.
    pub(super) origins: Vec<Vec<CountryCode>>,
    /// For each candidate the days on which it can apply.
    pub(super) in_force: Vec<Vec<Interval>>,
    /// Every code, its editions and its candidates, sorted by code.
    pub(super) codes: Vec<(HsCode, u8, Vec<Element>)>,
}

/// Places the goods of every rule.
pub(super) fn place_goods(
    source: &Source,
    names: &Names<'_>,
    conditions: &Conditions<'_>,
    rules: &[CompiledRule<'_>],
    tariff: &[(HsCode, u8)],
    to: &mut Defects,
) -> PlacedGoods {
    let lists: HashMap<&str, &ListSource> = source.lists.iter().map(|list| (list.path.as_str(), list)).collect();
    let exclusions = Exclusions::new(source, names, tariff, to);
    let mut candidates = Vec::new();
    let mut codes: BTreeMap<HsCode, (u8, Vec<Element>)> =
        tariff.iter().map(|(hs, editions)| (*hs, (*editions, Vec::new()))).collect();
    let mut used: HashSet<(&str, &str)> = HashSet::new();
    for (at, rule) in rules.iter().enumerate() {
        let Some(goods) = &rule.written.goods else {
            continue;
        };
        let rule_id = RuleId(u32::try_from(at).unwrap_or(u32::MAX));
        let groups = CompiledGroups::new(goods, conditions, to);
        let Some(entries) = entries(goods, &lists, &mut used, to) else {
            continue;
        };
        check_entries(goods, &entries, to);
        let reached = spread(&entries, tariff);
        let (kinds, kind_of) = kinds(&entries);
        let mut known: HashMap<(Vec<usize>, Day, Day), CandidateId> = HashMap::new();
        for (hs, valid, members) in reached {
            let mut key: Vec<usize> = members.iter().map(|member| kind_of[*member]).collect();
            key.sort_unstable();
            key.dedup();
            let candidate = *known.entry((key, valid.from, valid.to)).or_insert_with_key(|(key, _, _)| {
                let id = CandidateId(u32::try_from(candidates.len()).unwrap_or(u32::MAX));
                let alike: Vec<&Entry> = key.iter().map(|kind| kinds[*kind]).collect();
                candidates.push(candidate(rule_id, goods, &groups, (&alike, valid)));
                id
            });
            let presumed = members
                .iter()
                .map(|member| groups.presumed(goods, entries[*member], hs))
                .max_by_key(|presumed| strictness(*presumed))
                .unwrap_or(Presumed::None);
            let exclusion = exclusions.of(rule, hs);
            codes.entry(hs).or_default().1.push(Element { candidate, exclusion, presumed });
        }
    }
    unused_annexes(source, &used, to);
    let origins = candidates.iter().map(|candidate| origins(candidate, rules)).collect();
    let in_force = candidates
        .iter()
        .map(|candidate| within(&rules[candidate.rule.index()].compiled.in_force, candidate.valid))
        .collect();
    let codes = codes.into_iter().map(|(hs, (editions, elements))| (hs, editions, elements)).collect();
    PlacedGoods { candidates, origins, in_force, codes }
}

/// Entries alike in group and note make one candidate: the kinds there are, one entry for each,
/// and for each entry its kind. Kinds are sorted by what they say, so that the order of rows
/// changes nothing.
fn kinds<'e>(entries: &[&'e Entry]) -> (Vec<&'e Entry>, Vec<usize>) {
    let sorted: BTreeMap<(&str, &str), &Entry> =
        entries.iter().map(|entry| ((entry.group.as_str(), entry.note.as_str()), *entry)).collect();
    let number: HashMap<(&str, &str), usize> = sorted.keys().enumerate().map(|(at, key)| (*key, at)).collect();
    let of_entry = entries
        .iter()
        .map(|entry| number.get(&(entry.group.as_str(), entry.note.as_str())).copied().unwrap_or(0))
        .collect();
    (sorted.into_values().collect(), of_entry)
}

/// The entries of a rule: the rows of its list under its annex.
fn entries<'s>(
    goods: &Goods,
    lists: &HashMap<&str, &'s ListSource>,
    used: &mut HashSet<(&'s str, &'s str)>,
    to: &mut Defects,
) -> Option<Vec<&'s Entry>> {
    let path = goods.list.as_ref()?;
    let Some(list) = lists.get(path.value.as_str()) else {
        let help = did_you_mean(&path.value, lists.keys().copied());
        to.error_with(path.place, "unknown_file", format!("there is no list `{}`", path.value), help);
        return None;
    };
    let annex = goods.annex.as_ref().map_or("", |annex| annex.value.as_str());
    let entries: Vec<&Entry> = list.entries.iter().filter(|entry| entry.annex == annex).collect();
    if let Some(first) = entries.first() {
        used.insert((list.path.as_str(), first.annex.as_str()));
    } else if !list.entries.is_empty() {
        let known: std::collections::BTreeSet<&str> = list.entries.iter().map(|entry| entry.annex.as_str()).collect();
        let place = goods.annex.as_ref().map_or(goods.place, |annex| annex.place);
        let all: Vec<&str> = known.iter().copied().collect();
        to.error_with(
            place,
            "unknown_annex",
            format!("the list `{}` has no annex `{annex}`", path.value),
            did_you_mean(annex, known).or_else(|| Some(format!("it has: {}", all.join(", ")))),
        );
    }
    Some(entries)
}

/// Groups that are not the rule's, rows that say the same twice, groups that no row uses.
fn check_entries(goods: &Goods, entries: &[&Entry], to: &mut Defects) {
    let mut seen: HashSet<(HsCode, &str, &str, Day)> = HashSet::new();
    let keys: HashSet<&str> = goods.groups.iter().map(|group| group.key.value.as_str()).collect();
    let mut used: HashSet<&str> = HashSet::new();
    for entry in entries {
        if !seen.insert((entry.hs, &entry.group, &entry.note, entry.valid.from)) {
            to.warning(entry.place, "duplicate_entry", format!("`{}` stands here a second time", entry.hs));
        }
        if entry.group.is_empty() {
            continue;
        }
        if keys.contains(entry.group.as_str()) {
            used.insert(&entry.group);
        } else {
            let message = format!("the rule of this list has no group `{}`", entry.group);
            to.error_with(entry.place, "unknown_group", message, did_you_mean(&entry.group, keys.iter().copied()));
        }
    }
    for group in goods.groups.iter().filter(|group| !used.contains(group.key.value.as_str())) {
        let message = format!("no entry of the list uses the group `{}`", group.key.value);
        to.warning(group.key.place, "unused_group", message);
    }
}

/// Every code that the entries reach, with the longest entries that do: once for all days, or
/// where entries have days of their own, once for each stretch of days on which they are the same.
fn spread(entries: &[&Entry], tariff: &[(HsCode, u8)]) -> Vec<(HsCode, Interval, Vec<usize>)> {
    let mut reaching: BTreeMap<HsCode, Vec<usize>> = BTreeMap::new();
    for (member, entry) in entries.iter().enumerate() {
        if entry.hs.digits() == 8 {
            reaching.entry(entry.hs).or_default().push(member);
        } else {
            for (hs, _) in below(entry.hs, tariff) {
                reaching.entry(*hs).or_default().push(member);
            }
        }
    }
    let mut reached = Vec::new();
    for (hs, members) in reaching {
        for valid in stretches(members.iter().map(|member| entries[*member].valid)) {
            let active = || members.iter().filter(|member| entries[**member].valid.contains(valid.from));
            let longest = active().map(|member| entries[*member].hs.digits()).max();
            let chosen: Vec<usize> =
                active().copied().filter(|member| Some(entries[*member].hs.digits()) == longest).collect();
            if !chosen.is_empty() {
                reached.push((hs, valid, chosen));
            }
        }
    }
    reached
}

/// The days cut wherever one of the intervals begins or ends.
fn stretches(intervals: impl Iterator<Item = Interval>) -> Vec<Interval> {
    let mut begins = BTreeSet::from([Day::MIN]);
    for interval in intervals {
        begins.insert(interval.from);
        if interval.to != Day::MAX {
            begins.insert(interval.to.next_number());
        }
    }
    let begins: Vec<Day> = begins.into_iter().collect();
    let ends = begins.iter().skip(1).map(|day| day.previous_number()).chain([Day::MAX]);
    begins.iter().zip(ends).map(|(from, to)| Interval { from: *from, to }).collect()
}

/// The parts of intervals that lie within another.
fn within(intervals: &[Interval], bound: Interval) -> Vec<Interval> {
    intervals
        .iter()
        .map(|interval| Interval { from: interval.from.max(bound.from), to: interval.to.min(bound.to) })
        .filter(|interval| interval.from <= interval.to)
        .collect()
}

/// The codes of the tariff within a prefix.
fn below(prefix: HsCode, tariff: &[(HsCode, u8)]) -> &[(HsCode, u8)] {
    let from = tariff.partition_point(|(hs, _)| hs.padded() < prefix.padded());
    let to = tariff.partition_point(|(hs, _)| hs.padded() <= prefix.last_padded());
    &tariff[from..to]
}

struct CompiledGroups<'g> {
    whole: Condition,
    groups: HashMap<&'g str, (&'g Group, Condition)>,
}

impl<'g> CompiledGroups<'g> {
    fn new(goods: &'g Goods, conditions: &Conditions<'_>, to: &mut Defects) -> Self {
        let whole = if goods.whole_code { Condition::Always } else { conditions.compile(goods.condition.as_ref(), to) };
        let groups = goods
            .groups
            .iter()
            .map(|group| (group.key.value.as_str(), (group, conditions.compile(group.condition.as_ref(), to))))
            .collect();
        Self { whole, groups }
    }

    /// The group's own presumption, else the longest prefix that states one, else the list's.
    fn presumed(&self, goods: &Goods, entry: &Entry, hs: HsCode) -> Presumed {
        if let Some(presumed) = self.groups.get(entry.group.as_str()).and_then(|(group, _)| group.presumed) {
            return presumed;
        }
        goods
            .presumed_for
            .iter()
            .filter(|(prefix, _)| prefix.is_prefix_of(hs))
            .max_by_key(|(prefix, _)| prefix.digits())
            .map_or(goods.presumed, |(_, presumed)| *presumed)
    }
}

/// The candidate of entries that meet on a code: any of their conditions will do.
fn candidate(
    rule: RuleId,
    goods: &Goods,
    groups: &CompiledGroups<'_>,
    (entries, valid): (&[&Entry], Interval),
) -> Candidate {
    let mut notes: Vec<&str> = Vec::new();
    let mut any: Vec<&Condition> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries {
        let group = groups.groups.get(entry.group.as_str());
        let note = match group {
            Some((group, _)) if entry.note.is_empty() => group.note.as_str(),
            _ => entry.note.as_str(),
        };
        if !note.is_empty() && !notes.contains(&note) {
            notes.push(note);
        }
        if !seen.contains(&entry.group.as_str()) {
            seen.push(&entry.group);
            any.push(group.map_or(&groups.whole, |(_, condition)| condition));
        }
    }
    let condition = if goods.whole_code && seen.contains(&"") || any.contains(&&Condition::Always) {
        Condition::Always
    } else if let [one] = any[..] {
        one.clone()
    } else {
        Condition::Any(any.into_iter().cloned().collect())
    };
    Candidate { rule, note: notes.join(" / "), condition, valid }
}

fn strictness(presumed: Presumed) -> u8 {
    match presumed {
        Presumed::None => 3,
        Presumed::True => 2,
        Presumed::Ask => 1,
        Presumed::False => 0,
    }
}

/// The only origins that a candidate can apply to; empty where any will do, and where none can
/// (lint names that).
fn origins(candidate: &Candidate, rules: &[CompiledRule<'_>]) -> Vec<CountryCode> {
    let rule = &rules[candidate.rule.index()].compiled;
    let of_rule = (!rule.origins.is_empty()).then(|| rule.origins.clone());
    let bound = intersection(of_rule, bound_origins(&rule.scope));
    intersection(bound, bound_origins(&candidate.condition)).unwrap_or_default()
}

/// Which negative lists take which codes out.
struct Exclusions {
    by_code: HashMap<HsCode, Vec<usize>>,
    reach: Vec<Reach>,
}

struct Reach {
    ministry: Option<u16>,
    rules: HashSet<String>,
    from: Day,
    inspections: Vec<bool>,
}

impl Exclusions {
    fn new(source: &Source, names: &Names<'_>, tariff: &[(HsCode, u8)], to: &mut Defects) -> Self {
        let mut by_code: HashMap<HsCode, Vec<usize>> = HashMap::new();
        let mut reach = Vec::new();
        for (at, exclusion) in source.exclusions.iter().enumerate() {
            for code in &exclusion.codes {
                let covered: Vec<HsCode> = if code.value.digits() == 8 {
                    vec![code.value]
                } else {
                    below(code.value, tariff).iter().map(|(hs, _)| *hs).collect()
                };
                if code.value.digits() == 8 && tariff.binary_search_by_key(&code.value, |(hs, _)| *hs).is_err()
                    || covered.is_empty()
                {
                    let message = format!("no edition of the tariff has `{}`", code.value);
                    to.warning(code.place, "code_not_in_tariff", message);
                }
                for hs in covered {
                    let list = by_code.entry(hs).or_default();
                    if !list.contains(&at) {
                        list.push(at);
                    }
                }
            }
            let known: Vec<_> = exclusion.rules.iter().filter(|rule| names.rules.find(rule, to).is_some()).collect();
            reach.push(Reach {
                ministry: exclusion.ministry.as_ref().and_then(|code| names.ministries.find(code, to)),
                rules: known.into_iter().map(|rule| rule.value.clone()).collect(),
                from: exclusion.period.days.from,
                inspections: source.measures.iter().map(|measure| measure.inspection).collect(),
            });
        }
        Self { by_code, reach }
    }

    /// The first list in time that reaches the rule on this code: one that is younger than it.
    fn of(&self, rule: &CompiledRule<'_>, hs: HsCode) -> Option<ExclusionId> {
        let rule = &rule.compiled;
        let born = rule.in_force.first()?.from;
        self.by_code
            .get(&hs)?
            .iter()
            .filter(|at| {
                let reach = &self.reach[**at];
                let named = if reach.rules.is_empty() {
                    reach.ministry == Some(rule.ministry.0)
                        && reach.inspections.get(rule.measure.index()).copied().unwrap_or(false)
                } else {
                    reach.rules.contains(&rule.id)
                };
                named && born < reach.from
            })
            .min_by_key(|at| (self.reach[**at].from, **at))
            .map(|at| ExclusionId(u16::try_from(*at).unwrap_or(u16::MAX)))
    }
}

/// Warns of lists, or annexes of lists, that no rule reads.
fn unused_annexes(source: &Source, used: &HashSet<(&str, &str)>, to: &mut Defects) {
    for list in &source.lists {
        let mut known: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in &list.entries {
            known.entry(entry.annex.as_str()).or_insert(entry);
        }
        if known.is_empty() {
            to.warning(list.place, "unused_list", "the list has no entries");
        }
        for (annex, entry) in known {
            if !used.contains(&(list.path.as_str(), annex)) {
                to.warning(entry.place, "unused_list", format!("no rule uses the annex `{annex}` of this list"));
            }
        }
    }
}
