//! How organisations and people are named.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use super::random::{Random, RandomError, draw};

/// Why a text names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct NameError {
    /// What such a name looks like.
    pub expected: &'static str,
}

/// The id of an organisation: chosen by whoever enters it, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationId(String);

impl OrganisationId {
    /// Reads an id.
    ///
    /// # Errors
    /// [`NameError`] says what was expected.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let inner = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
        let valid = (1..=40).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-');
        let expected = "1 to 40 small letters, digits and hyphens, the first no hyphen";
        if valid { Ok(Self(text.to_owned())) } else { Err(NameError { expected }) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person signs in with, beside the password. Capital letters mean the same as small ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Login(String);

impl Login {
    /// Reads a login.
    ///
    /// # Errors
    /// [`NameError`] says what was expected.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim().to_ascii_lowercase();
        let inner = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'.' | b'_' | b'-' | b'@' | b'+');
        if (2..=64).contains(&text.len()) && text.bytes().all(inner) {
            Ok(Self(text))
        } else {
            Err(NameError { expected: "2 to 64 letters without accents, digits and . _ - @ +" })
        }
    }

    /// The login as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(Uuid);

impl PersonId {
    /// A new id.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn draw(random: &mut dyn Random, now: Timestamp) -> Result<Self, RandomError> {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Ok(Self(uuid::Builder::from_unix_timestamp_millis(millis, &draw(random)?).into_uuid()))
    }

    /// Reads an id.
    ///
    /// # Errors
    /// [`NameError`] says what was expected.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let expected = "32 hexadecimal digits in five groups";
        Uuid::try_parse(text).map(Self).map_err(|_| NameError { expected })
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
