//! Requirements become tasks: who has to do what, in which order.
//!
//! Requirements of one declaration under the same agency and procedure make one task: one
//! dossier, many lines. A registration and the certificate that follows it are two tasks in
//! order. Where no procedure is known, agency and measure make the task. A fact to be settled is
//! a short task of customs in front of the agency's.

pub mod dossier;
mod joint;

use smallvec::SmallVec;

pub use self::joint::{Joint, Leader, joint};
use crate::law::{AgencyId, MeasureId, Pack, Presumed, ProcedureId, ProcedureKind, Rule};
use crate::screening::{Requirement, Screening};
use crate::trade::{Certainty, Stage, Status};

/// How much a requirement weighs for the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It counts: certain, or presumed until shown otherwise.
    Counts,
    /// Its fact has to be settled first.
    Ask,
    /// It is listed and holds nothing: a notice, advance information, presumed not to apply.
    Listed,
}

/// How much `requirement` weighs at its rule's stage.
pub fn weight(requirement: &Requirement, stage: Stage) -> Weight {
    if stage == Stage::Notice {
        return Weight::Listed;
    }
    match (requirement.certainty, requirement.presumed) {
        (Certainty::Possible, _) | (Certainty::Conditional, Presumed::False) => Weight::Listed,
        (Certainty::Conditional, Presumed::Ask) => Weight::Ask,
        (Certainty::Conditional | Certainty::Certain, _) => Weight::Counts,
    }
}

/// What a task asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Customs settles a fact; the trader can state it beforehand.
    SettleFact,
    /// An agency handles a dossier.
    Dossier,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What it asks for.
    pub kind: TaskKind,
    /// Who does it; `None`: customs, where the pack names no agency for it.
    pub agency: Option<AgencyId>,
    /// Under which procedure, where one is known.
    pub procedure: Option<ProcedureId>,
    /// Procedures that serve as well.
    pub alternatives: SmallVec<[ProcedureId; 2]>,
    /// For which measure.
    pub measure: MeasureId,
    /// At which stage.
    pub stage: Stage,
    /// Its place in the order of stages.
    rank: u8,
    /// The positions of its lines in the declaration.
    pub lines: SmallVec<[u32; 8]>,
    /// The tasks that come first, by position.
    pub after: SmallVec<[u16; 4]>,
}

/// The tasks of one declaration. Cleared and filled again for the next.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    /// The tasks, in the order of their stages.
    pub tasks: Vec<Task>,
    /// For each requirement of the screening, the task that ends it.
    of_requirement: Vec<Option<u16>>,
    order: Vec<u16>,
    new_place: Vec<u16>,
}

const RANK_SETTLE: u8 = 0;
const RANK_PERMIT: u8 = 1;
const RANK_REGISTRATION: u8 = 2;
const RANK_BEFORE: u8 = 3;
const RANK_AFTER: u8 = 4;

impl Tasks {
    /// The task that ends the requirement at a position of the screening's requirements.
    pub fn of_requirement(&self, at: usize) -> Option<u16> {
        self.of_requirement.get(at).copied().flatten()
    }

    /// The tasks that wait for no other.
    pub fn ready(&self) -> impl Iterator<Item = usize> + '_ {
        self.tasks.iter().enumerate().filter(|(_, task)| task.after.is_empty()).map(|(at, _)| at)
    }

    /// Makes the tasks of a screening.
    pub fn plan(&mut self, pack: &Pack, screening: &Screening) {
        self.tasks.clear();
        self.of_requirement.clear();
        self.of_requirement.resize(screening.requirements.len(), None);
        for (position, line) in screening.lines.iter().enumerate() {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            for at in line.requirements.0 as usize..line.requirements.1 as usize {
                let requirement = &screening.requirements[at];
                self.of_requirement[at] = self.require(pack, requirement, position);
            }
        }
        if self.tasks.is_empty() {
            return;
        }
        self.sort();
        self.connect(pack, screening);
    }

    /// The tasks for one requirement of a line; the last of them ends it.
    fn require(&mut self, pack: &Pack, requirement: &Requirement, line: u32) -> Option<u16> {
        if !matches!(requirement.status, Status::Required | Status::Pending) {
            return None;
        }
        let rule = pack.rule(requirement.rule);
        let rank = match rule.stage {
            Stage::PermitBeforeImport | Stage::PermitBeforeExport => RANK_PERMIT,
            Stage::BeforeClearance => RANK_BEFORE,
            Stage::AfterClearance => RANK_AFTER,
            Stage::Prohibited => {
                return (weight(requirement, rule.stage) == Weight::Ask)
                    .then(|| self.settle(pack.customs_agency, rule, line));
            }
            Stage::Notice => return None,
        };
        match weight(requirement, rule.stage) {
            Weight::Listed => return None,
            Weight::Ask => {
                self.settle(pack.customs_agency, rule, line);
            }
            Weight::Counts => {}
        }
        let mut procedures = rule.procedures.as_slice();
        let registration = procedures
            .iter()
            .find(|p| pack.procedures[p.index()].kind == ProcedureKind::Registration && procedures.len() > 1);
        if let Some(registration) = registration {
            if requirement.status == Status::Required {
                self.add(
                    TaskKind::Dossier,
                    Some(rule.agency),
                    &[*registration],
                    rule,
                    RANK_REGISTRATION.min(rank),
                    line,
                );
            }
            let follows = pack.procedures[registration.index()].followed_by;
            let following = procedures.iter().position(|p| Some(*p) == follows || p != registration).unwrap_or(0);
            procedures = &procedures[following..=following];
        }
        Some(self.add(TaskKind::Dossier, Some(rule.agency), procedures, rule, rank, line))
    }

    fn settle(&mut self, customs: Option<AgencyId>, rule: &Rule, line: u32) -> u16 {
        self.add(TaskKind::SettleFact, customs, &[], rule, RANK_SETTLE, line)
    }

    fn add(
        &mut self,
        kind: TaskKind,
        agency: Option<AgencyId>,
        procedures: &[ProcedureId],
        rule: &Rule,
        rank: u8,
        line: u32,
    ) -> u16 {
        let procedure = procedures.first().copied();
        let known = self.tasks.iter().position(|task| {
            task.kind == kind
                && task.agency == agency
                && task.procedure == procedure
                && task.rank == rank
                && (procedure.is_some() || task.measure == rule.measure)
        });
        let at = known.unwrap_or_else(|| {
            self.tasks.push(Task {
                kind,
                agency,
                procedure,
                alternatives: procedures.iter().skip(1).copied().collect(),
                measure: rule.measure,
                stage: rule.stage,
                rank,
                lines: SmallVec::new(),
                after: SmallVec::new(),
            });
            self.tasks.len() - 1
        });
        let task = &mut self.tasks[at];
        if task.lines.last() != Some(&line) {
            task.lines.push(line);
        }
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// Brings the tasks into the order of their stages; within a stage they keep theirs.
    fn sort(&mut self) {
        if self.tasks.is_sorted_by_key(|task| task.rank) {
            return;
        }
        let count = u16::try_from(self.tasks.len()).unwrap_or(u16::MAX);
        self.order.clear();
        self.order.extend(0..count);
        self.order.sort_by_key(|at| self.tasks[usize::from(*at)].rank);
        self.new_place.clear();
        self.new_place.resize(self.tasks.len(), 0);
        for (new, old) in (0..count).zip(&self.order) {
            self.new_place[usize::from(*old)] = new;
        }
        self.tasks.sort_by_key(|task| task.rank);
        for task in self.of_requirement.iter_mut().flatten() {
            *task = self.new_place[usize::from(*task)];
        }
    }

    /// The edges: on a shared line the nearest earlier stage comes first, and within a stage the
    /// measures that a rule says come before its own.
    fn connect(&mut self, pack: &Pack, screening: &Screening) {
        for at in 0..self.tasks.len() {
            let mut after: SmallVec<[u16; 4]> = SmallVec::new();
            let task = &self.tasks[at];
            let mut nearest = None;
            for earlier in (0..at).rev() {
                let other = &self.tasks[earlier];
                if other.rank >= task.rank || nearest.is_some_and(|rank| other.rank != rank) {
                    continue;
                }
                if share_a_line(&other.lines, &task.lines) {
                    nearest = Some(other.rank);
                    after.push(u16::try_from(earlier).unwrap_or(u16::MAX));
                }
            }
            after.reverse();
            self.tasks[at].after = after;
        }
        // A task has one measure's order, however many lines it serves.
        let mut done: SmallVec<[(u16, MeasureId); 8]> = SmallVec::new();
        for (at, requirement) in screening.requirements.iter().enumerate() {
            let rule = pack.rule(requirement.rule);
            let (false, Some(own)) = (rule.after.is_empty(), self.of_requirement(at)) else { continue };
            if !done.contains(&(own, rule.measure)) {
                done.push((own, rule.measure));
                self.wait_for_measures(own, rule);
            }
        }
    }

    /// Lets the task `own` of a rule wait for the tasks of the measures that come before it.
    fn wait_for_measures(&mut self, own: u16, rule: &Rule) {
        for (first, at) in (0..self.tasks.len()).zip(0u16..) {
            let (other, task) = (&self.tasks[first], &self.tasks[usize::from(own)]);
            let before = at != own
                && rule.after.contains(&other.measure)
                && other.rank == task.rank
                && other.measure != rule.measure
                && !task.after.contains(&at)
                && share_a_line(&other.lines, &task.lines)
                && !self.reaches(at, own);
            if before {
                self.tasks[usize::from(own)].after.push(at);
            }
        }
    }

    /// Whether `from` already waits for `to`: an edge back would make a circle.
    fn reaches(&self, from: u16, to: u16) -> bool {
        let after = &self.tasks[usize::from(from)].after;
        after.iter().any(|next| *next == to || self.reaches(*next, to))
    }
}

/// Whether two lists of lines, each in ascending order, have a line in common.
fn share_a_line(one: &[u32], other: &[u32]) -> bool {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => one.next(),
            std::cmp::Ordering::Greater => other.next(),
            std::cmp::Ordering::Equal => return true,
        };
    }
    false
}
