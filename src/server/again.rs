//! Rights that have changed since they were looked up: what one process has given does not have to
//! be refused by another that has not heard of it.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::asker::{has_changed, remembered};
use super::problem::Problem;

/// Bodies up to this size are kept for a second time; a larger request has to be sent again.
const BODY_MAX: u64 = 1 << 20;

/// Answers a request. What is refused for whom its key was known to be of is looked at again where
/// the key, its organisation or its mandates have changed: a refusal has done nothing.
pub(super) async fn again(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let small = request.body().size_hint().upper().is_some_and(|size| size <= BODY_MAX);
    let Some((proof, principal)) = remembered(&app, request.headers()).filter(|_| small) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::new(StatusCode::BAD_REQUEST, "request", "the body does not end").into_response();
    };
    let first = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let response = next.clone().run(first).await;
    let refused = matches!(response.status(), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
    if refused && has_changed(&app, &proof, &principal).await {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    response
}
