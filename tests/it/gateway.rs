//! Two gateways that exchange certificates: real services, stores and sockets.

mod chaos;
mod exchanging;
mod house;
mod refusing;
mod session;
mod using;
