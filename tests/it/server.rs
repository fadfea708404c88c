//! The API over a real socket.

mod flow;
mod messages;
pub(crate) mod site;
