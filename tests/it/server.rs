//! The API over a real socket.

mod attachments;
mod bulk;
mod flow;
mod law;
mod messages;
mod papers;
pub(crate) mod site;
