//! Dead letters and endpoints by command.

use motcua::service::clock::Clock;
use motcua::store::Database;
use motcua::store::outbox::{self, Outgoing};
use serde_json::{Value, json};

use super::{admin, asked};
use crate::store::servers::databases;

/// Letters to `acme` that were given up.
async fn dead(database: &Database, ids: &[&str]) {
    let letter = |id: &&str| Outgoing {
        id: (*id).to_owned(),
        recipient: "acme".to_owned(),
        case: None,
        topic: "declaration.decided".to_owned(),
        content_type: "application/json".to_owned(),
        body: b"{}".to_vec(),
    };
    let mut writer = database.write().await.unwrap();
    let letters = ids.iter().map(letter).collect();
    outbox::put(&mut writer.link(), letters, Clock::machine().now()).await.unwrap();
    for id in ids {
        outbox::failed(&mut writer.link(), id, None, "404 Not Found").await.unwrap();
    }
    writer.commit().await.unwrap();
}

fn ids(listed: &Value) -> Vec<&str> {
    listed.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_listed_tried_again_or_dropped() {
    for (server, database) in databases().await {
        let address = database.address();
        dead(&database, &["one", "two", "three", "four"]).await;
        let listed = asked(&address, &["dead-letters", "list"]);
        assert_eq!(listed.as_array().unwrap().len(), 4, "{server}");
        assert_eq!((&listed[0]["error"], &listed[0]["attempts"]), (&json!("404 Not Found"), &json!(1)));
        assert_eq!(asked(&address, &["dead-letters", "list", "--to", "somebody"]), json!([]));

        for (arguments, wanted) in [
            (&["dead-letters", "replay"][..], 2),
            (&["dead-letters", "replay", "one", "--to", "acme"], 2),
            (&["dead-letters", "replay", "no-such-letter"], 1),
            (&["dead-letters", "drop", "one"], 2),
            (&["dead-letters", "drop", "no-such-letter", "--reason", "x"], 1),
        ] {
            assert_eq!(admin(&address, arguments).0, wanted, "{server} {arguments:?}");
        }
        assert_eq!(asked(&address, &["dead-letters", "replay", "one"])["replayed"], 1);
        assert_eq!(asked(&address, &["dead-letters", "drop", "two", "--reason", "asked for by phone"])["dropped"], 1);
        assert_eq!(admin(&address, &["dead-letters", "replay", "two"]).0, 1, "{server}: for good");
        let left = asked(&address, &["dead-letters", "list", "--to", "acme"]);
        assert_eq!(ids(&left), ["four", "three"], "{server}");
        assert_eq!(asked(&address, &["dead-letters", "replay", "--to", "acme"])["replayed"], 2);
        let mut raw = crate::store::raw::Raw::connect(&database).await;
        let noted = "SELECT event FROM journal WHERE event LIKE '%dead_letter%replayed%'";
        assert_eq!(raw.rows(noted).await.len(), 2, "{server}: each once, in the journal");
        raw.close().await;
        let mut reader = database.read().await.unwrap();
        let waits = outbox::waiting(&mut reader.link(), "acme", 9).await.unwrap();
        let waits: Vec<&str> = waits.iter().map(|letter| letter.message.id.as_str()).collect();
        assert_eq!(waits, ["one", "three", "four"], "{server}: in their old places");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_set_paused_and_taken_away() {
    for (server, database) in databases().await {
        let address = database.address();
        let url = "https://acme.example/hook";
        let (code, said) = admin(&address, &["endpoint", "set", "acme", "--url", url]);
        assert_eq!(code, 1, "{server}: {said}");
        assert!(said.contains("no organisation `acme`"), "{said}");
        let new = ["organisation", "add", "acme", "--kind", "trader", "--name", "ACME", "--identity", "0301234567"];
        assert_eq!(admin(&address, &new).0, 0);
        for (arguments, wanted) in [
            (["endpoint", "set", "acme", "--url", "http://acme.example/hook"], 1),
            (["endpoint", "set", "acme", "--url", "no address"], 1),
            (["endpoint", "set", "acme", "--kind", "pigeon"], 2),
        ] {
            assert_eq!(admin(&address, &arguments).0, wanted, "{server} {arguments:?}");
        }
        assert_eq!(admin(&address, &["endpoint", "pause", "acme"]).0, 1, "{server}: there is none yet");
        let (_, key) = admin(&address, &["endpoint", "set", "acme", "--url", url]);
        assert!(key.trim().len() == 64 && key.trim().bytes().all(|sign| sign.is_ascii_hexdigit()), "{key}");
        assert_eq!(asked(&address, &["endpoint", "pause", "acme"])["paused"], true);
        let listed = asked(&address, &["endpoint", "list"]);
        assert_eq!((&listed[0]["url"], &listed[0]["paused"]), (&json!(url), &json!(true)), "{server}");
        assert!(!listed.to_string().contains(key.trim()), "{server}: its key is not shown again");
        assert_eq!(asked(&address, &["endpoint", "resume", "acme"])["paused"], false);
        assert_eq!(admin(&address, &["endpoint", "remove", "acme"]).0, 0);
        assert_eq!(asked(&address, &["endpoint", "list"]), json!([]), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_within_is_set_only_where_the_settings_allow_it() {
    for (server, database) in databases().await {
        let address = database.address();
        assert_eq!(admin(&address, &["organisation", "add", "house", "--kind", "customs", "--name", "House"]).0, 0);
        let site = crate::server::site::Site::open(database, crate::service::house::moment("2026-07-20T10:00:00Z"));
        let site = site.await;
        for url in ["http://127.0.0.1:9/x", "https://10.1.2.3/x", "https://[::1]/x", "https://169.254.169.254/x"] {
            let set = ["endpoint", "set", "house", "--url", url];
            let (code, said) = admin(&address, &set);
            assert!(code == 1 && said.contains("not on the public network"), "{server}: {code} {said}");
            // What would be right, where there is anything.
            assert_eq!(said.contains("webhooks.allow_private"), !url.contains("169.254"), "{server}: {said}");
            let body = json!({ "kind": "webhook", "url": url }).to_string();
            let path = "/v1/organisations/broker/endpoint";
            let request = site.request("broker", reqwest::Method::PUT, path).header("content-type", "application/json");
            let answer = request.body(body).send().await.unwrap();
            assert_eq!(answer.status(), 422, "{server} {url}");
            let answer = answer.text().await.unwrap();
            assert!(answer.contains("not on the public network"), "{server}: {answer}");
        }
        let mut allowing = super::program();
        allowing.env("MOTCUA_WEBHOOKS_ALLOW_PRIVATE", "10.0.0.0/8, 192.168.7.1");
        let set = ["admin", "--database", &address, "endpoint", "set", "house", "--url", "https://10.1.2.3/x"];
        let output = allowing.args(set).output().unwrap();
        assert!(output.status.success(), "{server}: {}", String::from_utf8_lossy(&output.stderr));
        // As `serve` is told it on its command line.
        let set = ["endpoint", "set", "house", "--url", "https://10.1.2.3/x", "--allow-private", "10.0.0.0/8"];
        assert_eq!(admin(&address, &set).0, 0, "{server}");
        // Without TLS another setting names the host.
        let plain = ["endpoint", "set", "house", "--url", "http://gateway.lan/x"];
        let (code, said) = admin(&address, &plain);
        assert!(code == 1 && said.contains("webhooks.plain_http"), "{server}: {code} {said}");
        assert_eq!(admin(&address, &[&plain[..], &["--plain-http", "gateway.lan"]].concat()).0, 0, "{server}");
        site.close().await;
    }
}
