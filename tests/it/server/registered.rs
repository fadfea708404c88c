//! A registration counts when it is answered, not when it is filed.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const NOW: &str = "2026-07-20T10:00:00+07:00";

/// The states of an agency's tasks, by procedure.
async fn states(site: &Site) -> Vec<(String, String)> {
    let (_, queue) = site.get("vet", "/v1/tasks").await;
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let mut states: Vec<_> =
        queue["rows"].as_array().unwrap().iter().map(|row| (text(row, "procedure"), text(row, "state"))).collect();
    states.sort();
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_registration_waits_until_it_is_answered() {
    let both = |first: &str, second: &str| {
        vec![("BNNPTNT0600011".to_owned(), first.to_owned()), ("BNNPTNT0600012".to_owned(), second.to_owned())]
    };
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
        let path = |task: &str, act: &str| format!("/v1/tasks/{}/{act}", sent["task_ids"][task].as_str().unwrap());

        let acts = [
            ("vet", "claim", json!({}), both("claimed", "waiting")),
            ("vet", "ask", json!({ "reason": "the health certificate" }), both("asked", "waiting")),
            ("broker", "supplement", json!({}), both("claimed", "waiting")),
            ("vet", "accept", json!({}), both("claimed", "waiting")),
        ];
        for (who, act, said, expected) in acts {
            let (status, done) = site.act(who, &path("t1", act), said).await;
            assert_eq!(status, 200, "{server} {act}: {done:#}");
            assert_eq!(states(&site).await, expected, "{server} {act}");
            let (status, early) = site.act("vet", &path("t2", "issue"), json!({ "number": "KD-1" })).await;
            assert_eq!(status, 409, "{server} {act}: {early:#}");
            assert_eq!(site.get("broker", &declaration).await.1["status"], "accepted", "{server} {act}");
        }
        let (status, done) = site.act("vet", &path("t1", "issue"), json!({ "number": "DK-1" })).await;
        assert_eq!((status, &done["state"]), (200, &json!("done")), "{server}: {done:#}");
        assert_eq!(states(&site).await, [("BNNPTNT0600012".to_owned(), "ready".to_owned())], "{server}");
        let (status, done) = site.act("vet", &path("t2", "issue"), json!({ "number": "KD-1" })).await;
        assert_eq!(status, 200, "{server}: {done:#}");
        assert_eq!(site.get("broker", &declaration).await.1["status"], "cleared", "{server}");
        site.close().await;
    }
}
