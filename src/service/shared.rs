//! What all of the service shares.

use std::sync::Arc;

use tokio::sync::{Notify, broadcast, watch};

use super::clock::Clock;
use super::directory::{DirectoryCache, Unattended};
use super::gateway::Gateway;
use super::lanes::Room;
use super::law_book::LawBook;
use super::signatures::SignatureBook;
use crate::clearance::case::Entry;
use crate::message::incoming::Address;
use crate::people::Subject;
use crate::screening::SampleKey;
use crate::store::Database;
use crate::store::project::ClockPolicy;

/// Something that happened, and is durable.
#[derive(Debug, Clone)]
pub struct Happened {
    /// Its number in the journal.
    pub seq: i64,
    /// What.
    pub entry: Arc<Entry>,
    /// Whom it concerns.
    pub concerns: Arc<Concerns>,
}

/// Whom a case concerns: as much of it as rights ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concerns {
    /// The trader, by tax code.
    pub holder: Option<String>,
    /// The organisation that filed it.
    pub filer: String,
    /// The agencies that have a task in it.
    pub agencies: Vec<String>,
    /// One of its steps is stuck.
    pub stuck: bool,
}

impl Concerns {
    /// What rights say of a declaration that concerns these.
    pub fn judged<T>(&self, judge: impl FnOnce(&Subject<'_>) -> T) -> T {
        let agencies: Vec<&str> = self.agencies.iter().map(String::as_str).collect();
        let (holder, filer) = (self.holder.as_deref(), self.filer.as_str());
        judge(&Subject::Declaration { holder, filer, agencies: &agencies, stuck: self.stuck })
    }
}

/// What all of the service shares.
#[derive(Debug)]
pub struct Shared {
    /// The database.
    pub database: Database,
    /// The clock.
    pub clock: Clock,
    /// The law.
    pub law: LawBook,
    /// When clocks ring.
    pub policy: ClockPolicy,
    /// The key of the draw under reduced inspection.
    pub sample_key: Option<SampleKey>,
    /// How much may wait for screening.
    pub room: Room,
    /// This window's gateway among those of partners; none: it exchanges nothing with them.
    pub gateway: Option<Arc<Gateway>>,
    /// What is asked of the signatures of senders.
    pub signatures: SignatureBook,
    /// How this installation is named in envelopes.
    pub own: Address<'static>,
    /// Tells what has happened to those who listen.
    pub happened: broadcast::Sender<Happened>,
    /// Whom notices are for.
    pub directory: DirectoryCache,
    /// Agencies that have tasks and nobody to do them.
    pub unattended: Unattended,
    /// Something was put into the outbox.
    pub outbox: Notify,
    /// A clock was set or a case noted for review.
    pub waiting: Notify,
    stop: watch::Sender<bool>,
    leads: watch::Sender<bool>,
}

/// Events that a slow listener may fall behind before it has to look into the journal.
const EVENTS_KEPT: usize = 4_096;

impl Shared {
    /// Shares these.
    pub fn new(
        database: Database,
        clock: Clock,
        law: LawBook,
        policy: ClockPolicy,
        sample_key: Option<SampleKey>,
    ) -> Self {
        let (happened, _) = broadcast::channel(EVENTS_KEPT);
        let own = Address { name: "NSW".into(), identity: "NSW".into(), ..Address::default() };
        let (outbox, waiting, stop) = (Notify::new(), Notify::new(), watch::Sender::new(false));
        Self {
            database,
            clock,
            law,
            policy,
            sample_key,
            room: Room::default(),
            gateway: None,
            signatures: SignatureBook::default(),
            own,
            happened,
            directory: DirectoryCache::default(),
            unattended: Unattended::default(),
            outbox,
            waiting,
            stop,
            leads: watch::Sender::new(true),
        }
    }

    /// The same with a gateway.
    #[must_use]
    pub fn with_gateway(self, gateway: Gateway) -> Self {
        Self { gateway: Some(Arc::new(gateway)), ..self }
    }

    /// This process does what only one may, or another does.
    pub(super) fn lead(&self, leads: bool) {
        self.leads.send_replace(leads);
    }

    /// Whether this process does what only one may.
    pub fn is_leading(&self) -> bool {
        *self.leads.borrow()
    }

    /// Waits until it does.
    pub async fn leading(&self) {
        // The sender lives as long as `self`: it cannot fail.
        let _ = self.leads.subscribe().wait_for(|leads| *leads).await;
    }

    /// Tells everybody to end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Whether everybody was told to end.
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until everybody is told to end.
    pub async fn stopping(&self) {
        // The sender lives as long as `self`: it cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}
