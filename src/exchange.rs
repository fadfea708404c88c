//! The exchange with the outside: what stands in the outbox is delivered to those who have an
//! endpoint. Those without one fetch it.
//!
//! * [`Deliveries`]: the task that delivers, at least once, in order for each recipient.
//! * [`Policy`]: what is tried again, how soon, and what is given up.
//! * [`signature`]: how webhooks are signed, and how a receiver verifies it.
//! * [`endpoint`]: endpoints and dead letters, as organisations and operators handle them.
//!
//! Two kinds of endpoints: a webhook gets each message as it is, signed; a SOAP service gets the
//! single window's envelopes and answers at once that it has or refuses them.

mod client;
mod deliver;
pub mod endpoint;
pub mod folder;
mod network;
mod partner;
mod policy;
mod reach;
pub mod registry;
pub mod signature;
mod soap;
pub mod status;

pub use client::{Transport, TransportError};
pub use deliver::{Deliveries, Draw, Settings, system_draw};
pub use network::{Network, NetworkError};
pub use policy::{Failure, FailureKind, Policy, judge};
pub use reach::{Reach, ReachError};
