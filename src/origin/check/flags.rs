//! Box 13 against the boxes that each mark needs (Annex 7, overleaf notes 11 to 17).

use super::Checking;
use crate::law::{CheckId, LimitId};
use crate::trade::{Criterion, OriginFlag, OriginItem, OriginParty, OriginalProof};

impl Checking<'_> {
    /// The marks that concern the certificate as a whole.
    pub(super) fn flags(&mut self) {
        let certificate = self.certificate;
        let issuers = || certificate.items.iter().filter_map(|item| item.invoice.as_ref()?.issuer.as_ref());
        // Where some items name who invoices, the others are the exporter's own.
        if self.has(OriginFlag::ThirdCountryInvoicing) && issuers().next().is_none() {
            self.tell(self.new_finding(CheckId::ThirdCountryIssuerMissing));
        }
        self.exhibition();
        let criteria: Vec<Criterion> =
            certificate.items.iter().filter_map(|item| Criterion::parse(&item.criterion).ok()).collect();
        let all_read = criteria.len() == certificate.items.len() && !criteria.is_empty();
        if self.has(OriginFlag::Accumulation) && all_read && criteria.iter().all(Criterion::is_wholly_obtained) {
            self.tell(self.new_finding(CheckId::AccumulationNotNeeded));
        }
        if self.has(OriginFlag::DeMinimis) && all_read && !criteria.iter().any(Criterion::changes_classification) {
            self.tell(self.new_finding(CheckId::DeMinimisWithoutChange));
        }
        let partial = |criterion: &Criterion| criterion.partial_cumulation().is_some();
        if self.has(OriginFlag::PartialCumulation) && all_read && !criteria.iter().any(partial) {
            self.tell(self.new_finding(CheckId::PartialWithoutItem));
        }
    }

    /// The exhibition's name and address stand in box 2 (note 13, OCP rule 22).
    fn exhibition(&mut self) {
        let stated = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
        match (self.has(OriginFlag::Exhibition), &self.certificate.exhibition) {
            (true, Some(place)) if stated(place.name.as_ref()) && stated(place.address.as_ref()) => {}
            (true, _) => self.tell(self.new_finding(CheckId::ExhibitionMissing)),
            (false, Some(place)) => {
                let finding = self.new_finding(CheckId::ExhibitionNotTicked);
                self.tell(finding.with("name", party_words(place)));
            }
            (false, None) => {}
        }
    }

    /// Who invoices, on one item: name and country (note 11, OCP rule 23).
    pub(super) fn invoicing(&mut self, item: &OriginItem) {
        let Some(issuer) = item.invoice.as_ref().and_then(|invoice| invoice.issuer.as_ref()) else {
            return;
        };
        if !self.has(OriginFlag::ThirdCountryInvoicing) {
            let finding = self.new_finding(CheckId::ThirdCountryNotTicked).item(item.number);
            self.tell(finding.with("issuer", party_words(issuer)));
        }
        let named = issuer.name.as_ref().is_some_and(|name| !name.trim().is_empty());
        if !named || issuer.country.is_none() {
            self.tell(self.new_finding(CheckId::ThirdCountryIssuerIncomplete).item(item.number));
        }
    }

    /// The original proof of one item (note 12, OCP rule 11).
    pub(super) fn original(&mut self, item: &OriginItem) {
        let ticked = self.has(OriginFlag::BackToBack);
        let stated = item.original.as_ref().filter(|original| !original.reference.trim().is_empty());
        if ticked && stated.is_none_or(|original| original.date.is_none()) {
            self.tell(self.new_finding(CheckId::OriginalMissing).item(item.number));
        }
        let Some(original) = stated else { return };
        if !ticked {
            let finding = self.new_finding(CheckId::BackToBackNotTicked).item(item.number);
            self.tell(finding.with("original", &*original.reference));
        }
        self.original_country(item, original);
        let Some(date) = original.date else { return };
        let issued = self.certificate.issued();
        let validity = self.agreement.limit(LimitId::Validity);
        if date > issued {
            let finding = self.new_finding(CheckId::OriginalLater).item(item.number);
            self.tell(finding.with("date", date).with("issued", issued));
        } else if issued > validity.after(date) {
            let finding = self.new_finding(CheckId::OriginalExpired).item(item.number);
            self.tell(finding.with("date", date).with("issued", issued).with("limit", validity));
        }
    }

    /// The first country of export is another member than the intermediate one, which issued this.
    fn original_country(&mut self, item: &OriginItem, original: &OriginalProof) {
        let Some(country) = original.country else { return };
        let check = if country == self.certificate.issuing_country {
            CheckId::OriginalSameCountry
        } else if !self.is_member(country) {
            CheckId::OriginalNotMember
        } else {
            return;
        };
        self.tell(self.new_finding(check).item(item.number).with("country", country.as_str()));
    }
}

/// A party in a few words.
fn party_words(party: &OriginParty) -> String {
    let country = party.country.map(|country| country.to_string());
    let parts: Vec<&str> = [party.name.as_deref(), country.as_deref()].into_iter().flatten().collect();
    if parts.is_empty() { "?".to_owned() } else { parts.join(", ") }
}
