//! What happens, as it happens.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::{concerns, may_see};
use crate::clearance::case::{CaseId, Entry as Happening};
use crate::people::{OrganisationKind, Scope};
use crate::service::shared::{Concerns, Happened};
use crate::store::{Link, StoreError, cases, journal};

/// Entries of the journal that are read at once by who is behind.
const TOGETHER: i64 = 200;

/// Server-sent events about everything that the asker may see: `event` is its kind, `id` its number
/// in the journal. Whoever comes back with `Last-Event-ID` gets first what happened since; nobody
/// misses anything by being slow.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(("Last-Event-ID" = Option<i64>, Header, description = "The `id` of the last event that was seen")),
    responses(
        (status = 200, description = "A stream of events", content_type = "text/event-stream"),
        (status = 401, body = Problem), (status = 422, body = Problem),
    )
)]
pub(in crate::server) async fn stream(
    State(app): State<Arc<App>>,
    asker: Asker,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seen = headers.get("last-event-id").map(|id| id.to_str().ok().and_then(|id| id.parse::<i64>().ok()));
    // First the ear, then where the journal stands: nothing falls between them.
    let receiver = app.shared().happened.subscribe();
    let last = journal::last_seq(&mut app.shared().database.read().await?.link()).await?;
    let last = match seen {
        None => last,
        Some(Some(seen)) if seen >= 0 => seen.min(last),
        Some(_) => return Err(Problem::invalid("`Last-Event-ID` is the `id` of an event")),
    };
    let follower = Follower { app, asker, receiver, last, behind: seen.is_some(), ready: VecDeque::new() };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Whom a case concerns, as it stands now.
async fn concerned(link: &mut Link<'_>, case: CaseId) -> Result<Concerns, StoreError> {
    if let Some(of_declaration) = concerns(link, case).await? {
        return Ok(of_declaration);
    }
    let dossier = cases::dossier(link, case).await?;
    let of_dossier = dossier.map(|dossier| Concerns {
        holder: dossier.holder,
        filer: dossier.filer,
        agencies: dossier.agency.into_iter().collect(),
        stuck: false,
    });
    Ok(of_dossier.unwrap_or_default())
}

/// Somebody who follows what happens.
struct Follower {
    app: Arc<App>,
    asker: Asker,
    receiver: Receiver<Happened>,
    /// The last entry of the journal that was looked at.
    last: i64,
    /// There are entries after it in the journal that were not heard of.
    behind: bool,
    ready: VecDeque<Event>,
}

impl Follower {
    /// The next event; none where the service ends, or the database fails: who asks again goes on
    /// where he was.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.app.shared().is_stopping() {
                return None;
            }
            if self.behind {
                if let Err(error) = self.read_on().await {
                    tracing::warn!(error = %error, "events cannot be read from the journal: {error}");
                    return None;
                }
                continue;
            }
            let happened = tokio::select! {
                happened = self.receiver.recv() => happened,
                () = self.app.shared().stopping() => return None,
            };
            match happened {
                Ok(happened) if happened.seq <= self.last => {}
                Ok(happened) if happened.seq == self.last + 1 => {
                    self.last = happened.seq;
                    self.take(happened.seq, &happened.entry, &happened.concerns);
                }
                // Another process wrote what lies between, or too much happened at once.
                Ok(_) | Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Reads on in the journal.
    async fn read_on(&mut self) -> Result<(), StoreError> {
        let app = Arc::clone(&self.app);
        let mut reader = app.shared().database.read().await?;
        let link = &mut reader.link();
        let entries = journal::after(link, self.last, TOGETHER).await?;
        self.behind = entries.len() as u64 >= TOGETHER.unsigned_abs();
        let mut known: HashMap<CaseId, Concerns> = HashMap::new();
        for kept in entries {
            self.last = kept.seq;
            let entry = Happening::from_json(&kept.event)
                .map_err(|error| StoreError::Damaged(format!("entry {} of the journal: {error}", kept.seq)))?;
            let concerns = match known.entry(kept.case) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(concerned(link, kept.case).await?),
            };
            self.take(kept.seq, &entry, concerns);
        }
        Ok(())
    }

    /// Has an event told, where the asker may see it.
    fn take(&mut self, seq: i64, entry: &Happening, concerns: &Concerns) {
        let Ok(scope) = may_see(&self.asker, concerns) else { return };
        let whole = scope == Scope::Whole && self.asker.0.kind != OrganisationKind::Operator;
        let data = json!({
            "case": entry.case.to_string(),
            "number": entry.number,
            "at": entry.at.to_string(),
            "by": if whole { json!(entry.by) } else { json!(null) },
            "event": entry.event.kind(),
        });
        let event = Event::default().id(seq.to_string()).event(entry.event.kind()).data(data.to_string());
        self.ready.push_back(event);
    }
}
