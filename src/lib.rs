//! Motcua (*một cửa*, "one door"): an engine for a customs single window.
//!
//! The way of a declaration:
//!
//! ```text
//!  bytes ──message──▶ Declaration ──screening──▶ Requirements ──approval──▶ Tasks ──clearance──▶ Decision
//!             │             ▲                         ▲
//!          rejects        trade                 law (rules/)
//!        with reasons  (the words)
//! ```
//!
//! * [`trade`]: the words of the trade as types; knows nothing of the others.
//! * [`message`]: XML in; format detection, the hardened reader, one module per family.
//! * [`law`]: the rule pack: loading, checking, the compiled form and its index.
//! * [`screening`]: line × law × day → requirements, each with the steps that explain it.
//! * [`records`]: past results, permits and certificates as rows of text, read in one way.
//! * [`approval`]: requirements → tasks in order, their due times and the critical path.
//! * [`origin`]: certificates of origin against their agreement's rules: the preference of each line.
//! * [`ledger`]: quantities of permits and tariff quotas: reserved, written off, restored.
//! * [`clearance`]: evidence and tasks → decision; many at once; the answer in JSON.
//! * [`report`]: what a pack covers, what two packs say differently and do to declarations.
//! * [`documents`]: documents out of archives and streams.
//! * [`people`]: who asks, how that is proved, what may be seen and done.
//! * [`store`]: the journal and what is made from it, on SQLite or PostgreSQL; all SQL.
//! * [`service`]: messages taken once, cases moved, clocks rung: one writer, many readers.
//! * [`exchange`]: what is in the outbox delivered: webhooks, the single window's SOAP.
//! * [`server`]: HTTP: the API and its description.
//! * [`embedded`]: the compiled pack of Vietnam inside the binary.
//! * [`generate`]: realistic traffic drawn from a pack.
//! * [`cli`]: one file per command; the only place with a clock, files and a terminal.
//!
//! Everything up to [`clearance`] is a pure function of its inputs, the day included. Arrows
//! point one way only, down this list; a test holds them to it.

pub mod approval;
pub mod clearance;
pub mod cli;
pub mod demo;
pub mod documents;
pub mod embedded;
pub mod exchange;
pub mod generate;
pub mod law;
pub mod ledger;
pub mod message;
pub mod origin;
pub mod people;
pub mod records;
pub mod report;
pub mod screening;
pub mod server;
pub mod service;
pub mod store;
pub mod trade;
