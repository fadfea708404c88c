//! Why a signature is refused.

use jiff::Timestamp;

use crate::trade::Finding;

/// Why a signature does not count. The list is closed: what is none of these is valid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// The message cannot be read: no XML, a document type, an entity, over a limit.
    #[error("the message cannot be read: {}", .0.message)]
    Unreadable(Box<Finding>),
    /// No signature where one has to be.
    #[error("the message is not signed; the signature belongs into {place}")]
    Unsigned {
        /// Where it would stand.
        place: &'static str,
    },
    /// More signatures than one.
    #[error("the message has {count} signatures where one may stand; which of them counts would be open")]
    Several {
        /// How many.
        count: usize,
    },
    /// A signature elsewhere.
    #[error("the signature in line {line} stands in `{found}`; it belongs into {place}, before every other")]
    WrongPlace {
        /// The path where it stands.
        found: String,
        /// Its line.
        line: usize,
        /// Where it would stand.
        place: &'static str,
    },
    /// A comment, which no signature covers.
    #[error("a comment in line {line}; signatures do not cover comments, so a signed message has none")]
    Comment {
        /// Its line.
        line: usize,
    },
    /// A processing instruction.
    #[error("a processing instruction in line {line}; a signed message has none")]
    Instruction {
        /// Its line.
        line: usize,
    },
    /// An algorithm that is not taken.
    #[error("{role} is `{found}`; taken is {allowed}")]
    Algorithm {
        /// What it is used for (`SignatureMethod`).
        role: &'static str,
        /// The algorithm.
        found: String,
        /// What would be right.
        allowed: &'static str,
    },
    /// A reference to something other than the whole message.
    #[error(
        "line {line}: {what}; taken is one `Reference` with `URI=\"\"`, the whole message, and two transforms, enveloped-signature and exclusive canonicalization without parameters"
    )]
    Reference {
        /// What is wrong with it.
        what: String,
        /// Its line.
        line: usize,
    },
    /// A part of the signature that the profile does not have.
    #[error("line {line}: {what}; a signature here is `SignedInfo`, `SignatureValue` and `KeyInfo` with `X509Data`")]
    Structure {
        /// What is wrong.
        what: String,
        /// Its line.
        line: usize,
    },
    /// The message is not the one that was signed.
    #[error("the message was changed after it was signed: its digest is another")]
    Digest,
    /// The signature was not made with the key of the certificate.
    #[error("the signature was not made with the key of its certificate, or was changed")]
    Value,
    /// A certificate that cannot be read.
    #[error("the certificate of the signature cannot be read: {what}")]
    Certificate {
        /// Why.
        what: String,
    },
    /// A key of another kind than the algorithm needs.
    #[error(
        "the key of the certificate is {found}; taken is RSA of 2,048 bits or more for RSA-SHA256, and P-256 for ECDSA-SHA256"
    )]
    Key {
        /// Which kind of key it is.
        found: String,
    },
    /// A key that is too small.
    #[error("the RSA key of the certificate has {bits} bits; 2,048 are the least")]
    KeyTooSmall {
        /// How many bits it has.
        bits: usize,
    },
    /// A certificate of somebody who is not trusted.
    #[error("the certificate of `{subject}`, issued by `{issuer}`, is not trusted: {what}")]
    Untrusted {
        /// Whose certificate.
        subject: String,
        /// Who issued it.
        issuer: String,
        /// Why it is not trusted.
        what: String,
    },
    /// A certificate that was not valid yet.
    #[error("the certificate of `{subject}` is valid from {from} on")]
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// From when on.
        from: Timestamp,
    },
    /// A certificate that was valid no more.
    #[error("the certificate of `{subject}` has expired: it was valid until {until}")]
    Expired {
        /// Whose certificate.
        subject: String,
        /// Until when.
        until: Timestamp,
    },
    /// A certificate that was revoked.
    #[error("the certificate of `{subject}` was revoked on {on}")]
    Revoked {
        /// Whose certificate.
        subject: String,
        /// When.
        on: Timestamp,
    },
    /// A certificate that is for something else.
    #[error("the certificate of `{subject}` is not for signing messages: {what}")]
    Usage {
        /// Whose certificate.
        subject: String,
        /// What it is for.
        what: String,
    },
    /// Something that cannot be checked, and does not count therefore.
    #[error("the signature cannot be checked: {what}")]
    Unverifiable {
        /// Why.
        what: String,
    },
}

impl SignatureError {
    /// The stable name of the reason; part of the contract as finding codes are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(finding) => finding.code.as_str(),
            Self::Unsigned { .. } => "SIGNATURE_MISSING",
            Self::Several { .. } => "SIGNATURE_SEVERAL",
            Self::WrongPlace { .. } => "SIGNATURE_PLACE",
            Self::Comment { .. } => "SIGNATURE_COMMENT",
            Self::Instruction { .. } => "SIGNATURE_INSTRUCTION",
            Self::Algorithm { .. } => "SIGNATURE_ALGORITHM",
            Self::Reference { .. } => "SIGNATURE_REFERENCE",
            Self::Structure { .. } => "SIGNATURE_STRUCTURE",
            Self::Digest => "SIGNATURE_DIGEST",
            Self::Value => "SIGNATURE_VALUE",
            Self::Certificate { .. } => "CERTIFICATE_UNREADABLE",
            Self::Key { .. } => "CERTIFICATE_KEY",
            Self::KeyTooSmall { .. } => "CERTIFICATE_KEY_SIZE",
            Self::Untrusted { .. } => "CERTIFICATE_UNTRUSTED",
            Self::NotYetValid { .. } => "CERTIFICATE_NOT_YET_VALID",
            Self::Expired { .. } => "CERTIFICATE_EXPIRED",
            Self::Revoked { .. } => "CERTIFICATE_REVOKED",
            Self::Usage { .. } => "CERTIFICATE_USAGE",
            Self::Unverifiable { .. } => "SIGNATURE_UNVERIFIABLE",
        }
    }
}

impl From<super::super::xml::Fatal> for SignatureError {
    fn from(fatal: super::super::xml::Fatal) -> Self {
        Self::Unreadable(fatal)
    }
}

/// Why certificates, revocation lists or keys of our own cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub(super) String);
