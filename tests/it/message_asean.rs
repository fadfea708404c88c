//! Documents of the ASEAN Single Window, read and written.

use motcua::embedded::{FORM_D_MAPPING, NOTICE_MAPPING};
use motcua::message::asean::{Mapping, read_form_d, read_notice, write_form_d, write_notice};
use motcua::message::{Limits, Rejection};
use motcua::trade::{
    Attestation, Carriage, CertificateKey, CertificateNotice, CountryCode, CurrencyCode, HsCode, InvoiceRef,
    ItemNotice, Measured, NoticeKind, OriginCertificate, OriginFlag, OriginItem, OriginParty, OriginalProof, Packages,
    Priced, UnitCode,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rust_decimal::Decimal;

fn form_d() -> Mapping {
    Mapping::parse(FORM_D_MAPPING).unwrap()
}

fn notices() -> Mapping {
    Mapping::parse(NOTICE_MAPPING).unwrap()
}

/// Text as a reader gives it: without blanks around it.
pub(crate) fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9ạđ&<]?[A-Za-z0-9&<>\"'ạđ€ .,/+-]{0,20}[A-Za-zạđ&<]".prop_map(|text| text.trim().to_owned())
}

pub(crate) fn date() -> impl Strategy<Value = jiff::civil::Date> {
    (2015i16..2040, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| jiff::civil::date(year, month, day))
}

pub(crate) fn country() -> impl Strategy<Value = CountryCode> {
    prop::sample::select(vec!["BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN"])
        .prop_map(|code| CountryCode::parse(code).unwrap())
}

pub(crate) fn amount() -> impl Strategy<Value = Decimal> {
    (0i64..1_000_000_000, 0u32..6).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

pub(crate) fn measured() -> impl Strategy<Value = Measured> {
    (amount(), prop::option::of(prop::sample::select(vec!["KGM", "PCE", "TNE"])))
        .prop_map(|(amount, unit)| Measured { amount, unit: unit.map(|unit| UnitCode::parse(unit).unwrap()) })
}

pub(crate) fn party() -> impl Strategy<Value = OriginParty> {
    (prop::option::of(text()), text(), prop::option::of(text()), prop::option::of(country()))
        .prop_map(|(id, name, address, country)| OriginParty { id, name: Some(name), address, country })
}

fn attestation() -> impl Strategy<Value = Attestation> {
    (prop::option::of(text()), date(), prop::option::of(text()), prop::option::of(text()))
        .prop_map(|(place, date, authority, signatory)| Attestation { place, date, authority, signatory })
}

fn item() -> impl Strategy<Value = OriginItem> {
    let packages = (amount(), prop::option::of(text())).prop_map(|(count, kind)| Packages { count, kind });
    let invoice = (text(), prop::option::of(date()), prop::option::of(party()))
        .prop_map(|(number, date, issuer)| InvoiceRef { number, date, issuer });
    let original = (text(), prop::option::of(date()), prop::option::of(country()))
        .prop_map(|(reference, date, country)| OriginalProof { reference, date, country });
    let fob = (amount(), prop::option::of(Just("USD"))).prop_map(|(amount, currency)| Priced {
        amount,
        currency: currency.map(|currency| CurrencyCode::parse(currency).unwrap()),
    });
    let goods = (prop::option::of(text()), prop::option::of(packages), text(), prop::option::of(measured()));
    let origin = (prop::option::of(original), 1_000_000u32..99_999_999, prop::sample::select(vec!["WO", "CTH + 40%"]));
    let worth = (prop::option::of(measured()), prop::option::of(fob), prop::option::of(invoice));
    (goods, origin, worth).prop_map(|(goods, origin, worth)| OriginItem {
        number: 0,
        marks: goods.0,
        packages: goods.1,
        description: goods.2,
        quantity: goods.3,
        original: origin.0,
        hs: HsCode::parse(&format!("{:08}", origin.1)).unwrap(),
        criterion: origin.2.to_owned(),
        gross_weight: worth.0,
        fob: worth.1,
        invoice: worth.2,
    })
}

fn certificate() -> impl Strategy<Value = OriginCertificate> {
    let carriage = (
        prop::option::of(Just("1".to_owned())),
        prop::option::of(text()),
        prop::option::of(date()),
        prop::option::of(text()),
    )
        .prop_map(|(mode, route, departure, vessel)| Carriage {
            mode,
            route,
            departure,
            vessel,
            discharge_port: Some("VNSGN".into()),
        });
    let parties = (party(), party(), prop::option::of(party()));
    let countries = (country(), country(), country());
    let flags = prop::collection::vec(prop::sample::select(OriginFlag::ALL.to_vec()), 0..4);
    let items = prop::collection::vec(item(), 1..5);
    (text(), parties, carriage, items, countries, (attestation(), attestation()), any::<bool>(), flags).prop_map(
        |(reference, (exporter, consignee, exhibition), carriage, mut items, countries, attested, copy, flags)| {
            for (number, item) in (1..).zip(&mut items) {
                item.number = number;
            }
            OriginCertificate {
                form: "D".into(),
                reference,
                issuing_country: countries.0,
                exporter,
                consignee,
                exhibition,
                carriage,
                items,
                production_country: countries.1,
                importing_country: countries.2,
                declared: attested.0,
                certified: attested.1,
                certified_true_copy: copy,
                flags: flags.into_iter().collect(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever a certificate says, its XML says it, and says it again when it is written again.
    #[test]
    fn a_form_d_survives_its_xml(certificate in certificate()) {
        let mapping = form_d();
        let xml = write_form_d(&certificate, &mapping);
        let (read, findings) = read_form_d(xml.as_bytes(), &mapping, Limits::default()).expect("it is read");
        prop_assert!(findings.is_empty(), "{findings:?}");
        prop_assert_eq!(&read, &certificate);
        prop_assert_eq!(write_form_d(&read, &mapping), xml);
        let json = serde_json::to_string(&certificate).unwrap();
        prop_assert_eq!(serde_json::from_str::<OriginCertificate>(&json).unwrap(), certificate);
    }

    /// No bytes make the reader panic: what it gets is cut off, or has a byte changed.
    #[test]
    fn no_damage_makes_the_reader_panic(certificate in certificate(), cut in 0usize..20_000, byte in any::<u8>()) {
        let mapping = form_d();
        let xml = write_form_d(&certificate, &mapping).into_bytes();
        let at = cut % xml.len();
        prop_assert!(read_form_d(&xml[..at], &mapping, Limits::default()).is_err());
        let mut damaged = xml;
        damaged[at] = byte;
        let _ = read_form_d(&damaged, &mapping, Limits::default());
    }
}

#[test]
fn every_notice_survives_its_xml() {
    let mapping = notices();
    for kind in NoticeKind::ALL {
        let full = CertificateNotice {
            id: "N-1".into(),
            date: jiff::civil::date(2026, 11, 24),
            from: CountryCode::parse("VN").unwrap(),
            to: CountryCode::parse("TH").unwrap(),
            kind: *kind,
            about: CertificateKey {
                country: CountryCode::parse("TH").unwrap(),
                form: "D".into(),
                reference: "D2026-0001".into(),
            },
            issued: Some(jiff::civil::date(2026, 11, 1)),
            reason: Some("quantity & weight differ".into()),
            effective: Some(jiff::civil::date(2026, 11, 20)),
            replaced_by: Some("D2026-0002".into()),
            declaration: Some("107012345678".into()),
            items: vec![
                ItemNotice {
                    number: 1,
                    outcome: NoticeKind::Used,
                    quantity: Some(Measured { amount: Decimal::new(12500, 1), unit: UnitCode::parse("KGM").ok() }),
                    reason: None,
                },
                ItemNotice {
                    number: 2,
                    outcome: NoticeKind::Rejected,
                    quantity: None,
                    reason: Some("other goods".into()),
                },
            ],
        };
        let bare = CertificateNotice {
            issued: None,
            reason: None,
            effective: None,
            replaced_by: None,
            declaration: None,
            items: vec![],
            ..full.clone()
        };
        for notice in [full, bare] {
            let xml = write_notice(&notice, &mapping);
            let (read, findings) = read_notice(xml.as_bytes(), &mapping, Limits::default()).expect("it is read");
            assert!(findings.is_empty(), "{findings:?}");
            assert_eq!(read, notice);
        }
    }
}

#[track_caller]
fn refused(xml: &str) -> Vec<String> {
    let Err(Rejection { findings, .. }) = read_form_d(xml.as_bytes(), &form_d(), Limits::default()) else {
        panic!("it is read");
    };
    findings.iter().map(|f| format!("{}: {}", f.code.as_str(), f.message)).collect()
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let empty = r#"<CertificateOfOrigin xmlns="urn:oasis:names:specification:ubl:schema:xsd:CertificateOfOrigin-2"/>"#;
    assert_eq!(
        refused(empty),
        [
            "FIELD_MISSING: the reference number is missing",
            "FIELD_MISSING: the kind of form (`D`) is missing",
            "FIELD_MISSING: the country that issued it is missing",
            "FIELD_MISSING: the country of production (box 11) is missing",
            "FIELD_MISSING: the importing country (box 11) is missing",
            "FIELD_MISSING: the exporter's name (box 1) is missing",
            "FIELD_MISSING: the consignee's name (box 2) is missing",
            "FIELD_MISSING: the day of the exporter's declaration (box 11) is missing",
            "FIELD_MISSING: the day of issue (box 12) is missing",
            "FIELD_MISSING: an item (boxes 5 to 10) is missing",
        ]
    );
    assert_eq!(
        refused("<CertificateOfOrigin/>"),
        [
            "FORMAT_OTHER_KIND: the root element is `CertificateOfOrigin`; `CertificateOfOrigin` in the namespace `urn:oasis:names:specification:ubl:schema:xsd:CertificateOfOrigin-2` is expected"
        ]
    );
}

#[test]
fn a_table_that_is_wrong_is_refused_by_line() {
    let wrong = |rows: &str| {
        let table = format!("box,field,path,kind,value,note\n,,A,root,,\n,,urn:a,namespace,,\n{rows}");
        Mapping::parse(&table).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(wrong(",a,B,text,,\n"), Ok(()));
    assert_eq!(wrong(",a,B,text,,\n,a,C,text,,\n").unwrap_err(), "line 5: field `a` has a row already");
    assert_eq!(wrong(",a,B,text,,\n,b,B,text,,\n").unwrap_err(), "line 5: `B` holds something already");
    assert_eq!(
        wrong(",a,B,colour,,\n").unwrap_err(),
        "line 4: no kind `colour`; see the head of the table's documentation for those there are"
    );
    assert_eq!(wrong(",a,x:B,text,,\n").unwrap_err(), "line 4: `x:B`: no namespace has the prefix `x`");
    assert_eq!(
        wrong(",a.b,./B,text,,\n").unwrap_err(),
        "line 4: `./B` begins with `./`, but no group stands before it"
    );
    assert_eq!(wrong(",a,B[c],text,,\n").unwrap_err(), "line 4: `B[c]`: `name[child=value]` is expected");
    assert!(Mapping::parse("box,field,path,kind,value,note\n").is_err());
    assert!(Mapping::parse("field,path\na,b\n").is_err());
}

/// Another guide's table may put the same boxes elsewhere.
#[test]
fn another_mapping_may_be_dropped_in() {
    let mut table = String::from("box,field,path,kind,value,note\n,,eForm,root,,\n,,urn:example:form,namespace,,\n");
    let mapping = FORM_D_MAPPING;
    for row in mapping.lines().skip(1).filter(|row| !row.contains(",root,") && !row.contains(",namespace,")) {
        let mut cells: Vec<&str> = row.split(',').collect();
        // Flat: the field's name is the element's.
        let (field, kind) = (cells[1], cells[3]);
        if field.is_empty() {
            continue;
        }
        let name = field.rsplit_once("items.").map_or_else(|| field.to_owned(), |(_, rest)| format!("./{rest}"));
        let name = name.replace("./", "!").replace('.', "_").replace('!', "./");
        cells[2] = &name;
        table.push_str(&format!(",{field},{name},{kind},,\n"));
    }
    let flat = Mapping::parse(&table).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let certificate = certificate().new_tree(&mut runner).unwrap().current();
    let xml = write_form_d(&certificate, &flat);
    assert!(xml.contains("<eForm xmlns=\"urn:example:form\">"), "{xml}");
    assert_eq!(read_form_d(xml.as_bytes(), &flat, Limits::default()).unwrap().0, certificate);
}

mod exchanged {
    use motcua::message::Limits;
    use motcua::message::asean::envelope::{ExchangeHeader, ExchangeKind, Opened, open, wrap};
    use motcua::message::asean::signal::{Signal, SignalContent, SignalError, read_signal, write_signal};
    use motcua::trade::CountryCode;

    fn header(kind: ExchangeKind) -> ExchangeHeader {
        ExchangeHeader {
            id: "7f6c@gateway.example".into(),
            from: CountryCode::parse("TH").unwrap(),
            to: CountryCode::parse("VN").unwrap(),
            kind,
            created: "2026-11-24T01:02:03Z".parse().unwrap(),
            conversation: "D TH <1>".into(),
        }
    }

    #[test]
    fn what_is_put_into_an_envelope_comes_out_of_it_byte_for_byte() {
        let document =
            "<a xmlns=\"urn:a\"><b>x &amp; y</b><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></a>";
        for kind in ExchangeKind::ALL {
            let xml = wrap(&header(*kind), &format!("<?xml version=\"1.0\"?>\n{document}\n"), "urn:a");
            let opened = open(xml.as_bytes(), Limits::default()).unwrap();
            assert_eq!(opened, Opened { header: header(*kind), document: document.as_bytes() });
        }
    }

    #[test]
    fn an_envelope_that_does_not_say_what_it_must_is_refused() {
        let whole = wrap(&header(ExchangeKind::Certificate), "<a/>", "urn:a");
        let refused = |from: &str, to: &str| {
            assert!(whole.contains(from), "{from}");
            open(whole.replace(from, to).as_bytes(), Limits::default()).unwrap_err().message
        };
        assert_eq!(refused("7f6c@gateway.example", ""), "`DocumentIdentification/InstanceIdentifier` is missing");
        assert_eq!(refused("7f6c@gateway.example", &"x".repeat(201)), "a message id of 201 bytes; 200 is the limit");
        assert!(refused("CO-ISSUE", "CO-EAT").starts_with("`CO-EAT` is not exchanged; expected is one of CO-ISSUE, "));
        assert!(refused(">TH<", ">Siam<").starts_with("`Siam` is not "));
        assert!(refused("2026-11-24T01:02:03Z", "yesterday").starts_with("`yesterday` is not a moment"));
        assert_eq!(refused("<a/>", ""), "the document in the envelope is missing");
        assert_eq!(refused("<a/>", "<a/><b/>"), "`b`: an envelope has one header and one document");
    }

    #[test]
    fn receipts_and_errors_survive_their_xml() {
        let errors = [SignalError::FailedAuthentication, SignalError::ValueInconsistent, SignalError::Other];
        let errors = errors.map(|code| SignalContent::Error { code, description: "not \"so\" & thus".into() });
        for content in errors.into_iter().chain([SignalContent::Receipt { digest: [7; 32] }]) {
            let signal = Signal {
                id: "r-1".into(),
                at: "2026-11-24T01:02:03Z".parse().unwrap(),
                answers: "7f6c@gateway.example".into(),
                content,
            };
            assert_eq!(read_signal(write_signal(&signal).as_bytes(), Limits::default()).unwrap(), signal);
        }
        assert!(read_signal(b"<SignalMessage/>", Limits::default()).is_err());
    }
}

/// The bundled documents: what our writer writes of these certificates. With `MOTCUA_WRITE_FIXTURES=1`
/// they are written anew.
mod bundled {
    use motcua::message::Limits;
    use motcua::message::asean::{read_form_d, write_form_d};
    use motcua::trade::OriginCertificate;
    use serde_json::json;

    fn pangasius() -> OriginCertificate {
        let json = json!({
            "form": "D", "reference": "VN-TH-26-02-00417", "issuing_country": "VN",
            "exporter": {"id": "1400112623", "name": "Công ty CP Vĩnh Long Xanh", "address": "Quốc lộ 30, Cao Lãnh, Đồng Tháp", "country": "VN"},
            "consignee": {"name": "Andaman Frozen Foods Co., Ltd.", "address": "88 Rama IV Road, Bangkok", "country": "TH"},
            "carriage": {"mode": "1", "route": "Cát Lái - Laem Chabang", "departure": "2026-03-16", "vessel": "MV Mekong Star 112N", "discharge_port": "THLCH"},
            "items": [
                {"number": 1, "marks": "VLX-TH 1/120", "packages": {"count": "120", "kind": "CT"},
                 "description": "Frozen fillets of catfish (Pangasius)", "quantity": {"amount": "1200", "unit": "KGM"},
                 "hs": "03046200", "criterion": "WO", "gross_weight": {"amount": "1260", "unit": "KGM"},
                 "invoice": {"number": "VLX-2026-117", "date": "2026-03-14"}},
                {"number": 2, "marks": "VLX-TH 121/150", "packages": {"count": "30", "kind": "CT"},
                 "description": "Breaded catfish, prepared", "quantity": {"amount": "300", "unit": "KGM"},
                 "hs": "16041990", "criterion": "CTH", "gross_weight": {"amount": "330", "unit": "KGM"},
                 "invoice": {"number": "VLX-2026-117", "date": "2026-03-14"}}
            ],
            "production_country": "VN", "importing_country": "TH",
            "declared": {"place": "Cao Lãnh", "date": "2026-03-16", "authority": "1400112623", "signatory": "Lê Minh Tâm"},
            "certified": {"place": "TP. Hồ Chí Minh", "date": "2026-03-17", "authority": "VN-02", "signatory": "Nguyễn Thị Hoa"}
        });
        serde_json::from_value(json).unwrap()
    }

    fn umbrellas() -> OriginCertificate {
        let json = json!({
            "form": "D", "reference": "D2026-0042317", "issuing_country": "TH",
            "exporter": {"name": "Chao Phraya Umbrella Co., Ltd.", "address": "112 Charoen Krung Road, Bangkok", "country": "TH"},
            "consignee": {"name": "Công ty TNHH Hải Vân", "address": "12 Bạch Đằng, Đà Nẵng", "country": "VN"},
            "carriage": {"mode": "1", "departure": "2026-11-14", "vessel": "MV Andaman 204E", "discharge_port": "VNDAD"},
            "items": [
                {"number": 1, "marks": "HAI VAN 1/50", "packages": {"count": "50", "kind": "CT"},
                 "description": "Umbrellas with wooden shafts", "quantity": {"amount": "600", "unit": "PCE"},
                 "hs": "66019900", "criterion": "40%", "gross_weight": {"amount": "420", "unit": "KGM"},
                 "invoice": {"number": "CPU-881", "date": "2026-11-12"}}
            ],
            "production_country": "TH", "importing_country": "VN",
            "declared": {"place": "Bangkok", "date": "2026-11-13", "signatory": "S. Chaiyo"},
            "certified": {"place": "Bangkok", "date": "2026-11-14", "authority": "DFT", "signatory": "P. Wongsa"}
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_bundled_certificates_are_what_the_writer_writes_and_the_reader_reads() {
        let mapping = super::form_d();
        for (file, certificate) in [("form-d.xml", pangasius()), ("form-d-umbrellas.xml", umbrellas())] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/asean").join(file);
            let xml = write_form_d(&certificate, &mapping) + "\n";
            if std::env::var_os("MOTCUA_WRITE_FIXTURES").is_some() {
                std::fs::write(&path, &xml).unwrap();
            }
            let bundled = std::fs::read_to_string(&path).unwrap();
            assert_eq!(bundled, xml, "{file}");
            let (read, findings) = read_form_d(bundled.as_bytes(), &mapping, Limits::default()).unwrap();
            assert_eq!((read, findings.len()), (certificate, 0), "{file}");
        }
    }

    #[test]
    fn the_bundled_signed_certificate_is_the_bundled_one() {
        let signed = include_str!("../../fixtures/asean/form-d-signed.xml");
        let (read, findings) = read_form_d(signed.as_bytes(), &super::form_d(), Limits::default()).unwrap();
        assert_eq!((read, findings.len()), (pangasius(), 0));
    }
}
