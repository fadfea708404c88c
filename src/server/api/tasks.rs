//! Tasks: the desks of the agencies and of customs.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::super::acting::{Acting, answer, before};
use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::past_tasks;
use super::{Paging, declaration_named, dossiers, json as reply, note_read, response, seen};
use crate::clearance::case::{Author, CaseId, Role, declaration};
use crate::law::life_cycle::{Act as Meaning, Sender};
use crate::people::{Action, OrganisationKind, Subject};
use crate::service::act::{Act, DossierAct, Given, LineResult};
use crate::service::answers;
use crate::service::desk::{ActError, Desk};
use crate::service::once;
use crate::store::journal;
use crate::store::lists::{self, TaskFilter, TaskRow};
use crate::store::project::TaskState;

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// In this state: `ready`, `claimed`, `asked`, `waiting`, `stuck`.
    #[param(value_type = Option<String>)]
    state: Option<TaskState>,
    /// Of this declaration: its id, number or reference.
    declaration: Option<String>,
}

/// A task as the API shows it.
pub(in crate::server) fn row(task: &TaskRow) -> Value {
    let declaration = (!task.is_dossier()).then_some(task.case);
    json!({
        "id": task.id,
        "key": task.key,
        "kind": task.kind,
        "declaration": declaration.map(|case| json!({ "id": case.to_string(), "name": task.declaration })),
        "holder": task.holder,
        "agency": known(task.agency.as_deref()),
        "procedure": task.procedure,
        "measure": task.measure,
        "stage": known(Some(&task.stage)),
        "lines": task.lines,
        "after": task.after,
        "state": task.state,
        "waits_for": known(Some(&task.waits_for)),
        "claimed_by": task.claimed_by,
        "due": task.due.map(|due| due.to_string()),
        "critical": task.critical,
        "dossier": task.dossier.map(|dossier| dossier.to_string()),
        "links": {
            "self": format!("/v1/tasks/{}", task.id),
            "declaration": declaration.map(|case| format!("/v1/declarations/{case}")),
            "dossier": task.dossier.map(|dossier| format!("/v1/dossiers/{dossier}")),
        },
    })
}

/// A word that may be empty: then it is not known.
fn known(word: Option<&str>) -> Option<&str> {
    word.filter(|word| !word.is_empty())
}

/// A task as an operator is shown it: neither goods nor parties, but why it is his.
fn operators_row(task: &TaskRow, has_desk: bool) -> Value {
    let note = match (known(task.agency.as_deref()), task.state.as_str()) {
        (None, _) if task.is_dossier() => "no agency is known for this procedure".to_owned(),
        (Some(agency), _) if !has_desk => {
            format!("no organisation stands for {agency}: nobody sees this task (`POST /v1/organisations`)")
        }
        _ => "it does not move by itself: `retry_step` or `settle_step` on its declaration".to_owned(),
    };
    let declaration = (!task.is_dossier()).then(|| task.case.to_string());
    json!({
        "id": task.id,
        "key": task.key,
        "kind": task.kind,
        "declaration": declaration.as_ref().map(|id| json!({ "id": id })),
        "agency": known(task.agency.as_deref()),
        "procedure": task.procedure,
        "state": task.state,
        "waits_for": task.waits_for,
        "due": task.due.map(|due| due.to_string()),
        "dossier": task.dossier.map(|dossier| dossier.to_string()),
        "note": note,
        "links": { "declaration": declaration.map(|id| format!("/v1/declarations/{id}")) },
    })
}

/// The asker's tasks in the order of work: an agency's own, customs' own, a trader's with whom they
/// wait; an operator's are those that are stuck, and those of agencies that no organisation stands
/// for, each with a `note`.
#[utoipa::path(
    get,
    path = "/v1/tasks",
    tag = "tasks",
    params(Search, Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::desk::TaskRow>), (status = 401, body = Problem))
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let principal = &asker.0;
    let declaration = match &search.declaration {
        Some(name) => Some(declaration_named(&app, &asker, name).await?.0),
        None => None,
    };
    let edition = app.shared().law.at(app.shared().clock.now());
    let desk = match principal.kind {
        OrganisationKind::Agency => lists::Desk::Agency(principal.agency.clone().unwrap_or_default()),
        _ if declaration.is_some() => lists::Desk::All,
        OrganisationKind::Customs => lists::Desk::Customs(edition.customs_agency().map(str::to_owned)),
        OrganisationKind::Trader => lists::Desk::Holder(principal.identity.clone().unwrap_or_default()),
        OrganisationKind::Auditor => lists::Desk::All,
        OrganisationKind::Operator => operators_desk(&app).await?,
        OrganisationKind::Broker => {
            return Err(Problem::parameter(
                "`declaration`",
                "it is missing: a broker sees the tasks of one declaration",
            ));
        }
        OrganisationKind::Partner => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "a partner has no tasks here"));
        }
    };
    let filter = TaskFilter { state: search.state.map(|state| state.as_str().to_owned()), declaration };
    let mut reader = app.shared().database.read().await?;
    let page = lists::tasks(&mut reader.link(), &desk, &filter, paging.after.as_deref(), paging.limit()).await?;
    let rows: Vec<Value> = match &desk {
        lists::Desk::Operator(attended, _) => {
            page.rows.iter().map(|task| operators_row(task, attended.contains(&task.agency))).collect()
        }
        _ if principal.kind == OrganisationKind::Operator => {
            page.rows.iter().map(|task| operators_row(task, true)).collect()
        }
        _ => page.rows.iter().map(row).collect(),
    };
    Ok(reply(StatusCode::OK, &json!({ "rows": rows, "next": page.next })))
}

/// The desk of an operator: he sees to what nobody else does.
async fn operators_desk(app: &App) -> Result<lists::Desk, Problem> {
    let (shared, mut reader) = (app.shared(), app.shared().database.read().await?);
    let link = &mut reader.link();
    let seq = journal::last_seq(link).await?;
    let directory = shared.directory.at(seq, link).await?;
    let edition = shared.law.at(shared.clock.now());
    let has_desk =
        |agency: &String| !directory.of_agency(Some(agency)).is_empty() || edition.customs_agency() == Some(agency);
    let agencies = lists::agencies_with_tasks(link).await?;
    let (attended, unattended): (Vec<_>, Vec<_>) = agencies.into_iter().partition(has_desk);
    Ok(lists::Desk::Operator([None].into_iter().chain(attended.into_iter().map(Some)).collect(), unattended))
}

/// The task, and who may see it: one that waits for somebody, or one that did.
async fn task(app: &App, asker: &Asker, id: &str) -> Result<TaskRow, Problem> {
    let mut reader = app.shared().database.read().await?;
    let link = &mut reader.link();
    let found = match lists::task(link, id).await? {
        Some(task) => Some(task),
        None => past_tasks::find(link, id).await?,
    };
    let Some(task) = found else { return Err(Problem::not_found("task")) };
    drop(reader);
    let subject = Subject::Task { agency: task.agency.as_deref(), holder: task.holder.as_deref() };
    if asker.0.may_see(&subject).is_err() && task.is_dossier() {
        dossiers::seen(app, asker, &task.case.to_string()).await.map_err(|_| Problem::not_found("task"))?;
    } else if asker.0.may_see(&subject).is_err() {
        // Who filed the declaration sees its tasks too.
        declaration_named(app, asker, &task.case.to_string()).await.map_err(|_| Problem::not_found("task"))?;
    }
    Ok(task)
}

/// A task: what it is for, by when, whose turn it is, and what may be done next.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    responses((status = 200, description = "The task with its dossier, where there is one", body = schema::desk::TaskAnswer), (status = 404, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let task = task(&app, &asker, &id).await?;
    note_read(&app, &asker, task.case, "task");
    let mut viewed = app.service.view().await?;
    let shown = shown(&mut viewed, &task, &asker).await?;
    Ok(reply(StatusCode::OK, &shown))
}

/// A task with its dossier and what may be done next: acts on the task itself, or, where it is
/// customs' own, on its declaration.
async fn shown(desk: &mut Desk<'_>, task: &TaskRow, asker: &Asker) -> Result<Value, ActError> {
    let mut value = row(task);
    let (edition, by) = (Arc::clone(&desk.edition), asker.author());
    let mut may: Vec<String> = Vec::new();
    let mut anew = None;
    if past_tasks::is_past(task) {
        // Nobody's turn any more.
    } else if task.kind == "dossier" {
        let cycle = edition.cycle(task.procedure.as_deref());
        let next = match task.dossier {
            Some(dossier) => match desk.dossier(dossier).await? {
                Some(dossier) => {
                    value["dossier"] = answers::dossier::dossier(dossier, &edition, &by);
                    anew = dossier.ended.filter(|_| dossier.is_spent());
                    // Another takes the place of what was rejected or revoked.
                    let begins = by.role == Role::Agency && anew.is_some() && !dossier.was_taken_back();
                    let dossier = Some(dossier).filter(|_| !begins);
                    cycle.map(|cycle| answers::dossier::next(dossier, cycle, &by))
                }
                None => None,
            },
            // A trader has nothing to do before an agency has begun.
            None if task.state != "waiting" && by.role == Role::Agency => {
                cycle.map(|cycle| answers::dossier::next(None, cycle, &by))
            }
            None => None,
        };
        let subject = Subject::Task { agency: task.agency.as_deref(), holder: task.holder.as_deref() };
        let acts = next.iter().flatten().filter_map(|next| next["act"].as_str());
        let own = |act: &&str| by.role != Role::Agency || asker.0.may_do(right(act), &subject).is_ok();
        may.extend(acts.filter(own).map(str::to_owned));
    } else if let Some(declaration) = desk.declaration(task.case).await? {
        let asks_more = declaration.amendment.is_some() || declaration.cancellation.is_some();
        let serves = |action: &str| match task.kind.as_str() {
            "paper" => action == "settle_paper",
            // What customs refuses is what was asked first: an amendment, a cancellation, then this.
            "storage" => action == "grant_storage" || (action == "disagree" && !asks_more),
            "cancellation" => matches!(action, "agree" | "disagree") && declaration.amendment.is_none(),
            "amendment" => matches!(action, "agree" | "disagree"),
            // Customs lets through what nothing else does, or the declarant sends it again (`links.amend`).
            "review" => matches!(action, "override" | "lift_override"),
            "correction" => matches!(action, "cancel" | "override"),
            kind => action == kind,
        };
        let words = answers::words(&declaration::may(declaration, by.role));
        may.extend(words.into_iter().filter(|action| serves(action)).map(str::to_owned));
    }
    // Whoever applied may always apply anew.
    if anew.is_some() && matches!(by.role, Role::Trader | Role::Broker) && !may.iter().any(|known| known == "apply") {
        may.push("apply".to_owned());
    }
    if let Some(reason) = desk.declaration(task.case).await?.and_then(|case| case.stuck.get(&task.key)) {
        value["stuck"] = reason.as_str().into();
    }
    if task.kind == "settle_fact" && !past_tasks::is_past(task) {
        let questions = desk.questions(task.case, &task.key).await?;
        value["questions"] = questions.iter().map(|question| json!(question)).collect();
    }
    value["may"] = may.into();
    Ok(value)
}

/// The result on one line.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "line": 1, "passed": true, "note": "" }))]
pub(in crate::server) struct LineBody {
    /// The line of the declaration.
    line: u32,
    /// It passed.
    passed: bool,
    /// What was found.
    #[serde(default)]
    note: String,
}

/// Something done on paper or in another system while this one was down.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "source": "book 3, page 12", "done": "2026-07-20T02:00:00Z" }))]
pub(in crate::server) struct PaperBody {
    /// The paper or the other system, by its number or name.
    source: String,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    done: jiff::Timestamp,
}

/// What an act states; each uses some of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "number": "KD-7", "valid_to": "2026-12-31" }))]
pub(in crate::server) struct ActBody {
    /// What is asked for, or why.
    reason: String,
    /// The number of the permit, certificate or result; without it one is made.
    number: Option<String>,
    /// Its last day.
    #[schema(value_type = Option<String>, format = Date)]
    valid_to: Option<jiff::civil::Date>,
    /// How much it covers.
    quantity: Option<String>,
    /// The unit of `quantity`.
    unit: Option<String>,
    /// The number of what it takes the place of, or of what is revoked.
    replaces: Option<String>,
    /// The result on each line (`result`).
    lines: Vec<LineBody>,
    /// Where it was done on paper or elsewhere.
    paper: Option<PaperBody>,
    /// The number of the dossier's last event that the asker saw.
    pub(in crate::server) seen: Option<u64>,
}

/// Act on a task: `claim`, `release`, `accept`, `ask` (for more: the clock stands), `result` (line
/// by line), `issue`, `reject` (the application), `fail` (the goods), `revoke`; the trader:
/// `supplement`, `withdraw`. Whatever else the procedure's life cycle has goes by its name
/// (`agree_withdrawal`, `fee` …): `may` of the dossier lists what is allowed now. With an
/// `Idempotency-Key` it is done once: the same key with the same body gets the same answer, with
/// another 409.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/{act}",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id"), ("act" = String, Path, description = "What is to be done")),
    request_body = ActBody,
    responses(
        (status = 200, description = "The task as it is now", body = schema::desk::TaskAnswer),
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
    let task = task(&app, &asker, &id).await?;
    if past_tasks::is_past(&task) {
        let detail = format!("the task is {}: what can be done with its dossier still, the dossier says", task.state);
        return Err(Problem::new(StatusCode::CONFLICT, "not-now", detail));
    }
    if task.kind != "dossier" {
        let detail = "this task is customs' own: act on its declaration (`settle_fact`, `check`, `agree`, `disagree`, `grant_storage`, `settle_paper`)";
        return Err(Problem::new(StatusCode::CONFLICT, "not-now", detail));
    }
    let seen = seen(acting.body.seen, &acting.headers)?;
    let (act, right) = dossier_act(&name, acting.body)?;
    let subject = Subject::Task { agency: task.agency.as_deref(), holder: task.holder.as_deref() };
    may_act(&app, &asker, right, &subject, &task).await?;
    let (case, key, by) = (task.case, task.key.clone(), asker.author());
    let role = by.role;
    let act = Box::new(act);
    let act = if task.is_dossier() {
        Act::Dossier { case, act, seen }
    } else {
        Act::Task { case, task: key.clone(), act, seen }
    };
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let disputed = enter(desk, &act, (case, &key), &by).await?;
            // A task that is done is no longer in the queue: it is shown as it was, and as done.
            let mut shown = match desk.task(case, &key).await? {
                Some(now) => shown(desk, &now, &asker).await?,
                None => {
                    let mut value = row(&task);
                    value["state"] = "done".into();
                    value["waits_for"] = Value::Null;
                    value["may"] = json!([]);
                    value
                }
            };
            if let Some(disputed) = disputed {
                shown["disputed"] = disputed;
            }
            Ok((case, answer(&shown)))
        })
    });
    Ok(response(answer.await.map_err(|error| Problem::from(error).to(role))?))
}

/// Does an act on a task or its dossier; where it was done on paper and contradicts what is known,
/// gives what customs is asked.
pub(super) async fn enter(
    desk: &mut Desk<'_>,
    act: &Act,
    (case, task): (CaseId, &str),
    by: &Author,
) -> Result<Option<Value>, ActError> {
    desk.act(act, by).await?;
    let (Act::Task { act, .. } | Act::Dossier { act, .. }) = act else { return Ok(None) };
    let DossierAct::Do { act, paper: Some((source, done)), .. } = act.as_ref() else { return Ok(None) };
    let Some(declaration) = desk.declaration(case).await? else { return Ok(None) };
    let mut disputed = declaration.disputed().map(|disputed| (disputed, &disputed.entry));
    let same = disputed
        .find(|(_, entry)| entry.task == task && entry.act == *act && entry.source == *source && entry.done == *done);
    Ok(same.map(|(disputed, _)| answers::paper(disputed)))
}

/// Whether the asker may; who filed the declaration acts for its trader.
async fn may_act(
    app: &App,
    asker: &Asker,
    right: Action,
    subject: &Subject<'_>,
    task: &TaskRow,
) -> Result<(), Problem> {
    if right != Action::ActAsDeclarant {
        return Ok(asker.0.may_do(right, subject)?);
    }
    if task.is_dossier() {
        let (dossier, _) = dossiers::seen(app, asker, &task.case.to_string()).await?;
        return Ok(asker.0.may_do(right, &dossiers::subject(&dossier))?);
    }
    let (_, concerns, _) = declaration_named(app, asker, &task.case.to_string()).await?;
    let of_case = Subject::Declaration {
        holder: concerns.holder.as_deref(),
        filer: &concerns.filer,
        agencies: &[],
        stuck: false,
    };
    Ok(asker.0.may_do(right, &of_case)?)
}

/// The right that an act takes.
fn right_of(meaning: Meaning) -> Action {
    match (meaning.sender(), meaning) {
        (Sender::Trader, _) => Action::ActAsDeclarant,
        (Sender::Agency, Meaning::Issue | Meaning::Confirm) => Action::IssueEvidence,
        (Sender::Agency, _) => Action::ActOnTask,
    }
}

/// The same by its name.
fn right(act: &str) -> Action {
    let meaning = Meaning::WORDS.iter().find(|(word, _)| *word == act);
    meaning.map_or(Action::ActOnTask, |(_, meaning)| right_of(*meaning))
}

/// The act of a name, and the right that it takes.
pub(in crate::server) fn dossier_act(name: &str, body: ActBody) -> Result<(DossierAct, Action), Problem> {
    let lines: Vec<LineResult> = body
        .lines
        .into_iter()
        .map(|line| LineResult { line: line.line, passed: line.passed, note: line.note })
        .collect();
    let meaning = match name {
        "claim" => return Ok((DossierAct::Claim, Action::ActOnTask)),
        "release" => return Ok((DossierAct::Release, Action::ActOnTask)),
        "result" if lines.is_empty() => return Err(Problem::invalid("`lines` states the result on each line")),
        // Where all lines fail it is a failure; where one passes, a paper is issued for it.
        "result" if lines.iter().all(|line| !line.passed) => Meaning::Fail,
        "result" => Meaning::Issue,
        name => {
            let found = Meaning::WORDS.iter().find(|(word, _)| *word == name).map(|(_, act)| *act);
            found.ok_or_else(|| {
                let words: Vec<&str> = Meaning::WORDS.iter().map(|(word, _)| *word).collect();
                let detail = format!("`{name}` is no act; there are claim, release, result, {}", words.join(", "));
                Problem::new(StatusCode::NOT_FOUND, "unknown", detail)
            })?
        }
    };
    let right = if body.paper.is_some() { Action::EnterAfterwards } else { right_of(meaning) };
    let quantity = match (body.quantity, body.unit) {
        (Some(quantity), Some(unit)) => Some((quantity, unit)),
        (None, None) => None,
        _ => return Err(Problem::invalid("`quantity` and `unit` are stated together")),
    };
    let given = Given { number: body.number, valid_to: body.valid_to, quantity, replaces: body.replaces, lines };
    let paper = body.paper.map(|paper| (paper.source, paper.done));
    Ok((DossierAct::Do { act: meaning, note: body.reason, given, paper }, right))
}
