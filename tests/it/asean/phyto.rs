//! The e-Phyto: exchanged, replaced, withdrawn, and what it is evidence of.

use jiff::Timestamp;
use jiff::civil::date;
use motcua::clearance::{Examiner, LawDay, Room};
use motcua::embedded::PHYTO_MAPPING;
use motcua::law::{DocumentTypeId, Pack};
use motcua::message::asean::{Mapping, read_phyto, write_phyto};
use motcua::message::{Limits, ReadOptions, Rejection, read};
use motcua::records::{PhytoHolder, PhytoNoEvidence, evidence, phyto_evidence};
use motcua::screening::{NoTrace, RecordPlace, Records, Screener};
use motcua::trade::{
    CountryCode, Packages, PhytoCertificate, PhytoCharacteristic, PhytoClassification, PhytoClause, PhytoEquipment,
    PhytoItem, PhytoKind, PhytoNote, PhytoOrigin, PhytoPlace, PhytoReference, PhytoSignature, PhytoStatus, PhytoText,
    PhytoTransport, PhytoTreatment, Status,
};
use proptest::prelude::*;
use proptest::{collection, option, sample};

use super::fixture;
use crate::message_asean::{amount, country, measured, party, text};

const PLANTS: &str = "mard-plant-quarantine-01-2024-m9";

fn mapping() -> Mapping {
    Mapping::parse(PHYTO_MAPPING).unwrap()
}

fn bundled() -> PhytoCertificate {
    let (certificate, findings) =
        read_phyto(fixture("phyto.xml").as_bytes(), &mapping(), Limits::default()).expect("it is read");
    assert!(findings.is_empty(), "{findings:?}");
    certificate
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (1_500_000_000i64..2_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn said() -> impl Strategy<Value = Vec<PhytoText>> {
    let one = (text(), option::of(sample::select(vec!["en", "vi", "th"])))
        .prop_map(|(text, language)| PhytoText { text, language: language.map(str::to_owned) });
    collection::vec(one, 0..3)
}

fn notes() -> impl Strategy<Value = Vec<PhytoNote>> {
    let one = (sample::select(vec!["ADEDL", "ADRP", "ADRPN", "ADRPR", "ADRD", "DMCL"]), said())
        .prop_map(|(subject, contents)| PhytoNote { subject: subject.to_owned(), contents });
    collection::vec(one, 0..4)
}

fn signature() -> impl Strategy<Value = PhytoSignature> {
    let clause = (option::of(text()), collection::vec(text(), 1..3)).prop_map(|(id, words)| PhytoClause {
        id,
        contents: words.into_iter().map(|text| PhytoText { text, language: None }).collect(),
    });
    (option::of(moment()), text(), option::of(text()), collection::vec(clause, 0..2))
        .prop_map(|(at, place, officer, clauses)| PhytoSignature { at, place: Some(place), officer, clauses })
}

fn reference() -> impl Strategy<Value = PhytoReference> {
    (text(), option::of(text()), said(), option::of(text()), option::of("sha256:[0-9a-f]{64}")).prop_map(
        |(id, relationship, information, file, digest)| PhytoReference { id, relationship, information, file, digest },
    )
}

fn treatment() -> impl Strategy<Value = PhytoTreatment> {
    let characteristic =
        (said(), measured()).prop_map(|(description, value)| PhytoCharacteristic { description, value: Some(value) });
    (text(), option::of(moment()), option::of(moment()), option::of(measured()), collection::vec(characteristic, 0..3))
        .prop_map(|(kind, began, ended, duration, characteristics)| PhytoTreatment {
            kind: Some(kind),
            began,
            ended,
            duration,
            characteristics,
        })
}

fn item() -> impl Strategy<Value = PhytoItem> {
    let class = (option::of(Just("HS".to_owned())), text(), said())
        .prop_map(|(system, code, name)| PhytoClassification { system, code: Some(code), name });
    let packages = (amount(), option::of(text())).prop_map(|(count, kind)| Packages { count, kind });
    let origin = (country(), option::of(text())).prop_map(|(country, area)| PhytoOrigin { country, area });
    let names = (said(), said(), said(), said());
    let measures = (option::of(measured()), option::of(measured()), option::of(measured()), option::of(measured()));
    let more = (
        notes(),
        collection::vec(class, 0..3),
        collection::vec(packages, 0..2),
        collection::vec(origin, 0..2),
        collection::vec(treatment(), 0..2),
    );
    (names, measures, more).prop_map(|(names, measures, more)| PhytoItem {
        number: 0,
        description: names.0,
        common_name: names.1,
        scientific_name: names.2,
        intended_use: names.3,
        net_weight: measures.0,
        gross_weight: measures.1,
        net_volume: measures.2,
        gross_volume: measures.3,
        notes: more.0,
        classifications: more.1,
        packages: more.2,
        origins: more.3,
        treatments: more.4,
    })
}

fn certificate() -> impl Strategy<Value = PhytoCertificate> {
    let head = (
        text(),
        sample::select(PhytoKind::ALL.to_vec()),
        sample::select(PhytoStatus::ALL.to_vec()),
        moment(),
        text(),
        country(),
    );
    let about = (notes(), collection::vec(signature(), 0..2), collection::vec(reference(), 0..2), party(), party());
    let places = (
        country(),
        country(),
        collection::vec(country(), 0..2),
        collection::vec(country(), 0..2),
        option::of((option::of(text()), text())),
        option::of(text()),
    );
    let transport = (option::of(text()), Just("1".to_owned()), said()).prop_map(|(id, mode, means)| PhytoTransport {
        id,
        mode: Some(mode),
        means,
    });
    let equipment = (text(), collection::vec(text(), 0..3)).prop_map(|(id, seals)| PhytoEquipment { id, seals });
    let carried = (collection::vec(transport, 0..2), collection::vec(equipment, 0..2));
    (head, about, places, carried, collection::vec(item(), 1..4)).prop_map(
        |(head, about, places, carried, mut items)| {
            for (number, item) in (1..).zip(&mut items) {
                item.number = number;
            }
            PhytoCertificate {
                number: head.0,
                kind: head.1,
                status: head.2,
                issued: head.3,
                authority: head.4,
                country: head.5,
                notes: about.0,
                signatures: about.1,
                references: about.2,
                consignor: about.3,
                consignee: about.4,
                export_country: places.0,
                import_country: places.1,
                reexport_countries: places.2,
                transit_countries: places.3,
                unloading: places.4.map(|(id, name)| PhytoPlace { id, name: Some(name) }),
                examined_at: places.5,
                transport: carried.0,
                equipment: carried.1,
                items,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever a certificate says, its XML says it, and says it again when it is written again.
    #[test]
    fn a_certificate_survives_its_xml(certificate in certificate()) {
        let mapping = mapping();
        let xml = write_phyto(&certificate, &mapping);
        let (taken, findings) = read_phyto(xml.as_bytes(), &mapping, Limits::default()).expect("it is read");
        prop_assert!(findings.is_empty(), "{findings:?}");
        prop_assert_eq!(&taken, &certificate);
        prop_assert_eq!(write_phyto(&taken, &mapping), xml);
        let json = serde_json::to_string(&certificate).unwrap();
        prop_assert_eq!(serde_json::from_str::<PhytoCertificate>(&json).unwrap(), certificate);
    }

    /// No bytes make the reader panic, and nothing that is cut off is taken.
    #[test]
    fn no_damage_makes_the_reader_panic(certificate in certificate(), cut in 0usize..40_000, byte in any::<u8>()) {
        let mapping = mapping();
        let mut xml = write_phyto(&certificate, &mapping).into_bytes();
        let at = cut % xml.len();
        prop_assert!(read_phyto(&xml[..at], &mapping, Limits::default()).is_err());
        xml[at] = byte;
        let _ = read_phyto(&xml, &mapping, Limits::default());
    }
}

#[track_caller]
fn refused(xml: &str) -> Vec<String> {
    let Err(Rejection { findings, .. }) = read_phyto(xml.as_bytes(), &mapping(), Limits::default()) else {
        panic!("it is read");
    };
    findings.iter().map(|finding| finding.message.clone()).collect()
}

#[test]
fn the_bundled_certificate_is_whole() {
    let certificate = bundled();
    assert_eq!(write_phyto(&certificate, &mapping()), fixture("phyto.xml").trim_end());
    assert_eq!(certificate.key().to_string(), "TH PC-2026-0118842");
    assert!(certificate.is_in_force() && certificate.replaces().is_none());
    assert_eq!(certificate.equipment[0].seals, ["TH0099123"]);
    assert_eq!(certificate.items[0].hs_codes().map(|code| code.to_string()).collect::<Vec<_>>(), ["081060"]);
}

#[test]
fn another_version_is_refused_by_name() {
    let older = fixture("phyto.xml").replace("SPSCertificate:17", "SPSCertificate:8");
    assert_eq!(
        refused(&older),
        [
            "the root element is `SPSCertificate` in the namespace `urn:un:unece:uncefact:data:standard:SPSCertificate:8`, which is not read; `SPSCertificate` in the namespace `urn:un:unece:uncefact:data:standard:SPSCertificate:17` is expected"
        ]
    );
}

#[test]
fn everything_that_is_missing_or_wrong_is_named_at_once() {
    let empty = r#"<SPSCertificate xmlns="urn:un:unece:uncefact:data:standard:SPSCertificate:17"/>"#;
    assert_eq!(refused(empty).len(), 10, "{:#?}", refused(empty));
    let xml = fixture("phyto.xml");
    let with = |from: &str, to: &str| {
        assert!(xml.contains(from), "{from}");
        refused(&xml.replace(from, to))
    };
    assert_eq!(
        with("<ram:StatusCode>70<", "<ram:StatusCode>1<"),
        ["`1` is not known here; expected is one of 39 (approved), 40 (withdrawn), 41 (rejected), 70 (issued)"]
    );
    assert!(with("<ram:SequenceNumeric>2<", "<ram:SequenceNumeric>1<")[0].starts_with("two items have the number 1"));
    assert!(with("2026-11-27T02:30:00Z", "27/11/2026")[0].starts_with("`27/11/2026` is not a moment"));

    // So much is odd that nothing more is told; what is wrong is wrong all the same.
    let odd = "<ram:Odd/>".repeat(300);
    let drowned = xml
        .replace("<rsm:SPSConsignment>", &format!("<rsm:SPSConsignment>{odd}"))
        .replace("<ram:NetWeightMeasure unitCode=\"KGM\">18000<", "<ram:NetWeightMeasure unitCode=\"KGM\">much<");
    assert!(refused(&drowned).iter().any(|message| message.contains("`much`")));
}

#[test]
fn what_is_attached_is_kept_by_name_and_digest() {
    let xml = fixture("phyto.xml");
    let begin = xml.find("<ram:AttachmentBinaryObject").unwrap();
    let end = xml.find("</ram:AttachmentBinaryObject>").unwrap();
    let with = |content: &str| {
        let file = "<ram:AttachmentBinaryObject filename=\"photo.jpg\">";
        format!("{}{file}{content}{}", &xml[..begin], &xml[end..])
    };
    let (certificate, findings) =
        read_phyto(with("aGVs\n bG8=").as_bytes(), &mapping(), Limits::default()).expect("it is read");
    assert!(findings.is_empty(), "{findings:?}");
    let attached = &certificate.references[0];
    assert_eq!(attached.file.as_deref(), Some("photo.jpg"));
    let hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(attached.digest.as_deref(), Some(hello));
    let written = write_phyto(&certificate, &mapping());
    assert!(written.contains(hello) && !written.contains("aGVs"));
    assert!(refused(&with("not base64"))[0].starts_with("what is attached is not base64"));
    let large = with(&"A".repeat(2 << 20));
    let limit = refused(&large);
    assert_eq!(limit.len(), 1, "{limit:?}");
}

#[test]
fn a_certificate_replaces_and_is_withdrawn() {
    let note = |subject: &str, text: &str| PhytoNote {
        subject: subject.into(),
        contents: vec![PhytoText { text: text.into(), language: None }],
    };
    let mut certificate = bundled();
    certificate.notes = vec![note("ADRP", "true")];
    assert!(certificate.replaces_unnamed());
    certificate.notes = vec![note("ADRP", "false")];
    assert!(!certificate.replaces_unnamed() && certificate.replaces().is_none());
    certificate.notes =
        vec![note("ADRP", "true"), note("ADRPN", "PC-1"), note("ADRPR", "weight"), note("ADRD", "2026-11-01")];
    let replaced = certificate.replaces().unwrap();
    assert_eq!((replaced.number, replaced.reason, replaced.date), ("PC-1", Some("weight"), Some("2026-11-01")));
    certificate.status = PhytoStatus::Withdrawn;
    assert!(certificate.is_withdrawn() && !certificate.is_in_force());
}

/// The bundled pack, as if its rule of plant quarantine took the exporting country's certificate.
fn taking() -> Pack {
    let mut pack = motcua::embedded::pack().clone();
    let code = PhytoKind::Export.code();
    let at = pack.documents.iter().position(|document| document.code == code).unwrap();
    let rule = pack.rules.iter_mut().find(|rule| rule.id == PLANTS).unwrap();
    rule.evidence.push(DocumentTypeId(u16::try_from(at).unwrap()));
    pack
}

#[test]
fn it_is_evidence_only_where_the_pack_says_so() {
    let certificate = bundled();
    let holder = PhytoHolder::Declaration("107000000012");
    assert_eq!(
        phyto_evidence(&certificate, motcua::embedded::pack(), holder),
        Err(PhytoNoEvidence::NotTaken),
        "the law asks for a Vietnamese certificate"
    );
    let pack = taking();
    let entry = phyto_evidence(&certificate, &pack, holder).unwrap();
    assert_eq!(
        serde_json::to_value(&entry).unwrap(),
        serde_json::json!({
            "id": "PC-2026-0118842", "kind": "certificate", "code": "851", "declaration": "107000000012",
            "hs": ["080450", "081060"], "origin": "TH", "from": "2026-11-27", "quantity": "20400.5", "unit": "KGM"
        })
    );
    let refused = |change: &dyn Fn(&mut PhytoCertificate)| {
        let mut other = certificate.clone();
        change(&mut other);
        phyto_evidence(&other, &pack, holder).unwrap_err()
    };
    assert_eq!(refused(&|other| other.status = PhytoStatus::Withdrawn), PhytoNoEvidence::NotInForce);
    assert_eq!(refused(&|other| other.kind = PhytoKind::Reexport), PhytoNoEvidence::NotTaken);
    assert_eq!(refused(&|other| other.items[1].classifications.clear()), PhytoNoEvidence::NoCode);
    assert_eq!(refused(&|other| other.items[1].origins.clear()), PhytoNoEvidence::Origins);
    assert_eq!(
        refused(&|other| other.items[1].origins[0].country = CountryCode::parse("LA").unwrap()),
        PhytoNoEvidence::Origins
    );
}

#[test]
fn evidence_meets_plant_quarantine_where_the_pack_takes_it() {
    let pack = taking();
    let mut checks = evidence::Checks::new(&pack);
    let place = RecordPlace { source: "phyto".into(), line: 1 };
    let bytes = std::fs::read("fixtures/declarations/12-apples-plant-quarantine.xml").unwrap();
    let reading = read(&bytes, &ReadOptions::default()).unwrap();
    let mut certificate = bundled();
    for item in &mut certificate.items {
        item.classifications =
            vec![PhytoClassification { system: Some("HS".into()), code: Some("0808.10".into()), name: Vec::new() }];
        item.origins = vec![PhytoOrigin { country: CountryCode::parse("US").unwrap(), area: None }];
    }
    certificate.issued = "2026-05-01T00:00:00Z".parse().unwrap();
    let status = |certificate: &PhytoCertificate, checks: &mut evidence::Checks<'_>| {
        let holder = PhytoHolder::Importer("0401345678");
        let entry = phyto_evidence(certificate, &pack, holder).unwrap();
        let record = entry.resolve(place.clone(), checks).unwrap();
        let records = Records::new(Vec::new(), vec![record], None);
        let screener = Screener::new(&pack);
        let examiner = Examiner::new(&screener, LawDay { received: date(2026, 11, 24), as_of: None, law_date: None })
            .knowing(&records);
        let mut room = Room::default();
        let examination = examiner.examine(&reading, &mut room, &mut NoTrace);
        let found = examination.screening.requirements.iter().find(|one| pack.rule(one.rule).id == PLANTS);
        found.unwrap().status
    };
    assert_eq!(status(&certificate, &mut checks), Status::Met);
    for item in &mut certificate.items {
        item.classifications[0].code = Some("0805.10".into());
    }
    assert_eq!(status(&certificate, &mut checks), Status::Required, "oranges are no apples");
}
