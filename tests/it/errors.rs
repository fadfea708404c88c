//! Every finding code raised by a file (`fixtures/errors`), and the exit codes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use motcua::trade::FindingCode;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/errors")
}

fn clear(path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["clear", path.to_str().unwrap(), "--format", "json", "--as-of", "2026-11-24", "--lang", "en", "--quiet"])
        .output()
        .unwrap()
}

/// The entries of `expected.toml`.
fn expectations() -> Vec<toml::Table> {
    let text = fs::read_to_string(folder().join("expected.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table["file"].as_array().unwrap().iter().map(|file| file.as_table().unwrap().clone()).collect()
}

fn word<'t>(table: &'t toml::Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(toml::Value::as_str)
}

fn errors(file: &toml::Table) -> Vec<&toml::Table> {
    file["errors"].as_array().unwrap().iter().map(|error| error.as_table().unwrap()).collect()
}

/// An expected error on one line of text.
fn expected(error: &toml::Table) -> String {
    let number = |key: &str| {
        error.get(key).and_then(toml::Value::as_integer).map_or("null".to_owned(), |number| number.to_string())
    };
    format!(
        "{} {} at {}:{} in {} of line {}",
        word(error, "code").unwrap(),
        word(error, "severity").unwrap(),
        number("xml_line"),
        number("column"),
        word(error, "field").unwrap_or("null"),
        number("goods_line"),
    )
}

/// A given error on one line of text.
fn given(error: &Value) -> String {
    format!(
        "{} {} at {}:{} in {} of line {}",
        error["code"].as_str().unwrap(),
        error["severity"].as_str().unwrap(),
        error["xml_line"],
        error["column"],
        error["field"].as_str().unwrap_or("null"),
        error["goods_line"],
    )
}

/// What the answer to a file departs in from what was expected.
fn departures(file: &toml::Table, output: &Output) -> Vec<String> {
    let mut out = Vec::new();
    let rejected = file["rejected"].as_bool().unwrap();
    let code = if rejected { 3 } else { 0 };
    if output.status.code() != Some(code) {
        out.push(format!("exit code {:?}, {code} was expected", output.status.code()));
    }
    let results: Value = match serde_json::from_slice(&output.stdout) {
        Ok(results) => results,
        Err(error) => return vec![format!("no JSON: {error}: {}", String::from_utf8_lossy(&output.stderr))],
    };
    let results = results.as_array().unwrap();
    let result = match word(file, "member") {
        Some(member) => {
            results.iter().find(|result| result["source"].as_str().is_some_and(|source| source.ends_with(member)))
        }
        None => results.last(),
    };
    let Some(result) = result else { return vec!["no result".to_owned()] };
    if rejected == result["error"].is_null() {
        out.push(format!("rejected: {rejected} was expected"));
    }
    if rejected && result["error"] != result["errors"][0] {
        out.push("`error` is not the first of `errors`".to_owned());
    }
    if let Some(decision) = word(file, "decision")
        && result["decision"] != decision
    {
        out.push(format!("decision {}, {decision} was expected", result["decision"]));
    }
    let found = result["errors"].as_array().unwrap();
    let mut law: Vec<String> = errors(file).into_iter().map(expected).collect();
    let mut engine: Vec<String> = found.iter().map(given).collect();
    law.sort();
    engine.sort();
    out.extend(law.iter().filter(|error| !engine.contains(error)).map(|error| format!("expected: {error}")));
    out.extend(engine.iter().filter(|error| !law.contains(error)).map(|error| format!("given:    {error}")));
    if law.len() != engine.len() {
        out.push(format!("{} errors expected, {} given", law.len(), engine.len()));
    }
    for error in errors(file) {
        let Some(says) = word(error, "says") else { continue };
        let messages = found.iter().filter(|found| found["code"] == word(error, "code").unwrap());
        if !messages.clone().any(|found| found["message"].as_str().unwrap().contains(says)) {
            let messages: Vec<&str> = messages.map(|found| found["message"].as_str().unwrap()).collect();
            out.push(format!("the message should name `{says}`: {}", messages.join("; ")));
        }
    }
    for error in found {
        if error["message"].as_str().is_none_or(|message| message.trim().is_empty()) {
            out.push(format!("{} says nothing", error["code"]));
        }
    }
    out
}

#[test]
fn every_file_is_answered_with_its_errors() {
    let mut failures = Vec::new();
    for file in expectations() {
        let name = word(&file, "name").unwrap();
        let departures = departures(&file, &clear(&folder().join(name)));
        match word(&file, "defect") {
            None if !departures.is_empty() => {
                failures.push(format!("{name} ({}):\n  {}", word(&file, "note").unwrap(), departures.join("\n  ")));
            }
            Some(defect) if departures.is_empty() => {
                failures.push(format!("{name}: as expected now; take the line `defect` out ({defect})"));
            }
            _ => {}
        }
    }
    assert!(failures.is_empty(), "{} of the files:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn every_file_has_its_expectation() {
    let expected: BTreeSet<String> = expectations().iter().map(|file| word(file, "name").unwrap().to_owned()).collect();
    let found: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "expected.toml")
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_code_has_a_file() {
    let shown: BTreeSet<String> = expectations()
        .iter()
        .flat_map(|file| {
            errors(file).into_iter().map(|error| word(error, "code").unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    // What records raise has its tests in `records`: it needs a history or a permit beside the file.
    // What is asked of signatures is the service's: `server::signed`.
    let by_records = ["SAMPLE_KEY", "RECORD_LEFT_OUT", "SIGNATURE"];
    let all = FindingCode::ALL.iter().map(|code| code.as_str()).filter(|code| !by_records.contains(code));
    let missing: Vec<&str> = all.filter(|code| !shown.contains(*code)).collect();
    assert!(missing.is_empty(), "no file raises {}", missing.join(", "));
}

#[test]
fn a_damaged_archive_does_not_cost_its_sound_members() {
    let output = clear(&folder().join("ARCHIVE-damaged.zip"));
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    let first = &results[0];
    assert!(first["source"].as_str().unwrap().ends_with("ARCHIVE-damaged.zip!01-good.xml"), "{first}");
    assert_eq!(first["decision"], "clear", "{first}");
}

#[test]
fn exit_codes_tell_what_happened() {
    let run = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_motcua")).args(arguments).output().unwrap();
    let sound = folder().join("../declarations/78-clean-machinery-clears.xml");
    let refused = folder().join("../declarations/60-fireworks-prohibited.xml");
    let bad = folder().join("XML_NOT_XML-text.xml");
    let [sound, refused, bad] = [&sound, &refused, &bad].map(|path| path.to_str().unwrap());
    assert_eq!(run(&["clear", sound, "--quiet"]).status.code(), Some(0), "decided");
    assert_eq!(run(&["clear", refused, "--quiet"]).status.code(), Some(0), "a refusal is a decision too");
    assert_eq!(run(&["clear", "no/such/file.xml", "--quiet"]).status.code(), Some(1), "a missing path");
    assert_eq!(run(&["clear", "--no-such-option"]).status.code(), Some(2), "wrong usage");
    assert_eq!(run(&["clear", sound, "--as-of", "yesterday"]).status.code(), Some(2), "a day that is none");
    let mixed = run(&["clear", bad, sound, "--format", "json", "--quiet"]);
    assert_eq!(mixed.status.code(), Some(3), "one of two rejected");
    let results: Value = serde_json::from_slice(&mixed.stdout).unwrap();
    assert_eq!(results.as_array().map(Vec::len), Some(2), "the other is decided");
    assert_eq!(results[1]["decision"], "clear");
}
