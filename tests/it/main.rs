//! The program and the library from outside, one module for each area.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop where something is wrong, and say what they skip"
)]

mod approval;
mod architecture;
mod commands;
mod corpus;
mod dossier;
mod errors;
mod explain;
mod fixtures;
mod generate;
mod hostile;
mod joint;
mod law;
mod ledger;
mod message_asycuda;
mod message_national;
mod message_vnsw;
mod methods;
mod properties;
mod records;
mod rules_diff;
mod shuffle;
mod support;
