//! Cases of a pack: what is read, what is refused, and what comes of them.

use motcua::clearance::{CaseReport, test_cases};
use motcua::law::Expectation;

use super::pack::{TestPack, place_of};

const FILE: &str = "cases/byt.toml";

/// Shrimp for food meets the rule on food; a machine code is no food.
const CASES: &str = r#"[[case]]
rule = "food"
expect = "positive"
title = "shells"
date = "2024-05-06"
direction = "import"
hs = "03079900"
regime = "A11"
origin = "CN"
facts = ["use=food"]
certainty = "certain"
status = "required"
why = "15/2018/NĐ-CP art 14"

[[case]]
rule = "food"
expect = "negative"
title = "a gift of small value"
date = "2024-05-06"
direction = "import"
hs = "03079900"
regime = "G11"
description = "sò"
value = "1000000"
currency = "VND"
net_mass_kg = "2.5"
quantity = "3"
unit = "KGM"
importer = "0312345678"
exporter = "X"
facts = ["use=food"]
documents = ["KQKT:12/2024"]
exemption = "gift"
status = "exempt"
why = "15/2018/NĐ-CP art 13(2)"
"#;

fn pack() -> TestPack {
    TestPack::whole().file(FILE, CASES)
}

fn tested(pack: &TestPack) -> CaseReport {
    let loaded = pack.loaded();
    test_cases(&loaded.pack, &loaded.cases, &|_| true)
}

/// Changes the cases and expects that `food` fails at the expectation of its first or second case,
/// with these words in the message.
#[track_caller]
fn fails(from: &str, to: &str, second: bool, code: &str, words: &[&str]) {
    let pack = pack().with(FILE, from, to);
    let text = pack.text(FILE);
    let (line, column) = place_of(text, if second { "\"negative\"" } else { "\"positive\"" });
    let report = tested(&pack);
    let found: Vec<_> = report.errors.iter().filter(|defect| defect.file == FILE).collect();
    assert_eq!(found.len(), 1, "{:#?}", report.errors);
    assert_eq!((found[0].line, found[0].column, &*found[0].code), (line, column, code));
    for word in words {
        assert!(found[0].message.contains(word), "`{word}` in {}", found[0].message);
    }
    assert!(found[0].help.as_deref().is_some_and(|help| help.contains("15/2018/NĐ-CP art 1")), "{:?}", found[0].help);
    assert_eq!((report.cases, report.failed), (2, 1));
}

/// Changes the cases and expects that the pack does not load, for one reason at `needle`.
#[track_caller]
fn refused(from: &str, to: &str, needle: &str, code: &str) {
    let pack = pack().with(FILE, from, to);
    let (line, column) = place_of(pack.text(FILE), needle);
    let found: Vec<_> = pack.defects().into_iter().filter(|defect| defect.file == FILE).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].line, found[0].column, &*found[0].code), (line, column, code), "{found:#?}");
}

#[test]
fn cases_that_come_out_as_expected_leave_only_what_is_missing() {
    let report = tested(&pack());
    assert_eq!((report.rules, report.with_codes, report.with_positive, report.with_negative), (2, 2, 1, 1));
    assert_eq!((report.cases, report.failed), (2, 0));
    let missing: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
    assert_eq!(missing.len(), 2, "{missing:#?}");
    assert!(
        missing[0].starts_with(
            "inspections/bct/machines.toml:1:1: error[case_missing]: rule `machines` has no positive case\n"
        )
    );
    assert!(missing[1].contains("no negative case") && missing[1].contains("cases/bct.toml"), "{}", missing[1]);
}

#[test]
fn lint_counts_cases_and_warns_of_rules_without() {
    let report = pack().lint();
    assert_eq!((report.rules, report.with_positive, report.with_negative), (2, 1, 1));
    let missing: Vec<&str> =
        report.warnings.iter().filter(|d| d.code == "case_missing").map(|d| d.message.as_str()).collect();
    assert_eq!(missing, ["rule `machines` has no negative case", "rule `machines` has no positive case"]);
}

#[test]
fn a_case_that_comes_out_otherwise_says_what_came_out_and_why() {
    fails("2024-05-06", "2017-05-06", false, "case_failed", &["`food`, shells", "not in force on 2017-05-06"]);
    fails("\"import\"", "\"export\"", false, "case_question", &["`A11` is no regime of an export"]);
    let export = "direction = \"export\"\nhs = \"03079900\"\nregime = \"B11\"";
    let import = "direction = \"import\"\nhs = \"03079900\"\nregime = \"A11\"";
    fails(import, export, false, "case_failed", &["the rule is for the other direction"]);
    fails("03079900", "84798939", false, "case_failed", &["no entry of its list reaches `84798939`"]);
    fails("use=food", "use=feed", false, "case_failed", &["expected a requirement", "stated is feed, needed is food"]);
    fails("value = \"1000000\"", "value = \"1000001\"", true, "case_failed", &["expected nothing, but it is met"]);
    fails("\"certain\"", "\"conditional\"", false, "case_failed", &["certainty `conditional`, found `certain`"]);
    fails("\"required\"", "\"met\"", false, "case_failed", &["expected status `met`, found `required`"]);
    fails("\"exempt\"", "\"waived\"", true, "case_failed", &["status `waived`, found `exempt`", "gift"]);
    fails(
        "2024-05-06\"\ndirection = \"import\"\nhs = \"03079900\"\nregime = \"G11\"",
        "2017-05-06\"\ndirection = \"import\"\nhs = \"03079900\"\nregime = \"G11\"",
        true,
        "case_failed",
        &["exemption `gift`, but there is no requirement", "not in force"],
    );
    let presumed = "facts = [\"use=food\"]\ncertainty = \"certain\"";
    fails(presumed, "presumed = \"ask\"", false, "case_failed", &["presumed `ask`, found `true`"]);
}

#[test]
fn a_code_outside_the_tariff_proves_nothing() {
    fails(
        "hs = \"03079900\"\nregime = \"A11\"",
        "hs = \"03079901\"\nregime = \"A11\"",
        false,
        "case_question",
        &["03079901"],
    );
}

#[test]
fn what_a_case_names_must_be_there() {
    refused("\"food\"", "\"foot\"", "\"foot\"", "unknown_rule");
    refused("regime = \"A11\"", "regime = \"A99\"", "\"A99\"", "unknown_regime");
    refused("\"CN\"", "\"CM\"", "\"CM\"", "unknown_country");
    refused("\"VND\"", "\"VNX\"", "\"VNX\"", "unknown_currency");
    refused("\"KGM\"", "\"KGX\"", "\"KGX\"", "unknown_unit");
    refused("use=food", "ues=food", "\"ues=food\"", "unknown_fact");
    refused("use=food", "use=fooď", "\"use=fooď\"", "unknown_value");
    refused("use=food", "used=maybe", "\"used=maybe\"", "unknown_value");
    refused("use=food", "use@food=food", "\"use@food=food\"", "condition_form");
    refused("use=food", "goods_as_listed@foot=true", "\"goods_as_listed@foot=true\"", "unknown_rule");
    refused("KQKT:", "KQKX:", "\"KQKX:", "unknown_document");
    refused("\"gift\"", "\"gifts\"", "\"gifts\"", "unknown_exemption");
}

#[test]
fn how_a_case_is_written_is_held_to() {
    refused("\"positive\"", "\"yes\"", "\"yes\"", "unknown_word");
    refused("2024-05-06", "06/05/2024", "\"06/05/2024\"", "bad_date");
    refused("use=food", "use", "\"use\"", "bad_pair");
    refused("KQKT:12/2024", "KQKT", "\"KQKT\"", "bad_pair");
    refused("value = \"1000000\"", "value = \"-1\"", "\"-1\"", "bad_number");
    refused("value = \"1000000\"\n", "", "[[case]]\nrule = \"food\"\nexpect = \"negative\"", "missing_key");
    refused("why = \"15/2018/NĐ-CP art 14\"\n", "", "[[case]]", "missing_key");
    refused("title = \"shells\"", "titel = \"shells\"\ntitle = \"shells\"", "titel", "unknown_key");
    refused("[[case]]", "[[caes]]", "caes", "unknown_key");
}

#[test]
fn a_loaded_case_says_all_that_was_written() {
    let loaded = pack().loaded();
    let case = &loaded.cases[1];
    assert_eq!((case.expect, case.day.to_string().as_str()), (Expectation::Negative, "2024-05-06"));
    let declaration = case.query.declaration(loaded.pack.country, loaded.pack.currency);
    let item = &declaration.items[0];
    assert_eq!(declaration.importer.id.as_deref(), Some("0312345678"));
    assert_eq!(declaration.exporter.id.as_deref(), Some("X"));
    assert_eq!(item.quantity.unwrap().unit.unwrap().as_str(), "KGM");
    assert_eq!(item.net_mass.unwrap().amount.to_string(), "2.5");
    assert_eq!((item.documents[0].code.as_ref(), item.documents[0].number.as_ref()), ("KQKT", "12/2024"));
}
