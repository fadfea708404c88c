//! What a document says, box by box, between its XML and its type.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::mapping::Kind;
use crate::trade::{CountryCode, CurrencyCode, FindingCode, HsCode, UnitCode};

/// The content of one box.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Date(Date),
    Moment(Timestamp),
    Decimal(Decimal),
    Whole(u32),
    Country(CountryCode),
    Currency(CurrencyCode),
    Unit(UnitCode),
    Hs(HsCode),
    Present,
}

impl<'a> Value<'a> {
    /// Reads a text as its kind; else what it is wrong with.
    pub(super) fn read(kind: Kind, text: Cow<'a, str>) -> Result<Self, (FindingCode, String)> {
        let wrong = |code, expected: &str| (code, format!("`{text}` is not {expected}"));
        Ok(match kind {
            Kind::Text => Self::Text(text),
            Kind::Present => Self::Present,
            Kind::Digest => Self::Text(digest(&text)?.into()),
            Kind::Date102 => {
                Self::Date(date102(&text).ok_or_else(|| wrong(FindingCode::BadDate, "a day such as `20261124`"))?)
            }
            Kind::Date => {
                Self::Date(date(&text).ok_or_else(|| wrong(FindingCode::BadDate, "a day such as `2026-11-24`"))?)
            }
            Kind::Moment => Self::Moment(text.parse().map_err(|_| {
                wrong(FindingCode::BadDate, "a moment with its offset, such as `2026-11-24T08:00:00+07:00`")
            })?),
            Kind::Decimal => Self::Decimal(amount(&text)?),
            Kind::Whole => {
                Self::Whole(text.parse().map_err(|_| wrong(FindingCode::BadNumber, "a whole number from 0 on"))?)
            }
            Kind::Country => Self::Country(
                CountryCode::parse(&text).map_err(|error| wrong(FindingCode::UnknownCountry, error.expected))?,
            ),
            Kind::Currency => Self::Currency(
                CurrencyCode::parse(&text).map_err(|error| wrong(FindingCode::UnknownCurrency, error.expected))?,
            ),
            Kind::Unit => {
                Self::Unit(UnitCode::parse(&text).map_err(|error| wrong(FindingCode::BadUnit, error.expected))?)
            }
            Kind::Hs => {
                Self::Hs(HsCode::parse(&text).map_err(|error| (FindingCode::BadHs, format!("`{text}`: {error}")))?)
            }
        })
    }

    /// As it is written in a field of a kind; nothing where a reader would find nothing.
    pub(super) fn written_as(&self, kind: Kind) -> Option<Cow<'_, str>> {
        match (self, kind) {
            (Self::Date(date), Kind::Date102) => {
                Some(format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()).into())
            }
            (_, Kind::Digest) => None,
            _ => self.written(),
        }
    }

    /// As it is written; nothing where a reader would find nothing.
    pub(super) fn written(&self) -> Option<Cow<'_, str>> {
        let text: Cow<'_, str> = match self {
            Self::Text(text) => text.trim().into(),
            Self::Date(date) => date.to_string().into(),
            Self::Moment(moment) => moment.to_string().into(),
            Self::Decimal(amount) => amount.to_string().into(),
            Self::Whole(number) => number.to_string().into(),
            Self::Country(code) => code.as_str().into(),
            Self::Currency(code) => code.as_str().into(),
            Self::Unit(code) => code.as_str().into(),
            Self::Hs(code) => code.to_string().into(),
            Self::Present => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

/// `2026-11-24`; a time or offset behind it (XSD allows an offset) does not change the day.
fn date(text: &str) -> Option<Date> {
    let day = text.get(..10)?;
    let rest = &text[10..];
    let offset = rest.is_empty() || rest == "Z" || (rest.len() == 6 && rest.starts_with(['+', '-']));
    (offset && day.len() == 10).then(|| day.parse().ok()).flatten()
}

/// `20261124`; a time behind it (formats 203, 204, 304) does not change the day.
fn date102(text: &str) -> Option<Date> {
    let rest = text.get(8..)?;
    let digits = |from, to| text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let time = rest.is_empty() || rest.len() >= 4 && rest.bytes().take(4).all(|b| b.is_ascii_digit());
    let date = Date::new(digits(0, 4)?.parse().ok()?, digits(4, 6)?.parse().ok()?, digits(6, 8)?.parse().ok()?);
    date.ok().filter(|_| time)
}

/// The digest of what a text holds in base64; blanks and line ends in it are read over.
fn digest(text: &str) -> Result<String, (FindingCode, String)> {
    let whole: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let content = STANDARD
        .decode(whole)
        .map_err(|error| (FindingCode::Deviation, format!("what is attached is not base64: {error}")))?;
    let hex = Sha256::digest(content).iter().fold(String::from("sha256:"), |mut hex, byte| {
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
        hex
    });
    Ok(hex)
}

fn amount(text: &str) -> Result<Decimal, (FindingCode, String)> {
    let bad = || (FindingCode::BadNumber, format!("`{text}` is not a number such as `1250.5`"));
    let amount = Decimal::from_str_exact(text).map_err(|_| bad())?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err((FindingCode::Negative, format!("`{text}` is below zero")));
    }
    Ok(amount)
}

/// The boxes of a document, or of one repetition of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Boxes<'a> {
    /// Field, value, and where its element begins.
    values: Vec<(Cow<'a, str>, Value<'a>, usize)>,
    groups: Vec<(Cow<'a, str>, Vec<Boxes<'a>>)>,
    /// Where its element begins.
    pub(super) offset: usize,
}

impl<'a> Boxes<'a> {
    /// Boxes whose element begins at a byte.
    pub(super) fn at(offset: usize) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Fills a box; says no where it was filled before.
    pub(super) fn fill(&mut self, field: impl Into<Cow<'a, str>>, value: Value<'a>, offset: usize) -> bool {
        let field = field.into();
        let new = self.get(&field).is_none();
        if new {
            self.values.push((field, value, offset));
        }
        new
    }

    /// Fills a box for writing.
    pub(super) fn put(&mut self, field: &'static str, value: Option<Value<'a>>) {
        if let Some(value) = value {
            self.fill(field, value, 0);
        }
    }

    /// Fills a box with text for writing.
    pub(super) fn put_text(&mut self, field: &'static str, text: Option<&'a str>) {
        self.put(field, text.map(|text| Value::Text(text.into())));
    }

    /// Adds a repetition of a group; how many there are now.
    pub(super) fn add(&mut self, group: impl Into<Cow<'a, str>>, boxes: Self) -> usize {
        let group = group.into();
        match self.groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, all)) => {
                all.push(boxes);
                all.len()
            }
            None => {
                self.groups.push((group, vec![boxes]));
                1
            }
        }
    }

    /// A box.
    pub(super) fn get(&self, field: &str) -> Option<&Value<'a>> {
        self.values.iter().find(|(known, ..)| known == field).map(|(_, value, _)| value)
    }

    /// Where a box's element begins.
    pub(super) fn offset_of(&self, field: &str) -> usize {
        self.values.iter().find(|(known, ..)| known == field).map_or(self.offset, |(.., offset)| *offset)
    }

    /// The repetitions of a group.
    pub(super) fn group(&self, group: &str) -> &[Self] {
        self.groups.iter().find(|(known, _)| known == group).map_or(&[], |(_, all)| all)
    }
}
