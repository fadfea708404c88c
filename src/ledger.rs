//! Quantities of permits and tariff quotas: granted, reserved, written off (trừ lùi), restored.
//!
//! An [`Account`] is the quantity of one line of a permit, or of one quota. A declaration line
//! draws on it: the quantity is *reserved* when the declaration is registered, *written off* when
//! the goods are cleared, *restored* when the declaration is cancelled or amended. What is
//! reserved and written off is never more than what is granted, in whatever order messages come.
//! A [`Ledger`] keeps several accounts together: a declaration's draws on all of them are
//! decided at once, all or none.
//!
//! * **Deciding and applying are two things.** `decide` looks at the state and a command and
//!   gives an [`Event`] or a reason; `apply` takes the event in. Events are all that has to be
//!   kept: applied again in their order they give the same state.
//! * **Revisions make order harmless.** Every command carries the revision of the declaration
//!   (or of the permit) that it speaks for. What speaks for an earlier revision than the one
//!   recorded is stale; what was heard already changes nothing; what was heard otherwise is refused.
//! * **Balances are kept in the base unit** of the permit's unit, in which every amount is a
//!   finite decimal: a permit for 10 dozen serves 5 pieces exactly. Nothing is rounded.
//! * **Time comes in** as the day of the declaration's registration. A permit that expired
//!   meanwhile serves a declaration that was registered while it was valid, however late the
//!   message comes.
//!
//! There is no tolerance: no source that we know grants one for permits. A surplus that customs
//! admits under the result already issued is a grant of a later revision.

mod account;
mod allocate;
mod amount;
mod book;
mod command;
mod decide;
mod draw;
mod error;
mod settle;

pub use account::{Account, Balance, Closing, ClosingReason, Paper, Standing, Validity};
pub use allocate::{Share, allocate};
pub use amount::{Amount, AmountError, Limit, Measured};
pub use book::{Booking, Filing, Ledger, Need, Posting, Undo};
pub use command::{AccountId, Command, DeclarationId, DrawKey, Event, Outcome, Unchanged};
pub use draw::{Change, Draw};
pub use error::{LedgerError, ReplayError, Room, Shortfall};
