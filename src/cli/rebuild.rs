//! `motcua rebuild`: the rows that queues and searches read, made again from the journal.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::database::{DatabaseArg, bar};
use super::runtime::block_on;
use super::{CliError, EXIT_OK, EXIT_REJECTED, Law, LawArgs};
use crate::law::Pack;
use crate::service::clock::Clock;
use crate::service::law_book::LawBook;
use crate::store::project::ClockPolicy;
use crate::store::{Database, Making, Mode, Rebuilt, rebuild};

/// Cases that are named; of more, only how many.
const NAMED_MAX: usize = 50;

/// Make the rows that queues and searches read again from the journal, and compare
///
/// The journal is what happened; everything else is made from it. Without --write nothing is
/// changed: what differs is printed, one case a line. With --write it is put right. The service may
/// go on meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua rebuild --database motcua.db             say what differs
  motcua rebuild --database motcua.db --write     put it right

EXIT CODES
  0  nothing differs, or it was put right
  1  it could not be done: no such database, or a journal that `motcua verify` finds fault with
  2  wrong usage
  3  something differs")]
pub(super) struct RebuildArgs {
    #[command(flatten)]
    database: DatabaseArg,
    /// Put right what differs
    #[arg(long)]
    write: bool,
    /// The rules that the service was started with, where those are not the built-in ones
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

pub(super) fn run(args: &RebuildArgs) -> Result<u8, CliError> {
    let law = Law::load(&LawArgs { rules: args.rules.clone(), lang: None })?;
    let pack: &'static Pack = match law {
        Law::BuiltIn(pack) => pack,
        // It is needed until the program ends.
        Law::Folder(pack) => Box::leak(pack),
    };
    let mode = if args.write { Mode::Write } else { Mode::Compare };
    let found = block_on(make(args, pack, mode))?;
    let Rebuilt { cases, different, holders, strays } = &found;
    let mut out = io::stdout().lock();
    for case in different.iter().take(NAMED_MAX) {
        writeln!(out, "case {case}")?;
    }
    for holder in holders.iter().take(NAMED_MAX) {
        writeln!(out, "trader {holder}")?;
    }
    let (different, holders) = (different.len(), holders.len());
    let done = if args.write && !found.is_same() { ", put right" } else { "" };
    writeln!(
        out,
        "{cases} cases: {different} differ, {strays} rows of no case, {holders} traders whose records were not known{done}"
    )?;
    Ok(if args.write || found.is_same() { EXIT_OK } else { EXIT_REJECTED })
}

async fn make(args: &RebuildArgs, pack: &'static Pack, mode: Mode) -> Result<Rebuilt, CliError> {
    let database = Database::open_existing(&args.database.database).await?;
    let book = LawBook::new(pack);
    book.refresh(&mut database.read().await?.link()).await?;
    let edition = book.at(Clock::machine().now());
    let making = Making { policy: ClockPolicy::default(), cycle: &|procedure| edition.cycle(procedure) };
    let bar = bar(args.database.quiet, None, "{spinner} {pos} cases, {per_sec}, {elapsed}");
    let found = rebuild(&database, &making, mode, |cases| bar.set_position(cases)).await?;
    bar.finish_and_clear();
    database.close().await;
    Ok(found)
}
