//! Every declaration that goes no further by itself is on somebody's desk: the agency's, customs', or
//! that of the declarant who has to put it right.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

/// A fixture as the trader `hai-van` sends it himself, changed.
fn his(name: &str, holder: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::from_utf8(fixture(name)).unwrap();
    for (from, to) in [&[(holder, "0401345678")][..], changes].concat() {
        assert!(text.contains(from), "{name}: {from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

async fn declared(site: &Site, bytes: Vec<u8>) -> Value {
    let (status, sent) = body_of(site.send("hai-van", bytes, "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    sent
}

fn path(sent: &Value) -> String {
    format!("/v1/declarations/{}", sent["id"].as_str().unwrap())
}

/// What stands in a queue, of one kind.
async fn rows(site: &Site, who: &str, kind: &str) -> Vec<Value> {
    let (status, page) = site.get(who, "/v1/tasks").await;
    assert_eq!(status, 200, "{who}: {page:#}");
    page["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == kind).cloned().collect()
}

/// What whoever asks may do with a task.
async fn may(site: &Site, who: &str, row: &Value) -> Value {
    site.get(who, row["links"]["self"].as_str().unwrap()).await.1["may"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn customs_may_refuse_to_let_goods_go_to_storage() {
    const REBAR: &str = "declarations/27-rebar-registered-goes-to-storage.xml";
    let text = String::from_utf8(fixture(REBAR)).unwrap();
    let holder = text.split_once("<IMC>").unwrap().1.split_once('<').unwrap().0.to_owned();
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-06-30T10:00:00+07:00")).await;
        let sent = declared(&site, his(REBAR, &holder, &[])).await;
        assert_eq!(sent["decision"], "storage", "{server}: {sent:#}");
        let declaration = path(&sent);
        let place = json!({ "place": "kho 12, Cát Lái" });
        let (status, asked) = site.act("hai-van", &format!("{declaration}/ask_storage"), place.clone()).await;
        assert_eq!(status, 200, "{server}: {asked:#}");
        let queue = rows(&site, "customs", "storage").await;
        assert_eq!(queue.len(), 1, "{server}");
        assert_eq!(may(&site, "customs", &queue[0]).await, json!(["disagree", "grant_storage"]), "{server}");

        let refuse = format!("{declaration}/disagree");
        let (status, said) = site.act("customs", &refuse, json!({})).await;
        assert_eq!(status, 422, "{server}: whoever refuses says why: {said:#}");
        let reason = json!({ "reason": "the place is not under customs' control" });
        let (status, refused) = site.act("customs", &refuse, reason.clone()).await;
        assert_eq!((status, &refused["asked"]), (200, &Value::Null), "{server}: {refused:#}");
        assert_eq!(rows(&site, "customs", "storage").await, Vec::<Value>::new(), "{server}");
        let (_, inbox) = site.get("hai-van", "/v1/inbox").await;
        let told = inbox["rows"].as_array().unwrap().iter().find(|row| row["topic"] == "declaration.storage_refused");
        assert!(told.is_some_and(|told| told["body"].to_string().contains("under customs")), "{server}: {inbox:#}");
        assert_eq!(site.act("customs", &refuse, reason.clone()).await.0, 409, "{server}: nothing is asked any more");

        // He may name another place; what was asked first is answered first.
        assert_eq!(site.act("hai-van", &format!("{declaration}/ask_storage"), place).await.0, 200, "{server}");
        let cancel = json!({ "reason": "sent back" });
        assert_eq!(site.act("hai-van", &format!("{declaration}/cancel"), cancel).await.0, 200, "{server}");
        let queue = rows(&site, "customs", "storage").await;
        assert_eq!(may(&site, "customs", &queue[0]).await, json!(["grant_storage"]), "{server}");
        let (_, said) = site.act("customs", &refuse, reason).await;
        assert_eq!(said["asked"]["storage"]["place"], "kho 12, Cát Lái", "{server}: {said:#}");
        let (status, granted) = site.act("customs", &format!("{declaration}/grant_storage"), json!({})).await;
        assert_eq!((status, &granted["outcome"]), (200, &json!("storage")), "{server}: {granted:#}");
        site.close().await;
    }
}
