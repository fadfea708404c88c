//! A dossier (hồ sơ) and the messages that move it.
//!
//! One interpreter for the life cycles of every procedure: a state, a message, and either where it
//! leads or a refusal that lists what is allowed instead. Pure; what is accepted allocates nothing.

mod act;
mod keys;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::law::life_cycle::{ClockEffect, LifeCycle, MessageCode, Sender, TRACKS_MAX, Track, TrackState, Transition};

pub use self::act::{ActRefusal, ActRefusalReason, Acted, Reach, allowed_acts, next_by_act, way_to, within_reach};
pub use self::keys::DossierKeysError;

/// Where a dossier stands: one state of each track of its life cycle.
///
/// Positions, so it means something with the life cycle that it began under only. A state of
/// another life cycle is refused everything, at worst read wrongly, never a panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DossierState {
    states: [u8; TRACKS_MAX],
    tracks: u8,
}

impl DossierState {
    fn positions(&self) -> &[u8] {
        self.states.get(..usize::from(self.tracks)).unwrap_or(&self.states)
    }

    /// The tracks of its life cycle, each with the state it is in.
    pub fn tracks<'c>(&self, cycle: &'c LifeCycle) -> impl Iterator<Item = (&'c Track, &'c TrackState)> + use<'c> {
        let states = self.states;
        cycle.tracks.iter().zip(states).filter_map(|(track, at)| Some((track, track.states.get(usize::from(at))?)))
    }

    /// The state of a track, by the track's key.
    pub fn of<'c>(&self, cycle: &'c LifeCycle, track: &str) -> Option<&'c TrackState> {
        self.tracks(cycle).find(|(of, _)| of.key == track).map(|(_, state)| state)
    }

    /// Whether the file itself is in a terminal state: nothing leads on.
    pub fn is_closed(&self, cycle: &LifeCycle) -> bool {
        self.tracks(cycle).next().is_some_and(|(_, state)| state.terminal)
    }
}

/// A message about a dossier, as far as its life cycle looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DossierMessage<'m> {
    /// Its type and function.
    pub code: MessageCode,
    /// What its content says, where that decides ([`Transition::case`]).
    pub case: Option<&'m str>,
    /// Who sends it.
    pub sender: Sender,
}

/// What an accepted message did.
#[derive(Debug, Clone, Copy)]
pub struct Step<'c> {
    /// Where the dossier stands afterwards.
    pub state: DossierState,
    /// The transition; `None` for an acknowledgement, which changes nothing.
    pub transition: Option<&'c Transition>,
}

impl<'c> Step<'c> {
    fn along(transition: &'c Transition, from: &DossierState) -> Self {
        let mut state = *from;
        transition.apply(&mut state.states);
        Self { state, transition: Some(transition) }
    }

    /// What it does to clocks, by their position in [`LifeCycle::clocks`].
    pub fn clocks(&self) -> &'c [(u8, ClockEffect)] {
        self.transition.map_or(&[], |transition| &transition.clocks)
    }
}

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// The procedure has no such message.
    UnknownMessage,
    /// It has, and the other side sends it.
    OtherSender,
    /// Its content says which of several cases it is, and this one says none or another.
    UnknownCase,
    /// It is allowed in other states only.
    NotNow,
}

/// A message that is refused; the dossier stays where it is.
#[derive(Debug, Clone)]
pub struct Refusal<'c> {
    /// The message.
    pub message: MessageCode,
    /// Who sent it.
    pub sender: Sender,
    /// Why.
    pub reason: RefusalReason,
    /// What is allowed instead, in the order of the life cycle. Empty where the dossier is closed.
    pub allowed: Vec<&'c Transition>,
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, sender) = (self.message, self.sender.as_str());
        match self.reason {
            RefusalReason::UnknownMessage => write!(f, "this procedure has no message {message}")?,
            RefusalReason::OtherSender => write!(f, "message {message} does not come from the {sender}")?,
            RefusalReason::UnknownCase => write!(f, "message {message} has to say which case it is")?,
            RefusalReason::NotNow => write!(f, "message {message} from the {sender} is not allowed now")?,
        }
        if self.allowed.is_empty() {
            return f.write_str("; the dossier is closed, nothing is allowed");
        }
        f.write_str("; allowed: ")?;
        for (at, transition) in self.allowed.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", transition.message)?;
            if !transition.case.is_empty() {
                write!(f, ":{}", transition.case)?;
            }
            write!(f, " from the {} ({})", transition.sender.as_str(), transition.title_en)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal<'_> {}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStatus {
    /// It has not begun.
    #[default]
    Idle,
    /// Time counts.
    Running,
    /// It is the other side's turn.
    Paused,
    /// Done.
    Stopped,
}

impl ClockStatus {
    /// How it stands after an effect. Pausing or resuming what does not run changes nothing: a
    /// supplement can be asked for before time begins.
    #[must_use]
    pub fn after(self, effect: ClockEffect) -> Self {
        match (self, effect) {
            (_, ClockEffect::Start) | (Self::Paused, ClockEffect::Resume) => Self::Running,
            (Self::Running, ClockEffect::Pause) => Self::Paused,
            (Self::Running | Self::Paused, ClockEffect::Stop) => Self::Stopped,
            (status, ClockEffect::Pause | ClockEffect::Resume | ClockEffect::Stop) => status,
        }
    }

    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }
}

/// The state in which a dossier begins: a draft, nothing sent.
pub fn begin(cycle: &LifeCycle) -> DossierState {
    let mut states = [0; TRACKS_MAX];
    for (state, track) in states.iter_mut().zip(&cycle.tracks) {
        *state = track.initial;
    }
    DossierState { states, tracks: u8::try_from(cycle.tracks.len().min(TRACKS_MAX)).unwrap_or(0) }
}

/// Where a message leads.
///
/// An acknowledgement (functions 99 and 00) of a type that the procedure has is accepted in every
/// state and changes nothing: it answers a message and is none itself. Whoever receives 00 has not
/// been heard, and goes on from the state before the message that it answers.
///
/// # Errors
/// [`Refusal`] where the state does not allow the message: it says why, and lists everything that
/// the state does allow.
pub fn next<'c>(
    cycle: &'c LifeCycle,
    state: &DossierState,
    message: &DossierMessage<'_>,
) -> Result<Step<'c>, Refusal<'c>> {
    if message.code.is_technical() && cycle.transitions.iter().any(|t| t.message.kind == message.code.kind) {
        return Ok(Step { state: *state, transition: None });
    }
    let found = allowed(cycle, state).find(|transition| {
        transition.sender == message.sender
            && transition.message.matches(message.code)
            && (transition.case.is_empty() || message.case == Some(transition.case.as_str()))
    });
    match found {
        Some(transition) => Ok(Step::along(transition, state)),
        None => Err(Refusal {
            message: message.code,
            sender: message.sender,
            reason: reason(cycle, state, message),
            allowed: allowed(cycle, state).collect(),
        }),
    }
}

/// What a state allows, in the order of the life cycle. Acknowledgements are allowed always and
/// not listed.
pub fn allowed<'c>(cycle: &'c LifeCycle, state: &DossierState) -> impl Iterator<Item = &'c Transition> + use<'c> {
    let state = *state;
    cycle.transitions.iter().filter(move |transition| transition.allowed_in(state.positions()))
}

fn reason(cycle: &LifeCycle, state: &DossierState, message: &DossierMessage<'_>) -> RefusalReason {
    let known = |transition: &&Transition| transition.message.matches(message.code);
    let sent = |transition: &Transition| transition.sender == message.sender;
    if !cycle.transitions.iter().any(|transition| known(&transition)) {
        RefusalReason::UnknownMessage
    } else if !cycle.transitions.iter().filter(known).any(sent) {
        RefusalReason::OtherSender
    } else if allowed(cycle, state).filter(known).any(sent) {
        RefusalReason::UnknownCase
    } else {
        RefusalReason::NotNow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_pauses_only_while_it_runs() {
        use ClockEffect::{Pause, Resume, Start, Stop};
        let after =
            |effects: &[ClockEffect]| effects.iter().fold(ClockStatus::Idle, |clock, effect| clock.after(*effect));
        assert_eq!(after(&[Pause, Resume]), ClockStatus::Idle);
        assert_eq!(after(&[Start, Pause]), ClockStatus::Paused);
        assert_eq!(after(&[Start, Pause, Resume]), ClockStatus::Running);
        assert_eq!(after(&[Start, Pause, Start]), ClockStatus::Running);
        assert_eq!(after(&[Start, Pause, Stop, Resume]), ClockStatus::Stopped);
        assert_eq!(after(&[Stop]), ClockStatus::Idle, "what never ran has nothing to stop");
        assert_eq!(after(&[Start, Stop, Start]), ClockStatus::Running);
    }
}
