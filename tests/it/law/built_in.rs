//! The pack of Vietnam, as it is built in.

use std::path::Path;

use motcua::law::{lint_dir, load_dir};
use motcua::trade::HsCode;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/vn"))
}

#[test]
fn the_folder_and_the_built_in_pack_are_the_same() {
    let loaded = load_dir(folder()).unwrap();
    let built_in = motcua::embedded::pack();
    assert_eq!(loaded.pack.digest, built_in.digest);
    assert_eq!(loaded.pack.to_bytes().unwrap(), built_in.to_bytes().unwrap());
}

#[test]
fn it_has_the_rules_and_the_tariff_of_the_reference() {
    let pack = motcua::embedded::pack();
    assert_eq!((pack.rules.len(), pack.unused_rules.len()), (128, 12));
    assert_eq!(pack.tariffs[0].lines.len(), 11_871);
    assert!(pack.rules.is_sorted_by(|a, b| a.id < b.id));
    let report = lint_dir(folder()).unwrap();
    assert_eq!((report.rules, report.errors.len()), (140, 0));
    assert_eq!(report.warnings, motcua::embedded::lint_report().warnings);
}

#[test]
fn its_negative_list_reaches_the_older_inspections_of_its_ministry_only() {
    let text = std::fs::read_to_string(folder().join("exclusions/765-qd-bct.csv")).unwrap();
    let codes: Vec<HsCode> =
        text.lines().skip(1).filter_map(|row| HsCode::parse(row.split(',').next()?).ok()).collect();
    assert_eq!(codes.len(), 1_074);
    let pack = motcua::embedded::pack();
    let from = pack.exclusions[0].valid.from;
    for (code, set) in pack.index.codes() {
        let listed = codes.iter().any(|hs| hs.padded() == code);
        for element in pack.index.all(set) {
            let rule = pack.rule(pack.candidate(element.candidate).rule);
            let reached = listed
                && pack.ministries[rule.ministry.index()].code == "BCT"
                && pack.measures[rule.measure.index()].inspection
                && rule.in_force[0].from < from;
            assert_eq!(element.exclusion.is_some(), reached, "{code:08} {}", rule.id);
        }
    }
}
