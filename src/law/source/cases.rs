//! `cases/*.toml`: what reviewers of the law expect of each rule, one line of goods a case.

use rust_decimal::Decimal;

use super::defect::{At, Defects};
use super::folder::Folder;
use super::table::{Table, one_of, read_toml};
use super::values;
use crate::law::case::Expectation;
use crate::law::day::Day;
use crate::law::index::Presumed;
use crate::trade::{Certainty, CountryCode, CurrencyCode, Direction, HsCode, RegimeCode, Status, UnitCode};

/// A case as written. What could not be read is recorded, and absent here.
#[derive(Debug)]
pub(crate) struct CaseSource {
    /// The rule's id.
    pub(crate) rule: Option<At<String>>,
    /// What is expected.
    pub(crate) expect: Option<At<Expectation>>,
    /// The case in a few words.
    pub(crate) title: String,
    /// The day.
    pub(crate) day: Option<Day>,
    /// Which way the goods go.
    pub(crate) direction: Option<Direction>,
    /// The code.
    pub(crate) hs: Option<HsCode>,
    /// The code beside a preferential line.
    pub(crate) general_hs: Option<HsCode>,
    /// The regime.
    pub(crate) regime: Option<At<RegimeCode>>,
    /// The origin.
    pub(crate) origin: Option<At<CountryCode>>,
    /// The goods in words.
    pub(crate) description: String,
    /// Customs value.
    pub(crate) value: Option<Decimal>,
    /// Its currency.
    pub(crate) currency: Option<At<CurrencyCode>>,
    /// Net mass in kilograms.
    pub(crate) net_mass_kg: Option<Decimal>,
    /// Quantity.
    pub(crate) quantity: Option<Decimal>,
    /// Its unit.
    pub(crate) unit: Option<At<UnitCode>>,
    /// The importer's identifier.
    pub(crate) importer: Option<String>,
    /// The exporter's identifier.
    pub(crate) exporter: Option<String>,
    /// `fact=value`, apart.
    pub(crate) facts: Vec<(At<String>, String)>,
    /// `code:number`, apart.
    pub(crate) documents: Vec<(At<String>, String)>,
    /// What the requirement must be.
    pub(crate) status: Option<Status>,
    /// How sure.
    pub(crate) certainty: Option<Certainty>,
    /// What follows meanwhile.
    pub(crate) presumed: Option<Presumed>,
    /// The exemption's key.
    pub(crate) exemption: Option<At<String>>,
    /// The article and the reasoning.
    pub(crate) why: String,
}

/// Reads every case.
pub(crate) fn cases(folder: &Folder, to: &mut Defects) -> Vec<CaseSource> {
    let mut cases = Vec::new();
    for file in folder.under("cases/", ".toml") {
        read_toml(file, to, &mut |mut table, to| {
            cases.extend(table.tables("case", to).into_iter().map(|inner| case(inner, to)));
            table.finish(to);
        });
    }
    cases
}

fn case(mut table: Table<'_>, to: &mut Defects) -> CaseSource {
    const EXPECTED: [(&str, Expectation); 2] =
        [("positive", Expectation::Positive), ("negative", Expectation::Negative)];
    const DIRECTIONS: [(&str, Direction); 2] = [("import", Direction::Import), ("export", Direction::Export)];
    const PRESUMED: [(&str, Presumed); 3] =
        [("true", Presumed::True), ("false", Presumed::False), ("ask", Presumed::Ask)];
    let statuses: Vec<(&'static str, Status)> = Status::ALL.iter().map(|word| (word.as_str(), *word)).collect();
    let certainties: Vec<_> = Certainty::ALL.iter().map(|word| (word.as_str(), *word)).collect();
    let case = CaseSource {
        rule: table.filled("rule", to),
        expect: table.word("expect", &EXPECTED, to),
        title: table.filled("title", to).map(|text| text.value).unwrap_or_default(),
        day: table.filled("date", to).and_then(|text| values::day(&text, to)),
        direction: table.word("direction", &DIRECTIONS, to).map(|word| word.value),
        hs: table.filled("hs", to).and_then(|text| values::hs(&text, to)),
        general_hs: table.optional("general_hs", to).and_then(|text| values::hs(&text, to)),
        regime: table.optional("regime", to).and_then(|text| values::code(&text, RegimeCode::parse, to)),
        origin: table.optional("origin", to).and_then(|text| values::code(&text, CountryCode::parse, to)),
        description: table.text_or_empty("description", to),
        value: amount(&mut table, "value", to),
        currency: table.optional("currency", to).and_then(|text| values::code(&text, CurrencyCode::parse, to)),
        net_mass_kg: amount(&mut table, "net_mass_kg", to),
        quantity: amount(&mut table, "quantity", to),
        unit: table.optional("unit", to).and_then(|text| values::code(&text, UnitCode::parse, to)),
        importer: table.optional("importer", to).map(|text| text.value),
        exporter: table.optional("exporter", to).map(|text| text.value),
        facts: pairs(&mut table, "facts", '=', "use=food", to),
        documents: pairs(&mut table, "documents", ':', "CODE:123/2026", to),
        status: word(&mut table, "status", &statuses, to),
        certainty: word(&mut table, "certainty", &certainties, to),
        presumed: word(&mut table, "presumed", &PRESUMED, to),
        exemption: table.optional("exemption", to),
        why: table.filled("why", to).map(|text| text.value).unwrap_or_default(),
    };
    for (given, beside, key, needs) in [
        (case.currency.is_some(), case.value.is_some(), "currency", "value"),
        (case.unit.is_some(), case.quantity.is_some(), "unit", "quantity"),
    ] {
        if given && !beside && !table.has(needs) {
            to.error(table.place(), "missing_key", format!("`{needs}` is missing: `{key}` says nothing without it"));
        }
    }
    table.finish(to);
    case
}

/// A number that is zero or more.
fn amount(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> Option<Decimal> {
    let text = table.optional(key, to)?;
    let read = Decimal::from_str_exact(&text.value).ok().filter(|amount| !amount.is_sign_negative());
    if read.is_none() {
        let help = Some("write digits with a point: `1250.5`".to_owned());
        to.error_with(text.place, "bad_number", format!("`{}` is no decimal number from 0 on", text.value), help);
    }
    read
}

/// One of a closed set of words; absent is none.
fn word<T: Copy>(table: &mut Table<'_>, key: &'static str, words: &[(&'static str, T)], to: &mut Defects) -> Option<T> {
    let text = table.optional(key, to)?;
    one_of(&text, key, words, to).map(|word| word.value)
}

/// Texts of two parts, both of which say something.
fn pairs(
    table: &mut Table<'_>,
    key: &'static str,
    between: char,
    example: &str,
    to: &mut Defects,
) -> Vec<(At<String>, String)> {
    let mut pairs = Vec::new();
    for At { value, place } in table.texts(key, to) {
        match value.split_once(between) {
            Some((left, right)) if !left.is_empty() && !right.is_empty() => {
                pairs.push((At { value: left.to_owned(), place }, right.to_owned()));
            }
            _ => {
                let message = format!("`{value}` has no `{between}` with something on both sides");
                to.error_with(place, "bad_pair", message, Some(format!("write as in `{example}`")));
            }
        }
    }
    pairs
}
