//! What records say against themselves or each other. A record that is left out decides nothing,
//! but a failure that is left out still stands against a pass: leaving out makes nothing milder.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{EvidenceRecord, Finding, GoodsName, PastEvent};
use crate::law::{EvidenceKind, MeasureId, RecordEvent, RuleId};

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It counts.
    Kept,
    /// It says nothing that is not said already, or another took its place.
    Superfluous,
    /// It is left out, and why.
    LeftOut(String),
}

/// More results than this about one declaration are not compared: none of them counts.
const RESULTS_MAX: usize = 10_000;

/// A row that is there twice counts once; told where no consignment says that both mean the same.
/// Two results for one consignment of the same goods: neither counts.
pub(super) fn of_events(events: &[PastEvent]) -> Vec<Fate> {
    type Consignment<'e> = (&'e str, MeasureId, &'e str, &'e GoodsName);
    let mut fates = vec![Fate::Kept; events.len()];
    let mut first: FxHashMap<_, usize> = FxHashMap::default();
    let mut results: FxHashMap<Consignment<'_>, Vec<usize>> = FxHashMap::default();
    for (at, event) in events.iter().enumerate() {
        let what = (event.measure, event.event, event.day, event.until);
        let row = (event.importer.as_str(), what, event.consignment.as_deref(), &event.goods);
        let first = *first.entry(row).or_insert(at);
        match (&event.consignment, event.event) {
            (Some(_), _) if first != at => fates[at] = Fate::Superfluous,
            (None, _) if first != at => {
                let place = &events[first].place;
                fates[at] = Fate::LeftOut(format!(
                    "the row repeats {place}: it counts once (`consignment` tells two consignments apart)"
                ));
            }
            (Some(consignment), RecordEvent::Pass | RecordEvent::Fail) => {
                let key = (event.importer.as_str(), event.measure, consignment.as_str(), &event.goods);
                results.entry(key).or_default().push(at);
            }
            _ => {}
        }
    }
    for ((importer, _, consignment, _), alike) in results.iter().filter(|(_, alike)| alike.len() > 1) {
        let outcome = events[alike[0]].event;
        let why = if alike.iter().all(|at| events[*at].event == outcome) {
            "more than one result, of different days"
        } else {
            "a pass and a failure"
        };
        for at in alike {
            fates[*at] =
                Fate::LeftOut(format!("consignment `{consignment}` of `{importer}` has {why}: neither counts"));
        }
    }
    fates
}

/// What becomes of permits and results. `lines` are in order.
pub(super) fn of_evidence(evidence: &[EvidenceRecord]) -> Vec<Fate> {
    let mut fates = vec![Fate::Kept; evidence.len()];
    for (record, fate) in evidence.iter().zip(&mut fates) {
        if let Some(granted) = record.quantity
            && record.used > granted
        {
            let unit = record.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            *fate = Fate::LeftOut(format!(
                "`{}` is used for {}{unit}, more than its {granted}{unit}",
                record.id, record.used
            ));
        }
    }
    numbers(evidence, &mut fates);
    replacements(evidence, &mut fates);
    results(evidence, &mut fates);
    fates
}

/// One number under one code is one record. A paper that speaks rule by rule, or line by line of
/// one declaration, is as many records.
fn numbers(evidence: &[EvidenceRecord], fates: &mut [Fate]) {
    type Part<'e> = (&'e str, Option<&'e str>, Option<RuleId>);
    let mut by_number: FxHashMap<Part<'_>, Vec<usize>> = FxHashMap::default();
    for (at, record) in evidence.iter().enumerate() {
        by_number.entry((record.id.as_str(), record.code.as_deref(), record.rule)).or_default().push(at);
    }
    for ((id, ..), alike) in by_number.iter().filter(|(_, alike)| alike.len() > 1) {
        let first = &evidence[alike[0]];
        let same = |record: &EvidenceRecord| EvidenceRecord { place: first.place.clone(), ..record.clone() } == *first;
        if alike.iter().all(|at| same(&evidence[*at])) {
            for at in &alike[1..] {
                fates[*at] = Fate::Superfluous;
            }
        } else if !are_of_different_lines(evidence, alike) {
            for at in alike {
                fates[*at] =
                    Fate::LeftOut(format!("the number `{id}` stands twice and does not say the same: neither counts"));
            }
        }
    }
}

/// Whether records are about different lines of one declaration.
fn are_of_different_lines(evidence: &[EvidenceRecord], of: &[usize]) -> bool {
    let declaration = of.first().and_then(|at| evidence[*at].declaration.as_ref());
    let mut seen = FxHashSet::default();
    declaration.is_some()
        && of.iter().map(|at| &evidence[*at]).all(|record| {
            record.declaration.as_ref() == declaration
                && !record.lines.is_empty()
                && record.lines.iter().all(|line| seen.insert(*line))
        })
}

/// Who takes the place of whom.
fn replacements(evidence: &[EvidenceRecord], fates: &mut [Fate]) {
    // One of each part of a paper: what is left of repeated rows.
    let mut by_id: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut seen = FxHashSet::default();
    for (at, record) in evidence.iter().enumerate() {
        if seen.insert((record.id.as_str(), record.code.as_deref(), record.rule, &record.lines)) {
            by_id.entry(record.id.as_str()).or_default().push(at);
        }
    }
    let circles = circles(evidence);
    let mut replaced = Vec::new();
    for (at, record) in evidence.iter().enumerate() {
        let Some(target) = record.replaces.as_deref() else { continue };
        let why = if circles.contains(record.id.as_str()) && circles.contains(target) {
            format!("`{}` takes the place of `{target}`, and in the end of itself", record.id)
        } else if let Some(known) = by_id.get(target) {
            let known = known.iter().filter(|known| may_be_one(record, &evidence[**known]));
            let before = replaced.len();
            replaced.extend(known.copied());
            if replaced.len() > before {
                continue;
            }
            format!("`{}` takes the place of `{target}`, which is of another holder or declaration", record.id)
        } else {
            format!("`{}` takes the place of `{target}`, and no record has that number", record.id)
        };
        if fates[at] == Fate::Kept {
            fates[at] = Fate::LeftOut(format!("{why}: it does not count"));
        }
    }
    for at in replaced {
        if fates[at] == Fate::Kept {
            fates[at] = Fate::Superfluous;
        }
    }
}

/// The numbers that replace themselves in the end, or lie between such. What nobody replaces is
/// in no circle, nor is what replaces nothing: both are taken away until none is left.
fn circles(evidence: &[EvidenceRecord]) -> FxHashSet<&str> {
    let edges: FxHashSet<(&str, &str)> =
        evidence.iter().filter_map(|record| Some((record.id.as_str(), record.replaces.as_deref()?))).collect();
    let mut left: FxHashSet<&str> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
    for forward in [true, false] {
        let mut next: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut entering: FxHashMap<&str, usize> = FxHashMap::default();
        for (from, to) in edges.iter().filter(|(from, to)| left.contains(from) && left.contains(to)) {
            let (from, to) = if forward { (*from, *to) } else { (*to, *from) };
            next.entry(from).or_default().push(to);
            *entering.entry(to).or_default() += 1;
        }
        let mut free: Vec<&str> = left.iter().filter(|id| !entering.contains_key(*id)).copied().collect();
        while let Some(id) = free.pop() {
            left.remove(id);
            for to in next.get(id).into_iter().flatten() {
                let Some(count) = entering.get_mut(to) else { continue };
                *count -= 1;
                if *count == 0 {
                    free.push(to);
                }
            }
        }
    }
    left
}

/// Whether two records may be about one consignment, or one holder's goods.
fn may_be_one(a: &EvidenceRecord, b: &EvidenceRecord) -> bool {
    let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    agree(&a.declaration, &b.declaration) && agree(&a.holder, &b.holder)
}

/// A pass and a failure of one check of the same goods: neither counts. A registration is no
/// result, and what is pending says neither.
fn results(evidence: &[EvidenceRecord], fates: &mut [Fate]) {
    let mut by_declaration: FxHashMap<&str, [Vec<usize>; 2]> = FxHashMap::default();
    for (at, (record, fate)) in evidence.iter().zip(fates.iter()).enumerate() {
        let Some(declaration) = record.declaration.as_deref() else { continue };
        let outcome = match (record.finding, fate) {
            _ if record.kind == EvidenceKind::Registration => continue,
            (Finding::Pass, Fate::Kept) => 0,
            (Finding::Fail, Fate::Kept | Fate::LeftOut(_)) => 1,
            _ => continue,
        };
        by_declaration.entry(declaration).or_default()[outcome].push(at);
    }
    for (declaration, [passes, failures]) in by_declaration {
        let count = passes.len() + failures.len();
        let message = if count > RESULTS_MAX {
            format!("declaration `{declaration}` has {count} results, more than {RESULTS_MAX}: none counts")
        } else {
            format!(
                "declaration `{declaration}` has a pass and a failure for one check: neither counts (a second inspection names the first in `replaces`)"
            )
        };
        let against = |at: usize, others: &[usize]| {
            count > RESULTS_MAX || others.iter().any(|other| same_check(&evidence[at], &evidence[*other]))
        };
        let contradicted = passes.iter().filter(|at| against(**at, &failures));
        let contradicted = contradicted.chain(failures.iter().filter(|at| against(**at, &passes)));
        for at in contradicted {
            if fates[*at] == Fate::Kept {
                fates[*at] = Fate::LeftOut(message.clone());
            }
        }
    }
}

/// Whether two records of a declaration may be about one check of the same goods.
fn same_check(a: &EvidenceRecord, b: &EvidenceRecord) -> bool {
    let rules_differ = a.rule.is_some() && b.rule.is_some() && a.rule != b.rule;
    let same_measure = a.measure.is_some() && a.measure == b.measure;
    let same_words = (&a.code, a.rule, a.measure) == (&b.code, b.rule, b.measure);
    let lines = a.lines.is_empty() || b.lines.is_empty() || meet(&a.lines, &b.lines);
    let codes = a.hs.is_empty()
        || b.hs.is_empty()
        || a.hs.iter().any(|a| b.hs.iter().any(|b| a.is_prefix_of(*b) || b.is_prefix_of(*a)));
    let origins = a.origin.is_none() || b.origin.is_none() || a.origin == b.origin;
    let check = !rules_differ && (same_measure || same_words || meet(&a.rules, &b.rules));
    check && lines && codes && origins && may_be_one(a, b)
}

/// Whether two ordered lists share something.
fn meet<T: Ord>(mut a: &[T], mut b: &[T]) -> bool {
    while let ([first_a, rest_a @ ..], [first_b, rest_b @ ..]) = (a, b) {
        match first_a.cmp(first_b) {
            std::cmp::Ordering::Less => a = rest_a,
            std::cmp::Ordering::Greater => b = rest_b,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}
