//! When the tasks of a declaration are due, what is critical and how much time the others have.
//!
//! The clock of the declaration starts on its day; that of a task when everything that it waits
//! for is done. Who is done when the limit ends has used all of it: the schedule is the latest
//! that keeps every limit, and clearance in it the earliest that can be relied on.

use smallvec::SmallVec;

use super::calendar::{Calendar, Moment};
use super::clock::Limit;
use super::tasks::{LimitRef, Task, Tasks};
use crate::law::{AgencyId, Pack};

/// The times of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// When its clock starts: what it waits for is done. `None`: nobody can tell.
    pub start: Option<Moment>,
    /// When its limit ends; `None`: it has none, or its start is unknown. Of several limits the
    /// one that ends last.
    pub due: Option<Moment>,
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
    /// The latest end of each task that delays no clearance.
    latest: Vec<Option<Moment>>,
    /// Where a limit is unknown, the tasks that such a one waits for, itself included.
    endless: Vec<bool>,
}

impl Schedule {
    /// Computes the times of the tasks, the clock of the declaration starting at `start`. Where
    /// tasks alone do not lead to clearance (`clears` is false: something is wrong or prohibited),
    /// there is none to start the clock of what comes after.
    pub fn compute(&mut self, pack: &Pack, calendar: &Calendar, tasks: &Tasks, start: Moment, clears: bool) {
        self.tasks.clear();
        self.start = Some(start);
        if tasks.tasks.is_empty() {
            self.cleared = clears.then_some(start);
            return;
        }
        self.tasks.resize(tasks.tasks.len(), Timing::default());
        let end = self.forward(pack, calendar, tasks, Some(start), Task::before_clearance);
        self.backward(pack, calendar, tasks, end);
        self.cleared = end.filter(|_| clears);
        self.forward(pack, calendar, tasks, self.cleared, |task| !task.before_clearance());
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
    /// critical one. Each once, in the order of their tasks.
    pub fn held_by(&self, tasks: &Tasks) -> impl Iterator<Item = AgencyId> {
        let mut found: SmallVec<[AgencyId; 4]> = SmallVec::new();
        for (task, timing) in tasks.tasks.iter().zip(&self.tasks) {
            if let Some(agency) = task.agency
                && timing.critical
                && !task.after.iter().any(|first| self.critical(*first))
                && !found.contains(&agency)
            {
                found.push(agency);
            }
        }
        found.into_iter()
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
    fn forward(
        &mut self,
        pack: &Pack,
        calendar: &Calendar,
        tasks: &Tasks,
        start: Option<Moment>,
        on_this_side: impl Fn(&Task) -> bool,
    ) -> Option<Moment> {
        let mut end = start;
        for place in 0..tasks.tasks.len() {
            let at = tasks.in_order(place);
            let task = &tasks.tasks[at];
            if !on_this_side(task) {
                continue;
            }
            let mut timing = Timing { limit: task.limits.first().copied(), ..Timing::default() };
            timing.start = start;
            for first in &task.after {
                timing.start = later(timing.start, self.tasks[usize::from(*first)].finish);
            }
            if task.takes_no_time() {
                timing.finish = timing.start;
            } else if let Some(start) = timing.start {
                timing.due = self::due(pack, calendar, task, start).map(|(moment, limit)| {
                    timing.limit = Some(limit);
                    moment
                });
                timing.finish = timing.due;
            }
            end = later(end, timing.finish);
            self.tasks[at] = timing;
        }
        end
    }

    /// Slack and what is critical, from last to first.
    fn backward(&mut self, pack: &Pack, calendar: &Calendar, tasks: &Tasks, end: Option<Moment>) {
        let before = |at: &usize| tasks.tasks[*at].before_clearance();
        let backward = (0..tasks.tasks.len()).rev().map(|place| tasks.in_order(place)).filter(before);
        let Some(end) = end else {
            self.endless.clear();
            self.endless.resize(tasks.tasks.len(), false);
            for at in backward {
                let task = &tasks.tasks[at];
                let unknown = task.limits.is_empty() && !task.takes_no_time();
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
            let start = latest_start(pack, calendar, task, start, latest);
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

/// When a task that starts then is due, and by which of its limits: the one that ends last.
fn due(pack: &Pack, calendar: &Calendar, task: &Task, start: Moment) -> Option<(Moment, LimitRef)> {
    let limits = task.limits.iter().filter_map(|limit| Some((Limit::of(limit.deadline(pack)?), *limit)));
    let ends = limits.map(|(length, limit)| (calendar.due_at(start, length, &[]), limit));
    ends.reduce(|last, next| if next.0 > last.0 { next } else { last })
}

/// The latest moment at which a task may start and still end by `latest`. It does so from `start`;
/// the later it starts, the later it ends, so the moment is found by halving.
fn latest_start(pack: &Pack, calendar: &Calendar, task: &Task, start: Moment, latest: Moment) -> Moment {
    let ends = |start: Moment| due(pack, calendar, task, start).map_or(start, |(moment, _)| moment);
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
