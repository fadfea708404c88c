//! Organisations, their people, and what these prove themselves with.
//!
//! Whoever calls has checked the rights. Where a function takes a [`Link`](super::Link) that writes, what it did
//! comes back as a [`Change`](crate::people::Change) for the journal, to be written in the same
//! transaction. [`sign_in`], [`pass_second_factor`] and [`confirm_password`] write a transaction of
//! their own, since a wrong guess must be counted whatever the caller does about it.

mod accounts;
mod authenticate;
mod behalf;
mod bootstrap;
mod guesses;
mod keys;
mod mandates;
mod organisations;
mod passwords;
mod random;
mod reads;
mod second_factor;
mod sessions;

pub use accounts::{
    Account, AccountEdit, NewAccount, account, account_of_login, accounts_of, change_account, create_account, unlock,
};
pub use authenticate::{Authenticated, Proof, authenticate_key, authenticate_session, note_use};
pub use behalf::on_behalf_of;
pub use bootstrap::{Credentials, bootstrap};
pub use keys::{KeyRecord, NewKey, issue_key, keys_of, revoke_key};
pub use mandates::{EVERYBODY, Mandate, end_mandate, give_mandate, mandates_of};
pub use organisations::{
    Organisation, OrganisationEdit, change_organisation, create_organisation, organisation, organisation_of_identity,
    organisations,
};
pub use passwords::{
    Verified, change_password, confirm_password, hash_password, issue_reset, login_of_reset, reset_password,
};
pub use random::SystemRandom;
pub use reads::{Read, note_reads, reads_of};
pub use second_factor::{begin_enrolment, confirm_enrolment, forget_second_factor, pass_second_factor};
pub use sessions::{SignedIn, end_sessions, forget_expired, sign_in, sign_in_with, sign_out};

use super::StoreError;
use super::sql::Row;
use crate::people::{NameError, PasswordError, RandomError};

/// Why something about organisations and people cannot be done. No secret is part of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A password that is not good enough.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// There is nobody and nothing of that name.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// What is missing.
        kind: &'static str,
        /// By which name.
        name: String,
    },
    /// Somebody or something else has the name.
    #[error("there is already {kind} `{name}`")]
    Taken {
        /// What there is, with its article.
        kind: &'static str,
        /// By which name.
        name: String,
    },
    /// What is stated does not go together.
    #[error("{0}")]
    Invalid(&'static str),
    /// Login, password, code or token are wrong, or too many were. Which it is is not told.
    #[error("the sign-in is refused: login, password or code are wrong, or were so too often; wait and try again")]
    Refused,
    /// A password could not be hashed: too many are at once, there is no memory, or the program is
    /// ending.
    #[error("passwords cannot be checked at the moment; try again")]
    Busy,
}

impl PeopleError {
    fn unknown(kind: &'static str, name: impl std::fmt::Display) -> Self {
        Self::Unknown { kind, name: name.to_string() }
    }

    /// The error where a statement should have touched a row and did not.
    fn unless(touched: u64, kind: &'static str, name: impl std::fmt::Display) -> Result<(), Self> {
        if touched == 0 { Err(Self::unknown(kind, name)) } else { Ok(()) }
    }
}

/// A column that was written by this program and must read as what it was.
fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("a row about people has no readable {what}"))
}

/// A column with a word of a closed list.
fn word<T>(row: &Row, at: usize, parse: impl Fn(&str) -> Option<T>, what: &str) -> Result<T, StoreError> {
    parse(&row.text(at)?).ok_or_else(|| damaged(what))
}

/// A column that may hold one.
fn maybe_word<T>(row: &Row, at: usize, parse: impl Fn(&str) -> Option<T>, what: &str) -> Result<Option<T>, StoreError> {
    row.maybe_text(at)?.map(|text| parse(&text).ok_or_else(|| damaged(what))).transpose()
}

/// A text that people read: something, and not a whole page.
fn legible(text: &str) -> Result<&str, PeopleError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err(PeopleError::Invalid("a name has 1 to 200 signs on one line"));
    }
    Ok(text)
}

/// Rows of a list at most, whatever is asked.
const PAGE: u32 = 1000;

fn page(limit: u32) -> i64 {
    limit.min(PAGE).into()
}
