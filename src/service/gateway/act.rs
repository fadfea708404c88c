//! What is done about certificates: issued, taken back, doubted, answered for; each with the message
//! that tells the partner.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Gateway, Known, unsigned};
use crate::clearance::case::certificate::{Certificate, CertificateClock, CertificateSide, Command, Using};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};
use crate::embedded;
use crate::law::LimitId;
use crate::message::asean::envelope::ExchangeKind;
use crate::origin::reference_key;
use crate::service::desk::{ActError, Desk};
use crate::service::ids::new_id;
use crate::store::outbox::{self, Outgoing};
use crate::store::partners::{self, Heard, Receipt, Refusal};
use crate::store::project::quoted_certificate;
use crate::store::{StoreError, accounts, waiting};
use crate::trade::{
    CertificateKey, CertificateNotice, CountryCode, ItemNotice, Measured, NoticeKind, OriginCertificate,
};

/// What may be asked about a certificate.
#[derive(Debug, Clone, PartialEq)]
pub enum CertificateAct {
    /// The issuing side sends it again.
    Resend,
    /// The issuing side takes it back.
    Cancel {
        /// Why.
        reason: String,
        /// The number of the certificate that takes its place.
        replaced_by: Option<String>,
    },
    /// The receiving side has lost it.
    AskAgain {
        /// Why.
        reason: String,
    },
    /// Customs refuses the preference, for all items or some.
    Reject {
        /// Why.
        reason: String,
        /// The items; none: all of them.
        items: Vec<u32>,
    },
    /// Customs doubts it and asks the issuing side.
    AskVerification {
        /// Why.
        reason: String,
    },
    /// The issuing side answers a doubt.
    AnswerVerification {
        /// Whether it stands by the certificate.
        confirmed: bool,
        /// In words.
        reason: String,
    },
    /// The issuing side clarifies what customs has refused.
    Clarify {
        /// In words.
        reason: String,
    },
}

impl CertificateAct {
    /// Whether it is the issuing side's to do.
    pub fn is_of_issuer(&self) -> bool {
        matches!(self, Self::Resend | Self::Cancel { .. } | Self::AnswerVerification { .. } | Self::Clarify { .. })
    }

    /// What is said to the partner; none: the certificate itself goes.
    fn says(&self) -> Option<(NoticeKind, &str)> {
        Some(match self {
            Self::Resend => return None,
            Self::Cancel { reason, replaced_by: None } => (NoticeKind::Cancelled, reason),
            Self::Cancel { reason, replaced_by: Some(_) } => (NoticeKind::Replaced, reason),
            Self::AskAgain { reason } => (NoticeKind::RetransmissionRequested, reason),
            Self::Reject { reason, .. } => (NoticeKind::Rejected, reason),
            Self::AskVerification { reason } => (NoticeKind::VerificationRequested, reason),
            Self::AnswerVerification { confirmed: true, reason } => (NoticeKind::Confirmed, reason),
            Self::AnswerVerification { confirmed: false, reason } => (NoticeKind::NotConfirmed, reason),
            Self::Clarify { reason } => (NoticeKind::Clarified, reason),
        })
    }
}

impl Gateway {
    /// A notice of this side about a certificate.
    pub fn says(&self, kind: NoticeKind, certificate: &OriginCertificate, now: Timestamp) -> CertificateNotice {
        let own = certificate.issuing_country == self.country;
        let to = if own { certificate.importing_country } else { certificate.issuing_country };
        CertificateNotice {
            id: new_id(now).simple().to_string(),
            date: TimeZone::UTC.to_datetime(now).date(),
            from: self.country,
            to,
            kind,
            about: certificate.key(),
            issued: Some(certificate.issued()),
            reason: None,
            effective: None,
            replaced_by: None,
            declaration: None,
            items: Vec::new(),
        }
    }
}

impl Desk<'_> {
    /// Issues a certificate and sends it to the partner of the country that the goods go to, where
    /// there is one.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn issue_certificate(
        &mut self,
        certificate: OriginCertificate,
        (agency, holder, dossier): (Option<String>, Option<String>, Option<CaseId>),
        by: &Author,
    ) -> Result<CaseId, ActError> {
        let gateway = self.gateway()?;
        if certificate.issuing_country != gateway.country {
            let message = format!(
                "certificates of {} are issued there; this is {}",
                certificate.issuing_country, gateway.country
            );
            return Err(Refused::because(RefusedReason::Invalid, message).into());
        }
        let key = certificate.key();
        let valid_until = Some(valid_until(&certificate));
        let command =
            Command::Issue { certificate: Box::new(certificate.clone()), agency, holder, dossier, valid_until };
        let (case, _) = self.certificate_command(&key, &command, by).await?;
        self.send_certificate(case, &certificate, by).await?;
        Ok(case)
    }

    /// Does what is asked about a certificate, and tells the partner.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn certificate_act(&mut self, case: CaseId, act: &CertificateAct, by: &Author) -> Result<(), ActError> {
        let known = self.certificate(case).await?.cloned();
        let known = known.ok_or_else(|| Refused::because(RefusedReason::Unknown, "there is no such certificate"))?;
        let issuing = known.side == CertificateSide::Issuing;
        if act.is_of_issuer() != issuing {
            let whose = if issuing { "the importing" } else { "the issuing" };
            return Err(Refused::because(RefusedReason::Forbidden, format!("that is {whose} side's to do")).into());
        }
        let Some(content) = known.content.clone() else {
            return self.act_on_expected(&known, act, by).await;
        };
        let Some((kind, reason)) = act.says() else {
            return self.send_certificate(case, &content, by).await;
        };
        may_be_asked(&known, kind)?;
        let gateway = self.gateway()?;
        let mut notice = gateway.says(kind, &content, self.now);
        notice.reason = Some(reason.to_owned()).filter(|reason| !reason.trim().is_empty());
        if let CertificateAct::AskVerification { .. } = act {
            let limit = embedded::agreement().limit(LimitId::VerificationReply);
            notice.effective = Some(limit.after(notice.date));
        }
        if let CertificateAct::Cancel { replaced_by, .. } = act {
            notice.replaced_by.clone_from(replaced_by);
        }
        if let CertificateAct::Reject { items, .. } = act {
            for number in items {
                if content.item(*number).is_none() {
                    let message = format!("the certificate has no item {number}");
                    return Err(Refused::because(RefusedReason::Unknown, message).into());
                }
                let outcome = NoticeKind::Rejected;
                notice.items.push(ItemNotice { number: *number, outcome, quantity: None, reason: None });
            }
        }
        self.tell_partner(case, notice, by).await?;
        self.certificate_changed(case).await
    }

    /// Of a certificate that has not come only its retransmission can be asked for.
    async fn act_on_expected(
        &mut self,
        known: &Certificate,
        act: &CertificateAct,
        by: &Author,
    ) -> Result<(), ActError> {
        let CertificateAct::AskAgain { reason } = act else {
            let allowed = vec!["ask_again".to_owned()];
            return Err(Refused::not_now("the certificate has not come yet", allowed).into());
        };
        let gateway = self.gateway()?;
        let notice = CertificateNotice {
            id: new_id(self.now).simple().to_string(),
            date: TimeZone::UTC.to_datetime(self.now).date(),
            from: gateway.country,
            to: known.key.country,
            kind: NoticeKind::RetransmissionRequested,
            about: known.key.clone(),
            issued: None,
            reason: Some(reason.clone()),
            effective: None,
            replaced_by: None,
            declaration: None,
            items: Vec::new(),
        };
        self.tell_partner(known.id, notice, by).await
    }

    /// Tells the partner something about a certificate.
    ///
    /// # Errors
    /// [`ActError`], also where no partner is entered for the country.
    pub async fn tell_partner(&mut self, case: CaseId, notice: CertificateNotice, by: &Author) -> Result<(), ActError> {
        let gateway = self.gateway()?;
        let partner = self.partner_of(notice.to).await?.ok_or_else(|| no_partner(notice.to.as_str()))?;
        let kind = ExchangeKind::of_notice(notice.kind);
        if !partner.partner.documents.iter().any(|name| name == kind.as_str()) {
            let message = format!("`{}` is not agreed to be exchanged with {}", kind.as_str(), notice.to);
            return Err(Refused::because(RefusedReason::Forbidden, message).into());
        }
        let outgoing = gateway.notice(&partner.partner, &notice, self.now).map_err(|error| unsigned(&error))?;
        let about = notice.about.clone();
        self.send_about(case, &about, outgoing, Some(notice), by).await
    }

    async fn send_certificate(
        &mut self,
        case: CaseId,
        content: &OriginCertificate,
        by: &Author,
    ) -> Result<(), ActError> {
        let gateway = self.gateway()?;
        let Some(partner) = self.partner_of(content.importing_country).await? else {
            // It is sent when the partner is entered and somebody asks.
            return Ok(());
        };
        let outgoing = gateway.certificate(&partner.partner, content, self.now).map_err(|error| unsigned(&error))?;
        self.send_about(case, &content.key(), outgoing, None, by).await
    }

    /// A declaration has used a certificate of a partner, or gives back what it has used: customs'
    /// response says so (rule 30, paragraph 2).
    ///
    /// # Errors
    /// [`ActError`], also where there is not so much left.
    pub async fn use_certificate(
        &mut self,
        key: &CertificateKey,
        using: Using,
        declaration: Option<String>,
        by: &Author,
    ) -> Result<(), ActError> {
        let (case, count) = self.certificate_command(key, &Command::Use(using), by).await?;
        let Some(known) = self.certificate(case).await?.filter(|_| count > 0).cloned() else { return Ok(()) };
        let Some(content) = &known.content else { return Ok(()) };
        let Ok(gateway) = self.gateway() else { return Ok(()) };
        let kind = if known.is_used_up() { NoticeKind::Used } else { NoticeKind::PartlyUsed };
        let mut notice = gateway.says(kind, content, self.now);
        notice.declaration = declaration;
        for item in &content.items {
            let amount = known.used_of(item.number);
            let unit = item.measured().and_then(|measured| measured.unit);
            let outcome = match item.measured() {
                Some(whole) if amount < whole.amount => NoticeKind::PartlyUsed,
                _ => NoticeKind::Used,
            };
            notice.items.push(ItemNotice {
                number: item.number,
                outcome,
                quantity: Some(Measured { amount, unit }),
                reason: None,
            });
        }
        // Where it is not agreed to tell, it counts here all the same.
        if !self.is_told(notice.to, kind).await? {
            return Ok(());
        }
        self.tell_partner(case, notice, by).await
    }

    /// Puts a message about a certificate on its way.
    ///
    /// # Errors
    /// [`ActError`]
    pub(super) async fn send_about(
        &mut self,
        case: CaseId,
        about: &CertificateKey,
        outgoing: Outgoing,
        notice: Option<CertificateNotice>,
        by: &Author,
    ) -> Result<(), ActError> {
        let command = Command::Send { message: outgoing.id.clone(), notice: notice.map(Box::new) };
        self.certificate_command(about, &command, by).await?;
        self.send(Outgoing { case: Some(case), ..outgoing });
        Ok(())
    }

    /// What follows from what a partner has sent.
    pub(super) async fn follow_notice(&mut self, case: CaseId, command: &Command) -> Result<(), ActError> {
        if let Command::Hear { notice, .. } = command
            && notice.kind == NoticeKind::RetransmissionRequested
        {
            let content = self.certificate(case).await?.and_then(|known| known.content.clone());
            if let Some(content) = content {
                self.send_certificate(case, &content, &Author::system()).await?;
            }
            return Ok(());
        }
        self.certificate_changed(case).await
    }

    /// Declarations that rest on a certificate are looked at again.
    async fn certificate_changed(&mut self, case: CaseId) -> Result<(), ActError> {
        let Some(known) = self.certificate(case).await? else { return Ok(()) };
        let mut cases: Vec<CaseId> = known.matched.keys().chain(known.used.keys()).copied().collect();
        let number = quoted_certificate(&reference_key(&known.key.reference));
        cases.extend(accounts::short_of(&mut self.link(), &number).await?);
        cases.sort_unstable();
        cases.dedup();
        let now = self.now;
        waiting::review(&mut self.link(), &cases, "evidence", now).await?;
        Ok(())
    }

    /// Receipts of a partner came: what they are for was delivered.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn receipts_came(&mut self, receipts: &[Receipt]) -> Result<(), StoreError> {
        partners::keep_receipts(&mut self.link(), receipts).await?;
        for receipt in receipts {
            let letter = outbox::by_id(&mut self.link(), &receipt.message).await?;
            let Some(case) = letter.and_then(|letter| letter.message.case) else { continue };
            let Some(key) = self.certificate(case).await?.map(|known| known.key.clone()) else { continue };
            let by = Author {
                role: crate::clearance::case::Role::Partner,
                organisation: Some(receipt.organisation.clone()),
                person: None,
            };
            let command = Command::Deliver { message: receipt.message.clone() };
            match self.certificate_command(&key, &command, &by).await {
                Ok(_) => {}
                Err(ActError::Store(error)) => return Err(error),
                Err(ActError::Refused(refused)) => {
                    tracing::warn!(case.id = %case, "a receipt for certificate {key} is not noted: {refused}");
                }
            }
        }
        Ok(())
    }

    /// A clock of a certificate rings: its time is over, or no answer has come in time.
    ///
    /// # Errors
    /// [`ActError`]
    pub(in crate::service) async fn certificate_rings(
        &mut self,
        case: CaseId,
        clock: CertificateClock,
    ) -> Result<(), ActError> {
        let by = Author::system();
        let Some(known) = self.certificate(case).await?.cloned() else { return Ok(()) };
        let command = match clock {
            CertificateClock::Validity => Command::Expire,
            CertificateClock::Answer => Command::ExpireVerification,
        };
        self.certificate_command(&known.key, &command, &by).await?;
        // A certificate that was never used has ended: the issuing side hears so.
        let unused = known.side == CertificateSide::Receiving && known.used.is_empty();
        if clock == CertificateClock::Validity
            && unused
            && let (Some(content), Ok(gateway)) = (&known.content, self.gateway())
            && self.is_told(content.issuing_country, NoticeKind::NotUsed).await?
        {
            let notice = gateway.says(NoticeKind::NotUsed, content, self.now);
            self.tell_partner(case, notice, &by).await?;
        }
        self.certificate_changed(case).await
    }

    /// Whether it was agreed with a partner that it is told so.
    async fn is_told(&mut self, country: CountryCode, kind: NoticeKind) -> Result<bool, ActError> {
        let told = ExchangeKind::of_notice(kind);
        let partner = self.partner_of(country).await?;
        Ok(partner.is_some_and(|partner| partner.partner.documents.iter().any(|name| name == told.as_str())))
    }

    /// The gateway, where this window has one.
    pub(super) fn gateway(&self) -> Result<Arc<Gateway>, ActError> {
        self.shared.gateway.clone().ok_or_else(|| {
            let message = "this window has no gateway: it has no key to sign with (`gateway.key`, `gateway.cert`)";
            Refused::because(RefusedReason::Invalid, message).into()
        })
    }

    async fn partner_of(&mut self, country: CountryCode) -> Result<Option<Arc<Known>>, ActError> {
        let gateway = self.gateway()?;
        let registry = gateway.registry(&self.shared.database).await?;
        if let Some(known) = registry.of_country(country) {
            return Ok(Some(Arc::clone(known)));
        }
        // It may have been entered since: whoever read while it was being entered has kept the old list.
        gateway.forget();
        let registry = gateway.registry(&self.shared.database).await?;
        Ok(registry.of_country(country).cloned())
    }

    /// What is counted of a partner in this transaction.
    pub(super) fn heard(&mut self, organisation: &str) -> &mut Heard {
        self.heard.entry(organisation.to_owned()).or_default()
    }

    /// Notes a message that was not taken.
    pub(super) fn refuse_message(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }

    /// Writes what was heard of partners.
    pub(in crate::service) async fn write_heard(&mut self) -> Result<(), StoreError> {
        let (heard, refusals, now) = (std::mem::take(&mut self.heard), std::mem::take(&mut self.refusals), self.now);
        let day = TimeZone::UTC.to_datetime(now).date();
        for (organisation, counts) in heard {
            partners::heard(&mut self.link(), (&organisation, day, now), counts).await?;
        }
        for refusal in refusals {
            partners::refused(&mut self.link(), refusal).await?;
        }
        Ok(())
    }
}

/// The last day on which a certificate may be presented (OCP rule 14).
pub(super) fn valid_until(certificate: &OriginCertificate) -> Date {
    embedded::agreement().limit(LimitId::Validity).after(certificate.issued())
}

/// Whether it makes sense to say so now.
fn may_be_asked(known: &Certificate, kind: NoticeKind) -> Result<(), ActError> {
    use crate::clearance::case::certificate::Verification;
    let answered = matches!(known.verification, Some(Verification::Asked(_)));
    let refused = match kind {
        NoticeKind::Confirmed | NoticeKind::NotConfirmed if !answered => Some("nobody has asked whether it holds"),
        NoticeKind::VerificationRequested if answered => Some("it was asked already, and no answer has come"),
        NoticeKind::Clarified if known.rejection().is_none() => Some("customs has not refused it"),
        NoticeKind::Rejected | NoticeKind::VerificationRequested if known.is_taken_back() => {
            Some("it was taken back by the issuing side")
        }
        _ => None,
    };
    match refused {
        Some(why) => Err(Refused::not_now(format!("certificate {}: {why}", known.key), Vec::new()).into()),
        None => Ok(()),
    }
}

fn no_partner(country: &str) -> ActError {
    let message = format!("no partner is entered for {country} (`motcua admin partner set`)");
    Refused::because(RefusedReason::Unknown, message).into()
}
