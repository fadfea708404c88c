//! Documents attached to cases, by API.

use motcua::service::attachments::{Kind, Scanner, Settings};
use motcua::store::{Database, verify};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const PDF: &[u8] = b"%PDF-1.7\na certificate of health";

async fn open(database: Database, settings: Settings) -> (Site, String, Value) {
    let site = Site::open_attaching(database, moment(NOW), settings).await;
    let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
    assert_eq!(status, 201, "{sent}");
    (site, format!("/v1/declarations/{}", sent["id"].as_str().unwrap()), sent)
}

async fn attach(site: &Site, who: &str, case: &str, (name, kind): (&str, &str), bytes: &[u8]) -> (u16, Value) {
    let request = site.request(who, Method::POST, &format!("{case}/attachments?name={name}"));
    body_of(request.header("content-type", kind).body(bytes.to_vec()).send().await.unwrap()).await
}

async fn fetch(site: &Site, who: &str, attachment: &Value) -> Response {
    let path = attachment["links"]["content"].as_str().unwrap_or_else(|| panic!("{attachment}"));
    site.request(who, Method::GET, path).send().await.unwrap()
}

fn names(case: &Value) -> Vec<&str> {
    case["attachments"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_attached_listed_and_fetched_by_whom_its_case_concerns() {
    for (server, database) in databases().await {
        let (site, case, sent) = open(database.clone(), Settings::default()).await;
        let (status, one) = attach(&site, "broker", &case, ("ch%E1%BB%A9ng.pdf", "application/pdf"), PDF).await;
        assert_eq!(
            (status, &one["name"], &one["scanned"]),
            (201, &json!("chứng.pdf"), &json!("none")),
            "{server}: {one}"
        );
        let digest = Sha256::digest(PDF).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(one["sha256"], digest, "{server}");
        let (status, again) = attach(&site, "broker", &case, ("ch%E1%BB%A9ng.pdf", "application/pdf"), PDF).await;
        assert_eq!((status, &again["id"]), (201, &one["id"]), "{server}: the same again is there already");

        for who in ["broker", "vet", "customs"] {
            let got = fetch(&site, who, &one).await;
            assert_eq!(got.status(), 200, "{server} {who}");
            assert_eq!(got.headers()["content-type"], "application/pdf", "{server}");
            assert_eq!(got.headers()["content-disposition"], "attachment; filename*=UTF-8''ch%E1%BB%A9ng.pdf");
            assert_eq!(got.headers()["x-content-type-options"], "nosniff", "{server}");
            assert_eq!(got.bytes().await.unwrap(), PDF, "{server} {who}");
            assert_eq!(names(&site.get(who, &case).await.1), ["chứng.pdf"], "{server} {who}");
        }
        for (who, status) in [("", 401), ("stranger", 404), ("other-agency", 404), ("operator", 404)] {
            assert_eq!(fetch(&site, who, &one).await.status(), status, "{server} {who}");
        }
        let (status, _) = attach(&site, "stranger", &case, ("a.pdf", "application/pdf"), PDF).await;
        assert_eq!(status, 404, "{server}");

        // What customs attaches is for customs and the trader, not for the agency.
        let (_, two) = attach(&site, "customs", &case, ("note.xml", "text/xml"), b"<note/>").await;
        assert_eq!(fetch(&site, "broker", &two).await.status(), 200, "{server}: {two}");
        assert_eq!(fetch(&site, "vet", &two).await.status(), 404, "{server}");
        assert_eq!(names(&site.get("vet", &case).await.1), ["chứng.pdf"], "{server}");
        assert_eq!(names(&site.get("broker", &case).await.1), ["chứng.pdf", "note.xml"], "{server}");

        let (_, timeline) = site.get("broker", &format!("{case}/timeline")).await;
        let attached: Vec<&Value> =
            timeline["rows"].as_array().unwrap().iter().filter(|row| row["event"] == "declaration.attached").collect();
        assert_eq!(attached.len(), 2, "{server}");
        assert_eq!(attached[0]["data"]["digest"], one["sha256"], "{server}: the journal has its digest");

        // A dossier has its own.
        let task = sent["task_ids"]["t1"].as_str().unwrap();
        let (status, claimed) = site.act("vet", &format!("/v1/tasks/{task}/claim"), json!({})).await;
        assert_eq!(status, 200, "{claimed}");
        let dossier = format!("/v1/dossiers/{}", claimed["dossier"]["id"].as_str().unwrap());
        let (status, three) = attach(&site, "vet", &dossier, ("a.png", "image/png"), b"\x89PNG\r\n\x1a\nx").await;
        assert_eq!(status, 201, "{server}: {three}");
        assert_eq!(names(&site.get("broker", &dossier).await.1), ["a.png"], "{server}");
        assert_eq!(fetch(&site, "broker", &three).await.status(), 200, "{server}");
        assert_eq!(fetch(&site, "other-agency", &three).await.status(), 404, "{server}");
        assert_eq!(attach(&site, "stranger", &dossier, ("a.pdf", "application/pdf"), PDF).await.0, 404, "{server}");

        let (status, cancelled) = site.act("broker", &format!("{case}/cancel"), json!({ "reason": "a test" })).await;
        assert_eq!(status, 200, "{cancelled}");
        let (status, agreed) = site.act("customs", &format!("{case}/agree"), json!({})).await;
        assert_eq!((status, &agreed["status"]), (200, &json!("cancelled")), "{agreed}");
        let (status, late) = attach(&site, "broker", &case, ("late.pdf", "application/pdf"), PDF).await;
        assert_eq!(status, 409, "{server}: {late}");
        let verified = verify(&database, |_| {}).await.unwrap();
        assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_it_is_said_to_be_or_too_much_is_not_attached() {
    for (server, database) in databases().await {
        let settings = Settings { bytes: 1_000, of_case: 2, kinds: vec![Kind::Pdf, Kind::Png], scanner: None };
        let (site, case, _) = open(database, settings).await;
        let refused = [
            (("a.pdf", "application/pdf"), &b"MZ\x90\0"[..], 422),
            (("a.png", "image/png"), PDF, 422),
            (("a.exe", "application/x-msdownload"), b"MZ\x90\0", 415),
            (("a.jpg", "image/jpeg"), &[0xFF, 0xD8, 0xFF, 0xE0], 415),
            (("a.exe", ""), b"MZ\x90\0", 415),
            (("a.jpg", "application/octet-stream"), &[0xFF, 0xD8, 0xFF, 0xE0], 415),
            (("", "application/pdf"), PDF, 422),
            (("..", "application/pdf"), PDF, 422),
            (("a.pdf", "application/pdf"), b"", 422),
            (("a.pdf", "application/pdf"), &[b'%'; 1_001], 413),
        ];
        for (of, bytes, expected) in refused {
            let (status, problem) = attach(&site, "broker", &case, of, bytes).await;
            assert_eq!(status, expected, "{server} {of:?}: {problem}");
        }
        assert_eq!(names(&site.get("broker", &case).await.1), [""; 0], "{server}");
        assert_eq!(attach(&site, "broker", &case, ("1.pdf", "application/pdf"), PDF).await.0, 201, "{server}");
        // As curl says of whatever it sends, where nobody tells it what it is.
        let by_curl = attach(&site, "broker", &case, ("2.pdf", "application/x-www-form-urlencoded"), PDF).await;
        assert_eq!((by_curl.0, &by_curl.1["content_type"]), (201, &json!("application/pdf")), "{server}");
        let (status, problem) = attach(&site, "broker", &case, ("3.pdf", "application/pdf"), PDF).await;
        assert_eq!((status, &problem["type"]), (409, &json!("urn:motcua:problem:conflict")), "{server}: {problem}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_scanner_finds_and_what_it_cannot_tell_is_not_kept() {
    for (server, database) in databases().await {
        const FINDS: &str = "read -r _ && if grep -q EICAR; then exit 1; else exit 0; fi; exit 2";
        let settings = Settings { scanner: Some(Scanner::new(FINDS)), ..Settings::default() };
        let (site, case, _) = open(database, settings).await;
        let pdf = ("a.pdf", "application/pdf");
        let (status, clean) = attach(&site, "broker", &case, pdf, b"%PDF-1.7\nnothing").await;
        assert_eq!((status, &clean["scanned"]), (201, &json!("clean")), "{server}: {clean}");
        let (status, infected) = attach(&site, "broker", &case, pdf, b"%PDF-1.7\nEICAR").await;
        assert_eq!((status, &infected["type"]), (422, &json!("urn:motcua:problem:infected")), "{server}: {infected}");
        // Without a line to read this scanner says 2.
        let (status, unknown) = attach(&site, "broker", &case, pdf, b"%PDF-1.7 no line").await;
        assert_eq!((status, &unknown["type"]), (503, &json!("urn:motcua:problem:unavailable")), "{server}: {unknown}");
        let (_, seen) = site.get("broker", &case).await;
        assert_eq!(seen["attachments"].as_array().unwrap().len(), 1, "{server}");
        site.close().await;
    }
}
