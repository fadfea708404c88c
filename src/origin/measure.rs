//! Quantities of certificates and lines, in units in which they can be compared.

use rust_decimal::Decimal;

use crate::trade::{GoodsItem, Measured, OriginItem, Quantity, UnitCode, UnitConversions};

/// An amount in the base unit of its unit: there every amount of a dimension is exact.
pub(super) fn in_base(measured: Measured, units: &UnitConversions) -> Measured {
    let converted = measured.unit.and_then(|unit| {
        let base = units.base(unit);
        units.convert(measured.amount, unit, base).ok().map(|amount| Measured { amount, unit: Some(base) })
    });
    converted.unwrap_or(measured)
}

/// What a line says of a quantity that an item counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated {
    /// In the item's base unit; the unit that was declared, where it is another than the item's.
    Amount { amount: Decimal, declared: Option<UnitCode> },
    /// A quantity that does not convert into the item's unit.
    Incomparable(Measured),
    /// Nothing.
    Nothing,
}

/// The line's quantity in the base unit of what the item is good for. Box 9 compares with the gross
/// mass first, box 7 with the quantity.
pub(super) fn stated(line: &GoodsItem<'_>, item: &OriginItem, units: &UnitConversions) -> Stated {
    let Some(measured) = item.measured() else {
        return Stated::Nothing;
    };
    let candidates = if item.quantity.is_some() {
        [line.quantity, line.net_mass, line.gross_mass]
    } else {
        [line.gross_mass, line.net_mass, line.quantity]
    };
    let mut other = None;
    for quantity in candidates.into_iter().flatten() {
        match convert(quantity, measured.unit, units) {
            Some(amount) => {
                let declared = quantity.unit.filter(|unit| Some(*unit) != measured.unit);
                return Stated::Amount { amount, declared };
            }
            None => {
                other.get_or_insert(Measured { amount: quantity.amount, unit: quantity.unit });
            }
        }
    }
    other.map_or(Stated::Nothing, Stated::Incomparable)
}

fn convert(quantity: Quantity, into: Option<UnitCode>, units: &UnitConversions) -> Option<Decimal> {
    match (quantity.unit, into) {
        (Some(from), Some(into)) => units.convert(quantity.amount, from, units.base(into)).ok(),
        (None, None) => Some(quantity.amount),
        _ => None,
    }
}

/// An amount as text: `12.5 KGM`.
pub(super) fn text(measured: Measured) -> String {
    let amount = measured.amount.normalize();
    measured.unit.map_or_else(|| amount.to_string(), |unit| format!("{amount} {unit}"))
}
