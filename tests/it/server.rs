//! The API over a real socket.

mod accounts;
mod flow;
mod killed;
mod law;
mod messages;
pub(crate) mod site;
