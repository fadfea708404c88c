//! A decision as it was recorded: what a case is shown as, whatever would be found of it now.
//!
//! What the answer explains beside it (words of the pack, limits, findings) comes from examining the
//! declaration again under the edition that decided. Where that finds something else than was
//! recorded, since records have changed or the edition is gone, the recorded decision is written over it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::approval::TaskKind;
use crate::clearance::case::declaration::Declaration;
use crate::clearance::record::{DecisionRecord, LineRecord, ReasonRecord, RequirementRecord, TaskRecord};
use crate::trade::Channel;

type Object = Map<String, Value>;

/// The result that `found` was written into, as the case has it: what was recorded, and how customs
/// itself looks at the goods.
pub(crate) fn result(
    written: Vec<u8>,
    found: &DecisionRecord,
    (case, held_by): (&Declaration, &[&str]),
    zone: &TimeZone,
) -> Vec<u8> {
    let Some(recorded) = &case.decision else { return written };
    if found == recorded && case.channel.is_none() && held_by == recorded.held_by {
        return written;
    }
    let Ok(Value::Object(mut result)) = serde_json::from_slice(&written) else { return written };
    if found != recorded {
        decision(&mut result, found, recorded, zone);
    }
    if let Some(channel) = case.channel.filter(|_| !recorded.advisory) {
        result.remove("channel_reason");
        result.insert("channel".to_owned(), channel.as_str().into());
        result.insert("channel_by".to_owned(), "customs".into());
    }
    if let Some(clearance) = result.get_mut("clearance") {
        clearance["held_by"] = json!(held_by);
    }
    // A map of texts and numbers: writing it cannot fail.
    serde_json::to_vec(&result).unwrap_or(written)
}

fn decision(result: &mut Object, found: &DecisionRecord, recorded: &DecisionRecord, zone: &TimeZone) {
    let names: Vec<&str> = recorded.tasks.iter().map(|task| task.id.as_str()).collect();
    let lines: BTreeMap<u32, &LineRecord> = found.lines.iter().map(|line| (line.line, line)).collect();
    let shown = objects(result.remove("lines"));
    let shown: BTreeMap<u32, Object> = found.lines.iter().map(|line| line.line).zip(shown).collect();
    let written = recorded.lines.iter().map(|line| {
        let of = lines.get(&line.line).copied();
        let words = shown.get(&line.line).cloned().unwrap_or_default();
        line_as(line, of, words, &names)
    });
    let lines: Value = written.collect();
    let limits = objects(result.remove("tasks"));
    let limits: BTreeMap<&str, Option<Value>> = found
        .tasks
        .iter()
        .map(|task| task.key.as_str())
        .zip(limits.into_iter().map(|mut task| task.remove("limit")))
        .collect();
    let tasks = recorded.tasks.iter().map(|task| {
        let limit = limits.get(task.key.as_str()).cloned().flatten();
        task_as(task, limit.unwrap_or_default(), &names, zone)
    });
    let tasks: Value = tasks.collect();
    let ready: Vec<&str> = recorded.tasks.iter().filter(|task| task.ready).map(|task| task.id.as_str()).collect();
    put(result, "ready", ready);
    put(result, "lines", lines);
    put(result, "tasks", tasks);
    put(result, "date", recorded.date);
    put(result, "date_source", recorded.date_source.as_str());
    put(result, "direction", recorded.direction);
    put(result, "advisory", recorded.advisory);
    put(result, "decision", recorded.decision);
    put(result, "channel", recorded.channel.map(Channel::as_str));
    put_some(result, "channel_reason", recorded.channel_reason.as_ref());
    let path: Vec<&str> = named(&recorded.path, &names);
    let earliest = moment(recorded.earliest, zone);
    put(result, "clearance", json!({ "earliest": earliest, "held_by": recorded.held_by, "path": path }));
    if let Some(pack) = result.get_mut("pack") {
        pack["edition"] = recorded.pack.edition.clone().into();
        pack["digest"] = recorded.pack.digest.clone().into();
    }
    // It speaks of the requirements that were found.
    result.remove("joint");
}

fn line_as(line: &LineRecord, found: Option<&LineRecord>, mut shown: Object, tasks: &[&str]) -> Value {
    let words = objects(shown.remove("requirements"));
    let before = found.map(|line| line.requirements.as_slice()).unwrap_or_default();
    let words: BTreeMap<&str, (&RequirementRecord, Object)> = before
        .iter()
        .zip(words)
        .map(|(requirement, words)| (requirement.rule.as_str(), (requirement, words)))
        .collect();
    let requirements = line.requirements.iter().map(|requirement| {
        let words = words.get(requirement.rule.as_str()).cloned();
        requirement_as(requirement, words, tasks)
    });
    let requirements: Value = requirements.collect();
    put(&mut shown, "line", line.line);
    put(&mut shown, "hs", line.hs.as_ref());
    put(&mut shown, "match", line.matched.as_str());
    put(&mut shown, "decision", line.decision);
    if found.is_none_or(|found| found.reason != line.reason) {
        put_some(&mut shown, "reason", line.reason.as_ref().map(reason));
    }
    if found.is_none_or(|found| found.requirements != line.requirements) {
        shown.remove("joint");
    }
    put(&mut shown, "requirements", requirements);
    Value::Object(shown)
}

/// Why a line is held, where the words that belong to it are not there.
fn reason(reason: &ReasonRecord) -> String {
    match reason {
        ReasonRecord::Finding { code, message } if message.is_empty() => code.clone(),
        ReasonRecord::Finding { message, .. } => message.clone(),
        ReasonRecord::Uncovered { measure } => measure.clone(),
        ReasonRecord::Unmatched => "unmatched".to_owned(),
        ReasonRecord::ReleaseAsked => "release_asked".to_owned(),
        ReasonRecord::PreferenceOpen => "preference_open".to_owned(),
    }
}

fn requirement_as(recorded: &RequirementRecord, found: Option<(&RequirementRecord, Object)>, tasks: &[&str]) -> Value {
    let task = recorded.task.and_then(|at| tasks.get(usize::from(at)));
    let (same, mut shown) = match found {
        Some((found, words)) => (RequirementRecord { task: recorded.task, ..found.clone() } == *recorded, words),
        None => (false, Object::new()),
    };
    put(&mut shown, "task", task);
    if same {
        return Value::Object(shown);
    }
    // What the rule itself says stays as the pack has it; how far it has come is what was recorded.
    let record = serde_json::to_value(recorded).unwrap_or_default();
    for (field, lists) in [("procedures", true), ("legal_basis", true), ("evidence", true), ("presumed", false)] {
        let empty = if lists { json!([]) } else { Value::Null };
        put(&mut shown, field, record.get(field).cloned().unwrap_or(empty));
    }
    for field in ["rule", "measure", "ministry", "agency", "stage", "status", "certainty", "method"] {
        put(&mut shown, field, record.get(field));
    }
    for field in ["fact", "drawn", "short"] {
        put_some(&mut shown, field, record.get(field));
    }
    let keyed = |key: &str, field: &str, shown: &Object| match record.get(field) {
        Some(id) if shown.get(field).is_some_and(|shown| shown[key] == *id) => shown.get(field).cloned(),
        Some(id) => Some(json!({ key: id })),
        None => None,
    };
    let (exemption, warning) = (keyed("key", "exemption", &shown), keyed("id", "warning", &shown));
    put(&mut shown, "exemption", exemption);
    put_some(&mut shown, "warning", warning);
    Value::Object(shown)
}

fn task_as(task: &TaskRecord, limit: Value, names: &[&str], zone: &TimeZone) -> Value {
    let kind = match task.kind {
        TaskKind::SettleFact => "settle_fact",
        TaskKind::Dossier => "dossier",
    };
    let mut shown = Object::new();
    put(&mut shown, "id", &task.id);
    put(&mut shown, "kind", kind);
    put(&mut shown, "agency", task.agency.as_ref());
    put(&mut shown, "procedure", task.procedure.as_ref());
    put_some(&mut shown, "alternatives", Some(&task.alternatives).filter(|others| !others.is_empty()));
    put(&mut shown, "measure", &task.measure);
    put(&mut shown, "stage", task.stage.as_str());
    put(&mut shown, "lines", &task.lines);
    put(&mut shown, "after", named(&task.after, names));
    put(&mut shown, "due", moment(task.due, zone));
    put_some(&mut shown, "due_estimated", Some(true).filter(|_| task.due_estimated));
    put_some(&mut shown, "paused", Some(true).filter(|_| task.paused));
    put(&mut shown, "critical", task.critical);
    put(&mut shown, "limit", limit);
    put(&mut shown, "slack_working_days", task.slack_working_days);
    Value::Object(shown)
}

fn objects(list: Option<Value>) -> Vec<Object> {
    let list = match list {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    list.into_iter().map(|value| if let Value::Object(object) = value { object } else { Object::new() }).collect()
}

fn named<'n>(positions: &[u16], names: &[&'n str]) -> Vec<&'n str> {
    positions.iter().filter_map(|at| names.get(usize::from(*at)).copied()).collect()
}

/// A moment with the offset of the zone, as the rest of the answer has it.
fn moment(at: Option<Timestamp>, zone: &TimeZone) -> Option<String> {
    at.map(|at| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

fn put(object: &mut Object, field: &str, value: impl Serialize) {
    // Texts, numbers and lists of them: this cannot fail.
    object.insert(field.to_owned(), serde_json::to_value(value).unwrap_or_default());
}

/// A field that is left out where there is nothing to say.
fn put_some(object: &mut Object, field: &str, value: Option<impl Serialize>) {
    match value {
        Some(value) => put(object, field, value),
        None => drop(object.remove(field)),
    }
}
