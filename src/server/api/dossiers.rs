//! Dossiers.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::tasks::{ActBody, dossier_act, enter};
use super::{Paging, json as reply, note_read, own, paged, response, seen as event_seen};
use crate::clearance::case::CaseId;
use crate::clearance::case::dossier::{Dossier, Next};
use crate::law::did_you_mean;
use crate::law::life_cycle::Act as Meaning;
use crate::people::{OrganisationKind, Scope, Subject};
use crate::service::act::Act;
use crate::service::desk::{ActError, Desk};
use crate::service::law_book::Edition;
use crate::service::next::{self, Parties};
use crate::service::{answers, attachments, once};
use crate::store::lists::{self, Begun, DossierFilter, DossierRow};

/// A row of a dossier as rights ask for it.
pub(super) fn subject_of(row: &DossierRow) -> Subject<'_> {
    let (holder, agency) = (row.holder.as_deref(), row.agency.as_deref());
    Subject::Dossier { holder, filer: &row.filer, agency, stuck: false }
}

async fn dossier(app: &App, id: &str) -> Result<Dossier, Problem> {
    let case: CaseId = id.parse().map_err(|_| Problem::not_found("dossier"))?;
    let mut viewed = app.service.view().await?;
    viewed.dossier(case).await?.cloned().ok_or_else(|| Problem::not_found("dossier"))
}

/// The dossier of an id that the asker may see, and how much of it.
pub(super) async fn seen(app: &App, asker: &Asker, id: &str) -> Result<(Dossier, Scope), Problem> {
    let found = dossier(app, id).await?;
    let scope = asker.0.may_see(&answers::dossier::subject(&found)).map_err(|_| Problem::not_found("dossier"))?;
    Ok((found, scope))
}

/// The dossier as it is shown to whoever asks.
async fn shown(
    desk: &mut Desk<'_>,
    case: CaseId,
    (scope, disputed): (Scope, Option<Value>),
    asker: &Asker,
) -> Result<Value, ActError> {
    let mut value = desk.dossier_shown(case, &asker.0).await?.unwrap_or_default();
    let attached = attachments::seen(&mut desk.link(), case, scope, &asker.author()).await?;
    value["attachments"] = attached.iter().map(attachments::shown).collect();
    if let Some(disputed) = disputed {
        value["disputed"] = disputed;
    }
    Ok(value)
}

/// Which dossiers.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// Whose last act was this (`apply`, `accept`, `ask` …), or `open`: nothing was done yet.
    state: Option<String>,
    /// Whether anything leads on.
    open: Option<bool>,
    /// Of this agency.
    agency: Option<String>,
    /// Under this procedure.
    procedure: Option<String>,
    /// Of this trader, by tax code.
    holder: Option<String>,
    /// With this reference of the sender's.
    reference: Option<String>,
}

/// A dossier as a list shows it.
fn row(row: &DossierRow, begun: &Begun, edition: &Edition, asker: &Asker) -> Value {
    let key = row.declaration.zip(row.task.clone());
    let begun_before: Vec<&str> =
        key.and_then(|key| begun.get(&key)).into_iter().flatten().map(String::as_str).collect();
    let parties = Parties::both(subject_of(row));
    let may = next::on_dossier(&row.turn, &begun_before, edition, &parties, &asker.0);
    let claimed = row.turn.claimed_by.as_ref();
    json!({
        "id": row.case.to_string(),
        "procedure": row.turn.procedure,
        "reference": row.reference,
        "agency": row.agency,
        "holder": row.holder,
        "filer": row.filer,
        "state": row.state,
        "open": row.is_open,
        "claimed_by": claimed.and_then(|author| author.person.as_ref().or(author.organisation.as_ref())),
        "declaration": row.declaration.map(|case| case.to_string()),
        "opened": row.opened.to_string(),
        "changed": row.changed.to_string(),
        "may": may.iter().map(Next::as_str).collect::<Vec<_>>(),
        "links": {
            "self": format!("/v1/dossiers/{}", row.case),
            "declaration": row.declaration.map(|case| format!("/v1/declarations/{case}")),
        },
    })
}

/// What is asked for is one of the codes that the law has.
fn of_the_law<'c>(
    name: &str,
    asked: Option<&str>,
    known: impl Iterator<Item = &'c str> + Clone,
) -> Result<(), Problem> {
    let Some(asked) = asked.filter(|asked| !known.clone().any(|code| code == *asked)) else { return Ok(()) };
    let right = did_you_mean(asked, known.clone()).unwrap_or_else(|| {
        let all: Vec<&str> = known.collect();
        format!("there are {}", all.join(", "))
    });
    Err(Problem::parameter(&format!("`{name}`"), &format!("`{asked}` is none that the law knows; {right}")))
}

/// Dossiers that the asker may see, the newest first: those that serve a declaration, and those
/// that stand by themselves. An agency is shown those that it handles; a trader or broker, as of
/// declarations, those of the trader, today's mandates and what it has filed itself.
#[utoipa::path(
    get,
    path = "/v1/dossiers",
    tag = "dossiers",
    params(Search, Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::desk::DossierRow>), (status = 401, body = Problem), (status = 403, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let Search { state, open, agency, procedure, holder, reference } = search;
    let words = || Meaning::WORDS.iter().map(|(word, _)| *word).chain(["open"]);
    if let Some(state) = state.as_deref().filter(|state| !words().any(|word| word == *state)) {
        let words: Vec<&str> = words().collect();
        return Err(Problem::parameter("`state`", &format!("`{state}` is none; there are {}", words.join(", "))));
    }
    let edition = app.shared().law.at(app.shared().clock.now());
    let (agencies, procedures) = (&edition.pack.agencies, &edition.pack.procedures);
    of_the_law("agency", agency.as_deref(), agencies.iter().map(|agency| agency.code.as_str()))?;
    of_the_law("procedure", procedure.as_deref(), procedures.iter().map(|procedure| procedure.code.as_str()))?;
    let mut filter = DossierFilter { agency, holder, own: None, reference, is_open: open, state, procedure };
    let principal = &asker.0;
    match principal.kind {
        OrganisationKind::Customs | OrganisationKind::Auditor => {}
        OrganisationKind::Agency => filter.agency = Some(principal.agency.clone().unwrap_or_default()),
        OrganisationKind::Broker | OrganisationKind::Trader => filter.own = Some(own(principal)),
        OrganisationKind::Partner | OrganisationKind::Operator => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "dossiers are not for you to list"));
        }
    }
    let mut reader = app.shared().database.read().await?;
    let page = lists::dossiers(&mut reader.link(), &filter, paging.after.as_deref(), paging.limit()).await?;
    let declarations: Vec<CaseId> = page.rows.iter().filter_map(|row| row.declaration).collect();
    let begun = lists::begun_before(&mut reader.link(), &declarations).await?;
    Ok(paged(&page, |found| row(found, &begun, &edition, &asker)))
}

/// A dossier: its states, its clocks, what it gave, what may be done next.
#[utoipa::path(
    get,
    path = "/v1/dossiers/{id}",
    tag = "dossiers",
    params(("id" = String, Path, description = "The dossier's id")),
    responses((status = 200, description = "The dossier", body = schema::desk::DossierAnswer), (status = 404, body = Problem), (status = 401, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (dossier, scope) = seen(&app, &asker, &id).await?;
    note_read(&app, &asker, dossier.id, "dossier");
    let mut viewed = app.service.view().await?;
    Ok(reply(StatusCode::OK, &shown(&mut viewed, dossier.id, (scope, None), &asker).await?))
}

/// Act on a dossier, as on its task; with an `Idempotency-Key`, once.
#[utoipa::path(
    post,
    path = "/v1/dossiers/{id}/{act}",
    tag = "dossiers",
    params(("id" = String, Path, description = "The dossier's id"), ("act" = String, Path, description = "What is to be done")),
    request_body = ActBody,
    responses(
        (status = 200, description = "The dossier as it is now", body = schema::desk::DossierAnswer),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "Not now, or somebody else was faster", body = Problem),
    )
)]
pub(in crate::server) async fn act(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path((id, name)): Path<(String, String)>,
    acting: Acting<ActBody>,
) -> Result<Response, Problem> {
    let asked = acting.asked(&asker)?;
    if let Some(answer) = before(&app, asked.as_ref()).await? {
        return Ok(response(answer));
    }
    let (found, scope) = seen(&app, &asker, &id).await?;
    let event = event_seen(acting.body.seen, &acting.headers)?;
    let (act, right) = dossier_act(&name, acting.body)?;
    asker.0.may_do(right, &answers::dossier::subject(&found))?;
    let (case, by) = (found.id, asker.author());
    let linked = found.link.as_ref().map(|(declaration, task, _)| (*declaration, task.clone()));
    let (about, task) = linked.unwrap_or((case, String::new()));
    let act = Act::Dossier { case, act: Box::new(act), seen: event };
    let own = asker.clone();
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let disputed = enter(desk, &act, (about, &task), &by).await?;
            Ok((case, answer(&shown(desk, case, (scope, disputed), &own).await?)))
        })
    });
    match answer.await.map_err(Problem::from) {
        Ok(answer) => Ok(response(answer)),
        Err(problem) if problem.is_of_state() => {
            let mut viewed = app.service.view().await?;
            Err(problem.instead(&shown(&mut viewed, case, (scope, None), &asker).await?))
        }
        Err(problem) => Err(problem),
    }
}
