//! `motcua clear`: decides declarations.
//!
//! Three stages work at once: one thread reads documents into batches, the pool decides a batch
//! in parallel, one thread writes the answers in order. Batches and queues are bounded, so that
//! memory does not grow with the input.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use clap::Args;
use jiff::civil::Date;

use super::batches::{self, PER_TASK, Progress};
use super::input::Input;
use super::records::RecordArgs;
use super::sheet::{self, SheetRender};
use super::summary::summary;
use super::table::TableRender;
use super::target::Target;
use super::{CliError, EXIT_OK, EXIT_REJECTED, ExplainArgs, Format, Law, LawArgs, colour, today, zone};
use crate::clearance::batch::{Answers, Render, Tally, decide_parallel};
use crate::clearance::explain::Detail;
use crate::clearance::{AnswerWriter, Examiner, LawDay};
use crate::documents::Taken;
use crate::message::ReadOptions;
use crate::report::graph::{self, Drawing, GraphRender};
use crate::screening::Screener;

/// Decide declarations: files, folders, archives, or a stream
///
/// For every line: which checks and permits it needs, from whom, under which article, and
/// whether it may clear. Answers come in the order of the input, whatever the parallelism.
/// Folders are read through for `*.xml` and archives.
#[derive(Debug, Args)]
pub(super) struct ClearArgs {
    /// Files, folders, `.zip`, `.tar`, `.tar.gz`, `.tar.zst`, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// How answers are written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// The day for declarations that state none (default: today)
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Ask about the law of this day, whatever the documents say
    #[arg(long, value_name = "DATE")]
    law_date: Option<Date>,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    records: RecordArgs,
    /// Write the answers to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Threads that decide (default: one for each core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    #[command(flatten)]
    explain: ExplainArgs,
    /// Refuse messages that depart from their format's schema instead of warning
    #[arg(long)]
    strict: bool,
    /// No progress bar and no summary
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(args: &ClearArgs) -> Result<u8, CliError> {
    let started = Instant::now();
    let law = Law::load(&args.law)?;
    let pack = law.pack();
    let zone = zone(pack);
    let options = ReadOptions { zone: zone.clone(), strict: args.strict, ..ReadOptions::default() };
    let input = Input::open(&args.paths, options.limits.bytes)?;
    let screener = Screener::new(pack);
    let law_day = LawDay { received: today(&zone), as_of: args.as_of, law_date: args.law_date };
    let known = args.records.read(pack)?;
    let examiner = Examiner::new(&screener, law_day).knowing(&known.records);
    let lang = args.law.lang();
    let target = args.out.as_deref().map(Target::new);
    let output: Box<dyn Write + Send> = match &target {
        Some(target) => Box::new(target.create()?),
        None => Box::new(io::stdout()),
    };
    let render: Box<dyn Render + '_> = match args.format {
        Format::Table => Box::new(TableRender::new(pack, lang, colour() && args.out.is_none(), args.explain.detail())),
        Format::Json | Format::Ndjson => {
            Box::new(AnswerWriter::new(pack, lang).explained(args.explain.detail() > Detail::None))
        }
        Format::Csv => Box::new(SheetRender::new(pack)),
        Format::Dot => Box::new(GraphRender::new(pack, lang, Drawing::Dot)),
        Format::Svg => Box::new(GraphRender::new(pack, lang, Drawing::Svg)),
    };
    let pool = batches::pool(args.jobs)?;
    let progress = Progress::new(&input, args.quiet);
    let mut tally = Tally::default();
    let done = std::thread::scope(|scope| -> Result<(), CliError> {
        let (finished, to_write) = sync_channel::<Vec<Answers>>(2);
        let writing = scope.spawn(|| match args.format {
            Format::Svg => write_drawings(output, to_write),
            format => Ok(write_answers(output, format, to_write)?),
        });
        let read = batches::for_each(&input, &mut |messages| {
            let answers = pool.install(|| decide_parallel(&examiner, render.as_ref(), &options, messages, PER_TASK));
            for part in &answers {
                tally.add(&part.tally);
            }
            progress.show(tally.decided(), tally.rejected);
            if finished.send(answers).is_err() { Taken::Stop } else { Taken::More }
        });
        drop(finished);
        // What the writer says comes first: where it stopped, the reader was cut short.
        writing.join().map_err(|_| io::Error::other("the writing thread stopped"))??;
        read
    });
    progress.finish();
    if let Some(target) = target {
        target.finish(done.is_ok())?;
    }
    done?;
    if !args.quiet {
        let _ = write!(io::stderr().lock(), "{}", summary(pack, &tally, started.elapsed(), lang));
    }
    Ok(if tally.rejected > 0 || known.refused > 0 { EXIT_REJECTED } else { EXIT_OK })
}

/// Writes the drawings of all answers as one document.
fn write_drawings(mut output: Box<dyn Write + Send>, answers: Receiver<Vec<Answers>>) -> Result<(), CliError> {
    let mut drawings: Vec<String> = Vec::new();
    for run in answers.into_iter().flatten() {
        let mut from = 0;
        for end in run.ends {
            if drawings.len() == graph::DRAWINGS_MAX {
                return Err(CliError::Usage(format!(
                    "more than {} declarations do not fit into one drawing; draw fewer, or write `--format dot`, a graph for each",
                    graph::DRAWINGS_MAX
                )));
            }
            drawings.push(String::from_utf8_lossy(&run.bytes[from..end]).into_owned());
            from = end;
        }
    }
    output.write_all(graph::document(&drawings).as_bytes())?;
    Ok(output.flush()?)
}

fn write_answers(output: Box<dyn Write + Send>, format: Format, answers: Receiver<Vec<Answers>>) -> io::Result<()> {
    let mut output = BufWriter::with_capacity(1 << 18, output);
    let (open, between, close) = match format {
        Format::Json => ("[\n", ",\n", "\n]\n"),
        Format::Ndjson => ("", "\n", ""),
        Format::Csv => (sheet::HEADER, "", ""),
        Format::Table | Format::Dot | Format::Svg => ("", "", ""),
    };
    output.write_all(open.as_bytes())?;
    let mut first = true;
    for run in answers.into_iter().flatten() {
        let mut from = 0;
        for end in run.ends {
            if !first {
                output.write_all(between.as_bytes())?;
            }
            first = false;
            output.write_all(&run.bytes[from..end])?;
            from = end;
        }
    }
    if format == Format::Ndjson && !first {
        output.write_all(b"\n")?;
    }
    output.write_all(close.as_bytes())?;
    output.flush()
}
