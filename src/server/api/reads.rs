//! Who looked at a case: for those who watch over it, and for whom it belongs to.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::{Paging, declaration_named, dossiers, paged};
use crate::clearance::case::CaseId;
use crate::people::OrganisationKind;
use crate::store::{cases, lists};

/// Who looked at a declaration, the last first: when, from which organisation, at what of it. For
/// customs, auditors and operators, who are told the person too, and for whom it belongs to.
#[utoipa::path(
    get,
    path = "/v1/declarations/{id}/reads",
    tag = "declarations",
    params(("id" = String, Path, description = "The case's id, customs' number, or the sender's reference"), Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::declaration::ReadRow>), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::server) async fn of_declaration(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let case = if asker.0.kind == OrganisationKind::Operator {
        let mut reader = app.shared().database.read().await?;
        let found = cases::declarations_named(&mut reader.link(), &id, 20).await?;
        match cases::Named::meant(&found).as_slice() {
            [] => return Err(Problem::not_found("declaration")),
            [one] => *one,
            several => return Err(Problem::ambiguous(&id, several)),
        }
    } else {
        declaration_named(&app, &asker, &id).await?.0
    };
    page(&app, &asker, case, &paging).await
}

/// Who looked at a dossier, as of a declaration.
#[utoipa::path(
    get,
    path = "/v1/dossiers/{id}/reads",
    tag = "dossiers",
    params(("id" = String, Path, description = "The dossier's id"), Paging),
    responses((status = 200, description = "A page: `rows` and `next`", body = schema::Page<schema::declaration::ReadRow>), (status = 403, body = Problem), (status = 404, body = Problem))
)]
pub(in crate::server) async fn of_dossier(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let case = if asker.0.kind == OrganisationKind::Operator {
        id.parse().map_err(|_| Problem::not_found("dossier"))?
    } else {
        dossiers::seen(&app, &asker, &id).await?.0.id
    };
    page(&app, &asker, case, &paging).await
}

async fn page(app: &App, asker: &Asker, case: CaseId, paging: &Paging) -> Result<Response, Problem> {
    let watches = match asker.0.kind {
        OrganisationKind::Customs | OrganisationKind::Auditor | OrganisationKind::Operator => true,
        OrganisationKind::Trader | OrganisationKind::Broker => false,
        OrganisationKind::Agency | OrganisationKind::Partner => {
            let detail = "who looked at a case is told to customs, auditors, operators and whom it belongs to";
            return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        }
    };
    let mut reader = app.shared().database.read().await?;
    let page = lists::reads(&mut reader.link(), case, paging.after.as_deref(), paging.limit()).await?;
    Ok(paged(&page, |row| {
        json!({
            "at": row.at.to_string(),
            "organisation": row.organisation,
            "person": row.login.as_deref().filter(|_| watches),
            "what": row.what,
        })
    }))
}
