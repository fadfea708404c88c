//! The draw of consignments under reduced inspection: a keyed hash of the declaration. Nobody
//! without the key can predict it, an auditor with the key can repeat it.

use hmac::{Hmac, KeyInit, Mac};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sha2::Sha256;

use crate::law::Day;

/// The key of the draw. It comes from the configuration of the installation, never from a pack.
#[derive(Clone)]
pub struct SampleKey(Vec<u8>);

/// Keys are not printed.
impl std::fmt::Debug for SampleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SampleKey(…)")
    }
}

/// Why bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of the draw has {found} bytes; it needs {} at least", SampleKey::BYTES_MIN)]
pub struct SampleKeyError {
    /// How many there are.
    pub found: usize,
}

impl SampleKey {
    /// Fewer bytes can be guessed.
    pub const BYTES_MIN: usize = 16;

    /// A key of at least [`SampleKey::BYTES_MIN`] bytes; white space around them is not part of it.
    ///
    /// # Errors
    /// [`SampleKeyError`] where there are fewer.
    pub fn new(bytes: &[u8]) -> Result<Self, SampleKeyError> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < Self::BYTES_MIN {
            return Err(SampleKeyError { found: bytes.len() });
        }
        Ok(Self(bytes.to_vec()))
    }

    /// Whether a consignment is drawn: HMAC-SHA-256 over regime, importer, declaration and day,
    /// each with its length before it; its first eight bytes as a number, below the share of all
    /// numbers of eight bytes.
    pub fn draws(&self, regime: &str, importer: &str, declaration: &str, day: Day, share: Decimal) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return true };
        for part in ["motcua-sample-1", regime, importer, declaration, &day.to_string()] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut first = [0u8; 8];
        first.copy_from_slice(&digest[..8]);
        let bound = share.checked_mul(Decimal::from(u64::MAX)).and_then(|bound| bound.to_u64()).unwrap_or(u64::MAX);
        u64::from_be_bytes(first) < bound
    }
}
