//! Many messages at once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::super::app::App;
use super::super::asker::{Asker, Wants};
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, json as reply, paged};
use crate::people::{Action, OrganisationKind, Scope, Subject};
use crate::service::bulk::{Bulk, UploadError};
use crate::store::bulk::{self as kept, Job};
use crate::store::lists;

/// What an upload is called.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Uploading {
    /// What the sender calls it, such as the name of the file.
    #[serde(default)]
    name: String,
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// Only those `accepted`, or only those `refused`.
    state: Option<String>,
}

/// A job as the API shows it.
fn shown(job: &Job, scope: Scope) -> Value {
    json!({
        "id": job.id,
        "sender": job.sender,
        "name": if scope == Scope::Whole { Some(&job.name) } else { None },
        "state": job.state.as_str(),
        "bytes": job.bytes,
        "bytes_read": job.progress.bytes_read,
        "documents": job.progress.documents,
        "accepted": job.progress.accepted,
        "refused": job.progress.refused,
        "created": job.created.to_string(),
        "finished": job.finished.map(|at| at.to_string()),
        "error": job.error,
        "links": { "self": format!("/v1/bulk/{}", job.id), "items": format!("/v1/bulk/{}/items", job.id) },
    })
}

fn lane(app: &App) -> Result<&Bulk, Problem> {
    let closed = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "nothing is taken in bulk here");
    app.bulk.as_ref().ok_or_else(closed)
}

/// The job of an id, and how much of it the asker may see.
async fn job(app: &App, asker: &Asker, id: &str) -> Result<(Job, Scope), Problem> {
    let mut reader = app.shared().database.read().await?;
    let found = kept::job(&mut reader.link(), id).await?.ok_or_else(|| Problem::not_found("job"))?;
    let scope = asker.0.may_see(&Subject::Bulk { organisation: &found.sender })?;
    Ok((found, scope))
}

/// Send many messages at once: a tar (plain, gzip, zstd), a zip, or XML documents one after the
/// other, of any size. The id of a job is answered at once; its documents are taken one by one, each
/// as if it were sent by itself, and without keeping others waiting.
#[utoipa::path(
    post,
    path = "/v1/bulk",
    tag = "bulk",
    params(Uploading),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 202, description = "The job; `Location` is where it is looked after", body = schema::desk::BulkJob),
        (status = 408, description = "Nothing came for too long", body = Problem),
        (status = 409, description = "Too many jobs are open", body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem), (status = 507, body = Problem),
    )
)]
pub(in crate::server) async fn send(
    State(app): State<Arc<App>>,
    asker: Asker,
    wants: Wants,
    Query(uploading): Query<Uploading>,
    body: Body,
) -> Result<Response, Problem> {
    let bulk = lane(&app)?;
    let organisation = asker.0.organisation.as_str();
    asker.0.may_do(Action::SendBulk, &Subject::Bulk { organisation })?;
    let upload = bulk.receive(&asker.0, &uploading.name, wants.lang).await?;
    let job = upload.receive(body.into_data_stream()).await?;
    let mut response = reply(StatusCode::ACCEPTED, &shown(&job, Scope::Whole));
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/bulk/{}", job.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// The asker's jobs, the newest first; an operator's and an auditor's: all.
#[utoipa::path(
    get,
    path = "/v1/bulk",
    tag = "bulk",
    params(Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::desk::BulkJob>), (status = 403, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let organisation = asker.0.organisation.as_str();
    let scope = asker.0.may_see(&Subject::Bulk { organisation })?;
    let sees_all = matches!(asker.0.kind, OrganisationKind::Operator | OrganisationKind::Auditor);
    let sender = (!sees_all).then_some(organisation);
    let mut reader = app.shared().database.read().await?;
    let page = lists::bulk_jobs(&mut reader.link(), sender, paging.after.as_deref(), paging.limit()).await?;
    Ok(paged(&page, |job| shown(job, scope)))
}

/// How far a job has come.
#[utoipa::path(
    get,
    path = "/v1/bulk/{id}",
    tag = "bulk",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, description = "The job", body = schema::desk::BulkJob), (status = 404, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (job, scope) = job(&app, &asker, &id).await?;
    Ok(reply(StatusCode::OK, &shown(&job, scope)))
}

/// What became of the documents of a job, in their order: the case of each that was taken, and what
/// is wrong with each that was not.
#[utoipa::path(
    get,
    path = "/v1/bulk/{id}/items",
    tag = "bulk",
    params(("id" = String, Path, description = "The job's id"), Search, Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::desk::BulkItem>), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::server) async fn items(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let (job, scope) = job(&app, &asker, &id).await?;
    if scope != Scope::Whole {
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "what is in a job is not for you"));
    }
    let accepted = match search.state.as_deref() {
        None => None,
        Some("accepted") => Some(true),
        Some("refused") => Some(false),
        Some(_) => return Err(Problem::parameter("`state`", "it is `accepted` or `refused`")),
    };
    let mut reader = app.shared().database.read().await?;
    let link = &mut reader.link();
    let page = lists::bulk_items(link, &job.id, accepted, paging.after.as_deref(), paging.limit()).await?;
    Ok(paged(&page, |item| {
        json!({
            "number": item.number,
            "source": item.source,
            "state": if item.accepted { "accepted" } else { "refused" },
            "status": item.status,
            "declaration": item.case.map(|case| case.to_string()),
            "error": item.error,
            "links": { "declaration": item.case.map(|case| format!("/v1/declarations/{case}")) },
        })
    }))
}

/// Stop a job. What was taken stands.
#[utoipa::path(
    delete,
    path = "/v1/bulk/{id}",
    tag = "bulk",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 200, description = "The job as it is now", body = schema::desk::BulkJob),
        (status = 404, body = Problem),
        (status = 409, description = "It has ended", body = Problem),
    )
)]
pub(in crate::server) async fn cancel(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (found, _) = job(&app, &asker, &id).await?;
    asker.0.may_do(Action::SendBulk, &Subject::Bulk { organisation: &found.sender })?;
    let was_open = lane(&app)?.cancel(id.clone()).await?;
    let (now, scope) = job(&app, &asker, &id).await?;
    if was_open {
        return Ok(reply(StatusCode::OK, &shown(&now, scope)));
    }
    let detail = format!("the job is {} already", now.state.as_str());
    Err(Problem::new(StatusCode::CONFLICT, "not-now", detail))
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Work(error) => error.into(),
            error => {
                let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let kind = match error {
                    UploadError::TooLarge(_) => "too-large",
                    UploadError::Keeping(_) => {
                        tracing::error!(error = %error, "{error}");
                        return Self::new(status, "unavailable", "there is no room for the upload; try again later");
                    }
                    _ => "invalid",
                };
                Self::new(status, kind, error.to_string())
            }
        }
    }
}
