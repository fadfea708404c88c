//! Documents of the ASEAN Single Window: certificates of origin and what is said about them.
//!
//! The boxes of a document are types of `trade`; which element carries which box is a table that can
//! be replaced ([`Mapping`]).

mod acdd;
mod boxes;
pub mod envelope;
mod form_d;
mod mapping;
mod notice;
mod phyto;
mod read;
pub mod signal;
mod typed;
mod write;

pub use acdd::{read_acdd, read_acdd_response, write_acdd, write_acdd_response};
pub use form_d::{read_form_d, write_form_d};
pub use mapping::{Mapping, MappingError};
pub use notice::{read_notice, write_notice};
pub use phyto::{read_phyto, write_phyto};
