//! What is asked wrongly is told by its name, and what is past is shown as past.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_not_known_or_cannot_be_is_named_with_what_is_right() {
    let wrong = [
        ("customs", "/v1/declarations?bogus=1", "`bogus`", "`status`"),
        ("customs", "/v1/declarations?status=foo", "status", "`cleared`"),
        ("customs", "/v1/declarations?decision=maybe", "decision", "`refuse`"),
        ("customs", "/v1/declarations?channel=blue", "channel", "`yellow`"),
        ("customs", "/v1/declarations?from=yesterday", "from", "from"),
        ("customs", "/v1/declarations?limit=many", "`many`", "1 to 200"),
        ("customs", "/v1/declarations?limit=0", "limit", "1 to 200"),
        ("customs", "/v1/declarations?limit=99999", "`99999`", "1 to 200"),
        ("customs", "/v1/declarations?from=2026-07-31&to=2026-07-01", "`from`", "`to`, 2026-07-01"),
        ("customs", "/v1/dossiers?agency=BNNPTNT-CNTI", "`agency`", "did you mean `BNNPTNT-CNTY`"),
        ("customs", "/v1/dossiers?agency=nobody", "`agency`", "BNNPTNT-CNTY"),
        ("customs", "/v1/dossiers?procedure=BNNPTNT060001", "`procedure`", "did you mean"),
        ("operator", "/v1/dead-letters?limit=0", "limit", "1 to 200"),
        ("operator", "/v1/dead-letters?after=nonsense", "`after`", "list"),
        ("operator", "/v1/endpoints?after=no%20id", "`after`", "`next`"),
        ("operator", "/v1/organisations?after=no%20id", "`after`", "`next`"),
        ("customs", "/v1/declarations?limit=1&limit=2", "`limit`", "twice"),
        ("customs", "/v1/tasks?state=foo", "state", "`stuck`"),
        ("customs", "/v1/tasks?State=ready", "`State`", "`state`"),
        ("customs", "/v1/dossiers?state=foo", "`state`", "supplement"),
        ("customs", "/v1/dossiers?open=perhaps", "open", "open"),
        ("customs", "/v1/accounts?numbr=1", "`numbr`", "`number`"),
        ("customs", "/v1/inbox?state=1", "`state`", "`after`"),
        ("customs", "/v1/inbox?after=abc", "after", "`next`"),
        ("operator", "/v1/organisations?kind=x&agency=y", "`", "`after`"),
        ("", "/v1/check?hs=03061721&orign=TH", "`orign`", "`origin`"),
        ("", "/v1/check?hs=0306172", "`hs`", "0306172"),
        ("", "/v1/check?hs=03061721&direction=transit", "`direction`", "`export`"),
        ("", "/v1/check?hs=03061721&date=tomorrow", "`date`", "2026-07-01"),
    ];
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        for (who, path, name, right) in wrong {
            let (status, problem) = site.get(who, path).await;
            let detail = problem["detail"].as_str().unwrap_or_default();
            assert_eq!(status, 400, "{server} {path}: {problem}");
            assert!(detail.contains(name) && detail.contains(right), "{server} {path}: {detail}");
        }
        // Who shows no credentials is told of that, and of nothing else.
        assert_eq!(site.get("", "/v1/declarations?bogus=1").await.0, 401, "{server}");
        for right in ["status=cleared&decision=clear&channel=green&from=2026-07-01&to=2026-07-31&limit=5", "q=1070*"] {
            assert_eq!(site.get("customs", &format!("/v1/declarations?{right}")).await.0, 200, "{server} {right}");
        }
        site.close().await;
    }
}

/// The addresses that take a body, with the media types that are described.
fn taking_bodies(document: &Value) -> Vec<(Method, String, bool)> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(content) = operation["requestBody"]["content"].as_object() else { continue };
            let is_json = content.keys().any(|kind| kind.contains("json"));
            found.push((method.to_uppercase().parse().unwrap(), path.replace(['{', '}'], ""), is_json));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_object_is_refused_everywhere_and_so_is_one_that_is_packed() {
    let (_, database) = databases().await.remove(0);
    let site = Site::open(database, moment(NOW)).await;
    let addresses = taking_bodies(&site.get("", "/openapi.json").await.1);
    assert!(addresses.len() > 15 && addresses.iter().any(|(_, _, is_json)| !is_json), "{addresses:?}");
    for (method, path, is_json) in addresses {
        let key = if path == "/v1/session" || path == "/v1/password-reset" { "" } else { "operator" };
        let asked = |body: &'static str| {
            site.request(key, method.clone(), &path).header("content-type", "application/json").body(body)
        };
        for body in ["[]", "[\"x\", \"y\"]", "null", "7", "\"text\"", " true"] {
            if !is_json || path.starts_with("/v1/account/") || path == "/v1/session/code" {
                continue;
            }
            let (status, problem) = body_of(asked(body).send().await.unwrap()).await;
            let detail = problem["detail"].as_str().unwrap_or_default();
            assert_eq!(status, 400, "{method} {path} {body}: {problem}");
            assert!(detail.contains("object"), "{method} {path} {body}: {detail}");
        }
        for (encoding, taken) in [("gzip", false), ("br", false), ("identity, zstd", false), ("identity", true)] {
            let answer = asked("{}").header("content-encoding", encoding).send().await.unwrap();
            let accepts = answer.headers().get("accept-encoding").cloned();
            let (status, problem) = body_of(answer).await;
            if taken {
                assert_ne!(status, 415, "{method} {path}: {problem}");
                continue;
            }
            let name = encoding.rsplit(' ').next().unwrap();
            assert_eq!(
                (status, &problem["type"]),
                (415, &json!("urn:motcua:problem:encoding")),
                "{method} {path}: {problem}"
            );
            assert!(problem["detail"].as_str().unwrap().contains(name), "{method} {path}: {problem}");
            assert_eq!(accepts.unwrap(), "identity", "{method} {path}");
        }
        if !key.is_empty() {
            let nobody = site.request("", method.clone(), &path).header("content-encoding", "gzip").body("x");
            assert_eq!(nobody.send().await.unwrap().status(), 401, "{method} {path}");
        }
    }
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_fetched_page_by_page_and_a_precondition_that_cannot_be_read_does_not_pass() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let cancel = format!("{}/cancel", sent["links"]["self"].as_str().unwrap());
        for (tag, status) in [("abc", 400), ("\"9\"", 409), ("*", 200)] {
            let request = site.request("broker", Method::POST, &cancel).header("if-match", tag);
            let answer = request
                .header("content-type", "application/json")
                .body("{\"reason\":\"sent wrong\"}")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), status, "{server} {tag}");
        }
        assert_eq!(
            site.act("customs", &format!("{}/agree", sent["links"]["self"].as_str().unwrap()), json!({})).await.0,
            200
        );
        let (mut path, mut seen) = ("/v1/inbox?limit=1".to_owned(), Vec::new());
        loop {
            let (status, page) = site.get("vet", &path).await;
            assert_eq!(status, 200, "{server}: {page:#}");
            seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["number"].as_i64().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/inbox?limit=1&after={next}");
        }
        assert!(seen.len() >= 2 && seen.is_sorted_by(|one, other| one < other), "{server}: {seen:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_a_body_that_cannot_be_is_named() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = sent["links"]["self"].as_str().unwrap();
        let task = format!("/v1/tasks/{}", sent["task_ids"]["t1"].as_str().unwrap());
        for (who, path, body, words) in [
            ("customs", format!("{declaration}/set_channel"), json!({ "channel": "blue" }), ["channel", "`yellow`"]),
            ("customs", format!("{declaration}/check"), json!({ "knd": "goods" }), ["`knd`", "`kind`"]),
            (
                "vet",
                format!("{task}/result"),
                json!({ "lines": [{ "line": 1, "passed": "yes" }] }),
                ["lines[0].passed", "boolean"],
            ),
            (
                "operator",
                "/v1/organisations".to_owned(),
                json!({ "id": "x", "kind": "king", "name": "X" }),
                ["kind", "trader"],
            ),
        ] {
            let (status, problem) = site.act(who, &path, body).await;
            let detail = problem["detail"].as_str().unwrap_or_default();
            assert_eq!(status, 422, "{server} {path}: {problem}");
            assert!(words.iter().all(|word| detail.contains(word)), "{server} {path}: {detail}");
        }
        let request = site.request("customs", Method::POST, &format!("{declaration}/check"));
        let request = request.header("content-type", "application/json").body("{\"kind\":");
        let (status, problem) = body_of(request.send().await.unwrap()).await;
        assert_eq!(status, 400, "{server}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains("no JSON"), "{server}: {problem}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_past_is_shown_with_what_became_of_it() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = sent["links"]["self"].as_str().unwrap();
        let [first, second] =
            ["t1", "t2"].map(|task| format!("/v1/tasks/{}", sent["task_ids"][task].as_str().unwrap()));
        let (status, done) = site.act("vet", &format!("{first}/issue"), json!({ "number": "DK-1" })).await;
        assert_eq!((status, &done["state"]), (200, &json!("done")), "{server}: {done:#}");
        for who in ["vet", "broker", "customs"] {
            let (status, seen) = site.get(who, &first).await;
            assert_eq!((status, &seen["state"], &seen["may"]), (200, &json!("done"), &json!([])), "{server}: {seen:#}");
            assert_eq!((&seen["procedure"], &seen["lines"]), (&done["procedure"], &done["lines"]), "{server}");
            assert_eq!(seen["waits_for"], Value::Null, "{server}");
        }
        assert_eq!(site.get("stranger", &first).await.0, 404, "{server}");
        let (status, again) = site.act("vet", &format!("{first}/issue"), json!({ "number": "DK-2" })).await;
        assert_eq!(status, 409, "{server}: {again:#}");

        site.act("broker", &format!("{declaration}/cancel"), json!({ "reason": "sent back" })).await;
        let (status, agreed) = site.act("customs", &format!("{declaration}/agree"), json!({})).await;
        assert_eq!((status, &agreed["status"]), (200, &json!("cancelled")), "{server}: {agreed:#}");
        let (status, seen) = site.get("vet", &second).await;
        assert_eq!((status, &seen["state"]), (200, &json!("cancelled")), "{server}: {seen:#}");
        assert_eq!(site.get("vet", &first).await.1["state"], "done", "{server}");
        site.close().await;
    }
}
