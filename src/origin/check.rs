//! A certificate by itself: the agreement, the printed overleaf rules (Annex 7), the OCP (Annex 8).

mod flags;
mod item;
mod time;

use jiff::civil::Date;

use super::finding::{OriginFinding, Value};
use crate::law::{Agreement, BoxName, CheckId, Day, RequiredBox};
use crate::trade::{CountryCode, OriginCertificate, OriginFlag, OriginItem, OriginParty};

/// How a certificate is presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation {
    /// The country whose customs is asked.
    pub country: CountryCode,
    /// The day on which it is presented (OCP rule 14(a)).
    pub day: Date,
    /// The day on which the goods were imported, where it is known (OCP rule 14(c)).
    pub imported: Option<Date>,
    /// Whether it is late because of what nobody could prevent (OCP rule 14(b)).
    pub force_majeure: ForceMajeure,
    /// The day on which a certified true copy was made, where it is known (OCP rule 12).
    pub copied: Option<Date>,
}

impl Presentation {
    /// Presented on a day, with nothing else known.
    pub fn on(day: Date, country: CountryCode) -> Self {
        Self { country, day, imported: None, force_majeure: ForceMajeure::NotStated, copied: None }
    }
}

/// Force majeure or another valid cause beyond the exporter's control (OCP rule 14(b)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForceMajeure {
    /// Nobody says so.
    #[default]
    NotStated,
    /// It is claimed, and customs has not settled it.
    Claimed,
    /// Customs accepts it.
    Accepted,
}

/// What the checks of one certificate share.
struct Checking<'a> {
    certificate: &'a OriginCertificate,
    presentation: &'a Presentation,
    agreement: &'a Agreement,
    found: Vec<OriginFinding>,
}

impl Checking<'_> {
    fn new_finding(&self, check: CheckId) -> OriginFinding {
        OriginFinding::new(self.agreement, check)
    }

    fn tell(&mut self, finding: OriginFinding) {
        self.found.push(finding);
    }

    /// Whether a country is bound on the day of issue.
    fn is_member(&self, country: CountryCode) -> bool {
        self.agreement.is_member(country, Day::of(self.certificate.issued()))
    }

    fn has(&self, flag: OriginFlag) -> bool {
        self.certificate.flags.has(flag)
    }
}

/// Checks a certificate. Findings about all of it come first, then those of each item in the order of
/// its numbers; nothing found about one item says anything of another.
pub fn check(
    certificate: &OriginCertificate,
    presentation: &Presentation,
    agreement: &Agreement,
) -> Vec<OriginFinding> {
    let mut checking = Checking { certificate, presentation, agreement, found: Vec::new() };
    checking.parties();
    checking.times();
    checking.flags();
    for required in &agreement.boxes {
        checking.required(required);
    }
    for item in &certificate.items {
        checking.item(item);
    }
    let mut found = checking.found;
    found.sort_by_key(|finding| (finding.item, finding.check));
    found
}

impl Checking<'_> {
    /// The form, the countries and the items' numbers.
    fn parties(&mut self) {
        let certificate = self.certificate;
        if certificate.form != self.agreement.form {
            let finding = self.new_finding(CheckId::FormOther);
            self.tell(finding.with("form", &*certificate.form).with("expected", &*self.agreement.form));
        }
        let (issuer, producer) = (certificate.issuing_country, certificate.production_country);
        if !self.is_member(issuer) {
            self.tell(self.new_finding(CheckId::IssuerNotMember).with("country", issuer.as_str()));
        }
        if !self.is_member(producer) {
            self.tell(self.new_finding(CheckId::ProducerNotMember).with("country", producer.as_str()));
        } else if producer != issuer && !self.has(OriginFlag::BackToBack) {
            let finding = self.new_finding(CheckId::ProducedElsewhere);
            self.tell(finding.with("country", producer.as_str()).with("issuer", issuer.as_str()));
        }
        let (importing, ours) = (certificate.importing_country, self.presentation.country);
        if importing != ours {
            let finding = self.new_finding(CheckId::ImportedElsewhere);
            self.tell(finding.with("country", importing.as_str()).with("expected", ours.as_str()));
        }
        if certificate.items.is_empty() {
            self.tell(self.new_finding(CheckId::NoItems));
        }
        let mut numbers: Vec<u32> = certificate.items.iter().map(|item| item.number).collect();
        numbers.sort_unstable();
        let mut twice: Vec<u32> = numbers.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        twice.dedup();
        for number in twice {
            self.tell(self.new_finding(CheckId::ItemTwice).item(number).with("item", number.to_string()));
        }
    }

    /// A box that must be filled, on the certificate or on each of its items.
    fn required(&mut self, required: &RequiredBox) {
        let certificate = self.certificate;
        let filled = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
        let named = |party: &OriginParty| filled(party.name.as_ref());
        let whole = match required.name {
            BoxName::Reference => Some(!certificate.reference.trim().is_empty()),
            BoxName::Exporter => Some(named(&certificate.exporter)),
            BoxName::Consignee => Some(named(&certificate.consignee)),
            BoxName::DeclaredPlace => Some(filled(certificate.declared.place.as_ref())),
            BoxName::DeclaredSignatory => Some(filled(certificate.declared.signatory.as_ref())),
            BoxName::CertifiedPlace => Some(filled(certificate.certified.place.as_ref())),
            BoxName::CertifiedAuthority => Some(filled(certificate.certified.authority.as_ref())),
            _ => None,
        };
        match whole {
            Some(true) => {}
            Some(false) => {
                let finding = self.empty(required, None);
                self.tell(finding);
            }
            None => {
                for item in &certificate.items {
                    if !item_has(item, required.name) {
                        let finding = self.empty(required, Some(item.number));
                        self.tell(finding);
                    }
                }
            }
        }
    }

    fn empty(&self, required: &RequiredBox, item: Option<u32>) -> OriginFinding {
        let element = Value::Both { vi: required.vi.clone(), en: required.en.clone() };
        let finding = self.new_finding(required.check).with("box", &*required.printed).with("element", element);
        OriginFinding { item, cites: required.cites.clone(), ..finding }
    }
}

/// Whether an item's box is filled.
fn item_has(item: &OriginItem, name: BoxName) -> bool {
    match name {
        BoxName::Packages => item.packages.is_some(),
        BoxName::Description => !item.description.trim().is_empty(),
        BoxName::Quantity => item.measured().is_some(),
        BoxName::InvoiceNumber => item.invoice.as_ref().is_some_and(|invoice| !invoice.number.trim().is_empty()),
        BoxName::InvoiceDate => item.invoice.as_ref().is_some_and(|invoice| invoice.date.is_some()),
        BoxName::Reference
        | BoxName::Exporter
        | BoxName::Consignee
        | BoxName::DeclaredPlace
        | BoxName::DeclaredSignatory
        | BoxName::CertifiedPlace
        | BoxName::CertifiedAuthority => true,
    }
}
