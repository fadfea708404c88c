//! Tasks, their graph, due times and the critical path: for a declaration of 50 lines and 8
//! agencies, and for one of 10,000 lines and 200 tasks; and what the plan adds to an ordinary one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a benchmark"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::date;
use motcua::approval::{Calendar, Outlook, Outset, Schedule, Tasks};
use motcua::law::{AgencyId, CandidateId, Day, Deadline, DeadlineUnit, Interval, Pack, Presumed, Rule, RuleId};
use motcua::screening::{LineScreening, Match, Requirement, Screening};
use motcua::trade::{Certainty, Stage, Status};

/// A pack of so many rules, each of its own agency, in the four stages and with orders within one.
fn pack(rules: usize) -> Pack {
    let mut pack = motcua::embedded::pack().clone();
    let (agency, measure, rule) = (pack.agencies[0].clone(), pack.measures[0].clone(), pack.rules[0].clone());
    pack.agencies = vec![agency; rules];
    pack.measures = vec![measure; rules];
    pack.rules = (0..rules).map(|at| drawn(at, rule.clone())).collect();
    pack
}

fn drawn(at: usize, mut rule: Rule) -> Rule {
    rule.agency = AgencyId(at as u16);
    rule.measure.0 = at as u16;
    rule.procedures.clear();
    rule.stage = match at % 8 {
        0 | 1 => Stage::PermitBeforeImport,
        7 => Stage::AfterClearance,
        _ => Stage::BeforeClearance,
    };
    rule.after.clear();
    if at % 8 > 2 && at % 8 < 7 {
        rule.after.push(motcua::law::MeasureId(at as u16 - 1));
    }
    rule.deadlines = vec![Deadline {
        text: String::new(),
        value: Some(1 + at as u32 * 7 % 30),
        unit: DeadlineUnit::WorkingDays,
        procedure: None,
        source: String::new(),
        valid: Interval::ALWAYS,
    }];
    rule
}

/// Lines under `each` rules.
fn screening(lines: usize, rules: usize, each: usize) -> Screening {
    let mut screening = Screening::default();
    for at in 0..lines {
        let from = screening.requirements.len() as u32;
        screening.requirements.extend((0..each).map(|step| Requirement {
            rule: RuleId(((at * 13 + step) % rules) as u32),
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
            number: at as u32 + 1,
            hs: None,
            matched: Match::Tariff,
            requirements: (from, screening.requirements.len() as u32),
            uncovered: None,
            lacks_general_code: false,
        });
    }
    screening
}

fn bench(c: &mut Criterion) {
    let day = date(2026, 8, 12);
    let mut group = c.benchmark_group("graph");
    for (name, lines, rules, each) in
        [("1-line-1-task", 1, 1, 1), ("50-lines-8-agencies", 50, 8, 4), ("10000-lines-200-tasks", 10_000, 200, 5)]
    {
        let (pack, screening) = (pack(rules), screening(lines, rules, each));
        let calendar = Calendar::new(&pack);
        let (mut tasks, mut schedule) = (Tasks::default(), Schedule::default());
        let outset = Outset { start: calendar.opening(day), outlook: Outlook::Clearance, filings: &[] };
        let mut run = || {
            tasks.plan(&pack, &screening, Day::of(day));
            schedule.compute(&pack, &calendar, &tasks, outset);
            let edges: usize = tasks.tasks.iter().map(|task| task.after.len()).sum();
            (tasks.tasks.len(), edges, schedule.path(&tasks).len(), schedule.held_by(&tasks).count())
        };
        let (tasks, edges, path, held_by) = run();
        eprintln!("{name}: {tasks} tasks, {edges} edges, {path} on the critical path, {held_by} agencies hold it");
        group.bench_function(name, |b| b.iter(&mut run));
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
