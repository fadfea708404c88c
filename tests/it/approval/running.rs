//! What moves the clocks of a declaration's tasks: the time of registration, filing, pauses; and
//! what an answer says of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{line, wco};

/// A file that is gone when it is no longer used.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn file(name: &str, text: &str) -> File {
    let path = std::env::temp_dir().join(format!("motcua-running-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    File(path)
}

/// A fixture with its registration moved.
fn registered(name: &str, from: &str, to: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let (from, to) = (format!("<Date>{from}</Date>"), format!("<Date>{to}</Date>"));
    assert_eq!(text.matches(&from).count(), 1, "{name}");
    text.replace(&from, &to)
}

fn clear(message: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["clear", message.to_str().unwrap(), "--quiet", "--lang", "en"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn answer(name: &str, message: &str, arguments: &[&str]) -> Value {
    let message = file(name, message);
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let answers: Value = serde_json::from_str(&clear(&message.0, &arguments)).unwrap();
    answers[0].clone()
}

/// The due times of the tasks, to the minute.
fn due(answer: &Value) -> Vec<&str> {
    let tasks = answer["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["due"].as_str().map_or("none", |text| &text[..16])).collect()
}

const ADDITIVE: &str = "01-msg-additive-three-ministries.xml";
const APPLES: &str = "12-apples-plant-quarantine.xml";

#[test]
fn the_clock_starts_at_the_time_of_registration() {
    // Tuesday 12 May: three working days to Friday 15, whatever the time; the other is automatic.
    for (at, automatic) in [
        ("2026-05-12 15:30:00", "2026-05-12T15:30"),
        ("2026-05-12 05:59:59", "2026-05-12T05:59"),
        ("2026-05-12T20:15:00+07:00", "2026-05-12T20:15"),
        ("2026-05-12T03:00:00Z", "2026-05-12T10:00"),
        ("2026-05-12", "2026-05-12T08:00"),
        ("12052026", "2026-05-12T08:00"),
    ] {
        let message = registered(ADDITIVE, "2026-05-12 09:01:10", at);
        let answer = answer("time", &message, &[]);
        assert_eq!(due(&answer), ["2026-05-15T17:00", automatic], "{at}");
        assert_eq!(answer["clearance"]["earliest"], "2026-05-15T17:00:00+07:00", "{at}");
    }
}

#[test]
fn the_time_of_another_day_than_its_own_is_not_the_declarations() {
    let message = registered(ADDITIVE, "2026-05-12 09:01:10", "2026-05-12 15:30:00");
    let answer = answer("law-date", &message, &["--law-date", "2026-05-13"]);
    // Wednesday 13 May: to Monday 18; the clock starts with office hours.
    assert_eq!(due(&answer), ["2026-05-18T17:00", "2026-05-13T08:00"]);
}

#[test]
fn a_wco_message_states_the_time_in_its_formats() {
    let message = wco(&[line("29224220", "mì chính", "CN", "A11")]);
    for (format, text, automatic) in [
        ("102", "20261102", "2026-11-02T08:00"),
        ("203", "202611021530", "2026-11-02T15:30"),
        ("204", "20261102153010", "2026-11-02T15:30"),
        ("304", "20261102153010+07", "2026-11-02T15:30"),
        ("304", "20261102083010Z", "2026-11-02T15:30"),
        ("304", "20261101233010-02", "2026-11-02T08:30"),
    ] {
        let stated = format!("formatCode=\"{format}\">{text}<");
        let message = message.replace("formatCode=\"102\">20261102<", &stated);
        let answer = answer("wco", &message, &[]);
        assert_eq!(answer["date"], "2026-11-02", "{stated}");
        assert!(due(&answer).contains(&automatic), "{stated}: {:?}", due(&answer));
    }
    let twice = message.replace(
        "</AcceptanceDateTime>",
        "<DateTimeString formatCode=\"204\">20261102153010</DateTimeString></AcceptanceDateTime>",
    );
    let once = answer("wco-both", &twice, &[]);
    assert_eq!(once["errors"], json!([]), "a day, and the same with its time");
    assert!(due(&once).contains(&"2026-11-02T15:30"));
    let twice = twice.replace(">20261102<", ">20261102090000<").replace("\"102\"", "\"204\"");
    assert_eq!(answer("wco-twice", &twice, &[])["errors"][0]["code"], "FIELD_REPEATED", "two times");
}

#[test]
fn what_needs_nothing_is_cleared_at_its_registration() {
    let message =
        registered("78-clean-machinery-clears.xml", &date_of("78-clean-machinery-clears.xml"), "2026-10-06 16:45:59");
    let answer = answer("at-once", &message, &[]);
    assert_eq!((&answer["decision"], &answer["tasks"]), (&json!("clear"), &json!([])));
    assert_eq!(answer["clearance"]["earliest"], "2026-10-06T16:45:00+07:00");
}

/// When a fixture was registered.
fn date_of(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.split_once("<Date>").unwrap().1.split('<').next().unwrap().to_owned()
}

/// The apples, registered on Tuesday 19 May 2026 at 09:12, with evidence of three working days'
/// quarantine.
fn apples(name: &str, rows: &str, format: &str) -> String {
    let header = "id,kind,code,declaration,lines,outcome,filed,paused";
    let evidence = file(name, &format!("{header}\n{rows}\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations").join(APPLES);
    clear(&path, &["--evidence", evidence.0.to_str().unwrap(), "--format", format])
}

fn apples_answer(name: &str, rows: &str) -> Value {
    serde_json::from_str::<Value>(&apples(name, rows, "json")).unwrap()[0].clone()
}

#[test]
fn the_clock_of_a_filed_dossier_runs_from_its_filing_and_stands_in_pauses() {
    for (at, (row, expected)) in [
        // Wed 20, Thu 21, Fri 22 May.
        ("A,certificate,KDTV,107000000012,,pending,,", "2026-05-22T17:00"),
        // Filed on Thursday 14: Fri 15, Mon 18, Tue 19.
        ("A,certificate,KDTV,107000000012,,pending,2026-05-14,", "2026-05-19T17:00"),
        // Filed later than registered, on Monday 25: Tue 26 to Thu 28.
        ("A,certificate,KDTV,107000000012,,pending,2026-05-25,", "2026-05-28T17:00"),
        // A registration has its own day as well.
        ("A,registration,KDTV,107000000012,,pass,2026-05-14,", "2026-05-19T17:00"),
        // Friday and Monday do not count: Tue 19, Wed 20, Thu 21.
        ("A,certificate,KDTV,107000000012,,pending,2026-05-14,2026-05-15/2026-05-18", "2026-05-21T17:00"),
        // Nor does Wednesday 20: Tue 19, Thu 21, Fri 22.
        (
            "A,certificate,KDTV,107000000012,,pending,2026-05-14,2026-05-15/2026-05-18;2026-05-20/2026-05-20",
            "2026-05-22T17:00",
        ),
        // A pause counts from the declaration's day, too: Thu 21, Fri 22, Mon 25.
        ("A,certificate,KDTV,107000000012,,pending,,2026-05-20/2026-05-20", "2026-05-25T17:00"),
        // Of two records the earlier filing.
        (
            "A,certificate,KDTV,107000000012,,pending,2026-05-15,\nB,registration,KDTV,107000000012,,pass,2026-05-14,",
            "2026-05-19T17:00",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = apples_answer(&format!("filed-{at}"), row);
        assert_eq!(answer["lines"][0]["requirements"][0]["status"], "pending", "{row}");
        assert_eq!(due(&answer), [expected], "{row}");
        assert_eq!(answer["tasks"][0].get("paused"), None, "{row}");
    }
    // The agency's days were over before the declaration was registered.
    let early = apples_answer("early", "A,certificate,KDTV,107000000012,,pending,2026-05-04,");
    assert_eq!(due(&early), ["2026-05-07T17:00"]);
    assert_eq!(early["clearance"]["earliest"], "2026-05-19T09:12:00+07:00");
}

#[test]
fn while_the_clock_stands_the_trader_holds_the_goods() {
    let row = "A,certificate,KDTV,107000000012,,pending,2026-05-14,2026-05-15/";
    let answer = apples_answer("stands", row);
    let task = &answer["tasks"][0];
    assert_eq!((&task["due"], &task["paused"], &task["critical"]), (&Value::Null, &json!(true), &json!(true)));
    assert_eq!(task["limit"]["value"], 3);
    assert_eq!(answer["clearance"], json!({"earliest": null, "held_by": [], "path": ["t1"]}));
    let table = apples("stands-table", row, "table");
    assert!(table.contains("the clock stands: the trader was asked for more; limit: 1-3 working days"), "{table}");
    assert!(table.contains("Clearance: nobody can tell when; held by the trader\n"), "{table}");
}

#[test]
fn who_is_refused_is_held_by_nobody() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations/77-the-most-severe-line-decides.xml");
    let answers: Value = serde_json::from_str(&clear(&path, &["--format", "json"])).unwrap();
    let answer = &answers[0];
    assert_eq!(answer["decision"], "refuse");
    assert_eq!(answer["clearance"], json!({"earliest": null, "held_by": [], "path": []}));
    let task = &answer["tasks"][0];
    assert_eq!((&task["critical"], &task["slack_working_days"]), (&json!(false), &Value::Null));
    assert_eq!(due(answer), ["2026-10-06T17:00"], "the agency's limit is what it is");
    let table = clear(&path, &["--format", "table"]);
    assert!(table.contains("Clearance: none, it is refused\n") && !table.contains("held by"), "{table}");
}

#[test]
fn due_times_over_estimated_holidays_say_so() {
    // Three working days of quarantine.
    for (registered_on, expected, estimated) in [
        // Monday 28 December: Tue 29, Wed 30, Thu 31.
        ("2026-12-28", "2026-12-31T17:00", false),
        // Tuesday: Wed 30, Thu 31, New Year's Day off, Mon 4 January 2027, of an estimated list.
        ("2026-12-29", "2027-01-04T17:00", true),
        // The list ends with 2030.
        ("2031-03-03", "2031-03-06T17:00", true),
    ] {
        let message = registered(APPLES, "2026-05-19 09:12:10", registered_on);
        let given = answer("estimated", &message, &[]);
        assert_eq!(due(&given), [expected]);
        assert_eq!(given["tasks"][0].get("due_estimated"), estimated.then_some(&json!(true)), "{registered_on}");
        let message = file("estimated-table", &message);
        let table = clear(&message.0, &["--format", "table"]);
        assert_eq!(table.contains("(1-3 working days) (holidays estimated)"), estimated, "{table}");
    }
}
