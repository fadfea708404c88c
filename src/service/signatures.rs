//! Signatures in messages that senders bring: what is asked of each, looked at before a message is read
//! any further.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::message::signature::{Place, SignatureError, Trust, verify};
use crate::message::xml::Xml;
use crate::message::{Limits, Rejection};
use crate::store::partners::SignaturePolicy;
use crate::store::signatures::{self, SenderSignatures};
use crate::store::{Database, StoreError};
use crate::trade::{Finding, FindingCode};

/// What another process has changed is seen after so long.
const KNOWN_FOR: Duration = Duration::from_secs(2);

/// What is asked of senders, as it is known at the moment.
#[derive(Debug, Default)]
pub struct SignatureBook(Mutex<Option<(Instant, Arc<Asked>)>>);

/// What is asked of whom.
#[derive(Debug, Default)]
pub struct Asked(HashMap<String, Of>);

#[derive(Debug)]
struct Of {
    asked: SenderSignatures,
    /// None: what it is to be believed by cannot be read, so nothing of it is believed.
    trust: Option<Trust>,
}

impl SignatureBook {
    /// What is asked of whom.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn asked(&self, database: &Database) -> Result<Arc<Asked>, StoreError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((since, asked)) = known
            && since.elapsed() < KNOWN_FOR
        {
            return Ok(asked);
        }
        let mut asked = Asked::default();
        for sender in signatures::all(&mut database.read().await?.link()).await? {
            let trust = Trust::from_pem(&sender.trust)
                .inspect_err(|error| tracing::error!(sender.organisation, "signatures of a sender: {error}"))
                .ok();
            asked.0.insert(sender.organisation.clone(), Of { asked: sender, trust });
        }
        let asked = Arc::new(asked);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&asked)));
        Ok(asked)
    }

    /// Has it read again.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Asked {
    /// Whether a message of a sender is signed as is asked of him.
    ///
    /// # Errors
    /// A [`Rejection`] that says what is wrong with its signature.
    pub fn check(&self, organisation: &str, bytes: &[u8], now: Timestamp) -> Result<(), Rejection> {
        let Some(of) = self.0.get(organisation) else { return Ok(()) };
        let places: &[(Place, SignaturePolicy)] = if is_envelope(bytes) {
            &[(Place::EnvelopeBody, of.asked.body), (Place::EnvelopeSystem, of.asked.system)]
        } else {
            &[(Place::Document, of.asked.body)]
        };
        for (place, policy) in places {
            if *policy == SignaturePolicy::Ignore {
                continue;
            }
            let verified = match &of.trust {
                Some(trust) => verify(bytes, trust, now, *place),
                None => Err(SignatureError::Unverifiable { what: "whom to believe is not known".to_owned() }),
            };
            match verified {
                Ok(_) => {}
                Err(SignatureError::Unsigned { .. }) if *policy == SignaturePolicy::Accept => {}
                Err(error) => return Err(rejected(*place, &error)),
            }
        }
        Ok(())
    }
}

fn rejected(place: Place, error: &SignatureError) -> Rejection {
    let field = match place {
        Place::Document => "Signature",
        Place::EnvelopeBody => "Envelope/Body/Signature",
        Place::EnvelopeSystem => "Envelope/SystemSignature",
    };
    let message = format!("{}: {error}", error.code());
    Rejection { format: None, findings: vec![Finding::error(FindingCode::Signature, message).field(field)] }
}

/// Whether the root is that of the national envelope.
fn is_envelope(bytes: &[u8]) -> bool {
    let root = Xml::new(bytes, Limits::default()).and_then(|mut xml| xml.root().map(|tag| tag.local() == "Envelope"));
    root.unwrap_or(false)
}
