//! Requirements that meet on a line or in a declaration: who leads, what is offered, and that the
//! order of the tasks does not contradict it.

use jiff::civil::{Date, date};
use motcua::approval::{Joint, Tasks, joint, joint_of_several};
use motcua::clearance::explain::{self, Lang};
use motcua::law::{Day, MeasureId, Pack, RuleId};
use motcua::screening::Screening;
use motcua::trade::{Declaration, Stage};

use super::support::{Line, answers, declaration, line, screen, wco};

/// Milk: animal quarantine, and food safety where it is food.
const MILK: &str = "04011010";
/// Vegetable wax: the food of the health ministry and of the trade ministry.
const WAX: &str = "15211000";
/// Caramel sugar: the food of the health ministry alone.
const CARAMEL: &str = "17029040";
/// White chocolate: the food of the trade ministry alone.
const CHOCOLATE: &str = "17049020";
/// Glutamate: the food of the health ministry, the declaration of chemicals.
const GLUTAMATE: &str = "29224220";

const QUARANTINE: &str = "mard-animal-quarantine-01-2024-m1";
const FOOD: &str = "moit-food-safety-1182-2021-pl2";

fn pack() -> &'static Pack {
    motcua::embedded::pack()
}

fn food(code: &str) -> Line {
    line(code, "dùng làm thực phẩm", "AU", "A11")
}

fn on(lines: &[Line], day: Date) -> Declaration<'_> {
    let mut declaration = declaration(lines);
    declaration.date = Some(day);
    declaration
}

/// What meets on the first of the lines.
#[track_caller]
fn met<'p>(pack: &'p Pack, code: &str, day: Date) -> Joint<'p> {
    let lines = [food(code)];
    let screening = screen(pack, &on(&lines, day));
    joint(pack, &screening, &screening.lines[0], Day::of(day)).expect("something meets")
}

fn act<'p>(joint: &Joint<'p>) -> Option<&'p str> {
    joint.lead.and_then(|lead| lead.by).map(|by| by.legal_basis.as_str())
}

fn rule(pack: &Pack, id: &str) -> RuleId {
    RuleId(u32::try_from(pack.rules.iter().position(|rule| rule.id == id).unwrap()).unwrap())
}

fn measure(pack: &Pack, id: &str) -> MeasureId {
    pack.rule(rule(pack, id)).measure
}

#[test]
fn food_with_quarantine_is_led_by_agriculture_while_decree_46_stands() {
    let both = |day| act(&met(pack(), MILK, day));
    assert_eq!(both(date(2026, 1, 25)), None);
    assert_eq!(both(date(2026, 1, 26)), Some("46/2026/NĐ-CP art 25(6)"));
    assert_eq!(both(date(2026, 2, 3)), Some("46/2026/NĐ-CP art 25(6)"));
    assert_eq!(both(date(2026, 2, 4)), None);
    let lead = met(pack(), MILK, date(2026, 1, 28)).lead.unwrap();
    let agency = &pack().agencies[lead.agency.unwrap().index()].code;
    assert_eq!(agency, &pack().agencies[pack().rule(rule(pack(), QUARANTINE)).agency.index()].code);
}

#[test]
fn food_alone_and_quarantine_alone_are_not_goods_under_both() {
    let mut pack = pack().clone();
    let day = date(2026, 1, 28);
    let (quarantine, second) = (rule(&pack, QUARANTINE), rule(&pack, FOOD));
    // Two quarantines without food.
    let plant = measure(&pack, "mard-plant-quarantine-01-2024-m9");
    let was = std::mem::replace(&mut pack.rules[second.index()].measure, plant);
    assert_eq!(act(&met(&pack, MILK, day)), None);
    // Two inspections of food without quarantine.
    pack.rules[second.index()].measure = was;
    pack.rules[quarantine.index()].measure = was;
    let joint = met(&pack, MILK, day);
    assert!(joint.inspection && act(&joint).is_none());
}

#[test]
fn food_of_several_ministries_goes_to_the_agency_that_agriculture_names() {
    let day = date(2026, 11, 2);
    let joint = met(pack(), WAX, day);
    let lead = joint.lead.unwrap();
    assert_eq!((act(&joint), lead.agency), (Some("15/2018/NĐ-CP art 15(1)"), None));
    let en = explain::joint(pack(), &joint, Day::of(day), Lang::En);
    assert!(en.contains("the agency that Ministry of Agriculture and Environment names leads (15/2018"), "{en}");
    let vi = explain::joint(pack(), &joint, Day::of(day), Lang::Vi);
    assert!(
        vi.contains("cơ quan do Bộ Nông nghiệp và Môi trường chỉ định chủ trì (15/2018/NĐ-CP art 15(1): lô hàng"),
        "{vi}"
    );
    assert!(!vi.contains("ministries"), "{vi}");
}

#[test]
fn food_of_several_ministries_meets_across_the_lines() {
    let several = |codes: &[&str], day| -> Vec<(Vec<u32>, usize, Option<String>)> {
        let lines: Vec<Line> = codes.iter().map(|code| food(code)).collect();
        let screening = screen(pack(), &on(&lines, day));
        let found = joint_of_several(pack(), &screening, Day::of(day));
        found.into_iter().map(|j| (j.lines, j.agencies.len(), j.lead.by.map(|by| by.legal_basis.clone()))).collect()
    };
    let day = date(2026, 11, 2);
    let by = Some("15/2018/NĐ-CP art 15(1)".to_owned());
    assert_eq!(several(&[CARAMEL, "84798939", CHOCOLATE], day), [(vec![1, 3], 2, by)]);
    assert_eq!(several(&[CARAMEL, CARAMEL], day), [], "one ministry");
    assert_eq!(several(&[WAX, "84798939"], day), [], "told on its one line");
    assert_eq!(several(&[CARAMEL, CHOCOLATE], date(2026, 1, 28)), [], "46/2026 has nothing like it");

    let message = wco(&[food(CARAMEL), food(CHOCOLATE)]);
    let answer: serde_json::Value = serde_json::from_str(&answers(&[("a.xml", message.as_bytes())], 1, 1)).unwrap();
    let joint = &answer["joint"][0];
    assert_eq!(joint["lines"], serde_json::json!([1, 2]));
    assert_eq!(joint["rules"].as_array().unwrap().len(), 2);
    assert_eq!(joint["lead"]["legal_basis"], "15/2018/NĐ-CP art 15(1)");
    assert!(joint["lead"]["agency"].is_null());
    let alone = wco(&[food(CARAMEL)]);
    let answer: serde_json::Value = serde_json::from_str(&answers(&[("a.xml", alone.as_bytes())], 1, 1)).unwrap();
    assert!(answer.get("joint").is_none());
}

#[test]
fn an_inspection_that_meets_something_else_is_named_and_no_visit_offered() {
    let day = date(2026, 11, 2);
    let joint = met(pack(), GLUTAMATE, day);
    assert_eq!((joint.rules.len(), joint.agencies.len(), joint.inspection), (2, 2, false));
    assert!(joint.lead.is_none());
    let said = explain::joint(pack(), &joint, Day::of(day), Lang::En);
    assert!(said.ends_with("the pack knows no act that says who leads"), "{said}");
}

#[test]
fn what_holds_nothing_meets_nothing() {
    let mut pack = pack().clone();
    let (day, food) = (date(2026, 1, 20), rule(&pack, FOOD));
    let lines = [self::food(MILK)];
    let mut meets = |stage: Stage| {
        pack.rules[food.index()].stage = stage;
        let screening = screen(&pack, &on(&lines, day));
        joint(&pack, &screening, &screening.lines[0], Day::of(day)).map(|joint| joint.inspection)
    };
    assert_eq!(meets(Stage::BeforeClearance), Some(true));
    assert_eq!(meets(Stage::PermitBeforeImport), Some(false));
    for stage in [Stage::AfterClearance, Stage::Notice, Stage::Prohibited] {
        assert_eq!(meets(stage), None, "{stage:?}");
    }
}

/// The measures of the tasks, each with those that it waits for.
fn order(pack: &Pack, screening: &Screening, day: Date) -> Vec<(String, Vec<u16>)> {
    let mut tasks = Tasks::default();
    tasks.plan(pack, screening, Day::of(day));
    let key = |id: MeasureId| pack.measures[id.index()].key.clone();
    tasks.tasks.iter().map(|task| (key(task.measure), task.after.to_vec())).collect()
}

#[test]
fn checks_that_an_act_joins_do_not_wait_for_each_other() {
    let mut pack = pack().clone();
    let first = measure(&pack, QUARANTINE);
    let food = rule(&pack, FOOD);
    pack.rules[food.index()].after = vec![first];
    let lines = [self::food(MILK)];
    let waits = |pack: &Pack, day: Date| {
        let tasks = order(pack, &screen(pack, &on(&lines, day)), day);
        tasks.iter().find(|(measure, _)| measure == "food_safety").unwrap().1.clone()
    };
    // Registration, certificate, food: where no act joins them, the certificate comes first.
    assert_eq!(waits(&pack, date(2026, 1, 25)), [1]);
    assert_eq!(waits(&pack, date(2026, 1, 26)), [0u16; 0]);
    assert_eq!(waits(&pack, date(2026, 2, 3)), [0u16; 0]);
    assert_eq!(waits(&pack, date(2026, 2, 4)), [1]);
    for lead in &mut pack.leads {
        lead.together = false;
    }
    assert_eq!(waits(&pack, date(2026, 1, 28)), [1]);
}

#[test]
fn a_registration_comes_before_its_own_certificate_only() {
    let lines = [food(MILK)];
    let day = date(2026, 1, 20);
    let tasks = order(pack(), &screen(pack(), &on(&lines, day)), day);
    let tasks: Vec<(&str, &[u16])> = tasks.iter().map(|(key, after)| (key.as_str(), after.as_slice())).collect();
    assert_eq!(tasks, [("animal_quarantine", [].as_slice()), ("animal_quarantine", &[0]), ("food_safety", &[])]);
    // A permit on the line comes before all of them, the registration and the other check included.
    let mut permit = pack().clone();
    let food_rule = rule(&permit, FOOD);
    permit.rules[food_rule.index()].stage = Stage::PermitBeforeImport;
    let tasks = order(&permit, &screen(&permit, &on(&lines, day)), day);
    let after: Vec<&[u16]> = tasks.iter().map(|(_, after)| after.as_slice()).collect();
    assert_eq!(after, [[].as_slice(), &[0], &[1]]);
}
