//! Rules: names to positions, dates in order, the scope as one condition.

use super::super::condition::Condition;
use super::super::day::Interval;
use super::super::pack::{
    AgencyId, Deadline, DocumentTypeId, ExemptionId, LegalBasis, MeasureId, MethodRegimeId, MinistryId, ProcedureId,
    Rule, RuleDirection, Sourced, UnusedRule,
};
use super::super::source::{At, Defects, RuleSource, Source};
use super::conditions::Conditions;
use super::names::Names;
use crate::trade::Stage;

/// A compiled rule with its source.
#[derive(Debug)]
pub(super) struct CompiledRule<'s> {
    /// As written.
    pub(super) written: &'s RuleSource,
    /// As read by screening.
    pub(super) compiled: Rule,
}

/// Compiles the rules, sorted by id; those without goods apart.
pub(super) fn compile<'s>(
    source: &'s Source,
    names: &Names<'_>,
    conditions: &Conditions<'_>,
    to: &mut Defects,
) -> (Vec<CompiledRule<'s>>, Vec<UnusedRule>) {
    let mut rules = Vec::new();
    let mut unused = Vec::new();
    for written in &source.rules {
        if written.id.is_none() {
            // Its other names are still worth checking.
            rule(source, written, names, conditions, to);
        }
    }
    for at in &names.rule_order {
        let written = &source.rules[*at];
        let compiled = rule(source, written, names, conditions, to);
        match why_unused(source, written) {
            Some(reason) => {
                check_goods(written, conditions, to);
                unused.push(UnusedRule { id: compiled.id, title_en: compiled.title_en, reason });
            }
            None => rules.push(CompiledRule { written, compiled }),
        }
    }
    check_order(&rules, source, to);
    check_following(source, names, to);
    (rules, unused)
}

/// Why a rule applies to nothing.
fn why_unused(source: &Source, written: &RuleSource) -> Option<String> {
    if !written.usable {
        return Some("it has no goods list (`usable = false`)".to_owned());
    }
    let goods = written.goods.as_ref()?;
    let Some(path) = &goods.list else {
        return Some("it names no goods list".to_owned());
    };
    let list = source.lists.iter().find(|list| list.path == path.value)?;
    let annex = goods.annex.as_ref().map_or("", |annex| annex.value.as_str());
    if list.entries.iter().any(|entry| entry.annex == annex) {
        return None;
    }
    list.entries.is_empty().then(|| format!("its list `{}` has no entries", path.value))
}

/// The conditions of a rule without goods are compiled for their defects alone.
fn check_goods(written: &RuleSource, conditions: &Conditions<'_>, to: &mut Defects) {
    if let Some(goods) = &written.goods {
        conditions.compile(goods.condition.as_ref(), to);
        for group in &goods.groups {
            conditions.compile(group.condition.as_ref(), to);
        }
    }
}

fn rule(
    source: &Source,
    written: &RuleSource,
    names: &Names<'_>,
    conditions: &Conditions<'_>,
    to: &mut Defects,
) -> Rule {
    let mut find = |kind: &super::names::Kind<'_>, name: Option<&At<String>>| {
        name.and_then(|name| kind.find(name, to)).unwrap_or(0)
    };
    let ministry = MinistryId(find(&names.ministries, written.ministry.as_ref()));
    let agency = AgencyId(find(&names.agencies, written.agency.as_ref()));
    let measure = MeasureId(find(&names.measures, written.measure.as_ref()));
    for successor in &written.superseded_by {
        if names.rules.find(successor, to).is_some()
            && written.id.as_ref().is_some_and(|id| id.value == successor.value)
        {
            to.error(successor.place, "superseded_by_itself", "a rule cannot supersede itself");
        }
    }
    let mut in_force: Vec<Interval> = written.in_force.iter().map(|days| days.period.days).collect();
    in_force.sort_by_key(|days| days.from);
    Rule {
        id: written.id.as_ref().map(|id| id.value.clone()).unwrap_or_default(),
        title_vi: written.title_vi.clone(),
        title_en: written.title_en.clone(),
        ministry,
        agency,
        measure,
        stage: written.stage.as_ref().map_or(Stage::Notice, |stage| stage.value),
        direction: written.direction.as_ref().map_or(RuleDirection::Both, |direction| direction.value),
        sourced: written.sourced.as_ref().map_or(Sourced::GeneralKnowledge, |sourced| sourced.value),
        note: written.note.clone(),
        in_force,
        legal_basis: written
            .legal_basis
            .iter()
            .map(|(text, period)| LegalBasis { text: text.clone(), valid: period.days })
            .collect(),
        scope: scope(written, names, conditions, to),
        origins: names.countries(&written.origins, to),
        procedures: procedures(&written.procedures, names, to),
        evidence: evidence(source, written, names, to),
        export_procedures: written.export_procedures.as_ref().map(|codes| procedures(codes, names, to)),
        storage_allowed: written.storage_allowed.clone(),
        keeps_earlier_dossiers: written.keeps_earlier_dossiers.clone(),
        deadlines: deadlines(written, names, to),
        exemptions: exemptions(source, written, names, to),
        methods: methods(written, names, to),
        after: names.measure_ids(&written.after, to),
        superseded_by: written.superseded_by.iter().map(|id| id.value.clone()).collect(),
    }
}

fn scope(written: &RuleSource, names: &Names<'_>, conditions: &Conditions<'_>, to: &mut Defects) -> Condition {
    let mut tests = Vec::new();
    if !written.regimes.is_empty() {
        tests.push(Condition::Regime(names.regime_bits(&written.regimes, to)));
    }
    if written.scope.is_some() {
        tests.push(conditions.compile(written.scope.as_ref(), to));
    }
    match tests.len() {
        0 => Condition::Always,
        1 => tests.remove(0),
        _ => Condition::All(tests),
    }
}

fn procedures(codes: &[At<String>], names: &Names<'_>, to: &mut Defects) -> Vec<ProcedureId> {
    codes.iter().filter_map(|code| names.procedures.find(code, to)).map(ProcedureId).collect()
}

/// The document types that satisfy a rule. A procedure's code needs no row of `documents.csv`
/// where the rule requires that procedure.
fn evidence(source: &Source, written: &RuleSource, names: &Names<'_>, to: &mut Defects) -> Vec<DocumentTypeId> {
    let mut found = Vec::new();
    for alternative in &written.evidence {
        for code in &alternative.documents {
            if let Some(positions) = names.documents.get(code.value.as_str()) {
                found.extend(positions.iter().copied().map(DocumentTypeId));
                let kinds = positions.iter().map(|at| source.documents[names.document_order[usize::from(*at)]].kind);
                if kinds.clone().all(|kind| kind != alternative.kind) {
                    to.warning(
                        code.place,
                        "evidence_kind",
                        format!(
                            "document `{}` is of another kind in documents.csv than `{}`",
                            code.value,
                            alternative.kind.as_str()
                        ),
                    );
                }
            } else if names.procedures.get(&code.value).is_some() {
                if !written.named_procedures().any(|procedure| procedure.value == code.value) {
                    let message =
                        format!("procedure `{}` satisfies this rule, yet `procedures` does not name it", code.value);
                    to.error(code.place, "unknown_document", message);
                }
            } else {
                let help = super::super::source::did_you_mean(&code.value, names.documents.keys().copied());
                to.error_with(code.place, "unknown_document", format!("unknown document `{}`", code.value), help);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The regimes of inspection methods; a day has one.
fn methods(written: &RuleSource, names: &Names<'_>, to: &mut Defects) -> Vec<(MethodRegimeId, Interval)> {
    let mut found: Vec<(MethodRegimeId, Interval)> = Vec::new();
    for (key, period) in &written.methods {
        let days = period.days;
        if found.iter().any(|(_, known)| known.from <= days.to && days.from <= known.to) {
            to.error(period.place, "overlapping_intervals", "two regimes of inspection methods on one day");
        }
        found.extend(names.methods.find(key, to).map(|at| (MethodRegimeId(at), days)));
    }
    found
}

fn exemptions(source: &Source, written: &RuleSource, names: &Names<'_>, to: &mut Defects) -> Vec<ExemptionId> {
    let mut found = Vec::new();
    for key in &written.exemptions {
        let Some(at) = names.exemptions.find(key, to) else {
            continue;
        };
        let about = &source.exemptions[usize::from(at)].measures;
        if let Some(measure) = &written.measure
            && !about.is_empty()
            && about.iter().all(|known| known.value != measure.value)
        {
            let message = format!("exemption `{}` is not about the measure `{}`", key.value, measure.value);
            to.warning(key.place, "exemption_measure", message);
        }
        if found.contains(&ExemptionId(at)) {
            to.warning(key.place, "duplicate_id", format!("exemption `{}` is named twice", key.value));
        } else {
            // An exemption whose article changed stands once for each of its times.
            let same = source.exemptions.iter().map(|exemption| exemption.key.value == key.value);
            found.extend((0..).zip(same).filter(|(_, same)| *same).map(|(at, _)| ExemptionId(at)));
        }
    }
    found
}

/// The time limits. One for a procedure that the rule does not name limits nothing; two for one
/// procedure on one day leave open which counts.
fn deadlines(written: &RuleSource, names: &Names<'_>, to: &mut Defects) -> Vec<Deadline> {
    let mut found: Vec<Deadline> = Vec::new();
    for deadline in &written.deadlines {
        let procedure = deadline.procedure.as_ref().and_then(|code| names.procedures.find(code, to)).map(ProcedureId);
        if let Some(code) = &deadline.procedure
            && procedure.is_some()
            && written.named_procedures().all(|known| known.value != code.value)
        {
            let message = format!("a limit for procedure `{}`, which `procedures` does not name", code.value);
            to.error(code.place, "deadline_procedure", message);
        }
        let days = deadline.period.days;
        let overlaps = |other: &&Deadline| {
            other.procedure == procedure && other.valid.from <= days.to && days.from <= other.valid.to
        };
        if found.iter().any(|other| overlaps(&other)) {
            to.warning_with(
                deadline.period.place,
                "deadline_overlap",
                "two limits of one procedure count on the same day",
                "the one that ends later counts; give each its days",
            );
        }
        found.push(Deadline {
            text: deadline.text.clone(),
            value: deadline.value,
            unit: deadline.unit,
            procedure,
            source: deadline.source.clone(),
            valid: days,
        });
    }
    found
}

/// A measure that waits for itself, at once or by others, would never be done.
fn check_order(rules: &[CompiledRule<'_>], source: &Source, to: &mut Defects) {
    let count = source.measures.len();
    let mut follows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for rule in rules {
        if let Some(list) = follows.get_mut(rule.compiled.measure.index()) {
            list.extend(rule.compiled.after.iter().map(|measure| measure.index()));
        }
    }
    for rule in rules {
        let from = rule.compiled.measure.index();
        for (measure, place) in rule.compiled.after.iter().zip(&rule.written.after) {
            if let Some(circle) = path(&follows, measure.index(), from) {
                // The path runs against the order; read backwards it is the order.
                let keys = circle.iter().rev().map(|at| source.measures[*at].key.value.as_str());
                let keys: Vec<&str> = keys.chain([source.measures[from].key.value.as_str()]).collect();
                let message = format!("`{}` comes before this measure and after it: {}", place.value, keys.join(" → "));
                let help = "each measure comes before the next; take one of these out of `after`".to_owned();
                to.error_with(place.place, "dependency_cycle", message, Some(help));
            }
        }
    }
}

/// A registration that is followed by itself, at once or by others, would never end.
fn check_following(source: &Source, names: &Names<'_>, to: &mut Defects) {
    let count = names.procedure_order.len();
    let mut follows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, from) in names.procedure_order.iter().zip(&mut follows) {
        let next = source.procedures[*at].followed_by.as_ref().and_then(|code| names.procedures.get(&code.value));
        from.extend(next.map(usize::from));
    }
    for (from, at) in names.procedure_order.iter().enumerate() {
        let Some(code) = &source.procedures[*at].followed_by else { continue };
        let next = names.procedures.get(&code.value).map(usize::from);
        if let Some(circle) = next.and_then(|next| path(&follows, next, from)) {
            let name = |at: &usize| source.procedures[names.procedure_order[*at]].code.value.as_str();
            let codes: Vec<&str> = [from].iter().chain(&circle).map(name).collect();
            let message = format!("procedure `{}` follows itself: {}", name(&from), codes.join(" → "));
            to.error(code.place, "dependency_cycle", message);
        }
    }
}

/// The shortest way from one to another, both included, along `next`.
fn path(next: &[Vec<usize>], from: usize, goal: usize) -> Option<Vec<usize>> {
    let mut came_from: Vec<Option<usize>> = vec![None; next.len()];
    let mut open = std::collections::VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        if at == goal {
            let mut way = vec![at];
            while let Some(before) = way.last().filter(|last| **last != from).and_then(|last| came_from[*last]) {
                way.push(before);
            }
            way.reverse();
            return Some(way);
        }
        for step in next.get(at).into_iter().flatten() {
            if *step != from && came_from[*step].is_none() {
                came_from[*step] = Some(at);
                open.push_back(*step);
            }
        }
    }
    None
}
