//! What a broker is told of a trader's cases, by his mandate.

use reqwest::Method;
use serde_json::json;

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
/// Whose the chicken is.
const IMPORTER: &str = "0312456780";

/// A site with the importer, and a broker with a mandate for nobody; their keys.
async fn open(database: motcua::store::Database) -> (Site, String, String) {
    let site = Site::open(database, moment(NOW)).await;
    let mut keys = Vec::new();
    for (id, kind, identity) in [("agent", "broker", "0100100100"), ("importer", "trader", IMPORTER)] {
        let new = json!({ "id": id, "kind": kind, "name": id, "identity": identity });
        assert_eq!(site.act("operator", "/v1/organisations", new).await.0, 201, "{id}");
        let (_, key) = site.act("operator", &format!("/v1/organisations/{id}/keys"), json!({ "label": "ERP" })).await;
        keys.push(key["key"].as_str().unwrap().to_owned());
    }
    let importer = keys.pop().unwrap();
    (site, keys.pop().unwrap(), importer)
}

async fn mandate(site: &Site, method: Method, trader: &str) {
    let request = site.request("operator", method, &format!("/v1/organisations/agent/mandates/{trader}"));
    let done = request.header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(done.status(), 200);
}

/// Sends a fixture as another declaration; gives its id and its first task.
async fn filed(site: &Site, who: &str, name: &str, number: u32) -> (String, String) {
    let text = String::from_utf8(fixture(name)).unwrap();
    let of = &name[13..15];
    let text = text.replace(&format!("1070000000{of}"), &format!("1071000000{number:02}"));
    let text = text.replace(&format!("6f3c00{of}"), &format!("6f3c01{number:02}"));
    let text = text.replace(&format!("0{of}</"), &format!("1{number:02}</"));
    let (status, sent) = body_of(site.send(who, text.into_bytes(), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    (sent["id"].as_str().unwrap().to_owned(), sent["task_ids"]["t1"].as_str().unwrap().to_owned())
}

/// What somebody was told.
async fn topics(site: &Site, who: &str) -> Vec<String> {
    let (status, page) = site.get(who, "/v1/inbox?limit=200").await;
    assert_eq!(status, 200, "{page:#}");
    page["rows"].as_array().unwrap().iter().map(|row| row["topic"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_mandate_has_ended_is_told_no_more_and_the_trader_is() {
    for (server, database) in databases().await {
        let (site, agent, importer) = open(database).await;
        mandate(&site, Method::PUT, IMPORTER).await;
        let (case, task) = filed(&site, &agent, CHICKEN, 1).await;
        let ask = |what: &str| (format!("/v1/tasks/{task}/ask"), json!({ "reason": what }));
        let (path, body) = ask("the label");
        assert_eq!(site.act("vet", &path, body).await.0, 200, "{server}");
        let told = topics(&site, &agent).await;
        assert!(told.contains(&"dossier.ask".to_owned()), "{server}: {told:?}");
        assert_eq!(topics(&site, &importer).await, [""; 0], "{server}: he is told by his broker");

        mandate(&site, Method::DELETE, IMPORTER).await;
        assert_eq!(site.act(&importer, &format!("/v1/tasks/{task}/supplement"), json!({})).await.0, 200, "{server}");
        let (path, body) = ask("the contract");
        assert_eq!(site.act("vet", &path, body).await.0, 200, "{server}");
        let otherwise = json!({ "decision": "refuse", "reason": "rotten" });
        let (status, _) = site.act("customs", &format!("/v1/declarations/{case}/override"), otherwise).await;
        assert_eq!(status, 200, "{server}");
        assert_eq!(topics(&site, &agent).await, told, "{server}");
        let of_trader = topics(&site, &importer).await;
        for topic in ["dossier.ask", "declaration.overridden"] {
            assert!(of_trader.contains(&topic.to_owned()), "{server}: {of_trader:?}");
        }
        // Given again, it is his to hear again.
        mandate(&site, Method::PUT, IMPORTER).await;
        let lift = json!({ "reason": "only a little" });
        let (status, _) = site.act("customs", &format!("/v1/declarations/{case}/lift_override"), lift).await;
        assert_eq!(status, 200, "{server}");
        assert!(topics(&site, &agent).await.contains(&"declaration.override_lifted".to_owned()), "{server}");
        assert_eq!(topics(&site, &importer).await, of_trader, "{server}");
        site.close().await;
    }
}
