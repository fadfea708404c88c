//! Accounts of permits and quotas: what is granted, who draws on it, what is left.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, json as reply, note_read, paged};
use crate::clearance::case::CaseId;
use crate::people::{Principal, Subject, Whose};
use crate::service::answers::account;
use crate::store::accounts;
use crate::store::lists::{self, AccountFilter};

/// Traders whose accounts are listed together at most.
const TRADERS_MAX: usize = 100;

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Search {
    /// Of this trader, by tax code.
    holder: Option<String>,
    /// Of the permit of this number: several agencies may use one.
    number: Option<String>,
}

/// The accounts of the asker's permits and quotas, the newest first: a trader's own, a broker's
/// traders', those of the papers that an agency gave, all of them for customs.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    tag = "accounts",
    params(Search, Paging),
    responses(
        (status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::desk::PermitAccount>),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, description = "A broker of many traders says of which", body = Problem),
    )
)]
pub(in crate::server) async fn list(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let filter = filter(&asker.0, search)?;
    let mut reader = app.shared().database.read().await?;
    let page = lists::accounts(&mut reader.link(), &filter, paging.after.as_deref(), paging.limit()).await?;
    drop(reader);
    let now = app.shared().clock.now();
    let edition = app.shared().law.at(now);
    Ok(paged(&page, |row| account::account(row, edition.day_of(now), &edition)))
}

/// An account: how much is granted, set aside for declarations, written off and left, and what moved
/// it, in the order of time. Amounts are exact, and texts.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}",
    tag = "accounts",
    params(("id" = String, Path, description = "The account's id"), Paging),
    responses(
        (status = 200, description = "The account, with a page of `movements`", body = schema::desk::PermitAccount),
        (status = 404, body = Problem), (status = 401, body = Problem),
    )
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let case: CaseId = id.parse().map_err(|_| Problem::not_found("account"))?;
    let mut reader = app.shared().database.read().await?;
    let link = &mut reader.link();
    let Some(found) = accounts::account(link, case).await? else { return Err(Problem::not_found("account")) };
    let subject = Subject::Permit { holder: found.holder.as_deref(), agency: found.agency.as_deref() };
    asker.0.may_see(&subject).map_err(|_| Problem::not_found("account"))?;
    let page = lists::timeline(link, &[case], paging.after.as_deref(), paging.limit()).await?;
    let entries: Vec<_> = page.rows.iter().map(|row| &row.entry).collect();
    let names = accounts::names_of(link, account::declarations(&entries)).await?;
    drop(reader);
    note_read(&app, &asker, case, "account");
    let now = app.shared().clock.now();
    let edition = app.shared().law.at(now);
    let mut value = account::account(&found, edition.day_of(now), &edition);
    let rows = account::movements(&entries, &found, &names, &edition);
    value["movements"] = json!({ "rows": rows, "next": page.next });
    Ok(reply(StatusCode::OK, &value))
}

/// What of the search the asker may see.
fn filter(principal: &Principal, search: Search) -> Result<AccountFilter, Problem> {
    let Search { holder, number } = search;
    let named = holder.map(|holder| vec![holder]);
    Ok(match principal.whose_permits()? {
        Whose::Everybodys => AccountFilter { holders: named, agency: None, number },
        Whose::GivenBy(agency) => AccountFilter { holders: named, agency: Some(agency.to_owned()), number },
        Whose::Of(own) => {
            let holders = match named {
                Some(named) => named.into_iter().filter(|holder| own.contains(&holder.as_str())).collect(),
                None if own.len() > TRADERS_MAX => {
                    return Err(Problem::invalid("you act for many traders: state `holder`"));
                }
                None => own.into_iter().map(str::to_owned).collect(),
            };
            AccountFilter { holders: Some(holders), agency: None, number }
        }
    })
}
