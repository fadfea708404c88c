//! Dossiers.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::tasks::{ActBody, dossier_act, enter};
use super::{json as reply, note_read, response, seen as event_seen};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::{Author, CaseId};
use crate::people::{Scope, Subject};
use crate::service::act::Act;
use crate::service::desk::{ActError, Desk};
use crate::service::{answers, attachments, once};

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

/// The dossier as it is shown to whoever asks.
async fn shown(
    desk: &mut Desk<'_>,
    case: CaseId,
    (scope, disputed): (Scope, Option<Value>),
    by: &Author,
) -> Result<Value, ActError> {
    let edition = Arc::clone(&desk.edition);
    let dossier = desk.dossier(case).await?;
    let mut value = dossier.map(|dossier| answers::dossier::dossier(dossier, &edition, by.role)).unwrap_or_default();
    let attached = attachments::seen(&mut desk.link(), case, scope, by).await?;
    value["attachments"] = attached.iter().map(attachments::shown).collect();
    if let Some(disputed) = disputed {
        value["disputed"] = disputed;
    }
    Ok(value)
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
    let mut viewed = app.service.view().await?;
    Ok(reply(StatusCode::OK, &shown(&mut viewed, dossier.id, (scope, None), &asker.author()).await?))
}

/// Act on a dossier, as on its task; with an `Idempotency-Key`, once.
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
    acting: Acting<ActBody>,
) -> Result<Response, Problem> {
    let asked = acting.asked(&asker)?;
    if let Some(answer) = before(&app, asked.as_ref()).await? {
        return Ok(response(answer));
    }
    let (found, scope) = seen(&app, &asker, &id).await?;
    let event = event_seen(acting.body.seen, &acting.headers);
    let (act, right) = dossier_act(&name, acting.body)?;
    asker.0.may_do(right, &subject(&found))?;
    let (case, by) = (found.id, asker.author());
    let linked = found.link.as_ref().map(|(declaration, task, _)| (*declaration, task.clone()));
    let (about, task) = linked.unwrap_or((case, String::new()));
    let act = Act::Dossier { case, act: Box::new(act), seen: event };
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let disputed = enter(desk, &act, (about, &task), &by).await?;
            Ok((case, answer(&shown(desk, case, (scope, disputed), &by).await?)))
        })
    });
    Ok(response(answer.await?))
}
