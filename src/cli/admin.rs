//! `motcua admin`: what an operator does beside a running service: organisations, people, keys,
//! mandates, stuck cases, messages that could not be delivered, endpoints, partners.
//!
//! Everything goes through the service's own library, in one transaction under the one writer's
//! lock, with its entry in the journal: as if it had been asked by the API.

mod cases;
mod endpoints;
mod keys;
mod letters;
mod organisations;
mod partners;
mod people;
mod said;
mod signatures;

use std::io::Write as _;

use clap::{Args, Subcommand};

use self::said::Said;
use super::config::ConfigArgs;
use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::clearance::case::{Author, Role};
use crate::service::accounts::{self, Changing};
use crate::service::clock::Clock;
use crate::service::desk::{ActError, Desk};
use crate::service::shared::Shared;
use crate::store::{Database, Link};

/// Look after organisations, people, keys, mandates, stuck cases, dead letters, endpoints and partners
///
/// It works on the database of the service, beside it while it runs, and does what the API does for
/// an operator: every change stands in the journal. What is stated in motcua.toml and in the
/// environment holds here too (see `motcua serve --help`).
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua admin organisation add acme --kind trader --name 'ACME Ltd' --identity 0301234567
  motcua admin organisation add vet --kind agency --name 'Animal health' --agency CODE
  motcua admin key add acme --label 'ERP'
  motcua admin mandate add broker-1 0301234567
  motcua admin person reset lan                     a code with which lan sets a new password
  motcua admin case stuck                           what does not go on by itself
  motcua admin dead-letters replay --to acme        try again what acme did not take
  motcua admin endpoint pause acme
  motcua admin partner set TH --url https://gw.example/exchange/messages --trust th.pem")]
pub(super) struct AdminArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// How results are written
    #[arg(long, value_enum, default_value = "table", global = true)]
    format: Format,
    #[command(subcommand)]
    what: What,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For reading
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Organisations: traders, brokers, agencies, customs, partners, operators, auditors
    #[command(subcommand)]
    Organisation(organisations::Organisations),
    /// People who sign in with a password
    #[command(subcommand)]
    Person(people::People),
    /// API keys of systems
    #[command(subcommand)]
    Key(keys::Keys),
    /// For whom a broker may act
    #[command(subcommand)]
    Mandate(organisations::Mandates),
    /// Cases of which a step does not go on by itself
    #[command(subcommand)]
    Case(cases::Cases),
    /// Messages that could not be delivered
    #[command(subcommand)]
    DeadLetters(letters::Letters),
    /// Where the messages of organisations go
    #[command(subcommand)]
    Endpoint(endpoints::Endpoints),
    /// Partners' gateways: who they are, what is exchanged with them
    #[command(subcommand)]
    Partner(partners::Partners),
    /// What is asked of the signatures in the messages of senders
    #[command(subcommand)]
    Signature(signatures::Signatures),
}

pub(super) fn run(args: &AdminArgs) -> Result<u8, CliError> {
    let flags = match &args.what {
        What::Endpoint(what) => what.settings(),
        What::Partner(what) => what.settings(),
        _ => Vec::new(),
    };
    let settings = args.config.read(&flags)?;
    let law = settings.law()?;
    block_on(async {
        let database = Database::open_existing(&settings.database).await?;
        let shared = settings.shared(database, Clock::machine(), law);
        let mut reader = shared.database.read().await?;
        shared.law.refresh(&mut reader.link()).await?;
        drop(reader);
        let said = match &args.what {
            What::Organisation(what) => what.run(&shared).await,
            What::Person(what) => what.run(&shared).await,
            What::Key(what) => what.run(&shared).await,
            What::Mandate(what) => what.run(&shared).await,
            What::Case(what) => what.run(&shared).await,
            What::DeadLetters(what) => what.run(&shared).await,
            What::Signature(what) => what.run(&shared).await,
            What::Partner(what) => what.run(&shared, &settings.reach).await,
            What::Endpoint(what) => {
                // What the demonstration of this database may reach may be set here too.
                let is_demo = crate::demo::is_here(&mut shared.database.read().await?.link()).await.map_err(failed)?;
                let reach = settings.reach.clone();
                what.run(&shared, &if is_demo { crate::demo::reach(reach) } else { reach }).await
            }
        };
        shared.database.close().await;
        let said = said?;
        let mut out = std::io::stdout().lock();
        match args.format {
            Format::Table => out.write_all(said.text.as_bytes())?,
            Format::Json => writeln!(out, "{:#}", said.json)?,
        }
        Ok(EXIT_OK)
    })
}

/// Whoever has the machine speaks as its operator.
fn operator() -> Author {
    Author { role: Role::Operator, organisation: None, person: None }
}

/// Does something in one transaction, as the only writer.
async fn on_desk<T>(
    shared: &Shared,
    job: impl AsyncFnOnce(&mut Desk<'_>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let mut desk = Desk::open(shared).await?;
    let done = job(&mut desk).await?;
    desk.commit().await?;
    Ok(done)
}

/// Changes something about organisations and people.
async fn change<T, F>(shared: &Shared, job: F) -> Result<T, CliError>
where
    F: for<'a> FnOnce(Link<'a>, jiff::Timestamp) -> Changing<'a, T>,
{
    on_desk(shared, async |desk| accounts::on_desk(desk, &operator(), job).await.map_err(failed_act)?.map_err(failed))
        .await
}

fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::Service(error.to_string())
}

fn failed_act(error: ActError) -> CliError {
    match error {
        ActError::Store(error) => error.into(),
        ActError::Refused(refused) if refused.allowed.is_empty() => failed(refused.message),
        ActError::Refused(refused) => {
            failed(format!("{}; what may be done: {}", refused.message, refused.allowed.join(", ")))
        }
    }
}

/// Nothing was found by a name.
fn unknown(what: &str, name: &str) -> CliError {
    failed(format!("there is no {what} `{name}`"))
}

/// What a command says, where there is little to say.
fn told(text: String, json: serde_json::Value) -> Said {
    Said { text: text + "\n", json }
}
