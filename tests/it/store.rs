//! The store, on both servers.

pub(crate) mod servers;
