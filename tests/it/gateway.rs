//! Two gateways that exchange certificates: real services, stores and sockets.

mod exchanging;
mod house;
mod refusing;
mod using;
