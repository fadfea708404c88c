//! Why the ledger refuses.

use jiff::civil::Date;

use super::account::Standing;
use super::amount::{AmountError, Measured};
use super::command::{AccountId, DeclarationId, DrawKey};
use crate::trade::{ConvertError, UnitCode};

/// Why a command is refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A quantity without a unit: it is not guessed.
    #[error("the quantity has no unit")]
    UnitMissing,
    /// The quantity's unit does not convert into that of the account.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The quantity is below zero, too large or too fine.
    #[error("a quantity in `{unit}`: {source}")]
    Amount {
        /// The unit the account is counted in.
        unit: UnitCode,
        /// What is wrong.
        source: AmountError,
    },
    /// A reservation of nothing.
    #[error("nothing is asked for {key}: a quantity above zero is expected")]
    NothingAsked {
        /// The line.
        key: DrawKey,
    },
    /// The permit does not serve on the day of registration.
    #[error("account `{account}` serves no declaration of {day}: it is {standing}")]
    NotOpen {
        /// The account.
        account: AccountId,
        /// The day of registration.
        day: Date,
        /// Where the permit stands on that day.
        standing: Standing,
    },
    /// More is asked than is left.
    #[error("account `{account}` has {available} left, {asked} more is asked for {key}")]
    Insufficient {
        /// The account.
        account: AccountId,
        /// The line.
        key: DrawKey,
        /// What is asked beyond what the line has.
        asked: Measured,
        /// What is left.
        available: Measured,
    },
    /// More is drawn on an account without limit than can be counted.
    #[error("account `{account}` cannot count what is asked for {key} beside what is drawn")]
    Uncountable {
        /// The account.
        account: AccountId,
        /// The line.
        key: DrawKey,
    },
    /// The same revision says something else.
    #[error(
        "account `{account}` has {recorded} recorded for {key} at revision {revision}, now {asked} is asked: an amendment has a later revision"
    )]
    Contradicts {
        /// The account.
        account: AccountId,
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
        /// What is recorded.
        recorded: Measured,
        /// What is asked.
        asked: Measured,
    },
    /// A reservation for what is cleared.
    #[error(
        "account `{account}` has {written_off} written off for {key}: this is changed by an amendment, not reserved again"
    )]
    AlreadyWrittenOff {
        /// The account.
        account: AccountId,
        /// The line.
        key: DrawKey,
        /// What is written off.
        written_off: Measured,
    },
    /// Clearance without a quantity, and nothing to take it from.
    #[error(
        "account `{account}` has nothing reserved for {key} at revision {revision}, and no quantity is given to write off"
    )]
    NotReserved {
        /// The account.
        account: AccountId,
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
    },
    /// Clearance of what is cancelled.
    #[error("{key} was cancelled at revision {revision}: nothing is written off for it on account `{account}`")]
    Cancelled {
        /// The account.
        account: AccountId,
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
    },
    /// A grant of less than is drawn.
    #[error("account `{account}` cannot be reduced to {granted}: {drawn} is drawn")]
    BelowDrawn {
        /// The account.
        account: AccountId,
        /// What would be granted.
        granted: Measured,
        /// What is reserved and written off.
        drawn: Measured,
    },
    /// The same revision of the permit says something else.
    #[error(
        "revision {revision} of the permit of account `{account}` is recorded with another content: a change has a later revision"
    )]
    PermitContradicts {
        /// The account.
        account: AccountId,
        /// The permit's revision.
        revision: u32,
    },
    /// There is no such account.
    #[error("there is no account `{account}`")]
    UnknownAccount {
        /// The account.
        account: AccountId,
    },
    /// There is such an account already.
    #[error("there is an account `{account}` already")]
    AccountExists {
        /// The account.
        account: AccountId,
    },
    /// A need without an account.
    #[error("line {line} names no account to draw on")]
    NoAccount {
        /// The line.
        line: u32,
    },
    /// A line draws twice on one account.
    #[error("line {line} names account `{account}` twice")]
    AccountTwice {
        /// The line.
        line: u32,
        /// The account.
        account: AccountId,
    },
    /// Accounts that one need is spread over are counted in different units.
    #[error("account `{account}` is counted in `{unit}`, the others in `{other}`: one need is not spread over both")]
    UnitsDiffer {
        /// The account.
        account: AccountId,
        /// What it is counted in.
        unit: UnitCode,
        /// What the others are counted in.
        other: UnitCode,
    },
    /// The accounts together have too little.
    #[error(transparent)]
    Shortfall(#[from] Shortfall),
    /// The same revision of the declaration says something else.
    #[error(
        "revision {revision} of `{declaration}` is recorded with other quantities for line {line}: an amendment has a later revision"
    )]
    FilingContradicts {
        /// The declaration.
        declaration: DeclarationId,
        /// Its revision.
        revision: u32,
        /// The first line that differs.
        line: u32,
    },
}

/// Several accounts together have less than is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// What is asked.
    pub asked: Measured,
    /// What is short.
    pub missing: Measured,
    /// What each account could give, in the order in which they are drawn on.
    pub rooms: Vec<Room>,
}

/// What an account could give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The account.
    pub account: AccountId,
    /// What is left on it for a declaration of the day.
    pub available: Measured,
    /// Where it stands on the day.
    pub standing: Standing,
}

impl std::error::Error for Shortfall {}

impl std::fmt::Display for Shortfall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is asked, {} of it is short", self.asked, self.missing)?;
        for (at, room) in self.rooms.iter().enumerate() {
            let sign = if at == 0 { ":" } else { "," };
            write!(f, "{sign} `{}` has {} and is {}", room.account, room.available, room.standing)?;
        }
        Ok(())
    }
}

/// Why an event does not follow from the state that it is applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is no such account.
    #[error("there is no account `{account}`")]
    UnknownAccount {
        /// The account.
        account: AccountId,
    },
    /// A later revision is recorded.
    #[error("account `{account}` has a later revision than {revision} recorded")]
    Stale {
        /// The account.
        account: AccountId,
        /// The event's revision.
        revision: u32,
    },
    /// More would be drawn than is granted.
    #[error("account `{account}` would be overdrawn")]
    Overdrawn {
        /// The account.
        account: AccountId,
    },
}
