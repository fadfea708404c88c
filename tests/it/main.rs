//! The program and the library from outside, one module for each area.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop where something is wrong, and say what they skip"
)]

mod admin;
mod approval;
mod architecture;
mod asean;
mod channel;
mod commands;
mod corpus;
mod decision_record;
mod demo;
mod dossier;
mod errors;
mod exchange;
mod explain;
mod fixtures;
mod gateway;
mod generate;
mod hostile;
mod joint;
mod law;
mod ledger;
mod message_answer;
mod message_asean;
mod message_asycuda;
mod message_national;
mod message_receive;
mod message_soap;
mod message_vnsw;
mod methods;
mod origin;
mod people;
mod process;
mod properties;
mod record_entries;
mod records;
mod rules_diff;
mod server;
mod service;
mod settling;
mod shuffle;
mod signature;
mod store;
mod support;
