//! The command line: one file per command, arguments to functions, errors to exit codes.
//!
//! Results go to standard output, everything else to standard error. Exit code, whatever the
//! decisions are: 0 all decided; 1 the program could not do its work; 2 wrong usage; 3 some or
//! all inputs were rejected (or a pack has errors), the others decided.

mod admin;
mod backup;
mod batches;
mod certificate;
mod check;
mod clear;
mod config;
mod database;
mod demo;
mod exchange;
pub mod generate;
pub mod input;
mod partner;
mod rebuild;
mod records;
mod restore;
mod rules;
mod runtime;
mod serve;
mod sheet;
mod summary;
mod table;
mod target;
mod verify;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clearance::explain::{Detail, Lang};
use crate::law::{LoadError, Pack};

/// Done; everything was decided.
pub const EXIT_OK: u8 = 0;
/// The program could not do its work.
pub const EXIT_FAILED: u8 = 1;
/// Wrong usage.
pub const EXIT_USAGE: u8 = 2;
/// Some or all inputs were rejected, the others decided; or a pack has errors.
pub const EXIT_REJECTED: u8 = 3;

/// Motcua (một cửa, "one door"): reads customs declarations, screens every line against the law
/// of the day, and says which checks and permits each needs, from whom and under which article.
#[derive(Debug, Parser)]
#[command(
    name = "motcua",
    version,
    max_term_width = 100,
    after_help = "EXAMPLES
  motcua clear declarations/                      decide a folder of declarations
  motcua clear - --format ndjson < stream.xml     decide a stream, one answer a line
  motcua clear case.xml --explain --lang en       say why, article by article
  motcua check --hs 03061721 --origin IN          what one line would need today
  motcua rules list --ministry BCT                the rules of a ministry
  motcua generate --count 1000 --out sample.tar   realistic declarations to try it on
  motcua verify --database motcua.db              whether a service's journal is whole
  motcua certificate verify co.xml --trust ca.pem whether a signed certificate of origin is genuine

EXIT CODES
  0  all decided, whatever the decisions are
  1  the program could not do its work (a missing path, a disk)
  2  wrong usage
  3  some or all inputs were rejected, the others decided"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clear(clear::ClearArgs),
    Check(check::CheckArgs),
    Rules(rules::RulesArgs),
    Generate(generate::GenerateArgs),
    Verify(verify::VerifyArgs),
    Certificate(certificate::CertificateArgs),
    Rebuild(rebuild::RebuildArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Serve(Box<serve::ServeArgs>),
    Admin(admin::AdminArgs),
    Exchange(exchange::ExchangeArgs),
    Partner(partner::PartnerArgs),
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// One row for each requirement.
    Csv,
    /// The tasks as a graph for Graphviz.
    Dot,
    /// The tasks as a drawing.
    Svg,
}

/// Arguments that several commands share.
#[derive(Debug, Args)]
struct LawArgs {
    /// Decide under the pack in this folder instead of the built-in one
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// The language of tables and explanations [default: by LANG]
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Option<LangArg>,
}

/// How much answers explain.
#[derive(Debug, Args)]
struct ExplainArgs {
    /// Say why: each rule that applies and each step that shaped it, with article and grade of source
    #[arg(long)]
    explain: bool,
    /// Say also why not: each rule and exemption that nearly applied, with the first condition
    /// that failed
    #[arg(long)]
    why_not: bool,
}

impl ExplainArgs {
    fn detail(&self) -> Detail {
        match (self.explain, self.why_not) {
            (_, true) => Detail::WhyNot,
            (true, false) => Detail::Why,
            (false, false) => Detail::None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LangArg {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl LawArgs {
    fn lang(&self) -> Lang {
        match self.lang {
            Some(LangArg::Vi) => Lang::Vi,
            Some(LangArg::En) => Lang::En,
            None => lang_of_environment(),
        }
    }
}

fn lang_of_environment() -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(std::env::var_os).find(|v| !v.is_empty());
    if locale.is_some_and(|l| l.to_string_lossy().starts_with("vi")) { Lang::Vi } else { Lang::En }
}

/// Runs the program with its arguments and gives back its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { EXIT_USAGE } else { EXIT_OK };
        }
    };
    let result = match cli.command {
        Command::Clear(args) => clear::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Rules(args) => {
            // Standard error is not locked: the progress bar writes there from its own thread.
            rules::run(&args, &mut io::stdout().lock(), &mut io::stderr()).map_err(CliError::Output)
        }
        Command::Generate(args) => generate::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Certificate(args) => certificate::run(&args),
        Command::Rebuild(args) => rebuild::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Admin(args) => admin::run(&args),
        Command::Exchange(args) => exchange::run(&args),
        Command::Partner(args) => partner::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => EXIT_OK,
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "motcua: {error}");
            error.exit_code()
        }
    }
}

/// Why a command could not go on.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// A source.
    #[error(transparent)]
    Input(#[from] input::InputError),
    /// Where the results go.
    #[error("writing the results: {0}")]
    Output(#[from] io::Error),
    /// The pack.
    #[error("{0}")]
    Pack(String),
    /// A file of records.
    #[error("{0}")]
    Record(String),
    /// The service or its store.
    #[error("{0}")]
    Service(String),
    /// An argument.
    #[error("{0}")]
    Usage(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// A copy of a database.
    #[error(transparent)]
    Backup(#[from] crate::store::BackupError),
    /// Certificates, revocation lists or a key.
    #[error("{path}: {cause}")]
    Key {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: crate::message::signature::KeyError,
    },
}

impl CliError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => EXIT_USAGE,
            Self::Input(_)
            | Self::Output(_)
            | Self::Pack(_)
            | Self::Record(_)
            | Self::Store(_)
            | Self::Backup(_)
            | Self::Key { .. }
            | Self::Service(_) => EXIT_FAILED,
        }
    }
}

/// A pack: the built-in one, or one from a folder.
enum Law {
    BuiltIn(&'static Pack),
    Folder(Box<Pack>),
}

impl Law {
    fn load(args: &LawArgs) -> Result<Self, CliError> {
        let Some(folder) = &args.rules else { return Ok(Self::BuiltIn(crate::embedded::pack())) };
        match crate::law::load_dir(folder) {
            Ok(loaded) => Ok(Self::Folder(Box::new(loaded.pack))),
            Err(error) => Err(CliError::Pack(pack_error(&error))),
        }
    }

    fn pack(&self) -> &Pack {
        match self {
            Self::BuiltIn(pack) => pack,
            Self::Folder(pack) => pack,
        }
    }
}

fn pack_error(error: &LoadError) -> String {
    format!("the rules cannot be used:\n{error}")
}

/// The zone of a pack; UTC where the zone is not known, which lint reports.
fn zone(pack: &Pack) -> TimeZone {
    TimeZone::get(&pack.time_zone).unwrap_or(TimeZone::UTC)
}

/// Now: the clock is read here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Today in a zone.
fn today(zone: &TimeZone) -> Date {
    zone.to_datetime(now()).date()
}

/// Whether standard output takes colours.
fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}
