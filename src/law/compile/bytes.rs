//! The compiled form: what `build.rs` puts into the program.

use super::super::pack::Pack;

/// The first byte: changes whenever the compiled form does.
const VERSION: u8 = 7;

/// Why bytes are no compiled pack.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackBytesError {
    /// Nothing at all.
    #[error("the compiled pack is empty")]
    Empty,
    /// Written by another version of the program.
    #[error("the compiled pack has version {found}, this program reads {VERSION}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// Broken.
    #[error("the compiled pack is broken")]
    Broken(#[source] postcard::Error),
}

impl Pack {
    /// The compiled form.
    ///
    /// # Errors
    /// [`PackBytesError::Broken`] where there is no room for it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PackBytesError> {
        postcard::to_extend(self, vec![VERSION]).map_err(PackBytesError::Broken)
    }

    /// Reads the compiled form. The bytes must come from [`Pack::to_bytes`]: positions in them
    /// are trusted.
    ///
    /// # Errors
    /// [`PackBytesError`] where they are of another version or broken.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PackBytesError> {
        match bytes.split_first() {
            None => Err(PackBytesError::Empty),
            Some((&VERSION, rest)) => {
                let mut pack: Self = postcard::from_bytes(rest).map_err(PackBytesError::Broken)?;
                pack.index.prepare();
                Ok(pack)
            }
            Some((&found, _)) => Err(PackBytesError::Version { found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_bytes_are_refused() {
        assert!(matches!(Pack::from_bytes(&[]), Err(PackBytesError::Empty)));
        assert!(matches!(Pack::from_bytes(&[9, 1]), Err(PackBytesError::Version { found: 9 })));
        assert!(matches!(Pack::from_bytes(&[VERSION, 1]), Err(PackBytesError::Broken(_))));
    }
}
