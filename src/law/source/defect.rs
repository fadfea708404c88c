//! What is wrong in a pack, with its place.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::trade::Severity;

/// One thing that is wrong in a pack, where it stands, and what would put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// The file, relative to the pack's folder.
    pub file: String,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// The column in characters, from 1; 0 where the file as a whole is meant.
    pub column: u32,
    /// Whether the pack loads in spite of it.
    #[serde(deserialize_with = "severity")]
    pub severity: Severity,
    /// The stable name of this kind of defect.
    pub code: Cow<'static, str>,
    /// What is wrong.
    pub message: String,
    /// What would put it right.
    pub help: Option<String>,
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}[{}]: {}",
            self.file,
            self.line,
            self.column,
            self.severity.as_str(),
            self.code,
            self.message
        )?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    let word = Cow::<'de, str>::deserialize(deserializer)?;
    [Severity::Warning, Severity::Error]
        .into_iter()
        .find(|severity| severity.as_str() == word)
        .ok_or_else(|| serde::de::Error::custom("expected `warning` or `error`"))
}

/// A place in a file of the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Position of the file in [`Defects::files`].
    pub(crate) file: u32,
    /// Line, from 1.
    pub(crate) line: u32,
    /// Column in characters, from 1.
    pub(crate) column: u32,
}

/// A value with the place where it was read.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    /// The value.
    pub(crate) value: T,
    /// Where it stands.
    pub(crate) place: Place,
}

/// Collects defects, as many as there are.
#[derive(Debug, Default)]
pub(crate) struct Defects {
    files: Vec<String>,
    found: Vec<(Place, Defect)>,
    errors: usize,
}

impl Defects {
    /// More than this are counted, not kept.
    const MOST: usize = 10_000;

    /// Makes a file known by its path and gives its number.
    pub(crate) fn file(&mut self, path: &str) -> u32 {
        let number = self.files.iter().position(|known| known == path).unwrap_or_else(|| {
            self.files.push(path.to_owned());
            self.files.len() - 1
        });
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The path of a file's number.
    pub(crate) fn path(&self, file: u32) -> &str {
        self.files.get(file as usize).map_or("", String::as_str)
    }

    /// Records something that keeps the pack from loading.
    pub(crate) fn error(&mut self, place: Place, code: &'static str, message: impl Into<String>) {
        self.add(place, Severity::Error, code, message.into(), None);
    }

    /// Records an error and what would put it right.
    pub(crate) fn error_with(
        &mut self,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.add(place, Severity::Error, code, message.into(), help);
    }

    /// Records something that the pack loads in spite of.
    pub(crate) fn warning(&mut self, place: Place, code: &'static str, message: impl Into<String>) {
        self.add(place, Severity::Warning, code, message.into(), None);
    }

    /// Records a warning and what would put it right.
    pub(crate) fn warning_with(
        &mut self,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(place, Severity::Warning, code, message.into(), Some(help.into()));
    }

    /// How many errors there are.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// All of them, sorted by file, line and column.
    pub(crate) fn into_sorted(self) -> Vec<Defect> {
        let mut defects: Vec<Defect> = self.found.into_iter().map(|(_, defect)| defect).collect();
        defects.sort_by(|a, b| {
            (&a.file, a.line, a.column, &a.code, &a.message).cmp(&(&b.file, b.line, b.column, &b.code, &b.message))
        });
        defects.dedup();
        defects
    }

    fn add(&mut self, place: Place, severity: Severity, code: &'static str, message: String, help: Option<String>) {
        if severity == Severity::Error {
            self.errors += 1;
        }
        if self.found.len() < Self::MOST {
            let defect = Defect {
                file: self.path(place.file).to_owned(),
                line: place.line,
                column: place.column,
                severity,
                code: Cow::Borrowed(code),
                message,
                help,
            };
            self.found.push((place, defect));
        }
    }
}

/// `did you mean …?` for a word that is close to one of those known.
pub(crate) fn did_you_mean<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<String> {
    let lower = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let changed = above[j] + usize::from(left != right);
            let mut best = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *right && *left == b[j - 1] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words_are_suggested_and_far_ones_are_not() {
        let known = ["BYT", "BCT", "BNNPTNT"];
        assert_eq!(did_you_mean("BYTE", known).as_deref(), Some("did you mean `BYT`?"));
        assert_eq!(did_you_mean("BNNTPNT", known).as_deref(), Some("did you mean `BNNPTNT`?"));
        assert_eq!(did_you_mean("quarantine", known), None);
    }

    #[test]
    fn a_defect_prints_its_place_first() {
        let mut defects = Defects::default();
        let file = defects.file("facts.toml");
        let place = Place { file, line: 3, column: 7 };
        defects.error_with(place, "unknown_fact", "unknown fact `usd`", Some("did you mean `used`?".into()));
        assert_eq!(
            defects.into_sorted()[0].to_string(),
            "facts.toml:3:7: error[unknown_fact]: unknown fact `usd`\n  help: did you mean `used`?"
        );
    }
}
