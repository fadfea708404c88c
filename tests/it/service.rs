//! The service from the inside: messages taken, tasks done, goods cleared.

mod flow;
pub(crate) mod house;
