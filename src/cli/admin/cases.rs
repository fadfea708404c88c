//! `motcua admin case`: steps that do not go on by themselves.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::said::{Said, cell, moment, table};
use super::{failed, failed_act, on_desk, operator, told, unknown};
use crate::clearance::case::declaration::{Action, Command, Declaration, StepOutcome, may};
use crate::clearance::case::{CaseId, Role};
use crate::cli::CliError;
use crate::service::act::Act;
use crate::service::shared::Shared;
use crate::store::lists::{self, Desk, TaskFilter};
use crate::store::project::{TaskState, task_id};
use crate::store::{Link, cases};

#[derive(Debug, Subcommand)]
pub(super) enum Cases {
    /// List the steps that do not go on by themselves, and what keeps them
    Stuck,
    /// Try a stuck step again: its agency is asked as if for the first time
    #[command(after_help = "EXAMPLES
  motcua admin case retry 107000000010 --reason 'the agency is back'")]
    Retry(Step),
    /// Take a stuck step out: nobody has to do it, and nothing waits for it
    #[command(after_help = "EXAMPLES
  motcua admin case skip 107000000010 --reason 'the agency waived it by letter 12/KD'")]
    Skip(Step),
    /// Settle a stuck step without its agency, as passed or failed
    #[command(after_help = "EXAMPLES
  motcua admin case override 107000000010 --outcome passed --reason 'result 7/KD, on paper'")]
    Override {
        #[command(flatten)]
        step: Step,
        /// How the step counts
        #[arg(long, value_enum)]
        outcome: OutcomeArg,
    },
    /// End the case at a stuck step: the goods are not let through
    Abort(Step),
}

#[derive(Debug, Args)]
pub(super) struct Step {
    /// The case: its id, customs' number, or the sender's reference
    case: String,
    /// The task, by its id or key; where one step is stuck, that one
    task: Option<String>,
    /// Why: it stands in the journal
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutcomeArg {
    /// It counts as met
    Passed,
    /// It counts as failed
    Failed,
}

impl Cases {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        let settle = |outcome| {
            move |task: String, reason: String| (Action::SettleStep, Command::SettleStep { task, outcome, reason })
        };
        match self {
            Self::Stuck => stuck(shared).await,
            Self::Retry(step) => {
                step.act(shared, |task, reason| (Action::RetryStep, Command::Retry { task, reason })).await
            }
            Self::Skip(step) => step.act(shared, settle(StepOutcome::Skipped)).await,
            Self::Override { step, outcome: OutcomeArg::Passed } => step.act(shared, settle(StepOutcome::Passed)).await,
            Self::Override { step, outcome: OutcomeArg::Failed } => step.act(shared, settle(StepOutcome::Failed)).await,
            Self::Abort(step) => step.act(shared, settle(StepOutcome::Aborted)).await,
        }
    }
}

async fn stuck(shared: &Shared) -> Result<Said, CliError> {
    let filter = TaskFilter { state: Some(TaskState::Stuck.as_str().to_owned()), declaration: None };
    let mut rows = Vec::new();
    let mut after = None;
    let mut reader = shared.database.read().await?;
    loop {
        let link = &mut reader.link();
        let page = lists::tasks(link, &Desk::All, &filter, after.as_deref(), lists::PAGE_MAX).await?;
        for task in page.rows {
            let reason = if task.is_dossier() {
                cases::dossier(link, task.case).await?.and_then(|case| case.undelivered)
            } else {
                cases::declaration(link, task.case).await?.and_then(|case| case.stuck.get(&task.key).cloned())
            };
            let reason = reason.unwrap_or_default();
            let due = task.due.map(moment);
            let value = json!({
                "case": task.case.to_string(), "declaration": task.declaration, "task": task.id,
                "agency": task.agency, "due": due, "reason": reason,
            });
            let name = task.declaration.unwrap_or_else(|| task.case.to_string());
            rows.push(([name, task.id, cell(task.agency), cell(due), reason], value));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    table(["declaration", "task", "agency", "due", "reason"], rows, "nothing is stuck")
}

/// The one declaration that a name means.
async fn named(link: &mut Link<'_>, name: &str) -> Result<CaseId, CliError> {
    match cases::Named::meant(&cases::declarations_named(link, name, 20).await?).as_slice() {
        [] => Err(unknown("declaration", name)),
        [one] => Ok(*one),
        several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(failed(format!("several declarations are named `{name}`; state the id of one: {}", ids.join(", "))))
        }
    }
}

impl Step {
    /// Acts on the step as an operator does by the API.
    async fn act(
        &self,
        shared: &Shared,
        command: impl FnOnce(String, String) -> (Action, Command),
    ) -> Result<Said, CliError> {
        on_desk(shared, async |desk| {
            let case = named(&mut desk.link(), &self.case).await?;
            let declaration = desk.declaration(case).await?.ok_or_else(|| unknown("declaration", &self.case))?;
            let task = self.task(declaration)?;
            let (action, command) = command(task, self.reason.clone());
            if !may(declaration, Role::Operator).contains(&action) {
                return Err(failed(format!("a {} declaration does not allow it", declaration.status.as_str())));
            }
            let act = Act::Declaration { case, command: Box::new(command), seen: None };
            desk.act(&act, &operator()).await.map_err(failed_act)?;
            let now = desk.declaration(case).await?.ok_or_else(|| unknown("declaration", &self.case))?;
            let stuck: Vec<String> = now.stuck.keys().map(|key| task_id(case, key)).collect();
            let left = if stuck.is_empty() { String::new() } else { format!("; still stuck: {}", stuck.join(", ")) };
            let value = json!({ "case": case.to_string(), "status": now.status.as_str(), "stuck": stuck });
            Ok(told(format!("{}: {}{left}", self.case, now.status.as_str()), value))
        })
        .await
    }

    /// The key of the task that is meant: operators act on what is stuck and on nothing else.
    fn task(&self, declaration: &Declaration) -> Result<String, CliError> {
        let named = |key: &&String| match &self.task {
            Some(task) => *task == **key || *task == task_id(declaration.id, key),
            None => true,
        };
        let found: Vec<&String> = declaration.stuck.keys().filter(named).collect();
        match (found.as_slice(), &self.task) {
            ([one], _) => Ok((*one).clone()),
            ([], Some(task)) => Err(failed(format!("`{task}` is no stuck step of {}", self.case))),
            ([], None) => Err(failed(format!("no step of {} is stuck", self.case))),
            (several, _) => {
                let ids: Vec<String> = several.iter().map(|key| task_id(declaration.id, key)).collect();
                Err(failed(format!("several steps are stuck; state one: {}", ids.join(", "))))
            }
        }
    }
}
