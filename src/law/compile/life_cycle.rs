//! Life cycles: names of tracks, states and clocks become positions, states before become bits.

use std::collections::HashMap;

use super::super::life_cycle::{Clock, Evidence, LifeCycle, Track, TrackState, Transition};
use super::super::pack::{ProcedureId, ProcedureKind};
use super::super::source::{
    At, Defects, GENERAL, LifeCycleSource, Source, StateSource, TrackSource, TransitionSource, did_you_mean,
};
use super::names::Names;

/// The life cycles of the pack, one for each procedure, sorted by procedure; the one for all others
/// stands first.
pub(super) fn compile(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<LifeCycle> {
    let mut cycles: Vec<LifeCycle> = Vec::new();
    for written in &source.life_cycles {
        let shape = shape(written, to);
        for code in &written.procedures {
            let procedure = match code.value.as_str() {
                GENERAL => None,
                _ => match names.procedures.find(code, to) {
                    Some(procedure) => Some(ProcedureId(procedure)),
                    None => continue,
                },
            };
            if cycles.iter().any(|cycle| cycle.procedure == procedure) {
                to.error(code.place, "duplicate_id", format!("procedure `{}` has two life cycles", code.value));
                continue;
            }
            cycles.push(LifeCycle { procedure, ..shape.clone() });
        }
    }
    cycles.sort_by_key(|cycle| cycle.procedure);
    cycles
}

/// A life cycle without its procedure.
fn shape(written: &LifeCycleSource, to: &mut Defects) -> LifeCycle {
    let tracks = Keys::new("track", written.tracks.iter().map(|track| &track.key), to);
    let states: Vec<Keys<'_>> = written.tracks.iter().map(|track| states(track, to)).collect();
    let clock_keys: Vec<At<String>> =
        written.clocks.iter().map(|clock| At { value: clock.value.key.clone(), place: clock.place }).collect();
    let clocks = Keys::new("clock", clock_keys.iter(), to);
    let known = Known { written, tracks, states, clocks };
    let transitions: Vec<Transition> =
        written.transitions.iter().map(|transition| known.transition(transition, to)).collect();
    ambiguous(written, &transitions, to);
    LifeCycle {
        procedure: None,
        tracks: written
            .tracks
            .iter()
            .zip(&known.states)
            .map(|(track, states)| known_track(track, states, to))
            .collect(),
        clocks: written.clocks.iter().map(|clock| Clock::clone(&clock.value)).collect(),
        transitions,
        source: written.source.clone(),
        note: written.note.clone(),
    }
}

fn states<'s>(track: &'s TrackSource, to: &mut Defects) -> Keys<'s> {
    let mut numbered: HashMap<&str, &StateSource> = HashMap::new();
    for state in &track.states {
        if let Some(status) = &state.status
            && numbered.insert(&status.value, state).is_some()
        {
            let message = format!("status `{}` occurs twice in track `{}`", status.value, track.key.value);
            to.error(status.place, "duplicate_id", message);
        }
    }
    Keys::new("state", track.states.iter().map(|state| &state.key), to)
}

fn known_track(track: &TrackSource, states: &Keys<'_>, to: &mut Defects) -> Track {
    Track {
        key: track.key.value.clone(),
        title_vi: track.title_vi.clone(),
        title_en: track.title_en.clone(),
        initial: states.find(&track.initial, to).unwrap_or(0),
        states: track
            .states
            .iter()
            .map(|state| TrackState {
                key: state.key.value.clone(),
                status: state.status.as_ref().map(|status| status.value.clone()).unwrap_or_default(),
                title_vi: state.title_vi.clone(),
                title_en: state.title_en.clone(),
                terminal: state.terminal,
                unlinked: state.unlinked,
            })
            .collect(),
    }
}

/// Two transitions for one message in one state: which of them would it be?
fn ambiguous(written: &LifeCycleSource, transitions: &[Transition], to: &mut Defects) {
    for (at, second) in transitions.iter().enumerate() {
        if let Some(first) = transitions[..at].iter().position(|first| first.meets(second)) {
            let message = format!("message {} leads to two places from one state", second.message);
            let line = written.transitions[first].message.place.line;
            let help = format!("the other stands on line {line}: part their `from`, or tell them apart by `case`");
            to.error_with(written.transitions[at].message.place, "ambiguous_transition", message, Some(help));
        }
    }
}

/// The names within one life cycle.
struct Known<'s> {
    written: &'s LifeCycleSource,
    tracks: Keys<'s>,
    states: Vec<Keys<'s>>,
    clocks: Keys<'s>,
}

impl Known<'_> {
    fn transition(&self, written: &TransitionSource, to: &mut Defects) -> Transition {
        let clocks =
            written.clocks.iter().filter_map(|(clock, effect)| Some((self.clocks.find(clock, to)?, *effect))).collect();
        let act = written.act.value;
        if act.sender() != written.sender {
            let message = format!(
                "`{}` is what the {} does, not the {}",
                act.as_str(),
                act.sender().as_str(),
                written.sender.as_str()
            );
            to.error(written.act.place, "act_sender", message);
        }
        if let Some(evidence) = written.evidence.as_ref().filter(|_| act.gives(ProcedureKind::Other).is_none()) {
            let message = format!("`{}` gives no evidence and takes none back", act.as_str());
            to.error(evidence.place, "act_without_evidence", message);
        }
        Transition {
            message: written.message.value,
            case: written.case.clone(),
            sender: written.sender,
            act,
            evidence: written.evidence.as_ref().map_or(Evidence::Usual, |evidence| evidence.value),
            title_vi: written.title_vi.clone(),
            title_en: written.title_en.clone(),
            from: self.from(written, to),
            to: self.moves(written, to),
            clocks,
            rolls_back: written.rolls_back,
            releases_quota: written.releases_quota,
            founded: written.founded,
            note: written.note.clone(),
        }
    }

    /// The states before, as bits. A track that is not named may be in any state; the file itself,
    /// and a track that the message moves, in any that is not terminal.
    fn from(&self, written: &TransitionSource, to: &mut Defects) -> Vec<u64> {
        let mut from: Vec<u64> = Vec::new();
        for (at, track) in self.written.tracks.iter().enumerate() {
            let live = at == 0 || written.to.iter().any(|(moved, _)| moved.value == track.key.value);
            let open = track.states.iter().zip(0u32..).filter(|(state, _)| !(live && state.terminal));
            from.push(open.fold(0, |bits, (_, state)| bits | bit(state)));
        }
        for (track, keys) in &written.from {
            let Some(at) = self.tracks.find(track, to) else {
                continue;
            };
            let states = &self.states[usize::from(at)];
            let bits = keys.iter().filter_map(|key| states.find(key, to)).fold(0, |bits, at| bits | bit(u32::from(at)));
            if keys.is_empty() {
                to.error(track.place, "empty_value", format!("no state of track `{}` is named", track.value));
            }
            from[usize::from(at)] = bits;
        }
        from
    }

    fn moves(&self, written: &TransitionSource, to: &mut Defects) -> Vec<(u8, u8)> {
        let mut moves = Vec::new();
        for (track, keys) in &written.to {
            let Some(at) = self.tracks.find(track, to) else {
                continue;
            };
            let [key] = keys.as_slice() else {
                let message = format!("track `{}` is in one state at a time, found {}", track.value, keys.len());
                to.error(track.place, "wrong_type", message);
                continue;
            };
            moves.extend(self.states[usize::from(at)].find(key, to).map(|state| (at, state)));
        }
        moves.sort_unstable();
        moves
    }
}

/// The bit of a state; none beyond what a track can have, which reading has refused.
fn bit(state: u32) -> u64 {
    1u64.checked_shl(state).unwrap_or(0)
}

/// Keys of one kind and their positions.
struct Keys<'s> {
    what: &'static str,
    positions: HashMap<&'s str, u8>,
}

impl<'s> Keys<'s> {
    fn new(what: &'static str, keys: impl Iterator<Item = &'s At<String>>, to: &mut Defects) -> Self {
        let mut positions = HashMap::new();
        for (key, at) in keys.zip(0..u8::MAX) {
            if positions.insert(key.value.as_str(), at).is_some() {
                to.error(key.place, "duplicate_id", format!("{what} `{}` occurs twice", key.value));
            }
        }
        Self { what, positions }
    }

    fn find(&self, key: &At<String>, to: &mut Defects) -> Option<u8> {
        let found = self.positions.get(key.value.as_str()).copied();
        if found.is_none() {
            let code = match self.what {
                "track" => "unknown_track",
                "clock" => "unknown_clock",
                _ => "unknown_state",
            };
            let mut known: Vec<&str> = self.positions.keys().copied().collect();
            known.sort_unstable();
            let help = did_you_mean(&key.value, known.iter().copied())
                .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
            to.error_with(key.place, code, format!("unknown {} `{}`", self.what, key.value), Some(help));
        }
        found
    }
}
