//! Arrows between modules point one way only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules, each with what it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("trade", &[]),
    ("message", &["trade"]),
    ("law", &["trade"]),
    ("screening", &["trade", "law"]),
    ("origin", &["trade", "law"]),
    ("records", &["trade", "law", "screening"]),
    ("approval", &["trade", "law", "screening"]),
    ("clearance", &["trade", "message", "law", "screening", "records", "approval", "ledger", "origin"]),
    ("ledger", &["trade"]),
    ("report", &["trade", "message", "law", "screening", "approval", "clearance"]),
    ("documents", &["trade"]),
    ("people", &[]),
    ("store", &["trade", "law", "records", "clearance", "ledger", "approval", "people", "origin"]),
    (
        "service",
        &[
            "trade",
            "message",
            "law",
            "screening",
            "records",
            "approval",
            "clearance",
            "ledger",
            "report",
            "documents",
            "people",
            "store",
            "origin",
            "embedded",
        ],
    ),
    (
        "server",
        &["trade", "message", "law", "screening", "approval", "clearance", "people", "store", "service", "exchange"],
    ),
    ("exchange", &["trade", "message", "clearance", "people", "store", "service"]),
    ("embedded", &["law"]),
    (
        "demo",
        &[
            "trade",
            "message",
            "law",
            "approval",
            "clearance",
            "people",
            "store",
            "service",
            "exchange",
            "server",
            "generate",
            "embedded",
        ],
    ),
    ("generate", &["trade", "law"]),
    (
        "cli",
        &[
            "trade",
            "message",
            "law",
            "screening",
            "records",
            "approval",
            "clearance",
            "report",
            "embedded",
            "generate",
            "documents",
            "people",
            "store",
            "service",
            "exchange",
            "server",
            "demo",
        ],
    ),
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        found.push(path.to_path_buf());
    }
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = vec![src.join(format!("{module}.rs"))];
    let folder = src.join(module);
    if folder.is_dir() {
        sources(&folder, &mut found);
    }
    found
}

#[test]
fn modules_use_only_what_stands_above_them() {
    for (module, allowed) in MAY_USE {
        for file in files_of(module) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for (at, _) in code.match_indices("crate::") {
                    let used: String =
                        code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let known = MAY_USE.iter().any(|(name, _)| *name == used);
                    assert!(
                        !known || used == *module || allowed.contains(&used.as_str()),
                        "{}:{}: `{module}` may not use `{used}`",
                        file.display(),
                        number + 1
                    );
                }
            }
        }
    }
}

#[test]
fn every_module_stands_in_the_table() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: BTreeSet<&str> = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    assert_eq!(declared, known);
}

/// One file asks the library that reckons signatures, so that one file has to be right about it.
#[test]
fn one_file_knows_the_library_of_signatures() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files.iter().filter(|file| !file.ends_with("message/signature/engine.rs")) {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("bergshamra::"), "{}", file.display());
    }
}

/// The law is data: no code of the tariff, ministry or act stands in the program. Comments and
/// tests may cite.
#[test]
fn no_law_in_the_code() {
    let pack = motcua::embedded::pack();
    let mut words: BTreeSet<&str> = BTreeSet::new();
    words.extend(pack.ministries.iter().map(|m| m.code.as_str()));
    words.extend(pack.agencies.iter().map(|a| a.code.as_str()).filter(|code| code.len() > 2));
    words.extend(pack.procedures.iter().map(|p| p.code.as_str()));
    words.extend(pack.rules.iter().map(|r| r.id.as_str()));
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let trimmed = line.trim_start();
            if trimmed.starts_with("//") || trimmed.starts_with('*') {
                continue;
            }
            for literal in line.split('"').skip(1).step_by(2) {
                assert!(!words.contains(literal), "{}:{}: `{literal}` belongs into rules/", file.display(), number + 1);
            }
        }
    }
}
