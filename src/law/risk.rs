//! Risk profiles: what sends a declaration to a yellow or red channel beside what the law puts on
//! its lines.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use crate::trade::Channel;

/// A risk profile. It fits a declaration where all that it tests holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskProfile {
    /// Its key.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// Where it sends a declaration: yellow or red.
    pub channel: Channel,
    /// What certainly holds for at least one line; [`Condition::Always`] where it asks nothing.
    pub condition: Condition,
    /// What the trader's record shows.
    pub failures: Option<Failures>,
    /// The share of what fits otherwise that is drawn, between 0 and 1; `None`: all of it.
    pub share: Option<Decimal>,
}

impl RiskProfile {
    /// What answers write in place of a profile's key where none decided; no profile has one of
    /// these as its key.
    pub const RESERVED: [&'static str; 5] = ["refused", "requirement_failed", "held", "fact_asked", "documents_wanted"];
}

/// Failures of a trader's goods, whatever they were inspected for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// At least so many.
    pub count: u32,
    /// In so many months up to the day.
    pub within_months: u32,
}
