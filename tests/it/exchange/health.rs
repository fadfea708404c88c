//! How endpoints do, as those who look after them see it.

use std::sync::Arc;

use motcua::exchange::{Deliveries, endpoint};
use motcua::store::endpoints::EndpointKind;
use reqwest::Method;
use serde_json::{Value, json};

use super::office::{Sevens, longest, reach, settings, until};
use super::receiver::{Receiver, Reply};
use crate::admin::{admin, asked};
use crate::server::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const NOW: &str = "2026-07-20T10:00:00+07:00";

/// What an operator sees of an endpoint.
async fn seen(site: &Site, organisation: &str) -> Value {
    let (status, page) = site.get("operator", "/v1/endpoints").await;
    assert_eq!(status, 200, "{page:#}");
    let rows = page["rows"].as_array().unwrap();
    rows.iter().find(|row| row["organisation"] == organisation).unwrap_or_else(|| panic!("{page:#}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_is_seen_long_before_anything_is_given_up() {
    for (server, database) in databases().await {
        let address = database.address();
        let mut left = 2;
        let receiver = Receiver::start(move |_| {
            left -= i32::from(left > 0);
            Reply::Status(if left > 0 { 503 } else { 200 })
        });
        let receiver = receiver.await;
        let site = Site::open(database, moment(NOW)).await;
        let (shared, writer) = (Arc::clone(site.app.shared()), site.app.service.writer().clone());
        for (organisation, kind, url) in [
            ("vet", EndpointKind::Webhook, receiver.url()),
            ("food", EndpointKind::Webhook, "https://food.example/hook".to_owned()),
        ] {
            let made = endpoint::new((organisation, kind, &url), &reach(), &mut Sevens, moment(NOW));
            let (hook, _) = made.unwrap();
            let by = motcua::clearance::case::Author::system();
            let setting = writer.run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &hook, &by).await?) }));
            setting.await.unwrap();
        }
        assert_eq!(seen(&site, "vet").await["state"], "new", "{server}");
        let _deliveries = Deliveries::start(Arc::clone(&shared), writer, &settings(), longest()).unwrap();
        let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        assert_eq!(status, 201, "{server}: {sent:#}");

        until("the first attempt has failed", async || seen(&site, "vet").await["failures"] == 1).await;
        let row = seen(&site, "vet").await;
        assert_eq!((&row["state"], &row["delivered"]), (&json!("failing"), &Value::Null), "{server}: {row:#}");
        assert_eq!(row["error"], "the endpoint answers with status 503", "{server}");
        // Ten seconds are the longest that is waited after the first failure here.
        assert_eq!(
            (&row["failed"], &row["next_attempt"]),
            (&json!("2026-07-20T03:00:00Z"), &json!("2026-07-20T03:00:10Z"))
        );
        assert!(row["waiting"].as_i64().unwrap() >= 1 && row["dead"] == 0, "{server}: {row:#}");
        assert_eq!(seen(&site, "food").await["state"], "new", "{server}");
        let listed = asked(&address, &["endpoint", "list"]);
        assert_eq!(listed[1], row, "{server}: by command");
        let (_, table) = admin(&address, &["endpoint", "list"]);
        for word in ["failing", "status 503", "2026-07-20T03:00:10Z"] {
            assert!(table.contains(word), "{server}: no {word}\n{table}");
        }
        let Value::String(metrics) = site.get("", "/metrics").await.1 else { panic!("{server}") };
        for line in [
            "motcua_endpoints{state=\"failing\"} 1",
            "motcua_endpoints{state=\"new\"} 1",
            "motcua_endpoints{state=\"ok\"} 0",
            "motcua_endpoint_failures{organisation=\"vet\"} 1",
        ] {
            assert!(metrics.lines().any(|known| known == line), "{server}: {line}\n{metrics}");
        }
        // The agency sees its own, and nobody else's.
        let (status, own) = site.get("vet", "/v1/organisations/vet/endpoint").await;
        assert_eq!((status, own), (200, row), "{server}");
        for who in ["vet", "broker", "customs"] {
            assert_eq!(site.get(who, "/v1/endpoints").await.0, 403, "{server} {who}");
        }
        let (_, page) = site.get("operator", "/v1/endpoints?limit=1").await;
        assert_eq!((&page["rows"][0]["organisation"], &page["next"]), (&json!("food"), &json!("food")), "{server}");
        let (_, page) = site.get("operator", "/v1/endpoints?limit=1&after=food").await;
        assert_eq!((&page["rows"][0]["organisation"], &page["next"]), (&json!("vet"), &Value::Null), "{server}");

        shared.clock.set(moment("2026-07-20T10:00:10+07:00"));
        until("it is well again", async || seen(&site, "vet").await["state"] == "ok").await;
        until("nothing waits", async || seen(&site, "vet").await["waiting"] == 0).await;
        let row = seen(&site, "vet").await;
        assert_eq!((&row["failures"], &row["next_attempt"]), (&json!(0), &Value::Null), "{server}: {row:#}");
        assert_eq!(row["delivered"], "2026-07-20T03:00:10Z", "{server}: {row:#}");
        assert_eq!(row["failed"], "2026-07-20T03:00:00Z", "{server}: what went wrong last is still told");
        assert_eq!(admin(&address, &["endpoint", "pause", "vet"]).0, 0, "{server}");
        assert_eq!(seen(&site, "vet").await["state"], "paused", "{server}");
        // Another address has its own story.
        let body = json!({ "kind": "webhook", "url": "https://vet.example/hook" }).to_string();
        let request = site.request("vet", Method::PUT, "/v1/organisations/vet/endpoint");
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{server}");
        assert_eq!(seen(&site, "vet").await["state"], "new", "{server}");
        site.close().await;
    }
}
