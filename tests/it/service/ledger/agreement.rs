//! Screening and ledger agree: what is met is set aside, what is not there is not met.

use motcua::store::accounts;
use motcua::trade::{Decision, Status};
use serde_json::Value;

use crate::service::house::{House, json, moment};
use crate::service::permits::{Line, NOW, TRADER, declaration, line, registered};
use crate::store::servers::databases;

fn licence_of(answer: &Value) -> &Value {
    let requirements = answer["lines"][0]["requirements"].as_array().unwrap();
    requirements.iter().find(|r| r["rule"] == crate::service::permits::LICENCE).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_declaration_draws_is_not_there_for_another_and_its_decision_says_what_is_left() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1000 KGM").await;
        let (first, answer) = house.lodge("A", &[line("600 KGM")]).await;
        assert_eq!(licence_of(&answer)["status"], "met", "{server}: {answer:#}");
        assert_eq!(licence_of(&answer)["evidence"][0]["number"], "G-1");
        assert_eq!(answer["decision"], "clear");
        let (second, answer) = house.lodge("B", &[line("600 KGM")]).await;
        assert_eq!(licence_of(&answer)["status"], "required", "{server}: {answer:#}");
        let short = serde_json::json!([{"number": "G-1", "left": "400", "needed": "600", "unit": "KGM"}]);
        assert_eq!(licence_of(&answer)["short"], short);
        assert_eq!(answer["decision"], "hold");
        let short = house.licence(second, 0).await.short;
        assert_eq!((short[0].number.as_str(), short[0].left.to_string()), ("G-1", "400".to_owned()));
        assert_eq!(house.balance("G-1").await, ["1000", "600", "0"], "{server}");
        let (third, _) = house.lodge("C", &[line("400 KGM")]).await;
        assert!(house.is_met(third).await && house.is_met(first).await, "{server}");
        assert_eq!(house.balance("G-1").await, ["1000", "1000", "0"], "{server}");

        let mut reader = house.service.shared().database.read().await.unwrap();
        let of_trader = accounts::accounts_of(&mut reader.link(), TRADER).await.unwrap();
        assert_eq!(of_trader.len(), 1);
        assert_eq!(of_trader[0].available().unwrap().to_string(), "0");
        let account = accounts::account(&mut reader.link(), of_trader[0].case).await.unwrap();
        assert_eq!(account.as_ref(), Some(&of_trader[0]));
        for (case, reserved) in [(first, Some("600")), (second, None), (third, Some("400"))] {
            let draws = accounts::draws_of(&mut reader.link(), case).await.unwrap();
            let draws: Vec<_> = draws.iter().map(|draw| (draw.line, draw.reserved.to_string())).collect();
            let expected: Vec<_> = reserved.iter().map(|amount| (1, (*amount).to_owned())).collect();
            assert_eq!(draws, expected, "{server}");
        }
        drop(reader);
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_declarations_at_once_as_many_are_met_as_the_permit_suffices_for() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1.7 TNE").await;
        // The number in the declaration draws on the permit as well, and does not take its place.
        let named = Line { permits: vec!["G-1".to_owned()], ..line("600 KGM") };
        let lines = [line("600 KGM"), named];
        let sends = (0..50).map(|at| house.send(declaration(&format!("R{at}"), "01", &lines[at % 2..=at % 2])));
        let answers = futures_util::future::join_all(sends).await;
        let mut met = 0;
        for answer in &answers {
            let answer = json(answer);
            let case = answer["id"].as_str().unwrap().parse().unwrap();
            let is_met = house.is_met(case).await;
            assert_eq!(licence_of(&answer)["status"] == "met", is_met, "{server}: answer and decision are one");
            met += u32::from(is_met);
        }
        house.quiet().await;
        assert_eq!(met, 2, "{server}");
        // The permit is in tonnes, the goods in kilograms, and nothing is rounded.
        assert_eq!(house.balance("G-1").await, ["1700", "1200", "0"], "{server}");
        assert_eq!(house.account("G-1").await.unit.as_str(), "TNE");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_draws_on_several_permits_the_one_that_ends_first_before_the_others() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        for (number, quantity, to) in [("B", "500 KGM", "2026-12-31"), ("A", "0.5 TNE", "2027-12-31")] {
            let dossier = house.apply(crate::service::permits::AGENCY).await;
            let given = motcua::service::act::Given {
                valid_to: Some(crate::service::permits::day(to)),
                ..crate::service::permits::given(number, quantity)
            };
            house.on_dossier(dossier, motcua::law::life_cycle::Act::Issue, given).await.unwrap();
        }
        let (case, _) = house.lodge("R", &[line("300 KGM"), line("400 KGM"), line("400 KGM")]).await;
        let mut statuses = Vec::new();
        for at in 0..3 {
            statuses.push(house.licence(case, at).await.status);
        }
        assert_eq!(statuses, [Status::Met, Status::Met, Status::Required], "{server}");
        assert_eq!(house.balance("B").await, ["500", "500", "0"], "{server}");
        assert_eq!(house.balance("A").await, ["500", "200", "0"], "{server}");
        let ends = house.account("B").await.valid_to.map(|day| day.to_string());
        assert_eq!(ends.as_deref(), Some("2026-12-31"));
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_convert_exactly_also_where_the_permits_own_cannot_write_what_is_left() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "2 DZN").await;
        let (first, _) = house.lodge("A", &[line("5 PCE")]).await;
        assert!(house.is_met(first).await, "{server}");
        // Nineteen pieces are left, which no number of dozens with an end says.
        let (second, _) = house.lodge("B", &[line("20 PCE")]).await;
        let licence = house.licence(second, 0).await;
        assert_eq!(licence.status, Status::Required, "{server}");
        assert_eq!(licence.short[0].left.to_string(), "19");
        let (third, _) = house.lodge("C", &[line("19 PCE")]).await;
        assert!(house.is_met(third).await, "{server}");
        let (other, _) = house.lodge("D", &[line("1 KGM")]).await;
        assert!(!house.is_met(other).await, "{server}: kilograms are no pieces");
        assert_eq!(house.balance("G-1").await, ["24", "24", "0"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_ledger_cannot_count_what_is_asked_the_permit_does_not_meet_it() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1000 KGM").await;
        // Finer than any account counts (`Amount::SCALE_MAX`).
        let (case, answer) = house.lodge("A", &[line("1 KGM"), line("0.000000000000001 KGM")]).await;
        assert_eq!(answer["decision"], "hold", "{server}: {answer:#}");
        assert_eq!(house.licence(case, 1).await.status, Status::Required, "{server}");
        assert_eq!(house.balance("G-1").await[1], "0", "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn advance_information_sets_nothing_aside() {
    for (server, database) in databases().await {
        let house = House::start(database, moment(NOW)).await;
        house.grant("G-1", "1000 KGM").await;
        let own = String::from_utf8(registered("A", "107000000099", &[line("600 KGM")])).unwrap();
        let foreign = own.replace("<countryCode>VN</countryCode>", "<countryCode>TH</countryCode>");
        let (case, answer) = house.declare(foreign.into_bytes()).await;
        assert_eq!(answer["advisory"], true, "{server}: {answer:#}");
        assert_ne!(house.state(case).await.decision.unwrap().decision, Decision::Refuse);
        assert_eq!(house.balance("G-1").await, ["1000", "0", "0"], "{server}");
        house.service.stop().await;
    }
}
