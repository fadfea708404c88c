//! Messages that wait for those who have no endpoint, or one that cannot take them: fetched and
//! acknowledged.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, json as reply};
use crate::people::{Action, Subject};
use crate::store::outbox;

/// The messages that wait for the asker's organisation, in order.
#[utoipa::path(
    get,
    path = "/v1/inbox",
    tag = "inbox",
    params(Paging),
    responses((status = 200, description = "`rows`, each with `id` and `body`; `next`", body = schema::Page<schema::house::InboxRow>), (status = 401, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let organisation = asker.0.organisation.as_str();
    asker.0.may_do(Action::FetchOutbox, &Subject::Outbox { organisation })?;
    let after = match paging.after.as_deref().map(str::parse::<i64>) {
        None => 0,
        Some(Ok(number)) => number,
        Some(Err(_)) => return Err(Problem::parameter("after", "it is the `next` of the page before")),
    };
    let limit = paging.limit();
    let mut reader = app.shared().database.read().await?;
    let letters = outbox::unfetched(&mut reader.link(), organisation, after, limit.into()).await?;
    let full = letters.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = letters.last().filter(|_| full).map(|letter| letter.number.to_string());
    let rows: Vec<Value> = letters
        .iter()
        .map(|letter| {
            let message = &letter.message;
            let text = String::from_utf8_lossy(&message.body);
            let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.as_ref()));
            json!({
                "id": message.id,
                "number": letter.number,
                "topic": message.topic,
                "case": message.case.map(|case| case.to_string()),
                "created": letter.created.to_string(),
                "content_type": message.content_type,
                "reason": letter.error,
                "body": body,
            })
        })
        .collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows, "next": next })))
}

/// A message was taken: it does not come again.
#[utoipa::path(
    post,
    path = "/v1/inbox/{id}/ack",
    tag = "inbox",
    params(("id" = String, Path, description = "The message's id")),
    responses((status = 200, description = "Taken", body = std::collections::BTreeMap<String, bool>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn ack(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let organisation = asker.0.organisation.as_str().to_owned();
    asker.0.may_do(Action::FetchOutbox, &Subject::Outbox { organisation: &organisation })?;
    let taken = app
        .service
        .writer()
        .run(move |desk| {
            Box::pin(async move {
                let now = desk.now;
                let link = &mut desk.link();
                let own =
                    outbox::by_id(link, &id).await?.is_some_and(|letter| letter.message.recipient == organisation);
                // Taken before is taken too: the acknowledgement may be the one that was lost.
                outbox::delivered(link, &organisation, &[id], now).await?;
                Ok(own)
            })
        })
        .await?;
    if taken { Ok(reply(StatusCode::OK, &json!({ "taken": true }))) } else { Err(Problem::not_found("message")) }
}
