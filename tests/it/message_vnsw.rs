//! Applications of the single window: every message of the tables, the corpus against a naive
//! count, strict and lenient, any order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use motcua::message::{ReadOptions, Reading, Rejection, read};
use motcua::trade::{Direction, FindingCode, Format, Severity};

const MESSAGES: &str = include_str!("../../src/message/vnsw/messages.csv");
const SCHEMA: &str = include_str!("../../src/message/vnsw/schema.csv");
const LINES: [&str; 5] = ["Goods", "Animal", "AnimalProduct", "Product", "BoneMeal"];

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/vnsw/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn lenient(xml: &str) -> Result<Reading<'_>, Rejection> {
    read(xml.as_bytes(), &ReadOptions::default())
}

fn strict(xml: &str) -> Result<Reading<'_>, Rejection> {
    read(xml.as_bytes(), &ReadOptions { strict: true, ..ReadOptions::default() })
}

fn rejected(xml: &str) -> (FindingCode, String) {
    let finding = lenient(xml).unwrap_err().findings.remove(0);
    (finding.code, finding.message)
}

#[test]
fn a_certificate_application_is_read_with_its_goods() {
    let xml = fixture("aquatic-certificate");
    let reading = strict(&xml).unwrap();
    assert_eq!(reading.findings, []);
    let declaration = reading.declaration;
    assert_eq!(declaration.format, Format::VnswApplication);
    assert_eq!(declaration.dossier_procedure.as_deref(), Some("BNNPTNT0600010"));
    assert_eq!(declaration.reference.as_deref(), Some("M266007200012"));
    assert_eq!(declaration.number, None);
    assert_eq!(declaration.date.unwrap().to_string(), "2026-07-20");
    assert_eq!(declaration.direction, Some(Direction::Import));
    assert_eq!(declaration.responsible_country.unwrap().as_str(), "VN");
    assert_eq!(declaration.importer.id.as_deref(), Some("0301234567"));
    assert_eq!(declaration.importer.name.as_deref(), Some("Công ty TNHH Thực phẩm Sông Hồng"));
    assert_eq!(declaration.items.len(), 2);
    let line = &declaration.items[1];
    assert_eq!((line.number, line.hs.unwrap().to_string().as_str()), (2, "03061722"));
    assert_eq!(line.description, "Tôm sú đông lạnh còn vỏ");
    assert_eq!(line.quantity.unwrap().amount.to_string(), "1250.5");
    assert_eq!(line.quantity.unwrap().unit.unwrap().as_str(), "KGM");
    assert_eq!(line.origin.unwrap().as_str(), "TH");
    assert_eq!(line.purpose.as_deref(), Some("Làm thực phẩm"));
    assert!(line.statements.iter().any(|s| s.code == "Species" && s.text.as_deref() == Some("Penaeus monodon")));
    assert!(declaration.documents.iter().any(|d| d.code == "RegistrationComfirmNo"));
}

#[test]
fn an_export_application_has_its_parties_the_other_way_round() {
    let xml = fixture("export-terrestrial");
    let reading = strict(&xml).unwrap();
    assert_eq!(reading.findings, []);
    let declaration = reading.declaration;
    assert_eq!(declaration.direction, Some(Direction::Export));
    assert_eq!(declaration.exporter.id.as_deref(), Some("0301234567"));
    assert_eq!(declaration.importer.name.as_deref(), Some("Tokyo Meat Import, Tokyo, Nhật Bản"));
    assert_eq!(declaration.destination_country.unwrap().as_str(), "JP");
    let codes: Vec<String> = declaration.items.iter().map(|item| item.hs.unwrap().to_string()).collect();
    assert_eq!(codes, ["01051110", "03061722", "02032900", "03061722"]);
    assert_eq!(declaration.items[0].invoice_value.unwrap().amount.to_string(), "12500.50");
}

#[test]
fn purposes_belong_to_their_part_of_the_message() {
    let xml = fixture("terrestrial-registration");
    let declaration = lenient(&xml).unwrap().declaration;
    let purposes: Vec<_> = declaration.items.iter().map(|item| item.purpose.as_deref().unwrap()).collect();
    assert_eq!(purposes[..2], ["Làm giống"; 2]);
    assert_eq!(purposes[2..4], ["Làm thực phẩm"; 2]);
    assert_eq!(purposes[4..6], ["Thức ăn chăn nuôi"; 2]);
    assert_eq!(declaration.export_country.unwrap().as_str(), "AU");
}

#[test]
fn messages_of_the_first_generation_are_read_by_name() {
    for (name, procedure, code) in [
        ("first-generation", "BNN&PTNT0600003", "02023000"),
        ("feed-quality-without-schema", "BNNPTNT0200025", "23040090"),
    ] {
        let xml = fixture(name);
        let reading = strict(&xml).unwrap();
        assert_eq!(reading.findings, [], "{name}");
        assert_eq!(reading.declaration.dossier_procedure.as_deref(), Some(procedure));
        assert_eq!(reading.declaration.items[0].hs.unwrap().to_string(), code);
        assert_eq!(reading.declaration.importer.id.as_deref(), Some("0301234567"));
    }
}

#[test]
fn a_procedure_escaped_twice_is_told_and_understood() {
    let xml = fixture("first-generation").replace("BNN&amp;PTNT", " BNN&amp;amp;PTNT");
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.declaration.dossier_procedure.as_deref(), Some("BNN&PTNT0600003"));
    assert_eq!(reading.findings.len(), 1);
    assert_eq!(reading.findings[0].code, FindingCode::Deviation);
    assert!(strict(&xml).is_err());
}

#[test]
fn the_order_of_elements_does_not_matter() {
    for name in [
        "aquatic-registration",
        "aquatic-certificate",
        "export-terrestrial",
        "terrestrial-registration",
        "terrestrial-certificate",
        "first-generation",
    ] {
        let xml = fixture(name);
        let reversed = crate::shuffle::reversed(&xml);
        assert!(reversed.find("<Body>").unwrap() < reversed.find("<Header>").unwrap());
        let one = strict(&xml).unwrap_or_else(|rejection| panic!("{name}: {:?}", rejection.findings));
        let other = strict(&reversed).unwrap_or_else(|rejection| panic!("{name}: {:?}", rejection.findings));
        assert_eq!(one.findings.len(), other.findings.len(), "{name}");
        let sorted = |reading: Reading<'_>| {
            let declaration = reading.declaration;
            let mut lines: Vec<_> = declaration
                .items
                .iter()
                .map(|item| {
                    format!(
                        "{:?} {} {:?} {:?} {:?}",
                        item.hs, item.description, item.quantity, item.origin, item.purpose
                    )
                })
                .collect();
            lines.sort();
            (
                declaration.reference.unwrap().into_owned(),
                declaration.date,
                format!("{:?}", declaration.importer),
                lines,
            )
        };
        assert_eq!(sorted(one), sorted(other), "{name}");
    }
}

#[test]
fn both_orders_of_the_previous_file_are_read() {
    let xml = fixture("aquatic-certificate");
    let year = "      <preDocumentYear>2026</preDocumentYear>\n";
    let older = xml.replacen(year, "", 1).replacen("<sendDate>", &format!("{}<sendDate>", year.trim_start()), 1);
    assert_ne!(xml, older);
    assert_eq!(strict(&xml).unwrap().declaration, strict(&older).unwrap().declaration);
}

#[test]
fn departures_from_the_schema_refuse_a_strict_reading_only() {
    let long = "x".repeat(300);
    for (from, to, code) in [
        ("<TaxCode>0301234567<", format!("<TaxCode>{long}<"), FindingCode::Deviation),
        ("<Importer>", "<Colour>red</Colour><Importer>".to_owned(), FindingCode::Deviation),
        ("<Package>", "<Package>x</Package><Package>".to_owned(), FindingCode::Deviation),
        ("<Package>", "<Package colour=\"red\">".to_owned(), FindingCode::Deviation),
        (
            "<Package>",
            "<Package xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\">".to_owned(),
            FindingCode::Deviation,
        ),
        ("<QuantityOrWeight>1250.5<", "<QuantityOrWeight>1250.5678<".to_owned(), FindingCode::Deviation),
        ("<QuantityOrWeight>1250.5<", "<QuantityOrWeight>1000000000000000<".to_owned(), FindingCode::Deviation),
        (
            "<LoadingUnLoadingTimeFrom>2026-07-15 08:00:00<",
            "<LoadingUnLoadingTimeFrom>2026-07-15T08:00:00<".to_owned(),
            FindingCode::Deviation,
        ),
        ("<NameOfGoods>Tôm sú đông lạnh còn vỏ<", "<NameOfGoods> <".to_owned(), FindingCode::Missing),
        ("<messageId>", "<messageID>x</messageID><messageId>".to_owned(), FindingCode::Deviation),
    ] {
        let xml = fixture("aquatic-certificate").replacen(from, &to, 1);
        let reading = lenient(&xml).unwrap();
        assert_eq!(reading.findings.len(), 1, "{to}: {:?}", reading.findings);
        assert_eq!((reading.findings[0].code, reading.findings[0].severity), (code, Severity::Warning), "{to}");
        assert!(reading.findings[0].offset.is_some() && reading.findings[0].field.is_some());
        assert!(strict(&xml).is_err(), "{to}");
    }
}

#[test]
fn a_missing_mandatory_element_is_told_for_every_one() {
    let xml = fixture("aquatic-certificate");
    let paths: Vec<(&str, bool)> = SCHEMA
        .lines()
        .filter_map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            (cells[0] == "BNNPTNT0600010" && cells[2] != "complex").then(|| (cells[1], cells[3] == "1"))
        })
        .collect();
    assert!(paths.len() > 80);
    for (path, mandatory) in paths {
        let name = path.rsplit('/').next().unwrap();
        let short = crate::shuffle::without(&xml, name);
        let reading = lenient(&short).unwrap();
        let missing = reading
            .findings
            .iter()
            .filter(|f| f.code == FindingCode::Missing && f.field.as_deref().unwrap().ends_with(name));
        assert_eq!(missing.count() > 0, mandatory, "{path}");
        assert_eq!(strict(&short).is_err(), mandatory, "{path}");
    }
}

#[test]
fn wrong_values_are_errors_with_their_place() {
    let xml = fixture("aquatic-certificate")
        .replacen("<HSCodeOfGoods>03061721<", "<HSCodeOfGoods>0306.17x<", 1)
        .replacen("<QuantityOrWeight>1250.5<", "<QuantityOrWeight>-1250.5<", 1)
        .replacen("<OriginationCode>TH<", "<OriginationCode>Thái Lan<", 1)
        .replacen("<QuantityLicense>1<", "<QuantityLicense>một<", 1)
        .replacen("<SignDate>2026-07-15 08:00:00<", "<SignDate>15/07/2026<", 1);
    let reading = lenient(&xml).unwrap();
    let told: Vec<_> = reading
        .findings
        .iter()
        .map(|f| {
            (f.code.as_str(), f.severity, f.goods_line, f.field.clone().unwrap().rsplit('/').next().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("HS_BAD", Severity::Error, Some(1), "HSCodeOfGoods".to_owned()),
        ("NUMBER_NEGATIVE", Severity::Error, Some(1), "QuantityOrWeight".to_owned()),
        ("COUNTRY_UNKNOWN", Severity::Error, Some(1), "OriginationCode".to_owned()),
        ("NUMBER_BAD", Severity::Error, None, "QuantityLicense".to_owned()),
        ("DATE_BAD", Severity::Error, None, "SignDate".to_owned()),
    ];
    assert_eq!(told, expected);
    for finding in &reading.findings {
        let (line, column) = finding.position(xml.as_bytes()).unwrap();
        let name = finding.field.as_deref().unwrap().rsplit('/').next().unwrap();
        let text = xml.lines().nth(line - 1).unwrap();
        assert!(text.chars().skip(column - 1).collect::<String>().starts_with(&format!("<{name}>")), "{text}");
    }
}

#[test]
fn a_line_without_code_is_told() {
    let xml = crate::shuffle::without(&fixture("aquatic-certificate"), "HSCodeOfGoods");
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.findings.len(), 2);
    assert!(
        reading
            .findings
            .iter()
            .all(|f| f.code == FindingCode::Missing && f.severity == Severity::Warning && f.goods_line.is_some())
    );
    // A goods code of eight digits is an HS code.
    let xml = xml.replace("<CodeOfGoods>KDTS-0017<", "<CodeOfGoods>03061729<");
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.findings, []);
    assert_eq!(reading.declaration.items[0].hs.unwrap().to_string(), "03061729");
}

#[test]
fn goods_are_asked_for_where_the_schema_does() {
    let without_goods = |name: &str| crate::shuffle::without(&fixture(name), "Goods");
    let xml = without_goods("aquatic-certificate");
    let reading = lenient(&xml).unwrap();
    assert!(reading.declaration.items.is_empty());
    assert_eq!((reading.findings[0].code, reading.findings[0].severity), (FindingCode::NoGoods, Severity::Warning));
    let xml = without_goods("terrestrial-certificate");
    let rejection = lenient(&xml).unwrap_err();
    assert_eq!(rejection.format, Some(Format::VnswApplication));
    assert!(rejection.findings.iter().any(|f| f.code == FindingCode::NoGoods && f.severity == Severity::Error));
}

#[test]
fn a_message_needs_its_header_and_body() {
    let xml = fixture("aquatic-certificate");
    for name in ["Header", "Subject", "documentType", "type", "function", "Body", "Content"] {
        let from = xml.find(&format!("<{name}>")).unwrap();
        let to = xml.rfind(&format!("</{name}>")).unwrap() + name.len() + 3;
        let (code, message) = rejected(&format!("{}{}", &xml[..from], &xml[to..]));
        assert_eq!(code, FindingCode::Missing, "{name}: {message}");
    }
}

#[test]
fn what_the_procedure_does_not_have_is_named() {
    let xml = fixture("aquatic-certificate");
    let (code, message) = rejected(&xml.replace("BNNPTNT0600010", "BYT0100001"));
    assert_eq!(code, FindingCode::UnknownProcedure);
    assert!(message.contains("`BYT0100001`"));
    let (code, message) = rejected(&xml.replace("<function>04<", "<function>77<"));
    assert_eq!(code, FindingCode::OtherKind);
    assert!(message.contains("read are 10/01, 10/02, 10/04"), "{message}");
}

/// One message of every kind that the tables know: applications are read, all others named.
#[test]
fn every_message_of_the_tables_is_read_or_named() {
    let (mut taken, mut named) = (0, 0);
    for row in MESSAGES.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let (procedure, kind, function, sender) = (cells[0], cells[1], cells[2].replace('*', "05"), cells[3]);
        let xml = synthetic(procedure, kind, &function);
        if kind == "10" && sender == "trader" {
            let reading = strict(&xml)
                .unwrap_or_else(|rejection| panic!("{procedure} {kind}/{function}: {:?}", rejection.findings));
            assert_eq!(reading.declaration.dossier_procedure.as_deref(), Some(procedure));
            let expected = LINES.iter().map(|name| xml.matches(&format!("<{name}>")).count()).sum::<usize>();
            assert!(expected > 0);
            assert_eq!(reading.declaration.items.len(), expected, "{procedure}");
            taken += 1;
        } else {
            let rejection = lenient(&xml).unwrap_err();
            assert_eq!(rejection.findings[0].code, FindingCode::OtherKind);
            assert!(rejection.findings[0].message.contains("is not an application"));
            named += 1;
        }
    }
    assert_eq!(taken, 21);
    assert!(named > 200);
}

/// A message with every element of the schema of its procedure; without a schema, with goods as
/// the other forms write them.
fn synthetic(procedure: &str, kind: &str, function: &str) -> String {
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut facts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in SCHEMA.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        if cells[0] == procedure {
            let parent = cells[1].rsplit_once('/').map_or("", |(parent, _)| parent);
            children.entry(parent).or_default().push(cells[1]);
            facts.insert(cells[1], cells[2..].to_vec());
        }
    }
    let mut content = String::new();
    if facts.is_empty() {
        content.push_str("<Form><GoodsList><Goods><NameOfGoods>Gạo</NameOfGoods><HSCode>10063099</HSCode></Goods></GoodsList></Form>");
    } else {
        element("", &children, &facts, &mut content);
    }
    let procedure = procedure.replace('&', "&amp;");
    format!(
        "<Envelope><Header><Reference><version>01</version><messageId>1</messageId></Reference>\
         <From><name>NSW</name><identity>NSW</identity><countryCode>VN</countryCode><ministryCode>BTC</ministryCode><organizationCode>TCHQ</organizationCode></From>\
         <To><name>BNN</name><identity>BNN</identity><countryCode>VN</countryCode><ministryCode>BNN</ministryCode><organizationCode>BNN</organizationCode></To>\
         <Subject><documentType>{procedure}</documentType><type>{kind}</type><function>{function}</function><reference>M1</reference>\
         <documentYear>2026</documentYear><preReference>M1</preReference><sendDate>2026-07-20 08:30:00</sendDate></Subject></Header>\
         <Body><Content>{content}</Content><Signature/></Body></Envelope>"
    )
}

fn element(path: &str, children: &BTreeMap<&str, Vec<&str>>, facts: &BTreeMap<&str, Vec<&str>>, out: &mut String) {
    for child in children.get(path).into_iter().flatten() {
        let name = child.rsplit('/').next().unwrap();
        let (kind, limits) = (facts[child][0], facts[child][4]);
        write!(out, "<{name}>").unwrap();
        match kind {
            "complex" => element(child, children, facts, out),
            "string" if limits.contains("datetime") => out.push_str("2026-07-20 08:30:00"),
            "string" if name.starts_with("HSCode") => out.push_str("02032900"),
            "string" if name.ends_with("Code") => out.push_str("BR"),
            _ => out.push('1'),
        }
        write!(out, "</{name}>").unwrap();
    }
}

#[test]
fn technical_answers_are_named_by_their_content() {
    let xml = fixture("aquatic-certificate");
    let from = xml.find("<RegistrationProfile>").unwrap();
    let to = xml.find("</Content>").unwrap();
    for (content, what) in [
        ("<ErrorList><Error><ErrorCode>ERR02_CODE</ErrorCode></Error></ErrorList>", "a list of errors"),
        ("<ReceiveDate>2026-07-20 08:30:00</ReceiveDate>", "a receipt"),
    ] {
        let (code, message) = rejected(&format!("{}{content}{}", &xml[..from], &xml[to..]));
        assert_eq!(code, FindingCode::OtherKind);
        assert!(message.contains(what), "{message}");
    }
}

/// Every fixture, cut off and with bytes changed: readers tell, they do not panic.
#[test]
fn no_damage_makes_a_reader_panic() {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    for folder in ["national", "vnsw", "asycuda"] {
        let folder = format!("{}/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "xml") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for round in 0..200 {
                let mut damaged = bytes.clone();
                if round % 4 == 0 {
                    damaged.truncate(next(bytes.len()));
                }
                for _ in 0..next(4) {
                    if !damaged.is_empty() {
                        let at = next(damaged.len());
                        damaged[at] = b"<>/&;\"=a0-. \xC3\x00"[next(14)];
                    }
                }
                for strict in [false, true] {
                    let _ = read(&damaged, &ReadOptions { strict, ..ReadOptions::default() });
                }
            }
        }
    }
}

/// The corpus is not part of the repository: where it is absent the test says so.
fn corpus() -> Vec<PathBuf> {
    let folder = format!("{}/../shared/reference/corpus/vnsw", env!("CARGO_MANIFEST_DIR"));
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no corpus at {folder}");
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "xml"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn the_corpus_is_read_or_named() {
    let (mut applications, mut others) = (0, 0);
    for path in corpus() {
        let xml = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let application = xml.contains("<type>10</type>");
        match lenient(&xml) {
            Ok(reading) => {
                assert!(application, "{name}");
                applications += 1;
                let declaration = &reading.declaration;
                let lines: usize = LINES.iter().map(|line| xml.matches(&format!("<{line}>")).count()).sum();
                assert_eq!(declaration.items.len(), lines, "{name}");
                let tag = |tag: &str| xml.split(&format!("<{tag}>")).nth(1).and_then(|rest| rest.split('<').next());
                assert_eq!(declaration.reference.as_deref(), tag("reference"), "{name}");
                assert_eq!(declaration.date.unwrap().to_string(), tag("sendDate").unwrap()[..10], "{name}");
                let codes = xml.matches("<HSCode>").count() + xml.matches("<HSCodeOfGoods>").count();
                let bad = reading.findings.iter().filter(|f| f.code == FindingCode::BadHs).count();
                let stated = declaration.items.iter().filter(|item| item.hs.is_some()).count();
                assert!(stated >= codes - bad, "{name}");
                // The corpus validates against the original schemas: nothing departs from ours.
                let departures: Vec<_> = reading
                    .findings
                    .iter()
                    .filter(|f| {
                        f.code == FindingCode::Deviation || (f.code == FindingCode::Missing && f.goods_line.is_none())
                    })
                    .collect();
                assert!(departures.is_empty(), "{name}: {departures:?}");
            }
            Err(rejection) => {
                assert!(!application, "{name}: {:?}", rejection.findings);
                assert_eq!(rejection.findings[0].code, FindingCode::OtherKind, "{name}");
                others += 1;
            }
        }
    }
    assert!((applications, others) == (4, 32) || applications + others == 0, "{applications} {others}");
}
