//! Values of a pack as people read them: days, codes, chapters, conditions.

use serde::ser::{self, Serialize};
use serde_json::{Error, Map, Value};

use crate::law::Day;

/// Names without an order of their own.
pub(super) fn sorted(mut names: Vec<String>) -> Value {
    names.sort_unstable();
    Value::from(names)
}

/// A day as a date; null at an open end.
pub(super) fn day(number: usize) -> Value {
    if [Day::MIN, Day::MAX].iter().any(|end| usize::try_from(end.number()) == Ok(number)) {
        return Value::Null;
    }
    Value::from(format!("{:04}-{:02}-{:02}", number / 10_000, number / 100 % 100, number % 100))
}

/// Chapters that the bits of a number stand for.
pub(super) fn chapters(bits: &(impl Serialize + ?Sized)) -> Result<Value, Error> {
    let bits: u128 = serde_json::to_string(bits)?.parse().map_err(ser::Error::custom)?;
    let chapters = (0..128u32).filter(|chapter| bits >> chapter & 1 == 1);
    Ok(Value::Array(chapters.map(|chapter| Value::from(format!("{chapter:02}"))).collect()))
}

/// Words of a list, joined.
fn joined(list: &Value, with: &str) -> String {
    let words: Vec<String> = list.as_array().into_iter().flatten().map(word).collect();
    words.join(with)
}

/// A value as a word.
pub(super) fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A condition in words made of keys. Parts in brackets, so that different conditions never read
/// alike.
pub(super) fn condition(kind: &str, inner: &Value) -> Value {
    Value::from(match kind {
        "Always" => "always".to_owned(),
        "SameParty" => "importer and exporter are the same".to_owned(),
        "Fact" => joined(&inner["any_of"], "|"),
        "Scoped" => word(inner),
        "Regime" => format!("regime {}", joined(inner, "|")),
        "Origin" => format!("origin {}", joined(inner, "|")),
        "Hs" => format!("code in {}", joined(inner, "|")),
        "Number" => {
            let sign = match inner["comparison"].as_str() {
                Some("le") => "≤",
                Some("lt") => "<",
                Some("ge") => "≥",
                _ => ">",
            };
            let currency = inner["currency"].as_str().map(|code| format!(" {code}")).unwrap_or_default();
            format!("{} {sign} {}{currency}", word(&inner["field"]), word(&inner["threshold"]))
        }
        "All" => format!("({})", joined(inner, " and ")),
        "Any" => format!("({})", joined(inner, " or ")),
        "Not" => format!("not ({})", word(inner)),
        "Never" => format!("cannot be told ({})", word(inner)),
        _ => format!("{kind} {}", word(inner)),
    })
}

/// A code of the tariff by its digits.
pub(super) fn code(fields: &Map<String, Value>) -> Value {
    let number = |name| fields.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let text = format!("{:08}", number("padded"));
    Value::from(text.get(..number("digits").min(8)).unwrap_or_default())
}
