//! What lint suspects in a pack that loads.

use super::pack::{TestPack, place_of};

const FOOD: &str = "inspections/byt/food.toml";

/// Changes the pack and expects one kind of warning at `needle` of the changed file.
#[track_caller]
fn check(path: &str, from: &str, to: &str, needle: &str, code: &str) {
    let pack = TestPack::whole().with(path, from, to);
    let (line, column) = place_of(pack.text(path), needle);
    let report = pack.lint();
    assert_eq!(report.errors, []);
    let found = report
        .warnings
        .iter()
        .any(|defect| (defect.file.as_str(), defect.line, defect.column, &*defect.code) == (path, line, column, code));
    assert!(found, "expected {path}:{line}:{column} {code}, found {:#?}", report.warnings);
}

#[test]
fn a_date_known_by_its_year_counts_from_1_january() {
    let from = "from = \"2018-02-02\"\nto = \"2026-01-25\"\nprecision = \"day\"";
    let year = "from = \"2018-01-01\"\nto = \"2026-01-25\"\nprecision = \"year\"";
    check(FOOD, from, year, "[[in_force]]", "date_by_year");
    let loaded = TestPack::whole().with(FOOD, from, year).loaded();
    let food = loaded.pack.rules.iter().find(|rule| rule.id == "food").unwrap();
    assert_eq!(food.in_force[0].from.to_string(), "2018-01-01");
    let other_day = from.replace("\"day\"", "\"year\"");
    check(FOOD, from, &other_day, "[[in_force]]", "year_precision");
    check(FOOD, from, &from.replace("\"day\"", "\"unverified\""), "[[in_force]]", "date_unverified");
}

#[test]
fn rules_that_reach_nothing_or_nobody_read_are_named() {
    check(FOOD, "after = []", "usable = false", "id", "rule_without_goods");
    check(
        FOOD,
        "sourced = \"sourced\"",
        "sourced = \"general_knowledge\"",
        "\"general_knowledge\"",
        "general_knowledge",
    );
    check(FOOD, "after = []", "superseded_by = [\"machines\"]", "\"machines\"", "superseded_but_open");
}

#[test]
fn a_rule_that_ended_before_the_first_tariff_is_never_in_force() {
    let pack = TestPack::whole().with(FOOD, "to = \"2026-01-25\"", "to = \"2019-01-25\"").with(
        FOOD,
        "from = \"2026-02-04\"\nto = \"\"",
        "from = \"2020-02-04\"\nto = \"2021-01-01\"",
    );
    let codes: Vec<String> = pack.lint().warnings.iter().map(|d| d.code.to_string()).collect();
    assert!(codes.contains(&"never_in_force".to_owned()), "{codes:?}");
}

#[test]
fn conditions_that_say_nothing_are_named() {
    let condition = "{ fact = \"use\", in = [\"food\"] }";
    let never = "{ all = [{ fact = \"used\", is = \"true\" }, { fact = \"used\", is = \"false\" }] }";
    let always = "{ any = [{ fact = \"used\", is = \"true\" }, { fact = \"used\", is = \"false\" }] }";
    check(FOOD, condition, never, "[goods]", "never_true");
    check(FOOD, condition, always, "[goods]", "always_true");
    check(FOOD, condition, "{ regime = [\"B11\"] }", "[goods]", "never_true");
    let numbers = "{ all = [{ number = \"quantity\", gt = \"5\" }, { number = \"quantity\", lt = \"5\" }] }";
    check(FOOD, condition, numbers, "[goods]", "never_true");
}

#[test]
fn entries_that_reach_nothing_are_named() {
    check("lists/food.csv", "I,0306,", "I,0308,", "0308", "code_not_in_tariff");
    let all = "I,03061711,,a,t\nI,03061790,,b,t\nI,0307,,,t";
    check("lists/food.csv", "I,0307,,,t", all, "030617,", "dead_entry");
}

#[test]
fn a_negative_list_older_than_every_rule_takes_nothing_out() {
    check("exclusions.toml", "from = \"2019-03-29\"", "from = \"2017-03-29\"", "\"negative-2019\"", "unused_exclusion");
}

#[test]
fn codes_taken_out_on_every_day_of_the_tariff_are_dead() {
    let dead =
        |pack: &TestPack| pack.lint().warnings.iter().filter(|d| d.code == "dead_entry" && d.file == FOOD).count();
    assert_eq!(dead(&TestPack::whole()), 1);
    let later = TestPack::whole().with("exclusions.toml", "from = \"2019-03-29\"", "from = \"2024-03-29\"");
    assert_eq!(dead(&later), 0, "before that day the code counted");
}

#[test]
fn what_nothing_refers_to_is_named() {
    check("agencies.csv", "BCT-SCT,", "BCT-ATMT,BCT,a,a,,,,,t\nBCT-SCT,", "BCT-ATMT", "unused_agency");
    let report =
        TestPack::whole().with(FOOD, "[\"gift\"]", "[]").with(FOOD, "in = [\"food\"]", "in = [\"feed\"]").lint();
    let codes: Vec<&str> = report.warnings.iter().map(|defect| &*defect.code).collect();
    assert!(codes.contains(&"unused_exemption"), "{codes:?}");
    let fact = "[[fact]]\nkey = \"idle\"\nkind = \"bool\"\ntitle_vi = \"a\"\ntitle_en = \"a\"\nask_vi = \"a\"\nask_en = \"a\"\n\n";
    check("facts.toml", "[[fact]]", &format!("{fact}[[fact]]"), "\"idle\"", "unused_fact");
    let bare = TestPack::whole().with("pack.toml", "measure = \"food_safety\"", "measure = \"quality\"").lint();
    assert!(bare.warnings.iter().any(|d| d.code == "measure_without_coverage" && d.file == "measures.toml"));
}

#[test]
fn rules_of_one_ministry_and_measure_on_the_same_codes_are_named() {
    let second = TestPack::whole().text(FOOD).replace("id = \"food\"", "id = \"meal\"");
    let report = TestPack::whole().file("inspections/byt/meal.toml", &second).lint();
    let found: Vec<&str> =
        report.warnings.iter().filter(|d| d.code == "overlapping_rules").map(|d| &*d.message).collect();
    assert_eq!(found, ["rules `food` and `meal` of one ministry and measure meet on 5 codes from 2018-02-02"]);
}
