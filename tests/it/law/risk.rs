//! `risk.toml`: what keeps a pack from loading, what lint suspects, what a profile says.

use motcua::law::{Condition, Failures};
use motcua::trade::{Channel, Severity};

use super::pack::{TestPack, place_of};

const PATH: &str = "risk.toml";

const PROFILES: &str = r#"note = "example"

[[profile]]
key = "failures"
title_vi = "a"
title_en = "b"
channel = "red"
failures = { count = 2, within_months = 12 }
share_percent = "2.5"

[[profile]]
key = "from-there"
title_vi = "a"
title_en = "b"
channel = "yellow"
condition = { all = [{ origin = ["CN"] }, { fact = "use", in = ["food"] }] }
"#;

fn whole() -> TestPack {
    TestPack::whole().file(PATH, PROFILES)
}

#[track_caller]
fn check(from: &str, to: &str, needle: &str, code: &str, severity: Severity) {
    let pack = whole().with(PATH, from, to);
    let (line, column) = place_of(pack.text(PATH), needle);
    let report = pack.lint();
    let found = report.errors.iter().chain(&report.warnings).any(|defect| {
        (defect.file.as_str(), defect.line, defect.column, &*defect.code, defect.severity)
            == (PATH, line, column, code, severity)
    });
    assert!(found, "expected {PATH}:{line}:{column} {code}, found {report:#?}");
}

#[test]
fn profiles_are_compiled_in_the_order_of_the_file() {
    let pack = whole().loaded().pack;
    assert_eq!(whole().lint().warnings, TestPack::whole().lint().warnings, "nothing is wrong with them");
    let [failures, there] = pack.risk.as_slice() else { panic!("{:?}", pack.risk) };
    assert_eq!((failures.key.as_str(), failures.channel), ("failures", Channel::Red));
    assert_eq!(failures.failures, Some(Failures { count: 2, within_months: 12 }));
    assert_eq!(failures.share.unwrap().to_string(), "0.025");
    assert_eq!(failures.condition, Condition::Always);
    assert_eq!((there.channel, there.failures, there.share), (Channel::Yellow, None, None));
    assert!(TestPack::whole().loaded().pack.risk.is_empty(), "a pack may have none");
}

#[test]
fn what_is_wrong_in_a_profile_is_placed() {
    let error = |from: &str, to: &str, needle: &str, code: &str| check(from, to, needle, code, Severity::Error);
    error("channel = \"red\"", "channel = \"green\"", "\"green\"", "unknown_word");
    error(
        "key = \"from-there\"",
        "key = \"failures\"",
        "\"failures\"\ntitle_vi = \"a\"\ntitle_en = \"b\"\nchannel = \"yellow\"",
        "duplicate_id",
    );
    error("key = \"from-there\"", "key = \"held\"", "\"held\"", "risk_form");
    error("\"2.5\"", "\"0\"", "\"0\"", "bad_number");
    error("\"2.5\"", "\"100\"", "\"100\"", "bad_number");
    error("count = 2", "count = 0", "0, within", "bad_number");
    error("within_months = 12", "months = 12", "{ count", "missing_key");
    error("failures = { count = 2, within_months = 12 }\nshare_percent = \"2.5\"\n", "", "[[profile]]", "risk_form");
    error("fact = \"use\"", "fact = \"usage\"", "\"usage\"", "unknown_fact");
    error("{ fact = \"use\", in = [\"food\"] }", "{ fact = \"goods_as_listed\" }", "{ all", "risk_form");
    error("note = \"example\"", "nota = \"example\"", "nota", "unknown_key");
}

#[test]
fn profiles_that_cannot_fit_are_named() {
    let both = "{ all = [{ origin = [\"CN\"] }, { origin = [\"TH\"] }] }";
    let condition = "{ all = [{ origin = [\"CN\"] }, { fact = \"use\", in = [\"food\"] }] }";
    check(condition, both, "{ all", "never_true", Severity::Warning);
    let either = "{ any = [{ origin = [\"CN\"] }, { not = { origin = [\"CN\"] } }] }";
    check(condition, either, "{ any", "always_true", Severity::Warning);
}

#[test]
fn the_example_of_the_built_in_pack_says_that_it_is_one() {
    let text = include_str!("../../../rules/vn/risk.toml");
    assert!(text.starts_with("# Risk profiles: an example, ours"), "{text}");
    assert!(!motcua::embedded::pack().risk.is_empty());
}
