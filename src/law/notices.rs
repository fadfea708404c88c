//! What the pack says of rules that meet: published warnings, acts that displace others, who
//! leads where several agencies meet.

use serde::{Deserialize, Serialize};

use super::day::Interval;
use super::pack::{AgencyId, MeasureId, MinistryId, RuleId};
use crate::trade::{CountryCode, HsCode};

/// A published warning: while it stands, exemptions and waivers do not hold for what it names,
/// and the inspection is strict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Its key.
    pub id: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// Only for these measures; empty: every one.
    pub measures: Vec<MeasureId>,
    /// Only codes within these; empty: every one.
    pub hs: Vec<HsCode>,
    /// Only these origins; empty: every one.
    pub origins: Vec<CountryCode>,
    /// Only these makers, by name; empty: every one.
    pub makers: Vec<String>,
    /// Only these importers, by tax code; empty: every one.
    pub importers: Vec<String>,
    /// Its days.
    pub valid: Interval,
    /// The notice.
    pub legal_basis: String,
}

/// What becomes of a line that two rules of one ministry and measure meet on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Both apply.
    Both,
    /// The first applies, the second does not.
    Prevails,
}

/// The order of two rules that can meet on one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Precedence {
    /// The rule that prevails, or the one of two that both apply.
    pub rule: RuleId,
    /// The other.
    pub over: RuleId,
    /// What becomes of them.
    pub order: Order,
    /// Its days.
    pub valid: Interval,
    /// The citation alone.
    pub legal_basis: String,
    /// What it says, or the reasoning, in Vietnamese.
    pub why_vi: String,
    /// In English.
    pub why_en: String,
}

/// Who leads where several inspections meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// Its key.
    pub id: String,
    /// Where they have to meet.
    pub of: Reach,
    /// Which inspections have to meet.
    pub meeting: Meeting,
    /// The act has them done together: none of them waits for another.
    pub together: bool,
    /// The ministry that leads: its own agency among those that meet does.
    pub ministry: MinistryId,
    /// The agency that leads where the ministry has none among them.
    pub agency: Option<AgencyId>,
    /// Its days.
    pub valid: Interval,
    /// The citation alone.
    pub legal_basis: String,
    /// What it says, in Vietnamese.
    pub why_vi: String,
    /// In English.
    pub why_en: String,
}

impl Lead {
    /// Whether the act is about inspections for this measure.
    pub fn concerns(&self, measure: MeasureId) -> bool {
        match &self.meeting {
            Meeting::Measures { all, with } => all.contains(&measure) || with.contains(&measure),
            Meeting::SeveralMinistries(of) => *of == measure,
        }
    }

    /// Whether the act has inspections for these two measures done together.
    pub fn joins(&self, one: MeasureId, other: MeasureId) -> bool {
        let Meeting::Measures { all, .. } = &self.meeting else { return false };
        let both = self.concerns(one) && self.concerns(other);
        self.together && one != other && both && (all.contains(&one) || all.contains(&other))
    }
}

/// Where inspections have to meet for an act about who leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// On one line.
    Line,
    /// In one declaration, on one line or on several.
    Consignment,
}

/// Which inspections have to meet for an act about who leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meeting {
    /// One of every measure of `all`, and one of at least one measure of `with` (where it names
    /// any). The two have no measure in common and name at least two.
    Measures {
        /// Each of these.
        all: Vec<MeasureId>,
        /// And one of these.
        with: Vec<MeasureId>,
    },
    /// Of one measure, by several ministries.
    SeveralMinistries(MeasureId),
}
