//! Who is told what: each in the transaction that caused it, nobody what he knows already.

use std::sync::Arc;

use jiff::SignedDuration;
use motcua::clearance::case::declaration::{Command, StepOutcome};
use motcua::clearance::case::window::WindowEvent;
use motcua::clearance::case::{Author, CaseId, Entry, Event, Role};
use motcua::clearance::explain::Lang;
use motcua::exchange::{Reach, endpoint};
use motcua::law::life_cycle::Act as Meaning;
use motcua::message::incoming::{Content, Family};
use motcua::message::{ReadOptions, receive};
use motcua::people::{OrganisationId, OrganisationKind, Principal};
use motcua::service::act::{Act, DossierAct, Given};
use motcua::service::intake::{Sent, Wanted};
use motcua::service::lanes::Lane;
use motcua::store::endpoints::EndpointKind;
use motcua::store::journal::{Appending, Head};
use motcua::store::messages::Answer;
use motcua::store::outbox::{self, Letter};
use motcua::store::people::{OrganisationEdit, create_organisation};
use motcua::store::{Database, cases};
use serde_json::Value;

use super::office::{Sevens, until};
use crate::service::house::{House, broker, customs, fixture, moment, officer, principal};
use crate::store::servers::databases;
use crate::support::{line, wco};

const NOW: &str = "2026-07-20T10:00:00+07:00";
/// The agency of animal quarantine (Cục Thú y), as the pack names it.
const VET: &str = "BNNPTNT-CNTY";

/// A single window with an agency, customs and an operator.
async fn house(database: Database) -> House {
    let house = House::start(database, moment(NOW)).await;
    enter(&house, "vet", OrganisationKind::Agency, Some(VET)).await;
    enter(&house, "customs", OrganisationKind::Customs, None).await;
    enter(&house, "operator", OrganisationKind::Operator, None).await;
    house
}

async fn enter(house: &House, id: &str, kind: OrganisationKind, agency: Option<&str>) {
    let id = OrganisationId::parse(id).unwrap();
    let edit = OrganisationEdit { agency: agency.map(str::to_owned), ..OrganisationEdit::named("Somebody") };
    let entered = house.service.writer().run(move |desk| {
        Box::pin(async move {
            let now = desk.now;
            create_organisation(&mut desk.link(), &id, kind, &edit, now).await.unwrap();
            desk.shared.directory.forget();
            Ok(())
        })
    });
    entered.await.unwrap();
}

async fn letters(house: &House, to: &str) -> Vec<Letter> {
    let mut reader = house.service.shared().database.read().await.unwrap();
    outbox::waiting(&mut reader.link(), to, 1_000).await.unwrap()
}

async fn topics(house: &House, to: &str) -> Vec<String> {
    letters(house, to).await.into_iter().map(|letter| letter.message.topic).collect()
}

fn body(letter: &Letter) -> Value {
    assert_eq!(letter.message.content_type, "application/json");
    serde_json::from_slice(&letter.message.body).unwrap()
}

async fn task_keys(house: &House, case: CaseId) -> Vec<String> {
    let mut reader = house.service.shared().database.read().await.unwrap();
    let state = cases::declaration(&mut reader.link(), case).await.unwrap().unwrap();
    state.decision.unwrap().tasks.into_iter().map(|task| task.key).collect()
}

async fn issue(house: &House, case: CaseId, task: &str) {
    let act = DossierAct::Do { act: Meaning::Issue, note: String::new(), given: Given::default(), paper: None };
    let act = Act::Task { case, task: task.to_owned(), act: Box::new(act), seen: None };
    house.service.act(act, officer("vet", "an")).await.unwrap();
}

async fn command(house: &House, case: CaseId, command: Command, by: Author) -> bool {
    let act = Act::Declaration { case, command: Box::new(command), seen: None };
    house.service.act(act, by).await.is_ok()
}

fn chicken() -> Vec<u8> {
    fixture("declarations/10-chicken-two-tasks-in-order.xml")
}

fn operator() -> Author {
    Author { role: Role::Operator, organisation: Some("operator".to_owned()), person: Some("lan".to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_is_told_what_the_other_does_until_the_goods_are_cleared() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (case, answer) = house.declare(chicken()).await;
        let keys = task_keys(&house, case).await;
        // The answer has told the declarant; the agency has work, but only what is ready.
        assert_eq!(topics(&house, "broker-1").await, [""; 0], "{server}");
        let to_vet = letters(&house, "vet").await;
        assert_eq!(to_vet.len(), 1, "{server}");
        let told = body(&to_vet[0]);
        assert_eq!((&told["version"], &told["topic"]), (&1.into(), &"task.ready".into()), "{server}: {told:#}");
        assert_eq!(told["id"], to_vet[0].message.id, "{server}");
        assert_eq!((&told["case"], &told["kind"]), (&answer["id"], &"declaration".into()), "{server}");
        assert_eq!(told["tasks"][0]["id"], answer["task_ids"]["t1"], "{server}: {told:#}");
        assert_eq!(told["tasks"][0]["procedure"], "BNNPTNT0600011", "{server}");
        assert_eq!(told["links"][0]["href"], format!("/v1/tasks/{}", answer["task_ids"]["t1"].as_str().unwrap()));
        assert!(told["words"]["vi"].as_str().unwrap().contains("107000000010"), "{told:#}");
        assert!(told["words"]["en"].as_str().unwrap().contains("new task"), "{told:#}");
        // What it does not need to judge the goods is not its business.
        assert!(told.get("outcome").is_none() && told.get("channel").is_none(), "{told:#}");

        issue(&house, case, &keys[0]).await;
        let to_vet = letters(&house, "vet").await;
        assert_eq!(to_vet.len(), 2, "{server}: its own doing is not told, the next task is");
        assert_eq!(body(&to_vet[1])["tasks"][0]["id"], answer["task_ids"]["t2"], "{server}");
        let heard = topics(&house, "broker-1").await;
        assert!(heard.iter().all(|topic| topic.starts_with("dossier.")) && !heard.is_empty(), "{server}: {heard:?}");

        issue(&house, case, &keys[1]).await;
        assert_eq!(letters(&house, "vet").await.len(), 2, "{server}");
        let to_broker = letters(&house, "broker-1").await;
        let cleared = body(to_broker.last().unwrap());
        assert_eq!(cleared["topic"], "declaration.cleared", "{server}");
        assert_eq!((&cleared["status"], &cleared["outcome"]), (&"cleared".into(), &"clear".into()), "{server}");
        let given = to_broker.iter().map(body).find(|told| told["topic"] == "dossier.issue").unwrap();
        assert_eq!(given["papers"].as_array().map(Vec::len), Some(1), "{server}: {given:#}");
        assert_eq!(given["declaration"], answer["id"], "{server}: {given:#}");
        let numbers: Vec<i64> = to_broker.iter().map(|letter| letter.number).collect();
        assert_eq!(numbers, (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>(), "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_decision_is_told_with_what_holds_the_goods() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (case, _) = house.declare(chicken()).await;
        let refuse =
            Command::Override { line: None, decision: motcua::trade::Decision::Refuse, reason: "dịch".to_owned() };
        assert!(command(&house, case, refuse, customs()).await);
        let told: Vec<Value> = letters(&house, "broker-1").await.iter().map(body).collect();
        assert_eq!(told.len(), 2, "{server}");
        assert_eq!(
            (&told[0]["topic"], &told[0]["note"]),
            (&"declaration.overridden".into(), &"dịch".into()),
            "{server}"
        );
        assert_eq!(
            (&told[1]["topic"], &told[1]["outcome"]),
            (&"declaration.decided".into(), &"refuse".into()),
            "{server}"
        );
        let reason = &told[1]["reasons"][0];
        assert_eq!((&reason["line"], &reason["status"]), (&1.into(), &"required".into()), "{server}: {reason:#}");
        assert!(reason["vi"].as_str().unwrap() != reason["en"].as_str().unwrap(), "{server}: {reason:#}");
        // Nothing about the goods changes, so nothing is decided.
        let settle = Command::SetChannel { channel: motcua::trade::Channel::Green, reason: "x".to_owned() };
        assert!(command(&house, case, settle, customs()).await);
        let last = letters(&house, "broker-1").await.pop().unwrap();
        assert_eq!(body(&last)["channel"], "green", "{server}: another channel is another decision");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_is_asked_of_customs_and_ends_the_agencys_task() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (case, _) = house.declare(chicken()).await;
        assert!(command(&house, case, Command::Cancel { reason: "sai hàng".to_owned() }, broker()).await);
        let asked = letters(&house, "customs").await;
        assert_eq!(body(&asked[0])["topic"], "declaration.cancellation_asked", "{server}");
        assert_eq!(body(&asked[0])["note"], "sai hàng", "{server}");
        assert!(command(&house, case, Command::Disagree { reason: "chưa đủ".to_owned() }, customs()).await);
        assert_eq!(topics(&house, "broker-1").await, ["declaration.cancellation_refused"], "{server}");
        assert!(command(&house, case, Command::Cancel { reason: "sai hàng".to_owned() }, broker()).await);
        assert!(command(&house, case, Command::Agree, customs()).await);
        assert_eq!(topics(&house, "broker-1").await[1..], ["declaration.cancelled"], "{server}");
        assert_eq!(topics(&house, "vet").await, ["task.ready", "task.cancelled"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_somebody_else_settles_is_withdrawn_from_its_agency() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (case, _) = house.declare(chicken()).await;
        let keys = task_keys(&house, case).await;
        let skip = Command::SettleStep { task: keys[0].clone(), outcome: StepOutcome::Skipped, reason: "x".to_owned() };
        assert!(command(&house, case, skip, operator()).await);
        let told = topics(&house, "vet").await;
        assert!(told.contains(&"task.withdrawn".to_owned()), "{server}: {told:?}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_step_is_told_to_operators_and_what_is_refused_is_told_to_nobody() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (case, _) = house.declare(chicken()).await;
        let keys = task_keys(&house, case).await;
        assert!(!command(&house, case, Command::Agree, customs()).await, "{server}: nothing was asked");
        let unknown = Command::Stick { task: "no such task".to_owned(), reason: "x".to_owned() };
        assert!(!command(&house, case, unknown, Author::system()).await);
        for nobody in ["operator", "customs", "broker-1"] {
            assert_eq!(topics(&house, nobody).await, [""; 0], "{server} {nobody}");
        }
        let stick = Command::Stick { task: keys[0].clone(), reason: "không có trả lời".to_owned() };
        assert!(command(&house, case, stick, Author::system()).await);
        let told = body(&letters(&house, "operator").await[0]);
        assert_eq!((&told["topic"], &told["note"]), (&"declaration.step_stuck".into(), &"không có trả lời".into()));
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_tell_who_holds_the_task_who_waits_and_at_last_who_can_step_in() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (_, answer) = house.declare(chicken()).await;
        // Four working days: Friday at 17:00 (01/2026/TT-BNNMT art 11(1)(b)).
        let due = moment("2026-07-24T17:00:00+07:00");
        assert_eq!(answer["tasks"][0]["due"], "2026-07-24T17:00:00+07:00", "{server}");
        let clock = &house.service.shared().clock;
        for (hours, to, topic) in [
            (-24, "vet", "task.reminder"),
            (0, "vet", "task.overdue"),
            (0, "broker-1", "declaration.overdue"),
            (48, "customs", "declaration.escalation"),
            (48, "operator", "declaration.escalation"),
        ] {
            if hours != 0 {
                let soon = due + SignedDuration::from_hours(hours) - SignedDuration::from_secs(1);
                clock.set(soon);
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                assert!(!topics(&house, to).await.contains(&topic.to_owned()) || hours == 48 && to == "operator");
            }
            clock.set(due + SignedDuration::from_hours(hours));
            until(topic, || async { topics(&house, to).await.contains(&topic.to_owned()) }).await;
        }
        assert_eq!(topics(&house, "vet").await, ["task.ready", "task.reminder", "task.overdue"], "{server}");
        assert_eq!(topics(&house, "broker-1").await, ["declaration.overdue"], "{server}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_another_process_enters_is_told_from_then_on() {
    for (server, database) in databases().await {
        let house = house(database.clone()).await;
        house.declare(chicken()).await;
        let case = motcua::service::new_case(moment(NOW));
        let what = ("organisation.created".to_owned(), "vet-2".to_owned());
        let event = Event::Window(WindowEvent::Account { what: what.0, whom: what.1 });
        let entry = Entry { case, number: 1, at: moment(NOW), by: Author::system(), event };
        let mut writer = database.write().await.unwrap();
        let link = &mut writer.link();
        let edit = OrganisationEdit { agency: Some(VET.to_owned()), ..OrganisationEdit::named("Chi cục") };
        let id = OrganisationId::parse("vet-2").unwrap();
        create_organisation(link, &id, OrganisationKind::Agency, &edit, moment(NOW)).await.unwrap();
        let mut appending = Appending::begin(link).await.unwrap();
        appending.push(&mut Head::NONE.clone(), &entry).unwrap();
        appending.write(link).await.unwrap();
        writer.commit().await.unwrap();
        let other =
            String::from_utf8(chicken()).unwrap().replace("107000000010", "107000000011").replace("3c0010", "3c0011");
        house.declare(other.into_bytes()).await;
        assert_eq!(topics(&house, "vet-2").await, ["task.ready"], "{server}");
        assert_eq!(topics(&house, "vet").await, ["task.ready"; 2], "{server}");
        house.service.stop().await;
    }
}

/// Sends a message whose answer is wanted in its own family.
async fn send_in_family(house: &House, bytes: Vec<u8>) -> Answer {
    send_by(house, principal(), bytes).await
}

async fn send_by(house: &House, principal: Principal, bytes: Vec<u8>) -> Answer {
    let sent = Sent { bytes, principal: Arc::new(principal), key: None, lang: Lang::Vi, wanted: Wanted::Family };
    house.service.take(Lane::Ordinary, sent).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declares_in_an_envelope_has_a_receipt_at_once_and_the_decision_in_an_envelope_of_its_own() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let answer = send_in_family(&house, chicken()).await;
        let receipt = receive(&answer.body, &ReadOptions::default()).unwrap();
        assert!(matches!(receipt.content, Content::Receipt(_)), "{server}");
        let told = letters(&house, "broker-1").await;
        assert_eq!(
            told.iter().map(|letter| letter.message.topic.as_str()).collect::<Vec<_>>(),
            ["declaration.decided"]
        );
        let text = std::str::from_utf8(&told[0].message.body).unwrap();
        let head = receive(text.as_bytes(), &ReadOptions::default()).map_or_else(|no| no.head, |read| Some(read.head));
        let head = head.unwrap();
        assert_eq!(head.family, Family::Envelope, "{server}");
        assert_eq!((head.subject.kind.as_ref(), head.subject.function.as_ref()), ("30", "04"), "{server}: held");
        assert_eq!(head.to.identity, "0312456780", "{server}: to the one who sent it");
        assert_eq!(head.message_id.as_deref(), Some(told[0].message.id.as_str()), "{server}");
        assert!(text.contains("<LineDecision>hold</LineDecision>"), "{server}: {text}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declares_by_wco_is_told_of_clearance_by_its_response() {
    for (server, database) in databases().await {
        let house = house(database).await;
        house.service.shared().clock.set(moment("2026-11-02T09:00:00+07:00"));
        let answer =
            send_in_family(&house, wco(&[line("02071410", "Cánh gà đông lạnh", "BR", "A11")]).into_bytes()).await;
        assert_eq!(answer.status, 201, "{server}");
        assert_eq!(topics(&house, "broker-1").await, [""; 0], "{server}: the answer has said it");
        let case = {
            let mut reader = house.service.shared().database.read().await.unwrap();
            cases::declarations_named(&mut reader.link(), "TEST-1", 2).await.unwrap()[0].case
        };
        for _ in 0..2 {
            let keys = task_keys(&house, case).await;
            issue(&house, case, &keys[0]).await;
        }
        let last = letters(&house, "broker-1").await.pop().unwrap();
        assert_eq!(
            (last.message.topic.as_str(), last.message.content_type.as_str()),
            ("declaration.cleared", "application/xml; charset=utf-8")
        );
        let text = std::str::from_utf8(&last.message.body).unwrap();
        assert!(text.contains("<FunctionCode>09</FunctionCode>") && text.contains("TEST-1"), "{server}: {text}");
        let id = last.message.id.replace('-', "");
        assert!(text.contains(&format!("<FunctionalReferenceID>{id}</FunctionalReferenceID>")), "{server}: {text}");
        house.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_goes_to_its_agency_as_it_came_and_comes_back_in_the_words_of_its_procedure() {
    for (server, database) in databases().await {
        let house = house(database).await;
        let (gateway, _) = endpoint::new(
            ("vet", EndpointKind::SoapGateway, "https://gateway.example/nsw"),
            &Reach::default(),
            &mut Sevens,
            moment(NOW),
        )
        .unwrap();
        let set = house
            .service
            .writer()
            .run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &gateway, &Author::system()).await?) }));
        set.await.unwrap();
        // No procedure has an envelope for this: the agency fetches it.
        house.declare(chicken()).await;
        assert_eq!(topics(&house, "vet").await, ["task.ready"], "{server}");

        let application = String::from_utf8(fixture("vnsw/terrestrial-certificate.xml")).unwrap();
        let application = application.replace("<function>02</function>", "<function>01</function>").into_bytes();
        let answer = send_in_family(&house, application.clone()).await;
        assert_eq!(
            answer.status,
            200,
            "{server}: {}",
            String::from_utf8_lossy(&answer.body).chars().skip(900).collect::<String>()
        );
        let mut passed_on = letters(&house, "vet").await;
        assert_eq!(passed_on.remove(0).message.content_type, "application/json", "{server}");
        assert_eq!(passed_on.len(), 1, "{server}");
        assert_eq!(passed_on[0].message.topic, "dossier.apply", "{server}");
        assert_eq!(passed_on[0].message.body, application.trim_ascii_end(), "{server}");

        let dossier = passed_on[0].message.case.unwrap();
        let ask = DossierAct::Do {
            act: Meaning::Ask,
            note: "thiếu hợp đồng".to_owned(),
            given: Given::default(),
            paper: None,
        };
        let act = Act::Dossier { case: dossier, act: Box::new(ask), seen: None };
        house.service.act(act, officer("vet", "an")).await.unwrap();
        let letter = letters(&house, "broker-1").await.pop().unwrap();
        assert_eq!(letter.message.topic, "dossier.ask", "{server}");
        let read = receive(&letter.message.body, &ReadOptions::default()).unwrap();
        let applied = receive(&application, &ReadOptions::default()).unwrap();
        assert_eq!(read.head.subject.reference, applied.head.subject.reference, "{server}");
        assert_eq!(read.head.to, applied.head.from, "{server}");
        let Content::Letter(said) = &read.content else { panic!("{server}: no letter") };
        assert_eq!(said.papers[0].reason.as_deref(), Some("thiếu hợp đồng"), "{server}");
        assert_eq!(said.procedure, "BNNPTNT0600012", "{server}");

        // What the agency's own system writes reaches the trader as it is.
        let other = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let reference = &applied.head.subject.reference;
            let id = receive(bytes, &ReadOptions::default()).unwrap().head.message_id.unwrap();
            text.replace(reference.as_ref(), &format!("{reference}9")).replace(id.as_ref(), &format!("{id}9"))
        };
        assert_eq!(send_in_family(&house, other(&application).into_bytes()).await.status, 200, "{server}");
        let written = other(&letter.message.body).into_bytes();
        let agency = Principal {
            organisation: OrganisationId::parse("vet").unwrap(),
            kind: OrganisationKind::Agency,
            agency: Some(VET.to_owned()),
            ..principal()
        };
        assert_eq!(send_by(&house, agency, written.clone()).await.status, 200, "{server}");
        assert_eq!(letters(&house, "broker-1").await.pop().unwrap().message.body, written, "{server}");
        house.service.stop().await;
    }
}
