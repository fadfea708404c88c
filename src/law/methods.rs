//! Regimes of inspection methods (phương thức kiểm tra): how strictly a consignment is looked at,
//! by what came of those before it. A regime is a small state machine that the pack states; what
//! drives it is the record of the importer, see `screening::method`.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::day::Day;
use super::pack::{AgencyId, Deadline, Sourced};
use crate::trade::InspectionMethod;

/// A regime of inspection methods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodRegime {
    /// Its key.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// What must be the same for two consignments to be of the same goods.
    pub same: Vec<Identity>,
    /// Only results from this day on count.
    pub counts_from: Day,
    /// The states; the first is where a record begins.
    pub states: Vec<MethodState>,
    /// What leads from one to another, in the order in which they are tried.
    pub transitions: Vec<Transition>,
    /// How well it is sourced.
    pub sourced: Sourced,
}

/// A state of a regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodState {
    /// Its key.
    pub key: String,
    /// How strictly a consignment is looked at in it.
    pub method: InspectionMethod,
    /// What is looked at, Vietnamese.
    pub what_vi: String,
    /// What is looked at, English.
    pub what_en: String,
    /// The article.
    pub legal_basis: String,
    /// The time limit under this method, where it differs from the rule's.
    pub deadline: Option<Deadline>,
    /// The share of consignments that is drawn for a look; the others are let through.
    pub sample: Option<Decimal>,
    /// The requirement is waived in it; where a share is drawn, for those that are not.
    pub waives: bool,
    /// Who looks, where it is not the rule's own agency.
    pub agency: Option<AgencyId>,
}

/// What leads from one state to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The states it leads from, by position.
    pub from: Vec<u8>,
    /// The state it leads to, by position.
    pub to: u8,
    /// What has to happen.
    pub trigger: Trigger,
    /// The article.
    pub legal_basis: String,
    /// How well it is sourced.
    pub sourced: Sourced,
}

/// What has to happen for a transition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// So many passes in a row, since the state was entered; all within so many months where
    /// that is stated.
    Passes {
        /// How many.
        count: u32,
        /// Within how many months, from the first to the last of them.
        within_months: Option<u32>,
    },
    /// An event of the importer's record.
    Event(RecordEvent),
    /// A warning is published that meets the goods.
    Warning,
    /// The last warning ended.
    WarningEnded,
    /// So many months in the state.
    Elapsed {
        /// How many.
        months: u32,
    },
    /// Something that holds for the consignment itself.
    Holds(Condition),
}

/// What a record of an importer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordEvent {
    /// The consignment passed the inspection.
    Pass,
    /// It failed.
    Fail,
    /// Such goods failed a check on the market.
    MarketFail,
    /// A complaint about such goods was upheld.
    ComplaintUpheld,
    /// A report that a waiver asks for was not made.
    ReportMissed,
    /// The agency grants reduced inspection for a time.
    ReducedGranted,
    /// The agency grants exemption for a time.
    ExemptionGranted,
    /// What was granted is revoked, or its time is over.
    Revoked,
}

impl RecordEvent {
    /// Every event with the word that packs and records write.
    pub const WORDS: [(&'static str, Self); 8] = [
        ("pass", Self::Pass),
        ("fail", Self::Fail),
        ("market_fail", Self::MarketFail),
        ("complaint_upheld", Self::ComplaintUpheld),
        ("report_missed", Self::ReportMissed),
        ("reduced_granted", Self::ReducedGranted),
        ("exemption_granted", Self::ExemptionGranted),
        ("revoked", Self::Revoked),
    ];

    /// The word that packs and records write.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, event)| *event == self).map_or("", |(word, _)| word)
    }
}

/// Something that makes goods the same as others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The importer.
    Importer,
    /// The HS code.
    Hs,
    /// The product: its name or registration.
    Product,
    /// The maker or its plant.
    Maker,
    /// The brand.
    Brand,
    /// Type or model.
    Model,
    /// The country of origin.
    Origin,
}

impl Identity {
    /// Every identity with the word that packs write.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("importer", Self::Importer),
        ("hs", Self::Hs),
        ("product", Self::Product),
        ("maker", Self::Maker),
        ("brand", Self::Brand),
        ("model", Self::Model),
        ("origin", Self::Origin),
    ];
}
