//! Who asks, and in which language.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::app::App;
use super::problem::Problem;
use crate::clearance::case::Author;
use crate::clearance::explain::Lang;
use crate::people::Principal;
use crate::service::intake::Wanted;
use crate::service::sender::author;
use crate::store::people::{authenticate_key, authenticate_session, note_use};

/// The cookie of a session.
pub(super) const COOKIE: &str = "motcua_session";

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Asker(pub(super) Arc<Principal>);

impl Asker {
    /// The asker as the journal names it.
    pub(super) fn author(&self) -> Author {
        author(&self.0)
    }
}

impl FromRequestParts<Arc<App>> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let State(app): State<Arc<App>> = State::from_request_parts(parts, app).await.unwrap_or_else(never);
        let Some(proof) = proof(&parts.headers) else {
            let detail = "credentials are wanted: `Authorization: Bearer KEY`, or the cookie of a session";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials", detail));
        };
        let digest: [u8; 32] = Sha256::digest(proof.as_bytes()).into();
        if let Some(principal) = app.known(&digest) {
            return Ok(Self(principal));
        }
        let shared = app.shared();
        let now = shared.clock.now();
        let today = shared.law.at(now).day_of(now);
        let mut reader = shared.database.read().await?;
        let mut found = authenticate_key(&mut reader.link(), &proof, now, today).await?;
        let is_key = found.is_some();
        if found.is_none() {
            found = authenticate_session(&mut reader.link(), &proof, now, today).await?;
        }
        drop(reader);
        let Some(found) = found else {
            let detail = "these credentials are not known, or no longer good";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials", detail));
        };
        let principal = Arc::new(found.principal);
        if let Some(proof) = found.to_note {
            // That it was used is noted beside the request: where it fails, the next one notes it.
            let writer = app.service.writer().clone();
            tokio::spawn(async move {
                let noted = writer.run(move |desk| {
                    Box::pin(async move {
                        let now = desk.now;
                        note_use(&mut desk.link(), &[proof], now)
                            .await
                            .map_err(|error| crate::store::StoreError::Unavailable(error.to_string()).into())
                    })
                });
                let _ = noted.await;
            });
        }
        if is_key {
            app.remember(digest, Arc::clone(&principal));
        }
        Ok(Self(principal))
    }
}

fn never(error: Infallible) -> State<Arc<App>> {
    match error {}
}

/// What is presented: a bearer token, the password of basic authentication with the key as user or
/// password (for tools that know nothing else), or the cookie.
pub(super) fn proof(headers: &HeaderMap) -> Option<String> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) =
        bearer.and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
    {
        return Some(token.trim().to_owned());
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// In which language, and in which form, an answer is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wants {
    /// The language.
    pub(super) lang: Lang,
    /// The form.
    pub(super) form: Wanted,
}

impl<S: Sync> FromRequestParts<S> for Wants {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Vietnamese unless the reader asks otherwise.
        let languages = text(header::ACCEPT_LANGUAGE).to_ascii_lowercase();
        let first = |tag: &str| languages.find(tag).unwrap_or(usize::MAX);
        let lang = if first("en") < first("vi") { Lang::En } else { Lang::Vi };
        let form = if text(header::ACCEPT).contains("json") { Wanted::Json } else { Wanted::Family };
        Ok(Self { lang, form })
    }
}
