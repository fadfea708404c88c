//! A decision is put into a record.

use jiff::Timestamp;

use super::super::examine::{Examination, Examiner, LineDecision, Reason};
use super::super::explain;
use super::{
    DecisionRecord, EvidenceCited, LineRecord, PackRecord, ReasonRecord, RequirementRecord, ShortPermit, TaskRecord,
};
use crate::approval::{Moment, Task};
use crate::law::{AgencyId, Day, Pack, ProcedureId};
use crate::screening::{Draw, EvidenceRef, Holder, LineScreening, Requirement, Short};
use crate::trade::{FindingCode, GoodsItem};

impl DecisionRecord {
    /// The record of a decision.
    pub fn of(examiner: &Examiner<'_>, examination: &Examination<'_, '_>) -> Self {
        let pack = examiner.screener().pack();
        let from = From { pack, examination, day: Day::of(examination.day) };
        let lines = examination.screening.lines.iter().zip(examination.lines).zip(&examination.declaration.items);
        let (schedule, tasks) = (examination.schedule, examination.tasks);
        Self {
            date: examination.day,
            date_source: examination.date_source,
            direction: examination.direction,
            advisory: examination.advisory,
            decision: examination.decision,
            channel: examination.channel.map(|choice| choice.channel),
            channel_reason: examination.channel.and_then(|choice| Some(choice.reason?.key(pack).to_owned())),
            lines: lines
                .enumerate()
                .map(|(at, ((line, decision), item))| from.line((at, line), *decision, item))
                .collect(),
            tasks: tasks.tasks.iter().enumerate().map(|(at, task)| from.task(at, task)).collect(),
            earliest: from.timestamp(schedule.clearance()),
            held_by: schedule.held_by(tasks).map(|agency| from.agency(agency)).collect(),
            held_by_trader: schedule.held_by_trader(tasks),
            path: schedule.path(tasks).into_vec(),
            certificates: Vec::new(),
            preferences: Vec::new(),
            pack: PackRecord { edition: pack.edition.clone(), digest: pack.digest.clone() },
        }
    }
}

/// What a record is made from.
struct From<'f> {
    pack: &'f Pack,
    examination: &'f Examination<'f, 'f>,
    day: Day,
}

impl From<'_> {
    fn line(
        &self,
        (position, line): (usize, &LineScreening),
        decision: LineDecision,
        item: &GoodsItem<'_>,
    ) -> LineRecord {
        let all = line.requirements.0..line.requirements.1;
        LineRecord {
            line: line.number,
            hs: line.hs.map(|hs| hs.to_string()),
            matched: line.matched,
            decision: decision.decision,
            reason: decision.reason.map(|reason| self.reason(reason)),
            requirements: all.map(|at| self.requirement(at as usize, position, item)).collect(),
        }
    }

    fn reason(&self, reason: Reason) -> ReasonRecord {
        match reason {
            Reason::Finding(at) => {
                let finding = self.examination.findings.get(at as usize);
                ReasonRecord::Finding {
                    code: finding.map_or(FindingCode::UnknownDirection, |finding| finding.code).as_str().to_owned(),
                    message: finding.map(|finding| finding.message.clone()).unwrap_or_default(),
                }
            }
            Reason::Uncovered(at) => {
                let coverage = self.pack.coverage.get(usize::from(at));
                let measure = coverage.map(|coverage| self.pack.measures[coverage.measure.index()].key.clone());
                ReasonRecord::Uncovered { measure: measure.unwrap_or_default() }
            }
            Reason::Unmatched => ReasonRecord::Unmatched,
            Reason::ReleaseAsked => ReasonRecord::ReleaseAsked,
        }
    }

    fn requirement(&self, at: usize, position: usize, item: &GoodsItem<'_>) -> RequirementRecord {
        let (pack, examination) = (self.pack, self.examination);
        let requirement = &examination.screening.requirements[at];
        let rule = pack.rule(requirement.rule);
        let procedures = pack.procedure_codes(rule, examination.direction, self.day);
        let basis = rule.legal_basis.iter().filter(|basis| basis.valid.contains(self.day));
        let evidence = examination.screening.evidence_of(requirement).iter();
        RequirementRecord {
            rule: rule.id.clone(),
            measure: pack.measures[rule.measure.index()].key.clone(),
            ministry: pack.ministries[rule.ministry.index()].code.clone(),
            agency: self.agency(pack.authority_on(rule.agency, self.day).agency),
            procedures: procedures.into_iter().map(str::to_owned).collect(),
            stage: rule.stage,
            status: requirement.status,
            certainty: requirement.certainty,
            presumed: requirement.presumed,
            fact: self.fact(requirement, item),
            legal_basis: basis.map(|basis| basis.text.clone()).collect(),
            exemption: requirement.exemption.map(|id| pack.exemptions[id.index()].key.clone()),
            warning: requirement.warned.map(|warned| pack.warnings[warned.warning.index()].id.clone()),
            method: requirement.method.map(|method| method.method),
            drawn: requirement.method.and_then(|method| match method.drawn? {
                Draw::Drawn => Some(true),
                Draw::LetThrough => Some(false),
                Draw::NoKey => None,
            }),
            evidence: evidence.map(|evidence| self.evidence(*evidence, item)).collect(),
            short: examination.screening.short_of(position, requirement.rule).filter_map(|s| self.short(s)).collect(),
            task: examination.tasks.of_requirement(at),
        }
    }

    /// What would settle a requirement: its own open fact, or the one that a warning asks for.
    fn fact(&self, requirement: &Requirement, item: &GoodsItem<'_>) -> Option<String> {
        let by_warning = || explain::asked_by_warning(self.pack, requirement, self.examination.declaration, item);
        requirement.unsettled.or_else(by_warning).map(|open| explain::key(self.pack, open).to_owned())
    }

    fn evidence(&self, evidence: EvidenceRef, item: &GoodsItem<'_>) -> EvidenceCited {
        let document = evidence.document(self.examination.declaration, item);
        let record = match evidence.holder {
            Holder::Record => self.examination.records.record(evidence.index),
            Holder::Declaration | Holder::Line => None,
        };
        let of_record = || record.and_then(|record| record.code.clone());
        EvidenceCited {
            kind: evidence.kind,
            code: document.map(|document| document.code.to_string()).or_else(of_record),
            number: document.map(|d| d.number.to_string()).or_else(|| record.map(|record| record.id.clone())),
            outcome: record.map(|_| evidence.finding),
        }
    }

    fn short(&self, short: &Short) -> Option<ShortPermit> {
        let record = self.examination.records.record(short.record)?;
        let (left, needed) = (short.left.normalize(), short.needed.normalize());
        Some(ShortPermit { number: record.id.clone(), left, needed, unit: short.unit })
    }

    fn task(&self, at: usize, task: &Task) -> TaskRecord {
        let timing = &self.examination.schedule.tasks[at];
        let lines = task.lines.iter().map(|line| self.examination.screening.lines[*line as usize].number);
        TaskRecord {
            id: format!("t{}", at + 1),
            key: task.key(self.pack),
            kind: task.kind,
            agency: task.agency.map(|agency| self.agency(agency)),
            procedure: task.procedure.map(|procedure| self.procedure(procedure)),
            alternatives: task.alternatives.iter().map(|procedure| self.procedure(*procedure)).collect(),
            measure: self.pack.measures[task.measure.index()].key.clone(),
            stage: task.stage,
            lines: lines.collect(),
            after: task.after.to_vec(),
            ready: task.after.is_empty(),
            start: self.timestamp(timing.start),
            due: self.timestamp(timing.due),
            due_estimated: timing.estimated && timing.due.is_some(),
            paused: timing.paused,
            critical: timing.critical,
            slack_working_days: timing.slack_working_days,
        }
    }

    fn agency(&self, id: AgencyId) -> String {
        self.pack.agencies[id.index()].code.clone()
    }

    fn procedure(&self, id: ProcedureId) -> String {
        self.pack.procedures[id.index()].code.clone()
    }

    fn timestamp(&self, moment: Option<Moment>) -> Option<Timestamp> {
        self.examination.calendar.timestamp(moment?)
    }
}
