//! What organisations and operators do about endpoints and dead letters, on the desk: in the
//! transaction of whoever asks, who has checked the rights. Each change stands in the journal.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::reach::{Reach, ReachError};
use crate::clearance::case::Author;
use crate::clearance::case::window::WindowEvent;
use crate::people::{Change, Random, RandomError, Secret};
use crate::service::accounts;
use crate::service::desk::Desk;
use crate::store::endpoints::{self, Endpoint, EndpointKind, Health, SigningKey};
use crate::store::{StoreError, outbox};

/// What whoever sets an endpoint for SOAP has to know.
pub const ENVELOPES_ONLY: &str = "it gets envelopes of the single window; what has none, such as the notice of a new \
    task, waits in GET /v1/inbox";

/// Why something is no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Its address.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// No random bytes for its key.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// An endpoint for an organisation. A webhook has a new key, which its owner gets this once.
///
/// # Errors
/// [`EndpointError`]
pub fn new(
    (organisation, kind, url): (&str, EndpointKind, &str),
    reach: &Reach,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<(Endpoint, Option<Secret>), EndpointError> {
    let url = reach.check(url)?.to_string();
    let key = match kind {
        EndpointKind::Webhook => {
            let mut bytes = [0; 32];
            random.fill(&mut bytes)?;
            Some(SigningKey(bytes))
        }
        _ => None,
    };
    let endpoint = Endpoint { organisation: organisation.to_owned(), kind, url, key, paused: false, changed: now };
    Ok((endpoint, key.map(|key| Secret::new(key_text(&key)))))
}

/// Sets an endpoint, in place of the one that its organisation had.
///
/// # Errors
/// [`StoreError`]
pub async fn set(desk: &mut Desk<'_>, endpoint: &Endpoint, by: &Author) -> Result<(), StoreError> {
    endpoints::set(&mut desk.link(), endpoint).await?;
    if endpoint.kind == EndpointKind::Webhook {
        let now = desk.now;
        outbox::deliver_again(&mut desk.link(), &endpoint.organisation, now).await?;
    }
    changed(desk);
    accounts::note(desk, by, &[Change::new("endpoint.set", &endpoint.organisation)]).await
}

/// Pauses the endpoint of an organisation, or lets it go on. Says whether there is one.
///
/// # Errors
/// [`StoreError`]
pub async fn pause(desk: &mut Desk<'_>, organisation: &str, paused: bool, by: &Author) -> Result<bool, StoreError> {
    let now = desk.now;
    let known = endpoints::pause(&mut desk.link(), organisation, paused, now).await?;
    changed(desk);
    let what = if paused { "endpoint.paused" } else { "endpoint.resumed" };
    note_if(desk, known, Change::new(what, organisation), by).await?;
    Ok(known)
}

/// Takes the endpoint of an organisation away. Says whether there was one.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(desk: &mut Desk<'_>, organisation: &str, by: &Author) -> Result<bool, StoreError> {
    let known = endpoints::remove(&mut desk.link(), organisation).await?;
    changed(desk);
    note_if(desk, known, Change::new("endpoint.removed", organisation), by).await?;
    Ok(known)
}

/// Has a dead letter tried again. Says whether it was one.
///
/// # Errors
/// [`StoreError`]
pub async fn replay(desk: &mut Desk<'_>, id: &str, by: &Author) -> Result<bool, StoreError> {
    let now = desk.now;
    let known = outbox::replay(&mut desk.link(), id, now).await?;
    desk.wake_outbox();
    note_if(desk, known, Change::new("dead_letter.replayed", id), by).await?;
    Ok(known)
}

/// Has all dead letters to an organisation tried again; says how many.
///
/// # Errors
/// [`StoreError`]
pub async fn replay_all(desk: &mut Desk<'_>, organisation: &str, by: &Author) -> Result<u64, StoreError> {
    let now = desk.now;
    let count = outbox::replay_all(&mut desk.link(), organisation, now).await?;
    desk.wake_outbox();
    let change = Change::new("dead_letters.replayed", format!("{organisation}: {count}"));
    note_if(desk, count > 0, change, by).await?;
    Ok(count)
}

/// Gives a dead letter up for good, and says why in the journal. Says whether it was one.
///
/// # Errors
/// [`StoreError`]
pub async fn drop_letter(desk: &mut Desk<'_>, id: &str, reason: &str, by: &Author) -> Result<bool, StoreError> {
    let now = desk.now;
    let known = outbox::give_up(&mut desk.link(), id, now).await?;
    if known {
        let event = WindowEvent::Operated { what: format!("dead letter {id} dropped"), reason: reason.to_owned() };
        desk.window(event, by).await?;
    }
    Ok(known)
}

/// An endpoint and how it does, as answers show it. Its key is not shown.
pub fn shown(endpoint: &Endpoint, health: &Health) -> serde_json::Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    serde_json::json!({
        "organisation": endpoint.organisation,
        "kind": endpoint.kind.as_str(),
        "url": endpoint.url,
        "paused": endpoint.paused,
        "changed": endpoint.changed.to_string(),
        "state": health.word(endpoint.paused),
        "delivered": moment(health.delivered),
        "failed": moment(health.failed),
        "error": health.error,
        "failures": health.failures,
        "waiting": health.waiting,
        "next_attempt": moment(health.next),
        "dead": health.dead,
        "to_fetch": health.to_fetch,
    })
}

/// A signing key as its owner gets it: 64 hexadecimal digits.
pub fn key_text(key: &SigningKey) -> String {
    key.0.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Puts what was changed into the journal, where anything was.
async fn note_if(desk: &mut Desk<'_>, done: bool, change: Change, by: &Author) -> Result<(), StoreError> {
    if done { accounts::note(desk, by, &[change]).await } else { Ok(()) }
}

fn changed(desk: &mut Desk<'_>) {
    desk.shared.directory.forget();
    desk.wake_outbox();
}
