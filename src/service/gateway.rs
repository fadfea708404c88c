//! This window's gateway among those of its partners: who they are, and what is put into envelopes
//! for them.
//!
//! A message is signed once, when it is written: each attempt sends the same bytes under the same id.

mod act;
mod receive;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

pub use self::act::CertificateAct;
pub use self::receive::{Reply, receive};
use super::ids::new_id;
use crate::embedded;
use crate::message::asean::envelope::{ExchangeHeader, ExchangeKind, wrap};
use crate::message::asean::signal::{Signal, SignalContent, write_signal};
use crate::message::asean::{Mapping, MappingError, write_form_d, write_notice};
use crate::message::signature::{Certificate, KeyError, Place, SignatureError, Signer, Trust};
use crate::store::outbox::Outgoing;
use crate::store::partners::{self, Partner};
use crate::store::{Database, StoreError};
use crate::trade::{CertificateKey, CertificateNotice, CountryCode, OriginCertificate};

/// The media type of what gateways exchange.
pub const XML: &str = "application/xml";
/// The topics of outgoing messages about certificates begin so.
pub const TOPIC: &str = "certificate.";
/// What another process has changed about partners is seen after so long.
const KNOWN_FOR: Duration = Duration::from_secs(2);

/// Which elements carry which boxes.
#[derive(Debug)]
pub struct Mappings {
    /// Of the e-Form D.
    pub form_d: Mapping,
    /// Of notices about certificates.
    pub notice: Mapping,
}

impl Mappings {
    /// Those that the program carries.
    ///
    /// # Errors
    /// [`MappingError`], never by the world's doing.
    pub fn embedded() -> Result<Self, MappingError> {
        let (form_d, notice) = (embedded::FORM_D_MAPPING, embedded::NOTICE_MAPPING);
        Ok(Self { form_d: Mapping::parse(form_d)?, notice: Mapping::parse(notice)? })
    }
}

/// A key and its certificates, for TLS.
pub struct TlsIdentity {
    /// The key, in PEM.
    pub key: Vec<u8>,
    /// The certificates, in PEM.
    pub certificates: Vec<u8>,
}

/// Keys are not printed.
impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}

/// This window's gateway.
#[derive(Debug)]
pub struct Gateway {
    /// The country that it speaks for.
    pub country: CountryCode,
    /// What it signs with.
    signer: Signer,
    /// What it shows of itself on connections.
    identity: TlsIdentity,
    /// Which elements carry which boxes.
    pub mappings: Mappings,
    registry: Mutex<Option<(Instant, Arc<Registry>)>>,
}

/// Partners as they are known at the moment.
#[derive(Debug, Default)]
pub struct Registry {
    by_organisation: HashMap<String, Arc<Known>>,
}

/// A partner, with what its signatures are judged by.
#[derive(Debug)]
pub struct Known {
    /// The partner.
    pub partner: Partner,
    /// Whose signatures are believed.
    pub trust: Trust,
}

impl Registry {
    /// The partner that an organisation is.
    pub fn of(&self, organisation: &str) -> Option<&Arc<Known>> {
        self.by_organisation.get(organisation)
    }

    /// The partner of a country.
    pub fn of_country(&self, country: CountryCode) -> Option<&Arc<Known>> {
        self.by_organisation.values().find(|known| known.partner.country == country)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.by_organisation.values()
    }
}

impl Gateway {
    /// A gateway that signs with a key (PEM) and shows its certificates, the key's own first.
    ///
    /// # Errors
    /// [`KeyError`] where they cannot be read, or are not each other's.
    pub fn new(country: CountryCode, key: &[u8], certificates: &[u8], mappings: Mappings) -> Result<Self, KeyError> {
        let signer = Signer::from_pem(key, certificates)?;
        let identity = TlsIdentity { key: key.to_vec(), certificates: certificates.to_vec() };
        Ok(Self { country, signer, identity, mappings, registry: Mutex::new(None) })
    }

    /// What it shows of itself on connections.
    pub fn identity(&self) -> &TlsIdentity {
        &self.identity
    }

    /// The certificate that it signs with.
    pub fn signs_with(&self) -> &Certificate {
        self.signer.certificate()
    }

    /// The partners.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn registry(&self, database: &Database) -> Result<Arc<Registry>, StoreError> {
        let known = self.registry.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((since, registry)) = known
            && since.elapsed() < KNOWN_FOR
        {
            return Ok(registry);
        }
        let all = partners::all(&mut database.read().await?.link()).await?;
        let mut registry = Registry::default();
        for partner in all {
            match Trust::from_pem(&partner.trust) {
                Ok(trust) => {
                    let known = Arc::new(Known { partner, trust });
                    registry.by_organisation.insert(known.partner.organisation.clone(), known);
                }
                Err(error) => {
                    let organisation = &partner.organisation;
                    tracing::error!(
                        organisation,
                        "what partner `{organisation}` is trusted by cannot be read: {error}"
                    );
                }
            }
        }
        let registry = Arc::new(registry);
        *self.registry.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&registry)));
        Ok(registry)
    }

    /// Has the partners read again.
    pub fn forget(&self) {
        *self.registry.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A new id for a message.
    fn message_id(&self, now: Timestamp) -> String {
        format!("{}@{}", new_id(now).simple(), self.country.as_str().to_ascii_lowercase())
    }

    /// A certificate on its way to a partner.
    ///
    /// # Errors
    /// [`SignatureError`] where it cannot be signed.
    pub fn certificate(
        &self,
        to: &Partner,
        certificate: &OriginCertificate,
        now: Timestamp,
    ) -> Result<Outgoing, SignatureError> {
        let document = write_form_d(certificate, &self.mappings.form_d);
        let (_, standard) = self.mappings.form_d.document();
        self.outgoing(to, ExchangeKind::Certificate, (&certificate.key(), &document, standard), now)
    }

    /// A notice on its way to a partner.
    ///
    /// # Errors
    /// [`SignatureError`] where it cannot be signed.
    pub fn notice(&self, to: &Partner, notice: &CertificateNotice, now: Timestamp) -> Result<Outgoing, SignatureError> {
        let document = write_notice(notice, &self.mappings.notice);
        let (_, standard) = self.mappings.notice.document();
        self.outgoing(to, ExchangeKind::of_notice(notice.kind), (&notice.about, &document, standard), now)
    }

    fn outgoing(
        &self,
        to: &Partner,
        kind: ExchangeKind,
        (about, document, standard): (&CertificateKey, &str, &str),
        now: Timestamp,
    ) -> Result<Outgoing, SignatureError> {
        let id = self.message_id(now);
        let header = ExchangeHeader {
            id: id.clone(),
            from: self.country,
            to: to.country,
            kind,
            created: now,
            conversation: about.to_string(),
        };
        let signed = self.signer.sign(&wrap(&header, document, standard), Place::Document)?;
        Ok(Outgoing {
            id,
            recipient: to.organisation.clone(),
            case: None,
            topic: format!("{TOPIC}{}", kind.as_str().to_ascii_lowercase()),
            content_type: XML.to_owned(),
            body: signed.into_bytes(),
        })
    }

    /// An answer to a message, signed.
    ///
    /// # Errors
    /// [`SignatureError`] where it cannot be signed.
    pub fn signal(&self, answers: &str, content: SignalContent, now: Timestamp) -> Result<Vec<u8>, SignatureError> {
        let signal = Signal { id: self.message_id(now), at: now, answers: answers.to_owned(), content };
        Ok(self.signer.sign(&write_signal(&signal), Place::Document)?.into_bytes())
    }
}

/// A gateway that cannot sign does not work: whoever asked may ask again.
fn unsigned(error: &SignatureError) -> StoreError {
    StoreError::Unavailable(format!("the gateway cannot sign: {error}"))
}
