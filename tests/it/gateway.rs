//! Two gateways that exchange certificates: real services, stores and sockets.

mod chaos;
mod exchanging;
pub(crate) mod house;
mod refusing;
mod session;
mod using;
