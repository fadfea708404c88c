//! Many messages at once, by API.

use std::time::{Duration, Instant};

use motcua::server::Limits;
use motcua::service::bulk::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::{databases, folder};

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

async fn upload(site: &Site, who: &str, bytes: Vec<u8>) -> (u16, Value) {
    body_of(site.request(who, Method::POST, "/v1/bulk?name=today.xml").body(bytes).send().await.unwrap()).await
}

async fn until_done(site: &Site, path: &str) -> Value {
    let begun = Instant::now();
    loop {
        let (status, job) = site.get("broker", path).await;
        assert_eq!(status, 200, "{job}");
        if job["state"] != "waiting" && job["state"] != "running" {
            return job;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{job}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_followed_to_its_items_by_its_sender_and_by_nobody_else() {
    for (server, database) in databases().await {
        let settings = Settings::new(folder().join("spool"));
        let site = Site::open_with(database, moment(NOW), Limits::default(), Some(settings)).await;
        let stream = [fixture(CHICKEN), b"<nothing/>".to_vec()].concat();
        let request = site.request("broker", Method::POST, "/v1/bulk?name=today.xml").body(stream.clone());
        let response = request.send().await.unwrap();
        let place = response.headers()["location"].to_str().unwrap().to_owned();
        let (status, job) = body_of(response).await;
        assert_eq!((status, &job["name"], &job["bytes"]), (202, &json!("today.xml"), &json!(stream.len())), "{server}");
        assert_eq!(job["links"]["self"], place, "{server}");
        let done = until_done(&site, &place).await;
        let counts = (&done["state"], &done["documents"], &done["accepted"], &done["refused"]);
        assert_eq!(counts, (&json!("done"), &json!(2), &json!(1), &json!(1)), "{server}: {done:#}");

        let items = format!("{place}/items");
        let (_, page) = site.get("broker", &format!("{items}?limit=1")).await;
        let row = &page["rows"][0];
        assert_eq!((&row["source"], &row["state"]), (&json!("today.xml#1"), &json!("accepted")), "{server}: {page:#}");
        assert_eq!(site.get("broker", row["links"]["declaration"].as_str().unwrap()).await.0, 200, "{server}");
        let next = page["next"].as_str().unwrap();
        let (_, page) = site.get("broker", &format!("{items}?after={next}")).await;
        assert_eq!((&page["rows"][0]["status"], &page["next"]), (&json!(422), &Value::Null), "{server}: {page:#}");
        let (_, refused) = site.get("broker", &format!("{items}?state=refused")).await;
        assert_eq!(refused["rows"].as_array().unwrap().len(), 1, "{server}");
        assert_eq!(site.get("broker", &format!("{items}?state=lost")).await.0, 400, "{server}");
        assert_eq!(site.get("broker", &format!("{items}?after=nowhere")).await.0, 400, "{server}");

        for who in ["stranger", "vet", "customs"] {
            assert_eq!(site.get(who, &place).await.0, 404, "{server} {who}");
            assert_eq!(site.get(who, &items).await.0, 404, "{server} {who}");
            assert_eq!(site.get(who, "/v1/bulk").await.1["rows"], json!([]), "{server} {who}");
        }
        let (status, seen) = site.get("operator", &place).await;
        assert_eq!((status, &seen["accepted"], &seen["name"]), (200, &json!(1), &Value::Null), "{server}: {seen}");
        assert_eq!(site.get("operator", "/v1/bulk").await.1["rows"].as_array().unwrap().len(), 1, "{server}");
        assert_eq!(site.get("operator", &items).await.0, 403, "{server}: how far, not what");
        assert_eq!(upload(&site, "operator", stream.clone()).await.0, 403, "{server}");
        assert_eq!(upload(&site, "", stream.clone()).await.0, 401, "{server}");
        assert_eq!(upload(&site, "broker", Vec::new()).await.0, 422, "{server}");

        let delete = async |who: &str| body_of(site.request(who, Method::DELETE, &place).send().await.unwrap()).await.0;
        assert_eq!(delete("stranger").await, 404, "{server}");
        assert_eq!(delete("operator").await, 403, "{server}");
        assert_eq!(delete("broker").await, 409, "{server}: it is done");
        assert_eq!(site.get("broker", "/v1/bulk/no-such-job").await.0, 404, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_may_be_larger_than_a_message_and_not_larger_than_its_own_limit() {
    for (server, database) in databases().await {
        let limits = Limits { message_bytes: 10_000, ..Limits::default() };
        let settings = Settings { upload_bytes: 100_000, running: 0, ..Settings::new(folder().join("spool")) };
        let site = Site::open_with(database, moment(NOW), limits, Some(settings)).await;
        let (status, job) = upload(&site, "broker", vec![b' '; 100_000]).await;
        assert_eq!(status, 202, "{server}: {job}");
        let (status, problem) = upload(&site, "broker", vec![b' '; 100_001]).await;
        assert_eq!((status, &problem["type"]), (413, &json!("urn:motcua:problem:too-large")), "{server}: {problem}");
        let path = format!("/v1/bulk/{}", job["id"].as_str().unwrap());
        let (status, stopped) = body_of(site.request("broker", Method::DELETE, &path).send().await.unwrap()).await;
        assert_eq!((status, &stopped["state"]), (200, &json!("cancelled")), "{server}: {stopped}");
        site.close().await;
    }
}
