//! What a broker sees and is told of a trader's cases, by his mandate.

use reqwest::Method;
use serde_json::json;

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const REBAR: &str = "declarations/27-rebar-registered-goes-to-storage.xml";
/// Whose the chicken is, and whose the steel.
const IMPORTER: &str = "0312456780";
const HAI_VAN: &str = "0401345678";

/// A site with the importer, and a broker with a mandate for nobody; their keys.
async fn open(database: motcua::store::Database) -> (Site, String, String) {
    let site = Site::open(database, moment(NOW)).await;
    let mut keys = Vec::new();
    for (id, kind, identity) in [("agent", "broker", "0100100100"), ("importer", "trader", IMPORTER)] {
        let new = json!({ "id": id, "kind": kind, "name": id, "identity": identity });
        assert_eq!(site.act("operator", "/v1/organisations", new).await.0, 201, "{id}");
        let (_, key) = site.act("operator", &format!("/v1/organisations/{id}/keys"), json!({ "label": "ERP" })).await;
        keys.push(key["key"].as_str().unwrap().to_owned());
    }
    let importer = keys.pop().unwrap();
    (site, keys.pop().unwrap(), importer)
}

async fn mandate(site: &Site, method: Method, trader: &str) {
    let request = site.request("operator", method, &format!("/v1/organisations/agent/mandates/{trader}"));
    let done = request.header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(done.status(), 200);
}

/// Sends a fixture as another declaration; gives its id and its first task.
async fn filed(site: &Site, who: &str, name: &str, number: u32) -> (String, String) {
    let text = String::from_utf8(fixture(name)).unwrap();
    let of = &name[13..15];
    let text = text.replace(&format!("1070000000{of}"), &format!("1071000000{number:02}"));
    let text = text.replace(&format!("6f3c00{of}"), &format!("6f3c01{number:02}"));
    let text = text.replace(&format!("0{of}</"), &format!("1{number:02}</"));
    let (status, sent) = body_of(site.send(who, text.into_bytes(), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    (sent["id"].as_str().unwrap().to_owned(), sent["task_ids"]["t1"].as_str().unwrap().to_owned())
}

/// The ids of a list, the newest first.
async fn ids(site: &Site, who: &str, list: &str) -> Vec<String> {
    let (status, page) = site.get(who, list).await;
    assert_eq!(status, 200, "{page:#}");
    page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// What somebody was told.
async fn topics(site: &Site, who: &str) -> Vec<String> {
    let (status, page) = site.get(who, "/v1/inbox?limit=200").await;
    assert_eq!(status, 200, "{page:#}");
    page["rows"].as_array().unwrap().iter().map(|row| row["topic"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_file_for_a_trader_is_told_so_and_nothing_of_the_traders_cases() {
    for (server, database) in databases().await {
        let (site, agent, importer) = open(database).await;
        let application = || {
            let text = String::from_utf8(fixture("vnsw/aquatic-certificate.xml")).unwrap();
            let text = text.replace("<function>04</function>", "<function>01</function>");
            text.replace("0301234567", IMPORTER).into_bytes()
        };
        assert!(String::from_utf8(application()).unwrap().contains(IMPORTER), "{server}");
        let steel = || fixture(REBAR);
        let mut told = Vec::new();
        for round in ["nothing is there", "it is there"] {
            for (who, bytes, words) in [
                (
                    agent.as_str(),
                    fixture(CHICKEN),
                    ["mandate", IMPORTER, "/v1/organisations/agent/mandates/0312456780"],
                ),
                (agent.as_str(), application(), ["mandate", IMPORTER, "/v1/organisations/agent/mandates/0312456780"]),
                (importer.as_str(), steel(), [HAI_VAN, IMPORTER, "broker"]),
            ] {
                let (status, problem) = body_of(site.send(who, bytes, "application/json").await).await;
                let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
                assert_eq!(status, 403, "{server} {round}: {problem}");
                assert!(words.iter().all(|word| detail.contains(word)), "{server} {round}: {detail}");
                assert!(!detail.contains("no such thing"), "{server}: {detail}");
                told.push(detail);
            }
            // The trader's own, under the very same names, change nothing of what others are told.
            assert!(site.send("broker", steel(), "*/*").await.status().is_success(), "{server}");
            assert!(site.send(&importer, fixture(CHICKEN), "*/*").await.status().is_success(), "{server}");
        }
        let (before, after) = told.split_at(told.len() / 2);
        assert_eq!(before, after, "{server}");
        let refused = text(&site, &agent, fixture(CHICKEN)).await;
        assert!(refused.contains("mandate") && refused.contains(IMPORTER), "{server}: {refused}");
        mandate(&site, Method::PUT, IMPORTER).await;
        let (status, sent) = body_of(site.send(&agent, application(), "application/json").await).await;
        assert_eq!(status, 200, "{server}: {sent:#}");
        site.close().await;
    }
}

/// What is answered in the sender's own family.
async fn text(site: &Site, who: &str, bytes: Vec<u8>) -> String {
    site.send(who, bytes, "*/*").await.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_mandate_has_ended_is_told_no_more_and_the_trader_is() {
    for (server, database) in databases().await {
        let (site, agent, importer) = open(database).await;
        mandate(&site, Method::PUT, IMPORTER).await;
        let (case, task) = filed(&site, &agent, CHICKEN, 1).await;
        let ask = |what: &str| (format!("/v1/tasks/{task}/ask"), json!({ "reason": what }));
        let (path, body) = ask("the label");
        assert_eq!(site.act("vet", &path, body).await.0, 200, "{server}");
        let told = topics(&site, &agent).await;
        assert!(told.contains(&"dossier.ask".to_owned()), "{server}: {told:?}");
        assert_eq!(topics(&site, &importer).await, [""; 0], "{server}: he is told by his broker");

        mandate(&site, Method::DELETE, IMPORTER).await;
        assert_eq!(site.act(&importer, &format!("/v1/tasks/{task}/supplement"), json!({})).await.0, 200, "{server}");
        let (path, body) = ask("the contract");
        assert_eq!(site.act("vet", &path, body).await.0, 200, "{server}");
        let otherwise = json!({ "decision": "refuse", "reason": "rotten" });
        let (status, _) = site.act("customs", &format!("/v1/declarations/{case}/override"), otherwise).await;
        assert_eq!(status, 200, "{server}");
        assert_eq!(topics(&site, &agent).await, told, "{server}");
        let of_trader = topics(&site, &importer).await;
        for topic in ["dossier.ask", "declaration.overridden"] {
            assert!(of_trader.contains(&topic.to_owned()), "{server}: {of_trader:?}");
        }
        // Given again, it is his to hear again.
        mandate(&site, Method::PUT, IMPORTER).await;
        let lift = json!({ "reason": "only a little" });
        let (status, _) = site.act("customs", &format!("/v1/declarations/{case}/lift_override"), lift).await;
        assert_eq!(status, 200, "{server}");
        assert!(topics(&site, &agent).await.contains(&"declaration.override_lifted".to_owned()), "{server}");
        assert_eq!(topics(&site, &importer).await, of_trader, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_lists_what_his_traders_have_whoever_filed_it_and_what_he_has_filed() {
    for (server, database) in databases().await {
        let (site, agent, importer) = open(database).await;
        mandate(&site, Method::PUT, HAI_VAN).await;
        let (steel, _) = filed(&site, &agent, REBAR, 1).await;
        mandate(&site, Method::DELETE, HAI_VAN).await;
        let (other_steel, _) = filed(&site, "hai-van", REBAR, 2).await;
        let (own, task) = filed(&site, &importer, CHICKEN, 3).await;
        let (by_other, _) = filed(&site, "broker", CHICKEN, 4).await;
        assert_eq!(site.act("vet", &format!("/v1/tasks/{task}/claim"), json!({})).await.0, 200, "{server}");
        assert_eq!(ids(&site, &agent, "/v1/declarations").await, [steel.as_str()], "{server}");
        assert_eq!(ids(&site, &agent, "/v1/dossiers").await, [""; 0], "{server}");

        mandate(&site, Method::PUT, IMPORTER).await;
        let newest_first = [by_other.as_str(), own.as_str(), steel.as_str()];
        assert_eq!(ids(&site, &agent, "/v1/declarations").await, newest_first, "{server}");
        for case in newest_first {
            assert_eq!(site.get(&agent, &format!("/v1/declarations/{case}")).await.0, 200, "{server}");
        }
        assert_eq!(site.get(&agent, &format!("/v1/declarations/{other_steel}")).await.0, 404, "{server}");
        assert_eq!(ids(&site, &agent, "/v1/dossiers").await.len(), 1, "{server}: of what the trader has filed");
        for (holder, cases) in [(IMPORTER, &newest_first[..2]), (HAI_VAN, &newest_first[2..])] {
            let of_holder = format!("/v1/declarations?holder={holder}");
            assert_eq!(ids(&site, &agent, &of_holder).await, cases, "{server}");
        }
        // A page at a time it is the same.
        let (_, page) = site.get(&agent, "/v1/declarations?limit=2").await;
        let next = page["next"].as_str().unwrap();
        let rest = ids(&site, &agent, &format!("/v1/declarations?limit=2&after={next}")).await;
        assert_eq!(rest, [steel.as_str()], "{server}");
        // A trader lists his own, whoever has filed them.
        assert_eq!(ids(&site, &importer, "/v1/declarations").await, newest_first[..2], "{server}");
        assert_eq!(ids(&site, "hai-van", "/v1/declarations").await, [other_steel.as_str(), steel.as_str()], "{server}");
        // Whoever files for everybody lists what everybody has.
        assert_eq!(ids(&site, "broker", "/v1/declarations").await.len(), 4, "{server}");
        mandate(&site, Method::DELETE, IMPORTER).await;
        assert_eq!(ids(&site, &agent, "/v1/declarations").await, [steel.as_str()], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_has_one_queue_of_what_waits_at_the_traders_of_todays_mandates() {
    for (server, database) in databases().await {
        let (site, agent, importer) = open(database).await;
        assert_eq!(ids(&site, &agent, "/v1/tasks").await, [""; 0], "{server}: for nobody yet");
        mandate(&site, Method::PUT, HAI_VAN).await;
        let (_, of_steel) = filed(&site, &agent, REBAR, 1).await;
        let (_, of_chicken) = filed(&site, &importer, CHICKEN, 2).await;
        let (path, body) = (format!("/v1/tasks/{of_chicken}/ask"), json!({ "reason": "the label" }));
        assert_eq!(site.act("vet", &path, body).await.0, 200, "{server}");
        assert_eq!(
            ids(&site, &agent, "/v1/tasks").await,
            ids(&site, "hai-van", "/v1/tasks").await,
            "{server}: what the one trader sees"
        );

        mandate(&site, Method::PUT, IMPORTER).await;
        let (status, page) = site.get(&agent, "/v1/tasks").await;
        assert_eq!(status, 200, "{server}: {page:#}");
        let rows = page["rows"].as_array().unwrap();
        for (trader, task) in [(HAI_VAN, &of_steel), (IMPORTER, &of_chicken)] {
            let row = rows.iter().find(|row| row["id"] == **task).unwrap_or_else(|| panic!("{server}: {page:#}"));
            assert_eq!(row["holder"], trader, "{server}");
        }
        let asked = ids(&site, &agent, "/v1/tasks?state=asked").await;
        assert_eq!(asked, [of_chicken.as_str()], "{server}");
        let row = rows.iter().find(|row| row["id"] == of_chicken).unwrap();
        assert!(row["may"].as_array().unwrap().contains(&json!("supplement")), "{server}: {row:#}");
        // A page at a time it is the same, in the order of whoever sees them all.
        let all = ids(&site, &agent, "/v1/tasks").await;
        assert_eq!(all, ids(&site, "broker", "/v1/tasks").await, "{server}");
        let (mut paged, mut after) = (Vec::new(), String::new());
        loop {
            let (_, page) = site.get(&agent, &format!("/v1/tasks?limit=1{after}")).await;
            paged.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(paged, all, "{server}");

        mandate(&site, Method::DELETE, HAI_VAN).await;
        let left = ids(&site, &agent, "/v1/tasks").await;
        assert!(!left.contains(&of_steel) && left.contains(&of_chicken), "{server}: {left:?}");
        assert_eq!(left, ids(&site, &importer, "/v1/tasks").await, "{server}");
        site.close().await;
    }
}
