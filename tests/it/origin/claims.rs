//! How a declaration quotes certificates, and how they are found among many.

use motcua::origin::{CertificateIndex, ClaimSource, Claims, Fitting, claims};
use motcua::trade::{
    CertificateKey, CountryCode, Declaration, DocumentRef, Format, GoodsItem, HsCode, OriginCertificate, Party,
};

use super::world::{base, world};

fn certificate() -> OriginCertificate {
    world(&base()).certificate
}

fn from_notes(notes: &str, known: &[&str]) -> Claims {
    let agreement = motcua::embedded::agreement();
    let mut index = CertificateIndex::default();
    for reference in known {
        let certificate = OriginCertificate { reference: (*reference).to_owned(), ..certificate() };
        index.insert(&certificate, &agreement.tolerances);
    }
    let mut declaration = Declaration::new(Format::VnDeclaration);
    declaration.notes = Some(notes.into());
    claims(&declaration, agreement, (!known.is_empty()).then_some(&index))
}

#[track_caller]
fn check(notes: &str, known: &[&str], expected: &[&str]) {
    let claims = from_notes(notes, known);
    let found: Vec<&str> = claims.quoted.iter().map(|claim| claim.reference.as_str()).collect();
    assert_eq!(found, expected, "{notes}");
    assert!(claims.quoted.iter().all(|claim| claim.source == ClaimSource::Notes && claim.line.is_none()));
}

#[test]
fn numbers_after_the_words_that_announce_them_are_quoted() {
    check("C/O form D số D2026-0000123 ngày 04/05/2026", &[], &["D2026-0000123"]);
    check("CO FORM D NO: VN-TH 26/05/00077, 04/05/2026", &[], &["VN-TH 26/05/00077"]);
    check("Giấy chứng nhận xuất xứ mẫu D số 0001234; hàng mới 100%", &[], &["0001234"]);
    check("C/O D-111 ngày 1/2/2026 và C/O D-222 ngày 2/2/2026", &[], &["D-111", "D-222"]);
    check("C/O D-111, c/o d/111", &[], &["D-111"]);
}

#[test]
fn what_is_no_number_is_not_quoted() {
    check("hàng mới 100%, hợp đồng 2026/123", &[], &[]);
    check("C/O ngày 04/05/2026", &[], &[]);
    check("C/O 04/05/2026", &[], &[]);
    check("có C/O. Số kiện 1200", &[], &[]);
    check("C/O form D, số kiện 1200", &[], &[]);
    check("", &[], &[]);
}

#[test]
fn a_number_that_is_known_is_found_without_being_announced() {
    check("chung tu VN TH 26/05/00077 kem theo", &["VN-TH 26/05/00077"], &["VN TH 26/05/00077"]);
    check("C/O d 111-0", &["D 1110"], &["d 111-0"]);
    check("hop dong 2026/123", &["VN-TH 26/05/00077"], &[]);
    check("C/O so D-999 va VNTH260500077", &["VN-TH 26/05/00077"], &["D-999", "VNTH260500077"]);
}

#[test]
fn a_certificate_may_be_announced_for_later() {
    assert!(from_notes("Hàng mới 100%, chậm nộp C/O form D", &[]).late);
    assert!(!from_notes("C/O form D D-123", &[]).late);
    assert!(from_notes("", &[]).is_empty());
}

#[test]
fn documents_quote_by_the_codes_of_their_family() {
    let agreement = motcua::embedded::agreement();
    let document = |code: &'static str, number: &'static str| DocumentRef {
        code: code.into(),
        number: number.into(),
        status: None,
    };
    let mut declaration = Declaration::new(Format::WcoDeclaration);
    declaration.documents = vec![document("N865", "D-1"), document("380", "INV"), document("861", " ")];
    let line = GoodsItem { number: 3, documents: vec![document("861", "D-2")], ..GoodsItem::default() };
    declaration.items = vec![line];
    let found = claims(&declaration, agreement, None);
    let quoted: Vec<(&str, Option<u32>)> = found.quoted.iter().map(|c| (c.reference.as_str(), c.line)).collect();
    assert_eq!(quoted, [("D-1", None), ("D-2", Some(3))]);
    declaration.format = Format::VnDeclaration;
    assert!(claims(&declaration, agreement, None).is_empty(), "VNACCS has no document code for it");
}

#[test]
fn an_index_finds_by_number_and_by_holder_goods_and_invoice() {
    let tolerances = &motcua::embedded::agreement().tolerances;
    let mut index = CertificateIndex::default();
    let mut slots = Vec::new();
    for at in 0..100u32 {
        let mut certificate = certificate();
        certificate.reference = format!("D-{at:03}");
        let invoice = format!("INV-{}", at / 10);
        for item in &mut certificate.items {
            item.invoice.as_mut().unwrap().number.clone_from(&invoice);
        }
        slots.push(index.insert(&certificate, tolerances));
    }
    assert_eq!(index.len(), 100);
    assert_eq!(index.quoted("d 042"), [slots[42]]);
    assert_eq!(index.quoted("D-1000"), []);
    let line = GoodsItem { hs: Some(HsCode::parse("0810901090").unwrap()), ..GoodsItem::default() };
    let holder = Party { name: Some("CTY TNHH hoa qua sai gon".into()), ..Party::default() };
    let by_name = index.fitting(&holder, &line, &["inv 4"], tolerances, 20);
    assert_eq!((by_name.slots.len(), by_name.more), (10, 0), "those of the invoice");
    let by_id = Party { id: Some("0312345678".into()), ..Party::default() };
    let fitting = index.fitting(&by_id, &line, &[], tolerances, 20);
    assert_eq!((fitting.slots.len(), fitting.more), (20, 80), "the youngest of the goods");
    assert_eq!(fitting.slots.last(), Some(&slots[99]));
    let other = GoodsItem { hs: Some(HsCode::parse("22021010").unwrap()), ..GoodsItem::default() };
    assert_eq!(index.fitting(&by_id, &other, &["INV-4"], tolerances, 20), Fitting::default());
    let key =
        CertificateKey { country: CountryCode::parse("TH").unwrap(), form: "D".into(), reference: "D-042".into() };
    assert_eq!(index.remove(&key), Some(slots[42]));
    assert_eq!(index.quoted("D-042"), []);
    assert_eq!(index.fitting(&by_id, &line, &["INV-4"], tolerances, 20).slots.len(), 9);
    assert_eq!(index.slot(&key), None);
}

#[test]
fn a_certificate_put_in_again_takes_its_own_place() {
    let tolerances = &motcua::embedded::agreement().tolerances;
    let mut index = CertificateIndex::default();
    index.insert(&certificate(), tolerances);
    let mut changed = certificate();
    changed.items.truncate(1);
    let slot = index.insert(&changed, tolerances);
    assert_eq!(index.len(), 1);
    assert_eq!(index.quoted("TH2026-0001234"), [slot]);
    assert_eq!(index.key(slot).map(|key| key.reference.as_str()), Some("TH2026-0001234"));
}
