//! Typed fields of a message: each value is read once, and what is wrong with it is kept with
//! its place while the reading goes on.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;

use super::ReadOptions;
use super::xml::{Fatal, Tag, Xml};
use crate::trade::{
    CountryCode, CurrencyCode, Finding, FindingCode, HsCode, Money, Quantity, Severity, Text, UnitCode,
};

/// The walk over a message together with what was found wrong so far.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// The walk.
    pub(super) xml: Xml<'a>,
    /// The goods line being read, for findings.
    pub(super) goods_line: Option<u32>,
    /// Findings are not kept.
    pub(super) quiet: bool,
    zone: TimeZone,
    strict: bool,
    refused: bool,
    findings: Vec<Finding>,
    dropped: usize,
}

/// What the fields of one element give: the value, or nothing where it is absent or wrong.
pub(super) type Field<T> = Result<Option<T>, Fatal>;

impl<'a> Fields<'a> {
    pub(super) fn new(xml: Xml<'a>, options: &ReadOptions) -> Self {
        Self {
            xml,
            goods_line: None,
            quiet: false,
            zone: options.zone.clone(),
            strict: options.strict,
            refused: false,
            findings: Vec::new(),
            dropped: 0,
        }
    }

    /// Keeps a finding; the goods line being read is added.
    pub(super) fn report(&mut self, mut finding: Finding) {
        if self.quiet {
            return;
        }
        if finding.goods_line.is_none() {
            finding.goods_line = self.goods_line;
        }
        if self.findings.len() < self.xml.limits().findings {
            self.findings.push(finding);
        } else {
            self.dropped += 1;
        }
    }

    /// Keeps a finding that makes the message unreadable as a whole; the reading goes on, to
    /// find the others.
    pub(super) fn refuse(&mut self, finding: Finding) {
        self.refused = true;
        self.report(finding);
    }

    /// Keeps a departure from the format's schema: an error that refuses the message where the
    /// reading is strict, else a warning.
    pub(super) fn deviation(&mut self, message: String, offset: usize) {
        let mut finding = Finding::warning(FindingCode::Deviation, message).at(offset).field(self.xml.path());
        if self.strict {
            finding.severity = Severity::Error;
            self.refuse(finding);
        } else {
            self.report(finding);
        }
    }

    /// Keeps a departure from the format's schema in the field `name` (already closed) of the
    /// element that is open; see [`Self::deviation`].
    pub(super) fn departure(&mut self, code: FindingCode, name: &str, offset: usize, message: String) {
        let path = self.path_of(name);
        let mut finding = Finding::warning(code, message).at(offset).field(path);
        if self.strict {
            finding.severity = Severity::Error;
            self.refuse(finding);
        } else {
            self.report(finding);
        }
    }

    /// The zone in which a moment becomes a day.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The path of the field `name` of the element that is open.
    pub(super) fn path_of(&self, name: &str) -> String {
        let mut path = self.xml.path();
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        path
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        if self.dropped > 0 {
            self.findings
                .push(Finding::error(FindingCode::Limit, format!("{} more findings are not listed", self.dropped)));
        }
        self.findings
    }

    /// Text; empty counts as absent.
    pub(super) fn text(&mut self) -> Field<Text<'a>> {
        let text = self.xml.text()?;
        Ok(if text.is_empty() { None } else { Some(text) })
    }

    /// A number that may not be below zero.
    pub(super) fn amount(&mut self, tag: &Tag<'_>) -> Field<Decimal> {
        let text = self.xml.text()?;
        Ok(self.decimal(&text, tag))
    }

    /// A number that may not be below zero, from its text; empty counts as absent.
    pub(super) fn decimal(&mut self, text: &str, tag: &Tag<'_>) -> Option<Decimal> {
        if text.is_empty() {
            return None;
        }
        let path_end = tag.local();
        match parse_decimal(text) {
            Some(amount) if amount.is_sign_negative() && !amount.is_zero() => {
                self.bad(
                    FindingCode::Negative,
                    path_end,
                    tag.offset,
                    format!("`{text}` is below zero; a quantity or value is zero or more"),
                );
                None
            }
            Some(amount) => Some(amount),
            None => {
                self.bad(
                    FindingCode::BadNumber,
                    path_end,
                    tag.offset,
                    format!("`{text}` is not a number; digits with a decimal point, such as `1250.75`, were expected"),
                );
                None
            }
        }
    }

    /// An amount of money; the currency stands in the attribute `currencyID`.
    pub(super) fn money(&mut self, tag: &Tag<'_>) -> Field<Money> {
        let amount = self.amount(tag)?;
        let currency = tag.attribute("currencyID").and_then(|code| self.currency_code(&code, tag));
        Ok(amount.map(|amount| Money { amount, currency }))
    }

    /// A quantity; the unit stands in the attribute `unitCode`.
    pub(super) fn quantity(&mut self, tag: &Tag<'_>) -> Field<Quantity> {
        let amount = self.amount(tag)?;
        let unit = tag.attribute("unitCode").and_then(|code| self.unit_code(&code, tag));
        Ok(amount.map(|amount| Quantity { amount, unit }))
    }

    /// A whole number from 0 to 4,294,967,295.
    pub(super) fn whole(&mut self, tag: &Tag<'_>) -> Field<u32> {
        let text = self.xml.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse::<u32>().ok();
        if number.is_none() {
            self.bad(
                FindingCode::BadNumber,
                tag.local(),
                tag.offset,
                format!("`{text}` is not a whole number; digits alone were expected"),
            );
        }
        Ok(number)
    }

    /// A code of the Harmonized System.
    pub(super) fn hs(&mut self, tag: &Tag<'_>) -> Field<HsCode> {
        let text = self.xml.text()?;
        Ok(self.hs_code(&text, tag))
    }

    /// A code of the Harmonized System from the text of a field; empty counts as absent.
    pub(super) fn hs_code(&mut self, text: &str, tag: &Tag<'_>) -> Option<HsCode> {
        self.hs_named(text, tag.local(), tag.offset)
    }

    /// A code of the Harmonized System from the text of the field `name` at `offset`.
    pub(super) fn hs_named(&mut self, text: &str, name: &str, offset: usize) -> Option<HsCode> {
        if text.is_empty() {
            return None;
        }
        match HsCode::parse(text) {
            Ok(code) => Some(code),
            Err(error) => {
                self.bad(FindingCode::BadHs, name, offset, format!("`{text}`: {error}"));
                None
            }
        }
    }

    /// A country.
    pub(super) fn country(&mut self, tag: &Tag<'_>) -> Field<CountryCode> {
        let text = self.xml.text()?;
        Ok(if text.is_empty() { None } else { self.country_code(&text, tag) })
    }

    /// A country from its text.
    pub(super) fn country_code(&mut self, text: &str, tag: &Tag<'_>) -> Option<CountryCode> {
        match CountryCode::parse(text) {
            Ok(code) => Some(code),
            Err(error) => {
                self.bad(
                    FindingCode::UnknownCountry,
                    tag.local(),
                    tag.offset,
                    format!("`{text}` is no country code: {error}"),
                );
                None
            }
        }
    }

    /// A currency.
    pub(super) fn currency(&mut self, tag: &Tag<'_>) -> Field<CurrencyCode> {
        let text = self.xml.text()?;
        Ok(if text.is_empty() { None } else { self.currency_code(&text, tag) })
    }

    /// A currency from its text.
    pub(super) fn currency_code(&mut self, text: &str, tag: &Tag<'_>) -> Option<CurrencyCode> {
        match CurrencyCode::parse(text) {
            Ok(code) => Some(code),
            Err(error) => {
                self.bad(
                    FindingCode::UnknownCurrency,
                    tag.local(),
                    tag.offset,
                    format!("`{text}` is no currency code: {error}"),
                );
                None
            }
        }
    }

    /// A unit of quantity.
    pub(super) fn unit(&mut self, tag: &Tag<'_>) -> Field<UnitCode> {
        let text = self.xml.text()?;
        Ok(if text.is_empty() { None } else { self.unit_code(&text, tag) })
    }

    /// A unit from its text.
    pub(super) fn unit_code(&mut self, text: &str, tag: &Tag<'_>) -> Option<UnitCode> {
        match UnitCode::parse(text) {
            Ok(code) => Some(code),
            Err(error) => {
                self.bad(FindingCode::BadUnit, tag.local(), tag.offset, format!("`{text}`: {error}"));
                None
            }
        }
    }

    /// A day, or a moment as the day and time it falls on in the pack's zone. Read are `yyyyMMdd`
    /// (UN/CEFACT 102), `yyyyMMddHHmm` (203), `yyyyMMddHHmmss` (204) with a zone (304),
    /// `yyyy-MM-dd`, with a time after a blank or `T`.
    pub(super) fn day_and_time(&mut self, tag: &Tag<'_>) -> Field<DayAndTime> {
        let text = self.xml.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let read = parse_day_and_time(&text, &self.zone);
        if read.is_none() {
            self.bad_date(&text, tag.local(), tag.offset, "`20261124`, `20261124083000+07` or `2026-11-24 08:30:00`");
        }
        Ok(read)
    }

    /// Reports a text that is no date.
    pub(super) fn bad_date(&mut self, text: &str, name: &str, offset: usize, right: &str) {
        self.bad(FindingCode::BadDate, name, offset, format!("`{text}` is not a date; {right} were expected"));
    }

    /// Reports a wrong value in the field `name` (already closed) of the element that is open.
    pub(super) fn bad(&mut self, code: FindingCode, name: &str, offset: usize, message: String) {
        let path = self.path_of(name);
        self.report(Finding::error(code, message).at(offset).field(path));
    }

    /// Reports a field that may stand once and stands again with another value: nobody can tell
    /// which counts.
    pub(super) fn again(&mut self, name: &str, offset: usize) {
        let message = format!("a second `{name}` that says something else; it may stand once");
        self.bad(FindingCode::Repeated, name, offset, message);
    }

    /// Whether one more may be kept of a part that has `count` already; `false` reports the limit once.
    pub(super) fn room(&mut self, count: usize, what: &str, limit: usize, offset: usize) -> Result<(), Fatal> {
        if count < limit {
            return Ok(());
        }
        Err(Box::new(
            Finding::error(FindingCode::Limit, format!("{what}: more than {limit}")).at(offset).field(self.xml.path()),
        ))
    }
}

/// A decimal as customs messages write it: a sign, digits, a point, digits; no exponent, no
/// grouping.
pub(super) fn parse_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') || digits == "." {
        return None;
    }
    Decimal::from_str_exact(text.strip_prefix('+').unwrap_or(text)).ok()
}

/// A day, and the time where it is stated.
pub(super) type DayAndTime = (Date, Option<Time>);

/// The day of [`parse_day_and_time`].
pub(super) fn parse_date(text: &str, zone: &TimeZone) -> Option<Date> {
    parse_day_and_time(text, zone).map(|(date, _)| date)
}

/// See [`Fields::day_and_time`].
pub(super) fn parse_day_and_time(text: &str, zone: &TimeZone) -> Option<DayAndTime> {
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes[4] == b'-' {
        let date: Date = text.get(..10)?.parse().ok()?;
        let rest = text.get(10..)?;
        if rest.is_empty() {
            return Some((date, None));
        }
        let rest = rest.strip_prefix(['T', ' '])?;
        return moment(date, rest, zone);
    }
    if bytes.len() < 8 || !bytes[..8].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let date = Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..8].parse().ok()?).ok()?;
    let rest = &text[8..];
    if rest.is_empty() { Some((date, None)) } else { moment(date, rest, zone) }
}

/// The day and time on which `date` at `time` (with an offset or without) falls in `zone`.
fn moment(date: Date, time: &str, zone: &TimeZone) -> Option<DayAndTime> {
    let split = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at(split);
    let clock = clock.split('.').next()?;
    let digits: Vec<u8> = clock.bytes().filter(|b| *b != b':').collect();
    if !matches!(digits.len(), 4 | 6) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |at: usize| {
        i8::try_from(digits.get(at).map_or(0, |d| (d - b'0') * 10) + digits.get(at + 1).map_or(0, |d| d - b'0')).ok()
    };
    let time = Time::new(two(0)?, two(2)?, two(4)?, 0).ok()?;
    if offset.is_empty() {
        return Some((date, Some(time)));
    }
    let offset = parse_offset(offset)?;
    let stamp = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    let local = zone.to_datetime(stamp);
    Some((local.date(), Some(local.time())))
}

/// `Z`, `+07`, `+0700` or `+07:00`.
fn parse_offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_of_the_formats() {
        let zone = TimeZone::fixed(Offset::constant(7));
        let day = |text| parse_date(text, &zone);
        assert_eq!(day("20261124"), Some(date(2026, 11, 24)));
        assert_eq!(day("20261124233000+01"), Some(date(2026, 11, 25)));
        assert_eq!(day("20261124080000Z"), Some(date(2026, 11, 24)));
        assert_eq!(day("2026-11-24 08:30:00.123"), Some(date(2026, 11, 24)));
        assert_eq!(day("2026-11-24T23:30:00Z"), Some(date(2026, 11, 25)));
        for wrong in ["20261331", "24/11/2026", "2026-11-24 8", "202611", "20261124x", "20261124253000Z", ""] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_of_the_formats() {
        let zone = TimeZone::fixed(Offset::constant(7));
        for (text, time) in [
            ("20261124", None),
            ("2026-11-24", None),
            ("202611240950", Some("09:50:00")),
            ("20261124095010", Some("09:50:10")),
            ("20261124155010+07", Some("15:50:10")),
            ("20261124085010Z", Some("15:50:10")),
            ("20261124233000+01", Some("05:30:00")),
            ("2026-11-24 09:50:10", Some("09:50:10")),
            ("2026-11-24T09:50+09:30", Some("07:20:00")),
        ] {
            let read = parse_day_and_time(text, &zone).unwrap().1;
            assert_eq!(read, time.map(|time| time.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn numbers_have_a_point_and_no_exponent() {
        assert_eq!(parse_decimal("1250.75").unwrap().to_string(), "1250.75");
        assert_eq!(parse_decimal("-1").unwrap().to_string(), "-1");
        for wrong in ["", ".", "1,5", "1e3", "1.2.3", "٣", "1 000", "99999999999999999999999999999999"] {
            assert!(parse_decimal(wrong).is_none(), "{wrong}");
        }
    }
}
