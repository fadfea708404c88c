//! What a pack covers on a day, and what it lacks: codes on which checks meet, codes without a
//! rule, listed goods without a code, rules without a case, and how well it is sourced.
//!
//! A *check* is what a ministry asks under a measure at a stage, notices apart; two acts that ask
//! for the same are one. A rule that means part of a code counts as standing on it.

mod codes;
mod gaps;

use serde::Serialize;

use crate::law::{Case, Day, LintReport, Pack};
use crate::trade::Direction;

pub use codes::{Chapter, CodeChecks, DirectionCoverage, MinistryCoverage, Times};
pub use gaps::{Cases, Dates, Evidence, Grades, MinistryGrades, Place, RuleWithoutCode, WithoutCode};

/// What a pack covers and lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoverageReport {
    /// The country whose law it is.
    pub country: String,
    /// The pack's edition.
    pub edition: String,
    /// SHA-256 over the pack's files.
    pub digest: String,
    /// The day whose law is asked about.
    pub day: String,
    /// The codes of that day's tariff, for each direction.
    pub directions: Vec<DirectionCoverage>,
    /// Listed goods without a code.
    pub goods_without_code: WithoutCode,
    /// Rules without a case.
    pub cases: Cases,
    /// How well the pack is sourced.
    pub evidence: Evidence,
}

/// Looks through a pack on a day. `lint` is what lint says of it, `cases` are those that it brings
/// along; with `in_full` every code without a rule is named, not only counted.
pub fn coverage(pack: &Pack, lint: &LintReport, cases: &[Case], day: Day, in_full: bool) -> CoverageReport {
    CoverageReport {
        country: pack.country.to_string(),
        edition: pack.edition.clone(),
        digest: pack.digest.clone(),
        day: day.to_string(),
        directions: [Direction::Import, Direction::Export]
            .map(|direction| codes::direction(pack, direction, day, in_full))
            .to_vec(),
        goods_without_code: gaps::without_code(pack, lint),
        cases: gaps::cases(pack, lint, cases),
        evidence: gaps::evidence(pack, lint),
    }
}
