//! The API over a real socket.

mod accounts;
mod attachments;
mod bulk;
mod flow;
mod killed;
mod law;
mod messages;
mod papers;
pub(crate) mod site;
