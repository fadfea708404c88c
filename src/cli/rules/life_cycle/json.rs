//! Life cycles for programs.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Named, Played};
use crate::approval::dossier::{self, DossierState, RefusalReason};
use crate::clearance::explain::Lang;
use crate::law::life_cycle::{ClockEffect, LifeCycle, MessagePattern, STATES_MAX, Sender, TrackState, Transition};

/// Every life cycle, without its states.
pub(super) fn list(known: &[Named<'_>], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Value> = known
        .iter()
        .map(|named| {
            json!({
                "procedure": named.code(),
                "title_vi": named.title(Lang::Vi),
                "title_en": named.title(Lang::En),
                "tracks": named.cycle.tracks.iter().map(|track| &track.key).collect::<Vec<_>>(),
                "transitions": named.cycle.transitions.len(),
            })
        })
        .collect();
    write(&Value::Array(rows), out)
}

/// One life cycle in full.
pub(super) fn show(named: Named<'_>, out: &mut dyn Write) -> io::Result<()> {
    let cycle = named.cycle;
    let tracks: Vec<Value> = cycle
        .tracks
        .iter()
        .map(|track| {
            json!({
                "track": track.key,
                "title_vi": track.title_vi,
                "title_en": track.title_en,
                "initial": track.states.get(usize::from(track.initial)).map(|state| &state.key),
                "states": track.states.iter().map(state).collect::<Vec<_>>(),
            })
        })
        .collect();
    let clocks: Vec<Value> = cycle
        .clocks
        .iter()
        .map(|clock| json!({ "clock": clock.key, "title_vi": clock.title_vi, "title_en": clock.title_en }))
        .collect();
    let whole = json!({
        "procedure": named.code(),
        "title_vi": named.title(Lang::Vi),
        "title_en": named.title(Lang::En),
        "source": cycle.source,
        "note": cycle.note,
        "clocks": clocks,
        "tracks": tracks,
        "transitions": cycle.transitions.iter().map(|t| transition(named, t)).collect::<Vec<_>>(),
    });
    write(&whole, out)
}

/// What messages did.
pub(super) fn played(named: Named<'_>, played: &Played<'_>, out: &mut dyn Write) -> io::Result<()> {
    let cycle = named.cycle;
    let steps: Vec<Value> = played
        .steps
        .iter()
        .map(|(code, _, step)| {
            json!({
                "message": code.to_string(),
                "sender": step.transition.map(|t| t.sender),
                "state": standing(cycle, &step.state),
                "clocks": effects(cycle, step.clocks()),
                "rolls_back": step.transition.is_some_and(|t| t.rolls_back),
                "releases_quota": step.transition.is_some_and(|t| t.releases_quota),
            })
        })
        .collect();
    let clocks: Map<String, Value> =
        cycle.clocks.iter().zip(&played.clocks).map(|(clock, status)| (clock.key.clone(), json!(status))).collect();
    let refused = played.refused.as_ref().map(|refusal| {
        let reason = match refusal.reason {
            RefusalReason::UnknownMessage => "unknown_message",
            RefusalReason::OtherSender => "other_sender",
            RefusalReason::UnknownCase => "unknown_case",
            RefusalReason::NotNow => "not_now",
        };
        json!({
            "message": refusal.message.to_string(),
            "sender": refusal.sender,
            "reason": reason,
            "text": refusal.to_string(),
        })
    });
    let whole = json!({
        "procedure": named.code(),
        "steps": steps,
        "state": standing(cycle, &played.state),
        "closed": played.state.is_closed(cycle),
        "clocks": clocks,
        "allowed": dossier::allowed(cycle, &played.state).map(message).collect::<Vec<_>>(),
        "refused": refused,
    });
    write(&whole, out)
}

fn write(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

fn state(state: &TrackState) -> Value {
    json!({
        "state": state.key,
        "status": (!state.status.is_empty()).then_some(&state.status),
        "title_vi": state.title_vi,
        "title_en": state.title_en,
        "terminal": state.terminal,
        "unlinked": state.unlinked,
    })
}

fn standing(cycle: &LifeCycle, of: &DossierState) -> Map<String, Value> {
    of.tracks(cycle)
        .map(|(track, state)| {
            let status = (!state.status.is_empty()).then_some(&state.status);
            (track.key.clone(), json!({ "state": state.key, "status": status }))
        })
        .collect()
}

fn message(transition: &Transition) -> Value {
    let (message, sender): (MessagePattern, Sender) = (transition.message, transition.sender);
    json!({
        "message": message.to_string(),
        "case": (!transition.case.is_empty()).then_some(&transition.case),
        "sender": sender,
        "act": transition.act,
        "title_vi": transition.title_vi,
        "title_en": transition.title_en,
    })
}

fn transition(named: Named<'_>, of: &Transition) -> Value {
    let cycle = named.cycle;
    let mut value = message(of);
    let from: Map<String, Value> = cycle
        .tracks
        .iter()
        .zip(&of.from)
        .map(|(track, from)| {
            let states = track.states.iter().enumerate().filter(|(at, _)| *at < STATES_MAX && from >> at & 1 == 1);
            (track.key.clone(), states.map(|(_, state)| Value::from(state.key.as_str())).collect())
        })
        .collect();
    let to: Map<String, Value> = of
        .to
        .iter()
        .filter_map(|(track, state)| {
            let track = cycle.tracks.get(usize::from(*track))?;
            Some((track.key.clone(), Value::from(track.states.get(usize::from(*state))?.key.as_str())))
        })
        .collect();
    if let Value::Object(fields) = &mut value {
        let gives = of.gives(named.kind()).map(|gives| json!({ "kind": gives.kind, "outcome": gives.outcome }));
        fields.insert("gives".to_owned(), gives.unwrap_or(Value::Null));
        fields.insert("from".to_owned(), from.into());
        fields.insert("to".to_owned(), to.into());
        fields.insert("clocks".to_owned(), effects(cycle, &of.clocks).into());
        fields.insert("rolls_back".to_owned(), of.rolls_back.into());
        fields.insert("releases_quota".to_owned(), of.releases_quota.into());
        fields.insert("founded".to_owned(), of.founded.as_str().into());
        fields.insert("note".to_owned(), of.note.as_str().into());
    }
    value
}

fn effects(cycle: &LifeCycle, clocks: &[(u8, ClockEffect)]) -> Map<String, Value> {
    clocks
        .iter()
        .filter_map(|(clock, effect)| {
            Some((cycle.clocks.get(usize::from(*clock))?.key.clone(), effect.as_str().into()))
        })
        .collect()
}
