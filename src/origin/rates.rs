//! Duty rates as the tariff prints them: the trader's saving is shown, no duty is computed.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::law::TariffLine;

/// The rates of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRates {
    /// The most-favoured-nation rate as printed; absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfn: Option<String>,
    /// The rate of the agreement as printed; absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atiga: Option<String>,
    /// What the preference saves, in percentage points; absent: one of the rates is not known, or
    /// is no single percentage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saving: Option<Decimal>,
}

impl LineRates {
    /// The rates of a line of the tariff; all unknown where there is none.
    pub fn of(line: Option<&TariffLine>) -> Self {
        let (mfn, atiga) = line.map_or((None, None), |line| (line.duty_mfn.clone(), line.duty_atiga.clone()));
        let saving = mfn.as_deref().and_then(rate).zip(atiga.as_deref().and_then(rate));
        let saving = saving.and_then(|(mfn, atiga)| mfn.checked_sub(atiga)).map(|points| points.normalize());
        Self { mfn, atiga, saving }
    }
}

/// A printed rate as one percentage. `10/15`, `*`, `40 (NHN: 80)` and specific rates are none:
/// which of them applies nobody can tell from the code alone.
pub fn rate(printed: &str) -> Option<Decimal> {
    let number = printed.trim();
    let number = number.strip_suffix('%').map_or(number, str::trim_end);
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let percent = plain.then(|| Decimal::from_str_exact(number).ok()).flatten()?;
    Some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_percentage_is_a_rate() {
        let percent = |text: &str| rate(text).map(|rate| rate.to_string());
        assert_eq!(percent("7.5"), Some("7.5".into()));
        assert_eq!(percent(" 5 % "), Some("5".into()));
        assert_eq!(percent("0"), Some("0".into()));
        for unknown in ["", "*", "10/15", "40 (NHN: 80)", "5 USD/kg", "-1", "1e2", "."] {
            assert_eq!(percent(unknown), None, "{unknown}");
        }
    }
}
