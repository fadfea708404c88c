//! A line asked about by itself, without a message.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    CountryCode, CurrencyCode, Declaration, DeclaredProcedure, Direction, DocumentRef, Format, GoodsItem, HsCode,
    Money, Party, Quantity, RegimeCode, Statement, Text, UnitCode,
};

/// A line asked about by itself: on the command line, or in a case of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineQuery {
    /// Which way the goods go.
    pub direction: Direction,
    /// The code.
    pub hs: HsCode,
    /// The code of chapters 1 to 97 beside a preferential line.
    pub general_hs: Option<HsCode>,
    /// The regime.
    pub regime: Option<RegimeCode>,
    /// The country of origin.
    pub origin: Option<CountryCode>,
    /// The goods in words; empty where nobody said any.
    pub description: String,
    /// Customs value.
    pub value: Option<Decimal>,
    /// Its currency; that of the pack's country where none is stated.
    pub currency: Option<CurrencyCode>,
    /// Net mass in kilograms.
    pub net_mass_kg: Option<Decimal>,
    /// Quantity.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity.
    pub unit: Option<UnitCode>,
    /// The importer's identifier.
    pub importer: Option<String>,
    /// The exporter's identifier.
    pub exporter: Option<String>,
    /// Facts stated outright: the fact (or `fact@rule`) and its value.
    pub facts: Vec<(String, String)>,
    /// Documents: the type's code and the document's number.
    pub documents: Vec<(String, String)>,
}

impl LineQuery {
    /// A question about a code, of which nothing else is known.
    pub fn new(direction: Direction, hs: HsCode) -> Self {
        Self {
            direction,
            hs,
            general_hs: None,
            regime: None,
            origin: None,
            description: String::new(),
            value: None,
            currency: None,
            net_mass_kg: None,
            quantity: None,
            unit: None,
            importer: None,
            exporter: None,
            facts: Vec::new(),
            documents: Vec::new(),
        }
    }

    /// The declaration of one line that says this, to the customs of `country`, which counts in
    /// `currency`.
    pub fn declaration(&self, country: CountryCode, currency: CurrencyCode) -> Declaration<'_> {
        let item = GoodsItem {
            number: 1,
            hs: Some(self.hs),
            hs_general: self.general_hs,
            description: text(&self.description),
            origin: self.origin,
            procedure: self.regime.map(DeclaredProcedure::National),
            customs_value: self.value.map(|amount| Money { amount, currency: Some(self.currency.unwrap_or(currency)) }),
            net_mass: self.net_mass_kg.map(|amount| Quantity { amount, unit: None }),
            quantity: self.quantity.map(|amount| Quantity { amount, unit: self.unit }),
            statements: self
                .facts
                .iter()
                .map(|(fact, value)| Statement {
                    code: text(fact),
                    kind: Some(text(Statement::FACT_KIND)),
                    text: Some(text(value)),
                    settled: false,
                })
                .collect(),
            documents: self
                .documents
                .iter()
                .map(|(code, number)| DocumentRef { code: text(code), number: text(number), status: None })
                .collect(),
            ..GoodsItem::default()
        };
        let mut declaration = Declaration::new(Format::Query);
        declaration.direction = Some(self.direction);
        declaration.responsible_country = Some(country);
        declaration.importer = party(self.importer.as_deref());
        declaration.exporter = party(self.exporter.as_deref());
        declaration.items.push(item);
        declaration
    }
}

fn text(text: &str) -> Text<'_> {
    Text::Borrowed(text)
}

fn party(id: Option<&str>) -> Party<'_> {
    Party { id: id.map(text), ..Party::default() }
}
