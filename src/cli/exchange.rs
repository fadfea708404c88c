//! `motcua exchange`: the exchange with partners' gateways.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::Value;

use super::rules::columns::{Column, columns};
use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::clearance::case::certificate::Certificate;
use crate::exchange::status::{PartnerStatus, status};
use crate::service::answers::certificate;
use crate::service::clock::Clock;
use crate::store::certificates::{self, CertificateFilter};
use crate::store::lists::PAGE_MAX;
use crate::store::{Database, cases};

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
    /// Certificates of origin, in and out: where each stands, and what was used of its items
    #[command(after_help = "EXAMPLES
  motcua exchange certificates --database motcua.db --side in --status acknowledged
  motcua exchange certificates --reference D2026-0042317 --format json")]
    Certificates(CertificatesArgs),
}

#[derive(Debug, Args)]
struct CertificatesArgs {
    /// The database of the service
    #[arg(long, value_name = "URL", default_value = "motcua.db", env = "MOTCUA_DATABASE")]
    database: String,
    /// Only those that came (`in`), or that were issued here (`out`)
    #[arg(long, value_parser = ["in", "out"])]
    side: Option<String>,
    /// Only those that stand so: `acknowledged`, `used`, `rejected` …
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only those of this number
    #[arg(long, value_name = "NUMBER")]
    reference: Option<String>,
    /// At most so many, the newest first
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    /// How it is written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
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
    match &args.what {
        What::Status(args) => show_status(args),
        What::Certificates(args) => show_certificates(args),
    }
}

fn show_certificates(args: &CertificatesArgs) -> Result<u8, CliError> {
    let filter = CertificateFilter {
        side: args.side.clone(),
        status: args.status.clone(),
        reference: args.reference.clone(),
        holders: None,
        agency: None,
    };
    let found = block_on(async {
        let database = Database::open_existing(&args.database).await?;
        let mut reader = database.read().await?;
        let (mut found, mut after) = (Vec::new(), None);
        while found.len() < args.limit as usize {
            let left = args.limit - u32::try_from(found.len()).unwrap_or(args.limit);
            let limit = left.min(PAGE_MAX);
            let page = certificates::list(&mut reader.link(), &filter, after.as_deref(), limit).await?;
            for row in &page.rows {
                let known = cases::certificate_and_head(&mut reader.link(), row.case).await?;
                found.extend(known.map(|(certificate, _)| certificate));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        drop(reader);
        database.close().await;
        Ok::<_, CliError>(found)
    })?;
    let mut out = io::stdout().lock();
    if args.format == Format::Json {
        let shown: Vec<Value> = found.iter().map(certificate::certificate).collect();
        writeln!(out, "{:#}", Value::Array(shown))?;
        return Ok(EXIT_OK);
    }
    if found.is_empty() {
        writeln!(out, "no certificates")?;
        return Ok(EXIT_OK);
    }
    let mut cells = vec![["side", "certificate", "issued", "status", "used of its items"].map(str::to_owned)];
    cells.extend(found.iter().map(certificate_row));
    columns([Column::Left; 5], &cells, "", &mut out)?;
    Ok(EXIT_OK)
}

fn certificate_row(known: &Certificate) -> [String; 5] {
    let items = known.content.iter().flat_map(|content| &content.items).map(|item| {
        let used = known.used_of(item.number).normalize();
        match item.measured() {
            Some(whole) => {
                let unit = whole.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
                format!("{}: {used} of {}{unit}", item.number, whole.amount.normalize())
            }
            None => format!("{}: {used}", item.number),
        }
    });
    [
        known.side.as_str().to_owned(),
        known.key.to_string(),
        known.content.as_ref().map_or_else(|| "-".to_owned(), |content| content.issued().to_string()),
        known.status().as_str().to_owned(),
        items.collect::<Vec<_>>().join(", "),
    ]
}

fn show_status(args: &StatusArgs) -> Result<u8, CliError> {
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
