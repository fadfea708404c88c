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
    /// The article, or the reasoning.
    pub legal_basis: String,
}

/// Who leads where several checks meet on one consignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// Its key.
    pub id: String,
    /// The checks that meet: at least two of them, or one of them by several ministries.
    pub measures: Vec<MeasureId>,
    /// The ministry that leads: its own agency on the line does.
    pub ministry: MinistryId,
    /// The agency that leads where the ministry has none on the line.
    pub agency: Option<AgencyId>,
    /// Its days.
    pub valid: Interval,
    /// The article.
    pub legal_basis: String,
}
