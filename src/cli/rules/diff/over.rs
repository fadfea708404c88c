//! The declarations over which two packs are compared.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use crate::clearance::LawDay;
use crate::cli::batches::{self, PER_TASK, Progress};
use crate::cli::input::Input;
use crate::cli::records::RecordArgs;
use crate::cli::target::Target;
use crate::cli::{CliError, EXIT_OK, EXIT_REJECTED, today, zone};
use crate::documents::Taken;
use crate::law::Pack;
use crate::message::ReadOptions;
use crate::report::impact::{Checks, Comparison, Impact, ImpactReport, LineChange, Listen, compare_parallel};
use crate::screening::Screener;

/// What is asked of declarations.
#[derive(Debug, Args)]
pub(super) struct OverArgs {
    /// Screen these declarations under both packs: files, folders, `.zip`, `.tar`, `.tar.gz`,
    /// `.tar.zst`, or `-` for standard input
    #[arg(long, value_name = "PATH", num_args = 1..)]
    over: Vec<String>,
    /// The day for declarations that state none (default: today)
    #[arg(long, value_name = "DATE", requires = "over")]
    as_of: Option<Date>,
    /// Ask about the law of this day, whatever the documents say
    #[arg(long, value_name = "DATE", requires = "over")]
    law_date: Option<Date>,
    #[command(flatten)]
    records: RecordArgs,
    /// Write each line that gains or loses a check or is decided otherwise to this file, as csv
    #[arg(long, value_name = "FILE", requires = "over")]
    lines: Option<PathBuf>,
    /// How many of the declarations most affected are named
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=1000))]
    top: u16,
    /// Threads that screen (default: one for each core)
    #[arg(long, value_name = "N", requires = "over", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Refuse messages that depart from their format's schema instead of warning
    #[arg(long, requires = "over")]
    strict: bool,
    /// No progress bar
    #[arg(long)]
    quiet: bool,
}

impl OverArgs {
    /// Compares the packs over the declarations, if any are named; with the exit code.
    pub(super) fn over(&self, packs: [&Pack; 2]) -> Result<Option<(ImpactReport, u8)>, CliError> {
        if self.over.is_empty() {
            if self.records.is_empty() {
                return Ok(None);
            }
            let message = "--history, --evidence and --sample-key say something of declarations: name some with --over";
            return Err(CliError::Usage(message.to_owned()));
        }
        let zone = zone(packs[0]);
        let options = ReadOptions { zone: zone.clone(), strict: self.strict, ..ReadOptions::default() };
        let input = Input::open(&self.over, options.limits.bytes)?;
        let screeners = packs.map(Screener::new);
        let law_day = LawDay { received: today(&zone), as_of: self.as_of, law_date: self.law_date };
        let known = [self.records.read(packs[0])?, self.records.read(packs[1])?];
        let comparison = Comparison::new([&screeners[0], &screeners[1]], law_day, usize::from(self.top))
            .knowing([&known[0].records, &known[1].records])
            .heard_by(self.lines.is_some().then_some(&Rows));
        let target = self.lines.as_deref().map(Target::new);
        let mut rows = match &target {
            Some(target) => Some(BufWriter::new(target.create()?)),
            None => None,
        };
        let compared = self.compare(&comparison, &options, &input, rows.as_mut().map(|rows| rows as &mut dyn Write));
        drop(rows);
        if let Some(target) = target {
            target.finish(compared.is_ok())?;
        }
        let impact = compared?;
        let refused = known.iter().any(|known| known.refused > 0);
        let code = if impact.totals.rejected > 0 || refused { EXIT_REJECTED } else { EXIT_OK };
        Ok(Some((impact.report(comparison.checks()), code)))
    }

    fn compare(
        &self,
        comparison: &Comparison<'_>,
        options: &ReadOptions,
        input: &Input,
        mut rows: Option<&mut dyn Write>,
    ) -> Result<Impact, CliError> {
        let pool = batches::pool(self.jobs)?;
        let progress = Progress::new(input, self.quiet);
        let mut impact = Impact::default();
        let mut written = rows.as_mut().map_or(Ok(()), |rows| rows.write_all(HEADER.as_bytes()));
        let read = batches::for_each(input, &mut |messages| {
            let parts = pool.install(|| compare_parallel(comparison, options, messages, PER_TASK));
            for mut part in parts {
                impact.absorb(&mut part, comparison.most());
                if let (Some(rows), true) = (&mut rows, written.is_ok()) {
                    written = rows.write_all(&part.rows);
                }
            }
            progress.show(impact.totals.declarations, impact.totals.rejected);
            if written.is_ok() { Taken::More } else { Taken::Stop }
        });
        progress.finish();
        written?;
        read?;
        if let Some(rows) = rows {
            rows.flush()?;
        }
        Ok(impact)
    }
}

const HEADER: &str =
    "source,declaration,line,hs,ministry,measure,stage,change,line_decision_a,line_decision_b,decision_a,decision_b\n";

/// Writes lines as csv: a row for each check, and one without for a line that is only decided
/// otherwise.
struct Rows;

impl Listen for Rows {
    fn changed(&self, rows: &mut Vec<u8>, checks: &Checks, change: &LineChange<'_>) {
        let [a, b] = change.examinations;
        let line = &a.screening.lines[change.line];
        let number = line.number.to_string();
        let hs = line.hs.map(|hs| hs.to_string()).unwrap_or_default();
        let head = [change.source, a.declaration.name().unwrap_or_default(), &number, &hs];
        let decisions = [
            a.lines[change.line].decision.as_str(),
            b.lines[change.line].decision.as_str(),
            a.decision.as_str(),
            b.decision.as_str(),
        ];
        let mut rows = csv::WriterBuilder::new().has_headers(false).from_writer(rows);
        for (word, list) in [("gained", change.gained), ("lost", change.lost)] {
            for at in list {
                let check = checks.list[*at as usize];
                let (ministry, measure) = (&checks.ministries[check.ministry], &checks.measures[check.measure]);
                let what = [ministry.as_str(), measure, check.stage.as_str(), word];
                let _ = rows.write_record(head.into_iter().chain(what).chain(decisions));
            }
        }
        if change.gained.is_empty() && change.lost.is_empty() {
            let what = ["", "", "", "decision"];
            let _ = rows.write_record(head.into_iter().chain(what).chain(decisions));
        }
        let _ = rows.flush();
    }
}
