//! Certificates of origin beside a declaration: which it quotes, what they are worth for its lines,
//! what its lines take of them.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::law_book::Edition;
use crate::clearance::Examination;
use crate::clearance::case::CaseId;
use crate::clearance::case::certificate::{Certificate, Verification};
use crate::clearance::record::DecisionRecord;
use crate::embedded;
use crate::law::Day;
use crate::origin::{
    Asking, CertificateLedger, Known, LinePreference, LineRates, OriginFinding, Presentation, Standing, claims,
    overdrawn_originals, preference, reference_key, reservations, utilisation,
};
use crate::trade::{CertificateKey, ConvertError, Declaration, Direction, Measured, NoticeKind, UnitConversions};

/// Decimals of an amount that cannot be written exactly in another unit.
const DECIMALS: u32 = 6;

/// A certificate that a declaration quotes, as it is known.
#[derive(Debug, Clone)]
pub struct KnownCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// The declaration that asks: what it has drawn itself counts as left.
    pub asking: CaseId,
    /// What back-to-back certificates of the same originals have taken of them.
    pub originals: Vec<OriginFinding>,
}

/// What a declaration takes of each certificate, item by item, in the items' own units.
pub(in crate::service) type Uses = BTreeMap<CertificateKey, BTreeMap<u32, Measured>>;

/// The numbers of certificates that a declaration quotes, each once.
pub(super) fn quoted(declaration: &Declaration<'_>) -> Vec<String> {
    let claims = claims(declaration, embedded::agreement(), None);
    let mut references: Vec<String> = claims.quoted.into_iter().map(|claim| claim.reference).collect();
    references.sort_unstable();
    references.dedup();
    references
}

/// Judges the certificates that an import declaration quotes; the decision takes it in. Gives what its
/// lines take of them.
pub(super) fn judge(
    decision: &mut DecisionRecord,
    examination: &Examination<'_, '_>,
    edition: &Edition,
    known: &[KnownCertificate],
) -> Uses {
    let declaration = examination.declaration;
    let agreement = embedded::agreement();
    if decision.direction != Some(Direction::Import) || decision.advisory {
        return Uses::new();
    }
    let claims = claims(declaration, agreement, None);
    if claims.is_empty() {
        return Uses::new();
    }
    let units = edition.pack.unit_table();
    let known: Vec<Seen<'_>> = known.iter().filter_map(|known| Seen::of(known, units)).collect();
    let known: Vec<Known<'_>> = known
        .iter()
        .map(|seen| Known {
            certificate: seen.content,
            standing: &seen.standing,
            rejected_items: &seen.rejected_items,
            ledger: Some(&seen.ledger),
            further: &seen.further,
        })
        .collect();
    let day = Day::of(decision.date);
    // It is presented with the declaration.
    let presentation = Presentation::on(decision.date, edition.pack.country);
    let preferences = preference(&Asking {
        agreement,
        declaration,
        presentation: &presentation,
        claims: &claims,
        known: &known,
        consignment_value: None,
        units,
        rates: &|hs| LineRates::of(edition.pack.tariff_line(day, hs)),
    });
    let uses = uses(&preferences, &known, units);
    let mut certificates: Vec<String> = claims.quoted.iter().map(|claim| reference_key(&claim.reference)).collect();
    certificates.sort_unstable();
    certificates.dedup();
    decision.with_preferences(certificates, preferences);
    uses
}

/// A certificate as the rules of origin see it.
struct Seen<'a> {
    content: &'a crate::trade::OriginCertificate,
    standing: Standing,
    rejected_items: Vec<u32>,
    ledger: CertificateLedger,
    further: Vec<OriginFinding>,
}

impl<'a> Seen<'a> {
    fn of(known: &'a KnownCertificate, units: &UnitConversions) -> Option<Self> {
        let certificate = &known.certificate;
        let content = certificate.content.as_deref()?;
        let mut ledger = CertificateLedger::open(content, units);
        for item in &content.items {
            let drawn = certificate.drawn(item.number, Some(known.asking));
            let (Some(account), Some(whole)) = (ledger.items.get_mut(&item.number), item.measured()) else { continue };
            // What others have drawn was within what there was.
            if let Ok(Some(event)) = account.draw("others", Measured { amount: drawn, unit: whole.unit }, units) {
                account.apply(&event);
            }
        }
        let rejection = certificate.rejection();
        let rejected_items: Vec<u32> =
            rejection.iter().flat_map(|notice| &notice.items).map(|item| item.number).collect();
        let all_rejected = rejection.is_some() && rejected_items.is_empty();
        let standing = match certificate.verification {
            _ if certificate.last_of(&[NoticeKind::Cancelled]).is_some() => Standing::Cancelled,
            _ if certificate.is_taken_back() => {
                Standing::Replaced { by: certificate.replaced_by().unwrap_or_default().to_owned() }
            }
            Some(Verification::NotConfirmed | Verification::Expired) => Standing::NotConfirmed,
            Some(Verification::Asked(_)) => Standing::UnderVerification,
            _ if all_rejected => Standing::Rejected,
            _ => Standing::Valid,
        };
        Some(Self { content, standing, rejected_items, ledger, further: known.originals.clone() })
    }
}

/// What the lines take of each certificate, in the items' own units.
fn uses(preferences: &[LinePreference], known: &[Known<'_>], units: &UnitConversions) -> Uses {
    let mut uses = Uses::new();
    for one in utilisation(preferences).into_iter().chain(reservations(preferences)) {
        let certificate = known.iter().find(|known| known.certificate.key() == one.certificate);
        let Some(item) = certificate.and_then(|known| known.certificate.item(one.item)) else { continue };
        let Some(whole) = item.measured() else { continue };
        let amount = in_unit(one.quantity, whole, units);
        let sum = uses.entry(one.certificate).or_default().entry(one.item);
        let sum = sum.or_insert(Measured { amount: Decimal::ZERO, unit: whole.unit });
        // Rounding up never takes more than there is.
        sum.amount = (sum.amount + amount).min(whole.amount);
    }
    uses
}

/// A quantity in the unit of an item. What cannot be written exactly is rounded up.
fn in_unit(quantity: Measured, item: Measured, units: &UnitConversions) -> Decimal {
    let (Some(from), Some(to)) = (quantity.unit, item.unit) else { return quantity.amount };
    match units.convert(quantity.amount, from, to) {
        Ok(amount) => amount,
        Err(ConvertError::Inexact { .. }) => {
            let one = units.convert(Decimal::ONE, to, from).ok();
            let exact = one.and_then(|one| quantity.amount.checked_div(one));
            exact.map_or(item.amount, |amount| amount.round_dp_with_strategy(DECIMALS, RoundingStrategy::AwayFromZero))
        }
        Err(_) => quantity.amount,
    }
}

/// What is against a back-to-back certificate since its original proof is used up by others.
pub(super) fn overdrawn(
    certificate: &Certificate,
    others: &[Certificate],
    original: Option<&Certificate>,
    units: &UnitConversions,
) -> Vec<OriginFinding> {
    let Some(content) = certificate.content.as_deref() else { return Vec::new() };
    let name = |key: &CertificateKey, item: u32| format!("{key} {item}");
    // The original's own quantity is known where it came here too.
    let Some(proof) = original.and_then(|original| original.content.as_deref()) else { return Vec::new() };
    let whole = proof.items.first().and_then(crate::trade::OriginItem::measured);
    let mut account = crate::origin::QuantityAccount::open(whole, units);
    for other in others.iter().filter(|other| other.id != certificate.id && !other.is_taken_back()) {
        let Some(said) = other.content.as_deref() else { continue };
        for item in
            said.items.iter().filter(|item| item.original.as_ref().is_some_and(|of| of.reference == proof.reference))
        {
            let Some(quantity) = item.measured() else { continue };
            if let Ok(Some(event)) = account.draw(&name(&other.key, item.number), quantity, units) {
                account.apply(&event);
            }
        }
    }
    let of = |original: &crate::trade::OriginalProof| (original.reference == proof.reference).then_some(&account);
    overdrawn_originals(content, &of, &|item| name(&certificate.key, item), units, embedded::agreement())
}
