//! Cases of a pack against what screening makes of them.

use std::collections::HashSet;

use serde::Serialize;

use super::examine::{Examiner, LawDay, Room};
use super::explain::{Lang, applies, dropped, sentence};
use crate::law::{Case, Defect, Expectation, Pack, Presumed, Rule, missing_cases};
use crate::message::Reading;
use crate::screening::{Requirement, Screener, TraceEntry};
use crate::trade::{Severity, Status};

/// What came of a pack's cases, in the shape of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    /// How many rules were looked at.
    pub rules: usize,
    /// Those of them that have codes, and so need cases.
    pub with_codes: usize,
    /// Rules with a case in which they apply.
    pub with_positive: usize,
    /// Rules with a case in which they do not.
    pub with_negative: usize,
    /// How many cases were run.
    pub cases: usize,
    /// How many of them came out otherwise than expected.
    pub failed: usize,
    /// The failed cases and the missing ones, each with its place.
    pub errors: Vec<Defect>,
    /// What is worth knowing all the same.
    pub warnings: Vec<Defect>,
}

/// Runs the cases of the rules that `chosen` names, by their ids.
///
/// Rules that have codes and lack a case that meets them, or one that does not, are errors too.
pub fn test_cases(pack: &Pack, cases: &[Case], chosen: &dyn Fn(&str) -> bool) -> CaseReport {
    let screener = Screener::new(pack);
    let mut room = Room::default();
    let cases: Vec<&Case> = cases.iter().filter(|case| chosen(&case.rule)).collect();
    let mut errors: Vec<Defect> = cases.iter().filter_map(|case| failure(&screener, case, &mut room)).collect();
    let failed = errors.len();
    let missing = missing_cases(pack, cases.iter().copied());
    errors.extend(missing.iter().filter(|(rule, _)| chosen(&rule.id)).map(|(rule, expect)| lacks(pack, rule, *expect)));
    errors.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    let rules_with = |expect: Expectation| {
        cases.iter().filter(|case| case.expect == expect).map(|case| &case.rule).collect::<HashSet<_>>().len()
    };
    let with_codes = pack.rules.iter().filter(|rule| chosen(&rule.id)).count();
    CaseReport {
        rules: with_codes + pack.unused_rules.iter().filter(|rule| chosen(&rule.id)).count(),
        with_codes,
        with_positive: rules_with(Expectation::Positive),
        with_negative: rules_with(Expectation::Negative),
        cases: cases.len(),
        failed,
        errors,
        warnings: Vec::new(),
    }
}

/// A rule lies in the folder of its ministry, in a file of its own name.
fn lacks(pack: &Pack, rule: &Rule, expect: Expectation) -> Defect {
    let ministry = pack.ministries[rule.ministry.index()].code.to_lowercase();
    Defect {
        file: format!("inspections/{ministry}/{}.toml", rule.id),
        line: 1,
        column: 1,
        severity: Severity::Error,
        code: "case_missing".into(),
        message: format!("rule `{}` has no {} case", rule.id, expect.as_str()),
        help: Some(format!("add one to `cases/{ministry}.toml`")),
    }
}

/// What is wrong with a case; `None` where it comes out as expected.
fn failure(screener: &Screener<'_>, case: &Case, room: &mut Room) -> Option<Defect> {
    let problem = |code: &'static str, message: String| {
        Some(Defect {
            file: case.file.clone(),
            line: case.line,
            column: case.column,
            severity: Severity::Error,
            code: code.into(),
            message: format!("rule `{}`, {}: {message}", case.rule, case.title),
            help: Some(format!("the case rests on: {}", case.why)),
        })
    };
    let pack = screener.pack();
    let Some(received) = case.day.date() else {
        return problem("case_question", format!("{} is no day", case.day));
    };
    let declaration = case.query.declaration(pack.country, pack.currency);
    let reading = Reading { declaration, findings: Vec::new(), bytes: &[] };
    let examiner = Examiner::new(screener, LawDay { received, as_of: None, law_date: None });
    let mut trace: Vec<TraceEntry> = Vec::new();
    let examination = examiner.examine(&reading, room, &mut trace);
    if let Some(finding) = examination.findings.iter().find(|finding| finding.severity == Severity::Error) {
        return problem("case_question", format!("{}: {}", finding.code.as_str(), finding.message));
    }
    let found: Vec<&Requirement> =
        examination.screening.requirements.iter().filter(|found| pack.rule(found.rule).id == case.rule).collect();
    let came_out = Came { pack, case, found: &found, trace: &trace };
    came_out.otherwise().and_then(|message| problem("case_failed", message))
}

/// What came out for a case's rule.
struct Came<'c> {
    pack: &'c Pack,
    case: &'c Case,
    /// The rule's requirements on the line.
    found: &'c [&'c Requirement],
    trace: &'c [TraceEntry],
}

impl Came<'_> {
    /// How it differs from what was expected.
    fn otherwise(&self) -> Option<String> {
        let asks = |found: &&&Requirement| !matches!(found.status, Status::Exempt | Status::Waived);
        let asking = self.found.iter().find(asks);
        match (self.case.expect, asking) {
            (Expectation::Positive, None) => {
                return Some(format!("expected a requirement, there is none: {}", self.why_not()));
            }
            (Expectation::Negative, Some(found)) => {
                return Some(format!("expected nothing, but {}: {}", state(found), self.why(found)));
            }
            _ => {}
        }
        // What else the case says has to be true of one and the same requirement.
        let keys = self.keys();
        let candidates: Vec<&&Requirement> =
            self.found.iter().filter(|found| self.case.expect == Expectation::Negative || asks(found)).collect();
        if keys.is_empty() || candidates.iter().any(|found| self.differs(found).is_none()) {
            return None;
        }
        Some(match candidates.first() {
            Some(found) => format!("{}: {}", self.differs(found).unwrap_or_default(), self.why(found)),
            None => format!("expected {keys}, but there is no requirement: {}", self.why_not()),
        })
    }

    /// What the case says of the requirement, in words.
    fn keys(&self) -> String {
        let case = self.case;
        let words = [
            case.status.map(|status| format!("status `{}`", status.as_str())),
            case.certainty.map(|certainty| format!("certainty `{}`", certainty.as_str())),
            case.presumed.map(|presumed| format!("presumed `{}`", presumption(presumed))),
            case.exemption.as_ref().map(|key| format!("exemption `{key}`")),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The first of the keys that a requirement does not have as the case says.
    fn differs(&self, found: &Requirement) -> Option<String> {
        let case = self.case;
        let key = found.exemption.map(|id| self.pack.exemptions[id.index()].key.as_str());
        let pairs = [
            ("status", case.status.map(Status::as_str), Some(found.status.as_str())),
            ("certainty", case.certainty.map(crate::trade::Certainty::as_str), Some(found.certainty.as_str())),
            ("presumed", case.presumed.map(presumption), Some(presumption(found.presumed))),
            ("exemption", case.exemption.as_deref(), key),
        ];
        let (what, expected, is) = pairs.into_iter().find(|(_, expected, is)| expected.is_some() && expected != is)?;
        Some(format!("expected {what} `{}`, found `{}`", expected.unwrap_or_default(), is.unwrap_or("none")))
    }

    /// Why a requirement is what it is.
    fn why(&self, found: &Requirement) -> String {
        let day = self.case.day;
        let steps = self.trace.iter().filter(|entry| entry.candidate == found.candidate && !entry.outcome.drops());
        let steps = steps.map(|entry| sentence(self.pack, entry, found, day, Lang::En));
        let all: Vec<String> = std::iter::once(applies(self.pack, found.rule, day, Lang::En)).chain(steps).collect();
        all.join("; ")
    }

    /// Why the rule asks nothing.
    fn why_not(&self) -> String {
        let day = self.case.day;
        let lifted = self.found.iter().map(|found| format!("{}: {}", state(found), self.why(found)));
        let of_rule =
            |entry: &&TraceEntry| self.pack.rule(self.pack.candidate(entry.candidate).rule).id == self.case.rule;
        let drops = self.trace.iter().filter(of_rule).filter(|entry| entry.outcome.drops());
        let drops = drops.map(|entry| dropped(self.pack, entry, day, Lang::En));
        let all: Vec<String> = lifted.chain(drops).collect();
        if all.is_empty() {
            return format!("no entry of its list reaches `{}`", self.case.query.hs);
        }
        all.join("; ")
    }
}

fn state(found: &Requirement) -> String {
    format!("it is {} ({})", found.status.as_str(), found.certainty.as_str())
}

/// The word that cases write.
fn presumption(presumed: Presumed) -> &'static str {
    match presumed {
        Presumed::None => "none",
        Presumed::True => "true",
        Presumed::False => "false",
        Presumed::Ask => "ask",
    }
}
