//! Letters of the single window's procedures: what an agency has to say in one before it counts, and
//! what it says of quantities and goods.

use motcua::message::soap::{Style, wrap_call};
use motcua::message::{Limits, soap};
use motcua::store::{Database, verify};
use serde_json::{Value, json};

use super::site::Site;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const REFERENCE: &str = "M266007200012";
const XML: &str = "application/xml";

async fn open(database: Database) -> Site {
    Site::open(database, moment("2026-07-20T10:00:00+07:00")).await
}

/// An application, with another type and function, under an id of its own.
fn application(code: (&str, &str), id: &str) -> String {
    let text = String::from_utf8(fixture("vnsw/aquatic-certificate.xml")).unwrap();
    let text = text.replace("9f63fd78-3526-4a39-a754-98c31f00dc12", id);
    text.replace("<type>10<", &format!("<type>{}<", code.0)).replace("<function>04<", &format!("<function>{}<", code.1))
}

/// The same with other content.
fn letter(code: (&str, &str), id: &str, content: &str) -> String {
    let text = application(code, id);
    let (before, rest) = text.split_once("<Content>").unwrap();
    let (_, after) = rest.split_once("</Content>").unwrap();
    format!("{before}<Content>{content}</Content>{after}")
}

async fn send(site: &Site, who: &str, text: &str) -> (u16, String) {
    let answer = site.send(who, text.as_bytes().to_vec(), XML).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn taken(site: &Site, who: &str, text: &str) {
    let (status, answer) = send(site, who, text).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("<function>99</function>"), "{answer}");
}

/// An application that was accepted and whose registration was confirmed.
async fn confirmed(site: &Site) {
    taken(site, "broker", &application(("10", "01"), "a-1")).await;
    taken(site, "vet", &letter(("11", "61"), "v-1", "<Result><Result>1</Result></Result>")).await;
    let confirmation = "<RegistrationComfirm><RegistrationComfirmNo>XN-1</RegistrationComfirmNo></RegistrationComfirm>";
    taken(site, "vet", &letter(("24", "07"), "v-2", confirmation)).await;
}

fn certificate(id: &str, said: &str) -> String {
    letter(("21", "18"), id, &format!("<QuarantineCertificate>{said}</QuarantineCertificate>"))
}

async fn evidence(site: &Site, number: &str) -> Value {
    site.get("broker", &format!("/v1/certificates/{number}")).await.1["rows"][0].clone()
}

/// What the accounts of permits grant, each with its unit.
async fn granted(site: &Site) -> Vec<(Value, Value)> {
    let (_, accounts) = site.get("vet", "/v1/accounts").await;
    let rows = accounts["rows"].as_array().unwrap_or_else(|| panic!("{accounts:#}"));
    rows.iter().map(|row| (row["granted"].clone(), row["unit"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_says_nothing_applies_for_nothing_and_gives_nothing() {
    for (server, database) in databases().await {
        let site = open(database.clone()).await;
        let empty = ["", "<RegistrationProfile/>", "<Foo><Bar>1</Bar></Foo>", "<Result><Note>ok</Note></Result>"];
        for (at, content) in empty.into_iter().enumerate() {
            let (status, answer) = send(&site, "broker", &letter(("10", "01"), &format!("e-{at}"), content)).await;
            assert_eq!(status, 422, "{server} {content}: {answer}");
            assert!(answer.contains("ERR05_CODE") && answer.contains("RegistrationProfile"), "{server}: {answer}");
        }
        let nameless = application(("10", "01"), "e-9").replace(&format!("<reference>{REFERENCE}<"), "<reference> <");
        let (status, answer) = send(&site, "broker", &nameless).await;
        assert!(status == 422 && answer.contains("ERR05_CODE") && answer.contains("Subject/reference"), "{answer}");
        assert_eq!(site.get("broker", "/v1/dossiers").await.1["rows"], json!([]), "{server}");

        confirmed(&site).await;
        for (at, content) in ["", "<QuarantineCertificate/>", "<Reply><Note>ok</Note></Reply>"].into_iter().enumerate()
        {
            let (status, answer) = send(&site, "vet", &letter(("21", "18"), &format!("n-{at}"), content)).await;
            assert!(status == 422 && answer.contains("ERR05_CODE"), "{server} {content}: {status} {answer}");
        }
        let (_, dossiers) = site.get("vet", "/v1/dossiers").await;
        let path = dossiers["rows"][0]["links"]["self"].as_str().unwrap_or_else(|| panic!("{dossiers:#}"));
        let (_, dossier) = site.get("vet", path).await;
        let kinds: Vec<&Value> = dossier["issued"].as_array().unwrap().iter().map(|issued| &issued["kind"]).collect();
        assert!(!kinds.contains(&&json!("certificate")), "{server}: {dossier:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_good_for_what_it_says_and_no_more_than_was_applied_for() {
    // Twice 1,250.5 kg are applied for.
    let total = "<CertificateNo>C-4</CertificateNo><TotalQuantityOrWeight>10.000</TotalQuantityOrWeight>\
        <TotalUnitCode>KGM</TotalUnitCode>";
    for (said, granted_of) in [(total, "10"), ("<CertificateNo>C-4</CertificateNo>", "2501")] {
        for (server, database) in databases().await {
            let site = open(database.clone()).await;
            confirmed(&site).await;
            taken(&site, "vet", &certificate("v-3", said)).await;
            let [(granted, unit)] = &granted(&site).await[..] else { panic!("{server}: one account was expected") };
            let granted: rust_decimal::Decimal = granted.as_str().unwrap().parse().unwrap();
            assert_eq!((granted.normalize().to_string().as_str(), unit), (granted_of, &json!("KGM")), "{server}");
            assert_ne!(evidence(&site, "C-4").await["links"]["account"], Value::Null, "{server}");
            assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
            site.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consignment_that_fails_takes_the_certificate_that_it_had_with_it() {
    for (server, database) in databases().await {
        let site = open(database.clone()).await;
        confirmed(&site).await;
        taken(&site, "vet", &certificate("v-3", "<CertificateNo>C-3</CertificateNo>")).await;
        assert_eq!(evidence(&site, "C-3").await["live"], true, "{server}");
        let failed = "<QualityFail><Reason>Salmonella found</Reason></QualityFail>";
        taken(&site, "vet", &letter(("19", "16"), "v-4", failed)).await;
        assert_eq!(evidence(&site, "C-3").await["live"], false, "{server}");
        let (_, confirmation) = site.get("broker", "/v1/certificates/XN-1").await;
        assert_eq!(confirmation["rows"][0]["live"], true, "{server}: it was registered all the same");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_single_window_has_a_code_for_is_refused_with_that_code() {
    for (server, database) in databases().await {
        let site = open(database).await;
        let unknown = application(("10", "01"), "u-1").replace("BNNPTNT0600010", "XYZ00001");
        for (text, code) in [
            (unknown, "ERR01_CODE"),
            (application(("77", "01"), "u-2"), "ERR04_CODE"),
            (application(("10", "77"), "u-3"), "ERR04_CODE"),
            (letter(("11", "61"), "u-4", "<Result><Note>ok</Note></Result>"), "ERR03_CODE"),
        ] {
            let (status, answer) = send(&site, "broker", &text).await;
            assert!(status == 404 && answer.contains(code), "{server} {code}: {status} {answer}");
        }
        let call = wrap_call(Style::SingleWindow, "", "", "");
        let request = site.request("broker", reqwest::Method::POST, "/v1/soap").header("content-type", "text/xml");
        let answer = request.body(call).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{server}: no fault");
        let answer = answer.bytes().await.unwrap();
        let payload = soap::read_answer(&answer, &Limits::default()).unwrap();
        let parts = ["<type>00<", "<function>00<", "<reference>00<", "ERR00_CODE"];
        assert!(parts.iter().all(|part| payload.contains(part)), "{server}: {payload}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_the_same_by_whatever_way_it_comes() {
    for (server, database) in databases().await {
        let site = open(database).await;
        let text = application(("10", "01"), "a-1");
        let first = send(&site, "broker", &format!("{text}\r\n \t\n")).await;
        assert_eq!(first.0, 200, "{server}: {}", first.1);
        assert_eq!(send(&site, "broker", text.trim_end()).await, first, "{server}");
        let call = wrap_call(Style::SingleWindow, &text, "", "");
        let request = site.request("broker", reqwest::Method::POST, "/v1/soap").header("content-type", "text/xml");
        let by_soap = request.body(call).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(soap::read_answer(&by_soap, &Limits::default()).unwrap(), first.1, "{server}");
        site.close().await;
    }
}
