//! What customs files for a trader who comes to its counter, and takes back when he asks for it.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const REBAR: &str = "declarations/27-rebar-registered-goes-to-storage.xml";

async fn filed(site: &Site, who: &str, bytes: Vec<u8>) -> (String, Value) {
    let (status, sent) = body_of(site.send(who, bytes, "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    (sent["links"]["self"].as_str().unwrap().to_owned(), sent)
}

fn has(may: &Value, word: &str) -> bool {
    may.as_array().unwrap_or_else(|| panic!("{may}")).contains(&json!(word))
}

#[tokio::test(flavor = "multi_thread")]
async fn customs_cancels_what_it_filed_for_a_trader_and_nothing_of_others() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let wrong = String::from_utf8(fixture(CHICKEN)).unwrap().replace("02071410", "99999999").into_bytes();
        let (own, sent) = filed(&site, "customs", wrong).await;
        let (others, _) = filed(&site, "broker", fixture(REBAR)).await;
        assert!(has(&sent["may"], "cancel"), "{server}: {sent:#}");
        assert!(!has(&site.get("customs", &others).await.1["may"], "cancel"), "{server}");
        // Its queue says the same.
        let (_, queue) = site.get("customs", "/v1/tasks").await;
        let rows = queue["rows"].as_array().unwrap();
        let correction = rows.iter().find(|row| row["kind"] == "correction").unwrap_or_else(|| panic!("{queue:#}"));
        assert!(has(&correction["may"], "cancel"), "{server}: {correction:#}");

        let said = json!({ "reason": "The trader asked for it at the counter: the goods stay abroad." });
        let (status, refused) = site.act("customs", &format!("{others}/cancel"), said.clone()).await;
        assert_eq!(status, 403, "{server}: {refused:#}");
        assert!(refused["detail"].as_str().unwrap().contains("filed itself"), "{server}: {refused:#}");

        let (status, without) = site.act("customs", &format!("{own}/cancel"), json!({})).await;
        assert_eq!(status, 422, "{server}: of what is accepted customs says why: {without:#}");
        let (status, asked) = site.act("customs", &format!("{own}/cancel"), said.clone()).await;
        assert_eq!((status, &asked["asked"]["cancellation"]["reason"]), (200, &said["reason"]), "{server}: {asked:#}");
        let (status, gone) = site.act("customs", &format!("{own}/agree"), json!({})).await;
        assert_eq!((status, &gone["status"]), (200, &json!("cancelled")), "{server}: {gone:#}");
        let (_, timeline) = site.get("customs", &format!("{own}/timeline")).await;
        let by = timeline["rows"].as_array().unwrap().iter().filter(|row| row["by"]["organisation"] == "customs");
        assert!(by.count() >= 3, "{server}: filed, asked, agreed: {timeline:#}");
        site.close().await;
    }
}
