//! Acts that are done once, however often they are sent; lists that are searched.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, json as read};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// Acts with a key; gives the status and the very bytes of the answer.
async fn act(site: &Site, who: &str, path: &str, key: &str, body: &Value) -> (u16, String) {
    let request = site.request(who, Method::POST, path).header("idempotency-key", key);
    let answer = request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_with_a_key_is_done_once_and_answered_alike() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = read(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let task = format!("/v1/tasks/{}", sent["task_ids"]["t1"].as_str().unwrap());
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());

        // On a task, the last time when it has long gone from its queue.
        let claim = format!("{task}/claim");
        let (status, claimed) = act(&site, "vet", &claim, "k-1", &json!({})).await;
        assert_eq!(status, 200, "{server}: {claimed}");
        assert!(claimed.contains("\"state\":\"claimed\""), "{claimed}");
        let by_get = site.get("vet", &task).await.1;
        assert_eq!(serde_json::from_str::<Value>(&claimed).unwrap(), by_get, "{server}: as it is shown afterwards");
        assert_eq!(act(&site, "vet", &claim, "k-1", &json!({})).await, (200, claimed.clone()), "{server}");
        let issue = format!("{task}/issue");
        let body = json!({ "number": "DK-1" });
        let (status, issued) = act(&site, "vet", &issue, "k-2", &body).await;
        assert_eq!(status, 200, "{server}: {issued}");
        for _ in 0..2 {
            assert_eq!(act(&site, "vet", &issue, "k-2", &body).await, (200, issued.clone()), "{server}");
            assert_eq!(act(&site, "vet", &claim, "k-1", &json!({})).await, (200, claimed.clone()), "{server}");
        }
        assert_eq!(site.act("vet", &issue, body.clone()).await.0, 409, "{server}: without a key it is another act");

        // The same key for something else.
        for (path, body) in [(&issue, json!({ "number": "DK-2" })), (&claim, body.clone())] {
            let (status, told) = act(&site, "vet", path, "k-2", &body).await;
            assert_eq!(status, 409, "{server}: {told}");
            assert!(told.contains("urn:motcua:problem:other-content") && told.contains("`k-2`"), "{told}");
        }
        // Another organisation's key is its own, and what is refused is not kept.
        let (status, told) = act(&site, "stranger", &issue, "k-2", &body).await;
        assert_eq!(status, 404, "{server}: {told}");
        let channel = format!("{declaration}/set_channel");
        let late = json!({ "channel": "yellow", "reason": "x", "seen": 1 });
        assert_eq!(act(&site, "customs", &channel, "c-1", &late).await.0, 409, "{server}: it has changed since");
        let set = json!({ "channel": "yellow", "reason": "documents" });
        let (status, first) = act(&site, "customs", &channel, "c-1", &set).await;
        assert_eq!(status, 200, "{server}: {first}");
        let (_, before) = site.get("customs", &format!("{declaration}/timeline?limit=200")).await;
        assert_eq!(act(&site, "customs", &channel, "c-1", &set).await, (200, first), "{server}");
        let (_, after) = site.get("customs", &format!("{declaration}/timeline?limit=200")).await;
        assert_eq!(before, after, "{server}: nothing happened");

        for wrong in ["a key", "ä", &"k".repeat(256)] {
            assert_eq!(act(&site, "customs", &channel, wrong, &set).await.0, 422, "{server} {wrong}");
        }
        let dossier = site.get("vet", &task).await;
        assert_eq!((dossier.0, &dossier.1["state"]), (200, &json!("done")), "{server}");
        let database = site.app.shared().database.clone();
        site.close().await;
        let verified = motcua::store::verify(&database, |_| {}).await.unwrap();
        assert!(verified.defects.is_empty(), "{server}: {:?}", verified.defects);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_with_one_key_are_one_act() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = read(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let claim = format!("/v1/tasks/{}/claim", sent["task_ids"]["t1"].as_str().unwrap());
        let body = json!({});
        let all = (0..20).map(|_| act(&site, "vet", &claim, "k", &body));
        let answers = futures_util::future::join_all(all).await;
        assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 200), "{server}: {answers:#?}");
        // The dossier of the task acts the same.
        let (_, task) = site.get("vet", claim.trim_end_matches("/claim")).await;
        let ask = format!("{}/ask", task["links"]["dossier"].as_str().unwrap());
        let body = json!({ "reason": "a clearer copy" });
        let first = act(&site, "vet", &ask, "d", &body).await;
        assert_eq!(first.0, 200, "{server}: {}", first.1);
        assert_eq!(act(&site, "vet", &ask, "d", &body).await, first, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_act_states_is_json_of_its_form() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = read(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let path = format!("/v1/declarations/{}/set_channel", sent["id"].as_str().unwrap());
        for (kind, body, wanted) in [
            ("application/json", "{", 400),
            ("application/json", "{\"channel\": \"blue\"}", 422),
            ("application/json", "{\"chanel\": \"red\"}", 422),
            ("application/json", "[]", 400),
            ("text/plain", "{}", 415),
            ("application/json; charset=utf-8", "{\"channel\": \"red\", \"reason\": \"x\"}", 200),
            ("application/json", "", 422),
        ] {
            let request = site.request("customs", Method::POST, &path).header("content-type", kind);
            let (status, told) = read(request.body(body).send().await.unwrap()).await;
            assert_eq!(status, wanted, "{server} {body}: {told}");
        }
        let long = format!("{{\"reason\": \"{}\"}}", "x".repeat(2 << 20));
        let request = site.request("customs", Method::POST, &path).header("content-type", "application/json");
        let (status, told) = read(request.body(long).send().await.unwrap()).await;
        assert_eq!(status, 413, "{server}: {told}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declarations_are_found_by_number_reference_holder_and_day_page_by_page() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        for name in
            ["08-shrimp-certificate-met.xml", "10-chicken-two-tasks-in-order.xml", "60-fireworks-prohibited.xml"]
        {
            let sent = site.send("broker", fixture(&format!("declarations/{name}")), "application/json").await;
            assert_eq!(sent.status(), 201, "{server} {name}");
        }
        let found = async |who: &str, query: &str| -> Vec<String> {
            let (status, page) = site.get(who, &format!("/v1/declarations?{query}")).await;
            assert_eq!(status, 200, "{server} {query}: {page}");
            let rows = page["rows"].as_array().unwrap().iter();
            rows.map(|row| row["declaration"].as_str().unwrap().to_owned()).collect()
        };
        let all = ["107000000060", "107000000010", "107000000008"];
        assert_eq!(found("customs", "").await, all, "{server}");
        assert_eq!(found("customs", "q=107000000010").await, ["107000000010"], "{server}");
        assert_eq!(found("customs", "q=%20TK20260720010%20").await, ["107000000010"], "{server}: by its reference");
        assert!(found("customs", "q=0312456780").await.contains(&"107000000010".to_owned()), "{server}: by its holder");
        assert_eq!(found("customs", "q=1070000000*").await.len(), 3, "{server}: by how its number begins");
        assert_eq!(found("customs", "q=10700000006*").await, ["107000000060"], "{server}");
        assert_eq!(found("customs", "q=no-such-thing").await, [""; 0], "{server}");
        assert_eq!(found("customs", "from=2026-07-20&to=2026-07-20").await, ["107000000010"], "{server}");
        assert_eq!(found("stranger", "q=107000000010").await, [""; 0], "{server}: of one's own only");
        for wrong in ["q=*", "from=yesterday", "to=2026-02-30", "after=nonsense"] {
            assert_eq!(site.get("customs", &format!("/v1/declarations?{wrong}")).await.0, 400, "{server} {wrong}");
        }
        let (mut after, mut paged) = (String::new(), Vec::new());
        loop {
            let (_, page) = site.get("customs", &format!("/v1/declarations?limit=1{after}")).await;
            paged.push(page["rows"][0]["declaration"].as_str().unwrap().to_owned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(paged, all, "{server}");

        // A history is read page by page too, and all of it is there once.
        let timeline = "/v1/declarations/107000000010/timeline";
        let (_, whole) = site.get("customs", &format!("{timeline}?limit=200")).await;
        let (mut after, mut rows) = (String::new(), Vec::new());
        loop {
            let (_, page) = site.get("customs", &format!("{timeline}?limit=2{after}")).await;
            rows.extend(page["rows"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!((Value::Array(rows), &whole["next"]), (whole["rows"].clone(), &Value::Null), "{server}");
        site.close().await;
    }
}
