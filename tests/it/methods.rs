//! Steps 7 to 9: exemptions, the warnings that cancel them, and the inspection method that the
//! importer's record chooses.

use std::borrow::Cow;

use jiff::civil::{Date, date};
use motcua::law::{Day, Interval, MeasureId, Pack, RecordEvent, Warning};
use motcua::screening::{
    Draw, GoodsName, NoTrace, PastEvent, Question, RecordPlace, Records, Requirement, SampleKey, Screener, Screening,
    comparable,
};
use motcua::trade::{
    CountryCode, Declaration, Direction, Format, GoodsItem, HsCode, InspectionMethod, Party, Statement, Status,
};
use proptest::prelude::*;
use proptest::sample::select;

const IMPORTER: &str = "0312456789";
/// Biscuits and yarn: an inspection of food, and of quality under each of its decrees.
const FOOD: &str = "moit-food-safety-1182-2021-pl2";

fn pack() -> &'static Pack {
    motcua::embedded::pack()
}

fn measure(key: &str) -> MeasureId {
    let at = pack().measures.iter().position(|measure| measure.key == key).unwrap();
    MeasureId(u16::try_from(at).unwrap())
}

fn event(what: RecordEvent, day: Date) -> PastEvent {
    PastEvent {
        place: RecordPlace { source: "history.csv".into(), line: 2 },
        importer: IMPORTER.to_owned(),
        measure: measure("food_safety"),
        event: what,
        day: Day::of(day),
        until: None,
        consignment: None,
        goods: GoodsName { product: Some("bánh quy bơ".to_owned()), ..GoodsName::default() },
    }
}

fn pass(day: Date) -> PastEvent {
    event(RecordEvent::Pass, day)
}

fn fact<'a>(key: &'a str, value: &'a str) -> Statement<'a> {
    Statement {
        code: Cow::Borrowed(key),
        kind: Some(Cow::Borrowed(Statement::FACT_KIND)),
        text: Some(Cow::Borrowed(value)),
        settled: false,
    }
}

/// A line of one importer.
struct Asked<'a> {
    hs: &'a str,
    day: Date,
    name: &'a str,
    facts: Vec<Statement<'a>>,
}

impl Asked<'_> {
    fn food(day: Date) -> Self {
        let facts = vec![fact("use", "food"), fact("product", "Bánh quy  bơ")];
        Self { hs: "19053110", day, name: "107000000001", facts }
    }
}

/// The requirement that a rule puts on the line.
fn ask(pack: &Pack, asked: &Asked<'_>, records: &Records, rule: &str) -> Requirement {
    let screening = screened(pack, asked, records);
    let found = screening.requirements.iter().find(|requirement| pack.rule(requirement.rule).id == rule);
    *found.unwrap_or_else(|| panic!("{rule} puts nothing on {}", asked.hs))
}

fn screened(pack: &Pack, asked: &Asked<'_>, records: &Records) -> Screening {
    let mut declaration = Declaration::new(Format::Query);
    declaration.number = Some(Cow::Borrowed(asked.name));
    declaration.direction = Some(Direction::Import);
    declaration.responsible_country = Some(pack.country);
    declaration.importer = Party { id: Some(Cow::Borrowed(IMPORTER)), ..Party::default() };
    declaration.items.push(GoodsItem {
        number: 1,
        hs: HsCode::parse(asked.hs).ok(),
        origin: CountryCode::parse("TH").ok(),
        statements: asked.facts.clone(),
        ..GoodsItem::default()
    });
    let screener = Screener::new(pack);
    let question =
        Question { declaration: &declaration, day: Day::of(asked.day), direction: Direction::Import, records };
    let mut screening = Screening::default();
    screener.screen(&question, &mut screening, &mut NoTrace);
    screening
}

fn key() -> SampleKey {
    SampleKey::new(b"a key of thirty-two bytes, or so").unwrap()
}

fn food(events: Vec<PastEvent>, day: Date) -> Requirement {
    ask(pack(), &Asked::food(day), &Records::new(events, Vec::new(), Some(key())), FOOD)
}

fn method(requirement: &Requirement) -> InspectionMethod {
    requirement.method.expect("the rule has a regime of methods").method
}

#[test]
fn who_has_no_record_is_inspected_as_usual() {
    let requirement = food(Vec::new(), date(2025, 6, 2));
    assert_eq!((method(&requirement), requirement.status), (InspectionMethod::Ordinary, Status::Required));
}

#[test]
fn three_passes_within_twelve_months_reduce_and_customs_draws() {
    let passes = vec![pass(date(2024, 8, 5)), pass(date(2024, 11, 4)), pass(date(2025, 8, 5))];
    let reduced = food(passes.clone(), date(2025, 9, 1));
    assert_eq!(method(&reduced), InspectionMethod::Reduced, "15/2018 art 17(1)(b): the third on the last day counts");
    let drawn = reduced.method.unwrap().drawn.unwrap();
    assert_eq!(reduced.status, if drawn == Draw::Drawn { Status::Required } else { Status::Waived });
    let late = vec![pass(date(2024, 8, 5)), pass(date(2024, 11, 4)), pass(date(2025, 8, 6))];
    assert_eq!(method(&food(late, date(2025, 9, 1))), InspectionMethod::Ordinary, "a day too late");
    assert_eq!(method(&food(passes, date(2025, 8, 4))), InspectionMethod::Ordinary, "the third is not there yet");
}

#[test]
fn without_a_key_nobody_can_draw() {
    let passes = vec![pass(date(2025, 1, 6)), pass(date(2025, 2, 3)), pass(date(2025, 3, 3))];
    let requirement = ask(pack(), &Asked::food(date(2025, 6, 2)), &Records::new(passes, Vec::new(), None), FOOD);
    assert_eq!(requirement.method.unwrap().drawn, Some(Draw::NoKey));
    assert_eq!(requirement.status, Status::Required, "what cannot be drawn is not let through");
}

#[test]
fn a_failure_makes_it_strict_until_three_passes() {
    let mut record = vec![pass(date(2025, 1, 6)), event(RecordEvent::Fail, date(2025, 2, 3))];
    assert_eq!(method(&food(record.clone(), date(2025, 6, 2))), InspectionMethod::Strict, "art 17(3)(a)");
    record.extend([pass(date(2025, 2, 10)), pass(date(2025, 2, 17))]);
    assert_eq!(method(&food(record.clone(), date(2025, 6, 2))), InspectionMethod::Strict, "two are not three");
    record.push(pass(date(2025, 2, 24)));
    let back = food(record.clone(), date(2025, 6, 2));
    assert_eq!(method(&back), InspectionMethod::Ordinary, "art 17(4)(a): back to ordinary, not to reduced");
    record.extend([pass(date(2025, 3, 3)), pass(date(2025, 3, 10)), pass(date(2025, 3, 17))]);
    assert_eq!(method(&food(record, date(2025, 6, 2))), InspectionMethod::Reduced, "and three more reduce");
}

#[test]
fn what_may_be_these_goods_counts_against_them_and_never_for_them() {
    let unnamed = |what, day| PastEvent { goods: GoodsName::default(), ..event(what, day) };
    let passes = [date(2025, 1, 6), date(2025, 2, 3), date(2025, 3, 3)].map(|day| unnamed(RecordEvent::Pass, day));
    assert_eq!(method(&food(passes.to_vec(), date(2025, 6, 2))), InspectionMethod::Ordinary);
    let failure = vec![unnamed(RecordEvent::Fail, date(2025, 3, 3))];
    assert_eq!(method(&food(failure, date(2025, 6, 2))), InspectionMethod::Strict);
    let mut other = event(RecordEvent::Fail, date(2025, 3, 3));
    other.goods.product = Some("kẹo dừa".to_owned());
    assert_eq!(method(&food(vec![other], date(2025, 6, 2))), InspectionMethod::Ordinary, "another product");
    let mut other = event(RecordEvent::Fail, date(2025, 3, 3));
    other.importer = "0300000000".to_owned();
    assert_eq!(method(&food(vec![other], date(2025, 6, 2))), InspectionMethod::Ordinary, "another importer");
    let mut other = unnamed(RecordEvent::Fail, date(2025, 3, 3));
    other.goods.hs = HsCode::parse("03061721").ok();
    assert_eq!(method(&food(vec![other], date(2025, 6, 2))), InspectionMethod::Ordinary, "another code");
}

#[test]
fn names_are_compared_without_regard_to_case_and_spaces() {
    assert_eq!(comparable("  Bánh QUY\u{a0}bơ "), comparable("bánh quy bơ"));
    assert_eq!(comparable("Ba\u{301}nh"), comparable("Bánh"), "one way of writing a letter, or another");
}

#[test]
fn the_nine_days_of_decree_46_have_their_own_methods() {
    let pack = pack();
    let state = |requirement: &Requirement| {
        let method = requirement.method.unwrap();
        let regime = &pack.methods[method.regime.index()];
        (regime.key.clone(), regime.states[usize::from(method.standing.state)].deadline.clone().unwrap().text)
    };
    for (day, regime, limit) in [
        (date(2026, 1, 25), "food-15-2018", "3"),
        (date(2026, 1, 26), "food-46-2026", "10"),
        (date(2026, 2, 3), "food-46-2026", "10"),
        (date(2026, 2, 4), "food-15-2018", "3"),
    ] {
        assert_eq!(state(&food(Vec::new(), day)), (regime.to_owned(), limit.to_owned()), "{day}");
    }
    let passes = vec![pass(date(2024, 11, 4)), pass(date(2024, 12, 2)), pass(date(2025, 1, 20))];
    let under_46 = food(passes.clone(), date(2026, 1, 26));
    assert_eq!(method(&under_46), InspectionMethod::Ordinary, "46/2026 art 23(1): reduced for twelve months at most");
    assert_eq!(method(&food(passes, date(2026, 2, 4))), InspectionMethod::Reduced, "15/2018 knows no such end");
}

#[test]
fn identical_goods_are_waived_for_two_years_under_132() {
    // 2711/QĐ-BKHCN: steel bars, in force until 2026-06-30.
    let rule = "most-quality-group2-2711-2022";
    let hs = "72142031";
    let identity = [("product", "thép thanh vằn"), ("maker", "Hoa Sen"), ("brand", "HS"), ("model", "D10")];
    let goods = GoodsName {
        hs: HsCode::parse(hs).ok(),
        product: Some(comparable("thép thanh vằn")),
        maker: Some(comparable("Hoa Sen")),
        brand: Some(comparable("HS")),
        model: Some(comparable("D10")),
        origin: CountryCode::parse("TH").ok(),
    };
    let quality = |day| PastEvent { measure: measure("quality"), goods: goods.clone(), ..pass(day) };
    let record = || vec![quality(date(2024, 3, 4)), quality(date(2024, 3, 11)), quality(date(2024, 3, 18))];
    let on = |day, facts: &[(&'static str, &'static str)], events| {
        let facts = facts.iter().map(|(key, value)| fact(key, value)).collect();
        let asked = Asked { hs, day, name: "107000000002", facts };
        ask(pack(), &asked, &Records::new(events, Vec::new(), None), rule)
    };
    let waived = on(date(2026, 3, 17), &identity, record());
    assert_eq!((method(&waived), waived.status), (InspectionMethod::Waived, Status::Waived));
    assert_eq!(on(date(2026, 3, 18), &identity, record()).status, Status::Required, "two years are over");
    assert_eq!(on(date(2025, 1, 6), &identity[1..], record()).status, Status::Required, "the product is not named");
    let mut with_complaint = record();
    with_complaint.push(PastEvent { event: RecordEvent::ComplaintUpheld, ..quality(date(2024, 6, 3)) });
    assert_eq!(on(date(2025, 1, 6), &identity, with_complaint).status, Status::Required);
}

fn warned(change: impl FnOnce(&mut Warning)) -> Pack {
    let mut warning = Warning {
        id: "aflatoxin-2025".to_owned(),
        title_vi: "cảnh báo aflatoxin".to_owned(),
        title_en: "aflatoxin alert".to_owned(),
        measures: vec![measure("food_safety")],
        hs: vec![HsCode::parse("1905").unwrap()],
        origins: vec![CountryCode::parse("TH").unwrap()],
        makers: Vec::new(),
        importers: Vec::new(),
        valid: Interval { from: Day::of(date(2025, 4, 1)), to: Day::of(date(2025, 6, 30)) },
        legal_basis: "notice 123".to_owned(),
    };
    change(&mut warning);
    let mut pack = pack().clone();
    pack.warnings.push(warning);
    pack
}

fn exempt_food(day: Date) -> Asked<'static> {
    let mut asked = Asked::food(day);
    asked.facts.push(fact("purpose", "exhibition"));
    asked
}

#[test]
fn a_warning_cancels_exemptions_and_makes_the_inspection_strict_while_it_stands() {
    let pack = warned(|_| {});
    let on = |day| ask(&pack, &exempt_food(day), Records::none(), FOOD);
    assert_eq!(on(date(2025, 3, 31)).status, Status::Exempt, "the day before");
    for day in [date(2025, 4, 1), date(2025, 6, 30)] {
        let requirement = on(day);
        assert_eq!((requirement.status, method(&requirement)), (Status::Required, InspectionMethod::Strict), "{day}");
        assert!(requirement.warned.is_some_and(|warned| warned.certain));
    }
    assert_eq!(on(date(2025, 7, 1)).status, Status::Exempt, "the day after");
}

#[test]
fn the_end_of_a_warning_leads_back_to_ordinary_and_not_to_reduced() {
    let pack = warned(|_| {});
    let passes = vec![pass(date(2025, 1, 6)), pass(date(2025, 2, 3)), pass(date(2025, 3, 3))];
    let records = Records::new(passes, Vec::new(), Some(key()));
    let on = |day| method(&ask(&pack, &Asked::food(day), &records, FOOD));
    assert_eq!(on(date(2025, 3, 31)), InspectionMethod::Reduced);
    assert_eq!(on(date(2025, 4, 1)), InspectionMethod::Strict, "15/2018 art 17(3)(c)");
    assert_eq!(on(date(2025, 7, 1)), InspectionMethod::Ordinary, "art 17(4)(b)");
}

#[test]
fn passes_under_a_warning_do_not_end_it() {
    let pack = warned(|_| {});
    let passes = [date(2025, 4, 7), date(2025, 4, 14), date(2025, 4, 21), date(2025, 4, 28)].map(pass);
    let records = Records::new(passes.to_vec(), Vec::new(), Some(key()));
    assert_eq!(method(&ask(&pack, &Asked::food(date(2025, 5, 5)), &records, FOOD)), InspectionMethod::Strict);
}

#[test]
fn a_warning_on_a_maker_that_nobody_states_grants_nothing_and_condemns_nothing() {
    let pack = warned(|warning| warning.makers = vec!["Siam Biscuit Co".to_owned()]);
    let unstated = ask(&pack, &exempt_food(date(2025, 5, 5)), Records::none(), FOOD);
    assert_eq!((unstated.status, method(&unstated)), (Status::Required, InspectionMethod::Ordinary));
    assert!(unstated.warned.is_some_and(|warned| !warned.certain));
    let made_by = |maker: &'static str| {
        let mut asked = exempt_food(date(2025, 5, 5));
        asked.facts.push(fact("maker", maker));
        ask(&pack, &asked, Records::none(), FOOD)
    };
    assert_eq!(made_by("Hải Hà").status, Status::Exempt, "another maker");
    let condemned = made_by("SIAM biscuit  co");
    assert_eq!((condemned.status, method(&condemned)), (Status::Required, InspectionMethod::Strict));
}

#[test]
fn a_warning_on_an_importer_another_origin_or_measure_reaches_only_those() {
    for (pack, status) in [
        (warned(|warning| warning.importers = vec![IMPORTER.to_owned()]), Status::Required),
        (warned(|warning| warning.importers = vec!["0300000000".to_owned()]), Status::Exempt),
        (warned(|warning| warning.origins = vec![CountryCode::parse("CN").unwrap()]), Status::Exempt),
        (warned(|warning| warning.measures = vec![measure("quality")]), Status::Exempt),
        (warned(|warning| warning.hs = vec![HsCode::parse("0306").unwrap()]), Status::Exempt),
    ] {
        assert_eq!(ask(&pack, &exempt_food(date(2025, 5, 5)), Records::none(), FOOD).status, status);
    }
}

#[test]
fn the_draw_is_the_keys_and_takes_its_share() {
    let draws = |key: &[u8], name: &str| {
        let share = rust_decimal::Decimal::new(5, 2);
        SampleKey::new(key).unwrap().draws("food-15-2018", IMPORTER, name, Day::of(date(2025, 6, 2)), share)
    };
    let (one, other) = (b"the key of this installation 001", b"the key of this installation 002");
    let names: Vec<String> = (0..20_000).map(|at| format!("1070000{at:05}")).collect();
    let taken: Vec<bool> = names.iter().map(|name| draws(one, name)).collect();
    assert_eq!(taken, names.iter().map(|name| draws(one, name)).collect::<Vec<_>>(), "an auditor finds the same");
    let count = taken.iter().filter(|taken| **taken).count();
    assert!((900..1_100).contains(&count), "{count} of 20,000 at five in a hundred");
    let alike = names.iter().zip(&taken).filter(|(name, taken)| draws(other, name) == **taken).count();
    assert!((17_500..18_700).contains(&alike), "{alike}: another key draws others");
    assert!(SampleKey::new(b"too short").is_err());
    assert!(!format!("{:?}", SampleKey::new(one).unwrap()).contains("installation"), "keys are not printed");
}

fn any_event() -> impl Strategy<Value = PastEvent> {
    let what = select(RecordEvent::WORDS.map(|(_, event)| event).to_vec());
    (what, 0i32..900, any::<bool>()).prop_map(|(what, days, named)| {
        let day = date(2023, 1, 2).checked_add(jiff::Span::new().days(days)).unwrap();
        let goods = if named { pass(day).goods } else { GoodsName::default() };
        PastEvent { goods, ..event(what, day) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn another_failure_never_makes_the_inspection_milder(
        mut events in prop::collection::vec(any_event(), 0..12),
        days in 0i32..900,
    ) {
        let day = date(2025, 9, 1);
        let before = method(&food(events.clone(), day));
        let failed = date(2023, 1, 2).checked_add(jiff::Span::new().days(days)).unwrap();
        events.push(event(RecordEvent::Fail, failed));
        prop_assert!(method(&food(events, day)) >= before);
    }

    #[test]
    fn what_comes_after_the_day_and_the_order_of_the_rows_change_nothing(
        events in prop::collection::vec(any_event(), 0..12),
        later in prop::collection::vec(any_event(), 0..4),
    ) {
        let day = date(2025, 6, 22);
        // One event a day, so that the order of the days is the order of the events.
        let mut apart = events;
        apart.sort_by_key(|event| event.day);
        apart.dedup_by_key(|event| event.day);
        let before = food(apart.clone(), day);
        apart.reverse();
        apart.extend(later.into_iter().map(|event| PastEvent { day: Day::of(date(2025, 6, 23)), ..event }));
        prop_assert_eq!(food(apart, day), before);
    }
}

#[test]
fn what_customs_draws_customs_looks_at() {
    let pack = pack();
    let passes = vec![pass(date(2025, 1, 6)), pass(date(2025, 2, 3)), pass(date(2025, 3, 3))];
    let records = Records::new(passes, Vec::new(), Some(key()));
    let names: Vec<String> = (0..400).map(|at| format!("1070001{at:05}")).collect();
    let drawn = names.iter().find_map(|name| {
        let asked = Asked { name, ..Asked::food(date(2025, 6, 2)) };
        let requirement = ask(pack, &asked, &records, FOOD);
        (requirement.status == Status::Required).then_some((asked, requirement))
    });
    let (asked, requirement) = drawn.expect("five of a hundred are drawn");
    let screening = screened(pack, &asked, &records);
    assert_eq!(screening.requirements[0], requirement);
    let mut tasks = motcua::approval::Tasks::default();
    tasks.plan(pack, &screening, Day::of(asked.day));
    let task = &tasks.tasks[0];
    assert_eq!(task.agency, pack.customs_agency, "15/2018 art 16(1): by customs");
    assert_eq!(tasks.of_requirement(0), Some(0));
}
