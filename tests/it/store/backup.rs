//! Copies made while the service is at work, and databases made from them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use motcua::store::{BackupError, Database, backup, restore, verify};

use super::raw::{Entry, Raw};
use super::servers::{addresses, databases, folder};
use super::story::{NOW, lived_in, send_as};
use crate::service::house::{House, fixture, moment};

async fn entries(database: &Database) -> Vec<Entry> {
    let mut raw = Raw::connect(database).await;
    let entries = raw.journal().await;
    raw.close().await;
    entries
}

/// An address like a database's own where nothing is yet.
async fn elsewhere(server: &str) -> String {
    addresses().await.into_iter().find(|(name, _)| *name == server).unwrap().1
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_messages_come_in_is_whole_and_shows_one_moment() {
    for (server, database) in databases().await {
        let house = Arc::new(House::start(database.clone(), moment(NOW)).await);
        let (done, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (house, done, taken) = (Arc::clone(&house), Arc::clone(&done), Arc::clone(&taken));
                tokio::spawn(async move {
                    let bytes = fixture("declarations/10-chicken-two-tasks-in-order.xml");
                    let mut number = 0;
                    while !done.load(Ordering::Relaxed) {
                        number += 1;
                        let answer = send_as(&house, bytes.clone(), &format!("{sender}-{number}")).await.unwrap();
                        assert_eq!(answer.status, 201);
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        while taken.load(Ordering::Relaxed) < 8 {
            tokio::task::yield_now().await;
        }
        let folder = folder();
        let mut copies = Vec::new();
        for number in 0..3 {
            let before = taken.load(Ordering::Relaxed);
            let copy = folder.join(format!("copy-{number}"));
            let bytes = backup(&database, &copy, |_| {}).await.unwrap();
            assert_eq!(bytes, std::fs::metadata(&copy).unwrap().len(), "{server}");
            copies.push((copy, before));
        }
        done.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.await.unwrap();
        }
        let all = entries(&database).await;
        for (copy, before) in copies {
            let address = elsewhere(server).await;
            restore(&copy, &address, |_| {}).await.unwrap();
            let restored = Database::open(&address).await.unwrap();
            let verified = verify(&restored, |_| {}).await.unwrap();
            assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
            // What was answered before the copy began is in it, and nothing is there by halves.
            assert!(verified.messages >= before as u64, "{server}: {verified:?} {before}");
            let kept = entries(&restored).await;
            assert_eq!(kept, all[..kept.len()], "{server}");
            let heads = "SELECT COUNT(*) FROM declarations";
            let declarations = Raw::connect(&restored).await.rows(heads).await;
            assert_eq!(declarations, [[super::raw::Cell::Number(i64::try_from(verified.cases).unwrap())]], "{server}");
            restored.close().await;
        }
        assert_eq!(names(&folder).len(), 3, "{server}: nothing unfinished is left");
        Arc::into_inner(house).unwrap().service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_the_one_that_was_copied_and_goes_on_from_there() {
    for (server, database) in databases().await {
        let database = lived_in(database).await.database;
        let copy = folder().join("copy");
        backup(&database, &copy, |_| {}).await.unwrap();
        let address = elsewhere(server).await;
        restore(&copy, &address, |_| {}).await.unwrap();
        let restored = Database::open(&address).await.unwrap();
        assert_eq!(entries(&restored).await, entries(&database).await, "{server}");
        let (old, new) = (verify(&database, |_| {}).await.unwrap(), verify(&restored, |_| {}).await.unwrap());
        assert_eq!(old, new, "{server}");

        let house = House::start(restored.clone(), moment(NOW)).await;
        let bytes = fixture("declarations/10-chicken-two-tasks-in-order.xml");
        let again = house.send(bytes.clone()).await;
        let before = entries(&restored).await.len();
        assert_eq!(before, entries(&database).await.len(), "{server}: the message is known");
        assert_eq!(again.status, 201);
        send_as(&house, bytes, "after the restoration").await.unwrap();
        assert!(entries(&restored).await.len() > before, "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_ever_overwritten() {
    for (server, database) in databases().await {
        let database = lived_in(database).await.database;
        let folder = folder();
        let (copy, letter) = (folder.join("copy"), folder.join("letter"));
        std::fs::write(&letter, "Kính gửi").unwrap();
        let refused = backup(&database, &letter, |_| {}).await;
        assert!(matches!(refused, Err(BackupError::Exists(_))), "{server}: {refused:?}");
        assert_eq!(std::fs::read_to_string(&letter).unwrap(), "Kính gửi");
        backup(&database, &copy, |_| {}).await.unwrap();
        let refused = backup(&database, &copy, |_| {}).await;
        assert!(matches!(refused, Err(BackupError::Exists(_))), "{server}: {refused:?}");

        let address = elsewhere(server).await;
        let other = Database::open(&address).await.unwrap();
        let now = moment(NOW);
        assert_eq!(motcua::store::seals::seal(&other, now).await.unwrap(), 0);
        let refused = restore(&copy, &address, |_| {}).await;
        assert!(matches!(refused, Err(BackupError::NotEmpty(_))), "{server}: {refused:?}");
        assert_eq!(entries(&other).await, [], "{server}");
        other.close().await;
        assert_eq!(names(&folder).len(), 2, "{server}: nothing unfinished is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_copy_is_refused_before_anything_is_made() {
    for (server, address) in addresses().await {
        let folder = folder();
        let (letter, empty) = (folder.join("letter"), folder.join("empty"));
        std::fs::write(&letter, "Kính gửi").unwrap();
        std::fs::write(&empty, "").unwrap();
        for file in [&letter, &empty] {
            let refused = restore(file, &address, |_| {}).await;
            assert!(matches!(refused, Err(BackupError::NoCopy(..))), "{server}: {refused:?}");
        }
        let refused = restore(&folder.join("nothing"), &address, |_| {}).await;
        assert!(matches!(refused, Err(BackupError::File(..))), "{server}: {refused:?}");
        // A copy of which the end is missing.
        let database = lived_in(Database::open(&elsewhere(server).await).await.unwrap()).await.database;
        let copy = folder.join("copy");
        backup(&database, &copy, |_| {}).await.unwrap();
        let whole = std::fs::read(&copy).unwrap();
        std::fs::write(&copy, &whole[..whole.len() / 3]).unwrap();
        let refused = restore(&copy, &address, |_| {}).await;
        assert!(refused.is_err(), "{server}");
        if server == "SQLite" {
            assert!(!Path::new(&address).exists(), "{refused:?}");
        }
        // The place is free still.
        std::fs::write(&copy, &whole).unwrap();
        restore(&copy, &address, |_| {}).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_left_of_another_database_is_not_mixed_in() {
    let folder = folder();
    let (path, copy) = (folder.join("motcua.db"), folder.join("copy"));
    let database = lived_in(Database::open(path.to_str().unwrap()).await.unwrap()).await.database;
    backup(&database, &copy, |_| {}).await.unwrap();
    let target = folder.join("new.db");
    std::fs::write(folder.join("new.db-wal"), "what is left").unwrap();
    let refused = restore(&copy, target.to_str().unwrap(), |_| {}).await;
    assert!(matches!(refused, Err(BackupError::Exists(_))), "{refused:?}");
    assert!(!target.exists());
}
