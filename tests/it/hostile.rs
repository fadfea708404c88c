//! Whatever arrives, the reader answers and never panics: real messages, changed at random.

use std::fs;
use std::path::{Path, PathBuf};

use motcua::message::{ReadOptions, read, receive};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{answers, shared};

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|e| e == "xml") {
            found.push(path);
        }
    }
}

/// Messages of every family: the project's own, and the corpus where it is there.
fn seeds() -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut paths);
    if let Some(shared) = shared() {
        gather(&shared.join("corpus"), &mut paths);
    }
    paths.sort();
    let all: Vec<Vec<u8>> = paths.iter().map(|p| fs::read(p).unwrap()).collect();
    assert!(all.len() > 40, "only {} seeds", all.len());
    all
}

/// A change to a message.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let piece = prop::sample::select(vec![
        &b"<"[..],
        b">",
        b"&",
        b"&#0;",
        b"&lt;",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"<?",
        b"\xff",
        b"\0",
        b"</a>",
        b"<a/>",
        b"xmlns:x=\"\"",
        b"\"",
        b"-",
        b"999999999999999999999999999999",
        b"\xef\xbb\xbf",
        b"<!DOCTYPE a>",
        b"{",
        b"\xcc\x81",
        b".",
        b"0000",
    ]);
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(i, b)| Change::Set(i, b)),
        (any::<Index>(), piece).prop_map(|(i, p)| Change::Insert(i, p.to_vec())),
        (any::<Index>(), 1usize..200).prop_map(|(i, n)| Change::Remove(i, n)),
        (any::<Index>(), 1usize..200).prop_map(|(i, n)| Change::Repeat(i, n)),
        any::<Index>().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    match change {
        Change::Set(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Change::Insert(at, piece) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, piece.iter().copied());
        }
        Change::Remove(at, count) => {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Change::Repeat(at, count) => {
            let at = at.index(bytes.len());
            let piece = bytes[at..(at + count).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_makes_it_panic(seed in any::<Index>(), changes in prop::collection::vec(change(), 1..6)) {
        thread_local!(static SEEDS: Vec<Vec<u8>> = seeds());
        let mut bytes = SEEDS.with(|seeds| seeds[seed.index(seeds.len())].clone());
        for change in &changes {
            apply(&mut bytes, change);
        }
        // Read, decided and written, or refused with a place within the message.
        let answer = answers(&[("hostile", &bytes)], 1, 1);
        let answer: serde_json::Value = serde_json::from_str(answer.trim()).unwrap();
        prop_assert!(answer["errors"].is_array());
        if let Err(rejection) = read(&bytes, &ReadOptions::default()) {
            prop_assert!(!rejection.findings.is_empty());
            for finding in &rejection.findings {
                prop_assert!(!finding.message.is_empty());
                prop_assert!(finding.offset.is_none_or(|at| at <= bytes.len()));
            }
        }
        // What can be read is received too, and says the same.
        match (read(&bytes, &ReadOptions::default()), receive(&bytes, &ReadOptions::default())) {
            (Ok(reading), Ok(message)) => {
                let received = message.reading().map(|reading| &reading.declaration);
                prop_assert_eq!(received, Some(&reading.declaration));
            }
            (Ok(_), Err(refused)) => prop_assert!(false, "{:?}", refused.rejection),
            (Err(_), Ok(_)) => {}
            (Err(_), Err(refused)) => prop_assert!(!refused.rejection.findings.is_empty()),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &ReadOptions::default());
        let _ = receive(&bytes, &ReadOptions::default());
    }
}
