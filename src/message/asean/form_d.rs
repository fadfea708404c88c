//! The e-Form D: the certificate of origin of the ASEAN Trade in Goods Agreement, read and written.

use super::boxes::{Boxes, Value};
use super::mapping::Mapping;
use super::typed::{Taking, put_measured, put_party};
use super::{read, write};
use crate::message::{Limits, Rejection, refused};
use crate::trade::{
    Attestation, Carriage, Criterion, Finding, FindingCode, InvoiceRef, OriginCertificate, OriginFlag, OriginItem,
    OriginalProof, Packages,
};

/// Reads an e-Form D, with what is odd in it.
///
/// # Errors
/// A [`Rejection`] with everything that is wrong: a box that must be filled and is not (the
/// agreement's Annex 7), a content that is not of its kind, what the hardened reader refuses.
pub fn read_form_d(
    bytes: &[u8],
    mapping: &Mapping,
    limits: Limits,
) -> Result<(OriginCertificate, Vec<Finding>), Rejection> {
    let read = read::read(bytes, mapping, limits).map_err(refused)?;
    Taking::new(mapping, read.findings, limits.findings).whole(&read.boxes, certificate)
}

/// Writes an e-Form D.
pub fn write_form_d(certificate: &OriginCertificate, mapping: &Mapping) -> String {
    write::write(&boxes(certificate), mapping)
}

fn certificate(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<OriginCertificate> {
    let text = |taking: &mut Taking<'_>, field: &str, what: &str| {
        let value = boxes.text(field);
        taking.required(boxes, field, what, value)
    };
    let reference = text(taking, "reference", "the reference number");
    let form = text(taking, "form", "the kind of form (`D`)");
    let country = |taking: &mut Taking<'_>, field: &str, what: &str| {
        let value = boxes.country(field);
        taking.required(boxes, field, what, value)
    };
    let issuing_country = country(taking, "issuing_country", "the country that issued it");
    let production_country = country(taking, "production_country", "the country of production (box 11)");
    let importing_country = country(taking, "importing_country", "the importing country (box 11)");
    text(taking, "exporter.name", "the exporter's name (box 1)");
    text(taking, "consignee.name", "the consignee's name (box 2)");
    let exporter = boxes.party("exporter").unwrap_or_default();
    let consignee = boxes.party("consignee").unwrap_or_default();
    let declared = attestation(taking, boxes, "declared", "the day of the exporter's declaration (box 11)");
    let certified = attestation(taking, boxes, "certified", "the day of issue (box 12)");
    let items: Vec<Option<OriginItem>> = boxes.group("items").iter().map(|item| self::item(taking, item)).collect();
    if items.is_empty() {
        taking.required(boxes, "items", "an item (boxes 5 to 10)", None::<()>);
    }
    let items: Option<Vec<OriginItem>> = items.into_iter().collect();
    if let Some(items) = &items {
        taking.numbered_once(boxes, items.iter().map(|item| item.number));
    }
    Some(OriginCertificate {
        form: form?,
        reference: reference?,
        issuing_country: issuing_country?,
        exporter,
        consignee,
        exhibition: boxes.party("exhibition"),
        carriage: Carriage {
            mode: boxes.text("carriage.mode"),
            route: boxes.text("carriage.route"),
            departure: boxes.date("carriage.departure"),
            vessel: boxes.text("carriage.vessel"),
            discharge_port: boxes.text("carriage.discharge_port"),
        },
        items: items?,
        production_country: production_country?,
        importing_country: importing_country?,
        declared: declared?,
        certified: certified?,
        certified_true_copy: boxes.present("certified_true_copy"),
        flags: OriginFlag::ALL.into_iter().filter(|flag| boxes.present(flag_field(*flag))).collect(),
    })
}

fn attestation(taking: &mut Taking<'_>, boxes: &Boxes<'_>, field: &str, what: &str) -> Option<Attestation> {
    let day = format!("{field}.date");
    let date = boxes.date(&day);
    let date = taking.required(boxes, &day, what, date)?;
    Some(Attestation {
        place: boxes.text(&format!("{field}.place")),
        date,
        authority: boxes.text(&format!("{field}.authority")),
        signatory: boxes.text(&format!("{field}.signatory")),
    })
}

fn item(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<OriginItem> {
    let number = boxes.whole("items.number");
    let number = taking.required(boxes, "items.number", "the item's number (box 5)", number);
    let description = boxes.text("items.description");
    let description = taking.required(boxes, "items.description", "the description of the goods (box 7)", description);
    let hs = boxes.hs("items.hs");
    let hs = taking.required(boxes, "items.hs", "the HS number of the importing country (box 7)", hs);
    let criterion = boxes.text("items.criterion");
    let criterion = taking.required(boxes, "items.criterion", "the origin criterion (box 8)", criterion);
    if let Some(hs) = hs
        && hs.digits() < 6
    {
        let message =
            format!("`{hs}` has {} digits; box 7 has the importing country's code, at least six", hs.digits());
        let offset = boxes.offset_of("items.hs");
        taking.tell(Finding::error(FindingCode::BadHs, message).at(offset));
    }
    // What cannot be read as a criterion is the agreement's to judge: the certificate is taken in.
    if let Some(text) = &criterion
        && let Err(error) = Criterion::parse(text)
    {
        let offset = boxes.offset_of("items.criterion");
        taking.tell(Finding::warning(FindingCode::Deviation, error.to_string()).at(offset));
    }
    let invoice = boxes.text("items.invoice.number").map(|number| InvoiceRef {
        number,
        date: boxes.date("items.invoice.date"),
        issuer: boxes.party("items.invoice.issuer"),
    });
    let original = boxes.text("items.original.reference").map(|reference| OriginalProof {
        reference,
        date: boxes.date("items.original.date"),
        country: boxes.country("items.original.country"),
    });
    Some(OriginItem {
        number: number?,
        marks: boxes.text("items.marks"),
        packages: boxes
            .decimal("items.packages.count")
            .map(|count| Packages { count, kind: boxes.text("items.packages.kind") }),
        description: description?,
        quantity: boxes.measured("items.quantity"),
        original,
        hs: hs?,
        criterion: criterion?,
        gross_weight: boxes.measured("items.gross_weight"),
        fob: boxes.priced("items.fob"),
        invoice,
    })
}

fn flag_field(flag: OriginFlag) -> &'static str {
    match flag {
        OriginFlag::ThirdCountryInvoicing => "flags.third_country_invoicing",
        OriginFlag::Exhibition => "flags.exhibition",
        OriginFlag::Accumulation => "flags.accumulation",
        OriginFlag::DeMinimis => "flags.de_minimis",
        OriginFlag::BackToBack => "flags.back_to_back",
        OriginFlag::IssuedRetroactively => "flags.issued_retroactively",
        OriginFlag::PartialCumulation => "flags.partial_cumulation",
    }
}

fn boxes(certificate: &OriginCertificate) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put_text("reference", Some(&certificate.reference));
    boxes.put_text("form", Some(&certificate.form));
    boxes.put("issuing_country", Some(Value::Country(certificate.issuing_country)));
    put_party!(boxes, "exporter", &certificate.exporter);
    put_party!(boxes, "consignee", &certificate.consignee);
    if let Some(exhibition) = &certificate.exhibition {
        put_party!(boxes, "exhibition", exhibition);
    }
    let Carriage { mode, route, departure, vessel, discharge_port } = &certificate.carriage;
    boxes.put_text("carriage.mode", mode.as_deref());
    boxes.put_text("carriage.route", route.as_deref());
    boxes.put("carriage.departure", departure.map(Value::Date));
    boxes.put_text("carriage.vessel", vessel.as_deref());
    boxes.put_text("carriage.discharge_port", discharge_port.as_deref());
    for item in &certificate.items {
        boxes.add("items", item_boxes(item));
    }
    boxes.put("production_country", Some(Value::Country(certificate.production_country)));
    boxes.put("importing_country", Some(Value::Country(certificate.importing_country)));
    let Attestation { place, date, authority, signatory } = &certificate.declared;
    boxes.put_text("declared.place", place.as_deref());
    boxes.put("declared.date", Some(Value::Date(*date)));
    boxes.put_text("declared.authority", authority.as_deref());
    boxes.put_text("declared.signatory", signatory.as_deref());
    let Attestation { place, date, authority, signatory } = &certificate.certified;
    boxes.put_text("certified.place", place.as_deref());
    boxes.put("certified.date", Some(Value::Date(*date)));
    boxes.put_text("certified.authority", authority.as_deref());
    boxes.put_text("certified.signatory", signatory.as_deref());
    boxes.put("certified_true_copy", certificate.certified_true_copy.then_some(Value::Present));
    for flag in certificate.flags.iter() {
        boxes.put(flag_field(flag), Some(Value::Present));
    }
    boxes
}

fn item_boxes(item: &OriginItem) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put("items.number", Some(Value::Whole(item.number)));
    boxes.put_text("items.marks", item.marks.as_deref());
    if let Some(Packages { count, kind }) = &item.packages {
        boxes.put("items.packages.count", Some(Value::Decimal(*count)));
        boxes.put_text("items.packages.kind", kind.as_deref());
    }
    boxes.put_text("items.description", Some(&item.description));
    put_measured!(boxes, "items.quantity", item.quantity);
    if let Some(OriginalProof { reference, date, country }) = &item.original {
        boxes.put_text("items.original.reference", Some(reference));
        boxes.put("items.original.date", date.map(Value::Date));
        boxes.put("items.original.country", country.map(Value::Country));
    }
    boxes.put("items.hs", Some(Value::Hs(item.hs)));
    boxes.put_text("items.criterion", Some(&item.criterion));
    put_measured!(boxes, "items.gross_weight", item.gross_weight);
    boxes.put("items.fob.amount", item.fob.map(|fob| Value::Decimal(fob.amount)));
    boxes.put("items.fob.currency", item.fob.and_then(|fob| fob.currency).map(Value::Currency));
    if let Some(InvoiceRef { number, date, issuer }) = &item.invoice {
        boxes.put_text("items.invoice.number", Some(number));
        boxes.put("items.invoice.date", date.map(Value::Date));
        if let Some(issuer) = issuer {
            put_party!(boxes, "items.invoice.issuer", issuer);
        }
    }
    boxes
}
