//! A row of a table of records: fields and what they say as text, wherever it was read.

use std::borrow::Cow;

use crate::law::{Day, did_you_mean};
use crate::screening::{LeftOut, RecordPlace};

/// The most names that a message lists in full: all measures of a pack, not all its rules.
const LISTED: usize = 24;
/// A message that repeats a long field is cut.
const MESSAGE_SIGNS_MAX: usize = 1000;

/// What a table of records has.
#[derive(Debug)]
pub struct Table {
    /// Its fields.
    pub fields: &'static [&'static str],
    /// Those that say whose answers a record touches.
    pub names: &'static [&'static str],
}

impl Table {
    /// The position of a field.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| *field == name)
    }
}

/// A row; a field that is absent is empty. Several values of a field stand with `;` between them.
#[derive(Debug)]
pub struct Row<'r> {
    /// Where it stands.
    place: RecordPlace,
    table: &'static Table,
    /// What the fields of the table say, in their order; those behind its end say nothing.
    values: Vec<Cow<'r, str>>,
}

impl<'r> Row<'r> {
    /// A row that says nothing yet.
    pub fn empty(place: RecordPlace, table: &'static Table) -> Self {
        Self::of(place, table, vec![Cow::Borrowed(""); table.fields.len()])
    }

    /// A row of values in the order of the table's fields.
    pub(super) fn of(place: RecordPlace, table: &'static Table, values: Vec<Cow<'r, str>>) -> Self {
        Self { place, table, values }
    }

    /// Where it stands.
    pub fn place(&self) -> &RecordPlace {
        &self.place
    }

    /// Says something in the field at a position of the table; nothing where it has none there.
    pub fn set(&mut self, at: usize, value: impl Into<Cow<'r, str>>) {
        if let Some(field) = self.values.get_mut(at) {
            *field = value.into();
        }
    }

    /// What a field says; empty where it says nothing.
    pub fn text(&self, field: &str) -> &str {
        let at = self.table.field(field);
        at.and_then(|at| self.values.get(at)).map_or("", |value| value.trim())
    }

    /// What a field says, where it says something.
    pub fn optional(&self, field: &str) -> Option<&str> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// What a field says.
    ///
    /// # Errors
    /// [`LeftOut`] where it is empty.
    pub fn filled(&self, field: &str) -> Result<&str, LeftOut> {
        self.optional(field).ok_or_else(|| self.wrong(field, "is empty"))
    }

    /// Several values with `;` between them.
    pub fn list(&self, field: &str) -> impl Iterator<Item = &str> {
        self.text(field).split(';').map(str::trim).filter(|part| !part.is_empty())
    }

    /// A day.
    ///
    /// # Errors
    /// [`LeftOut`] where it is none.
    pub fn day(&self, field: &str) -> Result<Option<Day>, LeftOut> {
        let Some(text) = self.optional(field) else { return Ok(None) };
        let day = text.parse::<jiff::civil::Date>().map(Day::of);
        day.map(Some).map_err(|_| self.wrong(field, &format!("`{text}` is no date such as 2026-07-01")))
    }

    /// One of the known names: what was found under it.
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

    /// The error that a field causes.
    pub fn wrong(&self, field: &str, message: &str) -> LeftOut {
        self.left_out(&format!("`{field}`: {message}"))
    }

    /// The row as one that is left out, under the names that it states.
    pub fn left_out(&self, message: &str) -> LeftOut {
        let names = self.table.names.iter().filter_map(|field| self.optional(field)).map(str::to_owned).collect();
        let beginning: String = message.chars().take(MESSAGE_SIGNS_MAX).collect();
        let more = if beginning.len() < message.len() { " …" } else { "" };
        LeftOut { place: self.place.clone(), message: format!("{beginning}{more}; the record is left out"), names }
    }
}
