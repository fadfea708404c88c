//! Acts: what people and messages ask, each decided on a [`Desk`] with everything that follows
//! from it.

mod again;
mod certificates;
mod draws;
mod follow;
mod given;
mod joining;
mod on_dossier;
mod on_paper;
mod on_task;
mod permits;
mod register;

pub use given::Given;
pub use on_dossier::DossierAct;
pub use on_task::{LineResult, TaskAct};
pub use register::{Registering, registered};

use super::desk::{ActError, Desk};
use crate::clearance::case::declaration::{Command, DecidedBy};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};

/// Something that is asked.
#[derive(Debug, Clone)]
pub enum Act {
    /// Of a declaration.
    Declaration {
        /// Which.
        case: CaseId,
        /// What.
        command: Box<Command>,
        /// The number of the last event that the asker saw: if there is a later one, somebody else
        /// was faster.
        seen: Option<u64>,
    },
    /// Of a task of a declaration.
    Task {
        /// The declaration.
        case: CaseId,
        /// The task's key.
        task: String,
        /// What.
        act: Box<TaskAct>,
        /// As above, of the task's dossier.
        seen: Option<u64>,
    },
    /// Of a dossier.
    Dossier {
        /// Which.
        case: CaseId,
        /// What.
        act: Box<DossierAct>,
        /// As above.
        seen: Option<u64>,
    },
    /// That a declaration be looked at again.
    Review {
        /// Which.
        case: CaseId,
        /// Why.
        cause: DecidedBy,
    },
}

impl Desk<'_> {
    /// Does an act, with everything that follows.
    ///
    /// # Errors
    /// [`ActError`]: then nothing of it is left on the desk.
    pub async fn act(&mut self, act: &Act, by: &Author) -> Result<CaseId, ActError> {
        self.begin();
        let done = match act {
            Act::Declaration { case, command, seen } => self.on_declaration(*case, command, *seen, by).await,
            Act::Task { case, task, act, seen } => self.on_task(*case, task, act, *seen, by).await,
            Act::Dossier { case, act, seen } => self.on_dossier(*case, act, *seen, by).await,
            Act::Review { case, cause } => self.review(*case, *cause, by).await,
        };
        if done.is_err() {
            self.undo();
        }
        done
    }

    async fn review(&mut self, case: CaseId, cause: DecidedBy, by: &Author) -> Result<CaseId, ActError> {
        let declaration = self.declaration(case).await?.ok_or_else(no_declaration)?;
        // What follows by itself follows also where nobody asks any more.
        if cause == DecidedBy::Request && !declaration.status.is_open() {
            let message = format!("the declaration is {}", declaration.status.as_str());
            return Err(Refused::not_now(message, Vec::new()).into());
        }
        self.decide_again(case, cause, by).await?;
        Ok(case)
    }

    async fn on_declaration(
        &mut self,
        case: CaseId,
        command: &Command,
        seen: Option<u64>,
        by: &Author,
    ) -> Result<CaseId, ActError> {
        let state = self.declaration(case).await?;
        let head = state.map(|state| state.head).ok_or_else(no_declaration)?;
        check_seen(seen, head)?;
        self.under_todays_law(case).await?;
        if let Command::SettleFact { fact, value, .. } = command
            && !is_field(fact)
        {
            let checked = self.edition.pack.may_be_stated(fact, value);
            checked.map_err(|error| Refused::because(RefusedReason::Invalid, error))?;
        }
        if let Command::Agree = command
            && let Some((amended, _)) = self.declaration(case).await?.and_then(|state| state.amendment.clone())
        {
            self.number_is_free(case, &amended).await?;
        }
        // What counts is there before it is decided whether the goods are free.
        if let Command::SettlePaper { entry, accepted, .. } = command {
            self.on_paper_settled(case, entry, *accepted, by).await?;
        }
        self.command(case, command, by).await?;
        if let Command::Retry { task, .. } = command {
            self.tell_again(case, task).await?;
        }
        let cause = match command {
            Command::SettleFact { .. } | Command::LiftFact { .. } => Some(DecidedBy::Fact),
            Command::Agree | Command::Amend { .. } => Some(DecidedBy::Amendment),
            Command::SettleStep { .. } => Some(DecidedBy::Evidence),
            // What is refused draws on no permit, what is let through does.
            Command::Override { .. } | Command::LiftOverride { .. } => Some(DecidedBy::Request),
            _ => None,
        };
        if let Some(cause) = cause {
            self.decide_again(case, cause, by).await?;
        }
        Ok(case)
    }
}

/// Whether what is settled is a field of the declaration, and no fact of the pack.
fn is_field(fact: &str) -> bool {
    [crate::trade::Declaration::REGIME, crate::trade::Declaration::ORIGIN].contains(&fact)
}

fn no_declaration() -> ActError {
    Refused::because(RefusedReason::Unknown, "there is no such declaration").into()
}

/// Whether what the asker saw is still so.
fn check_seen(seen: Option<u64>, head: u64) -> Result<(), ActError> {
    match seen {
        Some(seen) if seen != head => Err(Refused::because(
            RefusedReason::Conflict,
            format!("the case has changed since (it is at event {head}, you saw {seen}); look at it again"),
        )
        .into()),
        _ => Ok(()),
    }
}
