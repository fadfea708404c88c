//! `motcua rules diff`

mod impact;
mod over;
mod table;

use std::borrow::Cow;
use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::super::{CliError, EXIT_OK, LangArg, LawArgs, pack_error};
use super::{BUILT_IN, RulesFormat};
use crate::law::{Pack, load_dir};
use crate::report::diff::{PackDiff, diff as compare};
use crate::report::impact::ImpactReport;

/// What `rules diff` is asked.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The pack before: a folder, or `built-in`
    #[arg(value_name = "A")]
    before: String,
    /// The pack after: a folder, or `built-in`
    #[arg(value_name = "B")]
    after: String,
    #[command(flatten)]
    over: over::OverArgs,
    /// How to write the comparison
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
    /// The language of tables [default: by LANG]
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Option<LangArg>,
}

/// The comparison in the shape of its JSON.
#[derive(Serialize)]
struct Report<'r> {
    #[serde(flatten)]
    diff: &'r PackDiff,
    over: Option<&'r ImpactReport>,
}

/// Compares two packs, and what they do to declarations.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn diff(args: &DiffArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    match run(args, out) {
        Ok(code) => Ok(code),
        Err(CliError::Output(error)) => Err(error),
        Err(error) => {
            writeln!(err, "motcua: {error}")?;
            Ok(error.exit_code())
        }
    }
}

fn run(args: &DiffArgs, out: &mut dyn Write) -> Result<u8, CliError> {
    let (before, after) = (pack(&args.before)?, pack(&args.after)?);
    let diff = compare(&before, &after);
    let over = args.over.over([&before, &after])?;
    let report = over.as_ref().map(|(report, _)| report);
    match args.format {
        RulesFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &Report { diff: &diff, over: report }).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        RulesFormat::Table => {
            let lang = LawArgs { rules: None, lang: args.lang }.lang();
            table::table(&diff, lang, out)?;
            if let Some(report) = report {
                impact::table(report, lang, out)?;
            }
        }
    }
    Ok(over.map_or(EXIT_OK, |(_, code)| code))
}

/// The pack of a name.
fn pack(name: &str) -> Result<Cow<'static, Pack>, CliError> {
    if name == BUILT_IN {
        return Ok(Cow::Borrowed(crate::embedded::pack()));
    }
    match load_dir(name.as_ref()) {
        Ok(loaded) => Ok(Cow::Owned(loaded.pack)),
        Err(error) => Err(CliError::Pack(format!("{name}: {}", pack_error(&error)))),
    }
}
