//! The second factor: codes of six digits that change every half minute (RFC 6238).

use std::fmt;

use jiff::Timestamp;

use super::random::{Random, RandomError, draw};
use super::secret::Secret;

/// Bytes of a secret: as many as HMAC-SHA-1 gives (RFC 4226, section 4).
const SECRET: usize = 20;
/// Steps before and after the present one whose code is taken too: clocks differ.
const SKEW: u16 = 1;
/// Seconds of a step.
const STEP: u64 = 30;

/// The shared secret of a person's device.
#[derive(Clone)]
pub struct Totp {
    secret: Vec<u8>,
}

impl Totp {
    /// A new secret.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn draw(random: &mut dyn Random) -> Result<Self, RandomError> {
        Ok(Self { secret: draw::<SECRET>(random)?.to_vec() })
    }

    /// A secret as it was kept; none where it is shorter than any that was ever given out.
    pub fn from_kept(secret: Vec<u8>) -> Option<Self> {
        (secret.len() >= SECRET).then_some(Self { secret })
    }

    /// The secret as it is kept.
    pub fn kept(&self) -> &[u8] {
        &self.secret
    }

    /// The address that a device reads as a QR code. `None` where the names cannot stand in one.
    pub fn address(&self, issuer: &str, account: &str) -> Option<Secret> {
        let totp = self.builder().with_issuer(Some(issuer)).with_account_name(account).build().ok()?;
        totp.to_url().ok().map(Secret::new)
    }

    /// The step that a code is of, where it is good at `now`. A step is taken once: whoever saw a
    /// code being typed cannot use it.
    pub fn step(&self, code: &str, now: Timestamp, last_step: i64) -> Option<i64> {
        let totp = self.builder().build().ok()?;
        let code: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
        let step = totp.check(&code, u64::try_from(now.as_second()).ok()?)?;
        i64::try_from(step).ok().filter(|step| *step > last_step)
    }

    fn builder(&self) -> totp_rs::Builder {
        totp_rs::Builder::new()
            .with_algorithm(totp_rs::Algorithm::SHA1)
            .with_digits(6)
            .with_skew(SKEW)
            .with_step_duration(STEP)
            .with_secret(self.secret.clone())
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(…)")
    }
}
