//! Everything that happens by itself: clocks ring, cases are looked at again, the journal is
//! sealed, an edition of the law begins.
//!
//! One task, of the process that leads, driven by the service's clock. What is due is read from the store, so a restart
//! changes nothing: a clock that rang while nobody was there rings at once, and one that has rung
//! is gone with the event that says so.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::act::Act;
use super::shared::Shared;
use super::writer::{WorkError, WriterHandle};
use crate::clearance::case::declaration::{Command, DecidedBy, Mark};
use crate::clearance::case::{Author, CaseId};
use crate::store::{StoreError, seals, waiting};

/// Clocks and reviews that one transaction takes at most.
const TOGETHER: i64 = 64;
/// The journal is sealed at least this often while something happens.
const SEAL_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Nothing is waited for longer than this in one go: other processes set clocks too.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// What another process has installed is looked up again after so long, and at once by every
/// transaction that comes after it.
const READ_LAW_EVERY: Duration = Duration::from_secs(5);
/// After an error of the store.
const REST: Duration = Duration::from_secs(1);

/// Starts the scheduler.
pub(super) fn start(shared: Arc<Shared>, writer: WriterHandle) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut scheduler = Scheduler { sealed: shared.clock.now(), decided: None, law_read: None, shared, writer };
        while !scheduler.shared.is_stopping() {
            if !scheduler.shared.is_leading() {
                scheduler.stand_by().await;
                continue;
            }
            let pause = match scheduler.round().await {
                Ok(pause) => pause,
                Err(WorkError::ShuttingDown) => break,
                Err(error) => {
                    tracing::warn!(error = %error, "the scheduler could not do its work: {error}");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            if let Some(until) = pause {
                let shared = Arc::clone(&scheduler.shared);
                tokio::select! {
                    () = shared.clock.sleep_until(until, LOOK_EVERY) => {}
                    () = shared.waiting.notified() => {}
                    () = shared.stopping() => {}
                }
            }
        }
        // What happened is sealed before the end; where that fails it is sealed at the next start.
        if scheduler.shared.is_leading()
            && let Err(error) = seals::seal(&scheduler.shared.database, scheduler.shared.clock.now()).await
        {
            tracing::warn!(error = %error, "the journal could not be sealed: {error}");
        }
    })
}

struct Scheduler {
    shared: Arc<Shared>,
    writer: WriterHandle,
    sealed: Timestamp,
    /// The edition that decided last, by its digest.
    decided: Option<String>,
    /// When it was last looked up which editions there are.
    law_read: Option<Instant>,
}

impl Scheduler {
    /// Does what is due. Gives the time of the next; none: there is more now.
    async fn round(&mut self) -> Result<Option<Timestamp>, WorkError> {
        let now = self.shared.clock.now();
        self.law(now).await?;
        let rang = self.ring(now).await? + self.ring_certificates(now).await?;
        let reviewed = self.review().await?;
        if now.duration_since(self.sealed) >= SEAL_EVERY {
            seals::seal(&self.shared.database, now).await?;
            self.sealed = now;
        }
        if rang > 0 || reviewed > 0 {
            return Ok(None);
        }
        let mut reader = self.shared.database.read().await?;
        let ring = waiting::next_ring(&mut reader.link()).await?;
        let seal = self.sealed.checked_add(SEAL_EVERY).ok();
        let law = self.shared.law.next_change(now);
        Ok(Some([ring, seal, law].into_iter().flatten().min().unwrap_or(Timestamp::MAX)))
    }

    /// Waits until this process leads; until then it only hears of other editions of the law.
    async fn stand_by(&mut self) {
        if let Err(error) = self.read_law().await {
            tracing::warn!(error = %error, "the editions of the law cannot be read: {error}");
        }
        (self.decided, self.sealed) = (None, self.shared.clock.now());
        tokio::select! {
            () = self.shared.leading() => {}
            () = self.shared.stopping() => {}
            () = tokio::time::sleep(READ_LAW_EVERY) => {}
        }
    }

    /// Looks up which editions there are, now and then.
    async fn read_law(&mut self) -> Result<(), StoreError> {
        if self.law_read.is_none_or(|read| read.elapsed() >= READ_LAW_EVERY) {
            let mut reader = self.shared.database.read().await?;
            self.shared.law.refresh(&mut reader.link()).await?;
            self.law_read = Some(Instant::now());
        }
        Ok(())
    }

    /// Another edition of the law decides from now on: the open cases that it has not decided are
    /// looked at again.
    async fn law(&mut self, now: Timestamp) -> Result<(), WorkError> {
        self.read_law().await?;
        let edition = self.shared.law.at(now);
        let digest = &edition.pack.digest;
        if self.decided.as_ref() == Some(digest) {
            return Ok(());
        }
        let of_desk = digest.clone();
        let review = self.writer.run(|desk| {
            Box::pin(async move {
                let now = desk.now;
                Ok(waiting::review_law(&mut desk.link(), &of_desk, now).await?)
            })
        });
        let count = review.await?;
        if count > 0 {
            let name = &edition.pack.edition;
            tracing::info!(law.digest = %digest, cases = count, "edition {name} of the law decides; {count} open cases are looked at again");
        }
        self.decided = Some(digest.clone());
        Ok(())
    }

    /// Clocks whose time has come.
    async fn ring(&self, now: Timestamp) -> Result<usize, WorkError> {
        let mut reader = self.shared.database.read().await?;
        let timers = waiting::ringing(&mut reader.link(), now, TOGETHER).await?;
        drop(reader);
        let count = timers.len();
        if count == 0 {
            return Ok(0);
        }
        self.writer
            .run(move |desk| {
                Box::pin(async move {
                    for timer in timers {
                        let due = desk.declaration(timer.case).await?.and_then(|case| case.task(&timer.task)?.due);
                        if let Some(due) = due {
                            // What is noticed when it is late already is overdue: nobody is reminded of a
                            // day that is past.
                            let is_late = timer.mark == Mark::Reminder && due <= desk.now;
                            let mark = if is_late { Mark::Overdue } else { timer.mark };
                            let ring = Command::Ring { task: timer.task, mark, due };
                            desk.command(timer.case, &ring, &Author::system()).await?;
                        }
                        // Whatever came of it, the row is made again from the case: rung, it is gone.
                        desk.touch(timer.case);
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(count)
    }

    /// Clocks of certificates of origin whose time has come.
    async fn ring_certificates(&self, now: Timestamp) -> Result<usize, WorkError> {
        let mut reader = self.shared.database.read().await?;
        let clocks = waiting::ringing_certificates(&mut reader.link(), now, TOGETHER).await?;
        drop(reader);
        let count = clocks.len();
        if count > 0 {
            self.writer
                .run(move |desk| {
                    Box::pin(async move {
                        for (case, clock) in clocks {
                            desk.certificate_rings(case, clock).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
        }
        Ok(count)
    }

    /// Cases that were noted for review.
    async fn review(&self) -> Result<usize, WorkError> {
        let mut reader = self.shared.database.read().await?;
        let cases = waiting::to_review(&mut reader.link(), TOGETHER).await?;
        drop(reader);
        let count = cases.len();
        if count == 0 {
            return Ok(0);
        }
        self.writer
            .run(move |desk| {
                Box::pin(async move {
                    let mut done: Vec<CaseId> = Vec::with_capacity(cases.len());
                    for (case, reason) in cases {
                        let cause = if reason == "law" { DecidedBy::Law } else { DecidedBy::Evidence };
                        match desk.act(&Act::Review { case, cause }, &Author::system()).await {
                            Ok(_) | Err(super::desk::ActError::Refused(_)) => {}
                            Err(super::desk::ActError::Store(StoreError::Damaged(what))) => {
                                tracing::error!(case.id = %case, "case {case} cannot be looked at again: {what}");
                            }
                            Err(error) => return Err(error),
                        }
                        done.push(case);
                    }
                    waiting::reviewed(&mut desk.link(), &done).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(count)
    }
}
