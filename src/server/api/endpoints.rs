//! Where an organisation's messages go, and those that could not be delivered.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::super::app::App;
use super::super::asker::Asker;
use super::super::body::Object;
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, json as reply, paged};
use crate::exchange::endpoint;
use crate::people::{Action, OrganisationId, OrganisationKind, Subject};
use crate::store::endpoints::{self, EndpointKind};
use crate::store::outbox;
use crate::store::people::{SystemRandom, organisation};

/// Who may say where an organisation's messages go: its own systems, who look after it, operators.
fn may_manage(asker: &Asker, organisation: &str) -> Result<(), Problem> {
    let own = asker.0.organisation.as_str() == organisation;
    if own && asker.0.may_do(Action::FetchOutbox, &Subject::Outbox { organisation }).is_ok() {
        return Ok(());
    }
    Ok(asker.0.may_do(Action::ManageOrganisation, &Subject::Organisation { id: organisation })?)
}

/// An endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "kind": "webhook", "url": "https://vet.example/hook" }))]
pub(in crate::server) struct EndpointBody {
    /// `webhook` (signed), or a form of the national portal's SOAP.
    kind: String,
    /// Its address.
    url: String,
}

/// All endpoints and how each does: when it took a message last, when it failed to and why, what waits
/// and when it is tried next. For operators and auditors.
#[utoipa::path(
    get,
    path = "/v1/endpoints",
    tag = "exchange",
    params(Paging),
    responses(
        (status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::house::EndpointAnswer>),
        (status = 403, body = Problem),
    )
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::ReadOperations, &Subject::Installation)?;
    let (limit, mut reader) = (paging.limit(), app.shared().database.read().await?);
    let after = paging.after.as_deref().unwrap_or_default();
    if !after.is_empty() && OrganisationId::parse(after).is_err() {
        return Err(Problem::parameter("`after`", "it is the `next` of the page before"));
    }
    let found = endpoints::all(&mut reader.link(), after, i64::from(limit) + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rows = Vec::with_capacity(found.len().min(shown));
    for one in found.iter().take(shown) {
        rows.push(endpoint::shown(one, &endpoints::health(&mut reader.link(), one).await?));
    }
    let next = found.get(shown).and(found.get(shown.saturating_sub(1))).map(|last| &last.organisation);
    Ok(reply(StatusCode::OK, &json!({ "rows": rows, "next": next })))
}

/// Where an organisation's messages go, and how that does. Without an endpoint they wait in
/// `/v1/inbox`.
#[utoipa::path(
    get,
    path = "/v1/organisations/{id}/endpoint",
    tag = "exchange",
    params(("id" = String, Path, description = "The organisation's id")),
    responses(
        (status = 200, description = "The endpoint", body = schema::house::EndpointAnswer),
        (status = 404, body = Problem),
    )
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    may_manage(&asker, &id)?;
    let mut reader = app.shared().database.read().await?;
    let found = endpoints::of(&mut reader.link(), &id).await?.ok_or_else(|| Problem::not_found("endpoint"))?;
    let health = endpoints::health(&mut reader.link(), &found).await?;
    Ok(reply(StatusCode::OK, &endpoint::shown(&found, &health)))
}

/// Set where an organisation's messages go. A webhook's signing key is shown this once.
#[utoipa::path(
    put,
    path = "/v1/organisations/{id}/endpoint",
    tag = "exchange",
    params(("id" = String, Path, description = "The organisation's id")),
    request_body = EndpointBody,
    responses((status = 200, description = "Set; `key` signs its messages", body = schema::house::EndpointSet), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn set(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Object(body): Object<EndpointBody>,
) -> Result<Response, Problem> {
    may_manage(&asker, &id)?;
    let kind = EndpointKind::of_others().find(|kind| kind.as_str() == body.kind).ok_or_else(|| {
        let words: Vec<&str> = EndpointKind::of_others().map(EndpointKind::as_str).collect();
        Problem::invalid(format!("`kind` is one of {}", words.join(", ")))
    })?;
    let now = app.shared().clock.now();
    let made = endpoint::new((&id, kind, &body.url), &app.reach, &mut SystemRandom, now);
    let (made, key) = made.map_err(|error| Problem::invalid(error.to_string()))?;
    let known = match OrganisationId::parse(&id) {
        Ok(id) => organisation(&mut app.shared().database.read().await?.link(), &id).await?,
        Err(_) => None,
    };
    known.ok_or_else(|| Problem::not_found("organisation"))?;
    let writer = app.service.writer();
    let by = asker.author();
    writer.run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &made, &by).await?) })).await?;
    let key = key.as_ref().map(crate::people::Secret::reveal);
    let note = (kind != EndpointKind::Webhook).then_some(endpoint::ENVELOPES_ONLY);
    Ok(reply(StatusCode::OK, &json!({ "set": true, "key": key, "note": note })))
}

/// Take an organisation's endpoint away: its messages wait in `/v1/inbox`.
#[utoipa::path(
    delete,
    path = "/v1/organisations/{id}/endpoint",
    tag = "exchange",
    params(("id" = String, Path, description = "The organisation's id")),
    responses((status = 200, description = "Taken away", body = std::collections::BTreeMap<String, bool>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn remove(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    may_manage(&asker, &id)?;
    let writer = app.service.writer();
    let by = asker.author();
    let known = writer.run(move |desk| Box::pin(async move { Ok(endpoint::remove(desk, &id, &by).await?) })).await?;
    if known { Ok(reply(StatusCode::OK, &json!({ "removed": true }))) } else { Err(Problem::not_found("endpoint")) }
}

/// Messages that were given up, the newest first: what went wrong with each.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "exchange",
    params(Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::house::DeadLetter>), (status = 403, body = Problem))
)]
pub(in crate::server) async fn dead(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let of = match asker.0.kind {
        OrganisationKind::Operator | OrganisationKind::Auditor => {
            asker.0.may_do(Action::ReadOperations, &Subject::Installation)?;
            None
        }
        _ => Some(asker.0.organisation.as_str().to_owned()),
    };
    let mut reader = app.shared().database.read().await?;
    let page = outbox::dead(&mut reader.link(), of.as_deref(), paging.after.as_deref(), paging.limit()).await?;
    Ok(paged(&page, |letter| {
        json!({
            "id": letter.message.id,
            "recipient": letter.message.recipient,
            "topic": letter.message.topic,
            "case": letter.message.case.map(|case| case.to_string()),
            "created": letter.created.to_string(),
            "attempts": letter.attempts,
            "error": letter.error,
        })
    }))
}

/// Why a message is given up for good.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Dropping {
    /// Why: it stands in the journal.
    reason: String,
}

/// Give a message up for good: it is no longer listed. For operators.
#[utoipa::path(
    delete,
    path = "/v1/dead-letters/{id}",
    tag = "exchange",
    params(("id" = String, Path, description = "The message's id"), Dropping),
    responses((status = 200, description = "Given up", body = std::collections::BTreeMap<String, bool>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn give_up(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(dropping): Query<Dropping>,
) -> Result<Response, Problem> {
    let organisation = asker.0.organisation.as_str();
    asker.0.may_do(Action::Redeliver, &Subject::Outbox { organisation })?;
    let by = asker.author();
    let dropping = app
        .service
        .writer()
        .run(move |desk| Box::pin(async move { Ok(endpoint::drop_letter(desk, &id, &dropping.reason, &by).await?) }));
    if dropping.await? {
        Ok(reply(StatusCode::OK, &json!({ "dropped": true })))
    } else {
        Err(Problem::not_found("dead letter"))
    }
}

/// Send a message that was given up once more, in its old place.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/{id}/replay",
    tag = "exchange",
    params(("id" = String, Path, description = "The message's id")),
    responses((status = 200, description = "It waits again", body = std::collections::BTreeMap<String, bool>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn replay(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let organisation = asker.0.organisation.as_str();
    asker.0.may_do(Action::Redeliver, &Subject::Outbox { organisation })?;
    let writer = app.service.writer();
    let by = asker.author();
    let waits = writer.run(move |desk| Box::pin(async move { Ok(endpoint::replay(desk, &id, &by).await?) }));
    if waits.await? {
        Ok(reply(StatusCode::OK, &json!({ "waits": true })))
    } else {
        Err(Problem::not_found("dead letter"))
    }
}
