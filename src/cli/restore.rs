//! `motcua restore`: a database from a copy.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::database::{DatabaseArg, bar};
use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::store::restore;

/// Make a database from a copy that `motcua backup` wrote
///
/// The database must not be there yet, or be empty: nothing is ever overwritten. A PostgreSQL
/// database has to be created first (`createdb`); it is filled by `pg_restore`, which has to be on
/// the PATH, all of it or nothing.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua restore copies/2026-07-20.db --database motcua.db
  createdb motcua && motcua restore copies/2026-07-20.dump --database postgres://motcua@db/motcua
  motcua verify --database motcua.db                       then see that it is whole

EXIT CODES
  0  the database is there
  1  it could not be made; whatever was there before is as it was
  2  wrong usage")]
pub(super) struct RestoreArgs {
    /// The copy
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    database: DatabaseArg,
}

pub(super) fn run(args: &RestoreArgs) -> Result<u8, CliError> {
    block_on(async {
        let bar = bar(args.database.quiet, None, "{spinner} {bytes} {bytes_per_sec} {elapsed}");
        restore(&args.from, &args.database.database, |bytes| bar.set_position(bytes)).await?;
        bar.finish_and_clear();
        Ok::<(), CliError>(())
    })?;
    writeln!(io::stdout().lock(), "restored from {}", args.from.display())?;
    Ok(EXIT_OK)
}
