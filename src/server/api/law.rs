//! The editions of the law, for operators.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::super::app::App;
use super::super::asker::Asker;
use super::super::problem::Problem;
use super::super::schema;
use super::json as reply;
use crate::clearance::case::{Refused, RefusedReason};
use crate::law::{Defect, inspect_files};
use crate::people::{Action, Subject};
use crate::service::desk::ActError;
use crate::service::law_book::Edition;
use crate::service::law_change::{Checked, editions, meant, unpack};

/// Warnings that an answer has; their number is told.
const WARNINGS_MAX: usize = 100;

/// How an edition is installed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct Installing {
    /// The first day on which it decides; without it today.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// `true`: only say what it would do to the open cases.
    #[serde(default)]
    dry_run: bool,
}

/// Why an edition is taken back.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::server) struct Withdrawing {
    /// Why.
    reason: String,
}

/// Install an edition of the law: its folder as a tar, plain or compressed by gzip or zstd. It is
/// checked, its cases are run, and what it does to the open cases is told; from its day on it
/// decides, without a restart. Of operators only.
#[utoipa::path(
    post,
    path = "/v1/law",
    tag = "law",
    params(Installing),
    request_body(content = Vec<u8>, content_type = "application/x-tar"),
    responses(
        (status = 200, description = "Only told: its effect", body = schema::house::LawInstalled),
        (status = 201, description = "Installed: its digest, its day and its effect", body = schema::house::LawInstalled),
        (status = 403, body = Problem),
        (status = 409, description = "It decides then already", body = Problem),
        (status = 422, description = "What is wrong with the pack", body = Problem),
    )
)]
pub(in crate::server) async fn install(
    State(app): State<Arc<App>>,
    asker: Asker,
    Query(installing): Query<Installing>,
    bytes: Bytes,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::InstallLaw, &Subject::Installation)?;
    let checking = tokio::task::spawn_blocking(move || {
        let invalid = |error: crate::law::LoadError| Refused::because(RefusedReason::Invalid, error.to_string());
        Checked::new(inspect_files(unpack(&bytes)?).map_err(invalid)?)
    });
    let stopped = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the pack could not be checked");
    let checked = checking.await.map_err(stopped)?.map_err(ActError::from)?;
    let pack = checked.pack();
    let today = Edition::zone_of(pack).to_datetime(app.shared().clock.now()).date();
    let from = installing.from.unwrap_or(today);
    let (digest, edition) = (pack.digest.clone(), pack.edition.clone());
    let count = checked.warnings().len();
    let warnings: Vec<Defect> = checked.warnings().iter().take(WARNINGS_MAX).cloned().collect();
    let (status, effect) = if installing.dry_run {
        (StatusCode::OK, app.service.law_effect(checked).await?)
    } else {
        (StatusCode::CREATED, app.service.install_law(checked, from, asker.author()).await?)
    };
    Ok(reply(
        status,
        &json!({
            "digest": digest,
            "edition": edition,
            "active_from": from,
            "installed": !installing.dry_run,
            "effect": effect,
            "warning_count": count,
            "warnings": warnings,
        }),
    ))
}

/// The editions of the law that the service has, and which of them decides now. Of operators and
/// auditors.
#[utoipa::path(
    get,
    path = "/v1/law",
    tag = "law",
    responses((status = 200, description = "`rows`", body = schema::Rows<schema::house::EditionRow>), (status = 403, body = Problem))
)]
pub(in crate::server) async fn list(State(app): State<Arc<App>>, asker: Asker) -> Result<Response, Problem> {
    asker.0.may_do(Action::ReadOperations, &Subject::Installation)?;
    let rows = editions(app.shared()).await?;
    Ok(reply(StatusCode::OK, &json!({ "rows": rows })))
}

/// Take an edition back, by its digest, the beginning of it, or its name: the one before decides
/// again, and the open cases are decided again. Of operators only.
#[utoipa::path(
    delete,
    path = "/v1/law/{edition}",
    tag = "law",
    params(("edition" = String, Path, description = "The digest, the beginning of it, or the edition's name"), Withdrawing),
    responses(
        (status = 200, description = "Taken back", body = schema::house::LawWithdrawn),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, description = "It was taken back already, or is the one that the service began with", body = Problem),
        (status = 422, description = "No reason is stated", body = Problem),
    )
)]
pub(in crate::server) async fn withdraw(
    State(app): State<Arc<App>>,
    asker: Asker,
    Path(edition): Path<String>,
    Query(withdrawing): Query<Withdrawing>,
) -> Result<Response, Problem> {
    asker.0.may_do(Action::InstallLaw, &Subject::Installation)?;
    let digest = meant(&edition, &editions(app.shared()).await?).map_err(ActError::from)?;
    app.service.withdraw_law(digest.clone(), withdrawing.reason, asker.author()).await?;
    Ok(reply(StatusCode::OK, &json!({ "digest": digest, "withdrawn": true })))
}
