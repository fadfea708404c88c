//! `motcua rules`: look after a pack.

mod by;
pub(super) mod columns;
mod coverage;
mod diff;
mod install;
mod installed;
mod life_cycle;
mod lint;
mod list;
mod show;
mod test;
mod words;

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use self::coverage::{CoverageArgs, coverage};
use self::diff::{DiffArgs, diff};
use self::install::{InstallArgs, WithdrawArgs, install, withdraw};
use self::installed::{InstalledArgs, installed};
use self::life_cycle::{LifeCycleArgs, life_cycle};
use self::lint::lint;
use self::list::list;
use self::show::show;
use self::test::test;
use super::{EXIT_FAILED, EXIT_REJECTED, LawArgs};
use crate::clearance::explain::Lang;
use crate::law::{LoadError, Pack, load_dir};

/// Look after a rule pack: find its defects, run its cases, list its rules, show one in full.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// What to do.
    #[command(subcommand)]
    command: RulesCommand,
}

/// The subcommands of `rules`.
#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Report every defect of a pack, each with file, line and column.
    ///
    /// Errors keep a pack from loading (exit 3). Warnings do not: rules without goods, dates known
    /// only by their year, entries that no tariff has, conditions that can never hold.
    ///
    /// Without --rules it says what was found in the built-in pack when the program was built.
    #[command(
        after_help = "Example:\n  motcua rules lint --rules rules/vn\n  motcua rules lint --rules rules/vn --format json"
    )]
    Lint(LintArgs),
    /// Run the cases of a pack: what reviewers of the law expect of each rule on one line.
    ///
    /// A case that comes out otherwise is an error with its place, what came out and why (exit 3).
    /// So is a rule with codes that lacks a case that meets it, or one that does not.
    #[command(
        after_help = "Example:\n  motcua rules test\n  motcua rules test quarantine\n  motcua rules test --rules rules/vn --format json"
    )]
    Test(TestArgs),
    /// List rules, one a line.
    #[command(
        after_help = "Example:\n  motcua rules list --measure plant_quarantine --on 2026-03-01\n  motcua rules list --ministry BYT --lang vi"
    )]
    List(ListArgs),
    /// Show one rule: its basis, agency, conditions in words, and every code it reaches.
    #[command(after_help = "Example:\n  motcua rules show mard-aquatic-quarantine-01-2024-m5")]
    Show(ShowArgs),
    /// Show how dossiers of a procedure live: their states, and which message from whom leads where.
    ///
    /// With --after, plays messages from the beginning and says where the dossier stands, which
    /// clocks run and what is allowed next. A message that is not allowed is refused with the list
    /// of those that are (exit 3). Without a code, lists the procedures with a life cycle.
    #[command(
        after_help = "Example:\n  motcua rules life-cycle\n  motcua rules life-cycle BNNPTNT0600010 --lang vi\n  motcua rules life-cycle BNNPTNT0600010 --after 10/01,11/61,24/07\n  motcua rules life-cycle BNNPTNT0300004 --after 10/01,12/07,22/20,24/23:sufficient\n  motcua rules life-cycle BNNPTNT0600012 --format dot | dot -Tsvg > life.svg"
    )]
    LifeCycle(LifeCycleArgs),
    /// Compare two packs, and what they do to declarations.
    ///
    /// Rules added, removed and changed, field by field, with the codes that each gains and loses;
    /// and everything else that differs: exemptions, negative lists, agencies, procedures, tariff.
    ///
    /// With --over every declaration is read once and screened under both packs: which lines gain
    /// or lose a check, by ministry, measure and importer size, and the working days saved or
    /// added if every agency takes its whole time limit.
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Say what a pack covers on a day, and what it lacks.
    ///
    /// For each ministry the codes with one check, two, three …; codes on which several ministries
    /// meet; codes without a rule; listed goods without a code; rules without a test case; and how
    /// well rules, exemptions and dates are sourced.
    #[command(
        after_help = "Examples:\n  motcua rules coverage\n  motcua rules coverage --on 2026-07-01 --rules draft\n  motcua rules coverage --format json --codes        every code without a rule by name"
    )]
    Coverage(CoverageArgs),
    /// Install an edition of the law in a service's database, which may be running.
    ///
    /// The pack is checked, its cases are run, and what it does to the open cases is shown. From
    /// its day on it decides, without a restart; open cases are decided again, each for its own
    /// day. Who installed it is journalled. What is wrong with it is told (exit 3), and nothing is
    /// installed then.
    #[command(
        after_help = "Examples:\n  motcua rules install draft --database motcua.db --dry-run\n  motcua rules install draft --database motcua.db --from 2027-01-01"
    )]
    Install(InstallArgs),
    /// Take an edition back: the one before decides again, and the open cases are decided again.
    #[command(
        after_help = "Example:\n  motcua rules withdraw 2027-01-01 --database motcua.db --reason 'published in error'"
    )]
    Withdraw(WithdrawArgs),
    /// List the editions that a service has, and which of them decides now.
    #[command(after_help = "Example:\n  motcua rules installed --database motcua.db")]
    Installed(InstalledArgs),
}

const DIFF_EXAMPLES: &str = "\
Examples:
  cp -r rules/vn draft                             copy the pack, then edit draft/
  motcua rules diff built-in draft                 what the draft says differently
  motcua rules diff built-in draft --format json   the same for programs, every code in full
  motcua rules diff rules/vn draft --over declarations/ last-year.tar.zst
                                                   what it would do to these declarations
  motcua rules diff built-in draft --over last-year.tar.zst --law-date 2027-01-01 --lines lines.csv
                                                   under the law of that day; each line to a file";

/// The word for the pack that the program carries.
const BUILT_IN: &str = "built-in";

/// What `rules lint` is asked.
#[derive(Debug, Args)]
struct LintArgs {
    /// Look at the pack in this folder instead of the built-in one
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
}

/// What `rules test` is asked.
#[derive(Debug, Args)]
struct TestArgs {
    /// Only rules with this in their id; a whole id chooses that rule alone
    #[arg(value_name = "RULE")]
    filter: Option<String>,
    /// Test the pack in this folder instead of the built-in one
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
}

/// What `rules list` is asked.
#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    law: LawArgs,
    /// Only rules of this ministry, by its code (such as BYT)
    #[arg(long, value_name = "CODE")]
    ministry: Option<String>,
    /// Only rules of this measure, by its key (such as `plant_quarantine`)
    #[arg(long, value_name = "KEY")]
    measure: Option<String>,
    /// Only rules in force on this day (such as 2026-07-01)
    #[arg(long, value_name = "DATE")]
    on: Option<jiff::civil::Date>,
    /// How to write the list
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
}

/// What `rules show` is asked.
#[derive(Debug, Args)]
struct ShowArgs {
    /// The rule's id, as `rules list` writes it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    law: LawArgs,
    /// How to write the rule
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
}

/// How `rules` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    /// For reading.
    Table,
    /// For programs.
    Json,
}

/// The text of a language; the other where it is empty.
fn pick<'t>(lang: Lang, vi: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Vi if !vi.is_empty() => vi,
        Lang::En if en.is_empty() => vi,
        Lang::Vi | Lang::En => en,
    }
}

/// Runs `rules`: results to `out`, all else to `err`. Answers with the exit code.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn run(args: &RulesArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    match &args.command {
        RulesCommand::Lint(args) => lint(args, out, err),
        RulesCommand::Test(args) => test(args, out, err),
        RulesCommand::List(args) => list(args, out, err),
        RulesCommand::Show(args) => show(args, out, err),
        RulesCommand::LifeCycle(args) => life_cycle(args, out, err),
        RulesCommand::Diff(args) => diff(args, out, err),
        RulesCommand::Coverage(args) => coverage(args, out, err),
        RulesCommand::Install(args) => install(args, out, err),
        RulesCommand::Withdraw(args) => withdraw(args, out, err),
        RulesCommand::Installed(args) => installed(args, out, err),
    }
}

/// The pack asked about; otherwise the exit code, with the reasons written to `err`.
fn pack(rules: Option<&Path>, err: &mut dyn Write) -> io::Result<Result<Cow<'static, Pack>, u8>> {
    let Some(path) = rules else {
        return Ok(Ok(Cow::Borrowed(crate::embedded::pack())));
    };
    match load_dir(path) {
        Ok(loaded) => Ok(Ok(Cow::Owned(loaded.pack))),
        Err(error) => refused(&error, err).map(Err),
    }
}

/// Says why a pack did not load.
fn refused(error: &LoadError, err: &mut dyn Write) -> io::Result<u8> {
    writeln!(err, "motcua: {error}")?;
    Ok(if error.defects().is_empty() { EXIT_FAILED } else { EXIT_REJECTED })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        rules: RulesArgs,
    }

    fn rules(arguments: &str) -> (u8, String, String) {
        let line = Line::try_parse_from(std::iter::once("rules").chain(arguments.split(' '))).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&line.rules, &mut out, &mut err).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn lint_of_the_built_in_pack_finds_no_errors() {
        let (code, out, _) = rules("lint --format json");
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (code, report["rules"].as_u64(), report["errors"].as_array().map(Vec::len)),
            (0, Some(140), Some(0))
        );
        let (_, out, _) = rules("lint");
        assert!(out.contains("0 errors, "), "{out}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let (code, out, err) = rules("lint --rules /no/such/pack");
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.contains("/no/such/pack"), "{err}");
    }

    #[test]
    fn list_chooses_by_ministry_measure_and_day() {
        let (code, all, _) = rules("list --format json");
        let rows: Vec<serde_json::Value> = serde_json::from_str(&all).unwrap();
        assert_eq!((code, rows.len()), (0, 128));
        let (_, some, _) = rules("list --ministry bnnptnt --measure plant_quarantine --on 2025-01-01 --lang en");
        let lines: Vec<&str> = some.lines().collect();
        assert_eq!(lines.len(), 2, "{some}");
        assert!(lines[1].starts_with("mard-plant-quarantine-01-2024-m9  BNNPTNT"), "{some}");
        let (code, _, err) = rules("list --measure plant_quarantin");
        assert_eq!(code, 2);
        assert!(err.contains("hint: did you mean `plant_quarantine`?"), "{err}");
    }

    #[test]
    fn show_says_what_a_rule_needs_in_words() {
        let (code, out, _) = rules("show moit-quality-medium-33-2026 --lang en");
        assert_eq!(code, 0);
        for wanted in ["BCT-SCT", "37/2026/NĐ-CP art 82(1)", "from 2026-07-01", "920 codes", "28142000"] {
            assert!(out.contains(wanted), "{wanted} in {out}");
        }
        let (_, json, _) = rules("show moit-quality-medium-33-2026 --format json");
        let rule: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(rule["code_count"], 920);
        assert_eq!(rules("show mocst-cultural-goods").0, 0);
        assert_eq!(rules("show nothing-like-it").0, 2);
    }
}
