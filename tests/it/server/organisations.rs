//! Organisations, people and keys by API: operators for all, who looks after one for its own.

use reqwest::Method;
use serde_json::{Value, json};

use super::people::{begin, hire};
use super::site::{Site, json as read};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";

async fn ask(site: &Site, who: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = site.request(who, method, path).header("content-type", "application/json");
    read(request.body(body.to_string()).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_enters_an_organisation_and_it_works_until_it_is_closed() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let new = json!({ "id": "acme", "kind": "broker", "name": "ACME", "identity": "0301234567" });
        for who in ["broker", "customs", "vet", "stranger"] {
            assert_eq!(site.act(who, "/v1/organisations", new.clone()).await.0, 403, "{server} {who}");
        }
        let (status, made) = site.act("operator", "/v1/organisations", new.clone()).await;
        assert_eq!((status, &made["active"]), (201, &json!(true)), "{server}: {made}");
        assert_eq!(site.act("operator", "/v1/organisations", new).await.0, 409, "{server}");
        for wrong in [
            json!({ "id": "A b", "kind": "broker", "name": "x" }),
            json!({ "id": "x", "kind": "smuggler", "name": "x" }),
            json!({ "id": "x", "kind": "agency", "name": "x" }),
            json!({ "id": "x", "kind": "agency", "name": "x", "agency": "NOPE" }),
            json!({ "id": "x", "kind": "trader", "name": "x" }),
            json!({ "id": "x", "kind": "trader", "name": "x", "identity": "abc" }),
            json!({ "id": "x", "kind": "partner", "name": "x", "country": "XX" }),
            json!({ "id": "x", "kind": "partner", "name": "x", "country": "Thailand" }),
            json!({ "id": "x", "kind": "broker", "name": " " }),
            json!({ "id": "x", "kind": "broker", "name": "x", "per_second": 0 }),
            json!({ "id": "x", "kind": "broker", "name": "x", "colour": "red" }),
        ] {
            assert_eq!(site.act("operator", "/v1/organisations", wrong.clone()).await.0, 422, "{server} {wrong}");
        }

        let (status, issued) = site.act("operator", "/v1/organisations/acme/keys", json!({ "label": "ERP" })).await;
        assert_eq!(status, 201, "{issued}");
        let key = issued["key"].as_str().unwrap().to_owned();
        let mandate = "/v1/organisations/acme/mandates/0312456780";
        let chicken = |id: &str| {
            let text = String::from_utf8(fixture("declarations/10-chicken-two-tasks-in-order.xml")).unwrap();
            text.replace("b7c1d0e4-0010-4f52-8d19-5a0e6f3c0010", id).into_bytes()
        };
        assert_eq!(site.send(&key, chicken("one"), "application/json").await.status(), 403, "{server}: for nobody yet");
        assert_eq!(ask(&site, &key, Method::PUT, mandate, json!({})).await.0, 403, "nobody gives himself one");
        assert_eq!(ask(&site, "operator", Method::PUT, mandate, json!({ "to": "2020-01-01" })).await.0, 422);
        let of_nobody = "/v1/organisations/acme/mandates/abc";
        assert_eq!(ask(&site, "operator", Method::PUT, of_nobody, json!({})).await.0, 422);
        let (status, given) = ask(&site, "operator", Method::PUT, mandate, json!({})).await;
        assert_eq!((status, &given["from"]), (200, &json!("2026-07-20")), "{server}");
        // What was refused is not held against the same message.
        let sent = site.send(&key, chicken("one"), "application/json").await;
        assert_eq!(sent.status(), 201, "{server}: at once");
        let (_, sent) = super::site::json(sent).await;
        assert_eq!(ask(&site, "operator", Method::DELETE, mandate, json!({})).await.0, 200);
        // What he has filed he reads on; without the mandate he does nothing with it.
        let declaration = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
        assert_eq!(site.get(&key, &declaration).await.0, 200, "{server}");
        for act in ["cancel", "ask_storage", "review"] {
            let said = json!({ "reason": "a test", "line": 1, "fact": "use", "value": "food" });
            assert_eq!(site.act(&key, &format!("{declaration}/{act}"), said).await.0, 403, "{server} {act}");
        }
        let task = format!("/v1/tasks/{}/apply", sent["task_ids"]["t1"].as_str().unwrap());
        assert_eq!(site.act(&key, &task, json!({})).await.0, 404, "{server}");
        let (_, mandates) = site.get("operator", "/v1/organisations/acme/mandates").await;
        assert_eq!(mandates["rows"], json!([{ "trader": "0312456780", "from": "2026-07-20", "to": "2026-07-19" }]));
        let other = "/v1/organisations/acme/mandates/1";
        assert_eq!(ask(&site, "operator", Method::DELETE, other, json!({})).await.0, 404);

        let edit = json!({ "name": "ACME Ltd", "identity": "0301234567", "active": false });
        assert_eq!(ask(&site, &key, Method::PUT, "/v1/organisations/acme", edit.clone()).await.0, 403);
        assert_eq!(ask(&site, "operator", Method::PUT, "/v1/organisations/acme", edit).await.0, 200);
        assert_eq!(site.get(&key, "/v1/declarations").await.0, 401, "{server}: at once");
        let own = json!({ "name": "Operator", "active": false });
        assert_eq!(ask(&site, "operator", Method::PUT, "/v1/organisations/operator", own).await.0, 422);

        let (_, page) = site.get("operator", "/v1/organisations?limit=2").await;
        let ids = |page: &Value| -> Vec<String> {
            page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!((ids(&page), &page["next"]), (vec!["acme".into(), "broker".into()], &json!("broker")), "{server}");
        let (_, rest) = site.get("operator", "/v1/organisations?after=broker").await;
        let rest_of = ids(&rest);
        assert_eq!((rest_of[0].as_str(), rest_of.is_sorted()), ("customs", true), "{server}: {rest_of:?}");
        assert!(rest_of.contains(&"vet".to_owned()) && !rest_of.contains(&"broker".to_owned()), "{rest_of:?}");
        assert_eq!(rest["next"], Value::Null);
        assert_eq!(site.get("broker", "/v1/organisations").await.0, 403);
        let database = site.app.shared().database.clone();
        site.close().await;
        let verified = motcua::store::verify(&database, |_| {}).await.unwrap();
        assert!(verified.defects.is_empty(), "{server}: {:?}", verified.defects);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_after_an_organisation_does_so_for_its_own_people_and_keys_only() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (boss_id, first) = hire(&site, "stranger", "boss", true).await;
        let boss = begin(&site, "boss", &first).await;
        let (outsider, _) = hire(&site, "broker", "outsider", false).await;

        let people = "/v1/organisations/stranger/people";
        let (status, made) = site.act(&boss, people, json!({ "login": "lan", "name": "Lan" })).await;
        assert_eq!((status, &made["must_change"]), (201, &json!(true)), "{server}: {made}");
        let lan = made["id"].as_str().unwrap().to_owned();
        let plain = begin(&site, "lan", made["password"].as_str().unwrap()).await;
        assert_eq!(site.act(&boss, people, json!({ "login": "outsider", "name": "x" })).await.0, 409);
        for wrong in [json!({ "login": "ä", "name": "x" }), json!({ "login": "xy", "name": "" })] {
            assert_eq!(site.act(&boss, people, wrong.clone()).await.0, 422, "{server} {wrong}");
        }
        assert_eq!(site.act(&boss, people, json!([])).await.0, 400, "{server}: no object");
        let (_, list) = site.get(&boss, people).await;
        let logins: Vec<&Value> = list["rows"].as_array().unwrap().iter().map(|row| &row["login"]).collect();
        assert_eq!(logins, ["boss", "lan"]);
        assert!(!list.to_string().contains("password\":\""), "no password is shown: {list}");

        // Neither others' organisations, nor what is the operator's, nor anything by a plain person or a key.
        for (who, path, wanted) in [
            (boss.as_str(), "/v1/organisations/broker/people".to_owned(), 404),
            (&boss, "/v1/organisations/broker/keys".to_owned(), 404),
            (&boss, "/v1/organisations/nobody/keys".to_owned(), 404),
            (&boss, format!("/v1/people/{outsider}"), 404),
            (&boss, "/v1/people/00000000-0000-0000-0000-000000000000".to_owned(), 404),
            (&boss, "/v1/people/x".to_owned(), 404),
            (&boss, "/v1/organisations".to_owned(), 403),
            (&plain, people.to_owned(), 404),
            (&plain, format!("/v1/people/{boss_id}"), 404),
            ("stranger", people.to_owned(), 404),
            ("customs", people.to_owned(), 404),
            (&boss, "/v1/organisations/stranger".to_owned(), 200),
            (&boss, format!("/v1/people/{lan}"), 200),
            ("operator", format!("/v1/people/{outsider}"), 200),
        ] {
            assert_eq!(site.get(who, &path).await.0, wanted, "{server} {path}");
        }
        let outsider = format!("/v1/people/{outsider}");
        assert_eq!(ask(&site, &boss, Method::PATCH, &outsider, json!({ "active": false })).await.0, 404);
        assert_eq!(site.act(&boss, &format!("{outsider}/unlock"), json!({})).await.0, 404);

        let myself = format!("/v1/people/{boss_id}");
        for mine in [json!({ "active": false }), json!({ "admin": false })] {
            assert_eq!(ask(&site, &boss, Method::PATCH, &myself, mine).await.0, 422, "{server}");
        }
        let (status, renamed) = ask(&site, &boss, Method::PATCH, &myself, json!({ "name": "The boss" })).await;
        assert_eq!((status, &renamed["admin"]), (200, &json!(true)));
        let closing = json!({ "active": false });
        assert_eq!(ask(&site, &boss, Method::PATCH, &format!("/v1/people/{lan}"), closing).await.0, 200);
        assert_eq!(site.get(&plain, "/v1/session").await.0, 401, "{server}: at once");
        assert_eq!(site.act(&boss, &format!("/v1/people/{lan}/reset"), json!({})).await.0, 404, "who is closed out");

        let keys = "/v1/organisations/stranger/keys";
        for wrong in [
            json!({ "label": "" }),
            json!({ "label": "x", "expires": "2020-01-01T00:00:00Z" }),
            json!({ "label": "x", "person": "nobody" }),
        ] {
            assert_eq!(site.act(&boss, keys, wrong.clone()).await.0, 422, "{server} {wrong}");
        }
        let (status, issued) = site.act(&boss, keys, json!({ "label": "ERP" })).await;
        assert_eq!(status, 201, "{issued}");
        let (id, key) = (issued["id"].as_str().unwrap(), issued["key"].as_str().unwrap());
        assert_eq!(site.get(key, "/v1/declarations").await.0, 200);
        assert_eq!(site.act(key, keys, json!({ "label": "more" })).await.0, 404, "a key makes no keys");
        assert_eq!(site.act(key, "/v1/account/second-factor", json!({})).await.0, 403, "a key has no account");
        let (_, listed) = site.get(&boss, keys).await;
        assert!(!listed.to_string().contains(key), "{server}");
        let revoke = format!("{keys}/{id}");
        assert_eq!(ask(&site, &boss, Method::DELETE, &revoke, json!({})).await.0, 200);
        assert_eq!(site.get(key, "/v1/declarations").await.0, 401, "{server}: at once");
        assert_eq!(ask(&site, &boss, Method::DELETE, &revoke, json!({})).await.0, 404);
        let of_broker = format!("/v1/organisations/broker/keys/{id}");
        assert_eq!(ask(&site, &boss, Method::DELETE, &of_broker, json!({})).await.0, 404);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_and_replays_by_the_api_stand_in_the_journal() {
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment(NOW)).await;
        let letter = motcua::store::outbox::Outgoing {
            id: "letter-1".to_owned(),
            recipient: "broker".to_owned(),
            case: None,
            topic: "test".to_owned(),
            content_type: "application/json".to_owned(),
            body: b"{}".to_vec(),
        };
        let mut writer = database.write().await.unwrap();
        motcua::store::outbox::put(&mut writer.link(), vec![letter], moment(NOW)).await.unwrap();
        motcua::store::outbox::failed(&mut writer.link(), "letter-1", None, "404").await.unwrap();
        writer.commit().await.unwrap();
        let endpoint = "/v1/organisations/broker/endpoint";
        let hook = json!({ "kind": "webhook", "url": "https://broker.example/hook" });
        let of_nobody = "/v1/organisations/nobody/endpoint";
        assert_eq!(ask(&site, "operator", Method::PUT, of_nobody, hook.clone()).await.0, 404, "{server}");
        assert_eq!(ask(&site, "broker", Method::PUT, endpoint, hook).await.0, 200, "{server}");
        assert_eq!(ask(&site, "operator", Method::DELETE, endpoint, json!({})).await.0, 200, "{server}");
        assert_eq!(ask(&site, "operator", Method::DELETE, endpoint, json!({})).await.0, 404, "{server}");
        let replay = "/v1/dead-letters/letter-1/replay";
        assert_eq!(ask(&site, "operator", Method::POST, replay, json!({})).await.0, 200, "{server}");
        let mut raw = crate::store::raw::Raw::connect(&database).await;
        for (what, whom, by) in [
            ("endpoint.set", "broker", "broker"),
            ("endpoint.removed", "broker", "operator"),
            ("dead_letter.replayed", "letter-1", "operator"),
        ] {
            let noted = format!(
                "SELECT event FROM journal WHERE event LIKE '%\"{what}\"%' AND event LIKE '%\"{whom}\"%' \
                 AND event LIKE '%\"organisation\":\"{by}\"%'"
            );
            assert_eq!(raw.rows(&noted).await.len(), 1, "{server} {what}");
        }
        raw.close().await;
        site.close().await;
    }
}
