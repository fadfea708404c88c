//! The service from the inside: messages taken, tasks done, goods cleared.

mod bulk;
pub(crate) mod drafts;
mod flow;
pub(crate) mod house;
mod law;
mod ledger;
pub(crate) mod permits;
