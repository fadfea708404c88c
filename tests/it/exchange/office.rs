//! A writer with an outbox, and a clock that is moved by hand.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use motcua::clearance::case::Author;
use motcua::exchange::{Deliveries, Draw, Policy, Reach, Settings, Transport, endpoint};
use motcua::people::{Random, RandomError};
use motcua::service::clock::Clock;
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::service::writer::{self, WriterHandle};
use motcua::store::Database;
use motcua::store::endpoints::{EndpointKind, SigningKey};
use motcua::store::outbox::{self, Letter, Outgoing};
use motcua::store::project::ClockPolicy;

/// What keys are made of here.
pub(crate) struct Sevens;

impl Random for Sevens {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(7);
        Ok(())
    }
}

/// The key of every webhook here.
pub(crate) const KEY: SigningKey = SigningKey([7; 32]);

pub(crate) struct Office {
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: WriterHandle,
}

/// Pauses are as long as the policy allows.
pub(crate) fn longest() -> Draw {
    Arc::new(|| u64::MAX)
}

/// There are no pauses.
pub(crate) fn at_once() -> Draw {
    Arc::new(|| 0)
}

/// The public network and this machine.
pub(crate) fn reach() -> Reach {
    Reach { allowed: vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()], ..Reach::default() }
}

/// Patient with those who answer late, since a busy machine does.
pub(crate) fn settings() -> Settings {
    Settings {
        transport: Transport { reach: reach(), ..Transport::default() },
        policy: Policy { base: Duration::from_secs(10), ..Policy::default() },
        ..Settings::default()
    }
}

/// So long something is waited for: on a busy machine it comes late, and it comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Not so patient: for receivers that say nothing for much longer.
pub(crate) fn impatient() -> Settings {
    let patient = settings();
    Settings {
        transport: Transport {
            timeout: Duration::from_secs(3),
            soap_timeout: Duration::from_secs(3),
            ..patient.transport
        },
        ..patient
    }
}

/// Waits, in real time, until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Office {
    pub(crate) fn open(database: Database) -> Self {
        let now: Timestamp = "2026-07-20T07:00:00Z".parse().unwrap();
        let law = LawBook::new(motcua::embedded::pack());
        let shared = Arc::new(Shared::new(database, Clock::by_hand(now), law, ClockPolicy::default(), None));
        let (writer, _) = writer::start(Arc::clone(&shared)).unwrap();
        Self { shared, writer }
    }

    pub(crate) fn deliver(&self, draw: Draw) -> Deliveries {
        self.deliver_with(&settings(), draw)
    }

    pub(crate) fn deliver_with(&self, settings: &Settings, draw: Draw) -> Deliveries {
        Deliveries::start(Arc::clone(&self.shared), self.writer.clone(), settings, draw).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, seconds: i64) {
        self.shared.clock.set(self.now() + SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn endpoint(&self, organisation: &str, kind: EndpointKind, url: &str) {
        let made = endpoint::new((organisation, kind, url), &reach(), &mut Sevens, self.now());
        let (endpoint, secret) = made.unwrap();
        assert_eq!(secret.is_some(), kind == EndpointKind::Webhook);
        self.writer
            .run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &endpoint, &Author::system()).await?) }))
            .await
            .unwrap();
    }

    pub(crate) async fn webhook(&self, organisation: &str, url: &str) {
        self.endpoint(organisation, EndpointKind::Webhook, url).await;
    }

    /// Puts so many messages for an organisation into the outbox; gives their ids.
    pub(crate) async fn put(&self, organisation: &str, count: usize) -> Vec<String> {
        let message = |at: usize| format!("{{\"message\":{at}}}").into_bytes();
        self.put_bodies(organisation, "application/json", (0..count).map(message).collect()).await
    }

    pub(crate) async fn put_bodies(&self, organisation: &str, content_type: &str, bodies: Vec<Vec<u8>>) -> Vec<String> {
        let id = |_: &Vec<u8>| motcua::service::new_id(self.now()).to_string();
        let ids: Vec<String> = bodies.iter().map(id).collect();
        let messages: Vec<Outgoing> = ids
            .iter()
            .zip(bodies)
            .map(|(id, body)| Outgoing {
                id: id.clone(),
                recipient: organisation.to_owned(),
                case: None,
                topic: "test".to_owned(),
                content_type: content_type.to_owned(),
                body,
            })
            .collect();
        self.writer
            .run(move |desk| {
                Box::pin(async move {
                    for message in messages {
                        desk.send(message);
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        ids
    }

    pub(crate) async fn letter(&self, id: &str) -> Letter {
        let mut reader = self.shared.database.read().await.unwrap();
        outbox::by_id(&mut reader.link(), id).await.unwrap().unwrap()
    }

    pub(crate) async fn waiting(&self, organisation: &str) -> Vec<Letter> {
        let mut reader = self.shared.database.read().await.unwrap();
        outbox::waiting(&mut reader.link(), organisation, 1_000).await.unwrap()
    }

    pub(crate) async fn unfetched(&self, organisation: &str) -> Vec<Letter> {
        let mut reader = self.shared.database.read().await.unwrap();
        outbox::unfetched(&mut reader.link(), organisation, 0, 1_000).await.unwrap()
    }

    pub(crate) async fn dead(&self, organisation: &str) -> Vec<Letter> {
        let mut reader = self.shared.database.read().await.unwrap();
        outbox::dead(&mut reader.link(), Some(organisation), None, 1_000).await.unwrap().rows
    }

    /// Waits until nothing waits for an organisation any more.
    pub(crate) async fn served(&self, organisation: &str) {
        until("everything is delivered", || async { self.waiting(organisation).await.is_empty() }).await;
    }

    /// Waits until a letter was tried so often, and that was noted.
    pub(crate) async fn tried(&self, id: &str, attempts: i64) {
        until("it was tried", || async { self.letter(id).await.attempts >= attempts }).await;
    }
}
