//! The fields of the national declaration (`fields.csv`): VNACCS messages IDA and EDA.

use std::sync::OnceLock;

use super::Kind;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Letters, digits and signs of ASCII.
    Code,
    /// Any text.
    Words,
    /// Digits.
    Digits,
    /// A number.
    Number,
    /// A day.
    Day,
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its VNACCS id.
    pub(super) id: &'static str,
    /// It has to be there.
    pub(super) mandatory: bool,
    /// What it holds.
    pub(super) content: Content,
    /// Characters at most.
    pub(super) length: usize,
    /// The value is kept: its own reader says what is wrong with it.
    pub(super) kept: bool,
    /// What it is, in English.
    pub(super) name: String,
}

/// Codes and numbers that are kept.
const KEPT: [&str; 18] = [
    "BPC", "BPR", "CGK", "CMD", "DPR", "ECB", "EPO", "GW", "GWT", "ICB", "IP3", "IP4", "OR", "QN1", "QN2", "QT1", "QT2",
    "UPC",
];

/// The fields of one level, sorted by id.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// The ids as numbers, for a quick search.
    keys: Vec<u32>,
    fields: Vec<Field>,
}

/// An id of up to four letters as a number that sorts as the id does; no id has more.
fn key(id: &str) -> Option<u32> {
    let mut bytes = [0; 4];
    bytes.get_mut(..id.len())?.copy_from_slice(id.as_bytes());
    Some(u32::from_be_bytes(bytes))
}

impl Level {
    /// The field of an id, with its position.
    pub(super) fn field(&self, id: &str) -> Option<(usize, &Field)> {
        let at = self.keys.binary_search(&key(id)?).ok()?;
        Some((at, &self.fields[at]))
    }

    /// Every field.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// The fields of a declaration: once in it, and in each line.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Fields of the declaration.
    pub(super) header: Level,
    /// Fields of a line.
    pub(super) line: Level,
}

impl Table {
    /// The table of a kind of declaration.
    pub(super) fn of(kind: Kind) -> &'static Self {
        static TABLES: OnceLock<[Table; 2]> = OnceLock::new();
        let tables = TABLES.get_or_init(|| [Self::parse("IDA"), Self::parse("EDA")]);
        match kind {
            Kind::Import => &tables[0],
            Kind::Export => &tables[1],
        }
    }

    fn parse(message: &str) -> Self {
        let mut table = Self::default();
        for row in include_str!("fields.csv").lines().skip(1) {
            let mut cells = row.splitn(7, ',');
            let mut cell = || cells.next().unwrap_or_default();
            if cell() != message {
                continue;
            }
            let (id, level, mandatory, content, length) = (cell(), cell(), cell(), cell(), cell());
            let field = Field {
                id,
                mandatory: mandatory == "1",
                content: match content {
                    "W" => Content::Words,
                    "I" => Content::Digits,
                    "F" => Content::Number,
                    "D" => Content::Day,
                    _ => Content::Code,
                },
                length: length.parse().unwrap_or(usize::MAX),
                kept: KEPT.contains(&id),
                name: cell().trim_matches('"').to_owned(),
            };
            let level = if level == "line" { &mut table.line } else { &mut table.header };
            level.fields.push(field);
        }
        for level in [&mut table.header, &mut table.line] {
            level.fields.sort_by_key(|field| field.id);
            level.keys = level.fields.iter().filter_map(|field| key(field.id)).collect();
        }
        table
    }
}

/// Which fields of a level have been seen.
#[derive(Debug, Default)]
pub(super) struct Marks([u64; 5]);

impl Marks {
    /// Marks a field; whether it was marked before.
    pub(super) fn mark(&mut self, at: usize) -> bool {
        let (word, bit) = (at / 64 % 5, 1 << (at % 64));
        let before = self.0[word] & bit != 0;
        self.0[word] |= bit;
        before
    }

    /// Whether a field is marked.
    pub(super) fn has(&self, at: usize) -> bool {
        self.0[at / 64 % 5] & (1 << (at % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_fit_their_marks() {
        let (import, export) = (Table::of(Kind::Import), Table::of(Kind::Export));
        let total: usize = [import, export].iter().map(|t| t.header.fields.len() + t.line.fields.len()).sum();
        assert_eq!(total, include_str!("fields.csv").lines().count() - 1);
        for level in [&import.header, &import.line, &export.header, &export.line] {
            assert!(level.fields.len() <= 320 && level.keys.len() == level.fields.len());
            assert!(level.fields.windows(2).all(|pair| pair[0].id < pair[1].id));
        }
        assert!(import.line.field("CMD").unwrap().1.mandatory);
        assert_eq!(import.header.field("ARR").unwrap().1.content, Content::Day);
    }
}
