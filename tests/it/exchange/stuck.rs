//! Steps whose agency was not reached.

use std::sync::Arc;

use motcua::clearance::case::Author;
use motcua::exchange::{Deliveries, Policy, Settings, endpoint};
use motcua::store::endpoints::EndpointKind;
use motcua::store::{Database, verify};
use serde_json::{Value, json};

use super::office::{Sevens, at_once, reach, settings, until};
use super::receiver::{Receiver, Reply};
use crate::server::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const NOW: &str = "2026-07-20T10:00:00+07:00";

/// A site whose agency is told by a webhook, which answers so, and what is delivered there.
async fn site(database: Database, receiver: &Receiver) -> (Site, Deliveries) {
    let site = Site::open(database, moment(NOW)).await;
    let made = endpoint::new(("vet", EndpointKind::Webhook, &receiver.url()), &reach(), &mut Sevens, moment(NOW));
    let (hook, _) = made.unwrap();
    let writer = site.app.service.writer().clone();
    writer
        .run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &hook, &Author::system()).await?) }))
        .await
        .unwrap();
    let once = Settings { policy: Policy { refusals: 1, ..Policy::default() }, ..settings() };
    let deliveries = Deliveries::start(Arc::clone(site.app.shared()), writer, &once, at_once()).unwrap();
    (site, deliveries)
}

/// A declaration: its path, and that of its first task.
async fn declared(site: &Site) -> (String, String) {
    let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    let task = sent["task_ids"]["t1"].as_str().unwrap();
    (format!("/v1/declarations/{}", sent["id"].as_str().unwrap()), format!("/v1/tasks/{task}"))
}

async fn state(site: &Site, task: &str) -> Value {
    site.get("vet", task).await.1["state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_agency_is_reached_by_nothing_else_is_stuck_until_it_is_tried_again() {
    for (server, database) in databases().await {
        let mut gone = true;
        let receiver = Receiver::start(move |_| Reply::Status(if std::mem::take(&mut gone) { 410 } else { 200 })).await;
        let (site, _deliveries) = site(database.clone(), &receiver).await;
        let (declaration, task) = declared(&site).await;
        until("the step is stuck", async || state(&site, &task).await == "stuck").await;
        let (_, shown) = site.get("vet", &task).await;
        let reason = shown["stuck"].as_str().unwrap_or_else(|| panic!("{server}: {shown:#}"));
        assert!(reason.contains("task.ready") && reason.contains("410"), "{server}: {reason}");
        assert_eq!(shown["waits_for"], "operator", "{server}");
        let (_, steps) = site.get("operator", &declaration).await;
        assert_eq!(steps["tasks"][0]["stuck"], reason, "{server}: {steps:#}");

        let retry = json!({ "task": shown["key"], "reason": "the agency is back" });
        let (status, retried) = site.act("operator", &format!("{declaration}/retry_step"), retry).await;
        assert_eq!(status, 200, "{server}: {retried:#}");
        until("the letter is sent again", async || receiver.seen().len() == 2).await;
        let seen = receiver.seen();
        assert_eq!(seen[0].id(), seen[1].id(), "{server}: the same letter");
        assert_eq!(state(&site, &task).await, "ready", "{server}");
        assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_acts_on_a_stuck_step_has_heard_of_it() {
    for (server, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(410)).await;
        let (site, _deliveries) = site(database, &receiver).await;
        let (_, task) = declared(&site).await;
        until("the step is stuck", async || state(&site, &task).await == "stuck").await;
        let (status, claimed) = site.act("vet", &format!("{task}/claim"), json!({})).await;
        assert_eq!((status, &claimed["state"]), (200, &json!("claimed")), "{server}: {claimed:#}");
        assert_eq!(claimed["stuck"], Value::Null, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_officer_signs_in_a_dead_letter_keeps_nothing() {
    for (server, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(410)).await;
        let (site, _deliveries) = site(database, &receiver).await;
        let person = json!({ "login": "an", "name": "An" });
        let (status, hired) = site.act("operator", "/v1/organisations/vet/people", person).await;
        assert_eq!(status, 201, "{server}: {hired:#}");
        let (_, task) = declared(&site).await;
        until("it is given up", async || {
            let mut reader = site.app.shared().database.read().await.unwrap();
            !motcua::store::outbox::dead(&mut reader.link(), Some("vet"), 10).await.unwrap().is_empty()
        })
        .await;
        assert_eq!(state(&site, &task).await, "ready", "{server}");
        site.close().await;
    }
}
