//! Tokens of sessions and of one-time errands.

use jiff::{SignedDuration, Timestamp};

use super::random::{Random, RandomError};
use super::secret::{Digest, Secret, draw_text, is_text};

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Working.
    Session,
    /// Setting up the second factor, by those who need one and have none yet.
    Enrol,
    /// Setting a new password, once, without the old one.
    PasswordReset,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Session, Self::Enrol, Self::PasswordReset];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Enrol => "enrol",
            Self::PasswordReset => "password_reset",
        }
    }

    /// The purpose of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }

    /// How long it may be used at all.
    pub fn lasts(self) -> SignedDuration {
        match self {
            Self::Session => SignedDuration::from_hours(12),
            Self::Enrol => SignedDuration::from_mins(15),
            Self::PasswordReset => SignedDuration::from_hours(1),
        }
    }

    /// How long it may lie unused.
    pub fn rests(self) -> SignedDuration {
        match self {
            Self::Session => SignedDuration::from_mins(30),
            Self::Enrol | Self::PasswordReset => self.lasts(),
        }
    }

    /// Whether a token of `created` that was last used at `used` is still good at `now`.
    pub fn is_good(self, created: Timestamp, used: Timestamp, now: Timestamp) -> bool {
        now.duration_since(created) < self.lasts() && now.duration_since(used) < self.rests()
    }
}

/// A token as it is kept or presented: the digest of its text.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// The digest.
    pub digest: Digest,
}

impl Token {
    /// A new token, with the text that its owner is given once.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn draw(random: &mut dyn Random) -> Result<(Self, Secret), RandomError> {
        let text = draw_text(random)?;
        Ok((Self { digest: Digest::of(&text) }, Secret::new(text)))
    }

    /// A token as somebody presents it; none where it cannot be one.
    pub fn parse(presented: &str) -> Option<Self> {
        is_text(presented).then(|| Self { digest: Digest::of(presented) })
    }
}
