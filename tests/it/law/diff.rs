//! What two packs say differently, record by record.

use motcua::report::diff::{FieldChange, PackDiff, TableDiff, diff};
use serde_json::{Value, json};

use super::pack::TestPack;

const FOOD: &str = "inspections/byt/food.toml";

/// The whole pack against one that was changed.
fn against(changed: &TestPack) -> PackDiff {
    diff(&TestPack::whole().loaded().pack, &changed.loaded().pack)
}

/// A field, what the first pack says and what the second.
type Field<'f> = (&'f str, &'f Value, &'f Value);

fn fields(changes: &[FieldChange]) -> Vec<Field<'_>> {
    changes.iter().map(|change| (change.field.as_str(), &change.from, &change.to)).collect()
}

/// The fields of the one rule that changed, nothing else having changed.
#[track_caller]
fn of_rule(change: &TestPack) -> Vec<FieldChange> {
    let diff = against(change);
    assert!(diff.tables.is_empty(), "{:?}", diff.tables);
    let [rule] = diff.rules.changed.as_slice() else { panic!("{:?}", diff.rules) };
    assert_eq!((rule.rule.as_str(), diff.rules.added.len(), diff.rules.removed.len()), ("food", 0, 0));
    rule.fields.clone()
}

#[test]
fn a_pack_says_the_same_as_itself() {
    let same = against(&TestPack::whole());
    assert!(same.same, "{same:?}");
    assert_eq!(same.a, same.b);
    let built_in = motcua::embedded::pack();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/vn");
    let loaded = motcua::law::load_dir(&folder).unwrap().pack;
    assert!(diff(built_in, &loaded).same);
}

#[test]
fn the_place_of_a_record_is_no_difference() {
    let other_order = TestPack::whole().reversed("ministries.csv").reversed("agencies.csv").reversed("regimes.csv");
    let diff = against(&other_order);
    assert!(diff.same, "{diff:?}");
    assert_ne!(diff.a.digest, diff.b.digest);
}

#[test]
fn fields_of_a_rule_are_told_one_by_one() {
    let change = TestPack::whole()
        .with(FOOD, "stage = \"before_clearance\"", "stage = \"after_clearance\"")
        .with(FOOD, "value = \"3-5\"", "value = \"7\"")
        .with(FOOD, "text = \"15/2018/NĐ-CP art 14\"", "text = \"46/2026/NĐ-CP art 3\"")
        .with(FOOD, "exemptions = [\"gift\"]", "exemptions = []")
        .with(FOOD, "regimes = [\"A11\", \"G11\"]", "regimes = [\"A11\"]");
    let told = of_rule(&change);
    let always = json!({ "from": null, "to": null });
    assert_eq!(
        fields(&told),
        [
            (
                "deadlines",
                &json!([{ "text": "3-5", "value": 5, "unit": "working_days", "source": "t", "procedure": null, "valid": always }]),
                &json!([{ "text": "7", "value": 7, "unit": "working_days", "source": "t", "procedure": null, "valid": always }]),
            ),
            ("exemptions", &json!(["gift"]), &json!([])),
            (
                "legal_basis",
                &json!([{ "text": "15/2018/NĐ-CP art 14", "valid": always }]),
                &json!([{ "text": "46/2026/NĐ-CP art 3", "valid": always }]),
            ),
            ("scope", &json!("regime A11|G11"), &json!("regime A11")),
            ("stage", &json!("before_clearance"), &json!("after_clearance")),
        ]
    );
}

#[test]
fn days_procedures_and_evidence_are_named() {
    let change = TestPack::whole()
        .with(FOOD, "to = \"2026-01-25\"", "to = \"2025-12-31\"")
        .with(FOOD, "procedures = [\"BYT0600002\", \"BYT0600001\"]", "procedures = [\"BYT0600001\"]")
        .with(FOOD, "documents = [\"KQKT\", \"BYT0600001\"]", "documents = [\"BYT0600001\"]");
    let told = of_rule(&change);
    let told: Vec<(&str, &Value, &Value)> = fields(&told);
    assert_eq!(told[0], ("evidence", &json!(["KQKT"]), &json!([])));
    assert_eq!(told[1].0, "in_force");
    assert_eq!(told[1].1[0], json!({ "from": "2018-02-02", "to": "2026-01-25" }));
    assert_eq!(told[1].2[0], json!({ "from": "2018-02-02", "to": "2025-12-31" }));
    assert_eq!(told[2], ("procedures", &json!(["BYT0600002", "BYT0600001"]), &json!(["BYT0600001"])));
}

#[test]
fn codes_are_gained_lost_and_meant_otherwise() {
    let change = TestPack::whole()
        .with("lists/food.csv", "I,0307,,,t\n", "I,84798939,,,t\n")
        .with(
            FOOD,
            "condition = { fact = \"use\", in = [\"food\"] }",
            "condition = { fact = \"use\", in = [\"feed\"] }",
        )
        .with("exclusions/negative.csv", "03061721,,t\n", "03069900,,t\n");
    let diff = against(&change);
    let [rule] = diff.rules.changed.as_slice() else { panic!("{:?}", diff.rules) };
    assert!(rule.fields.is_empty());
    assert_eq!(
        (rule.codes.gained.as_slice(), rule.codes.lost.as_slice()),
        (["84798939".to_owned()].as_slice(), ["03079900".to_owned()].as_slice(),)
    );
    let changed: Vec<(&[String], Vec<Field<'_>>)> =
        rule.codes.changed.iter().map(|change| (change.codes.as_slice(), fields(&change.fields))).collect();
    let condition = ("condition", &json!("use=food"), &json!("use=feed"));
    assert_eq!(
        changed,
        [
            (
                ["03061721".to_owned()].as_slice(),
                vec![condition, ("excluded_by", &json!("negative-2019"), &Value::Null)]
            ),
            (
                ["03069900".to_owned()].as_slice(),
                vec![condition, ("excluded_by", &Value::Null, &json!("negative-2019"))]
            ),
        ]
    );
}

#[test]
fn rules_that_only_one_pack_has_come_with_their_codes() {
    let more = TestPack::whole();
    let text = more.text(FOOD).replace("id = \"food\"", "id = \"food-2\"");
    let more = more.file("inspections/byt/food-2.toml", &text);
    let diff = against(&more);
    let [added] = diff.rules.added.as_slice() else { panic!("{:?}", diff.rules) };
    assert_eq!((added.rule.as_str(), added.record["ministry"].as_str()), ("food-2", Some("BYT")));
    assert_eq!(added.codes, ["03061711", "03061721", "03061790", "03069900", "03079900"]);
    assert!(diff.rules.removed.is_empty() && diff.rules.changed.is_empty() && diff.tables.is_empty());
    let back = motcua::report::diff::diff(&more.loaded().pack, &TestPack::whole().loaded().pack);
    assert_eq!(back.rules.removed, diff.rules.added);
    assert!(back.rules.added.is_empty());
}

/// The one table in which something differs.
#[track_caller]
fn table(change: &TestPack, name: &str) -> TableDiff {
    let mut diff = against(change);
    assert_eq!(diff.tables.keys().collect::<Vec<_>>(), [name]);
    assert_eq!(diff.rules, motcua::report::diff::RulesDiff::default());
    assert!(!diff.same);
    diff.tables.remove(name).unwrap()
}

#[test]
fn every_other_table_is_compared() {
    let holiday = table(&TestPack::whole().with("holidays.csv", "2026-09-02,", "2026-09-03,"), "holidays");
    assert_eq!((holiday.removed[0].key.as_str(), holiday.added[0].key.as_str()), ("2026-09-02", "2026-09-03"));
    let exemption =
        table(&TestPack::whole().with("exemptions.toml", "le = \"1000000\"", "le = \"2000000\""), "exemptions");
    assert_eq!(exemption.changed[0].key, "gift");
    assert_eq!(
        fields(&exemption.changed[0].fields),
        [(
            "condition",
            &json!("(customs_value ≤ 1000000 VND and regime G11)"),
            &json!("(customs_value ≤ 2000000 VND and regime G11)")
        )]
    );
    let coverage =
        table(&TestPack::whole().with("pack.toml", "chapters = [\"03\", \"16\"]", "chapters = [\"03\"]"), "coverage");
    assert_eq!((coverage.removed.len(), coverage.added.len()), (1, 1));
    assert_eq!(coverage.added[0].record["chapters"], json!(["03"]));
    let head =
        table(&TestPack::whole().with("pack.toml", "edition = \"2026-11-24\"", "edition = \"2027-01-01\""), "pack");
    assert_eq!(fields(&head.changed[0].fields), [("edition", &json!("2026-11-24"), &json!("2027-01-01"))]);
    let map =
        table(&TestPack::whole().with("procedure_map.csv", "40,71,import,G11", "40,71,import,A11"), "procedure_map");
    assert_eq!(fields(&map.changed[0].fields), [("regime", &json!("G11"), &json!("A11"))]);
    let phrases = table(&TestPack::whole().with("facts.toml", "hàng mới 100%", "mới 100%"), "phrases");
    assert_eq!((phrases.removed[0].key.as_str(), phrases.added[0].key.as_str()), ("hàng mới 100%", "mới 100%"));
    assert_eq!(phrases.added[0].record["no"], json!(["used"]));
    let lines = table(&TestPack::whole().with("tariff/a.csv", "sò,2,,kg", "nghêu,2,,kg"), "tariff lines of A");
    assert_eq!(lines.changed[0].key, "03079900");
    let readings = table(&TestPack::whole().with("facts.toml", "value = \"feed\"", "value = \"seed\""), "readings");
    assert_eq!(fields(&readings.changed[0].fields), [("yes", &json!(["use=feed"]), &json!(["use=seed"]))]);
}

#[test]
fn an_exemption_that_stands_for_several_times_is_matched_by_what_it_says() {
    let whole = TestPack::whole();
    let text = whole.text("exemptions.toml").to_owned();
    let (first, second) = (
        text.replace("to = \"\"", "to = \"2025-12-31\""),
        text.replace("from = \"2018-02-02\"", "from = \"2026-01-01\""),
    );
    let two = whole.clone().file("exemptions.toml", &format!("{first}\n{second}"));
    let three = whole.file(
        "exemptions.toml",
        &format!(
            "{}\n{first}\n{second}",
            text.replace("from = \"2018-02-02\"\nto = \"\"", "from = \"2010-01-01\"\nto = \"2018-02-01\"")
        ),
    );
    let diff = diff(&two.loaded().pack, &three.loaded().pack);
    let exemptions = &diff.tables["exemptions"];
    assert_eq!((exemptions.added.len(), exemptions.removed.len(), exemptions.changed.len()), (1, 0, 0));
    assert_eq!(exemptions.added[0].record["valid"], json!({ "from": "2010-01-01", "to": "2018-02-01" }));
}
