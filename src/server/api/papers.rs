//! What was done on paper or elsewhere while the service was down, entered afterwards.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::tasks::{ActBody, dossier_act, enter as do_enter};
use super::{declaration_named, response};
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Declaration;
use crate::people::{Action, Subject};
use crate::service::act::Act;
use crate::service::desk::Desk;
use crate::service::once;
use crate::store::cases;
use crate::store::messages::Answer;
use crate::store::project::task_id;

/// What was done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "task": "t1", "act": "issue", "said": { "number": "KD-7", "paper": { "source": "book 3, page 12", "done": "2026-07-20T02:00:00Z" } } }))]
pub(in crate::server) struct EntryBody {
    /// For which task: its id, its name in the decision (`t1`) or its key. It may be done meanwhile.
    task: String,
    /// What: `issue`, `fail`, `result` …, as on a task.
    act: String,
    /// What it says; `paper` states the source and the time at which it was done.
    said: ActBody,
}

/// Enter what an agency did on paper or in another system while this one was down, with its own
/// time. What contradicts nothing counts at once. What is said to have been done later than now or
/// before the dossier was filed, or came out otherwise here, or was decided without, changes
/// nothing: it is kept as disputed, and customs decides (`settle_paper` of the declaration).
#[utoipa::path(
    post,
    path = "/v1/declarations/{id}/papers",
    tag = "declarations",
    params(("id" = String, Path, description = "The case's id, customs' number, or the sender's reference")),
    request_body = EntryBody,
    responses(
        (status = 201, description = "`entered`, or `disputed` with what it contradicts", body = schema::declaration::PaperEntered),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It was entered before, or other tasks come first", body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(in crate::server) async fn enter(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    acting: Acting<EntryBody>,
) -> Result<Response, Problem> {
    let asked = acting.asked(&asker)?;
    if let Some(answer) = before(&app, asked.as_ref()).await? {
        return Ok(response(answer));
    }
    let body = acting.body;
    let (case, concerns, _) = declaration_named(&app, &asker, &id).await?;
    let (act, right) = dossier_act(&body.act, body.said)?;
    if right != Action::EnterAfterwards {
        return Err(Problem::invalid("`said.paper` is missing: on which paper or in which system, and when"));
    }
    let mut reader = app.shared().database.read().await?;
    let link = &mut reader.link();
    let declaration = cases::declaration(link, case).await?.ok_or_else(|| Problem::not_found("declaration"))?;
    let key = key_of(&declaration, case, &body.task).ok_or_else(|| Problem::not_found("task"))?;
    let agency = match (declaration.task(&key), declaration.dossiers.get(&key)) {
        (Some(task), _) => task.agency.clone(),
        (None, Some(dossier)) => cases::dossier(link, *dossier).await?.and_then(|dossier| dossier.agency),
        (None, None) => None,
    };
    drop(reader);
    let subject = Subject::Task { agency: agency.as_deref(), holder: concerns.holder.as_deref() };
    asker.0.may_do(Action::EnterAfterwards, &subject)?;
    let act = Act::Task { case, task: key.clone(), act: Box::new(act), seen: None };
    let by = asker.author();
    let entering = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let disputed = do_enter(desk, &act, (case, &key), &by).await?;
            let entered = json!({
                "entered": disputed.is_none(),
                "disputed": disputed,
                "links": { "declaration": format!("/v1/declarations/{case}") },
            });
            Ok((case, Answer { status: 201, ..answer(&entered) }))
        })
    });
    Ok(response(entering.await?))
}

/// The key of a task, open or not, by whatever names it.
fn key_of(declaration: &Declaration, case: CaseId, name: &str) -> Option<String> {
    let tasks = declaration.decision.iter().flat_map(|decision| &decision.tasks);
    if let Some(task) = tasks.clone().find(|task| task.id == name) {
        return Some(task.key.clone());
    }
    let begun = declaration.dossiers.keys().chain(declaration.settled_steps.keys());
    let mut keys = tasks.map(|task| &task.key).chain(begun);
    keys.find(|key| *key == name || task_id(case, key) == name).cloned()
}
