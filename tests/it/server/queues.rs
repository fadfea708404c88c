//! Whatever waits for somebody stands in a queue that he sees: what declarants ask of customs,
//! dossiers without a declaration, and, for operators, what nobody would see otherwise.

use serde_json::{Value, json};

use super::law::{packed, post};
use super::site::{Site, json as body_of};
use crate::service::drafts::draft_folder;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// Sends a message; gives the answer.
async fn sent(site: &Site, bytes: Vec<u8>) -> Value {
    let (status, answer) = body_of(site.send("broker", bytes, "application/json").await).await;
    assert!(matches!(status, 200 | 201), "{status} {answer:#}");
    answer
}

/// An application: the fixture as a first one, with another reference and procedure.
fn application(name: &str, reference: &str, procedure: Option<&str>) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).unwrap();
    let between = |open: &str, close: &str| {
        let from = text.find(open).unwrap() + open.len();
        text[from..text[from..].find(close).unwrap() + from].to_owned()
    };
    let (known, id) = (between("<reference>", "<"), between("<messageId>", "<"));
    let written = between("<documentType>", "<");
    let text = text.replace("<function>02</function>", "<function>01</function>");
    let text = text.replace(&known, reference).replace(&id, &format!("{id}-{reference}"));
    text.replace(&written, procedure.unwrap_or(&written)).into_bytes()
}

/// The rows of a list.
async fn rows(site: &Site, who: &str, path: &str) -> Vec<Value> {
    let (status, page) = site.get(who, path).await;
    assert_eq!(status, 200, "{who} {path}: {page:#}");
    page["rows"].as_array().unwrap().clone()
}

/// The values of a field of rows.
fn all<'r>(rows: &'r [Value], field: &str) -> Vec<&'r str> {
    rows.iter().map(|row| row[field].as_str().unwrap_or("-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_declarant_asks_of_customs_stands_in_its_queue_and_in_the_detail() {
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
        let declaration = sent(&site, fixture(CHICKEN)).await;
        let declaration = format!("/v1/declarations/{}", declaration["id"].as_str().unwrap());
        let before = all(&rows(&site, "customs", "/v1/tasks").await, "kind").len();
        sent(&site, edit.clone().into_bytes()).await;
        let cancel = json!({ "reason": "sent back" });
        let (status, asked) = site.act("broker", &format!("{declaration}/cancel"), cancel).await;
        assert_eq!((status, &asked["status"]), (200, &json!("accepted")), "{server}: {asked:#}");

        let queue = rows(&site, "customs", "/v1/tasks?state=ready").await;
        let mut kinds = all(&queue, "kind");
        kinds.sort_unstable();
        assert_eq!(kinds, ["amendment", "cancellation"], "{server}: {before} before");
        assert_eq!(queue[0]["links"]["declaration"], declaration, "{server}");
        let (_, shown) = site.get("customs", &declaration).await;
        assert_eq!(shown["asked"]["amendment"]["reason"], "Sai số lượng", "{server}: {shown:#}");
        assert_eq!(shown["asked"]["cancellation"]["reason"], "sent back", "{server}");

        let reason = json!({ "reason": "no" });
        let (status, said) = site.act("customs", &format!("{declaration}/disagree"), reason).await;
        assert_eq!(status, 200, "{server}: {said:#}");
        while let (200, more) = site.act("customs", &format!("{declaration}/disagree"), json!({ "reason": "no" })).await
        {
            assert!(more["asked"].is_null() || more["asked"].is_object(), "{server}");
        }
        assert_eq!(site.get("customs", &declaration).await.1["asked"], Value::Null, "{server}");
        assert_eq!(all(&rows(&site, "customs", "/v1/tasks?state=ready").await, "kind"), [""; 0], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_without_a_declaration_is_worked_on_from_its_agencys_queue() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        sent(&site, application("vnsw/terrestrial-certificate.xml", "M1", None)).await;
        let queue = rows(&site, "vet", "/v1/tasks?state=ready").await;
        assert_eq!(all(&queue, "procedure"), ["BNNPTNT0600012"], "{server}: {queue:#?}");
        assert_eq!((&queue[0]["declaration"], &queue[0]["waits_for"]), (&Value::Null, &json!("agency")), "{server}");
        for who in ["customs", "other-agency"] {
            assert_eq!(rows(&site, who, "/v1/tasks").await, Vec::<Value>::new(), "{server} {who}");
        }
        let task = queue[0]["links"]["self"].as_str().unwrap();
        for who in ["vet", "broker"] {
            assert_eq!(site.get(who, task).await.0, 200, "{server} {who}");
        }
        assert_eq!(site.get("other-agency", task).await.0, 404, "{server}");
        assert_eq!(site.get("stranger", task).await.0, 404, "{server}");

        let (status, claimed) = site.act("vet", &format!("{task}/claim"), json!({})).await;
        assert_eq!((status, &claimed["state"]), (200, &json!("claimed")), "{server}: {claimed:#}");
        let (status, asked) = site.act("vet", &format!("{task}/ask"), json!({ "reason": "the contract" })).await;
        assert_eq!((status, &asked["state"]), (200, &json!("asked")), "{server}: {asked:#}");
        let (status, told) = site.act("broker", &format!("{task}/supplement"), json!({})).await;
        assert_eq!((status, &told["waits_for"]), (200, &json!("agency")), "{server}: {told:#}");
        let (status, done) = site.act("vet", &format!("{task}/issue"), json!({ "number": "KD-9" })).await;
        assert_eq!((status, &done["state"]), (200, &json!("done")), "{server}: {done:#}");
        assert_eq!(rows(&site, "vet", "/v1/tasks").await, Vec::<Value>::new(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_does_not_say_whose_it_is_is_its_senders_and_serves_his_declaration() {
    let silent = || {
        let bytes = application("vnsw/aquatic-certificate.xml", "M9", None);
        let text = String::from_utf8(bytes).unwrap().replace("<function>04</function>", "<function>01</function>");
        let (before, rest) = text.split_once("<TaxCode>").unwrap();
        let after = rest.split_once("</TaxCode>").unwrap().1;
        format!("{before}{after}").into_bytes()
    };
    let shrimp = String::from_utf8(fixture("declarations/09-shrimp-registration-and-result-by-procedure.xml")).unwrap();
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-14T10:00:00+07:00")).await;
        let (status, dossier) = body_of(site.send("hai-van", silent(), "application/json").await).await;
        assert_eq!((status, &dossier["holder"]), (200, &json!("0401345678")), "{server}: {dossier:#}");
        let own = rows(&site, "hai-van", "/v1/dossiers").await;
        assert_eq!(all(&own, "id"), [dossier["id"].as_str().unwrap()], "{server}");
        assert_eq!(all(&rows(&site, "hai-van", "/v1/tasks").await, "kind"), ["dossier"], "{server}");

        let his = shrimp.replace("3700654321", "0401345678").into_bytes();
        let (status, declared) = body_of(site.send("hai-van", his, "application/json").await).await;
        assert_eq!(status, 201, "{server}: {declared:#}");
        let (_, joined) = site.get("hai-van", &format!("/v1/dossiers/{}", dossier["id"].as_str().unwrap())).await;
        assert_eq!(joined["task"]["declaration"], declared["id"], "{server}: {joined:#}");

        // A broker may speak of anybody: his silence says nothing.
        let other = String::from_utf8(silent()).unwrap().replace("M9", "M10").into_bytes();
        let (status, nobodys) = body_of(site.send("broker", other, "application/json").await).await;
        assert_eq!((status, &nobodys["holder"]), (200, &Value::Null), "{server}: {nobodys:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_are_listed_to_whom_they_concern_by_state_procedure_and_reference() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        for reference in ["M1", "M2", "M3"] {
            sent(&site, application("vnsw/terrestrial-certificate.xml", reference, None)).await;
        }
        let aquatic = sent(&site, application("vnsw/aquatic-registration.xml", "N1", None)).await;
        let list = |query: &str| format!("/v1/dossiers{query}");
        let newest = rows(&site, "broker", &list("")).await;
        assert_eq!(all(&newest, "reference"), ["N1", "M3", "M2", "M1"], "{server}");
        assert_eq!(all(&rows(&site, "customs", &list("")).await, "reference").len(), 4, "{server}");
        let of_vet = rows(&site, "vet", &list("?procedure=BNNPTNT0600012")).await;
        assert_eq!(all(&of_vet, "reference"), ["M3", "M2", "M1"], "{server}");
        assert_eq!(all(&rows(&site, "vet", &list("?reference=M2")).await, "reference"), ["M2"], "{server}");
        assert_eq!(all(&rows(&site, "broker", &list("?reference=N1")).await, "id"), [aquatic["id"].as_str().unwrap()]);
        assert_eq!(
            all(&rows(&site, "vet", &list("?state=apply&open=true")).await, "state"),
            vec!["apply"; of_vet.len().max(4)]
        );
        assert_eq!(rows(&site, "vet", &list("?open=false")).await, Vec::<Value>::new(), "{server}");
        for who in ["stranger", "other-agency"] {
            assert_eq!(rows(&site, who, &list("")).await, Vec::<Value>::new(), "{server} {who}");
        }
        assert_eq!(rows(&site, "other-agency", &list("?agency=BNNPTNT-CNTY")).await, Vec::<Value>::new(), "{server}");
        assert_eq!(site.get("operator", &list("")).await.0, 403, "{server}");
        let (_, page) = site.get("broker", &list("?limit=3")).await;
        let next = page["next"].as_str().unwrap();
        assert_eq!(
            all(&rows(&site, "broker", &list(&format!("?after={next}"))).await, "reference"),
            ["M1"],
            "{server}"
        );
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_has_its_procedures_agency_and_an_operator_sees_those_for_whom_nobody_stands() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        // The agencies of animals (export, and the first generation) and of feed are one since 2025.
        for (name, reference) in
            [("export-terrestrial", "E1"), ("first-generation", "F1"), ("feed-quality-without-schema", "Q1")]
        {
            let dossier = sent(&site, application(&format!("vnsw/{name}.xml"), reference, None)).await;
            assert_eq!(dossier["agency"], "BNNPTNT-CNTY", "{server} {name}: {dossier:#}");
        }
        // Nobody stands for the plant protection department here.
        sent(&site, fixture("declarations/12-apples-plant-quarantine.xml")).await;

        let seen = rows(&site, "operator", "/v1/tasks").await;
        assert!(!seen.is_empty(), "{server}");
        for row in &seen {
            assert_eq!(row["agency"], "BNNPTNT-BVTV", "{server}: {seen:#?}");
            assert!(row["note"].as_str().unwrap().contains("no organisation stands for"), "{server}: {row:#}");
            assert_eq!(row.get("holder"), None, "{server}: an operator is not told who");
        }
        assert_eq!(rows(&site, "customs", "/v1/tasks").await, Vec::<Value>::new(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_whose_agency_the_law_does_not_name_is_an_operators_and_nobody_elses() {
    let folder = draft_folder();
    let procedures = folder.join("procedures/bnnptnt.toml");
    let text = std::fs::read_to_string(&procedures).unwrap();
    let nameless: Vec<&str> = text.lines().filter(|line| !line.starts_with("agency")).collect();
    std::fs::write(&procedures, nameless.join("\n")).unwrap();
    let edition = packed(&folder);
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-07-21T10:00:00+07:00")).await;
        assert_eq!(post(&site, "operator", "", edition.clone()).await.0, 201, "{server}");
        let dossier = sent(&site, application("vnsw/first-generation.xml", "F1", None)).await;
        assert_eq!(dossier["agency"], Value::Null, "{server}: {dossier:#}");
        let seen = rows(&site, "operator", "/v1/tasks").await;
        assert_eq!(all(&seen, "dossier"), [dossier["id"].as_str().unwrap()], "{server}: {seen:#?}");
        assert_eq!((&seen[0]["agency"], &seen[0]["waits_for"]), (&Value::Null, &json!("operator")), "{server}");
        assert!(seen[0]["note"].as_str().unwrap().contains("no agency is known"), "{server}: {seen:#?}");
        for who in ["customs", "vet"] {
            assert_eq!(rows(&site, who, "/v1/tasks").await, Vec::<Value>::new(), "{server} {who}");
        }
        site.close().await;
    }
}
