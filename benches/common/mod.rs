//! The bytes that every benchmark runs over, and the bare pass that bounds them all.
#![allow(dead_code, unreachable_pub, reason = "each benchmark uses a part of it")]

use std::path::Path;

use motcua::generate::{Generator, Plan, Style};
use quick_xml::Reader;
use quick_xml::events::Event;

/// WCO declarations (the corpus of real messages where `../shared` is present, else generated
/// ones) and generated national traffic.
pub fn corpora() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/corpus/wco/declaration");
    let wco = if shared.is_dir() { documents(&shared) } else { generated(2_000, Style::Wco) };
    vec![("wco", wco), ("national", national(2_000))]
}

/// Generated national traffic.
pub fn national(count: u64) -> Vec<Vec<u8>> {
    generated(count, Style::National)
}

fn generated(count: u64, style: Style) -> Vec<Vec<u8>> {
    let pack = motcua::embedded::pack();
    let generator = Generator::new(pack, Plan::before_edition(pack, 1, style)).unwrap();
    (0..count).map(|at| generator.document(at)).collect()
}

fn documents(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "xml"));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// quick-xml's events, looked at by nobody.
pub fn bare_pass(bytes: &[u8]) -> usize {
    let mut reader = Reader::from_reader(bytes);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => return events,
            Ok(event) => {
                events += 1;
                std::hint::black_box(&event);
            }
        }
    }
}

/// How the benchmarks read.
pub fn options() -> motcua::message::ReadOptions {
    motcua::message::ReadOptions::default()
}
