//! Importers by how much they declare.

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::trade::{Declaration, Direction};

/// An importer, known by the digest of its number: of fixed size, however long the number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Importer([u8; 16]);

impl Importer {
    /// The party of the country that answers for the goods: the importer, for exports the
    /// exporter. `None` where it states no number.
    pub fn of(declaration: &Declaration<'_>, direction: Option<Direction>) -> Option<Self> {
        let party = match direction {
            Some(Direction::Export) => &declaration.exporter,
            _ => &declaration.importer,
        };
        let number = party.id.as_deref().map(str::trim).filter(|number| !number.is_empty())?;
        let digest = Sha256::digest(number.as_bytes());
        let mut known = [0; 16];
        known.copy_from_slice(&digest[..16]);
        Some(Self(known))
    }
}

/// What a change means for whoever declares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Burden {
    /// Declarations.
    pub declarations: u64,
    /// Of these, with a line that gains or loses a check or is decided otherwise.
    pub affected: u64,
    /// Lines that gain a check.
    pub lines_gaining: u64,
    /// Lines that lose a check.
    pub lines_losing: u64,
    /// Working days by which declarations could clear earlier.
    pub working_days_saved: u64,
    /// Working days by which declarations would clear later.
    pub working_days_added: u64,
}

impl Burden {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.declarations += other.declarations;
        self.affected += other.affected;
        self.lines_gaining += other.lines_gaining;
        self.lines_losing += other.lines_losing;
        self.working_days_saved += other.working_days_saved;
        self.working_days_added += other.working_days_added;
    }
}

/// How large an importer is, by its declarations in the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// So many declarations, from and to; without an end: and more.
    Band(u64, Option<u64>),
    /// Importers past the number that are told apart.
    Others,
    /// No number is stated.
    Unknown,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Band(from, Some(to)) if from == to => write!(f, "{from}"),
            Self::Band(from, Some(to)) => write!(f, "{from}-{to}"),
            Self::Band(from, None) => write!(f, "{from}+"),
            Self::Others => f.write_str("others"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

const BANDS: [(u64, Option<u64>); 4] = [(1, Some(1)), (2, Some(9)), (10, Some(99)), (100, None)];

/// The importers of a corpus.
#[derive(Debug, Default)]
pub struct Importers {
    known: FxHashMap<Importer, Burden>,
    others: Burden,
    unknown: Burden,
}

impl Importers {
    /// Importers that are told apart; what comes after is counted as others.
    pub const MOST: usize = 1_000_000;

    /// Adds a declaration.
    pub(super) fn add(&mut self, importer: Option<Importer>, burden: &Burden) {
        let full = self.known.len() >= Self::MOST;
        match importer {
            None => self.unknown.add(burden),
            Some(importer) if full => match self.known.get_mut(&importer) {
                Some(known) => known.add(burden),
                None => self.others.add(burden),
            },
            Some(importer) => self.known.entry(importer).or_default().add(burden),
        }
    }

    /// For each size how many importers there are and what it means for them. The number of
    /// importers is not known of `others` and `unknown`.
    pub fn sizes(&self) -> Vec<(Size, Option<u64>, Burden)> {
        let mut bands = BANDS.map(|(from, to)| (Size::Band(from, to), Some(0), Burden::default()));
        for burden in self.known.values() {
            let at = BANDS.iter().rposition(|(from, _)| burden.declarations >= *from).unwrap_or(0);
            bands[at].1 = bands[at].1.map(|count| count + 1);
            bands[at].2.add(burden);
        }
        let mut sizes = bands.to_vec();
        for (size, burden) in [(Size::Others, self.others), (Size::Unknown, self.unknown)] {
            if burden.declarations > 0 {
                sizes.push((size, None, burden));
            }
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn importers_fall_into_bands_by_their_declarations() {
        let mut importers = Importers::default();
        let one = Burden { declarations: 1, lines_gaining: 2, ..Burden::default() };
        for (name, count) in [(1u8, 1), (2, 2), (3, 9), (4, 10), (5, 100)] {
            for _ in 0..count {
                importers.add(Some(Importer([name; 16])), &one);
            }
        }
        importers.add(None, &one);
        let told: Vec<(String, Option<u64>, u64)> =
            importers.sizes().iter().map(|(s, count, b)| (s.to_string(), *count, b.lines_gaining)).collect();
        let expected = [
            ("1", Some(1), 2),
            ("2-9", Some(2), 22),
            ("10-99", Some(1), 20),
            ("100+", Some(1), 200),
            ("unknown", None, 2),
        ];
        assert_eq!(told, expected.map(|(size, count, lines)| (size.to_owned(), count, lines)));
    }
}
