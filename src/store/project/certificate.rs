//! The rows of a certificate of origin.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::super::journal::Head;
use super::super::sql::{Value, key, maybe_key};
use super::{Rows, head_columns};
use crate::clearance::case::certificate::{Certificate, CertificateClock, CertificateSide};
use crate::origin::reference_key;
use crate::trade::{Criterion, OriginCertificate, OriginItem};

/// The rows of a certificate.
pub fn certificate(certificate: &Certificate, head: Head) -> Rows {
    let items = certificate.content.iter().flat_map(|content| &content.items);
    let mut uses = Vec::new();
    for (state, all) in [("matched", &certificate.matched), ("used", &certificate.used)] {
        for (declaration, items) in all {
            if state == "matched" && certificate.used.contains_key(declaration) {
                continue;
            }
            for (item, measured) in items {
                uses.push([
                    certificate.id.into(),
                    (*declaration).into(),
                    (*item).into(),
                    state.into(),
                    measured.amount.to_string().into(),
                    measured.unit.map(|unit| unit.as_str().to_owned()).into(),
                ]);
            }
        }
    }
    Rows {
        certificate: Some(row(certificate, head)),
        certificate_items: items.map(|item| item_row(certificate, item)).collect(),
        certificate_uses: uses,
        timers: certificate.clocks().filter_map(|(clock, day)| timer_row(certificate, clock, day)).collect(),
        ..Rows::default()
    }
}

fn row(certificate: &Certificate, head: Head) -> [Value; 19] {
    let (number, hash) = head_columns(head);
    let content = certificate.content.as_deref();
    let partner = match certificate.side {
        CertificateSide::Receiving => Some(certificate.key.country),
        CertificateSide::Issuing => content.map(|content| content.importing_country),
    };
    [
        certificate.id.into(),
        number,
        hash,
        certificate.opened.into(),
        certificate.changed.into(),
        key(&certificate.key.form).into(),
        certificate.key.country.as_str().into(),
        key(&certificate.key.reference).into(),
        key(&reference_key(&certificate.key.reference)).into(),
        certificate.side.as_str().into(),
        partner.map(|country| country.as_str().to_owned()).into(),
        certificate.status().as_str().into(),
        maybe_key(certificate.holder.as_deref()).into(),
        content.and_then(|content| party_key(certificate.side, content)).into(),
        certificate.agency.clone().into(),
        certificate.dossier.into(),
        content.map(|content| content.issued().to_string()).into(),
        certificate.since.into(),
        i64::try_from(certificate.conflicts).unwrap_or(i64::MAX).into(),
    ]
}

/// A clock rings when its last day is over everywhere that its country may be.
fn timer_row(certificate: &Certificate, clock: CertificateClock, day: Date) -> Option<[Value; 4]> {
    let after = TimeZone::UTC.to_timestamp(day.tomorrow().ok()?.to_datetime(Time::midnight())).ok()?;
    Some([certificate.id.into(), "".into(), clock.as_str().into(), after.into()])
}

fn item_row(certificate: &Certificate, item: &OriginItem) -> [Value; 9] {
    let criterion = Criterion::parse(&item.criterion).map_or_else(|_| item.criterion.clone(), |known| known.kind());
    let measured = item.measured();
    let used = certificate.used_of(item.number).normalize();
    [
        certificate.id.into(),
        item.number.into(),
        item.hs.to_string().into(),
        key(&criterion).into(),
        maybe_key(item.invoice.as_ref().map(|invoice| invoice.number.as_str())).into(),
        maybe_key(item.original.as_ref().map(|original| original.reference.as_str())).into(),
        measured.map(|measured| measured.amount.to_string()).into(),
        measured.and_then(|measured| measured.unit).map(|unit| unit.as_str().to_owned()).into(),
        used.to_string().into(),
    ]
}

/// The party on this side of the border, as it is looked for.
fn party_key(side: CertificateSide, content: &OriginCertificate) -> Option<String> {
    let party = match side {
        CertificateSide::Issuing => &content.exporter,
        CertificateSide::Receiving => &content.consignee,
    };
    party.name.as_deref().map(name_key)
}

/// A name as it is looked for: letters and digits only, capitals and small alike.
pub fn name_key(name: &str) -> String {
    let letters = name.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.take(200).collect()
}
