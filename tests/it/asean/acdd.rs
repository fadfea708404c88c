//! The ASEAN Customs Declaration Document: made from an export declaration, exchanged, screened.

use jiff::civil::date;
use motcua::clearance::explain::Lang;
use motcua::clearance::{AnswerWriter, Examiner, LawDay, Room};
use motcua::embedded::{ACDD_MAPPING, ACDD_RESPONSE_MAPPING};
use motcua::message::asean::{Mapping, read_acdd, read_acdd_response, write_acdd, write_acdd_response};
use motcua::message::incoming::Content;
use motcua::message::{Limits, ReadOptions, Rejection, read, receive};
use motcua::screening::{NoTrace, Screener};
use motcua::trade::{
    Acdd, AcddCancellation, AcddConsignee, AcddItem, AcddKey, AcddMessage, AcddOutcome, AcddParty, AcddResponse,
    AcddSupplement, CountryCode, Direction, HsCode, UnitCode,
};
use proptest::prelude::*;
use serde_json::Value;

use super::fixture;
use crate::message_asean::{amount, country, date as day, text};

const DURIAN: &str = "fixtures/declarations/13-durian-export-certified.xml";

fn mapping() -> Mapping {
    Mapping::parse(ACDD_MAPPING).unwrap()
}

fn responses() -> Mapping {
    Mapping::parse(ACDD_RESPONSE_MAPPING).unwrap()
}

fn code(text: &str) -> CountryCode {
    CountryCode::parse(text).unwrap()
}

/// The codes of the national declaration for the mode of transport.
fn modes() -> &'static [(String, String)] {
    &motcua::embedded::agreement().quoting("vnaccs").unwrap().transport
}

fn item() -> impl Strategy<Value = AcddItem> {
    let hs = (1_000_000u32..99_999_999, prop::sample::select(vec![6usize, 8]))
        .prop_map(|(code, digits)| HsCode::parse(&format!("{code:08}")[..digits]).unwrap());
    (hs, amount(), prop::sample::select(vec!["KGM", "PCE", "TNE"]), country()).prop_map(
        |(hs, quantity, unit, origin)| AcddItem {
            number: 0,
            hs,
            quantity,
            unit: UnitCode::parse(unit).unwrap(),
            origin,
        },
    )
}

fn acdd() -> impl Strategy<Value = Acdd> {
    let names = (text(), text(), text(), text(), text(), text(), text());
    (names, country(), country(), day(), text(), prop::collection::vec(item(), 1..6)).prop_map(
        |(names, from, to, departure, discharge_port, mut items)| {
            for (number, item) in (1..).zip(&mut items) {
                item.number = number;
            }
            Acdd {
                number: names.0,
                from,
                to,
                exporter: AcddParty { id: names.1, name: names.2 },
                consignee: AcddConsignee { name: names.3, address: names.4 },
                agent: AcddParty { id: names.5, name: names.6 },
                departure,
                transport_mode: "1".into(),
                discharge_port,
                items,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever a document says, its XML says it; and everybody who reads declarations reads it.
    #[test]
    fn a_document_survives_its_xml(acdd in acdd(), reason in prop::option::of(text())) {
        let mapping = mapping();
        let message = AcddMessage::New(acdd.clone());
        let xml = write_acdd(&message, &mapping);
        let (taken, findings) = read_acdd(xml.as_bytes(), &mapping, Limits::default()).expect("it is read");
        prop_assert!(findings.is_empty(), "{findings:?}");
        prop_assert_eq!(&taken, &message);
        prop_assert_eq!(write_acdd(&taken, &mapping), xml.clone());
        let json = serde_json::to_string(&message).unwrap();
        prop_assert_eq!(serde_json::from_str::<AcddMessage>(&json).unwrap(), message);

        let reading = read(xml.as_bytes(), &ReadOptions::default()).expect("it is a declaration");
        let declaration = &reading.declaration;
        prop_assert_eq!(declaration.direction, Some(Direction::Import));
        prop_assert_eq!(declaration.responsible_country, Some(acdd.from));
        prop_assert_eq!(declaration.number.as_deref(), Some(acdd.number.as_str()));
        prop_assert_eq!(declaration.importer.address.as_deref(), Some(acdd.consignee.address.as_str()));
        prop_assert_eq!((declaration.export_country, declaration.destination_country), (Some(acdd.from), Some(acdd.to)));
        prop_assert_eq!(declaration.departure, Some(acdd.departure));
        prop_assert_eq!(declaration.items.len(), acdd.items.len());
        for (line, item) in declaration.items.iter().zip(&acdd.items) {
            prop_assert_eq!((line.hs, line.origin), (Some(item.hs), Some(item.origin)));
            prop_assert_eq!(line.hs_is_national, item.hs.digits() == 8);
        }

        let message = AcddMessage::Cancellation(AcddCancellation { about: acdd.key(), to: acdd.to, reason: reason.clone() });
        let xml = write_acdd(&message, &mapping);
        let (taken, findings) = read_acdd(xml.as_bytes(), &mapping, Limits::default()).expect("it is read");
        prop_assert!(findings.is_empty(), "{findings:?}");
        prop_assert_eq!(taken, message);
        let received = receive(xml.as_bytes(), &ReadOptions::default()).expect("it is received");
        let Content::Cancellation(cancellation) = received.content else { panic!("a cancellation") };
        prop_assert_eq!(cancellation.number.as_deref(), Some(acdd.number.as_str()));
        prop_assert_eq!(cancellation.reason.as_deref(), reason.as_deref());
    }

    /// No bytes make the reader panic.
    #[test]
    fn no_damage_makes_the_reader_panic(acdd in acdd(), cut in 0usize..20_000, byte in any::<u8>()) {
        let mapping = mapping();
        let mut xml = write_acdd(&AcddMessage::New(acdd), &mapping).into_bytes();
        let at = cut % xml.len();
        prop_assert!(read_acdd(&xml[..at], &mapping, Limits::default()).is_err());
        xml[at] = byte;
        let _ = read_acdd(&xml, &mapping, Limits::default());
        let _ = read(&xml, &ReadOptions::default());
    }
}

#[test]
fn every_response_survives_its_xml() {
    let mapping = responses();
    for outcome in AcddOutcome::ALL {
        let full = AcddResponse {
            id: "R-1".into(),
            date: date(2026, 11, 24),
            from: code("VN"),
            about: AcddKey { country: code("TH"), number: "A0171-6911-00042".into() },
            outcome,
            declaration: Some("107012345678".into()),
            reason: Some("cleared & gone".into()),
        };
        let bare = AcddResponse { declaration: None, reason: None, ..full.clone() };
        for response in [full, bare] {
            let xml = write_acdd_response(&response, &mapping);
            let (taken, findings) = read_acdd_response(xml.as_bytes(), &mapping, Limits::default()).unwrap();
            assert!(findings.is_empty(), "{findings:?}");
            assert_eq!(taken, response);
            assert!(read(xml.as_bytes(), &ReadOptions::default()).is_err(), "a response is no declaration");
        }
    }
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let refused = |xml: &str| {
        let Err(Rejection { findings, .. }) = read_acdd(xml.as_bytes(), &mapping(), Limits::default()) else {
            panic!("it is read");
        };
        findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    let with = |inner: &str| {
        format!(
            "<md:MetaData xmlns:md=\"urn:wco:datamodel:WCO:DocumentMetaData-DMS:2\" xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"><Declaration>{inner}</Declaration></md:MetaData>"
        )
    };
    let missing = refused(&with("<FunctionCode>9</FunctionCode>"));
    assert_eq!(missing.len(), 13, "{missing:#?}");
    assert!(missing.contains(&"the consignee's address (element 4) is missing".to_owned()));
    assert_eq!(
        refused(&with("<FunctionCode>13</FunctionCode><TypeCode>COR</TypeCode>")),
        ["function `13` with type `COR`; an ACDD has the function 9, its cancellation 13 with the type INV"]
    );
    assert_eq!(refused(&with("")), ["what the message does is missing"]);
}

#[test]
fn a_document_is_made_from_an_accepted_export_declaration() {
    let bytes = std::fs::read(DURIAN).unwrap();
    let declaration = read(&bytes, &ReadOptions::default()).unwrap().declaration;
    let bare = AcddSupplement { transport_modes: modes(), ..AcddSupplement::default() };
    let missing = Acdd::of(&declaration, code("VN"), &bare).unwrap_err();
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    assert_eq!(
        missing,
        [
            "the consignee's address is missing (element 4)",
            "line 1: the item's country of origin is missing (element 11)",
        ]
    );
    let none = Acdd::of(&declaration, code("VN"), &AcddSupplement::default()).unwrap_err();
    assert!(none.iter().any(|missing| missing.to_string().contains("(element 12)")), "an unknown code says nothing");

    let added = AcddSupplement { consignee_address: Some("1 Beilun Road"), origin: Some(code("VN")), ..bare };
    let acdd = Acdd::of(&declaration, code("VN"), &added).unwrap();
    assert_eq!(acdd.key().to_string(), "ACDD VN 307000000013");
    assert_eq!((acdd.to.as_str(), acdd.transport_mode.as_str(), acdd.discharge_port.as_str()), ("CN", "1", "CNNGB"));
    assert_eq!((acdd.departure, acdd.agent.id.as_str()), (date(2026, 5, 20), "0201765432"));
    assert_eq!(acdd.items[0].hs.to_string(), "08106000");

    // What the message states counts, also where something else is added.
    let stated = String::from_utf8(bytes)
        .unwrap()
        .replace("<CGK>CN</CGK>", "<CGA>88 Harbour Street</CGA><CAC>Ningbo</CAC><CGK>CN</CGK>");
    let declaration = read(stated.as_bytes(), &ReadOptions::default()).unwrap().declaration;
    let acdd = Acdd::of(&declaration, code("VN"), &added).unwrap();
    assert_eq!(acdd.consignee.address, "88 Harbour Street, Ningbo");

    let import = std::fs::read("fixtures/declarations/12-apples-plant-quarantine.xml").unwrap();
    let import = read(&import, &ReadOptions::default()).unwrap().declaration;
    let missing = Acdd::of(&import, code("VN"), &added).unwrap_err();
    assert!(missing.iter().any(|one| one.to_string().contains("the number of an export declaration")), "{missing:?}");
}

/// The same goods, declared for export in Thailand and told to Viet Nam.
fn told(hs: &str) -> String {
    let bytes = std::fs::read_to_string(DURIAN).unwrap();
    let thai = bytes
        .replace("CNNGB", "VNSGN")
        .replace("<CGK>CN</CGK>", "<CGA>12 Ben Nghe</CGA><CGK>VN</CGK>")
        .replace("08106000", hs);
    let declaration = read(thai.as_bytes(), &ReadOptions::default()).unwrap().declaration;
    let added = AcddSupplement { transport_modes: modes(), origin: Some(code("TH")), ..AcddSupplement::default() };
    let acdd = Acdd::of(&declaration, code("TH"), &added).unwrap();
    write_acdd(&AcddMessage::New(acdd), &mapping())
}

/// The answer of the bundled law.
fn screened(xml: &str) -> Value {
    let pack = motcua::embedded::pack();
    let screener = Screener::new(pack);
    let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None });
    let reading = read(xml.as_bytes(), &ReadOptions::default()).unwrap();
    let mut room = Room::default();
    let examination = examiner.examine(&reading, &mut room, &mut NoTrace);
    let mut answer = Vec::new();
    AnswerWriter::new(pack, Lang::En).write(&mut answer, "acdd", reading.bytes, &examination, None);
    serde_json::from_slice(&answer).unwrap()
}

fn rules(answer: &Value) -> Vec<&str> {
    let requirements = answer["lines"][0]["requirements"].as_array().unwrap();
    requirements.iter().map(|requirement| requirement["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_document_is_screened_before_the_goods_arrive() {
    const PLANTS: &str = "mard-plant-quarantine-01-2024-m9";
    for (hs, matched) in [("08106000", "tariff"), ("081060", "heading")] {
        let answer = screened(&told(hs));
        assert_eq!(answer["advisory"], true);
        assert_eq!(answer["direction"], "import");
        assert_eq!(answer["channel"], Value::Null, "advance information opens no channel");
        assert_eq!(answer["lines"][0]["match"], matched, "{hs}");
        assert!(rules(&answer).contains(&PLANTS), "{hs}: {:?}", rules(&answer));
    }
}

#[test]
fn the_bundled_document_is_whole() {
    let xml = fixture("acdd.xml");
    let (message, findings) = read_acdd(xml.as_bytes(), &mapping(), Limits::default()).unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(write_acdd(&message, &mapping()), xml.trim_end());
    assert_eq!((message.about().country, message.to()), (code("TH"), code("VN")));
    let answer = screened(&xml);
    assert_eq!((&answer["advisory"], &answer["direction"]), (&Value::Bool(true), &Value::from("import")));
}
