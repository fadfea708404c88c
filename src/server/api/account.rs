//! What people do about their own accounts: the password, the second factor.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::super::app::App;
use super::super::asker::InSession;
use super::super::body::Object;
use super::super::problem::Problem;
use super::super::schema;
use super::json as reply;
use super::session::{CodeBody, not_kept};
use crate::clearance::case::Author;
use crate::people::{Action, Denied, Subject};
use crate::service::accounts::change;
use crate::service::sender::author;
use crate::store::people::{
    PeopleError, SystemRandom, account, begin_enrolment, change_password, confirm_enrolment, confirm_password,
    hash_password, login_of_reset, reset_password,
};

/// The name under which a device lists the second factor.
const ISSUER: &str = "Motcua";

/// A new password, by whoever knows the old one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "current": "the one before", "new": "a wholly new one" }))]
pub(in crate::server) struct PasswordBody {
    /// The password as it is.
    current: String,
    /// As it is to be.
    new: String,
}

/// A new password, by whoever was given a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "KQ7M-…", "new": "a wholly new one" }))]
pub(in crate::server) struct ResetBody {
    /// The code: good once, and for an hour.
    code: String,
    /// The new password.
    new: String,
}

/// Change one's password. All other sessions of the person end.
#[utoipa::path(
    post,
    path = "/v1/account/password",
    tag = "accounts",
    request_body = PasswordBody,
    responses(
        (status = 200, description = "Changed", body = std::collections::BTreeMap<String, bool>),
        (status = 401, description = "The password is wrong; it counts as a wrong sign-in", body = Problem),
        (status = 422, description = "The new one is not good enough", body = Problem),
    )
)]
pub(in crate::server) async fn password(
    State(app): State<Arc<App>>,
    session: InSession,
    Object(body): Object<PasswordBody>,
) -> Result<Response, Problem> {
    session.principal.may_do(Action::ManageAccount, &Subject::Account { person: session.person })?;
    let database = &app.shared().database;
    let now = app.shared().clock.wall();
    let verified = confirm_password(database, session.person, &body.current, now).await?;
    if body.current == body.new {
        return Err(PeopleError::Invalid("the new password is the old one").into());
    }
    let known = account(&mut database.read().await?.link(), session.person).await?;
    let login = known.ok_or(PeopleError::Refused)?.login;
    let new = hash_password(&login, &body.new, &mut SystemRandom).await?;
    let (by, token) = (author(&session.principal), session.token);
    let changing = change(app.service.writer(), by, move |mut link, _| {
        Box::pin(async move {
            let change = change_password(&mut link, &verified, Some(token.reveal()), &new).await?;
            Ok(((), vec![change]))
        })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "changed": true })))
}

/// Set a new password with a code that an operator, or who looks after the organisation, has given
/// out. All sessions of the person end; the second factor stays as it is.
#[utoipa::path(
    post,
    path = "/v1/password-reset",
    tag = "accounts",
    security(()),
    request_body = ResetBody,
    responses(
        (status = 200, description = "Set: sign in with it", body = std::collections::BTreeMap<String, bool>),
        (status = 401, description = "The code is not good, or was used", body = Problem),
        (status = 422, description = "The new password is not good enough; the code is still good", body = Problem),
    )
)]
pub(in crate::server) async fn reset(
    State(app): State<Arc<App>>,
    Object(body): Object<ResetBody>,
) -> Result<Response, Problem> {
    let shared = app.shared();
    let now = shared.clock.wall();
    let mut reader = shared.database.read().await?;
    let login = login_of_reset(&mut reader.link(), &body.code, now).await?.ok_or(PeopleError::Refused)?;
    drop(reader);
    let new = hash_password(&login, &body.new, &mut SystemRandom).await?;
    // Nobody has signed in: the journal has whose password it was.
    let changing = change(app.service.writer(), Author::system(), move |mut link, now| {
        Box::pin(async move { Ok(((), vec![reset_password(&mut link, &body.code, &new, now).await?])) })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "changed": true })))
}

/// A password that was given out is known to whoever gave it: before it is changed nobody else's second
/// factor is to stand beside it.
fn with_own_password(session: &InSession) -> Result<(), Problem> {
    match session.principal.signed_in() {
        Err(denied @ Denied::PasswordChange) => Err(denied.into()),
        _ => Ok(()),
    }
}

/// Draw a second factor: the address that a device reads (as a QR code). It counts once its first
/// code has come back (`/confirm`); until then another may be drawn.
#[utoipa::path(
    post,
    path = "/v1/account/second-factor",
    tag = "accounts",
    responses(
        (status = 200, description = "`otpauth`, shown this once", body = schema::house::Drawn),
        (status = 403, description = "The first password is to be changed before", body = Problem),
        (status = 409, description = "One is set up; an operator can remove it", body = Problem),
    )
)]
pub(in crate::server) async fn enrol(State(app): State<Arc<App>>, session: InSession) -> Result<Response, Problem> {
    let person = session.person;
    session.principal.may_do(Action::ManageAccount, &Subject::Account { person })?;
    with_own_password(&session)?;
    let changing = change(app.service.writer(), author(&session.principal), move |mut link, _| {
        Box::pin(async move {
            let (address, change) = begin_enrolment(&mut link, person, ISSUER, &mut SystemRandom).await?;
            Ok((address, vec![change]))
        })
    });
    let address = changing.await?;
    let mut response = reply(StatusCode::OK, &json!({ "otpauth": address.reveal() }));
    not_kept(&mut response);
    Ok(response)
}

/// Set the second factor up by the first code of the device. The session becomes a whole one, all
/// others of the person end.
#[utoipa::path(
    post,
    path = "/v1/account/second-factor/confirm",
    tag = "accounts",
    request_body = CodeBody,
    responses((status = 200, description = "Set up", body = std::collections::BTreeMap<String, bool>), (status = 401, description = "The code is not good", body = Problem))
)]
pub(in crate::server) async fn confirm(
    State(app): State<Arc<App>>,
    session: InSession,
    Object(body): Object<CodeBody>,
) -> Result<Response, Problem> {
    session.principal.may_do(Action::ManageAccount, &Subject::Account { person: session.person })?;
    with_own_password(&session)?;
    let token = session.token;
    let changing = change(app.service.writer(), author(&session.principal), move |mut link, now| {
        Box::pin(async move {
            let change = confirm_enrolment(&mut link, token.reveal(), &body.code, now).await?;
            Ok(((), vec![change]))
        })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "set_up": true })))
}
