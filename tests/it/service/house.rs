//! A service on a database of its own, with a clock that is moved by hand.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use motcua::clearance::case::{Author, CaseId, Role};
use motcua::clearance::explain::Lang;
use motcua::people::{Mandates, OrganisationId, OrganisationKind, Principal, SignIn};
use motcua::service::Service;
use motcua::service::clock::Clock;
use motcua::service::intake::{Sent, Wanted};
use motcua::service::lanes::Lane;
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::store::Database;
use motcua::store::messages::Answer;
use motcua::store::project::ClockPolicy;
use serde_json::Value;

/// A running service.
pub(crate) struct House {
    pub(crate) service: Service,
}

/// Who files in the tests.
pub(crate) fn broker() -> Author {
    Author { role: Role::Broker, organisation: Some("broker-1".to_owned()), person: None }
}

/// The same as the rights see it.
pub(crate) fn principal() -> Principal {
    Principal {
        organisation: OrganisationId::parse("broker-1").unwrap(),
        kind: OrganisationKind::Broker,
        identity: None,
        agency: None,
        mandates: Mandates::Everybody,
        per_second: None,
        person: None,
        sign_in: SignIn::ApiKey,
    }
}

/// An officer of an agency.
pub(crate) fn officer(agency: &str, name: &str) -> Author {
    Author { role: Role::Agency, organisation: Some(agency.to_owned()), person: Some(name.to_owned()) }
}

/// A customs officer.
pub(crate) fn customs() -> Author {
    Author { role: Role::Customs, organisation: Some("customs".to_owned()), person: Some("officer".to_owned()) }
}

/// A moment of the tests: `2026-07-20T09:00:00+07:00`.
pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

impl House {
    /// Starts on a database at a moment.
    pub(crate) async fn start(database: Database, now: Timestamp) -> Self {
        let law = LawBook::new(motcua::embedded::pack());
        let shared = Shared::new(database, Clock::by_hand(now), law, ClockPolicy::default(), None);
        Self { service: Service::start(Arc::new(shared)).await.unwrap() }
    }

    /// Sends a message.
    pub(crate) async fn send(&self, bytes: Vec<u8>) -> Answer {
        let principal = Arc::new(principal());
        let message = Sent { bytes, principal, key: None, lang: Lang::En, wanted: Wanted::Json };
        self.service.take(Lane::Ordinary, message).await.unwrap()
    }

    /// Sends a declaration; gives its case and what was answered.
    pub(crate) async fn declare(&self, bytes: Vec<u8>) -> (CaseId, Value) {
        let answer = self.send(bytes).await;
        let body = json(&answer);
        assert_eq!(answer.status, 201, "{body}");
        (body["id"].as_str().unwrap().parse().unwrap(), body)
    }
}

/// The body of an answer.
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}
