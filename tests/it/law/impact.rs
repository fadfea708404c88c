//! What another pack does to declarations, counted by hand.

use jiff::civil::date;
use motcua::clearance::LawDay;
use motcua::clearance::batch::Message;
use motcua::generate::{Generator, Plan, Style};
use motcua::law::{CandidateId, Condition, Element, Interval, Pack, Presumed, RuleId};
use motcua::message::ReadOptions;
use motcua::report::impact::{Comparison, Count, Impact, ImpactReport, Shift, compare_parallel};
use motcua::screening::Screener;
use motcua::trade::HsCode;
use proptest::prelude::*;

use super::pack::TestPack;
use crate::support::{index, line, wco};

/// Compares messages under two packs, on so many threads, in batches of so many.
fn over(a: &Pack, b: &Pack, messages: &[String], threads: usize, batch: usize) -> ImpactReport {
    let screeners = [Screener::new(a), Screener::new(b)];
    let law_day = LawDay { received: date(2026, 11, 24), as_of: None, law_date: None };
    let comparison = Comparison::new([&screeners[0], &screeners[1]], law_day, 10);
    let names: Vec<String> = (1..=messages.len()).map(|at| format!("{at}.xml")).collect();
    let messages: Vec<Message<'_>> = names
        .iter()
        .zip(messages)
        .map(|(source, message)| Message { source, content: Ok(message.as_bytes()) })
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let mut impact = Impact::default();
    for batch in messages.chunks(batch) {
        for mut part in pool.install(|| compare_parallel(&comparison, &ReadOptions::default(), batch, 3)) {
            impact.absorb(&mut part, comparison.most());
        }
    }
    impact.report(comparison.checks())
}

/// A declaration of an importer.
fn by(importer: &str, codes: &[&str]) -> String {
    let lines: Vec<_> = codes.iter().map(|code| line(code, "", "CN", "A11")).collect();
    let party = format!("<GoodsShipment><Importer><Name>X</Name><ID>{importer}</ID></Importer>");
    wco(&lines).replace("<GoodsShipment>", &party)
}

/// Shellfish leave the list, the negative list is gone, the time limit is one day, and another
/// act asks for what `machines` asked for.
fn changed() -> TestPack {
    let whole = TestPack::whole();
    let machines = whole.text("inspections/bct/machines.toml").replace("id = \"machines\"", "id = \"machines-2\"");
    whole
        .with("lists/food.csv", "I,0307,,,t\n", "")
        .with("exclusions/negative.csv", "03061721,,t\n", "03079900,,t\n")
        .with("inspections/byt/food.toml", "value = \"3-5\"", "value = \"1\"")
        .without("inspections/bct/machines.toml")
        .file("inspections/bct/machines-2.toml", &machines)
}

fn declarations() -> Vec<String> {
    vec![
        // Loses its only check: 5 days to none.
        by("1", &["03079900"]),
        // Gains one: none to 1 day.
        by("2", &["03061721"]),
        // Loses one and keeps one: 5 days to 1.
        by("1", &["03069900", "03079900"]),
        // The same check by another act.
        wco(&[line("84798939", "", "CN", "A11")]),
        "no xml".to_owned(),
    ]
}

#[test]
fn lines_gain_and_lose_checks() {
    let (a, b) = (TestPack::whole().loaded().pack, changed().loaded().pack);
    let report = over(&a, &b, &declarations(), 1, 100);
    assert_eq!((report.declarations, report.rejected, report.lines), (4, 1, 5));
    let all = Shift {
        gained: Count { checks: 1, lines: 1, declarations: 1 },
        lost: Count { checks: 2, lines: 2, declarations: 2 },
        working_days_saved: 9,
        working_days_added: 1,
    };
    assert_eq!(report.all, all);
    assert_eq!(report.declarations_affected, 3);
    assert_eq!(report.lines_decided_otherwise, 3);
    let ministries: Vec<(&str, Shift)> = report.ministries.iter().map(|row| (row.name.as_str(), row.shift)).collect();
    assert_eq!(ministries, [("BYT", all)]);
    let measures: Vec<(&str, Shift)> = report.measures.iter().map(|row| (row.name.as_str(), row.shift)).collect();
    assert_eq!(measures, [("food_safety", all)]);
    let checks: Vec<(&str, &str, Shift)> =
        report.checks.iter().map(|row| (row.ministry.as_str(), row.stage, row.shift)).collect();
    assert_eq!(checks, [("BYT", "before_clearance", all)]);
    let days = &report.working_days;
    assert_eq!((days.a, days.b, days.saved, days.added, days.faster, days.slower), (10, 2, 9, 1, 2, 1));
    assert_eq!(days.mean_saved.map(|mean| mean.to_string()).as_deref(), Some("2.67"));
    let decisions: Vec<(&str, &str, u64)> =
        report.decisions.lines.iter().map(|row| (row.from, row.to, row.count)).collect();
    assert_eq!(decisions, [("clear", "hold", 1), ("hold", "clear", 2), ("hold", "hold", 2)]);
    let sizes: Vec<(&str, Option<u64>, [u64; 4])> = report
        .importer_sizes
        .iter()
        .map(|row| {
            let burden = row.burden;
            (
                row.size.as_str(),
                row.importers,
                [burden.declarations, burden.affected, burden.lines_losing, burden.working_days_saved],
            )
        })
        .collect();
    assert_eq!(
        sizes,
        [
            ("1", Some(1), [1, 1, 0, 0]),
            ("2-9", Some(1), [2, 2, 2, 9]),
            ("10-99", Some(0), [0, 0, 0, 0]),
            ("100+", Some(0), [0, 0, 0, 0]),
            ("unknown", None, [1, 0, 0, 0])
        ]
    );
    let most: Vec<(&str, u32, u32)> =
        report.most_affected.iter().map(|one| (one.source.as_str(), one.gained, one.lost)).collect();
    assert_eq!(most, [("1.xml", 0, 1), ("3.xml", 0, 1), ("2.xml", 1, 0)], "5, 4 and 1 days");
}

#[test]
fn the_other_way_round_everything_is_the_other_way_round() {
    let (a, b) = (TestPack::whole().loaded().pack, changed().loaded().pack);
    let (forth, back) = (over(&a, &b, &declarations(), 1, 100), over(&b, &a, &declarations(), 1, 100));
    assert_eq!((forth.all.gained, forth.all.lost), (back.all.lost, back.all.gained));
    assert_eq!(forth.all.working_days_saved, back.all.working_days_added);
    assert_eq!(forth.declarations_affected, back.declarations_affected);
}

#[test]
fn threads_and_batches_change_nothing() {
    let (a, b) = (TestPack::whole().loaded().pack, changed().loaded().pack);
    let messages: Vec<String> = declarations().into_iter().cycle().take(83).collect();
    let one = over(&a, &b, &messages, 1, 1000);
    assert_eq!(one.importer_sizes[2].burden.declarations, 34 + 17, "importer 1 has two of every five, importer 2 one");
    assert_eq!(one, over(&a, &b, &messages, 4, 7));
    assert_eq!(one, over(&a, &b, &messages, 3, 1));
    let mut backward = messages.clone();
    backward.reverse();
    let mut other = over(&a, &b, &backward, 2, 10);
    other.most_affected.clone_from(&one.most_affected);
    // Sources are numbered by their places, so those of the reversed run are others.
    assert_eq!(other.rejected_inputs.len(), one.rejected_inputs.len());
    other.rejected_inputs.clone_from(&one.rejected_inputs);
    assert_eq!(one, other);
}

/// Declarations as they come.
fn traffic(pack: &Pack, count: u64) -> Vec<String> {
    let generator = Generator::new(pack, Plan::before_edition(pack, 5, Style::National)).unwrap();
    (0..count).map(|at| String::from_utf8(generator.document(at)).unwrap()).collect()
}

#[test]
fn a_pack_changes_nothing_against_itself() {
    let pack = motcua::embedded::pack();
    let report = over(pack, pack, &traffic(pack, 400), 2, 100);
    assert_eq!((report.declarations, report.declarations_affected, report.lines_decided_otherwise), (400, 0, 0));
    assert_eq!(report.all, Shift::default());
    assert!(report.ministries.is_empty() && report.measures.is_empty() && report.most_affected.is_empty());
    assert!(report.working_days.a > 0 && report.working_days.a == report.working_days.b);
}

#[test]
fn a_shorter_list_only_takes_checks_away() {
    let pack = motcua::embedded::pack();
    let shorter = crate::support::with_elements(pack, |hs, elements| {
        if hs.chapter() == 3 {
            elements.clear();
        }
    });
    let report = over(pack, &shorter, &traffic(pack, 400), 2, 100);
    assert!(report.all.lost.lines > 20, "{:?}", report.all);
    assert_eq!(report.all.gained, Count::default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_a_rule_takes_no_check_away(template in 0usize..1000, conditional in any::<bool>(), first in 0u64..500) {
        let pack = motcua::embedded::pack();
        let mut grown = pack.clone();
        let mut rule = pack.rules[template % pack.rules.len()].clone();
        rule.id = "added".into();
        rule.in_force = vec![Interval::ALWAYS];
        grown.rules.push(rule);
        let mut candidate = pack.candidates[template % pack.candidates.len()].clone();
        candidate.rule = RuleId(u32::try_from(pack.rules.len()).unwrap());
        if !conditional {
            candidate.condition = Condition::Always;
        }
        grown.candidates.push(candidate);
        let added = CandidateId(u32::try_from(pack.candidates.len()).unwrap());
        let codes = pack.index.codes().map(|(code, set)| {
            let hs = HsCode::parse(&format!("{code:08}")).unwrap();
            let mut elements = pack.index.all(set).to_vec();
            elements.push(Element { candidate: added, exclusion: None, presumed: Presumed::Ask });
            (hs, pack.index.code(hs).map_or(0, |(_, editions)| editions), elements)
        }).collect();
        grown.index = index(&grown, codes);
        let generator = Generator::new(pack, Plan::before_edition(pack, 5, Style::Wco)).unwrap();
        let messages: Vec<String> =
            (first..first + 30).map(|at| String::from_utf8(generator.document(at)).unwrap()).collect();
        let report = over(pack, &grown, &messages, 1, 100);
        prop_assert_eq!(report.all.lost, Count::default());
        prop_assert_eq!(over(&grown, pack, &messages, 1, 100).all.gained, Count::default());
    }
}
