//! The signature of webhooks.
//!
//! ```text
//! Motcua-Message-Id: 0198c0de-…
//! Motcua-Signature: t=1784530800,v1=5f2b…
//! ```
//!
//! `t` is the second of this attempt (since 1970, UTC); `v1` is HMAC-SHA256 in lower-case hex, under
//! the 32 bytes of the key, over `t`, a full stop, the message id, a full stop and the body as it
//! came. A receiver compares in constant time, refuses what is older than a few minutes, and takes
//! each message id once: the same message may come again, with a signature of its own.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::store::endpoints::SigningKey;

/// The header of the signature.
pub const SIGNATURE: &str = "Motcua-Signature";
/// The header of the message's id: the same on every attempt.
pub const MESSAGE_ID: &str = "Motcua-Message-Id";
/// The header of the message's number among those of its recipient: it counts from 1 without a gap.
pub const MESSAGE_NUMBER: &str = "Motcua-Message-Number";

/// Why a signature is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not `t=…,v1=…`.
    #[error("the signature cannot be read")]
    Unreadable,
    /// The key, the id, the body or the time is another.
    #[error("the signature is another's")]
    Wrong,
    /// It was made too long before or after now.
    #[error("the signature is of another time")]
    Stale,
}

/// Signs a message at a moment: the value of the header.
pub fn sign(key: &SigningKey, at: Timestamp, id: &str, body: &[u8]) -> String {
    let seconds = at.as_second();
    let mut header = format!("t={seconds},v1=");
    for byte in mac(key, &seconds.to_string(), id, body).finalize().into_bytes() {
        let _ = write!(header, "{byte:02x}");
    }
    header
}

/// Verifies the header of a message that came `now`. It may have been signed so much earlier or
/// later as `tolerance` says. Of several `v1` one has to be right.
///
/// # Errors
/// [`SignatureError`]
pub fn verify(
    key: &SigningKey,
    header: &str,
    id: &str,
    body: &[u8],
    (now, tolerance): (Timestamp, SignedDuration),
) -> Result<(), SignatureError> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts().find(|(name, _)| *name == "t").map(|(_, value)| value).ok_or(SignatureError::Unreadable)?;
    let second = time.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
    let signed = second.ok_or(SignatureError::Unreadable)?;
    let signatures = parts().filter(|(name, _)| *name == "v1").map(|(_, value)| bytes(value));
    let signatures: Vec<[u8; 32]> = signatures.collect::<Option<_>>().ok_or(SignatureError::Unreadable)?;
    if signatures.is_empty() {
        return Err(SignatureError::Unreadable);
    }
    let right = |signature: &[u8; 32]| mac(key, time, id, body).verify_slice(signature).is_ok();
    if !signatures.iter().any(right) {
        return Err(SignatureError::Wrong);
    }
    if now.duration_since(signed).abs() > tolerance { Err(SignatureError::Stale) } else { Ok(()) }
}

fn mac(key: &SigningKey, time: &str, id: &str, body: &[u8]) -> Hmac<Sha256> {
    // A key that is shorter than a block is filled up with zeros (RFC 2104): written out, nothing
    // about its length can fail.
    let mut block = [0; 64];
    block[..key.0.len()].copy_from_slice(&key.0);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in [time.as_bytes(), b".", id.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// 32 bytes from their hexadecimal digits.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
