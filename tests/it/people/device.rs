//! A device that shows codes.

use jiff::Timestamp;

/// What a device makes of the address that it has read.
pub(crate) struct Device(totp_rs::Totp);

impl Device {
    pub(crate) fn read(address: &str) -> Self {
        let (_, rest) = address.split_once("secret=").unwrap();
        let secret = totp_rs::Secret::try_from_base32(rest.split('&').next().unwrap()).unwrap();
        Self(totp_rs::Builder::new().with_secret(secret).build().unwrap())
    }

    pub(crate) fn code(&self, at: Timestamp) -> String {
        self.0.generate(u64::try_from(at.as_second()).unwrap()).to_string()
    }

    /// A code that is not good at this moment or near it.
    pub(crate) fn wrong(&self, at: Timestamp) -> String {
        let good: Vec<String> =
            (-2..=2).map(|step| self.code(at + jiff::SignedDuration::from_secs(30 * step))).collect();
        (0..6).map(|number| format!("{number:06}")).find(|code| !good.contains(code)).unwrap()
    }
}
