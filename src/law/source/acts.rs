//! Measures, procedures, facts, exemptions, exclusions and the lists of goods.

use super::condition::{ConditionSource, condition};
use super::defect::{At, Defects, Place};
use super::folder::Folder;
use super::life_cycle::LIFE_CYCLES;
use super::sheet::{read_csv, read_csv_with};
use super::table::{Table, read_toml};
use super::values::{self, Period};
use crate::law::day::Interval;
use crate::law::pack::{FactKind, ProcedureKind, ReadField, Sourced};
use crate::trade::HsCode;

/// A `[[measure]]`.
#[derive(Debug)]
pub(crate) struct MeasureSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// A negative list may reach it.
    pub(crate) inspection: bool,
}

/// A `[[procedure]]`.
#[derive(Debug)]
pub(crate) struct ProcedureSource {
    /// Its code.
    pub(crate) code: At<String>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// The ministry's code.
    pub(crate) ministry: Option<At<String>>,
    /// The agency that handles its dossiers.
    pub(crate) agency: Option<At<String>>,
    /// Its kind.
    pub(crate) kind: ProcedureKind,
    /// What follows a registration.
    pub(crate) followed_by: Option<At<String>>,
    /// The days on which it can be asked for.
    pub(crate) period: Period,
    /// What took its place.
    pub(crate) successor: Option<At<String>>,
}

/// A `[[fact]]`.
#[derive(Debug)]
pub(crate) struct FactSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// What its values look like.
    pub(crate) kind: FactKind,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Vietnamese question.
    pub(crate) ask_vi: String,
    /// English question.
    pub(crate) ask_en: String,
    /// Values of a choice.
    pub(crate) values: Vec<At<String>>,
    /// Set phrases: the value and the words.
    pub(crate) phrases: Vec<(At<String>, Vec<At<String>>)>,
    /// Fields of messages.
    pub(crate) reads: Vec<ReadSource>,
}

/// A `[[fact.read]]`.
#[derive(Debug)]
pub(crate) struct ReadSource {
    /// The message family; empty: any.
    pub(crate) format: &'static str,
    /// The field.
    pub(crate) field: ReadField,
    /// The code found there.
    pub(crate) code: String,
    /// The value it settles.
    pub(crate) value: At<String>,
}

/// An `[[exemption]]`.
#[derive(Debug)]
pub(crate) struct ExemptionSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// The measures it is about; empty: every one.
    pub(crate) measures: Vec<At<String>>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Its days.
    pub(crate) period: Period,
    /// The article.
    pub(crate) legal_basis: String,
    /// A published warning cancels it.
    pub(crate) overridden_by_warning: bool,
    /// How well it is sourced.
    pub(crate) sourced: Sourced,
    /// When it applies.
    pub(crate) condition: Option<At<ConditionSource>>,
}

/// An `[[exclusion]]`.
#[derive(Debug)]
pub(crate) struct ExclusionSource {
    /// Its key.
    pub(crate) id: At<String>,
    /// The ministry whose inspections it reaches.
    pub(crate) ministry: Option<At<String>>,
    /// Only these rules.
    pub(crate) rules: Vec<At<String>>,
    /// Its days.
    pub(crate) period: Period,
    /// The act.
    pub(crate) legal_basis: String,
    /// The codes it takes out.
    pub(crate) codes: Vec<At<HsCode>>,
}

/// A file under `lists/`.
#[derive(Debug)]
pub(crate) struct ListSource {
    /// Its path.
    pub(crate) path: String,
    /// Its beginning.
    pub(crate) place: Place,
    /// Its rows.
    pub(crate) entries: Vec<Entry>,
}

/// A row of a list of goods.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The annex it stands in.
    pub(crate) annex: String,
    /// The code.
    pub(crate) hs: HsCode,
    /// The group of the rule; empty: none.
    pub(crate) group: String,
    /// The note as printed.
    pub(crate) note: String,
    /// Its days, within those of the rule.
    pub(crate) valid: Interval,
    /// Where it stands.
    pub(crate) place: Place,
}

/// The grades of sources.
pub(crate) const SOURCED: [(&str, Sourced); 3] =
    [("sourced", Sourced::Sourced), ("partly", Sourced::Partly), ("general_knowledge", Sourced::GeneralKnowledge)];

/// Reads every `[[name]]` of a file.
fn each<T>(
    folder: &Folder,
    path: &str,
    name: &'static str,
    to: &mut Defects,
    read: &dyn Fn(Table<'_>, &mut Defects) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    let Some(file) = folder.file(path) else {
        let file = to.file(path);
        to.error(Place { file, line: 0, column: 0 }, "missing_file", format!("`{path}` is missing"));
        return found;
    };
    read_toml(file, to, &mut |mut table, to| {
        for inner in table.tables(name, to) {
            found.extend(read(inner, to));
        }
        table.finish(to);
    });
    found
}

/// `measures.toml`
pub(crate) fn measures(folder: &Folder, to: &mut Defects) -> Vec<MeasureSource> {
    each(folder, "measures.toml", "measure", to, &|mut table, to| {
        let key = table.filled("key", to);
        let (title_vi, title_en) = titles(&mut table, to);
        let inspection = table.flag("inspection", to);
        if !table.has("inspection") {
            to.error(table.place(), "missing_key", "`inspection` is missing");
        }
        table.finish(to);
        Some(MeasureSource { key: key?, title_vi, title_en, inspection: inspection.is_some_and(|flag| flag.value) })
    })
}

fn titles(table: &mut Table<'_>, to: &mut Defects) -> (String, String) {
    let vi = table.filled("title_vi", to).map(|text| text.value);
    let en = table.filled("title_en", to).map(|text| text.value);
    (vi.unwrap_or_default(), en.unwrap_or_default())
}

/// `procedures/*.toml`
pub(crate) fn procedures(folder: &Folder, to: &mut Defects) -> Vec<ProcedureSource> {
    let mut found = Vec::new();
    let files = folder.under("procedures/", ".toml");
    for file in files.filter(|file| !file.path.starts_with(LIFE_CYCLES)) {
        read_toml(file, to, &mut |mut table, to| {
            for inner in table.tables("procedure", to) {
                found.extend(procedure(inner, to));
            }
            table.finish(to);
        });
    }
    found
}

fn procedure(mut table: Table<'_>, to: &mut Defects) -> Option<ProcedureSource> {
    const KINDS: [(&str, ProcedureKind); 5] = [
        ("registration", ProcedureKind::Registration),
        ("certificate", ProcedureKind::Certificate),
        ("permit", ProcedureKind::Permit),
        ("approval", ProcedureKind::Approval),
        ("other", ProcedureKind::Other),
    ];
    let code = table.filled("code", to);
    let title_vi = table.text_or_empty("title_vi", to);
    let title_en = table.text_or_empty("title_en", to);
    let ministry = table.filled("ministry", to);
    let agency = table.optional("agency", to);
    let kind = table.word("kind", &KINDS, to);
    let followed_by = table.optional("followed_by", to);
    let period = values::period(&mut table, to);
    let successor = table.optional("successor", to);
    table.word("evidence_grade", &[("sourced", ()), ("partly", ()), ("code_only", ())], to);
    table.text_or_empty("source", to);
    table.finish(to);
    let kind = kind.map_or(ProcedureKind::Other, |kind| kind.value);
    Some(ProcedureSource { code: code?, title_vi, title_en, ministry, agency, kind, followed_by, period, successor })
}

/// `facts.toml`
pub(crate) fn facts(folder: &Folder, to: &mut Defects) -> Vec<FactSource> {
    each(folder, "facts.toml", "fact", to, &|mut table, to| {
        let kinds = [
            ("bool", FactKind::Bool),
            ("choice", FactKind::Choice),
            ("scoped", FactKind::Scoped),
            ("text", FactKind::Text),
        ];
        let key = table.filled("key", to);
        let kind = table.word("kind", &kinds, to);
        let (title_vi, title_en) = titles(&mut table, to);
        let ask_vi = table.filled("ask_vi", to).map(|text| text.value).unwrap_or_default();
        let ask_en = table.filled("ask_en", to).map(|text| text.value).unwrap_or_default();
        let values = table.texts("values", to);
        let phrases = table.tables("phrase", to).into_iter().filter_map(|inner| phrase(inner, to)).collect();
        let reads = table.tables("read", to).into_iter().filter_map(|inner| reading(inner, to)).collect();
        table.finish(to);
        let kind = kind?.value;
        Some(FactSource { key: key?, kind, title_vi, title_en, ask_vi, ask_en, values, phrases, reads })
    })
}

fn phrase(mut table: Table<'_>, to: &mut Defects) -> Option<(At<String>, Vec<At<String>>)> {
    let value = table.filled("value", to);
    let words = table.texts("words", to);
    if words.is_empty() {
        to.error(table.place(), "empty_value", "`words` is empty");
    }
    table.finish(to);
    Some((value?, words))
}

fn reading(mut table: Table<'_>, to: &mut Defects) -> Option<ReadSource> {
    use super::codes::FORMATS;
    const FIELDS: [(&str, ReadField); 7] = [
        ("document", ReadField::Document),
        ("statement", ReadField::Statement),
        ("cargo_class", ReadField::CargoClass),
        ("additional_procedure", ReadField::AdditionalProcedure),
        ("regime", ReadField::Regime),
        ("transport_mode", ReadField::TransportMode),
        ("trader_class", ReadField::TraderClass),
    ];
    let format = table.word("format", &FORMATS, to);
    let field = table.word("field", &FIELDS, to);
    let code = table.filled("code", to);
    let value = table.filled("value", to);
    table.finish(to);
    Some(ReadSource { format: format?.value, field: field?.value, code: code?.value, value: value? })
}

/// `exemptions.toml`
pub(crate) fn exemptions(folder: &Folder, to: &mut Defects) -> Vec<ExemptionSource> {
    each(folder, "exemptions.toml", "exemption", to, &|mut table, to| {
        let key = table.filled("key", to);
        let measures = table.texts("measures", to);
        let (title_vi, title_en) = titles(&mut table, to);
        let period = values::period(&mut table, to);
        let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
        let overridden_by_warning = table.flag("overridden_by_warning", to).is_some_and(|flag| flag.value);
        let sourced = table.word("sourced", &SOURCED, to).map_or(Sourced::GeneralKnowledge, |word| word.value);
        table.text_or_empty("source", to);
        let condition = condition(&mut table, "condition", to);
        if !table.has("condition") {
            to.error(table.place(), "missing_key", "`condition` is missing: an exemption without one exempts all");
        }
        table.finish(to);
        Some(ExemptionSource {
            key: key?,
            measures,
            title_vi,
            title_en,
            period,
            legal_basis,
            overridden_by_warning,
            sourced,
            condition,
        })
    })
}

/// `exclusions.toml` with its lists.
pub(crate) fn exclusions(folder: &Folder, to: &mut Defects) -> Vec<ExclusionSource> {
    if folder.file("exclusions.toml").is_none() {
        return Vec::new();
    }
    each(folder, "exclusions.toml", "exclusion", to, &|mut table, to| {
        let id = table.filled("id", to);
        let list = table.filled("list", to);
        let ministry = table.optional("ministry", to);
        let rules = table.texts("rules", to);
        if ministry.is_none() && rules.is_empty() {
            to.error(table.place(), "exclusion_reach", "an exclusion names a ministry or rules");
        }
        let period = values::period(&mut table, to);
        let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
        table.text_or_empty("source", to);
        table.finish(to);
        let codes = list.map(|list| excluded(folder, &list, to)).unwrap_or_default();
        Some(ExclusionSource { id: id?, ministry, rules, period, legal_basis, codes })
    })
}

fn excluded(folder: &Folder, list: &At<String>, to: &mut Defects) -> Vec<At<HsCode>> {
    let mut codes = Vec::new();
    let Some(file) = folder.file(&list.value) else {
        to.error(list.place, "unknown_file", format!("there is no file `{}`", list.value));
        return codes;
    };
    read_csv(file, &["hs", "note", "source"], to, &mut |row, to| {
        let text = row.at(0);
        codes.extend(values::hs(&text, to).map(|value| At { value, place: text.place }));
    });
    codes
}

/// `lists/*.csv`
pub(crate) fn lists(folder: &Folder, to: &mut Defects) -> Vec<ListSource> {
    let mut lists = Vec::new();
    for file in folder.under("lists/", ".csv") {
        let mut entries = Vec::new();
        let columns = ["annex", "hs", "group", "note", "source"];
        read_csv_with(file, &columns, &["from", "to"], to, &mut |row, to| {
            let text = row.at(1);
            let Some(hs) = values::hs(&text, to) else {
                return;
            };
            let valid = values::interval(row.optional(5).as_ref(), row.optional(6).as_ref(), to);
            entries.push(Entry {
                annex: row.field(0).to_owned(),
                hs,
                group: row.field(2).to_owned(),
                note: row.field(3).to_owned(),
                valid,
                place: text.place,
            });
        });
        lists.push(ListSource { path: file.path.clone(), place: file.beginning(), entries });
    }
    lists
}
