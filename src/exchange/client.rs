//! The client that speaks to endpoints.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, redirect};

use super::policy::{Failure, FailureKind, judge};
use super::reach::Reach;

/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// How endpoints are spoken to.
#[derive(Debug, Clone)]
pub struct Transport {
    /// From the first byte to the last of a webhook's answer.
    pub timeout: Duration,
    /// The same of a SOAP service, which does its work before it answers: 100 s, as the single window's
    /// own clients have it.
    pub soap_timeout: Duration,
    /// Until the connection stands.
    pub connect_timeout: Duration,
    /// Which addresses messages may go to.
    pub reach: Reach,
    /// Certificates, in PEM, that are trusted beside those of the system.
    pub trust: Option<Vec<u8>>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            soap_timeout: Duration::from_secs(100),
            connect_timeout: Duration::from_secs(10),
            reach: Reach::default(),
            trust: None,
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("endpoints cannot be spoken to: {0}")]
pub struct TransportError(String);

impl TransportError {
    pub(super) fn new(error: String) -> Self {
        Self(error)
    }
}

/// The client.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    reach: Reach,
    /// How long a SOAP service may take.
    pub(super) soap_timeout: Duration,
}

/// What an endpoint answers; its body is read only where it is wanted.
#[derive(Debug)]
pub(super) struct Answer(reqwest::Response);

impl Client {
    pub(super) fn new(transport: &Transport) -> Result<Self, TransportError> {
        // Whoever is first installs it; all of the program uses the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let failed = |error: reqwest::Error| TransportError(words(&error));
        let trusted = transport.trust.as_deref().map(Certificate::from_pem_bundle);
        let http = reqwest::Client::builder()
            .user_agent(concat!("motcua/", env!("CARGO_PKG_VERSION")))
            .timeout(transport.timeout)
            .connect_timeout(transport.connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .dns_resolver(Arc::new(transport.reach.clone()))
            .tls_certs_merge(trusted.transpose().map_err(failed)?.unwrap_or_default())
            .build()
            .map_err(failed)?;
        Ok(Self { http, reach: transport.reach.clone(), soap_timeout: transport.soap_timeout })
    }

    /// Posts a body; with a time of its own, where it has one, for everything until the answer's end.
    pub(super) async fn post(
        &self,
        url: &str,
        content_type: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        timeout: Option<Duration>,
    ) -> Result<Answer, Failure> {
        let url = self.reach.check(url).map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        let mut all = HeaderMap::new();
        for (name, value) in std::iter::once((CONTENT_TYPE.as_str(), content_type))
            .chain(headers.iter().map(|(name, value)| (*name, value.as_str())))
        {
            let name = HeaderName::from_bytes(name.as_bytes()).ok();
            let (Some(name), Ok(value)) = (name, HeaderValue::from_str(value)) else {
                return Err(Failure::new(FailureKind::Final, format!("`{value}` cannot stand in a header")));
            };
            all.insert(name, value);
        }
        let request = self.http.post(url).headers(all).body(body);
        let sent = timeout.into_iter().fold(request, reqwest::RequestBuilder::timeout).send().await;
        sent.map(Answer::of).map_err(|error| Failure::new(FailureKind::Passing, words(&error)))
    }
}

impl Answer {
    pub(super) fn of(response: reqwest::Response) -> Self {
        Self(response)
    }

    /// What its status means.
    pub(super) fn judge(&self, now: Timestamp) -> Result<(), Failure> {
        let retry_after = self.0.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        judge(self.0.status().as_u16(), retry_after, now)
    }

    /// Its body.
    pub(super) async fn body(mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            match self.0.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => body.extend_from_slice(&chunk),
                Ok(Some(_)) => return Err(Failure::new(FailureKind::Refused, "the endpoint's answer has no end")),
                Ok(None) => return Ok(body),
                Err(error) => return Err(Failure::new(FailureKind::Passing, words(&error))),
            }
        }
    }
}

/// What went wrong, down to its cause, without the address: an operator knows it, and others may
/// not have to.
pub(super) fn words(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "the endpoint takes too long"
    } else if error.is_connect() {
        "the endpoint cannot be reached"
    } else {
        "the endpoint could not be spoken to"
    };
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut last = None;
    while let Some(of) = cause {
        last = Some(of.to_string());
        cause = of.source();
    }
    last.map_or_else(|| kind.to_owned(), |last| format!("{kind}: {last}"))
}
