//! Tasks, their order and their times: the whole pack with limits and orders drawn at random.

use jiff::civil::date;
use motcua::approval::{Calendar, Filing, Limit, Moment, Outlook, Outset, Schedule, TaskKind, Tasks};
use motcua::law::{
    CandidateId, Day, Deadline, DeadlineUnit, Interval, MeasureId, MethodRegimeId, Pack, Presumed, ProcedureKind,
    RuleId,
};
use motcua::screening::{LineScreening, Match, Method, Requirement, Screening, Standing};
use motcua::trade::{Certainty, InspectionMethod, Stage, Status};
use proptest::prelude::*;

/// A rule as far as tasks depend on it: stage, agency, measure, time limit in working days
/// (`None`: unknown; 0: automatic), the measure that comes first.
type Drawn = (u8, u16, u16, Option<u32>, Option<u16>);

const RULES: usize = 24;

/// The pack with its first rules redrawn. Measures come after smaller ones only: no circle.
fn pack(rules: &[Drawn]) -> Pack {
    let mut pack = motcua::embedded::pack().clone();
    pack.rules.truncate(RULES);
    for (rule, (stage, agency, measure, limit, after)) in pack.rules.iter_mut().zip(rules) {
        rule.stage = [Stage::PermitBeforeImport, Stage::BeforeClearance, Stage::AfterClearance][usize::from(*stage)];
        rule.agency.0 = *agency;
        rule.measure = MeasureId(*measure);
        rule.procedures.clear();
        rule.after = after.filter(|first| first < measure).map(MeasureId).into_iter().collect();
        rule.deadlines = limit.iter().map(|value| deadline(Some(*value).filter(|value| *value > 0))).collect();
    }
    pack
}

fn deadline(value: Option<u32>) -> Deadline {
    Deadline {
        text: String::new(),
        value,
        unit: DeadlineUnit::WorkingDays,
        procedure: None,
        source: String::new(),
        valid: Interval::ALWAYS,
    }
}

fn drawn(known: bool) -> impl Strategy<Value = Vec<Drawn>> {
    let limit = if known { (0u32..30).prop_map(Some).boxed() } else { prop::option::of(0u32..30).boxed() };
    prop::collection::vec((0u8..3, 0u16..6, 0u16..8, limit, prop::option::of(0u16..8)), RULES)
}

/// Lines with the rules that they fall under.
fn screening(lines: &[Vec<usize>]) -> Screening {
    let mut screening = Screening::default();
    for (at, rules) in lines.iter().enumerate() {
        let from = u32::try_from(screening.requirements.len()).unwrap();
        screening.requirements.extend(rules.iter().map(|rule| Requirement {
            rule: RuleId(u32::try_from(*rule).unwrap()),
            candidate: CandidateId(0),
            status: Status::Required,
            certainty: Certainty::Certain,
            presumed: Presumed::None,
            unsettled: None,
            exemption: None,
            method: None,
            warned: None,
            evidence: (0, 0),
        }));
        screening.lines.push(LineScreening {
            number: u32::try_from(at + 1).unwrap(),
            hs: None,
            matched: Match::Tariff,
            requirements: (from, u32::try_from(screening.requirements.len()).unwrap()),
            uncovered: None,
            lacks_general_code: false,
        });
    }
    screening
}

fn lines() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0..RULES, 0..6), 1..20)
}

struct Planned {
    calendar: Calendar,
    tasks: Tasks,
    schedule: Schedule,
}

fn outset(start: Moment, outlook: Outlook, filings: &[Filing]) -> Outset<'_> {
    Outset { start, outlook, filings }
}

fn plan(pack: &Pack, screening: &Screening, day: jiff::civil::Date) -> Planned {
    let calendar = Calendar::new(pack);
    let (mut tasks, mut schedule) = (Tasks::default(), Schedule::default());
    tasks.plan(pack, screening, Day::of(day));
    schedule.compute(pack, &calendar, &tasks, outset(calendar.opening(day), Outlook::Clearance, &[]));
    Planned { calendar, tasks, schedule }
}

fn days() -> impl Strategy<Value = jiff::civil::Date> {
    (0i64..700).prop_map(|day| date(2025, 6, 1) + jiff::Span::new().days(day))
}

/// An order in which every task follows those it waits for, or none.
fn in_order(tasks: &Tasks) -> Option<Vec<usize>> {
    let mut done: Vec<usize> = Vec::new();
    while done.len() < tasks.tasks.len() {
        let next = (0..tasks.tasks.len()).find(|at| {
            !done.contains(at) && tasks.tasks[*at].after.iter().all(|first| done.contains(&usize::from(*first)))
        });
        done.push(next?);
    }
    Some(done)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_graph_has_no_circle_and_ready_is_what_waits_for_nothing(rules in drawn(false), lines in lines(), day in days()) {
        let Planned { tasks, .. } = plan(&pack(&rules), &screening(&lines), day);
        prop_assert!(in_order(&tasks).is_some());
        let ready: Vec<usize> = tasks.ready().collect();
        for (at, task) in tasks.tasks.iter().enumerate() {
            prop_assert_eq!(ready.contains(&at), task.after.is_empty());
            prop_assert!(task.after.is_sorted() && !task.after.contains(&u16::try_from(at).unwrap()));
            for first in &task.after {
                let first = &tasks.tasks[usize::from(*first)];
                prop_assert!(first.lines.iter().any(|line| task.lines.contains(line)), "they share a line");
            }
        }
        prop_assert!(tasks.tasks.is_empty() || !ready.is_empty());
    }

    #[test]
    fn no_task_is_due_before_those_it_waits_for(rules in drawn(false), lines in lines(), day in days()) {
        let pack = pack(&rules);
        let Planned { calendar, tasks, schedule } = plan(&pack, &screening(&lines), day);
        for (task, timing) in tasks.tasks.iter().zip(&schedule.tasks) {
            let before = task.after.iter().map(|first| schedule.tasks[usize::from(*first)]);
            if before.clone().any(|first| first.due.is_none()) || task.limits.is_empty() {
                prop_assert_eq!(timing.due, None);
            }
            let Some(due) = timing.due else { continue };
            prop_assert!(before.clone().all(|first| first.due <= Some(due)));
            let start = before.filter_map(|first| first.due).max().unwrap_or(calendar.opening(day));
            if task.before_clearance() {
                prop_assert_eq!(timing.start, Some(start));
            } else {
                prop_assert_eq!(timing.start, schedule.clearance().map(|cleared| cleared.max(start)));
            }
            // The longest of its limits, from its start.
            let limits = task.limits.iter().map(|limit| Limit::of(limit.deadline(&pack).unwrap()));
            let ends = limits.map(|limit| calendar.due_at(timing.start.unwrap(), limit, &[])).max();
            prop_assert_eq!(timing.due, ends);
        }
    }

    #[test]
    fn the_critical_path_adds_up_to_clearance(rules in drawn(true), lines in lines(), day in days()) {
        let Planned { calendar, tasks, schedule } = plan(&pack(&rules), &screening(&lines), day);
        let cleared = schedule.clearance();
        let last = tasks.tasks.iter().zip(&schedule.tasks).filter(|(task, _)| task.before_clearance()).map(|(_, t)| t.due).max();
        prop_assert_eq!(cleared, last.unwrap_or(Some(calendar.opening(day))));
        let path = schedule.path(&tasks);
        prop_assert_eq!(path.is_empty(), last.is_none());
        let mut now = calendar.opening(day);
        for (place, at) in path.iter().enumerate() {
            let timing = schedule.tasks[usize::from(*at)];
            prop_assert!(timing.critical);
            prop_assert_eq!(timing.start, Some(now));
            if place > 0 {
                prop_assert!(tasks.tasks[usize::from(*at)].after.contains(&path[place - 1]));
            }
            now = timing.due.unwrap();
        }
        prop_assert_eq!(Some(now), cleared);
        if let Some(first) = path.first() {
            let held: Vec<_> = schedule.held_by(&tasks).collect();
            prop_assert!(held.contains(&tasks.tasks[usize::from(*first)].agency.unwrap()));
        }
        prop_assert_eq!(
            schedule.working_days_to_clearance(&calendar),
            cleared.map(|cleared| calendar.working_days_between(day, cleared.date()))
        );
    }

    /// Lets each task alone take a working day more than its slack, then as much as its slack.
    #[test]
    fn slack_is_what_delays_no_clearance(rules in drawn(true), lines in lines(), day in days()) {
        let pack = pack(&rules);
        let Planned { calendar, tasks, schedule } = plan(&pack, &screening(&lines), day);
        let order = in_order(&tasks).unwrap();
        let clearance = |late: usize, by: u32| {
            let mut ends = vec![calendar.opening(day); tasks.tasks.len()];
            for at in order.iter().copied().filter(|at| tasks.tasks[*at].before_clearance()) {
                let task = &tasks.tasks[at];
                let start = task.after.iter().map(|first| ends[usize::from(*first)]).max().unwrap_or(calendar.opening(day));
                let limits = task.limits.iter().map(|limit| Limit::of(limit.deadline(&pack).unwrap()));
                ends[at] = limits.map(|limit| calendar.due_at(start, limit, &[])).max().unwrap();
                if at == late && by > 0 {
                    ends[at] = calendar.due_at(ends[at], Limit { value: Some(by), unit: DeadlineUnit::WorkingDays }, &[]);
                }
            }
            ends.into_iter().max().unwrap().date()
        };
        for (at, timing) in schedule.tasks.iter().enumerate() {
            if !tasks.tasks[at].before_clearance() {
                prop_assert_eq!((timing.slack_working_days, timing.critical), (None, false));
                continue;
            }
            let slack = timing.slack_working_days.unwrap();
            prop_assert_eq!(timing.critical, slack == 0);
            let planned = schedule.clearance().unwrap().date();
            prop_assert!(clearance(at, slack) <= planned, "t{} by {slack}", at + 1);
            prop_assert!(clearance(at, slack + 1) > planned, "t{} by {}", at + 1, slack + 1);
        }
    }

    #[test]
    fn where_a_limit_is_unknown_the_way_with_it_is_critical(rules in drawn(false), lines in lines(), day in days()) {
        let Planned { tasks, schedule, .. } = plan(&pack(&rules), &screening(&lines), day);
        let unknown = |at: usize| tasks.tasks[at].before_clearance() && tasks.tasks[at].limits.is_empty();
        if !(0..tasks.tasks.len()).any(unknown) {
            return Ok(());
        }
        prop_assert_eq!(schedule.clearance(), None);
        let reaches = |from: usize, to: usize| {
            let mut open = vec![to];
            let mut seen = vec![false; tasks.tasks.len()];
            while let Some(at) = open.pop() {
                if at == from { return true; }
                if !std::mem::replace(&mut seen[at], true) {
                    open.extend(tasks.tasks[at].after.iter().map(|first| usize::from(*first)));
                }
            }
            false
        };
        for (at, timing) in schedule.tasks.iter().enumerate() {
            let on_the_way = tasks.tasks[at].before_clearance()
                && (0..tasks.tasks.len()).any(|other| unknown(other) && (reaches(at, other) || reaches(other, at)));
            prop_assert_eq!(timing.critical, on_the_way);
            prop_assert_eq!(timing.slack_working_days, None);
        }
    }

    #[test]
    fn a_room_used_before_gives_the_same(rules in drawn(false), first in lines(), second in lines(), day in days()) {
        let pack = pack(&rules);
        let (first, second) = (screening(&first), screening(&second));
        let mut used = plan(&pack, &first, day);
        used.tasks.plan(&pack, &second, Day::of(day));
        let fresh = plan(&pack, &second, day);
        prop_assert_eq!(&used.tasks.tasks, &fresh.tasks.tasks);
        let again = outset(used.calendar.opening(day), Outlook::Clearance, &[]);
        used.schedule.compute(&pack, &used.calendar, &used.tasks, again);
        prop_assert_eq!(used.schedule.tasks, fresh.schedule.tasks);
    }
}

#[test]
fn a_registration_has_its_own_limit_or_lies_within_that_of_the_whole() {
    let mut pack = motcua::embedded::pack().clone();
    let two = pack.rules.iter().position(|rule| {
        rule.procedures.first().is_some_and(|p| pack.procedures[p.index()].kind == ProcedureKind::Registration)
    });
    let two = two.unwrap();
    let registration = pack.rules[two].procedures[0];
    let day = date(2026, 3, 2);
    let mut times = |deadlines: Vec<Deadline>| {
        pack.rules[two].deadlines = deadlines;
        let Planned { tasks, schedule, .. } = plan(&pack, &screening(&[vec![two]]), day);
        assert_eq!(tasks.tasks[1].after.as_slice(), [0]);
        let due = |at: usize| schedule.tasks[at].due.map(Moment::date);
        (due(0), due(1), schedule.clearance().map(Moment::date))
    };
    let own = Deadline { procedure: Some(registration), ..deadline(Some(4)) };
    // Monday 2 March: four to Friday 6, five more to Friday 13.
    let (friday, next) = (Some(date(2026, 3, 6)), Some(date(2026, 3, 13)));
    assert_eq!(times(vec![own.clone(), deadline(Some(5))]), (friday, next, next));
    // Five for the whole: to Monday 9.
    let monday = Some(date(2026, 3, 9));
    assert_eq!(times(vec![deadline(Some(5))]), (None, monday, monday));
    assert_eq!(times(vec![own]), (friday, None, None));
    assert_eq!(times(vec![]), (None, None, None));
    // Not in force on the day.
    let over = Deadline { valid: Interval { from: Day::MIN, to: Day::of(date(2026, 3, 1)) }, ..deadline(Some(5)) };
    assert_eq!(times(vec![over]), (None, None, None));
}

#[test]
fn a_fact_to_be_settled_takes_no_time() {
    let mut pack = motcua::embedded::pack().clone();
    pack.rules[0].stage = Stage::BeforeClearance;
    pack.rules[0].procedures.clear();
    pack.rules[0].deadlines = vec![deadline(Some(2))];
    let mut asked = screening(&[vec![0]]);
    asked.requirements[0].certainty = Certainty::Conditional;
    asked.requirements[0].presumed = Presumed::Ask;
    let Planned { tasks, schedule, .. } = plan(&pack, &asked, date(2026, 3, 2));
    assert_eq!(tasks.tasks.iter().map(|task| task.kind).collect::<Vec<_>>(), [TaskKind::SettleFact, TaskKind::Dossier]);
    assert_eq!(schedule.tasks[0].due, None);
    assert_eq!(schedule.tasks[1].due.map(Moment::date), Some(date(2026, 3, 4)));
    assert_eq!(schedule.path(&tasks).as_slice(), [0, 1]);
}

#[test]
fn hours_run_from_the_start_and_a_filing_of_one_task_moves_no_other() {
    let mut pack = motcua::embedded::pack().clone();
    for (at, rule) in pack.rules.iter_mut().take(2).enumerate() {
        rule.stage = Stage::BeforeClearance;
        rule.agency.0 = u16::try_from(at).unwrap();
        rule.measure = MeasureId(u16::try_from(at).unwrap());
        rule.procedures.clear();
        rule.after.clear();
        rule.deadlines = vec![Deadline { unit: DeadlineUnit::WorkingHours, ..deadline(Some(2)) }];
    }
    let Planned { calendar, tasks, mut schedule } = plan(&pack, &screening(&[vec![0, 1]]), date(2026, 3, 2));
    // Monday at 15:30: half an hour of it is left on Tuesday.
    let start = Moment::of(date(2026, 3, 2).at(15, 30, 0, 0));
    let filing = |day| Filing { filed: Some(calendar.opening(day)), ..Filing::default() };
    let mut due = |filings: &[Filing]| {
        schedule.compute(&pack, &calendar, &tasks, outset(start, Outlook::Clearance, filings));
        let due = schedule.tasks.iter().map(|timing| timing.due.unwrap().civil().to_string()).collect::<Vec<_>>();
        (due, schedule.clearance().unwrap().civil().to_string())
    };
    let tuesday = "2026-03-03T08:30:00";
    assert_eq!(due(&[]), (vec![tuesday.to_owned(); 2], tuesday.to_owned()));
    let friday = "2026-02-27T10:00:00";
    assert_eq!(due(&[filing(date(2026, 2, 27))]), (vec![friday.to_owned(), tuesday.to_owned()], tuesday.to_owned()));
    let stands = Filing { stands: true, ..Filing::default() };
    schedule.compute(&pack, &calendar, &tasks, outset(start, Outlook::Clearance, &[stands]));
    assert_eq!((schedule.tasks[0].due, schedule.clearance()), (None, None));
    assert!(schedule.held_by_trader(&tasks) && schedule.tasks[1].due.is_some());
    assert_eq!(schedule.held_by(&tasks).count(), 0, "the other agency has a limit");
}

#[test]
fn where_tasks_do_not_lead_to_clearance_no_clock_starts_behind_it() {
    let mut pack = motcua::embedded::pack().clone();
    pack.rules[0].stage = Stage::AfterClearance;
    pack.rules[0].procedures.clear();
    pack.rules[0].deadlines = vec![deadline(Some(2))];
    let (day, lines) = (date(2026, 3, 2), screening(&[vec![0]]));
    let Planned { calendar, tasks, mut schedule } = plan(&pack, &lines, day);
    assert_eq!(schedule.clearance(), Some(calendar.opening(day)));
    assert_eq!(schedule.tasks[0].due.map(Moment::date), Some(date(2026, 3, 4)));
    schedule.compute(&pack, &calendar, &tasks, outset(calendar.opening(day), Outlook::Held, &[]));
    assert_eq!((schedule.clearance(), schedule.tasks[0].due), (None, None));
    assert_eq!(schedule.working_days_to_clearance(&calendar), None);
}

#[test]
fn the_limit_of_an_inspection_method_takes_the_place_of_the_rules() {
    let mut pack = motcua::embedded::pack().clone();
    let with_limit = |regime: &motcua::law::MethodRegime| {
        regime.states.iter().position(|s| s.method == InspectionMethod::Strict && s.deadline.is_some())
    };
    let regime = pack.methods.iter().position(|regime| with_limit(regime).is_some()).unwrap();
    let state = with_limit(&pack.methods[regime]).unwrap();
    pack.methods[regime].states[state].deadline = Some(deadline(Some(2)));
    pack.rules[0].stage = Stage::BeforeClearance;
    pack.rules[0].procedures.clear();
    pack.rules[0].deadlines = vec![deadline(Some(5))];
    let mut lines = screening(&[vec![0], vec![0]]);
    let strict = Method {
        regime: MethodRegimeId(u16::try_from(regime).unwrap()),
        standing: Standing { state: u8::try_from(state).unwrap(), by: None },
        method: InspectionMethod::Strict,
        drawn: None,
    };
    let due = |lines: &Screening| plan(&pack, lines, date(2026, 3, 2)).schedule.tasks[0].due.map(Moment::date);
    assert_eq!(due(&lines), Some(date(2026, 3, 9)));
    // One line under the method, the other not: the longer counts.
    lines.requirements[0].method = Some(strict);
    assert_eq!(due(&lines), Some(date(2026, 3, 9)));
    lines.requirements[1].method = Some(strict);
    assert_eq!(due(&lines), Some(date(2026, 3, 4)));
}
