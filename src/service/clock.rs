//! Time: the machine's, a faster one for demonstrations, or one that a test moves by hand.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// A clock. Everything in the service asks it and no other.
#[derive(Debug)]
pub struct Clock(Kind);

#[derive(Debug)]
enum Kind {
    Machine,
    Fast { began: Timestamp, at: Instant, factor: u32 },
    Hand { now: Mutex<Timestamp>, moved: watch::Sender<Timestamp> },
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Self {
        Self(Kind::Machine)
    }

    /// A clock that begins at the machine's time and runs `factor` times as fast.
    pub fn fast(factor: u32) -> Self {
        Self(Kind::Fast { began: machine_time(), at: Instant::now(), factor: factor.max(1) })
    }

    /// A clock that stands at `now` until it is moved.
    pub fn by_hand(now: Timestamp) -> Self {
        Self(Kind::Hand { now: Mutex::new(now), moved: watch::Sender::new(now) })
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Machine => machine_time(),
            Kind::Fast { began, at, factor } => {
                let passed = at.elapsed().saturating_mul(*factor);
                let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
                began.saturating_add(passed).unwrap_or(*began)
            }
            Kind::Hand { now, .. } => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a clock that is moved by hand; others go on as they do.
    pub fn set(&self, to: Timestamp) {
        if let Kind::Hand { now, moved } = &self.0 {
            *now.lock().unwrap_or_else(PoisonError::into_inner) = to;
            moved.send_replace(to);
        }
    }

    /// Waits until it is `until` on this clock, but no longer than `most` of real time.
    pub async fn sleep_until(&self, until: Timestamp, most: Duration) {
        let left = |now: Timestamp| {
            let left = until.duration_since(now);
            Duration::try_from(left).unwrap_or(Duration::ZERO)
        };
        match &self.0 {
            Kind::Machine => tokio::time::sleep(left(self.now()).min(most)).await,
            Kind::Fast { factor, .. } => tokio::time::sleep((left(self.now()) / *factor).min(most)).await,
            Kind::Hand { moved, .. } => {
                let mut moved = moved.subscribe();
                let reached = async {
                    while *moved.borrow_and_update() < until {
                        if moved.changed().await.is_err() {
                            break;
                        }
                    }
                };
                let _ = tokio::time::timeout(most, reached).await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the service reads the machine's clock")]
fn machine_time() -> Timestamp {
    // Whole microseconds: what a database keeps is what was said.
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
