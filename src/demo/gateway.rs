//! The gateway of an agency of a demonstration: its messages are delivered to it, and some of them it
//! does not take.
//!
//! It listens on this machine, and what goes to it goes as to every other endpoint: what it refuses
//! is tried again, given up, and makes a step stuck, for an operator to see to. What was given up once
//! is taken when it comes again.

use std::collections::{HashMap, HashSet};
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
use crate::service::Service;
use crate::store::endpoints::{self, EndpointKind};
use crate::store::lists::TaskRow;
use crate::store::people::SystemRandom;
use crate::store::{StoreError, outbox};

/// Messages that wait for an operator at most.
const LEFT: usize = 3;
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
    /// These are, until they are given up.
    refused: HashSet<String>,
    /// These were given up, and are taken.
    given_up: HashSet<String>,
}

impl Refusing {
    /// Whether it takes a message.
    fn takes(&mut self, id: &str, body: &[u8]) -> bool {
        if self.refused.contains(id) {
            return false;
        }
        if self.room == 0 || self.given_up.contains(id) || memchr::memmem::find(body, NOTICE).is_none() {
            return true;
        }
        self.room -= 1;
        self.refused.insert(id.to_owned());
        false
    }

    /// Hears which messages are given up.
    fn hear(&mut self, dead: impl Iterator<Item = String>) {
        let dead: HashSet<String> = dead.collect();
        self.refused.retain(|id| !dead.contains(id));
        self.room = LEFT.saturating_sub(dead.len() + self.refused.len());
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}{PATH}", listener.local_addr()?);
        let refusing = Arc::new(Mutex::new(Refusing { room: LEFT, ..Refusing::default() }));
        let router = Router::new().route(PATH, routing::post(take)).with_state(Arc::clone(&refusing));
        let server = axum_server::from_tcp(listener)?;
        let task = tokio::spawn(server.serve(router.into_make_service()));
        if is_new {
            acknowledge(service, &organisation, tasks).await?;
        }
        let now = service.shared().clock.now();
        let asked = (organisation.as_str(), EndpointKind::Webhook, url.as_str());
        let (made, _) = endpoint::new(asked, &reach(Reach::default()), &mut SystemRandom, now)?;
        let set = service
            .writer()
            .run(move |desk| Box::pin(async move { Ok(endpoint::set(desk, &made, &Author::system()).await?) }));
        set.await?;
        Ok(Some(Self { organisation, refusing, task }))
    }

    /// Looks at what was given up.
    pub(super) async fn look(&self, service: &Service) -> Result<(), StoreError> {
        let mut reader = service.shared().database.read().await?;
        let dead = outbox::dead(&mut reader.link(), Some(&self.organisation), None, PAGE).await?;
        lock(&self.refusing).hear(dead.rows.into_iter().map(|letter| letter.message.id));
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

/// Until now the agency has fetched its messages: all but those of what it has not taken up yet.
async fn acknowledge(service: &Service, agency: &str, tasks: &[TaskRow]) -> Result<(), DemoError> {
    let new: HashSet<CaseId> = tasks
        .iter()
        .filter(|task| is_untouched(task) && task.agency.as_deref().map(organisation_of).as_deref() == Some(agency))
        .map(|task| task.case)
        .collect();
    let (mut after, mut read) = (0, Vec::new());
    loop {
        let mut reader = service.shared().database.read().await?;
        let letters = outbox::unfetched(&mut reader.link(), agency, after, PAGE.into()).await?;
        let Some(last) = letters.last() else { break };
        after = last.number;
        let old = letters.into_iter().filter(|letter| letter.message.case.is_none_or(|case| !new.contains(&case)));
        read.extend(old.map(|letter| letter.message.id));
    }
    let agency = agency.to_owned();
    let done = service.writer().run(move |desk| {
        Box::pin(async move {
            let now = desk.now;
            Ok(outbox::delivered(&mut desk.link(), &agency, &read, now).await?)
        })
    });
    done.await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_notices_are_refused_until_they_are_given_up_and_then_taken() {
        let notice = br#"{"id":"1","topic":"task.ready"}"#;
        let mut refusing = Refusing { room: 2, ..Refusing::default() };
        assert!(refusing.takes("other", br#"{"topic":"declaration.cleared"}"#));
        assert_eq!(["a", "b", "c", "a"].map(|id| refusing.takes(id, notice)), [false, false, true, false]);
        refusing.hear(["a".to_owned()].into_iter());
        assert!(refusing.takes("a", notice), "sent again it is taken");
        assert!(!refusing.takes("b", notice), "it is still tried");
        assert!(!refusing.takes("d", notice), "there is room for one more");
        assert!(refusing.takes("e", notice));
    }
}
