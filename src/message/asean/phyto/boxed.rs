//! A phytosanitary certificate as its boxes.

use super::super::boxes::{Boxes, Value};
use super::super::typed::{put_measured, put_party};
use crate::trade::{
    CountryCode, PhytoCertificate, PhytoCharacteristic, PhytoItem, PhytoNote, PhytoSignature, PhytoText, PhytoTreatment,
};

/// Texts into a group: each with its language.
macro_rules! put_texts {
    ($boxes:expr, $group:literal, $texts:expr) => {{
        let texts: &[PhytoText] = $texts;
        for PhytoText { text, language } in texts {
            let mut one = Boxes::default();
            one.put_text(concat!($group, ".text"), Some(text));
            one.put_text(concat!($group, ".language"), language.as_deref());
            $boxes.add($group, one);
        }
    }};
}

/// Notes of a group, whose contents are texts.
macro_rules! put_notes {
    ($boxes:expr, $group:literal, $contents:literal, $notes:expr) => {{
        let notes: &[PhytoNote] = $notes;
        for PhytoNote { subject, contents } in notes {
            let mut note = Boxes::default();
            note.put_text(concat!($group, ".subject"), Some(subject));
            put_texts!(note, $contents, contents);
            $boxes.add($group, note);
        }
    }};
}

pub(super) fn boxes(certificate: &PhytoCertificate) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put_text("number", Some(&certificate.number));
    boxes.put_text("kind", Some(certificate.kind.code()));
    boxes.put_text("status", Some(certificate.status.code()));
    boxes.put("issued", Some(Value::Moment(certificate.issued)));
    boxes.put_text("authority", Some(&certificate.authority));
    boxes.put("country", Some(Value::Country(certificate.country)));
    put_notes!(boxes, "notes", "notes.contents", &certificate.notes);
    for signature in &certificate.signatures {
        boxes.add("signatures", signed(signature));
    }
    for reference in &certificate.references {
        let mut one = Boxes::default();
        one.put_text("references.id", Some(&reference.id));
        one.put_text("references.relationship", reference.relationship.as_deref());
        put_texts!(one, "references.information", &reference.information);
        one.put_text("references.file", reference.file.as_deref());
        one.put_text("references.digest", reference.digest.as_deref());
        boxes.add("references", one);
    }
    put_party!(boxes, "consignor", &certificate.consignor);
    put_party!(boxes, "consignee", &certificate.consignee);
    boxes.put("export_country", Some(Value::Country(certificate.export_country)));
    boxes.put("import_country", Some(Value::Country(certificate.import_country)));
    let mut countries = |group: &'static str, field: &'static str, countries: &[CountryCode]| {
        for country in countries {
            let mut one = Boxes::default();
            one.put(field, Some(Value::Country(*country)));
            boxes.add(group, one);
        }
    };
    countries("reexport_countries", "reexport_countries.country", &certificate.reexport_countries);
    countries("transit_countries", "transit_countries.country", &certificate.transit_countries);
    if let Some(place) = &certificate.unloading {
        boxes.put_text("unloading.id", place.id.as_deref());
        boxes.put_text("unloading.name", place.name.as_deref());
    }
    boxes.put_text("examined_at", certificate.examined_at.as_deref());
    for transport in &certificate.transport {
        let mut one = Boxes::default();
        one.put_text("transport.id", transport.id.as_deref());
        one.put_text("transport.mode", transport.mode.as_deref());
        put_texts!(one, "transport.means", &transport.means);
        boxes.add("transport", one);
    }
    for equipment in &certificate.equipment {
        let mut one = Boxes::default();
        one.put_text("equipment.id", Some(&equipment.id));
        for seal in &equipment.seals {
            let mut sealed = Boxes::default();
            sealed.put_text("equipment.seals.id", Some(seal));
            one.add("equipment.seals", sealed);
        }
        boxes.add("equipment", one);
    }
    let mut lot = Boxes::default();
    for item in &certificate.items {
        lot.add("lots.items", line(item));
    }
    boxes.add("lots", lot);
    boxes
}

fn signed(signature: &PhytoSignature) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put("signatures.at", signature.at.map(Value::Moment));
    boxes.put_text("signatures.place", signature.place.as_deref());
    boxes.put_text("signatures.officer", signature.officer.as_deref());
    for clause in &signature.clauses {
        let mut one = Boxes::default();
        one.put_text("signatures.clauses.id", clause.id.as_deref());
        put_texts!(one, "signatures.clauses.contents", &clause.contents);
        boxes.add("signatures.clauses", one);
    }
    boxes
}

fn line(item: &PhytoItem) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put("lots.items.number", Some(Value::Whole(item.number)));
    put_texts!(boxes, "lots.items.description", &item.description);
    put_texts!(boxes, "lots.items.common_name", &item.common_name);
    put_texts!(boxes, "lots.items.scientific_name", &item.scientific_name);
    put_texts!(boxes, "lots.items.intended_use", &item.intended_use);
    put_measured!(boxes, "lots.items.net_weight", item.net_weight);
    put_measured!(boxes, "lots.items.gross_weight", item.gross_weight);
    put_measured!(boxes, "lots.items.net_volume", item.net_volume);
    put_measured!(boxes, "lots.items.gross_volume", item.gross_volume);
    put_notes!(boxes, "lots.items.notes", "lots.items.notes.contents", &item.notes);
    for class in &item.classifications {
        let mut one = Boxes::default();
        one.put_text("lots.items.classifications.system", class.system.as_deref());
        one.put_text("lots.items.classifications.code", class.code.as_deref());
        put_texts!(one, "lots.items.classifications.name", &class.name);
        boxes.add("lots.items.classifications", one);
    }
    for packages in &item.packages {
        let mut one = Boxes::default();
        one.put("lots.items.packages.count", Some(Value::Decimal(packages.count)));
        one.put_text("lots.items.packages.kind", packages.kind.as_deref());
        boxes.add("lots.items.packages", one);
    }
    for origin in &item.origins {
        let mut one = Boxes::default();
        one.put("lots.items.origins.country", Some(Value::Country(origin.country)));
        one.put_text("lots.items.origins.area", origin.area.as_deref());
        boxes.add("lots.items.origins", one);
    }
    for treatment in &item.treatments {
        boxes.add("lots.items.treatments", treated(treatment));
    }
    boxes
}

fn treated(treatment: &PhytoTreatment) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put_text("lots.items.treatments.kind", treatment.kind.as_deref());
    boxes.put("lots.items.treatments.began", treatment.began.map(Value::Moment));
    boxes.put("lots.items.treatments.ended", treatment.ended.map(Value::Moment));
    put_measured!(boxes, "lots.items.treatments.duration", treatment.duration);
    for PhytoCharacteristic { description, value } in &treatment.characteristics {
        let mut one = Boxes::default();
        put_texts!(one, "lots.items.treatments.characteristics.description", description);
        put_measured!(one, "lots.items.treatments.characteristics.value", *value);
        boxes.add("lots.items.treatments.characteristics", one);
    }
    boxes
}
