//! The `[goods]` of a rule: its list, and what the goods must be.

use super::condition::{ConditionSource, condition};
use super::defect::{At, Defects, Place};
use super::table::Table;
use super::values;
use crate::law::index::Presumed;
use crate::trade::HsCode;

/// `[goods]`
#[derive(Debug)]
pub(crate) struct Goods {
    /// Where it begins.
    pub(crate) place: Place,
    /// Its list.
    pub(crate) list: Option<At<String>>,
    /// The annex in the list.
    pub(crate) annex: Option<At<String>>,
    /// The whole code is meant, not some goods in it.
    pub(crate) whole_code: bool,
    /// What follows while the fact is unknown.
    pub(crate) presumed: Presumed,
    /// What the goods must be.
    pub(crate) condition: Option<At<ConditionSource>>,
    /// Other presumptions for part of the codes.
    pub(crate) presumed_for: Vec<(HsCode, Presumed)>,
    /// Entries whose note narrows the code.
    pub(crate) groups: Vec<Group>,
}

/// `[[goods.group]]`
#[derive(Debug)]
pub(crate) struct Group {
    /// Its key in the list.
    pub(crate) key: At<String>,
    /// The note.
    pub(crate) note: String,
    /// What the goods must be.
    pub(crate) condition: Option<At<ConditionSource>>,
    /// Another presumption.
    pub(crate) presumed: Option<Presumed>,
}

const PRESUMED: [(&str, Presumed); 3] = [("true", Presumed::True), ("false", Presumed::False), ("ask", Presumed::Ask)];

/// Reads `[goods]`.
pub(crate) fn goods(mut table: Table<'_>, to: &mut Defects) -> Goods {
    let place = table.place();
    let list = table.optional("list", to);
    let annex = table.optional("annex", to);
    let whole_code = table.word("precision", &[("code", true), ("nominates", false)], to);
    let presumed = presumption(&mut table, to);
    let condition = condition(&mut table, "condition", to);
    let presumed_for = presumed_for(&mut table, to);
    let groups: Vec<Group> = table.tables("group", to).into_iter().filter_map(|inner| group(inner, to)).collect();
    for (at, group) in groups.iter().enumerate() {
        if groups[..at].iter().any(|before| before.key.value == group.key.value) {
            to.error(group.key.place, "duplicate_id", format!("group `{}` occurs twice", group.key.value));
        }
    }
    let has_condition = table.has("condition");
    table.finish(to);
    match whole_code.as_ref().map(|word| word.value) {
        Some(true) => {
            if let Some(condition) = &condition {
                to.error_with(
                    condition.place,
                    "code_with_condition",
                    "the whole code is meant, yet a condition narrows it",
                    Some("write `precision = \"nominates\"`, or take the condition out".to_owned()),
                );
            }
            if let Some(presumed) = &presumed {
                let message = "the whole code is meant: nothing to presume";
                to.error(presumed.place, "code_with_presumption", message);
            }
            if !presumed_for.is_empty() {
                let message = "the whole code is meant: `presumed_for` says nothing";
                to.error(place, "code_with_presumption", message);
            }
            for group in groups.iter().filter(|group| group.presumed.is_none()) {
                let message = format!("group `{}` narrows a whole code and states no `presumed`", group.key.value);
                to.error(group.key.place, "nominates_without_presumption", message);
            }
        }
        Some(false) => {
            if !has_condition {
                let message = "the code only nominates, yet no `condition` says which goods are meant";
                let help = "write the condition, or `{ fact = \"goods_as_listed\" }`".to_owned();
                to.error_with(place, "nominates_without_condition", message, Some(help));
            }
            if presumed.is_none() {
                let message = "the code only nominates, yet no `presumed` says what follows while the fact is unknown";
                to.error(place, "nominates_without_presumption", message);
            }
        }
        None => {}
    }
    Goods {
        place,
        list,
        annex,
        whole_code: whole_code.is_some_and(|word| word.value),
        presumed: presumed.map_or(Presumed::None, |word| word.value),
        condition,
        presumed_for,
        groups,
    }
}

fn presumption(table: &mut Table<'_>, to: &mut Defects) -> Option<At<Presumed>> {
    let text = table.optional("presumed", to)?;
    super::table::one_of(&text, "presumed", &PRESUMED, to)
}

fn presumed_for(table: &mut Table<'_>, to: &mut Defects) -> Vec<(HsCode, Presumed)> {
    let mut found: Vec<(HsCode, Presumed)> = Vec::new();
    for mut inner in table.tables("presumed_for", to) {
        let prefixes = inner.texts("hs", to);
        if prefixes.is_empty() {
            to.error(inner.place(), "empty_value", "`hs` is empty");
        }
        let presumed = inner.word("presumed", &PRESUMED, to);
        for text in &prefixes {
            let Some(code) = values::hs(text, to) else {
                continue;
            };
            if found.iter().any(|(known, _)| *known == code) {
                to.error(text.place, "duplicate_id", format!("`{code}` is presumed twice"));
            }
            found.extend(presumed.as_ref().map(|word| (code, word.value)));
        }
        inner.finish(to);
    }
    found
}

fn group(mut table: Table<'_>, to: &mut Defects) -> Option<Group> {
    let key = table.filled("key", to);
    let note = table.text_or_empty("note", to);
    let condition = condition(&mut table, "condition", to);
    if !table.has("condition") {
        to.error(table.place(), "missing_key", "`condition` is missing: it is what makes a group");
    }
    let presumed = presumption(&mut table, to).map(|word| word.value);
    table.finish(to);
    Some(Group { key: key?, note, condition, presumed })
}
