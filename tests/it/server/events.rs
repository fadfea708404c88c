//! What happens, as it happens, and what was missed.

use std::time::Duration;

use jiff::Timestamp;
use motcua::clearance::case::{Author, Role};
use motcua::service::act::Act;
use motcua::service::clock::Clock;
use motcua::service::desk::Desk;
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::store::project::ClockPolicy;
use reqwest::{Method, Response};
use serde_json::json;

use super::site::{Site, json as read};
use crate::exchange::office::PATIENCE;
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// Somebody who listens.
struct Ear {
    stream: Response,
    heard: String,
}

impl Ear {
    async fn open(site: &Site, who: &str, last: Option<i64>) -> Self {
        let mut request = site.request(who, Method::GET, "/v1/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let stream = request.send().await.unwrap();
        assert_eq!(stream.status(), 200);
        Self { stream, heard: String::new() }
    }

    /// The next event: its number and its kind.
    async fn next(&mut self) -> (i64, String) {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let found = field("id: ").zip(field("event: "));
                let rest = rest.to_owned();
                self.heard = rest;
                if let Some((id, kind)) = found {
                    return (id.parse().unwrap(), kind);
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.stream.chunk()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("nothing comes; heard {}", self.heard)).unwrap().unwrap();
            self.heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The events up to one of this kind.
    async fn until(&mut self, kind: &str) -> Vec<(i64, String)> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.next().await);
            if heard.last().is_some_and(|(_, last)| last == kind) {
                return heard;
            }
        }
    }
}

/// Another process does something to the case.
async fn beside(site: &Site, case: &str, now: Timestamp) {
    let database = site.app.shared().database.clone();
    let law = LawBook::new(motcua::embedded::pack());
    let shared = Shared::new(database, Clock::by_hand(now), law, ClockPolicy::default(), None);
    let mut desk = Desk::open(&shared).await.unwrap();
    let command = motcua::clearance::case::declaration::Command::SetChannel {
        channel: motcua::trade::Channel::Yellow,
        reason: "beside".to_owned(),
    };
    let act = Act::Declaration { case: case.parse().unwrap(), command: Box::new(command), seen: None };
    let by = Author { role: Role::Customs, organisation: Some("customs".to_owned()), person: None };
    desk.act(&act, &by).await.unwrap();
    desk.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_with_the_last_event_that_it_saw_misses_nothing() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let mut ear = Ear::open(&site, "broker", None).await;
        let (_, sent) = read(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        let id = sent["id"].as_str().unwrap();
        let first = ear.until("declaration.decided").await;
        assert_eq!(first[0].1, "declaration.registered", "{server}: {first:?}");
        assert!(first.windows(2).all(|pair| pair[0].0 < pair[1].0), "{server}: {first:?}");
        drop(ear);

        let channel = json!({ "channel": "red", "reason": "goods" });
        let (status, told) = site.act("customs", &format!("/v1/declarations/{id}/set_channel"), channel).await;
        assert_eq!(status, 200, "{told}");
        let last = first.last().unwrap().0;
        let mut back = Ear::open(&site, "broker", Some(last)).await;
        let missed = back.next().await;
        assert!(missed.0 > last && missed.1 == "declaration.channel_set", "{server}: {missed:?}");

        // What another process writes is heard with the next that this one does, in its order.
        beside(&site, id, moment(NOW)).await;
        let task = sent["task_ids"]["t1"].as_str().unwrap();
        assert_eq!(site.act("vet", &format!("/v1/tasks/{task}/claim"), json!({})).await.0, 200);
        let rest = back.until("dossier.claimed").await;
        assert_eq!(rest[0].1, "declaration.channel_set", "{server}: {rest:?}");
        assert!(rest.windows(2).all(|pair| pair[0].0 < pair[1].0), "{server}: {rest:?}");

        // From the beginning it is the same, in the same order; a stranger hears none of it.
        let mut all = Ear::open(&site, "broker", Some(0)).await;
        let heard = all.until("dossier.claimed").await;
        let live: Vec<_> = first.iter().cloned().chain([missed]).chain(rest).collect();
        assert_eq!(heard, live, "{server}");
        let mut stranger = Ear::open(&site, "stranger", Some(0)).await;
        let silent = tokio::time::timeout(Duration::from_millis(300), stranger.next()).await;
        assert!(silent.is_err(), "{server}: {silent:?}");
        for wrong in ["x", "-1", "1.5"] {
            let request = site.request("broker", Method::GET, "/v1/events").header("last-event-id", wrong);
            assert_eq!(request.send().await.unwrap().status(), 422, "{server} {wrong}");
        }
        site.close().await;
    }
}
