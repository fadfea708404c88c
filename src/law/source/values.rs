//! Values that many files share: days, intervals, codes.

use jiff::civil::Date;

use super::defect::{At, Defects, Place};
use super::table::Table;
use crate::law::day::{Day, Interval};
use crate::trade::{CodeError, HsCode};

/// An interval that a pack states, with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    /// The days; all of them where a date could not be read.
    pub(crate) days: Interval,
    /// Where it stands.
    pub(crate) place: Place,
}

/// Reads an ISO day.
pub(crate) fn day(text: &At<String>, to: &mut Defects) -> Option<Day> {
    let parsed = parse_day(&text.value);
    if parsed.is_none() {
        to.error_with(
            text.place,
            "bad_date",
            format!("`{}` is no date", text.value),
            Some("write year, month and day: `2026-07-01`".to_owned()),
        );
    }
    parsed
}

/// The day of an ISO date; nothing but ten signs will do.
fn parse_day(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then_some(part)
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let date = Date::new(digits(0..4)?.parse().ok()?, digits(5..7)?.parse().ok()?, digits(8..10)?.parse().ok()?);
    date.ok().map(Day::of)
}

/// Reads `from` and `to`; each may be empty or absent, and is open then.
pub(crate) fn interval(from: Option<&At<String>>, last: Option<&At<String>>, to: &mut Defects) -> Interval {
    let first_day = from.map_or(Some(Day::MIN), |text| day(text, to));
    let last_day = last.map_or(Some(Day::MAX), |text| day(text, to));
    if let (Some(first), Some(last), Some(place)) = (first_day, last_day, last.map(|text| text.place))
        && last < first
    {
        to.error(place, "interval_backwards", format!("the interval ends on {last}, before it begins on {first}"));
        return Interval { from: first, to: first };
    }
    Interval { from: first_day.unwrap_or(Day::MIN), to: last_day.unwrap_or(Day::MAX) }
}

/// Reads the keys `from` and `to` of a table.
pub(crate) fn period(table: &mut Table<'_>, to: &mut Defects) -> Period {
    let place = table.place();
    let from = table.optional("from", to);
    let last = table.optional("to", to);
    Period { days: interval(from.as_ref(), last.as_ref(), to), place }
}

/// Reads an HS code of 2, 4, 6 or 8 digits.
pub(crate) fn hs(text: &At<String>, to: &mut Defects) -> Option<HsCode> {
    let read = HsCode::parse(&text.value);
    let plain = text.value.bytes().all(|byte| byte.is_ascii_digit()) && text.value.len() <= 8;
    match read {
        Ok(code) if plain => Some(code),
        Ok(code) => {
            to.error_with(
                text.place,
                "bad_hs",
                format!("`{}` is not written as a pack writes an HS code", text.value),
                Some(format!("write digits only, at most eight: `{code}`")),
            );
            None
        }
        Err(error) => {
            to.error(text.place, "bad_hs", format!("`{}`: {error}", text.value));
            None
        }
    }
}

/// Reads a short code.
pub(crate) fn code<T>(
    text: &At<String>,
    parse: impl Fn(&str) -> Result<T, CodeError>,
    to: &mut Defects,
) -> Option<At<T>> {
    match parse(&text.value) {
        Ok(value) => Some(At { value, place: text.place }),
        Err(error) => {
            to.error(text.place, "bad_code", format!("`{}`: {error}", text.value));
            None
        }
    }
}

/// A whole number of which there is at least one.
pub(crate) fn positive(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> Option<u32> {
    let number = table.number(key, to)?;
    if (1..=1200).contains(&number.value) {
        return Some(number.value);
    }
    to.error(number.place, "bad_number", format!("`{key}` lies between 1 and 1200"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_iso_days_are_days() {
        assert_eq!(parse_day("2026-07-01").map(Day::number), Some(20_260_701));
        for wrong in ["2026-7-1", "01/07/2026", "2026-02-30", "20260701", "2026-07-01 ", "2026-07-+1"] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }
}
