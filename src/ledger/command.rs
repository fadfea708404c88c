//! What can be asked of an account, and what comes of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::account::{Closing, Validity};
use super::amount::Limit;
use super::draw::Change;
use crate::trade::Quantity;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            pub struct $name(pub String);

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(&self.0)
                }
            }
        )+
    };
}

ids!(
    /// An account: the number of the permit and its line, or the key of a quota.
    AccountId,
    /// A declaration by customs' number, or by the sender's reference where it has none.
    DeclarationId,
);

/// Who draws: one line of one declaration. It has one draw on an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DrawKey {
    /// The declaration.
    pub declaration: DeclarationId,
    /// The number of its line.
    pub line: u32,
}

impl std::fmt::Display for DrawKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} of `{}`", self.line, self.declaration)
    }
}

/// What is asked of an account. `revision` is that of the declaration, or in [`Command::Grant`]
/// and [`Command::Close`] that of the permit; `day` is the day on which the declaration was registered.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// The permit is issued, or replaced by a later revision: the quantity is the whole, not what
    /// is added. A closed account is opened again.
    Grant {
        /// The permit's revision.
        revision: u32,
        /// How much; `None`: the permit names no quantity.
        quantity: Option<Quantity>,
        /// When it is valid.
        valid: Validity,
    },
    /// The permit ends before its time. What is reserved stays: it may be written off or restored.
    Close {
        /// The permit's revision.
        revision: u32,
        /// Why, and from which day.
        closing: Closing,
    },
    /// The line is registered: the quantity is set aside.
    Reserve {
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
        /// The day of registration.
        day: Date,
        /// How much.
        quantity: Quantity,
    },
    /// The line is cleared (trừ lùi). What was cleared beyond the reservation is drawn if it is
    /// there; what was reserved beyond it becomes free.
    WriteOff {
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
        /// The day of registration.
        day: Date,
        /// How much; `None`: what this revision reserved.
        quantity: Option<Quantity>,
    },
    /// The line is amended, before or after clearance: what is reserved stays reserved, what is
    /// written off stays written off, the quantity changes. Zero takes the line off the account.
    Amend {
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
        /// The day of registration.
        day: Date,
        /// How much now.
        quantity: Quantity,
    },
    /// The declaration is cancelled, rejected or withdrawn: the line draws nothing any more, and
    /// nothing that this revision or an earlier one asks comes back.
    Restore {
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
    },
}

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The permit has this quantity and validity from now on.
    Granted {
        /// The permit's revision.
        revision: u32,
        /// How much, in the unit the account is counted in.
        limit: Limit,
        /// When it is valid.
        valid: Validity,
    },
    /// The permit ended.
    Closed {
        /// The permit's revision.
        revision: u32,
        /// Why, and from which day.
        closing: Closing,
    },
    /// A draw changed.
    Draw {
        /// The line.
        key: DrawKey,
        /// The declaration's revision.
        revision: u32,
        /// What happened to it.
        change: Change,
    },
}

/// What comes of a command that is not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This happened.
    Event(Event),
    /// Nothing, for this reason.
    Unchanged(Unchanged),
}

/// Why a command changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unchanged {
    /// The same was heard before.
    #[error("the same was recorded before")]
    Repeated,
    /// A later step of the same revision was heard first, such as its clearance or cancellation.
    #[error("a later step of this revision is recorded already")]
    Overtaken,
    /// It speaks for an earlier revision.
    #[error("revision {recorded} is recorded already")]
    Stale {
        /// The revision that is recorded.
        recorded: u32,
    },
    /// Nothing was ever drawn.
    #[error("nothing is drawn")]
    NothingDrawn,
}
