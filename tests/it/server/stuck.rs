//! A step whose agency cannot be reached, as an operator meets it: from outside alone.

use motcua::exchange::{Deliveries, Policy, Settings};
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::exchange::office::{at_once, reach, settings, until};
use crate::exchange::receiver::{Receiver, Reply};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const NOW: &str = "2026-07-20T10:00:00+07:00";

/// The rows of the operator's queue.
async fn stuck(site: &Site) -> Vec<Value> {
    let (status, page) = site.get("operator", "/v1/tasks?state=stuck").await;
    assert_eq!(status, 200, "{page:#}");
    page["rows"].as_array().unwrap().clone()
}

/// A declaration whose first step is stuck, since nobody listens where its agency is told: the address
/// at which somebody may listen again, and what was answered.
async fn held_up(server: &str, site: &Site) -> (std::net::SocketAddr, Deliveries, Value) {
    // Somebody listened there and does no more: connections are refused.
    let gone = Receiver::start(|_| Reply::Status(200)).await;
    let (address, url) = (gone.address, gone.url());
    drop(gone);
    until("nobody listens", async || tokio::net::TcpStream::connect(address).await.is_err()).await;
    let endpoint = json!({ "kind": "webhook", "url": url });
    let request = site.request("operator", reqwest::Method::PUT, "/v1/organisations/vet/endpoint");
    let request = request.header("content-type", "application/json").body(endpoint.to_string());
    let (status, set) = body_of(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{server}: {set:#}");
    let policy = Policy { tries: 2, ..Policy::default() };
    let (shared, writer) = (site.app.shared().clone(), site.app.service.writer().clone());
    let deliveries = Deliveries::start(shared, writer, &Settings { policy, ..settings() }, at_once()).unwrap();

    let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
    assert_eq!(status, 201, "{server}: {sent:#}");
    until("the operator sees the step", async || !stuck(site).await.is_empty()).await;
    (address, deliveries, sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_stuck_at_a_dead_endpoint_goes_on_when_it_is_back_and_tried_again() {
    for (server, database) in databases().await {
        let site = Site::open_reaching(database, moment(NOW), reach()).await;
        let (address, _deliveries, sent) = held_up(server, &site).await;
        let rows = stuck(&site).await;
        assert_eq!(rows.len(), 1, "{server}: {rows:#?}");
        let row = &rows[0];
        assert_eq!((&row["state"], &row["waits_for"]), (&json!("stuck"), &json!("operator")), "{server}: {row:#}");
        assert_eq!(row["declaration"]["id"], sent["id"], "{server}: {row:#}");
        let declaration = row["links"]["declaration"].as_str().unwrap();
        let (_, steps) = site.get("operator", declaration).await;
        assert!(steps["tasks"][0]["stuck"].as_str().unwrap().contains("given up"), "{server}: {steps:#}");
        assert!(steps["may"].as_array().unwrap().contains(&json!("retry_step")), "{server}: {steps:#}");
        let (_, seen) = site.get("broker", declaration).await;
        assert_eq!(seen["clearance"]["held_by"], json!(["operator"]), "{server}: {seen:#}");

        // Tried again too early it is stuck again.
        let retry = |task: &str| json!({ "task": row[task], "reason": "is it back?" });
        let (status, told) = site.act("operator", &format!("{declaration}/retry_step"), retry("id")).await;
        assert_eq!(status, 200, "{server}: {told:#}");
        until("it is stuck again", async || !stuck(&site).await.is_empty()).await;

        let back = Receiver::at(address, |_| Reply::Status(200)).await;
        let (status, retried) = site.act("operator", &format!("{declaration}/retry_step"), retry("key")).await;
        assert_eq!(status, 200, "{server}: {retried:#}");
        until("the agency is told", async || back.seen().iter().any(|seen| !seen.body.is_empty())).await;
        assert_eq!(stuck(&site).await, Vec::<Value>::new(), "{server}");
        let told: Value = serde_json::from_slice(&back.seen()[0].body).unwrap();
        assert_eq!((&told["topic"], &told["case"]), (&json!("task.ready"), &sent["id"]), "{server}: {told:#}");

        for task in ["t1", "t2"] {
            let issue = format!("/v1/tasks/{}/issue", sent["task_ids"][task].as_str().unwrap());
            let (status, issued) = site.act("vet", &issue, json!({})).await;
            assert_eq!(status, 200, "{server} {task}: {issued:#}");
        }
        let (_, seen) = site.get("broker", declaration).await;
        assert_eq!((&seen["status"], &seen["clearance"]["held_by"]), (&json!("cleared"), &json!([])), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_message_was_delivered_after_all_is_stuck_no_more() {
    for (server, database) in databases().await {
        let site = Site::open_reaching(database, moment(NOW), reach()).await;
        let (address, _deliveries, _) = held_up(server, &site).await;
        let _back = Receiver::at(address, |_| Reply::Status(200)).await;
        let (_, dead) = site.get("operator", "/v1/dead-letters").await;
        let replay = format!("/v1/dead-letters/{}/replay", dead["rows"][0]["id"].as_str().unwrap());
        assert_eq!(site.act("operator", &replay, json!({})).await.0, 200, "{server}: {dead:#}");
        until("nothing is stuck", async || stuck(&site).await.is_empty()).await;
        site.close().await;
    }
}
