//! Messages to partners' gateways: by HTTPS, both ends showing their certificates, or put into a
//! folder from which another access point carries them. A message is delivered when its receipt is
//! there: signed by the partner, with the digest of what was sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use reqwest::{Certificate, Identity, redirect};
use sha2::{Digest as _, Sha256};

use super::client::{Answer, Transport, TransportError, words};
use super::policy::{Failure, FailureKind};
use crate::message::Limits;
use crate::message::asean::signal::{SignalContent, SignalError, read_signal};
use crate::message::signature::{Place, verify};
use crate::service::gateway::{Gateway, Known, XML};
use crate::service::shared::Shared;
use crate::store::endpoints::Endpoint;
use crate::store::outbox::Letter;
use crate::store::partners::Receipt;

/// The clients that speak to partners, each with what its partner is known by.
#[derive(Debug)]
pub(super) struct Partners {
    transport: Transport,
    clients: Mutex<HashMap<String, (Timestamp, reqwest::Client)>>,
}

/// What became of a message.
#[derive(Debug)]
pub(super) enum Sent {
    /// The partner has given a receipt.
    Received(Receipt),
    /// It lies in the folder; the receipt comes the same way.
    HandedOver,
}

impl Partners {
    pub(super) fn new(transport: &Transport) -> Self {
        Self { transport: transport.clone(), clients: Mutex::new(HashMap::new()) }
    }

    /// Sends a message to a partner.
    pub(super) async fn send(
        &self,
        shared: &Shared,
        endpoint: &Endpoint,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Sent, Failure> {
        let passing = |error: String| Failure::new(FailureKind::Passing, error);
        let gateway = shared.gateway.as_ref().ok_or_else(|| passing("this window has no gateway key".to_owned()))?;
        let registry = gateway.registry(&shared.database).await.map_err(|error| passing(error.to_string()))?;
        let partner = registry.of(&endpoint.organisation).ok_or_else(|| {
            passing("the organisation is entered as no partner (`motcua admin partner set`)".to_owned())
        })?;
        if partner.partner.suspended {
            return Err(passing("the exchange with this partner is suspended".to_owned()));
        }
        let client = self.client(gateway, partner).map_err(|error| passing(error.to_string()))?;
        let url = self.transport.reach.check(&endpoint.url);
        let url = url.map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        let request = client.post(url).header(reqwest::header::CONTENT_TYPE, XML).body(letter.message.body.clone());
        let answer = request.send().await.map(Answer::of).map_err(|error| passing(words(&error)))?;
        let status = answer.judge(now);
        let body = match (&status, answer.body().await) {
            (_, Ok(body)) => body,
            (Err(failure), Err(_)) => return Err(failure.clone()),
            (Ok(()), Err(failure)) => return Err(failure),
        };
        answered(partner, letter, (&body, status), now).map(Sent::Received)
    }

    /// The client for a partner: made anew when its entry has changed.
    fn client(&self, gateway: &Gateway, partner: &Known) -> Result<reqwest::Client, TransportError> {
        let (organisation, changed) = (&partner.partner.organisation, partner.partner.changed);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, client)) = clients.get(organisation)
            && *since == changed
        {
            return Ok(client.clone());
        }
        let failed = |error: reqwest::Error| TransportError::new(words(&error));
        let own = gateway.identity();
        let identity = Identity::from_pem(&[own.certificates.as_slice(), b"\n", &own.key].concat()).map_err(failed)?;
        let trusted = Certificate::from_pem_bundle(&partner.partner.trust).map_err(failed)?;
        let client = reqwest::Client::builder()
            .user_agent(concat!("motcua/", env!("CARGO_PKG_VERSION")))
            .timeout(self.transport.timeout)
            .connect_timeout(self.transport.connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .https_only(true)
            .dns_resolver(Arc::new(self.transport.reach.clone()))
            .tls_certs_only(trusted)
            .identity(identity)
            .build()
            .map_err(failed)?;
        clients.insert(organisation.clone(), (changed, client.clone()));
        Ok(client)
    }
}

/// What a partner's gateway says of a message.
fn answered(
    partner: &Known,
    letter: &Letter,
    (body, status): (&[u8], Result<(), Failure>),
    now: Timestamp,
) -> Result<Receipt, Failure> {
    let receipt = match receipt(partner, body, now) {
        Ok(signal) => signal,
        // Whoever answers like this may be something on the way, or does not take it now.
        Err(error) => return Err(status.err().unwrap_or_else(|| Failure::new(FailureKind::Refused, error))),
    };
    match receipt {
        Said::Error(code, error) => {
            // Another signature or another agreement may make it right; the same content never will be.
            let kind = match code {
                SignalError::FailedAuthentication | SignalError::PolicyNoncompliance => FailureKind::Refused,
                _ => FailureKind::Final,
            };
            Err(Failure::new(kind, format!("the partner refuses the message: {} {error}", code.code())))
        }
        Said::Receipt(receipt) if receipt.message != letter.message.id => {
            let error = format!("the partner's receipt is for another message, `{}`", receipt.message);
            Err(Failure::new(FailureKind::Refused, error))
        }
        Said::Receipt(receipt) => {
            let digest: [u8; 32] = Sha256::digest(&letter.message.body).into();
            if receipt.digest != digest {
                let error = "the partner's receipt is for other bytes than were sent";
                return Err(Failure::new(FailureKind::Refused, error));
            }
            Ok(receipt)
        }
    }
}

/// What a signal says, whose signature holds.
pub(super) enum Said {
    Receipt(Receipt),
    Error(SignalError, String),
}

/// Reads a partner's signal, its signature first.
pub(super) fn receipt(partner: &Known, body: &[u8], now: Timestamp) -> Result<Said, String> {
    verify(body, &partner.trust, now, Place::Document)
        .map_err(|error| format!("the answer is not signed as it should be: {error}"))?;
    let signal = read_signal(body, Limits::default())
        .map_err(|error| format!("the answer cannot be read: {}", error.message))?;
    Ok(match signal.content {
        SignalContent::Receipt { digest } => Said::Receipt(Receipt {
            message: signal.answers,
            organisation: partner.partner.organisation.clone(),
            digest,
            at: now,
            content: body.to_vec(),
        }),
        SignalContent::Error { code, description } => Said::Error(code, description),
    })
}
