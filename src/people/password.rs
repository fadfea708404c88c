//! Passwords: which are good enough, and how they are kept.

use std::fmt;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization as _;

use super::names::Login;
use super::random::{Random, RandomError, text};
use super::secret::Secret;

/// The fewest signs of a password.
const SHORTEST: usize = 12;
/// The most: what is hashed has a bound.
const LONGEST: usize = 256;
/// The fewest different signs.
const DIFFERENT: usize = 5;
/// Signs that must be left when the login is taken out.
const BESIDE_LOGIN: usize = 8;
/// The most common passwords that are long enough otherwise, in small letters.
const COMMON: &str = include_str!("password/common.txt");

/// Argon2id with the parameters that OWASP names first: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash of the same cost that no password is known for. It stands in where a login is unknown, so
/// that the answer takes as long as for one that is known.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbC4uLg$q0mMyfE0Hn6gYqkD2yV1R6mWc0X3bq9H8o5cJf0t7pU";

/// Why a password is not good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Few signs.
    #[error("a password has at least {SHORTEST} signs")]
    TooShort,
    /// Very many.
    #[error("a password has at most {LONGEST} signs")]
    TooLong,
    /// Always the same signs.
    #[error("a password has at least {DIFFERENT} different signs")]
    TooUniform,
    /// The login, or little beside it.
    #[error("the password is the login with little added")]
    LikeLogin,
    /// One that everybody tries first.
    #[error("the password is among the most common ones")]
    Common,
}

/// Whether a password is good enough for whoever signs in with this login.
///
/// # Errors
/// [`PasswordError`]: the first thing that is wrong with it.
pub fn check_password(password: &str, login: &Login) -> Result<(), PasswordError> {
    let password = normal(password);
    let signs = password.chars().count();
    if signs < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if signs > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let folded = password.to_lowercase();
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT {
        return Err(PasswordError::TooUniform);
    }
    let beside = folded.replace(login.as_str(), "");
    if beside.len() < folded.len() && beside.chars().count() < BESIDE_LOGIN {
        return Err(PasswordError::LikeLogin);
    }
    if COMMON.lines().any(|common| common == folded) {
        return Err(PasswordError::Common);
    }
    Ok(())
}

/// A password that is drawn, for somebody who is to change it.
///
/// # Errors
/// [`RandomError`].
pub fn initial_password(random: &mut dyn Random) -> Result<Secret, RandomError> {
    let groups = [text::<5>(random)?, text::<5>(random)?, text::<5>(random)?, text::<5>(random)?];
    Ok(Secret::new(groups.join("-")))
}

/// A password as it is kept: argon2id in the PHC form. Making and checking one takes tens of
/// milliseconds: not on a thread that serves others.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a salt that was drawn for it. None where there is no memory for it.
    pub fn of(password: &str, salt: [u8; 16]) -> Option<Self> {
        let hash: argon2::PasswordHash = hasher()?.hash_password_with_salt(normal(password).as_bytes(), &salt).ok()?;
        Some(Self(hash.to_string()))
    }

    /// A hash as it was kept.
    pub fn from_kept(text: String) -> Self {
        Self(text)
    }

    /// The hash as it is kept.
    pub fn kept(&self) -> &str {
        &self.0
    }

    /// Whether this is the password of `hash`; of nobody, where there is none: then it is not, and
    /// the work is the same.
    pub fn verify(hash: Option<&Self>, password: &str) -> bool {
        let text = hash.map_or(NOBODY, |hash| &hash.0);
        if password.len() > LONGEST * 4 {
            return false;
        }
        let is = hasher().is_some_and(|hasher| hasher.verify_password(normal(password).as_bytes(), text).is_ok());
        is && hash.is_some()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// One form for what looks the same: keyboards send Vietnamese letters composed or in parts.
fn normal(password: &str) -> String {
    password.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_login_costs_what_a_known_one_does() {
        let hash = argon2::PasswordHash::new(NOBODY).unwrap();
        assert_eq!(Params::try_from(&hash).unwrap().m_cost(), MEMORY_KIB);
        assert_eq!(Params::try_from(&hash).unwrap().t_cost(), PASSES);
        assert_eq!(Params::try_from(&hash).unwrap().p_cost(), LANES);
        assert_eq!(hash.algorithm.as_str(), "argon2id");
        assert_eq!(hash.hash.unwrap().len(), 32);
        assert!(!PasswordHash::verify(None, "nobody at all..."));
    }

    #[test]
    fn the_common_passwords_are_of_the_kind_that_is_looked_for() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= SHORTEST, "`{common}` is too short anyway");
            assert_eq!(common, common.to_lowercase());
        }
    }
}
