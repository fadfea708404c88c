//! What an agency says of each line of a task, and what it adds to the importer's record.

use motcua::store::known;
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-05-12T09:00:00+07:00";
const HOLDER: &str = "0101987654";

/// The bundled food additive on three lines.
fn three_lines() -> Vec<u8> {
    let text = String::from_utf8(fixture("declarations/01-msg-additive-three-ministries.xml")).unwrap();
    let (head, rest) = text.split_once("<Goods>").unwrap();
    let (goods, end) = rest.split_once("</Goods>").unwrap();
    let line = |number: u32| {
        let goods = goods.replace("<LineNo>1<", &format!("<LineNo>{number}<"));
        format!("<Goods>{goods}</Goods>")
    };
    let lines: String = (1..=3).map(line).collect();
    format!("{head}{lines}{end}").into_bytes()
}

/// Declares it; gives its address and the food agency's task.
async fn declared(site: &Site) -> (String, String) {
    let (status, sent) = body_of(site.send("broker", three_lines(), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
    let (_, queue) = site.get("food", "/v1/tasks?state=ready").await;
    let task = &queue["rows"][0];
    assert_eq!(task["lines"], json!([1, 2, 3]), "{queue:#}");
    (declaration, task["links"]["self"].as_str().unwrap().to_owned())
}

/// What the importer's record says of his goods: how each came out.
async fn record(site: &Site) -> Vec<(Option<String>, Option<String>)> {
    let mut reader = site.app.shared().database.read().await.unwrap();
    let history = known::history(&mut reader.link(), HOLDER).await.unwrap();
    history.into_iter().map(|(_, entry)| (entry.hs, entry.event)).collect()
}

async fn refused(site: &Site, path: &str, body: &Value, says: &str) {
    let (status, refused) = site.act("food", path, body.clone()).await;
    let detail = refused["detail"].as_str().unwrap_or_default();
    assert!(status == 422 && detail.contains(says), "{body}: {refused:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_presumed_of_a_line_that_a_result_does_not_name() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (declaration, task) = declared(&site).await;
        let result = format!("{task}/result");
        let says = |lines: &[(u32, bool)]| {
            let lines = lines.iter().map(|(line, passed)| json!({ "line": line, "passed": passed }));
            json!({ "number": "R-1", "lines": lines.collect::<Vec<_>>() })
        };
        refused(&site, &result, &says(&[(1, true)]), "line 2, 3").await;
        refused(&site, &result, &says(&[(1, true), (3, false)]), "line 2:").await;
        assert_eq!(record(&site).await, [], "{server}");
        assert_eq!(site.get("food", &task).await.1["state"], "ready", "{server}");

        // Of goods of one code the failure counts.
        let (status, done) = site.act("food", &result, says(&[(1, true), (2, false), (3, true)])).await;
        assert_eq!(status, 200, "{server}: {done:#}");
        assert_eq!(site.get("broker", &declaration).await.1["status"], "accepted", "{server}");
        let recorded = record(&site).await;
        assert!(recorded.len() == 1 && recorded[0].1.as_deref() == Some("fail"), "{server}: {recorded:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revoked_is_no_part_of_the_importers_record() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, task) = declared(&site).await;
        let (status, done) = site.act("food", &format!("{task}/issue"), json!({ "number": "R-1" })).await;
        assert_eq!(status, 200, "{server}: {done:#}");
        let recorded = record(&site).await;
        assert!(recorded.len() == 1 && recorded[0].1.as_deref() == Some("pass"), "{server}: {recorded:?}");
        let (_, dossiers) = site.get("food", "/v1/dossiers").await;
        let dossier = format!("{}/revoke", dossiers["rows"][0]["links"]["self"].as_str().unwrap());
        let (status, revoked) = site.act("food", &dossier, json!({ "reason": "the sample was another's" })).await;
        assert_eq!(status, 200, "{server}: {revoked:#}");
        assert_eq!(record(&site).await, [], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_can_be_no_papers_is_refused() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, task) = declared(&site).await;
        for number in ["", "   ", "a\u{0}b", "a\nb", &"9".repeat(101)] {
            refused(&site, &format!("{task}/issue"), &json!({ "number": number }), "`number`").await;
        }
        let (status, done) = site.act("food", &format!("{task}/issue"), json!({ "number": "ATTP 12/2026-Đ" })).await;
        assert_eq!((status, &done["state"]), (200, &json!("done")), "{server}: {done:#}");
        site.close().await;
    }
}
