//! The impact with names in place of positions, in the shape of its JSON.

use rust_decimal::Decimal;
use serde::Serialize;

use super::{Affected, Burden, Checks, Impact, Matrix, Refused, Shift};
use crate::trade::Decision;

/// What one ministry or measure gains and loses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedShift {
    /// The ministry's code or the measure's key.
    pub name: String,
    /// What comes and goes.
    #[serde(flatten)]
    pub shift: Shift,
}

/// What comes and goes of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckRow {
    /// The ministry's code.
    pub ministry: String,
    /// The measure's key.
    pub measure: String,
    /// When it has to be met.
    pub stage: &'static str,
    /// What comes and goes.
    #[serde(flatten)]
    pub shift: Shift,
}

/// What importers of one size gain and lose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SizeRow {
    /// Declarations an importer has in the corpus: `1`, `2-9`, `10-99`, `100+`; `others` past the
    /// importers that are told apart, `unknown` where no number is stated.
    pub size: String,
    /// How many importers; not known of `others` and `unknown`.
    pub importers: Option<u64>,
    /// What it means for them.
    #[serde(flatten)]
    pub burden: Burden,
}

/// How many are decided in one way under the first pack and in one way under the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionRow {
    /// Under the first pack.
    pub from: &'static str,
    /// Under the second pack.
    pub to: &'static str,
    /// How many.
    pub count: u64,
}

/// Decisions under the one and the other pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decisions {
    /// Of declarations.
    pub declarations: Vec<DecisionRow>,
    /// Of lines.
    pub lines: Vec<DecisionRow>,
}

/// Working days to clearance, if every agency takes its whole time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Days {
    /// Under the first pack, of all declarations for which both packs can tell.
    pub a: u64,
    /// The same under the second pack.
    pub b: u64,
    /// Saved, over the declarations that could clear earlier.
    pub saved: u64,
    /// Added, over the declarations that would clear later.
    pub added: u64,
    /// Declarations that could clear earlier.
    pub faster: u64,
    /// Declarations that would clear later.
    pub slower: u64,
    /// Saved less added, on average for each affected declaration for which both packs can tell;
    /// null where there is none.
    pub mean_saved: Option<Decimal>,
    /// Declarations for which nobody can tell, under each pack: a time limit is not known.
    pub unknown: [u64; 2],
}

/// What another pack would do to a corpus of declarations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImpactReport {
    /// Declarations that were compared.
    pub declarations: u64,
    /// Messages that could not be read.
    pub rejected: u64,
    /// The first hundred of them, and why.
    pub rejected_inputs: Vec<Refused>,
    /// Lines of compared declarations.
    pub lines: u64,
    /// Declarations with a line that gains or loses a check or is decided otherwise, or that
    /// would clear earlier or later.
    pub declarations_affected: u64,
    /// Lines that are decided otherwise.
    pub lines_decided_otherwise: u64,
    /// All checks together.
    #[serde(flatten)]
    pub all: Shift,
    /// By ministry.
    pub ministries: Vec<NamedShift>,
    /// By measure.
    pub measures: Vec<NamedShift>,
    /// By ministry, measure and stage.
    pub checks: Vec<CheckRow>,
    /// By importer size.
    pub importer_sizes: Vec<SizeRow>,
    /// Decisions under the one and the other pack.
    pub decisions: Decisions,
    /// Working days.
    pub working_days: Days,
    /// The declarations most affected.
    pub most_affected: Vec<Affected>,
}

impl Impact {
    /// Puts names to what was counted. Ministries, measures and checks that neither gain nor lose
    /// are left out.
    pub fn report(&self, checks: &Checks) -> ImpactReport {
        let totals = &self.totals;
        let named = |names: &[String], shifts: &[Shift]| -> Vec<NamedShift> {
            let rows = names.iter().zip(shifts).filter(|(_, shift)| **shift != Shift::default());
            rows.map(|(name, shift)| NamedShift { name: name.clone(), shift: *shift }).collect()
        };
        let rows = checks.list.iter().zip(&totals.checks).filter(|(_, shift)| **shift != Shift::default());
        let rows = rows.map(|(check, shift)| CheckRow {
            ministry: checks.ministries[check.ministry].clone(),
            measure: checks.measures[check.measure].clone(),
            stage: check.stage.as_str(),
            shift: *shift,
        });
        let otherwise = (0..Decision::ALL.len())
            .flat_map(|a| (0..Decision::ALL.len()).filter(move |b| *b != a).map(move |b| (a, b)))
            .map(|(a, b)| totals.line_decisions[a][b])
            .sum();
        let all = totals.all;
        let net = Decimal::from(all.working_days_saved) - Decimal::from(all.working_days_added);
        let sizes = self.importers.sizes().into_iter();
        ImpactReport {
            declarations: totals.declarations,
            rejected: totals.rejected,
            rejected_inputs: self.refused.clone(),
            lines: totals.lines,
            declarations_affected: totals.affected,
            lines_decided_otherwise: otherwise,
            all,
            ministries: named(&checks.ministries, &totals.ministries),
            measures: named(&checks.measures, &totals.measures),
            checks: rows.collect(),
            importer_sizes: sizes
                .map(|(size, importers, burden)| SizeRow { size: size.to_string(), importers, burden })
                .collect(),
            decisions: Decisions {
                declarations: decisions(&totals.decisions),
                lines: decisions(&totals.line_decisions),
            },
            working_days: Days {
                a: totals.working_days[0],
                b: totals.working_days[1],
                saved: all.working_days_saved,
                added: all.working_days_added,
                faster: totals.faster,
                slower: totals.slower,
                mean_saved: net.checked_div(Decimal::from(totals.affected_known)).map(|mean| mean.round_dp(2)),
                unknown: totals.days_unknown,
            },
            most_affected: self.most.clone(),
        }
    }
}

fn decisions(matrix: &Matrix) -> Vec<DecisionRow> {
    let cells = Decision::ALL.iter().zip(matrix).flat_map(|(from, row)| {
        let to = Decision::ALL.iter().zip(row);
        to.map(|(to, count)| DecisionRow { from: from.as_str(), to: to.as_str(), count: *count })
    });
    cells.filter(|cell| cell.count > 0).collect()
}
