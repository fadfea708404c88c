//! What comes of a command about a dossier.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::{Author, CaseId, MessageRef, Refused, RefusedReason, Role};
use super::event::{DossierEvent, Goods, Paper};
use super::state::Dossier;
use crate::approval::dossier::{self as cycle_of, DossierMessage, DossierState, Refusal, Step};
use crate::law::life_cycle::{Act, LifeCycle, MessageCode, Sender};
use crate::records::{EvidenceEntry, HistoryEntry};

/// A dossier as it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// Its procedure.
    pub procedure: Option<String>,
    /// The agency that handles it.
    pub agency: Option<String>,
    /// The trader.
    pub holder: Option<String>,
    /// The organisation that files it.
    pub filer: String,
    /// The sender's reference.
    pub reference: Option<String>,
    /// The message that it comes with.
    pub message: Option<MessageRef>,
    /// The goods.
    pub goods: Vec<Goods>,
}

/// A message of the life cycle, or the same by its meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its type and function, where it came as a message.
    pub code: Option<MessageCode>,
    /// What it means, where it came without.
    pub act: Option<Act>,
    /// Which case its content says it is.
    pub variant: Option<String>,
    /// Who sends it.
    pub sender: Sender,
    /// It is a step on the way to another act, whoever has to take it otherwise.
    pub implied: bool,
    /// When it was done, where that is not now.
    pub done: Option<Timestamp>,
    /// The paper or other system, where it was done outside.
    pub paper: Option<String>,
    /// The message.
    pub message: Option<MessageRef>,
    /// What it says in words.
    pub note: String,
    /// What is given with it.
    pub evidence: Vec<EvidenceEntry>,
    /// What it adds to the importer's record.
    pub history: Vec<HistoryEntry>,
    /// The number of what is revoked.
    pub revokes: Option<String>,
}

/// What was entered afterwards and counts, as customs has decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Rectifying {
    /// What was done.
    pub act: Act,
    /// When.
    pub done: Timestamp,
    /// On which paper.
    pub paper: Paper,
    /// What it says in words.
    pub note: String,
    /// What it gives in place of what was given before.
    pub evidence: Vec<EvidenceEntry>,
    /// What it adds to the importer's record.
    pub history: Vec<HistoryEntry>,
}

/// What is asked of a dossier.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open it.
    Open(Box<Opening>),
    /// Hear a message.
    Hear(Box<Heard>),
    /// Let what was entered afterwards take the place of what it gave.
    Rectify(Box<Rectifying>),
    /// Take it up.
    Claim,
    /// Lay it down.
    Release,
    /// Join it with a task of a declaration.
    Link {
        /// The declaration.
        declaration: CaseId,
        /// The task.
        task: String,
        /// The lines of the declaration.
        lines: Vec<u32>,
    },
    /// Attach a document.
    Attach {
        /// The id of the attachment.
        attachment: String,
        /// Its name.
        name: String,
        /// SHA-256 of its bytes, in hex.
        digest: String,
    },
    /// Its agency could not be told of it.
    NoteUndelivered {
        /// Why.
        reason: String,
    },
    /// It was told after all.
    NoteDelivered,
}

/// Decides a command about a dossier that lives by `cycle`; `case` is none before its first event.
///
/// # Errors
/// [`Refused`] where the life cycle or somebody else's work stands against it.
pub fn decide(
    case: Option<&Dossier>,
    command: &Command,
    by: &Author,
    now: Timestamp,
    cycle: &LifeCycle,
) -> Result<Vec<DossierEvent>, Refused> {
    let Some(case) = case else {
        let Command::Open(opening) = command else {
            return Err(Refused::because(RefusedReason::Unknown, "there is no such dossier"));
        };
        return Ok(vec![open(opening)]);
    };
    match command {
        Command::Open(_) => Err(Refused::because(RefusedReason::Conflict, "the dossier is open already")),
        Command::Hear(heard) => hear(case, heard, by, now, cycle),
        Command::Rectify(rectifying) => Ok(rectify(case, rectifying)),
        Command::Claim => match &case.claimed_by {
            Some(holder) if same_person(holder, by) => Err(Refused::not_now("you work on it already", Vec::new())),
            Some(holder) => Err(taken(holder)),
            None if state(case, cycle)?.is_closed(cycle) => Err(Refused::not_now("the dossier is closed", Vec::new())),
            None => Ok(vec![DossierEvent::Claimed]),
        },
        Command::Release => match &case.claimed_by {
            None => Err(Refused::not_now("nobody works on it", Vec::new())),
            Some(holder) if same_person(holder, by) || holder.organisation == by.organisation => {
                Ok(vec![DossierEvent::Released])
            }
            Some(holder) => Err(taken(holder)),
        },
        Command::Link { declaration, task, lines } => match &case.link {
            Some((known, known_task, known_lines)) if known == declaration => {
                if known_task == task && known_lines == lines {
                    return Ok(Vec::new());
                }
                Ok(vec![link(*declaration, task, lines)])
            }
            Some((known, ..)) => Err(Refused::because(
                RefusedReason::Conflict,
                format!("the dossier handles a task of declaration {known} already"),
            )),
            None => Ok(vec![link(*declaration, task, lines)]),
        },
        Command::Attach { attachment, name, digest } => {
            let (attachment, name, digest) = (attachment.clone(), name.clone(), digest.clone());
            Ok(vec![DossierEvent::Attached { attachment, name, digest }])
        }
        Command::NoteUndelivered { reason } if case.undelivered.as_ref() == Some(reason) => Ok(Vec::new()),
        Command::NoteUndelivered { reason } => Ok(vec![DossierEvent::Undelivered { reason: reason.clone() }]),
        Command::NoteDelivered if case.undelivered.is_none() => Ok(Vec::new()),
        Command::NoteDelivered => Ok(vec![DossierEvent::Delivered]),
    }
}

fn open(opening: &Opening) -> DossierEvent {
    let Opening { procedure, agency, holder, filer, reference, message, goods } = opening.clone();
    DossierEvent::Opened { procedure, agency, holder, filer, reference, message, goods }
}

fn link(declaration: CaseId, task: &str, lines: &[u32]) -> DossierEvent {
    DossierEvent::Linked { declaration, task: task.to_owned(), lines: lines.to_vec() }
}

fn hear(
    case: &Dossier,
    heard: &Heard,
    by: &Author,
    now: Timestamp,
    cycle: &LifeCycle,
) -> Result<Vec<DossierEvent>, Refused> {
    if heard.sender == Sender::Agency
        && by.person.is_some()
        && let Some(holder) = case.claimed_by.as_ref().filter(|holder| !same_person(holder, by))
    {
        return Err(taken(holder));
    }
    if heard.done.is_some_and(|done| done > now) {
        return Err(Refused::because(RefusedReason::Invalid, "it cannot be done later than now"));
    }
    if heard.paper.is_some() && heard.done.is_none() {
        return Err(Refused::because(RefusedReason::Invalid, "what was done on paper has its own time: state `done`"));
    }
    let (code, step) = step(case, heard, cycle)?;
    let Some(transition) = step.transition else { return Ok(Vec::new()) };
    if needs_reason(transition.act) && heard.note.trim().is_empty() {
        return Err(Refused::because(RefusedReason::Invalid, "`reason` has to be stated"));
    }
    let mut clocks = BTreeMap::new();
    for (at, effect) in step.clocks() {
        let Some(clock) = cycle.clocks.get(usize::from(*at)) else { continue };
        let before = case.clocks.get(&clock.key).map_or_else(Default::default, |clock| clock.status);
        let after = before.after(*effect);
        if after != before {
            clocks.insert(clock.key.clone(), after);
        }
    }
    let before = state(case, cycle)?.to_keys(cycle).into_iter().collect::<BTreeMap<_, _>>();
    let moved = step.state.to_keys(cycle).into_iter().filter(|(track, state)| before.get(track) != Some(state));
    let paper = heard.paper.as_ref().map(|source| Paper { source: source.clone(), entered: now });
    let mut events = vec![DossierEvent::Heard {
        code: code.to_string(),
        act: transition.act,
        sender: if heard.implied && by.role == Role::Agency { Sender::Agency } else { heard.sender },
        implied: heard.implied,
        states: moved.collect(),
        clocks,
        done: heard.done,
        paper,
        message: heard.message.clone(),
        rolls_back: transition.rolls_back,
        note: heard.note.clone(),
    }];
    let revoked = match (transition.act, &heard.revokes) {
        (Act::Revoke | Act::AgreeCertificateCancellation, None) => {
            case.live().filter_map(|issued| issued.evidence.id.clone()).collect()
        }
        (_, number) => number.iter().cloned().collect::<Vec<_>>(),
    };
    for number in revoked {
        if !case.live().any(|issued| issued.evidence.id.as_ref() == Some(&number)) {
            return Err(Refused::because(RefusedReason::Unknown, format!("the dossier has not given `{number}`")));
        }
        events.push(DossierEvent::Revoked { number, reason: heard.note.clone() });
    }
    for evidence in &heard.evidence {
        let known = |issued: &super::state::Issued| issued.evidence.id == evidence.id;
        if evidence.replaces.is_none() && case.live().any(known) {
            let number = evidence.id.as_deref().unwrap_or_default();
            return Err(Refused::because(RefusedReason::Conflict, format!("`{number}` was given already")));
        }
        events.push(DossierEvent::Issued { evidence: Box::new(evidence.clone()) });
    }
    events.extend(heard.history.iter().map(|history| DossierEvent::Recorded { history: Box::new(history.clone()) }));
    Ok(events)
}

fn rectify(case: &Dossier, rectifying: &Rectifying) -> Vec<DossierEvent> {
    let Rectifying { act, done, paper, note, evidence, history } = rectifying;
    let mut events = vec![DossierEvent::Rectified { act: *act, done: *done, paper: paper.clone(), note: note.clone() }];
    let numbers: BTreeSet<&String> = case.live().filter_map(|issued| issued.evidence.id.as_ref()).collect();
    for number in numbers {
        events.push(DossierEvent::Revoked { number: number.clone(), reason: paper.source.clone() });
    }
    events.extend(evidence.iter().map(|evidence| DossierEvent::Issued { evidence: Box::new(evidence.clone()) }));
    events.extend(history.iter().map(|history| DossierEvent::Recorded { history: Box::new(history.clone()) }));
    events
}

/// Whether whoever does it says why.
fn needs_reason(act: Act) -> bool {
    matches!(
        act,
        Act::Reject
            | Act::Ask
            | Act::Fail
            | Act::Revoke
            | Act::RefuseEdit
            | Act::RefuseWithdrawal
            | Act::RefuseCertificateEdit
            | Act::RefuseCertificateCancellation
    )
}

/// Where the message leads, and the code that it has or would have.
fn step<'c>(case: &Dossier, heard: &Heard, cycle: &'c LifeCycle) -> Result<(MessageCode, Step<'c>), Refused> {
    let state = state(case, cycle)?;
    let refused = |refusal: Refusal<'_>| Refused {
        reason: RefusedReason::NotNow,
        message: refusal.to_string(),
        allowed: refusal.allowed.iter().map(|transition| transition.act.as_str().to_owned()).collect(),
    };
    match (heard.code, heard.act) {
        (Some(code), _) => {
            let message = DossierMessage { code, case: heard.variant.as_deref(), sender: heard.sender };
            Ok((code, cycle_of::next(cycle, &state, &message).map_err(refused)?))
        }
        (None, Some(act)) => {
            // On its task more may be done than with the dossier: what, `allowed` says.
            let acted = cycle_of::next_by_act(cycle, &state, act, heard.sender).map_err(|refusal| Refused {
                reason: RefusedReason::NotNow,
                message: refusal.why(),
                allowed: refusal.allowed.iter().map(|act| act.as_str().to_owned()).collect(),
            })?;
            Ok((acted.code, acted.step))
        }
        (None, None) => Err(Refused::because(RefusedReason::Invalid, "neither a message nor an act is stated")),
    }
}

/// The state of a dossier within its life cycle.
fn state(case: &Dossier, cycle: &LifeCycle) -> Result<DossierState, Refused> {
    let keys = case.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
    DossierState::from_keys(cycle, keys).map_err(|error| {
        let message = format!("the life cycle of the procedure has changed under the dossier: {error}");
        Refused::because(RefusedReason::Conflict, message)
    })
}

pub(super) fn same_person(one: &Author, other: &Author) -> bool {
    one.organisation == other.organisation && one.person == other.person
}

fn taken(holder: &Author) -> Refused {
    let who = holder.person.as_deref().or(holder.organisation.as_deref()).unwrap_or("somebody else");
    Refused::because(RefusedReason::Conflict, format!("{who} works on the dossier"))
}
