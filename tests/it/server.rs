//! The API over a real socket.

mod accounts;
mod flow;
mod messages;
pub(crate) mod site;
