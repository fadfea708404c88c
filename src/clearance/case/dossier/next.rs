//! What may be done next with a dossier or with a task that has none yet, whoever does it.

use std::collections::BTreeMap;

use super::super::Author;
use super::decide::same_person;
use super::state::{Dossier, is_taken_back};
use crate::approval::dossier::{DossierState, allowed, begin, within_reach};
use crate::law::ProcedureKind;
use crate::law::life_cycle::{Act, LifeCycle, Outcome, Sender, Transition};

/// Something that may be done.
#[derive(Debug, Clone, Copy)]
pub enum Next<'c> {
    /// Take it up.
    Claim,
    /// Lay it down.
    Release,
    /// Say how each line came out.
    Result,
    /// Send a message of its life cycle.
    Do(&'c Transition),
}

impl Next<'_> {
    /// Its name (`POST …/{act}`).
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Result => "result",
            Self::Do(transition) => transition.act.as_str(),
        }
    }

    /// What it means in the life cycle.
    pub fn act(&self) -> Option<Act> {
        match self {
            Self::Do(transition) => Some(transition.act),
            Self::Claim | Self::Release | Self::Result => None,
        }
    }
}

/// As much of a dossier as decides what may be done next: a row of it has that too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its procedure.
    pub procedure: Option<String>,
    /// The state of each track.
    pub states: BTreeMap<String, String>,
    /// By what it has ended without leaving a result that counts.
    pub ended: Option<Act>,
    /// Who works on it.
    pub claimed_by: Option<Author>,
}

impl Turn {
    /// Of a dossier.
    pub fn of(dossier: &Dossier) -> Self {
        Self {
            procedure: dossier.procedure.clone(),
            states: dossier.states.clone(),
            ended: dossier.ended.filter(|_| dossier.is_spent()),
            claimed_by: dossier.claimed_by.clone(),
        }
    }

    /// Whether an act on the task of the dossier begins another in its place; none: that somebody
    /// takes it up. What the trader has taken back he alone begins anew.
    pub fn begins_anew(&self, cycle: &LifeCycle, act: Option<Act>) -> bool {
        let Some(ended) = self.ended else { return false };
        let by_agency = !is_taken_back(ended);
        let state = self.state(cycle);
        match act {
            None => by_agency && state.is_none_or(|state| state.is_closed(cycle)),
            Some(act) => {
                let begins = match act {
                    Act::Apply => true,
                    Act::Accept | Act::Ask | Act::Confirm | Act::Issue | Act::Fail => by_agency,
                    _ => false,
                };
                begins && !state.is_some_and(|state| allowed(cycle, &state).any(|known| known.act == act))
            }
        }
    }

    fn state(&self, cycle: &LifeCycle) -> Option<DossierState> {
        let keys = self.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
        DossierState::from_keys(cycle, keys).ok()
    }
}

/// What a dossier lives by.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'c> {
    /// The life cycle of its procedure.
    pub cycle: &'c LifeCycle,
    /// The kind of its procedure.
    pub kind: ProcedureKind,
    /// The registration that comes before its task is filed and not answered: nothing is given before.
    pub waits_for_registration: bool,
}

impl<'c> Rules<'c> {
    /// What may be done with a dossier.
    pub fn with(&self, turn: &Turn, by: &Author) -> Vec<Next<'c>> {
        let state = turn.state(self.cycle);
        let mut found = Vec::new();
        match &turn.claimed_by {
            None if state.is_some_and(|state| !state.is_closed(self.cycle)) => found.push(Next::Claim),
            Some(claimed) if claimed.organisation == by.organisation => found.push(Next::Release),
            _ => {}
        }
        let Some(state) = state else { return found };
        let is_anothers = |claimed: &Author| by.person.is_some() && !same_person(claimed, by);
        if !turn.claimed_by.as_ref().is_some_and(is_anothers) {
            self.acts(&state, Sender::Agency, &mut found);
        }
        self.acts(&state, Sender::Trader, &mut found);
        found
    }

    /// What may be done with a task that has no dossier: the first act opens it.
    pub fn first(&self) -> Vec<Next<'c>> {
        let mut found = vec![Next::Claim];
        for sender in [Sender::Agency, Sender::Trader] {
            self.acts(&begin(self.cycle), sender, &mut found);
        }
        found
    }

    /// What one side may do, each act once: by its first transition in the nearest state that has one.
    fn acts(&self, state: &DossierState, sender: Sender, found: &mut Vec<Next<'c>>) {
        let mut met: Vec<Act> = Vec::new();
        for reach in within_reach(self.cycle, state, sender) {
            if reach.steps.last().is_some_and(|step| self.is_withheld(step)) {
                return;
            }
            for transition in allowed(self.cycle, &reach.state).filter(|transition| transition.sender == sender) {
                let presumes = transition.act == Act::Revoke && !reach.steps.is_empty();
                if met.contains(&transition.act) || presumes {
                    continue;
                }
                met.push(transition.act);
                if !self.is_withheld(transition) {
                    found.push(Next::Do(transition));
                }
            }
        }
    }

    fn is_withheld(&self, transition: &Transition) -> bool {
        self.waits_for_registration && transition.gives(self.kind).is_some_and(|gives| gives.outcome == Outcome::Pass)
    }
}

/// What may be done with a task: with the dossier that it has, or where that has ended without a
/// result, with the one that comes after it. `first` is what opens a dossier for it, nothing where
/// that may not be now.
pub fn next_on_task<'c>(dossier: Option<(&Turn, &Rules<'c>)>, first: Vec<Next<'c>>, by: &Author) -> Vec<Next<'c>> {
    let Some((turn, rules)) = dossier else { return first };
    let begins = |next: &Next<'_>| match next {
        Next::Release | Next::Result => false,
        Next::Claim | Next::Do(_) => turn.begins_anew(rules.cycle, next.act()),
    };
    let with = rules.with(turn, by).into_iter().filter(|next| !begins(next));
    with.chain(first.into_iter().filter(begins)).collect()
}
