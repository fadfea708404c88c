//! One declaration of fifty lines, quoting three certificates, against a holder's hundred thousand.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark")]

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::date;
use motcua::law::Day;
use motcua::origin::{
    Asking, CertificateIndex, Known, LineRates, Outcome, Presentation, claims, preference, utilisation,
};
use motcua::trade::{
    Attestation, Carriage, CountryCode, Declaration, Direction, Format, GoodsItem, HsCode, InvoiceRef, Measured,
    OriginCertificate, OriginFlags, OriginItem, OriginParty, Packages, Quantity, UnitCode,
};
use rust_decimal::Decimal;

const CERTIFICATES: u32 = 100_000;
const ITEMS: u32 = 20;
const LINES: u32 = 50;

fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).unwrap()
}

fn description(item: u32) -> String {
    format!("machine part model KX{item}, steel, for pumps of series {}", item % 7)
}

fn certificate(at: u32, codes: &[HsCode]) -> OriginCertificate {
    let unit = Some(UnitCode::parse("KGM").unwrap());
    let day = date(2026, 5, 4);
    let party = |name: &str, id: Option<&str>, country| OriginParty {
        id: id.map(str::to_owned),
        name: Some(name.to_owned()),
        address: None,
        country: Some(country),
    };
    let signed = Attestation { place: Some("Bangkok".into()), date: day, authority: None, signatory: None };
    let items = (0..ITEMS).map(|item| OriginItem {
        number: item + 1,
        marks: None,
        packages: Some(Packages { count: Decimal::TEN, kind: None }),
        description: description(item),
        quantity: Some(Measured { amount: Decimal::from(1_000), unit }),
        original: None,
        hs: codes[item as usize % codes.len()],
        criterion: "CTH".into(),
        gross_weight: Some(Measured { amount: Decimal::from(1_100), unit }),
        fob: None,
        invoice: Some(InvoiceRef { number: format!("INV-{at}"), date: Some(day), issuer: None }),
    });
    OriginCertificate {
        form: "D".into(),
        reference: format!("TH2026-{at:07}"),
        issuing_country: country("TH"),
        exporter: party("Siam Parts Co., Ltd.", None, country("TH")),
        consignee: party("Công ty TNHH Bơm Việt", Some("0312345678"), country("VN")),
        exhibition: None,
        carriage: Carriage { departure: Some(date(2026, 5, 3)), ..Carriage::default() },
        items: items.collect(),
        production_country: country("TH"),
        importing_country: country("VN"),
        declared: signed.clone(),
        certified: signed,
        certified_true_copy: false,
        flags: OriginFlags::default(),
    }
}

fn declaration(codes: &[HsCode]) -> Declaration<'static> {
    let unit = Some(UnitCode::parse("KGM").unwrap());
    let mut declaration = Declaration::new(Format::VnDeclaration);
    declaration.direction = Some(Direction::Import);
    declaration.date = Some(date(2026, 5, 20));
    declaration.importer.id = Some("0312345678".into());
    declaration.importer.name = Some("CÔNG TY TNHH BƠM VIỆT".into());
    declaration.export_country = Some(country("TH"));
    declaration.notes =
        Some("Hàng mới 100%. C/O form D số TH2026-0000100, TH2026-0050000 và TH2026-0099999 ngày 04/05/2026".into());
    declaration.items = (0..LINES)
        .map(|line| GoodsItem {
            number: line + 1,
            hs: Some(codes[(line % ITEMS) as usize % codes.len()]),
            description: description(line % ITEMS).into(),
            origin: Some(country("TH")),
            quantity: Some(Quantity { amount: Decimal::from(900), unit }),
            ..GoodsItem::default()
        })
        .collect();
    declaration
}

fn bench(c: &mut Criterion) {
    let agreement = motcua::embedded::agreement();
    let pack = motcua::embedded::pack();
    let day = date(2026, 5, 20);
    let (edition, _) = pack.tariff_on(Day::of(day)).unwrap();
    let codes: Vec<HsCode> = edition.lines.iter().map(|line| line.hs).filter(|hs| hs.chapter() == 84).take(8).collect();
    let mut index = CertificateIndex::default();
    let begun = std::time::Instant::now();
    let certificates: Vec<OriginCertificate> = (0..CERTIFICATES).map(|at| certificate(at, &codes)).collect();
    let made = begun.elapsed();
    let begun = std::time::Instant::now();
    for certificate in &certificates {
        index.insert(certificate, &agreement.tolerances);
    }
    eprintln!("{CERTIFICATES} certificates of {ITEMS} items: made in {made:?}, indexed in {:?}", begun.elapsed());
    let declaration = declaration(&codes);
    let presentation = Presentation::on(day, country("VN"));
    let rates = |hs: HsCode| LineRates::of(pack.tariff_line(Day::of(day), hs));
    let judge = || {
        let claims = claims(&declaration, agreement, Some(&index));
        let slots = claims.quoted.iter().flat_map(|claim| index.quoted(&claim.reference));
        let known: Vec<Known<'_>> = slots.map(|slot| Known::fresh(&certificates[slot.0 as usize])).collect();
        preference(&Asking {
            agreement,
            declaration: &declaration,
            presentation: &presentation,
            claims: &claims,
            known: &known,
            consignment_value: None,
            units: pack.unit_table(),
            rates: &rates,
        })
    };
    let lines = judge();
    let granted = lines.iter().filter(|line| line.outcome == Outcome::Granted).count();
    eprintln!("{granted} of {LINES} lines granted, {} write-offs", utilisation(&lines).len());
    assert_eq!(granted, lines.len(), "{:?}", lines.iter().find(|line| line.outcome != Outcome::Granted));
    let mut group = c.benchmark_group("origin");
    group.bench_function("quoted-in-notes", |b| b.iter(judge));
    group.bench_function("not-quoted", |b| {
        b.iter(|| {
            let fitting = declaration
                .items
                .iter()
                .map(|line| index.fitting(&declaration.importer, line, &["INV-50000"], &agreement.tolerances, 20));
            fitting.map(|fitting| fitting.slots.len()).sum::<usize>()
        });
    });
    group.bench_function("not-quoted-without-invoice", |b| {
        b.iter(|| {
            let fitting = declaration
                .items
                .iter()
                .map(|line| index.fitting(&declaration.importer, line, &[], &agreement.tolerances, 20));
            fitting.map(|fitting| fitting.slots.len()).sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
