//! Documents attached to cases.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::{concerns, declaration_named, dossiers, json as reply, may_see as may_see_declaration, note_read};
use crate::people::{Action, Scope};
use crate::service::answers;
use crate::service::attachments::{AttachError, Document, KindError, Target, may_see, shown};
use crate::store::attachments as kept;

/// What a document is called.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Naming {
    /// The name of the file.
    #[serde(default)]
    name: String,
}

/// Attach a document to a declaration: its bytes are the body, `Content-Type` says what they are; where
/// it does not, the bytes do.
/// The same document under the same name again is there already.
#[utoipa::path(
    post,
    path = "/v1/declarations/{id}/attachments",
    tag = "attachments",
    params(("id" = String, Path, description = "The case's id, customs' number, or the sender's reference"), Naming),
    request_body(content = Vec<u8>, content_type = "application/pdf"),
    responses(
        (status = 201, description = "The attachment", body = schema::desk::Attachment),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "Not now, or the case has as many as it may", body = Problem),
        (status = 413, body = Problem),
        (status = 415, description = "Of such documents none is taken", body = Problem),
        (status = 422, description = "Its bytes are something else, or it is infected", body = Problem),
        (status = 503, description = "It could not be scanned", body = Problem),
    )
)]
pub(in crate::server) async fn to_declaration(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(naming): Query<Naming>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (case, concerns, _) = declaration_named(&app, &asker, &id).await?;
    concerns.judged(|subject| asker.0.may_do(Action::Attach, subject))?;
    attach(&app, &asker, Target::Declaration(case), naming, &headers, body).await
}

/// Attach a document to a dossier, as to a declaration.
#[utoipa::path(
    post,
    path = "/v1/dossiers/{id}/attachments",
    tag = "attachments",
    params(("id" = String, Path, description = "The dossier's id"), Naming),
    request_body(content = Vec<u8>, content_type = "application/pdf"),
    responses(
        (status = 201, description = "The attachment", body = schema::desk::Attachment),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem),
    )
)]
pub(in crate::server) async fn to_dossier(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(naming): Query<Naming>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let found = dossiers::seen(&app, &asker, &id).await?.0;
    asker.0.may_do(Action::Attach, &answers::dossier::subject(&found))?;
    attach(&app, &asker, Target::Dossier(found.id), naming, &headers, body).await
}

async fn attach(
    app: &App,
    asker: &Asker,
    target: Target,
    naming: Naming,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let most = app.attachments.bytes;
    let content = to_bytes(body, most).await.map_err(|_| AttachError::TooLarge(most))?;
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let document = Document { name: naming.name, content_type: said.to_owned(), content: content.to_vec() };
    let attached = app.service.attach(&app.attachments, target, document, asker.author()).await?;
    Ok(reply(StatusCode::CREATED, &shown(&attached)))
}

/// The bytes of an attachment, for whoever may see its case.
#[utoipa::path(
    get,
    path = "/v1/attachments/{id}",
    tag = "attachments",
    params(("id" = String, Path, description = "The attachment's id")),
    responses((status = 200, description = "Its bytes"), (status = 404, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("attachment");
    let mut reader = app.shared().database.read().await?;
    let found = kept::attachment(&mut reader.link(), &id).await?.ok_or_else(missing)?;
    let of_declaration = concerns(&mut reader.link(), found.case).await?;
    drop(reader);
    let scope = match of_declaration {
        Some(concerns) => may_see_declaration(&asker, &concerns),
        None => dossiers::seen(&app, &asker, &found.case.to_string()).await.map(|(_, scope)| scope),
    };
    let scope: Scope = scope.map_err(|_| missing())?;
    if !may_see(&found, scope, &asker.author()) {
        return Err(missing());
    }
    note_read(&app, &asker, found.case, "attachment");
    let mut reader = app.shared().database.read().await?;
    let content = kept::content(&mut reader.link(), &id).await?.ok_or_else(missing)?;
    drop(reader);
    let mut response = (StatusCode::OK, content).into_response();
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, &found.content_type);
    put(header::CONTENT_DISPOSITION, &format!("attachment; filename*=UTF-8''{}", encoded(&found.name)));
    // Whatever it is, no browser runs it as a page of this site.
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    put(header::CACHE_CONTROL, "private, no-store");
    Ok(response)
}

/// A name as RFC 8187 writes it.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

impl From<AttachError> for Problem {
    fn from(error: AttachError) -> Self {
        let (status, kind) = match &error {
            AttachError::Work(_) => (StatusCode::INTERNAL_SERVER_ERROR, ""),
            AttachError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            AttachError::Kind(KindError::NotTaken { .. } | KindError::Unrecognised(_)) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "kind")
            }
            AttachError::Kind(_) => (StatusCode::UNPROCESSABLE_ENTITY, "kind"),
            AttachError::Lacks(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            AttachError::Infected => (StatusCode::UNPROCESSABLE_ENTITY, "infected"),
            AttachError::Scan(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        match error {
            AttachError::Work(error) => error.into(),
            AttachError::Scan(cause) => {
                tracing::error!(error = %cause, "an attachment could not be scanned: {cause}");
                let mut problem = Self::new(status, kind, "it could not be scanned for viruses, and was not kept");
                problem.retry_after = Some(30);
                problem
            }
            error => Self::new(status, kind, error.to_string()),
        }
    }
}
