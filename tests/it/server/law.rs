//! The law installed and taken back by API.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::site::{Site, json as body_of};
use crate::service::drafts::{draft, draft_folder};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-21T10:00:00+07:00";

/// A tar of a folder, compressed by zstd.
pub(super) fn packed(folder: &Path) -> Vec<u8> {
    let mut builder = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    builder.append_dir_all("draft", folder).unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

pub(super) async fn post(site: &Site, who: &str, query: &str, bytes: Vec<u8>) -> (u16, Value) {
    let request = site.request(who, Method::POST, &format!("/v1/law{query}"));
    body_of(request.body(bytes).send().await.unwrap()).await
}

async fn delete(site: &Site, who: &str, edition: &str) -> (u16, Value) {
    let path = format!("/v1/law/{edition}?reason=published%20in%20error");
    body_of(site.request(who, Method::DELETE, &path).send().await.unwrap()).await
}

/// Names of the editions, and whether each decides now.
async fn editions(site: &Site) -> Vec<(String, bool)> {
    let (status, listed) = site.get("operator", "/v1/law").await;
    assert_eq!(status, 200, "{listed}");
    let rows = listed["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["edition"].as_str().unwrap().to_owned(), row["decides"].as_bool().unwrap())).collect()
}

/// How a fixture is decided now, and under which edition.
async fn decided(site: &Site, day: &str, number: &str) -> (Value, Value) {
    let text = String::from_utf8(fixture("declarations/10-chicken-two-tasks-in-order.xml")).unwrap();
    let text = text.replace("107000000010", number).replace("02071410", "66019900");
    // A message of its own: another id.
    let text = text.replace("6f3c0010", &format!("6f3c{}", &number[8..]));
    let dashed = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    let bytes = text.replace("20260720", day).replace("2026-07-20", &dashed).into_bytes();
    let (status, answer) = body_of(site.send("broker", bytes, "application/json").await).await;
    assert_eq!(status, 201, "{answer:#}");
    (answer["decision"].clone(), answer["pack"]["edition"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_installs_an_edition_by_api_and_takes_it_back() {
    let bytes = packed(&draft_folder());
    let first = json!(motcua::embedded::pack().edition);
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, told) = post(&site, "operator", "?dry_run=true", bytes.clone()).await;
        assert_eq!((status, &told["installed"]), (200, &json!(false)), "{server}: {told}");
        assert_eq!((&told["effect"]["open"], &told["active_from"]), (&json!(0), &json!("2026-07-21")), "{server}");
        assert!(told["warning_count"].as_u64().unwrap() > 0, "{server}: lint is asked too");
        assert_eq!(editions(&site).await.len(), 1, "{server}: nothing was installed");

        let (status, told) = post(&site, "operator", "", bytes.clone()).await;
        assert_eq!((status, &told["installed"]), (201, &json!(true)), "{server}: {told}");
        assert_eq!(told["digest"], draft().pack.digest, "{server}: as the folder itself");
        assert_eq!(editions(&site).await.last(), Some(&("draft".to_owned(), true)), "{server}");
        assert_eq!(decided(&site, "20260721", "107000000011").await.1, json!("draft"), "{server}");
        let (status, told) = post(&site, "operator", "", bytes.clone()).await;
        assert_eq!(status, 409, "{server}: {told}");

        let (status, told) = delete(&site, "operator", "draft").await;
        assert_eq!((status, &told["digest"]), (200, &json!(draft().pack.digest)), "{server}: {told}");
        assert_eq!(decided(&site, "20260721", "107000000012").await.1, first, "{server}");
        assert_eq!(delete(&site, "operator", "draft").await.0, 409, "{server}: it was taken back already");
        let first = motcua::embedded::pack().edition.as_str();
        let (status, problem) = delete(&site, "operator", first).await;
        assert_eq!(status, 409, "{server}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains("began with"), "{server}: {problem}");
        assert!(editions(&site).await.first().unwrap().1, "{server}");
        // It can come again.
        assert_eq!(post(&site, "operator", "?from=2026-08-01", bytes.clone()).await.0, 201, "{server}");
        assert_eq!(decided(&site, "20260721", "107000000013").await.1, first, "{server}: its day has not come");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customs_judges_what_the_law_gives_it_as_an_agency() {
    let folder = draft_folder();
    let rule = folder.join("inspections/bnnptnt/draft-umbrellas.toml");
    let text = std::fs::read_to_string(&rule).unwrap().replace("BNNPTNT-CTY", "HQ");
    std::fs::write(&rule, text).unwrap();
    let bytes = packed(&folder);
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, told) = post(&site, "operator", "", bytes.clone()).await;
        assert_eq!(status, 201, "{server}: {told}");
        assert_eq!(decided(&site, "20260721", "107000000015").await.0, json!("hold"), "{server}");
        let tasks = "/v1/tasks?declaration=107000000015";
        let (_, queue) = site.get("customs", tasks).await;
        let task = &queue["rows"][0];
        assert_eq!((&task["agency"], &task["kind"]), (&json!("HQ"), &json!("dossier")), "{server}: {queue:#}");
        assert!(task["may"].as_array().unwrap().contains(&json!("issue")), "{server}: {task:#}");
        let issue = format!("/v1/tasks/{}/issue", task["id"].as_str().unwrap());
        for who in ["vet", "food"] {
            assert_eq!(site.act(who, &issue, json!({ "number": "HQ-1" })).await.0, 404, "{server} {who}");
        }
        let (status, issued) = site.act("customs", &issue, json!({ "number": "HQ-1" })).await;
        assert_eq!((status, &issued["state"]), (200, &json!("done")), "{server}: {issued:#}");
        let (_, declaration) = site.get("broker", "/v1/declarations/107000000015").await;
        assert_eq!(declaration["status"], "cleared", "{server}: {declaration:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_touch_the_law_and_a_wrong_pack_changes_nothing() {
    let folder = draft_folder();
    let good = packed(&folder);
    std::fs::write(folder.join("lists/draft.csv"), "annex,hs,group,note,source\ndraft,6601990X,,,made up\n").unwrap();
    let broken = packed(&folder);
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        assert_eq!(post(&site, "", "", good.clone()).await.0, 401, "{server}");
        for who in ["broker", "vet", "customs", "stranger"] {
            assert_eq!(post(&site, who, "", good.clone()).await.0, 403, "{server} {who}");
            assert_eq!(delete(&site, who, "draft").await.0, 403, "{server} {who}");
            assert_eq!(site.get(who, "/v1/law").await.0, 403, "{server} {who}");
        }
        let (status, problem) = post(&site, "operator", "", broken.clone()).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(status == 422 && detail.contains("lists/draft.csv:2:"), "{server}: {problem}");
        assert_eq!(post(&site, "operator", "", b"no archive".to_vec()).await.0, 422, "{server}");
        assert_eq!(post(&site, "operator", "", good[..good.len() / 2].to_vec()).await.0, 422, "{server}");
        let (status, problem) = post(&site, "operator", "?from=2026-07-20", good.clone()).await;
        assert!(status == 422 && problem["detail"].as_str().unwrap().contains("2026-07-20"), "{server}: {problem}");
        assert_eq!(post(&site, "operator", "?from=soon", good.clone()).await.0, 400, "{server}");
        assert_eq!(delete(&site, "operator", "draft").await.0, 404, "{server}");
        assert_eq!(editions(&site).await.len(), 1, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_is_told_so_however_much_he_sends_and_however_slowly() {
    const BYTES: usize = 6 << 20;
    let (_, database) = databases().await.remove(0);
    let site = Site::open(database, moment(NOW)).await;
    // Without credentials, to a wrong parameter, too large, to no address.
    let key = &site.keys.iter().find(|(id, _)| id == "operator").unwrap().1;
    let with_key = format!("Authorization: Bearer {key}\r\n");
    for (path, credentials, wanted) in [
        ("/v1/law", "", "401"),
        ("/v1/messages?bogus=1", &with_key, "400"),
        ("/v1/organisations", &with_key, "413"),
        ("/v1/nowhere", &with_key, "404"),
    ] {
        let mut stream = TcpStream::connect(site.address()).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: motcua\r\n{credentials}Content-Type: application/json\r\n\
             Content-Length: {BYTES}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // What it is refused for is known long before all of it is sent.
        for part in vec![b'1'; BYTES].chunks(1 << 20) {
            stream.write_all(part).await.unwrap_or_else(|error| panic!("{path}: {error}"));
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(String::from_utf8_lossy(&status), format!("HTTP/1.1 {wanted}"), "{path}");
    }
    site.close().await;
}
