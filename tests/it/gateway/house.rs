//! A window with a gateway of its own, for a country.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use motcua::clearance::case::certificate::Certificate;
use motcua::clearance::case::{Author, CaseId};
use motcua::exchange::registry::{self, Entering};
use motcua::exchange::{Deliveries, Policy, Settings};
use motcua::message::signature::Signer;
use motcua::server::{GATEWAY_PATH, Running, serve_partners};
use motcua::service::Service;
use motcua::service::clock::Clock;
use motcua::service::gateway::{CertificateAct, Gateway, Mappings};
use motcua::service::law_book::LawBook;
use motcua::service::shared::Shared;
use motcua::service::writer::{WorkError, WriterHandle};
use motcua::store::partners::PartnerPolicy;
use motcua::store::project::ClockPolicy;
use motcua::store::{Database, certificates};
use motcua::trade::{CertificateKey, CountryCode, OriginCertificate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};

use crate::exchange::office::{at_once, reach, settings, until};

/// A moment at which all is well.
pub(super) const NOW: &str = "2026-07-20T07:00:00Z";

pub(super) fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).unwrap()
}

/// The keys of a country's gateway.
pub(crate) struct Keys {
    pub(super) authority: CertifiedIssuer<'static, KeyPair>,
    pub(super) key: String,
    pub(super) certificate: String,
}

impl Keys {
    pub(crate) fn new(country: &str) -> Self {
        let pair = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = |name: String, names: Vec<String>| {
            let mut params = CertificateParams::new(names).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2036, 1, 1);
            params
        };
        let mut of_authority = params(format!("{country} root"), Vec::new());
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        of_authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(of_authority, pair()).unwrap();
        let key = pair();
        let mut own = params(format!("{country} gateway"), vec!["localhost".to_owned()]);
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = own.signed_by(&key, &authority).unwrap().pem();
        Self { authority, key: key.serialize_pem(), certificate }
    }

    pub(crate) fn trust(&self) -> String {
        self.authority.pem()
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::from_pem(self.key.as_bytes(), self.certificate.as_bytes()).unwrap()
    }
}

/// A window.
pub(super) struct House {
    pub(super) shared: Arc<Shared>,
    pub(super) writer: WriterHandle,
    pub(super) service: Service,
    pub(super) keys: Keys,
    pub(super) running: Running,
    deliveries: Option<Deliveries>,
}

impl House {
    pub(super) async fn open(database: Database, code: &str) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let keys = Keys::new(code);
        let mappings = Mappings::embedded().unwrap();
        let gateway = Gateway::new(country(code), keys.key.as_bytes(), keys.certificate.as_bytes(), mappings).unwrap();
        let clock = Clock::by_hand(NOW.parse::<Timestamp>().unwrap());
        let law = LawBook::new(motcua::embedded::pack());
        let shared = Shared::new(database, clock, law, ClockPolicy::default(), None).with_gateway(gateway);
        let service = Service::start(Arc::new(shared)).await.unwrap();
        let (shared, writer) = (Arc::clone(service.shared()), service.writer().clone());
        let gateway = shared.gateway.clone().unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let running = serve_partners((Arc::clone(&shared), writer.clone()), &gateway, listen).unwrap();
        Self { shared, writer, service, keys, running, deliveries: None }
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}{GATEWAY_PATH}", self.running.address.port())
    }

    /// Enters a partner.
    pub(super) async fn knows(&self, code: &str, address: &str, trust: &str) {
        self.knows_with(code, (address, trust), Vec::new(), PartnerPolicy::default()).await;
    }

    pub(super) async fn knows_with(
        &self,
        code: &str,
        (address, trust): (&str, &str),
        documents: Vec<String>,
        policy: PartnerPolicy,
    ) {
        let entering = Entering {
            organisation: format!("gateway-{}", code.to_lowercase()),
            country: country(code),
            address: address.to_owned(),
            trust: trust.as_bytes().to_vec(),
            documents,
            policy,
        };
        let kind = entering.check(&reach()).unwrap();
        self.writer
            .run(move |desk| {
                Box::pin(async move { Ok(registry::enter(desk, &entering, kind, &Author::system()).await?) })
            })
            .await
            .unwrap();
    }

    /// Begins to deliver.
    pub(super) fn deliver(&mut self) {
        let settings =
            Settings { policy: Policy { base: Duration::from_millis(50), ..Policy::default() }, ..settings() };
        let started = Deliveries::start(Arc::clone(&self.shared), self.writer.clone(), &settings, at_once());
        self.deliveries = Some(started.unwrap());
    }

    pub(super) async fn issue(&self, certificate: &OriginCertificate) -> Result<CaseId, WorkError> {
        let certificate = certificate.clone();
        let about = (Some("ISSUER".to_owned()), None, None);
        self.writer
            .run(move |desk| {
                Box::pin(async move { desk.issue_certificate(certificate, about, &Author::system()).await })
            })
            .await
    }

    pub(super) async fn act(&self, key: &CertificateKey, act: CertificateAct) -> Result<(), WorkError> {
        let case = self.case(key).await.unwrap();
        self.writer
            .run(move |desk| Box::pin(async move { desk.certificate_act(case, &act, &Author::system()).await }))
            .await
    }

    pub(super) async fn case(&self, key: &CertificateKey) -> Option<CaseId> {
        let mut reader = self.shared.database.read().await.unwrap();
        certificates::case_of(&mut reader.link(), key).await.unwrap()
    }

    pub(super) async fn certificate(&self, key: &CertificateKey) -> Option<Certificate> {
        let case = self.case(key).await?;
        let mut reader = self.shared.database.read().await.unwrap();
        Some(motcua::store::cases::certificate_and_head(&mut reader.link(), case).await.unwrap()?.0)
    }

    pub(super) async fn status(&self, key: &CertificateKey) -> &'static str {
        self.certificate(key).await.map_or("none", |certificate| certificate.status().as_str())
    }

    /// Waits until a certificate stands so.
    pub(super) async fn stands(&self, key: &CertificateKey, status: &str) {
        until(&format!("{key} is {status}"), || async { self.status(key).await == status }).await;
    }
}

/// Two windows that know each other: Thailand's and Vietnam's.
pub(super) async fn neighbours(databases: (Database, Database)) -> (House, House) {
    let mut thailand = House::open(databases.0, "TH").await;
    let mut vietnam = House::open(databases.1, "VN").await;
    thailand.knows("VN", &vietnam.url(), &vietnam.keys.trust()).await;
    vietnam.knows("TH", &thailand.url(), &thailand.keys.trust()).await;
    thailand.deliver();
    vietnam.deliver();
    (thailand, vietnam)
}

/// A certificate of Thailand for goods to Vietnam.
pub(crate) fn form_d(reference: &str) -> OriginCertificate {
    let json = serde_json::json!({
        "form": "D", "reference": reference, "issuing_country": "TH",
        "exporter": {"name": "Siam Seafood Co., Ltd.", "address": "1 Rama IV Road, Bangkok", "country": "TH"},
        "consignee": {"name": "Công ty TNHH Hải Vân", "address": "Đà Nẵng", "country": "VN"},
        "carriage": {"mode": "1", "departure": "2026-07-16", "vessel": "MV Andaman", "discharge_port": "VNDAD"},
        "items": [
            {"number": 1, "marks": "SIAM 1-500", "packages": {"count": "500", "kind": "CT"},
             "description": "Frozen shrimps", "quantity": {"amount": "10000", "unit": "KGM"}, "hs": "03061721",
             "criterion": "WO", "gross_weight": {"amount": "10500", "unit": "KGM"},
             "invoice": {"number": "INV-1", "date": "2026-07-14"}},
            {"number": 2, "description": "Canned tuna", "quantity": {"amount": "2400", "unit": "KGM"},
             "hs": "16041411", "criterion": "CC", "invoice": {"number": "INV-1", "date": "2026-07-14"}}
        ],
        "production_country": "TH", "importing_country": "VN",
        "declared": {"place": "Bangkok", "date": "2026-07-15", "signatory": "S. Chai"},
        "certified": {"place": "Bangkok", "date": "2026-07-16", "authority": "DFT", "signatory": "P. Wong"}
    });
    serde_json::from_value(json).unwrap()
}
