//! A declaration that is there already: sent again by mistake, and amended.

use serde_json::json;

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const ID: &str = "b7c1d0e4-0010-4f52-8d19-5a0e6f3c0010";
const BEEF: &str = "declarations/11-beef-cites-presumed-false.xml";

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_under_another_message_id_makes_no_second_case() {
    let first = String::from_utf8(fixture(CHICKEN)).unwrap();
    let again = |id: &str| first.replace(ID, id).replace("24000", "23000").into_bytes();
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-07-20T10:00:00+07:00")).await;
        // Two at once: one of them is registered.
        let both = futures_util::future::join(
            site.send("broker", first.clone().into_bytes(), "application/json"),
            site.send("broker", again("other"), "application/json"),
        );
        let (one, other) = both.await;
        let mut statuses = [one.status().as_u16(), other.status().as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{server}");
        let (status, refused) = body_of(site.send("broker", again("third"), "application/json").await).await;
        assert_eq!(status, 409, "{server}: {refused:#}");
        let (_, page) = site.get("broker", "/v1/declarations").await;
        let rows = page["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{server}: {page:#}");
        let case = rows[0]["id"].as_str().unwrap();
        assert!(refused["detail"].as_str().unwrap().contains(case), "{server}: {refused:#}");
        // The same by its family: the envelope's list of errors, as often as it comes.
        let answer = site.send("broker", again("fourth"), "*/*").await;
        assert_eq!(answer.status(), 409, "{server}");
        let errors = answer.text().await.unwrap();
        assert!(errors.contains("<function>00</function>") && errors.contains(case), "{server}: {errors}");
        let twice = site.send("broker", again("fourth"), "*/*").await.text().await.unwrap();
        assert!(twice.contains("<function>00</function>") && twice.contains(case), "{server}: {twice}");

        // What was cancelled is there no more.
        let declaration = format!("/v1/declarations/{case}");
        let (status, _) = site.act("broker", &format!("{declaration}/cancel"), json!({ "reason": "sent wrong" })).await;
        assert_eq!(status, 200, "{server}");
        assert_eq!(site.act("customs", &format!("{declaration}/agree"), json!({})).await.0, 200, "{server}");
        assert_eq!(site.send("broker", again("fifth"), "application/json").await.status(), 201, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_wco_amendment_amends_the_declaration_that_it_names() {
    const REASON: &str = "<AdditionalInformation><StatementDescription>weighed again</StatementDescription>\
        <StatementTypeCode>AES</StatementTypeCode></AdditionalInformation>";
    const POINTER: &str = "<Amendment><ChangeReasonCode>28</ChangeReasonCode><Pointer>\
        <DocumentSectionCode>42A</DocumentSectionCode></Pointer></Amendment>";
    let first = String::from_utf8(fixture(BEEF)).unwrap();
    let of = |function: &str, kind: &str, more: &str| {
        let text = first.replace("<FunctionCode>9<", &format!("<FunctionCode>{function}<"));
        let text = text.replace("<TypeCode>IM<", &format!("<TypeCode>{kind}<")).replace(">1000<", ">900<");
        text.replace("</Declaration>", &format!("{more}</Declaration>")).into_bytes()
    };
    let messages = [
        ("replaced", of("5", "IM", REASON)),
        ("amended", of("13", "COR", REASON)),
        ("amended with pointers", of("13", "COR", &format!("{REASON}{POINTER}"))),
    ];
    for (what, message) in messages {
        for (server, database) in databases().await {
            let site = Site::open(database, moment("2026-05-18T10:00:00+07:00")).await;
            let (status, sent) =
                body_of(site.send("broker", first.clone().into_bytes(), "application/json").await).await;
            assert_eq!((status, &sent["status"]), (201, &json!("accepted")), "{server}: {sent:#}");
            let (status, asked) = body_of(site.send("broker", message.clone(), "application/json").await).await;
            assert_eq!((status, &asked["id"]), (200, &sent["id"]), "{server} {what}: {asked:#}");
            let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
            let (status, agreed) = site.act("customs", &format!("{declaration}/agree"), json!({})).await;
            assert_eq!((status, &agreed["version"]), (200, &json!(2)), "{server} {what}: {agreed:#}");
            assert_eq!((&agreed["outcome"], &agreed["lines"][0]["hs"]), (&json!("hold"), &json!("02013000")), "{what}");
            let (_, page) = site.get("broker", "/v1/declarations").await;
            assert_eq!(page["rows"].as_array().unwrap().len(), 1, "{server} {what}: {page:#}");
            let (_, timeline) = site.get("customs", &format!("{declaration}/timeline")).await;
            let rows = timeline["rows"].as_array().unwrap();
            let asked = rows.iter().find(|row| row["event"] == "declaration.amendment_asked").unwrap();
            assert_eq!(asked["data"]["reason"], "weighed again", "{server} {what}");
            site.close().await;
        }
    }
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-18T10:00:00+07:00")).await;
        assert_eq!(site.send("broker", first.clone().into_bytes(), "application/json").await.status(), 201, "{server}");
        // Without a reason, or with one of another type, customs is not asked: where it stands is told.
        let other = REASON.replace("AES", "ACB");
        let cancel = first.replace("<FunctionCode>9<", "<FunctionCode>13<").replace("<TypeCode>IM<", "<TypeCode>INV<");
        for message in [of("5", "IM", ""), of("13", "COR", ""), of("13", "COR", &other), cancel.clone().into_bytes()] {
            let (status, refused) = body_of(site.send("broker", message.clone(), "application/json").await).await;
            assert_eq!(status, 422, "{server}: {refused:#}");
            let in_family = site.send("broker", message, "*/*").await.text().await.unwrap();
            for told in [refused["detail"].as_str().unwrap(), &in_family] {
                for word in ["AdditionalInformation", "StatementTypeCode", "AES", "StatementDescription"] {
                    assert!(told.contains(word), "{server}: no {word}: {told}");
                }
            }
        }
        let cancel = cancel.replace("</Declaration>", &format!("{REASON}</Declaration>")).into_bytes();
        assert_eq!(site.send("broker", cancel, "application/json").await.status(), 200, "{server}");
        let document = site.get("", "/openapi.json").await.1;
        let described = document["paths"]["/v1/messages"]["post"]["description"].as_str().unwrap();
        assert!(described.contains("AES") && described.contains("StatementTypeCode"), "{described}");
        site.close().await;
    }
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-05-18T10:00:00+07:00")).await;
        let nothing = site.send("broker", of("5", "IM", REASON), "application/json").await;
        assert_eq!(nothing.status(), 404, "{server}: there is nothing to take the place of");
        site.close().await;
    }
}
