//! `motcua admin dead-letters`: messages that were given up.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;

use super::said::{Said, cell, moment, table};
use super::{on_desk, operator, told, unknown};
use crate::cli::CliError;
use crate::exchange::endpoint;
use crate::service::shared::Shared;
use crate::store::outbox;

/// Letters that a list shows at most.
const SHOWN: u32 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum Letters {
    /// List the messages that were given up, the newest first, and what went wrong last
    List {
        /// Only those to this organisation
        #[arg(long, value_name = "ORGANISATION")]
        to: Option<String>,
    },
    /// Try messages again, in their old places
    ///
    /// A running service takes them up within half a minute.
    #[command(after_help = "EXAMPLES
  motcua admin dead-letters replay 01a222aa-14eb-7397-a057-48b1b27c952a
  motcua admin dead-letters replay --to acme        all of acme's")]
    Replay(Which),
    /// Give a message up for good: it is no longer listed. What it said stays in the database
    Drop {
        /// The message's id
        id: String,
        /// Why: it stands in the journal
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["id", "to"])))]
pub(super) struct Which {
    /// The message's id
    id: Option<String>,
    /// All messages to this organisation
    #[arg(long, value_name = "ORGANISATION")]
    to: Option<String>,
}

impl Letters {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        match self {
            Self::List { to } => {
                let mut reader = shared.database.read().await?;
                let letters = outbox::dead(&mut reader.link(), to.as_deref(), None, SHOWN).await?;
                let rows = letters.rows.into_iter().map(|letter| {
                    let (message, created) = (letter.message, moment(letter.created));
                    let value = json!({
                        "id": message.id, "recipient": message.recipient, "topic": message.topic,
                        "case": message.case.map(|case| case.to_string()), "created": created,
                        "attempts": letter.attempts, "error": letter.error,
                    });
                    let attempts = letter.attempts.to_string();
                    ([message.id, message.recipient, message.topic, created, attempts, cell(letter.error)], value)
                });
                let head = ["message", "recipient", "topic", "written", "attempts", "error"];
                table(head, rows.collect(), "nothing was given up")
            }
            Self::Replay(Which { id: Some(id), .. }) => {
                on_desk(shared, async |desk| {
                    if endpoint::replay(desk, id, &operator()).await? {
                        Ok(())
                    } else {
                        Err(unknown("dead letter", id))
                    }
                })
                .await?;
                Ok(told(format!("{id} waits again"), json!({ "replayed": 1 })))
            }
            Self::Replay(Which { id: None, to }) => {
                let to = to.as_deref().unwrap_or_default();
                let count = on_desk(shared, async |desk| Ok(endpoint::replay_all(desk, to, &operator()).await?));
                let count = count.await?;
                Ok(told(format!("{count} messages to {to} wait again"), json!({ "replayed": count })))
            }
            Self::Drop { id, reason } => {
                let dropped =
                    on_desk(shared, async |desk| Ok(endpoint::drop_letter(desk, id, reason, &operator()).await?));
                if dropped.await? {
                    Ok(told(format!("{id} is dropped"), json!({ "dropped": 1 })))
                } else {
                    Err(unknown("dead letter", id))
                }
            }
        }
    }
}
