//! Whose turn it is in a declaration.
//!
//! What agencies do are its tasks. Beside them it may wait for customs, which takes it as lodged, checks,
//! answers what was asked and decides what the law leaves to nobody else; or for the declarant, where
//! what holds the goods is in the declaration itself.

use super::outcome::{Outcome, outcome};
use super::state::{Declaration, Status};
use crate::approval::TaskKind;
use crate::clearance::record::{LineRecord, ReasonRecord, TaskRecord};
use crate::trade::{Decision, Stage};

/// Who has to act, where it is no agency: the word that answers write.
pub const CUSTOMS: &str = "customs";
/// The declarant.
pub const TRADER: &str = "trader";
/// Whoever runs the single window.
pub const OPERATOR: &str = "operator";

/// Something that a declaration waits for beside its tasks, its checks and what customs was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Customs takes it as lodged.
    Acceptance,
    /// Customs decides: of goods that nothing but its own decision lets through, or that were let
    /// through on what counts no more.
    Review,
    /// The declarant amends or cancels it.
    Correction,
}

impl Pending {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Acceptance, Self::Review, Self::Correction];

    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acceptance => "accept",
            Self::Review => "review",
            Self::Correction => "correction",
        }
    }

    /// Who does it.
    pub fn waits_for(self) -> &'static str {
        match self {
            Self::Acceptance | Self::Review => CUSTOMS,
            Self::Correction => TRADER,
        }
    }
}

/// What a declaration waits for beside its tasks, its checks and what customs was asked.
pub fn pending(case: &Declaration) -> Vec<Pending> {
    let Some(outcome) = outcome(case).filter(|_| !case.registration.advisory) else { return Vec::new() };
    let is_pending = |pending: &Pending| match pending {
        Pending::Acceptance => case.status == Status::Registered,
        Pending::Review => is_reviewed(case, &outcome),
        Pending::Correction => is_corrected(case, &outcome),
    };
    Pending::ALL.into_iter().filter(is_pending).collect()
}

/// Whether goods were let through on what counts no more: customs decides what becomes of them.
pub(super) fn is_recalled(case: &Declaration) -> bool {
    let without = |line: &LineRecord| {
        let own = case.overrides.iter().find(|own| own.line == Some(line.line));
        own.map_or(line.decision, |own| own.decision)
    };
    let lines = case.decision.iter().flat_map(|decision| &decision.lines);
    case.status == Status::Cleared && !case.registration.advisory && lines.map(without).any(|of| of != Decision::Clear)
}

fn is_reviewed(case: &Declaration, outcome: &Outcome) -> bool {
    if !case.status.is_open() {
        return is_recalled(case) && outcome.decision != Decision::Clear && !is_overridden(case, None);
    }
    // What is decided of all lines goes before what was of one.
    let whole = case.overrides.iter().any(|own| own.line.is_none());
    let mut counting = case.overrides.iter().filter(|own| !whole || own.line.is_none());
    let by_officer = counting.any(|own| !matches!(own.decision, Decision::Clear | Decision::Refuse));
    let of_customs = |reason: &ReasonRecord| {
        matches!(reason, ReasonRecord::Uncovered { .. } | ReasonRecord::ReleaseAsked | ReasonRecord::PreferenceOpen)
    };
    by_officer || has_reason(case, of_customs)
}

fn is_corrected(case: &Declaration, outcome: &Outcome) -> bool {
    // Who has asked customs to amend or cancel it has done what he can.
    if !case.status.is_open() || case.amendment.is_some() || case.cancellation.is_some() {
        return false;
    }
    let of_trader = |reason: &ReasonRecord| matches!(reason, ReasonRecord::Finding { .. } | ReasonRecord::Unmatched);
    if outcome.decision == Decision::Refuse || has_reason(case, of_trader) {
        return true;
    }
    let mut tasks = case.decision.iter().flat_map(|decision| &decision.tasks);
    let by_others = of_customs(case, outcome) || tasks.any(|task| task.stage != Stage::AfterClearance);
    !by_others && !outcome.clears()
}

/// Whether customs has something to do.
fn of_customs(case: &Declaration, outcome: &Outcome) -> bool {
    let asked = outcome.asks_customs || (case.storage_asked.is_some() && case.storage.is_none());
    let own = case.status == Status::Registered || is_reviewed(case, outcome);
    own || asked || !outcome.checks.is_empty()
}

/// Whether a line is held by something of its own that nobody has decided otherwise.
fn has_reason(case: &Declaration, is_so: impl Fn(&ReasonRecord) -> bool) -> bool {
    let mut lines = case.decision.iter().flat_map(|decision| &decision.lines);
    lines.any(|line| !is_overridden(case, Some(line.line)) && line.reason.as_ref().is_some_and(&is_so))
}

/// Whether an officer has decided otherwise of a line, or of all of them.
fn is_overridden(case: &Declaration, line: Option<u32>) -> bool {
    case.overrides.iter().any(|own| own.line.is_none() || own.line == line)
}

/// Who has to act so that a declaration goes on: the codes of agencies, then [`CUSTOMS`], [`TRADER`],
/// [`OPERATOR`]. `of_trader` says of a task, by its key, whether its dossier waits for the trader.
pub fn waits_for(case: &Declaration, of_trader: impl Fn(&str) -> bool) -> Vec<&str> {
    let Some(outcome) = outcome(case).filter(|_| !case.registration.advisory) else { return Vec::new() };
    let mut found: Vec<&str> = Vec::new();
    let (mut customs, mut trader, mut operator) = (outcome.asks_customs, false, false);
    for task in holding(case, &outcome) {
        if case.stuck.contains_key(&task.key) {
            operator = true;
        } else if task.paused || of_trader(&task.key) {
            trader = true;
        } else if task.kind == TaskKind::SettleFact {
            customs = true;
        } else if let Some(agency) = &task.agency {
            if !found.contains(&agency.as_str()) {
                found.push(agency);
            }
        } else {
            operator = true;
        }
    }
    customs |= case.status.is_open() && of_customs(case, &outcome);
    for pending in pending(case) {
        match pending {
            Pending::Acceptance | Pending::Review => customs = true,
            Pending::Correction => trader = true,
        }
    }
    let others = [(customs, CUSTOMS), (trader, TRADER), (operator, OPERATOR)];
    found.extend(others.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word));
    found
}

/// The critical tasks that wait for no critical one, as far as the goods still wait for them.
fn holding<'c>(case: &'c Declaration, outcome: &Outcome) -> impl Iterator<Item = &'c TaskRecord> {
    let waits = case.status.is_open() && outcome.decision != Decision::Refuse;
    let decision = case.decision.as_ref().filter(|_| waits);
    decision.into_iter().flat_map(move |decision| {
        let critical = |at: &u16| decision.tasks.get(usize::from(*at)).is_some_and(|task| task.critical);
        decision.tasks.iter().filter(move |task| {
            let decided = task.lines.iter().all(|line| is_overridden(case, Some(*line)));
            task.critical && !task.after.iter().any(critical) && !decided
        })
    })
}
