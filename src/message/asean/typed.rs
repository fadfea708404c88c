//! Boxes taken into types: what is missing is found, all of it.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::boxes::{Boxes, Value};
use super::mapping::Mapping;
use crate::message::Rejection;
use crate::trade::{CountryCode, Finding, FindingCode, HsCode, Measured, OriginParty, Priced, Severity, UnitCode};

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

    /// Finds fault with numbers of items that occur twice.
    pub(super) fn numbered_once(&mut self, boxes: &Boxes<'_>, numbers: impl Iterator<Item = u32>) {
        let mut numbers: Vec<u32> = numbers.collect();
        numbers.sort_unstable();
        for pair in numbers.windows(2).filter(|pair| pair[0] == pair[1]) {
            let message = format!("two items have the number {}; each item has its own", pair[0]);
            self.tell(Finding::error(FindingCode::DuplicateLine, message).at(boxes.offset).line(pair[0]));
        }
    }

    /// A document and what is odd in it, where nothing is wrong.
    pub(super) fn whole<T>(
        mut self,
        boxes: &Boxes<'_>,
        take: impl FnOnce(&mut Self, &Boxes<'_>) -> Option<T>,
    ) -> Result<(T, Vec<Finding>), Rejection> {
        match take(&mut self, boxes) {
            Some(taken) if self.findings.iter().all(|finding| finding.severity < Severity::Error) => {
                Ok((taken, self.findings))
            }
            _ => Err(Rejection { format: None, findings: self.findings }),
        }
    }

    pub(super) fn tell(&mut self, finding: Finding) {
        keep(&mut self.findings, finding, self.limit);
    }
}

/// Keeps a finding, up to a limit. An error then takes the place of a warning: what is wrong never
/// passes because so much is odd.
pub(super) fn keep(findings: &mut Vec<Finding>, finding: Finding, limit: usize) {
    if findings.len() < limit {
        findings.push(finding);
    } else if finding.severity == Severity::Error
        && let Some(warning) = findings.iter().rposition(|known| known.severity < Severity::Error)
    {
        findings[warning] = finding;
    }
}

impl Boxes<'_> {
    getters!(
        text: Text -> String,
        date: Date -> Date,
        decimal: Decimal -> Decimal,
        whole: Whole -> u32,
        country: Country -> CountryCode,
        moment: Moment -> Timestamp,
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
