//! Life cycles that do not hold together: states that nothing leads to, states that nothing leads
//! out of, transitions that never happen.
//!
//! The states that a dossier can come into are counted out: every message in every combination of
//! states that the messages before could have led to.

use std::collections::HashSet;

use super::super::life_cycle::{Act, ClockEffect, LifeCycle};
use super::super::pack::Pack;
use super::super::source::{Defects, GENERAL, LifeCycleSource, Source};

/// More combinations of states than this are not counted out.
const COMBINATIONS_MAX: usize = 500_000;

/// Looks through every life cycle.
pub(super) fn life_cycles(source: &Source, pack: &Pack, to: &mut Defects) {
    for written in &source.life_cycles {
        let cycle = written.procedures.first().and_then(|code| match code.value.as_str() {
            GENERAL => pack.life_cycle_of(None),
            code => pack.life_cycle(pack.procedure(code)?),
        });
        let Some(cycle) = cycle else { continue };
        terminal(written, cycle, to);
        acts(written, cycle, to);
        match Reached::count(cycle) {
            Some(reached) => {
                unreachable(written, cycle, &reached, to);
                dead_ends(written, cycle, &reached, to);
            }
            None => to.warning(
                written.place,
                "life_cycle_too_large",
                format!("more than {COMBINATIONS_MAX} combinations of states: what is never reached and what leads nowhere was not looked for"),
            ),
        }
    }
}

/// What some sequence of messages leads to.
struct Reached {
    /// For each track its states, as bits.
    states: Vec<u64>,
    /// For each track the states in which some message says where the track is afterwards, as bits.
    answered: Vec<u64>,
    /// For each transition whether it ever happens.
    transitions: Vec<bool>,
}

impl Reached {
    /// Counts out the combinations of states; `None` where there are too many.
    fn count(cycle: &LifeCycle) -> Option<Self> {
        let begin: Vec<u8> = cycle.tracks.iter().map(|track| track.initial).collect();
        let none = vec![0; begin.len()];
        let mut reached =
            Self { states: none.clone(), answered: none, transitions: vec![false; cycle.transitions.len()] };
        let mut seen: HashSet<Vec<u8>> = HashSet::from([begin.clone()]);
        let mut open = vec![begin];
        while let Some(states) = open.pop() {
            for (bits, state) in reached.states.iter_mut().zip(&states) {
                *bits |= bit(u32::from(*state));
            }
            for (transition, taken) in cycle.transitions.iter().zip(&mut reached.transitions) {
                if !transition.allowed_in(&states) {
                    continue;
                }
                *taken = true;
                for track in transition.to.iter().map(|(track, _)| usize::from(*track)) {
                    reached.answered[track] |= bit(u32::from(states[track]));
                }
                let mut next = states.clone();
                transition.apply(&mut next);
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
            if seen.len() > COMBINATIONS_MAX {
                return None;
            }
        }
        Some(reached)
    }
}

/// The bit of a state.
fn bit(state: u32) -> u64 {
    1u64.checked_shl(state).unwrap_or(0)
}

fn unreachable(written: &LifeCycleSource, cycle: &LifeCycle, reached: &Reached, to: &mut Defects) {
    for ((source, track), bits) in written.tracks.iter().zip(&cycle.tracks).zip(&reached.states) {
        for ((state, place), at) in track.states.iter().zip(source.states.iter().map(|s| s.key.place)).zip(0u32..) {
            let is = bits & bit(at) != 0;
            if !is && !state.unlinked {
                to.warning_with(
                    place,
                    "unreachable_state",
                    format!("no sequence of messages leads to `{}` of track `{}`", state.key, track.key),
                    "add the transition, or write `unlinked = true` where the source has a status without a message",
                );
            } else if is && state.unlinked {
                let message =
                    format!("`{}` of track `{}` is said to be unlinked, but messages lead to it", state.key, track.key);
                to.warning(place, "linked_state", message);
            }
        }
    }
    for (transition, taken) in written.transitions.iter().zip(&reached.transitions) {
        if !taken {
            let message =
                format!("message {} is never allowed: no dossier comes into these states", transition.message.value);
            to.warning(transition.message.place, "unreachable_transition", message);
        }
    }
}

/// States that are not terminal and in which no message says anything of their track, whatever the
/// states beside them: the dossier waits there for ever.
fn dead_ends(written: &LifeCycleSource, cycle: &LifeCycle, reached: &Reached, to: &mut Defects) {
    for ((source, track), answered) in written.tracks.iter().zip(&cycle.tracks).zip(&reached.answered) {
        for ((state, source), at) in track.states.iter().zip(&source.states).zip(0u32..) {
            if !(state.terminal || state.unlinked || answered & bit(at) != 0) {
                to.warning_with(
                    source.key.place,
                    "dead_end",
                    format!("`{}` of track `{}` is not terminal, and no message leads on", state.key, track.key),
                    "add the transition, or write `terminal = true`",
                );
            }
        }
    }
}

/// Transitions that leave a terminal state, or that are allowed when the file is closed and change
/// something.
fn terminal(written: &LifeCycleSource, cycle: &LifeCycle, to: &mut Defects) {
    for (source, transition) in written.transitions.iter().zip(&cycle.transitions) {
        for (at, (track, from)) in cycle.tracks.iter().zip(&transition.from).enumerate() {
            let moves = |to: &(u8, u8)| usize::from(to.0) == at || at == 0;
            for (state, position) in track.states.iter().zip(0u8..) {
                let named = from & bit(u32::from(position)) != 0;
                let leaves = transition.to.iter().any(|to| moves(to) && !(usize::from(to.0) == at && to.1 == position));
                if state.terminal && named && leaves {
                    let message =
                        format!("message {} leads on from `{}`, which is terminal", transition.message, state.key);
                    to.warning(source.message.place, "terminal_left", message);
                }
            }
        }
    }
}

/// Acts that leave something out: nothing that ends a dossier, time that runs on while the trader
/// has to answer.
fn acts(written: &LifeCycleSource, cycle: &LifeCycle, to: &mut Defects) {
    let ends = |act: Act| matches!(act, Act::Issue | Act::Confirm | Act::Reject);
    if !cycle.transitions.iter().any(|transition| ends(transition.act)) {
        to.warning_with(
            written.place,
            "no_outcome",
            "nothing is ever issued, confirmed or rejected",
            "give the transitions that end a dossier `act = \"issue\"`, `\"confirm\"` or `\"reject\"`",
        );
    }
    for (source, transition) in written.transitions.iter().zip(&cycle.transitions) {
        let pauses = transition.clocks.iter().any(|(_, effect)| *effect == ClockEffect::Pause);
        if transition.act == Act::Ask && !cycle.clocks.is_empty() && !pauses {
            let message = format!("message {} asks for more, and no clock stands still meanwhile", transition.message);
            to.warning(source.act.place, "ask_without_pause", message);
        }
    }
}
