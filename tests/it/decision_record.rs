//! A decision as a value of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::date;
use motcua::clearance::explain::Lang;
use motcua::clearance::record::DecisionRecord;
use motcua::clearance::{AnswerWriter, Examiner, LawDay, Room};
use motcua::generate::{Generator, Plan, Style};
use motcua::message::{ReadOptions, Reading, read};
use motcua::screening::{NoTrace, Screener};
use serde_json::{Value, json};

fn fixtures() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn generated(count: u64) -> Vec<Vec<u8>> {
    let pack = motcua::embedded::pack();
    let generator = Generator::new(pack, Plan::before_edition(pack, 11, Style::National)).unwrap();
    (0..count).map(|at| generator.document(at)).collect()
}

/// The record of a reading, and the answer to it.
fn answered(examiner: &Examiner<'_>, writer: &AnswerWriter<'_>, reading: &Reading<'_>) -> (DecisionRecord, Value) {
    let mut room = Room::default();
    let examination = examiner.examine(reading, &mut room, &mut NoTrace);
    let mut answer = Vec::new();
    writer.write(&mut answer, "x", reading.bytes, &examination, None);
    (DecisionRecord::of(examiner, &examination), serde_json::from_slice(&answer).unwrap())
}

/// The record of a reading.
fn decide(examiner: &Examiner<'_>, reading: &Reading<'_>) -> DecisionRecord {
    DecisionRecord::of(examiner, &examiner.examine(reading, &mut Room::default(), &mut NoTrace))
}

fn examiner<'p>(screener: &'p Screener<'p>) -> Examiner<'p> {
    Examiner::new(screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None })
}

/// The value at a key of a record; what is absent there is what the answer writes out.
fn says<'v>(of: &'v Value, key: &str, absent: &'v Value) -> &'v Value {
    of.get(key).unwrap_or(absent)
}

fn same(record: &Value, answer: &Value, keys: &[(&str, Value)], what: &str) {
    for (key, absent) in keys {
        assert_eq!(says(record, key, absent), says(answer, key, absent), "{what}: `{key}`\n{record}\n{answer}");
    }
}

fn instant(text: &Value) -> Option<Timestamp> {
    text.as_str().map(|text| text.parse().unwrap())
}

#[test]
fn a_record_says_what_the_answer_says() {
    let screener = Screener::new(motcua::embedded::pack());
    let examiner = examiner(&screener);
    let writer = AnswerWriter::new(motcua::embedded::pack(), Lang::En);
    let (null, none, no) = (Value::Null, json!([]), json!(false));
    let mut requirements = 0;
    let mut tasks = 0;
    for bytes in fixtures().iter().chain(&generated(300)) {
        let reading = read(bytes, &ReadOptions::default()).unwrap();
        let (record, answer) = answered(&examiner, &writer, &reading);
        let record = serde_json::to_value(&record).unwrap();
        let head = [("date", &null), ("date_source", &null), ("direction", &null), ("advisory", &no)];
        let head = head
            .into_iter()
            .chain([("decision", &null), ("channel", &null), ("channel_reason", &null)])
            .map(|(key, absent)| (key, absent.clone()));
        same(&record, &answer, &head.collect::<Vec<_>>(), "declaration");
        assert_eq!(instant(says(&record, "earliest", &null)), instant(&answer["clearance"]["earliest"]));
        assert_eq!(says(&record, "held_by", &none), &answer["clearance"]["held_by"]);
        for part in ["edition", "digest"] {
            assert_eq!(record["pack"][part], answer["pack"][part]);
        }
        let positions = |ids: &Value| -> Vec<u64> {
            ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap()[1..].parse::<u64>().unwrap() - 1).collect()
        };
        assert_eq!(says(&record, "path", &none), &json!(positions(&answer["clearance"]["path"])));
        let lines = record["lines"].as_array().unwrap();
        assert_eq!(lines.len(), answer["lines"].as_array().unwrap().len());
        for (line, said) in lines.iter().zip(answer["lines"].as_array().unwrap()) {
            same(line, said, &[("line", null.clone()), ("hs", null.clone()), ("match", null.clone())], "line");
            assert_eq!(line["decision"], said["decision"]);
            assert_eq!(line.get("reason").is_some(), said.get("reason").is_some());
            let of_line = says(line, "requirements", &none).as_array().unwrap();
            assert_eq!(of_line.len(), said["requirements"].as_array().unwrap().len());
            for (requirement, said) in of_line.iter().zip(said["requirements"].as_array().unwrap()) {
                requirements += 1;
                let keys =
                    ["rule", "measure", "ministry", "agency", "stage", "status", "certainty", "presumed", "fact"];
                let keys = keys.into_iter().map(|key| (key, null.clone())).chain([
                    ("procedures", none.clone()),
                    ("legal_basis", none.clone()),
                    ("method", null.clone()),
                    ("evidence", none.clone()),
                ]);
                same(requirement, said, &keys.collect::<Vec<_>>(), "requirement");
                assert_eq!(says(requirement, "exemption", &null), says(&said["exemption"], "key", &null));
                let task = requirement.get("task").map(|at| json!(format!("t{}", at.as_u64().unwrap() + 1)));
                assert_eq!(task.unwrap_or(Value::Null), said["task"]);
            }
        }
        let of_record = says(&record, "tasks", &none).as_array().unwrap();
        assert_eq!(of_record.len(), answer["tasks"].as_array().unwrap().len());
        for (task, said) in of_record.iter().zip(answer["tasks"].as_array().unwrap()) {
            tasks += 1;
            let keys = ["id", "kind", "agency", "procedure", "measure", "stage", "lines", "slack_working_days"];
            let keys = keys.into_iter().map(|key| (key, null.clone())).chain([
                ("alternatives", none.clone()),
                ("due_estimated", no.clone()),
                ("paused", no.clone()),
                ("critical", no.clone()),
            ]);
            same(task, said, &keys.collect::<Vec<_>>(), "task");
            assert_eq!(says(task, "after", &none), &json!(positions(&said["after"])));
            let is_ready = answer["ready"].as_array().unwrap().contains(&said["id"]);
            assert_eq!(says(task, "ready", &no), &json!(is_ready));
            assert_eq!(instant(says(task, "due", &null)), instant(&said["due"]));
        }
    }
    assert!(requirements > 300 && tasks > 100, "{requirements} requirements, {tasks} tasks");
}

#[test]
fn a_record_read_back_is_the_same() {
    let screener = Screener::new(motcua::embedded::pack());
    let examiner = examiner(&screener);
    for bytes in fixtures().iter().chain(&generated(300)) {
        let reading = read(bytes, &ReadOptions::default()).unwrap();
        let record = decide(&examiner, &reading);
        let text = serde_json::to_string(&record).unwrap();
        let back: DecisionRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(back, record, "{text}");
    }
}

/// The keys of the tasks, each with its lines and the keys of the tasks before it.
fn keys(record: &DecisionRecord) -> BTreeMap<String, (Vec<u32>, Vec<String>)> {
    let of = |task: &motcua::clearance::record::TaskRecord| {
        let mut lines = task.lines.clone();
        lines.sort_unstable();
        let mut after: Vec<_> = task.after.iter().map(|at| record.tasks[usize::from(*at)].key.clone()).collect();
        after.sort();
        (task.key.clone(), (lines, after))
    };
    record.tasks.iter().map(of).collect()
}

#[test]
fn tasks_keep_their_keys_in_whatever_order_the_lines_come() {
    let screener = Screener::new(motcua::embedded::pack());
    let examiner = examiner(&screener);
    let mut several = 0;
    for bytes in fixtures().iter().chain(&generated(600)) {
        let mut reading = read(bytes, &ReadOptions::default()).unwrap();
        let record = decide(&examiner, &reading);
        let named = keys(&record);
        assert_eq!(named.len(), record.tasks.len(), "two tasks of one key: {:?}", record.tasks);
        several += usize::from(named.len() > 2);
        reading.declaration.items.reverse();
        let reversed = decide(&examiner, &reading);
        assert_eq!(keys(&reversed), named);
    }
    assert!(several > 30, "{several} declarations with more than two tasks");
}

#[test]
fn a_task_is_named_by_its_agency_and_procedure() {
    // Chicken: a registration and the certificate that follows it, by the same agency.
    let bytes =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations/10-chicken-two-tasks-in-order.xml"));
    let bytes = bytes.unwrap();
    let reading = read(&bytes, &ReadOptions::default()).unwrap();
    let screener = Screener::new(motcua::embedded::pack());
    let record = decide(&examiner(&screener), &reading);
    let keys: Vec<(&str, bool)> = record.tasks.iter().map(|task| (task.key.as_str(), task.ready)).collect();
    let agency = record.tasks[0].agency.as_deref().unwrap();
    let registration = format!("{agency}/BNNPTNT0600011/registration");
    let certificate = format!("{agency}/BNNPTNT0600012");
    assert_eq!(keys, [(registration.as_str(), true), (certificate.as_str(), false)]);
}
