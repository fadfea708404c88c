//! `motcua clear`: decides declarations.
//!
//! Three stages work at once: one thread reads documents into batches, the pool decides a batch
//! in parallel, one thread writes the answers in order. Batches and queues are bounded, so that
//! memory does not grow with the input.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;

use super::graph::{Drawing, GraphRender};
use super::input::{Document, Input, InputError, Taken};
use super::records::RecordArgs;
use super::sheet::{self, SheetRender};
use super::summary::summary;
use super::table::TableRender;
use super::{CliError, EXIT_OK, EXIT_REJECTED, ExplainArgs, Format, Law, LawArgs, colour, today, zone};
use crate::clearance::batch::{Answers, Message, Render, Tally, decide_parallel};
use crate::clearance::explain::Detail;
use crate::clearance::{AnswerWriter, Examiner, LawDay};
use crate::message::ReadOptions;
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

/// Documents of a batch, and most bytes of it.
const BATCH_DOCUMENTS: usize = 1024;
const BATCH_BYTES: usize = 4 << 20;
/// Documents of one task of the pool.
const PER_TASK: usize = 16;

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
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs.map_or(0, usize::from))
        .build()
        .map_err(|cause| CliError::Usage(format!("threads: {cause}")))?;
    let bar = progress_bar(args.quiet, input.total());
    let progress = input.progress();
    let input = &input;

    let mut tally = Tally::default();
    let done = std::thread::scope(|scope| -> Result<(), CliError> {
        let (batches, to_decide) = sync_channel::<Vec<Document>>(2);
        let (finished, to_write) = sync_channel::<Vec<Answers>>(2);
        let reading = scope.spawn(move || read_batches(input, &batches));
        let writing = scope.spawn(|| write_answers(output, args.format, to_write));
        for batch in to_decide {
            let messages: Vec<Message<'_>> = batch
                .iter()
                .map(|document| Message { source: &document.source, content: document.content.as_deref() })
                .collect();
            let answers = pool.install(|| decide_parallel(&examiner, render.as_ref(), &options, &messages, PER_TASK));
            for part in &answers {
                tally.add(&part.tally);
            }
            bar.set_position(progress.load(Ordering::Relaxed));
            bar.set_message(format!("{} · {}", tally.decided(), tally.rejected));
            if finished.send(answers).is_err() {
                break;
            }
        }
        drop(finished);
        // What the writer says comes first: where it stopped, the reader was cut short.
        writing.join().map_err(|_| io::Error::other("the writing thread stopped"))??;
        reading.join().map_err(|_| io::Error::other("the reading thread stopped"))??;
        Ok(())
    });
    bar.finish_and_clear();
    if let Some(target) = target {
        target.finish(done.is_ok())?;
    }
    done?;
    if !args.quiet {
        let _ = write!(io::stderr().lock(), "{}", summary(pack, &tally, started.elapsed(), lang));
    }
    Ok(if tally.rejected > 0 || known.refused > 0 { EXIT_REJECTED } else { EXIT_OK })
}

/// Where the answers go: a file that has its name only when it is whole, so that a run that
/// breaks off leaves no half of one and an input is never overwritten while it is read.
struct Target<'t> {
    path: &'t Path,
    /// `None`: something that is no regular file is written directly.
    unfinished: Option<PathBuf>,
}

impl<'t> Target<'t> {
    fn new(path: &'t Path) -> Self {
        let special = std::fs::metadata(path).is_ok_and(|about| !about.is_file());
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        Self { path, unfinished: (!special).then(|| path.with_file_name(name)) }
    }

    fn create(&self) -> io::Result<File> {
        let path = self.unfinished.as_deref().unwrap_or(self.path);
        File::create(path).map_err(|cause| io::Error::new(cause.kind(), format!("{}: {cause}", path.display())))
    }

    fn finish(self, whole: bool) -> io::Result<()> {
        match self.unfinished {
            Some(unfinished) if whole => std::fs::rename(unfinished, self.path),
            Some(unfinished) => std::fs::remove_file(unfinished),
            None => Ok(()),
        }
    }
}

fn read_batches(input: &Input, batches: &SyncSender<Vec<Document>>) -> Result<(), InputError> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    let read = input.for_each(&mut |document| {
        bytes += document.content.as_ref().map_or(0, Vec::len);
        batch.push(document);
        if batch.len() >= BATCH_DOCUMENTS || bytes >= BATCH_BYTES {
            bytes = 0;
            if batches.send(std::mem::take(&mut batch)).is_err() {
                return Taken::Stop;
            }
        }
        Taken::More
    });
    // What was read before an error is decided all the same.
    let _ = batches.send(batch);
    read
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

fn progress_bar(quiet: bool, total: Option<u64>) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    let template = if total.is_some() {
        "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg} ETA {eta}"
    } else {
        "{spinner} {bytes} {bytes_per_sec} {msg} {elapsed}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
