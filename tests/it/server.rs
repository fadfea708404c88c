//! The API over a real socket.

mod accounts;
mod addresses;
mod answers;
mod attachments;
mod bulk;
mod events;
mod flow;
mod killed;
mod law;
mod logged;
mod messages;
mod once;
mod organisations;
mod papers;
mod people;
mod queues;
mod recorded;
mod session;
pub(crate) mod site;
