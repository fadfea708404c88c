//! Stuck steps, beside a running service.

use motcua::clearance::case::declaration::Command;
use motcua::clearance::case::{Author, CaseId};
use serde_json::json;

use super::{admin, asked};
use crate::service::house::{House, fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const NUMBER: &str = "107000000010";

async fn stick(house: &House, case: CaseId, at: usize) {
    let job = house.service.writer().run(move |desk| {
        Box::pin(async move {
            let tasks = desk.declaration(case).await?.and_then(|case| case.decision.clone()).unwrap().tasks;
            let (task, reason) = (tasks[at].key.clone(), "no answer".to_owned());
            desk.command(case, &Command::Stick { task, reason }, &Author::system()).await
        })
    });
    job.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stuck_is_listed_retried_and_settled_beside_a_running_service() {
    for (server, database) in databases().await {
        let address = database.address();
        let house = House::start(database, moment(NOW)).await;
        let (case, _) = house.declare(fixture("declarations/10-chicken-two-tasks-in-order.xml")).await;
        assert_eq!(asked(&address, &["case", "stuck"]), json!([]), "{server}");
        assert_eq!(admin(&address, &["case", "stuck"]), (0, "nothing is stuck\n".to_owned()));
        let why = ["--reason", "by letter 12"];
        let with = |what: &[&'static str]| [&["case"], what, &why].concat();
        let (code, said) = admin(&address, &with(&["skip", NUMBER]));
        assert_eq!(code, 1, "{server}: operators act on what is stuck only");
        assert!(said.contains("no step of 107000000010 is stuck"), "{said}");

        stick(&house, case, 0).await;
        let listed = asked(&address, &["case", "stuck"]);
        assert_eq!((&listed[0]["reason"], &listed[0]["case"]), (&json!("no answer"), &json!(case.to_string())));
        assert_eq!(listed[0]["declaration"], NUMBER);
        let task = listed[0]["task"].as_str().unwrap().to_owned();
        let (_, table) = admin(&address, &["case", "stuck"]);
        assert!(table.starts_with("declaration ") && table.contains(&task), "{table}");

        for (arguments, wanted) in [
            (vec!["case", "retry", NUMBER], 2),
            (vec!["case", "retry", "no-such-case", "--reason", "x"], 1),
            (vec!["case", "retry", NUMBER, "no-such-task", "--reason", "x"], 1),
            (vec!["case", "skip", NUMBER, "--reason", ""], 1),
            (vec!["case", "override", NUMBER, "--reason", "x"], 2),
            (vec!["case", "override", NUMBER, "--outcome", "skipped", "--reason", "x"], 2),
        ] {
            let (code, said) = admin(&address, &arguments);
            assert_eq!(code, wanted, "{server} {arguments:?}: {said}");
        }
        let (code, said) = admin(&address, &[&["case", "retry", NUMBER, &task][..], &why].concat());
        assert_eq!((code, said.as_str()), (0, "107000000010: accepted\n"), "{server}");
        assert_eq!(asked(&address, &["case", "stuck"]), json!([]));

        // The service goes on with what was done beside it: a registration that is settled leaves the
        // certificate to be given; when that is settled too, the goods are free.
        for status in ["accepted", "cleared"] {
            stick(&house, case, 0).await;
            let settled = asked(&address, &with(&["override", NUMBER, "--outcome", "passed"]));
            assert_eq!(settled, json!({ "case": case.to_string(), "status": status, "stuck": [] }), "{server}");
        }
        let mut viewed = house.service.view().await.unwrap();
        assert_eq!(viewed.declaration(case).await.unwrap().unwrap().status.as_str(), "cleared", "{server}");
        drop(viewed);
        let verified = motcua::store::verify(&house.service.shared().database, |_| {}).await.unwrap();
        assert!(verified.defects.is_empty(), "{server}: {:?}", verified.defects);
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_ended_at_a_stuck_step_and_of_several_one_is_named() {
    for (server, database) in databases().await {
        let address = database.address();
        let house = House::start(database, moment(NOW)).await;
        let (case, _) = house.declare(fixture("declarations/10-chicken-two-tasks-in-order.xml")).await;
        stick(&house, case, 0).await;
        stick(&house, case, 1).await;
        let abort = ["case", "abort", NUMBER, "--reason", "the goods are gone"];
        let (code, said) = admin(&address, &abort);
        assert_eq!(code, 1, "{server}");
        assert!(said.contains("several steps are stuck"), "{said}");
        let task = asked(&address, &["case", "stuck"])[1]["task"].as_str().unwrap().to_owned();
        let named = ["case", "abort", &case.to_string(), &task, "--reason", "the goods are gone"];
        assert_eq!(asked(&address, &named)["status"], "aborted", "{server}");
        let (code, _) = admin(&address, &abort);
        assert_eq!(code, 1, "{server}: once");
        house.service.stop().await;
    }
}
