//! The national portal's real transport: SOAP 1.1 with the envelope as text in it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::messages::taken;
use crate::clearance::explain::Lang;
use crate::message::{Limits, soap};
use crate::service::intake::{Sent, Wanted};
use crate::service::lanes::Lane;

const XML: &str = "text/xml; charset=utf-8";

/// Receive an envelope by SOAP 1.1, in any of the forms in which the national portal and the
/// ministries call each other; the answer is the envelope of the receipt or of the errors.
#[utoipa::path(
    post,
    path = "/v1/soap",
    tag = "messages",
    request_body(content = String, content_type = "text/xml"),
    responses(
        (status = 200, description = "The answer's envelope, as text in a SOAP answer"),
        (status = 401, description = "Credentials are wanted", body = Problem),
        (status = 500, description = "A SOAP fault"),
    )
)]
pub(in crate::server) async fn call(
    State(app): State<Arc<App>>,
    asker: Asker,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let fault = |fault: &soap::Fault| {
        (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, XML)], soap::fault(fault)).into_response()
    };
    let call = match soap::unwrap(&bytes, &Limits::default()) {
        Ok(call) => call,
        Err(error) => return Ok(fault(&error)),
    };
    let payload = call.payload.as_bytes();
    let sent =
        Sent { bytes: payload.to_vec(), principal: asker.0, key: None, lang: Lang::Vi, wanted: Wanted::Envelope };
    let answer = taken(&app, Lane::Ordinary, sent, payload).await?;
    let text = String::from_utf8_lossy(&answer.body);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, XML)], soap::wrap_answer(&call, &text)).into_response())
}
