//! The ASEAN Customs Declaration Document (ACDD): what an export declaration says, told to customs of
//! the importing country before the goods arrive.
//!
//! Its fifteen data elements are those that the members of the ASEAN Single Window agreed to take
//! from an accepted export declaration; names and numbers are those of Singapore Customs' list. It is
//! information for the assessment of risk, never a declaration of import.

mod project;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::project::{AcddElement, AcddMissing, AcddSupplement};
use super::origin::hs_digits;
use super::{CountryCode, HsCode, UnitCode};

/// Which document is meant: the number of an export declaration is unique in its country.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AcddKey {
    /// The exporting country.
    pub country: CountryCode,
    /// The export declaration's number.
    pub number: String,
}

impl std::fmt::Display for AcddKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ACDD {} {}", self.country, self.number)
    }
}

/// An ASEAN Customs Declaration Document. All that it has is mandatory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acdd {
    /// Element 15: the number of the export declaration (permit number).
    pub number: String,
    /// The country that the goods leave, whose customs accepted the declaration.
    pub from: CountryCode,
    /// The country that the goods go to, whose customs is told.
    pub to: CountryCode,
    /// Elements 1 and 2: the exporter.
    pub exporter: AcddParty,
    /// Elements 3 and 4: the consignee.
    pub consignee: AcddConsignee,
    /// Elements 5 and 6: the declaring agent.
    pub agent: AcddParty,
    /// Element 7: the day of departure.
    pub departure: Date,
    /// Element 12: the mode of transport out of the country (UN/ECE Recommendation 19), such as `1`
    /// for the sea.
    pub transport_mode: String,
    /// Element 13: the port of discharge (UN/LOCODE where it is one).
    pub discharge_port: String,
    /// Its items, at least one.
    pub items: Vec<AcddItem>,
}

impl Acdd {
    /// Which document it is.
    pub fn key(&self) -> AcddKey {
        AcddKey { country: self.from, number: self.number.clone() }
    }
}

/// A party with its identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcddParty {
    /// Its number in its own country: a tax code, a UEN.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The consignee, who has no number in the exporting country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcddConsignee {
    /// Its name.
    pub name: String,
    /// Its address, in one text.
    pub address: String,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcddItem {
    /// Element 14: its serial number.
    pub number: u32,
    /// Element 8: its code, of six digits (HS) or of eight (AHTN).
    #[serde(with = "hs_digits")]
    pub hs: HsCode,
    /// Element 9: how much of it, in its HS unit.
    pub quantity: Decimal,
    /// Element 10: that unit.
    pub unit: UnitCode,
    /// Element 11: its country of origin.
    pub origin: CountryCode,
}

/// A document is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcddCancellation {
    /// Which.
    pub about: AcddKey,
    /// The country that was told.
    pub to: CountryCode,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the exporting side says: a document, or that one is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcddMessage {
    /// A document.
    New(Acdd),
    /// One is taken back.
    Cancellation(AcddCancellation),
}

impl AcddMessage {
    /// Which document it is about.
    pub fn about(&self) -> AcddKey {
        match self {
            Self::New(acdd) => acdd.key(),
            Self::Cancellation(cancellation) => cancellation.about.clone(),
        }
    }

    /// The country that is told.
    pub fn to(&self) -> CountryCode {
        match self {
            Self::New(acdd) => acdd.to,
            Self::Cancellation(cancellation) => cancellation.to,
        }
    }
}

/// What customs of the importing country made of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcddResponse {
    /// The response's own number, unique with who says it.
    pub id: String,
    /// The day on which it was written.
    pub date: Date,
    /// The importing country, which says it.
    pub from: CountryCode,
    /// About which document; its country is told.
    pub about: AcddKey,
    /// What became of it.
    pub outcome: AcddOutcome,
    /// The import declaration for which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declaration: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcddOutcome {
    /// It was taken in.
    Received,
    /// The goods were declared for import, and it was looked at.
    Utilised,
    /// It could not be taken in; `reason` says why.
    Rejected,
}

impl AcddOutcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Received, Self::Utilised, Self::Rejected];

    /// Its name, as answers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Utilised => "utilised",
            Self::Rejected => "rejected",
        }
    }

    /// Its code in the message: the function of a WCO response that says the same (`02` registered,
    /// `01` accepted, `03` refused). That the guide uses these is our reading.
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "02",
            Self::Utilised => "01",
            Self::Rejected => "03",
        }
    }

    /// One by its code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}
