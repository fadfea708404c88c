//! Boxes taken into types: what is missing is found, all of it.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::boxes::{Boxes, Value};
use super::mapping::Mapping;
use crate::trade::{CountryCode, Finding, FindingCode, HsCode, Measured, OriginParty, Priced, UnitCode};

/// Takes boxes; keeps what it finds wrong.
pub(super) struct Taking<'m> {
    mapping: &'m Mapping,
    pub(super) findings: Vec<Finding>,
    limit: usize,
}

macro_rules! getters {
    ($($name:ident: $variant:ident -> $type:ty),+ $(,)?) => {
        $(
            /// The content of a box.
            pub(super) fn $name(&self, field: &str) -> Option<$type> {
                match self.get(field)? {
                    Value::$variant(value) => Some(value.to_owned().into()),
                    _ => None,
                }
            }
        )+
    };
}

impl<'m> Taking<'m> {
    pub(super) fn new(mapping: &'m Mapping, findings: Vec<Finding>, limit: usize) -> Self {
        Self { mapping, findings, limit }
    }

    /// Finds fault where there is nothing.
    pub(super) fn required<T>(&mut self, boxes: &Boxes<'_>, field: &str, what: &str, value: Option<T>) -> Option<T> {
        // What stands there and cannot be read was found already.
        let path = format!("{}/{}", self.mapping.document().0, self.mapping.path(field));
        if value.is_none() && !self.findings.iter().any(|finding| finding.field.as_deref() == Some(&path)) {
            let message = format!("{what} is missing");
            self.tell(Finding::error(FindingCode::Missing, message).at(boxes.offset).field(path));
        }
        value
    }

    pub(super) fn tell(&mut self, finding: Finding) {
        if self.findings.len() < self.limit {
            self.findings.push(finding);
        }
    }
}

impl Boxes<'_> {
    getters!(
        text: Text -> String,
        date: Date -> Date,
        decimal: Decimal -> Decimal,
        whole: Whole -> u32,
        country: Country -> CountryCode,
        unit: Unit -> UnitCode,
        hs: Hs -> HsCode,
    );

    /// Whether a box is ticked.
    pub(super) fn present(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    /// An amount with its unit, from `FIELD.amount` and `FIELD.unit`.
    pub(super) fn measured(&self, field: &str) -> Option<Measured> {
        let amount = self.decimal(&format!("{field}.amount"))?;
        Some(Measured { amount, unit: self.unit(&format!("{field}.unit")) })
    }

    /// An amount of money, from `FIELD.amount` and `FIELD.currency`.
    pub(super) fn priced(&self, field: &str) -> Option<Priced> {
        let amount = self.decimal(&format!("{field}.amount"))?;
        let currency = match self.get(&format!("{field}.currency")) {
            Some(Value::Currency(code)) => Some(*code),
            _ => None,
        };
        Some(Priced { amount, currency })
    }

    /// A party, from `FIELD.id`, `.name`, `.address` and `.country`.
    pub(super) fn party(&self, field: &str) -> Option<OriginParty> {
        let party = OriginParty {
            id: self.text(&format!("{field}.id")),
            name: self.text(&format!("{field}.name")),
            address: self.text(&format!("{field}.address")),
            country: self.country(&format!("{field}.country")),
        };
        (party != OriginParty::default()).then_some(party)
    }
}

/// Puts a party into boxes.
macro_rules! put_party {
    ($boxes:expr, $field:literal, $party:expr) => {{
        let party: &$crate::trade::OriginParty = $party;
        $boxes.put_text(concat!($field, ".id"), party.id.as_deref());
        $boxes.put_text(concat!($field, ".name"), party.name.as_deref());
        $boxes.put_text(concat!($field, ".address"), party.address.as_deref());
        $boxes.put(concat!($field, ".country"), party.country.map(Value::Country));
    }};
}

/// Puts an amount with its unit into boxes.
macro_rules! put_measured {
    ($boxes:expr, $field:literal, $measured:expr) => {{
        let measured: Option<$crate::trade::Measured> = $measured;
        $boxes.put(concat!($field, ".amount"), measured.map(|measured| Value::Decimal(measured.amount)));
        $boxes.put(concat!($field, ".unit"), measured.and_then(|measured| measured.unit).map(Value::Unit));
    }};
}

pub(super) use {put_measured, put_party};
