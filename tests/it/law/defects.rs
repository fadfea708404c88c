//! Every class of defect, with the place where it is reported.

use motcua::trade::Severity;

use super::pack::{TestPack, place_of};

/// Breaks the pack at one place and expects one kind of error at `needle` of the broken file.
#[track_caller]
fn check(path: &str, from: &str, to: &str, needle: &str, code: &str) {
    let pack = TestPack::whole().with(path, from, to);
    let (line, column) = place_of(pack.text(path), needle);
    let defects = pack.defects();
    let found = defects.iter().any(|defect| {
        (defect.file.as_str(), defect.line, defect.column, &*defect.code, defect.severity)
            == (path, line, column, code, Severity::Error)
    });
    assert!(found, "expected {path}:{line}:{column} {code}, found {defects:#?}");
}

const FOOD: &str = "inspections/byt/food.toml";
const MACHINES: &str = "inspections/bct/machines.toml";
const LIST: &str = "lists/food.csv";

#[test]
fn a_whole_pack_has_none() {
    assert_eq!(TestPack::whole().loaded().warnings, []);
}

#[test]
fn broken_toml_is_placed() {
    check(FOOD, "note = \"\"", "note = \"", "\nexemptions", "toml_syntax");
}

#[test]
fn unknown_keys_are_placed_and_the_right_one_is_suggested() {
    check(FOOD, "stage = ", "stge = ", "stge", "unknown_key");
    check("pack.toml", "basis = \"t\"", "base = \"t\"", "base", "unknown_key");
    let defects = TestPack::whole().with(FOOD, "stage = ", "stge = ").defects();
    let unknown = defects.iter().find(|defect| defect.code == "unknown_key").unwrap();
    assert_eq!(unknown.help.as_deref(), Some("did you mean `stage`?"));
    assert!(defects.iter().any(|defect| defect.code == "missing_key"), "{defects:#?}");
}

#[test]
fn wrong_types_and_empty_values_are_placed() {
    check(FOOD, "after = []", "after = 1", "1\n\n[[in_force", "wrong_type");
    check(FOOD, "title_en = \"food\"", "title_en = 1", "1\nministry", "wrong_type");
    check(FOOD, "title_en = \"food\"", "title_en = \" \"", "\" \"", "empty_value");
    check("pack.toml", "code_digits = 8", "code_digits = \"8\"", "\"8\"", "wrong_type");
}

#[test]
fn csv_rows_with_other_fields_than_the_header_are_placed() {
    check(LIST, "I,0307,,,t", "I,0307,,,t,surplus", "surplus", "column_count");
    check(LIST, "I,0307,,,t", "I,0307,,last", "last", "column_count");
    check(LIST, "annex,hs,group", "annex,code,group", "code", "bad_header");
}

#[test]
fn a_quoted_field_does_not_shift_the_columns() {
    check(LIST, "I,0306,,tôm cua,t", "\"I,\n\",03x6,,tôm cua,t", "03x6", "bad_hs");
}

#[test]
fn bad_codes_are_placed() {
    check(LIST, "I,030617,", "I,03061,", "03061,", "bad_hs");
    check(LIST, "I,030617,", "I,0306.17,", "0306.17", "bad_hs");
    check("tariff/a.csv", "03069900,khác", "0306,khác", "0306,khác", "bad_hs");
    check(FOOD, "[\"A11\", \"G11\"]", "[\"a11\"]", "\"a11\"", "bad_code");
    check("countries.csv", "CN,CHN", "cn,CHN", "cn", "bad_code");
}

#[test]
fn bad_dates_and_intervals_are_placed() {
    check(FOOD, "2018-02-02", "02/02/2018", "\"02/02/2018\"", "bad_date");
    check(FOOD, "to = \"2026-01-25\"", "to = \"2017-01-25\"", "\"2017-01-25\"", "interval_backwards");
    check(
        FOOD,
        "from = \"2026-02-04\"",
        "from = \"2026-01-25\"",
        "[[in_force]]\nfrom = \"2026-01-25\"",
        "overlapping_intervals",
    );
    check(FOOD, "from = \"2018-02-02\"\n", "", "[[in_force]]", "missing_key");
}

#[test]
fn every_day_in_force_needs_a_basis() {
    let text = "text = \"15/2018/NĐ-CP art 14\"";
    check(FOOD, text, &format!("{text}\nto = \"2026-01-25\""), "[[in_force]]\nfrom = \"2026-02-04\"", "no_legal_basis");
    let two =
        format!("{text}\nto = \"2026-01-31\"\n\n[[legal_basis]]\ntext = \"46/2026/NĐ-CP\"\nfrom = \"2026-02-01\"");
    assert_eq!(TestPack::whole().with(FOOD, text, &two).loaded().warnings, [], "the days meet across a month's end");
}

#[test]
fn names_that_lead_nowhere_are_placed() {
    check(FOOD, "ministry = \"BYT\"", "ministry = \"BYTE\"", "\"BYTE\"", "unknown_ministry");
    check(FOOD, "BYT-ATTP", "BYT-ATP", "\"BYT-ATP\"", "unknown_agency");
    check(FOOD, "measure = \"food_safety\"", "measure = \"food\"", "\"food\"\nstage", "unknown_measure");
    check(FOOD, "after = []", "after = [\"qualty\"]", "\"qualty\"", "unknown_measure");
    check(FOOD, "[\"BYT0600002\"", "[\"BYT0600003\"", "\"BYT0600003\"", "unknown_procedure");
    check(FOOD, "fact = \"use\"", "fact = \"usd\"", "\"usd\"", "unknown_fact");
    check(FOOD, "in = [\"food\"]", "in = [\"foods\"]", "\"foods\"", "unknown_value");
    check(FOOD, "[\"gift\"]", "[\"gifts\"]", "\"gifts\"", "unknown_exemption");
    check(FOOD, "lists/food.csv", "lists/foods.csv", "\"lists/foods.csv\"", "unknown_file");
    check(FOOD, "annex = \"I\"", "annex = \"V\"", "\"V\"", "unknown_annex");
    check(FOOD, "\"KQKT\"", "\"KQ\"", "\"KQ\"", "unknown_document");
    check(FOOD, "[\"A11\", \"G11\"]", "[\"A12\"]", "\"A12\"", "unknown_regime");
    check(FOOD, "[\"CN\", \"TH\"]", "[\"CN\", \"US\"]", "\"US\"", "unknown_country");
    check(FOOD, "after = []", "superseded_by = [\"foot\"]", "\"foot\"", "unknown_rule");
    check(LIST, "030617,peeled", "030617,peled", "030617", "unknown_group");
    check("pack.toml", "tariff/a.csv", "tariff/b.csv", "\"tariff/b.csv\"", "unknown_file");
    check("exclusions.toml", "rules = []", "rules = [\"fod\"]", "\"fod\"", "unknown_rule");
    check("facts.toml", "value = \"!food\"", "value = \"!fod\"", "\"!fod\"", "unknown_value");
    check("documents.csv", "food_safety;quality", "food;quality", "food;quality", "unknown_measure");
    check("procedure_map.csv", "40,71,import,G11", "40,71,import,G12", "G12", "unknown_regime");
    check("pack.toml", "Asia/Ho_Chi_Minh", "Asia/Saigon2", "\"Asia/Saigon2\"", "unknown_time_zone");
}

#[test]
fn what_occurs_twice_is_placed_the_second_time() {
    check("ministries.csv", "BCT,Bộ", "BYT,Bộ Công", "BYT,Bộ Công", "duplicate_id");
    check("measures.toml", "key = \"quality\"", "key = \"food_safety\" ", "\"food_safety\" ", "duplicate_id");
    check("tariff/a.csv", "03061721,", "03061711,", "03061711,tôm thẻ", "duplicate_id");
    check("facts.toml", "\"feed\", \"seed\"", "\"feed\",  \"feed\"", "\"feed\"]", "duplicate_id");
    let second = TestPack::whole().text(FOOD).to_owned();
    let defects = TestPack::whole().file("inspections/byt/meal.toml", &second).defects();
    let codes: Vec<(&str, &str)> = defects.iter().map(|d| (d.file.as_str(), &*d.code)).collect();
    assert_eq!(codes, [("inspections/byt/meal.toml", "duplicate_id"), ("inspections/byt/meal.toml", "rule_file")]);
}

#[test]
fn a_rule_lies_where_its_id_and_ministry_say() {
    check(FOOD, "id = \"food\"", "id = \"meal\"", "\"meal\"", "rule_file");
    check(FOOD, "ministry = \"BYT\"", "ministry = \"BCT\"", "\"BCT\"", "rule_file");
}

#[test]
fn closed_sets_of_words_are_closed() {
    check(FOOD, "before_clearance", "before_clearence", "\"before_clearence\"", "unknown_word");
    check(FOOD, "direction = \"import\"", "direction = \"in\"", "\"in\"", "unknown_word");
    check(FOOD, "unit = \"working_days\"", "unit = \"weeks\"", "\"weeks\"", "unknown_word");
    check("documents.csv", "vnaccs,permit", "vnacs,permit", "vnacs", "unknown_word");
    let defects = TestPack::whole().with(FOOD, "before_clearance", "before_clearence").defects();
    assert_eq!(defects[0].help.as_deref(), Some("did you mean `before_clearance`?"));
}

#[test]
fn deadlines_are_numbers_ranges_or_automatic() {
    check(FOOD, "value = \"3-5\"", "value = \"5-3\"", "\"5-3\"", "bad_deadline");
    check(FOOD, "value = \"3-5\"", "value = \"soon\"", "\"soon\"", "bad_deadline");
}

#[test]
fn precision_condition_and_presumption_go_together() {
    check(MACHINES, "\"nominates\"", "\"code\"", "{ fact = \"goods_as_listed\" }", "code_with_condition");
    check(MACHINES, "\"nominates\"", "\"code\"", "\"false\"\ncondition", "code_with_presumption");
    check(MACHINES, "condition = { fact = \"goods_as_listed\" }\n", "", "[goods]", "nominates_without_condition");
    check(
        MACHINES,
        "presumed = \"false\"\ncondition",
        "presumed = \"\"\ncondition",
        "[goods]",
        "nominates_without_presumption",
    );
}

#[test]
fn conditions_have_one_test_of_the_right_form() {
    let condition = "{ fact = \"use\", in = [\"food\"] }";
    check(FOOD, condition, "{ fact = \"use\", is = \"food\" }", "\"use\"", "condition_form");
    check(FOOD, condition, "{ fact = \"used\" }", "\"used\"", "condition_form");
    check(FOOD, condition, "{ fact = \"used\", is = \"yes\" }", "\"yes\"", "unknown_value");
    check(FOOD, condition, "{ fact = \"used\", is = \"true\", hs = [\"03\"] }", "{ fact = \"used\"", "condition_form");
    check(FOOD, condition, "{ }", "{ }", "condition_form");
    check(FOOD, condition, "{ all = [] }", "{ all", "empty_value");
    check(FOOD, condition, "{ number = \"quantity\", le = \"5\", lt = \"5\" }", "{ number", "condition_form");
    check(FOOD, condition, "{ number = \"quantity\", le = \"a\" }", "\"a\"", "bad_number");
    check(FOOD, condition, "{ number = \"customs_value\", le = \"5\" }", "{ number", "missing_key");
    check(FOOD, condition, "{ same_party = [\"importer\"] }", "{ same_party", "unknown_word");
}

#[test]
fn phrases_that_contradict_each_other_are_placed() {
    check("facts.toml", "[\"đã qua sử dụng\"]", "[\"Hàng  mới 100%\"]", "\"Hàng  mới 100%\"", "phrase_contradiction");
}

#[test]
fn measures_cannot_wait_for_themselves() {
    check(FOOD, "after = []", "after = [\"food_safety\"]", "\"food_safety\"]\n\n[[in", "dependency_cycle");
}

/// The messages of the circles in a pack.
fn circles(pack: &TestPack) -> Vec<String> {
    let defects = pack.defects();
    defects.iter().filter(|d| d.code == "dependency_cycle").map(|d| d.message.clone()).collect()
}

#[test]
fn a_circle_is_printed_in_full() {
    let pack = TestPack::whole().with(FOOD, "after = []", "after = [\"quality\"]").with(
        MACHINES,
        "exemptions = []",
        "exemptions = []\nafter = [\"food_safety\"]",
    );
    assert_eq!(
        circles(&pack),
        [
            "`food_safety` comes before this measure and after it: quality → food_safety → quality",
            "`quality` comes before this measure and after it: food_safety → quality → food_safety",
        ]
    );
    let itself = TestPack::whole().with(FOOD, "after = []", "after = [\"food_safety\"]");
    assert_eq!(circles(&itself), ["`food_safety` comes before this measure and after it: food_safety → food_safety"]);
    let procedures = "procedures/all.toml";
    let certificate = "kind = \"certificate\"";
    let back = TestPack::whole().with(procedures, certificate, "kind = \"registration\"\nfollowed_by = \"BYT0600002\"");
    assert_eq!(
        circles(&back),
        [
            "procedure `BYT0600002` follows itself: BYT0600002 → BYT0600001 → BYT0600002",
            "procedure `BYT0600001` follows itself: BYT0600001 → BYT0600002 → BYT0600001",
        ]
    );
}

#[test]
fn limits_are_of_procedures_that_the_rule_names() {
    let limit = "unit = \"working_days\"";
    let of = |procedure: &str| format!("{limit}\nprocedure = \"{procedure}\"");
    let machines = format!("[[deadline]]\nvalue = \"3\"\n{}\n\n[goods]", of("BYT0600002"));
    check(MACHINES, "[goods]", &machines, "\"BYT0600002\"", "deadline_procedure");
    check(FOOD, limit, &of("BYT0600009"), "\"BYT0600009\"", "unknown_procedure");
    assert_eq!(TestPack::whole().with(FOOD, limit, &of("BYT0600002")).loaded().warnings, []);
    let twice = format!("{limit}\nsource = \"t\"\n\n[[deadline]]\nvalue = \"7\"\n{limit}");
    let warnings = TestPack::whole().with(FOOD, limit, &twice).loaded().warnings;
    assert_eq!(warnings.iter().map(|d| &*d.code).collect::<Vec<_>>(), ["deadline_overlap"]);
}

#[test]
fn a_calendar_has_days_worked_and_known_words() {
    let hours = "preferential_chapter = \"98\"";
    let calendar = |text: &str| format!("{hours}\ncalendar = {{ {text} }}");
    let days = "weekend = [\"friday\"], end_on_day_off = \"same_day\", basis = \"t\"";
    let loaded = TestPack::whole().with("pack.toml", hours, &calendar(days)).loaded();
    assert_eq!(loaded.pack.calendar.weekend, 16);
    assert_eq!(TestPack::whole().loaded().pack.calendar.weekend, 96);
    check("pack.toml", hours, &calendar("weekend = [\"fryday\"]"), "\"fryday\"", "unknown_word");
    check("pack.toml", hours, &calendar("end_on_day_off = \"never\""), "\"never\"", "unknown_word");
    let week = "\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"";
    let all = calendar(&format!("weekend = [{week}]"));
    check("pack.toml", hours, &all, "{ weekend", "no_working_day");
}

#[test]
fn there_are_at_most_64_regimes_and_256_values() {
    let regimes: String = (0..62).fold(String::new(), |rows, at| rows + &format!("X{at},a,a,import,c,0,0,t,t\n"));
    check("regimes.csv", "A11,", &format!("{regimes}A11,"), "G11", "limit_regimes");
    let values: String = (0..300).fold(String::new(), |all, at| all + &format!("\"v{at}\", "));
    check("facts.toml", "\"feed\", ", &format!("\"feed\", {values}"), "\"use\"", "limit_facts");
}

#[test]
fn a_missing_file_is_named_and_optional_ones_are_not() {
    let defects = TestPack::whole().without("regimes.csv").defects();
    assert!(defects.iter().any(|d| (d.file.as_str(), &*d.code) == ("regimes.csv", "missing_file")), "{defects:#?}");
    let nothing = TestPack::whole().without("exclusions.toml").without("exclusions/negative.csv");
    assert_eq!(nothing.loaded().warnings, []);
    let defects = TestPack::whole().without("pack.toml").defects();
    assert_eq!(defects.iter().map(|d| &*d.code).collect::<Vec<_>>(), ["missing_file"]);
}

#[test]
fn everything_wrong_is_said_at_once_and_in_order() {
    let defects = TestPack::whole()
        .with(FOOD, "BYT-ATTP", "BYT-X")
        .with(FOOD, "2018-02-02", "2018")
        .with(FOOD, "fact = \"use\"", "fact = \"us\"")
        .with(MACHINES, "id = \"machines\"", "idd = \"machines\"")
        .with(LIST, "I,030617,", "I,3,")
        .with("facts.toml", "kind = \"bool\"", "kind = \"boolean\"")
        .defects();
    let found: Vec<(&str, u32, &str)> = defects.iter().map(|d| (d.file.as_str(), d.line, &*d.code)).collect();
    assert!(found.is_sorted_by_key(|(file, line, _)| (*file, *line)), "{found:#?}");
    for wanted in [
        (MACHINES, 1, "unknown_key"),
        (FOOD, 5, "unknown_agency"),
        (FOOD, 16, "bad_date"),
        (FOOD, 33, "unknown_fact"),
        (LIST, 3, "bad_hs"),
        ("facts.toml", 3, "unknown_word"),
    ] {
        assert!(found.contains(&wanted), "{wanted:?} in {found:#?}");
    }
}
