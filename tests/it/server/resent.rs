//! A family without amendments: what is sent again takes the place of what is there.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";

/// The declaration, with a price of its first item.
fn declaration(price: u32) -> Vec<u8> {
    let text = String::from_utf8(fixture("asycuda/import-cambodia.xml")).unwrap();
    let priced = text.replace("<Item_price>1000</Item_price>", &format!("<Item_price>{price}</Item_price>"));
    priced.into_bytes()
}

async fn send(site: &Site, who: &str, bytes: Vec<u8>) -> (u16, Value) {
    body_of(site.send(who, bytes, "application/json").await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_changed_replaces_the_declaration_and_the_same_gets_the_same_answer() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, first) = send(&site, "broker", declaration(1000)).await;
        assert_eq!((status, &first["version"]), (201, &json!(1)), "{server}: {first:#}");
        // What cannot be read replaces nothing.
        let broken = declaration(1100);
        let (status, refused) = send(&site, "broker", broken[..broken.len() - 20].to_vec()).await;
        assert_eq!(status, 422, "{server}: {refused:#}");
        let path = first["links"]["self"].as_str().unwrap();
        assert_eq!(site.get("broker", path).await.1["version"], 1, "{server}");

        let (status, second) = send(&site, "broker", declaration(1100)).await;
        assert_eq!((status, &second["id"], &second["version"]), (200, &first["id"], &json!(2)), "{server}: {second:#}");
        assert_eq!(send(&site, "broker", declaration(1100)).await, (200, second), "{server}");
        let (_, timeline) = site.get("broker", &format!("{path}/timeline")).await;
        let events = timeline["rows"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap());
        assert_eq!(events.filter(|event| *event == "declaration.replaced").count(), 1, "{server}: {timeline:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_after_it_was_cancelled_is_another_declaration() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, first) = send(&site, "broker", declaration(1000)).await;
        let path = first["links"]["self"].as_str().unwrap();
        let (status, gone) = site.act("broker", &format!("{path}/cancel"), json!({ "reason": "sold elsewhere" })).await;
        assert_eq!((status, &gone["status"]), (200, &json!("cancelled")), "{server}: {gone:#}");
        let (status, second) = send(&site, "broker", declaration(1100)).await;
        assert_eq!((status, &second["version"]), (201, &json!(1)), "{server}: {second:#}");
        assert_ne!(second["id"], first["id"], "{server}");
        assert_eq!(site.get("broker", path).await.1["status"], "cancelled", "{server}: it stays what it was");
        // From now on this one is there under the name.
        let (status, third) = send(&site, "broker", declaration(1200)).await;
        assert_eq!((status, &third["id"], &third["version"]), (200, &second["id"], &json!(2)), "{server}: {third:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_sends_under_the_same_name_replaces_nothing() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, first) = send(&site, "broker", declaration(1000)).await;
        let new = json!({ "id": "agent", "kind": "broker", "name": "Agent" });
        assert_eq!(site.act("operator", "/v1/organisations", new).await.0, 201, "{server}");
        let (_, key) = site.act("operator", "/v1/organisations/agent/keys", json!({ "label": "ERP" })).await;
        let mandate = site.request("operator", reqwest::Method::PUT, "/v1/organisations/agent/mandates/*");
        let given = mandate.header("content-type", "application/json").body("{}").send().await.unwrap();
        assert_eq!(given.status(), 200, "{server}");
        let (status, other) = send(&site, key["key"].as_str().unwrap(), declaration(1100)).await;
        assert_eq!(status, 201, "{server}: {other:#}");
        assert_ne!(other["id"], first["id"], "{server}");
        site.close().await;
    }
}
