//! What is appended is there again, in chains that anybody can reckon.

use std::collections::HashMap;

use jiff::Timestamp;
use motcua::clearance::case::{Entry, Event};
use motcua::store::journal::{self, NO_HASH};
use motcua::store::{Database, cases, seals, verify};
use sha2::{Digest as _, Sha256};

use super::raw::Raw;
use super::servers::databases;
use super::story::{Story, lived_in};
use crate::service::house::{House, fixture, moment};

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_counts_without_a_gap_and_its_chains_can_be_reckoned_from_their_definition() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let entries = Raw::connect(&database).await.journal().await;
        assert!(entries.len() > 15, "{server}: {}", entries.len());
        let mut heads: HashMap<String, (i64, Vec<u8>)> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            assert_eq!(entry.seq, i64::try_from(at).unwrap() + 1, "{server}");
            let (number, before) = heads.entry(entry.case.clone()).or_insert((0, NO_HASH.to_vec()));
            assert_eq!(entry.number, *number + 1, "{server}: entry {}", entry.seq);
            let digest = Sha256::digest(&entry.event);
            let bytes = [before.as_slice(), &entry.seq.to_be_bytes(), &digest].concat();
            assert_eq!(entry.hash, Sha256::digest(bytes).to_vec(), "{server}: entry {}", entry.seq);
            (*number, *before) = (entry.number, entry.hash.clone());
            let event: serde_json::Value = serde_json::from_str(&entry.event).unwrap();
            assert_eq!(event["case"], entry.case.as_str(), "{server}");
            assert_eq!(event["number"], entry.number, "{server}");
            assert_eq!(event["event"], entry.kind.as_str(), "{server}");
            let at: Timestamp = event["at"].as_str().unwrap().parse().unwrap();
            assert_eq!(at.as_microsecond(), entry.at, "{server}");
        }
        let kinds = |stream: &str| entries.iter().filter(|entry| entry.kind.starts_with(stream)).count();
        for stream in ["declaration.", "dossier.", "permit.", "window."] {
            assert!(kinds(stream) > 0, "{server}: {stream}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_reads_back_as_it_was_written_and_writes_the_same_bytes_again() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        for kept in Raw::connect(&database).await.journal().await {
            let entry = Entry::from_json(&kept.event).unwrap();
            assert_eq!(entry.to_json(), kept.event, "{server}: entry {}", kept.seq);
            assert_eq!(entry.event.kind(), kept.kind, "{server}");
        }
    }
}

#[test]
fn what_no_entry_wrote_is_refused() {
    let entry = |event: &str| {
        let head = r#""case":"01980000-0000-7000-8000-000000000000","number":1,"at":"2026-07-20T03:00:00Z","by":{"role":"system"}"#;
        Entry::from_json(&format!("{{{head},{event}}}"))
    };
    assert!(entry(r#""event":"declaration.accepted""#).is_ok());
    assert!(entry(r#""event":"declaration.noted","data":{"message":null,"note":"n"}"#).is_ok());
    for wrong in [
        r#""event":"declaration.eaten""#,
        r#""event":"cake.eaten""#,
        r#""event":"declaration.noted""#,
        r#""data":{},"event":"declaration.accepted""#,
        r#""event":7"#,
    ] {
        assert!(entry(wrong).is_err(), "{wrong}");
    }
    assert!(Entry::from_json(r#"{"number":1}"#).is_err());
    assert!(Entry::from_json("[]").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reloaded_case_is_the_state_that_was_decided_on() {
    for (server, database) in databases().await {
        let house = House::start(database.clone(), moment(super::story::NOW)).await;
        let (case, _) = house.declare(fixture("declarations/10-chicken-two-tasks-in-order.xml")).await;
        let mut reader = database.read().await.unwrap();
        let link = &mut reader.link();
        let (declaration, head) = cases::declaration_and_head(link, case).await.unwrap().unwrap();
        assert_eq!(declaration.head, head.number, "{server}");
        assert_eq!(journal::head(link, case).await.unwrap(), head, "{server}");
        assert_eq!(declaration.opened, moment(super::story::NOW), "{server}");
        assert!(cases::dossier(link, case).await.unwrap().is_none(), "{server}: it is no dossier");
        let nobody = motcua::service::new_case(moment(super::story::NOW));
        assert!(cases::declaration(link, nobody).await.unwrap().is_none(), "{server}");
        assert_eq!(journal::head(link, nobody).await.unwrap(), journal::Head::NONE, "{server}");
        let history = journal::history(link, case).await.unwrap();
        assert!(matches!(history.entries[0].1.event, Event::Declaration(_)), "{server}");
        drop(reader);
        house.service.stop().await;
    }
}

/// Seals what is there and gives the rows of the seals.
async fn seal_rows(database: &Database) -> Vec<Vec<super::raw::Cell>> {
    let mut raw = Raw::connect(database).await;
    raw.rows("SELECT number, first_seq, last_seq, at, hash, messages, messages_hash FROM seals ORDER BY number").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_covers_what_came_since_the_one_before_and_nothing_is_sealed_twice() {
    use super::raw::Cell::{Bytes, Number};
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let before = seal_rows(&database).await;
        let entries = Raw::connect(&database).await.journal().await;
        let now = moment("2026-07-21T09:00:00+07:00");
        assert_eq!(seals::seal(&database, now).await.unwrap(), 4, "{server}: the last are not sealed");
        assert_eq!(seals::seal(&database, now).await.unwrap(), 0, "{server}");
        let after = seal_rows(&database).await;
        assert_eq!(after.len(), before.len() + 1, "{server}");
        let [
            Number(number),
            Number(first),
            Number(last),
            Number(at),
            Bytes(hash),
            Number(messages),
            Bytes(of_messages),
        ] = &after[before.len()][..]
        else {
            panic!("{after:?}")
        };
        let count = i64::try_from(entries.len()).unwrap();
        assert_eq!(
            (*first, *last, *at),
            (count - 3, count, now.as_microsecond()),
            "{server}: with the word of the seal before"
        );
        assert_eq!((*messages, &of_messages[..]), (0, &Sha256::digest([])[..]), "{server}: all were sealed before");
        let Bytes(sealed_before) = &before[before.len() - 1][4] else { panic!("{before:?}") };
        let mut reckoned = Sha256::new();
        reckoned.update(sealed_before);
        for column in [number, first, last, at, messages] {
            reckoned.update(column.to_be_bytes());
        }
        reckoned.update(of_messages);
        for entry in &entries[entries.len() - 4..] {
            reckoned.update(entry.seq.to_be_bytes());
            reckoned.update(&entry.hash);
        }
        assert_eq!(*hash, reckoned.finalize().to_vec(), "{server}");
        let verified = verify(&database, |_| {}).await.unwrap();
        assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
        assert_eq!((verified.unsealed, verified.seals), (0, after.len() as u64), "{server}");
        assert_eq!(verified.last_seal.unwrap().to_vec(), *hash, "{server}");
    }
}
