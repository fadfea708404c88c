//! What a command says: for reading, and for programs.

use serde_json::Value;

use crate::cli::CliError;
use crate::cli::rules::columns::{Column, columns};

/// What a command says.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) json: Value,
}

/// Rows of a table, each with the same for programs; `nothing` is said where there are none.
pub(super) fn table<const N: usize>(
    head: [&str; N],
    rows: Vec<([String; N], Value)>,
    nothing: &str,
) -> Result<Said, CliError> {
    let (mut cells, mut values) = (vec![head.map(str::to_owned)], Vec::new());
    for (row, value) in rows {
        cells.push(row);
        values.push(value);
    }
    let mut text = Vec::new();
    if values.is_empty() {
        text.extend(format!("{nothing}\n").into_bytes());
    } else {
        columns([Column::Left; N], &cells, "", &mut text)?;
    }
    Ok(Said { text: String::from_utf8_lossy(&text).into_owned(), json: Value::Array(values) })
}

/// A cell for what may not be there.
pub(super) fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A moment to the second.
pub(super) fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
