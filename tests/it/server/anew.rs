//! Dossiers that end without a result: the task is open, and another takes their place.

use motcua::store::{Database, Mode, Rebuilt, rebuild, verify};
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;
use crate::store::story::making;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const SHRIMP: &str = "declarations/09-shrimp-registration-and-result-by-procedure.xml";
const APPLICATION: &str = "vnsw/aquatic-certificate.xml";

/// Compares the rows with those that the journal makes.
async fn remade(database: &Database) -> Rebuilt {
    rebuild(database, &making(), Mode::Compare, |_| {}).await.unwrap()
}

/// The one task of an agency that is ready.
async fn ready(site: &Site) -> Value {
    let (_, queue) = site.get("vet", "/v1/tasks").await;
    let rows = queue["rows"].as_array().unwrap();
    let ready: Vec<&Value> = rows.iter().filter(|row| row["state"] != "waiting").collect();
    assert_eq!(ready.len(), 1, "{queue:#}");
    ready[0].clone()
}

async fn act(site: &Site, who: &str, task: &Value, act: &str, said: Value) -> (u16, Value) {
    site.act(who, &format!("/v1/tasks/{}/{act}", task["id"].as_str().unwrap()), said).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_withdrawn_or_revoked_is_begun_anew_and_stays_in_the_timeline() {
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment("2026-07-20T10:00:00+07:00")).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());

        // Rejected: the application was, not the goods; the officer may begin anew.
        let first = ready(&site).await;
        assert_eq!(act(&site, "vet", &first, "claim", json!({})).await.0, 200, "{server}");
        let (status, rejected) = act(&site, "vet", &first, "reject", json!({ "reason": "not legible" })).await;
        assert_eq!((status, &rejected["state"]), (200, &json!("asked")), "{server}: {rejected:#}");
        assert_eq!(rejected["claimed_by"], Value::Null, "{server}");
        assert_eq!(rejected["dossier"]["last_act"], "reject", "{server}");
        assert!(rejected["may"].as_array().unwrap().contains(&json!("issue")), "{server}: {}", rejected["may"]);
        let (_, seen) = site.get("broker", &declaration).await;
        assert_eq!(seen["outcome"], "hold", "{server}: nobody has judged the goods");
        let (status, twice) = act(&site, "vet", &first, "reject", json!({ "reason": "again" })).await;
        assert_eq!(status, 409, "{server}: {twice:#}");
        let (status, asked) = act(&site, "vet", &first, "ask", json!({ "reason": "the contract" })).await;
        assert_eq!((status, &asked["state"]), (200, &json!("asked")), "{server}: {asked:#}");
        assert_ne!(asked["dossier"]["id"], rejected["dossier"]["id"], "{server}");

        // Withdrawn: a late result is no answer to it; the trader applies again.
        let (status, withdrawn) = act(&site, "broker", &first, "withdraw", json!({})).await;
        assert_eq!((status, &withdrawn["state"]), (200, &json!("asked")), "{server}: {withdrawn:#}");
        assert_eq!((&withdrawn["waits_for"], &withdrawn["may"]), (&json!("trader"), &json!(["apply"])), "{server}");
        for begins in ["claim", "accept", "ask"] {
            let (status, begun) = act(&site, "vet", &first, begins, json!({ "reason": "go on" })).await;
            assert_eq!(status, 409, "{server} {begins}: {begun:#}");
        }
        let (status, late) = act(&site, "vet", &first, "issue", json!({ "number": "DK-0" })).await;
        assert_eq!(status, 409, "{server}: {late:#}");
        let (status, applied) = act(&site, "broker", &first, "apply", json!({})).await;
        assert_eq!(status, 200, "{server}: {applied:#}");
        assert_ne!(applied["dossier"]["id"], withdrawn["dossier"]["id"], "{server}");
        let (status, issued) = act(&site, "vet", &first, "issue", json!({ "number": "DK-1" })).await;
        assert_eq!((status, &issued["state"]), (200, &json!("done")), "{server}: {issued:#}");

        let (_, timeline) = site.get("customs", &format!("{declaration}/timeline")).await;
        let of = |event: &str| timeline["rows"].as_array().unwrap().iter().filter(|row| row["event"] == event).count();
        assert_eq!((of("dossier.opened"), of("declaration.dossier_linked")), (3, 3), "{server}: {timeline:#}");
        assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
        assert!(remade(&database).await.is_same(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_is_the_traders_turn_and_what_is_closed_nobodys() {
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment("2026-07-20T10:00:00+07:00")).await;
        site.send("broker", fixture(CHICKEN), "application/json").await;
        let task = ready(&site).await;
        assert_eq!(act(&site, "vet", &task, "reject", json!({ "reason": "not legible" })).await.0, 200, "{server}");
        let path = task["links"]["self"].as_str().unwrap();
        let (_, seen) = site.get("broker", path).await;
        assert_eq!((&seen["state"], &seen["waits_for"]), (&json!("asked"), &json!("trader")), "{server}: {seen:#}");
        assert_eq!((&seen["dossier"]["waits_for"], &seen["due"]), (&json!("trader"), &Value::Null), "{server}");
        assert!(seen["may"].as_array().unwrap().contains(&json!("apply")), "{server}: {seen:#}");

        // However long he takes: the agency is not late.
        site.app.shared().clock.set(moment("2026-08-20T10:00:00+07:00"));
        let (_, text) = site.get("", "/metrics").await;
        let text = text.as_str().unwrap();
        assert!(!text.contains("motcua_tasks_overdue{"), "{server}: {text}");
        assert_eq!(act(&site, "broker", &task, "apply", json!({})).await.0, 200, "{server}");
        let (_, seen) = site.get("vet", path).await;
        assert_eq!(
            (&seen["waits_for"], &seen["dossier"]["waits_for"]),
            (&json!("agency"), &json!("agency")),
            "{server}"
        );
        assert!(seen["due"].as_str().unwrap() > "2026-08-20", "{server}: it runs from the new application: {seen:#}");

        for task in [task.clone(), ready_after(&site, &task).await] {
            let (status, issued) = act(&site, "vet", &task, "issue", json!({})).await;
            assert_eq!((status, &issued["dossier"]["waits_for"]), (200, &Value::Null), "{server}: {issued:#}");
        }
        let (_, past) = site.get("broker", path).await;
        assert_eq!(past["dossier"]["waits_for"], Value::Null, "{server}: {past:#}");
        assert!(remade(&database).await.is_same(), "{server}");
        site.close().await;
    }
}

/// The task of the agency that is not this one.
async fn ready_after(site: &Site, task: &Value) -> Value {
    let (_, queue) = site.get("vet", "/v1/tasks").await;
    queue["rows"].as_array().unwrap().iter().find(|row| row["id"] != task["id"]).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_was_revoked_is_given_anew_by_another_dossier() {
    const ADDITIVE: &str = "declarations/01-msg-additive-three-ministries.xml";
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment("2026-05-12T09:00:00+07:00")).await;
        site.send("broker", fixture(ADDITIVE), "application/json").await;
        let (_, queue) = site.get("trade", "/v1/tasks?state=ready").await;
        let task = queue["rows"][0].clone();
        let (status, _) = act(&site, "trade", &task, "issue", json!({ "number": "HC-1" })).await;
        assert_eq!(status, 200, "{server}");
        let (_, certificate) = site.get("trade", "/v1/certificates/HC-1").await;
        let dossier = certificate["rows"][0]["links"]["dossier"].as_str().unwrap_or_else(|| panic!("{certificate:#}"));
        let revoke = format!("{dossier}/revoke");
        let (status, revoked) = site.act("trade", &revoke, json!({ "reason": "given in error" })).await;
        assert_eq!(status, 200, "{server}: {revoked:#}");
        let (_, queue) = site.get("trade", "/v1/tasks?state=ready").await;
        assert_eq!(queue["rows"][0]["id"], task["id"], "{server}: {queue:#}");
        let (status, issued) = act(&site, "trade", &task, "issue", json!({ "number": "HC-2" })).await;
        assert_eq!((status, &issued["state"]), (200, &json!("done")), "{server}: {issued:#}");
        let (_, certificate) = site.get("trade", "/v1/certificates/HC-2").await;
        assert_eq!(certificate["rows"][0]["live"], true, "{server}");
        assert!(remade(&database).await.is_same(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_application_of_the_trader_takes_the_place_of_the_one_that_was_rejected() {
    let application = |id: &str, reference: &str| {
        let text = String::from_utf8(fixture(APPLICATION)).unwrap();
        let text = text.replace("<function>04</function>", "<function>01</function>");
        let text = text.replace("0301234567", "3700654321").replace("M266007200012", reference);
        text.replace("9f63fd78-3526-4a39-a754-98c31f00dc12", id).into_bytes()
    };
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment("2026-05-14T10:00:00+07:00")).await;
        let (status, sent) = body_of(site.send("broker", fixture(SHRIMP), "application/json").await).await;
        assert_eq!(status, 201, "{server}: {sent:#}");
        let task = ready(&site).await;
        let mut dossiers = Vec::new();
        for (id, reference) in [("a-1", "M1"), ("a-2", "M2"), ("a-3", "M2")] {
            let answer = site.send("broker", application(id, reference), "application/json").await;
            let (status, applied) = body_of(answer).await;
            assert_eq!(status, 200, "{server} {reference}: {applied:#}");
            let (_, seen) = site.get("vet", &format!("/v1/tasks/{}", task["id"].as_str().unwrap())).await;
            assert_eq!(seen["dossier"]["reference"], reference, "{server}: it is joined: {seen:#}");
            assert_eq!(seen["dossier"]["open"], true, "{server}: {seen:#}");
            dossiers.push(seen["dossier"]["id"].clone());
            if id != "a-3" {
                let (status, rejected) = act(&site, "vet", &task, "reject", json!({ "reason": "incomplete" })).await;
                assert_eq!(status, 200, "{server}: {rejected:#}");
            }
        }
        dossiers.dedup();
        assert_eq!(dossiers.len(), 3, "{server}: the reference of one that has ended begins another");
        let (status, issued) = act(&site, "vet", &task, "issue", json!({ "number": "KD-1" })).await;
        assert_eq!((status, &issued["state"]), (200, &json!("done")), "{server}: {issued:#}");
        assert!(remade(&database).await.is_same(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_has_not_ended_before_it_is_given() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-07-20T10:00:00+07:00")).await;
        site.send("broker", fixture(CHICKEN), "application/json").await;
        let task = ready(&site).await;
        let (status, past) = act(&site, "vet", &task, "issue", json!({ "valid_to": "2026-07-19" })).await;
        assert_eq!(status, 422, "{server}: {past:#}");
        assert!(past["detail"].as_str().unwrap().contains("`valid_to`"), "{server}: {past:#}");
        assert_eq!(ready(&site).await["dossier"], Value::Null, "{server}: nothing came of it");
        let paper = json!({ "source": "register 12", "done": "2026-07-18T10:00:00+07:00" });
        let on_paper = json!({ "valid_to": "2026-07-18", "paper": paper });
        let (status, given) = act(&site, "vet", &task, "issue", on_paper).await;
        assert_eq!(status, 200, "{server}: it had not ended when it was given: {given:#}");
        site.close().await;
    }
}
