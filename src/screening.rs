//! Screening: a line, the law of a day, and what follows for the line.
//!
//! The order of the steps is the law's: classify, candidates, in force, scope, negative lists,
//! facts, exemptions, evidence. Everything is a pure function of the declaration, the day and the
//! pack; [`Screener`] only holds tables made from the pack beforehand, and [`Screening`] the
//! room that one declaration after the other is screened in, so that a line costs no allocation.

mod ask;
mod evaluate;
mod evidence;
mod lists;
mod requirement;
mod screen;
mod tables;
mod trace;

pub use evidence::{EvidenceRef, Holder};
pub use lists::{check_facts, check_lists};
pub use requirement::{LineScreening, Match, Requirement, Screening, Unsettled};
pub use screen::{Question, Screener};
pub use trace::{NoTrace, Outcome, Trace, TraceEntry};
