//! The people of organisations: for operators, and for who looks after the organisation.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::body::Object;
use super::super::problem::Problem;
use super::super::schema;
use super::json as reply;
use super::organisations::{allowed, alter};
use super::session::not_kept;
use crate::people::{Action, Login, PersonId, Purpose, Subject, initial_password};
use crate::store::people::{
    Account, AccountEdit, NewAccount, PeopleError, SystemRandom, account, accounts_of, change_account, create_account,
    forget_second_factor, hash_password, issue_reset, unlock,
};

fn shown(one: &Account) -> Value {
    json!({
        "id": one.id.to_string(),
        "login": one.login.as_str(),
        "organisation": one.organisation.as_str(),
        "name": one.edit.name,
        "admin": one.edit.admin,
        "active": one.edit.active,
        "must_change": one.must_change,
        "second_factor": one.enrolled,
        "locked_until": one.locked_until.map(|until| until.to_string()),
        "created": one.created_at.to_string(),
        "links": { "self": format!("/v1/people/{}", one.id) },
    })
}

/// The account of a path, where the asker may do this with its organisation.
async fn found(app: &App, asker: &Asker, action: Action, id: &str) -> Result<Account, Problem> {
    let unknown = || Problem::not_found("person");
    let id = PersonId::parse(id).map_err(|_| unknown())?;
    let mut reader = app.shared().database.read().await?;
    let found = account(&mut reader.link(), id).await?.ok_or_else(unknown)?;
    let denied = asker.0.may_do(action, &Subject::Organisation { id: found.organisation.as_str() });
    match denied {
        Err(denied) if denied.hides() => Err(unknown()),
        Err(denied) => Err(denied.into()),
        Ok(()) => Ok(found),
    }
}

/// The people of an organisation, by their logins.
#[utoipa::path(
    get,
    path = "/v1/organisations/{id}/people",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id")),
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::house::PersonAnswer>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = allowed(&asker, Action::ReadOrganisation, &id)?;
    let mut reader = app.shared().database.read().await?;
    let rows: Vec<Value> = accounts_of(&mut reader.link(), &id).await?.iter().map(shown).collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPersonBody, example = json!({ "login": "an.nguyen", "name": "An Nguyen", "admin": false }))]
pub(in crate::server) struct NewBody {
    /// What the person will sign in with.
    login: String,
    /// The person's name.
    name: String,
    /// It looks after the people and keys of its organisation.
    #[serde(default)]
    admin: bool,
}

/// Make an account. Its first password is shown this once, and is to be changed at the first sign-in.
#[utoipa::path(
    post,
    path = "/v1/organisations/{id}/people",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id")),
    request_body = NewBody,
    responses(
        (status = 201, description = "The account, with `password`", body = schema::house::PersonAnswer),
        (status = 409, description = "Another login is to be chosen", body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem),
    )
)]
pub(in crate::server) async fn create(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Object(body): Object<NewBody>,
) -> Result<Response, Problem> {
    let organisation = allowed(&asker, Action::ManageOrganisation, &id)?;
    let login = Login::parse(&body.login).map_err(|error| Problem::invalid(format!("`login`: {error}")))?;
    let random = &mut SystemRandom;
    let first = initial_password(random).map_err(PeopleError::from)?;
    let password = hash_password(&login, first.reveal(), random).await?;
    let new = NewAccount { organisation, login, name: body.name, admin: body.admin, password, must_change: true };
    let changing = alter(&app, &asker, move |mut link, now| {
        Box::pin(async move {
            let (id, made) = create_account(&mut link, &new, &mut SystemRandom, now).await?;
            Ok((account(&mut link, id).await?, vec![made]))
        })
    });
    let made = changing.await?.ok_or_else(|| Problem::not_found("person"))?;
    let mut shown = shown(&made);
    shown["password"] = first.reveal().into();
    let mut response = reply(StatusCode::CREATED, &shown);
    not_kept(&mut response);
    Ok(response)
}

/// A person's account.
#[utoipa::path(
    get,
    path = "/v1/people/{id}",
    tag = "organisations",
    params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "The account", body = schema::house::PersonAnswer), (status = 404, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = found(&app, &asker, Action::ReadOrganisation, &id).await?;
    Ok(reply(StatusCode::OK, &shown(&found)))
}

/// What may be changed of an account; what is not stated stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonBody, example = json!({ "active": false }))]
pub(in crate::server) struct EditBody {
    /// The person's name.
    name: Option<String>,
    /// It looks after the people and keys of its organisation.
    admin: Option<bool>,
    /// It may sign in. Where it may not any more its sessions end at once.
    active: Option<bool>,
}

/// Change an account. Nobody closes the own account, or stops looking after the organisation by
/// himself: somebody has to be left who does.
#[utoipa::path(
    patch,
    path = "/v1/people/{id}",
    tag = "organisations",
    params(("id" = String, Path, description = "The person's id")),
    request_body = EditBody,
    responses((status = 200, description = "The account", body = schema::house::PersonAnswer), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn set(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Object(body): Object<EditBody>,
) -> Result<Response, Problem> {
    let person = found(&app, &asker, Action::ManageOrganisation, &id).await?.id;
    let itself = asker.0.person.as_ref().is_some_and(|asker| asker.id == person);
    if itself && (body.active == Some(false) || body.admin == Some(false)) {
        return Err(PeopleError::Invalid("nobody takes this away from himself").into());
    }
    let changing = alter(&app, &asker, move |mut link, _| {
        Box::pin(async move {
            let known = account(&mut link, person).await?.ok_or(PeopleError::Refused)?.edit;
            let edit = AccountEdit {
                name: body.name.unwrap_or(known.name),
                admin: body.admin.unwrap_or(known.admin),
                active: body.active.unwrap_or(known.active),
            };
            let changed = change_account(&mut link, person, &edit).await?;
            Ok((account(&mut link, person).await?, vec![changed]))
        })
    });
    let changed = changing.await?.ok_or_else(|| Problem::not_found("person"))?;
    Ok(reply(StatusCode::OK, &shown(&changed)))
}

/// Give out a code with which the person sets a new password (`POST /v1/password-reset`): once,
/// within an hour. Codes given out before are no longer good.
#[utoipa::path(
    post,
    path = "/v1/people/{id}/reset",
    tag = "organisations",
    params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "`code`, shown this once, and until when it is good", body = schema::house::ResetCode), (status = 404, body = Problem))
)]
pub(in crate::server) async fn reset(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let person = found(&app, &asker, Action::ManageOrganisation, &id).await?.id;
    let changing = alter(&app, &asker, move |mut link, now| {
        Box::pin(async move {
            let (code, issued) = issue_reset(&mut link, person, &mut SystemRandom, now).await?;
            Ok(((code, now), vec![issued]))
        })
    });
    let (code, now) = changing.await?;
    let until = now.checked_add(Purpose::PasswordReset.lasts()).unwrap_or(now);
    let mut response = reply(StatusCode::OK, &json!({ "code": code.reveal(), "until": until.to_string() }));
    not_kept(&mut response);
    Ok(response)
}

/// Let somebody sign in again who was kept out after wrong guesses.
#[utoipa::path(
    post,
    path = "/v1/people/{id}/unlock",
    tag = "organisations",
    params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "Unlocked", body = std::collections::BTreeMap<String, bool>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn unlocked(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let person = found(&app, &asker, Action::ManageOrganisation, &id).await?.id;
    let changing = alter(&app, &asker, move |mut link, _| {
        Box::pin(async move { Ok(((), vec![unlock(&mut link, person).await?])) })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "unlocked": true })))
}

/// Forget the second factor of somebody who lost the device: another is set up at the next sign-in.
/// All sessions of the person end. For operators.
#[utoipa::path(
    delete,
    path = "/v1/people/{id}/second-factor",
    tag = "organisations",
    params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "Forgotten", body = std::collections::BTreeMap<String, bool>), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::server) async fn forget(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::Administer, &Subject::Installation)?;
    let person = found(&app, &asker, Action::ManageOrganisation, &id).await?.id;
    let changing = alter(&app, &asker, move |mut link, _| {
        Box::pin(async move { Ok(((), vec![forget_second_factor(&mut link, person).await?])) })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "forgotten": true })))
}
