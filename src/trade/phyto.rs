//! The electronic phytosanitary certificate (e-Phyto) as its exporting country's plant protection
//! organisation states it.
//!
//! The words are those of UN/CEFACT's `SPSCertificate`, version 17, as the IPPC's e-Phyto guidance and
//! the ASEAN Single Window use it. What may be said in several languages is kept in all of them.

mod codes;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::codes::{PhytoKind, PhytoStatus};
use super::{CountryCode, HsCode, Measured, OriginParty, Packages};

/// Which certificate is meant: its number is unique in its country.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhytoKey {
    /// The issuing country.
    pub country: CountryCode,
    /// The certificate's number.
    pub number: String,
}

impl std::fmt::Display for PhytoKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.country, self.number)
    }
}

/// A phytosanitary certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoCertificate {
    /// Its number, unique in its issuing country.
    pub number: String,
    /// Whether for export or for re-export.
    pub kind: PhytoKind,
    /// What it is now: a certificate that is withdrawn comes again under its number.
    pub status: PhytoStatus,
    /// When it was issued.
    pub issued: Timestamp,
    /// The national plant protection organisation that issued it.
    pub authority: String,
    /// Its country.
    pub country: CountryCode,
    /// What is said of the whole: additional declarations, what it replaces, distinguishing marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<PhytoNote>,
    /// Who signed, where and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<PhytoSignature>,
    /// Other documents, with what is attached by name and digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<PhytoReference>,
    /// Who sends the goods.
    pub consignor: OriginParty,
    /// Who gets them.
    pub consignee: OriginParty,
    /// The country that they leave.
    pub export_country: CountryCode,
    /// The country that they go to.
    pub import_country: CountryCode,
    /// The countries that they come from before they are exported again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reexport_countries: Vec<CountryCode>,
    /// The countries that they pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transit_countries: Vec<CountryCode>,
    /// The point of entry, where they are unloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unloading: Option<PhytoPlace>,
    /// Where they were examined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examined_at: Option<String>,
    /// How they are carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transport: Vec<PhytoTransport>,
    /// Containers, with their seals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<PhytoEquipment>,
    /// The goods, at least one item.
    pub items: Vec<PhytoItem>,
}

/// The note that says which certificate this one replaces, and those that say that it does, why, and
/// that other's day (IPPC e-Phyto).
const REPLACED: (&str, &str, &str, &str) = ("ADRP", "ADRPN", "ADRPR", "ADRD");

/// What a certificate replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhytoReplacement<'c> {
    /// The number of the other.
    pub number: &'c str,
    /// Why.
    pub reason: Option<&'c str>,
    /// The other's day, as written.
    pub date: Option<&'c str>,
}

impl PhytoCertificate {
    /// Which certificate it is.
    pub fn key(&self) -> PhytoKey {
        PhytoKey { country: self.country, number: self.number.clone() }
    }

    /// Whether it was taken back: under its number nothing is certified any more.
    pub fn is_withdrawn(&self) -> bool {
        self.status == PhytoStatus::Withdrawn
    }

    /// Whether the goods are certified by it.
    pub fn is_in_force(&self) -> bool {
        matches!(self.status, PhytoStatus::Issued | PhytoStatus::Approved)
    }

    /// Which certificate of the same country it takes the place of.
    pub fn replaces(&self) -> Option<PhytoReplacement<'_>> {
        let (_, number, reason, date) = REPLACED;
        Some(PhytoReplacement { number: self.note(number)?, reason: self.note(reason), date: self.note(date) })
    }

    /// Whether it says that it is a replacement, but not of which certificate: a person has to look.
    pub fn replaces_unnamed(&self) -> bool {
        let said = self.note(REPLACED.0).map(str::to_ascii_lowercase);
        self.replaces().is_none() && !matches!(said.as_deref(), None | Some("0" | "false" | "no" | "n"))
    }

    /// What a note of a subject says first, for the whole certificate.
    pub fn note(&self, subject: &str) -> Option<&str> {
        let of_subject = self.notes.iter().filter(|note| note.subject.eq_ignore_ascii_case(subject));
        of_subject.flat_map(|note| &note.contents).map(|content| content.text.as_str()).find(|text| !text.is_empty())
    }
}

/// A text, and in which language it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoText {
    /// The text.
    pub text: String,
    /// Its language (ISO 639-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Something that is said under a code, such as `ADEDL` (additional declaration).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoNote {
    /// The code of what it is about.
    pub subject: String,
    /// What it says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<PhytoText>,
}

/// Who signed, where and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoSignature {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The officer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// The sentences that are certified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<PhytoClause>,
}

/// A sentence that is certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoClause {
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<PhytoText>,
}

/// Another document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoReference {
    /// Its number.
    pub id: String,
    /// How it relates to the certificate, such as `ZZZ` (mutually agreed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub information: Vec<PhytoText>,
    /// The name of the file that was attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The SHA-256 of what was attached, as `sha256:` and 64 digits. The file itself is in the message
    /// that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoPlace {
    /// Its code, UN/LOCODE as a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How the goods are carried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoTransport {
    /// The number of the voyage or flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The mode (UN/ECE Recommendation 19), such as `1` for the sea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The vessel or vehicle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub means: Vec<PhytoText>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoEquipment {
    /// Its number.
    pub id: String,
    /// The numbers of its seals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<String>,
}

/// One item of the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoItem {
    /// Its number.
    pub number: u32,
    /// What it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub description: Vec<PhytoText>,
    /// The plant's common name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common_name: Vec<PhytoText>,
    /// The plant's scientific name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scientific_name: Vec<PhytoText>,
    /// What it is for: consumption, planting …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intended_use: Vec<PhytoText>,
    /// Its net weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_weight: Option<Measured>,
    /// Its gross weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_weight: Option<Measured>,
    /// Its net volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_volume: Option<Measured>,
    /// Its gross volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_volume: Option<Measured>,
    /// What is said of the item: additional declarations, quantities in other units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<PhytoNote>,
    /// Its places in classifications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classifications: Vec<PhytoClassification>,
    /// Its packages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Packages>,
    /// The countries, and places in them, where it was grown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<PhytoOrigin>,
    /// What was done to it against pests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub treatments: Vec<PhytoTreatment>,
}

impl PhytoItem {
    /// Its codes of the Harmonized System: the six digits that all countries share, or the eight that
    /// ASEAN shares where they say that they are such. What calls itself a code and is not is none.
    pub fn hs_codes(&self) -> impl Iterator<Item = HsCode> {
        self.classifications.iter().filter_map(|class| {
            let system = class.system.as_deref().unwrap_or_default().trim();
            let is = |known: &[&str]| known.iter().any(|known| system.eq_ignore_ascii_case(known));
            let code = HsCode::parse(class.code.as_deref()?.trim()).ok()?;
            if is(&["AHTN"]) { Some(code) } else { is(&["HS", "HSCODE", "HS CODE"]).then(|| code.truncated(6)) }
        })
    }
}

/// A place in a classification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoClassification {
    /// Which classification, such as `HS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<PhytoText>,
}

/// Where an item was grown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoOrigin {
    /// The country.
    pub country: CountryCode,
    /// The place in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
}

/// A treatment against pests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoTreatment {
    /// The code of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Measured>,
    /// Chemical, concentration, temperature …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub characteristics: Vec<PhytoCharacteristic>,
}

/// One thing about a treatment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhytoCharacteristic {
    /// What it is: its code first, then its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub description: Vec<PhytoText>,
    /// How much of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Measured>,
}
