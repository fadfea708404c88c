//! What happens, as it happens.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::may_see;
use crate::people::{OrganisationKind, Scope};

/// Server-sent events about everything that the asker may see: `event` is its kind, `id` its number
/// in the journal. Who falls behind is told (`event: behind`) and looks at what he needs again.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    responses((status = 200, description = "A stream of events", content_type = "text/event-stream"), (status = 401, body = Problem))
)]
pub(in crate::server) async fn stream(
    State(app): State<Arc<App>>,
    asker: Asker,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let receiver = app.shared().happened.subscribe();
    let events = stream::unfold((receiver, asker, app), |(mut receiver, asker, app)| async move {
        loop {
            let happened = tokio::select! {
                happened = receiver.recv() => happened,
                () = app.shared().stopping() => return None,
            };
            let event = match happened {
                Ok(happened) => {
                    let Ok(scope) = may_see(&asker, &happened.concerns) else { continue };
                    let of_operator = asker.0.kind == OrganisationKind::Operator;
                    let entry = &happened.entry;
                    let data = json!({
                        "case": entry.case.to_string(),
                        "number": entry.number,
                        "at": entry.at.to_string(),
                        "by": if scope == Scope::Whole && !of_operator { json!(entry.by) } else { json!(null) },
                        "event": entry.event.kind(),
                    });
                    Event::default().id(happened.seq.to_string()).event(entry.event.kind()).data(data.to_string())
                }
                Err(RecvError::Lagged(missed)) => Event::default().event("behind").data(missed.to_string()),
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(event), (receiver, asker, app)));
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
