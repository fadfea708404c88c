//! Bodies that are JSON: one object each, of its form.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::app::App;
use super::problem::{Problem, told};

/// A body that is a JSON object. A list of the same values in their order would be read as well where
/// nobody looked; what it means is nowhere described.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Object<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let bytes = whole(request, app).await?;
        read(&headers, &bytes).map(Self)
    }
}

/// The bytes of a body.
pub(super) async fn whole(request: Request, app: &Arc<App>) -> Result<Bytes, Problem> {
    Bytes::from_request(request, app).await.map_err(|rejection| {
        Problem::new(rejection.status(), "request", "the body cannot be taken: it is too large, or was cut off")
    })
}

/// The object in a body.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        let detail = "the body is JSON: say so with `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request", detail));
    }
    let what = match bytes.trim_ascii_start().first() {
        Some(b'[') => "a list",
        Some(b'"') => "a text",
        Some(b'n') => "`null`",
        Some(b't' | b'f' | b'-' | b'0'..=b'9') => "a single value",
        _ => "",
    };
    if !what.is_empty() && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        let detail = format!("the body is {what}: it has to be an object, `{{…}}`; see /openapi.json");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "request", detail));
    }
    let Json(body) = Json::from_bytes(bytes)
        .map_err(|rejection| Problem::new(rejection.status(), "request", told(&rejection.body_text())))?;
    Ok(body)
}
