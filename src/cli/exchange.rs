//! `motcua exchange`: the exchange with partners' gateways.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::Value;

use super::rules::columns::{Column, columns};
use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::exchange::status::{PartnerStatus, status};
use crate::service::clock::Clock;
use crate::store::Database;

/// See how the exchange with partners' gateways does
#[derive(Debug, Args)]
pub(super) struct ExchangeArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Each partner: when it was heard last, what came in the last seven days, what waits for it,
    /// what was given up, how long receipts take
    #[command(after_help = "EXAMPLES
  motcua exchange status --database motcua.db
  motcua exchange status --database postgres://motcua@db/nsw --format json

What waits or was given up is looked after with `motcua admin endpoint`, `motcua admin dead-letters`
and `motcua admin partner`.")]
    Status(StatusArgs),
}

#[derive(Debug, Args)]
struct StatusArgs {
    /// The database of the service
    #[arg(long, value_name = "URL", default_value = "motcua.db", env = "MOTCUA_DATABASE")]
    database: String,
    /// How it is written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For reading
    Table,
    /// For programs
    Json,
}

pub(super) fn run(args: &ExchangeArgs) -> Result<u8, CliError> {
    let What::Status(args) = &args.what;
    let all = block_on(async {
        let database = Database::open_existing(&args.database).await?;
        let all = status(&mut database.read().await?.link(), Clock::machine().now()).await?;
        database.close().await;
        Ok::<_, CliError>(all)
    })?;
    let mut out = io::stdout().lock();
    if args.format == Format::Json {
        let shown: Vec<Value> = all.iter().map(PartnerStatus::shown).collect();
        writeln!(out, "{:#}", Value::Array(shown))?;
        return Ok(EXIT_OK);
    }
    if all.is_empty() {
        writeln!(out, "no partner is entered (motcua admin partner set)")?;
        return Ok(EXIT_OK);
    }
    let head = [
        "partner",
        "state",
        "heard",
        "received",
        "repeated",
        "refused",
        "waiting",
        "dead",
        "round trip",
        "trusted until",
    ];
    let mut cells = vec![head.map(str::to_owned)];
    cells.extend(all.iter().map(row));
    columns([Column::Left; 10], &cells, "", &mut out)?;
    for partner in &all {
        for refusal in &partner.refusals {
            let message = refusal.message.as_deref().unwrap_or("-");
            let (country, code, error) = (partner.partner.country, &refusal.code, &refusal.error);
            writeln!(out, "{country} {} refused {message}: {code} {error}", moment(refusal.at))?;
        }
    }
    Ok(EXIT_OK)
}

fn row(partner: &PartnerStatus) -> [String; 10] {
    let none = || "-".to_owned();
    let health = partner.endpoint.as_ref().map(|(_, health)| health);
    let count = |count: Option<i64>| count.map_or_else(none, |count| count.to_string());
    let came = partner.doing.came;
    [
        partner.partner.country.to_string(),
        partner.word().to_owned(),
        partner.doing.heard.map_or_else(none, moment),
        came.received.to_string(),
        came.repeated.to_string(),
        came.refused.to_string(),
        count(health.map(|health| health.waiting)),
        count(health.map(|health| health.dead)),
        partner.doing.round_trip.map_or_else(none, |time| format!("{} ms", time.as_millis())),
        partner.trusted_until().map_or_else(none, moment),
    ]
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
