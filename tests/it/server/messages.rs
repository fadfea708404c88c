//! What a sender gets back.

use super::site::{Site, json};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_wanted_before_a_byte_is_parsed() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, problem) = json(site.send("", b"no xml at all".to_vec(), "*/*").await).await;
        assert_eq!(status, 401, "{server}");
        assert_eq!(problem["type"], "urn:motcua:problem:credentials");
        for open in ["/healthz", "/readyz", "/openapi.json", "/v1/check?hs=03061721"] {
            assert_eq!(site.get("", open).await.0, 200, "{server} {open}");
        }
        let suitcase = "/v1/check?hs=42021211&date=2026-11-24";
        assert_eq!(site.get("", suitcase).await.1["decision"], "clear", "{server}");
        assert_eq!(site.get("", &format!("{suitcase}&fact=used%3Dtrue")).await.1["decision"], "refuse", "{server}");
        for wrong in ["&fact=usd%3Dtrue", "&fact=used%3Dmaybe", "&fakt=used"] {
            let (status, problem) = site.get("", &format!("{suitcase}{wrong}")).await;
            assert!(matches!(status, 400 | 422), "{server} {wrong}: {status} {problem}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_is_answered_by_an_envelope_and_the_same_again_byte_for_byte() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let first = site.send("broker", fixture(CHICKEN), "*/*").await;
        assert_eq!(first.headers()["content-type"], "application/xml; charset=utf-8", "{server}");
        let first = first.bytes().await.unwrap();
        let text = String::from_utf8(first.to_vec()).unwrap();
        assert!(text.contains("<function>99</function>") && text.contains("<ReceiveDate>"), "{text}");
        for _ in 0..3 {
            assert_eq!(site.send("broker", fixture(CHICKEN), "*/*").await.bytes().await.unwrap(), first);
        }
        let (_, list) = site.get("broker", "/v1/declarations").await;
        assert_eq!(list["rows"].as_array().unwrap().len(), 1, "one message is one case");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_other_content_is_refused() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let first = site.send("broker", fixture(CHICKEN), "application/json").await;
        assert_eq!(first.status(), 201, "{server}");
        let mut other = fixture(CHICKEN);
        let at = other.windows(8).position(|window| window == b"02071410").unwrap();
        other[at + 7] = b'9';
        let (status, problem) = json(site.send("broker", other, "application/json").await).await;
        assert_eq!(status, 409, "{server}: {problem}");
        assert_eq!(problem["type"], "urn:motcua:problem:other-content");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_answered_with_everything_that_is_wrong() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let mut cut = fixture(CHICKEN);
        cut.truncate(cut.len() / 2);
        let (status, problem) = json(site.send("broker", cut.clone(), "application/json").await).await;
        assert_eq!(status, 422, "{server}");
        assert_eq!(problem["errors"][0]["code"], "XML_TRUNCATED", "{problem:#}");
        let answer = site.send("broker", b"<Envelope><Header/></Envelope>".to_vec(), "*/*").await.text().await.unwrap();
        assert!(answer.contains("ErrorCode"), "{server}: {answer}");
        site.close().await;
    }
}
