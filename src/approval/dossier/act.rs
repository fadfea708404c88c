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

impl fmt::Display for ActRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (act, sender) = (self.act.as_str(), self.sender.as_str());
        match self.reason {
            ActRefusalReason::OtherSender => write!(f, "`{act}` is not for the {sender} to do")?,
            ActRefusalReason::NoSuchMessage => write!(f, "no message of this procedure means `{act}`")?,
            ActRefusalReason::NotNow => write!(f, "`{act}` is not allowed now")?,
        }
        if self.allowed.is_empty() {
            return write!(f, "; there is nothing that the {sender} can do now");
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
    let of_sender = || allowed(cycle, state).filter(|transition| transition.sender == sender);
    if let Some(transition) = of_sender().find(|transition| transition.act == act) {
        return Ok(acted(transition, state));
    }
    let reason = if act.sender() != sender {
        ActRefusalReason::OtherSender
    } else if cycle.transitions.iter().any(|transition| transition.act == act) {
        ActRefusalReason::NotNow
    } else {
        ActRefusalReason::NoSuchMessage
    };
    Err(ActRefusal { act, sender, reason, allowed: acts(of_sender()) })
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
