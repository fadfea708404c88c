//! What screening finds out.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::evidence::EvidenceRef;
use super::method::Standing;
use super::warn::Warned;
use crate::law::{CandidateId, Element, ExemptionId, FactId, MethodRegimeId, Presumed, RuleId};
use crate::trade::{Certainty, Direction, HsCode, InspectionMethod, Status, UnitCode};

/// How a line's code was found in the tariff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// In the tariff of the day, to its last digit.
    Tariff,
    /// By its first six digits: the union over the subheading's codes.
    Heading,
    /// Not at all.
    Unknown,
}

impl Match {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tariff => "tariff",
            Self::Heading => "heading",
            Self::Unknown => "unknown",
        }
    }
}

/// What a conditional requirement hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsettled {
    /// A fact.
    Fact(FactId),
    /// The regime of the line.
    Regime,
    /// The origin of the goods.
    Origin,
}

/// Something the law puts on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Requirement {
    /// The rule.
    pub rule: RuleId,
    /// The rule with the group of goods that the code's entry belongs to.
    pub candidate: CandidateId,
    /// How far it has come.
    pub status: Status,
    /// How sure it is that it applies.
    pub certainty: Certainty,
    /// What follows while it is conditional; [`Presumed::None`] where it is not.
    pub presumed: Presumed,
    /// What would settle a conditional one (the first of it).
    pub unsettled: Option<Unsettled>,
    /// The exemption that lifts it.
    pub exemption: Option<ExemptionId>,
    /// The published warning that meets the line: no exemption or waiver holds.
    pub warned: Option<Warned>,
    /// How strictly it is looked at.
    pub method: Option<Method>,
    /// The documents that satisfy it, as a range of [`Screening::evidence`].
    pub evidence: (u32, u32),
}

/// How strictly a consignment is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// The regime of methods.
    pub regime: MethodRegimeId,
    /// Where the importer's record stands in it.
    pub standing: Standing,
    /// What follows from it.
    pub method: InspectionMethod,
    /// Whether the consignment was drawn, where a share is.
    pub drawn: Option<Draw>,
}

/// What came of a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// Drawn: it is looked at.
    Drawn,
    /// Not drawn: it is let through.
    LetThrough,
    /// There is no key to draw with, so nobody can say.
    NoKey,
}

impl Requirement {
    pub(super) fn of(rule: RuleId, element: Element) -> Self {
        Self {
            rule,
            candidate: element.candidate,
            status: Status::Required,
            certainty: Certainty::Certain,
            presumed: Presumed::None,
            unsettled: None,
            exemption: None,
            warned: None,
            method: None,
            evidence: (0, 0),
        }
    }
}

/// A screened line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineScreening {
    /// Its number in the declaration.
    pub number: u32,
    /// The code as declared.
    pub hs: Option<HsCode>,
    /// How it was found.
    pub matched: Match,
    /// Its requirements, as a range of [`Screening::requirements`].
    pub requirements: (u32, u32),
    /// The coverage entry of the pack that begins only after the day.
    pub uncovered: Option<u16>,
    /// A preferential line without its code of chapters 1 to 97.
    pub lacks_general_code: bool,
}

/// A permit that a requirement would draw on and that has too little left for the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Short {
    /// The line, by its position.
    pub line: u32,
    /// The rule of the requirement.
    pub rule: RuleId,
    /// The permit, by its position among the records.
    pub record: u32,
    /// How much is left of it for the line.
    pub left: Decimal,
    /// How much the line needs.
    pub needed: Decimal,
    /// The unit of both.
    pub unit: Option<UnitCode>,
}

/// What a line draws on a permit with a quantity, in the base of the permit's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    /// The permit, by its position among the records.
    pub(super) record: u32,
    /// The line, by its position.
    pub(super) line: u32,
    pub(super) amount: Decimal,
}

/// What was found out about one declaration. Cleared and filled again for the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Screening {
    /// The lines, in the order of the declaration.
    pub lines: Vec<LineScreening>,
    /// The requirements of all lines.
    pub requirements: Vec<Requirement>,
    /// The documents that satisfy requirements.
    pub evidence: Vec<EvidenceRef>,
    /// Which way the goods go; `None`: nobody can tell.
    pub direction: Option<Direction>,
    /// The permits that have too little left, of requirements that nothing else meets.
    pub short: Vec<Short>,
    /// What the lines so far draw.
    pub(super) drawn: Vec<Drawn>,
}

impl Screening {
    /// The requirements of a line.
    pub fn requirements_of(&self, line: &LineScreening) -> &[Requirement] {
        &self.requirements[line.requirements.0 as usize..line.requirements.1 as usize]
    }

    /// The documents that satisfy a requirement.
    pub fn evidence_of(&self, requirement: &Requirement) -> &[EvidenceRef] {
        &self.evidence[requirement.evidence.0 as usize..requirement.evidence.1 as usize]
    }

    /// The permits that have too little left for a requirement of the line at a position.
    pub fn short_of(&self, line: usize, rule: RuleId) -> impl Iterator<Item = &Short> {
        self.short.iter().filter(move |short| short.line as usize == line && short.rule == rule)
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.requirements.clear();
        self.evidence.clear();
        self.short.clear();
        self.drawn.clear();
        self.direction = None;
    }
}
