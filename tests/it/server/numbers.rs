//! A number that customs gives names one declaration, whoever sends it; a reference is its sender's.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const NUMBER: &str = "107000000010";

/// The declaration under another message id and reference, with what else is changed.
fn another(at: u32, changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::from_utf8(fixture(CHICKEN)).unwrap();
    let id = format!("9a0e6f3c{at:04}");
    for (from, to) in [("5a0e6f3c0010", id.as_str()), ("TK20260720010", &format!("TK{at}"))] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

/// The changes that make it another trader's.
const OF_HAI_VAN: (&str, &str) = ("0312456780", "0401345678");
/// The changes that take the number away: it is lodged beforehand.
const PRE_LODGED: (&str, &str) = ("<Number>107000000010</Number>\n          <Date>2026-07-20 09:10:10</Date>", "");

async fn sent(site: &Site, who: &str, bytes: Vec<u8>) -> (u16, Value) {
    body_of(site.send(who, bytes, "application/json").await).await
}

async fn named(site: &Site, who: &str, name: &str) -> (u16, Value) {
    site.get(who, &format!("/v1/declarations/{name}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_customs_names_one_declaration_whoever_sends_it() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, first) = sent(&site, "broker", fixture(CHICKEN)).await;
        assert_eq!(status, 201, "{server}: {first:#}");
        // Another trader's, by the same broker; by himself; and the same trader's by the other sender.
        for (who, at, changes) in
            [("broker", 1, vec![OF_HAI_VAN]), ("hai-van", 2, vec![OF_HAI_VAN]), ("customs", 3, vec![])]
        {
            let (status, refused) = sent(&site, who, another(at, &changes)).await;
            assert_eq!(status, 409, "{server} {who}: {refused:#}");
            let text = refused.to_string();
            assert!(text.contains(NUMBER), "{server} {who}: it says which number: {text}");
            for others in [first["id"].as_str().unwrap(), "0312456780", "broker"] {
                assert!(!text.contains(others), "{server} {who}: whose it is is nobody's business: {text}");
            }
        }
        let (_, found) = named(&site, "customs", NUMBER).await;
        assert_eq!(found["id"], first["id"], "{server}: {found:#}");
        assert_eq!(named(&site, "hai-van", NUMBER).await.0, 404, "{server}");

        // What was cancelled leaves its number to the one that is right.
        let cancel = json!({ "reason": "another trader's number" });
        let path = format!("/v1/declarations/{}", first["id"].as_str().unwrap());
        assert_eq!(site.act("broker", &format!("{path}/cancel"), cancel).await.0, 200, "{server}");
        assert_eq!(sent(&site, "hai-van", another(2, &[OF_HAI_VAN])).await.0, 409, "{server}: customs is asked");
        assert_eq!(site.act("customs", &format!("{path}/agree"), json!({})).await.0, 200, "{server}");
        let (status, second) = sent(&site, "hai-van", another(2, &[OF_HAI_VAN])).await;
        assert_eq!(status, 201, "{server}: {second:#}");
        let (_, found) = named(&site, "customs", NUMBER).await;
        assert_eq!(found["id"], second["id"], "{server}: the one that is there");
        assert_eq!(named(&site, "stranger", NUMBER).await.0, 404, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_parties_at_once_one_has_the_number() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let own = async |at: u32| sent(&site, "broker", another(at, &[])).await.0;
        let his = async |at: u32| sent(&site, "hai-van", another(at, &[OF_HAI_VAN])).await.0;
        let (one, other, third, fourth) = tokio::join!(own(20), his(21), his(22), own(23));
        let mut statuses = [one, other, third, fourth];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409], "{server}");
        assert_eq!(named(&site, "customs", NUMBER).await.0, 200, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_takes_no_number_of_another_declaration() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        assert_eq!(sent(&site, "broker", fixture(CHICKEN)).await.0, 201, "{server}");
        let (status, lodged) = sent(&site, "hai-van", another(4, &[OF_HAI_VAN, PRE_LODGED])).await;
        assert_eq!((status, &lodged["status"]), (201, &json!("registered")), "{server}: {lodged:#}");
        let amendment = |id: &str, number: &str| {
            let text = String::from_utf8(another(4, &[OF_HAI_VAN])).unwrap();
            let text = text.replace("9a0e6f3c0004", id).replace(NUMBER, number);
            text.replace("<function>01</function>", "<function>02</function>").into_bytes()
        };
        let (status, refused) = sent(&site, "hai-van", amendment("9a0e6f3c0005", NUMBER)).await;
        assert_eq!(status, 409, "{server}: {refused:#}");
        let (status, amended) = sent(&site, "hai-van", amendment("9a0e6f3c0006", "107000000011")).await;
        assert_eq!(status, 200, "{server}: {amended:#}");
        assert_eq!(named(&site, "customs", "107000000011").await.1["id"], lodged["id"], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_of_several_names_none_of_them_by_itself() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, first) = sent(&site, "broker", another(7, &[PRE_LODGED])).await;
        let (status, second) = sent(&site, "hai-van", {
            let text = String::from_utf8(another(8, &[OF_HAI_VAN, PRE_LODGED])).unwrap();
            text.replace("TK8", "TK7").into_bytes()
        })
        .await;
        assert_eq!(status, 201, "{server}: a reference is the sender's own: {second:#}");
        let (status, several) = named(&site, "customs", "TK7").await;
        assert_eq!((status, &several["type"]), (409, &json!("urn:motcua:problem:ambiguous")), "{server}");
        let mut candidates: Vec<&str> =
            several["candidates"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        candidates.sort_unstable();
        let mut both = [first["id"].as_str().unwrap(), second["id"].as_str().unwrap()];
        both.sort_unstable();
        assert_eq!(candidates, both, "{server}");
        let (status, _) = site.act("customs", "/v1/declarations/TK7/accept", json!({})).await;
        assert_eq!(status, 409, "{server}: nor is it acted on");
        assert_eq!(named(&site, "hai-van", "TK7").await.1["id"], second["id"], "{server}: his own is one");
        assert_eq!(named(&site, "stranger", "TK7").await.0, 404, "{server}: he is told of none");

        // A number goes before a reference that looks like it.
        let (_, numbered) = sent(&site, "broker", fixture(CHICKEN)).await;
        let like_it = String::from_utf8(another(9, &[OF_HAI_VAN, PRE_LODGED])).unwrap().replace("TK9", NUMBER);
        assert_eq!(sent(&site, "hai-van", like_it.into_bytes()).await.0, 201, "{server}");
        assert_eq!(named(&site, "customs", NUMBER).await.1["id"], numbered["id"], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_means_several_declarations_changes_none() {
    let cancellation = || {
        let text = String::from_utf8(fixture("declarations/10-chicken-two-tasks-in-order.xml")).unwrap();
        let head = text.split_once("<ImportDeclaration>").unwrap().0.replace("TK20260720010", "TK7");
        let head = head.replace("5a0e6f3c0010", "9a0e6f3c0099");
        let head = head.replace("<type>10</type>", "<type>11</type>").replace("<function>01<", "<function>04<");
        let request = "<RequestCancel><RequestDate>2026-07-20 09:30:00</RequestDate></RequestCancel>";
        format!("{head}{request}</Content><Signature></Signature></Body></Envelope>").into_bytes()
    };
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let of_other = String::from_utf8(another(8, &[OF_HAI_VAN, PRE_LODGED])).unwrap().replace("TK8", "TK7");
        let (_, first) = sent(&site, "broker", another(7, &[PRE_LODGED])).await;
        let (status, _) = sent(&site, "broker", of_other.into_bytes()).await;
        assert_eq!(status, 201, "{server}: of another trader");
        let (status, refused) = sent(&site, "broker", cancellation()).await;
        assert_eq!(status, 409, "{server}: {refused:#}");
        let path = format!("/v1/declarations/{}", first["id"].as_str().unwrap());
        assert_eq!(site.get("broker", &path).await.1["status"], "registered", "{server}");
        site.close().await;
    }
}
