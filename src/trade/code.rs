//! Short codes of the standards: countries, currencies, units, regimes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a code of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct CodeError {
    /// What a code of this kind looks like.
    pub expected: &'static str,
}

macro_rules! short_code {
    ($(#[$meta:meta])* $name:ident, $max:literal, $expected:literal, $valid:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            bytes: [u8; $max],
            length: u8,
        }

        impl $name {
            /// Reads a code. Only its form is judged, not whether a list has it.
            ///
            /// # Errors
            /// [`CodeError`] says what was expected.
            pub fn parse(text: &str) -> Result<Self, CodeError> {
                let valid: fn(&[u8]) -> bool = $valid;
                if !valid(text.as_bytes()) {
                    return Err(CodeError { expected: $expected });
                }
                let mut bytes = [0; $max];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Ok(Self { bytes, length: u8::try_from(text.len()).unwrap_or($max) })
            }

            /// The code as text.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

short_code!(
    /// A country of ISO 3166-1, by its two letters.
    CountryCode, 2, "two capital letters of ISO 3166-1",
    |text| text.len() == 2 && text.iter().all(u8::is_ascii_uppercase)
);
short_code!(
    /// A currency of ISO 4217, by its three letters.
    CurrencyCode, 3, "three capital letters of ISO 4217",
    |text| text.len() == 3 && text.iter().all(u8::is_ascii_uppercase)
);
short_code!(
    /// A unit of quantity: UN/ECE Recommendation 20, or a national customs unit of up to 8 signs.
    UnitCode, 8, "a unit code of one to eight letters, digits or `#`",
    |text| (1..=8).contains(&text.len()) && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'#')
);
short_code!(
    /// A customs regime of the pack's country (mã loại hình), such as `A11`.
    RegimeCode, 4, "a regime code of two to four capital letters and digits",
    |text| (2..=4).contains(&text.len()) && text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
);

/// Which way goods cross the border of the pack's country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the country (nhập khẩu).
    Import,
    /// Out of the country (xuất khẩu).
    Export,
}

impl Direction {
    /// `import` or `export`, as the answers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
        }
    }
}
