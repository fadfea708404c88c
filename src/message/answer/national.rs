//! The notice on a national declaration; its shape stands in [`crate::message::national`].

use super::envelope::{begin, moment};
use super::notice::{Line, Notice, Outcome, Task};
use super::xml::Writer;
use super::{ErrorCode, Sending};
use crate::message::incoming::Head;
use crate::trade::Text;

/// The type of the message.
const TYPE: &str = "30";

/// Writes the notice.
pub(super) fn notice(head: &Head<'_>, sending: &Sending<'_>, notice: &Notice<'_>) -> String {
    let mut writer = begin(Some(head), sending, Some(TYPE), notice.outcome.national());
    let words = |text: &Option<Text<'_>>| text.as_deref().unwrap_or_default().to_owned();
    writer.open("DeclarationNotice");
    writer.optional("DeclarationNo", &words(&notice.number));
    writer.text("Version", &notice.version.to_string());
    if matches!(notice.outcome, Outcome::Granted | Outcome::NotGranted) {
        writer.text("Granted", if notice.outcome == Outcome::Granted { "1" } else { "0" });
    }
    if let Some(accepted) = &notice.accepted {
        writer.text("AcceptanceDate", &moment(accepted.datetime()));
    }
    writer.optional("Decision", &words(&notice.decision));
    writer.text("DecisionDate", &moment(notice.at.datetime()));
    writer.optional("Channel", &words(&notice.channel));
    writer.optional("LawEdition", &words(&notice.edition));
    writer.optional("Reason", &words(&notice.reason));
    list(&mut writer, "LineList", &notice.lines, line);
    list(&mut writer, "TaskList", &notice.tasks, task);
    list(&mut writer, "FaultList", &notice.findings, |writer, finding| {
        writer.open("Fault");
        writer.text("ErrorCode", &ErrorCode::of(finding).code());
        writer.text("FindingCode", finding.code.as_str());
        writer.optional("LineNo", &finding.goods_line.map_or_else(String::new, |line| line.to_string()));
        writer.optional("Field", finding.field.as_deref().unwrap_or_default());
        writer.text("Explanation", &finding.message);
        writer.close();
    });
    writer.finish()
}

/// A list, where there is anything in it.
fn list<T>(writer: &mut Writer, name: &'static str, items: &[T], mut write: impl FnMut(&mut Writer, &T)) {
    if items.is_empty() {
        return;
    }
    writer.open(name);
    for item in items {
        write(writer, item);
    }
    writer.close();
}

fn line(writer: &mut Writer, line: &Line<'_>) {
    writer.open("Line");
    writer.text("LineNo", &line.number.to_string());
    writer.optional("CMD", &line.hs);
    writer.text("LineDecision", &line.decision);
    list(writer, "RequirementList", &line.reasons, |writer, reason| {
        writer.open("Requirement");
        writer.text("Rule", &reason.rule);
        for article in &reason.articles {
            writer.text("Article", article);
        }
        writer.optional("Agency", &reason.agency);
        writer.text("Status", &reason.status);
        writer.optional("Explanation", &reason.text);
        writer.close();
    });
    writer.close();
}

fn task(writer: &mut Writer, task: &Task<'_>) {
    writer.open("Task");
    writer.text("Id", &task.id);
    writer.text("Agency", &task.agency);
    writer.optional("Procedure", task.procedure.as_deref().unwrap_or_default());
    writer.optional("Due", &task.due.as_ref().map_or_else(String::new, |due| moment(due.datetime())));
    writer.optional("Explanation", &task.text);
    writer.close();
}
