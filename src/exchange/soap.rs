//! Envelopes of the single window sent in SOAP, and what the other side answers at once: 99, it has
//! the message, or 00 with a list of errors, it refuses it.

use jiff::Timestamp;

use super::client::Client;
use super::policy::{Failure, FailureKind};
use crate::message::incoming::{Content, Family, Head};
use crate::message::soap::{AnswerError, FaultCode, Style, read_answer, wrap_call};
use crate::message::{Limits, ReadOptions, receive};
use crate::store::endpoints::{Endpoint, EndpointKind};
use crate::store::outbox::Letter;

/// The media type of SOAP 1.1.
const XML: &str = "text/xml; charset=utf-8";

/// Why a message has to be fetched.
pub(super) const ENVELOPES_ONLY: &str = "the endpoint takes envelopes of the single window only, and no procedure has \
    one for this message: it is fetched (GET /v1/inbox)";

/// Whether an endpoint can be sent a message at all.
pub(super) fn takes(kind: EndpointKind, message: &[u8]) -> bool {
    !kind.is_soap() || std::str::from_utf8(message).is_ok_and(|text| envelope(text).is_some())
}

/// The head of an envelope; of one with errors too, for it is the other side's to judge.
fn envelope(text: &str) -> Option<Head<'_>> {
    let head = receive(text.as_bytes(), &ReadOptions::default());
    head.map_or_else(|refused| refused.head, |read| Some(read.head)).filter(|head| head.family == Family::Envelope)
}

/// Sends a message to a SOAP service.
pub(super) async fn send(client: &Client, endpoint: &Endpoint, letter: &Letter, now: Timestamp) -> Result<(), Failure> {
    let (style, call) = call(endpoint.kind, &letter.message.body)?;
    let action = [("SOAPAction", format!("\"{}\"", style.action()))];
    let answer = client.post(&endpoint.url, XML, &action, call.into_bytes(), Some(client.soap_timeout)).await?;
    let status = answer.judge(now);
    let body = match (&status, answer.body().await) {
        (_, Ok(body)) => body,
        (Err(failure), Err(_)) => return Err(failure.clone()),
        (Ok(()), Err(failure)) => return Err(failure),
    };
    answered(&body, status)
}

/// The call that carries a message.
fn call(kind: EndpointKind, message: &[u8]) -> Result<(Style, String), Failure> {
    let style = match kind {
        EndpointKind::SoapSingleWindow => Style::SingleWindow,
        EndpointKind::SoapToMinistry => Style::ToMinistry,
        EndpointKind::SoapGateway => Style::Gateway,
        EndpointKind::SoapDirect => Style::Direct,
        EndpointKind::SoapAsmx => Style::Asmx,
        EndpointKind::Webhook | EndpointKind::Partner | EndpointKind::Folder => {
            return Err(Failure::new(FailureKind::Final, "the endpoint does not speak SOAP"));
        }
    };
    let read = std::str::from_utf8(message).ok().and_then(|text| Some((text, envelope(text)?)));
    let (text, head) = read.ok_or_else(|| Failure::new(FailureKind::Final, ENVELOPES_ONLY))?;
    let office = if head.to.unit_code.is_empty() { &head.to.organization_code } else { &head.to.unit_code };
    Ok((style, wrap_call(style, text, office, &head.subject.document_type)))
}

/// What the other side says. What it says in words counts before the status: faults come as 500.
fn answered(body: &[u8], status: Result<(), Failure>) -> Result<(), Failure> {
    let limits = Limits::default();
    let payload = match read_answer(body, &limits) {
        Ok(payload) => payload,
        Err(AnswerError::Fault(fault)) => {
            let kind = match fault.code {
                FaultCode::Server => FailureKind::Passing,
                FaultCode::Client | FaultCode::MustUnderstand | FaultCode::VersionMismatch => FailureKind::Refused,
            };
            let retry_after = status.err().and_then(|failure| failure.retry_after);
            return Err(Failure { kind, error: format!("the service answers with a fault: {fault}"), retry_after });
        }
        Err(AnswerError::Unreadable(finding)) => {
            // Whoever answers like this may be a proxy on the way.
            status?;
            let error = format!("the service's answer cannot be read: {}", finding.message);
            return Err(Failure::new(FailureKind::Refused, error));
        }
    };
    status?;
    match receive(payload.as_bytes(), &ReadOptions::default()).map(|read| read.content) {
        Ok(Content::Receipt(_)) => Ok(()),
        Ok(Content::Errors(errors)) => {
            let errors: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.code, error.name)).collect();
            Err(Failure::new(FailureKind::Final, format!("the service refuses the message: {}", errors.join("; "))))
        }
        Ok(_) | Err(_) => {
            Err(Failure::new(FailureKind::Refused, "the service answers neither with a receipt nor with errors"))
        }
    }
}
