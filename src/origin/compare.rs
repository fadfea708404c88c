//! A certificate beside a declaration: what differs, told apart into minor discrepancies and real
//! ones by the agreement's matrix (OCP rule 16).

use super::assign::{Described, Share, Short, key_of};
use super::finding::OriginFinding;
use super::measure::{Stated, stated, text};
use super::preference::Asking;
use super::words::{Likeness, has_accents, like, like_names, name_key, reference_key, shared_percent};
use crate::law::{CheckId, Day};
use crate::trade::{GoodsItem, OriginCertificate, OriginFlag, OriginItem};

/// What differs between the declaration as a whole and a certificate.
pub(super) fn whole(asking: &Asking<'_>, certificate: &OriginCertificate) -> Vec<OriginFinding> {
    let mut found = Vec::new();
    consignee(asking, certificate, &mut found);
    exporter(asking, certificate, &mut found);
    transport(asking, certificate, &mut found);
    found
}

/// What differs between a line, by its position, and an item that serves it.
pub(super) fn line(asking: &Asking<'_>, at: usize, share: &Share, described: &Described) -> Vec<OriginFinding> {
    let mut found = Vec::new();
    let line = &asking.declaration.items[at];
    let certificate = asking.known[share.known].certificate;
    let item = &certificate.items[share.item];
    classification(asking, line, item, &mut found);
    let words = (described.lines[at].words.as_slice(), described.items[share.known][share.item].words.as_slice());
    description(asking, line, item, words, &mut found);
    origin(asking, line, certificate, &mut found);
    invoice(asking, line, item, &mut found);
    quantity(asking, line, item, &mut found);
    found.iter_mut().for_each(|finding| finding.item = Some(item.number));
    found
}

/// Less is left of the items that serve a line than it needs; said of the best of them.
pub(super) fn shortage(asking: &Asking<'_>, best: &Share, short: Short) -> OriginFinding {
    let known = &asking.known[best.known];
    let check = if short.left.amount.is_zero() { CheckId::UsedUp } else { CheckId::QuantityShort };
    let mut finding = OriginFinding::new(asking.agreement, check).item(known.certificate.items[best.item].number);
    finding.certificate = Some(key_of(known));
    if check == CheckId::UsedUp {
        return finding;
    }
    finding.with("left", text(short.left)).with("quantity", text(short.needed))
}

/// The importer is the consignee of box 2: by tax code, else by name.
fn consignee(asking: &Asking<'_>, certificate: &OriginCertificate, found: &mut Vec<OriginFinding>) {
    let tolerances = &asking.agreement.tolerances;
    let (ours, theirs) = (&asking.declaration.importer, &certificate.consignee);
    if let (Some(own), Some(other)) = (ours.id.as_deref(), theirs.id.as_deref())
        && reference_key(own) == reference_key(other)
    {
        return;
    }
    let Some(name) = theirs.name.as_deref().filter(|name| !name.trim().is_empty()) else {
        // That box 2 is empty is said by the check of the box.
        return;
    };
    let Some(declared) = ours.name.as_deref().filter(|name| !name.trim().is_empty()) else {
        found.push(OriginFinding::new(asking.agreement, CheckId::ConsigneeUnknown));
        return;
    };
    let check = match like_names(&name_key(name, tolerances), &name_key(declared, tolerances), tolerances) {
        Likeness::Same => return,
        Likeness::Misspelt => CheckId::ConsigneeSpelling,
        Likeness::Other => CheckId::ConsigneeDiffers,
    };
    found.push(OriginFinding::new(asking.agreement, check).with("name", name).with("declared", declared));
}

/// The seller, unless a third company invoices: then the declaration may name that one.
fn exporter(asking: &Asking<'_>, certificate: &OriginCertificate, found: &mut Vec<OriginFinding>) {
    let tolerances = &asking.agreement.tolerances;
    let names = (certificate.exporter.name.as_deref(), asking.declaration.exporter.name.as_deref());
    let (Some(name), Some(declared)) = names else { return };
    if certificate.flags.has(OriginFlag::ThirdCountryInvoicing) || declared.trim().is_empty() {
        return;
    }
    let (own, other) = (name_key(name, tolerances), name_key(declared, tolerances));
    if like_names(&own, &other, tolerances) == Likeness::Other {
        let finding = OriginFinding::new(asking.agreement, CheckId::ExporterDiffers);
        found.push(finding.with("name", name).with("declared", declared));
    }
}

/// Mode of transport, country of export, day of departure; what either does not state is not compared.
fn transport(asking: &Asking<'_>, certificate: &OriginCertificate, found: &mut Vec<OriginFinding>) {
    let (agreement, declaration) = (asking.agreement, asking.declaration);
    let quoting = agreement.quoting(declaration.format.family());
    if let (Some(mode), Some(code), Some(quoting)) =
        (certificate.carriage.mode.as_deref(), declaration.transport_mode.as_deref(), quoting)
        && let Some((_, own)) = quoting.transport.iter().find(|(known, _)| known == code.trim())
        && own != mode.trim()
    {
        let finding = OriginFinding::new(agreement, CheckId::TransportDiffers);
        found.push(finding.with("mode", mode).with("declared", own.as_str()));
    }
    if let Some(country) = declaration.export_country
        && country != certificate.issuing_country
    {
        let finding = OriginFinding::new(agreement, CheckId::ShippedFromElsewhere);
        found.push(finding.with("declared", country.as_str()).with("country", certificate.issuing_country.as_str()));
    }
    let day = declaration.date.unwrap_or(asking.presentation.day);
    if let Some(departure) = certificate.carriage.departure
        && departure > day
    {
        let finding = OriginFinding::new(agreement, CheckId::DepartureAfterDeclaration);
        found.push(finding.with("departure", departure).with("day", day));
    }
}

/// The code of box 7 is the importing country's (overleaf note 6).
fn classification(asking: &Asking<'_>, line: &GoodsItem<'_>, item: &OriginItem, found: &mut Vec<OriginFinding>) {
    let Some(declared) = line.hs else {
        let finding = OriginFinding::new(asking.agreement, CheckId::ClassificationUnknown);
        found.push(finding.with("hs", item.hs.to_string()));
        return;
    };
    // A code is not contradicted by one that only goes further; that it is short is a finding of its own.
    if declared.is_prefix_of(item.hs) || item.hs.is_prefix_of(declared) {
        return;
    }
    let same = declared.truncated(6) == item.hs.truncated(6);
    let check = if same { CheckId::ClassificationSubdivision } else { CheckId::ClassificationDiffers };
    let finding = OriginFinding::new(asking.agreement, check);
    found.push(finding.with("hs", item.hs.to_string()).with("declared", declared.to_string()));
}

fn description(
    asking: &Asking<'_>,
    line: &GoodsItem<'_>,
    item: &OriginItem,
    (own, other): (&[String], &[String]),
    found: &mut Vec<OriginFinding>,
) {
    let tolerances = &asking.agreement.tolerances;
    let shared = shared_percent(own, other, tolerances);
    let check = match shared {
        Some(percent) if percent >= tolerances.keywords_same_percent => return,
        // One in Vietnamese and one in English share brands and numbers at best.
        _ if has_accents(&line.description) != has_accents(&item.description) => CheckId::DescriptionNotCompared,
        Some(percent) if percent >= tolerances.keywords_slight_percent => CheckId::DescriptionSlight,
        // No word that tells: whether it is the same nobody can say.
        None if own.is_empty() || other.is_empty() => CheckId::DescriptionNotCompared,
        _ => CheckId::DescriptionDiffers,
    };
    found.push(OriginFinding::new(asking.agreement, check).with("description", item.description.trim()));
}

/// The country of origin is the one where the goods were produced (box 11).
fn origin(asking: &Asking<'_>, line: &GoodsItem<'_>, certificate: &OriginCertificate, found: &mut Vec<OriginFinding>) {
    let Some(declared) = line.origin else {
        found.push(OriginFinding::new(asking.agreement, CheckId::OriginUnknown));
        return;
    };
    let finding = if !asking.agreement.is_member(declared, Day::of(certificate.issued())) {
        OriginFinding::new(asking.agreement, CheckId::OriginNotMember).with("declared", declared.as_str())
    } else if declared != certificate.production_country {
        let finding = OriginFinding::new(asking.agreement, CheckId::OriginDiffers);
        finding.with("declared", declared.as_str()).with("country", certificate.production_country.as_str())
    } else {
        return;
    };
    found.push(finding);
}

/// The invoice of box 10, where the declaration names one.
fn invoice(asking: &Asking<'_>, line: &GoodsItem<'_>, item: &OriginItem, found: &mut Vec<OriginFinding>) {
    let Some(own) = &item.invoice else { return };
    let key = reference_key(&own.number);
    let most = asking.agreement.tolerances.invoice_letters as usize;
    let mut nearest: Option<(Likeness, &str)> = None;
    for declared in asking.invoices(line) {
        match like(&key, &reference_key(declared), most) {
            Likeness::Same => return,
            Likeness::Misspelt => nearest = Some((Likeness::Misspelt, declared)),
            Likeness::Other => {
                nearest.get_or_insert((Likeness::Other, declared));
            }
        }
    }
    let Some((likeness, declared)) = nearest else { return };
    let check = if likeness == Likeness::Misspelt { CheckId::InvoiceSpelling } else { CheckId::InvoiceDiffers };
    let finding = OriginFinding::new(asking.agreement, check);
    found.push(finding.with("number", own.number.as_str()).with("declared", declared));
}

fn quantity(asking: &Asking<'_>, line: &GoodsItem<'_>, item: &OriginItem, found: &mut Vec<OriginFinding>) {
    // That box 9 is empty is said by the check of the box.
    let Some(measured) = item.measured() else { return };
    let unit = measured.unit.map_or_else(|| "?".to_owned(), |unit| unit.to_string());
    let finding = match stated(line, item, asking.units) {
        Stated::Amount { declared: None, .. } => return,
        Stated::Amount { declared: Some(declared), .. } => {
            let finding = OriginFinding::new(asking.agreement, CheckId::QuantityUnits);
            finding.with("unit", unit).with("declared", declared.as_str())
        }
        Stated::Incomparable(declared) => {
            let finding = OriginFinding::new(asking.agreement, CheckId::QuantityNotComparable);
            finding.with("quantity", text(measured)).with("declared", text(declared))
        }
        Stated::Nothing => OriginFinding::new(asking.agreement, CheckId::QuantityUnknown).with("unit", unit),
    };
    found.push(finding);
}
