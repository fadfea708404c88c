//! Partners entered, suspended and resumed, on the desk: in the transaction of whoever asks, who has
//! checked the rights. Each change stands in the journal.

use super::reach::{Reach, ReachError};
use crate::clearance::case::Author;
use crate::message::asean::envelope::ExchangeKind;
use crate::message::signature::{KeyError, Trust};
use crate::people::Change;
use crate::service::accounts;
use crate::service::desk::Desk;
use crate::store::endpoints::{self, Endpoint, EndpointKind};
use crate::store::partners::{self, Partner, PartnerPolicy};
use crate::store::{StoreError, outbox};
use crate::trade::CountryCode;

/// A partner as it is to be entered.
#[derive(Debug, Clone)]
pub struct Entering {
    /// The organisation that it is.
    pub organisation: String,
    /// Its country.
    pub country: CountryCode,
    /// Where its messages go: `https://…`, or a folder.
    pub address: String,
    /// Whose signatures and connections are believed, in PEM.
    pub trust: Vec<u8>,
    /// What is exchanged; nothing: all that this gateway knows.
    pub documents: Vec<String>,
    /// How it is dealt with.
    pub policy: PartnerPolicy,
}

/// Why a partner cannot be entered.
#[derive(Debug, thiserror::Error)]
pub enum EnteringError {
    /// Its address.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// An address that is neither.
    #[error("`{0}` is no address of a gateway: `https://…` or the path of a folder (`/…`) is")]
    Address(String),
    /// What it is trusted by.
    #[error(transparent)]
    Trust(#[from] KeyError),
    /// A document that is not exchanged.
    #[error("`{0}` is not exchanged; known are {known}", known = known())]
    Document(String),
}

fn known() -> String {
    ExchangeKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

impl Entering {
    /// Whether it can be entered; the kind of its endpoint.
    ///
    /// # Errors
    /// [`EnteringError`]
    pub fn check(&self, reach: &Reach) -> Result<EndpointKind, EnteringError> {
        Trust::from_pem(&self.trust)?;
        if let Some(unknown) = self.documents.iter().find(|name| ExchangeKind::parse(name).is_none()) {
            return Err(EnteringError::Document(unknown.clone()));
        }
        if self.address.starts_with("https://") {
            reach.check(&self.address)?;
            return Ok(EndpointKind::Partner);
        }
        if std::path::Path::new(&self.address).is_absolute() {
            return Ok(EndpointKind::Folder);
        }
        Err(EnteringError::Address(self.address.clone()))
    }
}

/// Enters a partner, in place of what was known of it.
///
/// # Errors
/// [`StoreError`]
pub async fn enter(
    desk: &mut Desk<'_>,
    entering: &Entering,
    kind: EndpointKind,
    by: &Author,
) -> Result<(), StoreError> {
    let now = desk.now;
    let documents = match entering.documents.as_slice() {
        [] => ExchangeKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
        some => some.to_vec(),
    };
    let partner = Partner {
        organisation: entering.organisation.clone(),
        country: entering.country,
        trust: entering.trust.clone(),
        documents,
        policy: entering.policy,
        suspended: false,
        changed: now,
    };
    partners::set(&mut desk.link(), &partner).await?;
    let endpoint = Endpoint {
        organisation: entering.organisation.clone(),
        kind,
        url: entering.address.clone(),
        key: None,
        paused: false,
        changed: now,
    };
    endpoints::set(&mut desk.link(), &endpoint).await?;
    outbox::deliver_again(&mut desk.link(), &entering.organisation, now).await?;
    changed(desk);
    accounts::note(desk, by, &[Change::new("partner.set", &entering.organisation)]).await
}

/// Suspends the exchange with a partner, or resumes it: what is for it waits, and what comes from it
/// is to be sent again. Says whether there is such a partner.
///
/// # Errors
/// [`StoreError`]
pub async fn suspend(
    desk: &mut Desk<'_>,
    organisation: &str,
    suspended: bool,
    by: &Author,
) -> Result<bool, StoreError> {
    let now = desk.now;
    let Some(partner) = partners::of(&mut desk.link(), organisation).await? else { return Ok(false) };
    partners::set(&mut desk.link(), &Partner { suspended, changed: now, ..partner }).await?;
    endpoints::pause(&mut desk.link(), organisation, suspended, now).await?;
    changed(desk);
    let what = if suspended { "partner.suspended" } else { "partner.resumed" };
    accounts::note(desk, by, &[Change::new(what, organisation)]).await?;
    Ok(true)
}

fn changed(desk: &mut Desk<'_>) {
    if let Some(gateway) = &desk.shared.gateway {
        gateway.forget();
    }
    desk.shared.directory.forget();
    desk.wake_outbox();
}
