//! Declarations.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::{Asker, Wants};
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, declaration_named, json as reply, note_read, own, paged, response, seen};
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::{
    Action as On, CheckKind, Command, DecidedBy, Declaration, Status, StepOutcome, role_free,
};
use crate::clearance::explain::Lang;
use crate::people::{Denied, OrganisationKind, Scope, Subject};
use crate::service::act::Act;
use crate::service::desk::{ActError, Desk};
use crate::service::shared::Concerns;
use crate::service::{answers, attachments, next, once};
use crate::store::messages::Answer;
use crate::store::{cases, lists};
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
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            let detail = format!("{from} comes after `to`, {to}: no day lies between them");
            return Err(Problem::parameter("`from`", &detail));
        }
        Ok(lists::DeclarationFilter {
            holder: self.holder,
            own: None,
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

/// Declarations that the asker may see, the newest first: customs and auditors all; a trader his own,
/// whoever has filed them; a broker those of the traders for whom it has a mandate today, whoever has
/// filed them, and those that it has filed itself, which stay its to read.
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
        OrganisationKind::Broker | OrganisationKind::Trader => filter.own = Some(own(principal)),
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
        let (holder, filer) = (row.holder.as_deref(), row.filer.as_str());
        let subject = Subject::Declaration { holder, filer, agencies: &[], stuck: false };
        let may = next::on_declaration(row.may.iter().copied(), &subject, &asker.0);
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
            "may": answers::words(&may),
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
    let mut viewed = app.service.view().await?;
    let answer = shown(&mut viewed, case, (scope, &asker), wants.lang).await?;
    let head = viewed.declaration(case).await?.map_or(0, |declaration| declaration.head);
    let mut response = response(answer);
    if let Ok(tag) = format!("\"{head}\"").parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A declaration as it is shown to whoever asks: as much of it as he may see, with the attachments that
/// he may.
async fn shown(
    desk: &mut Desk<'_>,
    case: CaseId,
    (scope, asker): (Scope, &Asker),
    lang: Lang,
) -> Result<Answer, ActError> {
    if scope == Scope::Steps {
        let steps = desk.declaration(case).await?.map(|declaration| steps(declaration, asker)).unwrap_or_default();
        return Ok(answer(&steps));
    }
    let answer = desk.answer(case, &asker.0, lang, 200).await?;
    let attached = attachments::seen(&mut desk.link(), case, scope, &asker.author()).await?;
    let attached: Vec<Value> = attached.iter().map(attachments::shown).collect();
    let body = answers::and(answer.body, "attachments", &attached.into());
    Ok(Answer { body, ..answer })
}

/// Only the steps and what keeps the stuck ones: what an operator needs.
fn steps(declaration: &Declaration, asker: &Asker) -> Value {
    let tasks = declaration.decision.iter().flat_map(|decision| &decision.tasks);
    let tasks: Vec<Value> = tasks
        .map(|task| json!({ "key": task.key, "agency": task.agency, "stuck": declaration.stuck.get(&task.key), "due": task.due.map(|due| due.to_string()) }))
        .collect();
    let may = next::on_declaration(role_free(declaration), &answers::subject(declaration, &[]), &asker.0);
    json!({
        "id": declaration.id.to_string(),
        "status": declaration.status.as_str(),
        "tasks": tasks,
        "may": answers::words(&may),
    })
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
    let (case, concerns, _) = declaration_named(&app, &asker, &id).await?;
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
            let edition = app.shared().law.at(app.shared().clock.now());
            let whose = (&*edition, &asker, Some(concerns.filer.as_str()));
            let nodes = super::tasks::rows(&mut reader.link(), &page.rows, whose).await?;
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
    /// A task, by its id or its key (`retry_step`, `settle_step`).
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
    let (case, concerns, scope) = declaration_named(&app, &asker, &id).await?;
    let action = action_named(&action)?;
    may_act(&asker, action, &concerns)?;
    let mut body = acting.body;
    let mut viewed = app.service.view().await?;
    if let Some(task) = lists::task(&mut viewed.link(), &body.task).await?.filter(|task| task.case == case) {
        body.task = task.key;
    }
    drop(viewed);
    let agencies: Vec<&str> = concerns.agencies.iter().map(String::as_str).collect();
    let command = command(action, &body)?;
    let seen = seen(body.seen, &acting.headers)?;
    let act = match command {
        Some(command) => Act::Declaration { case, command: Box::new(command), seen },
        None => Act::Review { case, cause: DecidedBy::Request },
    };
    let (by, lang, own) = (asker.author(), wants.lang, asker.clone());
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            desk.act(&act, &by).await?;
            Ok((case, shown(desk, case, (scope, &own), lang).await?))
        })
    });
    match answer.await.map_err(Problem::from) {
        Ok(answer) => Ok(response(answer)),
        Err(problem) if problem.is_of_state() => {
            let mut viewed = app.service.view().await?;
            let allowed = viewed.declaration(case).await?.map(|declaration| {
                next::on_declaration(role_free(declaration), &answers::subject(declaration, &agencies), &asker.0)
            });
            Err(problem.instead(&json!({ "may": answers::words(&allowed.unwrap_or_default()) })))
        }
        Err(problem) => Err(problem),
    }
}

/// Whether the asker may do something with a declaration that he sees.
pub(super) fn may_act(asker: &Asker, action: On, concerns: &Concerns) -> Result<(), Problem> {
    let right = next::right_to(action, asker.0.kind);
    concerns.judged(|subject| asker.0.may_do(right, subject)).map_err(|denied| not_his(denied, action, asker))
}

/// Why an action on a declaration that the asker sees is not his.
fn not_his(denied: Denied, action: On, asker: &Asker) -> Problem {
    if denied != Denied::NotOwn {
        return denied.into();
    }
    let whose = match asker.0.kind {
        OrganisationKind::Customs => "customs does it only with what it has filed itself, for a trader at its counter",
        OrganisationKind::Broker => "a broker does it with the trader's mandate, and you have none today",
        _ => "it is not yours",
    };
    let detail = format!("`{}` is for whoever acts for the declarant: {whose}", action.as_str());
    Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
}

/// The action of a name. To amend and to attach have addresses of their own.
fn action_named(name: &str) -> Result<On, Problem> {
    let named = On::parse(name).filter(|action| !matches!(action, On::Amend | On::Attach));
    named.ok_or_else(|| {
        let detail = format!("`{name}` is no action on a declaration; `may` of the declaration lists them");
        Problem::new(StatusCode::NOT_FOUND, "unknown", detail)
    })
}

/// The command that an action is; none: the declaration is to be looked at again.
fn command(action: On, body: &ActionBody) -> Result<Option<Command>, Problem> {
    let reason = body.reason.clone();
    let missing = |field: &str| Problem::invalid(format!("`{field}` is missing: `{}` needs it", action.as_str()));
    let (task, line) = (body.task.clone(), body.line);
    Ok(match action {
        On::Accept => Some(Command::Accept),
        On::Cancel => Some(Command::Cancel { reason }),
        On::Agree => Some(Command::Agree),
        On::Disagree => Some(Command::Disagree { reason }),
        On::SettleFact => {
            let line = line.ok_or_else(|| missing("line"))?;
            let (fact, value) = (body.fact.clone(), body.value.clone());
            Some(Command::SettleFact { line, fact, value, reason })
        }
        On::LiftFact => {
            let (line, fact) = (line.ok_or_else(|| missing("line"))?, body.fact.clone());
            Some(Command::LiftFact { line, fact, reason })
        }
        On::SetChannel => {
            let channel = body.channel.ok_or_else(|| missing("channel"))?;
            Some(Command::SetChannel { channel, reason })
        }
        On::Check => {
            let kind = body.kind.ok_or_else(|| missing("kind"))?;
            let passed = body.passed.ok_or_else(|| missing("passed"))?;
            Some(Command::Check { kind, passed, note: reason })
        }
        On::AskStorage => Some(Command::AskStorage { place: body.place.clone() }),
        On::GrantStorage => Some(Command::GrantStorage),
        On::Override => {
            let decision = body.decision.ok_or_else(|| missing("decision"))?;
            Some(Command::Override { line, decision, reason })
        }
        On::SettlePaper => {
            let (entry, accepted) = (body.entry.clone(), body.accepted.ok_or_else(|| missing("accepted"))?);
            Some(Command::SettlePaper { entry, accepted, reason })
        }
        On::LiftOverride => Some(Command::LiftOverride { line, reason }),
        On::RetryStep => Some(Command::Retry { task, reason }),
        On::SettleStep => {
            let outcome = body.outcome.ok_or_else(|| missing("outcome"))?;
            Some(Command::SettleStep { task, outcome, reason })
        }
        On::Review | On::Amend | On::Attach => None,
    })
}
