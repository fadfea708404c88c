//! What happens to a certificate of origin.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clearance::case::{CaseId, MessageRef};
use crate::trade::{CertificateKey, CertificateNotice, Measured, OriginCertificate};

/// What happened to a certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum CertificateEvent {
    /// This side has issued it.
    #[serde(rename = "certificate.issued")]
    Issued {
        /// What it says.
        certificate: Box<OriginCertificate>,
        /// The authority that issued it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<String>,
        /// The exporter, by tax code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<String>,
        /// The dossier in which it was applied for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<CaseId>,
        /// The last day on which it may be presented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Date>,
    },
    /// The other side has issued it, and it came.
    #[serde(rename = "certificate.received")]
    Received {
        /// What it says.
        certificate: Box<OriginCertificate>,
        /// The message that brought it.
        message: MessageRef,
        /// The last day on which it may be presented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_until: Option<Date>,
    },
    /// It, or a notice about it, was put on its way.
    #[serde(rename = "certificate.sent")]
    Sent {
        /// The message's id.
        message: String,
        /// The notice; none: the certificate itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<Box<CertificateNotice>>,
    },
    /// The other side's gateway has given a receipt for it.
    #[serde(rename = "certificate.delivered")]
    Delivered {
        /// The message's id.
        message: String,
    },
    /// The other side says something about it.
    #[serde(rename = "certificate.told")]
    Told {
        /// What.
        notice: Box<CertificateNotice>,
        /// The message that says so.
        message: MessageRef,
        /// The certificate, where this is the first that is heard of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<CertificateKey>,
    },
    /// Its number came again with other content: nothing is changed, somebody has to look.
    #[serde(rename = "certificate.conflicted")]
    Conflicted {
        /// The message.
        message: MessageRef,
        /// What differs, in words.
        what: String,
    },
    /// A declaration was matched with it: these quantities are meant for its lines.
    #[serde(rename = "certificate.matched")]
    Matched {
        /// The declaration.
        declaration: CaseId,
        /// How much of which item.
        items: BTreeMap<u32, Measured>,
        /// Its trader, by tax code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<String>,
    },
    /// A declaration has used it: in place of what that declaration had used before. Nothing: it has
    /// given all of it back.
    #[serde(rename = "certificate.used")]
    Used {
        /// The declaration.
        declaration: CaseId,
        /// How much of which item.
        items: BTreeMap<u32, Measured>,
        /// Its trader, by tax code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<String>,
    },
    /// Its time has run out before it was used up.
    #[serde(rename = "certificate.expired")]
    Expired,
    /// The other side has not answered in time whether it stands by it.
    #[serde(rename = "certificate.verification_expired")]
    VerificationExpired,
}

impl CertificateEvent {
    /// Its kind, as the journal writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "certificate.issued",
            Self::Received { .. } => "certificate.received",
            Self::Sent { .. } => "certificate.sent",
            Self::Delivered { .. } => "certificate.delivered",
            Self::Told { .. } => "certificate.told",
            Self::Conflicted { .. } => "certificate.conflicted",
            Self::Matched { .. } => "certificate.matched",
            Self::Used { .. } => "certificate.used",
            Self::Expired => "certificate.expired",
            Self::VerificationExpired => "certificate.verification_expired",
        }
    }
}
