//! Signatures in messages of senders: what is asked of each holds before anything is read.

use jiff::Timestamp;
use motcua::message::signature::Place;
use motcua::store::partners::SignaturePolicy;
use motcua::store::signatures::{self, SenderSignatures};
use serde_json::json;

use super::site::{Site, json as body_of};
use crate::gateway::house::Keys;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

async fn ask(site: &Site, (body, system): (SignaturePolicy, SignaturePolicy), trust: &str) {
    let asked = SenderSignatures {
        organisation: "broker".to_owned(),
        body,
        system,
        trust: trust.as_bytes().to_vec(),
        changed: Timestamp::UNIX_EPOCH,
    };
    site.app
        .service
        .writer()
        .run(move |desk| Box::pin(async move { Ok(signatures::set(&mut desk.link(), &asked).await?) }))
        .await
        .unwrap();
    site.app.shared().signatures.forget();
}

async fn sent(site: &Site, bytes: &[u8]) -> (u16, String) {
    let (status, body) = body_of(site.send("broker", bytes.to_vec(), "application/json").await).await;
    (status, body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_of_whom_signatures_are_asked_is_heard_with_them_only() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let keys = Keys::new("VN");
        let plain = fixture(CHICKEN);
        let text = String::from_utf8(plain.clone()).unwrap();
        let signed = keys.signer().sign(&text, Place::EnvelopeBody).unwrap();
        ask(&site, (SignaturePolicy::Require, SignaturePolicy::Ignore), &keys.trust()).await;
        let (status, body) = sent(&site, &plain).await;
        assert_eq!(status, 422, "{server}: {body}");
        assert!(body.contains("SIGNATURE_MISSING"), "{server}: {body}");
        let (status, body) = sent(&site, signed.replace("<NO>50<", "<NO>51<").as_bytes()).await;
        assert_eq!(status, 422, "{server}: {body}");
        let stranger = Keys::new("VN").signer().sign(&text, Place::EnvelopeBody).unwrap();
        let (status, body) = sent(&site, stranger.as_bytes()).await;
        assert_eq!(status, 422, "{server}: {body}");
        assert!(body.contains("CERTIFICATE_UNTRUSTED"), "{server}: {body}");
        let (status, body) = sent(&site, signed.as_bytes()).await;
        assert_eq!(status, 201, "{server}: the id was left free: {body}");

        // The gateway's too; both stand in one message, each over what was there when it was made.
        ask(&site, (SignaturePolicy::Require, SignaturePolicy::Require), &keys.trust()).await;
        let other = text.replace("b7c1d0e4", "b7c1d0e5").replace("107000000010", "107000000011");
        let signed = keys.signer().sign(&other.replace("TK20260720010", "TK20260720011"), Place::EnvelopeBody).unwrap();
        let (status, body) = sent(&site, signed.as_bytes()).await;
        assert_eq!(status, 422, "{server}: {body}");
        let both = keys.signer().sign(&signed, Place::EnvelopeSystem).unwrap();
        let (status, body) = sent(&site, both.as_bytes()).await;
        assert_eq!(status, 201, "{server}: {body}");

        // Where it is only accepted, one that is there has to hold.
        ask(&site, (SignaturePolicy::Accept, SignaturePolicy::Accept), &keys.trust()).await;
        let third = other.replace("b7c1d0e5", "b7c1d0e6").replace("107000000011", "107000000012");
        let (status, body) = sent(&site, third.replace("TK20260720010", "TK20260720012").as_bytes()).await;
        assert_eq!(status, 201, "{server}: {body}");
        let fourth = keys.signer().sign(&third.replace("b7c1d0e6", "b7c1d0e7"), Place::EnvelopeBody).unwrap();
        let (status, body) = sent(&site, fourth.replace("<NO>50<", "<NO>52<").as_bytes()).await;
        assert_eq!(status, 422, "{server}: {body}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_partners_are_for_whom_they_concern() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (status, page) = site.get("customs", "/v1/origin-certificates?side=in").await;
        assert_eq!((status, &page["rows"]), (200, &json!([])), "{server}");
        let (status, _) = site.get("customs", "/v1/origin-certificates?side=up").await;
        assert_eq!(status, 422, "{server}");
        let (status, _) = site.get("customs", "/v1/origin-certificates/019f7d77-8000-7000-8000-000000000001").await;
        assert_eq!(status, 404, "{server}");
        for path in ["/v1/exchange/partners", "/v1/exchange/utilisation?digits=4"] {
            let (status, page) = site.get("customs", path).await;
            assert_eq!((status, &page["rows"]), (200, &json!([])), "{server}: {path}");
            assert_eq!(site.get("hai-van", path).await.0, 403, "{server}: {path}");
        }
        assert_eq!(site.get("customs", "/v1/exchange/utilisation?digits=3").await.0, 422, "{server}");
        // Only agencies issue, and only where there is a gateway to send by.
        let (status, _) = site.act("hai-van", "/v1/origin-certificates", json!({ "certificate": {} })).await;
        assert_eq!(status, 403, "{server}");
        let (status, problem) = site.act("trade", "/v1/origin-certificates", json!({ "certificate": {} })).await;
        assert_eq!(status, 422, "{server}: {problem}");
        let certificate = crate::gateway::house::form_d("VN-1");
        let body = json!({ "certificate": certificate });
        let (status, problem) = site.act("trade", "/v1/origin-certificates", body).await;
        assert_eq!(status, 422, "{server}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains("gateway"), "{server}: {problem}");
        site.close().await;
    }
}
