//! The life of a certificate of origin, on both sides: issued and sent, or received; used, refused,
//! doubted, taken back.
//!
//! What comes before its certificate is kept all the same: a notice begins the case, and counts when
//! the certificate is there. A number that comes again with other content changes nothing and is an
//! alarm.

mod decide;
mod event;
mod state;

pub use decide::{Command, Using, decide};
pub use event::CertificateEvent;
pub use state::{Certificate, CertificateClock, CertificateSide, CertificateStatus, Verification};
