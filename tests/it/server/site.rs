//! A server on a port of its own, with an organisation of each kind.

use std::sync::Arc;

use jiff::Timestamp;
use motcua::exchange::Reach;
use motcua::people::{OrganisationId, OrganisationKind};
use motcua::server::{App, Limits, Running, Serving, serve};
use motcua::service::Service;
use motcua::service::attachments;
use motcua::service::bulk::{Bulk, Settings};
use motcua::service::clock::Clock;
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::store::Database;
use motcua::store::people::{
    EVERYBODY, Mandate, NewKey, OrganisationEdit, SystemRandom, create_organisation, give_mandate, issue_key,
};
use motcua::store::project::ClockPolicy;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// Asks a server, in whatever order tests run: each has the cryptography that a client wants.
pub(crate) fn client() -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::new()
}

/// A server.
pub(crate) struct Site {
    pub(crate) app: Arc<App>,
    running: Running,
    client: Client,
    pub(crate) keys: Vec<(String, String)>,
}

/// Organisations of the tests: id, kind, tax code, agency.
const ORGANISATIONS: [(&str, OrganisationKind, Option<&str>, Option<&str>); 10] = [
    ("broker", OrganisationKind::Broker, None, None),
    ("stranger", OrganisationKind::Trader, Some("0999999999"), None),
    ("hai-van", OrganisationKind::Trader, Some("0401345678"), None),
    ("vet", OrganisationKind::Agency, None, Some("BNNPTNT-CNTY")),
    ("health", OrganisationKind::Agency, None, Some("BYT-MTYT")),
    ("other-agency", OrganisationKind::Agency, None, Some("BYT-ATTP")),
    ("food", OrganisationKind::Agency, None, Some("BYT-CATTP")),
    ("trade", OrganisationKind::Agency, None, Some("BCT-CHC")),
    ("customs", OrganisationKind::Customs, None, None),
    ("operator", OrganisationKind::Operator, None, None),
];

impl Site {
    /// Serves a database, at a moment.
    pub(crate) async fn open(database: Database, now: Timestamp) -> Self {
        Self::open_with(database, now, Limits::default(), None).await
    }

    /// The same within limits, taking bulk jobs.
    pub(crate) async fn open_with(database: Database, now: Timestamp, limits: Limits, bulk: Option<Settings>) -> Self {
        let app = |service| {
            let bulk = bulk.map(|settings| Bulk::start(&service, settings).unwrap());
            let app = App::new(service, limits, None);
            match bulk {
                Some(bulk) => app.with_bulk(bulk),
                None => app,
            }
        };
        Self::serve(database, now, app).await
    }

    /// The same, attaching what is said.
    pub(crate) async fn open_attaching(database: Database, now: Timestamp, settings: attachments::Settings) -> Self {
        let app = |service| App::new(service, Limits::default(), None).with_attachments(settings);
        Self::serve(database, now, app).await
    }

    /// The same, reaching endpoints within bounds.
    pub(crate) async fn open_reaching(database: Database, now: Timestamp, reach: Reach) -> Self {
        Self::serve(database, now, |service| App::new(service, Limits::default(), None).within(reach)).await
    }

    async fn serve(database: Database, now: Timestamp, app: impl FnOnce(Service) -> App) -> Self {
        let mut writer = database.write().await.unwrap();
        let mut keys = Vec::new();
        for (id, kind, identity, agency) in ORGANISATIONS {
            let link = &mut writer.link();
            let organisation = OrganisationId::parse(id).unwrap();
            let edit = OrganisationEdit {
                identity: identity.map(str::to_owned),
                agency: agency.map(str::to_owned),
                ..OrganisationEdit::named(id)
            };
            create_organisation(link, &organisation, kind, &edit, now).await.unwrap();
            if kind == OrganisationKind::Broker {
                let valid_from = "2020-01-01".parse().unwrap();
                let mandate = Mandate { trader: EVERYBODY.to_owned(), valid_from, valid_to: None };
                give_mandate(link, &organisation, &mandate).await.unwrap();
            }
            let key = NewKey { organisation, person: None, label: "test".to_owned(), expires_at: None };
            let (_, secret, _) = issue_key(link, &key, &mut SystemRandom, now).await.unwrap();
            keys.push((id.to_owned(), secret.reveal().to_owned()));
        }
        writer.commit().await.unwrap();
        Self::again_as(database, now, keys, app).await
    }

    /// Serves a database that has the organisations and their keys.
    pub(crate) async fn again(database: Database, now: Timestamp, keys: Vec<(String, String)>) -> Self {
        Self::again_as(database, now, keys, |service| App::new(service, Limits::default(), None)).await
    }

    async fn again_as(
        database: Database,
        now: Timestamp,
        keys: Vec<(String, String)>,
        app: impl FnOnce(Service) -> App,
    ) -> Self {
        let law = LawBook::new(motcua::embedded::pack());
        let shared = Shared::new(database, Clock::by_hand(now), law, ClockPolicy::default(), None);
        let service = Service::start(Arc::new(shared)).await.unwrap();
        let app = Arc::new(app(service));
        let serving = Serving { listen: "127.0.0.1:0".parse().unwrap(), tls: None };
        let running = serve(Arc::clone(&app), &serving).await.unwrap();
        Self { app, running, client: client(), keys }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.running.address.to_string()
    }

    /// A request as an organisation, or with a token or key; as nobody without one.
    pub(crate) fn request(&self, who: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("http://{}{path}", self.running.address));
        match self.keys.iter().find(|(id, _)| id == who) {
            Some((_, key)) => request.header("authorization", format!("Bearer {key}")),
            None if who.is_empty() => request,
            None => request.header("authorization", format!("Bearer {who}")),
        }
    }

    /// Asks for something as JSON.
    pub(crate) async fn get(&self, who: &str, path: &str) -> (u16, Value) {
        json(self.request(who, Method::GET, path).header("accept", "application/json").send().await.unwrap()).await
    }

    /// Acts.
    pub(crate) async fn act(&self, who: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(who, Method::POST, path).header("content-type", "application/json");
        json(request.body(body.to_string()).send().await.unwrap()).await
    }

    /// Sends a message.
    pub(crate) async fn send(&self, who: &str, bytes: Vec<u8>, accept: &str) -> Response {
        self.request(who, Method::POST, "/v1/messages").header("accept", accept).body(bytes).send().await.unwrap()
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.app.shared().stop();
        self.running.stop().await;
    }
}

/// The status and the body of a response.
pub(crate) async fn json(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
