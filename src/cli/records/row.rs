//! Rows of a csv or ndjson file, field by field.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::super::CliError;
use super::lines::{LINE_BYTES_MAX, Line, Lines, fields};
use crate::law::{Day, did_you_mean};
use crate::screening::{LeftOut, RecordPlace};

/// The most names that a message lists in full: all measures of a pack, not all its rules.
const LISTED: usize = 24;

/// What a file of records is and has.
#[derive(Debug)]
pub(super) struct Table {
    /// The option that names the file.
    pub(super) option: &'static str,
    /// Its fields.
    pub(super) fields: &'static [&'static str],
    /// Those that say whose answers a record touches.
    pub(super) names: &'static [&'static str],
}

/// A row; a field that is absent is empty.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it stands.
    pub(super) place: RecordPlace,
    table: &'static Table,
    values: Vec<String>,
}

/// More records than this do not fit in memory.
const ROWS_MAX: usize = 20_000_000;
/// A message that repeats a long field is cut.
const MESSAGE_SIGNS_MAX: usize = 1000;

impl Row {
    fn empty(place: RecordPlace, table: &'static Table) -> Self {
        Self { place, table, values: vec![String::new(); table.fields.len()] }
    }

    /// What a field says; empty where it says nothing.
    pub(super) fn text(&self, field: &str) -> &str {
        let at = self.table.fields.iter().position(|known| *known == field);
        at.and_then(|at| self.values.get(at)).map_or("", |value| value.trim())
    }

    /// What a field says, where it says something.
    pub(super) fn optional(&self, field: &str) -> Option<&str> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// What a field says; an error where it is empty.
    pub(super) fn filled(&self, field: &str) -> Result<&str, LeftOut> {
        self.optional(field).ok_or_else(|| self.wrong(field, "is empty"))
    }

    /// Several values with `;` between them.
    pub(super) fn list(&self, field: &str) -> impl Iterator<Item = &str> {
        self.text(field).split(';').map(str::trim).filter(|part| !part.is_empty())
    }

    /// One of the known names.
    pub(super) fn known<T>(
        &self,
        field: &str,
        text: &str,
        found: Option<T>,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<T, LeftOut> {
        found.ok_or_else(|| {
            let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
            let hint = did_you_mean(text, names.iter().map(String::as_str));
            let hint = hint.or_else(|| (names.len() <= LISTED).then(|| format!("one of: {}", names.join(", "))));
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            self.wrong(field, &format!("`{text}` is not known{hint}"))
        })
    }

    /// A day.
    pub(super) fn day(&self, field: &str) -> Result<Option<Day>, LeftOut> {
        let Some(text) = self.optional(field) else { return Ok(None) };
        let day = text.parse::<jiff::civil::Date>().map(Day::of);
        day.map(Some).map_err(|_| self.wrong(field, &format!("`{text}` is no date such as 2026-07-01")))
    }

    /// The error that a field causes.
    pub(super) fn wrong(&self, field: &str, message: &str) -> LeftOut {
        self.left_out(&format!("`{field}`: {message}"))
    }

    /// The row as one that is left out, under the names that it states.
    fn left_out(&self, message: &str) -> LeftOut {
        let names = self.table.names.iter().filter_map(|field| self.optional(field)).map(str::to_owned).collect();
        let beginning: String = message.chars().take(MESSAGE_SIGNS_MAX).collect();
        let more = if beginning.len() < message.len() { " …" } else { "" };
        LeftOut { place: self.place.clone(), message: format!("{beginning}{more}; the record is left out"), names }
    }
}

/// Gives each row of a file to `take`: csv with a header, or one JSON object a line (told by its
/// first sign).
pub(super) fn rows(
    path: &Path,
    table: &'static Table,
    mut take: impl FnMut(Result<Row, LeftOut>),
) -> Result<(), CliError> {
    let failed = |cause: std::io::Error| io(table.option, path, &cause);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(std::io::Error::other("this is a directory, and a csv or ndjson file is wanted")));
    }
    let source: Arc<str> = path.display().to_string().into();
    let mut lines = Lines::new(BufReader::new(file));
    let columns = match lines.next().map_err(failed)? {
        None => {
            let message = format!(
                "{} {source}: the file is empty; a csv header ({}) or one JSON object a line is wanted",
                table.option,
                table.fields.join(",")
            );
            return Err(CliError::Usage(message));
        }
        Some(line) if line.bytes.trim_ascii_start().starts_with(b"{") => {
            take(json(line, &source, table));
            None
        }
        Some(line) => Some(columns(line, &source, table)?),
    };
    let mut count = 0;
    while let Some(line) = lines.next().map_err(failed)? {
        count += 1;
        if count > ROWS_MAX {
            let cause = std::io::Error::other(format!("the file has more than {ROWS_MAX} records"));
            return Err(failed(cause));
        }
        take(columns.as_ref().map_or_else(|| json(line, &source, table), |columns| csv(line, columns, &source, table)));
    }
    Ok(())
}

/// The fields that the columns of a csv file hold, by its header.
fn columns(line: Line<'_>, source: &str, table: &'static Table) -> Result<Vec<usize>, CliError> {
    let usage = |message: &str| CliError::Usage(format!("{source}:{}: {message}", line.number));
    let (header, wrong) = fields(line.bytes);
    if let Some(wrong) = wrong {
        return Err(usage(wrong));
    }
    let mut columns = Vec::new();
    for name in header {
        let name = String::from_utf8_lossy(&name);
        let name = name.trim();
        let Some(at) = table.fields.iter().position(|field| *field == name) else {
            let hint = did_you_mean(name, table.fields.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("the columns are: {}", table.fields.join(", ")));
            return Err(usage(&format!("no column is named `{name}` ({hint})")));
        };
        if columns.contains(&at) {
            return Err(usage(&format!("two columns are named `{name}`")));
        }
        columns.push(at);
    }
    Ok(columns)
}

fn csv(line: Line<'_>, columns: &[usize], source: &Arc<str>, table: &'static Table) -> Result<Row, LeftOut> {
    let mut row = Row::empty(RecordPlace { source: Arc::clone(source), line: line.number }, table);
    let (found, quotes) = fields(line.bytes);
    let (count, wanted) = (found.len(), columns.len());
    let mut no_text = None;
    for (value, at) in found.into_iter().zip(columns) {
        match String::from_utf8(value) {
            Ok(value) => row.values[*at] = value,
            Err(_) => no_text = Some(table.fields[*at]),
        }
    }
    if line.cut {
        Err(row.left_out(&too_long()))
    } else if let Some(quotes) = quotes {
        Err(row.left_out(quotes))
    } else if count != wanted {
        Err(row.left_out(&format!("the row has {count} fields, its header {wanted}")))
    } else if let Some(field) = no_text {
        Err(row.wrong(field, "is not UTF-8"))
    } else {
        Ok(row)
    }
}

fn json(line: Line<'_>, source: &Arc<str>, table: &'static Table) -> Result<Row, LeftOut> {
    let mut row = Row::empty(RecordPlace { source: Arc::clone(source), line: line.number }, table);
    if line.cut {
        return Err(row.left_out(&too_long()));
    }
    let object: Object = serde_json::from_slice(line.bytes).map_err(|error| {
        // The line is known better than the parser knows it.
        let (message, position) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
        let message = message.strip_suffix(&position).unwrap_or(&message);
        let column = if error.column() > 0 { format!(" at column {}", error.column()) } else { String::new() };
        row.left_out(&format!("no JSON object of one line: {message}{column}"))
    })?;
    let (mut stated, mut wrong) = (vec![false; table.fields.len()], None);
    for (name, value) in &object.0 {
        let Some(at) = table.fields.iter().position(|field| field == name) else {
            let hint = did_you_mean(name, table.fields.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("the fields are: {}", table.fields.join(", ")));
            wrong = wrong.or(Some(format!("no field is named `{name}` ({hint})")));
            continue;
        };
        if std::mem::replace(&mut stated[at], true) {
            wrong = wrong.or(Some(format!("two fields are named `{name}`")));
        }
        match plain(value) {
            Some(text) => row.values[at] = text,
            None => wrong = wrong.or(Some(format!("`{name}` is no text, number or list of them"))),
        }
    }
    wrong.map_or(Ok(()), |message| Err(row.left_out(&message)))?;
    Ok(row)
}

fn too_long() -> String {
    format!("the line has more than {LINE_BYTES_MAX} bytes")
}

/// The fields of a JSON object as they are written, a repeated one too.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A JSON value as a field of a csv file would say it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => Some(items.iter().map(plain).collect::<Option<Vec<String>>>()?.join(";")),
        Value::Bool(_) | Value::Object(_) => None,
    }
}

/// An error of an option's file as the command tells it.
pub(super) fn io(option: &str, path: &Path, cause: &std::io::Error) -> CliError {
    CliError::Record(format!("{option} {}: {cause}", path.display()))
}
