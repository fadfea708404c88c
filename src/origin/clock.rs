//! The limits in time of one certificate.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::{Agreement, LimitId};
use crate::trade::OriginCertificate;

/// What happened to a certificate, by day; absent: it has not happened, or nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CertificateDates {
    /// It was received by customs.
    pub received: Option<Date>,
    /// Customs told the issuing side that the preference is refused.
    pub rejection_sent: Option<Date>,
    /// Customs asked for a retroactive check.
    pub check_asked: Option<Date>,
    /// The issuing side received that request.
    pub check_received: Option<Date>,
    /// The issuing side answered it.
    pub check_answered: Option<Date>,
    /// Customs told the issuing side what came of it.
    pub check_ended: Option<Date>,
    /// Customs gave notice of a verification visit.
    pub visit_asked: Option<Date>,
    /// The exporter consented to it.
    pub visit_consented: Option<Date>,
    /// The visit took place.
    pub visited: Option<Date>,
    /// Its findings were sent.
    pub visit_reported: Option<Date>,
    /// They were commented on.
    pub visit_commented: Option<Date>,
    /// Customs told what came of it.
    pub visit_ended: Option<Date>,
}

/// A limit of one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Which limit.
    pub limit: LimitId,
    /// From which day it counts.
    pub from: Date,
    /// Its last day.
    pub due: Date,
    /// The day on which what it waits for was done; absent: it is not done, or nothing has to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Date>,
    /// The rule that sets it.
    pub cites: String,
}

impl Clock {
    /// Whether it has run out on a day without what it waits for, or ran out before that was done.
    pub fn is_overdue(&self, day: Date) -> bool {
        self.done.unwrap_or(day) > self.due
    }
}

/// The clocks of a certificate, in the order of [`LimitId`]. Those whose beginning is not known are
/// left out.
pub fn clocks(certificate: &OriginCertificate, dates: &CertificateDates, agreement: &Agreement) -> Vec<Clock> {
    let issued = Some(certificate.issued());
    let departure = certificate.carriage.departure;
    // Where nobody knows when the request arrived, the whole time is the only clock.
    let begun: [(LimitId, Option<Date>, Option<Date>); 10] = [
        (LimitId::Retroactive, departure, issued),
        (LimitId::Validity, issued, None),
        (LimitId::RejectionNotice, dates.received, dates.rejection_sent),
        (LimitId::VerificationReply, dates.check_received, dates.check_answered),
        (LimitId::VerificationWhole, dates.check_asked, dates.check_ended),
        (LimitId::VisitConsent, dates.visit_asked, dates.visit_consented),
        (LimitId::Visit, dates.visit_consented, dates.visited),
        (LimitId::VisitComments, dates.visit_reported, dates.visit_commented),
        (LimitId::VisitWhole, dates.visit_asked, dates.visit_ended),
        (LimitId::Records, issued, None),
    ];
    begun
        .into_iter()
        .filter_map(|(id, from, done)| {
            let limit = agreement.limit(id);
            from.map(|from| Clock { limit: id, from, due: limit.after(from), done, cites: limit.cites.clone() })
        })
        .collect()
}
