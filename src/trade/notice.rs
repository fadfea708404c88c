//! What is said about a certificate between those who issue and those who receive it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{CountryCode, Measured};

/// Which certificate is meant: its number is unique in its country, for its form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CertificateKey {
    /// The issuing country.
    pub country: CountryCode,
    /// The form, such as `D`.
    pub form: String,
    /// The reference number.
    pub reference: String,
}

impl std::fmt::Display for CertificateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.form, self.country, self.reference)
    }
}

/// A notice about a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateNotice {
    /// Its own number, unique with who says it.
    pub id: String,
    /// The day on which it was written.
    pub date: Date,
    /// Who says it.
    pub from: CountryCode,
    /// Who is told.
    pub to: CountryCode,
    /// What is said.
    pub kind: NoticeKind,
    /// About which certificate.
    pub about: CertificateKey,
    /// That certificate's day of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Date>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From which day it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Date>,
    /// The certificate that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// The import declaration that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declaration: Option<String>,
    /// What is said of single items; of the others nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemNotice>,
}

/// What is said of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemNotice {
    /// The item's number (box 5).
    pub number: u32,
    /// What became of it.
    pub outcome: NoticeKind,
    /// How much of it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Measured>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

macro_rules! notice_kinds {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What may be said about a certificate.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum NoticeKind { $($(#[$meta])* $variant),+ }

        impl NoticeKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name, as documents and answers write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// One by its name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }
        }
    };
}

notice_kinds!(
    /// The issuing side takes it back.
    Cancelled = "cancelled",
    /// The issuing side has issued another in its place (rule 29, paragraph 4).
    Replaced = "replaced",
    /// The receiving side has taken it in.
    Acknowledged = "acknowledged",
    /// The receiving side cannot read it; `reason` says why.
    Unreadable = "unreadable",
    /// Customs has given the preference for all of it (rule 30, paragraph 2).
    Used = "used",
    /// Customs has given the preference for a part of it.
    PartlyUsed = "partly_used",
    /// It has ended without having been used.
    NotUsed = "not_used",
    /// Customs has refused the preference (rule 30, paragraph 3).
    Rejected = "rejected",
    /// The receiving side has lost it and asks for it again (rule 29, paragraph 3).
    RetransmissionRequested = "retransmission_requested",
    /// Customs doubts it and asks for a retroactive check (rule 18).
    VerificationRequested = "verification_requested",
    /// The issuing side confirms it.
    Confirmed = "confirmed",
    /// The issuing side does not stand by it.
    NotConfirmed = "not_confirmed",
    /// The issuing side has clarified what was refused (rule 30, paragraph 4).
    Clarified = "clarified",
);

impl NoticeKind {
    /// Whether it is the issuing side that says so.
    pub fn is_of_issuer(self) -> bool {
        matches!(self, Self::Cancelled | Self::Replaced | Self::Confirmed | Self::NotConfirmed | Self::Clarified)
    }
}
