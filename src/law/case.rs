//! Cases: what a reviewer of the law expects of a rule on one line.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::day::Day;
use super::index::Presumed;
use super::pack::{Pack, Rule};
use crate::trade::{Certainty, LineQuery, Status};

/// What is expected of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expectation {
    /// It puts a requirement on the line that is neither exempt nor waived.
    Positive,
    /// It asks nothing of the line: no requirement, or one that is exempt or waived.
    Negative,
}

impl Expectation {
    /// The word that cases write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

/// A line and what a rule means for it, as a reviewer derived it from the law.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its file, relative to the pack's folder.
    pub file: String,
    /// Where in the file its expectation stands: the line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The rule's id.
    pub rule: String,
    /// What is expected of it.
    pub expect: Expectation,
    /// The case in a few words.
    pub title: String,
    /// The day whose law is asked about.
    pub day: Day,
    /// The line.
    pub query: LineQuery,
    /// How far the requirement must have come, where the case says it.
    pub status: Option<Status>,
    /// How sure it must be that it applies.
    pub certainty: Option<Certainty>,
    /// What must follow meanwhile, where it is conditional.
    pub presumed: Option<Presumed>,
    /// The key of the exemption that must lift it.
    pub exemption: Option<String>,
    /// The article and the reasoning.
    pub why: String,
}

/// For every rule that has codes what its cases lack: one that meets it, one that does not.
pub fn missing_cases<'p, 'c>(
    pack: &'p Pack,
    cases: impl IntoIterator<Item = &'c Case>,
) -> Vec<(&'p Rule, Expectation)> {
    let there: HashSet<(&str, Expectation)> = cases.into_iter().map(|case| (case.rule.as_str(), case.expect)).collect();
    let wanted = |rule: &'p Rule| [Expectation::Positive, Expectation::Negative].map(|expect| (rule, expect));
    pack.rules.iter().flat_map(wanted).filter(|(rule, expect)| !there.contains(&(rule.id.as_str(), *expect))).collect()
}
