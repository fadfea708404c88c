//! Rows of a csv or ndjson file, field by field.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use super::super::CliError;
use crate::law::{Day, did_you_mean};
use crate::screening::RecordPlace;

/// A row; a field that is absent is empty.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it stands.
    pub(super) place: RecordPlace,
    fields: &'static [&'static str],
    values: Vec<String>,
}

/// A line longer than this is no record.
const LINE_BYTES_MAX: usize = 1 << 20;
/// More records than this do not fit in memory.
const ROWS_MAX: usize = 20_000_000;

/// An error of a row as it is told.
pub(super) type Wrong = String;

impl Row {
    /// What a field says; empty where it says nothing.
    pub(super) fn text(&self, field: &str) -> &str {
        let at = self.fields.iter().position(|known| *known == field);
        at.and_then(|at| self.values.get(at)).map_or("", |value| value.trim())
    }

    /// What a field says, where it says something.
    pub(super) fn optional(&self, field: &str) -> Option<&str> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// What a field says; an error where it is empty.
    pub(super) fn filled(&self, field: &str) -> Result<&str, Wrong> {
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
    ) -> Result<T, Wrong> {
        found.ok_or_else(|| {
            let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
            let hint = did_you_mean(text, names.iter().map(String::as_str));
            let hint = hint.or_else(|| (names.len() <= 12).then(|| format!("one of: {}", names.join(", "))));
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            self.wrong(field, &format!("`{text}` is not known{hint}"))
        })
    }

    /// A day.
    pub(super) fn day(&self, field: &str) -> Result<Option<Day>, Wrong> {
        let Some(text) = self.optional(field) else { return Ok(None) };
        let day = text.parse::<jiff::civil::Date>().map(Day::of);
        day.map(Some).map_err(|_| self.wrong(field, &format!("`{text}` is no date such as 2026-07-01")))
    }

    /// The error that a field causes.
    pub(super) fn wrong(&self, field: &str, message: &str) -> Wrong {
        format!("{}: `{field}`: {message}; the record is left out", self.place)
    }
}

/// The rows of a file: csv with a header, or one JSON object a line (told by its first sign).
pub(super) fn rows(
    path: &Path,
    fields: &'static [&'static str],
) -> Result<Box<dyn Iterator<Item = Result<Row, Wrong>>>, CliError> {
    let mut reader = BufReader::new(File::open(path).map_err(|cause| io(path, &cause))?);
    let source: Arc<str> = path.display().to_string().into();
    let beginning = reader.fill_buf().map_err(|cause| io(path, &cause))?;
    let first = beginning.strip_prefix("\u{feff}".as_bytes()).unwrap_or(beginning).trim_ascii_start().first();
    if first == Some(&b'{') {
        return Ok(Box::new(json_rows(reader, source, fields)));
    }
    csv_rows(reader, &source, fields)
}

fn csv_rows(
    reader: BufReader<File>,
    source: &Arc<str>,
    fields: &'static [&'static str],
) -> Result<Box<dyn Iterator<Item = Result<Row, Wrong>>>, CliError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let header = reader.headers().map_err(|error| CliError::Usage(format!("{source}: {error}")))?.clone();
    let mut columns = Vec::new();
    for name in &header {
        let name = name.trim_start_matches('\u{feff}').trim();
        let at = fields.iter().position(|field| *field == name);
        let Some(at) = at else {
            let hint = did_you_mean(name, fields.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("the columns are: {}", fields.join(", ")));
            return Err(CliError::Usage(format!("{source}:1: no column is named `{name}` ({hint})")));
        };
        columns.push(at);
    }
    let source = Arc::clone(source);
    let rows = reader.into_records().take(ROWS_MAX).map(move |record| {
        let record = record.map_err(|error| format!("{source}: {error}; the record is left out"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = RecordPlace { source: Arc::clone(&source), line: u32::try_from(line).unwrap_or(u32::MAX) };
        if record.len() != columns.len() {
            let (found, wanted) = (record.len(), columns.len());
            return Err(format!("{place}: the row has {found} fields, its header {wanted}; the record is left out"));
        }
        let mut values = vec![String::new(); fields.len()];
        for (value, at) in record.iter().zip(&columns) {
            value.clone_into(&mut values[*at]);
        }
        Ok(Row { place, fields, values })
    });
    Ok(Box::new(rows))
}

fn json_rows(
    reader: BufReader<File>,
    source: Arc<str>,
    fields: &'static [&'static str],
) -> impl Iterator<Item = Result<Row, Wrong>> {
    let lines = reader.split(b'\n').zip(1u32..).take(ROWS_MAX);
    let lines = lines.filter(|(line, _)| line.as_ref().map_or(true, |line| !line.trim_ascii().is_empty()));
    lines.map(move |(line, number)| {
        let place = RecordPlace { source: Arc::clone(&source), line: number };
        let wrong = |message: String| format!("{place}: {message}; the record is left out");
        let line = line.map_err(|error| wrong(error.to_string()))?;
        if line.len() > LINE_BYTES_MAX {
            return Err(wrong(format!("the line has more than {LINE_BYTES_MAX} bytes")));
        }
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
        let mut values = vec![String::new(); fields.len()];
        for (name, value) in &object {
            let Some(at) = fields.iter().position(|field| field == name) else {
                let hint = did_you_mean(name, fields.iter().copied());
                let hint = hint.unwrap_or_else(|| format!("the fields are: {}", fields.join(", ")));
                return Err(wrong(format!("no field is named `{name}` ({hint})")));
            };
            values[at] = plain(value).ok_or_else(|| wrong(format!("`{name}` is no text, number or list of them")))?;
        }
        Ok(Row { place, fields, values })
    })
}

/// A JSON value as a field of a csv file would say it.
fn plain(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => Some(String::new()),
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Array(items) => Some(items.iter().map(plain).collect::<Option<Vec<String>>>()?.join(";")),
        serde_json::Value::Bool(_) | serde_json::Value::Object(_) => None,
    }
}

/// An error of a file as the command tells it.
pub(super) fn io(path: &Path, cause: &std::io::Error) -> CliError {
    CliError::Record(format!("{}: {cause}", path.display()))
}
