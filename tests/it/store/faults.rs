//! The database is gone, full, or slow: a clear word, nothing lost that was answered, and no restart.
//!
//! A full disk is tried on SQLite only: PostgreSQL would need a file system of its own for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use motcua::service::desk::ActError;
use motcua::service::intake::IntakeError;
use motcua::service::writer::WorkError;
use motcua::store::messages::Answer;
use motcua::store::{Database, Limits, Mode, StoreError, verify};

use super::own_server::OwnServer;
use super::raw::{Cell, Raw};
use super::servers::{addresses, databases, folder};
use super::story::{NOW, making, send_as};
use crate::service::house::{House, fixture, moment};
use crate::support::{line, wco};

/// A message, under an id of its own.
async fn send(house: &House, key: &str) -> Result<Answer, StoreError> {
    match send_as(house, fixture("declarations/10-chicken-two-tasks-in-order.xml"), key).await {
        Ok(answer) => {
            assert_eq!(answer.status, 201, "{key}");
            Ok(answer)
        }
        Err(IntakeError::Work(WorkError::Act(ActError::Store(error)))) => Err(error),
        Err(error) => panic!("{key}: {error}"),
    }
}

/// What was answered before is answered again, what was not is answered now; then everything is
/// there once.
async fn nothing_is_lost(server: &str, house: &House, database: &Database, sent: &BTreeMap<String, Option<Answer>>) {
    for (key, before) in sent {
        let answer = send(house, key).await.unwrap_or_else(|error| panic!("{server}: {key}: {error}"));
        if let Some(before) = before {
            assert_eq!(answer, *before, "{server}: {key}");
        }
    }
    let verified = verify(database, |_| {}).await.unwrap();
    assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
    assert_eq!(verified.messages, sent.len() as u64, "{server}");
    let cases = Raw::connect(database).await.rows("SELECT COUNT(*) FROM declarations").await;
    assert_eq!(cases, [[Cell::Number(i64::try_from(sent.len()).unwrap())]], "{server}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_and_comes_back_loses_nothing_and_needs_no_restart() {
    let Some(server) = OwnServer::start() else { return };
    let limits = Limits { patience: Duration::from_secs(2), ..Limits::default() };
    let database = Database::open_within(&server.address(), limits).await.unwrap();
    let house = Arc::new(House::start(database.clone(), moment(NOW)).await);
    let mut sent = BTreeMap::new();
    for round in 0..2 {
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let house = Arc::clone(&house);
                tokio::spawn(async move {
                    let mut sent = Vec::new();
                    for number in 0.. {
                        let key = format!("{round}-{sender}-{number}");
                        match send(&house, &key).await {
                            Ok(answer) => sent.push((key, Some(answer))),
                            Err(error) => {
                                assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
                                sent.push((key, None));
                                return sent;
                            }
                        }
                    }
                    sent
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        tokio::task::block_in_place(|| server.stop());
        for sender in senders {
            sent.extend(sender.await.unwrap());
        }
        let began = Instant::now();
        let error = send(&house, "while it is gone").await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        tokio::task::block_in_place(|| server.go());
    }
    assert!(sent.values().filter(|answer| answer.is_some()).count() > 8, "{}", sent.len());
    nothing_is_lost("PostgreSQL", &house, &database, &sent).await;
    Arc::into_inner(house).unwrap().service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_by_halves_and_goes_on_when_there_is_room() {
    let path = folder().join("motcua.db");
    let address = path.to_str().unwrap();
    let first = Database::open(address).await.unwrap();
    let mut raw = Raw::connect(&first).await;
    raw.run("CREATE TABLE filler (bytes BLOB)", &[]).await.unwrap();
    raw.run("INSERT INTO filler VALUES (zeroblob(8000000))", &[]).await.unwrap();
    let [Cell::Number(pages)] = raw.rows("PRAGMA page_count").await[0][..] else { panic!("a number") };
    first.close().await;

    let pages_max = Some(u32::try_from(pages).unwrap() + 60);
    let database = Database::open_within(address, Limits { pages_max, ..Limits::default() }).await.unwrap();
    let house = House::start(database.clone(), moment(NOW)).await;
    let mut sent = BTreeMap::new();
    let mut refused = 0;
    for number in 0..200 {
        let key = format!("{number:03}");
        match send(&house, &key).await {
            Ok(answer) => drop(sent.insert(key, Some(answer))),
            Err(error) => {
                assert!(matches!(&error, StoreError::Unavailable(said) if said.contains("full")), "{error}");
                sent.insert(key, None);
                refused += 1;
            }
        }
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5, "{} messages found room", sent.len());
    assert!(sent.len() > 8, "{}", sent.len());
    // What was answered is answered still, from a database with no room for anything new.
    let (key, answer) = sent.iter().find(|(_, answer)| answer.is_some()).unwrap();
    assert_eq!(send(&house, key).await.unwrap(), *answer.as_ref().unwrap());
    assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new());

    raw.run("DROP TABLE filler", &[]).await.unwrap();
    nothing_is_lost("SQLite", &house, &database, &sent).await;
    house.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_database_is_waited_for() {
    for (server, database) in databases().await {
        let other = Database::open(&database.address()).await.unwrap();
        let house = House::start(database.clone(), moment(NOW)).await;
        let began = Instant::now();
        let busy = other.write().await.unwrap();
        let (answer, ()) = tokio::join!(send(&house, "one"), async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            busy.roll_back().await.unwrap();
        });
        let answer = answer.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(3), "{server}");
        nothing_is_lost(server, &house, &database, &BTreeMap::from([("one".to_owned(), Some(answer))])).await;
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_too_slow_is_told_of_and_tried_again() {
    let limits = Limits { patience: Duration::from_millis(700), ..Limits::default() };
    for (server, address) in addresses().await {
        let database = Database::open_within(&address, limits).await.unwrap();
        let other = Database::open(&address).await.unwrap();
        let house = House::start(database.clone(), moment(NOW)).await;
        let mut sent = BTreeMap::from([("first".to_owned(), send(&house, "first").await.ok())]);
        let busy = other.write().await.unwrap();
        for number in 0..3 {
            let began = Instant::now();
            let error = send(&house, &format!("late {number}")).await.unwrap_err();
            assert!(matches!(error, StoreError::Unavailable(_)), "{server}: {error}");
            assert!(began.elapsed() < Duration::from_secs(5), "{server}: {:?}", began.elapsed());
            sent.insert(format!("late {number}"), None);
        }
        drop(busy);
        // The lock goes with the connection, which is closed by and by.
        for _ in 0..50 {
            if other.write().await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        other.close().await;
        nothing_is_lost(server, &house, &database, &sent).await;
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_abandoned_leaves_nothing_and_keeps_nobody_waiting() {
    for (server, database) in databases().await {
        let mut raw = Raw::connect(&database).await;
        let count = "SELECT COUNT(*) FROM seals";
        for number in 0..10 {
            let mut writer = database.write().await.unwrap();
            let link = &mut writer.link();
            let window = [motcua::service::new_case(moment(NOW))];
            motcua::store::waiting::review(link, &window, "a test", moment(NOW)).await.unwrap();
            if number % 2 == 0 {
                drop(writer);
            } else {
                writer.roll_back().await.unwrap();
            }
        }
        // Neither does one that is given up while it waits for another.
        let busy = database.write().await.unwrap();
        for _ in 0..5 {
            let waits = tokio::time::timeout(Duration::from_millis(20), database.write()).await;
            assert!(waits.is_err(), "{server}");
        }
        busy.commit().await.unwrap();
        let began = Instant::now();
        database.write().await.unwrap().commit().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{server}: {:?}", began.elapsed());
        assert_eq!(raw.rows("SELECT COUNT(*) FROM reviews").await, [[Cell::Number(0)]], "{server}");
        assert_eq!(raw.rows(count).await, [[Cell::Number(0)]], "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_one_that_cannot_be_kept() {
    // Longer than what an index of PostgreSQL holds, and nothing that could be compressed.
    let long: String = (0..3_000).map(|_| format!("{:016x}", getrandom::u64().unwrap())).collect();
    let bytes = wco(&[line("03061721", "Tôm sú", "IN", "A11")]).replace("TEST-1", &long).into_bytes();
    for (server, database) in databases().await {
        let house = House::start(database.clone(), moment(NOW)).await;
        let (long_one, short_one) = tokio::join!(house.send(bytes.clone()), send(&house, "beside it"));
        assert_eq!(long_one.status, 201, "{server}: {}", String::from_utf8_lossy(&long_one.body));
        assert_eq!(short_one.unwrap().status, 201, "{server}");
        assert_eq!(house.send(bytes.clone()).await, long_one, "{server}: the same again");
        let mut reader = database.read().await.unwrap();
        let found = motcua::store::cases::declarations_named(&mut reader.link(), &long, 10).await.unwrap();
        assert_eq!(found.len(), 1, "{server}");
        drop(reader);
        let found = motcua::store::rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
        assert!(found.is_same(), "{server}: {found:?}");
        house.service.stop().await;
    }
}
