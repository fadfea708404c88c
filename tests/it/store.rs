//! The store, on both servers.

mod damage;
mod histories;
mod journal;
mod raw;
pub(crate) mod servers;
mod story;
mod verify;
