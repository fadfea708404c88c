//! A declaration followed by API alone.

use serde_json::json;

use super::site::Site;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_followed_to_its_clearance_by_api_alone() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, sent) = super::site::json(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        assert_eq!(status, 201, "{server}: {sent:#}");
        assert_eq!(sent["outcome"], "hold");
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());

        for number in ["DK-1", "KD-7"] {
            let (_, queue) = site.get("vet", "/v1/tasks?state=ready").await;
            let task = queue["rows"][0]["links"]["self"].as_str().unwrap_or_else(|| panic!("{queue:#}")).to_owned();
            let (status, claimed) = site.act("vet", &format!("{task}/claim"), json!({})).await;
            assert_eq!((status, &claimed["state"]), (200, &json!("claimed")), "{claimed:#}");
            let (status, done) = site.act("vet", &format!("{task}/issue"), json!({ "number": number })).await;
            assert_eq!((status, &done["state"]), (200, &json!("done")), "{done:#}");
        }

        let (_, cleared) = site.get("broker", &declaration).await;
        assert_eq!((&cleared["outcome"], &cleared["checks"]), (&json!("clear"), &json!([])), "{cleared:#}");
        assert_eq!(cleared["status"], "cleared");
        let (_, by_number) = site.get("broker", "/v1/declarations/107000000010").await;
        assert_eq!(by_number["id"], cleared["id"]);
        let (_, certificate) = site.get("broker", "/v1/certificates/KD-7").await;
        assert_eq!(certificate["rows"][0]["live"], true);
        let (_, timeline) = site.get("broker", &format!("{declaration}/timeline")).await;
        let events: Vec<&str> =
            timeline["rows"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap()).collect();
        assert_eq!(events.first(), Some(&"declaration.registered"));
        assert!(events.contains(&"dossier.issued") && events.contains(&"declaration.cleared"), "{events:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_business_with_a_declaration_sees_nothing_of_it() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = super::site::json(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let id = sent["id"].as_str().unwrap();
        let task = sent["task_ids"]["t1"].as_str().unwrap();
        let paths = [
            format!("/v1/declarations/{id}"),
            format!("/v1/declarations/{id}/timeline"),
            format!("/v1/declarations/{id}/graph"),
            "/v1/declarations/107000000010".to_owned(),
            format!("/v1/tasks/{task}"),
        ];
        for path in &paths {
            assert_eq!(site.get("", path).await.0, 401, "{server} {path}");
            assert_eq!(site.get("stranger", path).await.0, 404, "{server} {path}");
            assert_eq!(site.get("other-agency", path).await.0, 404, "{server} {path}");
            assert_eq!(site.get("vet", path).await.0, 200, "{server} {path}");
        }
        for who in ["stranger", "other-agency"] {
            let (status, _) = site.act(who, &format!("/v1/tasks/{task}/issue"), json!({})).await;
            assert!(matches!(status, 403 | 404), "{server} {who}: {status}");
        }
        let (status, _) = site.act("broker", &format!("/v1/tasks/{task}/issue"), json!({})).await;
        assert_eq!(status, 403, "a trader issues nothing");
        assert_eq!(site.get("stranger", "/v1/declarations").await.1["rows"], json!([]));
        assert_eq!(site.get("broker", "/v1/declarations").await.1["rows"].as_array().unwrap().len(), 1);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_officers_at_once_one_wins_and_the_other_is_told() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = super::site::json(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let id = sent["id"].as_str().unwrap().to_owned();
        let event = sent["event"].as_u64().unwrap();
        let body = json!({ "channel": "yellow", "reason": "first", "seen": event });
        let path = format!("/v1/declarations/{id}/set_channel");
        let both = futures_util::future::join(
            site.act("customs", &path, body.clone()),
            site.act("customs", &path, body.clone()),
        );
        let ((one, _), (other, told)) = both.await;
        let mut statuses = [one, other];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{server}: {told}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_a_risk_profile_chose_are_cleared_when_customs_has_checked_them() {
    let sent = String::from_utf8(fixture("declarations/42-t-shirts-silent-on-their-state.xml")).unwrap();
    // A line of 20 billion dong or more is looked at (`high-value` of `risk.toml`).
    let dear = sent.replace("25600000.00", "20000000000.00").into_bytes();
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-09-05T10:00:00+07:00")).await;
        let (status, sent) = super::site::json(site.send("broker", dear.clone(), "application/json").await).await;
        assert_eq!((status, &sent["status"]), (201, &json!("accepted")), "{server}: {sent:#}");
        assert_eq!((&sent["decision"], &sent["channel"]), (&json!("clear"), &json!("yellow")), "{sent:#}");
        // The law asks for nothing more; the goods may not leave before customs has checked.
        assert_eq!((&sent["outcome"], &sent["checks"]), (&json!("hold"), &json!(["documents"])));
        for (outcome, count) in [("hold", 1), ("clear", 0)] {
            let (_, list) = site.get("customs", &format!("/v1/declarations?decision={outcome}")).await;
            let rows = list["rows"].as_array().unwrap();
            assert_eq!(rows.len(), count, "{server} {outcome}: {list:#}");
            assert!(rows.iter().all(|row| row["outcome"] == outcome), "{server}: {list:#}");
        }

        let (_, queue) = site.get("customs", "/v1/tasks?state=ready").await;
        assert_eq!(queue["rows"][0]["kind"], "check", "{queue:#}");
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
        let check = json!({ "kind": "documents", "passed": true });
        let (status, checked) = site.act("customs", &format!("{declaration}/check"), check).await;
        assert_eq!((status, &checked["status"]), (200, &json!("cleared")), "{checked:#}");
        assert_eq!((&checked["outcome"], &checked["checks"]), (&json!("clear"), &json!([])), "{checked:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_to_be_amended_after_acceptance_is_amended_when_customs_agrees() {
    let first = String::from_utf8(fixture(CHICKEN)).unwrap();
    let request = "<RequestEdit><RequestDate>2026-07-20 11:00:00</RequestDate><Reason>Sai số lượng</Reason>";
    let edit = first
        .replace("b7c1d0e4-0010-4f52-8d19-5a0e6f3c0010", "b7c1d0e4-0010-4f52-8d19-5a0e6f3c0011")
        .replace("<type>10</type>", "<type>14</type>")
        .replace("<function>01</function>", "<function>08</function>")
        .replace("<ImportDeclaration>", &format!("{request}<ImportDeclaration>"))
        .replace("</ImportDeclaration>", "</ImportDeclaration></RequestEdit>")
        .replace("<NO>50</NO>", "<NO>51</NO>");
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = super::site::json(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
        let asked = site.send("broker", edit.clone().into_bytes(), "application/json").await;
        let (status, asked) = super::site::json(asked).await;
        assert_eq!(status, 200, "{server}: {asked:#}");
        let (status, agreed) = site.act("customs", &format!("{declaration}/agree"), json!({})).await;
        assert_eq!(status, 200, "{server}: {agreed:#}");
        assert_eq!((&agreed["status"], &agreed["outcome"]), (&json!("accepted"), &json!("hold")), "{server}");
        let (_, timeline) = site.get("broker", &format!("{declaration}/timeline")).await;
        let rows = timeline["rows"].as_array().unwrap();
        assert!(rows.iter().any(|row| row["event"] == "declaration.amended"), "{server}: {timeline:#}");
        site.close().await;
    }
}
