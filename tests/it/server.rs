//! The API over a real socket.

mod accounts;
mod addresses;
mod again;
mod anew;
mod answers;
mod attachments;
mod bulk;
mod events;
mod fixtures;
mod flow;
mod killed;
mod law;
mod logged;
mod messages;
mod once;
mod organisations;
mod papers;
mod people;
mod reasons;
mod registered;
mod rights;
mod session;
pub(crate) mod site;
mod together;
