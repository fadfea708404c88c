//! Rows of a declaration, its tasks and its clocks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::journal::Head;
use super::super::sql::{Value, key, maybe_key};
use super::{Rows, head_columns};
use crate::approval::TaskKind;
use crate::clearance::case::declaration::{
    CUSTOMS, CheckKind, Declaration, Disputed, Mark, OPERATOR, Pending, TRADER, outcome, pending, role_free,
};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::{Author, CaseId};
use crate::clearance::record::{DecisionRecord, TaskRecord};
use crate::law::life_cycle::Sender;
use crate::trade::Stage;

/// When clocks ring beside the due time itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockPolicy {
    /// So long before a task is due its agency is reminded.
    pub remind_before: SignedDuration,
    /// So long after it was due customs and the operator are told.
    pub escalate_after: SignedDuration,
}

impl Default for ClockPolicy {
    fn default() -> Self {
        Self { remind_before: SignedDuration::from_hours(24), escalate_after: SignedDuration::from_hours(48) }
    }
}

/// Where a task stands in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Somebody can take it up.
    Ready,
    /// Somebody has.
    Claimed,
    /// The trader has to answer.
    Asked,
    /// Other tasks come first.
    Waiting,
    /// It does not move by itself.
    Stuck,
}

impl TaskState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ready, Self::Claimed, Self::Asked, Self::Waiting, Self::Stuck];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Claimed => "claimed",
            Self::Asked => "asked",
            Self::Waiting => "waiting",
            Self::Stuck => "stuck",
        }
    }
}

/// What a task's row says of its dossier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DossierBrief {
    /// Who works on it.
    pub claimed_by: Option<Author>,
    /// The agency's time stands still: the trader has to answer, or to apply anew.
    pub waits_for_trader: bool,
}

impl DossierBrief {
    /// Of a dossier.
    pub fn of(dossier: &Dossier) -> Self {
        // Nobody works on what has ended: another may take its place.
        let claimed_by = dossier.claimed_by.clone().filter(|_| !dossier.is_spent());
        Self { claimed_by, waits_for_trader: dossier.turn(true) == Some(Sender::Trader) }
    }
}

/// A critical task stands in the queue as if it were due so much earlier.
const CRITICAL_FIRST: SignedDuration = SignedDuration::from_hours(24);

/// The rows of a declaration.
pub fn declaration(
    case: &Declaration,
    head: Head,
    dossiers: &BTreeMap<CaseId, DossierBrief>,
    policy: ClockPolicy,
) -> Rows {
    let (number, hash) = head_columns(head);
    let registration = &case.registration;
    let outcome = outcome(case);
    let open_tasks = case.open_tasks();
    // The clock of the agency does not run while it is the trader's turn.
    let of_trader = |task: &TaskRecord| brief(case, task, dossiers).is_some_and(|brief| brief.waits_for_trader);
    let running = || open_tasks.iter().filter(|task| !of_trader(task));
    let due = running().filter_map(|task| task.due).min();
    let row = [
        case.id.into(),
        number,
        hash,
        case.opened.into(),
        case.changed.into(),
        case.status.as_str().into(),
        maybe_key(registration.name()).into(),
        maybe_key(registration.reference.as_deref()).into(),
        maybe_key(registration.holder.as_deref()).into(),
        key(&registration.filer).into(),
        registration.direction.map(crate::trade::Direction::as_str).into(),
        case.decision.as_ref().map(|decision| decision.date.to_string()).into(),
        case.version.into(),
        registration.message.id.as_str().into(),
        outcome.as_ref().map(|outcome| outcome.now.as_str()).into(),
        outcome.as_ref().and_then(|outcome| outcome.channel).map(crate::trade::Channel::as_str).into(),
        case.decision.as_ref().map(|decision| decision.pack.digest.as_str()).into(),
        due.into(),
        case.status.is_open().into(),
        role_free(case).iter().map(|action| action.as_str()).collect::<Vec<_>>().join(" ").into(),
    ];
    let decision = case.decision.as_ref();
    let mut rows: Vec<[Value; 22]> = Vec::new();
    if let Some(decision) = decision {
        rows.extend(open_tasks.iter().map(|task| task_row(case, decision, task, dossiers)));
    }
    if case.status.is_open() {
        let checks = outcome.iter().flat_map(|outcome| &outcome.checks);
        rows.extend(checks.map(|kind| own_row(case, "check", check_key(*kind), CUSTOMS, true)));
        // What customs agrees to or refuses is what comes first.
        let asked = asked(case).zip(std::iter::once(true).chain(std::iter::repeat(false)));
        rows.extend(asked.map(|((kind, key), is_first)| own_row(case, kind, key, CUSTOMS, is_first)));
    }
    rows.extend(pending(case).into_iter().map(|own| own_row(case, own.as_str(), own.as_str(), own.waits_for(), true)));
    rows.extend(case.disputed().map(|disputed| paper_row(case, disputed)));
    let timers = running().filter(|task| task.ready).flat_map(|task| timers(case, task, policy)).collect();
    let shortages = decision.filter(|_| case.status.is_open()).map(|decision| shortages(case.id, decision));
    Rows { declaration: Some(row), tasks: rows, timers, shortages: shortages.unwrap_or_default(), ..Rows::default() }
}

/// The id of a task for those outside: it stays the same as long as the task does.
pub fn task_id(case: CaseId, key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let short: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{case}-{short}")
}

/// What is known of the dossier that handles a task.
fn brief<'d>(
    case: &Declaration,
    task: &TaskRecord,
    dossiers: &'d BTreeMap<CaseId, DossierBrief>,
) -> Option<&'d DossierBrief> {
    case.dossiers.get(&task.key).and_then(|dossier| dossiers.get(dossier))
}

fn task_row(
    case: &Declaration,
    decision: &DecisionRecord,
    task: &TaskRecord,
    dossiers: &BTreeMap<CaseId, DossierBrief>,
) -> [Value; 22] {
    let dossier = case.dossiers.get(&task.key);
    let brief = brief(case, task, dossiers);
    let of_trader = brief.is_some_and(|brief| brief.waits_for_trader);
    let due = task.due.filter(|_| !of_trader);
    let claimed = brief.and_then(|brief| brief.claimed_by.as_ref());
    let (state, waits_for) = if case.stuck.contains_key(&task.key) {
        (TaskState::Stuck, OPERATOR)
    } else if of_trader {
        (TaskState::Asked, TRADER)
    } else if !task.ready {
        (TaskState::Waiting, "tasks")
    } else {
        let waits_for = if task.kind == TaskKind::SettleFact { CUSTOMS } else { "agency" };
        (if claimed.is_some() { TaskState::Claimed } else { TaskState::Ready }, waits_for)
    };
    let after =
        task.after.iter().filter_map(|at| decision.tasks.get(usize::from(*at))).map(|task| task_id(case.id, &task.key));
    let kind = match task.kind {
        TaskKind::SettleFact => "settle_fact",
        TaskKind::Dossier => "dossier",
    };
    [
        case.id.into(),
        task.key.as_str().into(),
        task_id(case.id, &task.key).into(),
        kind.into(),
        Value::Text(task.agency.clone()),
        Value::Text(task.procedure.clone()),
        task.measure.as_str().into(),
        task.stage.as_str().into(),
        join(task.lines.iter()).into(),
        after.collect::<Vec<_>>().join(" ").into(),
        state.as_str().into(),
        waits_for.into(),
        claimed.and_then(|author| author.person.clone().or_else(|| author.organisation.clone())).into(),
        due.into(),
        task.critical.into(),
        rank(due, task.critical).into(),
        dossier.copied().into(),
        maybe_key(case.registration.holder.as_deref()).into(),
        maybe_key(case.registration.name()).into(),
        task.ready.into(),
        case.begun_before(&task.key).join(" ").into(),
        Value::Text(None),
    ]
}

/// What customs itself has to do stands in the queue as a task without an agency: its own checks, what
/// the declarant asks it for, what it decides; and, since no agency sees it, what the declarant has to
/// put right.
fn own_row(case: &Declaration, kind: &str, key: &str, waits_for: &str, ready: bool) -> [Value; 22] {
    let lines = case.decision.iter().flat_map(|decision| &decision.lines).map(|line| &line.line);
    let state = if waits_for == CUSTOMS { TaskState::Ready } else { TaskState::Asked };
    let stage = if case.status.is_open() { Stage::BeforeClearance } else { Stage::AfterClearance };
    let is_review = kind == Pending::Review.as_str() && !case.revoked.is_empty();
    // Texts and moments: writing them cannot fail.
    let revoked = is_review.then(|| serde_json::to_string(&case.revoked).unwrap_or_default());
    [
        case.id.into(),
        key.into(),
        task_id(case.id, key).into(),
        kind.into(),
        Value::Text(None),
        Value::Text(None),
        Value::Text(None),
        stage.as_str().into(),
        join(lines).into(),
        "".into(),
        state.as_str().into(),
        waits_for.into(),
        Value::Text(None),
        Value::Number(None),
        case.status.is_open().into(),
        rank(Some(case.opened), case.status.is_open()).into(),
        Value::Text(None),
        maybe_key(case.registration.holder.as_deref()).into(),
        maybe_key(case.registration.name()).into(),
        ready.into(),
        "".into(),
        revoked.into(),
    ]
}

/// What the declarant asks customs for and is not answered: each with its key.
fn asked(case: &Declaration) -> impl Iterator<Item = (&'static str, &'static str)> {
    let asked = [
        (case.amendment.is_some(), "amendment", "asked/amendment"),
        (case.cancellation.is_some(), "cancellation", "asked/cancellation"),
        (case.storage_asked.is_some() && case.storage.is_none(), "storage", "asked/storage"),
    ];
    asked.into_iter().filter(|(is_asked, ..)| *is_asked).map(|(_, kind, key)| (kind, key))
}

/// What was entered afterwards and is disputed stands there too, until customs has decided.
fn paper_row(case: &Declaration, disputed: &Disputed) -> [Value; 22] {
    let key = format!("paper/{}", disputed.entry.id);
    let of_task = case.task(&disputed.entry.task);
    let lines = of_task.iter().flat_map(|task| &task.lines);
    [
        case.id.into(),
        key.as_str().into(),
        task_id(case.id, &key).into(),
        "paper".into(),
        Value::Text(None),
        Value::Text(None),
        Value::Text(of_task.map(|task| task.measure.clone())),
        of_task.map_or(Stage::BeforeClearance, |task| task.stage).as_str().into(),
        join(lines).into(),
        "".into(),
        TaskState::Ready.as_str().into(),
        "customs".into(),
        Value::Text(None),
        Value::Number(None),
        case.status.is_open().into(),
        rank(Some(disputed.entered), case.status.is_open()).into(),
        Value::Text(None),
        maybe_key(case.registration.holder.as_deref()).into(),
        maybe_key(case.registration.name()).into(),
        true.into(),
        "".into(),
        Value::Text(None),
    ]
}

/// The key of a check of customs' own, among the keys of tasks.
fn check_key(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Documents => "check/documents",
        CheckKind::Goods => "check/goods",
    }
}

fn join<'n>(numbers: impl Iterator<Item = &'n u32>) -> String {
    numbers.map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// The place in a queue: what is due first comes first, what a waiting cargo hangs on before what
/// is due with it; what has no due time comes last.
pub(super) fn rank(due: Option<Timestamp>, critical: bool) -> i64 {
    let due = due.unwrap_or(Timestamp::MAX);
    let due = if critical { due.checked_sub(CRITICAL_FIRST).unwrap_or(due) } else { due };
    due.as_second()
}

/// How a certificate of origin that a declaration quotes stands among the permits that it waits for:
/// where anything about it changes the declaration is decided again.
pub fn quoted_certificate(reference: &str) -> String {
    format!("certificate of origin {reference}")
}

/// The permits that have too little left for it, and the certificates of origin that it quotes.
fn shortages(case: CaseId, decision: &DecisionRecord) -> Vec<[Value; 2]> {
    let requirements = decision.lines.iter().flat_map(|line| &line.requirements);
    let short = requirements.flat_map(|requirement| &requirement.short).map(|short| short.number.clone());
    let quoted = decision.certificates.iter().map(|reference| quoted_certificate(reference));
    let numbers: BTreeSet<String> = short.chain(quoted).collect();
    numbers.into_iter().map(|number| [case.into(), key(&number).into()]).collect()
}

/// The clocks of a task that have not rung for its due time.
fn timers(case: &Declaration, task: &TaskRecord, policy: ClockPolicy) -> Vec<[Value; 4]> {
    let Some(due) = task.due.filter(|_| !task.paused) else { return Vec::new() };
    let marks = case.marks.get(&task.key);
    let rang = |mark: Mark| marks.is_some_and(|marks| marks.rang.get(&mark) == Some(&due));
    let mut rows = Vec::new();
    for mark in Mark::ALL {
        // Nobody is reminded of what is late.
        if rang(mark) || (mark == Mark::Reminder && rang(Mark::Overdue)) {
            continue;
        }
        let at = match mark {
            Mark::Reminder => due.checked_sub(policy.remind_before),
            Mark::Overdue => Ok(due),
            Mark::Escalation => due.checked_add(policy.escalate_after),
        };
        if let Ok(at) = at {
            rows.push([case.id.into(), task.key.as_str().into(), mark.as_str().into(), at.into()]);
        }
    }
    rows
}
