//! `--history` and `--evidence`: files of records, and what follows from them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

const RICE: &str = "50-rice-export-without-licence.xml";
const APPLES: &str = "12-apples-plant-quarantine.xml";

/// A file that is gone when it is no longer used.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn file(text: &str) -> File {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("motcua-records-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    File(path)
}

fn clear(fixture: &str, arguments: &[&str]) -> Output {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations").join(fixture);
    Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["clear", path.to_str().unwrap(), "--format", "json", "--quiet"])
        .args(arguments)
        .env_remove("MOTCUA_SAMPLE_KEY")
        .output()
        .unwrap()
}

fn answer(output: &Output) -> Value {
    let answers: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    answers[0].clone()
}

/// The answer about a fixture with evidence beside it.
fn with_evidence(fixture: &str, text: &str) -> Value {
    let evidence = file(text);
    let output = clear(fixture, &["--evidence", evidence.0.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    answer(&output)
}

fn requirement<'v>(answer: &'v Value, line: usize, rule: &str) -> &'v Value {
    let requirements = answer["lines"][line]["requirements"].as_array().unwrap();
    requirements.iter().find(|requirement| requirement["rule"] == rule).unwrap()
}

const PLANTS: &str = "mard-plant-quarantine-01-2024-m9";
const RICE_TRADE: &str = "moit-rice-export-08-2023-pl3";

#[test]
fn a_result_of_the_agency_meets_fails_or_leaves_pending() {
    for (outcome, kind, status, decision) in [
        ("pass", "certificate", "met", "clear"),
        ("pending", "certificate", "pending", "hold"),
        ("pass", "registration", "pending", "hold"),
        ("fail", "certificate", "failed", "refuse"),
    ] {
        let answer = with_evidence(
            APPLES,
            &format!("id,kind,code,declaration,outcome\nKD-1,{kind},KDTV,107000000012,{outcome}\n"),
        );
        let requirement = requirement(&answer, 0, PLANTS);
        assert_eq!(requirement["status"], status, "{outcome} {kind}");
        assert_eq!(answer["lines"][0]["decision"], decision, "{outcome} {kind}");
        assert_eq!(requirement["evidence"][0]["number"], "KD-1");
        assert_eq!(requirement["evidence"][0]["outcome"], outcome);
    }
}

#[test]
fn evidence_of_another_holder_day_line_code_or_origin_says_nothing() {
    let header = "id,kind,code,holder,declaration,lines,hs,origin,from,to\n";
    for (row, status) in [
        ("1,certificate,KDTV,0401345678,,,,,,", "met"),
        ("1,certificate,KDTV,0300000000,,,,,,", "required"),
        ("1,certificate,KDTV,,107000000012,1,,,,", "met"),
        ("1,certificate,KDTV,,107000000012,2,,,,", "required"),
        ("1,certificate,KDTV,,107000000099,,,,,", "required"),
        ("1,certificate,KDTV,0401345678,,,0808,,,", "met"),
        ("1,certificate,KDTV,0401345678,,,0809;0810,,,", "required"),
        ("1,certificate,KDTV,0401345678,,,,XX,,", "required"),
        ("1,certificate,KDTV,0401345678,,,,,2026-05-19,2026-05-19", "met"),
        ("1,certificate,KDTV,0401345678,,,,,2026-05-20,", "required"),
        ("1,certificate,KDTV,0401345678,,,,,,2026-05-18", "required"),
        ("1,certificate,KDDV,0401345678,,,,,,", "required"),
    ] {
        let answer = with_evidence(APPLES, &format!("{header}{row}\n"));
        assert_eq!(requirement(&answer, 0, PLANTS)["status"], status, "{row}");
    }
}

#[test]
fn what_satisfies_can_be_named_by_rule_measure_or_procedure() {
    for row in [
        "{\"id\":\"7\",\"kind\":\"certificate\",\"rule\":\"mard-plant-quarantine-01-2024-m9\",\"declaration\":\"107000000012\"}",
        "{\"id\":\"7\",\"kind\":\"certificate\",\"measure\":\"plant_quarantine\",\"declaration\":\"107000000012\"}",
        "{\"id\":7,\"kind\":\"certificate\",\"code\":\"BNNPTNT0300004\",\"declaration\":\"107000000012\",\"lines\":[1,2]}",
    ] {
        let answer = with_evidence(APPLES, row);
        assert_eq!(requirement(&answer, 0, PLANTS)["status"], "met", "{row}");
    }
}

#[test]
fn a_permit_covers_what_is_left_of_it_and_several_serve_together() {
    let header = "id,kind,code,holder,quantity,unit,used\n";
    for (rows, status, used) in [
        ("A,permit,DKKD,0312456780,500000,KGM,0\n", "met", vec!["A"]),
        ("A,permit,DKKD,0312456780,500000,KGM,1\n", "required", vec![]),
        ("A,permit,DKKD,0312456780,499999.9,KGM,\n", "required", vec![]),
        ("A,permit,DKKD,0312456780,300000,KGM,\nB,permit,DKKD,0312456780,250000,KGM,50000\n", "met", vec!["A", "B"]),
        ("A,permit,DKKD,0312456780,900000,KGM,500000\nB,permit,DKKD,0312456780,250000,KGM,\n", "met", vec!["A", "B"]),
        ("A,permit,DKKD,0312456780,300000,KGM,\nB,permit,DKKD,0312456780,250000,KGM,50001\n", "required", vec![]),
        ("A,permit,DKKD,0312456780,500,TNE,\n", "met", vec!["A"]),
        ("A,permit,DKKD,0312456780,499.999,TNE,\n", "required", vec![]),
        ("A,permit,DKKD,0312456780,300,TNE,\nB,permit,DKKD,0312456780,200000,KGM,\n", "met", vec!["A", "B"]),
        ("A,permit,DKKD,0312456780,500000,LTR,\n", "required", vec![]),
    ] {
        let answer = with_evidence(RICE, &format!("{header}{rows}"));
        let requirement = requirement(&answer, 0, RICE_TRADE);
        let found: Vec<&str> =
            requirement["evidence"].as_array().unwrap().iter().map(|e| e["number"].as_str().unwrap()).collect();
        assert_eq!((requirement["status"].as_str(), found), (Some(status), used), "{rows}");
    }
}

#[test]
fn the_permit_that_ends_first_is_drawn_on_first() {
    let answer = with_evidence(
        RICE,
        "id,kind,code,holder,to,quantity,unit\nA,permit,DKKD,0312456780,2026-12-31,900000,KGM\nB,permit,DKKD,0312456780,2026-06-30,900000,KGM\n",
    );
    assert_eq!(requirement(&answer, 0, RICE_TRADE)["evidence"][0]["number"], "B");
}

#[test]
fn records_that_contradict_themselves_are_told_and_left_out() {
    for (rows, why) in [
        (
            "id,kind,code,holder,quantity,unit,used\nA,permit,DKKD,0312456780,600000,KGM,600001\n",
            "more than its 600000",
        ),
        (
            "id,kind,code,declaration,outcome\nA,permit,DKKD,307000000050,pass\nB,permit,DKKD,307000000050,fail\n",
            "a pass and a failure",
        ),
        (
            "id,kind,code,declaration,outcome\nA,permit,DKKD,307000000050,pass\nA,permit,DKKD,307000000051,pass\n",
            "stands twice",
        ),
    ] {
        let evidence = file(rows);
        let output = clear(RICE, &["--evidence", evidence.0.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3), "{rows}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(":2: ") && told.contains(why), "{told}");
        let answer = answer(&output);
        assert_eq!(requirement(&answer, 0, RICE_TRADE)["status"], "required", "{rows}");
        let errors = answer["errors"].as_array().unwrap();
        assert!(errors.iter().any(|e| e["code"] == "RECORD_LEFT_OUT" && e["severity"] == "warning"), "{errors:?}");
    }
}

#[test]
fn a_second_inspection_takes_the_place_of_the_first() {
    let answer = with_evidence(
        APPLES,
        "id,kind,code,declaration,outcome,replaces\nA,certificate,KDTV,107000000012,fail,\nB,certificate,KDTV,107000000012,pass,A\n",
    );
    assert_eq!(requirement(&answer, 0, PLANTS)["status"], "met");
    let answer = with_evidence(
        APPLES,
        "id,kind,code,declaration,outcome\nA,certificate,KDTV,107000000012,pass\nA,certificate,KDTV,107000000012,pass\n",
    );
    assert_eq!(requirement(&answer, 0, PLANTS)["status"], "met", "the same twice is the same");
}

#[test]
fn a_record_that_cannot_be_read_is_told_with_line_and_field_and_costs_no_other() {
    let evidence = file(
        "id,kind,code,declaration,quantity\nA,certificate,KDTV,107000000012,\nB,paper,KDTV,107000000012,\nC,permit,KDTZ,107000000012,\nD,permit,GPXK,107000000012,many\nE,permit,GPXK\n,permit,GPXK,107000000012,\nF,permit,GPXK,,\nG,permit,,107000000012,\n",
    );
    let output = clear(APPLES, &["--evidence", evidence.0.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(requirement(&answer(&output), 0, PLANTS)["status"], "met", "the sound one counts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for wanted in [
        ":3: `kind`: `paper` is not known",
        ":4: `code`: `KDTZ` is not known",
        ":5: `quantity`: `many` is no number",
        ":6: the row has 3 fields, its header 5",
        ":7: `id`: is empty",
        ":8: `holder`: is empty",
        ":9: `code`: is empty",
    ] {
        assert!(told.contains(wanted), "{wanted} in {told}");
    }
}

#[test]
fn a_measure_that_is_not_known_is_told_with_those_that_are() {
    let history = file("importer,measure,event,date\n0312456780,food,pass,2026-03-01\n");
    let output = clear(APPLES, &["--history", history.0.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains(":2: `measure`: `food` is not known (one of: "), "{told}");
    assert!(told.contains("food_safety"), "{told}");
}

#[test]
fn a_file_that_is_not_there_or_has_another_header_stops_the_command() {
    let missing = clear(APPLES, &["--history", "/no/such/history.csv"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("--history /no/such/history.csv: "));
    let header = file("importer,measur,event,date\n");
    let wrong = clear(APPLES, &["--history", header.0.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("no column is named `measur`"), "{wrong:?}");
    let url = clear(APPLES, &["--evidence", "https://example.org/evidence"]);
    assert_eq!(url.status.code(), Some(2));
}

/// Biscuits of an importer with three passes: reduced inspection, of which customs draws a share.
#[test]
fn the_key_of_the_draw_comes_from_the_installation_and_its_absence_holds_the_line() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations");
    let xml = std::fs::read_to_string(folder.join("05-biscuits-after-the-suspension.xml")).unwrap();
    let stated = "<GovernmentAgencyGoodsItem><AdditionalInformation><StatementCode>product</StatementCode><StatementDescription>Bánh quy bơ</StatementDescription><StatementTypeCode>FCT</StatementTypeCode></AdditionalInformation>";
    let message = file(&xml.replacen("<GovernmentAgencyGoodsItem>", stated, 1));
    let history = file(
        "importer,measure,event,date,product\n0312456780,food_safety,pass,2025-09-01,bánh quy bơ\n0312456780,food_safety,pass,2025-10-01,BÁNH QUY BƠ\n0312456780,food_safety,pass,2025-11-03,bánh quy bơ\n",
    );
    let (message, history) = (message.0.to_str().unwrap(), history.0.to_str().unwrap());
    let run = |arguments: &[&str], key: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motcua"));
        command.args(["clear", message, "--format", "json", "--quiet", "--history", history]).args(arguments);
        command.env_remove("MOTCUA_SAMPLE_KEY").envs(key.map(|key| ("MOTCUA_SAMPLE_KEY", key))).output().unwrap()
    };
    let keyless = answer(&run(&[], None));
    let biscuits = requirement(&keyless, 0, "moit-food-safety-1182-2021-pl2");
    assert_eq!((&biscuits["method"], &biscuits["status"]), (&"reduced".into(), &"required".into()));
    assert_eq!(keyless["decision"], "hold");
    assert_eq!(keyless["errors"][0]["code"], "SAMPLE_KEY");
    assert_eq!(keyless["errors"][0]["goods_line"], 1);

    let secret = "the secret of this installation, 42";
    let key = file(&format!("{secret}\n"));
    let by_file = answer(&run(&["--sample-key", key.0.to_str().unwrap()], None));
    let by_variable = answer(&run(&[], Some(secret)));
    assert_eq!(by_file, by_variable);
    let biscuits = requirement(&by_file, 0, "moit-food-safety-1182-2021-pl2");
    let drawn = biscuits["drawn"].as_bool().unwrap();
    assert_eq!(biscuits["status"], if drawn { "required" } else { "waived" });
    assert_eq!(by_file["errors"], serde_json::json!([]));

    let short = run(&[], Some("too short"));
    assert_eq!(short.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&short.stderr).contains("MOTCUA_SAMPLE_KEY: the key of the draw has 9 bytes"));
}

#[test]
fn two_results_for_one_consignment_are_told_and_neither_counts() {
    let history = file(
        "importer,measure,event,date,consignment\n0312456780,food_safety,fail,2026-01-05,C-1\n0312456780,food_safety,pass,2026-01-06,C-1\n0312456780,food_safety,pass,soon,C-2\n",
    );
    let output = clear("05-biscuits-after-the-suspension.xml", &["--history", history.0.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for wanted in [":2: consignment `C-1`", ":3: consignment `C-1`", ":4: `date`: `soon` is no date"] {
        assert!(told.contains(wanted), "{wanted} in {told}");
    }
    let answer = answer(&output);
    assert_eq!(requirement(&answer, 0, "moit-food-safety-1182-2021-pl2")["method"], "ordinary");
    let left_out = answer["errors"].as_array().unwrap().iter().filter(|e| e["code"] == "RECORD_LEFT_OUT");
    assert_eq!(left_out.count(), 3, "the answer says what it did not use");
}

const BISCUITS: &str = "05-biscuits-after-the-suspension.xml";

/// What is told of a file of records, and the warnings of the answer.
fn told(fixture: &str, option: &str, text: &str) -> (String, Vec<String>, Value) {
    let records = file(text);
    let output = clear(fixture, &[option, records.0.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let answer = answer(&output);
    let warnings: Vec<String> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|error| error["code"] == "RECORD_LEFT_OUT")
        .map(|error| error["message"].as_str().unwrap().to_owned())
        .collect();
    let code = if told.is_empty() { 0 } else { 3 };
    assert_eq!(output.status.code(), Some(code), "{told}");
    (told, warnings, answer)
}

#[test]
fn an_answer_says_that_a_record_about_it_could_not_be_read() {
    for (fixture, option, text, warned) in [
        (BISCUITS, "--history", "importer,measure,event,date\n0312456780,food_safety,fail,5/1/2026\n", 1),
        (BISCUITS, "--history", "importer,measure,event,date\n0312456780,food_safety,failed,2026-01-05\n", 1),
        (BISCUITS, "--history", "importer,measure,event,date\n0312456780,food_safety,fail\n", 1),
        (BISCUITS, "--history", "importer,measure,event,date\n0312456781,food_safety,failed,2026-01-05\n", 0),
        (BISCUITS, "--history", "importer,measure,event,date\n,food_safety,fail,2026-01-05\n", 0),
        (BISCUITS, "--history", "{\"importer\":\"0312456780\",\"evnt\":\"fail\"}\n", 1),
        (APPLES, "--evidence", "id,kind,code,declaration,outcome\n1,certificate,KDTV,107000000012,failed\n", 1),
        (APPLES, "--evidence", "id,kind,code,holder,from\n1,certificate,KDTV,0401345678,soon\n", 1),
        (APPLES, "--evidence", "id,kind,code,declaration,outcome\n1,certificate,KDTV,107000000013,failed\n", 0),
    ] {
        let (told, warnings, _) = told(fixture, option, text);
        assert_eq!(warnings.len(), warned, "{text}: {told}");
        assert_eq!(told.matches("the record is left out").count(), 1, "once: {told}");
        assert!(warnings.iter().all(|warning| told.contains(warning)), "{told}");
    }
}

#[test]
fn of_many_unreadable_records_an_answer_tells_the_first() {
    let row = "0312456780,food_safety,failed,2026-01-05\n";
    let (_, warnings, _) = told(BISCUITS, "--history", &format!("importer,measure,event,date\n{}", row.repeat(100)));
    assert_eq!(warnings.len(), 20);
}

#[test]
fn a_registration_before_a_failure_is_no_contradiction() {
    let header = "id,kind,code,declaration,outcome\n";
    for (rows, status) in [
        ("A,registration,KDTV,107000000012,pass\nB,result,KDTV,107000000012,fail\n", "failed"),
        ("A,certificate,KDTV,107000000012,pending\nB,result,KDTV,107000000012,fail\n", "failed"),
        ("A,registration,DKKT,107000000012,pass\nB,certificate,KDTV,107000000012,fail\n", "failed"),
        ("A,registration,KDTV,107000000012,pass\nB,certificate,KDTV,107000000012,pass\n", "met"),
    ] {
        let (told, _, answer) = told(APPLES, "--evidence", &format!("{header}{rows}"));
        assert_eq!((told.as_str(), &requirement(&answer, 0, PLANTS)["status"]), ("", &status.into()), "{rows}");
    }
}

#[test]
fn a_pass_and_a_failure_contradict_where_they_overlap() {
    let header = "id,kind,code,rule,measure,declaration,lines,hs,outcome\n";
    let pass = |rest: &str| format!("P,certificate,{rest},pass\n");
    let fail = |rest: &str| format!("F,certificate,{rest},fail\n");
    for (one, other, contradict) in [
        ("KDTV,,,107000000012,1;2,", "KDTV,,,107000000012,1,", true),
        ("KDTV,,,107000000012,,", "KDTV,,,107000000012,1,", true),
        ("KDTV,,,107000000012,1,", "KDTV,,,107000000012,3;2,", false),
        ("KDTV,,,107000000012,,", ",moc,,107000000012,,", true),
        ("KDTV,,,107000000012,,", ",,plant_quarantine,107000000012,,", true),
        ("BNNPTNT0300004,,,107000000012,,", "KDTV,,,107000000012,1,", true),
        ("MKT,,,107000000012,,", "KDTV,,,107000000012,1,", true),
        ("KDTV,,,107000000012,,0808", "KDTV,,,107000000012,,08", true),
        ("KDTV,,,107000000012,,0808", "KDTV,,,107000000012,,0809", false),
        ("KDTV,,,107000000012,,", "KDDV,,,107000000012,,", false),
        ("KDTV,,,107000000012,,", "KDTV,,,107000000013,,", false),
    ] {
        let [one, other] = [one, other].map(|row| row.replace("moc", PLANTS));
        for rows in [[pass(&one), fail(&other)], [fail(&one), pass(&other)]] {
            let (told, warnings, answer) = told(APPLES, "--evidence", &format!("{header}{}", rows.concat()));
            let expected = if contradict { 2 } else { 0 };
            assert_eq!(told.matches("a pass and a failure for one check").count(), expected, "{rows:?} {told}");
            assert_eq!(warnings.len(), expected, "{rows:?}");
            let status = &requirement(&answer, 0, PLANTS)["status"];
            assert_eq!(contradict, status == "required", "{rows:?} {status}");
        }
    }
}

#[test]
fn what_takes_the_place_of_another_names_one_that_is_there_and_not_itself() {
    let header = "id,kind,code,holder,declaration,outcome,replaces\n";
    for (rows, why, count, status) in [
        ("A,certificate,KDTV,,107000000012,pass,Z\n", "no record has that number", 1, "required"),
        ("A,certificate,KDTV,,107000000012,pass,A\n", "and in the end of itself", 1, "required"),
        (
            "A,certificate,KDTV,,107000000012,pass,B\nB,certificate,KDTV,,107000000012,fail,A\n",
            "and in the end of itself",
            2,
            "required",
        ),
        (
            "A,certificate,KDTV,,107000000012,fail,\nB,certificate,KDTV,,107000000013,pass,A\n",
            "of another holder or declaration",
            1,
            "failed",
        ),
        ("A,certificate,KDTV,,107000000012,fail,\nB,certificate,KDTV,,107000000012,pass,a\n", "no record", 1, "failed"),
        (
            "A,certificate,KDTV,,107000000012,fail,\nB,certificate,KDTV,,107000000012,fail,A\nC,certificate,KDTV,,107000000012,pass,B\n",
            "left out",
            0,
            "met",
        ),
    ] {
        let (told, _, answer) = told(APPLES, "--evidence", &format!("{header}{rows}"));
        assert_eq!((told.matches(why).count(), told.lines().count()), (count, count), "{rows} {told}");
        assert_eq!(requirement(&answer, 0, PLANTS)["status"], status, "{rows}");
    }
}

#[test]
fn a_row_of_the_history_that_is_there_twice_counts_once() {
    let header = "importer,measure,event,date,consignment\n";
    let row = |day: &str, consignment: &str| format!("0312456780,food_safety,pass,{day},{consignment}\n");
    let rows = |all: &[(&str, &str)]| all.iter().map(|(day, consignment)| row(day, consignment)).collect::<String>();
    for (rows, told_of) in [
        (rows(&[("2026-01-05", "C-1"), ("2026-01-05", "C-1")]), vec![]),
        (rows(&[("2026-01-05", ""), ("2026-01-05", ""), ("2026-01-05", "")]), vec![":3: the row repeats ", ":4: "]),
        (
            rows(&[("2026-01-05", "C-1"), ("2026-01-06", "C-1")]),
            vec![":2: consignment `C-1` of `0312456780` has more than one result", ":3: consignment `C-1`"],
        ),
        (rows(&[("2026-01-05", "C-1"), ("2026-01-05", "C-2"), ("2026-01-06", "")]), vec![]),
    ] {
        let (told, warnings, _) = told(BISCUITS, "--history", &format!("{header}{rows}"));
        assert_eq!((told.lines().count(), warnings.len()), (told_of.len(), told_of.len()), "{told}");
        assert!(told_of.iter().all(|wanted| told.contains(wanted)), "{told}");
    }
}

#[test]
fn copies_of_a_pass_reduce_nothing() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations");
    let xml = std::fs::read_to_string(folder.join(BISCUITS)).unwrap();
    let stated = "<GovernmentAgencyGoodsItem><AdditionalInformation><StatementCode>product</StatementCode><StatementDescription>x</StatementDescription><StatementTypeCode>FCT</StatementTypeCode></AdditionalInformation>";
    let message = file(&xml.replacen("<GovernmentAgencyGoodsItem>", stated, 1));
    for (days, method) in [(["01", "01", "01"], "ordinary"), (["01", "02", "03"], "reduced")] {
        let rows = days.map(|day| format!("0312456780,food_safety,pass,2025-10-{day},x\n")).concat();
        let history = file(&format!("importer,measure,event,date,product\n{rows}"));
        let answer = answer(&clear(message.0.to_str().unwrap(), &["--history", history.0.to_str().unwrap()]));
        assert_eq!(requirement(&answer, 0, "moit-food-safety-1182-2021-pl2")["method"], method);
    }
}

#[test]
fn a_quantity_has_a_unit_that_the_pack_knows() {
    for (row, why) in [
        ("A,permit,DKKD,0312456780,900000,", ":2: `unit`: is empty, and `quantity` is not"),
        ("A,permit,DKKD,0312456780,900000,KGN", ":2: `unit`: `KGN` is not known"),
    ] {
        let (told, warnings, answer) = told(RICE, "--evidence", &format!("id,kind,code,holder,quantity,unit\n{row}\n"));
        assert!(told.contains(why) && warnings.len() == 1, "{told}");
        assert_eq!(requirement(&answer, 0, RICE_TRADE)["status"], "required");
    }
}

#[test]
fn a_file_without_sense_is_a_wrong_use_that_names_it() {
    for (text, why) in [
        ("importer,measure,event,date,date\n", ":1: two columns are named `date`"),
        ("importer,\"measure,event\n", ":1: a quote (\") is opened and not closed"),
        ("", "the file is empty; a csv header (importer,measure,"),
        ("\u{feff}\n \n", "the file is empty"),
    ] {
        let history = file(text);
        let path = history.0.to_str().unwrap();
        let output = clear(APPLES, &["--history", path]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(path) && told.contains(why), "{told}");
    }
    let folder = std::env::temp_dir();
    for option in ["--history", "--evidence", "--sample-key"] {
        let output = clear(APPLES, &[option, folder.to_str().unwrap()]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("{option} {}: ", folder.display())), "{told}");
        assert!(told.contains("directory"), "{told}");
    }
}

#[test]
fn a_line_that_is_no_row_is_told_at_its_own_line_and_costs_no_other() {
    let header = "id,kind,code,declaration,outcome\n";
    let sound = "A,certificate,\"KDTV\",107000000012,\r\n";
    let long = "y".repeat(3 << 20);
    for (row, why) in [
        ("B,certificate,KDTV,107000000012,\"fail\n".to_owned(), "a quote (\") is opened and not closed on this line"),
        ("B,certificate,\"KD\"TV,107000000012,fail\n".to_owned(), "a quote (\") is closed before the end"),
        (format!("B,certificate,KDTV,107000000012,{long}\n"), "the line has more than 1048576 bytes"),
    ] {
        let (told, warnings, answer) = told(APPLES, "--evidence", &format!("{header}\n{row}{sound}"));
        assert!(told.contains(&format!(":3: {why}")) && told.len() < 2000, "{told:.2000}");
        assert_eq!((told.lines().count(), warnings.len()), (1, 1), "{told:.2000}");
        assert_eq!(requirement(&answer, 0, PLANTS)["status"], "met", "{why}");
    }
    let sound = "{\"id\":\"A\",\"kind\":\"certificate\",\"code\":\"KDTV\",\"declaration\":\"107000000012\"}\n";
    for (row, why, warned) in [
        ("[]", "no JSON object of one line: invalid type: sequence, expected an object", 0),
        ("{\"id\":\"B\",", "no JSON object of one line: EOF while parsing", 0),
        (
            "{\"declaration\":\"107000000012\",\"outcome\":\"fail\",\"outcome\":\"pass\"}",
            "two fields are named `outcome`",
            1,
        ),
        ("{\"declaration\":\"107000000012\",\"outcome\":true}", "`outcome` is no text, number or list", 1),
    ] {
        let (told, warnings, answer) = told(APPLES, "--evidence", &format!("{sound}\n{row}\n"));
        assert!(told.contains(&format!(":3: {why}")) && !told.contains("at line"), "{told}");
        assert!(!told.contains("column 0"), "{told}");
        assert_eq!(warnings.len(), warned, "{told}");
        assert_eq!(requirement(&answer, 0, PLANTS)["status"], "met", "{row}");
    }
}

/// The first day of 28/2026/TT-BCT; its article 5 keeps earlier dossiers under the old list.
#[test]
fn a_dossier_filed_before_the_new_list_keeps_the_old_one() {
    let fixture = "03-candy-first-day-of-28-2026.xml";
    let (old, new) = ("moit-food-safety-1182-2021-pl2", "moit-food-safety-28-2026");
    let rules = |answer: &Value| -> Vec<String> {
        let requirements = answer["lines"][0]["requirements"].as_array().unwrap();
        let rules = requirements.iter().map(|r| r["rule"].as_str().unwrap().to_owned());
        rules.filter(|rule| rule == old || rule == new).collect()
    };
    let number = answer(&clear(fixture, &[]))["declaration"].as_str().unwrap().to_owned();
    assert_eq!(rules(&answer(&clear(fixture, &[]))), [new]);
    for (filed, rule) in [("2026-07-16", old), ("2026-07-17", new)] {
        let answer = with_evidence(
            fixture,
            &format!("id,kind,measure,declaration,filed\nDK-1,registration,food_safety,{number},{filed}\n"),
        );
        assert_eq!(rules(&answer), [rule], "filed on {filed}");
        assert_eq!(requirement(&answer, 0, rule)["status"], "pending", "filed on {filed}");
    }
    let other = with_evidence(
        fixture,
        &format!("id,kind,measure,declaration,filed\nDK-1,registration,quality,{number},2026-07-16\n"),
    );
    assert_eq!(rules(&other), [new], "a dossier of another measure keeps nothing");
}
