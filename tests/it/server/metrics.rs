//! What is measured of the installation.

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

async fn measured(site: &Site) -> String {
    match site.get("", "/metrics").await {
        (200, Value::String(text)) => text,
        (status, other) => panic!("{status} {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_declarations_letters_and_the_journal_are_measured() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let (_, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let cancel = format!("{}/cancel", sent["links"]["self"].as_str().unwrap());
        assert_eq!(site.act("broker", &cancel, json!({ "reason": "sent back" })).await.0, 200, "{server}");
        // Due on the fourth working day: a month later the first is late; the clock of the second runs
        // when it is its turn.
        site.app.shared().clock.set(moment("2026-08-20T10:00:00+07:00"));
        let text = measured(&site).await;
        for line in [
            "motcua_tasks{agency=\"BNNPTNT-CNTY\",state=\"ready\"} 1",
            "motcua_tasks{agency=\"BNNPTNT-CNTY\",state=\"waiting\"} 1",
            "motcua_tasks{agency=\"customs\",state=\"ready\"} 1",
            "motcua_tasks_overdue{agency=\"BNNPTNT-CNTY\"} 1",
            "motcua_declarations{status=\"accepted\"} 1",
            "motcua_dead_letters 0",
            "# TYPE motcua_outbox_letters gauge",
        ] {
            assert!(text.lines().any(|known| known == line), "{server}: {line}\n{text}");
        }
        let value = |name: &str| -> i64 {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
            line.unwrap_or_else(|| panic!("{name}")).rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(value("motcua_outbox_letters") >= 2, "{server}: the agency's and customs'");
        // A month and what the clock had when it was written.
        assert_eq!(value("motcua_outbox_oldest_seconds"), 31 * 86_400, "{server}");
        assert!(value("motcua_journal_entries") >= 3, "{server}");
        site.close().await;
    }
}
