//! When a time limit ends: units, pauses, office hours.

use jiff::civil::{DateTime, Time};
use smallvec::SmallVec;

use super::calendar::{Calendar, LAST_DAY, Moment};
use crate::law::{Day, Deadline, DeadlineUnit, EndOnDayOff, Interval};

/// A time limit: how much of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many; `None`: automatic, at once.
    pub value: Option<u32>,
    /// Of what.
    pub unit: DeadlineUnit,
}

impl Limit {
    /// The limit of a pack's deadline: its upper end.
    pub fn of(deadline: &Deadline) -> Self {
        Self { value: deadline.value, unit: deadline.unit }
    }
}

/// A time in which the clock stands, such as while the trader is asked for more: from the first
/// minute, up to but without the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The clock stops.
    pub from: DateTime,
    /// The clock goes on. A pause that ends before it begins is none.
    pub to: DateTime,
}

impl Pause {
    fn moments(&self) -> (Moment, Moment) {
        // Begun minutes are part of the pause.
        let ends_within = self.to.second() > 0 || self.to.subsec_nanosecond() > 0;
        (Moment::of(self.from), Moment::of(self.to).later(i64::from(ends_within)))
    }
}

/// What is known of the clock of a task's dossier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filing {
    /// When it was filed: its clock runs from then on.
    pub filed: Option<Moment>,
    /// When the clock stood.
    pub pauses: SmallVec<[Pause; 2]>,
    /// The clock stands, and nobody knows until when: the trader was asked for more.
    pub stands: bool,
}

impl Filing {
    /// Adds what a record states: the day of filing, from the opening of office hours on, of
    /// several the earliest; the days on which the clock stood, first and last. One without an
    /// end ([`Day::MAX`]) still stands.
    pub fn add(&mut self, calendar: &Calendar, filed: Option<Day>, paused: &[Interval]) {
        if let Some(filed) = filed.and_then(Day::date).map(|day| calendar.opening(day)) {
            self.filed = Some(self.filed.map_or(filed, |known| known.min(filed)));
        }
        for days in paused {
            let to = days.to.date().filter(|_| days.to < Day::MAX).and_then(|last| last.tomorrow().ok());
            match (days.from.date(), to) {
                (Some(from), Some(to)) => {
                    let pause = Pause { from: from.to_datetime(Time::MIN), to: to.to_datetime(Time::MIN) };
                    if !self.pauses.contains(&pause) {
                        self.pauses.push(pause);
                    }
                }
                (_, None) => self.stands = true,
                (None, Some(_)) => {}
            }
        }
    }
}

impl Calendar {
    /// When a limit that starts at `start` ends.
    ///
    /// * `working_days`: the first working day after the day of the start is day 1; it ends at the
    ///   end of office hours of the last. 0: with the day of the start, or the next working day
    ///   where that is a day off or its office hours are over.
    /// * `days`: the same in days of the calendar; where the last is a day off, it ends with the
    ///   next working day, if the pack says so (`[calendar]`).
    /// * `working_hours`: within office hours only; it ends in the minute in which they are full.
    /// * `hours`: by the clock, day and night, worked or not.
    /// * automatic: at the start.
    ///
    /// Pauses stop the clock. Hours are counted to the minute. A day counts only if the clock ran
    /// through all of it: through all its office hours for working days, from midnight to midnight
    /// for days of the calendar. So the days on which a pause begins and ends do not count where
    /// it touches that time, as the day of the start does not.
    pub fn due(&self, start: DateTime, limit: Limit, pauses: &[Pause]) -> DateTime {
        self.due_at(Moment::of(start), limit, pauses).civil()
    }

    /// See [`Calendar::due`].
    pub fn due_at(&self, start: Moment, limit: Limit, pauses: &[Pause]) -> Moment {
        let Some(value) = limit.value else {
            return start;
        };
        match limit.unit {
            DeadlineUnit::WorkingDays => self.close(self.working_day(start, value, pauses)),
            DeadlineUnit::Days => {
                let day = self.calendar_day(start, value, pauses);
                self.close(match self.end_on_day_off {
                    EndOnDayOff::NextWorkingDay => self.counted(day, pauses),
                    EndOnDayOff::SameDay => day,
                })
            }
            DeadlineUnit::WorkingHours => self.run(start, i64::from(value) * 60, true, pauses),
            DeadlineUnit::Hours => self.run(start, i64::from(value) * 60, false, pauses),
        }
    }

    /// Whether the time in which a limit runs, from `start` to `due`, rests on holidays that are
    /// estimated or not listed. Hours by the clock and what is automatic need none.
    pub fn is_estimated(&self, start: Moment, limit: Limit, due: Moment) -> bool {
        let first = match limit.unit {
            _ if limit.value.is_none() => return false,
            DeadlineUnit::Hours => return false,
            DeadlineUnit::Days if self.end_on_day_off == EndOnDayOff::SameDay => return false,
            DeadlineUnit::WorkingHours => start.day(),
            // The day of the start does not count.
            DeadlineUnit::WorkingDays | DeadlineUnit::Days => (start.day() + 1).min(due.day()),
        };
        self.guesses(first, due.day())
    }

    /// The end of office hours of a day.
    fn close(&self, day: i64) -> Moment {
        Moment::on(day, self.closing())
    }

    /// The first day that a count of 0 may end on.
    fn first_day(&self, start: Moment) -> i64 {
        start.day() + i64::from(start.minute() > self.closing())
    }

    /// The day on which so many working days are over.
    fn working_day(&self, start: Moment, value: u32, pauses: &[Pause]) -> i64 {
        if value == 0 {
            return self.counted(self.first_day(start), pauses);
        }
        if pauses.is_empty() {
            return self.nth_after(start.day(), value);
        }
        let mut day = start.day();
        for _ in 0..value {
            day = self.counted(day + 1, pauses);
            if day >= LAST_DAY {
                break;
            }
        }
        day
    }

    /// The day on which so many days of the calendar are over.
    fn calendar_day(&self, start: Moment, value: u32, pauses: &[Pause]) -> i64 {
        let (mut day, mut more) = match value.checked_sub(1) {
            None => (self.first_day(start), 0),
            Some(more) => (start.day() + 1, i64::from(more)),
        };
        while !pauses.is_empty() {
            while let Some(after) = stands(pauses, day, 0, 24 * 60) {
                day = after;
            }
            if more == 0 || day >= LAST_DAY {
                break;
            }
            more -= 1;
            day += 1;
        }
        (day + more).min(LAST_DAY)
    }

    /// The first day from `day` on that is worked and that the clock runs through.
    fn counted(&self, mut day: i64, pauses: &[Pause]) -> i64 {
        let opening = self.office.first().map_or(0, |(from, _)| *from);
        loop {
            if day >= LAST_DAY {
                return LAST_DAY;
            }
            if !self.works(day) {
                day = self.nth_after(day, 1);
            }
            match stands(pauses, day, opening, self.closing()) {
                // In the break at noon no office hour is lost.
                Some(after) if self.office.iter().any(|(from, to)| stands(pauses, day, *from, *to).is_some()) => {
                    day = after;
                }
                _ => return day,
            }
        }
    }

    /// Runs the clock for so many minutes.
    fn run(&self, start: Moment, minutes: i64, office: bool, pauses: &[Pause]) -> Moment {
        let (mut now, mut left) = (start, minutes);
        while left > 0 && now < Moment::MAX {
            let mut until = Moment::MAX;
            if office {
                let (from, to) = self.office_span(now);
                if to <= now {
                    // After the last office hours of the last day there are none.
                    return Moment::MAX;
                }
                now = now.max(from);
                until = to;
            }
            let running = pauses.iter().map(Pause::moments).filter(|(from, to)| from < to && now < *to);
            match running.min() {
                Some((from, to)) if from <= now => now = to,
                next => {
                    let stop = next.map_or(until, |(from, _)| until.min(from));
                    let passed = stop.minutes_since(now).min(left);
                    now = now.later(passed);
                    left -= passed;
                }
            }
        }
        now
    }

    /// The office hours that a moment lies in, else the next.
    fn office_span(&self, moment: Moment) -> (Moment, Moment) {
        let today = moment.day();
        let day = if self.works(today) { today } else { self.nth_after(today, 1) };
        let span = |day: i64, (from, to): (i64, i64)| (Moment::on(day, from), Moment::on(day, from).later(to - from));
        let found = self.office.iter().map(|hours| span(day, *hours)).find(|(_, to)| moment < *to);
        found.unwrap_or_else(|| {
            let next = self.nth_after(day, 1);
            span(next, self.office.first().copied().unwrap_or((0, 24 * 60)))
        })
    }
}

/// Whether a pause touches a day between two minutes of it: the first day that it may leave free.
fn stands(pauses: &[Pause], day: i64, opening: i64, closing: i64) -> Option<i64> {
    let (open, close) = (Moment::on(day, opening), Moment::on(day, opening).later(closing - opening));
    let touching = pauses.iter().map(Pause::moments).filter(|(from, to)| from < to && *from < close && open < *to);
    touching.map(|(_, to)| to.day().max(day + 1)).max()
}
