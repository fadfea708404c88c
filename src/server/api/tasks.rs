//! Tasks: the desks of the agencies and of customs.

use std::collections::HashMap;
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
use super::{Paging, declaration_named, declarations, dossiers, json as reply, note_read, own, response, seen};
use crate::clearance::case::declaration::OPERATOR;
use crate::clearance::case::declaration::{Action as On, Pending};
use crate::clearance::case::dossier::Turn;
use crate::clearance::case::{Author, CaseId};
use crate::law::life_cycle::Act as Meaning;
use crate::people::{Action, OrganisationKind, Principal, Subject};
use crate::service::act::{Act, DossierAct, Given, LineResult};
use crate::service::answers;
use crate::service::desk::{ActError, Desk};
use crate::service::law_book::Edition;
use crate::service::next::{self, Parties};
use crate::service::once;
use crate::store::lists::{self, TaskFilter, TaskRow};
use crate::store::project::TaskState;
use crate::store::{Link, StoreError, journal};

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// In this state: `ready`, `claimed`, `asked`, `waiting`, `stuck`.
    #[param(value_type = Option<String>)]
    state: Option<TaskState>,
    /// Of this declaration: its id, number or reference.
    declaration: Option<String>,
}

/// Tasks as a list shows them, each with what the asker may do next; `filer` has filed the declaration,
/// where they are those of one.
pub(in crate::server) async fn rows(
    link: &mut Link<'_>,
    tasks: &[TaskRow],
    (edition, asker, filer): (&Edition, &Asker, Option<&str>),
) -> Result<Vec<Value>, StoreError> {
    let ids: Vec<CaseId> = tasks.iter().filter_map(|task| task.dossier).collect();
    let dossiers = lists::dossiers_of_ids(link, &ids).await?;
    // What it has filed itself customs takes back; a page of its queue has those of many.
    let corrections = tasks.iter().filter(|task| task.kind == Pending::Correction.as_str());
    let filers = match (asker.0.kind, filer) {
        (OrganisationKind::Customs, None) => {
            lists::filers_of(link, &corrections.map(|task| task.case).collect::<Vec<_>>()).await?
        }
        _ => HashMap::new(),
    };
    let rows = tasks.iter().map(|task| {
        let dossier = dossiers.iter().find(|dossier| task.dossier == Some(dossier.case));
        let declared = match dossier.filter(|_| task.is_dossier()) {
            Some(dossier) => dossiers::subject_of(dossier),
            None => Subject::Declaration {
                holder: task.holder.as_deref(),
                filer: filer.or_else(|| filers.get(&task.case).map(String::as_str)).unwrap_or_default(),
                agencies: &[],
                stuck: task.is_stuck(),
            },
        };
        let parties = Parties { handled: handled(task), declared };
        let mut value = row(task);
        value["may"] = next::on_task(task, dossier.map(|dossier| &dossier.turn), edition, &parties, &asker.0).into();
        value
    });
    Ok(rows.collect())
}

/// A task as rights ask for it, to act on it as its desk.
fn handled(task: &TaskRow) -> Subject<'_> {
    Subject::Task { agency: task.agency.as_deref(), holder: task.holder.as_deref() }
}

/// A task as the API shows it.
fn row(task: &TaskRow) -> Value {
    let declaration = (!task.is_dossier()).then_some(task.case);
    let mut value = json!({
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
    });
    if let Some(revoked) = task.revoked.as_deref().and_then(|revoked| serde_json::from_str::<Value>(revoked).ok()) {
        value["revoked"] = revoked;
    }
    value
}

/// A word that may be empty: then it is not known.
fn known(word: Option<&str>) -> Option<&str> {
    word.filter(|word| !word.is_empty())
}

/// A task as an operator is shown it: neither goods nor parties, but why it is his.
fn operators_row(task: &TaskRow, has_desk: bool, principal: &Principal) -> Value {
    let note = match known(task.agency.as_deref()) {
        None if task.is_dossier() => Some("no agency is known for this procedure".to_owned()),
        Some(agency) if !has_desk => {
            Some(format!("no organisation stands for {agency}: nobody sees this task (`POST /v1/organisations`)"))
        }
        _ if task.is_stuck() && task.is_dossier() => {
            Some("its agency was not told of it: `replay` its dead letter (`GET /v1/dead-letters`)".to_owned())
        }
        _ if task.is_stuck() => {
            Some("it does not move by itself: `retry_step` or `settle_step` on its declaration".to_owned())
        }
        _ => None,
    };
    let declaration = (!task.is_dossier()).then(|| task.case.to_string());
    let may = next::on_stuck(task, principal);
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
        "may": may,
        "links": { "declaration": declaration.map(|id| format!("/v1/declarations/{id}")) },
    })
}

/// The asker's tasks in the order of work: an agency's own, customs' own, a trader's with whom they
/// wait, a broker's those of all traders for whom it has a mandate today (`holder` says of each whose
/// it is; with `state=asked` those that wait for a declarant); an operator's are those that are stuck,
/// and those of agencies that no organisation stands for, each with a `note`.
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
    let (declaration, filer) = match &search.declaration {
        Some(name) => {
            let (case, concerns, _) = declaration_named(&app, &asker, name).await?;
            (Some(case), Some(concerns.filer))
        }
        None => (None, None),
    };
    let edition = app.shared().law.at(app.shared().clock.now());
    let desk = match principal.kind {
        OrganisationKind::Agency => lists::Desk::Agency(principal.agency.clone().unwrap_or_default()),
        _ if declaration.is_some() => lists::Desk::All,
        OrganisationKind::Customs => lists::Desk::Customs(edition.customs_agency().map(str::to_owned)),
        OrganisationKind::Trader => lists::Desk::Holder(principal.identity.clone().unwrap_or_default()),
        OrganisationKind::Auditor => lists::Desk::All,
        OrganisationKind::Operator => operators_desk(&app).await?,
        OrganisationKind::Broker => match own(principal).holders {
            lists::Holders::All => lists::Desk::AnyHolder,
            lists::Holders::Of(traders) => lists::Desk::Holders(traders),
        },
        OrganisationKind::Partner => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "a partner has no tasks here"));
        }
    };
    let filter = TaskFilter { state: search.state.map(|state| state.as_str().to_owned()), declaration };
    let mut reader = app.shared().database.read().await?;
    let page = lists::tasks(&mut reader.link(), &desk, &filter, paging.after.as_deref(), paging.limit()).await?;
    let rows: Vec<Value> = match &desk {
        lists::Desk::Operator(attended, _) => {
            page.rows.iter().map(|task| operators_row(task, attended.contains(&task.agency), principal)).collect()
        }
        _ if principal.kind == OrganisationKind::Operator => {
            page.rows.iter().map(|task| operators_row(task, true, principal)).collect()
        }
        _ => rows(&mut reader.link(), &page.rows, (&edition, &asker, filer.as_deref())).await?,
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
    let mut viewed = app.service.view().await?;
    let found = match lists::task(&mut viewed.link(), id).await? {
        Some(task) => Some(task),
        None => past_tasks::find(&mut viewed, id).await?,
    };
    let Some(task) = found else { return Err(Problem::not_found("task")) };
    drop(viewed);
    // What is an operator's is shown to him as `operators_row` has it.
    let is_operators = asker.0.kind == OrganisationKind::Operator && task.is_dossier() && task.waits_for == OPERATOR;
    let sees = is_operators || asker.0.may_see(&handled(&task)).is_ok();
    if !sees && task.is_dossier() {
        dossiers::seen(app, asker, &task.case.to_string()).await.map_err(|_| Problem::not_found("task"))?;
    } else if !sees {
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

/// A task with its dossier and what may be done next; an operator is shown neither goods nor parties.
async fn shown(desk: &mut Desk<'_>, task: &TaskRow, asker: &Asker) -> Result<Value, ActError> {
    let stuck = if task.is_dossier() {
        desk.dossier(task.case).await?.and_then(|case| case.undelivered.clone())
    } else {
        desk.declaration(task.case).await?.and_then(|case| case.stuck.get(&task.key)).cloned()
    };
    if asker.0.kind == OrganisationKind::Operator {
        let mut value = operators_row(task, true, &asker.0);
        value["stuck"] = stuck.into();
        return Ok(value);
    }
    let mut value = row(task);
    let dossier = match task.dossier.filter(|_| task.kind == "dossier" && !past_tasks::is_past(task)) {
        Some(dossier) => desk.dossier(dossier).await?.cloned(),
        None => None,
    };
    if let Some(dossier) = &dossier {
        value["dossier"] = desk.dossier_shown(dossier.id, &asker.0).await?.into();
    }
    let edition = Arc::clone(&desk.edition);
    let declaration = desk.declaration(task.case).await?;
    let declared = declaration.map(|of| answers::subject(of, &[])).or(dossier.as_ref().map(answers::dossier::subject));
    let may = match declared.filter(|_| !past_tasks::is_past(task)) {
        Some(declared) => {
            let parties = Parties { handled: handled(task), declared };
            next::on_task(task, dossier.as_ref().map(Turn::of).as_ref(), &edition, &parties, &asker.0)
        }
        // Nobody's turn any more.
        None => Vec::new(),
    };
    value["may"] = may.into();
    if let Some(reason) = stuck {
        value["stuck"] = reason.into();
    }
    if task.kind == "settle_fact" && !past_tasks::is_past(task) {
        let questions = desk.questions(task.case, &task.key).await?;
        value["questions"] = questions.iter().map(|question| json!(question)).collect();
    }
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
    let seen = seen(acting.body.seen, &acting.headers)?;
    let of_customs = task.kind != "dossier";
    if of_customs && let Some(action) = On::parse(&name).filter(|action| !matches!(action, On::Amend | On::Attach)) {
        let (_, concerns, _) = declaration_named(&app, &asker, &task.case.to_string()).await?;
        declarations::may_act(&asker, action, &concerns)?;
        return Err(elsewhere(&app, &asker, &task).await?);
    }
    let (act, right) = dossier_act(&name, acting.body)?;
    match may_act(&app, &asker, right, &task).await {
        // He sees the task: that it is none of his is no secret.
        Err(problem) if of_customs && problem.status == StatusCode::NOT_FOUND => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "this task is not yours to do"));
        }
        may => may?,
    }
    if of_customs || past_tasks::is_past(&task) {
        return Err(elsewhere(&app, &asker, &task).await?);
    }
    let (case, key, by) = (task.case, task.key.clone(), asker.author());
    let act = Box::new(act);
    let act = if task.is_dossier() {
        Act::Dossier { case, act, seen }
    } else {
        Act::Task { case, task: key.clone(), act, seen }
    };
    let own = (asker.clone(), id.clone());
    let answer = once::act(app.service.writer(), asked, move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let (asker, id) = own;
            let disputed = enter(desk, &act, (case, &key), &by).await?;
            // A task that is done is no longer in the queue: it is shown as it will be found then.
            let now = match desk.task(case, &key).await? {
                Some(now) => Some(now),
                None => past_tasks::find(desk, &id).await?,
            };
            let mut shown = shown(desk, now.as_ref().unwrap_or(&task), &asker).await?;
            if let Some(disputed) = disputed {
                shown["disputed"] = disputed;
            }
            Ok((case, answer(&shown)))
        })
    });
    match answer.await.map_err(Problem::from) {
        Ok(answer) => Ok(response(answer)),
        Err(problem) if problem.is_of_state() => instead(&app, &asker, &id, problem).await,
        Err(problem) => Err(problem),
    }
}

/// A refusal that says what whoever asks may do with the task instead.
async fn instead(app: &App, asker: &Asker, id: &str, problem: Problem) -> Result<Response, Problem> {
    let now = task(app, asker, id).await?;
    let mut viewed = app.service.view().await?;
    Err(problem.instead(&shown(&mut viewed, &now, asker).await?))
}

/// Where a task is acted on that is not, or no more, acted on by itself.
async fn elsewhere(app: &App, asker: &Asker, task: &TaskRow) -> Result<Problem, Problem> {
    let detail = if past_tasks::is_past(task) {
        format!("the task is {}: what can be done with its dossier still, the dossier says", task.state)
    } else {
        format!("this task is done on its declaration: POST /v1/declarations/{}/ and what its `may` says", task.case)
    };
    let mut viewed = app.service.view().await?;
    let shown = shown(&mut viewed, task, asker).await?;
    Ok(Problem::new(StatusCode::CONFLICT, "not-now", detail).instead(&shown))
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
async fn may_act(app: &App, asker: &Asker, right: Action, task: &TaskRow) -> Result<(), Problem> {
    if right != Action::ActAsDeclarant {
        return Ok(asker.0.may_do(right, &handled(task))?);
    }
    if task.is_dossier() {
        let (dossier, _) = dossiers::seen(app, asker, &task.case.to_string()).await?;
        return Ok(asker.0.may_do(right, &answers::dossier::subject(&dossier))?);
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

/// The act of a name, and the right that it takes.
pub(in crate::server) fn dossier_act(name: &str, body: ActBody) -> Result<(DossierAct, Action), Problem> {
    let lines: Vec<LineResult> = body
        .lines
        .into_iter()
        .map(|line| LineResult { line: line.line, passed: line.passed, note: line.note })
        .collect();
    let meaning = match name {
        "claim" => return Ok((DossierAct::Claim, next::right_of(None))),
        "release" => return Ok((DossierAct::Release, next::right_of(None))),
        "result" if lines.is_empty() => return Err(Problem::invalid("`lines` states the result on each line")),
        // Where all lines fail it is a failure; where one passes, a paper is issued for it.
        "result" if lines.iter().all(|line| !line.passed) => Meaning::Fail,
        "result" => Meaning::Issue,
        name => Meaning::parse(name).ok_or_else(|| {
            let words: Vec<&str> = Meaning::WORDS.iter().map(|(word, _)| *word).collect();
            let detail = format!("`{name}` is no act; there are claim, release, result, {}", words.join(", "));
            Problem::new(StatusCode::NOT_FOUND, "unknown", detail)
        })?,
    };
    let right = if body.paper.is_some() { Action::EnterAfterwards } else { next::right_of(Some(meaning)) };
    let quantity = match (body.quantity, body.unit) {
        (Some(quantity), Some(unit)) => Some((quantity, unit)),
        (None, None) => None,
        _ => return Err(Problem::invalid("`quantity` and `unit` are stated together")),
    };
    let given = Given {
        number: body.number,
        valid_to: body.valid_to,
        quantity,
        hs: Vec::new(),
        replaces: body.replaces,
        lines,
    };
    let paper = body.paper.map(|paper| (paper.source, paper.done));
    Ok((DossierAct::Do { act: meaning, note: body.reason, given, paper }, right))
}
