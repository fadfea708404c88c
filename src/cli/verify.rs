//! `motcua verify`: whether the journal is whole.

use std::io::{self, Write};

use clap::Args;

use super::database::{DatabaseArg, bar};
use super::runtime::block_on;
use super::{CliError, EXIT_OK, EXIT_REJECTED};
use crate::store::journal::{self, hex};
use crate::store::{Database, Verified, seals, verify};

/// Check that nothing in the journal was changed, lost, put in or put elsewhere
///
/// Every entry is a link in the chain of its case, and every so often all that came since is
/// sealed, with the messages and their answers. The whole journal is read as it is at one moment and
/// reckoned again, with what was sealed beside it; the service may go on meanwhile. Nothing is changed. What is wrong is printed
/// with the number of its entry, one a line.
///
/// Whoever has write access to the database could write a whole new history. Note the last seal
/// down elsewhere from time to time: with --sealed it is checked that the history still contains it.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua verify --database motcua.db
  motcua verify --database postgres://motcua@db/motcua --sealed 12:9f86d081…

EXIT CODES
  0  whole
  1  it could not be checked: no such database, or it cannot be reached
  2  wrong usage
  3  not whole; the entries are named")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArg,
    /// A seal that was noted down, as this command printed it
    #[arg(long, value_name = "NUMBER:HASH", value_parser = Sealed::parse)]
    sealed: Vec<Sealed>,
}

/// A seal that was noted down.
#[derive(Debug, Clone)]
struct Sealed {
    number: i64,
    hash: String,
}

impl Sealed {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "a seal is a number, a colon and 64 hexadecimal digits".to_owned();
        let (number, hash) = text.split_once(':').ok_or_else(wrong)?;
        let number = number.parse().map_err(|_| wrong())?;
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        Ok(Self { number, hash: hash.to_ascii_lowercase() })
    }
}

pub(super) fn run(args: &VerifyArgs) -> Result<u8, CliError> {
    let verified = block_on(check(args))?;
    let mut out = io::stdout().lock();
    for defect in &verified.defects {
        writeln!(out, "{defect}")?;
    }
    let Verified { entries, cases, seals: count, unsealed, messages, .. } = verified;
    let whole = if verified.is_whole() { "whole" } else { "NOT WHOLE" };
    writeln!(
        out,
        "{whole}: {entries} entries of {cases} cases, {unsealed} of them not sealed yet; {messages} messages"
    )?;
    if let Some(hash) = verified.last_seal.filter(|_| verified.is_whole()) {
        writeln!(out, "seal {count}:{}", hex(&hash))?;
    }
    Ok(if verified.is_whole() { EXIT_OK } else { EXIT_REJECTED })
}

async fn check(args: &VerifyArgs) -> Result<Verified, CliError> {
    let database = Database::open_existing(&args.database.database).await?;
    let total = journal::last_seq(&mut database.read().await?.link()).await?;
    let bar = bar(args.database.quiet, u64::try_from(total).ok(), "{bar:30} {pos}/{len} entries, {per_sec}, ETA {eta}");
    let mut verified = verify(&database, |entries| bar.set_position(entries)).await?;
    bar.finish_and_clear();
    for sealed in &args.sealed {
        let there = seals::hash(&mut database.read().await?.link(), sealed.number).await?;
        match there.map(|hash| hex(&hash)) {
            Some(hash) if hash == sealed.hash => {}
            Some(_) => verified.defects.push(format!("seal {}: it is not the one that was noted down", sealed.number)),
            None => verified.defects.push(format!("seal {}: it was noted down, and is missing", sealed.number)),
        }
    }
    database.close().await;
    Ok(verified)
}
