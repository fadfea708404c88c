//! Organisations, and for whom brokers may act.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::super::app::App;
use super::super::asker::Asker;
use super::super::body::Object;
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, json as reply};
use crate::people::{Action, OrganisationId, OrganisationKind, Subject};
use crate::service::accounts::{Changing, change};
use crate::service::entered;
use crate::service::law_book::Edition;
use crate::store::Link;
use crate::store::people::{
    Mandate, Organisation, OrganisationEdit, PeopleError, change_organisation, create_organisation, end_mandate,
    give_mandate, mandates_of, organisation, organisations,
};
use crate::trade::CountryCode;

/// The id of an organisation in a path; one that cannot be is one that is not there.
fn named(id: &str) -> Result<OrganisationId, Problem> {
    OrganisationId::parse(id).map_err(|_| Problem::not_found("organisation"))
}

/// The organisation of a path, where the asker may do this with it; who may not is not told of it.
pub(super) fn allowed(asker: &Asker, action: Action, id: &str) -> Result<OrganisationId, Problem> {
    let id = named(id)?;
    match asker.0.may_do(action, &Subject::Organisation { id: id.as_str() }) {
        Ok(()) => Ok(id),
        Err(denied) if denied.hides() => Err(Problem::not_found("organisation")),
        Err(denied) => Err(denied.into()),
    }
}

/// Has something about organisations, their people or their keys changed in the asker's name. Whom
/// proofs are of is asked again from then on.
pub(super) async fn alter<T, F>(app: &App, asker: &Asker, job: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: for<'a> FnOnce(Link<'a>, Timestamp) -> Changing<'a, T> + Send + 'static,
{
    let done = change(app.service.writer(), asker.author(), job).await?;
    app.forget_known();
    Ok(done)
}

fn shown(one: &Organisation) -> Value {
    json!({
        "id": one.id.as_str(),
        "kind": one.kind.as_str(),
        "name": one.edit.name,
        "identity": one.edit.identity,
        "agency": one.edit.agency,
        "country": one.edit.country.as_ref().map(CountryCode::as_str),
        "per_second": one.edit.per_second,
        "active": one.edit.active,
        "created": one.created_at.to_string(),
        "links": {
            "self": format!("/v1/organisations/{}", one.id),
            "people": format!("/v1/organisations/{}/people", one.id),
            "keys": format!("/v1/organisations/{}/keys", one.id),
        },
    })
}

/// What may be changed of an organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganisationBody, example = json!({ "name": "Cục Chăn nuôi và Thú y", "agency": "MIN-VET", "active": true }))]
pub(in crate::server) struct EditBody {
    /// Its name.
    name: String,
    /// The tax code of a trader or broker.
    identity: Option<String>,
    /// The code of an agency, as the law names it.
    agency: Option<String>,
    /// The country of a partner.
    country: Option<String>,
    /// Messages that it may send a second; none: what everybody may.
    per_second: Option<u32>,
    /// Its people and systems may sign in; if nothing is said they may.
    active: Option<bool>,
}

impl EditBody {
    fn read(self) -> Result<OrganisationEdit, Problem> {
        let country = self.country.as_deref().map(CountryCode::parse).transpose();
        let country = country.map_err(|error| Problem::invalid(format!("`country`: {error}")))?;
        let active = self.active.unwrap_or(true);
        let Self { name, identity, agency, per_second, .. } = self;
        Ok(OrganisationEdit { name, identity, agency, country, per_second, active })
    }
}

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrganisationBody, example = json!({ "id": "vet", "kind": "agency", "name": "Cục Chăn nuôi và Thú y", "agency": "MIN-VET" }))]
pub(in crate::server) struct NewBody {
    /// Its id: small letters, digits, hyphens. It is never changed.
    id: String,
    /// `trader`, `broker`, `agency`, `customs`, `partner`, `operator` or `auditor`. It is never changed.
    kind: String,
    /// Its name.
    name: String,
    /// The tax code of a trader or broker.
    identity: Option<String>,
    /// The code of an agency, as the law names it.
    agency: Option<String>,
    /// The country of a partner.
    country: Option<String>,
    /// Messages that it may send a second; none: what everybody may.
    per_second: Option<u32>,
}

/// Organisations, by their ids. For operators and auditors.
#[utoipa::path(
    get,
    path = "/v1/organisations",
    tag = "organisations",
    params(Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::house::Organisation>), (status = 403, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::ReadOperations, &Subject::Installation)?;
    let after = paging.after.as_deref().map(OrganisationId::parse).transpose();
    let after = after.map_err(|_| Problem::parameter("`after`", "it is the `next` of the page before"))?;
    let limit = paging.limit();
    let mut reader = app.shared().database.read().await?;
    let mut page = organisations(&mut reader.link(), after.as_ref(), limit + 1).await?;
    let more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let next = page.last().filter(|_| more).map(|last| last.id.to_string());
    let rows: Vec<Value> = page.iter().map(shown).collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows, "next": next })))
}

/// Enter an organisation. For operators.
#[utoipa::path(
    post,
    path = "/v1/organisations",
    tag = "organisations",
    request_body = NewBody,
    responses(
        (status = 201, description = "The organisation", body = schema::house::Organisation),
        (status = 409, description = "The id or the tax code is another's", body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(in crate::server) async fn create(
    State(app): State<Arc<App>>,
    asker: Asker,
    Object(body): Object<NewBody>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::Administer, &Subject::Installation)?;
    let id = OrganisationId::parse(&body.id).map_err(|error| Problem::invalid(format!("`id`: {error}")))?;
    let kind = OrganisationKind::parse(&body.kind).ok_or_else(|| {
        let words: Vec<&str> = OrganisationKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Problem::invalid(format!("`kind` is one of {}", words.join(", ")))
    })?;
    let NewBody { name, identity, agency, country, per_second, .. } = body;
    let edit = EditBody { name, identity, agency, country, per_second, active: None }.read()?;
    entered::organisation(&edition(&app), kind, &edit).map_err(Problem::invalid)?;
    let changing = alter(&app, &asker, move |mut link, now| {
        Box::pin(async move {
            let made = create_organisation(&mut link, &id, kind, &edit, now).await?;
            Ok((organisation(&mut link, &id).await?, vec![made]))
        })
    });
    let made = changing.await?.ok_or_else(|| Problem::not_found("organisation"))?;
    Ok(reply(StatusCode::CREATED, &shown(&made)))
}

/// An organisation. For operators and auditors, and for who looks after it.
#[utoipa::path(
    get,
    path = "/v1/organisations/{id}",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id")),
    responses((status = 200, description = "The organisation", body = schema::house::Organisation), (status = 404, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = allowed(&asker, Action::ReadOrganisation, &id)?;
    let mut reader = app.shared().database.read().await?;
    let found = organisation(&mut reader.link(), &id).await?.ok_or_else(|| Problem::not_found("organisation"))?;
    Ok(reply(StatusCode::OK, &shown(&found)))
}

/// Change an organisation: all of it is stated. One that is not active is refused from now on. For
/// operators.
#[utoipa::path(
    put,
    path = "/v1/organisations/{id}",
    tag = "organisations",
    params(("id" = String, Path, description = "The organisation's id")),
    request_body = EditBody,
    responses((status = 200, description = "The organisation", body = schema::house::Organisation), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn set(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Object(body): Object<EditBody>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::Administer, &Subject::Installation)?;
    let id = named(&id)?;
    let edit = body.read()?;
    if !edit.active && id == asker.0.organisation {
        return Err(PeopleError::Invalid("nobody closes the own organisation").into());
    }
    let edition = edition(&app);
    let mut reader = app.shared().database.read().await?;
    let known = organisation(&mut reader.link(), &id).await?.ok_or_else(|| Problem::not_found("organisation"))?;
    drop(reader);
    entered::organisation(&edition, known.kind, &edit).map_err(Problem::invalid)?;
    let changing = alter(&app, &asker, move |mut link, _| {
        Box::pin(async move {
            let changed = change_organisation(&mut link, &id, &edit).await?;
            Ok((organisation(&mut link, &id).await?, vec![changed]))
        })
    });
    let changed = changing.await?.ok_or_else(|| Problem::not_found("organisation"))?;
    Ok(reply(StatusCode::OK, &shown(&changed)))
}

/// For whom a broker may act. For operators and auditors, and for who looks after the broker.
#[utoipa::path(
    get,
    path = "/v1/organisations/{id}/mandates",
    tag = "organisations",
    params(("id" = String, Path, description = "The broker's id")),
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::house::MandateAnswer>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn mandates(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = allowed(&asker, Action::ReadOrganisation, &id)?;
    let mut reader = app.shared().database.read().await?;
    let rows: Vec<Value> = mandates_of(&mut reader.link(), &id)
        .await?
        .iter()
        .map(|one| json!({ "trader": one.trader, "from": one.valid_from, "to": one.valid_to }))
        .collect();
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}

/// The days of a mandate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "from": "2026-01-01", "to": "2026-12-31" }))]
pub(in crate::server) struct MandateBody {
    /// The first day; today if nothing is said.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// The last day; none: until it is ended.
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

/// Let a broker act for a trader, or change the days on which it may. For operators.
#[utoipa::path(
    put,
    path = "/v1/organisations/{id}/mandates/{trader}",
    tag = "organisations",
    params(("id" = String, Path, description = "The broker's id"), ("trader" = String, Path, description = "The trader's tax code; `*`: everybody")),
    request_body = MandateBody,
    responses((status = 200, description = "Given", body = schema::house::MandateAnswer), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(in crate::server) async fn give(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path((id, trader)): Path<(String, String)>,
    Object(body): Object<MandateBody>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::Administer, &Subject::Installation)?;
    let id = named(&id)?;
    entered::mandate(&trader).map_err(Problem::invalid)?;
    let mandate = Mandate { trader, valid_from: body.from.unwrap_or_else(|| today(&app)), valid_to: body.to };
    let shown = json!({ "trader": mandate.trader, "from": mandate.valid_from, "to": mandate.valid_to });
    let changing = alter(&app, &asker, move |mut link, _| {
        Box::pin(async move { Ok(((), vec![give_mandate(&mut link, &id, &mandate).await?])) })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &shown))
}

/// The last day of a mandate.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Ending {
    /// The last day on which it is good; yesterday if nothing is said, so that it ends at once.
    last: Option<String>,
}

/// End a mandate. For operators.
#[utoipa::path(
    delete,
    path = "/v1/organisations/{id}/mandates/{trader}",
    tag = "organisations",
    params(("id" = String, Path, description = "The broker's id"), ("trader" = String, Path, description = "The trader's tax code; `*`: everybody"), Ending),
    responses((status = 200, description = "Ended", body = schema::house::MandateEnded), (status = 404, body = Problem))
)]
pub(in crate::server) async fn take(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path((id, trader)): Path<(String, String)>,
    Query(ending): Query<Ending>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::Administer, &Subject::Installation)?;
    let id = named(&id)?;
    let last = match ending.last.as_deref().map(str::parse::<Date>).transpose() {
        Ok(Some(last)) => last,
        Ok(None) => today(&app).yesterday().unwrap_or(Date::MIN),
        Err(_) => return Err(Problem::parameter("`last`", "it is a day such as 2026-07-01")),
    };
    let changing = alter(&app, &asker, move |mut link, _| {
        Box::pin(async move { Ok(((), vec![end_mandate(&mut link, &id, &trader, last).await?])) })
    });
    changing.await?;
    Ok(reply(StatusCode::OK, &json!({ "last": last })))
}

/// The law that decides now.
fn edition(app: &App) -> Arc<Edition> {
    app.shared().law.at(app.shared().clock.wall())
}

fn today(app: &App) -> Date {
    let shared = app.shared();
    let now = shared.clock.wall();
    shared.law.at(now).day_of(now)
}
