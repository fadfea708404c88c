//! Keys of systems: `mk_`, eight signs that name the key, `_`, 32 random bytes.

use std::fmt;

use super::random::{Random, RandomError, text};
use super::secret::{Digest, SIGNS, Secret, draw_text, is_text};

/// What every key starts with, so that one that leaked is found by those who look for them.
const PREFIX: &str = "mk_";
/// Signs of an id.
const ID: usize = 8;

/// The name of a key: no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Reads the id of a key.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == ID && text.bytes().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit());
        valid.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key as it is kept or presented: its id and the digest of the whole.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// The digest of its text.
    pub digest: Digest,
}

impl ApiKey {
    /// A new key, with the text that its owner is given once.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn draw(random: &mut dyn Random) -> Result<(Self, Secret), RandomError> {
        let id = KeyId(text::<ID>(random)?);
        let key = format!("{PREFIX}{id}_{}", draw_text(random)?);
        Ok((Self { id, digest: Digest::of(&key) }, Secret::new(key)))
    }

    /// A key as somebody presents it; none where it cannot be one.
    pub fn parse(presented: &str) -> Option<Self> {
        let rest = presented.strip_prefix(PREFIX)?;
        let (id, secret) = (rest.get(..ID)?, rest.get(ID..)?.strip_prefix('_')?);
        if rest.len() != ID + 1 + SIGNS || !is_text(secret) {
            return None;
        }
        Some(Self { id: KeyId::parse(id)?, digest: Digest::of(presented) })
    }
}
