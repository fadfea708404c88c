//! The API over a real socket.

mod accounts;
mod addresses;
mod answers;
mod asking;
mod attachments;
mod bulk;
mod events;
mod flow;
mod killed;
mod law;
mod logged;
mod messages;
mod metrics;
mod next;
mod once;
mod organisations;
mod papers;
mod people;
mod queues;
mod reads;
mod recorded;
mod schema;
mod session;
pub(crate) mod site;
