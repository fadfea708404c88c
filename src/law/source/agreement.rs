//! Reading a trade agreement's rules of origin: `agreement.toml`, `members.csv`, `checks.toml`,
//! `discrepancies.toml`. Every defect is kept, with its place.

mod checks;
mod head;

use std::path::Path;

use super::defect::{At, Defects};
use super::folder::Folder;
use super::sheet::read_csv;
use super::table::{Table, read_toml};
use super::values::interval;
use super::{LoadError, values};
use crate::law::agreement::{Agreement, Member};
use crate::law::pack::Sourced;
use crate::trade::CountryCode;

const HEAD: &str = "agreement.toml";
const MEMBERS: &str = "members.csv";

/// Loads an agreement from its folder.
///
/// # Errors
/// [`LoadError::Io`] where something could not be read, [`LoadError::Defects`] with everything
/// that is wrong in it.
pub fn load_agreement_dir(path: &Path) -> Result<Agreement, LoadError> {
    let mut defects = Defects::default();
    let folder = Folder::read(path, &mut defects)?;
    load(&folder, defects)
}

/// The same of the files of a folder, each with its path below it, `/` between folders.
///
/// # Errors
/// [`LoadError::Defects`] with everything that is wrong in it.
pub fn load_agreement_files(files: Vec<(String, Vec<u8>)>) -> Result<Agreement, LoadError> {
    let mut defects = Defects::default();
    let folder = Folder::of_files(files, &mut defects);
    load(&folder, defects)
}

fn load(folder: &Folder, mut defects: Defects) -> Result<Agreement, LoadError> {
    let to = &mut defects;
    let head = head::read(folder, to);
    let members = members(folder, to);
    let checks = checks::read(folder, to);
    let complete = head.zip(checks);
    match complete {
        Some((head, checks)) if defects.errors() == 0 => Ok(Agreement {
            name_vi: head.name_vi,
            name_en: head.name_en,
            form: head.form,
            members,
            criteria: head.criteria,
            general_criteria: head.general_criteria,
            fob: head.fob,
            boxes: head.boxes,
            waiver: head.waiver,
            quoting: head.quoting,
            note_words: head.note_words,
            tolerances: checks.tolerances,
            not_checked: checks.not_checked,
            digest: folder.digest().to_owned(),
            limits: head.limits,
            thresholds: head.thresholds,
            checks: checks.list,
        }),
        _ => Err(LoadError::Defects { defects: defects.into_sorted() }),
    }
}

fn members(folder: &Folder, to: &mut Defects) -> Vec<Member> {
    const COLUMNS: [&str; 6] = ["country", "name_vi", "name_en", "from", "to", "source"];
    let mut found: Vec<Member> = Vec::new();
    let Some(file) = folder.file(MEMBERS) else {
        missing(MEMBERS, to);
        return found;
    };
    read_csv(file, &COLUMNS, to, &mut |row, to| {
        let country = row.filled(0, to).and_then(|text| values::code(&text, CountryCode::parse, to));
        let (name_vi, name_en) = (row.filled(1, to), row.filled(2, to));
        let days = interval(row.optional(3).as_ref(), row.optional(4).as_ref(), to);
        row.filled(5, to);
        if let (Some(country), Some(name_vi), Some(name_en)) = (country, name_vi, name_en) {
            if found.iter().any(|member| {
                member.country == country.value && member.days.from <= days.to && days.from <= member.days.to
            }) {
                to.error(country.place, "duplicate", format!("`{}` is a member twice on the same days", country.value));
            }
            found.push(Member { country: country.value, name_vi: name_vi.value, name_en: name_en.value, days });
        }
    });
    found
}

/// Records that a file is not there.
fn missing(path: &str, to: &mut Defects) {
    let file = to.file(path);
    to.error(super::Place { file, line: 0, column: 0 }, "missing_file", format!("`{path}` is missing"));
}

/// Reads the one table of a file.
fn whole<T>(
    folder: &Folder,
    path: &str,
    to: &mut Defects,
    read: &mut dyn FnMut(&mut Table<'_>, &mut Defects) -> T,
) -> Option<T> {
    let Some(file) = folder.file(path) else {
        missing(path, to);
        return None;
    };
    let mut found = None;
    read_toml(file, to, &mut |mut table, to| {
        found = Some(read(&mut table, to));
        table.finish(to);
    });
    found
}

/// Reads how well something is sourced; absent: read in a source.
fn sourced(table: &mut Table<'_>, to: &mut Defects) -> Sourced {
    const WORDS: [(&str, Sourced); 3] =
        [("sourced", Sourced::Sourced), ("partly", Sourced::Partly), ("general_knowledge", Sourced::GeneralKnowledge)];
    if !table.has("sourced") {
        return Sourced::Sourced;
    }
    table.word("sourced", &WORDS, to).map_or(Sourced::Sourced, |word| word.value)
}

/// Reads a text that must say something; empty where it does not.
fn said(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> String {
    table.filled(key, to).map(|text| text.value).unwrap_or_default()
}

/// Reads a list of texts.
fn words(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> Vec<String> {
    table.texts(key, to).into_iter().map(|text| text.value).collect()
}

/// Reads a number of decimals in quotes, from zero on.
fn decimal(table: &mut Table<'_>, key: &'static str, to: &mut Defects) -> Option<At<rust_decimal::Decimal>> {
    let text = table.filled(key, to)?;
    let read = rust_decimal::Decimal::from_str_exact(&text.value).ok().filter(|value| !value.is_sign_negative());
    if read.is_none() {
        to.error(text.place, "bad_number", format!("`{key}` is a number from 0 on in quotes, found `{}`", text.value));
    }
    Some(At { value: read?, place: text.place })
}
