//! `methods.toml`: regimes of inspection methods.

use rust_decimal::Decimal;

use super::acts::SOURCED;
use super::condition::{ConditionSource, condition};
use super::defect::{At, Defects, Place};
use super::folder::Folder;
use super::rule::{DeadlineSource, deadline};
use super::table::{Table, one_of, read_toml};
use super::values::{self, positive};
use crate::law::day::Day;
use crate::law::methods::{Identity, RecordEvent};
use crate::law::pack::Sourced;
use crate::trade::InspectionMethod;

/// A `[[regime]]`.
#[derive(Debug)]
pub(crate) struct MethodRegimeSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// What makes goods the same.
    pub(crate) same: Vec<Identity>,
    /// Only results from this day on count.
    pub(crate) counts_from: Day,
    /// The states.
    pub(crate) states: Vec<MethodStateSource>,
    /// The transitions.
    pub(crate) transitions: Vec<TransitionSource>,
    /// How well it is sourced.
    pub(crate) sourced: Sourced,
}

/// A `[[regime.state]]`.
#[derive(Debug)]
pub(crate) struct MethodStateSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// Its method.
    pub(crate) method: InspectionMethod,
    /// What is looked at, Vietnamese.
    pub(crate) what_vi: String,
    /// What is looked at, English.
    pub(crate) what_en: String,
    /// The article.
    pub(crate) legal_basis: String,
    /// The time limit.
    pub(crate) deadline: Option<DeadlineSource>,
    /// The share drawn.
    pub(crate) sample: Option<Decimal>,
    /// The requirement is waived in it.
    pub(crate) waives: bool,
    /// Who looks.
    pub(crate) agency: Option<At<String>>,
}

/// A `[[regime.transition]]`.
#[derive(Debug)]
pub(crate) struct TransitionSource {
    /// The states it leads from.
    pub(crate) from: Vec<At<String>>,
    /// The state it leads to.
    pub(crate) to: At<String>,
    /// What has to happen.
    pub(crate) trigger: TriggerSource,
    /// The article.
    pub(crate) legal_basis: String,
    /// How well it is sourced.
    pub(crate) sourced: Sourced,
    /// Where it stands.
    pub(crate) place: Place,
}

/// The `on` of a transition with what belongs to it.
#[derive(Debug)]
pub(crate) enum TriggerSource {
    /// `passes`
    Passes {
        /// How many.
        count: u32,
        /// Within how many months.
        within_months: Option<u32>,
    },
    /// One of the record's events.
    Event(RecordEvent),
    /// `warning`
    Warning,
    /// `warning_ended`
    WarningEnded,
    /// `elapsed`
    Elapsed {
        /// How many months.
        months: u32,
    },
    /// `holds`
    Holds(At<ConditionSource>),
}

/// States and transitions are numbered in a byte.
const STATES_MAX: usize = 64;

/// Reads `methods.toml`; a pack may have none.
pub(crate) fn methods(folder: &Folder, to: &mut Defects) -> Vec<MethodRegimeSource> {
    let mut found = Vec::new();
    if let Some(file) = folder.file("methods.toml") {
        read_toml(file, to, &mut |mut table, to| {
            for inner in table.tables("regime", to) {
                found.extend(regime(inner, to));
            }
            table.finish(to);
        });
    }
    found
}

fn regime(mut table: Table<'_>, to: &mut Defects) -> Option<MethodRegimeSource> {
    let key = table.filled("key", to);
    let title_vi = table.filled("title_vi", to).map(|text| text.value).unwrap_or_default();
    let title_en = table.filled("title_en", to).map(|text| text.value).unwrap_or_default();
    let words = table.texts("same", to);
    let same: Vec<Identity> =
        words.iter().filter_map(|text| one_of(text, "same", &Identity::WORDS, to)).map(|word| word.value).collect();
    if same.is_empty() {
        to.error(table.place(), "empty_value", "`same` says what makes two consignments of the same goods");
    }
    let counts_from = table.optional("counts_from", to).and_then(|text| values::day(&text, to)).unwrap_or(Day::MIN);
    let states: Vec<MethodStateSource> =
        table.tables("state", to).into_iter().filter_map(|inner| state(inner, to)).collect();
    let transitions = table.tables("transition", to).into_iter().filter_map(|inner| transition(inner, to)).collect();
    let sourced = table.word("sourced", &SOURCED, to).map_or(Sourced::GeneralKnowledge, |word| word.value);
    table.text_or_empty("source", to);
    table.text_or_empty("note", to);
    if states.is_empty() {
        to.error(
            table.place(),
            "missing_key",
            "a regime has at least one `[[regime.state]]`; the first is where it begins",
        );
    }
    if let Some(surplus) = states.get(STATES_MAX) {
        to.error(surplus.key.place, "limit_states", format!("a regime has at most {STATES_MAX} states"));
    }
    table.finish(to);
    Some(MethodRegimeSource { key: key?, title_vi, title_en, same, counts_from, states, transitions, sourced })
}

fn state(mut table: Table<'_>, to: &mut Defects) -> Option<MethodStateSource> {
    let methods: Vec<(&'static str, InspectionMethod)> =
        InspectionMethod::ALL.iter().map(|method| (method.as_str(), *method)).collect();
    let key = table.filled("key", to);
    let method = table.word("method", &methods, to);
    let what_vi = table.text_or_empty("what_vi", to);
    let what_en = table.text_or_empty("what_en", to);
    let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
    let deadline = table.table("deadline", to).and_then(|inner| deadline(inner, to));
    let sample = table.optional("sample", to).and_then(|text| share(&text, to));
    let waives = table.flag("waives", to).map(|flag| flag.value);
    let agency = table.optional("agency", to);
    table.finish(to);
    let method = method?.value;
    let waives = waives.unwrap_or(method == InspectionMethod::Waived || sample.is_some());
    Some(MethodStateSource { key: key?, method, what_vi, what_en, legal_basis, deadline, sample, waives, agency })
}

/// A share of consignments: more than none, less than all.
fn share(text: &At<String>, to: &mut Defects) -> Option<Decimal> {
    let share =
        Decimal::from_str_exact(&text.value).ok().filter(|share| *share > Decimal::ZERO && *share < Decimal::ONE);
    if share.is_none() {
        to.error(text.place, "bad_number", format!("`{}` is no share between 0 and 1, such as `0.05`", text.value));
    }
    share
}

fn transition(mut table: Table<'_>, to: &mut Defects) -> Option<TransitionSource> {
    let place = table.place();
    let from = table.texts("from", to);
    if from.is_empty() {
        to.error(place, "empty_value", "`from` names the states that it leads from");
    }
    let target = table.filled("to", to);
    let trigger = trigger(&mut table, to);
    let legal_basis = table.filled("legal_basis", to).map(|text| text.value).unwrap_or_default();
    let sourced = table.word("sourced", &SOURCED, to).map_or(Sourced::GeneralKnowledge, |word| word.value);
    table.text_or_empty("note", to);
    table.finish(to);
    Some(TransitionSource { from, to: target?, trigger: trigger?, legal_basis, sourced, place })
}

fn trigger(table: &mut Table<'_>, to: &mut Defects) -> Option<TriggerSource> {
    #[derive(Clone, Copy)]
    enum On {
        Passes,
        Event(RecordEvent),
        Warning,
        WarningEnded,
        Elapsed,
        Holds,
    }
    let events = RecordEvent::WORDS.iter().filter(|(_, event)| *event != RecordEvent::Pass);
    let mut words: Vec<(&'static str, On)> = events.map(|(word, event)| (*word, On::Event(*event))).collect();
    words.extend([
        ("passes", On::Passes),
        ("warning", On::Warning),
        ("warning_ended", On::WarningEnded),
        ("elapsed", On::Elapsed),
        ("holds", On::Holds),
    ]);
    Some(match table.word("on", &words, to)?.value {
        On::Event(event) => TriggerSource::Event(event),
        On::Warning => TriggerSource::Warning,
        On::WarningEnded => TriggerSource::WarningEnded,
        On::Passes => {
            let count = positive(table, "count", to)?;
            let within_months =
                if table.has("within_months") { Some(positive(table, "within_months", to)?) } else { None };
            TriggerSource::Passes { count, within_months }
        }
        On::Elapsed => TriggerSource::Elapsed { months: positive(table, "months", to)? },
        On::Holds => {
            let condition = condition(table, "condition", to);
            if condition.is_none() {
                to.error(table.place(), "missing_key", "`condition` is missing: it is what has to hold");
            }
            TriggerSource::Holds(condition?)
        }
    })
}
