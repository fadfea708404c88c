//! When the tasks of a declaration are due, what is critical and how much time the others have.
//!
//! The clock of the declaration starts when it is registered; that of a task when everything that
//! it waits for is done, or when its dossier was filed, where that is known. Who is done when the limit ends has used all of it: the schedule is the latest
//! that keeps every limit, and clearance in it the earliest that can be relied on.

use smallvec::SmallVec;

use super::calendar::{Calendar, Moment};
use super::clock::{Filing, Limit};
use super::tasks::{LimitRef, Task, TaskKind, Tasks};
use crate::law::{AgencyId, Pack};

/// What the tasks of a declaration lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// To clearance.
    Clearance,
    /// Something else holds the goods as well: when they are cleared, nobody can tell.
    Held,
    /// To nothing: the goods are refused, whatever is done.
    Refused,
}

/// What a schedule counts from.
#[derive(Debug, Clone, Copy)]
pub struct Outset<'o> {
    /// The clock of the declaration starts.
    pub start: Moment,
    /// What its tasks lead to.
    pub outlook: Outlook,
    /// What is known of the dossiers, by the position of their tasks; where it ends, nothing is.
    pub filings: &'o [Filing],
}

/// The times of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// When its clock starts: what it waits for is done. `None`: nobody can tell.
    pub start: Option<Moment>,
    /// When its limit ends; `None`: it has none, its start is unknown, or its clock stands. Of
    /// several limits the one that ends last.
    pub due: Option<Moment>,
    /// Its clock stands: it waits for the trader.
    pub paused: bool,
    /// Its due time rests on holidays that are estimated or not listed.
    pub estimated: bool,
    /// The limit that says so; where the start is unknown, the first that it has.
    pub limit: Option<LimitRef>,
    /// When those that wait for it can start: at its due time, and at its start where it takes no
    /// time of its own (the trader can state a fact at once; a registration without a limit of its
    /// own lies within that of its requirement).
    finish: Option<Moment>,
    /// Working days by which it may be late without delaying clearance; `None`: clearance does not
    /// wait for it, or some limit is unknown.
    pub slack_working_days: Option<u32>,
    /// Clearance is later if this task is: it has no slack of a whole working day. Where limits
    /// are unknown, the tasks on a way to clearance that has one of those: nothing bounds it.
    pub critical: bool,
}

/// The times of one declaration's tasks. Filled again for the next.
#[derive(Debug, Default)]
pub struct Schedule {
    /// The times of each task, by its position.
    pub tasks: Vec<Timing>,
    start: Option<Moment>,
    cleared: Option<Moment>,
    /// The way to clearance rests on estimated holidays.
    estimated: bool,
    /// The latest end of each task that delays no clearance.
    latest: Vec<Option<Moment>>,
    /// Where a limit is unknown, the tasks that such a one waits for, itself included.
    endless: Vec<bool>,
}

impl Schedule {
    /// Computes the times of the tasks. Where tasks alone do not lead to clearance, there is none
    /// to start the clock of what comes after; where nothing does, none of them is critical.
    pub fn compute(&mut self, pack: &Pack, calendar: &Calendar, tasks: &Tasks, outset: Outset<'_>) {
        let Outset { start, outlook, filings } = outset;
        let clears = outlook == Outlook::Clearance;
        self.tasks.clear();
        self.start = Some(start);
        self.estimated = false;
        if tasks.tasks.is_empty() {
            self.cleared = clears.then_some(start);
            return;
        }
        self.tasks.resize(tasks.tasks.len(), Timing::default());
        let law = Law { pack, calendar, tasks, filings };
        let end = self.forward(law, Some(start), Task::before_clearance);
        if outlook != Outlook::Refused {
            self.backward(law, end);
        }
        self.cleared = end.filter(|_| clears);
        self.forward(law, self.cleared, |task| !task.before_clearance());
    }

    /// When the goods can be cleared, every task taking all of its time; `None`: a limit is
    /// unknown, or tasks alone do not lead there.
    pub fn clearance(&self) -> Option<Moment> {
        self.cleared
    }

    /// The working days from the start of the declaration's clock to clearance; `None` where
    /// [`Schedule::clearance`] is.
    pub fn working_days_to_clearance(&self, calendar: &Calendar) -> Option<u32> {
        Some(calendar.worked(self.start?.day(), self.cleared?.day()))
    }

    /// The agencies that hold the declaration up: those of the critical tasks that wait for no
    /// critical one, nor for the trader. Each once, in the order of their tasks.
    pub fn held_by(&self, tasks: &Tasks) -> impl Iterator<Item = AgencyId> {
        let mut found: SmallVec<[AgencyId; 4]> = SmallVec::new();
        for (task, _) in self.holding(tasks).filter(|(_, timing)| !timing.paused) {
            if let Some(agency) = task.agency
                && !found.contains(&agency)
            {
                found.push(agency);
            }
        }
        found.into_iter()
    }

    /// Whether the trader holds the declaration up: the clock of a critical task stands that waits
    /// for no critical one.
    pub fn held_by_trader(&self, tasks: &Tasks) -> bool {
        self.holding(tasks).any(|(_, timing)| timing.paused)
    }

    /// The critical tasks that wait for no critical one.
    fn holding<'s>(&'s self, tasks: &'s Tasks) -> impl Iterator<Item = (&'s Task, &'s Timing)> {
        let first = |(task, timing): &(&Task, &Timing)| {
            timing.critical && !task.after.iter().any(|first| self.critical(*first))
        };
        tasks.tasks.iter().zip(&self.tasks).filter(first)
    }

    /// The critical path, by position: from the task that is last before clearance back along the
    /// critical task that each waits for longest. From first to last; empty without a critical
    /// task.
    pub fn path(&self, tasks: &Tasks) -> SmallVec<[u16; 8]> {
        let mut path: SmallVec<[u16; 8]> = SmallVec::new();
        let critical = || (0u16..).zip(&self.tasks).filter(|(_, timing)| timing.critical);
        let mut waited_for: SmallVec<[bool; 32]> = SmallVec::from_elem(false, self.tasks.len());
        for (at, _) in critical() {
            for first in &tasks.tasks[usize::from(at)].after {
                waited_for[usize::from(*first)] = true;
            }
        }
        let mut next = self.last_of(critical().map(|(at, _)| at).filter(|at| !waited_for[usize::from(*at)]));
        while let Some(at) = next {
            path.push(at);
            let after = tasks.tasks[usize::from(at)].after.iter().copied();
            next = self.last_of(after.filter(|first| self.critical(*first)));
        }
        path.reverse();
        path
    }

    /// The first of those that end last; an unknown end comes after all others.
    fn last_of(&self, tasks: impl Iterator<Item = u16>) -> Option<u16> {
        tasks.max_by_key(|at| {
            let finish = self.tasks[usize::from(*at)].finish;
            (finish.is_none(), finish, std::cmp::Reverse(*at))
        })
    }

    fn critical(&self, at: u16) -> bool {
        self.tasks[usize::from(at)].critical
    }

    /// Times from first to last, for the tasks on one side of clearance; the end of all of them.
    fn forward(&mut self, law: Law<'_>, start: Option<Moment>, on_this_side: impl Fn(&Task) -> bool) -> Option<Moment> {
        let mut end = start;
        let estimated_before = self.estimated;
        for place in 0..law.tasks.tasks.len() {
            let at = law.tasks.in_order(place);
            let task = &law.tasks.tasks[at];
            if !on_this_side(task) {
                continue;
            }
            let filing = law.filing(at, task);
            let filed = filing.and_then(|filing| filing.filed);
            let mut timing = Timing {
                start: filed.or(start),
                limit: task.limits.first().copied(),
                paused: filing.is_some_and(|filing| filing.stands),
                estimated: estimated_before && filed.is_none(),
                ..Timing::default()
            };
            for first in &task.after {
                let first = &self.tasks[usize::from(*first)];
                timing.start = later(timing.start, first.finish);
                timing.estimated |= first.estimated;
            }
            if timing.paused {
                // The trader alone knows when it goes on.
            } else if task.takes_no_time() {
                timing.finish = timing.start;
            } else if let Some((start, due)) = timing.start.and_then(|start| Some((start, law.due(at, task, start)?))) {
                timing.due = Some(due.end);
                timing.limit = Some(due.limit);
                timing.estimated |= law.calendar.is_estimated(start, due.length, due.end);
                timing.finish = timing.due;
            }
            end = later(end, timing.finish);
            self.estimated |= timing.estimated;
            self.tasks[at] = timing;
        }
        end
    }

    /// Slack and what is critical, from last to first.
    fn backward(&mut self, law: Law<'_>, end: Option<Moment>) {
        let Law { calendar, tasks, .. } = law;
        let before = |at: &usize| tasks.tasks[*at].before_clearance();
        let backward = (0..tasks.tasks.len()).rev().map(|place| tasks.in_order(place)).filter(before);
        let Some(end) = end else {
            self.endless.clear();
            self.endless.resize(tasks.tasks.len(), false);
            for at in backward {
                let task = &tasks.tasks[at];
                let unknown = self.tasks[at].paused || task.limits.is_empty() && !task.takes_no_time();
                self.endless[at] |= unknown;
                self.tasks[at].critical = self.endless[at] || self.tasks[at].finish.is_none();
                if self.endless[at] {
                    for first in &task.after {
                        self.endless[usize::from(*first)] = true;
                    }
                }
            }
            return;
        };
        self.latest.clear();
        self.latest.resize(tasks.tasks.len(), None);
        for at in backward {
            let task = &tasks.tasks[at];
            let latest = self.latest[at].unwrap_or(end);
            let timing = &mut self.tasks[at];
            let (Some(start), Some(finish)) = (timing.start, timing.finish) else { continue };
            let slack = calendar.worked(finish.day(), latest.day());
            timing.slack_working_days = Some(slack);
            timing.critical = slack == 0;
            if task.after.is_empty() {
                continue;
            }
            let start = law.latest_start(at, task, start, latest);
            for first in &task.after {
                let latest = &mut self.latest[usize::from(*first)];
                *latest = Some(latest.map_or(start, |known| known.min(start)));
            }
        }
    }
}

/// The later of two moments; unknown where one of them is.
fn later(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    Some(one?.max(other?))
}

/// What times are computed from.
#[derive(Clone, Copy)]
struct Law<'l> {
    pack: &'l Pack,
    calendar: &'l Calendar,
    tasks: &'l Tasks,
    filings: &'l [Filing],
}

/// The end of a limit.
struct Due {
    end: Moment,
    limit: LimitRef,
    length: Limit,
}

impl<'l> Law<'l> {
    /// What is known of the dossier of a task.
    fn filing(self, at: usize, task: &Task) -> Option<&'l Filing> {
        self.filings.get(at).filter(|_| task.kind == TaskKind::Dossier)
    }

    /// When a task that starts then is due, and by which of its limits: the one that ends last.
    fn due(self, at: usize, task: &Task, start: Moment) -> Option<Due> {
        let pauses = self.filing(at, task).map_or(&[][..], |filing| &filing.pauses);
        let ends = task.limits.iter().filter_map(|limit| {
            let length = Limit::of(limit.deadline(self.pack)?);
            Some(Due { end: self.calendar.due_at(start, length, pauses), limit: *limit, length })
        });
        ends.reduce(|last, next| if next.end > last.end { next } else { last })
    }

    /// The latest moment at which a task may start and still end by `latest`. It does so from
    /// `start`; the later it starts, the later it ends, so the moment is found by halving.
    fn latest_start(self, at: usize, task: &Task, start: Moment, latest: Moment) -> Moment {
        let ends = |start: Moment| self.due(at, task, start).map_or(start, |due| due.end);
        let (mut fits, mut beyond) = (start, latest.later(1));
        while beyond.minutes_since(fits) > 1 {
            let middle = fits.midpoint(beyond);
            if ends(middle) <= latest {
                fits = middle;
            } else {
                beyond = middle;
            }
        }
        fits
    }
}
