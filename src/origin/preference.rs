//! The preference of each line of a declaration: granted, refused, to be verified, and why.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::assign::{Described, Served, assign, key_of};
use super::check::{Presentation, check};
use super::compare;
use super::finding::OriginFinding;
use super::ledger::CertificateLedger;
use super::measure::in_base;
use super::quote::{Claim, Claims};
use super::rates::LineRates;
use super::words::reference_key;
use crate::law::{Agreement, CheckId, Day, Effect};
use crate::trade::{
    CertificateKey, Declaration, Direction, GoodsItem, HsCode, Measured, OriginCertificate, Priced, UnitConversions,
};

/// What is asked about a declaration.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The rules of origin.
    pub agreement: &'a Agreement,
    /// The declaration.
    pub declaration: &'a Declaration<'a>,
    /// How the certificates are presented.
    pub presentation: &'a Presentation,
    /// What the declaration says of certificates.
    pub claims: &'a Claims,
    /// The certificates that it quotes and that are known.
    pub known: &'a [Known<'a>],
    /// The value (FOB) of the consignment, where it is known better than from the invoice total.
    pub consignment_value: Option<Priced>,
    /// What units are worth in each other.
    pub units: &'a UnitConversions,
    /// The rates of a code, on the day: [`LineRates::of`] its line of the tariff.
    pub rates: &'a dyn Fn(HsCode) -> LineRates,
}

impl std::fmt::Debug for Asking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").field("claims", self.claims).field("known", &self.known.len()).finish_non_exhaustive()
    }
}

/// A certificate with all that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The certificate.
    pub certificate: &'a OriginCertificate,
    /// What has become of it.
    pub standing: &'a Standing,
    /// Items that customs has rejected.
    pub rejected_items: &'a [u32],
    /// What earlier declarations have used, and not this one; absent: nothing.
    pub ledger: Option<&'a CertificateLedger>,
    /// What else is held against it (an original proof that is used up).
    pub further: &'a [OriginFinding],
}

impl<'a> Known<'a> {
    /// A certificate against which nothing is known and that nobody has used.
    pub fn fresh(certificate: &'a OriginCertificate) -> Self {
        Self { certificate, standing: &Standing::Valid, rejected_items: &[], ledger: None, further: &[] }
    }
}

/// What has become of a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Standing {
    /// Nothing.
    #[default]
    Valid,
    /// The issuing side has taken it back (OCP rule 29(4)).
    Cancelled,
    /// The issuing side has issued another in its place (OCP rule 29(4)).
    Replaced {
        /// Its number.
        by: String,
    },
    /// Customs has rejected all of it (OCP rules 13 and 30(3)).
    Rejected,
    /// A retroactive check is under way (OCP rule 18).
    UnderVerification,
    /// The issuing side does not confirm it.
    NotConfirmed,
}

impl Standing {
    /// The issuing side no longer stands by it and has said so of its own accord.
    pub(super) fn is_ended(&self) -> bool {
        matches!(self, Self::Cancelled | Self::Replaced { .. })
    }

    fn finding(&self, agreement: &Agreement) -> Option<OriginFinding> {
        let told = |check| Some(OriginFinding::new(agreement, check));
        match self {
            Self::Valid => None,
            Self::Cancelled => told(CheckId::Cancelled),
            Self::Replaced { by } => told(CheckId::Replaced).map(|finding| finding.with("by", by.as_str())),
            Self::Rejected => told(CheckId::Rejected),
            Self::UnderVerification => told(CheckId::UnderVerification),
            Self::NotConfirmed => told(CheckId::NotConfirmed),
        }
    }
}

/// What becomes of the preference of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is given.
    Granted,
    /// The consignment is small enough to need no proof (OCP rule 15).
    Waived,
    /// It waits for what would settle it.
    NeedsVerification,
    /// The certificate that is quoted, or announced, has not been received.
    Awaited,
    /// It is not given, for a reason.
    Refused,
    /// Nobody asks for it.
    NotClaimed,
}

impl Outcome {
    /// Its name, as answers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Waived => "waived",
            Self::NeedsVerification => "needs_verification",
            Self::Awaited => "awaited",
            Self::Refused => "refused",
            Self::NotClaimed => "not_claimed",
        }
    }
}

/// The preference of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePreference {
    /// The line's number.
    pub line: u32,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The items that are these goods, with what the line takes of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemUse>,
    /// Why, and what is worth knowing beside it; the weightiest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<OriginFinding>,
    /// The rates of the line, as printed.
    pub rates: LineRates,
}

/// What a line takes of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemUse {
    /// Which certificate.
    pub certificate: CertificateKey,
    /// Which item.
    pub item: u32,
    /// How much, in the base unit of the item's; absent: nobody can say, or nothing is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Measured>,
}

/// What is to be written off an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utilisation {
    /// The line.
    pub line: u32,
    /// Which certificate.
    pub certificate: CertificateKey,
    /// Which item.
    pub item: u32,
    /// How much, in the base unit of the item's.
    pub quantity: Measured,
}

/// What the lines whose preference is granted use up.
pub fn utilisation(preferences: &[LinePreference]) -> Vec<Utilisation> {
    uses(preferences, Outcome::Granted)
}

/// What must be kept for lines whose preference has to be verified.
pub fn reservations(preferences: &[LinePreference]) -> Vec<Utilisation> {
    uses(preferences, Outcome::NeedsVerification)
}

fn uses(preferences: &[LinePreference], outcome: Outcome) -> Vec<Utilisation> {
    let lines = preferences.iter().filter(|line| line.outcome == outcome);
    lines
        .flat_map(|line| {
            line.items.iter().filter_map(|item| {
                let certificate = item.certificate.clone();
                Some(Utilisation { line: line.line, certificate, item: item.item, quantity: item.quantity? })
            })
        })
        .collect()
}

/// The preference of each line, in the order of the declaration.
pub fn preference(asking: &Asking<'_>) -> Vec<LinePreference> {
    let quoted = Quoted::new(asking);
    let usable: Vec<Vec<usize>> = asking.declaration.items.iter().map(|line| quoted.usable(line)).collect();
    let described = Described::new(asking);
    let served = assign(asking, &usable, &described);
    let mut judged = Judged::new();
    for share in served.iter().flat_map(|served| &served.shares) {
        judged.entry(share.known).or_insert_with(|| asking.judge(&asking.known[share.known]));
    }
    let lines = served.iter().zip(&usable).enumerate();
    lines.map(|(at, (served, usable))| asking.line(at, served, usable, (&judged, &described, &quoted))).collect()
}

/// What a declaration quotes, with the positions of the certificates that are known under the number.
struct Quoted<'a>(Vec<(&'a Claim, Vec<usize>)>);

impl<'a> Quoted<'a> {
    fn new(asking: &Asking<'a>) -> Self {
        let keys: Vec<String> = asking.known.iter().map(|known| reference_key(&known.certificate.reference)).collect();
        let of_claim = |claim: &'a Claim| {
            let key = reference_key(&claim.reference);
            (claim, keys.iter().enumerate().filter(|(_, own)| **own == key).map(|(at, _)| at).collect())
        };
        Self(asking.claims.quoted.iter().map(of_claim).collect())
    }

    /// What holds for a line.
    fn of_line(&self, line: &GoodsItem<'_>) -> impl Iterator<Item = (&'a Claim, &[usize])> {
        let number = line.number;
        let holds = move |claim: &Claim| claim.line.is_none_or(|line| line == number);
        self.0.iter().filter(move |(claim, _)| holds(claim)).map(|(claim, known)| (*claim, known.as_slice()))
    }

    /// The certificates that are quoted for a line and known.
    fn usable(&self, line: &GoodsItem<'_>) -> Vec<usize> {
        let mut usable: Vec<usize> = self.of_line(line).flat_map(|(_, known)| known.iter().copied()).collect();
        usable.sort_unstable();
        usable.dedup();
        usable
    }
}

/// What is found about each certificate by itself, by its position among those known.
type Judged = BTreeMap<usize, Vec<OriginFinding>>;

impl Asking<'_> {
    /// The numbers of the invoices that the declaration states for a line.
    pub(super) fn invoices<'l>(&'l self, line: &'l GoodsItem<'_>) -> impl Iterator<Item = &'l str> {
        let codes = self.agreement.quoting(self.declaration.format.family()).map(|quoting| &quoting.invoice_codes);
        let documents = line.documents.iter().chain(&self.declaration.documents);
        documents
            .filter(move |document| codes.is_some_and(|codes| codes.iter().any(|code| *code == document.code)))
            .map(|document| document.number.as_ref())
            .filter(|number| !number.trim().is_empty())
    }

    /// All that is found about a certificate and does not depend on the line.
    fn judge(&self, known: &Known<'_>) -> Vec<OriginFinding> {
        let mut found = check(known.certificate, self.presentation, self.agreement);
        found.extend(known.standing.finding(self.agreement));
        let rejected = known.rejected_items.iter();
        found.extend(rejected.map(|item| OriginFinding::new(self.agreement, CheckId::ItemRejected).item(*item)));
        found.extend(known.further.iter().cloned());
        found.extend(compare::whole(self, known.certificate));
        found
    }

    fn line(
        &self,
        at: usize,
        served: &Served,
        usable: &[usize],
        (judged, described, quoted): (&Judged, &Described, &Quoted<'_>),
    ) -> LinePreference {
        let line = &self.declaration.items[at];
        let rates = line.hs.map(|hs| (self.rates)(hs)).unwrap_or_default();
        let number = line.number;
        if served.shares.is_empty() {
            let (outcome, reasons) = self.without_item(line, usable, quoted);
            return LinePreference { line: number, outcome, items: Vec::new(), reasons, rates };
        }
        let mut reasons: Vec<OriginFinding> = Vec::new();
        let mut items = Vec::new();
        for share in &served.shares {
            let known = &self.known[share.known];
            let item = &known.certificate.items[share.item];
            let of_item = |finding: &&OriginFinding| finding.item.is_none_or(|number| number == item.number);
            let from = reasons.len();
            reasons.extend(judged.get(&share.known).into_iter().flatten().filter(of_item).cloned());
            for (claim, served_by) in quoted.of_line(line) {
                if served_by.len() > 1 && served_by.contains(&share.known) {
                    let finding = OriginFinding::new(self.agreement, CheckId::ReferenceAmbiguous);
                    let finding = finding.with("reference", claim.reference.as_str());
                    reasons.push(finding.with("count", served_by.len().to_string()));
                }
            }
            let unit = item.measured().and_then(|measured| in_base(measured, self.units).unit);
            let quantity = share.amount.map(|amount| Measured { amount, unit });
            reasons.extend(compare::line(self, at, share, described));
            let certificate = key_of(known);
            reasons[from..].iter_mut().for_each(|finding| finding.certificate = Some(certificate.clone()));
            items.push(ItemUse { certificate, item: item.number, quantity });
        }
        reasons.extend(served.short.map(|short| compare::shortage(self, &served.shares[0], short)));
        weightiest_first(&mut reasons);
        let outcome = match reasons.first().map_or(Effect::Note, |finding| finding.effect) {
            Effect::Note | Effect::Minor => Outcome::Granted,
            Effect::Verify => Outcome::NeedsVerification,
            Effect::Refuse => Outcome::Refused,
        };
        LinePreference { line: number, outcome, items, reasons, rates }
    }

    /// What becomes of a line that no item of a certificate serves.
    fn without_item(
        &self,
        line: &GoodsItem<'_>,
        usable: &[usize],
        quoted: &Quoted<'_>,
    ) -> (Outcome, Vec<OriginFinding>) {
        let agreement = self.agreement;
        let told = |check| OriginFinding::new(agreement, check);
        let day = Day::of(self.presentation.day);
        let of_member = line.origin.is_some_and(|origin| agreement.is_member(origin, day));
        if self.declaration.direction == Some(Direction::Export) {
            return (Outcome::NotClaimed, Vec::new());
        }
        // Goods that originate need no proof where the consignment is small (OCP rule 15).
        if let (true, Some(finding)) = (of_member && usable.is_empty(), self.waiver()) {
            return (Outcome::Waived, vec![finding]);
        }
        let own = |claim: &Claim| claim.line == Some(line.number);
        let unknown: Vec<&Claim> =
            quoted.of_line(line).filter(|(_, known)| known.is_empty()).map(|(claim, _)| claim).collect();
        // A certificate quoted for the whole declaration need not be for goods of other countries.
        let concerned = line.origin.is_none() || of_member || quoted.of_line(line).any(|(claim, _)| own(claim));
        if !concerned {
            return (Outcome::NotClaimed, Vec::new());
        }
        if !unknown.is_empty() {
            let reasons = unknown
                .iter()
                .map(|claim| told(CheckId::CertificateAwaited).with("reference", claim.reference.as_str()));
            return (Outcome::Awaited, reasons.collect());
        }
        if self.claims.late {
            return (Outcome::Awaited, vec![told(CheckId::CertificateLate)]);
        }
        if usable.is_empty() {
            return (Outcome::NotClaimed, Vec::new());
        }
        let references: Vec<&str> = usable.iter().map(|at| self.known[*at].certificate.reference.as_str()).collect();
        (Outcome::Refused, vec![told(CheckId::NoItemMatches).with("references", references.join(", "))])
    }

    /// Whether the consignment needs no proof; a value that is not known is not small.
    fn waiver(&self) -> Option<OriginFinding> {
        let waiver = &self.agreement.waiver;
        let invoice = self.declaration.invoice.map(|money| Priced { amount: money.amount, currency: money.currency });
        let value = self.consignment_value.or(invoice)?;
        let small =
            value.currency == Some(waiver.currency) && value.amount > Decimal::ZERO && value.amount <= waiver.value_max;
        small.then(|| {
            let words = |amount: Decimal| format!("{} {}", amount.normalize(), waiver.currency);
            let finding = OriginFinding::new(self.agreement, CheckId::Waived);
            finding.with("value", words(value.amount)).with("limit", words(waiver.value_max))
        })
    }
}

/// Each finding once, the weightiest first.
fn weightiest_first(reasons: &mut Vec<OriginFinding>) {
    let mut seen: Vec<OriginFinding> = Vec::with_capacity(reasons.len());
    for finding in reasons.drain(..) {
        if !seen.contains(&finding) {
            seen.push(finding);
        }
    }
    seen.sort_by(|a, b| b.effect.cmp(&a.effect).then(a.item.cmp(&b.item)).then(a.check.cmp(&b.check)));
    *reasons = seen;
}
