//! What a declaration's events come to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{Author, CaseId, Entry, Event, Role};
use super::command::{Registration, StepOutcome};
use super::event::{CheckKind, DeclarationEvent, Mark};
use super::paper::{Disputed, PaperEntry, Settlement};
use crate::approval::TaskKind;
use crate::clearance::record::{DecisionRecord, RequirementRecord, TaskRecord};
use crate::law::Presumed;
use crate::trade::{Channel, Decision, Stage};

/// Where a declaration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is kept and screened, customs has not taken it as lodged.
    Registered,
    /// Customs has taken it as lodged.
    Accepted,
    /// The goods are free.
    Cleared,
    /// It is no more.
    Cancelled,
    /// An operator ended it: the goods are not let through.
    Aborted,
}

impl Status {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Accepted => "accepted",
            Self::Cleared => "cleared",
            Self::Cancelled => "cancelled",
            Self::Aborted => "aborted",
        }
    }

    /// Whether the goods wait for something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Registered | Self::Accepted)
    }
}

/// A fact that was settled after the declaration came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The line.
    pub line: u32,
    /// The fact.
    pub fact: String,
    /// Its value.
    pub value: String,
    /// By whom.
    pub by: Role,
}

/// Evidence that speaks for a declaration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidenceLink {
    /// The case that holds it.
    pub from: CaseId,
    /// Its number.
    pub number: String,
}

/// A paper that spoke for a declaration and was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revoked {
    /// Its number.
    pub number: String,
    /// The dossier that gave it.
    #[serde(rename = "dossier")]
    pub from: CaseId,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: Author,
    /// When.
    pub at: Timestamp,
}

/// A check of customs' own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Nothing was found against it.
    pub passed: bool,
    /// What was found.
    pub note: String,
    /// Who checked.
    pub by: Author,
    /// When.
    pub at: Timestamp,
}

/// What an officer decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The line; none: all.
    pub line: Option<u32>,
    /// What instead.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Author,
}

/// What was settled with a step: the rules that it was for, each with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledStep {
    /// How.
    pub outcome: StepOutcome,
    /// Why.
    pub reason: String,
    /// What the step was for.
    pub rules: BTreeMap<String, BTreeSet<u32>>,
}

/// Which clocks rang for a task, and for which due time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskMarks {
    /// The due time that each mark was for.
    pub rang: BTreeMap<Mark, Timestamp>,
}

/// A declaration as its events have left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// Its id.
    pub id: CaseId,
    /// The number of its last event.
    pub head: u64,
    /// When it came in.
    pub opened: Timestamp,
    /// When it changed last.
    pub changed: Timestamp,
    /// What it is.
    pub registration: Registration,
    /// Counts up with every amendment, from 1.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// The amendment that customs is asked for, and why.
    pub amendment: Option<(Registration, String)>,
    /// Why customs is asked to cancel it.
    pub cancellation: Option<String>,
    /// What the law says of it.
    pub decision: Option<DecisionRecord>,
    /// The channel that customs chose.
    pub channel: Option<Channel>,
    /// Facts settled since it came.
    pub facts: Vec<Settled>,
    /// The dossiers that handle its tasks.
    pub dossiers: BTreeMap<String, CaseId>,
    /// What speaks for it.
    pub evidence: BTreeSet<EvidenceLink>,
    /// What spoke for it and was revoked, once it is cleared: since then.
    pub revoked: Vec<Revoked>,
    /// What customs has checked.
    pub checks: BTreeMap<CheckKind, Check>,
    /// Where the declarant asks to store the goods.
    pub storage_asked: Option<String>,
    /// Where he may.
    pub storage: Option<String>,
    /// What officers decided otherwise.
    pub overrides: Vec<Override>,
    /// Steps that an operator settled.
    pub settled_steps: BTreeMap<String, SettledStep>,
    /// Tasks that do not move by themselves, and why.
    pub stuck: BTreeMap<String, String>,
    /// Clocks that rang.
    pub marks: BTreeMap<String, TaskMarks>,
    /// What was entered afterwards and contradicts what was known, by its id.
    pub papers: BTreeMap<String, Disputed>,
}

impl Declaration {
    /// The declaration that its first event makes.
    pub fn begin(entry: &Entry) -> Option<Self> {
        let Event::Declaration(DeclarationEvent::Registered(registration)) = &entry.event else { return None };
        Some(Self {
            id: entry.case,
            head: entry.number,
            opened: entry.at,
            changed: entry.at,
            registration: Registration::clone(registration),
            version: 1,
            status: Status::Registered,
            amendment: None,
            cancellation: None,
            decision: None,
            channel: None,
            facts: Vec::new(),
            dossiers: BTreeMap::new(),
            evidence: BTreeSet::new(),
            revoked: Vec::new(),
            checks: BTreeMap::new(),
            storage_asked: None,
            storage: None,
            overrides: Vec::new(),
            settled_steps: BTreeMap::new(),
            stuck: BTreeMap::new(),
            marks: BTreeMap::new(),
            papers: BTreeMap::new(),
        })
    }

    /// Takes a further entry in.
    pub fn apply(&mut self, entry: &Entry) {
        self.head = entry.number;
        self.changed = entry.at;
        if let Event::Declaration(event) = &entry.event {
            self.take(event, &entry.by, entry.at);
        }
    }

    pub(super) fn take(&mut self, event: &DeclarationEvent, by: &Author, at: Timestamp) {
        use DeclarationEvent as E;
        match event {
            E::Registered(_)
            | E::Noted { .. }
            | E::Attached { .. }
            | E::RequirementMet { .. }
            | E::RequirementFailed { .. } => {}
            E::Accepted => self.status = Status::Accepted,
            E::Replaced(registration) => self.become_version(Registration::clone(registration)),
            E::AmendmentAsked { registration, reason } => {
                self.amendment = Some((Registration::clone(registration), reason.clone()));
            }
            E::Amended => {
                if let Some((registration, _)) = self.amendment.take() {
                    self.become_version(registration);
                }
            }
            E::AmendmentRefused { .. } => self.amendment = None,
            E::CancellationAsked { reason } => self.cancellation = Some(reason.clone()),
            E::CancellationRefused { .. } => self.cancellation = None,
            E::Cancelled { .. } => {
                self.status = Status::Cancelled;
                self.amendment = None;
                self.cancellation = None;
            }
            E::Decided { decision, .. } => {
                self.stuck.retain(|task, _| decision.tasks.iter().any(|open| open.key == *task));
                self.decision = Some(DecisionRecord::clone(decision));
            }
            E::DossierLinked { task, dossier, .. } => {
                self.dossiers.insert(task.clone(), *dossier);
            }
            E::EvidenceLinked { from, number } => {
                self.revoked.retain(|revoked| (&revoked.from, &revoked.number) != (from, number));
                self.evidence.insert(EvidenceLink { from: *from, number: number.clone() });
            }
            E::EvidenceUnlinked { from, number, reason } => {
                self.evidence.remove(&EvidenceLink { from: *from, number: number.clone() });
                self.revoked.extend(reason.clone().map(|reason| {
                    let (number, from, by) = (number.clone(), *from, by.clone());
                    Revoked { number, from, reason, by, at }
                }));
            }
            E::FactSettled { line, fact, value, .. } => {
                self.facts.retain(|known| (known.line, &known.fact) != (*line, fact));
                self.facts.push(Settled { line: *line, fact: fact.clone(), value: value.clone(), by: by.role });
            }
            E::FactLifted { line, fact, .. } => {
                self.facts.retain(|known| (known.line, &known.fact) != (*line, fact));
            }
            E::ChannelSet { channel, .. } => self.channel = Some(*channel),
            E::Checked { kind, passed, note } => {
                self.checks.insert(*kind, Check { passed: *passed, note: note.clone(), by: by.clone(), at });
            }
            E::StorageAsked { place } => self.storage_asked = Some(place.clone()),
            E::StorageGranted { place } => {
                self.storage_asked = None;
                self.storage = Some(place.clone());
            }
            E::StorageRefused { .. } => self.storage_asked = None,
            E::Overridden { line, decision, reason } => {
                self.overrides.retain(|known| known.line != *line);
                let (line, decision, reason) = (*line, *decision, reason.clone());
                self.overrides.push(Override { line, decision, reason, by: by.clone() });
            }
            E::OverrideLifted { line, .. } => self.overrides.retain(|known| known.line != *line),
            E::StepStuck { task, reason } => {
                self.stuck.insert(task.clone(), reason.clone());
            }
            E::StepRetried { task, .. } => {
                self.stuck.remove(task);
            }
            E::StepSettled { task, outcome, reason } => {
                self.stuck.remove(task);
                if *outcome == StepOutcome::Aborted {
                    self.status = Status::Aborted;
                }
                let step = SettledStep { outcome: *outcome, reason: reason.clone(), rules: self.rules_of(task) };
                self.settled_steps.insert(task.clone(), step);
            }
            E::ClockRang { task, mark, due } => {
                self.marks.entry(task.clone()).or_default().rang.insert(*mark, *due);
            }
            E::Cleared => {
                self.status = Status::Cleared;
                self.revoked.clear();
            }
            E::PaperDisputed(entry) => {
                let entry = PaperEntry::clone(entry);
                let disputed = Disputed { entered: at, by: by.clone(), settled: None, entry };
                self.papers.insert(disputed.entry.id.clone(), disputed);
            }
            E::PaperSettled { entry, accepted, reason } => {
                if let Some(disputed) = self.papers.get_mut(entry) {
                    let (accepted, reason, by) = (*accepted, reason.clone(), by.clone());
                    disputed.settled = Some(Settlement { accepted, reason, by, at });
                }
            }
        }
    }

    /// What was found about the goods before speaks of other goods now, as far as it hangs on them.
    fn become_version(&mut self, registration: Registration) {
        self.registration = registration;
        self.version += 1;
        self.facts.clear();
        self.checks.clear();
        self.overrides.clear();
        self.settled_steps.clear();
        self.storage_asked = None;
        self.storage = None;
    }

    /// The rules that a task is for, each with its lines. A registration is for the rules whose
    /// procedures begin with it, a fact to be settled for those that hang on it.
    pub fn rules_of(&self, key: &str) -> BTreeMap<String, BTreeSet<u32>> {
        let mut rules: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let Some(decision) = &self.decision else { return rules };
        let Some(at) = decision.tasks.iter().position(|task| task.key == key) else { return rules };
        let task = &decision.tasks[at];
        let is_for = |requirement: &RequirementRecord| match task.kind {
            TaskKind::SettleFact => requirement.presumed == Presumed::Ask && requirement.measure == task.measure,
            TaskKind::Dossier => {
                requirement.task.is_some_and(|task| usize::from(task) == at)
                    || task.procedure.as_ref().is_some_and(|procedure| requirement.procedures.contains(procedure))
            }
        };
        for line in decision.lines.iter().filter(|line| task.lines.contains(&line.line)) {
            for requirement in line.requirements.iter().filter(|requirement| is_for(requirement)) {
                rules.entry(requirement.rule.clone()).or_default().insert(line.line);
            }
        }
        rules
    }

    /// What was entered afterwards and waits for customs.
    pub fn disputed(&self) -> impl Iterator<Item = &Disputed> {
        self.papers.values().filter(|disputed| disputed.settled.is_none())
    }

    /// The tasks that are still to be done: all while the goods wait, only obligations afterwards. A
    /// fact is settled before.
    pub fn open_tasks(&self) -> Vec<&TaskRecord> {
        let all = self.decision.iter().flat_map(|decision| &decision.tasks);
        let is_obligation = |task: &&TaskRecord| task.stage == Stage::AfterClearance && task.kind == TaskKind::Dossier;
        match self.status {
            status if status.is_open() => all.collect(),
            Status::Cleared => all.filter(is_obligation).collect(),
            _ => Vec::new(),
        }
    }

    /// The keys of the tasks that come before an open one and have a dossier.
    pub fn begun_before(&self, key: &str) -> Vec<&str> {
        // So it is with each declaration that comes in.
        if self.dossiers.is_empty() {
            return Vec::new();
        }
        let decided = self.decision.iter().flat_map(|decision| &decision.tasks).collect::<Vec<_>>();
        let task = self.open_tasks().into_iter().find(|task| task.key == key);
        let before = task.into_iter().flat_map(|task| &task.after).filter_map(|at| decided.get(usize::from(*at)));
        before.map(|first| first.key.as_str()).filter(|first| self.dossiers.contains_key(*first)).collect()
    }

    /// The open task of a key.
    pub fn task(&self, key: &str) -> Option<&TaskRecord> {
        self.decision.as_ref()?.tasks.iter().find(|task| task.key == key)
    }
}
