//! What all handlers share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusHandle;

use super::gauges::Gauges;
use crate::exchange::Reach;
use crate::people::Principal;
use crate::service::Service;
use crate::service::attachments;
use crate::service::bulk::Bulk;
use crate::service::shared::Shared;

/// What a request may be at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Bytes of another body.
    pub body_bytes: usize,
    /// Messages a second of one organisation, where it has no number of its own.
    pub per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 32 << 20, body_bytes: 1 << 20, per_second: 1_000_000 }
    }
}

/// So long a key is taken as good without asking the database again. One that another process
/// revokes works no longer than this; what it gives is looked up before anything is refused.
const KNOWN_FOR: Duration = Duration::from_secs(1);
/// Keys that are remembered at most.
const KNOWN_MAX: usize = 10_000;

/// Whom proofs are known to be of, by their digests, and since when.
type Known = HashMap<[u8; 32], (Arc<Principal>, Instant)>;

/// What all handlers share.
#[derive(Debug)]
pub struct App {
    /// The service.
    pub service: Service,
    /// What works on bulk jobs; none: they are not taken.
    pub bulk: Option<Bulk>,
    /// What is attached to cases.
    pub attachments: attachments::Settings,
    /// Where messages may go.
    pub reach: Reach,
    /// What a request may be at most.
    pub limits: Limits,
    /// The metrics.
    pub metrics: Option<PrometheusHandle>,
    /// Whoever asks comes by TLS: cookies are not to go any other way.
    pub by_tls: bool,
    pub(super) gauges: Gauges,
    known: Mutex<Known>,
    spent: Mutex<HashMap<String, (f64, Instant)>>,
}

impl App {
    /// Handlers share these.
    pub fn new(service: Service, limits: Limits, metrics: Option<PrometheusHandle>) -> Self {
        let (known, spent) = (Mutex::new(HashMap::new()), Mutex::new(HashMap::new()));
        let (attachments, reach) = (attachments::Settings::default(), Reach::default());
        Self {
            service,
            bulk: None,
            attachments,
            reach,
            limits,
            metrics,
            by_tls: false,
            gauges: Gauges::default(),
            known,
            spent,
        }
    }

    /// The same for those who come by TLS.
    #[must_use]
    pub fn by_tls(self, by_tls: bool) -> Self {
        Self { by_tls, ..self }
    }

    /// The same, sending messages as far as this.
    #[must_use]
    pub fn within(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// The same, taking bulk jobs.
    #[must_use]
    pub fn with_bulk(self, bulk: Bulk) -> Self {
        Self { bulk: Some(bulk), ..self }
    }

    /// The same, attaching other documents than is usual.
    #[must_use]
    pub fn with_attachments(self, attachments: attachments::Settings) -> Self {
        Self { attachments, ..self }
    }

    /// Ends what works for it: what was taken in is finished first, bulk jobs go on when it starts
    /// again.
    pub async fn stop(self) {
        let Self { service, bulk, .. } = self;
        service.shared().stop();
        if let Some(bulk) = bulk {
            bulk.ended().await;
        }
        service.stop().await;
    }

    /// What the service shares.
    pub fn shared(&self) -> &Arc<Shared> {
        self.service.shared()
    }

    /// Whom a proof is known to be of, by its digest.
    pub(super) fn known(&self, digest: &[u8; 32]) -> Option<Arc<Principal>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).filter(|(_, since)| since.elapsed() < KNOWN_FOR).map(|(principal, _)| Arc::clone(principal))
    }

    /// Remembers whom a proof is of.
    pub(super) fn remember(&self, digest: [u8; 32], principal: Arc<Principal>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(digest, (principal, Instant::now()));
    }

    /// Something about organisations or keys was changed here: whom proofs are of is asked again.
    pub(super) fn forget_known(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes one from what an organisation may send; else says when there is one again.
    pub(super) fn spend(&self, principal: &Principal) -> Result<(), Duration> {
        let rate = f64::from(principal.per_second.unwrap_or(self.limits.per_second).max(1));
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (left, since) = spent.entry(principal.organisation.as_str().to_owned()).or_insert((rate, now));
        *left = (*left + now.duration_since(*since).as_secs_f64() * rate).min(rate);
        *since = now;
        if *left >= 1.0 {
            *left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64(((1.0 - *left) / rate).max(0.001)))
    }
}
