//! What an edition would do to the open cases: each is decided again, beside the service and
//! without its writer, and compared with how it stands.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;
use serde::Serialize;
use tokio::sync::oneshot;

use super::super::examine::{self, Known, name_of};
use super::super::known::{Beside, gather};
use super::super::law_book::Edition;
use super::super::shared::Shared;
use super::super::writer::WorkError;
use crate::approval::dossier::DossierState;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Declaration;
use crate::clearance::record::{DecisionRecord, RequirementRecord};
use crate::law::Pack;
use crate::screening::SampleKey;
use crate::store::{Link, StoreError, cases, messages};
use crate::trade::Decision;

/// Cases that are read and decided together.
const TOGETHER: i64 = 64;
/// Cases that are named.
const NAMED: usize = 50;

/// What an edition would do to the open cases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// How many declarations are open.
    pub open: u64,
    /// How many of them would be decided otherwise.
    pub changed: u64,
    /// How many would be decided the same for other reasons: other rules, procedures or agencies.
    pub same_for_other_reasons: u64,
    /// How many are decided the same for the same reasons, but have tasks that are due at other times.
    pub rescheduled: u64,
    /// How many cannot be read any more, and stay as they are.
    pub unreadable: u64,
    /// From which decision to which.
    pub moved: Vec<Moved>,
    /// The first of those that would be decided otherwise.
    pub cases: Vec<MovedCase>,
    /// The first of those that are only rescheduled.
    pub rescheduled_cases: Vec<Rescheduled>,
    /// How many open dossiers stand in a state that the edition's life cycles do not have.
    pub stranded: u64,
    /// The first of them.
    pub stranded_dossiers: Vec<CaseId>,
}

/// Declarations that would go from one decision to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// How they stand.
    pub from: Decision,
    /// How they would.
    pub to: Decision,
    /// How many.
    pub count: u64,
}

/// A declaration that would be decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedCase {
    /// Its case.
    pub case: CaseId,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub from: Decision,
    /// How it would.
    pub to: Decision,
}

/// A declaration whose tasks would be due at other times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rescheduled {
    /// Its case.
    pub case: CaseId,
    /// Its name.
    pub name: String,
    /// When the goods can be cleared at the earliest, as it stands.
    pub from: Option<Timestamp>,
    /// When they could.
    pub to: Option<Timestamp>,
}

/// An open case with everything that its decision rests on.
struct Open {
    declaration: Declaration,
    content: Vec<u8>,
    known: Known,
}

/// What comes of an open case.
enum Compared {
    Unreadable,
    Same,
    OtherReasons,
    Rescheduled(Rescheduled),
    Moved(MovedCase),
}

/// Decides every open case under a pack and says what would come out otherwise.
pub(super) async fn effect(shared: &Shared, pack: Pack) -> Result<Effect, WorkError> {
    let edition = Arc::new(Edition::new(shared.law.keep(pack), Date::MIN, None));
    let editions = [shared.law.at(shared.clock.now()), Arc::clone(&edition)];
    let mut effect = Effect::default();
    let mut moved: BTreeMap<(Decision, Decision), u64> = BTreeMap::new();
    let mut after = None;
    loop {
        let mut reader = shared.database.read().await?;
        let page = cases::open_declarations(&mut reader.link(), after, TOGETHER).await?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        let open = read(&mut reader.link(), &page, &edition).await?;
        drop(reader);
        effect.open += page.len() as u64;
        effect.unreadable += (page.len() - open.len()) as u64;
        for compared in compare_all(open, &editions, shared.sample_key.clone()).await? {
            match compared {
                Compared::Unreadable => effect.unreadable += 1,
                Compared::Same => {}
                Compared::OtherReasons => effect.same_for_other_reasons += 1,
                Compared::Rescheduled(case) => {
                    effect.rescheduled += 1;
                    if effect.rescheduled_cases.len() < NAMED {
                        effect.rescheduled_cases.push(case);
                    }
                }
                Compared::Moved(case) => {
                    effect.changed += 1;
                    *moved.entry((case.from, case.to)).or_default() += 1;
                    if effect.cases.len() < NAMED {
                        effect.cases.push(case);
                    }
                }
            }
        }
    }
    effect.moved = moved.into_iter().map(|((from, to), count)| Moved { from, to, count }).collect();
    strand(shared, &edition, &mut effect).await?;
    Ok(effect)
}

/// Reads open cases; one whose message is missing is left out.
async fn read(link: &mut Link<'_>, page: &[CaseId], edition: &Edition) -> Result<Vec<Open>, StoreError> {
    let declarations = cases::declarations(link, page).await?;
    let ids: Vec<String> = declarations.iter().map(|case| case.registration.message.id.clone()).collect();
    let mut contents: HashMap<String, Vec<u8>> = messages::contents(link, &ids).await?.into_iter().collect();
    let mut open = Vec::with_capacity(declarations.len());
    for declaration in declarations {
        let Some(content) = contents.remove(&declaration.registration.message.id) else { continue };
        let known = gather(link, &declaration, &Beside::default(), edition).await?;
        open.push(Open { declaration, content, known });
    }
    Ok(open)
}

/// Compares cases in parallel, outside of the runtime's threads: under the edition of today and
/// under the one that is tried.
async fn compare_all(
    open: Vec<Open>,
    [today, tried]: &[Arc<Edition>; 2],
    key: Option<SampleKey>,
) -> Result<Vec<Compared>, WorkError> {
    let (today, tried) = (Arc::clone(today), Arc::clone(tried));
    let (sender, receiver) = oneshot::channel();
    rayon::spawn(move || {
        let compared = open.into_par_iter().map(|case| compare(&case, [&today, &tried], key.as_ref())).collect();
        // Who no longer listens has no use for it.
        let _ = sender.send(compared);
    });
    receiver.await.map_err(|_| WorkError::ShuttingDown)
}

fn compare(open: &Open, [today, tried]: [&Edition; 2], key: Option<&SampleKey>) -> Compared {
    let declaration = &open.declaration;
    let Some(before) = &declaration.decision else { return Compared::Unreadable };
    let Some(after) = decided(open, tried, key) else { return Compared::Unreadable };
    let (case, name) = (declaration.id, name_of(declaration.id, &declaration.registration));
    if before.decision != after.decision {
        return Compared::Moved(MovedCase { case, from: before.decision, to: after.decision, name });
    }
    if asks(before) != asks(&after) {
        return Compared::OtherReasons;
    }
    // What was recorded may rest on clocks that stood otherwise: only what both editions make of the
    // case as it is tells what the law moves.
    match decided(open, today, key) {
        Some(now) if due(&now) != due(&after) => {
            Compared::Rescheduled(Rescheduled { case, name, from: now.earliest, to: after.earliest })
        }
        _ => Compared::Same,
    }
}

/// How a case as it is comes out under an edition; none: its message cannot be read.
fn decided(open: &Open, edition: &Edition, key: Option<&SampleKey>) -> Option<DecisionRecord> {
    let Open { declaration, content, known } = open;
    let mut reading = examine::read_again(content, edition).ok()?;
    if reading.declaration.name().is_none() {
        reading.declaration.reference = Some(name_of(declaration.id, &declaration.registration).into());
    }
    let received = edition.day_of(declaration.opened);
    let mut decided = examine::decide(edition, received, &mut reading, (known, key));
    // The law of inspections leaves preferences as they are.
    if let Some(recorded) = &declaration.decision {
        decided.with_preferences(recorded.certificates.clone(), recorded.preferences.clone());
    }
    Some(decided)
}

/// When a decision's tasks are due.
fn due(decision: &DecisionRecord) -> Vec<(&str, Option<Timestamp>)> {
    decision.tasks.iter().map(|task| (task.key.as_str(), task.due)).collect()
}

/// What a decision asks for on each line, and of whom.
fn asks(decision: &DecisionRecord) -> Vec<(u32, Decision, Vec<impl PartialEq + '_>)> {
    let of = |requirement: &'_ RequirementRecord| {
        let RequirementRecord { rule, agency, procedures, stage, status, certainty, presumed, method, .. } =
            requirement;
        (rule.clone(), agency.clone(), procedures.clone(), *stage, *status, *certainty, *presumed, *method)
    };
    decision
        .lines
        .iter()
        .map(|line| (line.line, line.decision, line.requirements.iter().map(of).collect::<Vec<_>>()))
        .collect()
}

/// Finds open dossiers that the edition's life cycles do not know where to lead.
async fn strand(shared: &Shared, edition: &Edition, effect: &mut Effect) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let mut reader = shared.database.read().await?;
        let page = cases::open_dossiers(&mut reader.link(), after, TOGETHER).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.case);
        for dossier in page {
            let states = dossier.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
            let cycle = edition.cycle(dossier.procedure.as_deref());
            if cycle.is_some_and(|cycle| DossierState::from_keys(cycle, states).is_ok()) {
                continue;
            }
            effect.stranded += 1;
            if effect.stranded_dossiers.len() < NAMED {
                effect.stranded_dossiers.push(dossier.case);
            }
        }
    }
}
