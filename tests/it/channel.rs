//! The channel: how closely customs looks. It never changes a decision.

use jiff::civil::{Date, date};
use motcua::clearance::record::DecisionRecord;
use motcua::clearance::{Examiner, LawDay, Room};
use motcua::generate::{Generator, Plan, Style};
use motcua::law::{Condition, Day, Failures, Pack, RecordEvent, RiskProfile};
use motcua::message::{ReadOptions, Reading, read};
use motcua::records::EvidenceEntry;
use motcua::records::evidence::Checks;
use motcua::screening::{GoodsName, NoTrace, PastEvent, RecordPlace, Records, SampleKey, Screener};
use motcua::trade::{Channel, CountryCode, Decision, HsCode, Severity};
use rust_decimal::Decimal;

/// Its importer, and its day: nothing is asked of the goods.
const IMPORTER: &str = "0312456780";
const CLEAR: &str = "41-t-shirts-new-and-put-back-by-a-later-list.xml";
const HELD: &str = "10-chicken-two-tasks-in-order.xml";
const REFUSED: &str = "60-fireworks-prohibited.xml";

fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations").join(name);
    std::fs::read(path).unwrap()
}

fn profile(key: &str, channel: Channel) -> RiskProfile {
    RiskProfile {
        key: key.to_owned(),
        title_vi: String::new(),
        title_en: String::new(),
        channel,
        condition: Condition::Always,
        failures: None,
        share: None,
    }
}

fn with(profiles: &[RiskProfile]) -> Pack {
    let mut pack = motcua::embedded::pack().clone();
    pack.risk = profiles.to_vec();
    pack
}

/// The record of a decision, and the warnings of it.
fn decide(pack: &Pack, records: &Records, reading: &Reading<'_>) -> (DecisionRecord, Vec<String>) {
    decide_by(&Screener::new(pack), records, reading)
}

fn decide_by(screener: &Screener<'_>, records: &Records, reading: &Reading<'_>) -> (DecisionRecord, Vec<String>) {
    let law_day = LawDay { received: date(2026, 11, 24), as_of: None, law_date: None };
    let examiner = Examiner::new(screener, law_day).knowing(records);
    let mut room = Room::default();
    let examination = examiner.examine(reading, &mut room, &mut NoTrace);
    let warnings = examination.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let warnings = warnings.map(|finding| format!("{} {}", finding.code.as_str(), finding.message)).collect();
    (DecisionRecord::of(&examiner, &examination), warnings)
}

/// The channel of a fixture and why.
fn channel_of(pack: &Pack, records: &Records, name: &str) -> (Option<Channel>, Option<String>) {
    let bytes = file(name);
    let (record, warnings) = decide(pack, records, &read(&bytes, &ReadOptions::default()).unwrap());
    assert!(warnings.is_empty(), "{warnings:?}");
    (record.channel, record.channel_reason)
}

fn because(channel: Channel, reason: &str) -> (Option<Channel>, Option<String>) {
    (Some(channel), Some(reason.to_owned()))
}

fn none() -> Records {
    Records::new(Vec::new(), Vec::new(), None)
}

#[test]
fn the_further_channel_counts_and_of_its_profiles_the_first() {
    let (yellow, red) = (profile("y", Channel::Yellow), profile("r", Channel::Red));
    let other = profile("r2", Channel::Red);
    assert_eq!(channel_of(&with(&[]), &none(), CLEAR), (Some(Channel::Green), None));
    assert_eq!(channel_of(&with(std::slice::from_ref(&yellow)), &none(), CLEAR), because(Channel::Yellow, "y"));
    let all = with(&[yellow.clone(), red, other]);
    assert_eq!(channel_of(&all, &none(), CLEAR), because(Channel::Red, "r"));
    // What the decision says already is said by no profile of the same channel.
    assert_eq!(channel_of(&with(&[yellow]), &none(), HELD), because(Channel::Yellow, "held"));
    assert_eq!(channel_of(&all, &none(), HELD), because(Channel::Red, "r"));
    assert_eq!(channel_of(&all, &none(), REFUSED), because(Channel::Red, "refused"));
}

/// What is inspected after clearance holds nothing; that it failed sends customs to the goods.
#[test]
fn a_failed_requirement_is_red_though_the_line_is_clear() {
    let name = "28-rebar-medium-risk-after-clearance.xml";
    let bytes = file(name);
    let reading = read(&bytes, &ReadOptions::default()).unwrap();
    let stated = EvidenceEntry {
        id: Some("K-1".to_owned()),
        kind: Some("result".to_owned()),
        rule: Some("most-quality-medium-36-2026-pl2".to_owned()),
        declaration: reading.declaration.name().map(str::to_owned),
        outcome: Some("fail".to_owned()),
        ..EvidenceEntry::default()
    };
    let place = RecordPlace { source: "store".into(), line: 1 };
    let failed = stated.resolve(place, &mut Checks::new(motcua::embedded::pack())).unwrap();
    let records = Records::new(Vec::new(), vec![failed], None);
    assert_eq!(channel_of(&with(&[]), &none(), name), (Some(Channel::Green), None));
    let (record, _) = decide(&with(&[]), &records, &reading);
    assert_eq!(record.decision, Decision::Clear);
    assert_eq!((record.channel, record.channel_reason), because(Channel::Red, "requirement_failed"));
}

#[test]
fn a_profile_fits_where_one_line_certainly_fits() {
    let of_condition = |condition| RiskProfile { condition, ..profile("c", Channel::Red) };
    let hs = |code: &str| Condition::Hs(vec![HsCode::parse(code).unwrap()]);
    let origin = |code: &str| Condition::Origin(vec![CountryCode::parse(code).unwrap()]);
    let bytes = file(CLEAR);
    let item = read(&bytes, &ReadOptions::default()).unwrap().declaration.items[0].clone();
    let there = item.origin.unwrap().to_string();
    let fits = |condition| channel_of(&with(&[of_condition(condition)]), &none(), CLEAR) == because(Channel::Red, "c");
    assert!(fits(hs("6109")) && fits(origin(&there)));
    assert!(!fits(hs("6110")) && !fits(origin("AQ")));
    assert!(fits(Condition::All(vec![hs("61"), origin(&there)])));
    assert!(!fits(Condition::All(vec![hs("61"), origin("AQ")])));
    assert!(fits(Condition::Any(vec![hs("62"), origin(&there)])));
    assert!(fits(Condition::Not(Box::new(origin("AQ")))));
    // The words say that the shirts are new: that they are used is false, not unknown.
    let pack = motcua::embedded::pack();
    let fact = |key: &str| {
        let fact = pack.fact(key).unwrap();
        Condition::Fact { fact, any_of: pack.fact_bits(fact) }
    };
    assert!(!fits(fact("used")) && fits(Condition::Not(Box::new(fact("used")))));
    // Nobody says whether they are of a species under CITES: neither fits.
    assert!(!fits(fact("cites_species")) && !fits(Condition::Not(Box::new(fact("cites_species")))));
}

fn failure(event: RecordEvent, day: Date) -> PastEvent {
    PastEvent {
        place: RecordPlace { source: "history".into(), line: 1 },
        importer: IMPORTER.to_owned(),
        measure: motcua::law::MeasureId(0),
        event,
        day: Day::of(day),
        until: None,
        consignment: Some(day.to_string()),
        goods: GoodsName::default(),
    }
}

/// The day of the fixture is 2026-09-04.
#[test]
fn failures_of_the_trader_count_for_so_many_months() {
    let bytes = file(CLEAR);
    let mut reading = read(&bytes, &ReadOptions::default()).unwrap();
    reading.declaration.importer.id = Some(IMPORTER.into());
    let twice = Failures { count: 2, within_months: 12 };
    let pack = with(&[RiskProfile { failures: Some(twice), ..profile("failed", Channel::Red) }]);
    let fits = |events: Vec<PastEvent>| {
        decide(&pack, &Records::new(events, Vec::new(), None), &reading).0.channel == Some(Channel::Red)
    };
    let (failed, market) = (RecordEvent::Fail, RecordEvent::MarketFail);
    assert!(fits(vec![failure(failed, date(2026, 3, 2)), failure(market, date(2026, 9, 4))]));
    assert!(fits(vec![failure(failed, date(2025, 9, 4)), failure(failed, date(2026, 9, 3))]), "the last day counts");
    assert!(!fits(vec![failure(failed, date(2025, 9, 3)), failure(failed, date(2026, 9, 3))]), "a day too long ago");
    assert!(!fits(vec![failure(failed, date(2026, 3, 2)), failure(failed, date(2026, 9, 5))]), "not yet");
    assert!(!fits(vec![failure(failed, date(2026, 3, 2)), failure(RecordEvent::Pass, date(2026, 9, 3))]));
    let mut of_another = failure(failed, date(2026, 9, 3));
    of_another.importer = "0100100100".to_owned();
    assert!(!fits(vec![failure(failed, date(2026, 3, 2)), of_another]));
}

/// Records with nothing in them but the key of the draw.
fn keyed() -> Records {
    Records::new(Vec::new(), Vec::new(), Some(SampleKey::new(b"a key of thirty-two bytes, or so").unwrap()))
}

#[test]
fn a_share_is_drawn_with_the_key_and_not_applied_without() {
    let share =
        |share: &str| RiskProfile { share: Some(share.parse::<Decimal>().unwrap()), ..profile("s", Channel::Red) };
    let drawn = |pack: &Pack| {
        let records = keyed();
        let bytes = file(CLEAR);
        let mut reading = read(&bytes, &ReadOptions::default()).unwrap();
        let screener = Screener::new(pack);
        let numbers = 0..400;
        let drawn = numbers.filter(|number| {
            reading.declaration.number = Some(format!("1070{number:08}").into());
            let (record, warnings) = decide_by(&screener, &records, &reading);
            assert!(warnings.is_empty() && record.decision == Decision::Clear);
            match record.channel_reason.as_deref() {
                Some("s") => true,
                None => false,
                Some(other) => panic!("{other}"),
            }
        });
        drawn.collect::<Vec<i32>>()
    };
    let tenth = with(&[share("0.1")]);
    let some = drawn(&tenth);
    // 40 are to be expected; five standard deviations to each side.
    assert!((10..=70).contains(&some.len()), "{} of 400", some.len());
    assert_eq!(drawn(&tenth), some, "who draws again draws the same");
    let half = drawn(&with(&[share("0.5")]));
    assert!(some.iter().all(|number| half.contains(number)), "a larger share has the smaller in it");

    let bytes = file(CLEAR);
    let reading = read(&bytes, &ReadOptions::default()).unwrap();
    let (record, warnings) = decide(&tenth, &none(), &reading);
    assert_eq!((record.channel, record.decision), (Some(Channel::Green), Decision::Clear));
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.starts_with("SAMPLE_KEY risk profile `s` draws a share"), "{warning}");
    // Another profile still counts, and what is red already needs no draw.
    let and = with(&[share("0.1"), profile("y", Channel::Yellow)]);
    assert_eq!(decide(&and, &none(), &reading).0.channel_reason.as_deref(), Some("y"));
    assert_eq!(channel_of(&tenth, &none(), REFUSED), because(Channel::Red, "refused"));
}

#[test]
fn advance_information_and_applications_have_no_channel() {
    let pack = with(&[profile("r", Channel::Red)]);
    for name in ["94-application-for-the-aquatic-certificate.xml", "74-foreign-message-by-headings.xml"] {
        assert_eq!(channel_of(&pack, &none(), name), (None, None), "{name}");
    }
}

/// Whatever the profiles are, nothing but channel and warnings differs.
#[test]
fn no_profile_changes_a_decision() {
    let none_at_all = with(&[]);
    let used = motcua::embedded::pack().fact("used").unwrap();
    let used = Condition::Fact { fact: used, any_of: motcua::embedded::pack().fact_bits(used) };
    let profiles = [
        profile("y", Channel::Yellow),
        RiskProfile { condition: used, ..profile("used", Channel::Red) },
        RiskProfile { share: Some(Decimal::new(3, 1)), ..profile("s", Channel::Red) },
    ];
    let some = with(&profiles);
    let records = keyed();
    let pack = motcua::embedded::pack();
    let generator = Generator::new(pack, Plan::before_edition(pack, 5, Style::National)).unwrap();
    let (none_at_all, some) = (Screener::new(&none_at_all), Screener::new(&some));
    let mut channels = [0; 3];
    for at in 0..120 {
        let bytes = generator.document(at);
        let reading = read(&bytes, &ReadOptions::default()).unwrap();
        let (before, _) = decide_by(&none_at_all, &records, &reading);
        let (after, _) = decide_by(&some, &records, &reading);
        let (of_before, of_after) = (before.channel.unwrap(), after.channel.unwrap());
        assert!(of_after >= of_before && of_after >= Channel::Yellow);
        channels[of_after as usize] += 1;
        let blank = |record: DecisionRecord| DecisionRecord { channel: None, channel_reason: None, ..record };
        assert_eq!(blank(before), blank(after));
    }
    assert!(channels[1] > 0 && channels[2] > 0, "{channels:?}");
}
