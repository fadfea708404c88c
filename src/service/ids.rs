//! Ids that nobody has to hand out: sorted by the time at which they were made.

use jiff::Timestamp;
use uuid::{ContextV7, Uuid};

use crate::clearance::case::CaseId;

/// A new id for something made at `now`.
pub fn new_id(now: Timestamp) -> Uuid {
    static CONTEXT: std::sync::Mutex<ContextV7> = std::sync::Mutex::new(ContextV7::new());
    let context = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanoseconds))
}

/// A new id for a case.
pub fn new_case(now: Timestamp) -> CaseId {
    CaseId(new_id(now))
}

/// A new id for a request, for the log: by the machine's clock, whatever clock the cases go by.
pub fn request_id() -> String {
    Uuid::now_v7().simple().to_string()
}
