//! What is in the outbox reaches those it is for: over real sockets, on both servers.

mod beforehand;
mod delivering;
mod failing;
mod health;
mod notices;
pub(crate) mod office;
mod order;
pub(crate) mod receiver;
mod signing;
mod soap;
mod stuck;
mod tls;
