//! One candidate on one line: the steps from "in force" to "evidence".

use super::evaluate::Line;
use super::evidence::CarriedList;
use super::requirement::{Match, Requirement, Screening, Unsettled};
use super::satisfy::Mismatch;
use super::screen::{Found, Question, Screener};
use super::trace::{Outcome, Trace, TraceEntry};
use crate::law::{Condition, Element, FactId, FactMask, Presumed, Rule, Tri};
use crate::trade::{Certainty, Status, Text};

/// One line being asked about.
pub(super) struct Asked<'s, 'p, 'a> {
    pub(super) screener: &'s Screener<'p>,
    pub(super) question: &'s Question<'s, 'a>,
    pub(super) found: &'s Found,
    pub(super) position: usize,
    pub(super) carried: &'s CarriedList,
    /// Records say when dossiers about the declaration were filed.
    pub(super) filed: bool,
}

impl Asked<'_, '_, '_> {
    /// Steps 3 to 10 for one candidate.
    pub(super) fn element<T: Trace>(
        &mut self,
        element: Element,
        line: &mut Line<'_, '_>,
        screening: &mut Screening,
        trace: &mut T,
    ) {
        let pack = self.screener.pack;
        let look = &self.screener.first_looks[element.candidate.index()];
        let candidate = || pack.candidate(element.candidate);
        let rule = || pack.rule(look.rule);
        // Outcomes are put together only where somebody listens.
        let position = self.position;
        let mut told = |outcome: &dyn Fn() -> Outcome, line: &Line<'_, '_>| {
            if T::LISTENS {
                let outcome = outcome();
                let phrases = outcome.condition().map_or_else(Vec::new, |condition| phrases_for(line, condition));
                trace.step(TraceEntry { line: position, candidate: element.candidate, outcome, phrases });
            }
        };
        if !look.reaches(self.question.direction) {
            return told(&|| Outcome::OtherDirection, line);
        }
        let asked = self.question.day;
        let filed = if look.keeps_dossiers && self.filed { self.filed_on(rule(), line) } else { None };
        let day = filed.unwrap_or(asked);
        if filed.is_some() && look.span.contains(asked) && rule().in_force_on(asked) && !rule().in_force_on(day) {
            return told(&|| Outcome::EarlierDossier(day), line);
        }
        if !look.span.contains(day) || (look.look_closer && !rule().in_force_on(day)) {
            return told(&|| Outcome::NotInForce, line);
        }
        let scope = if look.look_closer { scope(rule(), line) } else { Tri::True };
        if scope == Tri::False {
            if T::LISTENS
                && let Some(failure) = line.out_of_scope(rule())
            {
                told(&|| Outcome::OutOfScope(failure.clone()), line);
            }
            return;
        }
        if let Some(exclusion) = element.exclusion
            && pack.exclusions[exclusion.index()].valid.contains(day)
        {
            return told(&|| Outcome::Excluded(exclusion), line);
        }
        let meant = if look.unconditional { Tri::True } else { line.holds(&candidate().condition, &rule().id) };
        if meant == Tri::False {
            if T::LISTENS
                && let Some(failure) = line.failure(&candidate().condition, &rule().id)
            {
                told(&|| Outcome::NotMeant(failure.clone()), line);
            }
            return;
        }
        let mut requirement = Requirement::of(look.rule, element);
        if scope.and(meant) == Tri::Unknown {
            requirement.certainty = Certainty::Conditional;
            requirement.unsettled = line
                .unsettled(&candidate().condition, &rule().id)
                .or_else(|| line.unsettled(&rule().scope, &rule().id))
                .or_else(|| (line.origin.is_none() && !rule().origins.is_empty()).then_some(Unsettled::Origin));
            // The presumption of a list speaks of goods that nobody described. Where they are said
            // to be so and not so, or where it is the regime or the origin that is missing, it is
            // asked.
            let of_goods = meant == Tri::Unknown
                && !line.frame_missing(&candidate().condition)
                && !line.frame_missing(&rule().scope);
            requirement.presumed = match element.presumed {
                Presumed::False if meant == Tri::Unknown && line.contradicts(&candidate().condition) => Presumed::Ask,
                Presumed::False if meant == Tri::Unknown => Presumed::False,
                Presumed::True if of_goods => Presumed::True,
                _ => Presumed::Ask,
            };
            told(&|| Outcome::Unsettled(candidate().condition.clone()), line);
        } else if !look.unconditional {
            told(&|| Outcome::Meant(candidate().condition.clone()), line);
        }
        if self.found.matched == Match::Heading {
            requirement.certainty = Certainty::Possible;
            requirement.presumed = Presumed::None;
        }
        if T::LISTENS {
            let mut outcomes = Vec::new();
            self.exempt(line, &mut requirement, Some(&mut |outcome| outcomes.push(outcome)));
            for outcome in outcomes {
                told(&|| outcome.clone(), line);
            }
        } else {
            self.exempt(line, &mut requirement, None);
        }
        if requirement.exemption.is_none() {
            let regime = if look.methods { rule().method_on(day) } else { None };
            if let Some(regime) = regime.filter(|_| self.found.matched == Match::Tariff) {
                self.choose_method(line, &mut requirement, regime);
                if let Some(method) = requirement.method {
                    told(&|| Outcome::Method(method), line);
                }
            }
            if requirement.status == Status::Required {
                self.met_by::<T>(line, &mut requirement, screening, &mut told);
            }
        }
        screening.requirements.push(requirement);
    }

    /// Step 10: what satisfies the requirement, and the records that do not although they are
    /// about it.
    fn met_by<T: Trace>(
        &self,
        line: &Line<'_, '_>,
        requirement: &mut Requirement,
        screening: &mut Screening,
        told: &mut dyn FnMut(&dyn Fn() -> Outcome, &Line<'_, '_>),
    ) {
        let mut not_served = Vec::new();
        let hear: &mut dyn FnMut(u32, Mismatch) = &mut |at, why| not_served.push((at, why));
        self.satisfy(line, requirement, screening, T::LISTENS.then_some(hear));
        if requirement.evidence.0 != requirement.evidence.1 {
            told(&|| Outcome::Evidence, line);
        }
        // What did not serve is of no interest where something else did.
        let open = requirement.status != Status::Met;
        for (at, why) in not_served.into_iter().filter(|_| open) {
            if let Some(record) = self.question.records.record(at) {
                told(&|| Outcome::NotServed(Box::new(record.clone()), why), line);
            }
        }
    }
}

/// Step 4: regime, origin and the rule's own conditions.
fn scope(rule: &Rule, line: &mut Line<'_, '_>) -> Tri {
    let origin = if rule.origins.is_empty() {
        Tri::True
    } else {
        line.origin.map_or(Tri::Unknown, |origin| Tri::from(rule.origins.contains(&origin)))
    };
    if origin == Tri::False { origin } else { origin.and(line.holds(&rule.scope, &rule.id)) }
}

/// The set phrases in the line's words that settle facts of a condition.
fn phrases_for(line: &Line<'_, '_>, condition: &Condition) -> Vec<String> {
    let mut wanted = FactMask::EMPTY;
    facts_of(condition, &mut |fact| wanted.add(&line.fact_bits[fact.index()]));
    let words = [Some(&line.item.description), line.item.purpose.as_ref(), line.declaration.notes.as_ref()];
    let found = words.into_iter().flatten().flat_map(|text: &Text<'_>| line.pack.phrases.found(text, &wanted));
    found.map(str::to_owned).collect()
}

/// Every fact that a condition names.
fn facts_of(condition: &Condition, visit: &mut dyn FnMut(FactId)) {
    match condition {
        Condition::Fact { fact, .. } | Condition::Scoped(fact) => visit(*fact),
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                facts_of(part, visit);
            }
        }
        Condition::Not(part) => facts_of(part, visit),
        _ => {}
    }
}
