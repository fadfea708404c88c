//! Requirements become tasks.
//!
//! Requirements of one declaration under the same agency and procedure make one task: one
//! dossier, many lines. A registration and the certificate that follows it are two tasks in
//! order. Where no procedure is known, agency and measure make the task. A fact to be settled is
//! a short task of customs in front of the agency's.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::clock::Limit;
use super::graph::TaskGraph;
use crate::law::{
    AgencyId, Day, Deadline, EvidenceKind, MeasureId, MethodRegimeId, Pack, Presumed, ProcedureId, ProcedureKind, Rule,
    RuleId,
};
use crate::screening::{EvidenceFinding, Requirement, Screening};
use crate::trade::{Certainty, Direction, Stage, Status};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Customs settles a fact; the trader can state it beforehand.
    SettleFact,
    /// An agency handles a dossier.
    Dossier,
}

/// A time limit of the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitRef {
    /// A rule's, by its position in [`Rule::deadlines`].
    Rule(RuleId, u16),
    /// That of an inspection method, by the state's position in its regime.
    Method(MethodRegimeId, u8),
}

impl LimitRef {
    /// The limit as the pack states it; `None` where the pack has none there.
    pub fn deadline(self, pack: &Pack) -> Option<&Deadline> {
        match self {
            Self::Rule(rule, at) => pack.rule(rule).deadlines.get(usize::from(at)),
            Self::Method(regime, state) => {
                pack.methods[regime.index()].states.get(usize::from(state))?.deadline.as_ref()
            }
        }
    }
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
    pub(super) rank: Rank,
    /// The positions of its lines in the declaration.
    pub lines: SmallVec<[u32; 8]>,
    /// The tasks that come first, by position, in ascending order.
    pub after: SmallVec<[u16; 4]>,
    /// The limits that its requirements state for it, each once; empty: none is known.
    pub limits: SmallVec<[LimitRef; 2]>,
    /// A registration whose requirement has a limit for the whole: its time is part of that of
    /// the procedure that follows.
    pub(super) within_next: bool,
}

impl Task {
    /// Whether clearance waits for it; else it is an obligation whose clock starts with clearance.
    pub fn before_clearance(&self) -> bool {
        self.rank <= Rank::Before
    }

    /// Whether those that wait for it can count from its own start: a fact that the trader can
    /// state at once, or a registration without a limit of its own under a requirement with one.
    pub(super) fn takes_no_time(&self) -> bool {
        self.kind == TaskKind::SettleFact || self.within_next && self.limits.is_empty()
    }
}

/// The order of stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Settle,
    Permit,
    Registration,
    Before,
    /// A registration that only an obligation after clearance needs.
    RegistrationAfter,
    After,
}

/// The tasks of one declaration. Cleared and filled again for the next.
#[derive(Debug, Default)]
pub struct Tasks {
    /// The tasks, in the order of their stages.
    pub tasks: Vec<Task>,
    /// For each requirement of the screening, the task that ends it.
    of_requirement: Vec<Option<u16>>,
    /// What each rule's requirements have led to in this plan.
    of_rule: Vec<RuleTasks>,
    /// The rules met in this plan.
    pub(super) rules: Vec<RuleId>,
    /// Registrations with the task that follows each, for one rule or several.
    pub(super) follows: Vec<(u16, u16)>,
    /// The number of this plan: what bears another number is of an earlier one.
    plan: u32,
    pub(super) graph: TaskGraph,
    order: Vec<u16>,
    new_place: Vec<u16>,
}

/// The tasks of a rule, found once in a plan and not for each of its lines.
#[derive(Debug, Clone, Copy, Default)]
struct RuleTasks {
    plan: u32,
    settle: Option<u16>,
    registration: Option<u16>,
    last: Option<u16>,
    /// The last task has the rule's own limits.
    limited: bool,
}

impl Tasks {
    /// The task that ends the requirement at a position of the screening's requirements.
    pub fn of_requirement(&self, at: usize) -> Option<u16> {
        self.of_requirement.get(at).copied().flatten()
    }

    /// The tasks that wait for no other.
    pub fn ready(&self) -> impl Iterator<Item = usize> + '_ {
        self.tasks.iter().enumerate().filter(|(_, task)| task.after.is_empty()).map(|(at, _)| at)
    }

    /// Makes the tasks of a screening, with the limits that are in force on `day`.
    pub fn plan(&mut self, pack: &Pack, screening: &Screening, day: Day) {
        self.tasks.clear();
        self.graph.clear();
        self.rules.clear();
        self.follows.clear();
        self.of_requirement.clear();
        self.of_requirement.resize(screening.requirements.len(), None);
        self.plan = self.plan.wrapping_add(1);
        if self.of_rule.len() != pack.rules.len() || self.plan == 0 {
            self.plan = 1;
            self.of_rule.clear();
            self.of_rule.resize(pack.rules.len(), RuleTasks::default());
        }
        let direction = screening.direction.unwrap_or(Direction::Import);
        for (position, line) in screening.lines.iter().enumerate() {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            for at in line.requirements.0 as usize..line.requirements.1 as usize {
                let requirement = &screening.requirements[at];
                if matches!(requirement.status, Status::Required | Status::Pending) {
                    let asked = (requirement, is_unregistered(screening, requirement));
                    self.of_requirement[at] = self.require(pack, asked, position, (day, direction));
                }
            }
        }
        if self.tasks.len() > 1 {
            self.sort();
            self.connect(pack, screening.lines.len(), day);
        }
    }

    /// The task that ends the requirements of a rule; `None`: none of them led to one.
    pub(super) fn of_rule(&self, rule: RuleId) -> Option<u16> {
        self.of_rule.get(rule.index()).filter(|of| of.plan == self.plan).and_then(|of| of.last)
    }

    /// The registration that comes before what ends the requirements of a rule, as long as it is open.
    pub fn registration_of(&self, rule: RuleId) -> Option<u16> {
        self.of_rule.get(rule.index()).filter(|of| of.plan == self.plan).and_then(|of| of.registration)
    }

    /// The tasks for one requirement of a line; the last of them ends it.
    fn require(
        &mut self,
        pack: &Pack,
        (requirement, unregistered): (&Requirement, bool),
        line: u32,
        (day, direction): (Day, Direction),
    ) -> Option<u16> {
        let rule = pack.rule(requirement.rule);
        let weight = weight(requirement, rule.stage);
        let rank = match rule.stage {
            Stage::PermitBeforeImport | Stage::PermitBeforeExport => Rank::Permit,
            Stage::BeforeClearance => Rank::Before,
            Stage::AfterClearance => Rank::After,
            Stage::Prohibited if weight == Weight::Ask => return Some(self.settle(pack, requirement.rule, line)),
            Stage::Prohibited | Stage::Notice => return None,
        };
        if weight == Weight::Listed {
            return None;
        }
        if weight == Weight::Ask {
            self.settle(pack, requirement.rule, line);
        }
        // A merged agency's dossiers lie on its successor's desk.
        let agency = pack.authority_on(rule.agency, day).agency;
        let (registration, last) = in_order(pack, rule, direction);
        let registration = registration.filter(|_| unregistered);
        let of_method = method_limit(pack, requirement, day);
        let ends = |deadline: &Deadline| deadline.procedure.is_none_or(|procedure| last.contains(&procedure));
        let mut registered = None;
        if let Some(registration) = registration {
            let known = self.known(requirement.rule).registration;
            let rank = if rank == Rank::After { Rank::RegistrationAfter } else { rank.min(Rank::Registration) };
            let at = known.unwrap_or_else(|| {
                let of_day = pack.procedure_on(registration, day);
                let at = self.find(TaskKind::Dossier, Some(agency), &[of_day], rule, rank);
                self.limit(at, pack, requirement.rule, day, |deadline| deadline.procedure == Some(registration));
                let whole = |deadline: &Deadline| deadline.valid.contains(day) && ends(deadline);
                self.tasks[usize::from(at)].within_next |= of_method.is_some() || rule.deadlines.iter().any(whole);
                self.known(requirement.rule).registration = Some(at);
                at
            });
            registered = Some(at);
            self.enter(at, line);
        }
        let of_day = || last.iter().map(|procedure| pack.procedure_on(*procedure, day)).collect::<SmallVec<[_; 2]>>();
        let at = match (method_agency(pack, requirement), self.known(requirement.rule).last) {
            // Under some methods another agency looks: its task is no dossier of the rule's own.
            (Some(agency), _) => self.find(TaskKind::Dossier, Some(agency), &of_day(), rule, rank),
            (None, Some(at)) => at,
            (None, None) => {
                let at = self.find(TaskKind::Dossier, Some(agency), &of_day(), rule, rank);
                self.known(requirement.rule).last = Some(at);
                at
            }
        };
        match of_method {
            // The limit under the method takes the place of the rule's.
            Some(limit) => self.add_limit(at, pack, limit),
            None if !std::mem::replace(&mut self.known(requirement.rule).limited, true) => {
                self.limit(at, pack, requirement.rule, day, ends);
            }
            None => {}
        }
        if let Some(registration) = registered
            && !self.follows.contains(&(registration, at))
        {
            self.follows.push((registration, at));
        }
        self.enter(at, line);
        Some(at)
    }

    /// The task of customs that settles a fact of a rule.
    fn settle(&mut self, pack: &Pack, rule: RuleId, line: u32) -> u16 {
        let at = self.known(rule).settle.unwrap_or_else(|| {
            let at = self.find(TaskKind::SettleFact, pack.customs_agency, &[], pack.rule(rule), Rank::Settle);
            self.known(rule).settle = Some(at);
            at
        });
        self.enter(at, line);
        at
    }

    /// What this plan knows of a rule.
    fn known(&mut self, rule: RuleId) -> &mut RuleTasks {
        let of = &mut self.of_rule[rule.index()];
        if of.plan != self.plan {
            *of = RuleTasks { plan: self.plan, ..RuleTasks::default() };
            self.rules.push(rule);
        }
        of
    }

    /// The task of an agency under a procedure, else for a measure; a new one where there is none.
    fn find(
        &mut self,
        kind: TaskKind,
        agency: Option<AgencyId>,
        procedures: &[ProcedureId],
        rule: &Rule,
        rank: Rank,
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
                limits: SmallVec::new(),
                within_next: false,
            });
            self.tasks.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// Gives a task the limits of a rule that are in force on the day and meant for it.
    fn limit(&mut self, at: u16, pack: &Pack, rule: RuleId, day: Day, meant: impl Fn(&Deadline) -> bool) {
        for (position, deadline) in (0u16..).zip(&pack.rule(rule).deadlines) {
            if deadline.valid.contains(day) && meant(deadline) {
                self.add_limit(at, pack, LimitRef::Rule(rule, position));
            }
        }
    }

    /// Gives a task a limit, unless it has one of the same length.
    fn add_limit(&mut self, at: u16, pack: &Pack, limit: LimitRef) {
        let length = |limit: LimitRef| limit.deadline(pack).map(Limit::of);
        let limits = &mut self.tasks[usize::from(at)].limits;
        if !limits.iter().any(|known| length(*known) == length(limit)) {
            limits.push(limit);
        }
    }

    fn enter(&mut self, at: u16, line: u32) {
        let lines = &mut self.tasks[usize::from(at)].lines;
        if lines.last() != Some(&line) {
            lines.push(line);
        }
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
        let of_rules = self.rules.iter().map(|rule| rule.index());
        for rule in of_rules {
            let RuleTasks { registration, last, .. } = &mut self.of_rule[rule];
            for place in [registration, last].into_iter().flatten() {
                *place = self.new_place[usize::from(*place)];
            }
        }
        for (registration, following) in &mut self.follows {
            *registration = self.new_place[usize::from(*registration)];
            *following = self.new_place[usize::from(*following)];
        }
        for task in self.of_requirement.iter_mut().flatten() {
            *task = self.new_place[usize::from(*task)];
        }
    }
}

/// Whether a registration is still to be made: nothing is known of it, or it was filed and is not
/// answered.
fn is_unregistered(screening: &Screening, requirement: &Requirement) -> bool {
    let of_registration = |finding: EvidenceFinding| {
        let mut evidence = screening.evidence_of(requirement).iter();
        evidence.any(|evidence| evidence.kind == EvidenceKind::Registration && evidence.finding == finding)
    };
    match requirement.status {
        Status::Pending => of_registration(EvidenceFinding::Pending) && !of_registration(EvidenceFinding::Pass),
        status => status == Status::Required,
    }
}

/// The limit under the inspection method of a requirement, where the method has one of its own.
fn method_limit(pack: &Pack, requirement: &Requirement, day: Day) -> Option<LimitRef> {
    let method = requirement.method?;
    let limit = LimitRef::Method(method.regime, method.standing.state);
    limit.deadline(pack).filter(|deadline| deadline.valid.contains(day)).map(|_| limit)
}

/// Who looks under the inspection method of a requirement, where it is not the rule's agency.
pub(super) fn method_agency(pack: &Pack, requirement: &Requirement) -> Option<AgencyId> {
    let method = requirement.method?;
    pack.methods[method.regime.index()].states.get(usize::from(method.standing.state))?.agency
}

/// The registration that comes first, if any, and the procedures that end a requirement of the
/// rule: alternatives, or the one that follows the registration.
fn in_order<'p>(pack: &Pack, rule: &'p Rule, direction: Direction) -> (Option<ProcedureId>, &'p [ProcedureId]) {
    let procedures = rule.procedures(direction);
    if procedures.len() < 2 {
        return (None, procedures);
    }
    let registers = |id: &&ProcedureId| pack.procedures[id.index()].kind == ProcedureKind::Registration;
    let Some(registration) = procedures.iter().find(registers) else {
        return (None, procedures);
    };
    let follows = pack.procedures[registration.index()].followed_by;
    let following = procedures.iter().position(|p| Some(*p) == follows);
    let following = following.or_else(|| procedures.iter().position(|p| p != registration)).unwrap_or(0);
    (Some(*registration), &procedures[following..=following])
}
