//! A declaration's life and what it draws: used up when the goods are cleared, given back when they
//! are not.

use motcua::clearance::case::declaration::{Command, Status, StepOutcome};
use motcua::law::life_cycle::Act as Meaning;
use motcua::service::act::{Act, DossierAct, Given};
use motcua::store::{Mode, rebuild, verify};
use motcua::trade::{Decision, Status as Met};

use crate::service::house::{House, broker, customs, moment, officer};
use crate::service::permits::{NOW, declaration, line, registered};
use crate::store::servers::databases;
use crate::store::story::making;

#[tokio::test(flavor = "multi_thread")]
async fn clearance_writes_off_what_was_set_aside() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1000 KGM").await;
        let (case, _) = house.lodge("A", &[line("600 KGM"), line("100 KGM")]).await;
        assert_eq!(house.balance("G-1").await, ["1000", "700", "0"], "{server}");
        house.accept(case).await;
        assert_eq!(house.state(case).await.status, Status::Cleared, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "0", "700"], "{server}");
        // What nothing else stands before is cleared as it comes.
        let (case, _) = house.declare(registered("B", "107000000098", &[line("300 KGM")])).await;
        assert_eq!(house.state(case).await.status, Status::Cleared, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "0", "1000"], "{server}");
        // Looked at again, it keeps what it has used.
        let by = motcua::clearance::case::declaration::DecidedBy::Evidence;
        house.service.act(Act::Review { case, cause: by }, customs()).await.unwrap();
        assert!(house.is_met(case).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "0", "1000"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_gives_back_and_who_came_too_late_is_decided_again() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1000 KGM").await;
        let (first, _) = house.lodge("A", &[line("600 KGM")]).await;
        let (second, _) = house.lodge("B", &[line("700 KGM")]).await;
        let (third, _) = house.lodge("C", &[line("700 KGM")]).await;
        assert!(!house.is_met(second).await && !house.is_met(third).await, "{server}");
        house.cancel(first).await;
        house.quiet().await;
        assert!(house.is_met(second).await, "{server}: who came first is served first");
        assert!(!house.is_met(third).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "700", "0"], "{server}");
        // Somebody who has nothing to gain is left alone.
        let before = house.state(third).await.head;
        house.cancel(second).await;
        house.quiet().await;
        assert!(house.is_met(third).await && house.state(third).await.head > before, "{server}");
        house.accept(third).await;
        assert_eq!(house.balance("G-1").await, ["1000", "0", "700"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_cancelled_with_consent_or_aborted_gives_back() {
    for (server, database) in databases().await {
        // Goods on which more stands before clearance than the licence.
        let house = House::start(database, moment("2026-07-20T10:00:00+07:00")).await;
        house.grant("G-1", "1000 KGM").await;
        let later = |reference: &str, number: &str, quantity: &str| {
            let message = String::from_utf8(registered(reference, number, &[line(quantity)])).unwrap();
            message.replace("<Date>2026-05-26", "<Date>2026-07-20").into_bytes()
        };
        let (first, _) = house.declare(later("A", "107000000098", "600 KGM")).await;
        let (second, _) = house.declare(later("B", "107000000097", "300 KGM")).await;
        assert_eq!(house.state(first).await.status, Status::Accepted, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "900", "0"], "{server}");
        house.cancel(first).await;
        assert_eq!(house.balance("G-1").await[1], "900", "{server}: customs is only asked");
        house.command(first, Command::Agree, customs()).await.unwrap();
        assert_eq!(house.state(first).await.status, Status::Cancelled, "{server}");
        assert_eq!(house.balance("G-1").await[1], "300", "{server}");
        let task = house.state(second).await.decision.unwrap().tasks[0].key.clone();
        let abort = Command::SettleStep { task, outcome: StepOutcome::Aborted, reason: "lost at sea".to_owned() };
        house.command(second, abort, officer("operator", "op")).await.unwrap();
        assert_eq!(house.state(second).await.status, Status::Aborted, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "0", "0"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_draws_what_it_says_now_all_of_it_or_nothing() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1000 KGM").await;
        let (case, _) = house.lodge("A", &[line("600 KGM")]).await;
        let (other, _) = house.lodge("B", &[line("100 KGM")]).await;
        for (lines, reserved, met) in [
            (vec![line("900 KGM")], "1000", true),
            (vec![line("300 KGM"), line("200 KGM")], "600", true),
            (vec![line("901 KGM")], "100", false),
            (vec![line("50 KGM"), line("850 KGM")], "1000", true),
            (vec![line("50 KGM")], "150", true),
        ] {
            let answer = house.send(declaration("A", "02", &lines)).await;
            assert_eq!(answer.status, 200, "{server}: {}", String::from_utf8_lossy(&answer.body));
            assert_eq!(house.is_met(case).await, met, "{server}: {lines:?}");
            assert_eq!(house.balance("G-1").await[1], reserved, "{server}: {lines:?}");
        }
        assert_eq!(house.state(case).await.version, 6);
        assert!(house.is_met(other).await);
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_refused_draws_nothing_unless_an_officer_lets_it_through() {
    for (server, database) in databases().await {
        let house = House::start(database, moment("2026-07-20T10:00:00+07:00")).await;
        house.grant("G-1", "1000 KGM").await;
        let message = String::from_utf8(registered("A", "107000000098", &[line("600 KGM")])).unwrap();
        let message = message.replace("<Date>2026-05-26", "<Date>2026-07-20").into_bytes();
        let (case, answer) = house.declare(message).await;
        assert_eq!(answer["decision"], "hold", "{server}: {answer:#}");
        assert_eq!(house.balance("G-1").await[1], "600", "{server}");
        let task = house.state(case).await.decision.unwrap().tasks[0].key.clone();
        let fails =
            DossierAct::Do { act: Meaning::Fail, note: "residues".to_owned(), given: Given::default(), paper: None };
        let fails = Act::Task { case, task, act: Box::new(fails), seen: None };
        house.service.act(fails, officer("lab", "binh")).await.unwrap();
        assert_eq!(house.state(case).await.decision.unwrap().decision, Decision::Refuse, "{server}");
        assert_eq!(house.licence(case, 0).await.status, Met::Met);
        assert_eq!(house.balance("G-1").await, ["1000", "0", "0"], "{server}");
        let lets = Command::Override { line: None, decision: Decision::Clear, reason: "tested again".to_owned() };
        house.command(case, lets, customs()).await.unwrap();
        assert_eq!(house.state(case).await.status, Status::Cleared, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "0", "600"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_the_accounts_as_they_were() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        let dossier = house.grant("G-1", "1000 KGM").await;
        let (case, _) = house.lodge("A", &[line("600 KGM")]).await;
        // Less than is drawn cannot be granted: nothing of the act is left.
        let less = crate::service::permits::given("G-1", "500 KGM");
        assert!(house.on_dossier(dossier, Meaning::Edit, less).await.is_err(), "{server}");
        // Nor what nobody can reckon.
        for quantity in ["many KGM", "-1 KGM", "5 HANDS"] {
            let given = crate::service::permits::given("G-2", quantity);
            let other = house.apply(crate::service::permits::AGENCY).await;
            assert!(house.on_dossier(other, Meaning::Issue, given).await.is_err(), "{server}: {quantity}");
        }
        assert_eq!(house.balance("G-1").await, ["1000", "600", "0"], "{server}");
        assert!(house.is_met(case).await, "{server}");
        // An act that fails after it has drawn is undone, and the next one of the transaction is not.
        let undone = house.service.writer().run(move |desk| {
            Box::pin(async move {
                desk.command(case, &Command::Cancel { reason: "sold".to_owned() }, &broker()).await?;
                desk.command(case, &Command::Accept, &customs()).await
            })
        });
        let other = [line("401 KGM")];
        let (undone, next) = tokio::join!(undone, house.lodge("B", &other));
        assert!(undone.is_err());
        assert!(house.is_met(case).await && !house.is_met(next.0).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "600", "0"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_says_every_balance_and_its_rows_can_be_made_again() {
    for (server, database) in databases().await {
        let house = House::start(database.clone(), moment(NOW)).await;
        let dossier = house.grant("G-1", "1000 KGM").await;
        house.grant("G-2", "10 TNE").await;
        let (first, _) = house.lodge("A", &[line("600 KGM"), line("700 KGM")]).await;
        let (second, _) = house.lodge("B", &[line("9 TNE")]).await;
        let (third, _) = house.lodge("C", &[line("2 TNE")]).await;
        house.accept(second).await;
        house.cancel(first).await;
        house.quiet().await;
        house.on_dossier(dossier, Meaning::Revoke, Given::default()).await.unwrap();
        house.quiet().await;
        assert!(!house.is_met(third).await, "{server}");
        let balances = [house.balance("G-1").await, house.balance("G-2").await];
        assert_eq!(balances, [["1000", "0", "0"], ["10000", "0", "9000"]], "{server}");
        let rebuilt = rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
        assert!(rebuilt.is_same(), "{server}: {rebuilt:?}");
        let verified = verify(&database, |_| {}).await.unwrap();
        assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
        house.service.stop().await;
    }
}
