//! Codes of the Harmonized System and of the nomenclatures built on it.

use serde::{Deserialize, Serialize};

/// A code of the Harmonized System (mã HS) of 2 to 8 digits: a chapter, heading, subheading or,
/// in ASEAN, an AHTN tariff line. Digits beyond the eighth belong to national sub-lines and are
/// not kept.
///
/// ```
/// use motcua::trade::HsCode;
/// let prawns = HsCode::parse("0306.17.21")?;
/// assert_eq!(prawns.to_string(), "03061721");
/// assert!(HsCode::parse("0306")?.is_prefix_of(prawns));
/// # Ok::<(), motcua::trade::HsCodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HsCode {
    /// The digits, padded on the right with zeros to eight: codes sort as their text does.
    padded: u32,
    digits: u8,
}

/// Why a text is not a code of the Harmonized System.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HsCodeError {
    /// Something else than digits, dots and spaces.
    #[error("an HS code has only digits (dots and spaces between them are read over)")]
    NotDigits,
    /// Fewer than two digits, or an odd number up to seven.
    #[error("an HS code has 2, 4, 6 or 8 digits")]
    Length,
    /// More digits than any national nomenclature uses.
    #[error("an HS code with its national digits has at most 12")]
    TooLong,
    /// Chapters run from 01 to 99.
    #[error("there is no chapter 00")]
    ChapterZero,
}

const POWERS: [u32; 9] = [100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

impl HsCode {
    /// Reads a code; dots and spaces between the digits are read over, digits beyond the eighth
    /// are dropped.
    ///
    /// # Errors
    /// [`HsCodeError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, HsCodeError> {
        let mut value = 0u32;
        let mut digits = 0u8;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    if digits >= 12 {
                        return Err(HsCodeError::TooLong);
                    }
                    if digits < 8 {
                        value = value * 10 + u32::from(byte - b'0');
                    }
                    digits += 1;
                }
                b'.' | b' ' => {}
                _ => return Err(HsCodeError::NotDigits),
            }
        }
        let digits = digits.min(8);
        if !matches!(digits, 2 | 4 | 6 | 8) {
            return Err(HsCodeError::Length);
        }
        let padded = value * POWERS[usize::from(digits)];
        if padded < 1_000_000 {
            return Err(HsCodeError::ChapterZero);
        }
        Ok(Self { padded, digits })
    }

    /// How many digits the code has: 2, 4, 6 or 8.
    pub fn digits(self) -> u8 {
        self.digits
    }

    /// The code as a number, padded with zeros to eight digits.
    pub fn padded(self) -> u32 {
        self.padded
    }

    /// Its first `digits` digits, or the code itself where it has no more than that.
    #[must_use]
    pub fn truncated(self, digits: u8) -> Self {
        if digits >= self.digits {
            return self;
        }
        let unit = POWERS[usize::from(digits)];
        Self { padded: self.padded / unit * unit, digits }
    }

    /// The chapter: its first two digits as a number from 1 to 99.
    pub fn chapter(self) -> u8 {
        u8::try_from(self.padded / 1_000_000).unwrap_or(0)
    }

    /// Whether `other` lies within this code (a code lies within itself).
    pub fn is_prefix_of(self, other: Self) -> bool {
        self.digits <= other.digits && other.truncated(self.digits).padded == self.padded
    }

    /// The last code of eight digits that lies within this one, as a number.
    pub fn last_padded(self) -> u32 {
        self.padded + POWERS[usize::from(self.digits)] - 1
    }

    /// Its digits as text bytes.
    pub fn to_digits(self) -> ([u8; 8], usize) {
        let mut out = [b'0'; 8];
        let mut rest = self.padded;
        for slot in out.iter_mut().rev() {
            *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        (out, usize::from(self.digits))
    }
}

impl std::fmt::Display for HsCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (digits, length) = self.to_digits();
        f.write_str(std::str::from_utf8(&digits[..length]).unwrap_or_default())
    }
}

impl std::fmt::Debug for HsCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_over_dots_and_drops_national_digits() {
        let code = HsCode::parse("0306.17.21.00").unwrap();
        assert_eq!(code.to_string(), "03061721");
        assert_eq!(code.chapter(), 3);
    }

    #[test]
    fn refuses_what_is_no_code() {
        assert_eq!(HsCode::parse(""), Err(HsCodeError::Length));
        assert_eq!(HsCode::parse("03061"), Err(HsCodeError::Length));
        assert_eq!(HsCode::parse("0306172x"), Err(HsCodeError::NotDigits));
        assert_eq!(HsCode::parse("0012"), Err(HsCodeError::ChapterZero));
        assert_eq!(HsCode::parse("0306172100001"), Err(HsCodeError::TooLong));
    }

    #[test]
    fn a_prefix_covers_its_codes_only() {
        let heading = HsCode::parse("0306").unwrap();
        assert!(heading.is_prefix_of(HsCode::parse("03061721").unwrap()));
        assert!(heading.is_prefix_of(heading));
        assert!(!heading.is_prefix_of(HsCode::parse("0307").unwrap()));
        assert!(!HsCode::parse("030617").unwrap().is_prefix_of(heading));
        assert_eq!(heading.last_padded(), 3_069_999);
    }
}
