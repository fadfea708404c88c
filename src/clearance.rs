//! The decision: what may be done with each line and with the declaration, and why.

mod answer;
pub mod batch;
pub mod case;
mod cases;
mod channel;
mod decision;
mod examine;
pub mod explain;
mod json;
mod question;
pub mod record;

pub use answer::{AnswerWriter, write_rejection};
pub use cases::{CaseReport, test_cases};
pub use channel::{ChannelChoice, ChannelReason};
pub use decision::decide_requirement;
pub use examine::{DateSource, Examination, Examiner, LawDay, LineDecision, Reason, Room};
pub use json::write_moment;
pub use question::FactQuestion;
