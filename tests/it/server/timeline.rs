//! The timeline names who did what.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// The events of a kind in a timeline.
async fn of_kind(site: &Site, declaration: &str, kind: &str) -> Vec<Value> {
    let (status, timeline) = site.get("customs", &format!("{declaration}/timeline?limit=200")).await;
    assert_eq!(status, 200, "{timeline:#}");
    timeline["rows"].as_array().unwrap().iter().filter(|row| row["event"] == kind).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_by_itself_is_the_programs_own_and_an_act_is_whose_it_is() {
    let program = || json!({ "role": "system" });
    let by = |role: &str, organisation: &str| json!({ "role": role, "organisation": organisation });
    let number = "<Number>107000000010</Number>\n          <Date>2026-07-20 09:10:10</Date>";
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-07-20T10:00:00+07:00")).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
        let whose = async |kind: &str| -> Vec<Value> {
            of_kind(&site, &declaration, kind).await.iter().map(|row| row["by"].clone()).collect()
        };
        assert_eq!(whose("declaration.registered").await, [by("broker", "broker")], "{server}");
        assert_eq!(whose("declaration.accepted").await, [program()], "{server}: it is taken by rule");
        for task in ["t1", "t2"] {
            let issue = format!("/v1/tasks/{}/issue", sent["task_ids"][task].as_str().unwrap_or_default());
            let (status, issued) = site.act("vet", &issue, json!({})).await;
            assert_eq!(status, 200, "{server}: {issued:#}");
        }
        assert_eq!(whose("declaration.cleared").await, [program()], "{server}: no agency clears goods");
        // The agency has filed nothing of the trader's: what it took on the way says so.
        let heard = of_kind(&site, &declaration, "dossier.heard").await;
        let applied: Vec<&Value> = heard.iter().filter(|row| row["data"]["act"] == "apply").collect();
        assert_eq!(applied.len(), 2, "{server}: {heard:#?}");
        for row in applied {
            assert_eq!(row["by"], by("agency", "vet"), "{server}: {row:#}");
            assert_eq!((&row["data"]["sender"], &row["data"]["implied"]), (&json!("agency"), &json!(true)), "{server}");
        }
        let issued = heard.iter().find(|row| row["data"]["act"] == "issue").unwrap();
        assert_eq!((&issued["data"]["sender"], issued["data"].get("implied")), (&json!("agency"), None), "{server}");

        // Lodged beforehand it is customs' officer who takes it.
        let text = String::from_utf8(fixture(CHICKEN)).unwrap().replace(number, "").replace("0010</", "0011</");
        let (status, lodged) = body_of(site.send("broker", text.into_bytes(), "application/json").await).await;
        assert_eq!((status, &lodged["status"]), (201, &json!("registered")), "{server}: {lodged:#}");
        let lodged = format!("/v1/declarations/{}", lodged["id"].as_str().unwrap());
        assert_eq!(site.act("customs", &format!("{lodged}/accept"), json!({})).await.0, 200, "{server}");
        let accepted = of_kind(&site, &lodged, "declaration.accepted").await;
        assert_eq!(accepted[0]["by"], by("customs", "customs"), "{server}");
        // What the trader applies for himself he does.
        let task = site.get("broker", &format!("/v1/tasks?declaration={}", &lodged[17..])).await.1;
        let task = task["rows"][0]["links"]["self"].as_str().unwrap_or_else(|| panic!("{task:#}")).to_owned();
        let (status, applied) = site.act("broker", &format!("{task}/apply"), json!({})).await;
        assert_eq!(status, 200, "{server}: {applied:#}");
        let heard = of_kind(&site, &lodged, "dossier.heard").await;
        let applied = (&heard[0]["by"], &heard[0]["data"]["sender"], heard[0]["data"].get("implied"));
        assert_eq!(applied, (&by("broker", "broker"), &json!("trader"), None), "{server}");
        site.close().await;
    }
}
