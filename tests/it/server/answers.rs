//! Agencies' answers that come late, twice, out of order, or to a dossier that was withdrawn: each
//! is handled as the life cycle says.

use serde_json::{Value, json};

use super::site::{Site, json as read};
use crate::exchange::office::until;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const ADDITIVE: &str = "declarations/01-msg-additive-three-ministries.xml";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// Sends a declaration; gives its address and the address of the agency's first task.
async fn declared(site: &Site, name: &str, agency: &str) -> (String, String) {
    let (status, sent) = read(site.send("broker", fixture(name), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
    let (_, queue) = site.get(agency, "/v1/tasks?state=ready").await;
    let task = queue["rows"][0]["links"]["self"].as_str().unwrap_or_else(|| panic!("{queue:#}"));
    (declaration, task.to_owned())
}

/// The events of a declaration and its dossiers.
async fn events(site: &Site, declaration: &str) -> Vec<String> {
    let (_, timeline) = site.get("broker", &format!("{declaration}/timeline?limit=200")).await;
    let rows = timeline["rows"].as_array().unwrap();
    let events = rows.iter().map(|row| row["event"].as_str().unwrap().to_owned());
    events.collect()
}

/// What somebody was told.
async fn told(site: &Site, who: &str) -> Vec<String> {
    let (_, inbox) = site.get(who, "/v1/inbox?limit=200").await;
    inbox["rows"].as_array().unwrap().iter().map(|row| row["topic"].as_str().unwrap().to_owned()).collect()
}

/// The events that somebody has caused: clocks ring when they do.
async fn acts(site: &Site, declaration: &str) -> Vec<String> {
    let mut events = events(site, declaration).await;
    events.retain(|event| event != "declaration.clock_rang");
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_counts_and_was_told_of_as_late() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-12T09:00:00+07:00")).await;
        let (declaration, task) = declared(&site, ADDITIVE, "food").await;
        let (_, shown) = site.get("food", &task).await;
        let due: jiff::Timestamp = shown["due"].as_str().unwrap().parse().unwrap();
        site.app.shared().clock.set(due + jiff::SignedDuration::from_hours(72));
        until("it has been overdue long", async || {
            told(&site, "customs").await.contains(&"declaration.escalation".to_owned())
        })
        .await;
        // Nobody is reminded of a day that is past.
        let of_clocks = |topics: Vec<String>| -> Vec<String> {
            topics.into_iter().filter(|topic| topic == "task.reminder" || topic == "task.overdue").collect()
        };
        assert_eq!(of_clocks(told(&site, "food").await), ["task.overdue"], "{server}");
        let (_, timeline) = site.get("broker", &format!("{declaration}/timeline?limit=200")).await;
        let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let reminded = timeline["rows"].as_array().unwrap().iter().filter(|row| row["data"]["mark"] == "reminder");
        for row in reminded {
            assert!(time(&row["data"]["due"]) > time(&row["at"]), "{server}: {row:#}");
        }
        let (status, done) = site.act("food", &format!("{task}/issue"), json!({ "number": "AT-1" })).await;
        assert_eq!((status, &done["state"]), (200, &json!("done")), "{server}: {done:#}");
        let (_, paper) = site.get("broker", "/v1/certificates/AT-1").await;
        assert_eq!(paper["rows"][0]["live"], true, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_twice_is_refused_the_second_time_and_changes_nothing() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-12T09:00:00+07:00")).await;
        let (declaration, task) = declared(&site, ADDITIVE, "trade").await;
        let issue = format!("{task}/issue");
        let (status, _) = site.act("trade", &issue, json!({ "number": "HC-1" })).await;
        assert_eq!(status, 200, "{server}");
        let before = acts(&site, &declaration).await;
        let (status, again) = site.act("trade", &issue, json!({ "number": "HC-2" })).await;
        assert!(matches!(status, 404 | 409), "{server}: {status} {again:#}");
        let (status, failing) = site.act("trade", &format!("{task}/fail"), json!({ "reason": "no" })).await;
        assert!(matches!(status, 404 | 409), "{server}: {status} {failing:#}");
        assert_eq!(acts(&site, &declaration).await, before, "{server}");
        assert_eq!(site.get("broker", "/v1/certificates/HC-2").await.0, 404, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_before_its_turn_is_refused_with_what_comes_first() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-07-20T10:00:00+07:00")).await;
        let (declaration, first) = declared(&site, CHICKEN, "vet").await;
        let (_, all) = site.get("vet", "/v1/tasks").await;
        let waiting = all["rows"].as_array().unwrap().iter().find(|row| row["state"] == "waiting").unwrap();
        let second = waiting["links"]["self"].as_str().unwrap();
        let (status, early) = site.act("vet", &format!("{second}/issue"), json!({ "number": "KD-1" })).await;
        assert_eq!(status, 409, "{server}: {early:#}");
        assert!(early["detail"].as_str().unwrap().contains("waits for"), "{server}: {early:#}");
        let (status, _) = site.act("vet", &format!("{first}/issue"), json!({ "number": "DK-1" })).await;
        assert_eq!(status, 200, "{server}");
        let (status, _) = site.act("vet", &format!("{second}/issue"), json!({ "number": "KD-1" })).await;
        assert_eq!(status, 200, "{server}");
        let (_, cleared) = site.get("broker", &declaration).await;
        assert_eq!(cleared["status"], "cleared", "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_what_was_withdrawn_is_refused() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-12T09:00:00+07:00")).await;
        let (declaration, task) = declared(&site, ADDITIVE, "trade").await;
        let (status, asked) = site.act("trade", &format!("{task}/ask"), json!({ "reason": "the label" })).await;
        assert_eq!(status, 200, "{server}: {asked:#}");
        let dossier = asked["links"]["dossier"].as_str().unwrap().to_owned();
        let (status, withdrawn) = site.act("broker", &format!("{dossier}/withdraw"), json!({})).await;
        assert_eq!(status, 200, "{server}: {withdrawn:#}");
        let before = acts(&site, &declaration).await;
        let (status, late) = site.act("trade", &format!("{dossier}/issue"), json!({ "number": "HC-1" })).await;
        assert_eq!(status, 409, "{server}: {late:#}");
        assert_eq!(acts(&site, &declaration).await, before, "{server}: nothing came of it");
        let (_, held) = site.get("broker", &declaration).await;
        assert_eq!(held["outcome"], Value::from("hold"), "{server}");
        // Once the declaration is cancelled, no agency has anything to do with it any more.
        let cancel = json!({ "reason": "sent back" });
        let (status, cancelled) = site.act("broker", &format!("{declaration}/cancel"), cancel).await;
        assert_eq!(status, 200, "{server}: {cancelled:#}");
        if cancelled["status"] != "cancelled" {
            let (status, agreed) = site.act("customs", &format!("{declaration}/agree"), json!({})).await;
            assert_eq!((status, &agreed["status"]), (200, &json!("cancelled")), "{server}: {agreed:#}");
        }
        let (_, queue) = site.get("food", "/v1/tasks").await;
        assert_eq!(queue["rows"], json!([]), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_trader_asks_takes_no_step_in_the_agencys_place() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-12T09:00:00+07:00")).await;
        let (declaration, task) = declared(&site, ADDITIVE, "food").await;
        assert_eq!(site.act("food", &format!("{task}/claim"), json!({})).await.0, 200, "{server}");
        let asked = site.act("broker", &format!("{task}/ask_withdrawal"), json!({ "reason": "not needed" })).await;
        let (_, timeline) = site.get("customs", &format!("{declaration}/timeline?limit=200")).await;
        let accepted = timeline["rows"].as_array().unwrap().iter().filter(|row| row["data"]["act"] == "accept");
        assert_eq!(accepted.count(), 0, "{server}: {asked:?} {timeline:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_presumes_what_nobody_gave_or_says_two_things_of_a_line_is_refused() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-12T09:00:00+07:00")).await;
        let (declaration, task) = declared(&site, ADDITIVE, "food").await;
        let before = acts(&site, &declaration).await;
        let (status, revoked) = site.act("food", &format!("{task}/revoke"), json!({ "reason": "forged" })).await;
        assert_eq!(status, 409, "{server}: {revoked:#}");
        assert_eq!(acts(&site, &declaration).await, before, "{server}");
        let (_, shown) = site.get("food", &task).await;
        let line = &shown["lines"][0];
        let lines = json!([{ "line": line, "passed": true }, { "line": line, "passed": false }]);
        let (status, two) =
            site.act("food", &format!("{task}/result"), json!({ "number": "KT-1", "lines": lines })).await;
        assert_eq!(status, 422, "{server}: {two:#}");
        assert!(two["detail"].as_str().unwrap().contains("`lines`"), "{server}: {two:#}");
        assert_eq!(acts(&site, &declaration).await, before, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_declares_settles_no_fact_of_his_own_goods() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-07-20T10:00:00+07:00")).await;
        let (declaration, _) = declared(&site, CHICKEN, "vet").await;
        let settled = json!({ "line": 1, "fact": "quarantine_exempt_product", "value": "true" });
        let (status, refused) = site.act("broker", &format!("{declaration}/settle_fact"), settled).await;
        assert_eq!(status, 403, "{server}: {refused:#}");
        let (_, shown) = site.get("broker", &declaration).await;
        assert!(!shown["may"].as_array().unwrap().contains(&json!("settle_fact")), "{server}: {}", shown["may"]);
        assert_ne!(shown["status"], "cleared", "{server}");
        site.close().await;
    }
}
