//! Messages in.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::app::App;
use super::super::asker::{Asker, Wants};
use super::super::problem::Problem;
use super::super::schema;
use super::response;
use crate::service::intake::{IntakeError, Sent, Wanted};
use crate::service::lanes::Lane;
use crate::service::writer::WorkError;
use crate::store::messages::Answer;

/// How a message is sent.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Sending {
    /// `ordinary` or `express` (low-value goods by post and express).
    lane: Option<String>,
}

/// Send a message: a declaration, an application, a letter of a dossier, an amendment, a
/// cancellation, in any format that is read.
///
/// Once a declaration is accepted, customs is asked to amend or cancel it, and the message says why: a
/// WCO message (function 5; 13 with type `COR` or `INV`) in `AdditionalInformation` with
/// `StatementTypeCode` `AES`, in its `StatementDescription`; the national envelope in `Reason`.
///
/// The same message (its sender, its id and its bytes) again gets the same answer, byte for byte.
/// What was refused was never taken: corrected, it may come under the same id.
/// Where a format has no message id, `Idempotency-Key` gives one; else the bytes stand for it.
#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "messages",
    params(Sending),
    request_body(content = String, content_type = "application/xml"),
    responses(
        (status = 200, description = "Heard; in the sender's own format, or as JSON by `Accept`"),
        (status = 201, description = "A declaration is registered and decided", body = schema::declaration::DeclarationAnswer),
        (status = 401, description = "Credentials are wanted", body = Problem),
        (status = 409, description = "The same id came before with other content, or the case does not allow it", body = Problem),
        (status = 422, description = "The message is rejected: everything that is wrong with it"),
        (status = 429, description = "Too much waits: `Retry-After` says until when", body = Problem),
    )
)]
pub(in crate::server) async fn send(
    State(app): State<Arc<App>>,
    asker: Asker,
    wants: Wants,
    Query(sending): Query<Sending>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let lane = match sending.lane.as_deref() {
        None => Lane::Ordinary,
        Some("bulk") => return Err(Problem::parameter("`lane`", "bulk has a door of its own: `POST /v1/bulk`")),
        Some(text) => Lane::parse(text).ok_or_else(|| Problem::parameter("`lane`", "it is `ordinary` or `express`"))?,
    };
    if let Err(wait) = app.spend(&asker.0) {
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let detail = format!("more than your share of messages a second; try again in {seconds} s");
        let mut problem = Problem::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "too-much", detail);
        problem.retry_after = Some(seconds);
        return Err(problem);
    }
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let sent = Sent { bytes: bytes.to_vec(), principal: asker.0, key, lang: wants.lang, wanted: wants.form };
    let wanted = sent.wanted;
    let answer = taken(&app, lane, sent, &bytes).await?;
    let mut response = response(answer);
    if wanted == Wanted::Json {
        response.headers_mut().append("vary", axum::http::HeaderValue::from_static("accept, accept-language"));
    }
    Ok(response.into_response())
}

/// Has a message taken. That its id is taken by other content is said in the sender's own family,
/// where that has words for it.
pub(super) async fn taken(app: &App, lane: Lane, sent: Sent, bytes: &[u8]) -> Result<Answer, IntakeError> {
    let wanted = sent.wanted;
    let taken = app.service.take(lane, sent).await;
    if let Err(IntakeError::Work(error @ WorkError::OtherContent(_))) = &taken
        && let Some(answer) = app.service.other_content(bytes, wanted, error)
    {
        return Ok(answer);
    }
    taken
}
