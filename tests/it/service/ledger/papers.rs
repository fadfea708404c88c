//! What a dossier gives, gives anew and takes back.

use motcua::clearance::case::declaration::DecidedBy;
use motcua::clearance::record::DecisionRecord;
use motcua::law::life_cycle::Act as Meaning;
use motcua::service::act::{Act, DossierAct, Given, LineResult};
use motcua::store::accounts;
use motcua::trade::Status;

use crate::service::house::{House, moment, officer};
use crate::service::permits::{AGENCY, Line, NOW, given, line};
use crate::store::servers::databases;

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_permit_serves_nobody_whose_goods_are_not_cleared_not_even_who_names_it() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        let dossier = house.grant("G-1", "1000 KGM").await;
        let named = Line { permits: vec!["G-1".to_owned()], ..line("100 KGM") };
        let (cleared, _) = house.lodge("A", &[line("300 KGM")]).await;
        house.accept(cleared).await;
        let (waits, _) = house.lodge("B", &[line("200 KGM")]).await;
        let (names, _) = house.lodge("C", std::slice::from_ref(&named)).await;
        assert!(house.is_met(waits).await && house.is_met(names).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "300", "300"], "{server}");
        house.on_dossier(dossier, Meaning::Revoke, Given::default()).await.unwrap();
        house.quiet().await;
        assert_eq!(house.licence(waits, 0).await.status, Status::Required, "{server}");
        assert_eq!(house.licence(names, 0).await.status, Status::Required, "{server}");
        // What was used up was used up, also where its declaration is looked at again.
        let review = Act::Review { case: cleared, cause: DecidedBy::Evidence };
        house.service.act(review, officer(AGENCY, "an")).await.unwrap();
        assert!(house.is_met(cleared).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "0", "300"], "{server}");
        assert_eq!(house.account("G-1").await.state, "revoked", "{server}");
        let (late, _) = house.lodge("D", &[named]).await;
        assert!(!house.is_met(late).await, "{server}");
        // A number that nobody keeps an account of is taken at its word, as ever.
        let foreign = Line { permits: vec!["G-7".to_owned()], ..line("100 KGM") };
        let (other, _) = house.lodge("E", &[foreign]).await;
        assert!(house.is_met(other).await, "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_given_anew_keeps_what_is_drawn_and_serves_those_that_were_short_of_it() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        let dossier = house.grant("G-1", "1000 KGM").await;
        let (first, _) = house.lodge("A", &[line("600 KGM")]).await;
        let (second, _) = house.lodge("B", &[line("600 KGM")]).await;
        assert!(house.is_met(first).await && !house.is_met(second).await, "{server}");
        let more = Given { number: None, ..given("", "1.2 TNE") };
        house.on_dossier(dossier, Meaning::Edit, more).await.unwrap();
        house.quiet().await;
        assert!(house.is_met(first).await && house.is_met(second).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1200", "1200", "0"], "{server}");
        // Under another number it is another permit, and the one before is given back.
        house.on_dossier(dossier, Meaning::Edit, given("G-1a", "700 KGM")).await.unwrap();
        house.quiet().await;
        let met = [house.is_met(first).await, house.is_met(second).await];
        assert_eq!(met, [true, false], "{server}");
        assert_eq!(house.balance("G-1").await, ["1200", "0", "0"], "{server}");
        assert_eq!(house.account("G-1").await.state, "surrendered", "{server}");
        assert_eq!(house.balance("G-1a").await, ["700", "600", "0"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agencies_may_use_one_number_and_one_agency_may_not_twice() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("7", "1000 KGM").await;
        let again = house.apply(AGENCY).await;
        assert!(house.on_dossier(again, Meaning::Issue, given("7", "1000 KGM")).await.is_err(), "{server}");
        let other = house.apply("BYT-QLD").await;
        house.on_dossier(other, Meaning::Issue, given("7", "1 TNE")).await.unwrap();
        let mut reader = house.service.shared().database.read().await.unwrap();
        let found = accounts::numbered(&mut reader.link(), "7").await.unwrap();
        let ids: Vec<&str> = found.iter().map(|account| account.account.0.as_str()).collect();
        assert_eq!(ids, ["BYT-MTYT:7", "BYT-QLD:7"], "{server}");
        drop(reader);
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_for_one_declaration_serves_no_other() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        let (first, _) = house.lodge("A", &[line("600 KGM")]).await;
        let (second, _) = house.lodge("B", &[line("100 KGM")]).await;
        let task = house.state(first).await.decision.unwrap().tasks[0].key.clone();
        let given = given("G-9", "1000 KGM");
        let act = DossierAct::Do { act: Meaning::Issue, note: String::new(), given, paper: None };
        let issue = Act::Task { case: first, task, act: Box::new(act), seen: None };
        house.service.act(issue, officer(AGENCY, "an")).await.unwrap();
        house.quiet().await;
        assert!(house.is_met(first).await && !house.is_met(second).await, "{server}");
        assert_eq!(house.balance("G-9").await, ["1000", "600", "0"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_speaks_of_two_rules_is_one_permit() {
    for (server, database) in databases().await {
        let house = House::start(database, moment("2026-07-20T10:00:00+07:00")).await;
        // Medicines on two lists of 28/2026/TT-BYT: one task, two requirements.
        let goods = Line { hs: "29391900", ..line("600 KGM") };
        let (case, _) = house.lodge("A", &[goods.clone(), goods]).await;
        let decision = house.state(case).await.decision.unwrap();
        let task = decision.tasks.iter().find(|task| task.measure == "quality").unwrap();
        let of_task = |decision: &DecisionRecord, line: usize| -> Vec<Status> {
            let rules = decision.lines[line].requirements.iter().filter(|r| r.measure == "quality");
            rules.map(|requirement| requirement.status).collect()
        };
        assert_eq!(of_task(&decision, 0), [Status::Required, Status::Required], "{server}");
        let lines = vec![
            LineResult { line: 1, passed: true, note: String::new() },
            LineResult { line: 2, passed: false, note: "impure".to_owned() },
        ];
        let given = Given { lines, ..given("G-3", "1000 KGM") };
        let act = DossierAct::Do { act: Meaning::Issue, note: String::new(), given, paper: None };
        let act = Act::Task { case, task: task.key.clone(), act: Box::new(act), seen: None };
        house.service.act(act, officer("BYT-QLD", "an")).await.unwrap();
        let decision = house.state(case).await.decision.unwrap();
        assert_eq!(of_task(&decision, 0), [Status::Met, Status::Met], "{server}");
        assert_eq!(of_task(&decision, 1), [Status::Failed, Status::Failed], "{server}");
        assert_eq!(house.balance("G-3").await, ["1000", "600", "0"], "{server}: the line draws once");
        house.service.stop().await;
    }
}
