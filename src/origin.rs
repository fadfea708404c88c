//! Rules of origin: what a certificate is worth for the lines of a declaration.
//!
//! ```text
//! notes, documents ──claims──▶ Claims ──CertificateIndex──▶ certificates
//!                                                                │
//!          lines × items ──assign──▶ shares ──check, compare──▶ findings ──▶ LinePreference
//! ```
//!
//! * [`check`]: a certificate by itself, against the agreement and the printed overleaf rules.
//! * [`claims`]: how a declaration quotes certificates; [`CertificateIndex`] finds them among many.
//! * [`preference`]: lines beside items: which item serves which line, what differs, what follows.
//! * [`QuantityAccount`], [`CertificateLedger`]: what is left of an item and of an original proof.
//! * [`clocks`]: the limits in time of one certificate.
//!
//! What a check weighs, cites and says is data ([`crate::law::Agreement`], `rules/asean/`). All is a
//! pure function of its arguments, the day included. Each item is judged by itself: a problem with
//! one item never touches what the others serve (OCP rule 16(3)). Nothing here computes a duty.

mod assign;
mod check;
mod clock;
mod compare;
mod finding;
mod index;
mod ledger;
mod measure;
mod preference;
mod quote;
mod rates;
mod words;

pub use check::{ForceMajeure, Presentation, check};
pub use clock::{CertificateDates, Clock, clocks};
pub use finding::{OriginFinding, Value};
pub use index::{CertificateIndex, Fitting, Slot};
pub use ledger::{CertificateLedger, LedgerEvent, QuantityAccount, QuantityError, overdrawn_originals};
pub use preference::{
    Asking, ItemUse, Known, LinePreference, Outcome, Standing, Utilisation, preference, reservations, utilisation,
};
pub use quote::{Claim, ClaimSource, Claims, claims};
pub use rates::{LineRates, rate};
pub use words::reference_key;
