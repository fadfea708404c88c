//! `rules diff` and `rules coverage` from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{line, wco};

fn motcua(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motcua")).args(arguments).env("LANG", "C").env_remove("LC_ALL").output().unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/vn")
}

/// A folder of its own that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("motcua-diff-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn text(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The rules without the prawn of aquatic quarantine (01/2024, annex V), and declarations of it.
fn draft(folder: &Folder) -> (String, String) {
    let draft = folder.0.join("draft");
    copy(&rules(), &draft);
    let list = draft.join("lists/01-2024-tt-bnnptnt.csv");
    let text = fs::read_to_string(&list).unwrap();
    let shorter: Vec<&str> = text.lines().filter(|row| !row.contains(",03061721,")).collect();
    assert!(shorter.len() < text.lines().count());
    fs::write(&list, shorter.join("\n")).unwrap();
    let corpus = folder.0.join("corpus");
    fs::create_dir(&corpus).unwrap();
    fs::write(corpus.join("a.xml"), wco(&[line("03061721", "tôm", "IN", "A11")])).unwrap();
    fs::write(corpus.join("b.xml"), wco(&[line("84713020", "hàng mới 100%", "CN", "A11")])).unwrap();
    fs::write(corpus.join("c.xml"), "no xml").unwrap();
    (folder.text("draft"), folder.text("corpus"))
}

#[test]
fn the_built_in_pack_is_its_folder() {
    let folder = rules();
    let output = motcua(&["rules", "diff", "built-in", folder.to_str().unwrap(), "--format", "json"]);
    let report = json_of(&output);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!((&report["same"], &report["over"]), (&json!(true), &Value::Null));
    assert_eq!(report["a"]["digest"], report["b"]["digest"]);
    let table = motcua(&["rules", "diff", "built-in", "built-in", "--lang", "en"]);
    assert!(String::from_utf8(table.stdout).unwrap().contains("the packs say the same"));
}

#[test]
fn declarations_are_read_once_and_screened_under_both_packs() {
    let folder = Folder::new("over");
    let (draft, corpus) = draft(&folder);
    let rows = folder.text("lines.csv");
    let arguments = ["rules", "diff", "built-in", &draft, "--over", &corpus, "--format", "json", "--lines", &rows];
    let output = motcua(&arguments);
    assert_eq!(output.status.code(), Some(3), "one input was rejected");
    let report = json_of(&output);
    let quarantine = report["rules"]["changed"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["codes"]["lost"] == json!(["03061721"]) && rule["fields"] == json!([]));
    assert!(quarantine.is_some(), "{report}");
    let over = &report["over"];
    assert_eq!(
        (&over["declarations"], &over["rejected"], &over["lines"], &over["declarations_affected"]),
        (&json!(2), &json!(1), &json!(2), &json!(1))
    );
    let refused = &over["rejected_inputs"][0];
    assert_eq!((over["rejected_inputs"].as_array().map(Vec::len), refused["code"].is_string()), (Some(1), true));
    assert!(refused["source"].as_str().unwrap().starts_with(&corpus), "{refused}");
    assert_eq!(over["lost"], json!({ "checks": 1, "lines": 1, "declarations": 1 }));
    assert_eq!(over["gained"], json!({ "checks": 0, "lines": 0, "declarations": 0 }));
    assert_eq!(over["measures"][0]["name"], "aquatic_quarantine");
    assert_eq!(over["most_affected"][0]["source"], json!(format!("{corpus}/a.xml")));
    let rows = fs::read_to_string(&rows).unwrap();
    let mut sheet = csv::Reader::from_reader(rows.as_bytes());
    let records: Vec<csv::StringRecord> = sheet.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 1, "{rows}");
    assert_eq!((&records[0][3], &records[0][5], &records[0][7]), ("03061721", "aquatic_quarantine", "lost"));
    let table = motcua(&["rules", "diff", "built-in", &draft, "--over", &corpus, "--lang", "en"]);
    let table = String::from_utf8(table.stdout).unwrap();
    for wanted in
        ["- 1 HS: 03061721", "2 declarations, 2 lines: 1 declarations change · 1 rejected", "By importer size"]
    {
        assert!(table.contains(wanted), "{wanted} in {table}");
    }
    let other_day = motcua(&[
        "rules",
        "diff",
        "built-in",
        &draft,
        "--over",
        &corpus,
        "--law-date",
        "2023-06-01",
        "--format",
        "json",
    ]);
    assert_eq!(json_of(&other_day)["over"]["declarations_affected"], 0, "before 01/2024");
}

#[test]
fn what_cannot_be_done_is_said() {
    let missing = motcua(&["rules", "diff", "built-in", "/no/such/pack"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/no/such/pack"));
    let missing = motcua(&["rules", "diff", "built-in", "built-in", "--over", "/no/such/declarations"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/no/such/declarations"));
    assert_eq!(motcua(&["rules", "diff", "built-in"]).status.code(), Some(2));
    for option in ["--lines", "--history"] {
        assert_eq!(motcua(&["rules", "diff", "built-in", "built-in", option, "x.csv"]).status.code(), Some(2));
    }
}

#[test]
fn coverage_is_told_for_reading_and_for_programs() {
    let output = motcua(&["rules", "coverage", "--on", "2026-11-24", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let report = json_of(&output);
    assert_eq!(report["day"], "2026-11-24");
    let import = &report["directions"][0];
    let by_chapter: u64 =
        import["chapters"].as_array().unwrap().iter().map(|chapter| chapter["without_rule"].as_u64().unwrap()).sum();
    assert_eq!(Some(by_chapter), import["without_rule"].as_u64());
    assert!(import["chapters"][0].get("named").is_none());
    let named = json_of(&motcua(&["rules", "coverage", "--on", "2026-11-24", "--format", "json", "--codes"]));
    let first = &named["directions"][0]["chapters"][0];
    assert_eq!(first["named"].as_array().map(|codes| codes.len() as u64), first["without_rule"].as_u64());
    let unusable = report["goods_without_code"]["rules"].as_array().unwrap().len();
    assert_eq!(unusable, motcua::embedded::pack().unused_rules.len());
    let folder = rules();
    let of_folder =
        motcua(&["rules", "coverage", "--on", "2026-11-24", "--format", "json", "--rules", folder.to_str().unwrap()]);
    assert_eq!(json_of(&of_folder), report);
    let table = motcua(&["rules", "coverage", "--on", "2026-11-24", "--lang", "en"]);
    assert!(String::from_utf8(table.stdout).unwrap().contains("listed goods without a code"));
}
