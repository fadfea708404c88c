//! Who asks, and in which language.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::app::App;
use super::problem::Problem;
use crate::clearance::case::Author;
use crate::clearance::explain::Lang;
use crate::people::{Digest, PersonId, Principal, Secret, SignIn};
use crate::service::intake::Wanted;
use crate::service::sender::{author, in_office};
use crate::store::people::{authenticate_key, authenticate_session, note_use};

/// The cookie of a session.
pub(super) const COOKIE: &str = "motcua_session";

/// Who asks, whose sign-in is complete.
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
        let known = Known::from_request_parts(parts, app).await?;
        known.principal.signed_in()?;
        Ok(Self(known.principal))
    }
}

/// Who asks, whatever is still wanted of the sign-in.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) principal: Arc<Principal>,
    /// What was presented.
    pub(super) proof: Secret,
}

impl FromRequestParts<Arc<App>> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Some((proof, by)) = proof(&parts.headers) else {
            let detail = "credentials are wanted: `Authorization: Bearer KEY`, or the cookie of a session";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials", detail));
        };
        // A browser sends the cookie along with whatever another site makes it ask for.
        if by == By::Cookie && !parts.method.is_safe() && !same_site(&parts.headers, &proof) {
            let detail = "with the cookie of a session a change has to come from our own pages: \
                send `Sec-Fetch-Site` or `Origin` as browsers do, or the session's `csrf` as `X-CSRF-Token`";
            return Err(Problem::new(StatusCode::FORBIDDEN, "other-site", detail));
        }
        let principal = principal_of(app, &proof).await?;
        Ok(Self { principal, proof: Secret::new(proof) })
    }
}

/// Somebody in a session, whatever is still wanted of the sign-in.
#[derive(Clone)]
pub(super) struct InSession {
    pub(super) principal: Arc<Principal>,
    pub(super) person: PersonId,
    /// The token of the session.
    pub(super) token: Secret,
}

impl FromRequestParts<Arc<App>> for InSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Known { principal, proof } = Known::from_request_parts(parts, app).await?;
        match (&principal.person, principal.sign_in) {
            (Some(person), SignIn::Session(_)) => {
                let person = person.id;
                Ok(Self { principal, person, token: proof })
            }
            _ => {
                let detail = "this is for people who have signed in; an API key has no account";
                Err(Problem::new(StatusCode::FORBIDDEN, "no-session", detail))
            }
        }
    }
}

/// Whom a proof is of.
async fn principal_of(app: &Arc<App>, proof: &str) -> Result<Arc<Principal>, Problem> {
    match app.known(&Digest::of(proof).bytes()) {
        Some(principal) => Ok(principal),
        None => look_up(app, proof).await,
    }
}

/// What a request presents that is remembered, and whom it is of.
pub(super) fn remembered(app: &App, headers: &HeaderMap) -> Option<(String, Arc<Principal>)> {
    let (proof, _) = proof(headers)?;
    let principal = app.known(&Digest::of(&proof).bytes())?;
    Some((proof, principal))
}

/// Whether a remembered proof is no longer good, or of somebody with other rights.
pub(super) async fn has_changed(app: &Arc<App>, proof: &str, known: &Principal) -> bool {
    match look_up(app, proof).await {
        Ok(principal) => *principal != *known,
        Err(_) => {
            app.forget_known();
            true
        }
    }
}

async fn look_up(app: &Arc<App>, proof: &str) -> Result<Arc<Principal>, Problem> {
    let digest = Digest::of(proof).bytes();
    let shared = app.shared();
    let now = shared.clock.wall();
    let today = shared.law.at(now).day_of(now);
    let mut reader = shared.database.read().await?;
    let mut found = authenticate_key(&mut reader.link(), proof, now, today).await?;
    let is_key = found.is_some();
    if found.is_none() {
        found = authenticate_session(&mut reader.link(), proof, now, today).await?;
    }
    drop(reader);
    let Some(found) = found else {
        let detail = "these credentials are not known, or no longer good";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials", detail));
    };
    let principal = Arc::new(in_office(found.principal, &shared.law.at(now)));
    if let Some(proof) = found.to_note {
        // That it was used is noted beside the request: where it fails, the next one notes it.
        let writer = app.service.writer().clone();
        tokio::spawn(async move {
            let noted = writer.run(move |desk| {
                Box::pin(async move {
                    let now = desk.shared.clock.wall();
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
    Ok(principal)
}

/// How a proof is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Header,
    Cookie,
}

/// What is presented: a bearer token, or the cookie of a session.
fn proof(headers: &HeaderMap) -> Option<(String, By)> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) =
        bearer.and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
    {
        return Some((token.trim().to_owned(), By::Header));
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| (value.to_owned(), By::Cookie))
}

/// What a page of ours shows to prove that it is one: another site can make a browser send the
/// cookie, but cannot read what follows from it.
pub(super) fn csrf_of(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Digest::of(&format!("csrf {token}")).bytes())
}

/// Whether a request comes from our own pages, or from somebody who knows the session.
fn same_site(headers: &HeaderMap, token: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shown = text("x-csrf-token").and_then(|shown| URL_SAFE_NO_PAD.decode(shown).ok());
    if shown.is_some_and(|shown| Digest::of(&format!("csrf {token}")).is(&shown)) {
        return true;
    }
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    // Browsers leave the other header out where there is no TLS.
    let origin = text("origin").and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.zip(text("host")).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
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
