//! Time: the machine's, a faster one for demonstrations, or one that a test moves by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// A clock. Everything in the service asks it and no other; copies show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Machine,
    Fast { anchor: Mutex<(Timestamp, Instant)>, moved: watch::Sender<()>, factor: u32 },
    Hand { now: Mutex<Timestamp>, moved: watch::Sender<Timestamp> },
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Self {
        Self(Arc::new(Kind::Machine))
    }

    /// A clock that begins at `began` and runs `factor` times as fast as the machine's.
    pub fn fast(began: Timestamp, factor: u32) -> Self {
        let anchor = Mutex::new((began, Instant::now()));
        Self(Arc::new(Kind::Fast { anchor, moved: watch::Sender::new(()), factor: factor.max(1) }))
    }

    /// A clock that stands at `now` until it is moved.
    pub fn by_hand(now: Timestamp) -> Self {
        Self(Arc::new(Kind::Hand { now: Mutex::new(now), moved: watch::Sender::new(now) }))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::Machine => machine_time(),
            Kind::Fast { anchor, factor, .. } => {
                let (began, at) = *anchor.lock().unwrap_or_else(PoisonError::into_inner);
                let passed = at.elapsed().saturating_mul(*factor);
                let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
                began.saturating_add(passed).unwrap_or(began)
            }
            Kind::Hand { now, .. } => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The time on the wall, by which people sign in: the machine's where cases run faster.
    pub fn wall(&self) -> Timestamp {
        match &*self.0 {
            Kind::Machine | Kind::Fast { .. } => machine_time(),
            Kind::Hand { .. } => self.now(),
        }
    }

    /// Moves a clock that is not the machine's; a fast one goes on from there.
    pub fn set(&self, to: Timestamp) {
        match &*self.0 {
            Kind::Machine => {}
            Kind::Fast { anchor, moved, .. } => {
                *anchor.lock().unwrap_or_else(PoisonError::into_inner) = (to, Instant::now());
                moved.send_replace(());
            }
            Kind::Hand { now, moved } => {
                *now.lock().unwrap_or_else(PoisonError::into_inner) = to;
                moved.send_replace(to);
            }
        }
    }

    /// Waits until it is `until` on this clock, but no longer than `most` of real time.
    pub async fn sleep_until(&self, until: Timestamp, most: Duration) {
        let left = |now: Timestamp| {
            let left = until.duration_since(now);
            Duration::try_from(left).unwrap_or(Duration::ZERO)
        };
        match &*self.0 {
            Kind::Machine => tokio::time::sleep(left(self.now()).min(most)).await,
            Kind::Fast { factor, moved, .. } => {
                let mut moved = moved.subscribe();
                let reached = async {
                    loop {
                        let left = left(self.now()) / *factor;
                        if left.is_zero() || tokio::time::timeout(left, moved.changed()).await.is_err() {
                            return;
                        }
                    }
                };
                let _ = tokio::time::timeout(most, reached).await;
            }
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
