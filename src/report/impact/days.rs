//! How many working days a declaration needs until it can clear, if every agency takes its whole
//! time limit.
//!
//! Tasks that wait for no other run at once; the longest chain counts. A limit that is a range
//! counts at its upper end, calendar days at five of seven, hours by the day they end in. Where a
//! task before clearance has no known limit, nobody can tell.

use smallvec::SmallVec;

use crate::clearance::Examination;
use crate::law::{Day, Deadline, Interval, Pack, RuleId};
use crate::trade::Stage;

/// The time limits of a pack in working days.
#[derive(Debug)]
pub(super) struct Limits {
    of_rule: Vec<Vec<(Interval, u32)>>,
}

impl Limits {
    pub(super) fn of(pack: &Pack) -> Self {
        let minutes: u32 = pack.office_hours.iter().map(|(from, to)| u32::from(to.saturating_sub(*from))).sum();
        let days = |deadline: &Deadline| (deadline.valid, working_days(deadline, minutes));
        Self { of_rule: pack.rules.iter().map(|rule| rule.deadlines.iter().map(days).collect()).collect() }
    }

    /// The longest limit of a rule on a day.
    fn on(&self, rule: RuleId, day: Day) -> Option<u32> {
        self.of_rule[rule.index()].iter().filter(|(valid, _)| valid.contains(day)).map(|(_, days)| *days).max()
    }

    /// The working days that an examined declaration needs; `None` where a limit is not known.
    pub(super) fn needed(&self, examination: &Examination<'_, '_>) -> Option<u32> {
        let tasks = &examination.tasks.tasks;
        if tasks.is_empty() {
            return Some(0);
        }
        let day = Day::of(examination.day);
        let mut limits: SmallVec<[u32; 8]> = SmallVec::from_elem(0, tasks.len());
        for (at, requirement) in examination.screening.requirements.iter().enumerate() {
            let Some(task) = examination.tasks.of_requirement(at).map(usize::from) else { continue };
            if tasks[task].stage != Stage::AfterClearance {
                limits[task] = limits[task].max(self.on(requirement.rule, day)?);
            }
        }
        let mut ends: SmallVec<[u32; 8]> = SmallVec::from_elem(0, tasks.len());
        // Tasks of one rank may stand in any order: a pass for each is enough, and two mostly are.
        for _ in 0..tasks.len() {
            let mut settled = true;
            for (at, task) in tasks.iter().enumerate() {
                let begins = task.after.iter().map(|first| ends[usize::from(*first)]).max().unwrap_or(0);
                let end = begins.saturating_add(limits[at]);
                settled &= end == ends[at];
                ends[at] = end;
            }
            if settled {
                break;
            }
        }
        ends.into_iter().max()
    }
}

fn working_days(deadline: &Deadline, minutes_a_day: u32) -> u32 {
    let calendar = |days: u32| days.saturating_mul(5).div_ceil(7);
    let Some(value) = deadline.value else { return 0 };
    match deadline.unit.as_str() {
        "days" => calendar(value),
        "hours" => calendar(value.div_ceil(24)),
        "working_hours" => value.saturating_mul(60).div_ceil(minutes_a_day.max(60)),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_working_days() {
        let of = |value, unit: &str| {
            let (text, source) = (String::new(), String::new());
            working_days(&Deadline { text, value, unit: unit.into(), source, valid: Interval::ALWAYS }, 480)
        };
        assert_eq!(of(Some(5), "working_days"), 5);
        assert_eq!((of(Some(7), "days"), of(Some(1), "days"), of(Some(10), "days")), (5, 1, 8));
        assert_eq!((of(Some(4), "working_hours"), of(Some(17), "working_hours")), (1, 3));
        assert_eq!(of(Some(24), "hours"), 1);
        assert_eq!(of(None, "working_days"), 0);
    }
}
