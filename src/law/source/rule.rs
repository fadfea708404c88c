//! `inspections/<ministry>/<rule-id>.toml`: one rule a file.

use super::acts::SOURCED;
use super::codes::EVIDENCE_KINDS;
use super::condition::{ConditionSource, condition};
use super::defect::{At, Defects, Place};
use super::folder::{Folder, TextFile};
use super::goods::{Goods, goods};
use super::table::{Table, read_toml};
use super::values::{self, Period};
use crate::law::day::{Day, Interval};
use crate::law::pack::{DeadlineUnit, EvidenceKind, RuleDirection, Sourced};
use crate::trade::{CountryCode, RegimeCode, Stage};

/// A rule as written.
#[derive(Debug)]
pub(crate) struct RuleSource {
    /// The file's beginning.
    pub(crate) place: Place,
    /// Its id.
    pub(crate) id: Option<At<String>>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// The ministry's code.
    pub(crate) ministry: Option<At<String>>,
    /// The agency's code.
    pub(crate) agency: Option<At<String>>,
    /// The measure's key.
    pub(crate) measure: Option<At<String>>,
    /// When it has to be met.
    pub(crate) stage: Option<At<Stage>>,
    /// The directions it reaches.
    pub(crate) direction: Option<At<RuleDirection>>,
    /// How well it is sourced.
    pub(crate) sourced: Option<At<Sourced>>,
    /// Remarks in words.
    pub(crate) note: String,
    /// Successors.
    pub(crate) superseded_by: Vec<At<String>>,
    /// Keys of exemptions.
    pub(crate) exemptions: Vec<At<String>>,
    /// Regimes of inspection methods, each with its days.
    pub(crate) methods: Vec<(At<String>, Period)>,
    /// Measures that come first.
    pub(crate) after: Vec<At<String>>,
    /// False where it is kept for the record only.
    pub(crate) usable: bool,
    /// The days it is in force.
    pub(crate) in_force: Vec<InForce>,
    /// Citations.
    pub(crate) legal_basis: Vec<(String, Period)>,
    /// What goods.
    pub(crate) goods: Option<Goods>,
    /// Only these regimes.
    pub(crate) regimes: Vec<At<RegimeCode>>,
    /// Only these origins.
    pub(crate) origins: Vec<At<CountryCode>>,
    /// A further condition of the scope.
    pub(crate) scope: Option<At<ConditionSource>>,
    /// Codes of procedures.
    pub(crate) procedures: Vec<At<String>>,
    /// The article that allows storage.
    pub(crate) storage_allowed: Option<(String, Interval)>,
    /// Codes of procedures of goods that leave.
    pub(crate) export_procedures: Option<Vec<At<String>>>,
    /// The article by which dossiers filed earlier keep the old law.
    pub(crate) keeps_earlier_dossiers: Option<String>,
    /// What satisfies it.
    pub(crate) evidence: Vec<EvidenceSource>,
    /// Time limits.
    pub(crate) deadlines: Vec<DeadlineSource>,
}

impl RuleSource {
    /// The procedures that it names, for either direction.
    pub(crate) fn named_procedures(&self) -> impl Iterator<Item = &At<String>> {
        self.procedures.iter().chain(self.export_procedures.iter().flatten())
    }
}

/// An `[[in_force]]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InForce {
    /// The days.
    pub(crate) period: Period,
    /// How exactly they are known.
    pub(crate) precision: DatePrecision,
}

/// How exactly a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatePrecision {
    /// To the day.
    Day,
    /// By its year only.
    Year,
    /// Not verified.
    Unverified,
}

/// A `[[requires.evidence]]`.
#[derive(Debug)]
pub(crate) struct EvidenceSource {
    /// The kind.
    pub(crate) kind: EvidenceKind,
    /// Codes of document types.
    pub(crate) documents: Vec<At<String>>,
}

/// A `[[deadline]]`.
#[derive(Debug)]
pub(crate) struct DeadlineSource {
    /// As printed.
    pub(crate) text: String,
    /// The upper end; `None`: automatic.
    pub(crate) value: Option<u32>,
    /// In what it is counted.
    pub(crate) unit: DeadlineUnit,
    /// The code of the procedure that it limits.
    pub(crate) procedure: Option<At<String>>,
    /// The article.
    pub(crate) source: String,
    /// Its days.
    pub(crate) period: Period,
}

/// Reads every rule.
pub(crate) fn rules(folder: &Folder, to: &mut Defects) -> Vec<RuleSource> {
    let mut rules = Vec::new();
    for file in folder.under("inspections/", ".toml") {
        read_toml(file, to, &mut |table, to| {
            let rule = rule(table, to);
            check_place(file, &rule, to);
            rules.push(rule);
        });
    }
    rules
}

/// The file bears the rule's id and lies in its ministry's folder, so that a reviewer finds it.
fn check_place(file: &TextFile, rule: &RuleSource, to: &mut Defects) {
    let parts: Vec<&str> = file.path.split('/').collect();
    let [_, folder, name] = parts[..] else {
        to.error(rule.place, "rule_file", "a rule lies in `inspections/<ministry>/<rule-id>.toml`");
        return;
    };
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    if let Some(id) = &rule.id
        && id.value != stem
    {
        let help = format!("name the file `{}.toml`", id.value);
        to.error_with(id.place, "rule_file", format!("rule `{}` lies in a file named `{stem}`", id.value), Some(help));
    }
    if let Some(ministry) = &rule.ministry
        && ministry.value.to_lowercase() != folder
    {
        to.error_with(
            ministry.place,
            "rule_file",
            format!("a rule of `{}` lies in the folder `{folder}`", ministry.value),
            Some(format!("move it to `inspections/{}`", ministry.value.to_lowercase())),
        );
    }
}

fn rule(mut table: Table<'_>, to: &mut Defects) -> RuleSource {
    let stages: Vec<(&'static str, Stage)> = Stage::ALL.iter().map(|stage| (stage.as_str(), *stage)).collect();
    let directions =
        [("import", RuleDirection::Import), ("export", RuleDirection::Export), ("both", RuleDirection::Both)];
    let place = table.place();
    let mut rule = RuleSource {
        place,
        id: table.filled("id", to),
        title_vi: table.filled("title_vi", to).map(|text| text.value).unwrap_or_default(),
        title_en: table.filled("title_en", to).map(|text| text.value).unwrap_or_default(),
        ministry: table.filled("ministry", to),
        agency: table.filled("agency", to),
        measure: table.filled("measure", to),
        stage: table.word("stage", &stages, to),
        direction: table.word("direction", &directions, to),
        sourced: table.word("sourced", &SOURCED, to),
        note: table.text_or_empty("note", to),
        superseded_by: table.texts("superseded_by", to),
        exemptions: table.texts("exemptions", to),
        methods: table.tables("method", to).into_iter().filter_map(|inner| method(inner, to)).collect(),
        after: table.texts("after", to),
        usable: table.flag("usable", to).is_none_or(|flag| flag.value),
        in_force: table.tables("in_force", to).into_iter().map(|inner| in_force(inner, to)).collect(),
        legal_basis: table.tables("legal_basis", to).into_iter().map(|inner| basis(inner, to)).collect(),
        goods: table.table("goods", to).map(|inner| goods(inner, to)),
        regimes: Vec::new(),
        origins: Vec::new(),
        scope: None,
        procedures: Vec::new(),
        storage_allowed: None,
        export_procedures: None,
        keeps_earlier_dossiers: table.optional("keeps_earlier_dossiers", to).map(|text| text.value),
        evidence: Vec::new(),
        deadlines: table.tables("deadline", to).into_iter().filter_map(|inner| deadline(inner, to)).collect(),
    };
    table.text_or_empty("source", to);
    if let Some(inner) = table.table("scope", to) {
        scope(inner, &mut rule, to);
    }
    if let Some(inner) = table.table("requires", to) {
        requires(inner, &mut rule, to);
    }
    if !table.has("goods") {
        to.error(place, "missing_key", "`[goods]` is missing");
    }
    table.finish(to);
    check_days(&rule, to);
    rule
}

fn in_force(mut table: Table<'_>, to: &mut Defects) -> InForce {
    let words = [("day", DatePrecision::Day), ("year", DatePrecision::Year), ("unverified", DatePrecision::Unverified)];
    if !table.has("from") {
        to.error(table.place(), "missing_key", "`from` is missing");
    }
    let period = values::period(&mut table, to);
    let precision = table.word("precision", &words, to).map_or(DatePrecision::Unverified, |word| word.value);
    if precision == DatePrecision::Year && period.days.from.number() % 10_000 != 101 {
        to.warning_with(
            table.place(),
            "year_precision",
            format!("a date known by its year only is written as {}-01-01", period.days.from.number() / 10_000),
            "write 1 January, or `precision = \"day\"` where the day is known",
        );
    }
    table.finish(to);
    InForce { period, precision }
}

fn basis(mut table: Table<'_>, to: &mut Defects) -> (String, Period) {
    let text = table.filled("text", to).map(|text| text.value).unwrap_or_default();
    let period = values::period(&mut table, to);
    table.finish(to);
    (text, period)
}

fn method(mut table: Table<'_>, to: &mut Defects) -> Option<(At<String>, Period)> {
    let regime = table.filled("regime", to);
    let period = values::period(&mut table, to);
    table.finish(to);
    Some((regime?, period))
}

fn scope(mut table: Table<'_>, rule: &mut RuleSource, to: &mut Defects) {
    let regimes = table.texts("regimes", to);
    rule.regimes = regimes.iter().filter_map(|text| values::code(text, RegimeCode::parse, to)).collect();
    let origins = table.texts("origins", to);
    rule.origins = origins.iter().filter_map(|text| values::code(text, CountryCode::parse, to)).collect();
    rule.scope = condition(&mut table, "condition", to);
    table.finish(to);
}

fn requires(mut table: Table<'_>, rule: &mut RuleSource, to: &mut Defects) {
    rule.procedures = table.texts("procedures", to);
    let has = table.has("export_procedures");
    rule.export_procedures = Some(table.texts("export_procedures", to)).filter(|_| has);
    let until = table.optional("storage_until", to).and_then(|text| values::day(&text, to)).unwrap_or(Day::MAX);
    let storage = table.optional("storage_allowed", to);
    rule.storage_allowed = storage.map(|text| (text.value, Interval { from: Day::MIN, to: until }));
    for mut inner in table.tables("evidence", to) {
        let kind = inner.word("kind", &EVIDENCE_KINDS, to);
        let documents = inner.texts("documents", to);
        inner.text_or_empty("title_vi", to);
        inner.text_or_empty("title_en", to);
        inner.finish(to);
        rule.evidence.extend(kind.map(|kind| EvidenceSource { kind: kind.value, documents }));
    }
    table.finish(to);
}

/// Reads a time limit.
pub(super) fn deadline(mut table: Table<'_>, to: &mut Defects) -> Option<DeadlineSource> {
    let units: Vec<(&'static str, DeadlineUnit)> =
        DeadlineUnit::ALL.iter().map(|unit| (unit.as_str(), *unit)).collect();
    let text = table.filled("value", to);
    let unit = table.word("unit", &units, to);
    let procedure = table.optional("procedure", to);
    let source = table.text_or_empty("source", to);
    let period = values::period(&mut table, to);
    table.finish(to);
    let text = text?;
    let Some(value) = limit(&text.value) else {
        to.error_with(
            text.place,
            "bad_deadline",
            format!("`{}` is no time limit", text.value),
            Some("write a number, a range such as `3-5`, or `automatic`".to_owned()),
        );
        return None;
    };
    Some(DeadlineSource { text: text.value, value, unit: unit?.value, procedure, source, period })
}

/// The upper end of a time limit; the inner `None` is automatic.
#[expect(clippy::option_option, reason = "outer: is it a limit at all; inner: has it a number")]
fn limit(text: &str) -> Option<Option<u32>> {
    if text == "automatic" {
        return Some(None);
    }
    let (low, high) = text.split_once(['-', '–']).unwrap_or((text, text));
    let (low, high): (u32, u32) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high && high <= 10_000).then_some(Some(high))
}

/// Intervals in order and apart; a citation for every day in force.
fn check_days(rule: &RuleSource, to: &mut Defects) {
    if rule.in_force.is_empty() {
        to.error(rule.place, "missing_key", "`[[in_force]]` is missing");
    }
    let mut sorted: Vec<Period> = rule.in_force.iter().map(|days| days.period).collect();
    sorted.sort_by_key(|period| period.days.from);
    for pair in sorted.windows(2) {
        if pair[0].days.to >= pair[1].days.from {
            let later = if pair[0].place > pair[1].place { pair[0] } else { pair[1] };
            to.error(later.place, "overlapping_intervals", "two intervals in force overlap");
        }
    }
    let mut cited: Vec<&Period> = rule.legal_basis.iter().map(|(_, period)| period).collect();
    cited.sort_by_key(|period| period.days.from);
    for period in &sorted {
        if let Some(bare) = first_uncovered(period, &cited) {
            to.error(period.place, "no_legal_basis", format!("no legal basis is stated for {bare} in force"));
        }
    }
}

/// The first day of `period` in none of the sorted periods.
fn first_uncovered(period: &Period, cited: &[&Period]) -> Option<Day> {
    let mut day = period.days.from;
    for basis in cited {
        if basis.days.from <= day && day <= basis.days.to {
            if basis.days.to >= period.days.to {
                return None;
            }
            day = Day::of(basis.days.to.date()?.tomorrow().ok()?);
        }
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_ranges_or_automatic() {
        assert_eq!(limit("3"), Some(Some(3)));
        assert_eq!(limit("3-5"), Some(Some(5)));
        assert_eq!(limit("automatic"), Some(None));
        for wrong in ["", "soon", "5-3", "-1", "3 days", "1.5"] {
            assert_eq!(limit(wrong), None, "{wrong}");
        }
    }
}
