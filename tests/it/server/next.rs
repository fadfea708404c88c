//! Every answer says what may be done next, for whoever asks, and that works.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

async fn declared(site: &Site) -> Value {
    let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    sent
}

/// The words of `may`, whether each stands by itself or with what it means.
fn may(shown: &Value) -> Vec<&str> {
    let words = shown["may"].as_array().unwrap_or_else(|| panic!("{shown:#}")).iter();
    words.map(|one| one.as_str().or(one["act"].as_str()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_says_what_its_agency_may_do_before_and_after_it_is_claimed_and_nobody_else() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        declared(&site).await;
        let (_, queue) = site.get("vet", "/v1/tasks").await;
        let [first, second] = [0, 1].map(|at| queue["rows"][at]["links"]["self"].as_str().unwrap().to_owned());
        let (_, open) = site.get("vet", &first).await;
        for act in ["claim", "ask", "issue", "result", "reject"] {
            assert!(may(&open).contains(&act), "{server} {act}: {:?}", may(&open));
        }
        assert!(!may(&open).contains(&"release") && !may(&open).contains(&"supplement"), "{server}: {:?}", may(&open));
        assert_eq!(may(&site.get("vet", &second).await.1), [""; 0], "{server}: it waits for the first");
        assert_eq!(may(&site.get("customs", &first).await.1), [""; 0], "{server}");
        assert_eq!(may(&site.get("broker", &first).await.1), ["apply", "replace", "withdraw"], "{server}");
        let (_, claimed) = site.act("vet", &format!("{first}/claim"), json!({})).await;
        assert!(
            may(&claimed).contains(&"release") && may(&claimed).contains(&"issue"),
            "{server}: {:?}",
            may(&claimed)
        );
        assert!(!may(&claimed).contains(&"claim"), "{server}: {:?}", may(&claimed));
        // The dossier says the same before anything else was done with it.
        assert_eq!(may(&claimed["dossier"]), may(&claimed), "{server}");
        let dossier = claimed["links"]["dossier"].as_str().unwrap();
        assert_eq!(may(&site.get("vet", dossier).await.1), may(&claimed), "{server}");

        // Whatever is said to be possible is: it is tried on one declaration for each.
        let (_, asked) = site.act("vet", &format!("{first}/ask"), json!({ "reason": "the label" })).await;
        assert_eq!(asked["state"], "asked", "{server}: {asked:#}");
        let (_, of_trader) = site.get("broker", dossier).await;
        assert!(may(&of_trader).contains(&"supplement"), "{server}: {:?}", may(&of_trader));
        assert!(!may(&of_trader).contains(&"issue"), "{server}: {:?}", may(&of_trader));
        let (status, told) = site.act("broker", &format!("{dossier}/supplement"), json!({})).await;
        assert_eq!(status, 200, "{server}: {told:#}");
        let (status, done) = site.act("vet", &format!("{first}/issue"), json!({ "number": "DK-1" })).await;
        assert_eq!((status, may(&done)), (200, vec![]), "{server}: {done:#}");
        assert!(may(&site.get("vet", &second).await.1).contains(&"issue"), "{server}: its turn has come");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_fresh_task_says_may_be_done_is_done_when_it_is_asked() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let mut tried = 0;
        loop {
            let number = format!("1070000001{tried:02}");
            let text = String::from_utf8(fixture(CHICKEN)).unwrap().replace("107000000010", &number);
            let text = text.replace("6f3c0010", &format!("6f3c01{tried:02}"));
            let (status, sent) = body_of(site.send("broker", text.into_bytes(), "application/json").await).await;
            assert_eq!(status, 201, "{server}: {sent:#}");
            let task = format!("/v1/tasks/{}", sent["task_ids"]["t1"].as_str().unwrap());
            let (_, open) = site.get("vet", &task).await;
            let acts: Vec<String> = may(&open).into_iter().map(str::to_owned).collect();
            let Some(act) = acts.get(tried) else { break };
            let lines = json!([{ "line": 1, "passed": true }]);
            let mut body = json!({ "reason": "because", "number": number });
            if act == "result" {
                body["lines"] = lines;
            }
            let (status, done) = site.act("vet", &format!("{task}/{act}"), body).await;
            assert_eq!(status, 200, "{server} {act}: {done:#}");
            tried += 1;
        }
        assert!(tried > 4, "{server}: {tried}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_names_only_actions_that_have_an_address_and_links_the_rest() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let sent = declared(&site).await;
        let declaration = sent["links"]["self"].as_str().unwrap();
        assert_eq!(may(&sent), ["cancel", "review"], "{server}: {sent:#}");
        assert_eq!(sent["links"]["amend"], "/v1/messages", "{server}");
        assert_eq!(sent["links"]["attach"], format!("{declaration}/attachments"), "{server}");
        let (_, of_customs) = site.get("customs", declaration).await;
        assert_eq!(of_customs["links"]["amend"], Value::Null, "{server}");
        assert!(may(&of_customs).contains(&"set_channel"), "{server}: {of_customs:#}");
        for action in may(&of_customs) {
            let (status, _) = site.act("customs", &format!("{declaration}/{action}"), json!({ "reason": "x" })).await;
            assert!(!matches!(status, 403 | 404 | 409), "{server} {action}: {status}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_what_the_one_who_asked_may_do_instead() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let sent = declared(&site).await;
        let declaration = sent["links"]["self"].as_str().unwrap();
        let place = json!({ "place": "a depot" });
        let (status, refused) = site.act("broker", &format!("{declaration}/ask_storage"), place).await;
        assert_eq!((status, &refused["allowed"]), (409, &sent["may"]), "{server}: {refused:#}");
        let (status, refused) = site.act("customs", &format!("{declaration}/agree"), json!({})).await;
        let allowed: Vec<&str> =
            refused["allowed"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        let (_, shown) = site.get("customs", declaration).await;
        assert_eq!((status, allowed), (409, may(&shown)), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customs_is_asked_for_says_what_it_may_answer() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let sent = declared(&site).await;
        let declaration = sent["links"]["self"].as_str().unwrap();
        site.act("broker", &format!("{declaration}/cancel"), json!({ "reason": "sent back" })).await;
        let (_, queue) = site.get("customs", "/v1/tasks").await;
        let task = queue["rows"][0]["links"]["self"].as_str().unwrap();
        assert_eq!(may(&site.get("customs", task).await.1), ["agree", "disagree"], "{server}");
        assert_eq!(may(&site.get("broker", task).await.1), [""; 0], "{server}");
        site.close().await;
    }
}
