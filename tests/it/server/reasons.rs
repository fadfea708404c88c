//! Whoever ends or refuses something says why; what customs has settled it can settle otherwise.

use motcua::clearance::case::Author;
use motcua::clearance::case::declaration::Command;
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const ADDITIVE: &str = "declarations/01-msg-additive-three-ministries.xml";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const LEATHER: &str = "declarations/15-reptile-leather-asks-the-species.xml";
const NOW: &str = "2026-07-20T10:00:00+07:00";

async fn declared(site: &Site, name: &str) -> (String, Value) {
    let (status, sent) = body_of(site.send("broker", fixture(name), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    (format!("/v1/declarations/{}", sent["id"].as_str().unwrap()), sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_or_refuses_something_says_why() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (declaration, sent) = declared(&site, CHICKEN).await;
        let on_task = format!("/v1/tasks/{}", sent["task_ids"]["t1"].as_str().unwrap());
        let (_, task) = site.get("vet", &on_task).await;
        let settle = |outcome: &str| json!({ "task": task["key"], "outcome": outcome });
        // An operator acts on what is stuck, and on nothing else.
        let (case, key) = (sent["id"].as_str().unwrap().parse().unwrap(), task["key"].as_str().unwrap().to_owned());
        let stick = Command::Stick { task: key, reason: "a test".to_owned() };
        let stuck = site
            .app
            .service
            .writer()
            .run(move |desk| Box::pin(async move { desk.command(case, &stick, &Author::system()).await }));
        stuck.await.unwrap();
        let (_, before) = site.get("customs", &declaration).await;
        let mut acts = vec![
            ("broker", format!("{declaration}/cancel"), json!({})),
            ("customs", format!("{declaration}/override"), json!({ "decision": "refuse" })),
            ("customs", format!("{declaration}/set_channel"), json!({ "channel": "red" })),
            ("customs", format!("{declaration}/check"), json!({ "kind": "documents", "passed": false })),
            ("vet", format!("{on_task}/reject"), json!({})),
            ("vet", format!("{on_task}/ask"), json!({})),
        ];
        for outcome in ["skipped", "passed", "failed", "aborted"] {
            acts.push(("operator", format!("{declaration}/settle_step"), settle(outcome)));
        }
        let refused = async |who: &str, path: &str, mut said: Value| {
            for reason in [None, Some(""), Some("  ")] {
                if let Some(reason) = reason {
                    said["reason"] = reason.into();
                }
                let (status, refused) = site.act(who, path, said.clone()).await;
                assert_eq!(status, 422, "{server} {path} {said}: {refused:#}");
                assert!(refused["detail"].as_str().unwrap().contains("`reason`"), "{server} {path}: {refused:#}");
            }
        };
        for (who, path, said) in acts {
            refused(who, &path, said).await;
        }
        let (_, unchanged) = site.get("customs", &declaration).await;
        assert_eq!(unchanged["event"], before["event"], "{server}: nothing came of any of them");

        // What customs refuses, and what an agency takes back.
        let (status, _) = site.act("broker", &format!("{declaration}/cancel"), json!({ "reason": "sent back" })).await;
        assert_eq!(status, 200, "{server}");
        refused("customs", &format!("{declaration}/disagree"), json!({})).await;
        let no = json!({ "reason": "the goods are on their way" });
        let (status, disagreed) = site.act("customs", &format!("{declaration}/disagree"), no).await;
        assert_eq!((status, &disagreed["status"]), (200, &json!("accepted")), "{server}: {disagreed:#}");
        let (status, issued) = site.act("vet", &format!("{on_task}/issue"), json!({ "number": "DK-1" })).await;
        assert_eq!(status, 200, "{server}: {issued:#}");

        // An agency that judges the goods, or takes back what it has given.
        declared(&site, ADDITIVE).await;
        let (_, queue) = site.get("trade", "/v1/tasks?state=ready").await;
        let task = queue["rows"][0]["links"]["self"].as_str().unwrap();
        refused("trade", &format!("{task}/fail"), json!({})).await;
        let (status, issued) = site.act("trade", &format!("{task}/issue"), json!({ "number": "HC-1" })).await;
        assert_eq!(status, 200, "{server}: {issued:#}");
        let (_, certificate) = site.get("trade", "/v1/certificates/HC-1").await;
        let dossier = certificate["rows"][0]["links"]["dossier"].as_str().unwrap();
        refused("trade", &format!("{dossier}/revoke"), json!({})).await;
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_was_settled_is_settled_anew_or_taken_back_with_the_reason() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-21T10:00:00+07:00")).await;
        let (declaration, _) = declared(&site, LEATHER).await;
        let act = async |who: &str, act: &str, value: Option<&str>, reason: &str| {
            let mut said = json!({ "line": 1, "fact": "cites_species", "reason": reason });
            if let Some(value) = value {
                said["value"] = value.into();
            }
            site.act(who, &format!("{declaration}/{act}"), said).await
        };
        let cites = |answer: &Value| answer["lines"][0]["requirements"][0]["certainty"].clone();
        let (status, none) = act("customs", "lift_fact", None, "nothing is there").await;
        assert_eq!(status, 409, "{server}: {none:#}");
        let (status, settled) = act("customs", "settle_fact", Some("true"), "").await;
        assert_eq!((status, cites(&settled)), (200, json!("certain")), "{server}: {settled:#}");
        let expected = json!([{ "line": 1, "fact": "cites_species", "value": "true", "by": "customs" }]);
        assert_eq!(settled["settled_facts"], expected, "{server}");
        assert!(settled["may"].as_array().unwrap().contains(&json!("lift_fact")), "{server}: {}", settled["may"]);

        // Not by the trader, and not without a reason.
        for (what, value) in [("settle_fact", Some("false")), ("lift_fact", None)] {
            let (status, denied) = act("broker", what, value, "it is bred").await;
            assert_eq!(status, 403, "{server} {what}: {denied:#}");
            let (status, silent) = act("customs", what, value, " ").await;
            assert_eq!(status, 422, "{server} {what}: {silent:#}");
            assert!(silent["detail"].as_str().unwrap().contains("`reason`"), "{server}: {silent:#}");
        }
        let (_, seen) = site.get("broker", &declaration).await;
        assert!(!seen["may"].as_array().unwrap().contains(&json!("lift_fact")), "{server}: {}", seen["may"]);

        let (status, lifted) = act("customs", "lift_fact", None, "the wrong label was read").await;
        assert_eq!((status, cites(&lifted)), (200, json!("conditional")), "{server}: {lifted:#}");
        assert_eq!((&lifted["outcome"], &lifted["settled_facts"]), (&json!("hold"), &Value::Null), "{server}");
        let (_, queue) = site.get("customs", "/v1/tasks?state=ready").await;
        assert_eq!(queue["rows"][0]["kind"], "settle_fact", "{server}: it is asked again");
        let (status, _) = act("customs", "settle_fact", Some("true"), "").await;
        assert_eq!(status, 200, "{server}");
        let (status, anew) = act("customs", "settle_fact", Some("false"), "the breeder's papers were seen").await;
        assert_eq!((status, &anew["outcome"]), (200, &json!("clear")), "{server}: {anew:#}");

        let (_, timeline) = site.get("customs", &format!("{declaration}/timeline")).await;
        let rows = timeline["rows"].as_array().unwrap();
        let reasons: Vec<&Value> = rows
            .iter()
            .filter(|row| row["event"].as_str().unwrap().starts_with("declaration.fact_"))
            .map(|row| &row["data"]["reason"])
            .collect();
        let said =
            [Value::Null, json!("the wrong label was read"), Value::Null, json!("the breeder's papers were seen")];
        assert_eq!(reasons, said.iter().collect::<Vec<_>>(), "{server}: {timeline:#}");
        site.close().await;
    }
}
