//! The API over a real socket.

mod flow;
mod killed;
mod messages;
pub(crate) mod site;
