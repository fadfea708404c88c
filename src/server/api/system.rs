//! Whether the service lives, whether it can work, how it does.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::app::App;
use super::super::schema;
use super::json as reply;
use crate::service::lanes::Lane;
use crate::store::journal;

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "system", security(()), responses((status = 200, description = "It lives", body = schema::house::Health)))]
pub(in crate::server) async fn health() -> Response {
    reply(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Whether it can work: the database answers, and the law is there.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "system",
    security(()),
    responses((status = 200, description = "It can", body = schema::house::Ready), (status = 503, description = "It cannot: `reason`", body = schema::house::Ready))
)]
pub(in crate::server) async fn ready(State(app): State<Arc<App>>) -> Response {
    let shared = app.shared();
    if shared.is_stopping() {
        return reply(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "stopping", "reason": "shutting down" }));
    }
    let asked = async {
        let mut reader = shared.database.read().await?;
        journal::last_seq(&mut reader.link()).await
    };
    match tokio::time::timeout(std::time::Duration::from_secs(3), asked).await {
        Ok(Ok(entries)) => {
            let edition = shared.law.at(shared.clock.now());
            let law = json!({ "edition": edition.pack.edition, "digest": edition.pack.digest });
            reply(StatusCode::OK, &json!({ "status": "ready", "journal": entries, "law": law }))
        }
        Ok(Err(_)) | Err(_) => {
            let reason = "the database does not answer";
            reply(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready", "reason": reason }))
        }
    }
}

/// Metrics in the text format of Prometheus: requests, queues of the intake, open and late tasks by
/// agency, declarations by status, the outbox, the journal.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "system",
    security(()),
    responses((status = 200, description = "Metrics", content_type = "text/plain"))
)]
pub(in crate::server) async fn metrics(State(app): State<Arc<App>>) -> Response {
    for lane in [Lane::Ordinary, Lane::Express, Lane::Bulk] {
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        let waiting = app.service.waiting(lane) as f64;
        metrics::gauge!("motcua_intake_waiting", "lane" => lane.as_str()).set(waiting);
    }
    let waiting = u32::try_from(app.service.writer().waiting()).unwrap_or(u32::MAX);
    metrics::gauge!("motcua_writer_waiting").set(waiting);
    let mut text = app.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    // A database that does not answer is told by `/readyz`; the rest is told all the same.
    text.push_str(&app.gauges.text(app.shared()).await.unwrap_or_default());
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
