//! HTTP: the API, its description, who asks, what is answered.
//!
//! * [`App`]: what all handlers share; [`router`]: all routes, with their description at
//!   `/openapi.json`, generated from the code.
//! * Everything under `/v1` but `check` wants credentials, and says so before a byte of the body is
//!   looked at.
//! * Errors are problem documents (RFC 9457).

mod acting;
mod again;

mod api;
mod app;
mod asker;
mod body;
mod gateway;
mod gauges;
mod problem;
mod query;
mod run;
mod schema;
mod unread;

pub use app::{App, Limits};
pub use gateway::{PATH as GATEWAY_PATH, serve_partners};
pub use run::{Bound, Running, ServeError, Serving, router, serve, serve_at};
