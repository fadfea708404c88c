//! A dossier as JSON.

use serde_json::{Value, json};

use super::super::law_book::Edition;
use crate::approval::dossier::{self as cycle_of, DossierState};
use crate::clearance::case::dossier::{Dossier, Turn};
use crate::clearance::case::{Author, Role};
use crate::law::life_cycle::{Act, LifeCycle, Sender, Transition};
use crate::store::project::task_id;

/// What whoever asks may do next: with a dossier, or, without one, with the one that the first act on
/// a task opens. Each goes by its name (`POST …/{act}`).
pub fn next(case: Option<&Dossier>, cycle: &LifeCycle, by: &Author) -> Vec<Value> {
    let sender = match by.role {
        Role::Agency => Sender::Agency,
        Role::Trader | Role::Broker => Sender::Trader,
        _ => return Vec::new(),
    };
    let state = match case {
        Some(case) => {
            let keys = case.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
            DossierState::from_keys(cycle, keys).ok()
        }
        None => Some(cycle_of::begin(cycle)),
    };
    let Some(state) = state else { return Vec::new() };
    let mut acts: Vec<Value> = Vec::new();
    if sender == Sender::Agency {
        let claimed = case.and_then(|case| case.claimed_by.as_ref());
        match claimed {
            None if state.is_closed(cycle) => {}
            None => acts.push(by_hand("claim")),
            Some(claimed) if claimed.organisation == by.organisation => acts.push(by_hand("release")),
            Some(_) => {}
        }
        let by_other = claimed.filter(|claimed| by.person.is_some() && claimed.person != by.person);
        if by_other.is_some() {
            return acts;
        }
    }
    let found = reachable(cycle, state, sender);
    let gives = |act: Act| found.iter().any(|transition| transition.act == act);
    if gives(Act::Issue) || gives(Act::Fail) {
        acts.push(by_hand("result"));
    }
    acts.extend(found.iter().map(|transition| {
        json!({
            "act": transition.act.as_str(),
            "message": transition.message.to_string(),
            "sender": transition.sender.as_str(),
            "title_vi": transition.title_vi,
            "title_en": transition.title_en,
        })
    }));
    acts
}

/// What is done with a dossier beside its life cycle.
fn by_hand(act: &str) -> Value {
    json!({ "act": act, "message": null, "sender": Sender::Agency.as_str(), "title_vi": null, "title_en": null })
}

/// What one side may do, each act once. An agency that gives a result has accepted the dossier: what
/// lies behind steps that say yes is open to it too.
fn reachable(cycle: &LifeCycle, mut state: DossierState, sender: Sender) -> Vec<&Transition> {
    const YES: [Act; 3] = [Act::Apply, Act::Accept, Act::Confirm];
    let mut found: Vec<&Transition> = Vec::new();
    for _ in 0..=YES.len() {
        for transition in cycle_of::allowed(cycle, &state).filter(|transition| transition.sender == sender) {
            if !found.iter().any(|known| known.act == transition.act) {
                found.push(transition);
            }
        }
        let next = YES
            .into_iter()
            .filter(|_| sender == Sender::Agency)
            .find_map(|yes| cycle_of::next_by_act(cycle, &state, yes, yes.sender()).ok().map(|acted| acted.step.state));
        match next {
            Some(next) => state = next,
            None => break,
        }
    }
    found
}

/// A dossier, with what the asker may do next.
pub fn dossier(case: &Dossier, edition: &Edition, by: &Author) -> Value {
    let cycle = edition.cycle(case.procedure.as_deref());
    let next = cycle.map(|cycle| next(Some(case), cycle, by)).unwrap_or_default();
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
    let is_open = cycle.is_none_or(|cycle| case.is_open(cycle));
    let waits_for = case.turn(is_open).map(|turn| match turn {
        Turn::Trader => "trader",
        Turn::Agency if case.agency.is_some() => "agency",
        Turn::Agency => "operator",
    });
    json!({
        "id": case.id.to_string(),
        "event": case.head,
        "procedure": case.procedure,
        "agency": case.agency,
        "holder": case.holder,
        "reference": case.reference,
        "filed": case.filed.map(|at| at.to_string()),
        "open": is_open,
        "states": case.states,
        "last_act": case.last_act.map(crate::law::life_cycle::Act::as_str),
        "note": case.note,
        "clocks": clocks,
        "waits_for": waits_for,
        "claimed_by": case.claimed_by.as_ref().and_then(|author| author.person.clone().or_else(|| author.organisation.clone())),
        "task": task,
        "issued": issued,
        "papers": papers,
        "may": next,
        "links": { "self": format!("/v1/dossiers/{}", case.id) },
    })
}
