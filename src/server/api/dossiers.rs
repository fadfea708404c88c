//! Dossiers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::tasks::{ActBody, dossier_act, enter};
use super::{json as reply, note_read, seen as event_seen};
use crate::clearance::case::CaseId;
use crate::clearance::case::dossier::Dossier;
use crate::people::{Scope, Subject};
use crate::service::act::Act;
use crate::service::{answers, attachments};

/// A dossier as rights ask for it.
pub(super) fn subject(dossier: &Dossier) -> Subject<'_> {
    Subject::Dossier {
        holder: dossier.holder.as_deref(),
        filer: &dossier.filer,
        agency: dossier.agency.as_deref(),
        stuck: false,
    }
}

async fn dossier(app: &App, id: &str) -> Result<Dossier, Problem> {
    let case: CaseId = id.parse().map_err(|_| Problem::not_found("dossier"))?;
    let mut viewed = app.service.view().await?;
    viewed.dossier(case).await?.cloned().ok_or_else(|| Problem::not_found("dossier"))
}

/// The dossier of an id that the asker may see, and how much of it.
pub(super) async fn seen(app: &App, asker: &Asker, id: &str) -> Result<(Dossier, Scope), Problem> {
    let found = dossier(app, id).await?;
    let scope = asker.0.may_see(&subject(&found)).map_err(|_| Problem::not_found("dossier"))?;
    Ok((found, scope))
}

/// The dossier as it is shown to the asker.
async fn shown(
    app: &App,
    asker: &Asker,
    dossier: &Dossier,
    (scope, disputed): (Scope, Option<Value>),
) -> Result<Response, Problem> {
    let edition = app.shared().law.at(app.shared().clock.now());
    let by = asker.author();
    let mut value = answers::dossier::dossier(dossier, &edition, by.role);
    let mut reader = app.shared().database.read().await?;
    let attached = attachments::seen(&mut reader.link(), dossier.id, scope, &by).await?;
    value["attachments"] = attached.iter().map(attachments::shown).collect();
    if let Some(disputed) = disputed {
        value["disputed"] = disputed;
    }
    Ok(reply(StatusCode::OK, &value))
}

/// A dossier: its states, its clocks, what it gave, what may be done next.
#[utoipa::path(
    get,
    path = "/v1/dossiers/{id}",
    tag = "dossiers",
    params(("id" = String, Path, description = "The dossier's id")),
    responses((status = 200, description = "The dossier"), (status = 404, body = Problem), (status = 401, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (dossier, scope) = seen(&app, &asker, &id).await?;
    note_read(&app, &asker, dossier.id, "dossier");
    shown(&app, &asker, &dossier, (scope, None)).await
}

/// Act on a dossier, as on its task.
#[utoipa::path(
    post,
    path = "/v1/dossiers/{id}/{act}",
    tag = "dossiers",
    params(("id" = String, Path, description = "The dossier's id"), ("act" = String, Path, description = "What is to be done")),
    request_body = ActBody,
    responses(
        (status = 200, description = "The dossier as it is now"),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "Not now, or somebody else was faster", body = Problem),
    )
)]
pub(in crate::server) async fn act(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path((id, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Option<Json<ActBody>>,
) -> Result<Response, Problem> {
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let (found, scope) = seen(&app, &asker, &id).await?;
    let event = event_seen(body.seen, &headers);
    let (act, right) = dossier_act(&name, body)?;
    asker.0.may_do(right, &subject(&found))?;
    let (case, by) = (found.id, asker.author());
    let linked = found.link.as_ref().map(|(declaration, task, _)| (*declaration, task.clone()));
    let about = linked.unwrap_or((case, String::new()));
    let act = Act::Dossier { case, act: Box::new(act), seen: event };
    let disputed = enter(&app, act, about, by).await?;
    let now = dossier(&app, &id).await?;
    shown(&app, &asker, &now, (scope, disputed)).await
}
