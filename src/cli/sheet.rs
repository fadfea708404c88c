//! Answers as csv: one row for each requirement of each line.

use crate::clearance::batch::Render;
use crate::clearance::{Examination, explain, write_moment};
use crate::law::{Day, Pack, Presumed};
use crate::message::Rejection;
use crate::screening::TraceEntry;

/// The header row.
pub(super) const HEADER: &str = "source,format,declaration,direction,date,date_source,advisory,decision,line,hs,match,line_decision,rule,measure,ministry,agency,procedures,stage,status,certainty,presumed,sourced,legal_basis,exemption,task,error,due,critical\n";

/// Writes csv rows.
#[derive(Debug)]
pub(super) struct SheetRender<'p> {
    pack: &'p Pack,
}

impl<'p> SheetRender<'p> {
    /// Rows under a pack.
    pub(super) fn new(pack: &'p Pack) -> Self {
        Self { pack }
    }
}

impl Render for SheetRender<'_> {
    fn wants_trace(&self) -> bool {
        false
    }

    fn decided(
        &self,
        out: &mut Vec<u8>,
        source: &str,
        _: &[u8],
        examination: &Examination<'_, '_>,
        _: Option<&[TraceEntry]>,
    ) {
        let pack = self.pack;
        let declaration = examination.declaration;
        let day = Day::of(examination.day);
        let date = day.to_string();
        let mut rows = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        let head = [
            source,
            declaration.format.as_str(),
            declaration.name().unwrap_or_default(),
            examination.direction.map_or("", crate::trade::Direction::as_str),
            &date,
            examination.date_source.as_str(),
            if examination.advisory { "true" } else { "false" },
            examination.decision.as_str(),
        ];
        for (line, decision) in examination.screening.lines.iter().zip(examination.lines) {
            let number = line.number.to_string();
            let hs = line.hs.map(|hs| hs.to_string()).unwrap_or_default();
            let middle = [number.as_str(), &hs, line.matched.as_str(), decision.decision.as_str()];
            let errors: Vec<&str> = examination
                .findings
                .iter()
                .filter(|f| f.goods_line.is_none_or(|l| l == line.number))
                .map(|f| f.code.as_str())
                .collect();
            let errors = errors.join(" ");
            let (from, to) = (line.requirements.0 as usize, line.requirements.1 as usize);
            if from == to {
                let _ =
                    rows.write_record(head.into_iter().chain(middle).chain([""; 13]).chain([errors.as_str(), "", ""]));
            }
            for at in from..to {
                let requirement = &examination.screening.requirements[at];
                let rule = pack.rule(requirement.rule);
                let procedures = pack.procedure_codes(rule, examination.direction, day);
                let task = examination.tasks.of_requirement(at);
                let task_id = task.map(|t| format!("t{}", t + 1)).unwrap_or_default();
                let tail = [
                    rule.id.as_str(),
                    &pack.measures[rule.measure.index()].key,
                    &pack.ministries[rule.ministry.index()].code,
                    &pack.agencies[pack.authority_on(rule.agency, day).agency.index()].code,
                    &procedures.join(";"),
                    rule.stage.as_str(),
                    requirement.status.as_str(),
                    requirement.certainty.as_str(),
                    match requirement.presumed {
                        Presumed::None => "",
                        Presumed::True => "true",
                        Presumed::False => "false",
                        Presumed::Ask => "ask",
                    },
                    rule.sourced.as_str(),
                    &explain::basis(rule, day),
                    requirement.exemption.map_or("", |id| pack.exemptions[id.index()].key.as_str()),
                    &task_id,
                ];
                let timing = task.map(|task| &examination.schedule.tasks[usize::from(task)]);
                let mut due = Vec::new();
                if let Some(moment) = timing.and_then(|timing| timing.due) {
                    write_moment(&mut due, examination.calendar, moment);
                }
                let due = String::from_utf8_lossy(&due);
                let critical = timing.map_or("", |timing| if timing.critical { "true" } else { "false" });
                let _ = rows.write_record(head.into_iter().chain(middle).chain(tail).chain([
                    errors.as_str(),
                    &due,
                    critical,
                ]));
            }
        }
        let _ = rows.flush();
    }

    fn rejected(&self, out: &mut Vec<u8>, source: &str, _: &[u8], rejection: &Rejection) {
        let mut rows = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        let format = rejection.format.map_or("", crate::trade::Format::as_str);
        let code = rejection.findings.first().map_or("", |f| f.code.as_str());
        let blank = [""; 5];
        let _ = rows.write_record(
            [source, format].into_iter().chain(blank).chain(["rejected"]).chain([""; 17]).chain([code, "", ""]),
        );
        let _ = rows.flush();
    }
}
