//! Rights that `motcua admin` changes beside a running service.

use reqwest::Method;
use serde_json::json;

use super::site::{Site, json as read};
use crate::admin::asked;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const IMPORTER: &str = "0312456780";

#[tokio::test(flavor = "multi_thread")]
async fn a_mandate_that_admin_gives_works_at_once_and_one_that_ends_here_at_once_no_longer() {
    for (server, database) in databases().await {
        let address = database.address();
        let site = Site::open(database, moment(NOW)).await;
        let new = ["organisation", "add", "agent", "--kind", "broker", "--name", "Agent", "--identity", "0100100100"];
        asked(&address, &new);
        let key = asked(&address, &["key", "add", "agent"])["key"].as_str().unwrap().to_owned();
        // As the importer's goods were filed by another, whom he trusts too.
        let filed = site.send("broker", fixture(CHICKEN), "application/json").await;
        let (_, filed) = read(filed).await;
        let declaration = filed["links"]["self"].as_str().unwrap();
        let own = String::from_utf8(fixture(CHICKEN)).unwrap();
        let own = own.replace("107000000010", "107000000011").replace("3c0010", "3c0011");
        let own = own.replace("TK20260720010", "TK20260720011").into_bytes();
        assert_eq!(site.send(&key, own.clone(), "*/*").await.status(), 403, "{server}");
        let cancel = cancellation();
        assert_eq!(site.send(&key, cancel.clone(), "*/*").await.status(), 404, "{server}");
        assert_eq!(site.get(&key, declaration).await.0, 404, "{server}");

        asked(&address, &["mandate", "add", "agent", IMPORTER, "--from", "2020-01-01"]);
        assert_eq!(site.get(&key, declaration).await.0, 200, "{server}");
        assert_eq!(site.send(&key, own, "*/*").await.status(), 200, "{server}");
        assert_eq!(site.send(&key, cancel, "*/*").await.status(), 200, "{server}: what was unknown is asked again");
        // Within the same process too.
        let operator =
            site.request("operator", Method::DELETE, &format!("/v1/organisations/agent/mandates/{IMPORTER}"));
        assert_eq!(operator.send().await.unwrap().status(), 200, "{server}");
        let (status, refused) = site.act(&key, &format!("{declaration}/cancel"), json!({ "reason": "x" })).await;
        assert_eq!(status, 404, "{server}: {refused}");
        site.close().await;
    }
}

/// A request to cancel the declaration.
fn cancellation() -> Vec<u8> {
    let text = String::from_utf8(fixture(CHICKEN)).unwrap();
    let head = text.split("<Content>").next().unwrap();
    let head = head.replace("<type>10</type>", "<type>16</type>").replace(">01</function>", ">11</function>");
    let head = head.replace("3c0010", "3c0099");
    let request = "<RequestCancel><Number>107000000010</Number><Reason>Không nhập nữa</Reason></RequestCancel>";
    format!("{head}<Content>{request}</Content></Body></Envelope>").into_bytes()
}
