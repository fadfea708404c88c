//! The API, one file for what is asked about.

pub(super) mod account;
pub(super) mod accounts;
pub(super) mod attachments;
pub(super) mod bulk;
pub(super) mod check;
pub(super) mod declarations;
pub(super) mod dossiers;
pub(super) mod endpoints;
pub(super) mod events;
pub(super) mod evidence;
pub(super) mod inbox;
pub(super) mod keys;
pub(super) mod law;
pub(super) mod messages;
pub(super) mod organisations;
pub(super) mod origin_certificates;
pub(super) mod papers;
mod past_tasks;
pub(super) mod people;
pub(super) mod reads;
pub(super) mod session;
pub(super) mod soap;
pub(super) mod system;
pub(super) mod tasks;

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use utoipa::IntoParams;

use super::app::App;
use super::asker::Asker;
use super::problem::Problem;
use crate::clearance::case::CaseId;
use crate::people::{Mandates, Principal, Scope};
use crate::service::shared::Concerns;
use crate::store::messages::Answer;
use crate::store::people::{Read, note_reads};
use crate::store::{StoreError, cases, lists};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Paging {
    /// Where the page begins: `next` of the page before.
    after: Option<String>,
    /// Rows of the page, 1 to 200; 50 if nothing is said.
    #[serde(default, deserialize_with = "rows")]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl Paging {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(50)
    }
}

/// How many rows a page has.
fn rows<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(from)?;
    let number = text.parse().ok().filter(|number| (1..=lists::PAGE_MAX).contains(number));
    let wrong = || format!("`{text}` cannot be the number of a page's rows; it is 1 to {}", lists::PAGE_MAX);
    number.map(Some).ok_or_else(|| D::Error::custom(wrong()))
}

/// The cases that a trader or broker lists: those that it may see one by one.
fn own(principal: &Principal) -> lists::Own {
    let holders = match &principal.mandates {
        Mandates::Everybody => lists::Holders::All,
        Mandates::Of(traders) => lists::Holders::Of(principal.identity.iter().chain(traders).cloned().collect()),
    };
    lists::Own { filer: principal.organisation.as_str().to_owned(), holders }
}

/// An answer of the service as a response.
pub(super) fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

/// A value as JSON.
pub(super) fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A page of a list as it is answered.
pub(super) fn paged<T>(page: &lists::Page<T>, row: impl FnMut(&T) -> serde_json::Value) -> Response {
    let rows: Vec<serde_json::Value> = page.rows.iter().map(row).collect();
    json(StatusCode::OK, &serde_json::json!({ "rows": rows, "next": page.next }))
}

/// The number of the last event that the asker saw: from the body, or `If-Match`.
///
/// # Errors
/// [`Problem`] where the header says no number: what nobody can compare must not pass.
pub(super) fn seen(body: Option<u64>, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(body) };
    let said = tag.to_str().unwrap_or_default().trim();
    if said == "*" {
        return Ok(body);
    }
    let number = said.trim_start_matches("W/").trim_matches('"').parse();
    let number = number
        .map_err(|_| Problem::parameter("If-Match", "it is the number of the last event that you saw (`event`)"))?;
    Ok(body.or(Some(number)))
}

/// The declaration that a name in a path means to the asker, with whom it concerns. Where the name is
/// that of several which he may see, he is told which.
pub(super) async fn declaration_named(
    app: &App,
    asker: &Asker,
    name: &str,
) -> Result<(CaseId, Concerns, Scope), Problem> {
    let mut reader = app.shared().database.read().await?;
    let link = &mut reader.link();
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    for named in cases::declarations_named(link, name, 20).await? {
        let Some(concerns) = concerns(link, named.case).await? else { continue };
        if let Ok(scope) = may_see(asker, &concerns) {
            seen.push(named);
            found.push((named.case, concerns, scope));
        }
    }
    match cases::Named::meant(&seen).as_slice() {
        [] => Err(Problem::not_found("declaration")),
        [meant] => {
            let one = found.into_iter().find(|(case, ..)| case == meant);
            one.ok_or_else(|| Problem::not_found("declaration"))
        }
        several => Err(Problem::ambiguous(name, several)),
    }
}

/// Whom a declaration concerns.
async fn concerns(link: &mut crate::store::Link<'_>, case: CaseId) -> Result<Option<Concerns>, StoreError> {
    let Some(parties) = lists::parties_of(link, case).await? else { return Ok(None) };
    let agencies = lists::agencies_of(link, case).await?;
    Ok(Some(Concerns { holder: parties.0, filer: parties.1, agencies, stuck: parties.2 }))
}

/// How much of a declaration the asker may see.
pub(super) fn may_see(asker: &Asker, concerns: &Concerns) -> Result<Scope, Problem> {
    Ok(concerns.judged(|subject| asker.0.may_see(subject))?)
}

/// Notes who looked at a case. The answer does not wait for it.
pub(super) fn note_read(app: &Arc<App>, asker: &Asker, case: CaseId, what: &'static str) {
    let read = Read {
        at: app.shared().clock.now(),
        case,
        organisation: asker.0.organisation.clone(),
        person: asker.0.person.as_ref().map(|person| person.id),
        what: what.to_owned(),
    };
    let writer = app.service.writer().clone();
    tokio::spawn(async move {
        let noted = writer.run(move |desk| {
            Box::pin(async move {
                note_reads(&mut desk.link(), &[read])
                    .await
                    .map_err(|error| StoreError::Unavailable(error.to_string()).into())
            })
        });
        if let Err(error) = noted.await {
            tracing::warn!(case.id = %case, error = %error, "that case {case} was looked at could not be noted");
        }
    });
}
