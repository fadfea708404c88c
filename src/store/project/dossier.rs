//! Rows of a dossier, of what it gave, and of what it added to the importer's record.

use super::super::journal::Head;
use super::super::sql::{Value, key, maybe_key};
use super::declaration::rank;
use super::{Rows, TaskState, head_columns, task_id};
use crate::clearance::case::dossier::Dossier;
use crate::law::life_cycle::{Act, Sender};

/// The rows of a dossier.
pub fn dossier(case: &Dossier, head: Head, is_open: bool) -> Rows {
    let (number, hash) = head_columns(head);
    let text = |text: &Option<String>| Value::Text(text.clone());
    // Both are small maps of texts: writing them cannot fail.
    let states = serde_json::to_string(&case.states).unwrap_or_default();
    let clocks = case.clocks.iter().map(|(clock, of)| (clock, of.status.as_str())).collect::<Vec<_>>();
    let clocks = clocks.iter().map(|(clock, status)| format!("{clock}={status}")).collect::<Vec<_>>().join(" ");
    let claimed = case.claimed_by.as_ref();
    let row = [
        case.id.into(),
        number,
        hash,
        case.opened.into(),
        case.changed.into(),
        text(&case.procedure),
        maybe_key(case.reference.as_deref()).into(),
        text(&case.agency),
        maybe_key(case.holder.as_deref()).into(),
        case.filer.as_str().into(),
        states.into(),
        case.last_act.map_or("open", |act| act.as_str()).into(),
        clocks.into(),
        claimed.and_then(|author| author.person.clone()).into(),
        claimed.and_then(|author| author.organisation.clone()).into(),
        case.link.as_ref().map(|(declaration, ..)| *declaration).into(),
        case.link.as_ref().map(|(_, task, _)| task.clone()).into(),
        case.profiles.last().map(|message| message.id.clone()).into(),
        is_open.into(),
        case.ended.filter(|_| case.is_spent()).map(Act::as_str).into(),
    ];
    let declaration = case.link.as_ref().map(|(declaration, ..)| *declaration);
    let evidence = case.issued.iter().enumerate().map(|(at, issued)| {
        let entry = &issued.evidence;
        // Within a dossier a number may be given again in place of one that was revoked.
        let again = case.issued[..at].iter().filter(|before| before.evidence.id == entry.id).count();
        let number = entry.id.clone().unwrap_or_default();
        let number = if again > 0 { format!("{number}#{}", again + 1) } else { number };
        let about = declaration.filter(|_| entry.declaration.is_some());
        [
            case.id.into(),
            key(&number).into(),
            entry.kind.as_deref().unwrap_or_default().into(),
            Value::Text(entry.code.clone()),
            text(&case.agency),
            maybe_key(entry.holder.as_deref()).into(),
            about.into(),
            issued.at.into(),
            Value::Text(entry.to.clone()),
            if issued.revoked.is_some() { "revoked" } else { "live" }.into(),
            entry.grants().into(),
            serde_json::to_string(entry).unwrap_or_default().into(),
        ]
    });
    let history = case.recorded.iter().enumerate().map(|(at, entry)| {
        [
            case.id.into(),
            i64::try_from(at).unwrap_or(i64::MAX).into(),
            key(entry.importer.as_deref().unwrap_or_default()).into(),
            entry.measure.as_deref().unwrap_or_default().into(),
            serde_json::to_string(entry).unwrap_or_default().into(),
        ]
    });
    let (evidence, history) = (evidence.collect(), history.collect());
    let tasks = task_row(case, is_open).into_iter().collect();
    Rows { dossier: Some(row), tasks, evidence, history, ..Rows::default() }
}

/// The key of the task that a dossier is by itself.
const KEY: &str = "dossier";

/// A dossier that serves no declaration stands in its agency's queue by itself, while it is open and
/// somebody has to do something. Where no agency is known it is an operator's: its agency is empty,
/// so that it is not taken for customs' own.
fn task_row(case: &Dossier, is_open: bool) -> Option<[Value; 22]> {
    let turn = case.turn(is_open).filter(|_| is_open && case.link.is_none() && !case.is_spent())?;
    let (state, waits_for) = match turn {
        Sender::Agency if case.undelivered.is_some() => (TaskState::Stuck, "operator"),
        Sender::Trader => (TaskState::Asked, "trader"),
        Sender::Agency => {
            let state = if case.claimed_by.is_some() { TaskState::Claimed } else { TaskState::Ready };
            (state, if case.agency.is_some() { "agency" } else { "operator" })
        }
    };
    let lines: Vec<String> = case.goods.iter().map(|goods| goods.line.to_string()).collect();
    let claimed = case.claimed_by.as_ref();
    Some([
        case.id.into(),
        KEY.into(),
        task_id(case.id, KEY).into(),
        "dossier".into(),
        case.agency.as_deref().unwrap_or_default().into(),
        Value::Text(case.procedure.clone()),
        Value::Text(None),
        "".into(),
        lines.join(" ").into(),
        "".into(),
        state.as_str().into(),
        waits_for.into(),
        claimed.and_then(|author| author.person.clone().or_else(|| author.organisation.clone())).into(),
        Value::Number(None),
        false.into(),
        rank(Some(case.filed.unwrap_or(case.opened)), false).into(),
        case.id.into(),
        maybe_key(case.holder.as_deref()).into(),
        maybe_key(case.reference.as_deref()).into(),
        false.into(),
        "".into(),
        Value::Text(None),
    ])
}
