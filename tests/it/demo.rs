//! The demonstration: cases in motion, an account for each role, desks that answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use motcua::demo::{Demo, clock};
use motcua::server::{App, Limits};
use motcua::service::Service;
use motcua::service::clock::Clock;
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::store::Database;
use motcua::store::lists::{self, TaskFilter};
use motcua::store::people::authenticate_key;
use motcua::store::project::ClockPolicy;

use crate::process::Process;
use crate::store::raw::{Cell, Raw};
use crate::store::servers::addresses;

async fn start(address: &str, last: Option<Timestamp>) -> Service {
    let database = Database::open(address).await.unwrap();
    let clock = clock(&Clock::machine(), last);
    let law = LawBook::new(motcua::embedded::pack());
    Service::start(Arc::new(Shared::new(database, clock, law, ClockPolicy::default(), None))).await.unwrap()
}

/// How many rows have each value of a column.
async fn counted(raw: &mut Raw, column: &str, table: &str) -> BTreeMap<String, i64> {
    let rows = raw.rows(&format!("SELECT {column}, COUNT(*) FROM {table} GROUP BY {column}")).await;
    let pair = |row: Vec<Cell>| match row.as_slice() {
        [Cell::Text(value), Cell::Number(count)] => (value.clone(), *count),
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(pair).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_has_hundreds_of_cases_in_motion_and_goes_on_where_it_was() {
    for (server, address) in addresses().await {
        let service = start(&address, None).await;
        let pack = motcua::embedded::pack();
        let (demo, ready) = Demo::prepare(&service, pack, |_, _| {}).await.unwrap();
        assert!(ready.cases >= 300, "{server}: {} cases", ready.cases);

        let mut raw = Raw::connect(&service.shared().database).await;
        let statuses = counted(&mut raw, "status", "declarations").await;
        assert!(statuses["cleared"] > 50 && statuses["accepted"] > 10, "{server}: {statuses:?}");
        let queues = counted(&mut raw, "state", "tasks").await;
        // How many stand in each depends on the day on which this runs.
        let open: i64 = queues.values().sum();
        assert!(open > 20 && queues["ready"] > 0 && queues["claimed"] > 0, "{server}: {queues:?}");
        let events = counted(&mut raw, "kind", "journal").await;
        for event in [
            "dossier.issued",
            "dossier.heard",
            "dossier.revoked",
            "declaration.cleared",
            "declaration.decided",
            "declaration.amended",
            "declaration.cancelled",
            "declaration.channel_set",
            "declaration.checked",
            "declaration.fact_settled",
            "declaration.storage_asked",
            "window.account",
        ] {
            assert!(events.contains_key(event), "{server}: no {event} in {events:?}");
        }

        // Customs has something to do of each kind, whatever day and hour it is.
        let customs = pack.customs_agency.map(|agency| pack.agencies[agency.index()].code.clone());
        let mut reader = service.shared().database.read().await.unwrap();
        let filter = TaskFilter { state: Some("ready".to_owned()), declaration: None };
        let desk = lists::Desk::Customs(customs);
        let queue = lists::tasks(&mut reader.link(), &desk, &filter, None, 100).await.unwrap().rows;
        drop(reader);
        for kind in ["amendment", "cancellation", "storage", "settle_fact", "check"] {
            assert!(queue.iter().any(|task| task.kind == kind), "{server}: no {kind} in {queue:#?}");
        }

        // What traders have to put right they mostly do: it does not pile up.
        let wrong = "kind = 'correction' AND state = 'asked'";
        let wrong = raw.rows(&format!("SELECT COUNT(*) FROM tasks WHERE {wrong}")).await;
        assert!(matches!(wrong[0][0], Cell::Number(0..=12)), "{server}: {wrong:?}");
        assert!(events["declaration.amended"] > 5 && events["declaration.cancelled"] > 5, "{server}: {events:?}");

        let shared = Arc::clone(service.shared());
        for account in &ready.accounts.all {
            let mut reader = shared.database.read().await.unwrap();
            let (now, day) = (shared.clock.wall(), jiff::civil::date(2026, 11, 28));
            let known = authenticate_key(&mut reader.link(), account.key.reveal(), now, day).await;
            assert!(known.unwrap().is_some(), "{server}: the key of {} is good", account.login);
        }

        // Time runs, and with it the cases.
        let before: i64 = events.values().sum();
        let app = Arc::new(App::new(service, Limits::default(), None));
        let going = tokio::spawn(demo.run(Arc::clone(&app)));
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
        while counted(&mut raw, "kind", "journal").await.values().sum::<i64>() <= before {
            assert!(tokio::time::Instant::now() < until, "{server}: nothing happens");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        shared.stop();
        going.await.unwrap();
        let last = shared.clock.now();
        raw.close().await;
        Arc::try_unwrap(app).unwrap().service.stop().await;

        // The same database again: the same cases, new keys, and time does not go back.
        let service = start(&address, Some(last)).await;
        let (_, again) = Demo::prepare(&service, pack, |_, _| {}).await.unwrap();
        assert_eq!(again.cases, 0, "{server}: no case is made twice");
        assert_eq!(again.accounts.all.len(), ready.accounts.all.len());
        assert!(service.shared().clock.now() >= last);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_demonstration_prints_is_short_and_ends_with_who_one_can_be() {
    let folder = crate::store::servers::folder();
    let (database, log) = (folder.join("demo.db"), folder.join("log"));
    let process = Process::start_with(database.to_str().unwrap(), &["--demo"], Some(&log));
    let printed: Vec<&str> = process.printed.lines().collect();
    for role in ["operator", "trader", "broker", "customs", "auditor", "agency"] {
        let of_role = |line: &&&str| line.trim_start().starts_with(role) && line.contains(" mk_");
        assert!(printed.iter().any(|line| of_role(&line)), "no {role}:\n{}", process.printed);
    }
    assert!(printed.last().unwrap().starts_with("motcua serves http://"), "{}", process.printed);
    assert!(printed.len() < 64, "{}", process.printed);
    // The operator has an endpoint to look after, messages that were given up, and steps that are stuck.
    let operator = printed.iter().find(|line| line.trim_start().starts_with("operator")).unwrap();
    let key = operator.split_whitespace().find(|word| word.starts_with("mk_")).unwrap();
    for desk in ["/v1/endpoints", "/v1/dead-letters", "/v1/tasks?state=stuck"] {
        let rows = async || {
            let request =
                crate::server::site::client().get(format!("http://{}{desk}", process.address)).bearer_auth(key);
            let (_, page) = crate::server::site::json(request.send().await.unwrap()).await;
            page["rows"].as_array().unwrap_or_else(|| panic!("{page}")).clone()
        };
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(300);
        while rows().await.is_empty() {
            assert!(tokio::time::Instant::now() < until, "nothing at {desk}");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
    // What the demonstration may reach may be set beside it.
    let set = ["endpoint", "set", "trader", "--url", "http://127.0.0.1:9/hook"];
    crate::admin::asked(database.to_str().unwrap(), &set);

    // Its time runs on, and nothing carries away what was printed.
    let raw = Database::open_existing(database.to_str().unwrap()).await.unwrap();
    let mut raw = Raw::connect(&raw).await;
    let entries = |counts: BTreeMap<String, i64>| counts.values().sum::<i64>();
    let before = entries(counted(&mut raw, "kind", "journal").await);
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    while entries(counted(&mut raw, "kind", "journal").await) <= before {
        assert!(tokio::time::Instant::now() < until, "nothing happens");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    raw.close().await;
    assert!(process.end());
    let logged = std::fs::read_to_string(&log).unwrap();
    assert_eq!(logged.lines().count(), 1, "one line says what it is doing:\n{logged}");
    assert!(logged.starts_with("making "), "{logged}");
}
