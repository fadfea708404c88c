//! People and rights: who asks, how that is proved, and what may be seen and done.
//!
//! * [`Principal`]: who asks. [`Principal::may_see`] and [`Principal::may_do`] are the one place
//!   where rights are checked.
//! * [`PasswordHash`], [`Totp`], [`ApiKey`], [`Token`]: the proofs, and [`lockout`] for those who guess.
//!
//! Time and randomness come in as arguments. What is secret is a [`Secret`] or is hashed; neither
//! shows in a log.

mod api_key;
pub mod lockout;
mod names;
mod password;
mod principal;
mod random;
mod rights;
mod second_factor;
mod secret;
mod session;

pub use api_key::{ApiKey, KeyId};
pub use names::{Login, NameError, OrganisationId, PersonId};
pub use password::{PasswordError, PasswordHash, check_password, initial_password};
pub use principal::{Mandates, OrganisationKind, Person, Principal, SecondFactor, SignIn};
pub(crate) use random::draw;
pub use random::{Random, RandomError};
pub use rights::{Action, Denied, Reach, Scope, Subject, Whose, reach};
pub use second_factor::Totp;
pub use secret::{Digest, Secret};
pub use session::{Purpose, Token};

/// What was changed about organisations and people, for the journal. No secret is part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was done, such as `organisation.created`.
    pub what: &'static str,
    /// To whom: the id of the organisation, the person or the key.
    pub whom: String,
}

impl Change {
    pub(crate) fn new(what: &'static str, whom: impl std::fmt::Display) -> Self {
        Self { what, whom: whom.to_string() }
    }
}
