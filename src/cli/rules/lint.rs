//! `motcua rules lint`

use std::io::{self, Write};

use super::super::{EXIT_OK, EXIT_REJECTED};
use super::{LintArgs, RulesFormat, refused};
use crate::embedded;
use crate::law::{LintReport, lint_dir};

/// Reports what is wrong and what is suspect in a pack.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn lint(args: &LintArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let report = match &args.rules {
        None => embedded::lint_report(),
        Some(path) => match lint_dir(path) {
            Ok(report) => report,
            Err(error) => return refused(&error, err),
        },
    };
    match args.format {
        RulesFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        RulesFormat::Table => table(&report, out)?,
    }
    Ok(if report.errors.is_empty() { EXIT_OK } else { EXIT_REJECTED })
}

fn table(report: &LintReport, out: &mut dyn Write) -> io::Result<()> {
    for defect in report.errors.iter().chain(&report.warnings) {
        writeln!(out, "{defect}")?;
    }
    if !(report.errors.is_empty() && report.warnings.is_empty()) {
        writeln!(out)?;
    }
    writeln!(
        out,
        "{} rules, {} with a case that meets them, {} with one that does not; {} errors, {} warnings",
        report.rules,
        report.with_positive,
        report.with_negative,
        report.errors.len(),
        report.warnings.len()
    )
}
