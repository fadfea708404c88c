//! A declaration is shown as it was decided: under which edition, by which channel, on which papers.

use serde_json::{Value, json};

use super::law::{packed, post};
use super::site::{Site, json as body_of};
use crate::service::drafts::draft_folder;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// Sends the declaration; gives its address.
async fn declared(site: &Site) -> String {
    let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    format!("/v1/declarations/{}", sent["id"].as_str().unwrap())
}

/// Gives both papers that the declaration waits for.
async fn cleared(site: &Site) -> String {
    let declaration = declared(site).await;
    for number in ["DK-1", "KD-7"] {
        let (_, queue) = site.get("vet", "/v1/tasks?state=ready").await;
        let task = queue["rows"][0]["links"]["self"].as_str().unwrap().to_owned();
        let (status, done) = site.act("vet", &format!("{task}/issue"), json!({ "number": number })).await;
        assert_eq!(status, 200, "{done:#}");
    }
    declaration
}

/// The decision as the journal has it last.
async fn journalled(site: &Site, declaration: &str) -> Value {
    let (_, timeline) = site.get("broker", &format!("{declaration}/timeline?limit=200")).await;
    let rows = timeline["rows"].as_array().unwrap();
    let decided = rows.iter().rfind(|row| row["event"] == "declaration.decided");
    decided.unwrap_or_else(|| panic!("{timeline:#}"))["data"]["decision"].clone()
}

/// The words of a decision on which journal and detail have to agree.
fn words(decision: &Value) -> Value {
    let lines = decision["lines"].as_array().unwrap().iter();
    let lines = lines.map(|line| {
        let empty = Vec::new();
        let requirements = line["requirements"].as_array().unwrap_or(&empty).iter();
        let requirements = requirements.map(|one| json!([one["rule"], one["status"], one["legal_basis"]]));
        json!([line["line"], line["hs"], line["decision"], requirements.collect::<Vec<_>>()])
    });
    let pack = json!([decision["pack"]["edition"], decision["pack"]["digest"]]);
    json!([decision["date"], decision["decision"], lines.collect::<Vec<_>>(), pack])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_edition_decided_is_shown_under_it_when_another_decides() {
    let draft = packed(&draft_folder());
    let first = json!(motcua::embedded::pack().edition);
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let declaration = cleared(&site).await;
        let (_, before) = site.get("broker", &declaration).await;
        assert_eq!((&before["status"], &before["pack"]["edition"]), (&json!("cleared"), &first), "{server}");
        site.app.shared().clock.set(moment("2026-07-21T10:00:00+07:00"));
        assert_eq!(post(&site, "operator", "", draft.clone()).await.0, 201, "{server}");
        let (_, after) = site.get("broker", &declaration).await;
        assert_eq!(after["pack"]["edition"], first, "{server}");
        assert_eq!(after, before, "{server}");
        assert_eq!(words(&after), words(&journalled(&site, &declaration).await), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn detail_journal_and_list_tell_the_same_when_an_agency_finds_against_goods_after_clearance() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let declaration = cleared(&site).await;
        let (_, paper) = site.get("vet", "/v1/certificates/KD-7").await;
        let dossier = paper["rows"][0]["links"]["dossier"].as_str().unwrap_or_else(|| panic!("{paper:#}"));
        let (status, failed) = site.act("vet", &format!("{dossier}/fail"), json!({ "reason": "forged" })).await;
        assert_eq!(status, 200, "{server}: {failed:#}");
        let (_, after) = site.get("broker", &declaration).await;
        let (_, list) = site.get("broker", "/v1/declarations").await;
        assert_eq!(words(&after), words(&journalled(&site, &declaration).await), "{server}: {after:#}");
        assert_eq!(list["rows"][0]["outcome"], after["outcome"], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_and_what_customs_decided_otherwise_stand_in_detail_and_list() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let declaration = declared(&site).await;
        let red = json!({ "channel": "red", "reason": "a hint" });
        let (status, set) = site.act("customs", &format!("{declaration}/set_channel"), red).await;
        assert_eq!((status, &set["channel"]), (200, &json!("red")), "{server}: {set:#}");
        let refused = json!({ "line": 1, "decision": "refuse", "reason": "rotten" });
        let (status, own) = site.act("customs", &format!("{declaration}/override"), refused).await;
        assert_eq!(status, 200, "{server}: {own:#}");
        let (_, detail) = site.get("broker", &declaration).await;
        let (_, list) = site.get("broker", "/v1/declarations").await;
        let row = &list["rows"][0];
        assert_eq!((&detail["channel"], &detail["channel_by"]), (&json!("red"), &json!("customs")), "{server}");
        assert_eq!((&row["channel"], &row["outcome"]), (&detail["channel"], &detail["outcome"]), "{server}");
        assert_eq!(detail["overrides"][0]["reason"], "rotten", "{server}: {detail:#}");
        assert_eq!(detail["outcome"], "refuse", "{server}");
        site.close().await;
    }
}
