//! Declarations.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::super::acting::{Acting, before};
use super::super::app::App;
use super::super::asker::{Asker, Wants};
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, declaration_named, json as reply, note_read, paged, response, seen};
use crate::clearance::case::declaration::{CheckKind, Command, DecidedBy, Status, StepOutcome};
use crate::clearance::case::{Author, CaseId, Role};
use crate::people::{Action, OrganisationKind, Scope, Subject};
use crate::service::act::Act;
use crate::service::desk::Desk;
use crate::service::{answers, attachments, once};
use crate::store::messages::Answer;
use crate::store::{Link, StoreError, cases, lists};
use crate::trade::{Channel, Decision};

/// Which declarations.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// Of this trader, by tax code.
    holder: Option<String>,
    /// In this status: `registered`, `accepted`, `cleared`, `cancelled`, `aborted`.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// With this outcome: `clear`, `release`, `storage`, `hold`, `refuse`.
    #[param(value_type = Option<String>)]
    decision: Option<Decision>,
    /// In this channel: `green`, `yellow`, `red`.
    #[param(value_type = Option<String>)]
    channel: Option<Channel>,
    /// With this number or reference.
    name: Option<String>,
    /// With this number or reference, or of this trader by tax code; `ABC*`: whose number begins so.
    q: Option<String>,
    /// Under the law of this day or a later one.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Under the law of this day or an earlier one.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

impl Search {
    fn filter(self) -> Result<lists::DeclarationFilter, Problem> {
        let q = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        let (any, prefix) = match q.map(|q| (q, q.strip_suffix('*'))) {
            Some((_, Some(""))) => return Err(Problem::parameter("`q`", "`*` comes after what a number begins with")),
            Some((_, Some(prefix))) => (None, Some(prefix.to_owned())),
            Some((q, None)) => (Some(q.to_owned()), None),
            None => (None, None),
        };
        Ok(lists::DeclarationFilter {
            holder: self.holder,
            filer: None,
            status: self.status.map(|status| status.as_str().to_owned()),
            decision: self.decision.map(|decision| decision.as_str().to_owned()),
            channel: self.channel.map(|channel| channel.as_str().to_owned()),
            name: self.name,
            any,
            name_prefix: prefix,
            from: self.from,
            to: self.to,
        })
    }
}

/// Declarations that the asker may see, the newest first.
#[utoipa::path(
    get,
    path = "/v1/declarations",
    tag = "declarations",
    params(Search, Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::declaration::DeclarationRow>), (status = 401, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let principal = &asker.0;
    let mut filter = search.filter()?;
    match principal.kind {
        OrganisationKind::Customs | OrganisationKind::Auditor => {}
        OrganisationKind::Trader if principal.identity.is_some() => filter.holder.clone_from(&principal.identity),
        // A broker lists what it filed, or what a trader has whom it acts for.
        OrganisationKind::Broker if filter.holder.as_deref().is_some_and(|holder| principal.mandates.cover(holder)) => {
        }
        OrganisationKind::Broker | OrganisationKind::Trader => {
            filter.filer = Some(principal.organisation.as_str().to_owned());
        }
        OrganisationKind::Agency => {
            let detail = "an agency has tasks: see `/v1/tasks`, and the declaration of each";
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        }
        OrganisationKind::Partner | OrganisationKind::Operator => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "declarations are not for you to list"));
        }
    }
    let mut reader = app.shared().database.read().await?;
    let page = lists::declarations(&mut reader.link(), &filter, paging.after.as_deref(), paging.limit()).await?;
    Ok(paged(&page, |row| {
        json!({
            "id": row.case.to_string(),
            "declaration": row.name,
            "holder": row.holder,
            "filer": row.filer,
            "direction": row.direction,
            "date": row.day,
            "status": row.status,
            "decision": row.decision,
            "outcome": row.decision,
            "channel": row.channel,
            "due": row.due.map(|at| at.to_string()),
            "opened": row.opened.to_string(),
            "changed": row.changed.to_string(),
            "links": { "self": format!("/v1/declarations/{}", row.case) },
        })
    }))
}

/// A declaration: where it stands, what may be done with each line and why, who holds it, what the
/// asker may do next. By the id of the case, customs' number, or the sender's reference.
#[utoipa::path(
    get,
    path = "/v1/declarations/{id}",
    tag = "declarations",
    params(("id" = String, Path, description = "The case's id, customs' number, or the sender's reference")),
    responses(
        (status = 200, description = "The declaration", body = schema::declaration::DeclarationAnswer),
        (status = 404, body = Problem), (status = 401, body = Problem),
        (status = 409, description = "The name is that of several: `candidates`", body = Problem),
    )
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    wants: Wants,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (case, _, scope) = declaration_named(&app, &asker, &id).await?;
    note_read(&app, &asker, case, "declaration");
    let role = asker.author().role;
    if scope == Scope::Steps {
        return steps(&app, case).await;
    }
    let mut viewed = app.service.view().await?;
    let answer = viewed.answer(case, role, wants.lang, 200).await?;
    let answer = with_attachments(answer, &mut viewed.link(), case, (scope, &asker.author())).await?;
    let head = viewed.declaration(case).await?.map_or(0, |declaration| declaration.head);
    let mut response = response(answer);
    if let Ok(tag) = format!("\"{head}\"").parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// An answer with the attachments that the asker may see.
async fn with_attachments(
    answer: Answer,
    link: &mut Link<'_>,
    case: CaseId,
    (scope, by): (Scope, &Author),
) -> Result<Answer, StoreError> {
    let attached = attachments::seen(link, case, scope, by).await?;
    let attached: Vec<Value> = attached.iter().map(attachments::shown).collect();
    let body = answers::and(answer.body, "attachments", &attached.into());
    Ok(Answer { body, ..answer })
}

/// Only the steps and what keeps the stuck ones: what an operator needs.
async fn steps(app: &App, case: crate::clearance::case::CaseId) -> Result<Response, Problem> {
    let mut reader = app.shared().database.read().await?;
    let Some(state) = cases::declaration(&mut reader.link(), case).await? else {
        return Err(Problem::not_found("declaration"));
    };
    let tasks = state.decision.iter().flat_map(|decision| &decision.tasks);
    let tasks: Vec<Value> = tasks
        .map(|task| json!({ "key": task.key, "agency": task.agency, "stuck": state.stuck.get(&task.key), "due": task.due.map(|due| due.to_string()) }))
        .collect();
    let may = answers::words(&crate::clearance::case::declaration::may(&state, Role::Operator));
    Ok(reply(
        StatusCode::OK,
        &json!({ "id": case.to_string(), "status": state.status.as_str(), "tasks": tasks, "may": may }),
    ))
}

/// What happened to a declaration and its dossiers, in the order of time: when, who, what.
#[utoipa::path(
    get,
    path = "/v1/declarations/{id}/timeline",
    tag = "declarations",
    params(("id" = String, Path, description = "As above"), Paging),
    responses((status = 200, description = "A page: `rows`, each an event, and `next`", body = schema::Page<schema::declaration::TimelineRow>), (status = 404, body = Problem))
)]
pub(in crate::server) async fn timeline(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let (case, _, scope) = declaration_named(&app, &asker, &id).await?;
    note_read(&app, &asker, case, "timeline");
    let mut reader = app.shared().database.read().await?;
    let link = &mut reader.link();
    let mut of = vec![case];
    for dossier in cases::dossiers_of(link, case).await? {
        // An agency sees what was said in its own tasks.
        let agency = || asker.0.agency.as_deref();
        if scope == Scope::Whole
            || cases::dossier(link, dossier).await?.is_some_and(|dossier| dossier.agency.as_deref() == agency())
        {
            of.push(dossier);
        }
    }
    let page = lists::timeline(link, &of, paging.after.as_deref(), paging.limit()).await?;
    Ok(paged(&page, |row| {
        let entry = &row.entry;
        let event = serde_json::to_value(&entry.event).unwrap_or_default();
        let data = &event["data"];
        // What was done on paper has its own time, and is told from what was done here.
        let on_paper = !data["paper"].is_null() || entry.event.kind().starts_with("declaration.paper_");
        json!({
            "seq": row.seq,
            "at": entry.at.to_string(),
            "case": entry.case.to_string(),
            "number": entry.number,
            "by": entry.by,
            "event": event["event"],
            "done": data["done"],
            "on_paper": on_paper,
            "data": if scope == Scope::Whole { event["data"].clone() } else { Value::Null },
        })
    }))
}

/// How the graph is drawn.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Drawing {
    /// `json` or `svg`.
    format: Option<String>,
}

/// The tasks of a declaration as a graph: which waits for which, by when, what is critical.
#[utoipa::path(
    get,
    path = "/v1/declarations/{id}/graph",
    tag = "declarations",
    params(("id" = String, Path, description = "As above"), Drawing),
    responses((status = 200, description = "Nodes and edges, or a drawing", body = schema::declaration::Graph), (status = 404, body = Problem))
)]
pub(in crate::server) async fn graph(
    State(app): State<Arc<App>>,
    asker: Asker,
    wants: Wants,
    Path(id): Path<String>,
    Query(drawing): Query<Drawing>,
) -> Result<Response, Problem> {
    let (case, ..) = declaration_named(&app, &asker, &id).await?;
    note_read(&app, &asker, case, "graph");
    let mut viewed = app.service.view().await?;
    match drawing.format.as_deref() {
        Some("svg") => {
            let svg = viewed.graph_svg(case, wants.lang).await?;
            Ok((StatusCode::OK, [(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
        }
        None | Some("json") => {
            let mut reader = app.shared().database.read().await?;
            let filter = lists::TaskFilter { state: None, declaration: Some(case) };
            let page = lists::tasks(&mut reader.link(), &lists::Desk::All, &filter, None, lists::PAGE_MAX).await?;
            let nodes: Vec<Value> = page.rows.iter().map(super::tasks::row).collect();
            Ok(reply(StatusCode::OK, &json!({ "declaration": case.to_string(), "tasks": nodes })))
        }
        Some(_) => Err(Problem::parameter("`format`", "it is `json` or `svg`")),
    }
}

/// What an action states; each uses some of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "channel": "yellow", "reason": "a hint from the risk desk", "seen": 3 }))]
pub(in crate::server) struct ActionBody {
    /// Why. Whoever refuses, cancels or decides otherwise says so.
    reason: String,
    /// The line (`settle_fact`, `lift_fact`; `override`, `lift_override`: without it all lines).
    line: Option<u32>,
    /// The fact (`settle_fact`, `lift_fact`).
    fact: String,
    /// Its value (`settle_fact`).
    value: String,
    /// The channel (`set_channel`).
    #[schema(value_type = Option<String>)]
    channel: Option<Channel>,
    /// What is checked: `documents` or `goods` (`check`).
    #[schema(value_type = Option<String>)]
    kind: Option<CheckKind>,
    /// Nothing was found against it (`check`).
    passed: Option<bool>,
    /// Where the goods are to be stored (`ask_storage`).
    place: String,
    /// What may be done instead (`override`).
    #[schema(value_type = Option<String>)]
    decision: Option<Decision>,
    /// The key of a task (`retry_step`, `settle_step`).
    task: String,
    /// How a step is settled: `skipped`, `passed`, `failed`, `aborted` (`settle_step`).
    #[schema(value_type = Option<String>)]
    outcome: Option<StepOutcome>,
    /// What was entered afterwards and is disputed, by its id (`settle_paper`).
    entry: String,
    /// It counts, in place of what the task has given instead (`settle_paper`).
    accepted: Option<bool>,
    /// The number of the last event that the asker saw (`event` of the declaration); with it a
    /// change that somebody else made meanwhile is told, not overwritten. `If-Match` says the same.
    seen: Option<u64>,
}

/// Act on a declaration: `accept`, `cancel`, `agree`, `disagree`, `settle_fact` (again, with the
/// reason, where it was settled otherwise), `lift_fact` (takes back what was settled), `set_channel`,
/// `check`, `ask_storage`, `grant_storage`, `override`, `lift_override`, `settle_paper`,
/// `retry_step`, `settle_step`, `review`. Which of them are allowed now, and to whom, the declaration
/// says itself (`may`). To amend it, send it again as a message. With an `Idempotency-Key` it is done
/// once: the same key with the same body gets the same answer, with another 409.
#[utoipa::path(
    post,
    path = "/v1/declarations/{id}/{action}",
    tag = "declarations",
    params(("id" = String, Path, description = "As above"), ("action" = String, Path, description = "What is to be done")),
    request_body = ActionBody,
    responses(
        (status = 200, description = "The declaration as it is now", body = schema::declaration::DeclarationAnswer),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "Not now, or somebody else was faster", body = Problem),
    )
)]
pub(in crate::server) async fn act(
    State(app): State<Arc<App>>,
    asker: Asker,
    wants: Wants,
    Path((id, action)): Path<(String, String)>,
    acting: Acting<ActionBody>,
) -> Result<Response, Problem> {
    let asked = acting.asked(&asker)?;
    if let Some(answer) = before(&app, asked.as_ref()).await? {
        return Ok(response(answer));
    }
    let body = &acting.body;
    let (case, concerns, scope) = declaration_named(&app, &asker, &id).await?;
    let (right, command) = command(&action, body)?;
    let agencies: Vec<&str> = concerns.agencies.iter().map(String::as_str).collect();
    let subject = Subject::Declaration {
        holder: concerns.holder.as_deref(),
        filer: &concerns.filer,
        agencies: &agencies,
        stuck: concerns.stuck || right == Action::SettleStuck,
    };
    let of_customs = right == Action::ActAsDeclarant && action == "review";
    let right =
        if action == "review" && asker.0.kind == OrganisationKind::Operator { Action::SettleStuck } else { right };
    let right = if of_customs && asker.0.kind == OrganisationKind::Customs { Action::ActAsCustoms } else { right };
    asker.0.may_do(right, &subject)?;
    let seen = seen(body.seen, &acting.headers)?;
    let act = match command {
        Some(command) => Act::Declaration { case, command: Box::new(command), seen },
        None => Act::Review { case, cause: DecidedBy::Request },
    };
    let (by, lang) = (asker.author(), wants.lang);
    let role = by.role;
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            desk.act(&act, &by).await?;
            let answer = desk.answer(case, role, lang, 200).await?;
            Ok((case, with_attachments(answer, &mut desk.link(), case, (scope, &by)).await?))
        })
    });
    Ok(response(answer.await.map_err(|error| Problem::from(error).to(role))?))
}

/// The right that an action takes, and the command that it is; none: to be looked at again.
fn command(action: &str, body: &ActionBody) -> Result<(Action, Option<Command>), Problem> {
    let reason = body.reason.clone();
    let missing = |field: &str| Problem::invalid(format!("`{field}` is missing: `{action}` needs it"));
    let (task, line) = (body.task.clone(), body.line);
    Ok(match action {
        "accept" => (Action::ActAsCustoms, Some(Command::Accept)),
        "cancel" => (Action::ActAsDeclarant, Some(Command::Cancel { reason })),
        "agree" => (Action::ActAsCustoms, Some(Command::Agree)),
        "disagree" => (Action::ActAsCustoms, Some(Command::Disagree { reason })),
        "settle_fact" => {
            let line = line.ok_or_else(|| missing("line"))?;
            let (fact, value) = (body.fact.clone(), body.value.clone());
            (Action::ActAsCustoms, Some(Command::SettleFact { line, fact, value, reason }))
        }
        "lift_fact" => {
            let (line, fact) = (line.ok_or_else(|| missing("line"))?, body.fact.clone());
            (Action::ActAsCustoms, Some(Command::LiftFact { line, fact, reason }))
        }
        "set_channel" => {
            let channel = body.channel.ok_or_else(|| missing("channel"))?;
            (Action::ActAsCustoms, Some(Command::SetChannel { channel, reason }))
        }
        "check" => {
            let kind = body.kind.ok_or_else(|| missing("kind"))?;
            let passed = body.passed.ok_or_else(|| missing("passed"))?;
            (Action::ActAsCustoms, Some(Command::Check { kind, passed, note: reason }))
        }
        "ask_storage" => (Action::ActAsDeclarant, Some(Command::AskStorage { place: body.place.clone() })),
        "grant_storage" => (Action::ActAsCustoms, Some(Command::GrantStorage)),
        "override" => {
            let decision = body.decision.ok_or_else(|| missing("decision"))?;
            (Action::ActAsCustoms, Some(Command::Override { line, decision, reason }))
        }
        "settle_paper" => {
            let (entry, accepted) = (body.entry.clone(), body.accepted.ok_or_else(|| missing("accepted"))?);
            (Action::ActAsCustoms, Some(Command::SettlePaper { entry, accepted, reason }))
        }
        "lift_override" => (Action::ActAsCustoms, Some(Command::LiftOverride { line, reason })),
        "retry_step" => (Action::SettleStuck, Some(Command::Retry { task, reason })),
        "settle_step" => {
            let outcome = body.outcome.ok_or_else(|| missing("outcome"))?;
            (Action::SettleStuck, Some(Command::SettleStep { task, outcome, reason }))
        }
        "review" => (Action::ActAsDeclarant, None),
        _ => {
            let detail = format!("`{action}` is no action on a declaration; `may` of the declaration lists them");
            return Err(Problem::new(StatusCode::NOT_FOUND, "unknown", detail));
        }
    })
}
