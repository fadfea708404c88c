//! The real corpus, where it is there, against counts that our reader has no part in.

use std::fs;
use std::path::Path;

use motcua::message::{ReadOptions, read};
use motcua::trade::{FindingCode, Format};
use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;

use crate::support::shared;

/// What a plain walk over the events sees.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    items: usize,
    tsp: Vec<String>,
    descriptions: Vec<String>,
    item_documents: usize,
    item_statements: usize,
    header_documents: usize,
    net_mass: Decimal,
    origins: Vec<String>,
    procedures: usize,
}

fn walk(xml: &str) -> Seen {
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut seen = Seen::default();
    let (mut id, mut kind) = (String::new(), String::new());
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_string();
                path.push(name.clone());
                text.clear();
                let within_item = path.iter().any(|p| p == "GovernmentAgencyGoodsItem");
                match name.as_str() {
                    "GovernmentAgencyGoodsItem" => seen.items += 1,
                    "AdditionalDocument" if within_item => seen.item_documents += 1,
                    "AdditionalDocument" => seen.header_documents += 1,
                    "AdditionalInformation" if within_item => seen.item_statements += 1,
                    "GovernmentProcedure" => seen.procedures += 1,
                    "Classification" => {
                        id.clear();
                        kind.clear();
                    }
                    _ => {}
                }
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(reference) => text.push_str(match &*reference {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "apos" => "'",
                "quot" => "\"",
                other => panic!("{other}"),
            }),
            Event::End(_) => {
                let name = path.pop().unwrap();
                let parent = path.last().map_or("", String::as_str);
                let value = text.trim().to_owned();
                match (parent, name.as_str()) {
                    ("Classification", "ID") => id = value,
                    ("Classification", "IdentificationTypeCode") => kind = value,
                    ("Commodity", "Classification") if kind == "TSP" => {
                        seen.tsp.push(id.chars().take(8).collect());
                    }
                    ("Commodity", "Description") if !value.is_empty() => seen.descriptions.push(value),
                    ("GoodsMeasure", "NetNetWeightMeasure") if !value.is_empty() => {
                        seen.net_mass += value.parse::<Decimal>().unwrap();
                    }
                    ("Origin", "CountryCode") => seen.origins.push(value),
                    _ => {}
                }
                text.clear();
            }
            Event::Eof => return seen,
            _ => {}
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "xml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_declaration_is_read_in_full() {
    let Some(shared) = shared() else { return eprintln!("skipped: no reference data beside the project") };
    let mut refused = Vec::new();
    let (mut items, mut codes) = (0, 0);
    let paths = files(&shared.join("corpus/wco/declaration"));
    assert_eq!(paths.len(), 199);
    for path in &paths {
        let bytes = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let seen = walk(text.trim_start_matches('\u{feff}'));
        match read(&bytes, &ReadOptions::default()) {
            Err(rejection) => refused.push((name, rejection.findings[0].code)),
            Ok(reading) => {
                let d = &reading.declaration;
                assert_eq!(d.format, Format::WcoDeclaration, "{name}");
                assert_eq!(d.items.len(), seen.items, "{name}: lines");
                let read_codes: Vec<String> = d.items.iter().filter_map(|i| i.hs.map(|hs| hs.to_string())).collect();
                if !seen.tsp.is_empty() {
                    assert_eq!(read_codes, seen.tsp, "{name}: codes");
                }
                let descriptions: Vec<String> =
                    d.items.iter().filter(|i| !i.description.is_empty()).map(|i| i.description.to_string()).collect();
                assert_eq!(descriptions, seen.descriptions, "{name}: descriptions");
                assert_eq!(
                    d.items.iter().map(|i| i.documents.len()).sum::<usize>(),
                    seen.item_documents,
                    "{name}: documents"
                );
                assert_eq!(
                    d.items.iter().map(|i| i.statements.len()).sum::<usize>(),
                    seen.item_statements,
                    "{name}: statements"
                );
                assert_eq!(d.documents.len(), seen.header_documents, "{name}: header documents");
                let net: Decimal = d.items.iter().filter_map(|i| i.net_mass.map(|m| m.amount)).sum();
                assert_eq!(net, seen.net_mass, "{name}: net mass");
                let procedures: usize =
                    d.items.iter().map(|i| usize::from(i.procedure.is_some()) + i.additional_procedures.len()).sum();
                assert_eq!(procedures, seen.procedures, "{name}: procedures");
                let origins = d.items.iter().filter(|i| i.origin.is_some()).count();
                assert!(origins <= seen.origins.len(), "{name}: origins");
                assert_eq!(origins == 0, seen.origins.is_empty(), "{name}: origins");
                items += seen.items;
                codes += seen.tsp.len();
            }
        }
    }
    assert_eq!(refused, [("c356ae6ee8_example_submission_declaration_400.xml".to_owned(), FindingCode::NoGoods)]);
    // Counted over the files with grep: opening tags of lines, and classifications of type TSP.
    assert_eq!((items, codes), (EXPECTED_ITEMS, EXPECTED_TSP));
}

const EXPECTED_ITEMS: usize = 214;
const EXPECTED_TSP: usize = 201;

#[test]
fn other_kinds_are_refused_by_name() {
    let Some(shared) = shared() else { return eprintln!("skipped: no reference data beside the project") };
    let wco = shared.join("corpus/wco");
    let words = [
        ("cancellation", "additional message"),
        ("notification", "response of customs"),
        ("movement-inventoryLinkingMovementRequest", "a movement request is not a declaration"),
        ("movement-inventoryLinkingConsolidationRequest", "consolidation request"),
        ("movement-inventoryLinkingQueryRequest", "inventory query"),
        ("movement-inventoryLinkingImportsGoodsArrival", "goods arrival notice"),
        ("movement-InventoryLinkingImportsValidateMovementResponse", "movement validation response"),
        ("movement-InventoryLinkingExportsInboundRequest", "inventory linking request"),
    ];
    let mut count = 0;
    for (folder, word) in words {
        for path in files(&wco.join(folder)) {
            let bytes = fs::read(&path).unwrap();
            let rejection = read(&bytes, &ReadOptions::default()).expect_err(&path.to_string_lossy());
            let first = &rejection.findings[0];
            assert_eq!(first.code, FindingCode::OtherKind, "{}", path.display());
            assert!(first.message.contains(word), "{}: {}", path.display(), first.message);
            count += 1;
        }
    }
    assert_eq!(count, 311);
}
