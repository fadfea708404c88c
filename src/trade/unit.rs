//! Units of quantity and what they are worth in each other, exactly.
//!
//! Every unit of a dimension is a number of its base unit. Amounts convert through that base
//! without rounding: a result that no decimal can hold is an error. The table comes from outside.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::UnitCode;

/// One unit as a number of its base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct UnitFactor {
    unit: UnitCode,
    base: UnitCode,
    factor: Decimal,
}

/// What units are worth in each other. A unit that is not in it converts into no other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitConversions {
    /// Sorted by unit.
    factors: Vec<UnitFactor>,
}

/// Why a unit does not go into a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitTableError {
    /// It is there already.
    #[error("unit `{unit}` has a factor already")]
    Duplicate {
        /// The unit.
        unit: UnitCode,
    },
    /// A factor of zero or below.
    #[error("the factor of `{unit}` is {factor}, it must be above zero")]
    NotPositive {
        /// The unit.
        unit: UnitCode,
        /// Its factor.
        factor: Decimal,
    },
    /// A base unit is one of itself.
    #[error("`{unit}` is its own base, so its factor is 1, not {factor}")]
    BaseFactor {
        /// The unit.
        unit: UnitCode,
        /// Its factor.
        factor: Decimal,
    },
    /// The base is not in the table.
    #[error("the base `{base}` of `{unit}` is no base unit of this list")]
    UnknownBase {
        /// The unit.
        unit: UnitCode,
        /// Its base.
        base: UnitCode,
    },
    /// The base is counted in a third unit.
    #[error("the base `{base}` of `{unit}` is itself counted in `{further}`")]
    BaseOfBase {
        /// The unit.
        unit: UnitCode,
        /// Its base.
        base: UnitCode,
        /// The base of the base.
        further: UnitCode,
    },
}

/// Why an amount does not convert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A unit without a factor.
    #[error("`{from}` does not convert into `{to}`: `{unknown}` converts into no other unit")]
    Unknown {
        /// The unit of the amount.
        from: UnitCode,
        /// The unit asked for.
        to: UnitCode,
        /// Which of them is not known.
        unknown: UnitCode,
    },
    /// The units measure different things.
    #[error("`{from}` does not convert into `{to}`: the one is counted in `{from_base}`, the other in `{to_base}`")]
    Dimensions {
        /// The unit of the amount.
        from: UnitCode,
        /// The unit asked for.
        to: UnitCode,
        /// The base of the first.
        from_base: UnitCode,
        /// The base of the second.
        to_base: UnitCode,
    },
    /// The result has no end, or more digits than a decimal holds.
    #[error("{amount} {from} cannot be written exactly in `{to}`")]
    Inexact {
        /// The amount.
        amount: Decimal,
        /// Its unit.
        from: UnitCode,
        /// The unit asked for.
        to: UnitCode,
    },
}

impl UnitConversions {
    /// Adds a unit that is worth `factor` of `base`. Base units come first: each is its own base,
    /// with the factor 1.
    ///
    /// # Errors
    /// [`UnitTableError`] where it would contradict itself or what is there; the table stays as
    /// it was.
    pub fn add(&mut self, unit: UnitCode, base: UnitCode, factor: Decimal) -> Result<(), UnitTableError> {
        let Err(at) = self.position(unit) else {
            return Err(UnitTableError::Duplicate { unit });
        };
        if factor <= Decimal::ZERO {
            return Err(UnitTableError::NotPositive { unit, factor });
        }
        if base == unit && factor != Decimal::ONE {
            return Err(UnitTableError::BaseFactor { unit, factor });
        }
        if base != unit {
            match self.find(base) {
                None => return Err(UnitTableError::UnknownBase { unit, base }),
                Some(row) if row.base != base => {
                    return Err(UnitTableError::BaseOfBase { unit, base, further: row.base });
                }
                Some(_) => {}
            }
        }
        self.factors.insert(at, UnitFactor { unit, base, factor });
        Ok(())
    }

    /// The unit that `unit` is counted in: its base, or itself where it converts into no other.
    pub fn base(&self, unit: UnitCode) -> UnitCode {
        self.find(unit).map_or(unit, |row| row.base)
    }

    /// The same amount in another unit, exact and without trailing zeros. A unit converts into
    /// itself whether or not it is known.
    ///
    /// # Errors
    /// [`ConvertError`]: a unit without a factor, units of two dimensions, or a result that
    /// cannot be written exactly. Nothing is rounded.
    pub fn convert(&self, amount: Decimal, from: UnitCode, to: UnitCode) -> Result<Decimal, ConvertError> {
        if from == to {
            return Ok(amount.normalize());
        }
        let row = |unknown| self.find(unknown).ok_or(ConvertError::Unknown { from, to, unknown });
        let (source, target) = (row(from)?, row(to)?);
        if source.base != target.base {
            return Err(ConvertError::Dimensions { from, to, from_base: source.base, to_base: target.base });
        }
        exact_ratio(amount, source.factor, target.factor).ok_or(ConvertError::Inexact { amount, from, to })
    }

    fn position(&self, unit: UnitCode) -> Result<usize, usize> {
        self.factors.binary_search_by_key(&unit, |row| row.unit)
    }

    fn find(&self, unit: UnitCode) -> Option<&UnitFactor> {
        self.position(unit).ok().and_then(|at| self.factors.get(at))
    }
}

/// `amount × times ÷ over` for a positive `over`, without trailing zeros; `None` where no decimal
/// holds it. The decimals' own operations would round here without a word.
fn exact_ratio(amount: Decimal, times: Decimal, over: Decimal) -> Option<Decimal> {
    let mut scale = i64::from(amount.scale()) + i64::from(times.scale()) - i64::from(over.scale());
    let [mut a, mut b, mut c] = [amount, times, over].map(|number| number.mantissa().unsigned_abs());
    if a == 0 || b == 0 {
        return Some(Decimal::ZERO);
    }
    if c == 0 {
        return None;
    }
    for factor in [&mut a, &mut b] {
        let common = gcd(*factor, c);
        *factor /= common;
        c /= common;
        scale -= divide_out(factor, 10);
    }
    // What is left of the divisor has no factor in common with the rest. A finite decimal has
    // only twos and fives there, and each becomes its fellow of ten.
    scale += divide_out(&mut c, 10);
    let (twos, fives) = (divide_out(&mut c, 2), divide_out(&mut c, 5));
    if c != 1 {
        return None;
    }
    scale += twos + fives;
    // Twos of the one factor and fives of the other are tens of the product.
    while let Some((in_a, in_b)) = [(2, 5), (5, 2)].into_iter().find(|(x, y)| a % x == 0 && b % y == 0) {
        (a, b, scale) = (a / in_a, b / in_b, scale - 1);
    }
    let mut product = a.checked_mul(b)?;
    for (factor, count) in [(5u128, twos), (2, fives)] {
        product = product.checked_mul(factor.checked_pow(u32::try_from(count).ok()?)?)?;
    }
    if scale < 0 {
        product = product.checked_mul(10u128.checked_pow(u32::try_from(-scale).ok()?)?)?;
        scale = 0;
    }
    let signed = i128::try_from(product).ok()?;
    let signed = if amount.is_sign_negative() == times.is_sign_negative() { signed } else { -signed };
    Decimal::try_from_i128_with_scale(signed, u32::try_from(scale).ok()?).ok()
}

/// Divides a number above zero as often as it goes and says how often.
fn divide_out(number: &mut u128, by: u128) -> i64 {
    let mut count = 0;
    while number.is_multiple_of(by) {
        *number /= by;
        count += 1;
    }
    count
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    fn table() -> UnitConversions {
        let mut table = UnitConversions::default();
        for (code, base, factor) in [
            ("KGM", "KGM", "1"),
            ("PCE", "PCE", "1"),
            ("TNE", "KGM", "1000"),
            ("CTM", "KGM", "0.0002"),
            ("LBR", "KGM", "0.45359237"),
            ("DZN", "PCE", "12"),
            ("GRO", "PCE", "144"),
        ] {
            table.add(unit(code), unit(base), decimal(factor)).unwrap();
        }
        table
    }

    #[track_caller]
    fn check(amount: &str, from: &str, to: &str, expected: &str) {
        let found = match table().convert(decimal(amount), unit(from), unit(to)) {
            Ok(amount) => amount.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn amounts_convert_exactly_or_not_at_all() {
        check("1.250", "TNE", "KGM", "1250");
        check("3", "CTM", "KGM", "0.0006");
        check("1", "KGM", "CTM", "5000");
        check("0.0015", "KGM", "CTM", "7.5");
        check("2.5", "GRO", "DZN", "30");
        check("6", "PCE", "DZN", "0.5");
        check("-7", "TNE", "KGM", "-7000");
        check("0.45359237", "KGM", "LBR", "1");
        check("5", "PCE", "DZN", "5 PCE cannot be written exactly in `DZN`");
        check("1", "KGM", "LBR", "1 KGM cannot be written exactly in `LBR`");
        check("5", "KGM", "PCE", "`KGM` does not convert into `PCE`: the one is counted in `KGM`, the other in `PCE`");
        check("5", "BOX", "PCE", "`BOX` does not convert into `PCE`: `BOX` converts into no other unit");
        check("5.10", "BOX", "BOX", "5.1");
    }

    #[test]
    fn too_many_digits_are_an_error_and_not_rounded() {
        // 28 decimals become 25: it fits.
        check("0.0000000000000000000000000001", "TNE", "KGM", "0.0000000000000000000000001");
        check(
            "0.0000000000000000000000000001",
            "LBR",
            "KGM",
            "0.0000000000000000000000000001 LBR cannot be written exactly in `KGM`",
        );
        let most = Decimal::MAX.to_string();
        check(&most, "TNE", "KGM", &format!("{most} TNE cannot be written exactly in `KGM`"));
        check("5000000000000000000000000000", "CTM", "TNE", "1000000000000000000000");
    }

    #[test]
    fn a_table_takes_nothing_that_contradicts_itself() {
        let mut units = table();
        let mut add = |code: &str, base: &str, factor: &str| {
            units.add(unit(code), unit(base), decimal(factor)).map_err(|error| error.to_string())
        };
        assert_eq!(add("TNE", "KGM", "1000"), Err("unit `TNE` has a factor already".into()));
        assert_eq!(add("GRM", "KGM", "0"), Err("the factor of `GRM` is 0, it must be above zero".into()));
        assert_eq!(add("GRM", "KGM", "-0.001"), Err("the factor of `GRM` is -0.001, it must be above zero".into()));
        assert_eq!(add("MTR", "MTR", "2"), Err("`MTR` is its own base, so its factor is 1, not 2".into()));
        assert_eq!(add("HLT", "LTR", "100"), Err("the base `LTR` of `HLT` is no base unit of this list".into()));
        assert_eq!(add("KTN", "TNE", "1000"), Err("the base `TNE` of `KTN` is itself counted in `KGM`".into()));
        assert_eq!(units, table());
    }

    #[test]
    fn a_unit_outside_the_table_is_counted_in_itself() {
        assert_eq!(table().base(unit("DZN")), unit("PCE"));
        assert_eq!(table().base(unit("BOX")), unit("BOX"));
    }
}
