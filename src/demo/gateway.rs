//! The gateway of an agency of a demonstration: its messages are delivered to it, and some of them it
//! does not take.
//!
//! It listens on this machine, and what goes to it goes as to every other endpoint: what it refuses
//! is tried again, given up, and makes a step stuck, for an operator to see to. What was given up once
//! is taken when it comes again. Nobody of the agency begins what it was not told of: the desks ask
//! here first ([`Gateway::knows`]).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Router, routing};

use super::DemoError;
use super::accounts::organisation_of;
use crate::clearance::case::{Author, CaseId};
use crate::exchange::signature::MESSAGE_ID;
use crate::exchange::{Network, Reach, endpoint};
use crate::service::{Service, tasks_named};
use crate::store::StoreError;
use crate::store::endpoints::{self, EndpointKind};
use crate::store::lists::{self, TaskFilter, TaskRow};
use crate::store::outbox::{self, Letter};
use crate::store::people::SystemRandom;
use crate::store::project::TaskState;

/// Steps that wait for an operator at most.
const LEFT: usize = 3;
/// Messages that were given up at most: not each makes a step stuck.
const DEAD: usize = 4 * LEFT;
/// Rows that are read in one go.
const PAGE: u32 = 200;
/// What only this machine reaches.
const THIS_MACHINE: [&str; 2] = ["127.0.0.0/8", "::1"];
/// The path of its address.
const PATH: &str = "/gateway";
/// What it does not take: the notice of new work. Without it nobody of the agency hears of a task.
const NOTICE: &[u8] = br#""topic":"task.ready""#;

/// Where a demonstration's messages may go beside what the settings say: this machine.
pub fn reach(mut reach: Reach) -> Reach {
    reach.allowed.extend(THIS_MACHINE.iter().filter_map(|network| network.parse::<Network>().ok()));
    reach
}

/// What it refuses, by the ids of messages.
#[derive(Debug, Default)]
struct Refusing {
    /// So many more may be refused.
    room: usize,
    /// These are, until they are given up, with the tasks that they tell of.
    refused: HashMap<String, BTreeSet<String>>,
    /// These were given up, and are taken.
    given_up: HashSet<String>,
    /// Tasks that the agency was told of.
    told: HashSet<String>,
}

impl Refusing {
    /// Whether it takes a message.
    fn takes(&mut self, id: &str, body: &[u8]) -> bool {
        if self.refused.contains_key(id) {
            return false;
        }
        if memchr::memmem::find(body, NOTICE).is_none() {
            return true;
        }
        let tasks = tasks_named(body).unwrap_or_default();
        let is_new = !tasks.is_empty() && tasks.iter().all(|task| !self.told.contains(task));
        if self.room == 0 || self.given_up.contains(id) || !is_new {
            self.told.extend(tasks);
            return true;
        }
        self.room -= 1;
        self.refused.insert(id.to_owned(), tasks);
        false
    }

    /// Hears which messages are given up, and how many steps are stuck.
    fn hear(&mut self, dead: impl Iterator<Item = String>, stuck: usize) {
        let dead: HashSet<String> = dead.collect();
        self.refused.retain(|id, _| !dead.contains(id));
        let most = if dead.len() < DEAD { LEFT } else { 0 };
        self.room = most.saturating_sub(stuck + self.refused.len());
        self.given_up.extend(dead);
    }
}

/// The gateway.
#[derive(Debug)]
pub(super) struct Gateway {
    organisation: String,
    refusing: Arc<Mutex<Refusing>>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    /// Opens it, for the agency that had one before in this database, else for the one with the most
    /// work among `tasks`. None where there is no agency.
    pub(super) async fn open(service: &Service, tasks: &[TaskRow]) -> Result<Option<Self>, DemoError> {
        let before = before(service).await?;
        let is_new = before.is_none();
        let Some(organisation) = before.or_else(|| busiest(tasks)) else { return Ok(None) };
        let mut news = unfetched(service, &organisation).await?;
        if is_new {
            news = acknowledge(service, &organisation, tasks, news).await?;
        }
        // What a notice names that is over by now is no news any more: refusing it makes nothing stuck.
        let named: BTreeSet<String> =
            news.iter().filter_map(|news| tasks_named(&news.message.body)).flatten().collect();
        let untouched: HashSet<&String> = tasks.iter().filter(|task| is_untouched(task)).map(|task| &task.id).collect();
        let over = named.iter().filter(|task| !untouched.contains(task)).cloned();
        let told = over.chain(tasks.iter().map(|task| task.id.clone()).filter(|task| !named.contains(task))).collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}{PATH}", listener.local_addr()?);
        let refusing = Arc::new(Mutex::new(Refusing { room: LEFT, told, ..Refusing::default() }));
        let router = Router::new().route(PATH, routing::post(take)).with_state(Arc::clone(&refusing));
        let server = axum_server::from_tcp(listener)?;
        let task = tokio::spawn(server.serve(router.into_make_service()));
        let now = service.shared().clock.now();
        let asked = (organisation.as_str(), EndpointKind::Webhook, url.as_str());
        let (made, _) = endpoint::new(asked, &reach(Reach::default()), &mut SystemRandom, now)?;
        let set = service
            .writer()
            .run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &made, &Author::system()).await?) }));
        set.await?;
        Ok(Some(Self { organisation, refusing, task }))
    }

    /// Whether the agency of a task knows of it: this one begins nothing that it was not told of.
    pub(super) fn knows(&self, task: &TaskRow) -> bool {
        let is_own = task.agency.as_deref().map(organisation_of).as_deref() == Some(&self.organisation);
        !is_own || !is_untouched(task) || lock(&self.refusing).told.contains(&task.id)
    }

    /// Looks at what was given up.
    pub(super) async fn look(&self, service: &Service) -> Result<(), StoreError> {
        let mut reader = service.shared().database.read().await?;
        let dead = outbox::dead(&mut reader.link(), Some(&self.organisation), None, PAGE).await?;
        let filter = TaskFilter { state: Some(TaskState::Stuck.as_str().to_owned()), ..TaskFilter::default() };
        let stuck = lists::tasks(&mut reader.link(), &lists::Desk::All, &filter, None, PAGE).await?;
        lock(&self.refusing).hear(dead.rows.into_iter().map(|letter| letter.message.id), stuck.rows.len());
        Ok(())
    }
}

fn lock(refusing: &Mutex<Refusing>) -> MutexGuard<'_, Refusing> {
    refusing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a message, or not.
async fn take(
    State(refusing): State<Arc<Mutex<Refusing>>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let id = headers.get(MESSAGE_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    if lock(&refusing).takes(id, &body) {
        (StatusCode::OK, "")
    } else {
        (StatusCode::FORBIDDEN, "the agency's system does not take this: its own queue is full")
    }
}

/// The organisation that has such a gateway already.
async fn before(service: &Service) -> Result<Option<String>, StoreError> {
    let mut reader = service.shared().database.read().await?;
    let all = endpoints::all(&mut reader.link(), "", PAGE.into()).await?;
    Ok(all.into_iter().find(|one| one.url.ends_with(PATH)).map(|one| one.organisation))
}

/// The agency with the most tasks that nobody has taken up.
fn busiest(tasks: &[TaskRow]) -> Option<String> {
    let mut counted: HashMap<&str, usize> = HashMap::new();
    for agency in tasks.iter().filter(|task| is_untouched(task)).filter_map(|task| task.agency.as_deref()) {
        *counted.entry(agency).or_default() += 1;
    }
    counted.into_iter().max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0))).map(|(agency, _)| organisation_of(agency))
}

fn is_untouched(task: &TaskRow) -> bool {
    task.kind == "dossier" && task.state == "ready" && task.dossier.is_none()
}

/// The messages that an agency has not got yet.
async fn unfetched(service: &Service, agency: &str) -> Result<Vec<Letter>, StoreError> {
    let (mut after, mut all) = (0, Vec::new());
    loop {
        let mut reader = service.shared().database.read().await?;
        let letters = outbox::unfetched(&mut reader.link(), agency, after, PAGE.into()).await?;
        let Some(last) = letters.last() else { return Ok(all) };
        after = last.number;
        all.extend(letters);
    }
}

/// Until now the agency has fetched its messages: all but those of what it has not taken up yet, which
/// are given.
async fn acknowledge(
    service: &Service,
    agency: &str,
    tasks: &[TaskRow],
    letters: Vec<Letter>,
) -> Result<Vec<Letter>, DemoError> {
    let new: HashSet<CaseId> = tasks
        .iter()
        .filter(|task| is_untouched(task) && task.agency.as_deref().map(organisation_of).as_deref() == Some(agency))
        .map(|task| task.case)
        .collect();
    let (news, read): (Vec<_>, Vec<_>) =
        letters.into_iter().partition(|letter| letter.message.case.is_some_and(|case| new.contains(&case)));
    let read: Vec<String> = read.into_iter().map(|letter| letter.message.id).collect();
    let agency = agency.to_owned();
    let done = service.writer().run(move |desk| {
        Box::pin(async move {
            let now = desk.now;
            Ok(outbox::delivered(&mut desk.link(), &agency, &read, now).await?)
        })
    });
    done.await?;
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_notices_are_refused_until_they_are_given_up_and_then_taken() {
        let notice =
            |task: &str| format!(r#"{{"id":"1","topic":"task.ready","tasks":[{{"id":"{task}"}}]}}"#).into_bytes();
        let mut refusing = Refusing { room: 2, ..Refusing::default() };
        assert!(refusing.takes("other", br#"{"topic":"declaration.cleared"}"#));
        assert_eq!(["a", "b", "c", "a"].map(|id| refusing.takes(id, &notice(id))), [false, false, true, false]);
        refusing.hear(["a".to_owned()].into_iter(), 1);
        assert!(refusing.takes("a", &notice("a")), "sent again it is taken");
        assert!(!refusing.takes("b", &notice("b")), "it is still tried");
        refusing.hear(["a".to_owned(), "b".to_owned()].into_iter(), 1);
        assert!(!refusing.takes("d", &notice("d")), "one step was not stuck: there is room for two more");
        assert!(!refusing.takes("e", &notice("e")));
        assert!(refusing.takes("f", &notice("f")));
        refusing.hear((0..DEAD).map(|number| number.to_string()), 0);
        assert!(refusing.takes("g", &notice("g")), "enough was given up");
    }

    #[test]
    fn what_an_agency_was_told_of_is_no_news() {
        let notice = |tasks: &str| format!(r#"{{"topic":"task.ready","tasks":[{tasks}]}}"#).into_bytes();
        let mut refusing = Refusing { room: 2, told: HashSet::from(["1".to_owned()]), ..Refusing::default() };
        assert!(refusing.takes("a", &notice(r#"{"id":"1"},{"id":"2"}"#)), "it knows of one");
        assert!(refusing.takes("b", &notice(r#"{"id":"2"}"#)), "and was told of the other");
        assert!(!refusing.takes("c", &notice(r#"{"id":"3"}"#)));
        assert!(!refusing.told.contains("3"));
        refusing.hear(["c".to_owned()].into_iter(), 1);
        assert!(refusing.takes("c", &notice(r#"{"id":"3"}"#)));
        assert!(refusing.told.contains("3"), "the second time it is taken");
    }
}
