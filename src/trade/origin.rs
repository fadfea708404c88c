//! The certificate of origin (chứng nhận xuất xứ, C/O) as its boxes say it, whatever carried it.
//!
//! The words are those of the printed form D of the ASEAN Trade in Goods Agreement (ATIGA Annex 7)
//! and of its Operational Certification Procedure (Annex 8). A certificate is kept for years and
//! asked about by several declarations, so it owns its text.

mod criterion;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use self::criterion::{ClassificationChange, Criterion, CriterionError, CriterionPart};
use super::{CertificateKey, CountryCode, CurrencyCode, HsCode, UnitCode};

/// A certificate of origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginCertificate {
    /// Which form it is written on, such as `D`.
    pub form: String,
    /// Its number, unique in its issuing country.
    pub reference: String,
    /// Issued in: the exporting member state.
    pub issuing_country: CountryCode,
    /// Box 1: goods consigned from.
    pub exporter: OriginParty,
    /// Box 2: goods consigned to.
    pub consignee: OriginParty,
    /// Box 2, where the goods were shown there before they were sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhibition: Option<OriginParty>,
    /// Box 3: means of transport and route, as far as known.
    #[serde(default, skip_serializing_if = "Carriage::is_empty")]
    pub carriage: Carriage,
    /// Boxes 5 to 10: the items.
    pub items: Vec<OriginItem>,
    /// Box 11: the country in which the goods were produced.
    pub production_country: CountryCode,
    /// Box 11: the country that the goods are exported to.
    pub importing_country: CountryCode,
    /// Box 11: where, when and by whom the exporter declared it.
    pub declared: Attestation,
    /// Box 12: where, when and by whom it was certified. Its day is the day of issue.
    pub certified: Attestation,
    /// Box 12: a certified true copy (of one that was lost), with the day of issue of the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub certified_true_copy: bool,
    /// Box 13: what is ticked.
    #[serde(default)]
    pub flags: OriginFlags,
}

impl OriginCertificate {
    /// Which certificate it is.
    pub fn key(&self) -> CertificateKey {
        CertificateKey { country: self.issuing_country, form: self.form.clone(), reference: self.reference.clone() }
    }

    /// The day of issue.
    pub fn issued(&self) -> Date {
        self.certified.date
    }

    /// An item, by its number.
    pub fn item(&self, number: u32) -> Option<&OriginItem> {
        self.items.iter().find(|item| item.number == number)
    }
}

/// A party as a certificate names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginParty {
    /// Its number in its own country (a tax code), where it is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address, in one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
}

/// Box 3: means of transport and route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carriage {
    /// Mode of transport (UN/ECE Recommendation 19), such as `1` for the sea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Route, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The day of departure: the declared day of shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure: Option<Date>,
    /// The vessel, flight or vehicle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vessel: Option<String>,
    /// The port of discharge (UN/LOCODE where it is one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discharge_port: Option<String>,
}

impl Carriage {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Boxes 5 to 10 of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginItem {
    /// Box 5: its number.
    pub number: u32,
    /// Box 6: marks and numbers on packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<String>,
    /// Box 7: number and type of packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<Packages>,
    /// Box 7: description of goods.
    pub description: String,
    /// Box 7: quantity, where appropriate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Measured>,
    /// Box 7: the proof on which a back-to-back certificate rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<OriginalProof>,
    /// Box 7: HS number of the importing country.
    #[serde(with = "hs_digits")]
    pub hs: HsCode,
    /// Box 8: origin criterion, as written.
    pub criterion: String,
    /// Box 9: gross weight or other quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_weight: Option<Measured>,
    /// Box 9: value (FOB), where it must stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fob: Option<Priced>,
    /// Box 10: number and day of the invoice; box 7: who invoices from a third country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceRef>,
}

impl OriginItem {
    /// The quantity that the item is good for: that of box 7, else that of box 9.
    pub fn measured(&self) -> Option<Measured> {
        self.quantity.or(self.gross_weight)
    }
}

/// An HS code as the text of its digits.
pub(super) mod hs_digits {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::trade::HsCode;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(in super::super) fn serialize<S: Serializer>(code: &HsCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(code)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HsCode, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        HsCode::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An amount in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// How much.
    pub amount: Decimal,
    /// Of what (UN/ECE Recommendation 20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// How much.
    pub amount: Decimal,
    /// In which currency (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<CurrencyCode>,
}

/// Number and type of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packages {
    /// How many.
    pub count: Decimal,
    /// Their type (UN/ECE Recommendation 21), such as `CT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Box 10: an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRef {
    /// Its number.
    pub number: String,
    /// Its day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Box 7: the company that issued it, where that is another than the exporter (third country
    /// invoicing).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<OriginParty>,
}

/// The proof of origin on which a back-to-back certificate rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalProof {
    /// Its number.
    pub reference: String,
    /// Its day of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The country that issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
}

/// Place and day of a signature, and who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When.
    pub date: Date,
    /// The issuing authority's code, or the exporter's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatory: Option<String>,
}

/// Box 13: what is ticked. Several may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<OriginFlag>", into = "Vec<OriginFlag>")]
pub struct OriginFlags(u8);

impl OriginFlags {
    /// Whether a box is ticked.
    pub fn has(self, flag: OriginFlag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Ticks a box.
    pub fn tick(&mut self, flag: OriginFlag) {
        self.0 |= flag.bit();
    }

    /// The ticked boxes, in the form's order.
    pub fn iter(self) -> impl Iterator<Item = OriginFlag> {
        OriginFlag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }
}

impl FromIterator<OriginFlag> for OriginFlags {
    fn from_iter<I: IntoIterator<Item = OriginFlag>>(flags: I) -> Self {
        let mut all = Self::default();
        flags.into_iter().for_each(|flag| all.tick(flag));
        all
    }
}

impl From<Vec<OriginFlag>> for OriginFlags {
    fn from(flags: Vec<OriginFlag>) -> Self {
        flags.into_iter().collect()
    }
}

impl From<OriginFlags> for Vec<OriginFlag> {
    fn from(flags: OriginFlags) -> Self {
        flags.iter().collect()
    }
}

/// A box to tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginFlag {
    /// The invoice comes from a third country, or from another company of the exporting country.
    ThirdCountryInvoicing,
    /// The goods were sold from an exhibition.
    Exhibition,
    /// Materials of another member state were counted in (accumulation).
    Accumulation,
    /// Materials that fail the change of classification stay below the tolerance.
    DeMinimis,
    /// Issued by an intermediate state on the proof of the first.
    BackToBack,
    /// Issued after shipment.
    IssuedRetroactively,
    /// Materials with a lower regional value content were counted in proportion.
    PartialCumulation,
}

impl OriginFlag {
    /// All of them, in the form's order.
    pub const ALL: [Self; 7] = [
        Self::ThirdCountryInvoicing,
        Self::Exhibition,
        Self::Accumulation,
        Self::DeMinimis,
        Self::BackToBack,
        Self::IssuedRetroactively,
        Self::PartialCumulation,
    ];

    /// Its name, as data and answers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ThirdCountryInvoicing => "third_country_invoicing",
            Self::Exhibition => "exhibition",
            Self::Accumulation => "accumulation",
            Self::DeMinimis => "de_minimis",
            Self::BackToBack => "back_to_back",
            Self::IssuedRetroactively => "issued_retroactively",
            Self::PartialCumulation => "partial_cumulation",
        }
    }

    /// A box by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.as_str() == name)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}
