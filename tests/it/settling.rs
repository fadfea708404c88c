//! Facts that customs settles: the questions, and what the answers do.

use jiff::civil::date;
use motcua::clearance::record::DecisionRecord;
use motcua::clearance::{Examiner, FactQuestion, LawDay, Room};
use motcua::message::{ReadOptions, Reading, read};
use motcua::screening::{NoTrace, Screener};
use motcua::trade::{Decision, SettleError, Status};

fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations").join(name);
    std::fs::read(path).unwrap()
}

fn reading(bytes: &[u8]) -> Reading<'_> {
    read(bytes, &ReadOptions::default()).unwrap()
}

/// The decision, and the questions of all of its tasks.
fn decide(reading: &Reading<'_>) -> (DecisionRecord, Vec<FactQuestion>) {
    let screener = Screener::new(motcua::embedded::pack());
    let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None });
    let mut room = Room::default();
    let examination = examiner.examine(reading, &mut room, &mut NoTrace);
    let tasks = 0..=examination.tasks.tasks.len();
    let questions = tasks.flat_map(|at| FactQuestion::of_task(&examiner, &examination, at)).collect();
    (DecisionRecord::of(&examiner, &examination), questions)
}

/// The status of a rule on the first line, and whether it is conditional.
fn of_rule(record: &DecisionRecord, rule: &str) -> Option<(Status, bool)> {
    let found = record.lines[0].requirements.iter().find(|requirement| requirement.rule == rule)?;
    Some((found.status, found.certainty != motcua::trade::Certainty::Certain))
}

/// Whether the leather is of a species that CITES protects decides, and nobody says so.
const LEATHER: &str = "15-reptile-leather-asks-the-species.xml";
const CITES: &str = "mard-cites-animals-17-2023";

#[test]
fn a_task_that_settles_a_fact_asks_its_question() {
    let bytes = file(LEATHER);
    let (record, questions) = decide(&reading(&bytes));
    let pack = motcua::embedded::pack();
    let fact = &pack.facts[pack.fact("cites_species").unwrap().index()];
    let expected = FactQuestion {
        line: 1,
        fact: "cites_species".to_owned(),
        ask_vi: fact.ask_vi.clone(),
        ask_en: fact.ask_en.clone(),
        values: vec!["true".to_owned(), "false".to_owned()],
        rules: vec![CITES.to_owned()],
    };
    assert_eq!(questions, [expected], "that of the task, and none of the agency's");
    assert!(!questions[0].ask_vi.is_empty() && !questions[0].ask_en.is_empty());
    assert_eq!(record.lines[0].requirements[0].fact.as_deref(), Some("cites_species"));
}

#[test]
fn the_answer_decides_the_line() {
    let bytes = file(LEATHER);
    let mut denied = reading(&bytes);
    denied.declaration.settle(Some(1), "cites_species", "false").unwrap();
    let (record, questions) = decide(&denied);
    assert_eq!((record.decision, of_rule(&record, CITES)), (Decision::Clear, None));
    assert!(questions.is_empty() && record.tasks.is_empty());

    let mut affirmed = reading(&bytes);
    affirmed.declaration.settle(None, "cites_species", "true").unwrap();
    let (record, questions) = decide(&affirmed);
    assert_eq!((record.decision, of_rule(&record, CITES)), (Decision::Hold, Some((Status::Required, false))));
    assert!(questions.is_empty());
    let kinds: Vec<&str> = record.tasks.iter().map(|task| task.key.as_str()).collect();
    assert_eq!(kinds, ["BNNPTNT-CITES/cites/permit"], "the agency's task keeps its name, customs' is gone");
}

/// The description says that the species is not one of CITES; an officer who looked knows better.
#[test]
fn what_customs_settles_outweighs_what_the_message_says() {
    let bytes = file("16-reptile-leather-said-not-cites.xml");
    assert_eq!(of_rule(&decide(&reading(&bytes)).0, CITES), None);
    for line in [None, Some(1)] {
        let mut known_better = reading(&bytes);
        known_better.declaration.settle(line, "cites_species", "true").unwrap();
        assert_eq!(of_rule(&decide(&known_better).0, CITES), Some((Status::Required, false)), "{line:?}");
    }
    // What is settled of the line outweighs what is settled of all of them.
    let mut both = reading(&bytes);
    both.declaration.settle(Some(1), "cites_species", "true").unwrap();
    both.declaration.settle(None, "cites_species", "false").unwrap();
    assert_eq!(of_rule(&decide(&both).0, CITES), Some((Status::Required, false)));
}

/// The words say that the goods are a medicine for people.
#[test]
fn goods_are_what_customs_says_they_are_used_for_and_may_be_two_things() {
    let bytes = file("19-medicine-use-stated.xml");
    let (medicine, device) = ("moh-pharma-single-09-2024-dm8", "moh-medical-device-19-2024");
    let applies = |values: &[&str]| {
        let mut reading = reading(&bytes);
        for value in values {
            reading.declaration.settle(Some(1), "use", value).unwrap();
        }
        let (record, _) = decide(&reading);
        [medicine, device].map(|rule| of_rule(&record, rule).is_some())
    };
    assert_eq!(applies(&[]), [true, false], "as the description says");
    assert_eq!(applies(&["medical_device"]), [false, true]);
    assert_eq!(applies(&["medical_device", "medicine"]), [true, true]);
    assert!(!applies(&["!medicine"])[0], "whatever else they are");
}

/// The declarant says for this rule that the goods are those of its list.
#[test]
fn a_fact_asked_for_one_rule_is_settled_for_it() {
    let rule = "moit-quality-group2-1182-2021-pl1";
    let bytes = file("31-motor-fact-stated-for-the-old-list.xml");
    assert_eq!(of_rule(&decide(&reading(&bytes)).0, rule), Some((Status::Required, false)));
    let mut denied = reading(&bytes);
    denied.declaration.settle(Some(1), &format!("goods_as_listed@{rule}"), "false").unwrap();
    assert_eq!(of_rule(&decide(&denied).0, rule), None);
    let mut of_another = reading(&bytes);
    of_another.declaration.settle(Some(1), "goods_as_listed@moit-quality-high-33-2026", "false").unwrap();
    assert_eq!(of_rule(&decide(&of_another).0, rule), Some((Status::Required, false)));
}

#[test]
fn regime_and_origin_take_the_place_of_the_declared_ones() {
    let bytes = file(LEATHER);
    let mut reading = reading(&bytes);
    let declaration = &mut reading.declaration;
    declaration.settle(Some(1), "origin", "AU").unwrap();
    declaration.settle(None, "regime", "G11").unwrap();
    assert_eq!(declaration.items[0].origin.map(|origin| origin.to_string()).as_deref(), Some("AU"));
    assert_eq!(declaration.items[0].procedure, declaration.procedure);
    assert!(declaration.settle(None, "origin", "Úc").is_err());
    assert!(declaration.settle(Some(1), "regime", "?").is_err());
    assert_eq!(declaration.settle(Some(2), "origin", "AU"), Err(SettleError::NoLine { line: 2 }));
    assert_eq!(declaration.settle(Some(2), "used", "true"), Err(SettleError::NoLine { line: 2 }));
}

#[test]
fn a_fact_that_no_rule_asks_for_is_an_error_of_the_examination() {
    let bytes = file(LEATHER);
    let mut reading = reading(&bytes);
    reading.declaration.settle(Some(1), "colour", "green").unwrap();
    let (record, _) = decide(&reading);
    assert_eq!(record.decision, Decision::Hold);
    let screener = Screener::new(motcua::embedded::pack());
    let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None });
    let mut room = Room::default();
    let examination = examiner.examine(&reading, &mut room, &mut NoTrace);
    assert!(examination.findings.iter().any(|f| f.code.as_str() == "FACT_UNKNOWN" && f.goods_line == Some(1)));
}
