//! Boxes 7 to 9 of one item.

use super::Checking;
use crate::law::{CheckId, Day, ThresholdId};
use crate::trade::{Criterion, CriterionPart, OriginFlag, OriginItem};

/// Digits of a subheading: rules of origin speak of these.
const SUBHEADING: u8 = 6;
/// Digits of a line of the ASEAN nomenclature.
const FULL: u8 = 8;

impl Checking<'_> {
    /// All that is asked of one item.
    pub(super) fn item(&mut self, item: &OriginItem) {
        self.invoicing(item);
        self.original(item);
        if item.hs.digits() < SUBHEADING {
            self.tell(self.new_finding(CheckId::HsTooShort).item(item.number).with("hs", item.hs.to_string()));
        } else if item.hs.digits() < FULL {
            self.tell(self.new_finding(CheckId::HsNotFull).item(item.number).with("hs", item.hs.to_string()));
        }
        // What box 8 says where nobody can read it is unknown, and so is what hangs on it.
        match Criterion::parse(&item.criterion) {
            Ok(criterion) => self.criterion(item, &criterion),
            Err(_) => {
                let finding = self.new_finding(CheckId::CriterionUnreadable).item(item.number);
                self.tell(finding.with("criterion", item.criterion.trim()));
            }
        }
    }

    fn criterion(&mut self, item: &OriginItem, criterion: &Criterion) {
        let agreement = self.agreement;
        let told = |check| super::OriginFinding::new(agreement, check).item(item.number);
        let known = |list: &[String], part: &CriterionPart| list.iter().any(|kind| kind == part.kind());
        if criterion.unusual {
            let finding = told(CheckId::CriterionUnusual).with("criterion", item.criterion.trim());
            self.tell(finding.with("expected", criterion.to_string()));
        }
        for part in criterion.parts.iter().filter(|part| !known(&agreement.criteria, part)) {
            self.tell(told(CheckId::CriterionNotAllowed).with("criterion", part.kind()));
        }
        self.value_content(item, criterion);
        self.partial(item, criterion);
        let asks_value = criterion.parts.iter().any(|part| known(&agreement.fob.criteria, part));
        self.value(item, criterion, asks_value);
    }

    /// Where the content stands alone it must reach the threshold; beside another ground the rule of
    /// the product says how much it must be, and that rule is not known.
    fn value_content(&mut self, item: &OriginItem, criterion: &Criterion) {
        let agreement = self.agreement;
        let min = agreement.threshold(ThresholdId::ValueContentMin).percent;
        let low = criterion.value_content().filter(|percent| *percent < min);
        let general = |part: &CriterionPart| match part {
            CriterionPart::PartialCumulation(_) => true,
            part => agreement.general_criteria.iter().any(|kind| kind == part.kind()),
        };
        if let (Some(percent), [_]) = (low, criterion.parts.as_slice()) {
            let finding = self.new_finding(CheckId::ValueContentLow).item(item.number);
            self.tell(finding.with("percent", percent.to_string()).with("min", min.to_string()));
        } else if low.is_some() || !criterion.parts.iter().all(general) {
            let finding = self.new_finding(CheckId::ProductRuleNotChecked).item(item.number);
            self.tell(finding.with("criterion", criterion.to_string()).with("hs", item.hs.to_string()));
        }
    }

    /// Partial cumulation: within its range, and ticked (note 16, article 30(2)).
    fn partial(&mut self, item: &OriginItem, criterion: &Criterion) {
        let Some(percent) = criterion.partial_cumulation() else { return };
        let min = self.agreement.threshold(ThresholdId::PartialMin).percent;
        let below = self.agreement.threshold(ThresholdId::PartialBelow).percent;
        if percent < min || percent >= below {
            let finding = self.new_finding(CheckId::PartialRange).item(item.number);
            let finding = finding.with("percent", percent.to_string()).with("min", min.to_string());
            self.tell(finding.with("below", below.to_string()));
        }
        if !self.has(OriginFlag::PartialCumulation) {
            let finding = self.new_finding(CheckId::PartialNotTicked).item(item.number);
            self.tell(finding.with("criterion", criterion.to_string()));
        }
    }

    /// The value (FOB) stands in box 9 only where it must (note 10, OCP rule 25). A back-to-back
    /// certificate states that of the intermediate state (rule 11(1)(b)), which is never too much.
    fn value(&mut self, item: &OriginItem, criterion: &Criterion, asks_value: bool) {
        let certificate = self.certificate;
        let day = Day::of(certificate.issued());
        let states = self.agreement.states_ask_value(certificate.issuing_country, certificate.importing_country, day);
        let must = asks_value && states;
        if must && item.fob.is_none() {
            let finding = self.new_finding(CheckId::FobMissing).item(item.number);
            self.tell(finding.with("criterion", criterion.to_string()));
        } else if !must && item.fob.is_some() && !self.has(OriginFlag::BackToBack) {
            self.tell(self.new_finding(CheckId::FobNotNeeded).item(item.number));
        }
    }
}
