//! The desks of a demonstration: officers who take their tasks up and answer within the limit, or a
//! little after it; traders who answer when they are asked for more.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::accounts::{FILER, organisation_of};
use super::gateway::Gateway;
use super::{DemoError, customs};
use crate::clearance::case::declaration::{Command, Pending};
use crate::clearance::case::{Author, CaseId, Role};
use crate::law::Pack;
use crate::law::life_cycle::{Act as Meaning, Sender};
use crate::service::Service;
use crate::service::act::{Act, DossierAct, Given};
use crate::service::desk::ActError;
use crate::service::writer::WorkError;
use crate::store::StoreError;
use crate::store::lists::{self, TaskFilter, TaskRow};

/// The time of a task whose limit is not known.
const UNLIMITED: SignedDuration = SignedDuration::from_hours(30);
/// How long customs takes at most to find a place in storage.
const STORAGE: SignedDuration = SignedDuration::from_hours(3);
/// After this share of its time, in hundredths, an officer takes a task up.
const CLAIM_AFTER: i32 = 30;
/// The most that an answer takes of its time, in hundredths: some are late.
const LATEST: i32 = 112;
/// How long a trader takes to answer.
const TRADER: SignedDuration = SignedDuration::from_hours(4);
/// Of so many papers one is taken back, the third of them at first.
const REVOKED: usize = 12;
/// How long after they were given.
const REVOKED_AFTER: SignedDuration = SignedDuration::from_hours(5);

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
    /// Tasks that were taken up.
    claimed: HashSet<String>,
    /// Tasks that were answered.
    answered: HashSet<String>,
    /// How many papers were issued.
    issued: usize,
    /// What an agency is going to take back: the declaration, the task, and when.
    revoking: Vec<(TaskRow, Timestamp)>,
    /// Whether a declaration is one of the simulated traders'.
    simulated: HashMap<CaseId, bool>,
}

/// What somebody does now.
#[derive(Debug)]
enum Job {
    /// An officer takes a task up.
    Claim,
    /// An officer answers: what he would, and what he says with it.
    Answer(Meaning, &'static str),
    /// The trader answers what he was asked.
    Supplement,
    /// An agency takes back what it gave.
    Revoke,
    /// The trader puts right what is wrong in the declaration.
    Correct,
    /// Customs does its own part.
    Customs {
        /// It has not looked at it before.
        is_first: bool,
    },
}

/// Even numbers from 0 to 99 that depend on a task and what they are for.
pub(super) fn draw(task: &str, what: &str) -> i32 {
    let digest = Sha256::digest(format!("{what} {task}"));
    let two = u16::from_be_bytes([digest[0], digest[1]]);
    i32::from(two % 100)
}

impl Desks {
    pub(super) fn new(pack: &Pack) -> Self {
        let customs = pack.customs_agency.map(|agency| pack.agencies[agency.index()].code.clone());
        let (plans, simulated) = (HashMap::new(), HashMap::new());
        Self {
            customs,
            plans,
            claimed: HashSet::new(),
            answered: HashSet::new(),
            issued: 0,
            revoking: Vec::new(),
            simulated,
        }
    }

    /// Looks at all queues once and does what is due. Nobody waits for another: tasks are different
    /// people's, and an agency begins nothing that its `gateway` did not take the notice of. Gives the
    /// declarations that their traders put right now.
    pub(super) async fn work(
        &mut self,
        service: &Service,
        gateway: Option<&Gateway>,
    ) -> Result<Vec<CaseId>, DemoError> {
        let now = service.shared().clock.now();
        let tasks = self.open_tasks(service).await?;
        let mut kept = customs::kept(tasks.iter().filter(|task| self.is_customs_own(task)), "ready");
        kept.extend(customs::kept(tasks.iter().filter(|task| is_correction(task)), "asked"));
        let (mut jobs, mut wrong) = (Vec::new(), Vec::new());
        // Goods that wait for a place in storage would be free before they have one.
        let stored = tasks.iter().filter(|task| task.kind == "storage");
        let stored: HashSet<CaseId> = stored.map(|task| task.case).collect();
        for task in &tasks {
            let waits = gateway.is_some_and(|gateway| !gateway.knows(task))
                || kept.contains(&task.id)
                || (task.kind == "dossier" && stored.contains(&task.case));
            match if waits { None } else { self.due(task, now) } {
                Some(Job::Correct) => wrong.push(task.case),
                job => jobs.extend(job.map(|job| (task.clone(), job))),
            }
        }
        let seen: HashSet<&String> = tasks.iter().map(|task| &task.id).collect();
        self.plans.retain(|task, _| seen.contains(task));
        self.claimed.retain(|task| seen.contains(task));
        self.answered.retain(|task| seen.contains(task));
        let (ripe, later) = std::mem::take(&mut self.revoking).into_iter().partition(|(_, at)| *at <= now);
        self.revoking = later;
        jobs.extend(ripe.into_iter().map(|(task, _)| (task, Job::Revoke)));
        let doing = jobs.into_iter().map(|(task, job)| {
            let is_customs = self.is_customs(&task);
            async move { doing(service, task, job, is_customs).await }
        });
        let issued = futures_util::future::try_join_all(doing).await?;
        for task in issued.into_iter().flatten() {
            self.issued += 1;
            if self.issued % REVOKED == 3 {
                self.revoking.push((task, now + REVOKED_AFTER));
            }
        }
        Ok(wrong)
    }

    /// The open tasks of the simulated traders' declarations, in the order of work.
    pub(super) async fn open_tasks(&mut self, service: &Service) -> Result<Vec<TaskRow>, DemoError> {
        let (mut tasks, mut after) = (Vec::new(), None);
        loop {
            let page = {
                let mut reader = service.shared().database.read().await?;
                let filter = TaskFilter::default();
                let link = &mut reader.link();
                lists::tasks(link, &lists::Desk::All, &filter, after.as_deref(), lists::PAGE_MAX).await?
            };
            for task in page.rows {
                if self.is_simulated(service, task.case).await? {
                    tasks.push(task);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(tasks);
            }
        }
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

    /// Whether customs does it.
    fn is_customs(&self, task: &TaskRow) -> bool {
        task.agency.is_none() || task.agency == self.customs
    }

    /// Whether it is customs' own part, and no dossier.
    fn is_customs_own(&self, task: &TaskRow) -> bool {
        self.is_customs(task) && task.kind != "dossier"
    }

    /// What is due of a task.
    fn due(&mut self, task: &TaskRow, now: Timestamp) -> Option<Job> {
        let again = now + TRADER;
        match task.state.as_str() {
            "ready" | "claimed" => {}
            "asked" if task.kind == "dossier" || is_correction(task) => {
                let plan = *self.plans.entry(task.id.clone()).or_insert(Plan { claim: again, answer: again });
                if now < plan.answer {
                    return None;
                }
                self.plans.insert(task.id.clone(), Plan { claim: again, answer: again });
                return Some(if is_correction(task) { Job::Correct } else { Job::Supplement });
            }
            _ => return None,
        }
        let plan = *self.plans.entry(task.id.clone()).or_insert_with(|| {
            let unlimited = if task.kind == "storage" { STORAGE } else { UNLIMITED };
            let time = task.due.map_or(unlimited, |due| due.duration_since(now).max(UNLIMITED / 10));
            let share = |hundredths: i32| now + time * hundredths / 100;
            let answer = 10 + draw(&task.id, "answer") * (LATEST - 10) / 100;
            Plan { claim: share(answer * CLAIM_AFTER / 100), answer: share(answer) }
        });
        let is_dossier = task.kind == "dossier";
        // Nobody answers before he has taken it up.
        if is_dossier && task.state == "ready" && now >= plan.claim && self.claimed.insert(task.id.clone()) {
            return Some(Job::Claim);
        }
        if now < plan.answer {
            return None;
        }
        let is_first = self.answered.insert(task.id.clone());
        self.plans.insert(task.id.clone(), Plan { claim: again, answer: again });
        if !is_dossier {
            return Some(Job::Customs { is_first });
        }
        // Mostly all is well, and the second time always.
        let (meaning, note) = match draw(&task.id, "outcome") {
            0..12 if is_first => (Meaning::Ask, "Please send the label in Vietnamese."),
            12..17 if is_first => (Meaning::Fail, "The sample does not meet the technical regulation."),
            17..20 if is_first => (Meaning::Reject, "The application does not concern these goods."),
            _ => (Meaning::Issue, ""),
        };
        Some(Job::Answer(meaning, note))
    }
}

/// Whether the trader has to put something right.
fn is_correction(task: &TaskRow) -> bool {
    task.kind == Pending::Correction.as_str()
}

/// Does it. Gives the task, where something was issued.
async fn doing(service: &Service, task: TaskRow, job: Job, is_customs: bool) -> Result<Option<TaskRow>, DemoError> {
    let by = officer(&task, is_customs);
    let (meaning, note, by) = match job {
        Job::Claim => return claim(service, &task, by).await.map(|()| None),
        Job::Customs { is_first } => return customs::work(service, &task, by, is_first).await.map(|()| None),
        Job::Answer(meaning, note) => (meaning, note, by),
        Job::Supplement => (Meaning::Supplement, "Here it is.", broker()),
        // Its trader sends it anew: that is no act on the task.
        Job::Correct => return Ok(None),
        Job::Revoke => (Meaning::Revoke, "The paper rested on a test report that is not the maker's.", by),
    };
    let mut issued = meaning == Meaning::Issue;
    let mut was_done = act(service, &task, does(meaning, note), by.clone()).await?;
    // What the procedure's life cycle does not know gives way to what each knows.
    if !was_done && meaning.sender() == Sender::Agency && !matches!(meaning, Meaning::Issue | Meaning::Revoke) {
        issued = true;
        was_done = act(service, &task, does(Meaning::Issue, ""), by.clone()).await?;
    }
    // What was rejected is applied for anew.
    if !was_done && meaning == Meaning::Supplement {
        act(service, &task, does(Meaning::Apply, note), by).await?;
    }
    Ok((issued && was_done).then_some(task))
}

/// An officer takes a task up and accepts the dossier. Where the goods may then go to storage, their
/// trader asks for it.
async fn claim(service: &Service, task: &TaskRow, by: Author) -> Result<(), DemoError> {
    act(service, task, DossierAct::Claim, by.clone()).await?;
    if act(service, task, does(Meaning::Accept, ""), by).await? {
        let command = Box::new(Command::AskStorage { place: "Bonded warehouse 3".to_owned() });
        done(service.act(Act::Declaration { case: task.case, command, seen: None }, broker()).await)?;
    }
    Ok(())
}

/// An act by its meaning.
fn does(act: Meaning, note: &str) -> DossierAct {
    DossierAct::Do { act, note: note.to_owned(), given: Given::default(), paper: None }
}

/// An officer of customs.
pub(super) fn of_customs() -> Author {
    Author { role: Role::Customs, organisation: Some("customs".to_owned()), person: None }
}

/// The broker that files for the simulated traders.
pub(super) fn broker() -> Author {
    Author { role: Role::Broker, organisation: Some(FILER.to_owned()), person: None }
}

/// Who answers for an agency.
fn officer(task: &TaskRow, is_customs: bool) -> Author {
    if is_customs {
        return of_customs();
    }
    let organisation = task.agency.as_deref().map(organisation_of);
    Author { role: Role::Agency, organisation, person: None }
}

/// Acts on a task; says whether it was allowed.
async fn act(service: &Service, task: &TaskRow, act: DossierAct, by: Author) -> Result<bool, DemoError> {
    let act = Act::Task { case: task.case, task: task.key.clone(), act: Box::new(act), seen: None };
    done(service.act(act, by).await)
}

/// A person may have been faster, or a life cycle not know an act: both are no error here.
pub(super) fn done(outcome: Result<CaseId, WorkError>) -> Result<bool, DemoError> {
    match outcome {
        Ok(_) => Ok(true),
        Err(WorkError::Act(ActError::Refused(refused))) => {
            tracing::debug!(error = %refused, "a simulated act was refused: {refused}");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}
