//! A partner's window to exchange with: a second, real gateway with its own store, whose authority
//! issues certificates and whose customs answers by itself.

use std::net::SocketAddr;
use std::sync::Arc;

use super::DemoError;
use super::keys::GatewayKeys;
use crate::clearance::case::certificate::Using;
use crate::clearance::case::{Author, CaseId, Role};
use crate::exchange::folder::Inboxes;
use crate::exchange::registry::{self, Entering};
use crate::exchange::{Deliveries, Reach, Settings, Transport, system_draw};
use crate::law::Pack;
use crate::people::{OrganisationId, OrganisationKind};
use crate::server::{GATEWAY_PATH, Running, serve_partners};
use crate::service::clock::Clock;
use crate::service::gateway::{CertificateAct, Gateway, Mappings};
use crate::service::law_book::LawBook;
use crate::service::shared::Shared;
use crate::service::writer::{WorkError, WriterHandle};
use crate::service::{Service, accounts, new_id};
use crate::store::people::{OrganisationEdit, create_organisation, organisation};
use crate::store::project::ClockPolicy;
use crate::store::{Database, StoreError, certificates};
use crate::trade::{CountryCode, OriginCertificate};

/// What a partner's window is opened with.
#[derive(Debug)]
pub struct Opening {
    /// Its country.
    pub country: CountryCode,
    /// Its store.
    pub database: Database,
    /// Its keys.
    pub keys: GatewayKeys,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it may send.
    pub reach: Reach,
    /// Its time.
    pub clock: Clock,
    /// How messages are delivered.
    pub delivery: Settings,
}

/// A partner's window.
#[derive(Debug)]
pub struct PartnerWindow {
    country: CountryCode,
    service: Service,
    reach: Reach,
    running: Running,
    deliveries: Deliveries,
    inboxes: Inboxes,
}

/// What its officers have done in one look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Doubts that were answered.
    pub answered: u64,
    /// Certificates of others that were used.
    pub used: u64,
}

/// Certificates that are looked at in one go.
const TOGETHER: i64 = 200;

impl PartnerWindow {
    /// Opens it.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn open(opening: Opening, law: &'static Pack) -> Result<Self, DemoError> {
        let Opening { country, database, keys, listen, reach, clock, delivery } = opening;
        let own = |error: String| DemoError::Gateway(std::io::Error::other(error));
        let mappings = Mappings::embedded().map_err(|error| own(error.to_string()))?;
        let gateway = Gateway::new(country, keys.key.as_bytes(), keys.certificate.as_bytes(), mappings);
        let gateway = gateway.map_err(|error| own(error.to_string()))?;
        let shared = Shared::new(database, clock, LawBook::new(law), ClockPolicy::default(), None);
        let service = Service::start(Arc::new(shared.with_gateway(gateway))).await;
        let service = service.map_err(|error| own(error.to_string()))?;
        let (shared, writer) = (Arc::clone(service.shared()), service.writer().clone());
        let settings = Settings { transport: Transport { reach: reach.clone(), ..delivery.transport }, ..delivery };
        let deliveries = Deliveries::start(Arc::clone(&shared), writer.clone(), &settings, system_draw());
        let deliveries = deliveries.map_err(|error| own(error.to_string()))?;
        // INVARIANT: it was given one above.
        let gateway = shared.gateway.clone().ok_or_else(|| own("no gateway".to_owned()))?;
        let running = serve_partners((Arc::clone(&shared), writer.clone()), &gateway, listen);
        let running = running.map_err(|error| own(error.to_string()))?;
        let inboxes = Inboxes::start(shared, writer, gateway);
        Ok(Self { country, service, reach, running, deliveries, inboxes })
    }

    /// Its country.
    pub fn country(&self) -> CountryCode {
        self.country
    }

    /// Where it takes messages.
    pub fn address(&self) -> String {
        format!("https://localhost:{}{GATEWAY_PATH}", self.running.address.port())
    }

    /// What its parts share.
    pub fn shared(&self) -> &Arc<Shared> {
        self.service.shared()
    }

    /// Enters a partner of its own.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn knows(&self, entering: Entering) -> Result<(), DemoError> {
        enter(self.service.writer(), entering, &self.reach).await
    }

    /// Issues a certificate and sends it; one that was issued already is left as it is.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn issue(&self, certificate: OriginCertificate) -> Result<(), DemoError> {
        let mut reader = self.shared().database.read().await?;
        if certificates::case_of(&mut reader.link(), &certificate.key()).await?.is_some() {
            return Ok(());
        }
        drop(reader);
        let by = official(Role::Agency);
        let about = (certificate.certified.authority.clone(), None, None);
        let issued = self
            .service
            .writer()
            .run(move |desk| Box::pin(async move { desk.issue_certificate(certificate, about, &by).await }));
        issued.await?;
        Ok(())
    }

    /// Its officers do their work: doubts are answered, what came is used.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn look(&self) -> Result<Looked, DemoError> {
        let mut looked = Looked::default();
        for case in self.standing("out", "verification_asked").await? {
            let reason = "the exporter's records were looked at".to_owned();
            let act = CertificateAct::AnswerVerification { confirmed: true, reason };
            let by = official(Role::Agency);
            let done = self
                .service
                .writer()
                .run(move |desk| Box::pin(async move { desk.certificate_act(case, &act, &by).await }));
            done.await?;
            looked.answered += 1;
        }
        for case in self.standing("in", "acknowledged").await? {
            let done = self.service.writer().run(move |desk| {
                Box::pin(async move {
                    let Some(known) = desk.certificate(case).await?.cloned() else { return Ok(()) };
                    let Some(content) = known.content else { return Ok(()) };
                    let items = content.items.iter().filter_map(|item| Some((item.number, item.measured()?))).collect();
                    let using = Using { declaration: CaseId(new_id(desk.now)), items, holder: None };
                    desk.use_certificate(&known.key, using, None, &official(Role::Customs)).await
                })
            });
            done.await?;
            looked.used += 1;
        }
        Ok(looked)
    }

    async fn standing(&self, side: &str, status: &str) -> Result<Vec<CaseId>, StoreError> {
        let mut reader = self.shared().database.read().await?;
        certificates::standing(&mut reader.link(), side, status, TOGETHER).await
    }

    /// Ends it: what was taken in is finished.
    pub async fn stop(self) {
        let Self { service, running, deliveries, inboxes, .. } = self;
        service.shared().stop();
        running.stop().await;
        drop(inboxes);
        deliveries.ended().await;
        service.stop().await;
    }
}

/// Enters a partner, with the organisation that it is.
///
/// # Errors
/// [`DemoError`]
pub async fn enter(writer: &WriterHandle, entering: Entering, reach: &Reach) -> Result<(), DemoError> {
    let kind = entering.check(reach).map_err(|error| DemoError::Gateway(std::io::Error::other(error.to_string())))?;
    let id = OrganisationId::parse(&entering.organisation).map_err(crate::store::people::PeopleError::from)?;
    let entered: Result<(), WorkError> = writer
        .run(move |desk| {
            Box::pin(async move {
                let refused = |error: crate::store::people::PeopleError| StoreError::Refused(error.to_string());
                if organisation(&mut desk.link(), &id).await.map_err(refused)?.is_none() {
                    let edit = OrganisationEdit {
                        name: format!("Gateway {}", entering.country),
                        identity: None,
                        agency: None,
                        country: Some(entering.country),
                        per_second: None,
                        active: true,
                    };
                    let now = desk.now;
                    let made = create_organisation(&mut desk.link(), &id, OrganisationKind::Partner, &edit, now).await;
                    accounts::note(desk, &Author::system(), &[made.map_err(refused)?]).await?;
                }
                Ok(registry::enter(desk, &entering, kind, &Author::system()).await?)
            })
        })
        .await;
    Ok(entered?)
}

/// Somebody of the partner's country.
fn official(role: Role) -> Author {
    Author { role, organisation: None, person: None }
}
