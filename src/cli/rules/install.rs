//! `motcua rules install` and `motcua rules withdraw`

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::by::ByArgs;
use super::installed::{DatabaseArgs, failed};
use super::{BUILT_IN, RulesFormat, pick, refused};
use crate::clearance::case::{Author, Refused, Role};
use crate::clearance::explain::Lang;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, EXIT_FAILED, EXIT_OK, EXIT_REJECTED, LangArg, LawArgs};
use crate::law::{LoadError, Loaded, inspect_dir};
use crate::service::desk::ActError;
use crate::service::law_book::Edition;
use crate::service::law_change::{Checked, Effect, editions, install_beside, meant, withdraw_beside};
use crate::service::writer::WorkError;

/// What `rules install` is asked.
#[derive(Debug, Args)]
pub(super) struct InstallArgs {
    /// The pack: a folder, or `built-in`
    #[arg(value_name = "PACK")]
    pack: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// The first day on which it decides [default: today]
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Only say what it would do to the open cases
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: ByArgs,
    /// How to write the effect
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
    /// The language of tables [default: by LANG]
    #[arg(long, value_enum, value_name = "LANG")]
    lang: Option<LangArg>,
}

/// What `rules withdraw` is asked.
#[derive(Debug, Args)]
pub(super) struct WithdrawArgs {
    /// The edition's digest, the beginning of it, or its name
    #[arg(value_name = "EDITION")]
    edition: String,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: ByArgs,
}

/// Installs an edition, or says what it would do.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn install(args: &InstallArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let loaded = match load(&args.pack) {
        Ok(loaded) => loaded,
        Err(error) => return refused(&error, err),
    };
    let edition = match Checked::new(loaded) {
        Ok(edition) => edition,
        Err(error) => return told(Err(Refusal::Refused(error)), err),
    };
    let warnings = edition.warnings().len();
    let code = told(installed(args, edition, out), err)?;
    if warnings > 0 {
        writeln!(err, "motcua: the pack has {warnings} warnings; `motcua rules lint` lists them")?;
    }
    Ok(code)
}

/// Takes an edition back.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn withdraw(args: &WithdrawArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let done = block_on(async {
        let shared = args.database.open().await?;
        let digest = meant(&args.edition, &editions(&shared).await.map_err(failed)?).map_err(Refusal::Refused)?;
        withdraw_beside(&shared, &digest, &args.reason, &author(&args.by)?).await?;
        writeln!(out, "{digest}")?;
        shared.database.close().await;
        Ok(EXIT_OK)
    });
    told(done, err)
}

/// Why an edition was not installed or taken back.
enum Refusal {
    Refused(Refused),
    Failed(CliError),
}

impl From<CliError> for Refusal {
    fn from(error: CliError) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Failed(CliError::Output(error))
    }
}

impl From<WorkError> for Refusal {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Act(ActError::Refused(refused)) => Self::Refused(refused),
            error => Self::Failed(failed(error)),
        }
    }
}

fn told(outcome: Result<u8, Refusal>, err: &mut dyn Write) -> io::Result<u8> {
    match outcome {
        Ok(code) => Ok(code),
        Err(Refusal::Refused(refused)) => {
            writeln!(err, "motcua: {refused}")?;
            Ok(EXIT_REJECTED)
        }
        Err(Refusal::Failed(CliError::Output(error))) => Err(error),
        Err(Refusal::Failed(error)) => {
            writeln!(err, "motcua: {error}")?;
            Ok(EXIT_FAILED)
        }
    }
}

fn load(pack: &Path) -> Result<Loaded, LoadError> {
    if pack == Path::new(BUILT_IN) {
        let (pack, cases) = (crate::embedded::pack().clone(), crate::embedded::cases());
        return Ok(Loaded { pack, cases, warnings: crate::embedded::lint_report().warnings });
    }
    inspect_dir(pack)
}

fn author(by: &ByArgs) -> Result<Author, CliError> {
    let person = Some(by.name().map_err(CliError::Usage)?);
    Ok(Author { role: Role::Operator, organisation: None, person })
}

fn installed(args: &InstallArgs, edition: Checked, out: &mut dyn Write) -> Result<u8, Refusal> {
    block_on(async {
        let shared = args.database.open().await?;
        let pack = edition.pack();
        let today = Edition::zone_of(pack).to_datetime(shared.clock.now()).date();
        let from = args.from.unwrap_or(today);
        let name = format!("{} ({})", pack.edition, pack.digest);
        let by = if args.dry_run { Author::system() } else { author(&args.by)? };
        let effect = install_beside(&shared, edition, (!args.dry_run).then_some(from), &by).await?;
        shared.database.close().await;
        match args.format {
            RulesFormat::Json => {
                serde_json::to_writer_pretty(&mut *out, &effect).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            RulesFormat::Table => {
                let lang = LawArgs { rules: None, lang: args.lang }.lang();
                if !args.dry_run {
                    writeln!(
                        out,
                        "{} {name} {} {from}",
                        pick(lang, "bản", "edition"),
                        pick(lang, "có hiệu lực từ", "decides from")
                    )?;
                }
                table(&effect, lang, out)?;
            }
        }
        Ok(EXIT_OK)
    })
}

fn table(effect: &Effect, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let Effect { open, changed, same_for_other_reasons: same, rescheduled, unreadable, stranded, .. } = effect;
    let counts = match lang {
        Lang::Vi => {
            format!(
                "{open} tờ khai đang mở: {changed} có quyết định khác, {same} giữ quyết định vì lý do khác, \
                 {rescheduled} chỉ đổi hạn"
            )
        }
        Lang::En => {
            format!(
                "{open} open declarations: {changed} decided otherwise, {same} the same for other reasons, \
                 {rescheduled} only due at other times"
            )
        }
    };
    writeln!(out, "{counts}")?;
    for moved in &effect.moved {
        writeln!(out, "  {} → {}  {}", moved.from.as_str(), moved.to.as_str(), moved.count)?;
    }
    for moved in &effect.cases {
        writeln!(out, "    {}  {}  {} → {}", moved.case, moved.name, moved.from.as_str(), moved.to.as_str())?;
    }
    for case in &effect.rescheduled_cases {
        let moment = |at: Option<Timestamp>| at.map_or_else(|| "–".to_owned(), |at| at.to_string());
        let clearance = pick(lang, "thông quan sớm nhất", "clearance at the earliest");
        writeln!(out, "    {}  {}  {clearance} {} → {}", case.case, case.name, moment(case.from), moment(case.to))?;
    }
    if *unreadable > 0 {
        match lang {
            Lang::Vi => writeln!(out, "{unreadable} tờ khai không đọc lại được, giữ nguyên")?,
            Lang::En => writeln!(out, "{unreadable} cannot be read any more and stay as they are")?,
        }
    }
    if *stranded > 0 {
        match lang {
            Lang::Vi => writeln!(out, "{stranded} hồ sơ đang ở trạng thái mà bản này không có:")?,
            Lang::En => writeln!(out, "{stranded} open dossiers stand in states that its life cycles do not have:")?,
        }
        for dossier in &effect.stranded_dossiers {
            writeln!(out, "    {dossier}")?;
        }
    }
    Ok(())
}
