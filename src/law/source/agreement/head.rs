//! `agreement.toml`: what holds of the agreement as a whole.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::{HEAD, decimal, said, sourced, whole, words};
use crate::law::agreement::{
    BoxName, CheckId, FobRule, FobWhen, Limit, LimitId, LimitUnit, NoteWords, Quoting, RequiredBox, Threshold,
    ThresholdId, Waiver,
};
use crate::law::source::defect::{At, Defects};
use crate::law::source::folder::Folder;
use crate::law::source::table::{Table, one_of};
use crate::law::source::values::{code, period, positive};
use crate::trade::{ClassificationChange, CountryCode, CriterionPart, CurrencyCode};

/// What the file says.
pub(super) struct Head {
    pub(super) name_vi: String,
    pub(super) name_en: String,
    pub(super) form: String,
    pub(super) criteria: Vec<String>,
    pub(super) general_criteria: Vec<String>,
    pub(super) fob: FobRule,
    pub(super) boxes: Vec<RequiredBox>,
    pub(super) waiver: Waiver,
    pub(super) quoting: Vec<Quoting>,
    pub(super) note_words: NoteWords,
    pub(super) limits: Vec<Limit>,
    pub(super) thresholds: Vec<Threshold>,
}

pub(super) fn read(folder: &Folder, to: &mut Defects) -> Option<Head> {
    whole(folder, HEAD, to, &mut head).flatten()
}

fn head(table: &mut Table<'_>, to: &mut Defects) -> Option<Head> {
    table.text_or_empty("note", to);
    let (name_vi, name_en) = (said(table, "name_vi", to), said(table, "name_en", to));
    let form = said(table, "form", to);
    let (criteria, general_criteria) = match table.table("criteria", to) {
        Some(inner) => criteria(inner, to),
        None => {
            to.error(table.place(), "missing_key", "`[criteria]` is missing");
            (Vec::new(), Vec::new())
        }
    };
    let fob = required(table, "fob", to).and_then(|inner| fob(inner, to));
    let waiver = required(table, "waiver", to).and_then(|inner| waiver(inner, to));
    let note_words = required(table, "notes", to).map(|inner| note_words(inner, to));
    let boxes = table.tables("box", to).into_iter().filter_map(|inner| required_box(inner, to)).collect();
    let quoting = table.tables("quoting", to).into_iter().filter_map(|inner| quoting(inner, to)).collect();
    let limits = complete(table, "limit", LimitId::ALL, LimitId::as_str, limit, to);
    let thresholds = complete(table, "threshold", ThresholdId::ALL, ThresholdId::as_str, threshold, to);
    Some(Head {
        name_vi,
        name_en,
        form,
        criteria,
        general_criteria,
        fob: fob?,
        boxes,
        waiver: waiver?,
        quoting,
        note_words: note_words?,
        limits,
        thresholds,
    })
}

fn required<'t>(table: &mut Table<'t>, key: &'static str, to: &mut Defects) -> Option<Table<'t>> {
    if !table.has(key) {
        to.error(table.place(), "missing_key", format!("`[{key}]` is missing"));
    }
    table.table(key, to)
}

/// Reads tables that each have one of a closed set of ids; all of the set must be there, once. They
/// come back in the set's order.
fn complete<I: Copy + PartialEq, T>(
    table: &mut Table<'_>,
    key: &'static str,
    ids: &'static [I],
    name: fn(I) -> &'static str,
    read: fn(Table<'_>, &mut Defects) -> Option<T>,
    to: &mut Defects,
) -> Vec<T> {
    let names: Vec<(&'static str, I)> = ids.iter().map(|id| (name(*id), *id)).collect();
    let mut found: Vec<(I, Option<T>)> = Vec::new();
    for mut inner in table.tables(key, to) {
        let id = inner.word("id", &names, to);
        let value = read(inner, to);
        if let Some(id) = id {
            if found.iter().any(|(known, _)| *known == id.value) {
                to.error(id.place, "duplicate", format!("`{}` is there already", name(id.value)));
            } else {
                found.push((id.value, value));
            }
        }
    }
    let mut ordered = Vec::new();
    for id in ids {
        match found.iter().position(|(known, _)| known == id) {
            Some(at) => ordered.extend(found.swap_remove(at).1),
            None => to.error(table.place(), "missing_entry", format!("no `[[{key}]]` has the id `{}`", name(*id))),
        }
    }
    ordered
}

fn limit(mut table: Table<'_>, to: &mut Defects) -> Option<Limit> {
    const UNITS: [(&str, LimitUnit); 3] =
        [("days", LimitUnit::Days), ("months", LimitUnit::Months), ("years", LimitUnit::Years)];
    let count = positive(&mut table, "count", to);
    let unit = table.word("unit", &UNITS, to);
    let cites = said(&mut table, "cites", to);
    let sourced = sourced(&mut table, to);
    table.finish(to);
    Some(Limit { count: count?, unit: unit?.value, cites, sourced })
}

fn threshold(mut table: Table<'_>, to: &mut Defects) -> Option<Threshold> {
    let percent = decimal(&mut table, "percent", to);
    if let Some(percent) = &percent
        && percent.value > Decimal::ONE_HUNDRED
    {
        to.error(percent.place, "bad_number", "`percent` lies between 0 and 100");
    }
    let cites = said(&mut table, "cites", to);
    let sourced = sourced(&mut table, to);
    table.finish(to);
    Some(Threshold { percent: percent?.value, cites, sourced })
}

/// Names of grounds of origin, as box 8 can be read.
fn kinds(texts: &[At<String>], to: &mut Defects) -> Vec<String> {
    let parts = [
        CriterionPart::WhollyObtained,
        CriterionPart::ValueContent(Decimal::ONE),
        CriterionPart::Change(ClassificationChange::Chapter),
        CriterionPart::Change(ClassificationChange::Heading),
        CriterionPart::Change(ClassificationChange::Subheading),
        CriterionPart::SpecificProcess,
        CriterionPart::PartialCumulation(Decimal::ONE),
    ];
    let known: Vec<&'static str> = parts.iter().map(CriterionPart::kind).collect();
    let words: Vec<(&'static str, &'static str)> = known.iter().map(|kind| (*kind, *kind)).collect();
    texts.iter().filter_map(|text| one_of(text, "criteria", &words, to)).map(|kind| kind.value.to_owned()).collect()
}

fn criteria(mut table: Table<'_>, to: &mut Defects) -> (Vec<String>, Vec<String>) {
    let allowed = kinds(&table.texts("allowed", to), to);
    let general_texts = table.texts("general", to);
    let general = kinds(&general_texts, to);
    for text in &general_texts {
        if general.contains(&text.value) && !allowed.contains(&text.value) {
            to.error(text.place, "not_allowed", format!("`{}` is general and not among `allowed`", text.value));
        }
    }
    said(&mut table, "cites", to);
    table.finish(to);
    (allowed, general)
}

fn fob(mut table: Table<'_>, to: &mut Defects) -> Option<FobRule> {
    const WHEN: [(&str, FobWhen); 2] = [("either", FobWhen::Either), ("both", FobWhen::Both)];
    let criteria = kinds(&table.texts("criteria", to), to);
    let when = table.word("when", &WHEN, to);
    let cites = said(&mut table, "cites", to);
    let mut states = Vec::new();
    for mut inner in table.tables("state", to) {
        let country = inner.filled("country", to).and_then(|text| code(&text, CountryCode::parse, to));
        let days = period(&mut inner, to).days;
        inner.text_or_empty("note", to);
        inner.finish(to);
        states.extend(country.map(|country| (country.value, days)));
    }
    table.finish(to);
    Some(FobRule { criteria, when: when?.value, states, cites })
}

fn waiver(mut table: Table<'_>, to: &mut Defects) -> Option<Waiver> {
    let value_max = decimal(&mut table, "value_max", to);
    let currency = table.filled("currency", to).and_then(|text| code(&text, CurrencyCode::parse, to));
    let cites = said(&mut table, "cites", to);
    table.finish(to);
    Some(Waiver { value_max: value_max?.value, currency: currency?.value, cites })
}

fn required_box(mut table: Table<'_>, to: &mut Defects) -> Option<RequiredBox> {
    let checks = [CheckId::BoxMissing, CheckId::BoxMissingOnPaper].map(|check| (check.as_str(), check));
    let printed = table.text_or_empty("box", to);
    let name = table.word("name", &BoxName::ALL, to);
    let check = table.word("check", &checks, to);
    let (vi, en) = (said(&mut table, "vi", to), said(&mut table, "en", to));
    let cites = said(&mut table, "cites", to);
    table.finish(to);
    Some(RequiredBox { printed, name: name?.value, vi, en, check: check?.value, cites })
}

fn quoting(mut table: Table<'_>, to: &mut Defects) -> Option<Quoting> {
    let family = table.filled("family", to);
    let document_codes = words(&mut table, "document_codes", to);
    let invoice_codes = words(&mut table, "invoice_codes", to);
    let in_notes = table.flag("in_notes", to).is_some_and(|flag| flag.value);
    let mut transport = Vec::new();
    for (declared, modes) in table.named_texts("transport", to) {
        match modes.as_slice() {
            [mode] => transport.push((declared.value, mode.value.clone())),
            _ => to.error(declared.place, "wrong_type", format!("`{}` has one mode of transport", declared.value)),
        }
    }
    said(&mut table, "cites", to);
    table.finish(to);
    Some(Quoting { family: family?.value, document_codes, invoice_codes, in_notes, transport })
}

fn note_words(mut table: Table<'_>, to: &mut Defects) -> NoteWords {
    let mut list = |key| {
        let texts = table.texts(key, to);
        let mut seen = HashSet::new();
        for text in &texts {
            if text.value != text.value.to_lowercase() || !text.value.is_ascii() {
                let help = "write it in small letters without accents".to_owned();
                to.error_with(text.place, "not_folded", format!("`{}` is not folded", text.value), Some(help));
            }
            if !seen.insert(text.value.clone()) {
                to.error(text.place, "duplicate", format!("`{}` is there twice", text.value));
            }
        }
        texts.into_iter().map(|text| text.value).collect()
    };
    let found = NoteWords { begins: list("begins"), labels: list("labels"), ends: list("ends"), late: list("late") };
    said(&mut table, "cites", to);
    table.finish(to);
    found
}
