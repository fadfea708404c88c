//! Signatures of messages: what holds, and everything that is refused.

mod command;
mod made;
mod places;
mod profile;
mod tampering;
mod trust;
