//! Whatever is changed in the journal, the entry is named, and no other.

use motcua::store::{Database, seals, verify};
use sha2::{Digest as _, Sha256};

use super::raw::{Cell, Entry, Raw};
use super::servers::databases;
use super::story::{Story, lived_in};

async fn defects(database: &Database) -> Vec<String> {
    verify(database, |_| {}).await.unwrap().defects
}

/// Whether defects name this entry and no other.
fn names_only(defects: &[String], entry: &Entry) -> bool {
    let own = format!("entry {}: ", entry.seq);
    let of_case = format!("case {}: its entry {} is missing", entry.case, entry.number);
    defects.iter().any(|defect| defect.starts_with(&own))
        && defects.iter().all(|defect| defect.starts_with(&own) || *defect == of_case)
}

/// A change of one bit in one column of an entry.
struct Flip {
    column: &'static str,
    value: Cell,
}

/// All changes of one bit in an entry, column by column.
fn flips(entry: &Entry) -> Vec<Vec<Flip>> {
    let number = |column, value: i64| -> Vec<Flip> {
        (0..64).map(|bit| Flip { column, value: Cell::Number(value ^ 1 << bit) }).collect()
    };
    let bytes = |column, value: &[u8]| -> Vec<Flip> {
        let flipped = |bit: usize| {
            let mut bytes = value.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            Flip { column, value: Cell::Bytes(bytes) }
        };
        (0..value.len() * 8).map(flipped).collect()
    };
    vec![
        number("seq", entry.seq),
        bytes("case_id", entry.case.as_bytes()),
        number("number", entry.number),
        number("at", entry.at),
        bytes("kind", entry.kind.as_bytes()),
        bytes("event", entry.event.as_bytes()),
        bytes("hash", &entry.hash),
    ]
}

/// So many bits of a column are tried: all of them with `MOTCUA_TEST_FULL=1`, which takes hours.
fn some(flips: Vec<Flip>, seed: usize) -> Vec<Flip> {
    const TRIED: usize = 5;
    if std::env::var_os("MOTCUA_TEST_FULL").is_some_and(|full| full == "1") {
        return flips;
    }
    // A step that shares no factor with the count goes through all bits from row to row.
    let count = flips.len();
    let chosen: Vec<usize> = (0..TRIED).map(|nth| (seed * TRIED + nth).wrapping_mul(7_919) % count).collect();
    flips.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, flip)| flip).collect()
}

/// Writes a changed column; false where the server takes no such value.
async fn write(raw: &mut Raw, seq: i64, flip: &Flip) -> bool {
    let column = flip.column;
    let (place, value) = match (&*raw, &flip.value) {
        (Raw::Sqlite(_), Cell::Bytes(_)) if column != "hash" => ("CAST($1 AS TEXT)", flip.value.clone()),
        (Raw::Postgres(_), Cell::Bytes(bytes)) if column != "hash" => match String::from_utf8(bytes.clone()) {
            Ok(text) if !text.contains('\0') => ("$1", Cell::Text(text)),
            _ => return false,
        },
        (_, value) => ("$1", value.clone()),
    };
    let update = format!("UPDATE journal SET {column} = {place} WHERE seq = $2");
    match raw.run(&update, &[value, Cell::Number(seq)]).await {
        Ok(rows) => {
            assert_eq!(rows, 1);
            true
        }
        // The number is another entry's.
        Err(error) => {
            assert!(error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation), "{error}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_nobody_touched_is_whole() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut read = Vec::new();
        let verified = verify(&database, |entries| read.push(entries)).await.unwrap();
        assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
        let entries = Raw::connect(&database).await.journal().await.len() as u64;
        assert_eq!((verified.entries, verified.messages, verified.unsealed), (entries, 3, 3), "{server}");
        assert!(verified.is_whole() && verified.seals >= 1 && verified.cases >= 6, "{server}: {verified:?}");
        assert_eq!(read.last(), Some(&entries), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bit_changed_anywhere_in_the_journal_names_the_entry_and_no_other() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let (mut tried, mut refused) = (0, 0);
        for (row, entry) in raw.journal().await.into_iter().enumerate() {
            for flip in flips(&entry).into_iter().enumerate().flat_map(|(at, all)| some(all, row * 7 + at)) {
                if !write(&mut raw, entry.seq, &flip).await {
                    refused += 1;
                    continue;
                }
                tried += 1;
                let found = defects(&database).await;
                assert!(
                    names_only(&found, &entry),
                    "{server}: {} of {entry:?} as {:?}: {found:#?}",
                    flip.column,
                    flip.value
                );
                let moved = if flip.column == "seq" { flip.value.clone() } else { Cell::Number(entry.seq) };
                let Cell::Number(moved) = moved else { panic!("{moved:?}") };
                raw.take_out(moved).await;
                raw.put(&entry).await;
            }
        }
        assert!(tried > 10 * refused && tried > 500, "{server}: {tried} tried, {refused} refused");
        assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_taken_out_is_named_wherever_it_stood() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let entries = raw.journal().await;
        // The word of the operator, at the very end and not sealed yet, is in no case that has a row.
        let last = entries.len() - 1;
        for entry in &entries[..last] {
            raw.take_out(entry.seq).await;
            let found = defects(&database).await;
            assert!(names_only(&found, entry), "{server}: {entry:?}: {found:#?}");
            raw.put(entry).await;
        }
        assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_entries_in_each_others_places_are_both_named() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let entries = raw.journal().await;
        for (one, other) in [(0, 1), (1, 2), (2, entries.len() - 1), (4, 9), (entries.len() - 3, entries.len() - 2)] {
            let (one, other) = (&entries[one], &entries[other]);
            raw.take_out(one.seq).await;
            raw.take_out(other.seq).await;
            raw.put(&Entry { seq: other.seq, ..one.clone() }).await;
            raw.put(&Entry { seq: one.seq, ..other.clone() }).await;
            let found = defects(&database).await;
            for seq in [one.seq, other.seq] {
                let named = format!("entry {seq}: ");
                assert!(found.iter().any(|defect| defect.starts_with(&named)), "{server}: {seq}: {found:#?}");
            }
            raw.take_out(one.seq).await;
            raw.take_out(other.seq).await;
            raw.put(one).await;
            raw.put(other).await;
        }
        assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_is_cut_off_is_missed() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let entries = raw.journal().await;
        for from in [2, entries.len() - 4, entries.len() - 2] {
            for entry in &entries[from..] {
                raw.take_out(entry.seq).await;
            }
            let found = defects(&database).await;
            let lost: std::collections::BTreeSet<&String> = entries[from..]
                .iter()
                .filter(|entry| !entry.kind.starts_with("window"))
                .map(|entry| &entry.case)
                .collect();
            for case in lost {
                assert!(found.iter().any(|defect| defect.contains(case.as_str())), "{server}: {case}: {found:#?}");
            }
            for entry in &entries[from..] {
                raw.put(entry).await;
            }
        }
        assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");
    }
}

/// An entry's hash as it has to be.
fn hash(before: &[u8], seq: i64, event: &str) -> Vec<u8> {
    let digest = Sha256::digest(event);
    Sha256::digest([before, &seq.to_be_bytes(), &digest].concat()).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_entry_is_named_though_its_hash_is_right() {
    for (server, database) in databases().await {
        let Story { database, waits, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let entries = raw.journal().await;
        let case = waits.to_string();
        let of_case: Vec<&Entry> = entries.iter().filter(|entry| entry.case == case).collect();

        // One more at the end of its case and of the journal.
        let last = of_case[of_case.len() - 1];
        let event = format!(
            r#"{{"case":"{case}","number":{},"at":"2026-07-20T03:00:00Z","by":{{"role":"customs"}},"event":"declaration.cleared"}}"#,
            last.number + 1
        );
        let seq = i64::try_from(entries.len()).unwrap() + 1;
        let forged = Entry {
            seq,
            number: last.number + 1,
            at: "2026-07-20T03:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond(),
            kind: "declaration.cleared".to_owned(),
            hash: hash(&last.hash, seq, &event),
            event,
            case: case.clone(),
        };
        raw.put(&forged).await;
        let found = defects(&database).await;
        assert!(names_only(&found, &forged), "{server}: {found:#?}");
        raw.take_out(seq).await;

        // One in the place of another, in the middle of its case.
        let (before, old) = (of_case[0], of_case[1]);
        let event = old.event.replace("system", "customs");
        assert_ne!(event, old.event);
        let forged = Entry { hash: hash(&before.hash, old.seq, &event), event, ..old.clone() };
        raw.take_out(old.seq).await;
        raw.put(&forged).await;
        let found = defects(&database).await;
        let named = format!("entry {}", old.seq);
        assert!(found.iter().any(|defect| defect.contains(&named)), "{server}: {found:#?}");
        assert!(found.iter().any(|defect| defect.starts_with("seal ")), "{server}: {found:#?}");

        // The same with all hashes after it made right, up to the head that the rows keep.
        let mut before = forged.hash.clone();
        for entry in &of_case[2..] {
            let changed = Entry { hash: hash(&before, entry.seq, &entry.event), ..(*entry).clone() };
            before.clone_from(&changed.hash);
            raw.take_out(entry.seq).await;
            raw.put(&changed).await;
        }
        raw.run("UPDATE declarations SET hash = $1 WHERE case_id = $2", &[Cell::Bytes(before), Cell::Text(case)])
            .await
            .unwrap();
        let found = defects(&database).await;
        assert!(found.iter().any(|defect| defect.starts_with("seal ")), "{server}: {found:#?}");
    }
}

/// The columns of a seal.
const SEAL: [&str; 7] = ["number", "first_seq", "last_seq", "at", "messages", "messages_hash", "hash"];

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_seal_is_named() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        seals::seal(&database, "2026-07-21T03:00:00Z".parse().unwrap()).await.unwrap();
        let mut raw = Raw::connect(&database).await;
        let seals = raw.rows(&format!("SELECT {} FROM seals ORDER BY number", SEAL.join(", "))).await;
        assert!(seals.len() >= 2, "{server}");
        for (row, seal) in seals.iter().enumerate() {
            let Cell::Number(number) = seal[0] else { panic!("{seal:?}") };
            for (at, column) in SEAL.into_iter().enumerate() {
                let of_bytes = column.ends_with("hash");
                let bits = if of_bytes { 256 } else { 63 };
                for bit in (row..bits).step_by(if of_bytes { 29 } else { 5 }) {
                    let flipped = match seal[at].clone() {
                        Cell::Number(value) => Cell::Number(value ^ 1 << bit),
                        Cell::Bytes(mut bytes) => {
                            bytes[bit / 8] ^= 1 << (bit % 8);
                            Cell::Bytes(bytes)
                        }
                        other => panic!("{other:?}"),
                    };
                    let update = format!("UPDATE seals SET {column} = $1 WHERE number = $2");
                    if raw.run(&update, &[flipped.clone(), Cell::Number(number)]).await.is_err() {
                        continue;
                    }
                    let found = defects(&database).await;
                    assert!(!found.is_empty(), "{server}: {column} of seal {number} as {flipped:?}");
                    assert!(found.iter().all(|defect| defect.starts_with("seal ")), "{server}: {found:#?}");
                    let there = if column == "number" { flipped } else { Cell::Number(number) };
                    let back = format!("UPDATE seals SET {column} = $1 WHERE number = $2");
                    raw.run(&back, &[seal[at].clone(), there]).await.unwrap();
                }
            }
        }
        assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_that_is_taken_away_is_named_and_none_can_be_made_anew() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let moment = |hour: u8| format!("2026-07-21T{hour:02}:00:00Z").parse().unwrap();
        seals::seal(&database, moment(3)).await.unwrap();
        super::story::say(&database, moment(4)).await;
        seals::seal(&database, moment(5)).await.unwrap();
        let mut raw = Raw::connect(&database).await;
        let columns = SEAL.join(", ");
        let kept = raw.rows(&format!("SELECT {columns} FROM seals ORDER BY number")).await;
        let count = i64::try_from(kept.len()).unwrap();
        assert!(count >= 3, "{server}");
        let all: Vec<i64> = (1..=count).collect();
        for taken in [&all[..], &all[..1], &all[1..2], &all[all.len() - 1..], &all[1..]] {
            for number in taken {
                raw.run("DELETE FROM seals WHERE number = $1", &[Cell::Number(*number)]).await.unwrap();
            }
            let found = defects(&database).await;
            for number in taken {
                let named = format!("seal {number}: entry ");
                assert!(found.iter().any(|defect| defect.starts_with(&named)), "{server}: {taken:?}: {found:#?}");
            }
            assert!(found.iter().all(|defect| defect.starts_with("seal ")), "{server}: {taken:?}: {found:#?}");
            for number in taken {
                let seal = kept[usize::try_from(number - 1).unwrap()].clone();
                let insert = format!("INSERT INTO seals ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)");
                raw.run(&insert, &seal).await.unwrap();
            }
        }
        assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");

        // Made anew over what is there, each follows the one before; what was said of them does not.
        raw.run("DELETE FROM seals", &[]).await.unwrap();
        assert!(seals::seal(&database, moment(6)).await.unwrap() > 0, "{server}");
        let found = defects(&database).await;
        assert!(found.iter().any(|defect| defect.starts_with("seal 1: ")), "{server}: {found:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_answer_and_whatever_else_is_kept_with_a_message_is_named() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let columns =
            ["answer", "answer_status", "answer_type", "sender", "key", "format", "received_at", "case_id", "hash"];
        let rows = raw.rows(&format!("SELECT id, {} FROM messages ORDER BY id", columns.join(", "))).await;
        assert_eq!(rows.len(), 3, "{server}");
        for row in rows {
            let Cell::Text(id) = &row[0] else { panic!("{row:?}") };
            for (column, value) in columns.into_iter().zip(&row[1..]) {
                let changed = match value.clone() {
                    Cell::Bytes(mut bytes) => {
                        let middle = bytes.len() / 2;
                        bytes[middle] ^= 1;
                        Cell::Bytes(bytes)
                    }
                    Cell::Number(number) => Cell::Number(number ^ 1),
                    Cell::Text(text) => Cell::Text(text.replacen(|c: char| c.is_ascii_lowercase(), "A", 1) + "x"),
                    // The message that cannot be read has no case.
                    Cell::Null => Cell::Text("019f7fef-aec0-7613-b73c-000000000000".to_owned()),
                };
                let set = format!("UPDATE messages SET {column} = $1 WHERE id = $2");
                raw.run(&set, &[changed, Cell::Text(id.clone())]).await.unwrap();
                let found = defects(&database).await;
                let named = found.len() == 1 && found[0].starts_with(&format!("message {id}: "));
                assert!(named, "{server}: {column}: {found:#?}");
                raw.run(&set, &[value.clone(), Cell::Text(id.clone())]).await.unwrap();
            }
            assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");

            // With everything in its row made to fit: its seal is of another.
            let all =
                "id, sender, key, digest, case_id, format, answer_type, answer, received_at, answer_status, next_seq";
            let whole = raw.rows(&format!("SELECT {all} FROM messages WHERE id = '{id}'")).await.remove(0);
            let mut forged = Vec::new();
            for number in &whole[8..] {
                let Cell::Number(number) = number else { panic!("{whole:?}") };
                forged.extend(number.to_be_bytes());
            }
            for (at, part) in whole[..8].iter().enumerate() {
                let bytes = match part {
                    _ if at == 7 => b"{}".to_vec(),
                    Cell::Bytes(bytes) => bytes.clone(),
                    Cell::Text(text) => text.clone().into_bytes(),
                    _ => Vec::new(),
                };
                forged.extend((bytes.len() as u64).to_be_bytes());
                forged.extend(bytes);
            }
            let set = "UPDATE messages SET answer = $1, hash = $2 WHERE id = $3";
            let fits = [Cell::Bytes(b"{}".to_vec()), Cell::Bytes(Sha256::digest(&forged).to_vec())];
            raw.run(set, &[fits[0].clone(), fits[1].clone(), row[0].clone()]).await.unwrap();
            let found = defects(&database).await;
            assert!(found.len() == 1 && found[0].starts_with("seal 1: the 3 messages"), "{server}: {found:#?}");
            raw.run(set, &[whole[7].clone(), row[9].clone(), row[0].clone()]).await.unwrap();
            assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");
        }
        // The one that was refused: no entry speaks of it.
        raw.run("DELETE FROM messages WHERE answer_status = 422", &[]).await.unwrap();
        let found = defects(&database).await;
        assert!(found.len() == 1 && found[0].starts_with("seal 1: the 3 messages"), "{server}: {found:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_missing_message_is_named() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        for row in raw.rows("SELECT id, content, digest FROM messages ORDER BY id").await {
            let [Cell::Text(id), Cell::Bytes(content), Cell::Bytes(digest)] = &row[..] else { panic!("{row:?}") };
            let named = format!("message {id}: ");
            let mut changed = content.clone();
            changed[content.len() / 2] ^= 1;
            let set = |column: &str| format!("UPDATE messages SET {column} = $1 WHERE id = $2");
            let key = Cell::Text(id.clone());
            raw.run(&set("content"), &[Cell::Bytes(changed.clone()), key.clone()]).await.unwrap();
            let found = defects(&database).await;
            assert!(found.len() == 1 && found[0].starts_with(&named), "{server}: {found:?}");

            // With a digest that fits: what entries of the journal say of it does not.
            let fits = Sha256::digest(&changed).to_vec();
            raw.run(&set("digest"), &[Cell::Bytes(fits), key.clone()]).await.unwrap();
            let found = defects(&database).await;
            let spoken_of = raw.journal().await.iter().any(|entry| entry.event.contains(id.as_str()));
            assert!(found.iter().all(|defect| defect.starts_with(&named)), "{server}: {found:?}");
            assert_eq!(found.len(), 1 + usize::from(spoken_of), "{server}: {found:?}");
            raw.run(&set("digest"), &[Cell::Bytes(digest.clone()), key.clone()]).await.unwrap();
            raw.run(&set("content"), &[Cell::Bytes(content.clone()), key.clone()]).await.unwrap();
            assert_eq!(defects(&database).await, Vec::<String>::new(), "{server}");

            raw.run("UPDATE messages SET id = $1 WHERE id = $2", &[Cell::Text("elsewhere".to_owned()), key.clone()])
                .await
                .unwrap();
            let found = defects(&database).await;
            assert_eq!(found.iter().any(|defect| defect.starts_with(&named)), spoken_of, "{server}: {found:?}");
            raw.run("UPDATE messages SET id = $1 WHERE id = 'elsewhere'", &[key]).await.unwrap();
        }
    }
}
