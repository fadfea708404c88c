//! Texts that nobody but their owner may read, and what is kept of them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::random::{Random, RandomError, draw};

/// A secret text, given out once. It does not show where it is printed for debugging.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a secret: what is kept of keys and tokens. They are 32 random bytes, so that nothing
/// slower than one round of it is needed against guessing.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a secret text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// As it is kept.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Whether these are the bytes that were kept. Takes equally long wherever they differ.
    pub fn is(&self, kept: &[u8]) -> bool {
        self.0.ct_eq(kept).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// Signs of 32 bytes in base64url without padding.
pub(super) const SIGNS: usize = 43;

/// 32 random bytes in base64url.
pub(super) fn draw_text(random: &mut dyn Random) -> Result<String, RandomError> {
    Ok(URL_SAFE_NO_PAD.encode(draw::<32>(random)?))
}

/// Whether a text looks like such bytes.
pub(super) fn is_text(text: &str) -> bool {
    text.len() == SIGNS && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_'))
}
