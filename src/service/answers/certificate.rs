//! Certificates of origin as answers show them.

use serde_json::{Value, json};

use crate::clearance::case::certificate::{Certificate, CertificateSide, Verification};
use crate::embedded;
use crate::origin::LinePreference;
use crate::store::certificates::{CertificateRow, Utilisation};

/// A certificate of a list.
pub fn row(row: &CertificateRow) -> Value {
    json!({
        "id": row.case.to_string(),
        "form": row.key.form,
        "country": row.key.country.as_str(),
        "reference": row.key.reference,
        "side": row.side,
        "partner": row.partner,
        "status": row.status,
        "holder": row.holder,
        "agency": row.agency,
        "issued": row.issued,
        "changed": row.changed.to_string(),
        "conflicts": row.conflicts,
        "links": { "self": format!("/v1/origin-certificates/{}", row.case),
            "dossier": row.dossier.map(|dossier| format!("/v1/dossiers/{dossier}")) },
    })
}

/// A certificate with what it says, what was said about it, and what was used of each item.
pub fn certificate(known: &Certificate) -> Value {
    let items: Vec<Value> = known
        .content
        .iter()
        .flat_map(|content| &content.items)
        .map(|item| {
            let whole = item.measured();
            let used = known.used_of(item.number);
            json!({
                "item": item.number,
                "hs": item.hs.to_string(),
                "criterion": item.criterion,
                "quantity": whole.map(|whole| whole.amount.to_string()),
                "unit": whole.and_then(|whole| whole.unit).map(|unit| unit.as_str().to_owned()),
                "used": used.normalize().to_string(),
                "left": whole.map(|whole| (whole.amount - used).normalize().to_string()),
            })
        })
        .collect();
    let uses = |all: &std::collections::BTreeMap<_, std::collections::BTreeMap<u32, crate::trade::Measured>>| {
        all.iter()
            .map(|(declaration, items): (&crate::clearance::case::CaseId, _)| {
                let items: Vec<Value> = items
                    .iter()
                    .map(|(item, used)| json!({ "item": item, "amount": used.amount.normalize().to_string() }))
                    .collect();
                json!({ "declaration": format!("/v1/declarations/{declaration}"), "items": items })
            })
            .collect::<Vec<_>>()
    };
    let verification = known.verification.map(|verification| match verification {
        Verification::Asked(at) => json!({ "state": "asked", "asked": at.to_string() }),
        Verification::Confirmed => json!({ "state": "confirmed" }),
        Verification::NotConfirmed => json!({ "state": "not_confirmed" }),
        Verification::Expired => json!({ "state": "expired" }),
    });
    json!({
        "id": known.id.to_string(),
        "form": known.key.form,
        "country": known.key.country.as_str(),
        "reference": known.key.reference,
        "side": known.side.as_str(),
        "status": known.status().as_str(),
        "opened": known.opened.to_string(),
        "changed": known.changed.to_string(),
        "holder": known.holder,
        "agency": known.agency,
        "replaced_by": known.replaced_by(),
        "acknowledged": known.acknowledged || known.side == CertificateSide::Receiving,
        "verification": verification,
        "conflicts": known.conflicts,
        "says": known.content,
        "items": items,
        "notices": known.notices,
        "matched": uses(&known.matched),
        "used": uses(&known.used),
        "links": { "dossier": known.dossier.map(|dossier| format!("/v1/dossiers/{dossier}")) },
    })
}

/// What becomes of the preference of a line: which item of which certificate serves it, why it is
/// given or not, with the rule, and what it saves in percentage points. No duty is computed.
pub fn preference(preference: &LinePreference) -> Value {
    let agreement = embedded::agreement();
    let items: Vec<Value> = preference
        .items
        .iter()
        .map(|of| {
            json!({
                "form": of.certificate.form,
                "country": of.certificate.country.as_str(),
                "reference": of.certificate.reference,
                "item": of.item,
                "quantity": of.quantity.map(|quantity| quantity.amount.normalize().to_string()),
                "unit": of.quantity.and_then(|quantity| quantity.unit).map(|unit| unit.as_str().to_owned()),
            })
        })
        .collect();
    let reasons: Vec<Value> = preference
        .reasons
        .iter()
        .map(|finding| {
            json!({
                "check": finding.check.as_str(),
                "effect": finding.effect.as_str(),
                "item": finding.item,
                "cites": finding.cites,
                "vi": finding.vi(agreement),
                "en": finding.en(agreement),
            })
        })
        .collect();
    json!({
        "line": preference.line,
        "outcome": preference.outcome.as_str(),
        "certificates": items,
        "reasons": reasons,
        "rates": {
            "mfn": preference.rates.mfn,
            "atiga": preference.rates.atiga,
            "saving": preference.rates.saving.map(|points| points.to_string()),
        },
    })
}

/// What was used, in one group.
pub fn utilisation(group: &Utilisation) -> Value {
    json!({
        "side": group.side,
        "country": group.country,
        "form": group.form,
        "criterion": group.criterion,
        "hs": group.hs,
        "certificates": group.certificates,
        "items": group.items,
        "used": group.used,
        "rejected": group.rejected,
    })
}
