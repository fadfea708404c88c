//! Rows of a csv or ndjson file, field by field.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::super::CliError;
use super::lines::{LINE_BYTES_MAX, Line, Lines, fields};
use crate::law::did_you_mean;
use crate::records::{Row, Table};
use crate::screening::{LeftOut, RecordPlace};

/// More records than this do not fit in memory.
const ROWS_MAX: usize = 20_000_000;

/// Gives each row of a file to `take`: csv with a header, or one JSON object a line (told by its
/// first sign).
pub(super) fn rows(
    option: &str,
    path: &Path,
    table: &'static Table,
    mut take: impl FnMut(Result<Row<'_>, LeftOut>),
) -> Result<(), CliError> {
    let failed = |cause: std::io::Error| io(option, path, &cause);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(std::io::Error::other("this is a directory, and a csv or ndjson file is wanted")));
    }
    let source: Arc<str> = path.display().to_string().into();
    let mut lines = Lines::new(BufReader::new(file));
    let columns = match lines.next().map_err(failed)? {
        None => {
            let message = format!(
                "{option} {source}: the file is empty; a csv header ({}) or one JSON object a line is wanted",
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
        let Some(at) = table.field(name) else {
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

fn csv(line: Line<'_>, columns: &[usize], source: &Arc<str>, table: &'static Table) -> Result<Row<'static>, LeftOut> {
    let mut row = Row::empty(RecordPlace { source: Arc::clone(source), line: line.number }, table);
    let (found, quotes) = fields(line.bytes);
    let (count, wanted) = (found.len(), columns.len());
    let mut no_text = None;
    for (value, at) in found.into_iter().zip(columns) {
        match String::from_utf8(value) {
            Ok(value) => row.set(*at, value),
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

fn json(line: Line<'_>, source: &Arc<str>, table: &'static Table) -> Result<Row<'static>, LeftOut> {
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
        let Some(at) = table.field(name) else {
            let hint = did_you_mean(name, table.fields.iter().copied());
            let hint = hint.unwrap_or_else(|| format!("the fields are: {}", table.fields.join(", ")));
            wrong = wrong.or(Some(format!("no field is named `{name}` ({hint})")));
            continue;
        };
        if std::mem::replace(&mut stated[at], true) {
            wrong = wrong.or(Some(format!("two fields are named `{name}`")));
        }
        match plain(value) {
            Some(text) => row.set(at, text),
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
