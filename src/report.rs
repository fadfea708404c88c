//! What can be said of a pack as a whole, and of two packs side by side.
//!
//! [`coverage`] counts what a pack covers and what it lacks, [`diff`] names what two packs say
//! differently, and [`impact`] what that difference does to declarations. Pure functions of packs
//! and declarations; how a report is written is the business of `cli`.

pub mod coverage;
pub mod diff;
pub mod graph;
pub mod impact;
pub mod times;
