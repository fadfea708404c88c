//! Documents of the ASEAN Single Window: certificates of origin and what is said about them.
//!
//! The boxes of a document are types of `trade`; which element carries which box is a table that can
//! be replaced ([`Mapping`]).

mod boxes;
pub mod envelope;
mod form_d;
mod mapping;
mod notice;
mod read;
pub mod signal;
mod typed;
mod write;

pub use form_d::{read_form_d, write_form_d};
pub use mapping::{Mapping, MappingError};
pub use notice::{read_notice, write_notice};
