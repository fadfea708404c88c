//! What whoever acts states, with the key that makes it one.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::app::App;
use super::asker::Asker;
use super::body::{read, whole};
use super::problem::Problem;
use crate::service::answers;
use crate::service::once::Asked;
use crate::store::messages::Answer;

/// Signs of a key at most.
const KEY_MAX: usize = 255;

/// The body of an act: what an act does not need may be left out, and so may all of it.
#[derive(Debug)]
pub(super) struct Acting<T> {
    pub(super) body: T,
    pub(super) headers: HeaderMap,
    path: String,
    bytes: Bytes,
}

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for Acting<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
        let bytes = whole(request, app).await?;
        let body = if bytes.is_empty() { T::default() } else { read(&headers, &bytes)? };
        Ok(Self { body, headers, path, bytes })
    }
}

impl<T> Acting<T> {
    /// What makes the act one, where a key is given.
    pub(super) fn asked(&self, asker: &Asker) -> Result<Option<Asked>, Problem> {
        let Some(key) = self.headers.get("idempotency-key") else { return Ok(None) };
        let visible =
            |key: &&str| (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|sign| sign.is_ascii_graphic());
        let key = key.to_str().ok().filter(visible);
        let key = key.ok_or_else(|| {
            Problem::invalid("`Idempotency-Key` has 1 to 255 letters, digits and signs without spaces")
        })?;
        Ok(Some(Asked::new(asker.0.organisation.as_str(), key, &self.path, &self.bytes)))
    }
}

/// What was answered when the same came before.
pub(super) async fn before(app: &App, asked: Option<&Asked>) -> Result<Option<Answer>, Problem> {
    match asked {
        Some(asked) => Ok(asked.before(&app.shared().database).await?),
        None => Ok(None),
    }
}

/// A value as the answer to an act.
pub(super) fn answer(value: &Value) -> Answer {
    let body = serde_json::to_vec(value).unwrap_or_default();
    Answer { status: 200, content_type: answers::JSON.to_owned(), body }
}
