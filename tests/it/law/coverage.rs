//! What a pack covers on a day, counted by hand.

use jiff::civil::date;
use motcua::law::Day;
use motcua::report::coverage::{Chapter, CoverageReport, Times, coverage};

use super::pack::TestPack;

const CASE: &str = r#"[[case]]
rule = "food"
expect = "positive"
title = "shells"
date = "2024-05-06"
direction = "import"
hs = "03079900"
regime = "A11"
origin = "CN"
facts = ["use=food"]
why = "15/2018/NĐ-CP art 14"
"#;

fn of(pack: &TestPack, year: i16) -> CoverageReport {
    let loaded = pack.loaded();
    coverage(&loaded.pack, &pack.lint(), &loaded.cases, Day::of(date(year, 6, 1)), true)
}

fn times(times: usize, codes: usize) -> Times {
    Times { times, codes }
}

#[test]
fn codes_are_counted_by_the_checks_that_meet_on_them() {
    let report = of(&TestPack::whole(), 2026);
    let [import, export] = report.directions.as_slice() else { panic!("{report:?}") };
    // Four of the five codes of `food` (a negative list takes the fifth), two of `machines`.
    assert_eq!((import.codes, import.without_rule), (7, 1));
    let ministries: Vec<(&str, usize, &[Times], &[Times])> =
        import.ministries.iter().map(|m| (m.ministry.as_str(), m.codes, &*m.checks, &*m.inspections)).collect();
    assert_eq!(
        ministries,
        [("BCT", 2, [times(1, 2)].as_slice(), [times(1, 2)].as_slice()), ("BYT", 4, &[times(1, 4)], &[times(1, 4)])]
    );
    assert_eq!(import.ministries_on_a_code, [times(1, 6)]);
    assert!(import.most.is_empty(), "no two checks meet");
    let chapter = Chapter { chapter: "03".into(), codes: 5, without_rule: 1, named: vec!["03061721".into()] };
    assert_eq!(import.chapters, [chapter]);
    assert_eq!((export.codes, export.without_rule, export.ministries.len()), (7, 7, 0));
    assert_eq!(of(&TestPack::whole(), 2018).directions[0].without_rule, 2, "machines begin in 2021");
}

#[test]
fn two_acts_that_ask_for_the_same_are_one_check() {
    let whole = TestPack::whole();
    let food = whole.text("inspections/byt/food.toml").replace("id = \"food\"", "id = \"food-2\"");
    let twice = whole.clone().file("inspections/byt/food-2.toml", &food);
    assert_eq!(of(&twice, 2026).directions[0].ministries[1].checks, [times(1, 4)]);
    let quality = food.replace("measure = \"food_safety\"", "measure = \"quality\"").replace("[\"gift\"]", "[]");
    let other = whole.clone().file("inspections/byt/food-2.toml", &quality);
    let report = of(&other, 2026);
    let health = &report.directions[0].ministries[1];
    assert_eq!((&*health.checks, &*health.inspections), ([times(2, 4)].as_slice(), [times(2, 4)].as_slice()));
    assert_eq!((health.most[0].hs.as_str(), health.most[0].checks), ("03061711", 2));
    assert_eq!(health.most[0].rules, ["food", "food-2"]);
    let industry = quality.replace("ministry = \"BYT\"", "ministry = \"BCT\"").replace("BYT-ATTP", "BCT-SCT");
    let industry = whole.file("inspections/bct/food-2.toml", &industry);
    let import = &of(&industry, 2026).directions[0];
    // The negative list of the one ministry takes nothing from the other.
    assert_eq!(import.ministries_on_a_code, [times(1, 3), times(2, 4)]);
    assert_eq!((import.without_rule, import.most[0].ministries.len()), (0, 2));
    let notice = quality.replace("before_clearance", "notice");
    let report = of(&other.file("inspections/byt/food-2.toml", &notice), 2026);
    assert_eq!(report.directions[0].ministries[1].checks, [times(1, 4)], "a notice asks for nothing");
}

#[test]
fn what_is_missing_is_named() {
    let pack = TestPack::whole()
        .with("lists/food.csv", "I,0307,,,t\n", "I,0307,,,t\nI,03089900,,,t\n")
        .with("inspections/bct/machines.toml", "exemptions = []", "exemptions = []\nusable = false")
        .with("inspections/byt/food.toml", "sourced = \"sourced\"", "sourced = \"partly\"")
        .with("inspections/byt/food.toml", "precision = \"day\"", "precision = \"unverified\"")
        .file("cases/byt.toml", CASE);
    let report = of(&pack, 2026);
    let goods = &report.goods_without_code;
    assert_eq!(goods.rules.iter().map(|rule| rule.rule.as_str()).collect::<Vec<_>>(), ["machines"]);
    assert_eq!((goods.entries.len(), goods.entries[0].file.as_str(), goods.entries[0].line), (1, "lists/food.csv", 6));
    assert_eq!((report.cases.rules, report.cases.with_positive, report.cases.with_negative), (2, 1, 0));
    assert!(report.cases.without_positive.is_empty(), "a rule without codes needs none");
    assert_eq!(report.cases.without_negative, ["food"]);
    let rules = report.evidence.rules;
    assert_eq!((rules.sourced, rules.partly, rules.general_knowledge), (0, 1, 0));
    assert_eq!((report.evidence.exemptions.sourced, report.evidence.ministries[0].ministry.as_str()), (1, "BYT"));
    assert_eq!((report.evidence.dates.by_year.len(), report.evidence.dates.unverified.len()), (0, 1));
}
