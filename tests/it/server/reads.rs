//! Who looked at a case is told to those who watch over it and to whom it belongs.

use serde_json::Value;

use super::site::{Site, json as body_of};
use crate::exchange::office::until;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_at_a_case_is_told_page_by_page_to_those_who_may_know() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let declaration = sent["links"]["self"].as_str().unwrap();
        for (at, who) in ["customs", "vet", "broker"].into_iter().enumerate() {
            let later = moment(NOW) + jiff::SignedDuration::from_secs(i64::try_from(at).unwrap() + 1);
            site.app.shared().clock.set(later);
            assert_eq!(site.get(who, declaration).await.0, 200, "{server} {who}");
        }
        let reads = format!("{declaration}/reads");
        // That somebody looked is noted beside the answer.
        let rows = async || site.get("customs", &reads).await.1["rows"].as_array().unwrap().clone();
        until("all three are noted", async || rows().await.len() == 3).await;
        let rows = rows().await;
        let organisations = |rows: &[Value]| -> Vec<String> {
            rows.iter().map(|row| row["organisation"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(organisations(&rows), ["broker", "vet", "customs"], "{server}: {rows:#?}");
        assert!(rows.iter().all(|row| row["what"] == "declaration" && row["at"].is_string()), "{server}");
        for who in ["broker", "operator"] {
            let (status, page) = site.get(who, &format!("{reads}?limit=2")).await;
            assert_eq!(status, 200, "{server} {who}: {page}");
            assert_eq!(organisations(page["rows"].as_array().unwrap()), ["broker", "vet"], "{server} {who}");
            let next = format!("{reads}?after={}", page["next"].as_str().unwrap());
            let (_, rest) = site.get(who, &next).await;
            assert_eq!(organisations(rest["rows"].as_array().unwrap()), ["customs"], "{server} {who}");
            assert_eq!(rest["next"], Value::Null, "{server}");
        }
        for (who, status) in [("vet", 403), ("other-agency", 404), ("stranger", 404), ("", 401)] {
            assert_eq!(site.get(who, &reads).await.0, status, "{server} {who}");
        }
        site.close().await;
    }
}
