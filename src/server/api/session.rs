//! Signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::app::App;
use super::super::asker::{COOKIE, InSession, Known, csrf_of};
use super::super::body::Object;
use super::super::problem::Problem;
use super::super::schema;
use super::json as reply;
use crate::people::{Denied, Principal, Purpose, SignIn};
use crate::store::StoreError;
use crate::store::people::{PeopleError, SystemRandom, pass_second_factor, sign_in_with, sign_out};

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "login": "an.nguyen", "password": "a wholly new one", "code": "492039" }))]
pub(in crate::server) struct SignInBody {
    /// The login.
    login: String,
    /// The password.
    password: String,
    /// The six digits of the second factor, where it is set up. They can be given afterwards too.
    code: Option<String>,
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "492039" }))]
pub(in crate::server) struct CodeBody {
    /// Its six digits.
    pub(super) code: String,
}

/// Sign in. The session is in a cookie (`HttpOnly`, `SameSite=Strict`) and in `token`, which is
/// presented as `Authorization: Bearer`. `wants` says what is to be done first: `second_factor`
/// (`POST /v1/session/code`), `password_change` (`POST /v1/account/password`), `enrolment`
/// (`POST /v1/account/second-factor`). A refusal does not tell what was wrong.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "accounts",
    security(()),
    request_body = SignInBody,
    responses(
        (status = 200, description = "Signed in: `token`, `csrf`, `wants`", body = schema::house::SessionAnswer),
        (status = 401, description = "Login, password or code are wrong, or were so too often", body = Problem),
    )
)]
pub(in crate::server) async fn sign_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Object(body): Object<SignInBody>,
) -> Result<Response, Problem> {
    let shared = app.shared();
    let now = shared.clock.wall();
    let who = (body.login.as_str(), body.password.as_str());
    let signed_in = sign_in_with(&shared.database, who, body.code.as_deref(), &mut SystemRandom, now).await?;
    let token = signed_in.token.reveal();
    let today = shared.law.at(now).day_of(now);
    let mut reader = shared.database.read().await?;
    let found = crate::store::people::authenticate_session(&mut reader.link(), token, now, today).await?;
    drop(reader);
    // Whoever was closed in this very moment is refused like anybody else.
    let principal = found.ok_or(PeopleError::Refused)?.principal;
    let mut shown = who_is(&principal, Some(token));
    shown["token"] = token.into();
    let mut response = reply(StatusCode::OK, &shown);
    let lasts = signed_in.purpose.lasts().as_secs();
    set_cookie(&mut response, &app, &headers, token, lasts);
    Ok(response)
}

/// Who asks: the organisation, the person, and what is still wanted of the sign-in.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "accounts",
    responses((status = 200, description = "Who asks", body = schema::house::SessionAnswer), (status = 401, body = Problem))
)]
pub(in crate::server) async fn get(known: Known) -> Response {
    let token = matches!(known.principal.sign_in, SignIn::Session(_)).then(|| known.proof.reveal());
    let mut response = reply(StatusCode::OK, &who_is(&known.principal, token));
    not_kept(&mut response);
    response
}

/// Show the second factor in a session that was opened without it.
#[utoipa::path(
    post,
    path = "/v1/session/code",
    tag = "accounts",
    request_body = CodeBody,
    responses((status = 200, description = "The session is a whole one", body = std::collections::BTreeMap<String, bool>), (status = 401, body = Problem))
)]
pub(in crate::server) async fn code(
    State(app): State<Arc<App>>,
    session: InSession,
    Object(body): Object<CodeBody>,
) -> Result<Response, Problem> {
    let shared = app.shared();
    pass_second_factor(&shared.database, session.token.reveal(), &body.code, shared.clock.wall()).await?;
    Ok(reply(StatusCode::OK, &json!({ "signed_in": true })))
}

/// Sign out: the session ends here and now.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "accounts",
    responses((status = 200, description = "Signed out", body = std::collections::BTreeMap<String, bool>), (status = 401, body = Problem))
)]
pub(in crate::server) async fn end(
    State(app): State<Arc<App>>,
    session: InSession,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = session.token;
    let ended = app.service.writer().run(move |desk| {
        Box::pin(async move {
            let ended = sign_out(&mut desk.link(), token.reveal()).await;
            ended.map_err(|error| StoreError::Unavailable(error.to_string()).into())
        })
    });
    ended.await?;
    let mut response = reply(StatusCode::OK, &json!({ "signed_out": true }));
    set_cookie(&mut response, &app, &headers, "", 0);
    Ok(response)
}

/// Who asks, as answers show it.
fn who_is(principal: &Principal, token: Option<&str>) -> Value {
    let wants = match principal.signed_in() {
        Err(Denied::SecondFactor) => Some("second_factor"),
        Err(Denied::PasswordChange) => Some("password_change"),
        Err(Denied::Enrolment) => Some("enrolment"),
        Ok(()) | Err(_) => None,
    };
    json!({
        "organisation": { "id": principal.organisation.as_str(), "kind": principal.kind.as_str() },
        "person": principal.person.as_ref().map(|person| json!({
            "id": person.id.to_string(),
            "login": person.login.as_str(),
            "admin": person.admin,
        })),
        "wants": wants,
        "csrf": token.map(csrf_of),
        "session_lasts": Purpose::Session.lasts().as_secs(),
    })
}

/// Puts the session into the browser's cookie, or takes it out with `lasts` 0.
fn set_cookie(response: &mut Response, app: &App, headers: &HeaderMap, token: &str, lasts: i64) {
    // A proxy in front says how it was asked; who lies about it only gets a stricter cookie.
    let by_tls = app.by_tls || headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if by_tls { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    not_kept(response);
}

/// What is in an answer is for nobody's cache.
pub(super) fn not_kept(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
