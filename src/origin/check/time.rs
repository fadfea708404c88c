//! When it was issued, for how long it holds.

use super::{Checking, ForceMajeure};
use crate::law::{CheckId, LimitId};
use crate::trade::OriginFlag;

impl Checking<'_> {
    /// Issue against shipment, true copies, validity.
    pub(super) fn times(&mut self) {
        let (issued, day) = (self.certificate.issued(), self.presentation.day);
        if issued > day {
            self.tell(self.new_finding(CheckId::IssuedInFuture).with("issued", issued).with("day", day));
        }
        let declared = self.certificate.declared.date;
        if declared > issued {
            let finding = self.new_finding(CheckId::DeclaredAfterIssue);
            self.tell(finding.with("declared", declared).with("issued", issued));
        }
        self.against_shipment();
        if self.certificate.certified_true_copy {
            self.true_copy();
        }
        self.validity();
    }

    /// Issued by the time of shipment or within three days, else retroactively and so marked, for a
    /// year at most (OCP rule 10).
    fn against_shipment(&mut self) {
        let Some(departure) = self.certificate.carriage.departure else {
            self.tell(self.new_finding(CheckId::DepartureUnknown));
            return;
        };
        let issued = self.certificate.issued();
        let (soon, late) = (self.agreement.limit(LimitId::Issue), self.agreement.limit(LimitId::Retroactive));
        let ticked = self.has(OriginFlag::IssuedRetroactively);
        let retroactive = issued > soon.after(departure);
        let told = |check, limit| {
            let finding = self.new_finding(check).with("issued", issued).with("departure", departure);
            finding.with("limit", limit)
        };
        let mut found = Vec::new();
        if issued > late.after(departure) {
            found.push(told(CheckId::RetroactiveTooLate, late));
        }
        if retroactive && !ticked {
            found.push(told(CheckId::RetroactiveNotTicked, soon));
        } else if ticked && !retroactive {
            found.push(told(CheckId::RetroactiveWithoutNeed, soon));
        }
        self.found.extend(found);
    }

    /// A true copy bears the original's day of issue, and is made within a year of it (OCP rule 12).
    fn true_copy(&mut self) {
        let issued = self.certificate.issued();
        let limit = self.agreement.limit(LimitId::TrueCopy);
        let last = limit.after(issued);
        match self.presentation.copied {
            Some(copied) if copied > last => {
                let finding = self.new_finding(CheckId::CopyTooLate).with("copied", copied).with("issued", issued);
                self.tell(finding.with("limit", limit));
            }
            // It was made before it was presented.
            None if self.presentation.day > last => {
                let finding = self.new_finding(CheckId::CopyDayUnknown).with("issued", issued);
                self.tell(finding.with("limit", limit));
            }
            _ => {}
        }
    }

    /// Twelve months from issue; later only for force majeure, or where the goods were imported
    /// before (OCP rule 14).
    fn validity(&mut self) {
        let (issued, day) = (self.certificate.issued(), self.presentation.day);
        let end = self.agreement.limit(LimitId::Validity).after(issued);
        if day <= end {
            return;
        }
        let told = |check| self.new_finding(check).with("end", end);
        let finding = match (self.presentation.imported, self.presentation.force_majeure) {
            (Some(imported), _) if imported <= end => told(CheckId::LateImportedBefore).with("imported", imported),
            (_, ForceMajeure::Accepted) => told(CheckId::LateAccepted).with("day", day),
            (_, ForceMajeure::Claimed) => told(CheckId::LateClaimed).with("day", day),
            (_, ForceMajeure::NotStated) => told(CheckId::Expired).with("issued", issued).with("day", day),
        };
        self.tell(finding);
    }
}
