//! One declaration under two packs, and many.

use rayon::prelude::*;
use smallvec::SmallVec;

use super::checks::Checks;
use super::importers::{Burden, Importer};
use super::{Affected, Part, Shift, Totals, WorkingDays, keep_most};
use crate::approval::{Weight, weight};
use crate::clearance::batch::Message;
use crate::clearance::{Examination, Examiner, LawDay};
use crate::law::RuleId;
use crate::message::{ReadOptions, Reading, read};
use crate::screening::{LineScreening, NoTrace, Records, Screener};
use crate::trade::{Stage, Status};

type CheckList = SmallVec<[u32; 16]>;

/// What happens to one line.
#[derive(Debug)]
pub struct LineChange<'c> {
    /// Where the declaration was read.
    pub source: &'c str,
    /// The declaration under each pack.
    pub examinations: [&'c Examination<'c, 'c>; 2],
    /// The line's position in the declaration.
    pub line: usize,
    /// The checks it gains, as positions of [`Checks::list`].
    pub gained: &'c [u32],
    /// The checks it loses.
    pub lost: &'c [u32],
}

/// Who hears of each line that gains or loses a check or is decided otherwise.
pub trait Listen: Sync {
    /// A line; what is to be kept is appended to `rows`, which come in the order of the input.
    fn changed(&self, rows: &mut Vec<u8>, checks: &Checks, change: &LineChange<'_>);
}

/// Two packs under which declarations are compared.
pub struct Comparison<'p> {
    examiners: [Examiner<'p>; 2],
    checks: Checks,
    most: usize,
    listener: Option<&'p dyn Listen>,
}

impl std::fmt::Debug for Comparison<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparison").field("checks", &self.checks.list.len()).finish_non_exhaustive()
    }
}

/// The room that one declaration after the other is compared in.
#[derive(Debug, Default)]
pub struct Room {
    rooms: [crate::clearance::Room; 2],
    open: [CheckList; 2],
    gained: CheckList,
    lost: CheckList,
    /// All that lines of one declaration gained and lost, each once.
    of_declaration: [CheckList; 2],
}

impl<'p> Comparison<'p> {
    /// Compares under the packs of two screeners; keeps the `most` affected declarations.
    pub fn new(screeners: [&'p Screener<'p>; 2], law_day: LawDay, most: usize) -> Self {
        let packs = screeners.map(Screener::pack);
        Self {
            examiners: screeners.map(|screener| Examiner::new(screener, law_day)),
            checks: Checks::of(packs),
            most,
            listener: None,
        }
    }

    /// The same, with somebody who hears of each line.
    #[must_use]
    pub fn heard_by(mut self, listener: Option<&'p dyn Listen>) -> Self {
        self.listener = listener;
        self
    }

    /// The same, with the records that are known beside the declarations, as each pack reads them.
    #[must_use]
    pub fn knowing(mut self, records: [&'p Records; 2]) -> Self {
        let [a, b] = self.examiners;
        self.examiners = [a.knowing(records[0]), b.knowing(records[1])];
        self
    }

    /// The checks that either pack knows.
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// How many affected declarations are kept.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Compares one declaration and adds it to `part`.
    pub fn compare(&self, reading: &Reading<'_>, source: &str, room: &mut Room, part: &mut Part) {
        let Room { rooms: [room_a, room_b], open, gained, lost, of_declaration } = room;
        let a = self.examiners[0].examine(reading, room_a, &mut NoTrace);
        let b = self.examiners[1].examine(reading, room_b, &mut NoTrace);
        for list in &mut *of_declaration {
            list.clear();
        }
        let before = part.totals.all;
        let totals = &mut part.totals;
        totals.declarations += 1;
        totals.decisions[a.decision as usize][b.decision as usize] += 1;
        let mut affected = a.decision != b.decision;
        let lines = a.screening.lines.iter().zip(&b.screening.lines).zip(a.lines.iter().zip(b.lines));
        for (at, ((line_a, line_b), (decision_a, decision_b))) in lines.enumerate() {
            totals.lines += 1;
            totals.line_decisions[decision_a.decision as usize][decision_b.decision as usize] += 1;
            self.open_checks(0, &a, line_a, &mut open[0]);
            self.open_checks(1, &b, line_b, &mut open[1]);
            let decided_otherwise = decision_a.decision != decision_b.decision;
            let otherwise_checked = open[0] != open[1];
            if !decided_otherwise && !otherwise_checked {
                continue;
            }
            affected = true;
            missing(&open[0], &open[1], lost);
            missing(&open[1], &open[0], gained);
            self.add_line(totals, gained, lost);
            for (all, of_line) in of_declaration.iter_mut().zip([&*gained, &*lost]) {
                all.extend(of_line.iter().copied());
            }
            if let Some(listener) = self.listener {
                let change = LineChange { source, examinations: [&a, &b], line: at, gained, lost };
                listener.changed(&mut part.rows, &self.checks, &change);
            }
        }
        let needed = |of: &Examination<'_, '_>| of.schedule.working_days_to_clearance(of.calendar);
        let days = WorkingDays(needed(&a), needed(&b));
        affected |= days.0 != days.1;
        totals.affected += u64::from(affected);
        totals.add_days(days, affected);
        self.add_declaration(totals, of_declaration, days);
        let after = totals.all;
        let mut burden = Burden {
            declarations: 1,
            affected: u64::from(affected),
            lines_gaining: after.gained.lines - before.gained.lines,
            lines_losing: after.lost.lines - before.lost.lines,
            ..Burden::default()
        };
        burden.working_days_saved = days.saved();
        burden.working_days_added = days.added();
        part.burdens.push((Importer::of(a.declaration, a.direction), burden));
        if affected && self.most > 0 {
            let count = |now: u64, before: u64| u32::try_from(now - before).unwrap_or(u32::MAX);
            let (gained, lost) =
                (count(after.gained.checks, before.gained.checks), count(after.lost.checks, before.lost.checks));
            self.keep(part, source, [&a, &b], (gained, lost), days);
        }
    }

    /// The checks that are open on a line, sorted.
    fn open_checks(&self, pack: usize, of: &Examination<'_, '_>, line: &LineScreening, into: &mut CheckList) {
        into.clear();
        for requirement in of.screening.requirements_of(line) {
            let (stage, check) = self.check_of(pack, requirement.rule);
            let open = matches!(requirement.status, Status::Required | Status::Pending | Status::Failed);
            if open && weight(requirement, stage) != Weight::Listed {
                into.push(check);
            }
        }
        into.sort_unstable();
        into.dedup();
    }

    fn check_of(&self, pack: usize, rule: RuleId) -> (Stage, u32) {
        self.checks.of_rule(pack, rule)
    }

    /// Counts what one line gains and loses.
    fn add_line(&self, totals: &mut Totals, gained: &[u32], lost: &[u32]) {
        self.make_room(totals);
        for (list, lose) in [(gained, false), (lost, true)] {
            let count = |shift: &mut Shift, checks: u64, lines: u64| {
                let count = if lose { &mut shift.lost } else { &mut shift.gained };
                count.checks += checks;
                count.lines += lines;
            };
            count(&mut totals.all, list.len() as u64, u64::from(!list.is_empty()));
            for (position, at) in list.iter().enumerate() {
                let check = self.checks.list[*at as usize];
                let known = || list[..position].iter().map(|at| self.checks.list[*at as usize]);
                let new_ministry = known().all(|known| known.ministry != check.ministry);
                let new_measure = known().all(|known| known.measure != check.measure);
                count(&mut totals.checks[*at as usize], 1, 1);
                count(&mut totals.ministries[check.ministry], 1, u64::from(new_ministry));
                count(&mut totals.measures[check.measure], 1, u64::from(new_measure));
            }
        }
    }

    /// Counts a declaration once for everything that its lines gain and lose, and its days.
    fn add_declaration(&self, totals: &mut Totals, lists: &mut [CheckList; 2], days: WorkingDays) {
        if lists.iter().all(SmallVec::is_empty) {
            return;
        }
        let mut touched: SmallVec<[(u8, usize); 16]> = SmallVec::new();
        for (list, lose) in lists.iter_mut().zip([false, true]) {
            list.sort_unstable();
            list.dedup();
            let count = |shift: &mut Shift| {
                let count = if lose { &mut shift.lost } else { &mut shift.gained };
                count.declarations += 1;
            };
            if !list.is_empty() {
                count(&mut totals.all);
            }
            let mut counted: SmallVec<[(u8, usize); 16]> = SmallVec::new();
            for at in list.iter() {
                let check = self.checks.list[*at as usize];
                for name in [(0, *at as usize), (1, check.ministry), (2, check.measure)] {
                    if counted.contains(&name) {
                        continue;
                    }
                    counted.push(name);
                    let shift = match name {
                        (0, at) => &mut totals.checks[at],
                        (1, at) => &mut totals.ministries[at],
                        (_, at) => &mut totals.measures[at],
                    };
                    count(shift);
                    if !touched.contains(&name) {
                        touched.push(name);
                        shift.add_days(days);
                    }
                }
            }
        }
    }

    fn make_room(&self, totals: &mut Totals) {
        if totals.checks.is_empty() {
            totals.checks.resize(self.checks.list.len(), Shift::default());
            totals.ministries.resize(self.checks.ministries.len(), Shift::default());
            totals.measures.resize(self.checks.measures.len(), Shift::default());
        }
    }

    fn keep(
        &self,
        part: &mut Part,
        source: &str,
        [a, b]: [&Examination<'_, '_>; 2],
        (gained, lost): (u32, u32),
        working_days: WorkingDays,
    ) {
        let mut one = Affected {
            source: String::new(),
            declaration: None,
            from: a.decision,
            to: b.decision,
            gained,
            lost,
            working_days,
        };
        if part.most.len() >= self.most && part.most.last().is_some_and(|last| last.rank() >= one.rank()) {
            return;
        }
        source.clone_into(&mut one.source);
        one.declaration = a.declaration.name().map(str::to_owned);
        part.most.push(one);
        keep_most(&mut part.most, self.most);
    }
}

/// What of one sorted list is not in the other.
fn missing(of: &[u32], from: &[u32], into: &mut CheckList) {
    into.clear();
    into.extend(of.iter().copied().filter(|at| from.binary_search(at).is_err()));
}

/// Compares messages in parallel, on the pool of the caller; the parts keep the order.
pub fn compare_parallel(
    comparison: &Comparison<'_>,
    options: &ReadOptions,
    messages: &[Message<'_>],
    per_task: usize,
) -> Vec<Part> {
    messages
        .par_chunks(per_task.max(1))
        .map_init(Room::default, |room, run| {
            let mut part = Part::default();
            for message in run {
                match message.content.map(|bytes| read(bytes, options)) {
                    Ok(Ok(reading)) => comparison.compare(&reading, message.source, room, &mut part),
                    Ok(Err(rejection)) => part.refuse(message.source, rejection.findings.first()),
                    Err(finding) => part.refuse(message.source, Some(finding)),
                }
            }
            part
        })
        .collect()
}
