//! A pack's folder as written: every file read, every value with its place, every defect kept.
//!
//! Reading never stops at the first error: [`load_dir`] answers with all of them, sorted by file,
//! line and column.

mod acts;
mod agreement;
mod cases;
mod codes;
mod condition;
mod defect;
mod folder;
mod goods;
mod head;
mod life_cycle;
mod methods;
mod notices;
mod risk;
mod rule;
mod sheet;
mod table;
mod values;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use self::agreement::{load_agreement_dir, load_agreement_files};
pub use self::defect::Defect;

pub(super) use self::acts::{Entry, ExclusionSource, FactSource, ListSource, ProcedureSource};
pub(super) use self::cases::CaseSource;
pub(super) use self::codes::{Body, NameRow, TariffRow, UnitRow};
pub(super) use self::condition::ConditionSource;
pub(crate) use self::defect::did_you_mean;
pub(super) use self::defect::{At, Defects, Place};
pub(super) use self::goods::{Goods, Group};
pub(super) use self::life_cycle::{GENERAL, LifeCycleSource, StateSource, TrackSource, TransitionSource};
pub(super) use self::methods::{MethodRegimeSource, TriggerSource};
pub(super) use self::notices::{MeetingSource, Overlaps, WarningSource};
pub(super) use self::rule::{DatePrecision, RuleSource};

use self::folder::Folder;
use super::case::{Case, Expectation, missing_cases};
use super::compile::{Compiled, compile};
use super::lint::{lint, lint_cases};
use super::pack::Pack;
use crate::trade::Severity;

/// A pack that loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The compiled pack.
    pub pack: Pack,
    /// What reviewers of the law expect of its rules.
    pub cases: Vec<Case>,
    /// What is worth knowing all the same.
    pub warnings: Vec<Defect>,
}

/// Why a pack did not load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A folder or file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The pack has errors.
    #[error("{}", listed(defects))]
    Defects {
        /// Errors and warnings, sorted by file, line and column.
        defects: Vec<Defect>,
    },
}

/// Errors to print in full; `motcua rules lint` prints them all.
const PRINTED_MAX: usize = 50;

fn listed(defects: &[Defect]) -> String {
    let errors: Vec<&Defect> = defects.iter().filter(|defect| defect.severity == Severity::Error).collect();
    let mut text = match errors.len() {
        1 => "the pack has an error".to_owned(),
        count => format!("the pack has {count} errors"),
    };
    for error in errors.iter().take(PRINTED_MAX) {
        text.push('\n');
        text.push_str(&error.to_string());
    }
    if errors.len() > PRINTED_MAX {
        text.push_str("\n…");
    }
    text
}

impl LoadError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Errors and warnings of the pack; none where it could not be read.
    pub fn defects(&self) -> &[Defect] {
        match self {
            Self::Io { .. } => &[],
            Self::Defects { defects } => defects,
        }
    }
}

/// What [`lint_dir`] found, in the shape of its JSON.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LintReport {
    /// How many rules the pack has.
    pub rules: usize,
    /// Rules with a case in which they apply.
    pub with_positive: usize,
    /// Rules with a case in which they do not.
    pub with_negative: usize,
    /// What keeps the pack from loading.
    pub errors: Vec<Defect>,
    /// What it loads in spite of.
    pub warnings: Vec<Defect>,
}

/// Loads a pack from its folder.
///
/// # Errors
/// [`LoadError::Io`] where something could not be read, [`LoadError::Defects`] with everything
/// that is wrong in the pack.
pub fn load_dir(path: &Path) -> Result<Loaded, LoadError> {
    let mut defects = Defects::default();
    let source = Source::read(&Folder::read(path, &mut defects)?, &mut defects);
    let compiled = source.as_ref().and_then(|source| compile(source, &mut defects));
    loaded(compiled, defects)
}

/// Loads a pack from its folder and looks for everything that is suspect in it: its warnings have
/// that too.
///
/// # Errors
/// As [`load_dir`].
pub fn inspect_dir(path: &Path) -> Result<Loaded, LoadError> {
    let mut defects = Defects::default();
    let folder = Folder::read(path, &mut defects)?;
    inspect(&folder, defects)
}

/// The same of the files of a folder, each with its path below it, `/` between folders.
///
/// # Errors
/// [`LoadError::Defects`] with everything that is wrong in the pack.
pub fn inspect_files(files: Vec<(String, Vec<u8>)>) -> Result<Loaded, LoadError> {
    let mut defects = Defects::default();
    let folder = Folder::of_files(files, &mut defects);
    inspect(&folder, defects)
}

fn inspect(folder: &Folder, mut defects: Defects) -> Result<Loaded, LoadError> {
    let source = Source::read(folder, &mut defects);
    let compiled = source.as_ref().and_then(|source| compile(source, &mut defects));
    if let Some((source, Compiled { pack, cases })) = source.as_ref().zip(compiled.as_ref())
        && defects.errors() == 0
    {
        lint(source, pack, &mut defects);
        lint_cases(source, &missing_cases(pack, cases), &mut defects);
    }
    loaded(compiled, defects)
}

fn loaded(compiled: Option<Compiled>, defects: Defects) -> Result<Loaded, LoadError> {
    let failed = defects.errors() > 0;
    match compiled {
        Some(Compiled { pack, cases }) if !failed => Ok(Loaded { pack, cases, warnings: defects.into_sorted() }),
        _ => Err(LoadError::Defects { defects: defects.into_sorted() }),
    }
}

/// Loads a pack from its folder and looks for everything that is suspect in it.
///
/// # Errors
/// [`LoadError::Io`] where something could not be read; what is wrong in the pack is the report.
pub fn lint_dir(path: &Path) -> Result<LintReport, LoadError> {
    let mut defects = Defects::default();
    let source = Source::read(&Folder::read(path, &mut defects)?, &mut defects);
    let mut report = LintReport::default();
    if let Some(source) = &source {
        report.rules = source.rules.len();
        report.with_positive = source.rules_with(Expectation::Positive);
        report.with_negative = source.rules_with(Expectation::Negative);
        if let Some(Compiled { pack, cases }) = compile(source, &mut defects)
            && defects.errors() == 0
        {
            lint(source, &pack, &mut defects);
            lint_cases(source, &missing_cases(&pack, &cases), &mut defects);
        }
    }
    let found = defects.into_sorted();
    (report.errors, report.warnings) = found.into_iter().partition(|defect| defect.severity == Severity::Error);
    Ok(report)
}

/// Everything that a pack's folder says.
#[derive(Debug)]
pub(super) struct Source {
    /// `sha256:…` over its files.
    pub(super) digest: String,
    /// `pack.toml`
    pub(super) head: head::Head,
    /// `ministries.csv`
    pub(super) ministries: Vec<Body>,
    /// `agencies.csv`
    pub(super) agencies: Vec<Body>,
    /// `measures.toml`
    pub(super) measures: Vec<acts::MeasureSource>,
    /// `procedures/*.toml`
    pub(super) procedures: Vec<ProcedureSource>,
    /// `procedures/life-cycles/*.toml`
    pub(super) life_cycles: Vec<LifeCycleSource>,
    /// `regimes.csv`
    pub(super) regimes: Vec<codes::RegimeRow>,
    /// `procedure_map.csv`
    pub(super) procedure_map: Vec<codes::MapRow>,
    /// `offices.csv`
    pub(super) offices: Vec<Body>,
    /// `locations.csv`
    pub(super) locations: Vec<NameRow>,
    /// `countries.csv`
    pub(super) countries: Vec<NameRow>,
    /// `currencies.csv`
    pub(super) currencies: Vec<NameRow>,
    /// `units.csv`
    pub(super) units: Vec<UnitRow>,
    /// `holidays.csv`
    pub(super) holidays: Vec<codes::HolidayRow>,
    /// The files of [`head::Head::tariffs`], in their order.
    pub(super) tariffs: Vec<Vec<TariffRow>>,
    /// `facts.toml`
    pub(super) facts: Vec<FactSource>,
    /// `documents.csv`
    pub(super) documents: Vec<codes::DocumentRow>,
    /// `exemptions.toml`
    pub(super) exemptions: Vec<acts::ExemptionSource>,
    /// `exclusions.toml`
    pub(super) exclusions: Vec<ExclusionSource>,
    /// `lists/*.csv`
    pub(super) lists: Vec<ListSource>,
    /// `inspections/*/*.toml`
    pub(super) rules: Vec<RuleSource>,
    /// `methods.toml`
    pub(super) methods: Vec<MethodRegimeSource>,
    /// `warnings.toml`
    pub(super) warnings: Vec<WarningSource>,
    /// `overlaps.toml`
    pub(super) overlaps: Overlaps,
    /// `risk.toml`
    pub(super) risk: Vec<risk::RiskProfileSource>,
    /// `cases/*.toml`
    pub(super) cases: Vec<CaseSource>,
}

impl Source {
    /// Reads a folder. `None` where there is no `pack.toml`: the folder is no pack.
    fn read(folder: &Folder, to: &mut Defects) -> Option<Self> {
        let head = head::read(folder, to)?;
        unread(folder, &head, to);
        let tariffs = head
            .tariffs
            .iter()
            .map(|tariff| tariff.file.as_ref().map(|file| codes::tariff(folder, file, to)).unwrap_or_default())
            .collect();
        let rules = rule::rules(folder, to);
        Some(Self {
            digest: folder.digest().to_owned(),
            head,
            ministries: codes::ministries(folder, to),
            agencies: codes::agencies(folder, to),
            measures: acts::measures(folder, to),
            procedures: acts::procedures(folder, to),
            life_cycles: life_cycle::life_cycles(folder, to),
            regimes: codes::regimes(folder, to),
            procedure_map: codes::procedure_map(folder, to),
            offices: codes::offices(folder, to),
            locations: codes::locations(folder, to),
            countries: codes::countries(folder, to),
            currencies: codes::currencies(folder, to),
            units: codes::units(folder, to),
            holidays: codes::holidays(folder, to),
            tariffs,
            facts: acts::facts(folder, to),
            documents: codes::documents(folder, to),
            exemptions: acts::exemptions(folder, to),
            exclusions: acts::exclusions(folder, to),
            lists: acts::lists(folder, to),
            methods: methods::methods(folder, to),
            warnings: notices::warnings(folder, to),
            overlaps: notices::overlaps(folder, to),
            risk: risk::risk(folder, to),
            cases: cases::cases(folder, to),
            rules,
        })
    }

    /// How many rules of the pack have a case with this expectation.
    fn rules_with(&self, expected: Expectation) -> usize {
        let ids: HashSet<&str> =
            self.rules.iter().filter_map(|rule| rule.id.as_ref()).map(|id| id.value.as_str()).collect();
        let of_cases = self.cases.iter().filter(|case| case.expect.as_ref().is_some_and(|e| e.value == expected));
        let named: HashSet<&str> =
            of_cases.filter_map(|case| case.rule.as_ref()).map(|rule| rule.value.as_str()).collect();
        named.intersection(&ids).count()
    }
}

/// Warns of files that nothing reads: a name may be misspelt.
fn unread(folder: &Folder, head: &head::Head, to: &mut Defects) {
    const KNOWN: [&str; 20] = [
        "pack.toml",
        "ministries.csv",
        "agencies.csv",
        "regimes.csv",
        "procedure_map.csv",
        "offices.csv",
        "locations.csv",
        "holidays.csv",
        "countries.csv",
        "currencies.csv",
        "units.csv",
        "documents.csv",
        "measures.toml",
        "facts.toml",
        "exemptions.toml",
        "exclusions.toml",
        "risk.toml",
        "warnings.toml",
        "methods.toml",
        "overlaps.toml",
    ];
    for file in folder.files() {
        let path = file.path.as_str();
        let known = KNOWN.contains(&path)
            || ["procedures/", "inspections/", "cases/"].iter().any(|folder| path.starts_with(folder))
            || ["lists/", "exclusions/"].iter().any(|folder| path.starts_with(folder))
            || head.tariffs.iter().any(|tariff| tariff.file.as_ref().is_some_and(|file| file.value == path));
        if !known {
            let help = did_you_mean(path, KNOWN).unwrap_or_else(|| "see rules/FORMAT.md".to_owned());
            to.warning_with(file.beginning(), "unread_file", format!("nothing reads `{path}`"), help);
        }
    }
}
