//! What a sender gets back.

use motcua::message::soap::Style;

use super::site::{Site, json};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;
use crate::support::{line, wco};

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

/// The body of an answer, with its status.
async fn text(answer: reqwest::Response) -> (u16, String) {
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_under_an_id_is_refused_in_the_senders_own_family() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-11-02T09:00:00+07:00")).await;
        assert_eq!(site.send("broker", fixture(CHICKEN), "*/*").await.status(), 200, "{server}");
        let other = String::from_utf8(fixture(CHICKEN)).unwrap().replace("02071410", "02071490");
        let (status, refused) = text(site.send("broker", other.clone().into_bytes(), "*/*").await).await;
        assert_eq!(status, 409, "{server}: {refused}");
        assert!(refused.contains("<function>00</function>") && refused.contains("other content"), "{refused}");
        let call = motcua::message::soap::wrap_call(Style::SingleWindow, &other, "", "");
        let soap = site.request("broker", reqwest::Method::POST, "/v1/soap").header("content-type", "text/xml");
        let (status, refused) = text(soap.body(call).send().await.unwrap()).await;
        assert!(status == 200 && refused.contains("other content"), "{server}: {status} {refused}");

        let wco = |hs: &'static str| wco(&[line(hs, "Cánh gà đông lạnh", "BR", "A11")]).into_bytes();
        assert_eq!(site.send("broker", wco("02071410"), "*/*").await.status(), 201, "{server}");
        let (status, refused) = text(site.send("broker", wco("02071490"), "*/*").await).await;
        assert_eq!(status, 409, "{server}: {refused}");
        assert!(refused.contains("Response") && refused.contains("other content"), "{server}: {refused}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_was_never_taken_and_comes_again_corrected_under_its_id() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let mut cut = fixture(CHICKEN);
        cut.truncate(cut.len() - 40);
        let refused = text(site.send("broker", cut.clone(), "*/*").await).await;
        assert_eq!(refused.0, 422, "{server}: {}", refused.1);
        assert_eq!(text(site.send("broker", cut.clone(), "*/*").await).await, refused, "{server}: once and for all");
        let taken = text(site.send("broker", fixture(CHICKEN), "*/*").await).await;
        assert!(taken.0 == 200 && taken.1.contains("<function>99</function>"), "{server}: {taken:?}");
        assert_eq!(text(site.send("broker", fixture(CHICKEN), "*/*").await).await, taken, "{server}");
        assert_eq!(text(site.send("broker", cut, "*/*").await).await, refused, "{server}: as it was answered");

        // A letter that its dossier does not allow, or not today, is not taken either.
        let written = String::from_utf8(fixture("vnsw/terrestrial-certificate.xml")).unwrap();
        assert!(written.contains("<function>02</function>"));
        let refused = text(site.send("broker", written.clone().into_bytes(), "*/*").await).await;
        assert_eq!(refused.0, 409, "{server}: {}", refused.1);
        let corrected = written.replace("<function>02</function>", "<function>01</function>");
        let taken = text(site.send("broker", corrected.clone().into_bytes(), "*/*").await).await;
        assert_eq!(taken.0, 200, "{server}: {}", taken.1);
        assert_eq!(text(site.send("broker", corrected.into_bytes(), "*/*").await).await, taken, "{server}");
        let again = text(site.send("broker", written.into_bytes(), "*/*").await).await;
        assert!(again.0 == 409 && again.1.contains("other content"), "{server}: {again:?}");
        let database = site.app.shared().database.clone();
        site.close().await;
        let verified = motcua::store::verify(&database, |_| {}).await.unwrap();
        assert!(verified.defects.is_empty(), "{server}: {:?}", verified.defects);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_told_in_each_form_that_is_asked_for_and_what_was_taken_as_it_was_answered() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let mut cut = fixture(CHICKEN);
        cut.truncate(cut.len() - 40);
        let wco = wco(&[line("02071410", "Cánh gà", "BR", "A11")]);
        for refused in [cut, wco.as_bytes()[..wco.len() - 40].to_vec()] {
            let mut told = Vec::new();
            for accept in ["*/*", "application/json", "*/*", "application/json"] {
                let answer = site.send("broker", refused.clone(), accept).await;
                assert_eq!(answer.status(), 422, "{server} {accept}");
                let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
                assert_eq!(kind.contains("json"), accept.contains("json"), "{server} {accept}: {kind}");
                told.push(answer.bytes().await.unwrap());
            }
            assert_eq!((&told[0], &told[1]), (&told[2], &told[3]), "{server}: each byte for byte");
        }
        let taken = text(site.send("broker", fixture(CHICKEN), "*/*").await).await;
        assert_eq!(taken.0, 200, "{server}: {taken:?}");
        let again = text(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        assert_eq!(again, taken, "{server}: it was taken once, and this is what was answered");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_refused_message_at_once_is_answered_once() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        for bytes in [fixture("errors/FORMAT_UNKNOWN-root.xml"), fixture(CHICKEN)[..900].to_vec()] {
            let all = (0..20).map(|_| site.send("broker", bytes.clone(), "*/*"));
            let mut answers = Vec::new();
            for answer in futures_util::future::join_all(all).await {
                answers.push(text(answer).await);
            }
            assert!(answers[0].0 >= 400, "{server}: {:?}", answers[0]);
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{server}: {answers:#?}");
        }
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
