//! Permits, certificates and results.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::json as reply;
use crate::people::Subject;
use crate::store::accounts;
use crate::store::known::{self, Evidence};

/// A permit, certificate or result by its number: what it says, whether it still counts, and the
/// account of what has a quantity. Several agencies may use one number: `rows` has all that the asker
/// may see.
#[utoipa::path(
    get,
    path = "/v1/certificates/{number}",
    tag = "certificates",
    params(("number" = String, Path, description = "Its number")),
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::desk::Certificate>), (status = 404, body = Problem), (status = 401, body = Problem))
)]
pub(in crate::server) async fn get(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let mut reader = app.shared().database.read().await?;
    let found = known::evidence_numbered(&mut reader.link(), &number).await?;
    let seen = |evidence: &Evidence| {
        let subject = Subject::Permit { holder: evidence.entry.holder.as_deref(), agency: evidence.agency.as_deref() };
        asker.0.may_see(&subject).is_ok()
    };
    let found: Vec<Evidence> = found.into_iter().filter(seen).collect();
    let ids: Vec<_> = found.iter().filter_map(Evidence::account).collect();
    let accounts = accounts::accounts(&mut reader.link(), &ids).await?;
    drop(reader);
    let rows: Vec<Value> = found
        .iter()
        .map(|evidence| {
            let account = evidence.account().and_then(|id| accounts.iter().find(|row| row.account == id));
            json!({
                "number": evidence.number,
                "agency": evidence.agency,
                "issued": evidence.issued.to_string(),
                "live": evidence.live,
                "says": evidence.entry,
                "links": {
                    "dossier": format!("/v1/dossiers/{}", evidence.from),
                    "declaration": evidence.declaration.map(|case| format!("/v1/declarations/{case}")),
                    "account": account.map(|row| format!("/v1/accounts/{}", row.case)),
                },
            })
        })
        .collect();
    if rows.is_empty() {
        return Err(Problem::not_found("certificate"));
    }
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}
