//! What comes of a command.

use super::super::{Author, Refused, RefusedReason};
use super::command::{Command, Registration};
use super::event::{DecidedBy, DeclarationEvent};
use super::may::{names, role_free};
use super::outcome::outcome;
use super::paper::Disputed;
use super::pending::is_recalled;
use super::state::{Declaration, EvidenceLink, Settled, Status};
use crate::clearance::record::DecisionRecord;
use crate::trade::{Decision, Status as RequirementStatus};

/// Decides a command about a declaration; `case` is none before its first event.
///
/// # Errors
/// [`Refused`] where the state does not allow it; it says what is allowed instead.
pub fn decide(
    case: Option<&Declaration>,
    command: &Command,
    by: &Author,
    now: jiff::Timestamp,
) -> Result<Vec<DeclarationEvent>, Refused> {
    let Some(case) = case else {
        let Command::Register(registration) = command else {
            return Err(Refused::because(RefusedReason::Unknown, "there is no such declaration"));
        };
        let mut events = vec![DeclarationEvent::Registered(registration.clone())];
        if accepts_itself(registration) {
            events.push(DeclarationEvent::Accepted);
        }
        return Ok(events);
    };
    let mut events = answer(case, command)?;
    // What a declaration says may be done, and nothing else.
    if let Some(action) = command.action().filter(|action| !role_free(case).contains(action)) {
        return Err(not_now(case, format!("`{}` is not for this declaration now", action.as_str())));
    }
    let mut after = case.clone();
    for event in &events {
        after.take(event, by, now);
    }
    if after.status == Status::Accepted
        && !after.registration.advisory
        && outcome(&after).is_some_and(|outcome| outcome.clears())
    {
        events.push(DeclarationEvent::Cleared);
    }
    Ok(events)
}

/// Who causes an event of a command: whoever asked for it, or the program, where customs takes the
/// declaration as lodged by itself and where the goods are free since nothing stands before that.
pub fn caused(command: &Command, event: &DeclarationEvent, by: &Author) -> Author {
    match (command, event) {
        (Command::Accept, DeclarationEvent::Accepted) => by.clone(),
        (_, DeclarationEvent::Accepted | DeclarationEvent::Cleared) => Author::system(),
        _ => by.clone(),
    }
}

/// Whether customs takes a declaration as lodged the moment it comes.
fn accepts_itself(registration: &Registration) -> bool {
    !registration.advisory && !registration.pre_lodged
}

#[expect(clippy::too_many_lines, reason = "one arm for each command")]
fn answer(case: &Declaration, command: &Command) -> Result<Vec<DeclarationEvent>, Refused> {
    use DeclarationEvent as E;
    let one = |event| Ok(vec![event]);
    let known = |line: u32| {
        let lines = case.decision.iter().flat_map(|decision| &decision.lines);
        lines
            .into_iter()
            .any(|known| known.line == line)
            .then_some(())
            .ok_or_else(|| Refused::because(RefusedReason::Unknown, format!("the declaration has no line {line}")))
    };
    match command {
        Command::Register(_) => Err(Refused::because(RefusedReason::Conflict, "the declaration is registered already")),
        Command::Note { message, note } => one(E::Noted { message: message.clone(), note: note.clone() }),
        Command::Attach { attachment, name, digest } => {
            if !case.status.is_open() {
                return Err(not_now(case, format!("the declaration is {}", case.status.as_str())));
            }
            let (attachment, name, digest) = (attachment.clone(), name.clone(), digest.clone());
            one(E::Attached { attachment, name, digest })
        }
        Command::DisputePaper(entry) => {
            let open = |known: &&Disputed| known.settled.is_none() && known.entry.says_the_same(entry);
            if case.papers.values().find(open).is_some() {
                Ok(Vec::new())
            } else {
                one(E::PaperDisputed(entry.clone()))
            }
        }
        Command::SettlePaper { entry, accepted, reason } => {
            reasoned(reason)?;
            match case.papers.get(entry) {
                Some(Disputed { settled: None, .. }) => {
                    one(E::PaperSettled { entry: entry.clone(), accepted: *accepted, reason: reason.clone() })
                }
                Some(_) => Err(not_now(case, "customs has decided of it already")),
                None => Err(Refused::because(RefusedReason::Unknown, "there is no such disputed entry")),
            }
        }
        Command::Accept if case.status == Status::Registered && !case.registration.advisory => one(E::Accepted),
        Command::Amend { registration, reason } => amend(case, registration, reason),
        Command::Agree => match (&case.amendment, &case.cancellation) {
            (Some(_), _) => one(E::Amended),
            (None, Some(reason)) => one(E::Cancelled { reason: reason.clone() }),
            (None, None) => Err(not_now(case, "nothing was asked that customs could agree to")),
        },
        Command::Disagree { reason } => {
            let refused = match (&case.amendment, &case.cancellation, &case.storage_asked) {
                (Some(_), ..) => E::AmendmentRefused { reason: reason.clone() },
                (None, Some(_), _) => E::CancellationRefused { reason: reason.clone() },
                (None, None, Some(_)) if case.status.is_open() => E::StorageRefused { reason: reason.clone() },
                (None, None, _) => return Err(not_now(case, "nothing was asked that customs could refuse")),
            };
            reasoned(reason)?;
            one(refused)
        }
        Command::Cancel { reason } => match case.status {
            Status::Registered | Status::Accepted if case.cancellation.is_none() => {
                reasoned(reason)?;
                let reason = reason.clone();
                one(if case.status == Status::Registered {
                    E::Cancelled { reason }
                } else {
                    E::CancellationAsked { reason }
                })
            }
            Status::Accepted => Err(not_now(case, "customs is asked to cancel it already")),
            _ => Err(not_now(case, format!("a {} declaration cannot be cancelled", case.status.as_str()))),
        },
        Command::Decide { cause, decision } => Ok(decided(case, *cause, decision)),
        Command::LinkDossier { task, dossier, procedure } => {
            if case.dossiers.get(task) == Some(dossier) {
                return Ok(Vec::new());
            }
            one(E::DossierLinked { task: task.clone(), dossier: *dossier, procedure: procedure.clone() })
        }
        Command::LinkEvidence { from, number } => {
            let link = EvidenceLink { from: *from, number: number.clone() };
            if case.evidence.contains(&link) {
                Ok(Vec::new())
            } else {
                one(E::EvidenceLinked { from: *from, number: number.clone() })
            }
        }
        Command::UnlinkEvidence { from, number, reason } => {
            let link = EvidenceLink { from: *from, number: number.clone() };
            if case.evidence.contains(&link) {
                one(E::EvidenceUnlinked { from: *from, number: number.clone(), reason: reason.clone() })
            } else {
                Ok(Vec::new())
            }
        }
        // Obligations go on after clearance, and so do their clocks.
        Command::Ring { task, mark, due } => {
            let open = case.task(task).is_some_and(|open| open.due == Some(*due));
            let rang = case.marks.get(task).is_some_and(|marks| marks.rang.get(mark) == Some(due));
            if !open || rang || matches!(case.status, Status::Cancelled | Status::Aborted) {
                return Ok(Vec::new());
            }
            one(E::ClockRang { task: task.clone(), mark: *mark, due: *due })
        }
        Command::Override { .. } if !case.status.is_open() && !is_recalled(case) => {
            Err(not_now(case, format!("the declaration is {}", case.status.as_str())))
        }
        Command::Override { line, decision, reason } => {
            reasoned(reason)?;
            line.map_or(Ok(()), known)?;
            one(E::Overridden { line: *line, decision: *decision, reason: reason.clone() })
        }
        _ if !case.status.is_open() => Err(not_now(case, format!("the declaration is {}", case.status.as_str()))),
        Command::Accept => Err(not_now(case, "it cannot be accepted")),
        Command::SettleFact { line, fact, value, reason } => {
            known(*line)?;
            if fact.trim().is_empty() || value.trim().is_empty() {
                return Err(Refused::because(RefusedReason::Invalid, "`fact` and `value` have to be stated"));
            }
            match settled(case, *line, fact) {
                Some(before) if before.value == *value => return Ok(Vec::new()),
                Some(_) => reasoned(reason)?,
                None => {}
            }
            one(E::FactSettled { line: *line, fact: fact.clone(), value: value.clone(), reason: reason.clone() })
        }
        Command::LiftFact { line, fact, reason } => {
            let message = format!("nothing was settled of `{fact}` on line {line}");
            settled(case, *line, fact).ok_or_else(|| not_now(case, message))?;
            reasoned(reason)?;
            one(E::FactLifted { line: *line, fact: fact.clone(), reason: reason.clone() })
        }
        Command::SetChannel { channel, reason } => {
            reasoned(reason)?;
            one(E::ChannelSet { channel: *channel, reason: reason.clone() })
        }
        Command::Check { kind, passed, note } => {
            if !passed {
                reasoned(note)?;
            }
            one(E::Checked { kind: *kind, passed: *passed, note: note.clone() })
        }
        Command::AskStorage { place } => {
            if place.trim().is_empty() {
                return Err(Refused::because(RefusedReason::Invalid, "`place` says where the goods would be stored"));
            }
            if case.decision.as_ref().is_some_and(|decision| decision.decision == Decision::Storage) {
                one(E::StorageAsked { place: place.clone() })
            } else {
                Err(not_now(case, "the goods may not be brought to storage: see the decision on each line"))
            }
        }
        Command::GrantStorage => match &case.storage_asked {
            Some(place) => one(E::StorageGranted { place: place.clone() }),
            None => Err(not_now(case, "the declarant has not asked for storage")),
        },
        Command::LiftOverride { line, reason } => {
            reasoned(reason)?;
            if case.overrides.iter().any(|known| known.line == *line) {
                one(E::OverrideLifted { line: *line, reason: reason.clone() })
            } else {
                Err(not_now(case, "nobody has decided otherwise there"))
            }
        }
        Command::Stick { task, reason } => {
            open_task(case, task)?;
            if case.stuck.contains_key(task) {
                return Ok(Vec::new());
            }
            one(E::StepStuck { task: task.clone(), reason: reason.clone() })
        }
        Command::Retry { task, reason } => {
            open_task(case, task)?;
            if !case.stuck.contains_key(task) {
                return Err(not_now(case, "this step is not stuck"));
            }
            one(E::StepRetried { task: task.clone(), reason: reason.clone() })
        }
        Command::SettleStep { task, outcome, reason } => {
            open_task(case, task)?;
            reasoned(reason)?;
            one(E::StepSettled { task: task.clone(), outcome: *outcome, reason: reason.clone() })
        }
    }
}

fn amend(case: &Declaration, registration: &Registration, reason: &str) -> Result<Vec<DeclarationEvent>, Refused> {
    if registration.holder != case.registration.holder || registration.direction != case.registration.direction {
        return Err(Refused::because(
            RefusedReason::Invalid,
            "an amendment keeps trader and direction; another trader's goods are another declaration",
        ));
    }
    let registration = Box::new(registration.clone());
    match case.status {
        Status::Registered => {
            let accepts = accepts_itself(&registration);
            let mut events = vec![DeclarationEvent::Replaced(registration)];
            if accepts {
                events.push(DeclarationEvent::Accepted);
            }
            Ok(events)
        }
        Status::Accepted if case.amendment.is_some() => Err(not_now(case, "customs is asked to amend it already")),
        Status::Accepted => {
            reasoned(reason)?;
            Ok(vec![DeclarationEvent::AmendmentAsked { registration, reason: reason.to_owned() }])
        }
        status => Err(not_now(case, format!("a {} declaration cannot be amended", status.as_str()))),
    }
}

/// What was settled of a fact on a line.
fn settled<'c>(case: &'c Declaration, line: u32, fact: &str) -> Option<&'c Settled> {
    case.facts.iter().find(|known| known.line == line && known.fact == fact)
}

/// A decision is news where it says something else than the one before, or another edition of the
/// law says it.
fn decided(case: &Declaration, cause: DecidedBy, decision: &DecisionRecord) -> Vec<DeclarationEvent> {
    let before = case.decision.as_ref();
    if before == Some(decision) || matches!(case.status, Status::Cancelled | Status::Aborted) {
        return Vec::new();
    }
    let mut events = vec![DeclarationEvent::Decided { cause, decision: Box::new(decision.clone()) }];
    for line in &decision.lines {
        for requirement in &line.requirements {
            if before.and_then(|before| status_of(before, line.line, &requirement.rule)) == Some(requirement.status) {
                continue;
            }
            let (line, rule) = (line.line, requirement.rule.clone());
            match requirement.status {
                // What was met the moment the goods were declared is in the decision itself.
                RequirementStatus::Met if before.is_some() => {
                    events.push(DeclarationEvent::RequirementMet { line, rule });
                }
                RequirementStatus::Failed => events.push(DeclarationEvent::RequirementFailed { line, rule }),
                _ => {}
            }
        }
    }
    events
}

/// What a decision says of a rule on a line.
fn status_of(decision: &DecisionRecord, line: u32, rule: &str) -> Option<RequirementStatus> {
    let line = decision.lines.iter().find(|known| known.line == line)?;
    line.requirements.iter().find(|known| known.rule == rule).map(|known| known.status)
}

fn open_task(case: &Declaration, task: &str) -> Result<(), Refused> {
    if case.task(task).is_some() {
        return Ok(());
    }
    Err(Refused::because(RefusedReason::Unknown, format!("the declaration has no open task `{task}`")))
}

/// Whoever decides otherwise says why.
fn reasoned(reason: &str) -> Result<(), Refused> {
    if reason.trim().is_empty() {
        return Err(Refused::because(RefusedReason::Invalid, "`reason` has to be stated"));
    }
    Ok(())
}

fn not_now(case: &Declaration, message: impl Into<String>) -> Refused {
    Refused::not_now(message, names(&role_free(case)))
}
