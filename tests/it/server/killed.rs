//! The service killed between two instructions, under load, again and again. `MOTCUA_TEST_FULL=1`
//! kills it a hundred times on each server, else three times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use motcua::generate::{Generator, Plan, Style};
use motcua::people::{OrganisationId, OrganisationKind};
use motcua::service::clock::Clock;
use motcua::store::Database;
use motcua::store::people::{OrganisationEdit, create_organisation};
use tokio::task::JoinSet;

use crate::exchange::office::Office;
use crate::exchange::receiver::{Receiver, Reply};
use crate::process::{Process, Wire, broker, motcua};
use crate::store::raw::{Cell, Raw};
use crate::store::servers::addresses;

/// Connections that send at once.
const SENDERS: u64 = 8;
/// Time enough for what is left to be done.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was answered to a declaration, by its number.
type Answers = BTreeMap<u64, (u16, Vec<u8>)>;

/// One who sends: his declarations one after the other, each until it is answered.
struct Sender {
    next: u64,
    answers: Answers,
}

impl Sender {
    /// Sends until the service goes or is asked to.
    async fn send(&mut self, process: std::net::SocketAddr, key: &str, traffic: &Generator<'_>, enough: &AtomicBool) {
        let Ok(mut wire) = Wire::open(process).await else { return };
        while !enough.load(Ordering::Relaxed) {
            match wire.send(key, "application/json", &traffic.document(self.next)).await {
                // It cannot be done now: the same again.
                Ok((429 | 503, _)) => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(answer) => {
                    self.answers.insert(self.next, answer);
                    self.next += SENDERS;
                }
                Err(_) => return,
            }
        }
    }
}

/// Each agency of the pack with a receiver of its own for what it is told.
async fn agencies(database: &Database) -> Vec<(String, Receiver)> {
    let office = Office::open(database.clone());
    let mut receivers = Vec::new();
    for (at, agency) in motcua::embedded::pack().agencies.iter().enumerate() {
        let id = format!("agency-{at}");
        let mut writer = database.write().await.unwrap();
        let edit = OrganisationEdit { agency: Some(agency.code.clone()), ..OrganisationEdit::named(&agency.code) };
        let organisation = OrganisationId::parse(&id).unwrap();
        let kind = OrganisationKind::Agency;
        create_organisation(&mut writer.link(), &organisation, kind, &edit, Clock::machine().now()).await.unwrap();
        writer.commit().await.unwrap();
        let receiver = Receiver::start(|_| Reply::Status(200)).await;
        office.webhook(&id, &receiver.url()).await;
        receivers.push((id, receiver));
    }
    receivers
}

async fn number(raw: &mut Raw, text: &str) -> i64 {
    match raw.rows(text).await.as_slice() {
        [row] => match row.as_slice() {
            [Cell::Number(number)] => *number,
            other => panic!("{text}: {other:?}"),
        },
        rows => panic!("{text}: {rows:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_however_often_the_service_is_killed() {
    let full = std::env::var_os("MOTCUA_TEST_FULL").is_some_and(|full| full == "1");
    for (server, address) in addresses().await {
        killed(server, &address, if full { 100 } else { 3 }).await;
    }
}

async fn killed(server: &str, address: &str, times: u32) {
    let pack = motcua::embedded::pack();
    let plan = Plan { lines: Some(5), ..Plan::before_edition(pack, 7, Style::National) };
    let traffic = Arc::new(Generator::new(pack, plan).unwrap());
    let database = Database::open(address).await.unwrap();
    let receivers = agencies(&database).await;
    let key: Arc<str> = broker(address, "broker-1").into();
    let mut senders: Vec<Sender> = (0..SENDERS).map(|next| Sender { next, answers: Answers::new() }).collect();

    for round in 0..=times {
        let process = Process::start(address, None);
        let enough = Arc::new(AtomicBool::new(false));
        let mut sending = JoinSet::new();
        for mut sender in std::mem::take(&mut senders) {
            let (key, traffic, enough) = (Arc::clone(&key), Arc::clone(&traffic), Arc::clone(&enough));
            let at = process.address;
            sending.spawn(async move {
                sender.send(at, &key, &traffic, &enough).await;
                sender
            });
        }
        let pause = 100 + u64::from(getrandom::u32().unwrap() % 900);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if round < times {
            process.kill();
            senders = sending.join_all().await;
            continue;
        }
        // The last time it lives, and everybody is served.
        enough.store(true, Ordering::Relaxed);
        senders = sending.join_all().await;
        once_each(server, &process, &key, &traffic, &senders).await;
        everybody_was_told(server, &database, &receivers).await;
        assert!(process.end(), "{server}: the service ends in peace");
    }
    no_decision_twice(server, &database, &senders).await;
    database.close().await;
    for command in ["verify", "rebuild"] {
        let output = motcua(address).args([command, "--database", address]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{server} {command}: {told}{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Whatever was answered is answered again byte for byte.
async fn once_each(server: &str, process: &Process, key: &str, traffic: &Generator<'_>, senders: &[Sender]) {
    let mut wire = Wire::open(process.address).await.unwrap();
    for (index, (status, body)) in senders.iter().flat_map(|sender| &sender.answers) {
        let again = wire.send(key, "application/json", &traffic.document(*index)).await.unwrap();
        assert!(
            again == (*status, body.clone()),
            "{server}: declaration {index} was answered {status}, now {}",
            again.0
        );
    }
}

/// All that was put into the outbox arrived, in its order for each recipient.
async fn everybody_was_told(server: &str, database: &Database, receivers: &[(String, Receiver)]) {
    let mut raw = Raw::connect(database).await;
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        // The broker has no endpoint: what is for it waits to be fetched.
        let waiting = "SELECT COUNT(*) FROM outbox WHERE state <> 'done' AND recipient LIKE 'agency-%'";
        let waiting = number(&mut raw, waiting).await;
        if waiting == 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < until, "{server}: {waiting} messages are not delivered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut told = 0;
    for (id, receiver) in receivers {
        let put = number(&mut raw, &format!("SELECT COUNT(*) FROM outbox WHERE recipient = '{id}'")).await;
        let mut ids = BTreeMap::new();
        let mut order = Vec::new();
        for seen in receiver.seen() {
            if let Some(before) = ids.insert(seen.id(), seen.number()) {
                assert_eq!(before, seen.number(), "{server} {id}: a message keeps its number");
            } else {
                order.push(seen.number());
            }
        }
        assert_eq!(order, (1..=put).collect::<Vec<_>>(), "{server} {id}: each once, in order");
        told += put;
    }
    assert!(told > 0, "{server}: nobody was told of anything");
    raw.close().await;
}

async fn no_decision_twice(server: &str, database: &Database, senders: &[Sender]) {
    let answered: BTreeMap<&u64, &(u16, Vec<u8>)> = senders.iter().flat_map(|sender| &sender.answers).collect();
    let registered = answered.values().filter(|(status, _)| *status == 201).count();
    assert!(registered > 20, "{server}: only {registered} declarations were taken");
    let mut raw = Raw::connect(database).await;
    // What was taken and never answered may be there too: of each sender the one that was on its way.
    let kept = number(&mut raw, "SELECT COUNT(*) FROM messages").await;
    let most = answered.len() + senders.len();
    assert!((answered.len()..=most).contains(&usize::try_from(kept).unwrap()), "{server}: {kept} of {most} messages");
    let cases = number(&mut raw, "SELECT COUNT(*) FROM declarations").await;
    let entered = number(&mut raw, "SELECT COUNT(*) FROM journal WHERE kind = 'declaration.registered'").await;
    let decided = "SELECT COUNT(*) FROM journal WHERE kind = 'declaration.decided' AND event LIKE '%registration%'";
    let decided = number(&mut raw, decided).await;
    assert_eq!((entered, decided), (cases, cases), "{server}: each declaration is registered and decided once");
    let mut seen = BTreeSet::new();
    for (status, body) in answered.values() {
        if *status == 201 {
            let body: serde_json::Value = serde_json::from_slice(body).unwrap();
            assert!(seen.insert(body["id"].as_str().unwrap().to_owned()), "{server}: two messages, one case");
        }
    }
    assert!(usize::try_from(cases).unwrap() >= seen.len(), "{server}: {cases} cases, {} answered", seen.len());
    raw.close().await;
}
