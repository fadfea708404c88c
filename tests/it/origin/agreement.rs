//! The agreement's data: what loads, what does not and where it says so.

use std::path::Path;

use jiff::civil::date;
use motcua::law::{Agreement, CheckId, Day, LimitId, ThresholdId, load_agreement_dir, load_agreement_files};
use motcua::origin::{CertificateDates, clocks};
use motcua::trade::CountryCode;

use super::world::{base, world};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/asean")
}

fn files() -> Vec<(String, Vec<u8>)> {
    ["agreement.toml", "members.csv", "checks.toml", "discrepancies.toml"]
        .map(|path| (path.to_owned(), std::fs::read(folder().join(path)).unwrap()))
        .to_vec()
}

/// Loads the files with a text replaced in one of them.
fn with(path: &str, from: &str, to: &str) -> Result<Agreement, String> {
    let mut files = files();
    let file = files.iter_mut().find(|(name, _)| name == path).unwrap();
    let text = String::from_utf8(file.1.clone()).unwrap();
    assert!(text.contains(from), "`{from}` is not in {path}");
    file.1 = text.replacen(from, to, 1).into_bytes();
    load_agreement_files(files).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(path: &str, from: &str, to: &str, expected: &str) {
    let error = with(path, from, to).expect_err("it loads");
    assert!(error.contains(expected), "{error}");
    assert!(error.contains(path), "{error}");
}

#[test]
fn the_folder_and_the_program_say_the_same() {
    let loaded = load_agreement_dir(&folder()).unwrap();
    let own = motcua::embedded::agreement();
    assert_eq!(loaded.members, own.members);
    for id in LimitId::ALL {
        assert_eq!(loaded.limit(*id).to_string(), own.limit(*id).to_string());
    }
    for id in CheckId::ALL {
        assert_eq!(loaded.check(*id).en, own.check(*id).en);
        assert!(!own.check(*id).cites.is_empty());
    }
}

#[test]
fn the_numbers_are_those_of_the_procedure() {
    let agreement = motcua::embedded::agreement();
    let limits: Vec<String> = LimitId::ALL.iter().map(|id| agreement.limit(*id).to_string()).collect();
    let expected = [
        "3 days",
        "1 years",
        "1 years",
        "1 years",
        "12 months",
        "60 days",
        "90 days",
        "180 days",
        "6 months",
        "30 days",
        "60 days",
        "30 days",
        "180 days",
        "3 years",
    ];
    assert_eq!(limits, expected);
    let shares = [ThresholdId::ValueContentMin, ThresholdId::PartialMin, ThresholdId::PartialBelow];
    assert_eq!(shares.map(|id| agreement.threshold(id).percent.to_string()), ["40", "20", "40"]);
    assert_eq!(agreement.threshold(ThresholdId::DeMinimisMax).percent.to_string(), "10");
    assert_eq!(agreement.waiver.value_max.to_string(), "200");
    let country = |code: &str| CountryCode::parse(code).unwrap();
    let day = Day::of(date(2026, 5, 4));
    assert!(agreement.states_ask_value(country("ID"), country("VN"), day));
    assert!(agreement.states_ask_value(country("VN"), country("KH"), day));
    assert!(!agreement.states_ask_value(country("TH"), country("VN"), day));
    assert!(!agreement.states_ask_value(country("ID"), country("VN"), Day::of(date(2020, 9, 19))));
    assert!(!agreement.is_member(country("TH"), Day::of(date(2010, 5, 16))));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    refused("checks.toml", "id = \"form_other\"", "id = \"form_othr\"", "there is no check `form_othr`");
    refused("checks.toml", "id = \"form_other\"", "id = \"form_othr\"", "did you mean `form_other`?");
    refused("checks.toml", "id = \"form_other\"", "id = \"used_up\"", "`used_up` does not belong here");
    refused("checks.toml", "id = \"form_other\"", "id = \"expired\"", "`expired` is described already");
    refused("checks.toml", "id = \"form_other\"", "id = \"expired\"", "no `[[check]]` describes `form_other`");
    refused("checks.toml", "not on form {expected}", "not on form {wanted}", "`form_other` has no place `{wanted}`");
    refused("checks.toml", "effect = \"refuse\"", "effect = \"refused\"", "`effect` cannot be `refused`");
    refused("checks.toml", "en = \"It has no item.\"", "en = \"\"", "`en` is empty");
    refused("discrepancies.toml", "vi = \"Dòng hàng không ghi nước xuất xứ.\"\n", "", "`vi` is missing");
    refused("discrepancies.toml", "keywords_slight_percent = 20", "keywords_slight_percent = 60", "is above");
    refused("agreement.toml", "id = \"issue\"", "id = \"isue\"", "no `[[limit]]` has the id `issue`");
    refused("agreement.toml", "percent = \"40\"", "percent = \"140\"", "lies between 0 and 100");
    refused("agreement.toml", "percent = \"40\"", "percent = \"forty\"", "is a number from 0 on in quotes");
    refused("agreement.toml", "\"SP\", \"PC\"]", "\"SP\", \"PE\"]", "cannot be `PE`");
    refused("agreement.toml", "begins = [\"c/o\"", "begins = [\"C/O\"", "`C/O` is not folded");
    refused("agreement.toml", "name = \"exporter\"", "name = \"exportr\"", "did you mean `exporter`?");
    refused("members.csv", "\nBN,", "\nXXX,", "`XXX`: expected two capital letters");
    refused("members.csv", "\nKH,", "\nBN,", "`BN` is a member twice");
}

#[test]
fn all_defects_come_at_once() {
    let mut files = files();
    files.retain(|(path, _)| path != "members.csv");
    let text = String::from_utf8(files[0].1.clone()).unwrap();
    files[0].1 = text.replacen("form = \"D\"", "form = \"\"", 1).replacen("count = 3\n", "", 1).into_bytes();
    let error = load_agreement_files(files).unwrap_err();
    let messages: Vec<&str> = error.defects().iter().map(|defect| defect.message.as_str()).collect();
    assert_eq!(messages, ["`form` is empty", "`count` is missing", "`members.csv` is missing"]);
    assert_eq!((error.defects()[0].file.as_str(), error.defects()[0].line), ("agreement.toml", 5));
}

#[test]
fn clocks_run_from_what_happened() {
    let certificate = world(&base()).certificate;
    let dates = CertificateDates {
        received: Some(date(2026, 5, 5)),
        check_asked: Some(date(2026, 6, 1)),
        check_received: Some(date(2026, 6, 3)),
        check_answered: Some(date(2026, 9, 2)),
        ..CertificateDates::default()
    };
    let clocks = clocks(&certificate, &dates, motcua::embedded::agreement());
    let due: Vec<(&str, String)> = clocks.iter().map(|c| (c.limit.as_str(), c.due.to_string())).collect();
    let expected = [
        ("retroactive", "2027-05-02"),
        ("validity", "2027-05-04"),
        ("rejection_notice", "2026-07-04"),
        ("verification_reply", "2026-09-01"),
        ("verification_whole", "2026-11-28"),
        ("records", "2029-05-04"),
    ];
    assert_eq!(due, expected.map(|(limit, day)| (limit, day.to_owned())));
    assert!(clocks[3].is_overdue(date(2026, 9, 1)), "the answer came a day late");
    assert!(!clocks[4].is_overdue(date(2026, 11, 28)));
    assert!(clocks[4].is_overdue(date(2026, 11, 29)));
    assert_eq!(clocks[2].cites, "OCP rules 13 and 30(3)");
}
