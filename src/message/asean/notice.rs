//! Notices about certificates: cancellation, customs' response, verification.

use super::boxes::{Boxes, Value};
use super::mapping::Mapping;
use super::typed::{Taking, put_measured};
use super::{read, write};
use crate::message::{Limits, Rejection, refused};
use crate::trade::{CertificateKey, CertificateNotice, Finding, FindingCode, ItemNotice, NoticeKind};

/// Reads a notice, with what is odd in it.
///
/// # Errors
/// A [`Rejection`] with everything that is wrong.
pub fn read_notice(
    bytes: &[u8],
    mapping: &Mapping,
    limits: Limits,
) -> Result<(CertificateNotice, Vec<Finding>), Rejection> {
    let read = read::read(bytes, mapping, limits).map_err(refused)?;
    Taking::new(mapping, read.findings, limits.findings).whole(&read.boxes, notice)
}

/// Writes a notice.
pub fn write_notice(notice: &CertificateNotice, mapping: &Mapping) -> String {
    let mut boxes = Boxes::default();
    boxes.put_text("id", Some(&notice.id));
    boxes.put("date", Some(Value::Date(notice.date)));
    boxes.put("from", Some(Value::Country(notice.from)));
    boxes.put("to", Some(Value::Country(notice.to)));
    boxes.put_text("kind", Some(notice.kind.as_str()));
    boxes.put_text("reason", notice.reason.as_deref());
    boxes.put("effective", notice.effective.map(Value::Date));
    boxes.put_text("declaration", notice.declaration.as_deref());
    boxes.put_text("about.reference", Some(&notice.about.reference));
    boxes.put_text("about.form", Some(&notice.about.form));
    boxes.put("about.country", Some(Value::Country(notice.about.country)));
    boxes.put("about.issued", notice.issued.map(Value::Date));
    boxes.put_text("replaced_by", notice.replaced_by.as_deref());
    for item in &notice.items {
        let mut line = Boxes::default();
        line.put("items.number", Some(Value::Whole(item.number)));
        line.put_text("items.outcome", Some(item.outcome.as_str()));
        line.put_text("items.reason", item.reason.as_deref());
        put_measured!(line, "items.quantity", item.quantity);
        boxes.add("items", line);
    }
    write::write(&boxes, mapping)
}

fn notice(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<CertificateNotice> {
    let id = boxes.text("id");
    let id = taking.required(boxes, "id", "the notice's own number", id);
    let date = boxes.date("date");
    let date = taking.required(boxes, "date", "the notice's day", date);
    let from = boxes.country("from");
    let from = taking.required(boxes, "from", "the country that says it", from);
    let to = boxes.country("to");
    let to = taking.required(boxes, "to", "the country that is told", to);
    let kind = kind(taking, boxes, "kind", "what is said");
    let reference = boxes.text("about.reference");
    let reference = taking.required(boxes, "about.reference", "the certificate's reference number", reference);
    let form = boxes.text("about.form");
    let form = taking.required(boxes, "about.form", "the certificate's form", form);
    let country = boxes.country("about.country");
    let country = taking.required(boxes, "about.country", "the country that issued the certificate", country);
    let items: Vec<Option<ItemNotice>> = boxes
        .group("items")
        .iter()
        .map(|line| {
            let number = line.whole("items.number");
            let number = taking.required(line, "items.number", "the item's number", number);
            let outcome = self::kind(taking, line, "items.outcome", "what became of the item");
            let (quantity, reason) = (line.measured("items.quantity"), line.text("items.reason"));
            Some(ItemNotice { number: number?, outcome: outcome?, quantity, reason })
        })
        .collect();
    Some(CertificateNotice {
        id: id?,
        date: date?,
        from: from?,
        to: to?,
        kind: kind?,
        about: CertificateKey { country: country?, form: form?, reference: reference? },
        issued: boxes.date("about.issued"),
        reason: boxes.text("reason"),
        effective: boxes.date("effective"),
        replaced_by: boxes.text("replaced_by"),
        declaration: boxes.text("declaration"),
        items: items.into_iter().collect::<Option<Vec<_>>>()?,
    })
}

fn kind(taking: &mut Taking<'_>, boxes: &Boxes<'_>, field: &str, what: &str) -> Option<NoticeKind> {
    let text = boxes.text(field);
    let text = taking.required(boxes, field, what, text)?;
    let kind = NoticeKind::parse(&text);
    if kind.is_none() {
        let known: Vec<&str> = NoticeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let message =
            format!("`{text}` is nothing that is said of a certificate; expected is one of {}", known.join(", "));
        taking.tell(Finding::error(FindingCode::Deviation, message).at(boxes.offset_of(field)));
    }
    kind
}
