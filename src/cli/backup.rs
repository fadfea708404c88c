//! `motcua backup`: a copy of the database, made while it is in use.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::database::{DatabaseArg, bar};
use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::store::{Database, backup};

/// Copy the database into a file while the service is at work
///
/// The copy shows everything as it was at one moment. It has its name only when it is whole and on
/// the disk; a file that is there already is never overwritten. A PostgreSQL database is copied by
/// its own `pg_dump`, which has to be on the PATH and not older than the server.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua backup --database motcua.db --to copies/2026-07-20.db
  motcua verify --database copies/2026-07-20.db            the copy is a database of its own
  motcua restore copies/2026-07-20.db --database new.db
  motcua backup --database postgres://motcua@db/motcua --to copies/2026-07-20.dump

EXIT CODES
  0  the copy is there
  1  it could not be made
  2  wrong usage")]
pub(super) struct BackupArgs {
    #[command(flatten)]
    database: DatabaseArg,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub(super) fn run(args: &BackupArgs) -> Result<u8, CliError> {
    let bytes = block_on(async {
        let database = Database::open_existing(&args.database.database).await?;
        let bar = bar(args.database.quiet, None, "{spinner} {bytes} {bytes_per_sec} {elapsed}");
        let bytes = backup(&database, &args.to, |bytes| bar.set_position(bytes)).await?;
        bar.finish_and_clear();
        database.close().await;
        Ok::<u64, CliError>(bytes)
    })?;
    writeln!(io::stdout().lock(), "{}: {bytes} bytes", args.to.display())?;
    Ok(EXIT_OK)
}
