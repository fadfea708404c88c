//! Units: what a list may say, and what the pack answers.

use motcua::trade::{Severity, UnitCode};
use rust_decimal::Decimal;

use super::pack::{TestPack, place_of};

const UNITS: &str = "units.csv";

#[track_caller]
fn check(from: &str, to: &str, needle: &str, code: &str, message: &str) {
    let pack = TestPack::whole().with(UNITS, from, to);
    let (line, column) = place_of(pack.text(UNITS), needle);
    let defects = pack.defects();
    let found = defects.iter().any(|defect| {
        (defect.file.as_str(), defect.line, defect.column, &*defect.code, defect.severity)
            == (UNITS, line, column, code, Severity::Error)
            && defect.message == message
    });
    assert!(found, "expected {UNITS}:{line}:{column} {code} {message}, found {defects:#?}");
}

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

#[test]
fn factors_that_cannot_be_are_placed() {
    check("1000,t", "0,t", "0,t\nKGM", "unit_factor", "the factor of `TNE` is 0, it must be above zero");
    check("1000,t", "-1,t", "-1,t", "unit_factor", "the factor of `TNE` is -1, it must be above zero");
    check("1000,t", "a ton,t", "a ton", "bad_number", "`a ton` is no factor");
    check("1000,t", ",t", ",t\nKGM", "empty_value", "`factor` is empty");
    check("LTR,1,t", "LTR,2,t", "2,t", "unit_factor", "`LTR` is its own base, so its factor is 1, not 2");
    check("Tonne,3", "Tonne,3.5", "3.5", "bad_number", "`3.5` is no number of decimals");
}

#[test]
fn bases_that_are_none_are_placed() {
    check(
        "mass,KGM,1000",
        "mass,KG,1000",
        "KG,1000",
        "unit_base",
        "the base `KG` of `TNE` is no base unit of this list",
    );
    check(
        "BOX,Hộp,Box,0,,,,t",
        "KTN,,Kilotonne,3,mass,TNE,1000,t",
        "TNE,1000,t",
        "unit_base",
        "the base `TNE` of `KTN` is itself counted in `KGM`",
    );
    check(
        "mass,KGM,1000",
        "mas,KGM,1000",
        "mas,KGM,1000",
        "unit_dimension",
        "`TNE` is counted in `KGM`, which is no base of `mas`",
    );
    check(
        "volume,LTR",
        "mass,LTR",
        "mass,LTR",
        "unit_dimension",
        "`LTR` is counted in `LTR`, which is no base of `mass`",
    );
    check("LTR,Lít", "KGM,Lít", "KGM,Lít", "duplicate_id", "unit `KGM` occurs twice");
}

#[test]
fn a_pack_converts_within_one_dimension() {
    let loaded = TestPack::whole().loaded();
    let table = loaded.pack.unit_table();
    let convert = |from: &str, to: &str| table.convert(Decimal::ONE, unit(from), unit(to)).ok();
    assert_eq!(convert("TNE", "KGM"), Some(Decimal::ONE_THOUSAND));
    assert_eq!(convert("KGM", "LTR"), None);
    assert_eq!(convert("BOX", "KGM"), None);
    let known: Vec<_> = loaded.pack.units.iter().map(|unit| (unit.code.to_string(), unit.dimension.clone())).collect();
    let known: Vec<_> = known.iter().map(|(code, dimension)| (code.as_str(), dimension.as_deref())).collect();
    assert_eq!(known, [("BOX", None), ("KGM", Some("mass")), ("LTR", Some("volume")), ("TNE", Some("mass"))]);
}

#[test]
fn the_order_of_the_rows_changes_no_unit() {
    let (whole, reversed) = (TestPack::whole().loaded().pack, TestPack::whole().reversed(UNITS).loaded().pack);
    assert_eq!(whole.units, reversed.units);
    assert_eq!(whole.unit_table(), reversed.unit_table());
}

/// Facts of the built-in list that somebody could get wrong by one power of ten.
#[test]
fn the_built_in_units_are_worth_what_they_should_be() {
    let pack = motcua::embedded::pack();
    let check = |amount: &str, from: &str, to: &str, expected: Option<&str>| {
        let found = pack.unit_table().convert(amount.parse().unwrap(), unit(from), unit(to)).ok();
        assert_eq!(found.map(|amount| amount.to_string()).as_deref(), expected, "{amount} {from} in {to}");
    };
    check("1", "TNE", "KGM", Some("1000"));
    check("250", "GRM", "KGM", Some("0.25"));
    check("5", "CTM", "GRM", Some("1"));
    check("1", "APZ", "GRM", Some("31.1034768"));
    check("16", "ONZ", "KGM", Some("0.45359232"));
    check("1", "HLT", "LTR", Some("100"));
    check("2", "MTQ", "LTR", Some("2000"));
    check("1", "BBL", "LTR", Some("158.9873"));
    check("1", "KMK", "MTK", Some("1000000"));
    check("1", "HPA", "LPA", Some("100"));
    check("1", "GWH", "KWH", Some("1000000"));
    check("1", "GGR", "DZN", Some("144"));
    check("3", "NPR", "PR", Some("3"));
    check("1", "PR", "PCE", None);
    check("1", "BOX", "PCE", None);
    check("1", "LPA", "LTR", None);
}
