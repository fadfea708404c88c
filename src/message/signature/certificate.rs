//! What a certificate says: whose it is, for how long, which key.

use aws_lc_rs::digest;
use jiff::Timestamp;
use x509_cert::Certificate as Parsed;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Decode as _, Encode as _, Reader as _, SliceReader};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::time::Time;

use super::{Algorithm, SignatureError};

/// RFC 8017: RSA.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480: elliptic curves, and the curve P-256.
const ELLIPTIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// The least size of an RSA key.
const RSA_BITS: usize = 2048;

/// What a certificate (X.509, RFC 5280) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is, as RFC 4514 writes names.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// Its fingerprint: SHA-256 over the certificate.
    pub sha256: [u8; 32],
    /// The first moment at which it is valid.
    pub not_before: Timestamp,
    /// The last one.
    pub not_after: Timestamp,
}

impl Certificate {
    /// The fingerprint in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&self.sha256)
    }

    /// Whether it is valid at a moment.
    pub(super) fn valid_at(&self, at: Timestamp) -> Result<(), SignatureError> {
        let subject = || self.subject.clone();
        if at < self.not_before {
            return Err(SignatureError::NotYetValid { subject: subject(), from: self.not_before });
        }
        // Certificates count in seconds, the last one included.
        if at.as_second() > self.not_after.as_second() {
            return Err(SignatureError::Expired { subject: subject(), until: self.not_after });
        }
        Ok(())
    }
}

/// A certificate that was read, with what verifying needs of it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) about: Certificate,
    /// Whether it may issue others.
    pub(super) is_authority: bool,
    parsed: Parsed,
}

impl Opened {
    /// Reads a certificate.
    pub(super) fn read(der: &[u8]) -> Result<Self, String> {
        let parsed = Parsed::from_der(der).map_err(|cause| cause.to_string())?;
        let tbs = &parsed.tbs_certificate;
        let constraints = tbs.get::<BasicConstraints>().map_err(|cause| cause.to_string())?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        let about = Certificate {
            subject: tbs.subject.to_string(),
            issuer: tbs.issuer.to_string(),
            serial: hex(tbs.serial_number.as_bytes()),
            sha256,
            not_before: moment(tbs.validity.not_before)?,
            not_after: moment(tbs.validity.not_after)?,
        };
        Ok(Self { about, is_authority: constraints.is_some_and(|(_, basic)| basic.ca), parsed })
    }

    /// Its public key as `SubjectPublicKeyInfo`.
    pub(super) fn key(&self) -> Result<Vec<u8>, SignatureError> {
        self.parsed.tbs_certificate.subject_public_key_info.to_der().map_err(|cause| unreadable(&cause))
    }

    /// The algorithm that its key is for.
    pub(super) fn algorithm(&self) -> Result<Algorithm, SignatureError> {
        let info = &self.parsed.tbs_certificate.subject_public_key_info;
        if info.algorithm.oid == RSA {
            let bits = modulus_bits(info.subject_public_key.raw_bytes()).map_err(|cause| unreadable(&cause))?;
            return if bits < RSA_BITS { Err(SignatureError::KeyTooSmall { bits }) } else { Ok(Algorithm::RsaSha256) };
        }
        let curve = info.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        match curve {
            Some(P256) if info.algorithm.oid == ELLIPTIC => Ok(Algorithm::EcdsaP256Sha256),
            Some(curve) if info.algorithm.oid == ELLIPTIC => {
                Err(SignatureError::Key { found: format!("one on the curve {curve}") })
            }
            _ => Err(SignatureError::Key { found: format!("of the kind {}", info.algorithm.oid) }),
        }
    }

    /// Whether it is for signing: where it says what its key is for, signatures of data are among it
    /// (RFC 5280, 4.2.1.3).
    pub(super) fn signs(&self) -> Result<(), SignatureError> {
        let usage = self.parsed.tbs_certificate.get::<KeyUsage>().map_err(|cause| unreadable(&cause))?;
        match usage {
            Some((_, usage)) if !(usage.digital_signature() || usage.non_repudiation()) => Err(SignatureError::Usage {
                subject: self.about.subject.clone(),
                what: format!("its key is for {}", words(usage)),
            }),
            _ => Ok(()),
        }
    }
}

fn words(usage: KeyUsage) -> String {
    let words: Vec<&str> = usage
        .0
        .into_iter()
        .map(|one| match one {
            KeyUsages::DigitalSignature => "signatures",
            KeyUsages::NonRepudiation => "content commitment",
            KeyUsages::KeyEncipherment => "enciphering keys",
            KeyUsages::DataEncipherment => "enciphering data",
            KeyUsages::KeyAgreement => "agreeing on keys",
            KeyUsages::KeyCertSign => "issuing certificates",
            KeyUsages::CRLSign => "issuing revocation lists",
            KeyUsages::EncipherOnly | KeyUsages::DecipherOnly => "enciphering",
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// The size of an RSA key: `RSAPublicKey` of RFC 8017.
fn modulus_bits(key: &[u8]) -> x509_cert::der::Result<usize> {
    let mut reader = SliceReader::new(key)?;
    reader.sequence(|parts| {
        let modulus = UintRef::decode(parts)?;
        UintRef::decode(parts)?;
        let zeros = modulus.as_bytes().first().map_or(0, |byte| byte.leading_zeros() as usize);
        Ok(modulus.as_bytes().len() * 8 - zeros)
    })
}

fn moment(time: Time) -> Result<Timestamp, String> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|cause| cause.to_string())?;
    Timestamp::from_second(seconds).map_err(|cause| cause.to_string())
}

fn unreadable(cause: &x509_cert::der::Error) -> SignatureError {
    SignatureError::Certificate { what: cause.to_string() }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
