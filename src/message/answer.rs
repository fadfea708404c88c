//! Messages out: answers in the sender's own family.
//!
//! Everything here is a pure function: ids and times come in, the same input gives the same
//! bytes. What is written can be read again by [`receive`](super::receive); a WCO response is
//! recognised there and refused, since it is customs that sends it.
//!
//! | family | received | refused | decided | letter of an agency |
//! |---|---|---|---|---|
//! | envelope | [`receipt`] | [`errors`] | [`notice`] | [`letter`] |
//! | WCO | [`notice`], registered | [`notice`], rejected | [`notice`] | |
//! | ASYCUDA | | | | |
//!
//! ASYCUDA has no answers: its senders get JSON. Characters that XML forbids are written as
//! U+FFFD, so that it shows that something stood there.

mod envelope;
mod error;
mod letter;
mod national;
mod notice;
mod wco;
pub(super) mod xml;

pub use envelope::{errors, receipt};
pub use error::{ErrorCode, error_entries};
pub use letter::letter;
pub use notice::{Line, Notice, Outcome, Reason, Task};
pub use wco::responses;

use jiff::ZonedDateTime;

use super::incoming::{Address, Family, Head};

/// How an answer goes out.
#[derive(Debug, Clone)]
pub struct Sending<'s> {
    /// Its id: new for each answer, the same for each time that it is sent.
    pub id: &'s str,
    /// When it is sent, in the zone of the pack.
    pub at: &'s ZonedDateTime,
    /// Who answers where the message does not say to whom it was sent.
    pub own: &'s Address<'s>,
}

/// A notice of what was decided on a declaration, in the family of its head; nothing where the
/// family has none.
pub fn notice(head: &Head<'_>, sending: &Sending<'_>, notice: &Notice<'_>) -> Option<String> {
    match head.family {
        Family::Envelope => Some(national::notice(head, sending, notice)),
        Family::Wco => Some(responses(&[(sending.id, notice)])),
        Family::Asycuda => None,
    }
}

/// A message of one side for the other, as it came; one that came without an id gets this one.
pub fn passed_on(message: &[u8], id: &str) -> Vec<u8> {
    super::vnsw::with_id(message, id).unwrap_or_else(|| message.to_vec())
}
