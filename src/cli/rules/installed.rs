//! `motcua rules installed`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::columns::{Column, columns};
use super::{RulesFormat, pick};
use crate::clearance::explain::Lang;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, EXIT_OK, LangArg, LawArgs, pack_error};
use crate::law::{Pack, load_dir};
use crate::service::clock::Clock;
use crate::service::law_book::LawBook;
use crate::service::law_change::{Listed, editions};
use crate::service::shared::Shared;
use crate::store::Database;
use crate::store::project::ClockPolicy;

/// Which service's law.
#[derive(Debug, Args)]
pub(super) struct DatabaseArgs {
    /// The database of the service, which may be running
    #[arg(long, value_name = "URL", env = "MOTCUA_DATABASE", hide_env_values = true)]
    database: String,
    /// The pack that the service was started with, where it is not the built-in one
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
}

impl DatabaseArgs {
    /// Opens the database beside whoever works on it.
    pub(super) async fn open(&self) -> Result<Shared, CliError> {
        let first: &'static Pack = match &self.rules {
            None => crate::embedded::pack(),
            Some(folder) => match load_dir(folder) {
                // The law lives as long as the process.
                Ok(loaded) => Box::leak(Box::new(loaded.pack)),
                Err(error) => return Err(CliError::Pack(pack_error(&error))),
            },
        };
        let database = Database::open_existing(&self.database).await.map_err(failed)?;
        let key = crate::cli::records::sample_key_of_environment()?;
        Ok(Shared::new(database, Clock::machine(), LawBook::new(first), ClockPolicy::default(), key))
    }
}

/// The words of an error of the service.
pub(super) fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::Service(error.to_string())
}

/// What `rules installed` is asked.
#[derive(Debug, Args)]
pub(super) struct InstalledArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// How to write the list
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
    /// The language of tables [default: by LANG]
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Option<LangArg>,
}

/// Lists the editions that a service has.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn installed(args: &InstalledArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    match block_on(rows(&args.database)) {
        Ok(rows) => {
            match args.format {
                RulesFormat::Json => {
                    serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
                    writeln!(out)?;
                }
                RulesFormat::Table => table(&rows, LawArgs { rules: None, lang: args.lang }.lang(), out)?,
            }
            Ok(EXIT_OK)
        }
        Err(CliError::Output(error)) => Err(error),
        Err(error) => {
            writeln!(err, "motcua: {error}")?;
            Ok(error.exit_code())
        }
    }
}

async fn rows(args: &DatabaseArgs) -> Result<Vec<Listed>, CliError> {
    let shared = args.open().await?;
    let rows = editions(&shared).await.map_err(failed)?;
    shared.database.close().await;
    Ok(rows)
}

fn table(rows: &[Listed], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let head = match lang {
        Lang::Vi => ["", "bản", "từ ngày", "thu hồi", "người cài", "mã băm"],
        Lang::En => ["", "edition", "from", "withdrawn", "by", "digest"],
    };
    let mut cells = vec![head.map(str::to_owned)];
    for row in rows {
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let from = row.active_from.map_or_else(|| pick(lang, "ban đầu", "the start").to_owned(), |day| day.to_string());
        let mark = if row.decides { "*" } else { "" };
        let by = row.installed_by.clone().unwrap_or_default();
        cells.push([mark.to_owned(), row.edition.clone(), from, day(row.withdrawn_on), by, row.digest.clone()]);
    }
    columns([Column::Left; 6], &cells, "", out)?;
    for row in rows {
        if let Some(reason) = &row.unreadable {
            let again = pick(lang, "không đọc được, cần cài lại", "cannot be read; install it again");
            writeln!(out, "{} ({}): {again}: {reason}", row.edition, row.digest)?;
        }
    }
    Ok(())
}
