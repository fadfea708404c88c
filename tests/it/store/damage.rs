//! A SQLite file that is damaged: a clear word, never a panic, and nothing passes unseen.

use std::path::PathBuf;

use motcua::store::{Database, StoreError, verify};

use super::raw::{Entry, Raw};
use super::servers::folder;
use super::story::lived_in;

/// A file in which things have happened, with all of it in the one file.
async fn file() -> (PathBuf, Vec<Entry>) {
    let path = folder().join("motcua.db");
    let database = Database::open(path.to_str().unwrap()).await.unwrap();
    let story = lived_in(database).await;
    let mut raw = Raw::connect(&story.database).await;
    let entries = raw.journal().await;
    raw.close().await;
    story.database.close().await;
    assert!(!path.with_extension("db-wal").exists(), "everything is in the file");
    (path, entries)
}

/// What a reader of the file is told: its journal where nothing is found wrong.
async fn told(path: &std::path::Path) -> Result<Vec<Entry>, String> {
    let database = Database::open_existing(path.to_str().unwrap()).await.map_err(|error| error.to_string())?;
    let verified = verify(&database, |_| {}).await;
    let told = match verified {
        Ok(verified) if verified.is_whole() => {
            let mut raw = Raw::connect(&database).await;
            let entries = raw.journal().await;
            raw.close().await;
            Ok(entries)
        }
        Ok(verified) => Err(verified.defects.join("\n")),
        Err(error) => Err(error.to_string()),
    };
    database.close().await;
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_the_disk_changed_is_found_or_changes_nothing() {
    let (path, entries) = file().await;
    let whole = std::fs::read(&path).unwrap();
    let damaged = path.with_file_name("damaged.db");
    let (mut found, steps) = (0, 150);
    for step in 0..steps {
        let mut bytes = whole.clone();
        let at = (step * whole.len() / steps + step * 131) % whole.len();
        bytes[at] ^= 1 << (step % 8);
        std::fs::write(&damaged, bytes).unwrap();
        match told(&damaged).await {
            Ok(read) => assert_eq!(read, entries, "byte {at} was changed, and nobody says so"),
            Err(said) => {
                assert!(!said.is_empty());
                found += 1;
            }
        }
        for rest in ["damaged.db-wal", "damaged.db-shm"] {
            let _ = std::fs::remove_file(path.with_file_name(rest));
        }
    }
    // Most of the pages of so small a file are empty.
    assert!(found >= 10, "{found} of {steps}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_as_another_kind_of_value_are_named() {
    let (path, entries) = file().await;
    let database = Database::open_existing(path.to_str().unwrap()).await.unwrap();
    let mut raw = Raw::connect(&database).await;
    let places = [
        ("journal", "event", "BLOB", "TEXT"),
        ("journal", "kind", "BLOB", "TEXT"),
        ("journal", "case_id", "BLOB", "TEXT"),
        ("journal", "hash", "TEXT", "BLOB"),
        ("messages", "sender", "BLOB", "TEXT"),
        ("messages", "answer", "TEXT", "BLOB"),
    ];
    for (table, column, other, own) in places {
        let set = |kind| format!("UPDATE {table} SET {column} = CAST({column} AS {kind}) WHERE rowid = 2");
        raw.run(&set(other), &[]).await.unwrap();
        assert!(!verify(&database, |_| {}).await.unwrap().is_whole(), "{table}.{column} is held as {other}");
        raw.run(&set(own), &[]).await.unwrap();
    }
    assert!(verify(&database, |_| {}).await.unwrap().is_whole());
    assert_eq!(raw.journal().await, entries);
    raw.close().await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_off_is_refused_with_its_name() {
    let (path, _) = file().await;
    let whole = std::fs::read(&path).unwrap();
    let cut = path.with_file_name("cut.db");
    for length in [1, 15, 100, 512, 4_096, whole.len() / 2, whole.len() - 4_096, whole.len() - 1] {
        std::fs::write(&cut, &whole[..length]).unwrap();
        let said = told(&cut).await.expect_err("something is missing");
        assert!(!said.is_empty(), "{length}");
        if length <= 4_096 {
            assert!(said.contains("cut.db"), "{length}: {said}");
        }
        for rest in ["cut.db-wal", "cut.db-shm"] {
            let _ = std::fs::remove_file(path.with_file_name(rest));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_of_a_window_is_refused_and_left_as_it_is() {
    let folder = folder();
    let text = folder.join("letter.txt");
    std::fs::write(&text, "Kính gửi\n".repeat(500)).unwrap();
    let error = Database::open_existing(text.to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "Kính gửi\n".repeat(500));

    let other = folder.join("other.db");
    let mut connection = {
        use sqlx::ConnectOptions as _;
        sqlx::sqlite::SqliteConnectOptions::new().filename(&other).create_if_missing(true).connect().await.unwrap()
    };
    sqlx::query("CREATE TABLE recipes (name TEXT)").execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let before = std::fs::read(&other).unwrap();
    let error = Database::open_existing(other.to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Schema(_)) && error.to_string().contains("other.db"), "{error}");
    assert_eq!(std::fs::read(&other).unwrap(), before);

    let nothing = folder.join("nothing.db");
    let error = Database::open_existing(nothing.to_str().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Address(_)), "{error}");
    assert!(!nothing.exists());
}
