//! A window in which things have happened.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use motcua::clearance::case::permit::{Permit, PermitEvent};
use motcua::clearance::case::window::WindowEvent;
use motcua::clearance::case::{Author, CaseId, Entry, Event};
use motcua::clearance::explain::Lang;
use motcua::law::life_cycle::Act as Meaning;
use motcua::ledger::{Amount, Event as Posting, Limit, Validity};
use motcua::service::act::{Act, DossierAct, Given};
use motcua::service::intake::{IntakeError, Sent, Wanted};
use motcua::service::lanes::Lane;
use motcua::service::new_case;
use motcua::store::journal::{Appending, Head};
use motcua::store::messages::Answer;
use motcua::store::project::{self, ClockPolicy, Novelty};
use motcua::store::{Database, Making, cases, waiting};

use crate::service::house::{House, fixture, json, moment, officer, principal};

/// The story begins.
pub(crate) const NOW: &str = "2026-07-20T10:00:00+07:00";

/// What the story left.
pub(crate) struct Story {
    pub(crate) database: Database,
    /// A declaration that is cleared: two dossiers served it.
    pub(crate) cleared: CaseId,
    /// A declaration that waits for an officer's result.
    pub(crate) waits: CaseId,
}

/// An act with nothing but its meaning.
pub(crate) fn act(act: Meaning, note: &str) -> Box<DossierAct> {
    Box::new(DossierAct::Do { act, note: note.to_owned(), given: Given::default(), paper: None })
}

/// Sends a message under an id.
pub(crate) async fn send_as(house: &House, bytes: Vec<u8>, key: &str) -> Result<Answer, IntakeError> {
    let bytes = numbered(bytes, key);
    let (principal, key) = (Arc::new(principal()), Some(key.to_owned()));
    house.service.take(Lane::Ordinary, Sent { bytes, principal, key, lang: Lang::En, wanted: Wanted::Json }).await
}

/// A fixture under another number of customs for each key: the same number is the same declaration.
fn numbered(bytes: Vec<u8>, key: &str) -> Vec<u8> {
    let number = key.bytes().fold(0_u64, |number, byte| (number * 257 + u64::from(byte)) % 9_999_999_967);
    let text = String::from_utf8(bytes).unwrap();
    text.replace("1070000000", &format!("{number:010}")).into_bytes()
}

/// The keys of a declaration's open tasks.
pub(crate) async fn tasks(database: &Database, case: CaseId) -> Vec<String> {
    let mut reader = database.read().await.unwrap();
    let declaration = cases::declaration(&mut reader.link(), case).await.unwrap().unwrap();
    declaration.decision.iter().flat_map(|decision| &decision.tasks).map(|task| task.key.clone()).collect()
}

/// What rows are made with in the tests.
pub(crate) fn making() -> Making<'static> {
    Making {
        policy: ClockPolicy::default(),
        cycle: &|procedure| {
            let pack = motcua::embedded::pack();
            pack.life_cycle_of(procedure.and_then(|code| pack.procedure(code)))
        },
    }
}

/// Two declarations, one of them cleared, a message that cannot be read, a permit with a quantity,
/// a word of the operator. All but the last entries are sealed.
pub(crate) async fn lived_in(database: Database) -> Story {
    let address = database.address();
    let house = House::start(database.clone(), moment(NOW)).await;
    let (cleared, _) = house.declare(fixture("declarations/10-chicken-two-tasks-in-order.xml")).await;
    let again = fixture("declarations/10-chicken-two-tasks-in-order.xml");
    let answer = send_as(&house, again, "another").await.unwrap();
    let waits = json(&answer)["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(house.send(b"<no-message/>".to_vec()).await.status, 422);
    let after = |hours| moment(NOW).checked_add(SignedDuration::from_hours(hours)).unwrap();
    house.service.shared().clock.set(after(3));
    for _ in 0..2 {
        let task = tasks(&database, cleared).await.remove(0);
        let act = Act::Task { case: cleared, task, act: act(Meaning::Issue, ""), seen: None };
        house.service.act(act, officer("vet", "an")).await.unwrap();
    }
    let task = tasks(&database, waits).await.remove(0);
    let claim = Act::Task { case: waits, task, act: Box::new(DossierAct::Claim), seen: None };
    house.service.act(claim, officer("vet", "binh")).await.unwrap();
    house.service.stop().await;
    let database = Database::open(&address).await.unwrap();
    append_more(&database, after(4)).await;
    Story { database, cleared, waits }
}

/// A word of the operator.
pub(crate) async fn say(database: &Database, now: Timestamp) {
    let said = WindowEvent::Operated { what: "drill".to_owned(), reason: "a test".to_owned() };
    let entry = Entry { case: new_case(now), number: 1, at: now, by: Author::system(), event: Event::Window(said) };
    let mut writer = database.write().await.unwrap();
    let mut appending = Appending::begin(&mut writer.link()).await.unwrap();
    appending.push(&mut Head { ..Head::NONE }, &entry).unwrap();
    appending.write(&mut writer.link()).await.unwrap();
    writer.commit().await.unwrap();
}

/// Entries of the other two streams.
async fn append_more(database: &Database, now: Timestamp) {
    let (permit, window) = (new_case(now), new_case(now));
    let granted = Posting::Granted {
        revision: 1,
        limit: Limit::UpTo(Amount::new("1200.5".parse().unwrap()).unwrap()),
        valid: Validity { from: "2026-01-01".parse().unwrap(), to: None },
    };
    let opened = PermitEvent::Opened {
        account: "K-77/1".to_owned(),
        agency: None,
        unit: "TNE".to_owned(),
        counted_in: "KGM".to_owned(),
        holder: Some("0312345678".to_owned()),
        dossier: None,
    };
    let said = WindowEvent::Operated { what: "drill".to_owned(), reason: "a test".to_owned() };
    let entry = |case, number, event| Entry { case, number, at: now, by: Author::system(), event };
    let entries = [
        entry(permit, 1, Event::Permit(opened)),
        entry(permit, 2, Event::Permit(PermitEvent::Posted { posting: granted })),
        entry(window, 1, Event::Window(said)),
    ];
    let mut state = Permit::begin(&entries[0]).unwrap();
    state.apply(&entries[1]).unwrap();

    let mut writer = database.write().await.unwrap();
    let link = &mut writer.link();
    let mut appending = Appending::begin(link).await.unwrap();
    let (mut of_permit, mut of_window) = (Head::NONE, Head::NONE);
    appending.push(&mut of_permit, &entries[0]).unwrap();
    appending.push(&mut of_permit, &entries[1]).unwrap();
    let changed = appending.seq();
    appending.push(&mut of_window, &entries[2]).unwrap();
    appending.write(link).await.unwrap();
    let rows = project::account(&state.about, &state.account, of_permit);
    project::write(link, vec![(permit, Novelty::New, rows)]).await.unwrap();
    waiting::holder_changed(link, "0312345678", changed).await.unwrap();
    writer.commit().await.unwrap();
}
