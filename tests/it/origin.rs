//! Rules of origin: the agreement's data, each check with its cases, the preference of lines.

mod agreement;
mod cases;
mod claims;
mod ledger;
mod matching;
mod properties;
mod world;
