//! What follows from an attempt: delivered, tried again and when, or given up.
//!
//! | what came back | then |
//! |---|---|
//! | 2xx | delivered |
//! | no answer, 408, 425, 429, 5xx | tried again, [`Policy::tries`] times in all |
//! | 3xx, every other 4xx (410 too) | refused: tried again, [`Policy::refusals`] times in all |
//! | an envelope that says the message is refused, or a message that the endpoint cannot take | given up at once |
//!
//! As long as a message is tried, no later one goes to its recipient: the order holds. What is
//! given up is a dead letter, which an operator can have tried again in its old place.

use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

/// How often and how soon a message is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The most that is waited after the first failure.
    pub base: Duration,
    /// So many times as much is waited at most after each further one.
    pub factor: u32,
    /// The most that is ever waited by the program's own choice.
    pub cap: Duration,
    /// The most that is waited since the other side says so (`Retry-After`).
    pub retry_after_max: Duration,
    /// Attempts of a message that nobody answers.
    pub tries: u32,
    /// Attempts of a message that is refused.
    pub refusals: u32,
}

impl Default for Policy {
    /// Some ten days for one who does not answer.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(2),
            factor: 2,
            cap: Duration::from_secs(60 * 60),
            retry_after_max: Duration::from_secs(24 * 60 * 60),
            tries: 500,
            refusals: 5,
        }
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// In words, for the operator.
    pub error: String,
    /// When the other side wants to be asked again.
    pub retry_after: Option<SignedDuration>,
}

/// Kinds of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The same may succeed later.
    Passing,
    /// The other side does not want it as it is.
    Refused,
    /// It will never succeed.
    Final,
}

impl Failure {
    /// A failure without a word on when to try again.
    pub fn new(kind: FailureKind, error: impl Into<String>) -> Self {
        Self { kind, error: error.into(), retry_after: None }
    }
}

impl Policy {
    /// When a message is tried again that has failed now, after `attempts` attempts before; none:
    /// it is given up. `random` is drawn evenly from all numbers.
    pub fn next(&self, attempts: u32, failure: &Failure, now: Timestamp, random: u64) -> Option<Timestamp> {
        let most = match failure.kind {
            FailureKind::Passing => self.tries,
            FailureKind::Refused => self.refusals,
            FailureKind::Final => return None,
        };
        if attempts.saturating_add(1) >= most {
            return None;
        }
        let asked = failure.retry_after.unwrap_or_default();
        let asked = asked.min(SignedDuration::try_from(self.retry_after_max).unwrap_or(SignedDuration::MAX));
        let pause = SignedDuration::try_from(self.pause(attempts, random)).unwrap_or(SignedDuration::MAX);
        Some(now.checked_add(pause.max(asked)).unwrap_or(Timestamp::MAX))
    }

    /// Anything between nothing and the whole of the pause, so that those who failed together do
    /// not come back together.
    fn pause(&self, attempts: u32, random: u64) -> Duration {
        let grown = u128::from(self.factor).checked_pow(attempts).unwrap_or(u128::MAX);
        let ceiling = self.base.as_millis().saturating_mul(grown).min(self.cap.as_millis());
        let ceiling = u64::try_from(ceiling).unwrap_or(u64::MAX);
        let share = ((u128::from(ceiling) + 1) * u128::from(random)) >> 64;
        Duration::from_millis(u64::try_from(share).unwrap_or(ceiling))
    }
}

/// What an HTTP status means; `retry_after` is the header as it came.
///
/// # Errors
/// [`Failure`] where the message was not taken.
pub fn judge(status: u16, retry_after: Option<&str>, now: Timestamp) -> Result<(), Failure> {
    let kind = match status {
        200..=299 => return Ok(()),
        408 | 425 | 429 | 500..=599 => FailureKind::Passing,
        _ => FailureKind::Refused,
    };
    let retry_after = retry_after.and_then(|text| wait(text.trim(), now));
    Err(Failure { kind, error: format!("the endpoint answers with status {status}"), retry_after })
}

/// What `Retry-After` says: seconds, or a date.
fn wait(text: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let until = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(until.duration_since(now)).filter(SignedDuration::is_positive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_784_530_800).unwrap()
    }

    fn seconds_until(next: Option<Timestamp>) -> Option<i64> {
        next.map(|next| next.duration_since(now()).as_secs())
    }

    #[test]
    fn the_pause_grows_to_its_cap_and_is_drawn_from_all_of_it() {
        let policy = Policy::default();
        let passing = Failure::new(FailureKind::Passing, "");
        let longest = |attempts| seconds_until(policy.next(attempts, &passing, now(), u64::MAX));
        assert_eq!([0, 1, 2, 5].map(longest), [Some(2), Some(4), Some(8), Some(64)]);
        assert_eq!([11, 12, 498].map(longest), [Some(3_600); 3]);
        assert_eq!(seconds_until(policy.next(11, &passing, now(), 0)), Some(0));
        assert_eq!(seconds_until(policy.next(11, &passing, now(), u64::MAX / 2)), Some(1_800));
    }

    #[test]
    fn what_is_refused_is_given_up_sooner_than_what_nobody_answers_and_what_is_final_at_once() {
        let policy = Policy::default();
        let given_up = |attempts, kind| policy.next(attempts, &Failure::new(kind, ""), now(), 0).is_none();
        assert!(!given_up(3, FailureKind::Refused) && given_up(4, FailureKind::Refused));
        assert!(!given_up(498, FailureKind::Passing) && given_up(499, FailureKind::Passing));
        assert!(given_up(0, FailureKind::Final));
    }

    #[test]
    fn every_status_means_what_the_table_says() {
        for status in 100..=599 {
            let kind = judge(status, None, now()).map_err(|failure| failure.kind);
            let expected = match status {
                200..=299 => Ok(()),
                408 | 425 | 429 | 500.. => Err(FailureKind::Passing),
                _ => Err(FailureKind::Refused),
            };
            assert_eq!(kind, expected, "{status}");
        }
    }

    #[test]
    fn retry_after_is_heeded_in_seconds_and_as_a_date_but_not_beyond_reason() {
        let policy = Policy::default();
        let wait = |text| judge(429, Some(text), now()).unwrap_err();
        let next = |text| seconds_until(policy.next(0, &wait(text), now(), 0));
        assert_eq!(next("120"), Some(120));
        // 1784530800 is Monday, 20 July 2026, 07:00:00 UTC.
        assert_eq!(next("Mon, 20 Jul 2026 07:10:00 GMT"), Some(600));
        assert_eq!(next("Mon, 20 Jul 2026 06:00:00 GMT"), Some(0));
        assert_eq!(next("4000000000"), Some(24 * 3_600));
        assert_eq!(next("soon"), Some(0));
    }
}
