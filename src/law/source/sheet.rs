//! Reading a csv file row by row, with the place of every field.

use super::defect::{At, Defects, Place, did_you_mean};
use super::folder::TextFile;

/// More rows than any list of a pack has.
const ROWS_MAX: usize = 500_000;

/// A row of a csv file.
pub(crate) struct Row<'s> {
    file: &'s TextFile,
    fields: csv::StringRecord,
    columns: &'s [&'static str],
    offset: usize,
}

/// Reads the rows of a file whose header must name exactly `columns`. Rows with another number of
/// fields are recorded and left out.
pub(crate) fn read_csv(
    file: &TextFile,
    columns: &[&'static str],
    to: &mut Defects,
    read: &mut dyn FnMut(Row<'_>, &mut Defects),
) {
    read_csv_with(file, columns, &[], to, read);
}

/// The same, where the header may name all of `optional` after `columns`.
pub(crate) fn read_csv_with(
    file: &TextFile,
    columns: &[&'static str],
    optional: &[&'static str],
    to: &mut Defects,
    read: &mut dyn FnMut(Row<'_>, &mut Defects),
) {
    let mut columns = columns.to_vec();
    let header_fields = file.text.lines().next().unwrap_or_default().split(',').count();
    if header_fields > columns.len() {
        columns.extend(optional);
    }
    let columns = columns.as_slice();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.text.as_bytes());
    let mut fields = csv::StringRecord::new();
    let mut count = 0usize;
    loop {
        match reader.read_record(&mut fields) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                to.error(file.beginning(), "csv_syntax", error.to_string());
                break;
            }
        }
        let offset = fields.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        let row = Row { file, fields: fields.clone(), columns, offset: skip_line_ends(file, offset) };
        count += 1;
        if count == 1 {
            header(&row, to);
            continue;
        }
        if count > ROWS_MAX {
            to.error(row.place(0), "limit_rows", format!("the file has more than {ROWS_MAX} rows"));
            break;
        }
        if row.fields.len() == columns.len() {
            read(row, to);
        } else {
            to.error(
                row.place(columns.len().min(row.fields.len().saturating_sub(1))),
                "column_count",
                format!("the row has {} fields, its header {}", row.fields.len(), columns.len()),
            );
        }
    }
    if count == 0 {
        to.error(file.beginning(), "empty_file", format!("the header is missing: `{}`", columns.join(",")));
    }
}

fn header(row: &Row<'_>, to: &mut Defects) {
    for (at, column) in row.columns.iter().enumerate() {
        let found = row.fields.get(at).unwrap_or_default();
        if found != *column {
            let help = did_you_mean(found, row.columns.iter().copied());
            to.error_with(
                row.place(at.min(row.fields.len().saturating_sub(1))),
                "bad_header",
                format!("column {} must be `{column}`, found `{found}`", at + 1),
                help.or_else(|| Some(format!("the header is `{}`", row.columns.join(",")))),
            );
            return;
        }
    }
    if row.fields.len() > row.columns.len() {
        to.error(row.place(row.columns.len()), "bad_header", "the header has more columns than this list");
    }
}

/// The csv reader reports where it stood, which may be before the line end of the row above.
fn skip_line_ends(file: &TextFile, offset: usize) -> usize {
    let rest = file.text.as_bytes().get(offset..).unwrap_or_default();
    offset + rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count()
}

impl Row<'_> {
    /// A field by its position.
    pub(crate) fn field(&self, at: usize) -> &str {
        self.fields.get(at).unwrap_or_default().trim()
    }

    /// A field with its place.
    pub(crate) fn at(&self, at: usize) -> At<String> {
        At { value: self.field(at).to_owned(), place: self.place(at) }
    }

    /// A field that must say something.
    pub(crate) fn filled(&self, at: usize, to: &mut Defects) -> Option<At<String>> {
        if self.field(at).is_empty() {
            to.error(self.place(at), "empty_value", format!("`{}` is empty", self.columns[at]));
            return None;
        }
        Some(self.at(at))
    }

    /// A field that may be empty.
    pub(crate) fn optional(&self, at: usize) -> Option<At<String>> {
        (!self.field(at).is_empty()).then(|| self.at(at))
    }

    /// The name of a column.
    pub(crate) fn column(&self, at: usize) -> &'static str {
        self.columns.get(at).copied().unwrap_or_default()
    }

    /// Where a field begins. A quoted field begins at its quote.
    pub(crate) fn place(&self, at: usize) -> Place {
        let bytes = self.file.text.as_bytes();
        let (mut offset, mut field, mut quoted) = (self.offset, 0, false);
        while field < at {
            match bytes.get(offset) {
                None => break,
                Some(b'"') => quoted = !quoted,
                Some(b',') if !quoted => field += 1,
                Some(b'\n') if !quoted => break,
                Some(_) => {}
            }
            offset += 1;
        }
        self.file.place(offset)
    }
}
