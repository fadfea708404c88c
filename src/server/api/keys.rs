//! API keys of organisations: for operators, and for who looks after the organisation.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::body::Object;
use super::super::problem::Problem;
use super::super::schema;
use super::json as reply;
use super::organisations::{allowed, alter};
use super::session::not_kept;
use crate::people::{Action, KeyId, PersonId};
use crate::store::people::{NewKey, SystemRandom, issue_key, keys_of, revoke_key};

/// The keys of an organisation, those that have ended too. Their secrets are kept nowhere.
#[utoipa::path(
    get,
    path = "/v1/organisations/{id}/keys",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id")),
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::house::KeyRow>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = allowed(&asker, Action::ReadOrganisation, &id)?;
    let mut reader = app.shared().database.read().await?;
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let rows: Vec<Value> = keys_of(&mut reader.link(), &id)
        .await?
        .iter()
        .map(|key| {
            json!({
                "id": key.id.as_str(),
                "label": key.label,
                "person": key.person.map(|person| person.to_string()),
                "created": key.created_at.to_string(),
                "expires": text(key.expires_at),
                "revoked": text(key.revoked_at),
                "last_used": text(key.last_used_at),
            })
        })
        .collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}

/// A new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewKeyBody, example = json!({ "label": "the ERP", "expires": "2027-07-20T00:00:00Z" }))]
pub(in crate::server) struct NewBody {
    /// What it is for.
    label: String,
    /// When it ends by itself; none: when it is taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
    /// The person in whose name it acts; none: the organisation's system.
    person: Option<String>,
}

/// Issue a key. It is shown this once.
#[utoipa::path(
    post,
    path = "/v1/organisations/{id}/keys",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id")),
    request_body = NewBody,
    responses((status = 201, description = "`id` and `key`", body = schema::house::KeyIssued), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn issue(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Object(body): Object<NewBody>,
) -> Result<Response, Problem> {
    let organisation = allowed(&asker, Action::ManageOrganisation, &id)?;
    let person = body.person.as_deref().map(PersonId::parse).transpose();
    let person = person.map_err(|error| Problem::invalid(format!("`person`: {error}")))?;
    let new = NewKey { organisation, person, label: body.label, expires_at: body.expires };
    let changing = alter(&app, &asker, move |mut link, now| {
        Box::pin(async move {
            let (id, secret, issued) = issue_key(&mut link, &new, &mut SystemRandom, now).await?;
            Ok(((id, secret), vec![issued]))
        })
    });
    let (id, secret) = changing.await?;
    let mut response = reply(StatusCode::CREATED, &json!({ "id": id.as_str(), "key": secret.reveal() }));
    not_kept(&mut response);
    Ok(response)
}

/// Take a key back, at once and for good.
#[utoipa::path(
    delete,
    path = "/v1/organisations/{id}/keys/{key}",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id"), ("key" = String, Path, description = "The key's id: what stands between the first two `_`")),
    responses((status = 200, description = "Taken back", body = std::collections::BTreeMap<String, bool>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn revoke(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path((id, key)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = allowed(&asker, Action::ManageOrganisation, &id)?;
    let key = KeyId::parse(&key).ok_or_else(|| Problem::not_found("key"))?;
    let changing = alter(&app, &asker, move |mut link, now| {
        Box::pin(async move { Ok(((), vec![revoke_key(&mut link, &id, &key, now).await?])) })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "revoked": true })))
}
