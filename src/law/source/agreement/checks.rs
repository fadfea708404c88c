//! `checks.toml` and `discrepancies.toml`: what each check means, cites and says; how far what is
//! compared may differ.

use super::{said, sourced, whole, words};
use crate::law::agreement::{Check, CheckFile, CheckId, Effect, NotChecked, Tolerances};
use crate::law::source::defect::{At, Defects, did_you_mean};
use crate::law::source::folder::Folder;
use crate::law::source::table::Table;

/// What the two files say.
pub(super) struct Checks {
    /// In the order of [`CheckId::ALL`].
    pub(super) list: Vec<Check>,
    pub(super) tolerances: Tolerances,
    pub(super) not_checked: Vec<NotChecked>,
}

pub(super) fn read(folder: &Folder, to: &mut Defects) -> Option<Checks> {
    let mut found: Vec<(CheckId, Check)> = Vec::new();
    let of_certificate = whole(folder, CheckFile::Certificate.path(), to, &mut |table, to| {
        table.text_or_empty("note", to);
        checks(table, CheckFile::Certificate, &mut found, to);
    });
    let beside = whole(folder, CheckFile::Discrepancy.path(), to, &mut |table, to| {
        table.text_or_empty("note", to);
        checks(table, CheckFile::Discrepancy, &mut found, to);
        let tolerances = match table.table("tolerances", to) {
            Some(inner) => tolerances(inner, to),
            None => {
                to.error(table.place(), "missing_key", "`[tolerances]` is missing");
                None
            }
        };
        let not_checked: Vec<NotChecked> =
            table.tables("not_checked", to).into_iter().map(|inner| not_checked(inner, to)).collect();
        (tolerances, not_checked)
    });
    of_certificate?;
    let (tolerances, not_checked) = beside?;
    found.sort_by_key(|(id, _)| *id);
    Some(Checks { list: found.into_iter().map(|(_, check)| check).collect(), tolerances: tolerances?, not_checked })
}

/// Reads the `[[check]]`s of a file; each that belongs there must be there, once.
fn checks(table: &mut Table<'_>, file: CheckFile, into: &mut Vec<(CheckId, Check)>, to: &mut Defects) {
    let expected = || CheckId::ALL.iter().copied().filter(move |id| id.file() == file);
    // A check with defects is there all the same: that it is missing would be a second complaint.
    let mut met: Vec<CheckId> = Vec::new();
    for mut inner in table.tables("check", to) {
        let id = inner.filled("id", to).and_then(|text| check_id(&text, file, to));
        if let Some(id) = &id
            && met.contains(&id.value)
        {
            to.error(id.place, "duplicate", format!("`{}` is described already", id.value.as_str()));
        }
        let check = check(&mut inner, id.as_ref().map(|id| id.value), to);
        inner.finish(to);
        if let Some(id) = id {
            met.push(id.value);
            into.extend(check.map(|check| (id.value, check)));
        }
    }
    for id in expected().filter(|id| !met.contains(id)) {
        let message = format!("no `[[check]]` describes `{}`", id.as_str());
        to.error(table.place(), "missing_check", message);
    }
}

fn check_id(text: &At<String>, file: CheckFile, to: &mut Defects) -> Option<At<CheckId>> {
    let Some(id) = CheckId::parse(&text.value) else {
        let known = CheckId::ALL.iter().filter(|id| id.file() == file).map(|id| id.as_str());
        let help = did_you_mean(&text.value, known);
        to.error_with(text.place, "unknown_check", format!("there is no check `{}`", text.value), help);
        return None;
    };
    if id.file() != file {
        let help = Some(format!("describe it in `{}`", id.file().path()));
        to.error_with(text.place, "other_file", format!("`{}` does not belong here", text.value), help);
        return None;
    }
    Some(At { value: id, place: text.place })
}

fn check(table: &mut Table<'_>, id: Option<CheckId>, to: &mut Defects) -> Option<Check> {
    let effects = Effect::ALL.map(|effect| (effect.as_str(), effect));
    let effect = table.word("effect", &effects, to);
    let printed_box = table.text_or_empty("box", to);
    let cites = said(table, "cites", to);
    let sourced = sourced(table, to);
    let mut text = |key: &'static str| {
        let text = table.filled(key, to)?;
        if let Some(id) = id {
            places(&text, key, id, to);
        }
        Some(text.value)
    };
    let (vi, en) = (text("vi"), text("en"));
    Some(Check { effect: effect?.value, printed_box, cites, sourced, vi: vi?, en: en? })
}

/// Words in braces must be places of the check.
fn places(text: &At<String>, key: &str, id: CheckId, to: &mut Defects) {
    for part in text.value.split('{').skip(1) {
        let Some((place, _)) = part.split_once('}') else {
            to.error(text.place, "open_brace", format!("a brace of `{key}` is not closed"));
            continue;
        };
        if !id.places().contains(&place) {
            let known = id.places().join(", ");
            let help = if known.is_empty() { "it has none".to_owned() } else { format!("it has: {known}") };
            let message = format!("`{}` has no place `{{{place}}}`", id.as_str());
            to.error_with(text.place, "unknown_place", message, Some(help));
        }
    }
}

fn tolerances(mut table: Table<'_>, to: &mut Defects) -> Option<Tolerances> {
    let empty_words = words(&mut table, "empty_words", to);
    let legal_forms = words(&mut table, "legal_forms", to);
    let mut number = |key: &'static str, most: u32| {
        let number = table.number(key, to)?;
        if number.value > most {
            to.error(number.place, "bad_number", format!("`{key}` lies between 0 and {most}"));
        }
        Some(number.value)
    };
    let same = number("keywords_same_percent", 100);
    let slight = number("keywords_slight_percent", 100);
    let letters = number("word_letters", 3);
    let letters_min = number("word_letters_min", 100);
    let name = number("name_letters_percent", 50);
    let invoice = number("invoice_letters", 3);
    if let (Some(same), Some(slight)) = (same, slight)
        && slight > same
    {
        let message = "`keywords_slight_percent` is above `keywords_same_percent`";
        to.error(table.place(), "bad_number", message);
    }
    said(&mut table, "cites", to);
    sourced(&mut table, to);
    table.finish(to);
    Some(Tolerances {
        empty_words,
        legal_forms,
        keywords_same_percent: same?,
        keywords_slight_percent: slight?,
        word_letters: letters?,
        word_letters_min: letters_min?,
        name_letters_percent: name?,
        invoice_letters: invoice?,
    })
}

fn not_checked(mut table: Table<'_>, to: &mut Defects) -> NotChecked {
    let found = NotChecked {
        id: said(&mut table, "id", to),
        cites: said(&mut table, "cites", to),
        vi: said(&mut table, "vi", to),
        en: said(&mut table, "en", to),
    };
    table.finish(to);
    found
}
