//! Who asks, how that is proved, and what may be seen and done.

mod accounts;
pub(crate) mod device;
mod keys;
mod passwords;
mod proofs;
mod rights;
mod second_factor;
mod sessions;
mod window;

use motcua::people::{Random, RandomError};

/// Bytes that differ from draw to draw and are the same in every run.
#[derive(Debug, Default)]
pub(crate) struct Counting(u64);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
        Ok(())
    }
}
