//! Why, and why not: the steps that changed the outcome.

use super::failure::Failure;
use super::record::EvidenceRecord;
use super::requirement::Method;
use super::satisfy::Mismatch;
use super::warn::Warned;
use crate::law::{CandidateId, Condition, Day, ExclusionId, ExemptionId, RuleId};

/// What a step did.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Step 3: the rule is not in force on the day.
    NotInForce,
    /// Step 3: a dossier filed on an earlier day keeps the law of that day.
    EarlierDossier(Day),
    /// Step 4: the rule is for the other direction.
    OtherDirection,
    /// Step 4: regime, origin or another condition of the rule does not hold; the first that
    /// fails, and what the declaration says instead.
    OutOfScope(Failure),
    /// Step 5: a negative list takes the code out.
    Excluded(ExclusionId),
    /// Step 5: another rule on the line prevails over it; the rule and the reason.
    Displaced(RuleId, String),
    /// Step 6: the goods are not those meant; the first condition that fails, and what the
    /// declaration says instead.
    NotMeant(Failure),
    /// Step 6: the goods are those meant.
    Meant(Condition),
    /// Step 6: a fact is missing.
    Unsettled(Condition),
    /// Step 7: an exemption lifts it.
    Exempt(ExemptionId),
    /// Step 7: an exemption nearly lifts it; the first of its conditions that fails, and what
    /// the declaration says instead.
    NotExempt(ExemptionId, Failure),
    /// Step 8: a warning cancels an exemption.
    Warned(Warned, ExemptionId),
    /// Step 9: the record chooses how strictly the consignment is looked at.
    Method(Method),
    /// Step 10: documents satisfy it, or show that it was asked for.
    Evidence,
    /// Step 10: a record names the rule and the trader or the declaration, and does not serve.
    NotServed(Box<EvidenceRecord>, Mismatch),
}

impl Outcome {
    /// Whether the requirement is gone by it.
    pub fn drops(&self) -> bool {
        matches!(
            self,
            Self::NotInForce
                | Self::EarlierDossier(_)
                | Self::OtherDirection
                | Self::OutOfScope(_)
                | Self::Excluded(_)
                | Self::Displaced(..)
                | Self::NotMeant(_)
        )
    }

    /// Whether it shaped the requirement: it did not drop it, nor merely nearly lift or meet it.
    pub fn shapes(&self) -> bool {
        !self.drops() && !matches!(self, Self::NotExempt(..) | Self::NotServed(..))
    }

    /// The condition whose facts decided.
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Self::NotMeant(failure) => Some(&failure.test),
            Self::Meant(condition) | Self::Unsettled(condition) => Some(condition),
            _ => None,
        }
    }

    /// The name of the step, as answers write it.
    pub fn step(&self) -> &'static str {
        match self {
            Self::NotInForce | Self::EarlierDossier(_) => "in_force",
            Self::OtherDirection | Self::OutOfScope(_) => "scope",
            Self::Excluded(_) => "negative_list",
            Self::Displaced(..) => "precedence",
            Self::NotMeant(_) | Self::Meant(_) | Self::Unsettled(_) => "fact",
            Self::Exempt(_) | Self::NotExempt(..) => "exemption",
            Self::Warned(..) => "warning",
            Self::Method(_) => "method",
            Self::Evidence | Self::NotServed(..) => "evidence",
        }
    }
}

/// A step that changed the outcome for one candidate on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceEntry {
    /// The line's position in the declaration.
    pub line: usize,
    /// The rule with its group of goods.
    pub candidate: CandidateId,
    /// What happened.
    pub outcome: Outcome,
    /// The set phrases in the description that settled the facts of the outcome.
    pub phrases: Vec<String>,
}

/// Who listens to the steps.
pub trait Trace {
    /// Whether anybody does: without, candidates that cannot apply are not even looked at.
    const LISTENS: bool;

    /// A step.
    fn step(&mut self, entry: TraceEntry);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    const LISTENS: bool = false;

    fn step(&mut self, _: TraceEntry) {}
}

impl Trace for Vec<TraceEntry> {
    const LISTENS: bool = true;

    fn step(&mut self, entry: TraceEntry) {
        self.push(entry);
    }
}
