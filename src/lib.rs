//! Motcua: an engine for a customs single window.
pub mod message;
pub mod trade;
