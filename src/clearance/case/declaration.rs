//! A declaration's life: registered, decided, amended, decided again, cleared or cancelled.

mod command;
mod decide;
mod event;
mod may;
mod outcome;
mod paper;
mod pending;
mod state;

pub use command::{Command, Registration, StepOutcome};
pub use decide::{caused, decide};
pub use event::{CheckKind, DecidedBy, DeclarationEvent, Mark};
pub use may::{Action, may, role_free};
pub use outcome::{Outcome, outcome};
pub use paper::{Dispute, Disputed, PaperEntry, PaperLine, Settlement};
pub use pending::{CUSTOMS, OPERATOR, Pending, TRADER, pending, waits_for};
pub use state::{Check, Declaration, EvidenceLink, Override, Revoked, Settled, Status, TaskMarks};
