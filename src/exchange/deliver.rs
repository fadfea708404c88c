//! The task that delivers: each recipient's messages in their order, recipients side by side.
//!
//! What was sent is noted afterwards. A crash in between has the message sent again, under the same
//! id: at least once, never lost. Nothing about what is on its way is kept in memory only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use super::client::{Client, Transport, TransportError};
use super::folder::hand_over;
use super::partner::{Partners, Sent};
use super::policy::{Failure, FailureKind, Policy};
use super::signature::{MESSAGE_ID, MESSAGE_NUMBER, SIGNATURE, sign};
use super::soap;
use crate::service::shared::Shared;
use crate::service::writer::{WorkError, WriterHandle};
use crate::store::StoreError;
use crate::store::endpoints::{self, Endpoint, EndpointKind};
use crate::store::outbox::{self, Letter};
use crate::store::partners::Receipt;

/// Messages that go to a recipient one after another before it is noted what became of them.
const TOGETHER: i64 = 16;
/// It is noted earlier where they take longer.
const NOTE_WITHIN: Duration = Duration::from_secs(1);
/// Nothing is waited for longer than this in one go: other processes put messages in too.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After an error of the store.
const REST: Duration = Duration::from_secs(1);
/// What is on its way when the service ends gets so long.
const FAREWELL: Duration = Duration::from_secs(5);

/// How messages are delivered.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How endpoints are spoken to.
    pub transport: Transport,
    /// How often and how soon a message is tried again.
    pub policy: Policy,
    /// Recipients that are served side by side.
    pub parallel: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { transport: Transport::default(), policy: Policy::default(), parallel: 64 }
    }
}

/// Draws numbers evenly from all there are: they spread the attempts of those who failed together.
pub type Draw = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Draws from the system's source.
pub fn system_draw() -> Draw {
    // Where there is no randomness the longest pause is taken: slower, and right.
    Arc::new(|| getrandom::u64().unwrap_or(u64::MAX))
}

/// Deliveries in progress. Dropped, they stop where they are; what was not noted is sent again by
/// the next.
#[derive(Debug)]
pub struct Deliveries(JoinHandle<()>);

impl Deliveries {
    /// Starts delivering on the runtime of the caller.
    ///
    /// # Errors
    /// [`TransportError`] where there is no TLS to be had, or what is to be trusted is no certificate.
    pub fn start(
        shared: Arc<Shared>,
        writer: WriterHandle,
        settings: &Settings,
        draw: Draw,
    ) -> Result<Self, TransportError> {
        let client = Client::new(&settings.transport)?;
        let partners = Partners::new(&settings.transport);
        let (policy, parallel) = (settings.policy, settings.parallel.max(1));
        let deliverer = Arc::new(Deliverer { shared, writer, client, partners, policy, parallel, draw });
        Ok(Self(tokio::spawn(deliverer.run())))
    }

    /// Waits until deliveries have ended: some seconds after the service was told to stop.
    pub async fn ended(mut self) {
        // It ends by itself, or was stopped: neither leaves anything to do.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Deliverer {
    shared: Arc<Shared>,
    writer: WriterHandle,
    client: Client,
    partners: Partners,
    policy: Policy,
    parallel: usize,
    draw: Draw,
}

/// Who is being served.
#[derive(Default)]
struct Serving {
    tasks: JoinSet<()>,
    recipients: HashMap<Id, String>,
}

impl Serving {
    fn ended(&mut self, task: Result<(Id, ()), JoinError>) {
        let id = task.map_or_else(|error| error.id(), |(id, ())| id);
        self.recipients.remove(&id);
    }
}

impl Deliverer {
    async fn run(self: Arc<Self>) {
        let mut serving = Serving::default();
        while !self.shared.is_stopping() {
            if !self.shared.is_leading() {
                // Another process delivers.
                tokio::select! {
                    () = self.shared.leading() => {}
                    () = self.shared.stopping() => {}
                }
                continue;
            }
            let began = Instant::now();
            let until = match self.serve_due(&mut serving).await {
                Ok(until) => until,
                Err(error) => {
                    tracing::warn!(error = %error, "the outbox cannot be read: {error}");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let looking = began.elapsed();
            tokio::select! {
                () = self.shared.stopping() => break,
                Some(task) = serving.tasks.join_next_with_id() => serving.ended(task),
                () = self.shared.outbox.notified() => {}
                () = self.shared.clock.sleep_until(until, LOOK_EVERY) => {}
            }
            while let Some(task) = serving.tasks.try_join_next_with_id() {
                serving.ended(task);
            }
            // However much happens, looking takes a fifth of the time at most.
            tokio::time::sleep((looking * 4).min(REST)).await;
        }
        let all = async { while serving.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(FAREWELL, all).await;
    }

    /// Begins to serve whoever may be served now. Gives the time at which the next may.
    async fn serve_due(self: &Arc<Self>, serving: &mut Serving) -> Result<Timestamp, StoreError> {
        let free = self.parallel.saturating_sub(serving.recipients.len());
        if free == 0 {
            return Ok(Timestamp::MAX);
        }
        // Those who are being served may stand first.
        let limit = i64::try_from(serving.recipients.len() + free).unwrap_or(i64::MAX);
        let mut reader = self.shared.database.read().await?;
        let due = outbox::due(&mut reader.link(), limit).await?;
        drop(reader);
        let now = self.shared.clock.now();
        let busy: HashSet<String> = serving.recipients.values().cloned().collect();
        for (recipient, next) in due.into_iter().filter(|(recipient, _)| !busy.contains(recipient)).take(free) {
            if next > now {
                return Ok(next);
            }
            let deliverer = Arc::clone(self);
            let of_task = recipient.clone();
            let task = serving.tasks.spawn(async move { deliverer.serve(&of_task).await });
            serving.recipients.insert(task.id(), recipient);
        }
        // Either nobody else waits, or all hands are full: then the next is served when one is free.
        Ok(Timestamp::MAX)
    }

    /// Serves a recipient once.
    async fn serve(&self, recipient: &str) {
        let outcome = match self.send_waiting(recipient).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(recipient, error = %error, "what waits for `{recipient}` cannot be read: {error}");
                return tokio::time::sleep(REST).await;
            }
        };
        // As long as it is not noted nothing more goes to the recipient: a database that takes
        // nothing must not make the same messages go out again and again.
        while let Err(error) = self.note(recipient, &outcome).await {
            if self.shared.is_stopping() {
                return;
            }
            tracing::warn!(recipient, error = %error, "deliveries to `{recipient}` cannot be noted: {error}");
            tokio::time::sleep(REST).await;
        }
        outcome.tell(recipient);
    }

    /// Sends what waits for a recipient, until something fails.
    async fn send_waiting(&self, recipient: &str) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        let mut reader = self.shared.database.read().await?;
        let endpoint = endpoints::of(&mut reader.link(), recipient).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| !endpoint.paused) else { return Ok(outcome) };
        let letters = outbox::waiting(&mut reader.link(), recipient, TOGETHER).await?;
        drop(reader);
        let began = Instant::now();
        for letter in letters {
            let now = self.shared.clock.now();
            if letter.next > now || self.shared.is_stopping() || began.elapsed() > NOTE_WITHIN {
                break;
            }
            if !soap::takes(endpoint.kind, &letter.message.body) {
                outcome.to_fetch.push(letter.message.id);
                continue;
            }
            let sent = match endpoint.kind {
                EndpointKind::Partner => self.partners.send(&self.shared, &endpoint, &letter, now).await,
                EndpointKind::Folder => hand_over(&endpoint, &letter),
                _ => self.send(&endpoint, &letter, now).await.map(|()| Sent::HandedOver),
            };
            match sent {
                Ok(Sent::Received(receipt)) => outcome.receipts.push(receipt),
                Ok(Sent::HandedOver) => {}
                Err(failure) => {
                    let attempts = u32::try_from(letter.attempts).unwrap_or(u32::MAX);
                    let next = self.policy.next(attempts, &failure, self.shared.clock.now(), (self.draw)());
                    outcome.failed =
                        Some(Failed { id: letter.message.id, attempt: letter.attempts + 1, failure, next });
                    break;
                }
            }
            outcome.delivered.push(letter.message.id);
        }
        Ok(outcome)
    }

    async fn send(&self, endpoint: &Endpoint, letter: &Letter, now: Timestamp) -> Result<(), Failure> {
        if endpoint.kind != EndpointKind::Webhook {
            return soap::send(&self.client, endpoint, letter, now).await;
        }
        let Some(key) = &endpoint.key else {
            return Err(Failure::new(FailureKind::Refused, "the webhook has no key; it has to be set again"));
        };
        let message = &letter.message;
        let headers = [
            (MESSAGE_ID, message.id.clone()),
            (MESSAGE_NUMBER, letter.number.to_string()),
            (SIGNATURE, sign(key, now, &message.id, &message.body)),
        ];
        let body = message.body.clone();
        self.client.post(&endpoint.url, &message.content_type, &headers, body, None).await?.judge(now)
    }

    /// Notes what became of a recipient's messages, in one transaction.
    async fn note(&self, recipient: &str, outcome: &Outcome) -> Result<(), WorkError> {
        if outcome.delivered.is_empty() && outcome.to_fetch.is_empty() && outcome.failed.is_none() {
            return Ok(());
        }
        let (now, recipient, outcome) = (self.shared.clock.now(), recipient.to_owned(), outcome.clone());
        self.writer
            .run(move |desk| {
                Box::pin(async move {
                    let link = &mut desk.link();
                    let error = outcome.failed.as_ref().map(|failed| failed.failure.error.as_str());
                    endpoints::tried(link, &recipient, !outcome.delivered.is_empty(), error, now).await?;
                    outbox::delivered(link, &recipient, &outcome.delivered, now).await?;
                    outbox::leave_to_fetch(link, &recipient, &outcome.to_fetch, soap::ENVELOPES_ONLY).await?;
                    desk.left_to_fetch(&outcome.to_fetch).await?;
                    desk.came_through(&outcome.delivered).await?;
                    desk.receipts_came(&outcome.receipts).await?;
                    if let Some(Failed { id, failure, next, .. }) = &outcome.failed {
                        outbox::failed(&mut desk.link(), id, *next, &failure.error).await?;
                        if next.is_none() {
                            desk.given_up(id).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// What became of a recipient's messages.
#[derive(Debug, Clone, Default)]
struct Outcome {
    delivered: Vec<String>,
    to_fetch: Vec<String>,
    receipts: Vec<Receipt>,
    failed: Option<Failed>,
}

/// A message that was not taken.
#[derive(Debug, Clone)]
struct Failed {
    id: String,
    attempt: i64,
    failure: Failure,
    next: Option<Timestamp>,
}

impl Outcome {
    /// Tells the operator.
    fn tell(&self, recipient: &str) {
        let count = |outcome: &'static str, count: u64| {
            metrics::counter!("motcua_deliveries_total", "outcome" => outcome).increment(count);
        };
        count("delivered", self.delivered.len() as u64);
        count("to_fetch", self.to_fetch.len() as u64);
        let Some(Failed { id, attempt, failure, next }) = &self.failed else { return };
        let error = &failure.error;
        if let Some(next) = next
            && *attempt == 1
        {
            // An operator is told as soon as it begins; that it goes on is no news.
            count("failed", 1);
            tracing::warn!(message.id = id, recipient, attempt, next = %next, "`{recipient}` does not take `{id}`, which is tried again: {error}");
        } else if let Some(next) = next {
            count("failed", 1);
            tracing::info!(message.id = id, recipient, attempt, next = %next, "attempt {attempt} to deliver `{id}` to `{recipient}` failed: {error}");
        } else {
            count("dead", 1);
            tracing::warn!(
                message.id = id,
                recipient,
                attempt,
                "`{id}` to `{recipient}` is given up after attempt {attempt}: {error}"
            );
        }
    }
}
