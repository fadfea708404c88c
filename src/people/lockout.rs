//! How long whoever guesses passwords or codes has to wait.

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that cost nothing: people mistype.
pub const FREE_FAILURES: u32 = 4;
/// The wait after the first failure that costs, doubled by each that follows.
const FIRST_SECONDS: i64 = 60;
/// The longest wait: whoever knows the password is not kept out for good by those who do not.
const LONGEST_SECONDS: i64 = 3600;

/// The wait after so many failures in a row.
pub fn wait(failures: u32) -> Option<SignedDuration> {
    let doublings = failures.checked_sub(FREE_FAILURES + 1)?;
    // 32 doublings of a minute are far beyond the longest wait and far from overflowing.
    let seconds = FIRST_SECONDS.checked_shl(doublings.min(32)).unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS);
    Some(SignedDuration::from_secs(seconds))
}

/// Until when a sign-in is closed after the failure at `now`; none while failures are free.
pub fn locked_until(failures: u32, now: Timestamp) -> Option<Timestamp> {
    wait(failures).map(|wait| now.checked_add(wait).unwrap_or(Timestamp::MAX))
}
