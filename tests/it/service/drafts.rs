//! Drafts of the law: the pack of the folder with a rule more and a code less.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use motcua::law::{Loaded, load_dir};

use crate::store::servers::folder;

/// The prawn of aquatic quarantine (01/2024, annex V) is on it no more.
const PRAWN: &str = ",03061719,";

/// A check of umbrellas from 2026-07-21 on.
const RULE: &str = r#"
id = "draft-umbrellas"
title_vi = "Kiểm tra ô, dù"
title_en = "Umbrellas are looked at"
ministry = "BNNPTNT"
agency = "BNNPTNT-CTY"
measure = "aquatic_quarantine"
stage = "before_clearance"
direction = "import"
sourced = "partly"
source = "made up"
note = ""
exemptions = []

[[in_force]]
from = "2026-07-21"
to = ""
precision = "day"

[[legal_basis]]
text = "a draft"

[goods]
list = "lists/draft.csv"
annex = "draft"
precision = "code"
presumed = ""

[requires]
procedures = ["BNNPTNT0600010"]

[[requires.evidence]]
kind = "certificate"
documents = ["KDTS"]
title_vi = "Giấy chứng nhận"
title_en = "Certificate"

[[deadline]]
value = "3"
unit = "working_days"
source = "made up"
"#;

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

/// A copy of the pack under another name.
fn renamed(name: &str) -> PathBuf {
    let copied = folder().join(name);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/vn"), &copied);
    replace(&copied.join("pack.toml"), "edition = \"2026-11-24\"", &format!("edition = \"{name}\""));
    copied
}

/// Writes one text in place of another, wherever it stands in a file.
fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    let replaced = text.replace(from, to);
    assert_ne!(replaced, text);
    fs::write(file, replaced).unwrap();
}

/// The pack with more time for aquatic quarantine, and nothing else.
pub(crate) fn slower() -> Loaded {
    let slower = renamed("slower");
    let rule = slower.join("inspections/bnnptnt/mard-aquatic-quarantine-01-2024-m5.toml");
    replace(&rule, "value = \"3-5\"", "value = \"10\"");
    load_dir(&slower).unwrap_or_else(|error| panic!("{error}"))
}

/// A folder with the draft in it.
pub(crate) fn draft_folder() -> PathBuf {
    let draft = renamed("draft");
    let list = draft.join("lists/01-2024-tt-bnnptnt.csv");
    let text = fs::read_to_string(&list).unwrap();
    let shorter: Vec<&str> = text.lines().filter(|row| !row.contains(PRAWN)).collect();
    assert!(shorter.len() < text.lines().count());
    fs::write(&list, shorter.join("\n")).unwrap();
    fs::write(draft.join("lists/draft.csv"), "annex,hs,group,note,source\ndraft,66019900,,,made up\n").unwrap();
    fs::write(draft.join("inspections/bnnptnt/draft-umbrellas.toml"), RULE).unwrap();
    draft
}

/// The draft, loaded once.
pub(crate) fn draft() -> Loaded {
    static DRAFT: OnceLock<Loaded> = OnceLock::new();
    let loaded = DRAFT.get_or_init(|| load_dir(&draft_folder()).unwrap_or_else(|error| panic!("{error}")));
    Loaded { pack: loaded.pack.clone(), cases: loaded.cases.clone(), warnings: Vec::new() }
}
