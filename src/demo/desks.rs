//! The desks of a demonstration: officers who take their tasks up and answer within the limit, or a
//! little after it; traders who answer when they are asked for more.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::DemoError;
use super::accounts::{FILER, organisation_of};
use crate::clearance::case::declaration::{CheckKind, Command};
use crate::clearance::case::{Author, CaseId, Role};
use crate::law::Pack;
use crate::law::life_cycle::Act as Meaning;
use crate::service::Service;
use crate::service::act::{Act, DossierAct, Given};
use crate::service::desk::ActError;
use crate::service::writer::WorkError;
use crate::store::StoreError;
use crate::store::lists::{self, TaskFilter, TaskRow};

/// The time of a task whose limit is not known.
const UNLIMITED: SignedDuration = SignedDuration::from_hours(30);
/// After this share of its time, in hundredths, an officer takes a task up.
const CLAIM_AFTER: i32 = 30;
/// The most that an answer takes of its time, in hundredths: some are late.
const LATEST: i32 = 112;
/// How long a trader takes to answer.
const TRADER: SignedDuration = SignedDuration::from_hours(4);

/// When an officer does what.
#[derive(Debug, Clone, Copy)]
struct Plan {
    claim: Timestamp,
    answer: Timestamp,
}

/// All desks.
#[derive(Debug)]
pub(super) struct Desks {
    customs: Option<String>,
    plans: HashMap<String, Plan>,
    /// Tasks whose trader was asked for more.
    asked: HashSet<String>,
    /// Whether a declaration is one of the simulated traders'.
    simulated: HashMap<CaseId, bool>,
}

/// Even numbers from 0 to 99 that depend on a task and what they are for.
fn draw(task: &str, what: &str) -> i32 {
    let digest = Sha256::digest(format!("{what} {task}"));
    let two = u16::from_be_bytes([digest[0], digest[1]]);
    i32::from(two % 100)
}

impl Desks {
    pub(super) fn new(pack: &Pack) -> Self {
        let customs = pack.customs_agency.map(|agency| pack.agencies[agency.index()].code.clone());
        Self { customs, plans: HashMap::new(), asked: HashSet::new(), simulated: HashMap::new() }
    }

    /// Looks at all queues once and does what is due.
    pub(super) async fn work(&mut self, service: &Service) -> Result<(), DemoError> {
        let now = service.shared().clock.now();
        let mut after = None;
        let mut seen = HashSet::new();
        loop {
            let page = {
                let mut reader = service.shared().database.read().await?;
                let filter = TaskFilter::default();
                let link = &mut reader.link();
                lists::tasks(link, &lists::Desk::All, &filter, after.as_deref(), lists::PAGE_MAX).await?
            };
            for task in &page.rows {
                seen.insert(task.id.clone());
                if self.is_simulated(service, task.case).await? {
                    self.on(service, task, now).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        self.plans.retain(|task, _| seen.contains(task));
        self.asked.retain(|task| seen.contains(task));
        Ok(())
    }

    async fn is_simulated(&mut self, service: &Service, case: CaseId) -> Result<bool, StoreError> {
        if let Some(known) = self.simulated.get(&case) {
            return Ok(*known);
        }
        let mut reader = service.shared().database.read().await?;
        let parties = lists::parties_of(&mut reader.link(), case).await?;
        let simulated = parties.is_some_and(|(_, filer, _)| filer == FILER);
        self.simulated.insert(case, simulated);
        Ok(simulated)
    }

    async fn on(&mut self, service: &Service, task: &TaskRow, now: Timestamp) -> Result<(), DemoError> {
        match task.state.as_str() {
            "ready" | "claimed" => {}
            "asked" if task.kind == "dossier" => return self.supplement(service, task, now).await,
            _ => return Ok(()),
        }
        let plan = *self.plans.entry(task.id.clone()).or_insert_with(|| {
            let time = task.due.map_or(UNLIMITED, |due| due.duration_since(now).max(UNLIMITED / 10));
            let share = |hundredths: i32| now + time * hundredths / 100;
            let answer = 10 + draw(&task.id, "answer") * (LATEST - 10) / 100;
            Plan { claim: share(answer * CLAIM_AFTER / 100), answer: share(answer) }
        });
        let is_customs = task.agency.is_none() || task.agency == self.customs;
        if now >= plan.answer {
            if task.kind == "dossier" {
                return self.answer(service, task, is_customs).await;
            }
            return customs(service, task).await;
        }
        if now >= plan.claim && task.state == "ready" && task.kind == "dossier" {
            let by = officer(task, is_customs);
            return act(service, task, DossierAct::Claim, by).await.map(drop);
        }
        Ok(())
    }

    /// An officer answers: mostly well.
    async fn answer(&mut self, service: &Service, task: &TaskRow, is_customs: bool) -> Result<(), DemoError> {
        let drawn = draw(&task.id, "outcome");
        let wanted = match drawn {
            0..12 if self.asked.insert(task.id.clone()) => (Meaning::Ask, "Please send the label in Vietnamese."),
            12..17 => (Meaning::Fail, "The sample does not meet the technical regulation."),
            17..20 => (Meaning::Reject, "The application does not concern these goods."),
            _ => (Meaning::Issue, ""),
        };
        let again = service.shared().clock.now() + TRADER;
        self.plans.insert(task.id.clone(), Plan { claim: again, answer: again });
        // What the procedure's life cycle does not know gives way to what each knows.
        for (meaning, note) in [wanted, (Meaning::Issue, "")] {
            let done = DossierAct::Do { act: meaning, note: note.to_owned(), given: Given::default(), paper: None };
            if act(service, task, done, officer(task, is_customs)).await? {
                break;
            }
        }
        Ok(())
    }

    async fn supplement(&mut self, service: &Service, task: &TaskRow, now: Timestamp) -> Result<(), DemoError> {
        let again = now + TRADER;
        let plan = *self.plans.entry(task.id.clone()).or_insert(Plan { claim: again, answer: again });
        if now < plan.answer {
            return Ok(());
        }
        self.plans.insert(task.id.clone(), Plan { claim: again, answer: again });
        let note = "Here it is.".to_owned();
        // What was rejected is applied for anew.
        for meaning in [Meaning::Supplement, Meaning::Apply] {
            let answer = DossierAct::Do { act: meaning, note: note.clone(), given: Given::default(), paper: None };
            let by = Author { role: Role::Broker, organisation: Some(FILER.to_owned()), person: None };
            if act(service, task, answer, by).await? {
                break;
            }
        }
        Ok(())
    }
}

/// Who answers for an agency.
fn officer(task: &TaskRow, is_customs: bool) -> Author {
    if is_customs {
        return Author { role: Role::Customs, organisation: Some("customs".to_owned()), person: None };
    }
    let organisation = task.agency.as_deref().map(organisation_of);
    Author { role: Role::Agency, organisation, person: None }
}

/// Customs settles a fact or checks.
async fn customs(service: &Service, task: &TaskRow) -> Result<(), DemoError> {
    let by = officer(task, true);
    let command = if task.kind == "accept" {
        Command::Accept
    } else if task.kind == "check" {
        let kind = if task.key.ends_with("goods") { CheckKind::Goods } else { CheckKind::Documents };
        let passed = draw(&task.id, "check") >= 4;
        let note = if passed { "" } else { "The goods are not those that were declared." };
        Command::Check { kind, passed, note: note.to_owned() }
    } else {
        let questions = service.view().await?.questions(task.case, &task.key).await.map_err(WorkError::from)?;
        let Some(question) = questions.into_iter().next() else { return Ok(()) };
        let at = draw(&task.id, "value").unsigned_abs() as usize % question.values.len().max(1);
        let Some(value) = question.values.get(at).cloned() else { return Ok(()) };
        Command::SettleFact { line: question.line, fact: question.fact, value, reason: String::new() }
    };
    let settling = Act::Declaration { case: task.case, command: Box::new(command), seen: None };
    done(service.act(settling, by).await).map(drop)
}

/// Acts on a task; says whether it was allowed.
async fn act(service: &Service, task: &TaskRow, act: DossierAct, by: Author) -> Result<bool, DemoError> {
    let act = Act::Task { case: task.case, task: task.key.clone(), act: Box::new(act), seen: None };
    done(service.act(act, by).await)
}

/// A person may have been faster, or a life cycle not know an act: both are no error here.
fn done(outcome: Result<CaseId, WorkError>) -> Result<bool, DemoError> {
    match outcome {
        Ok(_) => Ok(true),
        Err(WorkError::Act(ActError::Refused(refused))) => {
            tracing::debug!(error = %refused, "a simulated act was refused: {refused}");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}
