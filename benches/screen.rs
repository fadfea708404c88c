//! Lines screened in a second on one core, requirements built, descriptions searched: with the
//! full pack, and with the pack grown ten and a hundred times.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, clippy::cast_precision_loss, reason = "a benchmark")]

mod common;

use std::collections::BTreeSet;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::date;
use motcua::law::{
    CandidateId, Day, Element, HsIndex, Interval, MeasureId, Pack, Placement, RecordEvent, RuleDirection, RuleId,
};
use motcua::screening::{
    GoodsName, NoTrace, PastEvent, Question, RecordPlace, Records, SampleKey, Screener, Screening,
};
use motcua::trade::{CountryCode, Declaration, Direction, HsCode};

/// Where the added rules lie: on other codes, or on the same codes but out of date, for the
/// other direction or for another origin in turn.
#[derive(Clone, Copy)]
enum Growth {
    OtherCodes,
    SameCodes,
}

fn bench(c: &mut Criterion) {
    let pack = motcua::embedded::pack();
    let documents = common::national(2_000);
    let options = common::options();
    let mut declarations: Vec<_> =
        documents.iter().filter_map(|d| motcua::message::read(d, &options).ok()).map(|r| r.declaration).collect();
    declarations.retain(|d| d.direction == Some(Direction::Import) && d.items.iter().all(|item| item.origin.is_some()));
    mix(pack, &mut declarations);
    let mut group = c.benchmark_group("screen");
    let packs = [
        ("full", pack.clone()),
        ("other-codes-x10", grown(pack, 10, Growth::OtherCodes)),
        ("other-codes-x100", grown(pack, 100, Growth::OtherCodes)),
        ("same-codes-x10", grown(pack, 10, Growth::SameCodes)),
        ("same-codes-x100", grown(pack, 100, Growth::SameCodes)),
    ];
    for (name, pack) in &packs {
        let screener = Screener::new(pack);
        let questions: Vec<_> = declarations
            .iter()
            .filter_map(|declaration| {
                let direction = screener.direction(declaration)?;
                let day = Day::of(declaration.date.unwrap_or(date(2026, 11, 24)));
                Some(Question { declaration, day, direction, records: Records::none() })
            })
            .collect();
        let mut screening = Screening::default();
        let (mut lines, mut matched, mut requirements) = (0u64, 0u64, 0u64);
        for question in &questions {
            screener.screen(question, &mut screening, &mut NoTrace);
            lines += screening.lines.len() as u64;
            requirements += screening.requirements.len() as u64;
            matched += screening.lines.iter().filter(|l| l.requirements.0 != l.requirements.1).count() as u64;
        }
        eprintln!(
            "{name}: {} rules, {lines} lines, {:.0}% match a rule, {:.2} requirements a line",
            pack.rules.len(),
            100.0 * matched as f64 / lines as f64,
            requirements as f64 / lines as f64
        );
        group.throughput(Throughput::Elements(lines));
        group.bench_function(*name, |b| {
            b.iter(|| {
                let mut built = 0;
                for question in &questions {
                    screener.screen(question, &mut screening, &mut NoTrace);
                    built += screening.requirements.len();
                }
                built
            });
        });
    }
    with_records(&mut group, pack, &declarations);
    group.finish();
}

/// The same lines with a record of every importer: five results of food and quality each.
fn with_records(group: &mut BenchmarkGroup<'_, WallTime>, pack: &Pack, declarations: &[Declaration<'_>]) {
    let importers: BTreeSet<&str> = declarations.iter().filter_map(|d| d.importer.id.as_deref()).collect();
    let measures = ["food_safety", "quality"].map(|key| pack.measures.iter().position(|m| m.key == key).unwrap());
    let mut events = Vec::new();
    for importer in &importers {
        for (measure, month) in measures.iter().flat_map(|measure| (1i8..=5).map(move |month| (measure, month))) {
            events.push(PastEvent {
                place: RecordPlace { source: "bench".into(), line: 1 },
                importer: (*importer).to_owned(),
                measure: MeasureId(u16::try_from(*measure).unwrap()),
                event: if month == 2 { RecordEvent::Fail } else { RecordEvent::Pass },
                day: Day::of(date(2026, month, 5)),
                until: None,
                consignment: None,
                goods: GoodsName::default(),
            });
        }
    }
    let key = SampleKey::new(b"a key of thirty-two bytes, or so").unwrap();
    let records = Records::new(events, Vec::new(), Some(key));
    let screener = Screener::new(pack);
    let question = |declaration| {
        let direction = screener.direction(declaration)?;
        let day = Day::of(declaration.date.unwrap_or(date(2026, 11, 24)));
        Some(Question { declaration, day, direction, records: &records })
    };
    let questions: Vec<Question<'_, '_>> = declarations.iter().filter_map(question).collect();
    let lines: usize = questions.iter().map(|question| question.declaration.items.len()).sum();
    let mut screening = Screening::default();
    let mut by_record = 0;
    for question in &questions {
        screener.screen(question, &mut screening, &mut NoTrace);
        by_record +=
            screening.requirements.iter().filter(|r| r.method.is_some_and(|m| m.standing.by.is_some())).count();
    }
    eprintln!("full-with-records: {} importers, {by_record} methods chosen by a record", importers.len());
    assert!(by_record > 0, "the records reach some lines");
    group.throughput(Throughput::Elements(lines as u64));
    group.bench_function("full-with-records", |b| {
        b.iter(|| {
            let mut built = 0;
            for question in &questions {
                screener.screen(question, &mut screening, &mut NoTrace);
                built += screening.requirements.len();
            }
            built
        });
    });
}

/// Leaves out lines that no rule meets, until two thirds of the lines match one.
fn mix(pack: &Pack, declarations: &mut [Declaration<'_>]) {
    let screener = Screener::new(pack);
    let mut screening = Screening::default();
    let (mut matched, mut others) = (0u64, 0u64);
    for declaration in declarations {
        let Some(direction) = screener.direction(declaration) else { continue };
        let day = Day::of(declaration.date.unwrap_or(date(2026, 11, 24)));
        screener.screen(
            &Question { declaration, day, direction, records: Records::none() },
            &mut screening,
            &mut NoTrace,
        );
        let mut lines = screening.lines.iter();
        declaration.items.retain(|_| {
            let met = lines.next().is_some_and(|line| line.requirements.0 != line.requirements.1);
            if met {
                matched += 1;
            } else if 2 * (others + 1) <= matched {
                others += 1;
            } else {
                return false;
            }
            true
        });
    }
}

/// The pack with `factor` times its rules.
fn grown(pack: &Pack, factor: usize, growth: Growth) -> Pack {
    let mut grown = pack.clone();
    let own_rules = pack.rules.len();
    let candidates: Vec<_> = pack.candidates.clone();
    for copy in 1..factor {
        for (at, rule) in pack.rules.iter().enumerate() {
            let mut rule = rule.clone();
            rule.id = format!("{}-{copy}", rule.id);
            if let Growth::SameCodes = growth {
                match ((copy + at) % 3, rule.direction) {
                    // All lines are imports, and all state their origin.
                    (1, RuleDirection::Import | RuleDirection::Export) => rule.direction = RuleDirection::Export,
                    (2, _) => rule.origins = vec![CountryCode::parse("AQ").unwrap()],
                    _ => {
                        let year = u32::try_from(1900 + copy % 80).unwrap();
                        rule.in_force = vec![Interval { from: day(year), to: day(year + 1) }];
                    }
                }
            }
            grown.rules.push(rule);
        }
        for candidate in &candidates {
            let mut candidate = candidate.clone();
            candidate.rule = RuleId(candidate.rule.0 + u32::try_from(copy * own_rules).unwrap());
            grown.candidates.push(candidate);
        }
    }
    let own = candidates.len();
    let mut codes: Vec<(HsCode, u8, Vec<Element>)> = Vec::new();
    for (code, set) in pack.index.codes() {
        let hs = HsCode::parse(&format!("{code:08}")).unwrap();
        let editions = pack.index.code(hs).map_or(0, |(_, editions)| editions);
        let elements = pack.index.all(set);
        let copied = |copies: std::ops::Range<usize>| {
            copies
                .flat_map(|copy| {
                    elements.iter().map(move |element| Element {
                        candidate: CandidateId(element.candidate.0 + u32::try_from(copy * own).unwrap()),
                        ..*element
                    })
                })
                .collect::<Vec<_>>()
        };
        match growth {
            Growth::SameCodes => codes.push((hs, editions, copied(0..factor))),
            Growth::OtherCodes => {
                codes.push((hs, editions, elements.to_vec()));
                // The same number of entries on codes that no tariff has.
                if !elements.is_empty() {
                    for copy in 1..factor {
                        let other = code / 100 * 100 + 1 + u32::try_from(copy % 99).unwrap();
                        if let Ok(other) = HsCode::parse(&format!("{other:08}"))
                            && pack.index.code(other).is_none()
                        {
                            codes.push((other, 0, copied(copy..copy + 1)));
                        }
                    }
                }
            }
        }
    }
    codes.sort_by_key(|(hs, ..)| *hs);
    codes.dedup_by_key(|(hs, ..)| *hs);
    let rules = grown.rules.clone();
    let all_candidates = grown.candidates.clone();
    let place = |id: CandidateId| {
        let rule = &rules[all_candidates[id.index()].rule.index()];
        Placement { in_force: &rule.in_force, direction: rule.direction, origins: &rule.origins }
    };
    grown.index = HsIndex::build(codes, &place);
    grown
}

fn day(year: u32) -> Day {
    Day::of(jiff::civil::Date::new(i16::try_from(year).unwrap(), 1, 1).unwrap())
}

criterion_group!(benches, bench);
criterion_main!(benches);
