//! A foreign phytosanitary certificate as evidence, where the pack takes it for that.
//!
//! Whether the exporting country's certificate satisfies a requirement is the pack's to say: a rule
//! names the certificate's code among the documents of its evidence. Where no rule does, as in the
//! bundled pack (the law asks for a Vietnamese quarantine certificate), it accompanies the application
//! and nothing more.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::EvidenceEntry;
use crate::law::{DocumentTypeId, EvidenceKind, Pack};
use crate::trade::{CountryCode, PhytoCertificate, UnitCode};

/// Whose goods a certificate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhytoHolder<'h> {
    /// An importer, by tax code.
    Importer(&'h str),
    /// A declaration, by its number or reference.
    Declaration(&'h str),
}

/// Why a certificate is no evidence by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhytoNoEvidence {
    /// It is withdrawn or refused: what was kept of it has to be taken back.
    #[error("the certificate is not in force")]
    NotInForce,
    /// The pack has no rule that it satisfies.
    #[error("no rule of the pack takes the certificate of another country as evidence")]
    NotTaken,
    /// It replaces another, and does not say which.
    #[error("the certificate replaces another and does not name it")]
    ReplacesUnnamed,
    /// An item has no code: nobody but a person can tell which lines it is about.
    #[error("an item of the certificate has no HS code")]
    NoCode,
    /// Its goods do not have one origin that they share.
    #[error("the goods of the certificate are not all of one origin")]
    Origins,
}

/// What a certificate is evidence of: its goods, by their codes, of their origin, from the day of
/// issue in the pack's country. Their quantity is that of all items, where all are weighed in one unit
/// that the pack knows; else none is reckoned. Its record has the certificate's number, which
/// declarations quote.
///
/// # Errors
/// [`PhytoNoEvidence`] says why it is none: the first reason.
pub fn phyto_evidence(
    certificate: &PhytoCertificate,
    pack: &Pack,
    holder: PhytoHolder<'_>,
) -> Result<EvidenceEntry, PhytoNoEvidence> {
    if !certificate.is_in_force() {
        return Err(PhytoNoEvidence::NotInForce);
    }
    let code = certificate.kind.code();
    if !is_taken(pack, code) {
        return Err(PhytoNoEvidence::NotTaken);
    }
    if certificate.replaces_unnamed() {
        return Err(PhytoNoEvidence::ReplacesUnnamed);
    }
    let mut hs = Vec::new();
    for item in &certificate.items {
        let before = hs.len();
        hs.extend(item.hs_codes());
        if hs.len() == before {
            return Err(PhytoNoEvidence::NoCode);
        }
    }
    hs.sort_unstable();
    hs.dedup();
    let origin = origin(certificate).ok_or(PhytoNoEvidence::Origins)?;
    let zone = TimeZone::get(&pack.time_zone).unwrap_or(TimeZone::UTC);
    let quantity = quantity(certificate, pack);
    let (importer, declaration) = match holder {
        PhytoHolder::Importer(id) => (Some(id.to_owned()), None),
        PhytoHolder::Declaration(name) => (None, Some(name.to_owned())),
    };
    Ok(EvidenceEntry {
        id: Some(certificate.number.clone()),
        kind: Some(EvidenceKind::Certificate.as_str().to_owned()),
        code: Some(code.to_owned()),
        holder: importer,
        declaration,
        hs: hs.iter().map(ToString::to_string).collect(),
        origin: Some(origin.to_string()),
        from: Some(zone.to_datetime(certificate.issued).date().to_string()),
        quantity: quantity.map(|(amount, _)| amount.to_string()),
        unit: quantity.map(|(_, unit)| unit.to_string()),
        replaces: certificate.replaces().map(|replaced| replaced.number.to_owned()),
        ..EvidenceEntry::default()
    })
}

/// Whether a rule of the pack takes documents of a code for its evidence.
fn is_taken(pack: &Pack, code: &str) -> bool {
    let at = pack.documents.iter().position(|document| document.code == code);
    let document = at.and_then(|at| u16::try_from(at).ok()).map(DocumentTypeId);
    document.is_some_and(|document| pack.rules.iter().any(|rule| rule.evidence.contains(&document)))
}

/// The origin that all goods state. Where an item states none, nobody makes one up.
fn origin(certificate: &PhytoCertificate) -> Option<CountryCode> {
    let mut stated = certificate.items.iter().flat_map(|item| &item.origins).map(|origin| origin.country);
    let first = stated.next()?;
    let each = certificate.items.iter().all(|item| !item.origins.is_empty());
    (each && stated.all(|other| other == first)).then_some(first)
}

/// The net weight, else the net volume, of all items in one unit.
fn quantity(certificate: &PhytoCertificate, pack: &Pack) -> Option<(Decimal, UnitCode)> {
    let mut sum: Option<(Decimal, UnitCode)> = None;
    for item in &certificate.items {
        let measured = item.net_weight.or(item.net_volume)?;
        let unit = measured.unit?;
        sum = Some(match sum {
            None => (measured.amount, unit),
            Some((before, known)) if known == unit => (before.checked_add(measured.amount)?, unit),
            Some(_) => return None,
        });
    }
    sum.filter(|(_, unit)| pack.units.iter().any(|known| known.code == *unit))
}
