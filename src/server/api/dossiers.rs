//! Dossiers.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::tasks::{ActBody, dossier_act};
use super::{json as reply, note_read, response, seen};
use crate::clearance::case::CaseId;
use crate::clearance::case::dossier::Dossier;
use crate::people::Subject;
use crate::service::act::Act;
use crate::service::answers;
use crate::service::desk::Desk;
use crate::service::once;

fn subject(dossier: &Dossier) -> Subject<'_> {
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
    let dossier = dossier(&app, &id).await?;
    asker.0.may_see(&subject(&dossier)).map_err(|_| Problem::not_found("dossier"))?;
    note_read(&app, &asker, dossier.id, "dossier");
    let edition = app.shared().law.at(app.shared().clock.now());
    Ok(reply(StatusCode::OK, &answers::dossier::dossier(&dossier, &edition, asker.author().role)))
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
    let found = dossier(&app, &id).await?;
    asker.0.may_see(&subject(&found)).map_err(|_| Problem::not_found("dossier"))?;
    let seen = seen(acting.body.seen, &acting.headers);
    let (act, right) = dossier_act(&name, acting.body)?;
    asker.0.may_do(right, &subject(&found))?;
    let (case, by) = (found.id, asker.author());
    let act = Act::Dossier { case, act: Box::new(act), seen };
    let role = by.role;
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            desk.act(&act, &by).await?;
            let edition = Arc::clone(&desk.edition);
            let now = desk.dossier(case).await?;
            let shown = now.map(|dossier| answers::dossier::dossier(dossier, &edition, role)).unwrap_or_default();
            Ok((case, answer(&shown)))
        })
    });
    Ok(response(answer.await?))
}
