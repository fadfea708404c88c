//! Moving a dossier by what is meant instead of by the number of a message: an officer presses "ask
//! for more", and the life cycle says which message that is.

use std::fmt;

use super::{DossierState, Step, allowed};
use crate::law::life_cycle::{Act, LifeCycle, MessageCode, Sender, Transition};

/// A message that was found by what it means, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Acted<'c> {
    /// Its type and function.
    pub code: MessageCode,
    /// Which of its cases it is, where its content has to say so.
    pub case: Option<&'c str>,
    /// Where it leads.
    pub step: Step<'c>,
}

/// Why nobody can act so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActRefusalReason {
    /// The other side does that.
    OtherSender,
    /// No message of the procedure means it.
    NoSuchMessage,
    /// Such messages are allowed in other states only.
    NotNow,
}

/// An act that is refused; the dossier stays where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRefusal {
    /// What was meant.
    pub act: Act,
    /// Who meant it.
    pub sender: Sender,
    /// Why.
    pub reason: ActRefusalReason,
    /// What the sender may do instead, each once, in the order of the life cycle. Empty: it is the
    /// other side's turn, or the dossier is closed.
    pub allowed: Vec<Act>,
}

impl ActRefusal {
    /// Why, and nothing of what may be done instead.
    pub fn why(&self) -> String {
        let (act, sender) = (self.act.as_str(), self.sender.as_str());
        match self.reason {
            ActRefusalReason::OtherSender => format!("`{act}` is not for the {sender} to do"),
            ActRefusalReason::NoSuchMessage => format!("no message of this procedure means `{act}`"),
            ActRefusalReason::NotNow => format!("`{act}` is not allowed now"),
        }
    }
}

impl fmt::Display for ActRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why())?;
        if self.allowed.is_empty() {
            return write!(f, "; there is nothing that the {} can do now", self.sender.as_str());
        }
        f.write_str("; allowed: ")?;
        for (at, act) in self.allowed.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(act.as_str())?;
        }
        Ok(())
    }
}

impl std::error::Error for ActRefusal {}

/// Where an act leads: by the first transition that the state allows and that means it. Where forms
/// of one thing have messages of their own, that is the first form of the life cycle; who wants
/// another names its message ([`next`](super::next)).
///
/// # Errors
/// [`ActRefusal`] where the state allows no such message: it says why, and what is allowed.
pub fn next_by_act<'c>(
    cycle: &'c LifeCycle,
    state: &DossierState,
    act: Act,
    sender: Sender,
) -> Result<Acted<'c>, ActRefusal> {
    if let Some(transition) = transition_of(cycle, state, act, sender) {
        return Ok(acted(transition, state));
    }
    let of_sender = allowed(cycle, state).filter(|transition| transition.sender == sender);
    let reason = if act.sender() != sender {
        ActRefusalReason::OtherSender
    } else if cycle.transitions.iter().any(|transition| transition.act == act) {
        ActRefusalReason::NotNow
    } else {
        ActRefusalReason::NoSuchMessage
    };
    Err(ActRefusal { act, sender, reason, allowed: acts(of_sender) })
}

/// A state that one side reaches by itself, and the steps that lead to it.
#[derive(Debug, Clone)]
pub struct Reach<'c> {
    /// The state.
    pub state: DossierState,
    /// The steps, in their order; none: the dossier stands there.
    pub steps: Vec<&'c Transition>,
}

/// What is within the reach of one side: where the dossier stands, and behind that what follows from
/// steps that say yes. An officer who gives a result has accepted the dossier; a trader takes none of
/// the agency's steps.
pub fn within_reach<'c>(cycle: &'c LifeCycle, state: &DossierState, sender: Sender) -> Vec<Reach<'c>> {
    const YES: [Act; 3] = [Act::Apply, Act::Accept, Act::Confirm];
    let mut found = vec![Reach { state: *state, steps: Vec::new() }];
    while let Some(last) = found.last().filter(|last| last.steps.len() < YES.len()) {
        let own = YES.into_iter().filter(|yes| sender == Sender::Agency || yes.sender() == Sender::Trader);
        let Some(step) = own.into_iter().find_map(|yes| transition_of(cycle, &last.state, yes, yes.sender())) else {
            break;
        };
        let steps = last.steps.iter().copied().chain([step]).collect();
        let state = Step::along(step, &last.state).state;
        found.push(Reach { state, steps });
    }
    found
}

/// The transitions by which an act is done: the steps that lie before it, and its own. What takes
/// something back presumes nothing.
pub fn way_to<'c>(cycle: &'c LifeCycle, state: &DossierState, act: Act) -> Option<Vec<&'c Transition>> {
    let reaches = within_reach(cycle, state, act.sender());
    reaches.into_iter().take(if act == Act::Revoke { 1 } else { usize::MAX }).find_map(|mut reach| {
        reach.steps.push(transition_of(cycle, &reach.state, act, act.sender())?);
        Some(reach.steps)
    })
}

fn transition_of<'c>(cycle: &'c LifeCycle, state: &DossierState, act: Act, sender: Sender) -> Option<&'c Transition> {
    allowed(cycle, state).find(|transition| transition.sender == sender && transition.act == act)
}

/// What one side may do in a state, each act once, in the order of the life cycle.
pub fn allowed_acts(cycle: &LifeCycle, state: &DossierState, sender: Sender) -> Vec<Act> {
    acts(allowed(cycle, state).filter(|transition| transition.sender == sender))
}

fn acted<'c>(transition: &'c Transition, state: &DossierState) -> Acted<'c> {
    let case = Some(transition.case.as_str()).filter(|case| !case.is_empty());
    Acted { code: transition.message.example(), case, step: Step::along(transition, state) }
}

fn acts<'c>(transitions: impl Iterator<Item = &'c Transition>) -> Vec<Act> {
    let mut found = Vec::new();
    for transition in transitions {
        if !found.contains(&transition.act) {
            found.push(transition.act);
        }
    }
    found
}
