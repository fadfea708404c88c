//! What comes of a command about a certificate.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::event::CertificateEvent;
use super::state::{Certificate, CertificateSide};
use crate::clearance::case::{CaseId, MessageRef, Refused, RefusedReason};
use crate::trade::{CertificateNotice, Measured, NoticeKind, OriginCertificate};

/// What a declaration takes of a certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct Using {
    /// The declaration.
    pub declaration: CaseId,
    /// How much of which item; nothing: no more of it.
    pub items: BTreeMap<u32, Measured>,
    /// Its trader, by tax code.
    pub holder: Option<String>,
}

/// What is asked of a certificate.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// This side issues it.
    Issue {
        /// What it says.
        certificate: Box<OriginCertificate>,
        /// The authority that issues it.
        agency: Option<String>,
        /// The exporter, by tax code.
        holder: Option<String>,
        /// The dossier in which it was applied for.
        dossier: Option<CaseId>,
        /// The last day on which it may be presented.
        valid_until: Option<Date>,
    },
    /// The other side has sent it.
    Receive {
        /// What it says.
        certificate: Box<OriginCertificate>,
        /// The message that brought it.
        message: MessageRef,
        /// The last day on which it may be presented.
        valid_until: Option<Date>,
    },
    /// It is put on its way, or a notice about it.
    Send {
        /// The message's id.
        message: String,
        /// The notice; none: the certificate itself.
        notice: Option<Box<CertificateNotice>>,
    },
    /// The other side's gateway has given a receipt.
    Deliver {
        /// The message's id.
        message: String,
    },
    /// The other side says something about it.
    Hear {
        /// What.
        notice: Box<CertificateNotice>,
        /// The message that says so.
        message: MessageRef,
    },
    /// A declaration is to use it.
    Match(Using),
    /// A declaration has used it.
    Use(Using),
    /// Its time has run out.
    Expire,
    /// No answer has come in time.
    ExpireVerification,
}

/// Decides a command. An empty answer: what is asked is so already.
///
/// # Errors
/// [`Refused`] where the state does not allow it.
pub fn decide(state: Option<&Certificate>, command: &Command) -> Result<Vec<CertificateEvent>, Refused> {
    match command {
        Command::Issue { certificate, agency, holder, dossier, valid_until } => {
            if let Some(known) = state
                && known.content.is_some()
            {
                let message =
                    format!("certificate {} was issued already; an alteration is a new certificate", known.key);
                return Err(Refused::because(RefusedReason::Conflict, message));
            }
            Ok(vec![CertificateEvent::Issued {
                certificate: certificate.clone(),
                agency: agency.clone(),
                holder: holder.clone(),
                dossier: *dossier,
                valid_until: *valid_until,
            }])
        }
        Command::Receive { certificate, message, valid_until } => receive(state, certificate, message, *valid_until),
        Command::Hear { notice, message } => hear(state, notice, message),
        _ => about(state, command),
    }
}

fn receive(
    state: Option<&Certificate>,
    certificate: &OriginCertificate,
    message: &MessageRef,
    valid_until: Option<Date>,
) -> Result<Vec<CertificateEvent>, Refused> {
    let received = || CertificateEvent::Received {
        certificate: Box::new(certificate.clone()),
        message: message.clone(),
        valid_until,
    };
    let Some(state) = state else { return Ok(vec![received()]) };
    if state.side == CertificateSide::Issuing {
        let text = format!("certificate {} is one of this side's own", state.key);
        return Err(Refused::because(RefusedReason::Invalid, text));
    }
    match &state.content {
        None => Ok(vec![received()]),
        // It came again, in another message: nothing new.
        Some(known) if **known == *certificate => Ok(Vec::new()),
        Some(known) => {
            let what = differences(known, certificate);
            Ok(vec![CertificateEvent::Conflicted { message: message.clone(), what }])
        }
    }
}

/// What differs between two certificates of one number.
fn differences(known: &OriginCertificate, other: &OriginCertificate) -> String {
    let mut parts = Vec::new();
    let mut differs = |what: &str, differs: bool| {
        if differs {
            parts.push(what.to_owned());
        }
    };
    differs("exporter", known.exporter != other.exporter);
    differs("consignee", known.consignee != other.consignee);
    differs("carriage", known.carriage != other.carriage);
    differs("items", known.items != other.items);
    differs(
        "countries",
        known.production_country != other.production_country || known.importing_country != other.importing_country,
    );
    differs("day of issue", known.issued() != other.issued());
    differs("flags", known.flags != other.flags || known.certified_true_copy != other.certified_true_copy);
    if parts.is_empty() { "its particulars".to_owned() } else { parts.join(", ") }
}

fn hear(
    state: Option<&Certificate>,
    notice: &CertificateNotice,
    message: &MessageRef,
) -> Result<Vec<CertificateEvent>, Refused> {
    let of_issuer = notice.from == notice.about.country;
    if notice.kind.is_of_issuer() != of_issuer {
        let (who, kind) = (if of_issuer { "issuing" } else { "importing" }, notice.kind.as_str());
        let text = format!("`{kind}` is not the {who} side's to say");
        return Err(Refused::because(RefusedReason::Forbidden, text));
    }
    let Some(state) = state else {
        // It comes before its certificate: it waits for it.
        let about = Some(notice.about.clone());
        return Ok(vec![CertificateEvent::Told { notice: Box::new(notice.clone()), message: message.clone(), about }]);
    };
    check_side(state, of_issuer)?;
    match state.notices.iter().find(|known| known.id == notice.id && known.from == notice.from) {
        Some(known) if known == notice => Ok(Vec::new()),
        Some(_) => {
            let what = format!("notice `{}` came before with other content", notice.id);
            Ok(vec![CertificateEvent::Conflicted { message: message.clone(), what }])
        }
        None => {
            Ok(vec![CertificateEvent::Told { notice: Box::new(notice.clone()), message: message.clone(), about: None }])
        }
    }
}

fn check_side(state: &Certificate, of_issuer: bool) -> Result<(), Refused> {
    // Who says what is the issuer's speaks to the receiving side, and the other way round.
    let expected = if of_issuer { CertificateSide::Receiving } else { CertificateSide::Issuing };
    if state.side == expected {
        return Ok(());
    }
    Err(Refused::because(
        RefusedReason::Forbidden,
        format!("certificate {} is not the sender's to speak about so", state.key),
    ))
}

fn about(state: Option<&Certificate>, command: &Command) -> Result<Vec<CertificateEvent>, Refused> {
    let Some(state) = state else {
        return Err(Refused::because(RefusedReason::Unknown, "there is no such certificate"));
    };
    Ok(match command {
        Command::Send { message, notice } => {
            if state.messages.contains_key(message) {
                return Ok(Vec::new());
            }
            if let Some(notice) = notice {
                may_be_said(state, notice)?;
            }
            vec![CertificateEvent::Sent { message: message.clone(), notice: notice.clone() }]
        }
        Command::Deliver { message } => match state.messages.get(message) {
            Some(false) => vec![CertificateEvent::Delivered { message: message.clone() }],
            _ => Vec::new(),
        },
        Command::Match(using) => {
            let known = state.matched.get(&using.declaration);
            let same = known.map_or(using.items.is_empty(), |known| *known == using.items);
            if same || state.used.contains_key(&using.declaration) {
                return Ok(Vec::new());
            }
            within_what_is_left(state, using)?;
            vec![CertificateEvent::Matched {
                declaration: using.declaration,
                items: using.items.clone(),
                holder: using.holder.clone(),
            }]
        }
        Command::Use(using) => {
            let known = state.used.get(&using.declaration);
            if known.map_or(using.items.is_empty(), |known| *known == using.items) {
                return Ok(Vec::new());
            }
            within_what_is_left(state, using)?;
            vec![CertificateEvent::Used {
                declaration: using.declaration,
                items: using.items.clone(),
                holder: using.holder.clone(),
            }]
        }
        Command::Expire if state.expired => Vec::new(),
        Command::Expire => vec![CertificateEvent::Expired],
        Command::ExpireVerification => match state.verification {
            Some(super::Verification::Asked(_)) => vec![CertificateEvent::VerificationExpired],
            _ => Vec::new(),
        },
        Command::Issue { .. } | Command::Receive { .. } | Command::Hear { .. } => Vec::new(),
    })
}

/// Whether this side may say so of the certificate now.
fn may_be_said(state: &Certificate, notice: &CertificateNotice) -> Result<(), Refused> {
    let issuing = state.side == CertificateSide::Issuing;
    if notice.kind.is_of_issuer() != issuing {
        let text = format!("`{}` is the other side's to say", notice.kind.as_str());
        return Err(Refused::because(RefusedReason::Forbidden, text));
    }
    let taken_back = [NoticeKind::Cancelled, NoticeKind::Replaced].contains(&notice.kind);
    if taken_back && state.is_taken_back() {
        return Err(Refused::not_now(format!("certificate {} was taken back already", state.key), Vec::new()));
    }
    Ok(())
}

/// No item gives more than it has, whoever takes it.
fn within_what_is_left(state: &Certificate, using: &Using) -> Result<(), Refused> {
    let Some(content) = &state.content else {
        return Err(Refused::not_now(format!("certificate {} has not come yet", state.key), Vec::new()));
    };
    for (number, wanted) in &using.items {
        let Some(item) = content.item(*number) else {
            let text = format!("certificate {} has no item {number}", state.key);
            return Err(Refused::because(RefusedReason::Unknown, text));
        };
        let Some(whole) = item.measured() else { continue };
        if whole.unit != wanted.unit {
            let text = format!("item {number} of certificate {} is counted in another unit", state.key);
            return Err(Refused::because(RefusedReason::Invalid, text));
        }
        let left = whole.amount - state.drawn(*number, Some(using.declaration));
        if wanted.amount > left {
            let text =
                format!("item {number} of certificate {} has {left} left, {} are asked for", state.key, wanted.amount);
            return Err(Refused::because(RefusedReason::Conflict, text));
        }
    }
    Ok(())
}
