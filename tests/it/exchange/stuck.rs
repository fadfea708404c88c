//! Steps whose agency was not reached.

use std::sync::Arc;

use motcua::clearance::case::Author;
use motcua::exchange::{Deliveries, Policy, Settings, endpoint};
use motcua::store::endpoints::EndpointKind;
use motcua::store::{Database, verify};
use serde_json::{Value, json};

use super::office::{Sevens, at_once, reach, settings, until};
use super::receiver::{Receiver, Reply};
use crate::people::device::Device;
use crate::server::people::{begin, hire};
use crate::server::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const NOW: &str = "2026-07-20T10:00:00+07:00";

/// A site whose agency is told by a webhook, which answers so, and what is delivered there.
async fn site(database: Database, receiver: &Receiver) -> (Site, Deliveries) {
    site_by(database, EndpointKind::Webhook, receiver).await
}

/// The same by an endpoint of a kind.
async fn site_by(database: Database, kind: EndpointKind, receiver: &Receiver) -> (Site, Deliveries) {
    let site = Site::open(database, moment(NOW)).await;
    let made = endpoint::new(("vet", kind, &receiver.url()), &reach(), &mut Sevens, moment(NOW));
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
async fn an_account_that_nobody_has_set_up_sees_nothing_and_the_step_is_stuck() {
    for (_, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(410)).await;
        let (site, _deliveries) = site(database, &receiver).await;
        // One was only made; the other has his own password, and no second factor yet.
        hire(&site, "vet", "an", true).await;
        let (_, first) = hire(&site, "vet", "binh", false).await;
        begin(&site, "binh", &first).await;
        let (_, task) = declared(&site).await;
        until("the step is stuck", async || state(&site, &task).await == "stuck").await;
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_step_goes_on_when_its_letter_is_delivered_though_an_officer_has_signed_in_meanwhile() {
    for (server, database) in databases().await {
        let mut gone = true;
        let receiver = Receiver::start(move |_| Reply::Status(if std::mem::take(&mut gone) { 410 } else { 200 })).await;
        let (site, _deliveries) = site(database, &receiver).await;
        let (_, task) = declared(&site).await;
        until("the step is stuck", async || state(&site, &task).await == "stuck").await;
        officer(&site).await;
        let (_, dead) = site.get("operator", "/v1/dead-letters").await;
        let replay = format!("/v1/dead-letters/{}/replay", dead["rows"][0]["id"].as_str().unwrap());
        assert_eq!(site.act("operator", &replay, json!({})).await.0, 200, "{server}: {dead:#}");
        until("the step goes on", async || state(&site, &task).await == "ready").await;
        site.close().await;
    }
}

/// Somebody of the agency who has set up all that signing in wants.
async fn officer(site: &Site) {
    let (_, first) = hire(site, "vet", "an", false).await;
    let token = begin(site, "an", &first).await;
    let (_, drawn) = site.act(&token, "/v1/account/second-factor", json!({})).await;
    let code = Device::read(drawn["otpauth"].as_str().unwrap()).code(site.app.shared().clock.now());
    let (status, set) = site.act(&token, "/v1/account/second-factor/confirm", json!({ "code": code })).await;
    assert_eq!(status, 200, "{set:#}");
    assert_eq!(site.get(&token, "/v1/tasks").await.0, 200, "he sees the queue");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_read_page_by_page() {
    for (server, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(410)).await;
        let (site, _deliveries) = site(database, &receiver).await;
        for number in 1..=5 {
            let text = String::from_utf8(fixture(CHICKEN)).unwrap();
            let text = text.replace("107000000010", &format!("1071000000{number:02}"));
            let text =
                text.replace("6f3c0010", &format!("6f3c01{number:02}")).replace("010</", &format!("1{number:02}</"));
            let (status, sent) = body_of(site.send("broker", text.into_bytes(), "application/json").await).await;
            assert_eq!(status, 201, "{server}: {sent:#}");
        }
        let all = async || site.get("operator", "/v1/dead-letters").await.1["rows"].as_array().unwrap().clone();
        until("all are given up", async || all().await.len() == 5).await;
        let all = all().await;
        let created: Vec<&str> = all.iter().map(|row| row["created"].as_str().unwrap()).collect();
        assert!(created.is_sorted_by(|one, other| one >= other), "{server}: {created:?}");
        for who in ["operator", "vet"] {
            let (mut path, mut seen, mut pages) = ("/v1/dead-letters?limit=2".to_owned(), Vec::new(), 0);
            loop {
                let (status, page) = site.get(who, &path).await;
                assert_eq!(status, 200, "{server} {who}: {page:#}");
                seen.extend(page["rows"].as_array().unwrap().clone());
                pages += 1;
                let Some(next) = page["next"].as_str() else { break };
                path = format!("/v1/dead-letters?limit=2&after={next}");
            }
            assert_eq!((pages, &seen), (3, &all), "{server} {who}");
        }
        assert_eq!(site.get("broker", "/v1/dead-letters").await.1, json!({ "rows": [], "next": null }), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_officer_signs_in_a_dead_letter_keeps_nothing() {
    for (server, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(410)).await;
        let (site, _deliveries) = site(database, &receiver).await;
        officer(&site).await;
        let (_, task) = declared(&site).await;
        until("it is given up", async || {
            let mut reader = site.app.shared().database.read().await.unwrap();
            !motcua::store::outbox::dead(&mut reader.link(), Some("vet"), None, 10).await.unwrap().rows.is_empty()
        })
        .await;
        assert_eq!(state(&site, &task).await, "ready", "{server}");
        site.close().await;
    }
}

/// An application that serves no declaration: the path of its dossier, and that of its task.
async fn applied(site: &Site) -> (String, String) {
    let text = String::from_utf8(fixture("vnsw/aquatic-certificate.xml")).unwrap();
    let first = text.replace("<function>04<", "<function>01<").into_bytes();
    let (status, dossier) = body_of(site.send("broker", first, "application/json").await).await;
    assert_eq!(status, 200, "{dossier:#}");
    let (_, queue) = site.get("vet", "/v1/tasks").await;
    let task = queue["rows"][0]["links"]["self"].as_str().unwrap_or_else(|| panic!("{queue:#}"));
    (dossier["links"]["self"].as_str().unwrap().to_owned(), task.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_its_agency_was_not_told_of_is_on_the_operators_desk() {
    for (server, database) in databases().await {
        let mut gone = true;
        let receiver = Receiver::start(move |_| Reply::Status(if std::mem::take(&mut gone) { 410 } else { 200 })).await;
        let (site, _deliveries) = site(database.clone(), &receiver).await;
        let (dossier, task) = applied(&site).await;
        until("the dossier is stuck", async || state(&site, &task).await == "stuck").await;
        assert_eq!(site.get("broker", &dossier).await.1["waits_for"], "operator", "{server}");
        let (_, desk) = site.get("operator", "/v1/tasks").await;
        let row = &desk["rows"][0];
        assert_eq!((&row["state"], &row["kind"], &row["may"]), (&json!("stuck"), &json!("dossier"), &json!([])));
        assert!(row["note"].as_str().unwrap().contains("dead-letters"), "{server}: {row:#}");
        let (_, shown) = site.get("operator", &task).await;
        let reason = shown["stuck"].as_str().unwrap_or_else(|| panic!("{server}: {shown:#}"));
        assert!(reason.contains("dossier.apply") && reason.contains("410"), "{server}: {reason}");

        let (_, dead) = site.get("operator", "/v1/dead-letters").await;
        let replay = format!("/v1/dead-letters/{}/replay", dead["rows"][0]["id"].as_str().unwrap());
        assert_eq!(site.act("operator", &replay, json!({})).await.0, 200, "{server}: {dead:#}");
        until("the dossier goes on", async || state(&site, &task).await == "ready").await;
        assert_eq!(site.get("broker", &dossier).await.1["waits_for"], "agency", "{server}");
        assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_acts_on_an_application_has_heard_of_it() {
    for (server, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(410)).await;
        let (site, _deliveries) = site(database, &receiver).await;
        let (dossier, task) = applied(&site).await;
        until("the dossier is stuck", async || state(&site, &task).await == "stuck").await;
        let (status, accepted) = site.act("vet", &format!("{dossier}/accept"), json!({})).await;
        assert_eq!((status, &accepted["waits_for"]), (200, &json!("agency")), "{server}: {accepted:#}");
        assert_eq!(state(&site, &task).await, "ready", "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_a_gateway_for_envelopes_cannot_be_sent_is_on_the_operators_desk() {
    for (server, database) in databases().await {
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        let (site, _deliveries) = site_by(database, EndpointKind::SoapGateway, &receiver).await;
        let (_, task) = declared(&site).await;
        let (status, applied) = site.act("broker", &format!("{task}/apply"), json!({})).await;
        assert_eq!((status, &applied["state"]), (200, &json!("ready")), "{server}: {applied:#}");
        until("the step is stuck", async || state(&site, &task).await == "stuck").await;
        let (_, shown) = site.get("vet", &task).await;
        let reason = shown["stuck"].as_str().unwrap_or_else(|| panic!("{server}: {shown:#}"));
        assert!(reason.contains("dossier.apply") && reason.contains("envelopes"), "{server}: {reason}");
        assert_eq!(receiver.seen().len(), 0, "{server}: there was nothing to send");
        site.close().await;
    }
}
