//! Reading a toml table key by key, with the place of everything and no error that stops.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::defect::{At, Defects, Place, did_you_mean};
use super::folder::TextFile;

/// A table of a toml file.
pub(crate) struct Table<'t> {
    values: &'t DeTable<'t>,
    file: &'t TextFile,
    place: Place,
    asked: Vec<&'static str>,
}

/// Parses a file and hands its table to `read`; what toml itself refuses is recorded first.
pub(crate) fn read_toml(file: &TextFile, to: &mut Defects, read: &mut dyn FnMut(Table<'_>, &mut Defects)) {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        let place = file.place(error.span().map_or(0, |span| span.start));
        to.error(place, "toml_syntax", error.message().lines().collect::<Vec<_>>().join("; "));
    }
    read(Table { values: table.get_ref(), file, place: file.beginning(), asked: Vec::new() }, to);
}

impl<'t> Table<'t> {
    /// Where the table begins.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Whether the table has a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// A text that must be there; it may be empty.
    pub(crate) fn text(&mut self, key: &'static str, to: &mut Defects) -> Option<At<String>> {
        if !self.has(key) {
            self.asked.push(key);
            to.error(self.place, "missing_key", format!("`{key}` is missing"));
            return None;
        }
        self.maybe_text(key, to)
    }

    /// A text that must be there and say something.
    pub(crate) fn filled(&mut self, key: &'static str, to: &mut Defects) -> Option<At<String>> {
        let text = self.text(key, to)?;
        if text.value.trim().is_empty() {
            to.error(text.place, "empty_value", format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    /// A text that may be absent; an empty one counts as absent.
    pub(crate) fn optional(&mut self, key: &'static str, to: &mut Defects) -> Option<At<String>> {
        self.maybe_text(key, to).filter(|text| !text.value.is_empty())
    }

    /// A text that may be absent: empty then.
    pub(crate) fn text_or_empty(&mut self, key: &'static str, to: &mut Defects) -> String {
        self.maybe_text(key, to).map(|text| text.value).unwrap_or_default()
    }

    /// One of a closed set of words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
        to: &mut Defects,
    ) -> Option<At<T>> {
        let text = self.text(key, to)?;
        one_of(&text, key, words, to)
    }

    /// True or false.
    pub(crate) fn flag(&mut self, key: &'static str, to: &mut Defects) -> Option<At<bool>> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::Boolean(value) => Some(At { value: *value, place }),
            other => self.wrong_type(key, "true or false", other, place, to),
        }
    }

    /// A whole number that must be there.
    pub(crate) fn number(&mut self, key: &'static str, to: &mut Defects) -> Option<At<u32>> {
        let Some((value, place)) = self.value(key) else {
            to.error(self.place, "missing_key", format!("`{key}` is missing"));
            return None;
        };
        match value {
            DeValue::Integer(value) => {
                if let Ok(value) = u32::from_str_radix(value.as_str(), value.radix()) {
                    return Some(At { value, place });
                }
                to.error(place, "bad_number", format!("`{key}` is no whole number from 0 on"));
                None
            }
            other => self.wrong_type(key, "a whole number", other, place, to),
        }
    }

    /// A list of texts; absent is empty.
    pub(crate) fn texts(&mut self, key: &'static str, to: &mut Defects) -> Vec<At<String>> {
        let Some((value, place)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong_type::<()>(key, "a list of texts", value, place, to);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            let place = self.file.place(item.span().start);
            match item.get_ref() {
                DeValue::String(text) => texts.push(At { value: text.to_string(), place }),
                other => {
                    self.wrong_type::<()>(key, "a list of texts", other, place, to);
                }
            }
        }
        texts
    }

    /// A table of names, each with one text or a list of texts; absent is empty.
    pub(crate) fn named_texts(&mut self, key: &'static str, to: &mut Defects) -> Vec<(At<String>, Vec<At<String>>)> {
        let Some(table) = self.table(key, to) else {
            return Vec::new();
        };
        let mut named = Vec::new();
        for (name, value) in table.values {
            let name = At { value: name.get_ref().to_string(), place: self.file.place(name.span().start) };
            let items: Vec<&Spanned<DeValue<'t>>> = match value.get_ref() {
                DeValue::Array(items) => items.iter().collect(),
                _ => vec![value],
            };
            let mut texts = Vec::new();
            for item in items {
                let place = self.file.place(item.span().start);
                match item.get_ref() {
                    DeValue::String(text) => texts.push(At { value: text.to_string(), place }),
                    other => {
                        self.wrong_type::<()>(&name.value, "text in quotes or a list of it", other, place, to);
                    }
                }
            }
            named.push((name, texts));
        }
        named
    }

    /// A table within this one.
    pub(crate) fn table(&mut self, key: &'static str, to: &mut Defects) -> Option<Table<'t>> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::Table(values) => Some(Table { values, file: self.file, place, asked: Vec::new() }),
            other => self.wrong_type(key, "a table", other, place, to),
        }
    }

    /// The tables of an array of tables; absent is empty.
    pub(crate) fn tables(&mut self, key: &'static str, to: &mut Defects) -> Vec<Table<'t>> {
        let Some((value, place)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong_type::<()>(key, "a list of tables", value, place, to);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            let place = self.file.place(item.span().start);
            match item.get_ref() {
                DeValue::Table(values) => {
                    tables.push(Table { values, file: self.file, place, asked: Vec::new() });
                }
                other => {
                    self.wrong_type::<()>(key, "a list of tables", other, place, to);
                }
            }
        }
        tables
    }

    /// Records every key that nobody asked for. Call it last.
    pub(crate) fn finish(self, to: &mut Defects) {
        for key in self.values.keys() {
            let word: &str = key.get_ref();
            if !self.asked.contains(&word) {
                to.error_with(
                    self.file.place(key.span().start),
                    "unknown_key",
                    format!("unknown key `{word}`"),
                    did_you_mean(word, self.asked.iter().copied())
                        .or_else(|| Some(format!("known here: {}", self.asked.join(", ")))),
                );
            }
        }
    }

    fn value(&mut self, key: &'static str) -> Option<(&'t DeValue<'t>, Place)> {
        self.asked.push(key);
        let value: &Spanned<DeValue<'t>> = self.values.get(key)?;
        Some((value.get_ref(), self.file.place(value.span().start)))
    }

    fn maybe_text(&mut self, key: &'static str, to: &mut Defects) -> Option<At<String>> {
        let (value, place) = self.value(key)?;
        match value {
            DeValue::String(text) => Some(At { value: text.to_string(), place }),
            other => self.wrong_type(key, "text in quotes", other, place, to),
        }
    }

    #[expect(clippy::unused_self, reason = "reads as the table's own complaint")]
    fn wrong_type<T>(&self, key: &str, wanted: &str, found: &DeValue<'_>, place: Place, to: &mut Defects) -> Option<T> {
        let found = found.type_str();
        to.error(place, "wrong_type", format!("`{key}` must be {wanted}, found {found}"));
        None
    }
}

/// The value of one of a closed set of words.
pub(crate) fn one_of<T: Copy>(
    text: &At<String>,
    key: &str,
    words: &[(&'static str, T)],
    to: &mut Defects,
) -> Option<At<T>> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
        return Some(At { value: *value, place: text.place });
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    to.error_with(
        text.place,
        "unknown_word",
        format!("`{key}` cannot be `{}`", text.value),
        did_you_mean(&text.value, known.iter().copied()).or_else(|| Some(format!("one of: {}", known.join(", ")))),
    );
    None
}
