//! What meets on a line or in the declaration, and who leads.

use super::super::examine::Examination;
use super::super::explain;
use super::super::json::{push_bool, push_number, push_optional, push_string, push_string_list};
use super::AnswerWriter;
use crate::approval::{Leader, joint, joint_of_several};
use crate::law::{AgencyId, Day, RuleId};
use crate::screening::LineScreening;

impl AnswerWriter<'_> {
    /// Requirements that meet on a line.
    pub(super) fn joint(&self, out: &mut Vec<u8>, examination: &Examination<'_, '_>, line: &LineScreening) {
        let day = Day::of(examination.day);
        let Some(joint) = joint(self.pack, examination.screening, line, day) else { return };
        out.extend_from_slice(b",\"joint\":{");
        self.who_meets(out, &joint.rules, &joint.agencies);
        out.extend_from_slice(b",\"inspection\":");
        push_bool(out, joint.inspection);
        out.extend_from_slice(b",\"lead\":");
        match &joint.lead {
            None => out.extend_from_slice(b"null"),
            Some(lead) => self.leader(out, lead),
        }
        if self.explained {
            out.extend_from_slice(b",\"why\":");
            push_string(out, &explain::joint(self.pack, &joint, day, self.lang));
        }
        out.push(b'}');
    }

    /// Inspections on several lines that an act gives to one agency; nothing where there are none.
    pub(super) fn joint_of_several(&self, out: &mut Vec<u8>, examination: &Examination<'_, '_>) {
        let day = Day::of(examination.day);
        let all = joint_of_several(self.pack, examination.screening, day);
        if all.is_empty() {
            return;
        }
        out.extend_from_slice(b",\"joint\":[");
        for (count, joint) in all.iter().enumerate() {
            out.extend_from_slice(if count > 0 { b",{\"lines\":[" } else { b"{\"lines\":[" });
            for (count, line) in joint.lines.iter().enumerate() {
                if count > 0 {
                    out.push(b',');
                }
                push_number(out, *line);
            }
            out.extend_from_slice(b"],");
            self.who_meets(out, &joint.rules, &joint.agencies);
            out.extend_from_slice(b",\"lead\":");
            self.leader(out, &joint.lead);
            if self.explained {
                out.extend_from_slice(b",\"why\":");
                push_string(out, &explain::joint_of_several(self.pack, joint, day, self.lang));
            }
            out.push(b'}');
        }
        out.push(b']');
    }

    fn who_meets(&self, out: &mut Vec<u8>, rules: &[RuleId], agencies: &[AgencyId]) {
        let rules: Vec<&str> = rules.iter().map(|rule| self.pack.rule(*rule).id.as_str()).collect();
        let agencies: Vec<&str> = agencies.iter().map(|id| self.agency_code(*id)).collect();
        out.extend_from_slice(b"\"rules\":");
        push_string_list(out, &rules);
        out.extend_from_slice(b",\"agencies\":");
        push_string_list(out, &agencies);
    }

    fn leader(&self, out: &mut Vec<u8>, lead: &Leader<'_>) {
        out.extend_from_slice(b"{\"ministry\":");
        push_string(out, &self.pack.ministries[lead.ministry.index()].code);
        out.extend_from_slice(b",\"agency\":");
        push_optional(out, lead.agency.map(|agency| self.agency_code(agency)));
        out.extend_from_slice(b",\"legal_basis\":");
        push_optional(out, lead.by.map(|act| act.legal_basis.as_str()));
        out.push(b'}');
    }

    fn agency_code(&self, id: AgencyId) -> &str {
        &self.pack.agencies[id.index()].code
    }
}
