//! Tasks that wait for nobody any more: what became of them is read from their cases.

use crate::approval::TaskKind;
use crate::clearance::case::declaration::{Declaration, DeclarationEvent, Pending, Status};
use crate::clearance::case::{CaseId, Entry, Event};
use crate::clearance::record::TaskRecord;
use crate::service::desk::Desk;
use crate::store::lists::TaskRow;
use crate::store::project::task_id;
use crate::store::{StoreError, cases};

/// Words of tasks that are past.
const PAST: [&str; 3] = ["done", "cancelled", "withdrawn"];

/// Whether a task is past.
pub(super) fn is_past(task: &TaskRow) -> bool {
    PAST.contains(&task.state.as_str())
}

/// A task that stood in a queue, by its id: `done`, `cancelled` with its declaration, or `withdrawn`,
/// since the declaration needs it no more. On a desk where something is done it is as that leaves it.
pub(super) async fn find(desk: &mut Desk<'_>, id: &str) -> Result<Option<TaskRow>, StoreError> {
    let Some(case) = id.get(..36).and_then(|case| case.parse::<CaseId>().ok()) else { return Ok(None) };
    if let Some(declaration) = desk.declaration(case).await?.cloned() {
        let mut entries = cases::entries(&mut desk.link(), case).await?;
        entries.extend(desk.entries().iter().filter(|entry| entry.case == case).cloned());
        let Some(record) = recorded(&entries, case, id) else { return Ok(own(&declaration, id)) };
        let dossier = declaration.dossiers.get(&record.key).copied();
        let has_given = match dossier {
            Some(dossier) => desk.dossier(dossier).await?.is_some_and(|dossier| !dossier.issued.is_empty()),
            None => false,
        };
        let is_settled = record.kind == TaskKind::SettleFact || declaration.settled_steps.contains_key(&record.key);
        let state = if has_given || (is_settled && declaration.status != Status::Cancelled) {
            "done"
        } else if matches!(declaration.status, Status::Cancelled | Status::Aborted) {
            "cancelled"
        } else {
            "withdrawn"
        };
        return Ok(Some(row(&declaration, record, state, dossier)));
    }
    let Some(dossier) = desk.dossier(case).await?.filter(|dossier| task_id(dossier.id, "dossier") == id) else {
        return Ok(None);
    };
    Ok(Some(TaskRow {
        kind: "dossier".to_owned(),
        agency: dossier.agency.clone(),
        procedure: dossier.procedure.clone(),
        lines: dossier.goods.iter().map(|goods| goods.line).collect(),
        state: "done".to_owned(),
        dossier: Some(case),
        holder: dossier.holder.clone(),
        declaration: dossier.reference.clone(),
        ..empty(case, "dossier")
    }))
}

/// The task of an id as it was decided last.
fn recorded<'e>(entries: &'e [Entry], case: CaseId, id: &str) -> Option<&'e TaskRecord> {
    entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Declaration(DeclarationEvent::Decided { decision, .. }) => {
            decision.tasks.iter().find(|task| task_id(case, &task.key) == id)
        }
        _ => None,
    })
}

/// What customs itself had to do, by the id of its task.
fn own(declaration: &Declaration, id: &str) -> Option<TaskRow> {
    const KEYS: [(&str, &str); 5] = [
        ("check/documents", "check"),
        ("check/goods", "check"),
        ("asked/amendment", "amendment"),
        ("asked/cancellation", "cancellation"),
        ("asked/storage", "storage"),
    ];
    let pending = Pending::ALL.map(|own| (own.as_str().to_owned(), own.as_str()));
    let papers = declaration.papers.keys().map(|paper| (format!("paper/{paper}"), "paper"));
    let keys = KEYS.map(|(key, kind)| (key.to_owned(), kind)).into_iter().chain(pending).chain(papers);
    let (key, kind) = keys.into_iter().find(|(key, _)| task_id(declaration.id, key) == id)?;
    let registration = &declaration.registration;
    Some(TaskRow {
        kind: kind.to_owned(),
        state: "done".to_owned(),
        holder: registration.holder.clone(),
        declaration: registration.name().map(str::to_owned),
        ..empty(declaration.id, &key)
    })
}

fn row(declaration: &Declaration, record: &TaskRecord, state: &str, dossier: Option<CaseId>) -> TaskRow {
    let kind = match record.kind {
        TaskKind::SettleFact => "settle_fact",
        TaskKind::Dossier => "dossier",
    };
    let registration = &declaration.registration;
    TaskRow {
        kind: kind.to_owned(),
        agency: record.agency.clone(),
        procedure: record.procedure.clone(),
        measure: Some(record.measure.clone()),
        stage: record.stage.as_str().to_owned(),
        lines: record.lines.clone(),
        state: state.to_owned(),
        due: record.due,
        dossier,
        holder: registration.holder.clone(),
        declaration: registration.name().map(str::to_owned),
        ..empty(declaration.id, &record.key)
    }
}

fn empty(case: CaseId, key: &str) -> TaskRow {
    TaskRow {
        case,
        key: key.to_owned(),
        id: task_id(case, key),
        kind: String::new(),
        agency: None,
        procedure: None,
        measure: None,
        stage: String::new(),
        lines: Vec::new(),
        after: Vec::new(),
        state: String::new(),
        waits_for: String::new(),
        claimed_by: None,
        due: None,
        critical: false,
        rank: 0,
        dossier: None,
        holder: None,
        declaration: None,
        ready: false,
        begun_before: Vec::new(),
        revoked: None,
    }
}
