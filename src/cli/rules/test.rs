//! `motcua rules test`

use std::borrow::Cow;
use std::io::{self, Write};

use super::super::{EXIT_OK, EXIT_REJECTED, EXIT_USAGE};
use super::{RulesFormat, TestArgs, refused};
use crate::clearance::{CaseReport, test_cases};
use crate::embedded;
use crate::law::{Case, Pack, did_you_mean, load_dir};

/// Runs the cases of a pack.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn test(args: &TestArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let (pack, cases): (Cow<'_, Pack>, Vec<Case>) = match &args.rules {
        None => (Cow::Borrowed(embedded::pack()), embedded::cases()),
        Some(path) => match load_dir(path) {
            Ok(loaded) => (Cow::Owned(loaded.pack), loaded.cases),
            Err(error) => return refused(&error, err),
        },
    };
    let ids = || pack.rules.iter().map(|rule| &rule.id).chain(pack.unused_rules.iter().map(|rule| &rule.id));
    let filter = args.filter.as_deref().unwrap_or_default();
    let whole = ids().any(|id| id == filter);
    let chosen = |id: &str| if whole { id == filter } else { id.contains(filter) };
    if !ids().any(|id| chosen(id)) {
        let hint = did_you_mean(filter, ids().map(String::as_str));
        writeln!(err, "error: no rule's id has `{filter}` in it")?;
        writeln!(err, "\nhint: {}", hint.as_deref().unwrap_or("`motcua rules list` lists the rules"))?;
        return Ok(EXIT_USAGE);
    }
    let report = test_cases(&pack, &cases, &chosen);
    match args.format {
        RulesFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        RulesFormat::Table => table(&report, out)?,
    }
    Ok(if report.errors.is_empty() { EXIT_OK } else { EXIT_REJECTED })
}

fn table(report: &CaseReport, out: &mut dyn Write) -> io::Result<()> {
    for defect in report.errors.iter().chain(&report.warnings) {
        writeln!(out, "{defect}")?;
    }
    if !(report.errors.is_empty() && report.warnings.is_empty()) {
        writeln!(out)?;
    }
    let of = |count: usize| format!("{count} of {}", report.with_codes);
    writeln!(
        out,
        "{} cases, {} failed; {} rules with codes have a case that meets them, {} one that does not",
        report.cases,
        report.failed,
        of(report.with_positive),
        of(report.with_negative)
    )
}
