//! A dossier as JSON.

use serde_json::{Value, json};

use super::super::law_book::Edition;
use crate::clearance::case::Role;
use crate::clearance::case::dossier::{Dossier, may};
use crate::law::life_cycle::Sender;
use crate::store::project::task_id;

/// A dossier, with what the asker may do next.
pub fn dossier(case: &Dossier, edition: &Edition, role: Role) -> Value {
    let cycle = edition.cycle(case.procedure.as_deref());
    let sender = match role {
        Role::Agency => Some(Sender::Agency),
        Role::Trader | Role::Broker => Some(Sender::Trader),
        _ => None,
    };
    let next = cycle.map(|cycle| may(case, cycle)).unwrap_or_default();
    let next: Vec<Value> = next
        .iter()
        .filter(|transition| sender.is_none_or(|sender| sender == transition.sender))
        .map(|transition| {
            json!({
                "act": transition.act.as_str(),
                "message": transition.message.to_string(),
                "sender": transition.sender.as_str(),
                "title_vi": transition.title_vi,
                "title_en": transition.title_en,
            })
        })
        .collect();
    let issued: Vec<Value> = case
        .issued
        .iter()
        .map(|issued| {
            json!({
                "number": issued.evidence.id,
                "kind": issued.evidence.kind,
                "outcome": issued.evidence.outcome,
                "lines": issued.evidence.lines,
                "at": issued.at.to_string(),
                "revoked": issued.revoked,
            })
        })
        .collect();
    let clocks: Vec<Value> = case
        .clocks
        .iter()
        .map(|(key, clock)| {
            json!({
                "clock": key,
                "status": clock.status.as_str(),
                "started": clock.started.map(|at| at.to_string()),
            })
        })
        .collect();
    let papers: Vec<Value> = case
        .papers
        .iter()
        .map(|entered| {
            json!({
                "act": entered.act.as_str(),
                "source": entered.paper.source,
                "done": entered.done.to_string(),
                "entered": entered.paper.entered.to_string(),
            })
        })
        .collect();
    let task = case.link.as_ref().map(|(declaration, task, lines)| {
        json!({ "declaration": declaration.to_string(), "task": task_id(*declaration, task), "key": task, "lines": lines })
    });
    json!({
        "id": case.id.to_string(),
        "event": case.head,
        "procedure": case.procedure,
        "agency": case.agency,
        "holder": case.holder,
        "reference": case.reference,
        "filed": case.filed.map(|at| at.to_string()),
        "open": cycle.is_none_or(|cycle| case.is_open(cycle)),
        "states": case.states,
        "last_act": case.last_act.map(crate::law::life_cycle::Act::as_str),
        "note": case.note,
        "clocks": clocks,
        "waits_for": if case.waits_for_trader() { "trader" } else { "agency" },
        "claimed_by": case.claimed_by.as_ref().and_then(|author| author.person.clone().or_else(|| author.organisation.clone())),
        "task": task,
        "issued": issued,
        "papers": papers,
        "may": next,
        "links": { "self": format!("/v1/dossiers/{}", case.id) },
    })
}
