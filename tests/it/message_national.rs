//! The national declaration profile: fixtures, bad input, strict and lenient, any order.

use std::fmt::Write as _;

use motcua::message::{ReadOptions, Reading, Rejection, read};
use motcua::trade::{DeclaredProcedure, Direction, Finding, FindingCode, Format, RegimeCode, Severity};

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/national/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn lenient(xml: &str) -> Result<Reading<'_>, Rejection> {
    read(xml.as_bytes(), &ReadOptions::default())
}

fn strict(xml: &str) -> Result<Reading<'_>, Rejection> {
    read(xml.as_bytes(), &ReadOptions { strict: true, ..ReadOptions::default() })
}

/// The findings as `CODE line:column field goods line`.
fn told(xml: &str, findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let (line, column) = finding.position(xml.as_bytes()).unwrap_or_default();
            let field = finding.field.as_deref().unwrap_or_default();
            let field = field.rsplit("Declaration/").next().unwrap_or_default();
            let goods_line = finding.goods_line.map_or(String::new(), |line| format!(" #{line}"));
            format!("{} {line}:{column} {field}{goods_line}", finding.code.as_str())
        })
        .collect()
}

#[test]
fn an_import_is_read_field_by_field() {
    let xml = fixture("import-seafood");
    let reading = strict(&xml).unwrap();
    assert_eq!(reading.findings, []);
    let declaration = reading.declaration;
    assert_eq!(declaration.format, Format::VnDeclaration);
    assert_eq!(declaration.number.as_deref(), Some("107012345678"));
    assert_eq!(declaration.reference.as_deref(), Some("TK20260720001"));
    assert_eq!(declaration.name(), Some("107012345678"));
    assert_eq!(declaration.date.unwrap().to_string(), "2026-07-20");
    assert_eq!(declaration.direction, Some(Direction::Import));
    assert_eq!(declaration.procedure, Some(DeclaredProcedure::National(RegimeCode::parse("A11").unwrap())));
    assert_eq!(declaration.responsible_country.unwrap().as_str(), "VN");
    assert_eq!(declaration.export_country.unwrap().as_str(), "TH");
    assert_eq!(declaration.exporter.country.unwrap().as_str(), "TH");
    assert_eq!(declaration.importer.id.as_deref(), Some("0301234567"));
    assert_eq!(declaration.office.as_deref(), Some("02CI"));
    assert_eq!(declaration.trader_class.as_deref(), Some("4"));
    assert_eq!(declaration.invoice.unwrap().amount.to_string(), "100504.5");
    assert_eq!(declaration.gross_mass.unwrap().unit.unwrap().as_str(), "KGM");
    assert_eq!(declaration.notes.as_deref(), Some("C/O mẫu D số D2026-0000123"));
    assert_eq!(
        (declaration.documents[0].code.as_ref(), declaration.documents[0].number.as_ref()),
        ("KDTS", "1234/KDTS-2026")
    );
    assert_eq!(declaration.statements[0].kind.as_deref(), Some("OL"));
    assert_eq!(declaration.items.len(), 2);
    let line = &declaration.items[1];
    assert_eq!((line.number, line.hs.unwrap().to_string().as_str()), (2, "03061722"));
    assert_eq!(line.origin.unwrap().as_str(), "TH");
    assert_eq!(line.quantity.unwrap().amount.to_string(), "500.5");
    assert_eq!(line.net_mass, line.quantity);
    assert_eq!(line.invoice_value.unwrap().currency.unwrap().as_str(), "USD");
    assert_eq!(line.customs_value.unwrap().currency.unwrap().as_str(), "VND");
    assert_eq!(declaration.items[0].documents.len(), 1);
}

#[test]
fn every_good_fixture_is_strictly_right() {
    for name in ["import-seafood", "import-facts", "import-preferential", "import-unregistered", "export-rice"] {
        let xml = fixture(name);
        let reading = strict(&xml).unwrap_or_else(|rejection| panic!("{name}: {:?}", rejection.findings));
        assert_eq!(reading.findings, [], "{name}");
        assert_eq!(reading.declaration.items.len(), xml.matches("<Goods>").count(), "{name}");
    }
}

#[test]
fn facts_become_statements_of_their_kind() {
    let xml = fixture("import-facts");
    let declaration = lenient(&xml).unwrap().declaration;
    let fact = declaration.items[0].statements.iter().find(|s| s.kind.as_deref() == Some("FCT")).unwrap();
    assert_eq!((fact.code.as_ref(), fact.text.as_deref()), ("used", Some("true")));
    assert_eq!(declaration.statements[0].code, "use");
    assert_eq!(declaration.release_reason.as_deref(), Some("C"));
    // `20072026` is the 20th of July as VNACCS writes it.
    assert_eq!(declaration.date.unwrap().to_string(), "2026-07-20");
}

#[test]
fn a_preferential_line_keeps_both_codes() {
    let xml = fixture("import-preferential");
    let line = &lenient(&xml).unwrap().declaration.items[0];
    assert_eq!(line.hs.unwrap().to_string(), "98490000");
    assert_eq!(line.hs_general.unwrap().to_string(), "87089999");
}

#[test]
fn before_registration_there_is_neither_number_nor_date() {
    let xml = fixture("import-unregistered");
    let declaration = lenient(&xml).unwrap().declaration;
    assert_eq!((declaration.number, declaration.date), (None, None));
    assert_eq!(declaration.reference.as_deref(), Some("TK20260720004"));
    assert_eq!(declaration.items[0].net_mass.unwrap().amount.to_string(), "600");
    assert_eq!(declaration.items[0].quantity.unwrap().amount.to_string(), "3000");
}

#[test]
fn an_export_is_an_export() {
    let xml = fixture("export-rice");
    let declaration = lenient(&xml).unwrap().declaration;
    assert_eq!(declaration.direction, Some(Direction::Export));
    assert_eq!(declaration.destination_country.unwrap().as_str(), "PH");
    assert_eq!(declaration.exporter.id.as_deref(), Some("0301122334"));
    assert_eq!(declaration.importer.country.unwrap().as_str(), "PH");
    assert_eq!(declaration.documents[0].code, "GPXK");
}

#[test]
fn every_error_of_a_file_is_told_with_its_place() {
    let xml = fixture("import-errors");
    let reading = lenient(&xml).unwrap();
    let expected = [
        "NUMBER_BAD 39:11 Registration/Number",
        "DATE_BAD 40:11 Registration/Date",
        "COUNTRY_UNKNOWN 49:9 EPO",
        "NUMBER_BAD 59:9 IP4",
        "HS_BAD 63:13 GoodsList/Goods/CMD #1",
        "NUMBER_NEGATIVE 66:13 GoodsList/Goods/QN1 #1",
        "NUMBER_BAD 68:13 GoodsList/Goods/BPR #1",
        "CURRENCY_UNKNOWN 69:13 GoodsList/Goods/UPC #1",
        "FIELD_DEVIATION 78:13 GoodsList/Goods/Colour #1",
        "FIELD_MISSING 72:11 GoodsList/Goods/CMN #1",
        "LINE_DUPLICATE 73:13 GoodsList/Goods/LineNo #1",
    ];
    assert_eq!(told(&xml, &reading.findings), expected);
    for finding in &reading.findings {
        let expected = if finding.code == FindingCode::Deviation { Severity::Warning } else { Severity::Error };
        assert_eq!(finding.severity, expected, "{finding:?}");
    }
    // The rest is kept.
    assert_eq!(reading.declaration.items.len(), 2);
    assert_eq!(reading.declaration.items[1].hs.unwrap().to_string(), "03061721");
}

#[test]
fn departures_refuse_a_strict_reading_only() {
    let long = "9".repeat(30);
    for (from, to) in [
        ("<MTC>2</MTC>", "<MTC>22</MTC>".to_owned()),
        ("<MTC>2</MTC>", "<MTC>2</MTC><Colour>red</Colour>".to_owned()),
        ("<SN1>1234/KDTS-2026</SN1>", format!("<SN1>{long}</SN1>")),
        ("<SN1>1234/KDTS-2026</SN1>", "<SN1>Giấy phép</SN1>".to_owned()),
        ("<preReference>TK20260720001</preReference>", String::new()),
        ("<reference>TK20260720001</reference>", format!("<reference>{long}{long}</reference>")),
    ] {
        let xml = fixture("import-seafood").replacen(from, &to, 1);
        let reading = lenient(&xml).unwrap();
        assert_eq!(reading.findings.len(), 1, "{to}: {:?}", reading.findings);
        assert_eq!(reading.findings[0].severity, Severity::Warning);
        let rejection = strict(&xml).unwrap_err();
        assert_eq!(rejection.format, Some(Format::VnDeclaration));
        assert_eq!(rejection.findings[0].severity, Severity::Error);
    }
}

#[test]
fn a_repeated_field_keeps_its_first_value() {
    let xml = fixture("import-seafood").replacen("<CH>02CI</CH>", "<CH>02CI</CH><CH>03CC</CH>", 1);
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.declaration.office.as_deref(), Some("02CI"));
    assert_eq!(reading.findings[0].code, FindingCode::Repeated);
    assert_eq!(reading.findings[0].severity, Severity::Error);
}

#[test]
fn a_second_registration_does_not_count() {
    let second = "</Registration><Registration><Number>999999999999</Number></Registration>";
    let xml = fixture("import-seafood").replacen("</Registration>", second, 1);
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.declaration.number.as_deref(), Some("107012345678"));
    assert_eq!(reading.findings[0].code, FindingCode::Repeated);
    assert_eq!(reading.findings[0].severity, Severity::Error);
}

/// A message of nothing but namespaces is refused before comparing them costs much.
#[test]
fn namespaces_are_limited() {
    let mut xml = String::from("<Envelope>");
    for n in 0..300_000 {
        let _ = write!(xml, "<a xmlns:p=\"u{n}\"/>");
    }
    xml.push_str("</Envelope>");
    let rejection = lenient(&xml).unwrap_err();
    assert_eq!(rejection.findings[0].code, FindingCode::Limit);
}

#[test]
fn without_goods_there_is_no_declaration() {
    let xml = fixture("import-seafood");
    let from = xml.find("<GoodsList>").unwrap();
    let to = xml.find("</GoodsList>").unwrap() + "</GoodsList>".len();
    let xml = format!("{}{}", &xml[..from], &xml[to..]);
    let rejection = lenient(&xml).unwrap_err();
    assert_eq!(rejection.format, Some(Format::VnDeclaration));
    assert_eq!(rejection.findings[0].code, FindingCode::NoGoods);
    assert!(rejection.findings[0].field.as_deref().unwrap().ends_with("ImportDeclaration/GoodsList/Goods"));
}

#[test]
fn the_declaration_fits_its_document_type() {
    let xml = fixture("import-seafood").replace("<documentType>IDA<", "<documentType>EDA<");
    let rejection = lenient(&xml).unwrap_err();
    assert_eq!(rejection.findings[0].code, FindingCode::OtherKind);
    assert!(rejection.findings[0].message.contains("`ExportDeclaration` was expected"));
}

#[test]
fn other_messages_of_customs_are_named() {
    for (document_type, kind, function, what) in [
        ("IDA01", "10", "01", "an amendment after registration"),
        ("EDA01", "10", "01", "an amendment after registration"),
        ("IDC", "10", "01", "an official registration"),
        ("MIC", "10", "01", "low-value goods"),
        ("IDA", "11", "01", "is not a declaration"),
        ("IDA", "10", "99", "a receipt"),
        ("IDA", "10", "00", "a list of errors"),
    ] {
        let xml = fixture("import-seafood")
            .replace("<documentType>IDA<", &format!("<documentType>{document_type}<"))
            .replace("<type>10<", &format!("<type>{kind}<"))
            .replace("<function>01<", &format!("<function>{function}<"));
        let rejection = lenient(&xml).unwrap_err();
        assert_eq!(rejection.findings[0].code, FindingCode::OtherKind, "{document_type}");
        assert!(rejection.findings[0].message.contains(what), "{}", rejection.findings[0].message);
    }
}

#[test]
fn the_order_of_elements_does_not_matter() {
    for name in ["import-seafood", "import-facts", "export-rice"] {
        let xml = fixture(name);
        let reversed = crate::shuffle::reversed(&xml);
        assert_ne!(xml, reversed);
        let mut one = lenient(&xml).unwrap().declaration;
        let reading = strict(&reversed).unwrap_or_else(|rejection| panic!("{name}: {:?}", rejection.findings));
        let mut other = reading.declaration;
        for declaration in [&mut one, &mut other] {
            declaration.items.sort_by_key(|item| item.number);
            declaration.documents.sort_by(|a, b| a.code.cmp(&b.code));
            for item in &mut declaration.items {
                item.statements.sort_by(|a, b| a.code.cmp(&b.code));
            }
        }
        assert_eq!(one, other, "{name}");
    }
}

#[test]
fn more_lines_than_customs_takes_are_a_departure() {
    let xml = fixture("import-unregistered");
    let from = xml.find("<Goods>").unwrap();
    let to = xml.find("</GoodsList>").unwrap();
    let goods = &xml[from..to];
    let mut lines = String::new();
    for n in 1..=51 {
        lines.push_str(&goods.replace("<LineNo>1<", &format!("<LineNo>{n}<")));
    }
    let xml = format!("{}{lines}{}", &xml[..from], &xml[to..]);
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.declaration.items.len(), 51);
    assert_eq!(reading.findings.len(), 1);
    assert!(strict(&xml).is_err());
}

#[test]
fn every_field_of_the_profile_is_known() {
    let table = include_str!("../../src/message/national/fields.csv");
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(7, ',').collect();
        let (message, id, level, kind) = (cells[0], cells[1], cells[2], cells[4]);
        let (name, own) = if message == "IDA" { ("import-seafood", "ICB") } else { ("export-rice", "ECB") };
        let value = match kind {
            "D" => "20072026",
            _ if ["IP3", "FCD"].contains(&id) => "USD",
            _ => "1",
        };
        let mut xml = fixture(name);
        let present = xml.matches(&format!("<{id}>")).count();
        if present == 0 {
            let at = if level == "line" { "<CMD>".to_owned() } else { format!("<{own}>") };
            xml = xml.replacen(&at, &format!("<{id}>{value}</{id}>{at}"), 1);
        }
        let findings = match lenient(&xml) {
            Ok(reading) => reading.findings,
            Err(rejection) => panic!("{message} {id}: {:?}", rejection.findings),
        };
        assert!(!findings.iter().any(|finding| finding.code == FindingCode::Deviation), "{message} {id}: {findings:?}");
    }
}

#[test]
fn each_mandatory_field_is_missed() {
    let table = include_str!("../../src/message/national/fields.csv");
    let mut count = 0;
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(7, ',').collect();
        if cells[3] != "1" {
            continue;
        }
        let name = if cells[0] == "IDA" { "import-seafood" } else { "export-rice" };
        let xml = crate::shuffle::without(&fixture(name), cells[1]);
        let findings = lenient(&xml).unwrap().findings;
        assert!(!findings.is_empty(), "{row}");
        for finding in findings {
            assert_eq!(finding.code, FindingCode::Missing);
            assert!(finding.field.unwrap().ends_with(cells[1]));
        }
        count += 1;
    }
    assert!(count > 20);
}
