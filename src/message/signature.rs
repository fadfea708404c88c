//! Signatures of messages: verified before a message is read any further.
//!
//! W3C XML Signature 1.1 and Exclusive XML Canonicalization 1.0, in **one profile**; everything
//! else is refused before anything is reckoned:
//!
//! | part | taken |
//! |---|---|
//! | the message | no comment (canonicalization leaves comments out, so no signature covers them), no processing instruction, no document type; within [`Limits`](super::Limits) |
//! | `CanonicalizationMethod` | exclusive, without comments and without parameters |
//! | `SignatureMethod` (RFC 6931) | RSA-SHA256 with 2,048 bits or more, ECDSA-SHA256 with P-256 |
//! | `Reference` | one, `URI=""`: the whole message |
//! | `Transforms` | enveloped-signature, then exclusive canonicalization; without parameters |
//! | `DigestMethod` | SHA-256 |
//! | `KeyInfo` | `X509Data` with one to five `X509Certificate`, the signer's first |
//! | anything else (`Object`, `Manifest`, a second `Reference`, other attributes) | nothing |
//!
//! With the whole message signed there is nothing to wrap: what a signature leaves out is only
//! itself. Where it stands is fixed by [`Place`] and the root element:
//!
//! | root | place | the signature |
//! |---|---|---|
//! | a UBL document (`CertificateOfOrigin`) | [`Place::Document`] | in `UBLExtensions/UBLExtension/ExtensionContent/UBLDocumentSignatures/SignatureInformation`, as UBL 2.1 has it; the only one of the document |
//! | any other but `Envelope` | [`Place::Document`] | a child of the root, before any other signature. Those deeper in it belong to what the message carries ([`payload`]) and are verified over that alone |
//! | the national `Envelope` | [`Place::EnvelopeBody`] | in `Body/Signature`: the trader's or officer's. It covers the envelope without the element `SystemSignature`, which did not exist yet: that is cut out, whatever it says, before the body's signature is looked at |
//! | the national `Envelope` | [`Place::EnvelopeSystem`] | in `SystemSignature`, the last child of the envelope: the gateway's. It covers the whole envelope, the body's signature too |
//!
//! Exclusive canonicalization leaves out declarations of namespaces that no name uses (and the
//! XML declaration); nothing here reads them, nor names within values.
//!
//! The bytes that were verified are those to read afterwards: nothing is taken from the library's
//! own tree. The moment comes in as an argument; certificates that had expired, were not valid yet
//! or were revoked at that moment do not count.

mod certificate;
mod engine;
mod error;
mod profile;
mod signer;
mod trust;

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;

pub use certificate::Certificate;
pub use error::{KeyError, SignatureError};
pub use signer::Signer;
pub use trust::Trust;

use super::limits::Limits;
use super::xml::Xml;
use certificate::Opened;
use profile::DSIG;
use signer::SBDH;

/// Which signature of a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// That of the document itself.
    Document,
    /// The trader's or officer's in a national envelope.
    EnvelopeBody,
    /// The gateway's in a national envelope.
    EnvelopeSystem,
}

impl Place {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Document => "a signature of the document",
            Self::EnvelopeBody => "a signature of the sender",
            Self::EnvelopeSystem => "a signature of the gateway",
        }
    }
}

/// How a signature was made (RFC 6931).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA (PKCS#1 v1.5) with SHA-256.
    RsaSha256,
    /// ECDSA on the curve P-256 with SHA-256.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// Its URI in `SignatureMethod`.
    pub fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::EcdsaP256Sha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaSha256 => "RSA with SHA-256",
            Self::EcdsaP256Sha256 => "ECDSA with P-256 and SHA-256",
        }
    }

    fn of_uri(uri: &str) -> Option<Self> {
        [Self::RsaSha256, Self::EcdsaP256Sha256].into_iter().find(|one| one.uri() == uri)
    }
}

/// A signature that holds: who signed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// How it was made.
    pub algorithm: Algorithm,
    /// Whose it is.
    pub certificate: Certificate,
}

/// Verifies the signature of a message at a moment.
///
/// # Errors
/// Why it does not count; cheap reasons come first, and nothing is reckoned over a message whose
/// signer is not trusted.
pub fn verify(bytes: &[u8], trust: &Trust, at: Timestamp, place: Place) -> Result<Signed, SignatureError> {
    verify_within(bytes, trust, at, place, Limits::default())
}

/// The same within other limits.
///
/// # Errors
/// As [`verify`].
pub fn verify_within(
    bytes: &[u8],
    trust: &Trust,
    at: Timestamp,
    place: Place,
    limits: Limits,
) -> Result<Signed, SignatureError> {
    let covered = match place {
        Place::EnvelopeBody => match profile::system_signature(bytes, limits)? {
            Some(range) => Cow::Owned([&bytes[..range.start], &bytes[range.end..]].concat()),
            None => Cow::Borrowed(bytes),
        },
        Place::Document | Place::EnvelopeSystem => Cow::Borrowed(bytes),
    };
    let mut profile = profile::inspect(&covered, place, limits)?;
    let Some(leaf) = profile.certificates.first() else {
        return Err(SignatureError::Certificate { what: "there is none".to_owned() });
    };
    let leaf = Opened::read(leaf).map_err(|what| SignatureError::Certificate { what })?;
    let algorithm = leaf.algorithm()?;
    if algorithm != profile.algorithm {
        return Err(SignatureError::Key { found: format!("one for {}", algorithm.name()) });
    }
    trust.judge(&leaf, &profile.certificates, at)?;
    let text = std::str::from_utf8(&covered)
        .map_err(|cause| SignatureError::Unverifiable { what: format!("the message is not UTF-8: {cause}") })?;
    let marked = text.strip_prefix('\u{FEFF}');
    if marked.is_some() {
        profile.offset -= '\u{FEFF}'.len_utf8();
    }
    engine::verify(&engine::verifying(&leaf.key()?)?, marked.unwrap_or(text), &profile)?;
    Ok(Signed { algorithm, certificate: leaf.about })
}

/// What an exchange envelope carries: of a UN/CEFACT `StandardBusinessDocument` the one element
/// beside its header and its signature, as a range of the message's bytes. It is a document by
/// itself, and its own signature is verified over these bytes alone. `None` for other messages.
///
/// # Errors
/// A message that cannot be read, and an envelope that carries several documents.
pub fn payload(bytes: &[u8]) -> Result<Option<Range<usize>>, SignatureError> {
    let mut xml = Xml::new(bytes, Limits::default())?;
    let root = xml.root()?;
    if root.local() != "StandardBusinessDocument" || xml.uri(root.namespace) != SBDH {
        return Ok(None);
    }
    let mut found = None;
    while let Some(tag) = xml.child()? {
        let uri = xml.uri(tag.namespace);
        let beside = (tag.local() == "StandardBusinessDocumentHeader" && uri == SBDH)
            || (tag.local() == "Signature" && uri == DSIG);
        xml.skip()?;
        if !beside && found.replace(tag.offset..xml.position()).is_some() {
            return Err(SignatureError::Structure {
                what: "the envelope carries more than one document".to_owned(),
                line: profile::line(bytes, tag.offset),
            });
        }
    }
    xml.finish()?;
    Ok(found)
}
