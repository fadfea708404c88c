//! What was done on paper or in another system while this one was down, and contradicts what is
//! known here (85/2019/NĐ-CP art 17): it is kept beside what is known, and customs decides.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::Author;
use crate::law::life_cycle::Act;

/// Why what was entered afterwards does not count by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispute {
    /// It is said to have been done later than it was entered.
    LaterThanNow,
    /// It is said to have been done before the dossier was filed, or the goods were declared.
    BeforeFiling,
    /// The task has another result already.
    OtherResult,
    /// The goods were let through or stopped, or the step was settled, without it.
    DecidedWithout,
    /// The dossier has gone on meanwhile: where it stands, this is not done.
    NotAllowed,
}

impl Dispute {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LaterThanNow => "later_than_now",
            Self::BeforeFiling => "before_filing",
            Self::OtherResult => "other_result",
            Self::DecidedWithout => "decided_without",
            Self::NotAllowed => "not_allowed",
        }
    }
}

/// How one line came out on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperLine {
    /// The line.
    pub line: u32,
    /// It passed.
    pub passed: bool,
    /// What was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What was entered afterwards and is disputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperEntry {
    /// Its id.
    pub id: String,
    /// The task.
    pub task: String,
    /// What was done.
    pub act: Act,
    /// The paper or the other system, by its number or name.
    pub source: String,
    /// When it was done.
    pub done: Timestamp,
    /// What it contradicts.
    pub why: Vec<Dispute>,
    /// What it says in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The number of what was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// How much it covers, and in which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<(String, String)>,
    /// The number of what it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The result on each line; empty: the same on all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<PaperLine>,
}

impl PaperEntry {
    /// Whether another says the same of the same: entered twice it is there once.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let bare = |entry: &Self| Self { id: String::new(), why: Vec::new(), ..entry.clone() };
        bare(self) == bare(other)
    }
}

/// A disputed entry, and what customs has said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputed {
    /// What was entered.
    pub entry: PaperEntry,
    /// When it was entered.
    pub entered: Timestamp,
    /// By whom.
    pub by: Author,
    /// What customs has decided; none: nothing yet.
    pub settled: Option<Settlement>,
}

/// What customs has decided of a disputed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// It counts.
    pub accepted: bool,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Author,
    /// When.
    pub at: Timestamp,
}
