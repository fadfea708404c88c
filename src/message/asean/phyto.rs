//! The e-Phyto: UN/CEFACT's `SPSCertificate`, version 17, read and written.

mod boxed;

use jiff::Timestamp;

use super::boxes::Boxes;
use super::mapping::Mapping;
use super::typed::Taking;
use super::{read, write};
use crate::message::{Limits, Rejection, refused};
use crate::trade::{
    CountryCode, Finding, FindingCode, OriginParty, Packages, PhytoCertificate, PhytoCharacteristic,
    PhytoClassification, PhytoClause, PhytoEquipment, PhytoItem, PhytoKind, PhytoNote, PhytoOrigin, PhytoPlace,
    PhytoReference, PhytoSignature, PhytoStatus, PhytoText, PhytoTransport, PhytoTreatment,
};

/// What a digest begins with.
const DIGEST: &str = "sha256:";

/// Reads a phytosanitary certificate, with what is odd in it. What is attached to it is not kept, but
/// its digest is.
///
/// # Errors
/// A [`Rejection`] with everything that is wrong: what must be there and is not, a content that is not
/// of its kind, another version (`SPSCertificate:8` is refused by name), what the hardened reader
/// refuses.
pub fn read_phyto(
    bytes: &[u8],
    mapping: &Mapping,
    limits: Limits,
) -> Result<(PhytoCertificate, Vec<Finding>), Rejection> {
    let read = read::read(bytes, mapping, limits).map_err(refused)?;
    Taking::new(mapping, read.findings, limits.findings).whole(&read.boxes, certificate)
}

/// Writes a phytosanitary certificate. In the place of what was attached to it stands its digest.
pub fn write_phyto(certificate: &PhytoCertificate, mapping: &Mapping) -> String {
    write::write(&boxed::boxes(certificate), mapping)
}

fn certificate(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<PhytoCertificate> {
    let text =
        |taking: &mut Taking<'_>, field: &str, what: &str| taking.required(boxes, field, what, boxes.text(field));
    let country =
        |taking: &mut Taking<'_>, field: &str, what: &str| taking.required(boxes, field, what, boxes.country(field));
    let number = text(taking, "number", "the certificate's number");
    let kind = text(taking, "kind", "the kind of certificate");
    let kinds = || PhytoKind::ALL.iter().map(|kind| (kind.code(), kind.as_str()));
    let kind = coded(taking, boxes, "kind", kind, PhytoKind::of_code, kinds);
    let status = text(taking, "status", "the certificate's status");
    let statuses = || PhytoStatus::ALL.iter().map(|status| (status.code(), status.as_str()));
    let status = coded(taking, boxes, "status", status, PhytoStatus::of_code, statuses);
    let issued = taking.required(boxes, "issued", "the moment of issue", boxes.moment("issued"));
    let authority = text(taking, "authority", "the plant protection organisation");
    let export_country = country(taking, "export_country", "the exporting country");
    let import_country = country(taking, "import_country", "the importing country");
    text(taking, "consignor.name", "the consignor's name");
    text(taking, "consignee.name", "the consignee's name");
    let items: Vec<Option<PhytoItem>> =
        boxes.group("lots").iter().flat_map(|lot| lot.group("lots.items")).map(|line| item(taking, line)).collect();
    if items.is_empty() {
        taking.required(boxes, "lots.items", "an item", None::<()>);
    }
    let items: Option<Vec<PhytoItem>> = items.into_iter().collect();
    if let Some(items) = &items {
        taking.numbered_once(boxes, items.iter().map(|item| item.number));
    }
    let notes = notes(taking, boxes, "notes");
    let references = boxes.group("references").iter().map(|one| reference(taking, one)).collect::<Option<Vec<_>>>();
    let equipment = boxes.group("equipment").iter().map(|one| equipment(taking, one)).collect::<Option<Vec<_>>>();
    let unloading = PhytoPlace { id: boxes.text("unloading.id"), name: boxes.text("unloading.name") };
    Some(PhytoCertificate {
        number: number?,
        kind: kind?,
        status: status?,
        issued: issued?,
        authority: authority?,
        country: boxes.country("country").or(export_country)?,
        notes: notes?,
        signatures: boxes.group("signatures").iter().map(signature).collect(),
        references: references?,
        consignor: party(boxes, "consignor"),
        consignee: party(boxes, "consignee"),
        export_country: export_country?,
        import_country: import_country?,
        reexport_countries: countries(boxes, "reexport_countries"),
        transit_countries: countries(boxes, "transit_countries"),
        unloading: (unloading != PhytoPlace::default()).then_some(unloading),
        examined_at: boxes.text("examined_at"),
        transport: boxes.group("transport").iter().map(transport).collect(),
        equipment: equipment?,
        items: items?,
    })
}

/// A code of a closed list.
fn coded<T, I: Iterator<Item = (&'static str, &'static str)>>(
    taking: &mut Taking<'_>,
    boxes: &Boxes<'_>,
    field: &str,
    code: Option<String>,
    of_code: impl Fn(&str) -> Option<T>,
    known: impl Fn() -> I,
) -> Option<T> {
    let code = code?;
    let value = of_code(&code);
    if value.is_none() {
        let known: Vec<String> = known().map(|(code, word)| format!("{code} ({word})")).collect();
        let message = format!("`{code}` is not known here; expected is one of {}", known.join(", "));
        taking.tell(Finding::error(FindingCode::Deviation, message).at(boxes.offset_of(field)));
    }
    value
}

/// A party, whose address may stand in several lines.
fn party(boxes: &Boxes<'_>, field: &str) -> OriginParty {
    let party = boxes.party(field).unwrap_or_default();
    let more = (2..=5).filter_map(|line| boxes.text(&format!("{field}.address{line}")));
    let lines: Vec<String> = party.address.into_iter().chain(more).collect();
    OriginParty { address: (!lines.is_empty()).then(|| lines.join(", ")), ..party }
}

fn countries(boxes: &Boxes<'_>, group: &str) -> Vec<CountryCode> {
    let field = format!("{group}.country");
    boxes.group(group).iter().filter_map(|one| one.country(&field)).collect()
}

/// What is said in one language or several.
fn texts(boxes: &Boxes<'_>, group: &str) -> Vec<PhytoText> {
    let (text, language) = (format!("{group}.text"), format!("{group}.language"));
    let one = |one: &Boxes<'_>| Some(PhytoText { text: one.text(&text)?, language: one.text(&language) });
    boxes.group(group).iter().filter_map(one).collect()
}

fn notes(taking: &mut Taking<'_>, boxes: &Boxes<'_>, group: &str) -> Option<Vec<PhytoNote>> {
    let (subject, contents) = (format!("{group}.subject"), format!("{group}.contents"));
    let notes: Vec<Option<PhytoNote>> = boxes
        .group(group)
        .iter()
        .map(|note| {
            let subject = taking.required(note, &subject, "what a note is about", note.text(&subject));
            Some(PhytoNote { subject: subject?, contents: texts(note, &contents) })
        })
        .collect();
    notes.into_iter().collect()
}

fn signature(boxes: &Boxes<'_>) -> PhytoSignature {
    let clause = |boxes: &Boxes<'_>| PhytoClause {
        id: boxes.text("signatures.clauses.id"),
        contents: texts(boxes, "signatures.clauses.contents"),
    };
    PhytoSignature {
        at: boxes.moment("signatures.at"),
        place: boxes.text("signatures.place"),
        officer: boxes.text("signatures.officer"),
        clauses: boxes.group("signatures.clauses").iter().map(clause).collect(),
    }
}

fn reference(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<PhytoReference> {
    let id = taking.required(boxes, "references.id", "the number of a document", boxes.text("references.id"));
    // What is attached says itself what it is; a digest in its place is what another took.
    let said = boxes.text("references.digest").filter(|said| is_digest(said));
    Some(PhytoReference {
        id: id?,
        relationship: boxes.text("references.relationship"),
        information: texts(boxes, "references.information"),
        file: boxes.text("references.file"),
        digest: boxes.text("references.content").or(said),
    })
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix(DIGEST).is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

fn transport(boxes: &Boxes<'_>) -> PhytoTransport {
    PhytoTransport {
        id: boxes.text("transport.id"),
        mode: boxes.text("transport.mode"),
        means: texts(boxes, "transport.means"),
    }
}

fn equipment(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<PhytoEquipment> {
    let id = taking.required(boxes, "equipment.id", "a container's number", boxes.text("equipment.id"));
    let seals = boxes.group("equipment.seals").iter().filter_map(|seal| seal.text("equipment.seals.id"));
    Some(PhytoEquipment { id: id?, seals: seals.collect() })
}

fn item(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<PhytoItem> {
    let number = boxes.whole("lots.items.number");
    let number = taking.required(boxes, "lots.items.number", "the item's number", number);
    let notes = notes(taking, boxes, "lots.items.notes");
    let origin = |one: &Boxes<'_>| {
        let country = one.country("lots.items.origins.country");
        let country = taking.required(one, "lots.items.origins.country", "the country of origin", country);
        Some(PhytoOrigin { country: country?, area: one.text("lots.items.origins.area") })
    };
    let origins: Vec<Option<PhytoOrigin>> = boxes.group("lots.items.origins").iter().map(origin).collect();
    let package = |one: &Boxes<'_>| {
        let count = one.decimal("lots.items.packages.count")?;
        Some(Packages { count, kind: one.text("lots.items.packages.kind") })
    };
    Some(PhytoItem {
        number: number?,
        description: texts(boxes, "lots.items.description"),
        common_name: texts(boxes, "lots.items.common_name"),
        scientific_name: texts(boxes, "lots.items.scientific_name"),
        intended_use: texts(boxes, "lots.items.intended_use"),
        net_weight: boxes.measured("lots.items.net_weight"),
        gross_weight: boxes.measured("lots.items.gross_weight"),
        net_volume: boxes.measured("lots.items.net_volume"),
        gross_volume: boxes.measured("lots.items.gross_volume"),
        notes: notes?,
        classifications: boxes.group("lots.items.classifications").iter().map(classification).collect(),
        packages: boxes.group("lots.items.packages").iter().filter_map(package).collect(),
        origins: origins.into_iter().collect::<Option<_>>()?,
        treatments: boxes.group("lots.items.treatments").iter().map(treatment).collect(),
    })
}

fn classification(boxes: &Boxes<'_>) -> PhytoClassification {
    PhytoClassification {
        system: boxes.text("lots.items.classifications.system"),
        code: boxes.text("lots.items.classifications.code"),
        name: texts(boxes, "lots.items.classifications.name"),
    }
}

fn treatment(boxes: &Boxes<'_>) -> PhytoTreatment {
    let moment = |field: &str| -> Option<Timestamp> { boxes.moment(field) };
    let characteristic = |one: &Boxes<'_>| PhytoCharacteristic {
        description: texts(one, "lots.items.treatments.characteristics.description"),
        value: one.measured("lots.items.treatments.characteristics.value"),
    };
    PhytoTreatment {
        kind: boxes.text("lots.items.treatments.kind"),
        began: moment("lots.items.treatments.began"),
        ended: moment("lots.items.treatments.ended"),
        duration: boxes.measured("lots.items.treatments.duration"),
        characteristics: boxes.group("lots.items.treatments.characteristics").iter().map(characteristic).collect(),
    }
}
