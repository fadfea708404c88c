//! `motcua rules installed`

use std::io::{self, Write};

use clap::Args;

use super::columns::{Column, columns};
use super::{RulesFormat, pick};
use crate::clearance::explain::Lang;
use crate::cli::config::ConfigArgs;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, EXIT_OK, LangArg, LawArgs};
use crate::service::clock::Clock;
use crate::service::law_change::{Listed, editions};
use crate::service::shared::Shared;
use crate::store::Database;

/// Which service's law.
#[derive(Debug, Args)]
pub(super) struct DatabaseArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

impl DatabaseArgs {
    /// Opens the database beside whoever works on it.
    pub(super) async fn open(&self) -> Result<Shared, CliError> {
        let settings = self.config.read(&[])?;
        let law = settings.law()?;
        let database = Database::open_existing(&settings.database).await.map_err(failed)?;
        Ok(settings.shared(database, Clock::machine(), law))
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
