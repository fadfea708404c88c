//! The API over a real socket.

mod accounts;
mod flow;
mod messages;
mod organisations;
pub(crate) mod site;
