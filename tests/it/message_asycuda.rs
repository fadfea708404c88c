//! The single administrative document of ASYCUDA World.

use motcua::message::{ReadOptions, Reading, Rejection, read};
use motcua::trade::{DeclaredProcedure, Direction, FindingCode, Format};

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/asycuda/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn lenient(xml: &str) -> Result<Reading<'_>, Rejection> {
    read(xml.as_bytes(), &ReadOptions::default())
}

#[test]
fn an_import_is_read_field_by_field() {
    let xml = fixture("import-cambodia");
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.findings, []);
    let declaration = reading.declaration;
    assert_eq!(declaration.format, Format::AsycudaSad);
    assert_eq!(declaration.number.as_deref(), Some("C8879"));
    assert_eq!(declaration.reference.as_deref(), Some("R8879"));
    assert_eq!(declaration.date.unwrap().to_string(), "2026-07-20");
    assert_eq!(declaration.direction, Some(Direction::Import));
    assert_eq!(declaration.office.as_deref(), Some("KHPNH"));
    assert_eq!(declaration.responsible_country, None);
    assert_eq!(declaration.importer.id.as_deref(), Some("K001123456"));
    assert_eq!(
        (declaration.exporter.id.as_deref(), declaration.exporter.name.as_deref()),
        (None, Some("Mekong Aqua Ltd"))
    );
    assert_eq!(declaration.declarant.id.as_deref(), Some("B0012"));
    assert_eq!(declaration.export_country.unwrap().as_str(), "VN");
    assert_eq!(declaration.destination_country.unwrap().as_str(), "KH");
    assert_eq!(declaration.transport_mode.as_deref(), Some("3"));
    assert_eq!(declaration.invoice.unwrap().currency.unwrap().as_str(), "USD");
    // The third item is padding.
    assert_eq!(declaration.items.len(), 2);
    let line = &declaration.items[0];
    assert_eq!(line.hs.unwrap().to_string(), "03061721");
    assert!(!line.hs_is_national);
    assert_eq!(line.procedure, Some(DeclaredProcedure::Requested { requested: 40, previous: 0 }));
    assert_eq!(line.additional_procedures, ["000"]);
    assert_eq!(line.description, "Giant tiger prawns, frozen; Frozen black tiger");
    assert_eq!(line.quantity.unwrap().unit.unwrap().as_str(), "KGM");
    assert_eq!(line.gross_mass.unwrap().amount.to_string(), "210.5");
    assert_eq!(line.customs_value.unwrap().amount.to_string(), "4100");
    assert_eq!(line.invoice_value.unwrap().amount.to_string(), "1000");
    let documents: Vec<_> = line.documents.iter().map(|d| (d.code.as_ref(), d.number.as_ref())).collect();
    assert_eq!(documents, [("851", "PC-2026-17"), ("380", "INV-9"), ("LICENCE", "L-77")]);
    let line = &declaration.items[1];
    assert_eq!(line.procedure, Some(DeclaredProcedure::Requested { requested: 40, previous: 71 }));
    assert_eq!((line.hs.unwrap().digits(), line.quantity), (6, None));
}

#[test]
fn an_export_is_an_export() {
    let xml = fixture("export-laos");
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.findings, []);
    assert_eq!(reading.declaration.direction, Some(Direction::Export));
    assert_eq!(reading.declaration.date.unwrap().to_string(), "2025-12-01");
    assert_eq!(reading.declaration.items[0].origin.unwrap().as_str(), "LA");
}

#[test]
fn the_flow_tells_the_direction_where_the_type_does_not() {
    let xml = fixture("import-cambodia").replace("<Type_of_declaration>IM<", "<Type_of_declaration><null/><");
    assert_eq!(lenient(&xml).unwrap().declaration.direction, Some(Direction::Import));
}

#[test]
fn every_error_of_a_file_is_told_with_its_place() {
    let xml = fixture("errors");
    let findings = lenient(&xml).unwrap().findings;
    let told: Vec<_> = findings
        .iter()
        .map(|f| {
            assert!(f.offset.is_some());
            format!(
                "{} {} {:?}",
                f.code.as_str(),
                f.field.as_deref().unwrap().rsplit('/').next().unwrap(),
                f.goods_line
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "DATE_BAD Date None",
            "COUNTRY_UNKNOWN Export_country_code None",
            "CURRENCY_UNKNOWN Currency_code None",
            "HS_BAD Commodity_code Some(1)",
            "REGIME_UNKNOWN Extended_customs_procedure Some(1)",
            "NUMBER_NEGATIVE Item_price Some(1)",
            "COUNTRY_UNKNOWN Country_of_origin_code Some(1)",
            "NUMBER_BAD Gross_weight_itm Some(1)",
            "FIELD_MISSING Commodity_code Some(2)",
            "DIRECTION_UNKNOWN Type_of_declaration None",
        ]
    );
}

#[test]
fn the_order_of_elements_does_not_matter() {
    let xml = fixture("export-laos");
    let reversed = crate::shuffle::reversed(&xml);
    assert_eq!(lenient(&xml).unwrap().declaration, lenient(&reversed).unwrap().declaration);
}

/// The sample of the corpus announces eight items and holds none.
#[test]
fn the_corpus_sample_has_no_goods() {
    let path = format!("{}/../shared/reference/corpus/asycuda/e3ce848fad_CBJ250.xml", env!("CARGO_MANIFEST_DIR"));
    let Ok(xml) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no {path}");
        return;
    };
    assert_eq!(xml.matches("<Item>").count(), 0);
    let rejection = lenient(&xml).unwrap_err();
    assert_eq!(rejection.format, Some(Format::AsycudaSad));
    assert_eq!(rejection.findings.len(), 1);
    assert_eq!(rejection.findings[0].code, FindingCode::NoGoods);
    // Everything else of it is read: with an item it is a declaration.
    let item = fixture("import-cambodia");
    let from = item.find("<Item>").unwrap();
    let to = item.find("</Item>").unwrap() + "</Item>".len();
    let xml = xml.replace("</ASYCUDA>", &format!("{}</ASYCUDA>", &item[from..to]));
    let reading = lenient(&xml).unwrap();
    assert_eq!(reading.findings, []);
    assert_eq!(reading.declaration.number.as_deref(), Some("C8879"));
    assert_eq!(reading.declaration.office.as_deref(), Some("JMKAJ"));
    assert_eq!(reading.declaration.importer.id.as_deref(), Some("0014048220000"));
    assert_eq!(reading.declaration.invoice.unwrap().amount.to_string(), "6800");
}
