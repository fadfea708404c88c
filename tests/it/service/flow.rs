//! From the message to clearance.

use motcua::clearance::case::declaration::{Command, Declaration, Status, StepOutcome};
use motcua::clearance::case::{Author, CaseId, Role};
use motcua::law::life_cycle::Act as Meaning;
use motcua::service::act::{Act, DossierAct, Given};
use motcua::store::{cases, verify};

use super::house::{House, broker, customs, fixture, moment, officer};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";

async fn declaration(house: &House, case: CaseId) -> Declaration {
    let mut reader = house.service.shared().database.read().await.unwrap();
    cases::declaration(&mut reader.link(), case).await.unwrap().unwrap()
}

fn act(act: Meaning, note: &str) -> Box<DossierAct> {
    Box::new(DossierAct::Do { act, note: note.to_owned(), given: Given::default(), paper: None })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_followed_from_its_message_to_clearance_through_its_tasks() {
    for (server, database) in databases().await {
        let house = House::start(database.clone(), moment(NOW)).await;
        let (case, answer) = house.declare(fixture("declarations/10-chicken-two-tasks-in-order.xml")).await;
        assert_eq!(answer["decision"], "hold", "{server}: {answer:#}");
        assert_eq!(answer["status"], "accepted");
        let state = declaration(&house, case).await;
        let keys: Vec<String> = state.decision.as_ref().unwrap().tasks.iter().map(|task| task.key.clone()).collect();
        assert_eq!(keys.len(), 2, "{keys:?}");

        // The certificate has to wait for the registration.
        let early = Act::Task { case, task: keys[1].clone(), act: act(Meaning::Issue, ""), seen: None };
        assert!(house.service.act(early, officer("vet", "an")).await.is_err());

        let confirm = Act::Task { case, task: keys[0].clone(), act: act(Meaning::Issue, ""), seen: None };
        house.service.act(confirm, officer("vet", "an")).await.unwrap();
        let state = declaration(&house, case).await;
        let open: Vec<&String> = state.decision.as_ref().unwrap().tasks.iter().map(|task| &task.key).collect();
        assert_eq!(open, [&keys[1]], "{server}");

        let issue = Act::Task { case, task: keys[1].clone(), act: act(Meaning::Issue, ""), seen: None };
        house.service.act(issue, officer("vet", "an")).await.unwrap();
        let state = declaration(&house, case).await;
        assert_eq!(state.status, Status::Cleared, "{server}: {:#?}", state.decision);

        let verified = verify(&database, |_| {}).await.unwrap();
        assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
        assert!(verified.entries > 8, "{verified:?}");
        house.service.stop().await;
        let _ = (broker(), customs());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_an_operator_settles_leaves_what_follows_it_to_be_done() {
    for outcome in [StepOutcome::Passed, StepOutcome::Skipped] {
        for (server, database) in databases().await {
            let house = House::start(database, moment(NOW)).await;
            let (case, _) = house.declare(fixture("declarations/10-chicken-two-tasks-in-order.xml")).await;
            let state = declaration(&house, case).await;
            let keys: Vec<String> = state.decision.unwrap().tasks.into_iter().map(|task| task.key).collect();
            let settle = Command::SettleStep { task: keys[0].clone(), outcome, reason: "by telephone".to_owned() };
            let settle = Act::Declaration { case, command: Box::new(settle), seen: None };
            let operator = Author { role: Role::Operator, organisation: Some("operator".to_owned()), person: None };
            house.service.act(settle, operator).await.unwrap();
            let state = declaration(&house, case).await;
            let decision = state.decision.as_ref().unwrap();
            let open: Vec<(&String, bool)> = decision.tasks.iter().map(|task| (&task.key, task.ready)).collect();
            assert_eq!((open, state.status), (vec![(&keys[1], true)], Status::Accepted), "{server}");
            house.service.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_again_gets_the_same_answer_byte_for_byte() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        let bytes = fixture("declarations/10-chicken-two-tasks-in-order.xml");
        let first = house.send(bytes.clone()).await;
        let many = (0..50).map(|_| house.send(bytes.clone()));
        for again in futures_util::future::join_all(many).await {
            assert_eq!(again, first, "{server}");
        }
        house.service.stop().await;
    }
}
