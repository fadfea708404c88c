//! A partner's message taken in: verified before it is read, done once, and answered with a receipt
//! that says what was received.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::act::valid_until;
use super::{Gateway, Known, XML, unsigned};
use crate::clearance::case::certificate::{CertificateEvent, Command};
use crate::clearance::case::{Author, Event, MessageRef, RefusedReason, Role};
use crate::message::asean::envelope::{ExchangeHeader, ExchangeKind, open};
use crate::message::asean::signal::{SignalContent, SignalError};
use crate::message::asean::{read_form_d, read_notice};
use crate::message::signature::{Place, SignatureError, verify_within};
use crate::message::{Limits, Rejection};
use crate::service::desk::{ActError, Desk};
use crate::service::ids::new_id;
use crate::service::shared::Shared;
use crate::service::writer::{Identity, Once, RestsOn, WorkError, WriterHandle};
use crate::store::journal::{Hash, hex};
use crate::store::messages::{self, Answer, Message, MessageKey};
use crate::store::outbox::Outgoing;
use crate::store::partners::{Refusal, SignaturePolicy};
use crate::trade::{CertificateKey, CertificateNotice, NoticeKind, OriginCertificate};

/// A message may be dated so much after now: clocks differ.
const SKEW: SignedDuration = SignedDuration::from_mins(10);
/// Bytes of a partner's message. A certificate with a thousand items has a tenth of it.
const BYTES_MAX: usize = 8 << 20;

/// What is answered to a partner's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// A signed receipt or error.
    pub body: Vec<u8>,
}

/// What a message brings.
#[derive(Debug)]
enum Content {
    Certificate(Box<OriginCertificate>),
    Notice(Box<CertificateNotice>),
}

impl Content {
    fn about(&self) -> CertificateKey {
        match self {
            Self::Certificate(certificate) => certificate.key(),
            Self::Notice(notice) => notice.about.clone(),
        }
    }
}

/// A message that was verified and read, with what will be answered.
#[derive(Debug)]
struct Read {
    header: ExchangeHeader,
    content: Content,
    receipt: Vec<u8>,
    /// What is said of a certificate that is new here.
    acknowledgement: Option<(CertificateNotice, Outgoing)>,
}

/// Why a message is not taken.
#[derive(Debug)]
struct Refused {
    /// Its id, as far as it could be read.
    message: Option<String>,
    signal: SignalError,
    /// A code for the operator.
    code: &'static str,
    error: String,
    status: u16,
}

/// Takes a message of a partner in, and gives what is answered when it is durable.
///
/// # Errors
/// [`WorkError`] where the store fails or the service ends: the partner sends it again.
pub async fn receive(
    shared: &Arc<Shared>,
    writer: &WriterHandle,
    gateway: &Arc<Gateway>,
    partner: &Arc<Known>,
    bytes: Vec<u8>,
) -> Result<Reply, WorkError> {
    let now = shared.clock.now();
    let bytes = Arc::new(bytes);
    let (done, reading) = oneshot::channel();
    let work = (Arc::clone(gateway), Arc::clone(partner), Arc::clone(&bytes));
    rayon::spawn(move || {
        let (gateway, partner, bytes) = work;
        let _ = done.send(read(&gateway, &partner, &bytes, now));
    });
    let read = reading.await.map_err(|_| WorkError::ShuttingDown)?;
    match read {
        Ok(read) => keep(shared, writer, gateway, partner, (read, bytes, now)).await,
        Err(refused) => refuse(writer, gateway, partner, refused, now).await,
    }
}

/// Verifies and reads a message.
fn read(gateway: &Gateway, partner: &Known, bytes: &[u8], now: Timestamp) -> Result<Read, Refused> {
    let limits = Limits { bytes: BYTES_MAX, ..Limits::default() };
    let of = |message: Option<&str>, signal, code, error: String| Refused {
        message: message.map(str::to_owned),
        signal,
        code,
        error,
        status: 400,
    };
    verified(partner.partner.policy.signature, bytes, partner, now).map_err(|error| Refused {
        status: 403,
        ..of(None, SignalError::FailedAuthentication, error.code(), error.to_string())
    })?;
    let opened = open(bytes, limits)
        .map_err(|fatal| of(None, SignalError::InvalidHeader, fatal.code.as_str(), placed(&fatal)))?;
    let header = opened.header;
    let id = Some(header.id.as_str());
    let wrong = |signal, code, error: String| of(id, signal, code, error);
    if header.from != partner.partner.country {
        let error =
            format!("the message says it is from {}; this is the gateway of {}", header.from, partner.partner.country);
        return Err(Refused { status: 403, ..wrong(SignalError::FailedAuthentication, "SENDER", error) });
    }
    if header.to != gateway.country {
        let error = format!("the message is for {}; this is the gateway of {}", header.to, gateway.country);
        return Err(wrong(SignalError::ValueNotRecognized, "RECEIVER", error));
    }
    let agreed = &partner.partner.documents;
    if !agreed.iter().any(|name| name == header.kind.as_str()) {
        let error =
            format!("`{}` is not agreed to be exchanged; agreed are {}", header.kind.as_str(), agreed.join(", "));
        return Err(wrong(SignalError::PolicyNoncompliance, "NOT_AGREED", error));
    }
    if header.created.duration_since(now) > SKEW {
        let error = format!("the message is dated {}, and now is {now}", header.created);
        return Err(wrong(SignalError::ValueInconsistent, "DATED_AHEAD", error));
    }
    verified(partner.partner.policy.document_signature, opened.document, partner, now)
        .map_err(|error| wrong(SignalError::FailedAuthentication, error.code(), format!("the document: {error}")))?;
    let unreadable = |rejection: Rejection| {
        let errors: Vec<String> = rejection.findings.iter().take(20).map(placed).collect();
        wrong(SignalError::Other, "UNREADABLE", errors.join("; "))
    };
    let mappings = &gateway.mappings;
    let content = match header.kind {
        ExchangeKind::Certificate => {
            let (certificate, _) = read_form_d(opened.document, &mappings.form_d, limits).map_err(unreadable)?;
            of_partner(&certificate, gateway, partner)
                .map_err(|error| wrong(SignalError::ValueInconsistent, "PARTIES", error))?;
            Content::Certificate(Box::new(certificate))
        }
        ExchangeKind::Acdd | ExchangeKind::AcddCancellation | ExchangeKind::AcddResponse | ExchangeKind::Phyto => {
            let error = format!("`{}` is not taken by this gateway", header.kind.as_str());
            return Err(wrong(SignalError::ValueNotRecognized, "NOT_TAKEN", error));
        }
        kind => {
            let (notice, _) = read_notice(opened.document, &mappings.notice, limits).map_err(unreadable)?;
            let (from, to) = (partner.partner.country, gateway.country);
            if ExchangeKind::of_notice(notice.kind) != kind || notice.from != from || notice.to != to {
                let error = "the notice says something else than its envelope: what, from whom, to whom".to_owned();
                return Err(wrong(SignalError::ValueInconsistent, "ENVELOPE", error));
            }
            Content::Notice(Box::new(notice))
        }
    };
    let not_signed = |error: SignatureError| wrong(SignalError::Other, error.code(), error.to_string());
    let digest = Sha256::digest(bytes).into();
    let receipt = gateway.signal(&header.id, SignalContent::Receipt { digest }, now).map_err(not_signed)?;
    let acknowledgement = acknowledgement(gateway, partner, &content, now).map_err(not_signed)?;
    Ok(Read { header, content, receipt, acknowledgement })
}

/// A finding with its place.
fn placed(finding: &crate::trade::Finding) -> String {
    match &finding.field {
        Some(field) => format!("{field}: {}", finding.message),
        None => finding.message.clone(),
    }
}

fn verified(policy: SignaturePolicy, bytes: &[u8], partner: &Known, now: Timestamp) -> Result<(), SignatureError> {
    if policy == SignaturePolicy::Ignore {
        return Ok(());
    }
    let limits = Limits { bytes: BYTES_MAX, ..Limits::default() };
    match verify_within(bytes, &partner.trust, now, Place::Document, limits) {
        Err(SignatureError::Unsigned { .. }) if policy == SignaturePolicy::Accept => Ok(()),
        other => other.map(drop),
    }
}

/// A certificate comes from the country that issued it, for goods that come here.
fn of_partner(certificate: &OriginCertificate, gateway: &Gateway, partner: &Known) -> Result<(), String> {
    if certificate.issuing_country != partner.partner.country {
        return Err(format!(
            "the certificate was issued in {}, and it comes from {}",
            certificate.issuing_country, partner.partner.country
        ));
    }
    if certificate.importing_country != gateway.country {
        return Err(format!(
            "the certificate is for goods to {}; this is {}",
            certificate.importing_country, gateway.country
        ));
    }
    Ok(())
}

/// What a partner is told of a certificate that was taken in, where that was agreed.
fn acknowledgement(
    gateway: &Gateway,
    partner: &Known,
    content: &Content,
    now: Timestamp,
) -> Result<Option<(CertificateNotice, Outgoing)>, SignatureError> {
    let Content::Certificate(certificate) = content else { return Ok(None) };
    let kind = ExchangeKind::Acknowledgement.as_str();
    if !partner.partner.documents.iter().any(|name| name == kind) {
        return Ok(None);
    }
    let notice = gateway.says(NoticeKind::Acknowledged, certificate, now);
    let outgoing = gateway.notice(&partner.partner, &notice, now)?;
    Ok(Some((notice, outgoing)))
}

/// Keeps a message, once.
async fn keep(
    shared: &Arc<Shared>,
    writer: &WriterHandle,
    gateway: &Arc<Gateway>,
    partner: &Arc<Known>,
    (read, bytes, now): (Read, Arc<Vec<u8>>, Timestamp),
) -> Result<Reply, WorkError> {
    let organisation = partner.partner.organisation.clone();
    let key = MessageKey { sender: organisation.clone(), key: format!("x:{}", read.header.id) };
    let digest: Hash = Sha256::digest(bytes.as_slice()).into();
    let oldest = SignedDuration::from_hours(i64::from(partner.partner.policy.oldest_hours));
    if now.duration_since(read.header.created) > oldest {
        // What is known gets its first receipt again, however old it is.
        let before = messages::find(&mut shared.database.read().await?.link(), &[&key]).await?;
        if before.is_empty() {
            let (signal, code) = (SignalError::PolicyNoncompliance, "TOO_OLD");
            let error = format!(
                "the message was written on {}, and was not received in {} hours",
                read.header.created, partner.partner.policy.oldest_hours
            );
            let refused = Refused { message: Some(read.header.id), signal, code, error, status: 400 };
            return refuse(writer, gateway, partner, refused, now).await;
        }
    }
    let identity = Identity { key: key.clone(), digest, refused: None };
    let keeping =
        Keeping { gateway: Arc::clone(gateway), organisation: organisation.clone(), key, digest, received: now, bytes };
    let id = read.header.id.clone();
    let done = writer.run_once(identity, RestsOn::default(), move |desk| Box::pin(keeping.keep(desk, read))).await;
    let answer = match done {
        Ok(Once::Now(answer)) => answer,
        Ok(Once::Before(answer)) => {
            writer
                .run(move |desk| {
                    Box::pin(async move {
                        desk.heard(&organisation).repeated += 1;
                        Ok(())
                    })
                })
                .await?;
            answer
        }
        Err(WorkError::OtherContent(_)) => {
            let error = format!("message `{id}` came before with other content; a new message has a new id");
            tracing::error!(organisation, message.id = id, "partner `{organisation}`: {error}");
            let refused = Refused {
                message: Some(id),
                signal: SignalError::ValueInconsistent,
                code: "OTHER_CONTENT",
                error,
                status: 409,
            };
            return refuse(writer, gateway, partner, refused, now).await;
        }
        Err(error) => return Err(error),
    };
    Ok(Reply { status: answer.status, body: answer.body })
}

/// A message to keep.
struct Keeping {
    gateway: Arc<Gateway>,
    organisation: String,
    key: MessageKey,
    digest: Hash,
    received: Timestamp,
    bytes: Arc<Vec<u8>>,
}

impl Keeping {
    async fn keep(self, desk: &mut Desk<'_>, read: Read) -> Result<Answer, ActError> {
        let by = Author { role: Role::Partner, organisation: Some(self.organisation.clone()), person: None };
        let message = MessageRef { id: new_id(desk.now).to_string(), digest: hex(&self.digest) };
        let about = read.content.about();
        let command = match read.content {
            Content::Certificate(certificate) => {
                let valid_until = Some(valid_until(&certificate));
                Command::Receive { certificate, message: message.clone(), valid_until }
            }
            Content::Notice(notice) => Command::Hear { notice, message: message.clone() },
        };
        let (case, answer) = match desk.certificate_command(&about, &command, &by).await {
            Ok((case, count)) => {
                let conflict = conflict(desk);
                if let (Some((notice, outgoing)), true, None) = (read.acknowledgement, count > 0, &conflict) {
                    desk.send_about(case, &about, outgoing, Some(notice), &Author::system()).await?;
                }
                match conflict {
                    None => {
                        desk.heard(&self.organisation).received += 1;
                        desk.follow_notice(case, &command).await?;
                        (Some(case), Answer { status: 200, content_type: XML.to_owned(), body: read.receipt })
                    }
                    Some(what) => {
                        let error = format!("certificate {about} is here with other content: {what}");
                        tracing::error!(organisation = self.organisation, case.id = %case, "partner `{}`: {error}", self.organisation);
                        let answer = self.error(
                            desk,
                            &read.header.id,
                            "CONFLICT",
                            (SignalError::ValueInconsistent, 409),
                            error,
                        )?;
                        (Some(case), answer)
                    }
                }
            }
            Err(ActError::Refused(refused)) => {
                let (code, signal) = match refused.reason {
                    RefusedReason::Forbidden => ("NOT_THEIRS", SignalError::PolicyNoncompliance),
                    _ => ("REFUSED", SignalError::ValueInconsistent),
                };
                let answer = self.error(desk, &read.header.id, code, (signal, 400), refused.to_string())?;
                (None, answer)
            }
            Err(error) => return Err(error),
        };
        desk.keep(Message {
            id: message.id,
            key: self.key,
            digest: self.digest,
            case,
            format: read.header.kind.as_str().to_ascii_lowercase(),
            received: self.received,
            content: Arc::try_unwrap(self.bytes).unwrap_or_else(|shared| shared.as_ref().clone()),
            answer: answer.clone(),
        });
        Ok(answer)
    }

    /// An error as the answer; the operator sees it too.
    fn error(
        &self,
        desk: &mut Desk<'_>,
        message: &str,
        code: &str,
        (signal, status): (SignalError, u16),
        error: String,
    ) -> Result<Answer, ActError> {
        desk.heard(&self.organisation).refused += 1;
        desk.refuse_message(Refusal {
            id: new_id(desk.now).to_string(),
            organisation: self.organisation.clone(),
            at: desk.now,
            message: Some(message.to_owned()),
            code: code.to_owned(),
            error: error.clone(),
        });
        let content = SignalContent::Error { code: signal, description: error };
        let body = self.gateway.signal(message, content, desk.now).map_err(|error| unsigned(&error))?;
        Ok(Answer { status, content_type: XML.to_owned(), body })
    }
}

/// What differs, where this act found that its certificate is here with other content.
fn conflict(desk: &Desk<'_>) -> Option<String> {
    desk.events().iter().rev().find_map(|entry| match &entry.event {
        Event::Certificate(CertificateEvent::Conflicted { what, .. }) => Some(what.clone()),
        _ => None,
    })
}

/// Answers a message that is not taken. It is not kept, so that it may come again when what was
/// wrong is put right; the operator sees it.
async fn refuse(
    writer: &WriterHandle,
    gateway: &Gateway,
    partner: &Known,
    refused: Refused,
    now: Timestamp,
) -> Result<Reply, WorkError> {
    let Refused { message, signal, code, error, status } = refused;
    let organisation = partner.partner.organisation.clone();
    tracing::warn!(
        organisation,
        message.id = message.as_deref(),
        code,
        "a message of `{organisation}` is refused: {error}"
    );
    let answers = message.clone().unwrap_or_default();
    let refusal = Refusal {
        id: new_id(now).to_string(),
        organisation: organisation.clone(),
        at: now,
        message,
        code: code.to_owned(),
        error: error.clone(),
    };
    writer
        .run(move |desk| {
            Box::pin(async move {
                desk.heard(&organisation).refused += 1;
                desk.refuse_message(refusal);
                Ok(())
            })
        })
        .await?;
    let content = SignalContent::Error { code: signal, description: error };
    let body = gateway.signal(&answers, content, now).map_err(|error| unsigned(&error)).map_err(WorkError::from)?;
    Ok(Reply { status, body })
}
