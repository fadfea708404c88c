//! What was found about a certificate.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::{Agreement, CheckId, Effect, Limit, LimitUnit};
use crate::trade::CertificateKey;

/// One check that failed, or that says something worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginFinding {
    /// Which check.
    pub check: CheckId,
    /// What it means for the preference, as the agreement's data said when it was found.
    pub effect: Effect,
    /// The certificate that it is about, where it is said of a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateKey>,
    /// The certificate's item that it is about; absent: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// The rule of the OCP, the note of the form or the article that it rests on.
    pub cites: String,
    /// What its words name, by their places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(Cow<'static, str>, Value)>,
}

/// What stands in a place of a finding's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// The same in every language.
    Plain(String),
    /// In two languages.
    Both {
        /// In Vietnamese.
        vi: String,
        /// In English.
        en: String,
    },
}

impl OriginFinding {
    /// A finding with the effect and the citation of the agreement's data.
    pub fn new(agreement: &Agreement, check: CheckId) -> Self {
        let described = agreement.check(check);
        let cites = described.cites.clone();
        Self { check, effect: described.effect, certificate: None, item: None, cites, values: Vec::new() }
    }

    /// The same about an item.
    #[must_use]
    pub fn item(mut self, number: u32) -> Self {
        self.item = Some(number);
        self
    }

    /// With a value for a place of its words.
    #[must_use]
    pub fn with(mut self, place: &'static str, value: impl Into<Value>) -> Self {
        debug_assert!(self.check.places().contains(&place), "{} has no place {place}", self.check.as_str());
        self.values.push((Cow::Borrowed(place), value.into()));
        self
    }

    /// Its words in Vietnamese.
    pub fn vi(&self, agreement: &Agreement) -> String {
        self.fill(&agreement.check(self.check).vi, |value| match value {
            Value::Plain(text) | Value::Both { vi: text, .. } => text,
        })
    }

    /// Its words in English.
    pub fn en(&self, agreement: &Agreement) -> String {
        self.fill(&agreement.check(self.check).en, |value| match value {
            Value::Plain(text) | Value::Both { en: text, .. } => text,
        })
    }

    fn fill<'v>(&'v self, words: &str, choose: impl Fn(&'v Value) -> &'v str) -> String {
        let mut filled = String::with_capacity(words.len() + 32);
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (place, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = self.values.iter().find(|(known, _)| known == place);
            filled.push_str(value.map_or("?", |(_, value)| choose(value)));
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<Date> for Value {
    fn from(day: Date) -> Self {
        Self::Plain(day.to_string())
    }
}

impl From<&Limit> for Value {
    fn from(limit: &Limit) -> Self {
        let unit = match limit.unit {
            LimitUnit::Days => "ngày",
            LimitUnit::Months => "tháng",
            LimitUnit::Years => "năm",
        };
        Self::Both { vi: format!("{} {unit}", limit.count), en: limit.to_string() }
    }
}
