//! `warnings.toml` and `overlaps.toml`: published warnings, the order of rules that meet, who
//! leads where checks meet.

use super::defect::{At, Defects};
use super::folder::Folder;
use super::table::{Table, read_toml};
use super::values::{self, Period};
use crate::law::notices::{Order, Reach};
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
    /// The citation.
    pub(crate) legal_basis: String,
    /// What it says, in Vietnamese and in English.
    pub(crate) why: (String, String),
}

/// A `[[lead]]`.
#[derive(Debug)]
pub(crate) struct LeadSource {
    /// Its key.
    pub(crate) id: At<String>,
    /// Where checks have to meet.
    pub(crate) of: Reach,
    /// Which checks have to meet.
    pub(crate) meeting: MeetingSource,
    /// They are done together.
    pub(crate) together: bool,
    /// The ministry's code.
    pub(crate) ministry: At<String>,
    /// The agency's code.
    pub(crate) agency: Option<At<String>>,
    /// Its days.
    pub(crate) period: Period,
    /// The citation.
    pub(crate) legal_basis: String,
    /// What it says, in Vietnamese and in English.
    pub(crate) why: (String, String),
}

/// Which checks have to meet.
#[derive(Debug)]
pub(crate) enum MeetingSource {
    /// Keys of measures: each of the first, and one of the second.
    Measures(Vec<At<String>>, Vec<At<String>>),
    /// The key of a measure, by several ministries.
    SeveralMinistries(At<String>),
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
    let why = why(&mut table, to);
    table.text_or_empty("note", to);
    table.finish(to);
    Some(PrecedenceSource { rule: rule?, over: over?, order: order?.value, period, legal_basis, why })
}

/// What a citation says, in both languages.
fn why(table: &mut Table<'_>, to: &mut Defects) -> (String, String) {
    let vi = table.filled("why_vi", to).map(|text| text.value).unwrap_or_default();
    let en = table.filled("why_en", to).map(|text| text.value).unwrap_or_default();
    (vi, en)
}

fn lead(mut table: Table<'_>, to: &mut Defects) -> Option<LeadSource> {
    let id = table.filled("id", to);
    let of = if table.has("of") {
        table.word("of", &[("line", Reach::Line), ("consignment", Reach::Consignment)], to).map(|of| of.value)
    } else {
        Some(Reach::Line)
    };
    let together = table.flag("together", to);
    let meeting = meeting(&mut table, to);
    if let (Some(together), Some(MeetingSource::SeveralMinistries(_))) = (&together, &meeting) {
        let message = "`together` is about different measures: checks for one measure never wait for each other";
        to.error(together.place, "lead_form", message);
    }
    let ministry = table.filled("ministry", to);
    let agency = table.optional("agency", to);
    let period = values::period(&mut table, to);
    let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
    let why = why(&mut table, to);
    table.text_or_empty("note", to);
    table.text_or_empty("source", to);
    table.finish(to);
    let together = together.is_some_and(|together| together.value);
    Some(LeadSource {
        id: id?,
        of: of?,
        meeting: meeting?,
        together,
        ministry: ministry?,
        agency,
        period,
        legal_basis,
        why,
    })
}

/// Which checks have to meet; a form that says nothing is an error.
fn meeting(table: &mut Table<'_>, to: &mut Defects) -> Option<MeetingSource> {
    let all = table.texts("all", to);
    let with = table.texts("with", to);
    let several = table.optional("several_ministries", to);
    let twice = with.iter().find(|key| all.iter().any(|other| other.value == key.value));
    if let Some(twice) = twice {
        let message = format!("`{}` is in `all` as well: it would meet itself", twice.value);
        to.error(twice.place, "lead_form", message);
        return None;
    }
    let named = all.iter().enumerate().filter(|(at, key)| all[..*at].iter().all(|other| other.value != key.value));
    let enough = named.count() + usize::from(!with.is_empty()) > 1;
    match several {
        Some(measure) if all.is_empty() && with.is_empty() => Some(MeetingSource::SeveralMinistries(measure)),
        None if enough && !all.is_empty() => Some(MeetingSource::Measures(all, with)),
        _ => {
            to.error_with(
                table.place(),
                "lead_form",
                "it does not say which checks meet",
                Some("name two measures or more in `all`, or one there and others in `with`, or one in `several_ministries` alone".to_owned()),
            );
            None
        }
    }
}
