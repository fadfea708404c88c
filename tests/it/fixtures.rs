//! Declarations written for this project, each with the decision that a reading of the law gives
//! (`fixtures/declarations`). The expectations come from the law, not from the engine: where the
//! two part, the file says so under `defect`, and the test fails as soon as they agree again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where declarations with their expectations lie.
const FOLDERS: [&str; 2] = ["declarations", "due_times"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The files of the folders with this ending, by folder and name without it.
fn names(ending: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in FOLDERS {
        let files = fs::read_dir(folder().join(part)).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
        names.extend(files.map(|path| format!("{part}/{}", path.file_stem().unwrap().to_str().unwrap())));
    }
    names
}

fn expectation(name: &str) -> toml::Table {
    let path = folder().join(format!("{name}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the engine answers, with its trace.
fn answer(name: &str, as_of: &str) -> Value {
    let path = folder().join(format!("{name}.xml"));
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["clear", path.to_str().unwrap(), "--format", "json", "--explain", "--as-of", as_of, "--quiet"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.as_array().map(Vec::len), Some(1), "{name}: one declaration, one result");
    results[0].clone()
}

fn text<'t>(table: &'t toml::Table, key: &str) -> Option<&'t str> {
    table.get(key).map(|value| value.as_str().unwrap_or_else(|| panic!("`{key}` is no text")))
}

fn tables<'t>(table: &'t toml::Table, key: &str) -> Vec<&'t toml::Table> {
    let list = table.get(key).and_then(toml::Value::as_array);
    list.into_iter().flatten().map(|value| value.as_table().unwrap()).collect()
}

/// A mismatch in words.
fn part(out: &mut Vec<String>, what: &str, law: &str, engine: &str) {
    if law != engine {
        out.push(format!("{what}: the law says {law}, the engine says {engine}"));
    }
}

/// A requirement of an expectation on one line of text.
fn expected_requirement(table: &toml::Table) -> String {
    let presumed = match table.get("presumed") {
        None => "none".to_owned(),
        Some(toml::Value::Boolean(value)) => value.to_string(),
        Some(value) => value.as_str().unwrap().to_owned(),
    };
    format!(
        "{} {} {} presumed {presumed} exemption {}",
        text(table, "rule").unwrap(),
        text(table, "status").unwrap(),
        text(table, "certainty").unwrap(),
        text(table, "exemption").unwrap_or("none"),
    )
}

/// A requirement of an answer on one line of text.
fn given_requirement(value: &Value) -> String {
    let presumed = match &value["presumed"] {
        Value::Null => "none".to_owned(),
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    let exemption = match &value["exemption"] {
        Value::Null => "none",
        Value::String(key) => key,
        other => other["key"].as_str().unwrap(),
    };
    format!(
        "{} {} {} presumed {presumed} exemption {exemption}",
        value["rule"].as_str().unwrap(),
        value["status"].as_str().unwrap(),
        value["certainty"].as_str().unwrap(),
    )
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What the answer departs in from the expectation.
fn departures(expected: &toml::Table, given: &Value) -> Vec<String> {
    let mut out = Vec::new();
    if !given["error"].is_null() {
        return vec![format!("rejected: {}", given["errors"])];
    }
    let word = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    for key in ["format", "direction", "decision", "date", "date_source"] {
        part(&mut out, key, text(expected, key).unwrap_or("nothing"), &word(&given[key]));
    }
    let (channel, reason) = channel(expected);
    part(&mut out, "channel", channel, &word(&given["channel"]));
    part(&mut out, "channel_reason", reason, &word(&given["channel_reason"]));
    part(&mut out, "advisory", &expected["advisory"].as_bool().unwrap().to_string(), &given["advisory"].to_string());
    let codes = expected["errors"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    let found = array(&given["errors"]).iter().map(|error| word(&error["code"]));
    part(&mut out, "errors", &sorted(codes.collect()).join(", "), &sorted(found.collect()).join(", "));
    if expected.contains_key("tasks") {
        tasks(expected, given, &mut out);
    }
    if expected.contains_key("task") {
        due_times(expected, given, &mut out);
    }
    let lines = tables(expected, "line");
    part(&mut out, "lines", &lines.len().to_string(), &array(&given["lines"]).len().to_string());
    for (expected, given) in lines.into_iter().zip(array(&given["lines"])) {
        line(expected, given, &mut out);
    }
    out
}

/// The channel that follows from what an expectation says, where it does not say it itself: red
/// where something is refused or failed, yellow where something holds the goods, has to be settled
/// or is still wanted; nothing for advance information and for what is no declaration.
fn channel(expected: &toml::Table) -> (&str, &str) {
    if let Some(channel) = text(expected, "channel") {
        return (channel, text(expected, "channel_reason").unwrap_or("nothing"));
    }
    let is_application = text(expected, "format") == Some("vnsw-application");
    if is_application || expected["advisory"].as_bool() == Some(true) {
        return ("nothing", "nothing");
    }
    let lines = tables(expected, "line");
    let requirements = || lines.iter().flat_map(|line| tables(line, "requirements"));
    let has = |key: &str, word: &str| requirements().any(|of| of.get(key).and_then(toml::Value::as_str) == Some(word));
    match text(expected, "decision").unwrap() {
        "refuse" => ("red", "refused"),
        _ if has("status", "failed") => ("red", "requirement_failed"),
        _ if has("presumed", "ask") => ("yellow", "fact_asked"),
        "hold" => ("yellow", "held"),
        "storage" | "release" => ("yellow", "documents_wanted"),
        "clear" => ("green", "nothing"),
        other => panic!("{other}"),
    }
}

fn line(expected: &toml::Table, given: &Value, out: &mut Vec<String>) {
    let number = expected["number"].as_integer().unwrap().to_string();
    let word = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    part(out, "line number", &number, &given["line"].to_string());
    for key in ["hs", "match", "decision"] {
        part(out, &format!("line {number}, {key}"), text(expected, key).unwrap_or("nothing"), &word(&given[key]));
    }
    if let Some(reason) = text(expected, "reason")
        && !word(&given["reason"]).contains(reason)
    {
        out.push(format!("line {number}: the reason should name `{reason}`, it is: {}", word(&given["reason"])));
    }
    let requirements = tables(expected, "requirements");
    let law = sorted(requirements.iter().map(|table| expected_requirement(table)).collect());
    let engine = sorted(array(&given["requirements"]).iter().map(given_requirement).collect());
    for missing in law.iter().filter(|requirement| !engine.contains(requirement)) {
        out.push(format!("line {number}: the law requires, the engine does not: {missing}"));
    }
    for surplus in engine.iter().filter(|requirement| !law.contains(requirement)) {
        out.push(format!("line {number}: the engine requires, the law does not: {surplus}"));
    }
    part(out, &format!("line {number}, number of requirements"), &law.len().to_string(), &engine.len().to_string());
    for requirement in &requirements {
        cites(requirement, given, &number, out);
    }
    for dropped in tables(expected, "dropped") {
        let (rule, step) = (text(dropped, "rule").unwrap(), text(dropped, "step").unwrap());
        let shown = array(&given["dropped"]).iter().filter(|entry| entry["rule"] == rule);
        let steps: Vec<String> = shown.map(|entry| word(&entry["step"])).collect();
        if !steps.iter().any(|found| found == step) {
            out.push(format!(
                "line {number}: {rule} should be shown as dropped at `{step}`, it is at [{}]",
                steps.join(", ")
            ));
        }
    }
}

/// The acts that a requirement must cite and must not cite.
fn cites(requirement: &toml::Table, given: &Value, number: &str, out: &mut Vec<String>) {
    let rule = text(requirement, "rule").unwrap();
    let shown = array(&given["requirements"]).iter().filter(|entry| entry["rule"] == rule);
    let basis: Vec<&str> = shown.flat_map(|entry| array(&entry["legal_basis"])).filter_map(Value::as_str).collect();
    let cited = |act: &str| basis.iter().any(|basis| basis.contains(act));
    if let Some(act) = text(requirement, "cites")
        && !cited(act)
    {
        out.push(format!("line {number}: {rule} should cite {act}, it cites {}", basis.join("; ")));
    }
    if let Some(act) = text(requirement, "cites_not")
        && cited(act)
    {
        out.push(format!("line {number}: {rule} cites {act}, which was not in force"));
    }
}

/// Tasks by procedure, each with the procedures that come before it.
fn tasks(expected: &toml::Table, given: &Value, out: &mut Vec<String>) {
    let law = tables(expected, "tasks").into_iter().map(|task| {
        let after = task["after"].as_array().unwrap().iter().map(|before| before.as_str().unwrap().to_owned());
        format!("{} after [{}]", text(task, "procedure").unwrap(), sorted(after.collect()).join(", "))
    });
    let given = array(&given["tasks"]);
    let procedure = |id: &Value| {
        let task = given.iter().find(|task| task["id"] == *id);
        task.and_then(|task| task["procedure"].as_str()).unwrap_or("nothing").to_owned()
    };
    let engine = given.iter().map(|task| {
        let after = array(&task["after"]).iter().map(procedure);
        format!("{} after [{}]", procedure(&task["id"]), sorted(after.collect()).join(", "))
    });
    part(out, "tasks", &sorted(law.collect()).join("; "), &sorted(engine.collect()).join("; "));
}

/// Each task with its lines, what it waits for and its due time; and when the goods are cleared.
fn due_times(expected: &toml::Table, given: &Value, out: &mut Vec<String>) {
    let list = |items: Vec<String>| items.join(", ");
    let expected_list = |task: &toml::Table, key: &str| {
        let items = task[key].as_array().unwrap().iter();
        let number = |item: &toml::Value| item.as_integer().map(|number| number.to_string());
        list(items.filter_map(|item| item.as_str().map(str::to_owned).or_else(|| number(item))).collect())
    };
    let given_list = |value: &Value| {
        let items = array(value).iter();
        list(items.map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect())
    };
    let word = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let law = tables(expected, "task").into_iter().map(|task| {
        format!(
            "{} {} {} lines {} after [{}] due {} critical {}",
            text(task, "id").unwrap(),
            text(task, "agency").unwrap(),
            text(task, "procedure").unwrap_or("none"),
            expected_list(task, "lines"),
            expected_list(task, "after"),
            text(task, "due").unwrap_or("none"),
            task["critical"].as_bool().unwrap(),
        )
    });
    let engine = array(&given["tasks"]).iter().map(|task| {
        format!(
            "{} {} {} lines {} after [{}] due {} critical {}",
            word(&task["id"]),
            word(&task["agency"]),
            word(&task["procedure"]),
            given_list(&task["lines"]),
            given_list(&task["after"]),
            word(&task["due"]),
            task["critical"],
        )
    });
    part(out, "due times", &list(law.collect()), &list(engine.collect()));
    let earliest = text(expected, "earliest").map_or("none", |moment| if moment.is_empty() { "none" } else { moment });
    part(out, "clearance", earliest, &word(&given["clearance"]["earliest"]));
}

#[test]
fn every_declaration_is_decided_as_the_law_says() {
    let mut failures = Vec::new();
    for name in names("xml") {
        let expected = expectation(&name);
        let given = answer(&name, text(&expected, "as_of").unwrap_or("2026-11-24"));
        let departures = departures(&expected, &given);
        match text(&expected, "defect") {
            None if !departures.is_empty() => failures.push(format!(
                "{name}: {}\n  {}\n  law: {}\n  reviewed: {}",
                text(&expected, "title").unwrap(),
                departures.join("\n  "),
                text(&expected, "law").unwrap(),
                text(&expected, "reviewed").unwrap(),
            )),
            Some(defect) if departures.is_empty() => {
                failures.push(format!("{name}: the engine now agrees; take the line `defect` out ({defect})"));
            }
            _ => {}
        }
    }
    assert!(failures.is_empty(), "{} of the declarations:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn every_declaration_has_its_expectation() {
    let (messages, expectations) = (names("xml"), names("toml"));
    assert_eq!(messages, expectations);
    assert!(messages.len() >= 40, "{} declarations", messages.len());
    let timed = expectations.iter().filter(|name| expectation(name).contains_key("task")).count();
    assert!(timed >= 25, "{timed} declarations with due times");
    for name in expectations {
        let expected = expectation(&name);
        for key in ["title", "law", "reviewed"] {
            assert!(text(&expected, key).is_some_and(|words| words.len() > 10), "{name} says nothing under `{key}`");
        }
    }
}

#[test]
fn the_declarations_show_every_decision_status_and_certainty() {
    let mut seen = BTreeSet::new();
    for name in names("toml") {
        let expected = expectation(&name);
        for line in tables(&expected, "line") {
            seen.insert(text(line, "decision").unwrap().to_owned());
            seen.insert(text(line, "match").unwrap().to_owned());
            for requirement in tables(line, "requirements") {
                seen.insert(text(requirement, "status").unwrap().to_owned());
                seen.insert(text(requirement, "certainty").unwrap().to_owned());
            }
        }
    }
    // `failed` and `waived` need results and a record, which a message alone does not carry.
    for word in [
        "clear",
        "release",
        "storage",
        "hold",
        "refuse",
        "tariff",
        "heading",
        "unknown",
        "required",
        "pending",
        "met",
        "exempt",
        "certain",
        "conditional",
        "possible",
    ] {
        assert!(seen.contains(word), "no declaration shows `{word}`");
    }
}
