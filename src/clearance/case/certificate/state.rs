//! A certificate as its events have left it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::event::CertificateEvent;
use crate::clearance::case::{CaseId, Entry, Event};
use crate::trade::{CertificateKey, CertificateNotice, Measured, NoticeKind, OriginCertificate};

/// On which side of the border this window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateSide {
    /// It was issued here.
    Issuing,
    /// It was issued by a partner.
    Receiving,
}

impl CertificateSide {
    /// The word that rows and answers write: `out` or `in`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issuing => "out",
            Self::Receiving => "in",
        }
    }
}

/// Where a certificate stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateStatus {
    /// Something was said about it, and it has not come yet.
    Expected,
    /// Issued here, and not on its way.
    Issued,
    /// On its way to the partner.
    Sent,
    /// The partner's gateway has it.
    Received,
    /// The partner has read it and taken it in; or it was taken in here.
    Acknowledged,
    /// The partner cannot read it.
    Unreadable,
    /// A declaration is to use it.
    Matched,
    /// A part of it was used.
    PartlyUsed,
    /// It was used up.
    Used,
    /// It has ended without having been used up.
    Expired,
    /// Customs of the importing country has refused it.
    Rejected,
    /// It is doubted, and the issuing side was asked.
    VerificationAsked,
    /// The issuing side does not stand by it.
    NotConfirmed,
    /// The issuing side has not answered in time.
    VerificationExpired,
    /// Another took its place.
    Replaced,
    /// It was taken back.
    Cancelled,
}

impl CertificateStatus {
    /// The word that rows and answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Issued => "issued",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Acknowledged => "acknowledged",
            Self::Unreadable => "unreadable",
            Self::Matched => "matched",
            Self::PartlyUsed => "partly_used",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::VerificationAsked => "verification_asked",
            Self::NotConfirmed => "not_confirmed",
            Self::VerificationExpired => "verification_expired",
            Self::Replaced => "replaced",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A clock of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateClock {
    /// Until when it may be presented (rule 14).
    Validity,
    /// Until when a retroactive check has to be answered (rule 18).
    Answer,
}

impl CertificateClock {
    /// The word of its row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Validity => "certificate.validity",
            Self::Answer => "certificate.answer",
        }
    }

    /// A clock by its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Validity, Self::Answer].into_iter().find(|clock| clock.as_str() == word)
    }
}

/// Where a retroactive check stands (rule 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// It was asked for.
    Asked(Timestamp),
    /// The issuing side stands by it.
    Confirmed,
    /// The issuing side does not.
    NotConfirmed,
    /// No answer came in time.
    Expired,
}

/// A certificate's case.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// Its case.
    pub id: CaseId,
    /// The number of its last event.
    pub head: u64,
    /// Which it is.
    pub key: CertificateKey,
    /// Which side this is.
    pub side: CertificateSide,
    /// When its case began.
    pub opened: Timestamp,
    /// When something happened last.
    pub changed: Timestamp,
    /// What it says; none: it has not come yet.
    pub content: Option<Box<OriginCertificate>>,
    /// When it was issued here or came.
    pub since: Option<Timestamp>,
    /// The authority that issued it here.
    pub agency: Option<String>,
    /// Who holds it here: the exporter by tax code, where it was issued here.
    pub holder: Option<String>,
    /// The dossier in which it was applied for.
    pub dossier: Option<CaseId>,
    /// The message that brought it or was to bring it.
    pub message: Option<String>,
    /// Messages about it that are on their way, and those that were delivered.
    pub messages: BTreeMap<String, bool>,
    /// What either side has said about it, in the order in which it was said or came.
    pub notices: Vec<CertificateNotice>,
    /// What declarations are to use of it.
    pub matched: BTreeMap<CaseId, BTreeMap<u32, Measured>>,
    /// What declarations have used of it.
    pub used: BTreeMap<CaseId, BTreeMap<u32, Measured>>,
    /// The partner has taken it in.
    pub acknowledged: bool,
    /// The retroactive check.
    pub verification: Option<Verification>,
    /// The last day on which it may be presented.
    pub valid_until: Option<Date>,
    /// The last day for the answer to a retroactive check.
    pub answer_due: Option<Date>,
    /// Its time has run out.
    pub expired: bool,
    /// How often its number came with other content.
    pub conflicts: u64,
}

impl Certificate {
    /// The certificate that its first event makes.
    pub fn begin(entry: &Entry) -> Option<Self> {
        let Event::Certificate(event) = &entry.event else { return None };
        let (key, side) = match event {
            CertificateEvent::Issued { certificate, .. } => (certificate.key(), CertificateSide::Issuing),
            CertificateEvent::Received { certificate, .. } => (certificate.key(), CertificateSide::Receiving),
            CertificateEvent::Told { notice, about: Some(key), .. } => {
                let of_issuer = notice.from == key.country;
                (key.clone(), if of_issuer { CertificateSide::Receiving } else { CertificateSide::Issuing })
            }
            _ => return None,
        };
        let mut begun = Self {
            id: entry.case,
            head: 0,
            key,
            side,
            opened: entry.at,
            changed: entry.at,
            content: None,
            since: None,
            agency: None,
            holder: None,
            dossier: None,
            message: None,
            messages: BTreeMap::new(),
            notices: Vec::new(),
            matched: BTreeMap::new(),
            used: BTreeMap::new(),
            acknowledged: false,
            verification: None,
            valid_until: None,
            answer_due: None,
            expired: false,
            conflicts: 0,
        };
        begun.apply(entry);
        Some(begun)
    }

    /// Takes a further entry in.
    pub fn apply(&mut self, entry: &Entry) {
        let Event::Certificate(event) = &entry.event else { return };
        self.head = entry.number;
        self.changed = entry.at;
        match event {
            CertificateEvent::Issued { certificate, agency, holder, dossier, valid_until } => {
                self.valid_until = *valid_until;
                self.content = Some(certificate.clone());
                self.since = Some(entry.at);
                self.agency.clone_from(agency);
                self.holder.clone_from(holder);
                self.dossier = *dossier;
            }
            CertificateEvent::Received { certificate, message, valid_until } => {
                self.valid_until = *valid_until;
                self.content = Some(certificate.clone());
                self.since = Some(entry.at);
                self.message = Some(message.id.clone());
            }
            CertificateEvent::Sent { message, notice } => {
                self.messages.insert(message.clone(), false);
                match notice {
                    Some(notice) => self.heard(notice, entry.at),
                    None => self.message = Some(message.clone()),
                }
            }
            CertificateEvent::Delivered { message } => {
                self.messages.insert(message.clone(), true);
            }
            CertificateEvent::Told { notice, .. } => self.heard(notice, entry.at),
            CertificateEvent::Conflicted { .. } => self.conflicts += 1,
            CertificateEvent::Matched { declaration, items, holder } => {
                self.held_by(holder.as_ref());
                put(&mut self.matched, *declaration, items);
            }
            CertificateEvent::Used { declaration, items, holder } => {
                self.held_by(holder.as_ref());
                self.matched.remove(declaration);
                put(&mut self.used, *declaration, items);
            }
            CertificateEvent::Expired => self.expired = true,
            CertificateEvent::VerificationExpired => self.verification = Some(Verification::Expired),
        }
    }

    /// Who holds one that came is known by the first declaration that uses it.
    fn held_by(&mut self, holder: Option<&String>) {
        if self.holder.is_none() {
            self.holder = holder.cloned();
        }
    }

    fn heard(&mut self, notice: &CertificateNotice, at: Timestamp) {
        match notice.kind {
            NoticeKind::Acknowledged => self.acknowledged = true,
            NoticeKind::VerificationRequested => {
                self.verification = Some(Verification::Asked(at));
                self.answer_due = notice.effective;
            }
            NoticeKind::Confirmed => self.verification = Some(Verification::Confirmed),
            NoticeKind::NotConfirmed => self.verification = Some(Verification::NotConfirmed),
            _ => {}
        }
        self.notices.push(notice.clone());
    }

    /// The last notice of one of these kinds.
    pub fn last_of(&self, kinds: &[NoticeKind]) -> Option<&CertificateNotice> {
        self.notices.iter().rev().find(|notice| kinds.contains(&notice.kind))
    }

    /// Whether it was taken back, for another or for none.
    pub fn is_taken_back(&self) -> bool {
        self.last_of(&[NoticeKind::Cancelled, NoticeKind::Replaced]).is_some()
    }

    /// The certificate that took its place.
    pub fn replaced_by(&self) -> Option<&str> {
        self.last_of(&[NoticeKind::Replaced]).and_then(|notice| notice.replaced_by.as_deref())
    }

    /// The refusal of customs that stands: nothing was clarified or decided otherwise since.
    pub fn rejection(&self) -> Option<&CertificateNotice> {
        let of = [NoticeKind::Rejected, NoticeKind::Clarified, NoticeKind::Used, NoticeKind::PartlyUsed];
        self.last_of(&of).filter(|notice| notice.kind == NoticeKind::Rejected)
    }

    /// What declarations but one have drawn of an item, in the item's own unit.
    pub fn drawn(&self, item: u32, but: Option<CaseId>) -> Decimal {
        let of = |all: &BTreeMap<CaseId, BTreeMap<u32, Measured>>, other: Option<&BTreeMap<CaseId, _>>| {
            all.iter()
                .filter(|(case, _)| Some(**case) != but)
                // What was used by a declaration stands in the place of what it was matched with.
                .filter(|(case, _)| {
                    other.is_none_or(|other: &BTreeMap<CaseId, BTreeMap<u32, Measured>>| !other.contains_key(case))
                })
                .filter_map(|(_, items)| items.get(&item))
                .map(|measured| measured.amount)
                .sum::<Decimal>()
        };
        of(&self.used, None) + of(&self.matched, Some(&self.used))
    }

    /// What was used of an item: by declarations here, or as customs of the importing country says.
    pub fn used_of(&self, item: u32) -> Decimal {
        if self.side == CertificateSide::Issuing {
            let said = self.last_of(&[NoticeKind::Used, NoticeKind::PartlyUsed]);
            let of_item = said.and_then(|notice| notice.items.iter().find(|of| of.number == item));
            return of_item.and_then(|of| of.quantity).map(|used| used.amount).unwrap_or_default();
        }
        self.used.values().filter_map(|items| items.get(&item)).map(|used| used.amount).sum()
    }

    /// Whether every item that has a quantity is used up; none has: whether it was used at all.
    pub fn is_used_up(&self) -> bool {
        let Some(content) = &self.content else { return false };
        let mut any = false;
        for item in &content.items {
            if let Some(measured) = item.measured() {
                any = true;
                if self.used_of(item.number) < measured.amount {
                    return false;
                }
            }
        }
        any || !self.used.is_empty()
    }

    /// The clocks that run: what each is about, and its last day.
    pub fn clocks(&self) -> impl Iterator<Item = (CertificateClock, Date)> {
        let ended = self.content.is_none() || self.is_taken_back();
        let validity = self.valid_until.filter(|_| !ended && !self.expired && !self.is_used_up());
        let asked = matches!(self.verification, Some(Verification::Asked(_)));
        let answer = self.answer_due.filter(|_| !ended && asked);
        let validity = validity.map(|day| (CertificateClock::Validity, day));
        validity.into_iter().chain(answer.map(|day| (CertificateClock::Answer, day)))
    }

    /// Where it stands.
    pub fn status(&self) -> CertificateStatus {
        let told = |kind| self.last_of(&[kind]).is_some();
        if self.content.is_none() {
            return CertificateStatus::Expected;
        }
        if told(NoticeKind::Cancelled) {
            return CertificateStatus::Cancelled;
        }
        if told(NoticeKind::Replaced) {
            return CertificateStatus::Replaced;
        }
        match self.verification {
            Some(Verification::Asked(_)) => return CertificateStatus::VerificationAsked,
            Some(Verification::NotConfirmed) => return CertificateStatus::NotConfirmed,
            Some(Verification::Expired) => return CertificateStatus::VerificationExpired,
            Some(Verification::Confirmed) | None => {}
        }
        if self.rejection().is_some() {
            return CertificateStatus::Rejected;
        }
        match self.side {
            CertificateSide::Receiving => self.status_here(),
            CertificateSide::Issuing => self.status_there(),
        }
    }

    fn status_here(&self) -> CertificateStatus {
        if self.is_used_up() {
            CertificateStatus::Used
        } else if self.expired {
            CertificateStatus::Expired
        } else if !self.used.is_empty() {
            CertificateStatus::PartlyUsed
        } else if !self.matched.is_empty() {
            CertificateStatus::Matched
        } else {
            CertificateStatus::Acknowledged
        }
    }

    fn status_there(&self) -> CertificateStatus {
        let customs = [NoticeKind::Used, NoticeKind::PartlyUsed, NoticeKind::NotUsed];
        if let Some(notice) = self.last_of(&customs) {
            return match notice.kind {
                NoticeKind::Used => CertificateStatus::Used,
                NoticeKind::PartlyUsed if gives_back(notice) => CertificateStatus::Acknowledged,
                NoticeKind::PartlyUsed => CertificateStatus::PartlyUsed,
                _ => CertificateStatus::Expired,
            };
        }
        if self.acknowledged {
            return CertificateStatus::Acknowledged;
        }
        if self.last_of(&[NoticeKind::Unreadable]).is_some() {
            return CertificateStatus::Unreadable;
        }
        match self.message.as_ref().map(|message| self.messages.get(message)) {
            Some(Some(true)) => CertificateStatus::Received,
            Some(_) => CertificateStatus::Sent,
            None => CertificateStatus::Issued,
        }
    }
}

/// Whether a notice says that nothing is used any more.
fn gives_back(notice: &CertificateNotice) -> bool {
    let nothing = |item: &crate::trade::ItemNotice| item.quantity.is_some_and(|used| used.amount.is_zero());
    !notice.items.is_empty() && notice.items.iter().all(nothing)
}

/// Puts what a declaration takes in the place of what it took before.
fn put(all: &mut BTreeMap<CaseId, BTreeMap<u32, Measured>>, declaration: CaseId, items: &BTreeMap<u32, Measured>) {
    if items.is_empty() {
        all.remove(&declaration);
    } else {
        all.insert(declaration, items.clone());
    }
}
