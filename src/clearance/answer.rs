//! The answer as JSON, written straight into bytes.
//!
//! What an answer says of a rule does not change from line to line, so it is put into words once
//! for each rule and each change of its legal basis (`words`), and copied from then on.

mod joint;
mod short;
mod words;

use rustc_hash::FxHashMap;

use self::words::{RuleWords, limit_words};
use super::examine::{Examination, FINDINGS_TOLD, LineDecision, Reason};
use super::explain::{self, Lang};
use super::json::{
    push_bool, push_date, push_moment, push_number, push_optional, push_optional_number, push_string, push_string_list,
    push_task_id,
};
use crate::approval::{LimitRef, Task, TaskKind};
use crate::law::{CandidateId, Day, MethodRegime, Pack, Presumed, Rule};
use crate::message::Rejection;
use crate::screening::{Draw, EvidenceFinding, EvidenceRef, Holder, LineScreening, Outcome, Requirement, TraceEntry};
use crate::trade::{Certainty, Finding, FindingCode, GoodsItem};

/// Writes answers under a pack.
#[derive(Debug)]
pub struct AnswerWriter<'p> {
    pack: &'p Pack,
    rules: Vec<RuleWords>,
    /// The positions of the customs offices by their codes.
    offices: FxHashMap<&'p str, usize>,
    /// From `limit` to the value of `slack_working_days`, for each state of each regime of
    /// inspection methods; empty where it has no limit.
    methods: Vec<Vec<String>>,
    /// The end of every answer: pack and engine.
    tail: String,
    lang: Lang,
    explained: bool,
}

impl<'p> AnswerWriter<'p> {
    /// Puts the pack into words; explanations are in `lang`.
    pub fn new(pack: &'p Pack, lang: Lang) -> Self {
        let rules = pack.rules.iter().map(|rule| RuleWords::of(pack, rule, lang)).collect();
        let limits = |regime: &MethodRegime| {
            regime.states.iter().map(|state| state.deadline.as_ref().map(limit_words).unwrap_or_default()).collect()
        };
        let methods = pack.methods.iter().map(limits).collect();
        let offices = pack.offices.iter().enumerate().map(|(at, office)| (office.code.as_str(), at)).collect();
        let mut tail = Vec::new();
        tail.extend_from_slice(b",\"pack\":{\"country\":");
        push_string(&mut tail, &pack.country.as_str().to_ascii_lowercase());
        tail.extend_from_slice(b",\"edition\":");
        push_string(&mut tail, &pack.edition);
        tail.extend_from_slice(b",\"digest\":");
        push_string(&mut tail, &pack.digest);
        tail.extend_from_slice(b"},\"engine\":");
        push_string(&mut tail, env!("CARGO_PKG_VERSION"));
        tail.push(b'}');
        Self {
            pack,
            rules,
            offices,
            methods,
            tail: String::from_utf8_lossy(&tail).into_owned(),
            lang,
            explained: false,
        }
    }

    /// The same, with each answer explaining itself.
    #[must_use]
    pub fn explained(mut self, explained: bool) -> Self {
        self.explained = explained;
        self
    }

    /// Appends the answer to one declaration. `bytes` is the message, for the places of findings.
    /// With a trace the answer explains itself.
    pub fn write(
        &self,
        out: &mut Vec<u8>,
        source: &str,
        bytes: &[u8],
        examination: &Examination<'_, '_>,
        trace: Option<&[TraceEntry]>,
    ) {
        let declaration = examination.declaration;
        out.extend_from_slice(b"{\"source\":");
        push_string(out, source);
        out.extend_from_slice(b",\"format\":\"");
        out.extend_from_slice(declaration.format.as_str().as_bytes());
        out.extend_from_slice(b"\",\"declaration\":");
        push_optional(out, declaration.name());
        out.extend_from_slice(b",\"direction\":");
        push_optional(out, examination.direction.map(crate::trade::Direction::as_str));
        out.extend_from_slice(b",\"date\":\"");
        push_date(out, Day::of(examination.day));
        out.extend_from_slice(b"\",\"date_source\":\"");
        out.extend_from_slice(examination.date_source.as_str().as_bytes());
        out.extend_from_slice(b"\",\"advisory\":");
        push_bool(out, examination.advisory);
        if let Some(procedure) = &declaration.dossier_procedure {
            out.extend_from_slice(b",\"procedure\":");
            push_string(out, procedure);
        }
        if let Some(office) = declaration.office.as_deref().filter(|_| !examination.advisory) {
            self.office(out, office, Day::of(examination.day));
        }
        out.extend_from_slice(b",\"decision\":\"");
        out.extend_from_slice(examination.decision.as_str().as_bytes());
        out.extend_from_slice(b"\",\"channel\":");
        push_optional(out, examination.channel.map(|choice| choice.channel.as_str()));
        if let Some(reason) = examination.channel.and_then(|choice| choice.reason) {
            out.extend_from_slice(b",\"channel_reason\":");
            push_string(out, reason.key(self.pack));
        }
        out.extend_from_slice(b",\"lines\":[");
        let lines = examination.screening.lines.iter().zip(examination.lines).zip(&declaration.items);
        for (position, ((line, decision), item)) in lines.enumerate() {
            if position > 0 {
                out.push(b',');
            }
            self.line(out, examination, (position, line, *decision, item), trace);
        }
        out.push(b']');
        self.joint_of_several(out, examination);
        out.extend_from_slice(b",\"tasks\":[");
        for (at, task) in examination.tasks.tasks.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.task(out, examination, at, task);
        }
        out.extend_from_slice(b"],\"ready\":[");
        for (count, at) in examination.tasks.ready().enumerate() {
            if count > 0 {
                out.push(b',');
            }
            push_task_id(out, at);
        }
        out.push(b']');
        self.clearance(out, examination);
        out.extend_from_slice(b",\"errors\":[");
        push_findings(out, examination.findings, bytes);
        out.push(b']');
        out.extend_from_slice(self.tail.as_bytes());
    }

    fn line(
        &self,
        out: &mut Vec<u8>,
        examination: &Examination<'_, '_>,
        (position, line, decision, item): (usize, &LineScreening, LineDecision, &GoodsItem<'_>),
        trace: Option<&[TraceEntry]>,
    ) {
        out.extend_from_slice(b"{\"line\":");
        push_number(out, line.number);
        out.extend_from_slice(b",\"hs\":");
        match line.hs {
            Some(hs) => {
                let (digits, length) = hs.to_digits();
                out.push(b'"');
                out.extend_from_slice(&digits[..length]);
                out.push(b'"');
            }
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"match\":\"");
        out.extend_from_slice(line.matched.as_str().as_bytes());
        out.extend_from_slice(b"\",\"decision\":\"");
        out.extend_from_slice(decision.decision.as_str().as_bytes());
        out.push(b'"');
        if let Some(reason) = decision.reason {
            out.extend_from_slice(b",\"reason\":");
            push_string(out, &self.reason(reason, examination));
        }
        out.extend_from_slice(b",\"requirements\":[");
        let (from, to) = (line.requirements.0 as usize, line.requirements.1 as usize);
        for at in from..to {
            if at > from {
                out.push(b',');
            }
            self.requirement(out, examination, at, (position, item), trace);
        }
        out.push(b']');
        self.joint(out, examination, line);
        if let Some(trace) = trace {
            self.dropped(out, position, trace, Day::of(examination.day));
        }
        out.push(b'}');
    }

    /// The customs office, as it is named on the day.
    fn office(&self, out: &mut Vec<u8>, code: &str, day: Day) {
        let known = self.offices.get(code).map(|at| self.pack.offices[*at].name_on(day));
        let Some(name) = known.or_else(|| self.pack.office_on(code, day)) else { return };
        out.extend_from_slice(b",\"office\":{\"code\":");
        push_string(out, code);
        out.extend_from_slice(b",\"name\":");
        push_string(out, &name.name_vi);
        out.push(b'}');
    }

    fn requirement(
        &self,
        out: &mut Vec<u8>,
        examination: &Examination<'_, '_>,
        at: usize,
        (position, item): (usize, &GoodsItem<'_>),
        trace: Option<&[TraceEntry]>,
    ) {
        let requirement = &examination.screening.requirements[at];
        let words = &self.rules[requirement.rule.index()];
        let (head, basis) = words.on(Day::of(examination.day), examination.direction);
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(requirement.status.as_str().as_bytes());
        out.extend_from_slice(match requirement.certainty {
            Certainty::Certain => b"\",\"certainty\":\"certain\",\"presumed\":",
            Certainty::Conditional => b"\",\"certainty\":\"conditional\",\"presumed\":".as_slice(),
            Certainty::Possible => b"\",\"certainty\":\"possible\",\"presumed\":",
        });
        out.extend_from_slice(match requirement.presumed {
            Presumed::None => b"null".as_slice(),
            Presumed::True => b"true",
            Presumed::False => b"false",
            Presumed::Ask => b"\"ask\"",
        });
        out.extend_from_slice(basis.as_bytes());
        match requirement.exemption {
            None => out.extend_from_slice(b"null"),
            Some(id) => {
                let exemption = &self.pack.exemptions[id.index()];
                out.extend_from_slice(b"{\"key\":");
                push_string(out, &exemption.key);
                out.extend_from_slice(b",\"legal_basis\":");
                push_string(out, &exemption.legal_basis);
                out.push(b'}');
            }
        }
        self.method(out, requirement);
        out.extend_from_slice(b",\"evidence\":[");
        for (count, evidence) in examination.screening.evidence_of(requirement).iter().enumerate() {
            if count > 0 {
                out.push(b',');
            }
            push_evidence(out, examination, *evidence, item);
        }
        out.extend_from_slice(b"],\"task\":");
        match examination.tasks.of_requirement(at) {
            Some(task) => push_task_id(out, usize::from(task)),
            None => out.extend_from_slice(b"null"),
        }
        short::push(out, examination, position, requirement.rule);
        let candidate = self.pack.candidate(requirement.candidate);
        if !candidate.note.is_empty() {
            out.extend_from_slice(b",\"note\":");
            push_string(out, &candidate.note);
        }
        let by_warning = || explain::asked_by_warning(self.pack, requirement, examination.declaration, item);
        if let Some(fact) = requirement.unsettled.or_else(by_warning) {
            out.extend_from_slice(b",\"fact\":");
            push_string(out, explain::key(self.pack, fact));
        }
        if let Some(trace) = trace {
            out.extend_from_slice(b",\"why\":");
            push_string_list(out, &self.steps(position, requirement, trace, Day::of(examination.day)));
            self.not_exempt(out, position, requirement, trace);
            self.not_served(out, position, requirement, trace);
        }
        out.push(b'}');
    }

    /// How strictly goods are looked at, and the warning that stands.
    fn method(&self, out: &mut Vec<u8>, requirement: &Requirement) {
        out.extend_from_slice(b",\"method\":");
        match &requirement.method {
            None => out.extend_from_slice(b"null"),
            Some(method) => {
                out.push(b'"');
                out.extend_from_slice(method.method.as_str().as_bytes());
                out.push(b'"');
                if let Some(drawn) = method.drawn {
                    out.extend_from_slice(b",\"drawn\":");
                    out.extend_from_slice(match drawn {
                        Draw::Drawn => b"true".as_slice(),
                        Draw::LetThrough => b"false",
                        Draw::NoKey => b"null",
                    });
                }
            }
        }
        if let Some(warned) = requirement.warned {
            let warning = &self.pack.warnings[warned.warning.index()];
            out.extend_from_slice(b",\"warning\":{\"id\":");
            push_string(out, &warning.id);
            out.extend_from_slice(b",\"certain\":");
            push_bool(out, warned.certain);
            out.extend_from_slice(b",\"legal_basis\":");
            push_string(out, &warning.legal_basis);
            out.push(b'}');
        }
    }

    /// The steps that made a requirement what it is, as sentences.
    fn steps(&self, position: usize, requirement: &Requirement, trace: &[TraceEntry], day: Day) -> Vec<String> {
        let mut sentences = vec![explain::applies(self.pack, requirement.rule, day, self.lang)];
        sentences.extend(
            trace
                .iter()
                .filter(|e| e.line == position && e.candidate == requirement.candidate && e.outcome.shapes())
                .map(|e| explain::sentence(self.pack, e, requirement, day, self.lang)),
        );
        sentences
    }

    /// The exemptions that nearly lift a requirement, each with the first condition that fails.
    fn not_exempt(&self, out: &mut Vec<u8>, position: usize, requirement: &Requirement, trace: &[TraceEntry]) {
        let of_requirement = trace.iter().filter(|e| e.line == position && e.candidate == requirement.candidate);
        let nearly = of_requirement.filter_map(|entry| match &entry.outcome {
            Outcome::NotExempt(id, failure) => Some((&self.pack.exemptions[id.index()], failure)),
            _ => None,
        });
        out.extend_from_slice(b",\"not_exempt\":[");
        for (count, (exemption, failure)) in nearly.enumerate() {
            if count > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"key\":");
            push_string(out, &exemption.key);
            out.extend_from_slice(b",\"legal_basis\":");
            push_string(out, &exemption.legal_basis);
            out.extend_from_slice(b",\"sourced\":\"");
            out.extend_from_slice(exemption.sourced.as_str().as_bytes());
            out.extend_from_slice(b"\",\"why\":");
            push_string(out, &explain::not_exempt(self.pack, exemption, failure, self.lang));
            out.push(b'}');
        }
        out.push(b']');
    }

    /// The records about the rule that do not serve; nothing where there are none.
    fn not_served(&self, out: &mut Vec<u8>, position: usize, requirement: &Requirement, trace: &[TraceEntry]) {
        let of_requirement = trace.iter().filter(|e| e.line == position && e.candidate == requirement.candidate);
        let records = of_requirement.filter_map(|entry| match &entry.outcome {
            Outcome::NotServed(record, mismatch) => Some((record, *mismatch)),
            _ => None,
        });
        let mut open = false;
        for (record, mismatch) in records {
            out.extend_from_slice(if open { b"," } else { b",\"not_served\":[".as_slice() });
            open = true;
            out.extend_from_slice(b"{\"code\":");
            push_optional(out, record.code.as_deref());
            out.extend_from_slice(b",\"number\":");
            push_string(out, &record.id);
            out.extend_from_slice(b",\"why\":");
            push_string(out, &explain::not_served(record, mismatch, self.lang));
            out.push(b'}');
        }
        if open {
            out.push(b']');
        }
    }

    /// What nearly applied, and the step that dropped it.
    fn dropped(&self, out: &mut Vec<u8>, position: usize, trace: &[TraceEntry], day: Day) {
        out.extend_from_slice(b",\"dropped\":[");
        let entries = trace.iter().filter(|e| e.line == position && e.outcome.drops());
        for (count, entry) in entries.enumerate() {
            if count > 0 {
                out.push(b',');
            }
            let rule = self.rule_of(entry.candidate);
            out.extend_from_slice(b"{\"rule\":");
            push_string(out, &rule.id);
            out.extend_from_slice(b",\"legal_basis\":");
            push_string(out, &explain::nearest_basis(rule, day));
            out.extend_from_slice(b",\"sourced\":\"");
            out.extend_from_slice(rule.sourced.as_str().as_bytes());
            out.extend_from_slice(b"\",\"step\":\"");
            out.extend_from_slice(entry.outcome.step().as_bytes());
            out.extend_from_slice(b"\",\"why\":");
            push_string(out, &explain::dropped(self.pack, entry, day, self.lang));
            out.push(b'}');
        }
        out.push(b']');
    }

    fn rule_of(&self, candidate: CandidateId) -> &Rule {
        self.pack.rule(self.pack.candidate(candidate).rule)
    }

    fn reason(&self, reason: Reason, examination: &Examination<'_, '_>) -> String {
        explain::reason(self.pack, reason, examination.findings, self.lang)
    }

    fn task(&self, out: &mut Vec<u8>, examination: &Examination<'_, '_>, at: usize, task: &Task) {
        out.extend_from_slice(b"{\"id\":");
        push_task_id(out, at);
        out.extend_from_slice(match task.kind {
            TaskKind::SettleFact => b",\"kind\":\"settle_fact\",\"agency\":".as_slice(),
            TaskKind::Dossier => b",\"kind\":\"dossier\",\"agency\":",
        });
        push_optional(out, task.agency.map(|agency| self.pack.agencies[agency.index()].code.as_str()));
        out.extend_from_slice(b",\"procedure\":");
        push_optional(out, task.procedure.map(|p| self.pack.procedures[p.index()].code.as_str()));
        if !task.alternatives.is_empty() {
            out.extend_from_slice(b",\"alternatives\":");
            let codes: Vec<&str> =
                task.alternatives.iter().map(|p| self.pack.procedures[p.index()].code.as_str()).collect();
            push_string_list(out, &codes);
        }
        out.extend_from_slice(b",\"measure\":");
        push_string(out, &self.pack.measures[task.measure.index()].key);
        out.extend_from_slice(b",\"stage\":\"");
        out.extend_from_slice(task.stage.as_str().as_bytes());
        out.extend_from_slice(b"\",\"lines\":[");
        for (count, line) in task.lines.iter().enumerate() {
            if count > 0 {
                out.push(b',');
            }
            push_number(out, examination.screening.lines[*line as usize].number);
        }
        out.extend_from_slice(b"],\"after\":[");
        for (count, first) in task.after.iter().enumerate() {
            if count > 0 {
                out.push(b',');
            }
            push_task_id(out, usize::from(*first));
        }
        let timing = &examination.schedule.tasks[at];
        out.extend_from_slice(b"],\"due\":");
        push_moment(out, examination.calendar, timing.due);
        if timing.estimated && timing.due.is_some() {
            out.extend_from_slice(b",\"due_estimated\":true");
        }
        if timing.paused {
            out.extend_from_slice(b",\"paused\":true");
        }
        out.extend_from_slice(b",\"critical\":");
        push_bool(out, timing.critical);
        let limit = timing.limit.and_then(|limit| match limit {
            LimitRef::Rule(rule, at) => self.rules[rule.index()].limits.get(usize::from(at)),
            LimitRef::Method(regime, state) => self.methods[regime.index()].get(usize::from(state)),
        });
        out.extend_from_slice(limit.map_or(",\"limit\":null,\"slack_working_days\":", |words| words).as_bytes());
        push_optional_number(out, timing.slack_working_days.map(|days| days as usize));
        out.push(b'}');
    }

    /// When the goods can be cleared, and what they wait for.
    fn clearance(&self, out: &mut Vec<u8>, examination: &Examination<'_, '_>) {
        let (schedule, tasks) = (examination.schedule, examination.tasks);
        out.extend_from_slice(b",\"clearance\":{\"earliest\":");
        push_moment(out, examination.calendar, schedule.clearance());
        out.extend_from_slice(b",\"held_by\":[");
        for (count, agency) in schedule.held_by(tasks).enumerate() {
            if count > 0 {
                out.push(b',');
            }
            push_string(out, &self.pack.agencies[agency.index()].code);
        }
        out.extend_from_slice(b"],\"path\":[");
        for (count, at) in schedule.path(tasks).into_iter().enumerate() {
            if count > 0 {
                out.push(b',');
            }
            push_task_id(out, usize::from(at));
        }
        out.extend_from_slice(b"]}");
    }
}

impl super::batch::Render for AnswerWriter<'_> {
    fn wants_trace(&self) -> bool {
        self.explained
    }

    fn decided(
        &self,
        out: &mut Vec<u8>,
        source: &str,
        bytes: &[u8],
        examination: &Examination<'_, '_>,
        trace: Option<&[TraceEntry]>,
    ) {
        self.write(out, source, bytes, examination, trace);
    }

    fn rejected(&self, out: &mut Vec<u8>, source: &str, bytes: &[u8], rejection: &Rejection) {
        write_rejection(out, source, bytes, rejection);
    }
}

/// What satisfies a requirement, or shows that it was asked for or refused.
fn push_evidence(out: &mut Vec<u8>, examination: &Examination<'_, '_>, evidence: EvidenceRef, item: &GoodsItem<'_>) {
    let document = evidence.document(examination.declaration, item);
    let record = match evidence.holder {
        Holder::Record => examination.records.record(evidence.index),
        _ => None,
    };
    out.extend_from_slice(b"{\"kind\":\"");
    out.extend_from_slice(evidence.kind.as_str().as_bytes());
    out.extend_from_slice(b"\",\"code\":");
    push_optional(out, document.map(|d| d.code.as_ref()).or(record.and_then(|r| r.code.as_deref())));
    out.extend_from_slice(b",\"number\":");
    push_optional(out, document.map(|d| d.number.as_ref()).or(record.map(|r| r.id.as_str())));
    if record.is_some() {
        out.extend_from_slice(match evidence.finding {
            EvidenceFinding::Pass => b",\"outcome\":\"pass\"".as_slice(),
            EvidenceFinding::Fail => b",\"outcome\":\"fail\"",
            EvidenceFinding::Pending => b",\"outcome\":\"pending\"",
        });
    }
    out.push(b'}');
}

/// Appends the answer to a message that could not be read.
pub fn write_rejection(out: &mut Vec<u8>, source: &str, bytes: &[u8], rejection: &Rejection) {
    out.extend_from_slice(b"{\"source\":");
    push_string(out, source);
    out.extend_from_slice(b",\"format\":null,\"error\":");
    match rejection.findings.first() {
        Some(first) => push_finding(out, first, bytes),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"errors\":[");
    push_findings(out, &rejection.findings, bytes);
    out.extend_from_slice(b"]}");
}

fn push_findings(out: &mut Vec<u8>, findings: &[Finding], bytes: &[u8]) {
    for (count, finding) in findings.iter().take(FINDINGS_TOLD).enumerate() {
        if count > 0 {
            out.push(b',');
        }
        push_finding(out, finding, bytes);
    }
    if findings.len() > FINDINGS_TOLD {
        let more = findings.len() - FINDINGS_TOLD;
        out.push(b',');
        push_finding(out, &Finding::warning(FindingCode::Limit, format!("{more} more are not listed")), bytes);
    }
}

fn push_finding(out: &mut Vec<u8>, finding: &Finding, bytes: &[u8]) {
    out.extend_from_slice(b"{\"code\":\"");
    out.extend_from_slice(finding.code.as_str().as_bytes());
    out.extend_from_slice(b"\",\"severity\":\"");
    out.extend_from_slice(finding.severity.as_str().as_bytes());
    out.extend_from_slice(b"\",\"message\":");
    push_string(out, &finding.message);
    let position = finding.position(bytes);
    out.extend_from_slice(b",\"xml_line\":");
    push_optional_number(out, position.map(|(line, _)| line));
    out.extend_from_slice(b",\"column\":");
    push_optional_number(out, position.map(|(_, column)| column));
    out.extend_from_slice(b",\"field\":");
    push_optional(out, finding.field.as_deref());
    out.extend_from_slice(b",\"goods_line\":");
    push_optional_number(out, finding.goods_line.map(|line| line as usize));
    out.push(b'}');
}
