//! Records from outside: the importers' past results, and what agencies have given, as rows of
//! text.
//!
//! A row comes from a file ([`Row`]) or from a store that keeps it as it was stated
//! ([`EvidenceEntry`], [`HistoryEntry`]); it is read in one way, under a pack. A record that cannot
//! be read is [`LeftOut`](crate::screening::LeftOut) with the field and the reason.

mod entry;
pub mod evidence;
pub mod history;
mod phyto;
mod row;

pub use entry::{EvidenceEntry, HistoryEntry};
pub use phyto::{PhytoHolder, PhytoNoEvidence, phyto_evidence};
pub use row::{Row, Table};
