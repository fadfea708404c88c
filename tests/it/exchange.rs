//! What is in the outbox reaches those it is for: over real sockets, on both servers.

mod delivering;
mod failing;
mod notices;
mod office;
mod order;
mod receiver;
mod signing;
mod soap;
mod tls;
