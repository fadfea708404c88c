//! Screening: a line, the law of a day, and what follows for the line.
//!
//! The order of the steps is the law's: classify, candidates, in force, scope, negative lists,
//! facts, exemptions, warnings, method, evidence. Everything is a pure function of the declaration,
//! the day, the pack and the records of what went before; [`Screener`] only holds tables made from the pack beforehand, and [`Screening`] the
//! room that one declaration after the other is screened in, so that a line costs no allocation.

mod ask;
mod evaluate;
mod evidence;
mod failure;
mod lift;
mod lists;
mod method;
mod record;
mod requirement;
mod risk;
mod sample;
mod satisfy;
mod screen;
mod settled;
mod tables;
mod trace;
mod warn;

pub use evidence::{EvidenceRef, Holder};
pub use failure::{Failure, Found};
pub use lists::check_facts;
pub use method::Standing;
pub use record::{
    EvidenceRecord, Finding as EvidenceFinding, GoodsName, LeftOut, PastEvent, RecordPlace, Records, comparable,
};
pub use requirement::{Draw, LineScreening, Match, Method, Requirement, Screening, Short, Unsettled};
pub use risk::RiskFit;
pub use sample::{SampleKey, SampleKeyError};
pub use satisfy::Mismatch;
pub use screen::{Question, Screener};
pub use trace::{NoTrace, Outcome, Trace, TraceEntry};
pub use warn::Warned;
