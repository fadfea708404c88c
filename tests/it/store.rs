//! The store, on both servers.

mod backup;
mod commands;
mod damage;
mod faults;
mod histories;
mod journal;
mod lists;
mod own_server;
pub(crate) mod raw;
pub(crate) mod servers;
pub(crate) mod story;
mod verify;
