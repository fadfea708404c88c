//! `motcua generate`: realistic declarations to try things on.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;
use rayon::prelude::*;

use super::{CliError, EXIT_OK, Law, LawArgs};
use crate::generate::{Generator, Plan, Style};

/// Declarations made at once: enough to keep the cores busy, few enough to stay small.
const CHUNK: u64 = 2_048;

/// Write realistic declarations, drawn from the tariff of the pack
///
/// Importers and exporters with a line of business, regimes, origins, values, 1 to 50 lines, some
/// with permits, about two of a hundred with a mistake. The same seed gives the same bytes.
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// How many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=999_999_999))]
    count: u64,
    /// Another seed gives other declarations
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The message format
    #[arg(long, value_enum, default_value = "national")]
    format: StyleArg,
    /// Where they go: a folder, a `.tar`, `.tar.gz` or `.tar.zst`, or `-` for one stream
    #[arg(long, value_name = "DIR|FILE.tar|-")]
    out: String,
    /// The first day of registration (default: two years before the pack's edition)
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day of registration (default: the day before the pack's edition)
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// Lines of each (default: 1 to 50, five in the mean)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    lines: Option<u8>,
    /// Draw from the pack in this folder instead of the built-in one
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// No progress bar
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StyleArg {
    /// The national declaration in the envelope of the single window
    #[value(alias = "vnsw")]
    National,
    /// WCO Data Model
    Wco,
}

pub(super) fn run(args: &GenerateArgs) -> Result<u8, CliError> {
    let law = Law::load(&LawArgs { rules: args.rules.clone(), lang: None })?;
    let style = match args.format {
        StyleArg::National => Style::National,
        StyleArg::Wco => Style::Wco,
    };
    let mut plan = Plan::before_edition(law.pack(), args.seed, style);
    plan.from = args.from.unwrap_or(plan.from);
    plan.to = args.to.unwrap_or(plan.to);
    plan.lines = args.lines;
    let generator = Generator::new(law.pack(), plan).map_err(|error| CliError::Usage(error.to_string()))?;
    refuse_other_files(&args.out)?;
    let mut sink = Sink::open(&args.out)?;
    let bar = progress_bar(args.quiet, args.count);
    let mut from = 0;
    while from < args.count {
        let to = (from + CHUNK).min(args.count);
        let documents: Vec<(u64, Vec<u8>)> =
            (from..to).into_par_iter().map(|index| (index, generator.document(index))).collect();
        for (index, bytes) in &documents {
            sink.write(&generator.name(*index), bytes)?;
        }
        bar.set_position(to);
        from = to;
    }
    sink.finish()?;
    bar.finish_and_clear();
    Ok(EXIT_OK)
}

/// Refuses a name that asks for a file which this command does not write: it would become a folder of that name.
fn refuse_other_files(out: &str) -> Result<(), CliError> {
    let extension = Path::new(out).extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("zip" | "7z" | "xml" | "gz" | "zst" | "json" | "ndjson")
            if ![".tar.gz", ".tar.zst"].iter().any(|end| out.to_lowercase().ends_with(end)) =>
        {
            Err(CliError::Usage(format!(
                "`--out {out}`: declarations are written to a folder, to a .tar, .tar.gz or .tar.zst archive, or to `-`"
            )))
        }
        _ => Ok(()),
    }
}

/// Where documents go.
enum Sink {
    Folder(PathBuf),
    Tar(Box<tar::Builder<Packer>>),
    Stream(BufWriter<io::Stdout>),
}

/// A file with or without compression.
enum Packer {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Sink {
    fn open(out: &str) -> io::Result<Self> {
        if out == "-" {
            return Ok(Self::Stream(BufWriter::with_capacity(1 << 20, io::stdout())));
        }
        let path = Path::new(out);
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let file =
            || File::create(path).map(|file| BufWriter::with_capacity(1 << 20, file)).map_err(|error| at(path, &error));
        let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end));
        let packer = if ends(&[".tar"]) {
            Packer::Plain(file()?)
        } else if ends(&[".tar.gz", ".tgz"]) {
            Packer::Gzip(GzEncoder::new(file()?, Compression::default()))
        } else if ends(&[".tar.zst", ".tzst"]) {
            Packer::Zstd(zstd::stream::write::Encoder::new(file()?, 3)?)
        } else {
            std::fs::create_dir_all(path).map_err(|error| at(path, &error))?;
            return Ok(Self::Folder(path.to_owned()));
        };
        Ok(Self::Tar(Box::new(tar::Builder::new(packer))))
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(stream) => stream.write_all(bytes),
            Self::Folder(folder) => {
                let path = folder.join(name);
                std::fs::write(&path, bytes).map_err(|error| at(&path, &error))
            }
            Self::Tar(archive) => {
                // Nothing of the machine or the day: the same seed gives the same bytes.
                let mut header = tar::Header::new_ustar();
                header.set_size(bytes.len() as u64);
                header.set_mode(0o644);
                header.set_mtime(0);
                header.set_uid(0);
                header.set_gid(0);
                archive.append_data(&mut header, name, bytes)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Stream(mut stream) => stream.flush(),
            Self::Tar(archive) => match archive.into_inner()? {
                Packer::Plain(mut file) => file.flush(),
                Packer::Gzip(file) => file.finish()?.flush(),
                Packer::Zstd(file) => file.finish()?.flush(),
            },
        }
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(file) => file.write(bytes),
            Self::Zstd(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(file) => file.flush(),
            Self::Zstd(file) => file.flush(),
        }
    }
}

/// An error with the path it happened at.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn progress_bar(quiet: bool, count: u64) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} declarations, {per_sec}, ETA {eta}") {
        bar.set_style(style);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
    bar
}
