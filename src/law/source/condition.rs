//! Conditions as a pack writes them.

use rust_decimal::Decimal;

use super::defect::{At, Defects, did_you_mean};
use super::table::{Table, one_of};
use super::values;
use crate::law::condition::{Comparison, NumberField};
use crate::trade::{CountryCode, CurrencyCode, HsCode, RegimeCode};

/// More levels than any article needs.
const DEPTH_MAX: usize = 16;

/// A condition as written; names are not resolved yet.
#[derive(Debug, Clone)]
pub(crate) enum ConditionSource {
    /// `{ fact, is }`, `{ fact, in }` or `{ fact }`.
    Fact {
        /// The fact's key.
        fact: At<String>,
        /// The value asked for.
        is: Option<At<String>>,
        /// The values of which one is asked for.
        among: Option<Vec<At<String>>>,
    },
    /// `{ regime = [..] }`
    Regime(Vec<At<RegimeCode>>),
    /// `{ origin = [..] }`
    Origin(Vec<At<CountryCode>>),
    /// `{ hs = [..] }`
    Hs(Vec<HsCode>),
    /// `{ number, le | lt | ge | gt, currency }`
    Number {
        /// Which number.
        field: NumberField,
        /// How it is compared.
        comparison: Comparison,
        /// With what.
        threshold: Decimal,
        /// In which currency.
        currency: Option<At<CurrencyCode>>,
    },
    /// `{ same_party = ["importer", "exporter"] }`
    SameParty,
    /// `{ all = [..] }`
    All(Vec<At<ConditionSource>>),
    /// `{ any = [..] }`
    Any(Vec<At<ConditionSource>>),
    /// `{ not = {..} }`
    Not(Box<At<ConditionSource>>),
    /// `{ never = ".." }`
    Never(String),
}

const FORMS: [&str; 9] = ["fact", "regime", "origin", "hs", "number", "same_party", "all", "any", "not"];

/// Reads the condition under `key`, if there is one.
pub(crate) fn condition(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> Option<At<ConditionSource>> {
    let inner = table.table(key, to)?;
    read(inner, 0, to)
}

fn read(mut table: Table<'_>, depth: usize, to: &mut Defects) -> Option<At<ConditionSource>> {
    let place = table.place();
    if depth > DEPTH_MAX {
        to.error(place, "limit_condition", format!("conditions are nested more than {DEPTH_MAX} deep"));
        return None;
    }
    let forms: Vec<&str> = FORMS.into_iter().chain(["never"]).filter(|form| table.has(form)).collect();
    let [form] = forms[..] else {
        let message = if forms.is_empty() {
            "a condition without a test".to_owned()
        } else {
            format!("a condition with several tests: {}", forms.join(", "))
        };
        to.error_with(
            place,
            "condition_form",
            message,
            Some(format!("one of: {}, never; join several with `all` or `any`", FORMS.join(", "))),
        );
        return None;
    };
    let value = match form {
        "fact" => fact(&mut table, to),
        "regime" => Some(ConditionSource::Regime(codes(&mut table, "regime", RegimeCode::parse, to))),
        "origin" => Some(ConditionSource::Origin(codes(&mut table, "origin", CountryCode::parse, to))),
        "hs" => {
            let texts = some_texts(&mut table, "hs", to);
            Some(ConditionSource::Hs(texts.iter().filter_map(|text| values::hs(text, to)).collect()))
        }
        "number" => number(&mut table, to),
        "same_party" => same_party(&mut table, to),
        "all" => Some(ConditionSource::All(several(&mut table, "all", depth, to))),
        "any" => Some(ConditionSource::Any(several(&mut table, "any", depth, to))),
        "not" => table
            .table("not", to)
            .and_then(|inner| read(inner, depth + 1, to))
            .map(|inner| ConditionSource::Not(Box::new(inner))),
        _ => table.filled("never", to).map(|text| ConditionSource::Never(text.value)),
    };
    table.finish(to);
    value.map(|value| At { value, place })
}

fn fact(table: &mut Table<'_>, to: &mut Defects) -> Option<ConditionSource> {
    let fact = table.filled("fact", to);
    let is = table.optional("is", to);
    let among = table.has("in").then(|| some_texts(table, "in", to));
    if is.is_some() && among.is_some() {
        to.error(table.place(), "condition_form", "a fact is asked for by `is` or by `in`, not by both");
    }
    Some(ConditionSource::Fact { fact: fact?, is, among })
}

fn codes<T>(
    table: &mut Table<'_>,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, crate::trade::CodeError>,
    to: &mut Defects,
) -> Vec<At<T>> {
    let texts = some_texts(table, key, to);
    texts.iter().filter_map(|text| values::code(text, &parse, to)).collect()
}

fn some_texts(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> Vec<At<String>> {
    let before = to.errors();
    let texts = table.texts(key, to);
    if texts.is_empty() && to.errors() == before {
        to.error(table.place(), "empty_value", format!("`{key}` is empty"));
    }
    texts
}

fn several(table: &mut Table<'_>, key: &'static str, depth: usize, to: &mut Defects) -> Vec<At<ConditionSource>> {
    let before = to.errors();
    let tables = table.tables(key, to);
    if tables.is_empty() && to.errors() == before {
        to.error(table.place(), "empty_value", format!("`{key}` is empty"));
    }
    tables.into_iter().filter_map(|inner| read(inner, depth + 1, to)).collect()
}

fn number(table: &mut Table<'_>, to: &mut Defects) -> Option<ConditionSource> {
    const FIELDS: [(&str, NumberField); 3] = [
        ("customs_value", NumberField::CustomsValue),
        ("net_weight_kg", NumberField::NetWeightKg),
        ("quantity", NumberField::Quantity),
    ];
    const COMPARISONS: [(&str, Comparison); 4] =
        [("le", Comparison::Le), ("lt", Comparison::Lt), ("ge", Comparison::Ge), ("gt", Comparison::Gt)];
    let field = table.filled("number", to).and_then(|text| one_of(&text, "number", &FIELDS, to));
    let mut found: Vec<(Comparison, Decimal)> = Vec::new();
    let mut stated = 0;
    for (key, comparison) in COMPARISONS {
        let Some(text) = table.optional(key, to) else {
            continue;
        };
        stated += 1;
        match Decimal::from_str_exact(&text.value) {
            Ok(threshold) => found.push((comparison, threshold)),
            Err(_) => to.error(text.place, "bad_number", format!("`{}` is no decimal number", text.value)),
        }
    }
    if stated != 1 {
        to.error(table.place(), "condition_form", "a number is compared by exactly one of le, lt, ge, gt");
    }
    let currency = table.optional("currency", to).and_then(|text| values::code(&text, CurrencyCode::parse, to));
    let field = field?.value;
    match (field, &currency) {
        (NumberField::CustomsValue, None) => {
            to.error(table.place(), "missing_key", "`currency` is missing: a value is compared in a currency");
        }
        (NumberField::NetWeightKg | NumberField::Quantity, Some(currency)) => {
            to.error(currency.place, "condition_form", "only `customs_value` has a currency");
        }
        _ => {}
    }
    let (comparison, threshold) = found.pop()?;
    Some(ConditionSource::Number { field, comparison, threshold, currency })
}

fn same_party(table: &mut Table<'_>, to: &mut Defects) -> Option<ConditionSource> {
    let parties = table.texts("same_party", to);
    let mut words: Vec<&str> = parties.iter().map(|party| party.value.as_str()).collect();
    words.sort_unstable();
    if words == ["exporter", "importer"] {
        return Some(ConditionSource::SameParty);
    }
    let help = words.iter().find_map(|word| did_you_mean(word, ["importer", "exporter"]));
    to.error_with(
        table.place(),
        "unknown_word",
        "`same_party` compares the importer and the exporter",
        help.or_else(|| Some("write `same_party = [\"importer\", \"exporter\"]`".to_owned())),
    );
    None
}
