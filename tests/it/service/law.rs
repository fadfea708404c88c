//! A change of law while the service runs.

mod command_line;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::date;
use motcua::clearance::case::declaration::Declaration;
use motcua::clearance::case::window::{WINDOW, WindowEvent};
use motcua::clearance::case::{Author, CaseId, Entry, Event, RefusedReason, Role};
use motcua::service::desk::ActError;
use motcua::service::law_change::{Checked, Effect};
use motcua::service::writer::WorkError;
use motcua::store::{Database, cases, packs, verify};
use motcua::trade::Decision;

use super::drafts::{draft, slower};
use super::house::{House, moment};
use crate::exchange::office::PATIENCE;
use crate::store::servers::addresses;
use crate::support::{line, wco};

const EVENING: &str = "2026-07-20T22:00:00+07:00";
const LAST_MOMENT: &str = "2026-07-20T23:59:59.999999+07:00";
const MIDNIGHT: &str = "2026-07-21T00:00:00+07:00";

fn operator() -> Author {
    Author { role: Role::Operator, organisation: Some("operator".to_owned()), person: Some("lan".to_owned()) }
}

/// A declaration of a day with one line.
pub(super) fn declared(reference: &str, day: &str, hs: &str) -> Vec<u8> {
    let line = line(hs, "hàng mới 100%", "CN", "A11");
    wco(&[line]).replace("20261102", day).replace("TEST-1", reference).into_bytes()
}

async fn start(address: &str, now: &str) -> House {
    House::start(Database::open(address).await.unwrap(), moment(now)).await
}

async fn state(house: &House, case: CaseId) -> Declaration {
    let mut reader = house.service.shared().database.read().await.unwrap();
    cases::declaration(&mut reader.link(), case).await.unwrap().unwrap()
}

/// The edition that a case was decided under last, and how.
async fn decided(house: &House, case: CaseId) -> (String, Decision) {
    let decision = state(house, case).await.decision.unwrap();
    (decision.pack.edition, decision.decision)
}

/// Waits until a case is decided under an edition.
async fn until_decided(house: &House, case: CaseId, edition: &str) -> Decision {
    let begun = Instant::now();
    loop {
        let (of, decision) = decided(house, case).await;
        if of == edition {
            return decision;
        }
        assert!(begun.elapsed() < PATIENCE, "{case} is still decided under {of}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn install(house: &House, from: jiff::civil::Date) -> Result<Effect, WorkError> {
    house.service.install_law(Checked::new(draft()).unwrap(), from, operator()).await
}

/// What happened to the single window itself.
async fn cases_of_window(house: &House) -> Vec<Entry> {
    let mut reader = house.service.shared().database.read().await.unwrap();
    cases::entries(&mut reader.link(), WINDOW).await.unwrap()
}

fn set(house: &House, now: &str) {
    house.service.shared().clock.set(moment(now));
}

fn built_in() -> &'static str {
    &motcua::embedded::pack().edition
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_decides_from_midnight_of_its_day_without_a_restart() {
    for (server, address) in addresses().await {
        let house = start(&address, EVENING).await;
        let (prawn, answer) = house.declare(declared("prawn", "20260720", "03061719")).await;
        assert_eq!(answer["decision"], "hold", "{server}");
        let effect = install(&house, date(2026, 7, 21)).await.unwrap();
        assert_eq!((effect.open, effect.changed, effect.unreadable), (1, 1, 0), "{server}");
        let moved: Vec<_> = effect.cases.iter().map(|moved| (moved.case, moved.from, moved.to)).collect();
        assert_eq!(moved, [(prawn, Decision::Hold, Decision::Clear)], "{server}");

        set(&house, LAST_MOMENT);
        let (_, answer) = house.declare(declared("umbrella-1", "20260720", "66019900")).await;
        assert_eq!(
            (&answer["decision"], &answer["pack"]["edition"]),
            (&"clear".into(), &built_in().into()),
            "{server}"
        );
        assert_eq!(decided(&house, prawn).await, (built_in().to_owned(), Decision::Hold), "{server}");

        set(&house, MIDNIGHT);
        let (_, answer) = house.declare(declared("umbrella-2", "20260721", "66019900")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"hold".into(), &"draft".into()), "{server}");
        // Under the new edition a day before the rule is still a day before the rule.
        let (_, answer) = house.declare(declared("umbrella-3", "20260720", "66019900")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"clear".into(), &"draft".into()), "{server}");
        assert_eq!(until_decided(&house, prawn, "draft").await, Decision::Clear, "{server}");
        assert_eq!(state(&house, prawn).await.decision.unwrap().date, date(2026, 7, 20), "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_whose_day_comes_while_nobody_is_there_decides_after_the_start() {
    for (server, address) in addresses().await {
        let house = start(&address, EVENING).await;
        let (prawn, _) = house.declare(declared("prawn", "20260720", "03061719")).await;
        install(&house, date(2026, 7, 21)).await.unwrap();
        house.service.stop().await;

        let house = start(&address, EVENING).await;
        let (_, answer) = house.declare(declared("umbrella-1", "20260720", "66019900")).await;
        assert_eq!(answer["pack"]["edition"], built_in(), "{server}: it is not its day yet");
        house.service.stop().await;

        let house = start(&address, MIDNIGHT).await;
        assert_eq!(until_decided(&house, prawn, "draft").await, Decision::Clear, "{server}");
        let (_, answer) = house.declare(declared("umbrella-2", "20260721", "66019900")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"hold".into(), &"draft".into()), "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_that_is_taken_back_gives_way_to_the_one_before_and_may_come_again() {
    for (server, address) in addresses().await {
        let house = start(&address, MIDNIGHT).await;
        install(&house, date(2026, 7, 21)).await.unwrap();
        let digest = draft().pack.digest;
        let (umbrella, answer) = house.declare(declared("umbrella", "20260721", "66019900")).await;
        assert_eq!(answer["decision"], "hold", "{server}");
        let (cleared, answer) = house.declare(declared("prawn", "20260721", "03061719")).await;
        assert_eq!(answer["status"], "cleared", "{server}");

        let withdrawn = house.service.withdraw_law(digest.clone(), " ".to_owned(), operator()).await;
        assert!(matches!(refusal(withdrawn), (RefusedReason::Invalid, _)), "{server}: without a reason");
        house.service.withdraw_law(digest.clone(), "published in error".to_owned(), operator()).await.unwrap();
        assert_eq!(until_decided(&house, umbrella, built_in()).await, Decision::Clear, "{server}");
        // What was cleared stays as it was decided.
        assert_eq!(decided(&house, cleared).await.0, "draft", "{server}");
        let (_, answer) = house.declare(declared("prawn-2", "20260721", "03061719")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"hold".into(), &built_in().into()), "{server}");
        let again = house.service.withdraw_law(digest.clone(), "once more".to_owned(), operator()).await;
        assert!(matches!(refusal(again), (RefusedReason::Unknown, _)), "{server}");

        install(&house, date(2026, 7, 22)).await.unwrap();
        let (_, answer) = house.declare(declared("prawn-3", "20260721", "03061719")).await;
        assert_eq!(answer["pack"]["edition"], built_in(), "{server}");
        set(&house, "2026-07-22T00:00:00+07:00");
        let (_, answer) = house.declare(declared("prawn-4", "20260721", "03061719")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"clear".into(), &"draft".into()), "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_installs_decides_in_the_next_transaction_of_another() {
    for (server, address) in addresses().await {
        let one = start(&address, MIDNIGHT).await;
        let other = start(&address, MIDNIGHT).await;
        let (_, answer) = other.declare(declared("umbrella-1", "20260721", "66019900")).await;
        assert_eq!(answer["decision"], "clear", "{server}");
        install(&one, date(2026, 7, 21)).await.unwrap();
        let (_, answer) = other.declare(declared("umbrella-2", "20260721", "66019900")).await;
        assert_eq!((&answer["decision"], &answer["pack"]["edition"]), (&"hold".into(), &"draft".into()), "{server}");
        one.service.withdraw_law(draft().pack.digest, "a test".to_owned(), operator()).await.unwrap();
        let (_, answer) = other.declare(declared("umbrella-3", "20260721", "66019900")).await;
        assert_eq!(
            (&answer["decision"], &answer["pack"]["edition"]),
            (&"clear".into(), &built_in().into()),
            "{server}"
        );
        one.service.stop().await;
        other.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_the_law_is_journalled_with_who_did_it() {
    for (server, address) in addresses().await {
        let house = start(&address, EVENING).await;
        house.declare(declared("prawn", "20260720", "03061719")).await;
        let digest = draft().pack.digest;
        install(&house, date(2026, 7, 21)).await.unwrap();
        house.service.withdraw_law(digest.clone(), "published in error".to_owned(), operator()).await.unwrap();
        let entries = cases_of_window(&house).await;
        let said: Vec<_> = entries.iter().map(|entry| (entry.number, &entry.by, &entry.event)).collect();
        let installed = Event::Window(WindowEvent::LawInstalled {
            digest: digest.clone(),
            edition: "draft".to_owned(),
            active_from: date(2026, 7, 21),
            changed: 1,
            rescheduled: 0,
        });
        let withdrawn = Event::Window(WindowEvent::LawWithdrawn {
            digest: digest.clone(),
            reason: "published in error".to_owned(),
        });
        assert_eq!(said, [(1, &operator(), &installed), (2, &operator(), &withdrawn)], "{server}");
        let mut reader = house.service.shared().database.read().await.unwrap();
        let kept = packs::all(&mut reader.link()).await.unwrap();
        assert_eq!(kept.len(), 1, "{server}");
        assert_eq!((kept[0].installed_by.as_str(), kept[0].installed), ("lan", moment(EVENING)), "{server}");
        drop(reader);
        let verified = verify(&house.service.shared().database, |_| {}).await.unwrap();
        assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_installed_changes_nothing() {
    for (server, address) in addresses().await {
        let house = start(&address, EVENING).await;
        let (case, _) = house.declare(declared("prawn", "20260720", "03061719")).await;
        let tomorrow = date(2026, 7, 21);

        let mut wrong = draft();
        let positive = wrong.cases.iter_mut().find(|case| case.expect == motcua::law::Expectation::Positive).unwrap();
        positive.expect = motcua::law::Expectation::Negative;
        let refused = Checked::new(wrong).unwrap_err();
        assert_eq!(refused.reason, RefusedReason::Invalid, "{server}");
        assert!(refused.message.contains(".toml:"), "{server}: {refused}");

        let mut abroad = draft();
        abroad.pack.country = motcua::trade::CountryCode::parse("LA").unwrap();
        abroad.cases.clear();
        let abroad = house.service.install_law(Checked::new(abroad).unwrap(), tomorrow, operator()).await;
        let (reason, message) = refusal(abroad);
        assert!(reason == RefusedReason::Invalid && message.contains("LA") && message.contains("VN"), "{message}");

        let (reason, message) = refusal(install(&house, date(2026, 7, 19)).await);
        assert!(reason == RefusedReason::Invalid && message.contains("2026-07-19"), "{server}: {message}");

        let first =
            motcua::law::Loaded { pack: motcua::embedded::pack().clone(), cases: Vec::new(), warnings: Vec::new() };
        let (reason, _) = refusal(house.service.install_law(Checked::new(first).unwrap(), tomorrow, operator()).await);
        assert_eq!(reason, RefusedReason::Conflict, "{server}: it decides already");

        let mut reader = house.service.shared().database.read().await.unwrap();
        assert_eq!(packs::all(&mut reader.link()).await.unwrap(), [], "{server}");
        drop(reader);
        assert_eq!(cases_of_window(&house).await, [], "{server}");
        set(&house, MIDNIGHT);
        house.declare(declared("umbrella", "20260721", "66019900")).await;
        assert_eq!(decided(&house, case).await.0, built_in(), "{server}");

        install(&house, tomorrow).await.unwrap();
        let (reason, message) = refusal(install(&house, date(2026, 8, 1)).await);
        assert!(reason == RefusedReason::Conflict && message.contains("draft"), "{server}: {message}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_effect_alone_installs_nothing() {
    for (server, address) in addresses().await {
        let house = start(&address, MIDNIGHT).await;
        for number in 0..70 {
            house.declare(declared(&format!("prawn-{number}"), "20260720", "03061719")).await;
        }
        let (other, answer) = house.declare(declared("chicken", "20260720", "02071420")).await;
        assert_eq!(answer["decision"], "hold", "{server}");
        let effect = house.service.law_effect(Checked::new(draft()).unwrap()).await.unwrap();
        assert_eq!((effect.open, effect.changed, effect.same_for_other_reasons), (71, 70, 0), "{server}");
        let moved: Vec<_> = effect.moved.iter().map(|moved| (moved.from, moved.to, moved.count)).collect();
        assert_eq!(moved, [(Decision::Hold, Decision::Clear, 70)], "{server}");
        assert_eq!(effect.cases.len(), 50, "{server}: the first of them");
        assert!(effect.cases.iter().all(|moved| moved.case != other), "{server}");
        let (_, answer) = house.declare(declared("umbrella", "20260721", "66019900")).await;
        assert_eq!(
            (&answer["decision"], &answer["pack"]["edition"]),
            (&"clear".into(), &built_in().into()),
            "{server}"
        );
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_that_move_are_an_effect_by_themselves() {
    for (server, address) in addresses().await {
        let house = start(&address, MIDNIGHT).await;
        let (case, answer) = house.declare(declared("prawn", "20260720", "03061719")).await;
        let stands = answer["clearance"]["earliest"].as_str().unwrap().parse::<Timestamp>().unwrap();
        let effect = house.service.law_effect(Checked::new(slower()).unwrap()).await.unwrap();
        let counts = (effect.open, effect.changed, effect.same_for_other_reasons, effect.rescheduled);
        assert_eq!(counts, (1, 0, 0, 1), "{server}");
        let [moved] = &effect.rescheduled_cases[..] else { panic!("{server}: {effect:?}") };
        assert_eq!((moved.case, moved.name.as_str(), moved.from), (case, "prawn", Some(stands)), "{server}");
        assert!(moved.to > moved.from, "{server}: {moved:?}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_packs_are_not_called_alike() {
    for (server, address) in addresses().await {
        let house = start(&address, EVENING).await;
        install(&house, date(2026, 7, 21)).await.unwrap();
        let mut other = slower();
        other.pack.edition = "draft".to_owned();
        let refused = house.service.install_law(Checked::new(other).unwrap(), date(2026, 7, 22), operator()).await;
        let Err(WorkError::Act(ActError::Refused(refused))) = refused else { panic!("{server}: {refused:?}") };
        assert_eq!(refused.reason, RefusedReason::Conflict, "{server}");
        assert!(refused.message.contains("its own name"), "{server}: {refused}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_of_another_version_of_the_program_is_named_and_the_others_go_on() {
    for (server, address) in addresses().await {
        let house = start(&address, EVENING).await;
        install(&house, date(2026, 7, 21)).await.unwrap();
        let database = &house.service.shared().database;
        let mut writer = database.write().await.unwrap();
        let (digest, at) = (draft().pack.digest, Timestamp::UNIX_EPOCH);
        let kept = packs::Kept { digest: &digest, country: "VN", edition: "draft", compiled: &[1, 2, 3] };
        packs::install(&mut writer.link(), &kept, date(2026, 7, 21), (at, "a later version")).await.unwrap();
        writer.commit().await.unwrap();
        house.service.stop().await;

        let house = start(&address, MIDNIGHT).await;
        let unreadable = house.service.shared().law.unreadable();
        assert_eq!(unreadable.len(), 2, "{server}");
        assert!(unreadable[0].reason.contains("version 1"), "{server}: {}", unreadable[0].reason);
        let (_, answer) = house.declare(declared("umbrella", "20260721", "66019900")).await;
        assert_eq!(answer["pack"]["edition"], built_in(), "{server}");
        // Installed again by this version it decides.
        install(&house, date(2026, 7, 21)).await.unwrap();
        assert_eq!(house.service.shared().law.unreadable().len(), 0, "{server}");
        let (_, answer) = house.declare(declared("umbrella-2", "20260721", "66019900")).await;
        assert_eq!(answer["pack"]["edition"], "draft", "{server}");
        house.service.stop().await;
    }
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, WorkError>) -> (RefusedReason, String) {
    match outcome {
        Err(WorkError::Act(ActError::Refused(refused))) => (refused.reason, refused.message),
        other => panic!("it was to be refused: {other:?}"),
    }
}
