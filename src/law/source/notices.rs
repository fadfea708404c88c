//! `warnings.toml` and `overlaps.toml`: published warnings, the order of rules that meet, who
//! leads where checks meet.

use super::defect::{At, Defects};
use super::folder::Folder;
use super::table::{Table, read_toml};
use super::values::{self, Period};
use crate::law::notices::Order;
use crate::trade::{CountryCode, HsCode};

/// A `[[warning]]`.
#[derive(Debug)]
pub(crate) struct WarningSource {
    /// Its key.
    pub(crate) id: At<String>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Keys of measures.
    pub(crate) measures: Vec<At<String>>,
    /// Codes.
    pub(crate) hs: Vec<HsCode>,
    /// Origins.
    pub(crate) origins: Vec<At<CountryCode>>,
    /// Makers.
    pub(crate) makers: Vec<String>,
    /// Tax codes.
    pub(crate) importers: Vec<String>,
    /// Its days.
    pub(crate) period: Period,
    /// The notice.
    pub(crate) legal_basis: String,
}

/// A `[[precedence]]`.
#[derive(Debug)]
pub(crate) struct PrecedenceSource {
    /// The rule that prevails.
    pub(crate) rule: At<String>,
    /// The other.
    pub(crate) over: At<String>,
    /// What becomes of them.
    pub(crate) order: Order,
    /// Its days.
    pub(crate) period: Period,
    /// The article.
    pub(crate) legal_basis: String,
}

/// A `[[lead]]`.
#[derive(Debug)]
pub(crate) struct LeadSource {
    /// Its key.
    pub(crate) id: At<String>,
    /// Keys of measures.
    pub(crate) measures: Vec<At<String>>,
    /// The ministry's code.
    pub(crate) ministry: At<String>,
    /// The agency's code.
    pub(crate) agency: Option<At<String>>,
    /// Its days.
    pub(crate) period: Period,
    /// The article.
    pub(crate) legal_basis: String,
}

/// What `overlaps.toml` says.
#[derive(Debug, Default)]
pub(crate) struct Overlaps {
    /// The order of rules.
    pub(crate) precedences: Vec<PrecedenceSource>,
    /// Who leads.
    pub(crate) leads: Vec<LeadSource>,
}

/// Reads `warnings.toml`; a pack may have none.
pub(crate) fn warnings(folder: &Folder, to: &mut Defects) -> Vec<WarningSource> {
    let mut found = Vec::new();
    if let Some(file) = folder.file("warnings.toml") {
        read_toml(file, to, &mut |mut table, to| {
            for inner in table.tables("warning", to) {
                found.extend(warning(inner, to));
            }
            table.finish(to);
        });
    }
    found
}

/// Reads `overlaps.toml`; a pack may have none.
pub(crate) fn overlaps(folder: &Folder, to: &mut Defects) -> Overlaps {
    let mut found = Overlaps::default();
    if let Some(file) = folder.file("overlaps.toml") {
        read_toml(file, to, &mut |mut table, to| {
            for inner in table.tables("precedence", to) {
                found.precedences.extend(precedence(inner, to));
            }
            for inner in table.tables("lead", to) {
                found.leads.extend(lead(inner, to));
            }
            table.finish(to);
        });
    }
    found
}

fn warning(mut table: Table<'_>, to: &mut Defects) -> Option<WarningSource> {
    let id = table.filled("id", to);
    let title_vi = table.filled("title_vi", to).map(|text| text.value).unwrap_or_default();
    let title_en = table.filled("title_en", to).map(|text| text.value).unwrap_or_default();
    let measures = table.texts("measures", to);
    let hs: Vec<HsCode> = table.texts("hs", to).iter().filter_map(|text| values::hs(text, to)).collect();
    let origins: Vec<At<CountryCode>> =
        table.texts("origins", to).iter().filter_map(|text| values::code(text, CountryCode::parse, to)).collect();
    let makers: Vec<String> = table.texts("makers", to).into_iter().map(|text| text.value).collect();
    let importers: Vec<String> = table.texts("importers", to).into_iter().map(|text| text.value).collect();
    if hs.is_empty() && origins.is_empty() && makers.is_empty() && importers.is_empty() {
        let message = "a warning names codes, origins, makers or importers: this one would meet all goods";
        to.error(table.place(), "warning_reach", message);
    }
    let period = values::period(&mut table, to);
    let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
    table.text_or_empty("source", to);
    table.finish(to);
    Some(WarningSource { id: id?, title_vi, title_en, measures, hs, origins, makers, importers, period, legal_basis })
}

fn precedence(mut table: Table<'_>, to: &mut Defects) -> Option<PrecedenceSource> {
    let rule = table.filled("rule", to);
    let over = table.filled("over", to);
    let order = table.word("order", &[("both", Order::Both), ("prevails", Order::Prevails)], to);
    let period = values::period(&mut table, to);
    let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
    table.text_or_empty("note", to);
    table.finish(to);
    Some(PrecedenceSource { rule: rule?, over: over?, order: order?.value, period, legal_basis })
}

fn lead(mut table: Table<'_>, to: &mut Defects) -> Option<LeadSource> {
    let id = table.filled("id", to);
    let measures = table.texts("measures", to);
    if measures.is_empty() {
        to.error(table.place(), "empty_value", "`measures` names the checks that meet");
    }
    let ministry = table.filled("ministry", to);
    let agency = table.optional("agency", to);
    let period = values::period(&mut table, to);
    let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
    table.text_or_empty("note", to);
    table.text_or_empty("source", to);
    table.finish(to);
    Some(LeadSource { id: id?, measures, ministry: ministry?, agency, period, legal_basis })
}
