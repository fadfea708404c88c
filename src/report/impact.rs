//! What another pack would do to declarations: each is read once, examined under both packs, and
//! compared line by line.
//!
//! A *check* is what a ministry asks of a line under a measure at a stage. A line has it while a
//! requirement of it is open and counts, or waits for a fact to be settled; by which act it is
//! asked for makes no difference, so that an act that replaces another and keeps the check is no
//! change. What is only listed (notices, advance information, presumed not to apply) is no check.

mod checks;
mod compare;
mod importers;
mod summary;

use crate::trade::{Decision, Finding};

pub use checks::{Check, Checks};
pub use compare::{Comparison, LineChange, Listen, Room, compare_parallel};
pub use importers::{Burden, Importer, Importers, Size};
pub use summary::{CheckRow, Days, DecisionRow, Decisions, ImpactReport, NamedShift, SizeRow};

/// How much there is of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// Checks, each on one line.
    pub checks: u64,
    /// Lines with at least one.
    pub lines: u64,
    /// Declarations with at least one.
    pub declarations: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.checks += other.checks;
        self.lines += other.lines;
        self.declarations += other.declarations;
    }
}

/// What comes and goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Shift {
    /// Under the second pack and not under the first.
    pub gained: Count,
    /// Under the first pack and not under the second.
    pub lost: Count,
    /// Working days by which the declarations concerned could clear earlier. A declaration that
    /// concerns several ministries or measures counts with each.
    pub working_days_saved: u64,
    /// Working days by which they would clear later.
    pub working_days_added: u64,
}

impl Shift {
    fn add(&mut self, other: &Self) {
        self.gained.add(other.gained);
        self.lost.add(other.lost);
        self.working_days_saved += other.working_days_saved;
        self.working_days_added += other.working_days_added;
    }

    fn add_days(&mut self, days: WorkingDays) {
        self.working_days_saved += days.saved();
        self.working_days_added += days.added();
    }
}

/// Working days to clearance under the first and the second pack; `None` where nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct WorkingDays(pub Option<u32>, pub Option<u32>);

impl WorkingDays {
    /// Those of both packs, where both are known.
    fn known(self) -> Option<(u32, u32)> {
        self.0.zip(self.1)
    }

    fn saved(self) -> u64 {
        self.known().map_or(0, |(a, b)| u64::from(a.saturating_sub(b)))
    }

    fn added(self) -> u64 {
        self.known().map_or(0, |(a, b)| u64::from(b.saturating_sub(a)))
    }
}

/// For each decision under the first pack (row) how many have which under the second (column).
pub type Matrix = [[u64; Decision::ALL.len()]; Decision::ALL.len()];

/// What a run of declarations comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Declarations that were compared.
    pub declarations: u64,
    /// Messages that could not be read.
    pub rejected: u64,
    /// Lines of compared declarations.
    pub lines: u64,
    /// Declarations with a line that gains or loses a check or is decided otherwise.
    pub affected: u64,
    /// All checks together.
    pub all: Shift,
    /// For each of [`Checks::list`].
    pub checks: Vec<Shift>,
    /// For each of [`Checks::ministries`].
    pub ministries: Vec<Shift>,
    /// For each of [`Checks::measures`].
    pub measures: Vec<Shift>,
    /// Decisions on lines.
    pub line_decisions: Matrix,
    /// Decisions on declarations.
    pub decisions: Matrix,
    /// Working days to clearance under each pack, of declarations for which both are known.
    pub working_days: [u64; 2],
    /// Declarations whose working days nobody can tell, under each pack.
    pub days_unknown: [u64; 2],
    /// Affected declarations whose working days are known under both packs.
    pub affected_known: u64,
    /// Declarations that could clear earlier.
    pub faster: u64,
    /// Declarations that would clear later.
    pub slower: u64,
}

impl Totals {
    fn add_days(&mut self, days: WorkingDays, affected: bool) {
        self.days_unknown[0] += u64::from(days.0.is_none());
        self.days_unknown[1] += u64::from(days.1.is_none());
        if let Some((a, b)) = days.known() {
            self.working_days[0] += u64::from(a);
            self.working_days[1] += u64::from(b);
            self.faster += u64::from(b < a);
            self.slower += u64::from(b > a);
            self.affected_known += u64::from(affected);
        }
        self.all.add_days(days);
    }

    fn add(&mut self, other: &Self) {
        self.declarations += other.declarations;
        self.rejected += other.rejected;
        self.lines += other.lines;
        self.affected += other.affected;
        self.all.add(&other.all);
        add_all(&mut self.checks, &other.checks);
        add_all(&mut self.ministries, &other.ministries);
        add_all(&mut self.measures, &other.measures);
        for (into, from) in [(&mut self.line_decisions, &other.line_decisions), (&mut self.decisions, &other.decisions)]
        {
            for (a, b) in into.iter_mut().flatten().zip(from.iter().flatten()) {
                *a += b;
            }
        }
        for at in 0..2 {
            self.working_days[at] += other.working_days[at];
            self.days_unknown[at] += other.days_unknown[at];
        }
        self.affected_known += other.affected_known;
        self.faster += other.faster;
        self.slower += other.slower;
    }
}

fn add_all(into: &mut Vec<Shift>, from: &[Shift]) {
    if into.len() < from.len() {
        into.resize(from.len(), Shift::default());
    }
    for (a, b) in into.iter_mut().zip(from) {
        a.add(b);
    }
}

/// A declaration that another pack treats otherwise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Affected {
    /// Where it was read.
    pub source: String,
    /// Customs' number, else the sender's reference.
    pub declaration: Option<String>,
    /// The decision under the first pack.
    pub from: Decision,
    /// The decision under the second pack.
    pub to: Decision,
    /// Checks that its lines gain.
    pub gained: u32,
    /// Checks that its lines lose.
    pub lost: u32,
    /// Working days to clearance under the first and the second pack.
    pub working_days: WorkingDays,
}

impl Affected {
    /// By how much: working days first, then checks.
    fn rank(&self) -> (u32, u32) {
        (self.working_days.known().map_or(0, |(a, b)| a.abs_diff(b)), self.gained.saturating_add(self.lost))
    }
}

/// Keeps the `most` of the highest rank; of equals those that came first.
fn keep_most(list: &mut Vec<Affected>, most: usize) {
    list.sort_by_key(|one| std::cmp::Reverse(one.rank()));
    list.truncate(most);
}

/// What one run of messages comes to.
#[derive(Debug, Default)]
pub struct Part {
    totals: Totals,
    /// What each declaration means for its importer, in order.
    burdens: Vec<(Option<Importer>, Burden)>,
    most: Vec<Affected>,
    /// The first of the inputs that could not be read.
    refused: Vec<Refused>,
    /// What the listener wrote.
    pub rows: Vec<u8>,
}

impl Part {
    fn refuse(&mut self, source: &str, finding: Option<&Finding>) {
        self.totals.rejected += 1;
        if let Some(finding) = finding.filter(|_| self.refused.len() < REFUSED_MAX) {
            let (code, message) = (finding.code.as_str(), finding.message.clone());
            self.refused.push(Refused { source: source.to_owned(), code, message });
        }
    }
}

/// What all runs come to. Its room does not grow with the number of declarations, only with that
/// of importers, and of these at most [`Importers::MOST`] are told apart.
#[derive(Debug, Default)]
pub struct Impact {
    /// The sums.
    pub totals: Totals,
    /// By importer.
    pub importers: Importers,
    /// The declarations most affected.
    pub most: Vec<Affected>,
    /// The first inputs that could not be read.
    pub refused: Vec<Refused>,
}

/// More inputs that could not be read than this are counted, not named.
const REFUSED_MAX: usize = 100;

/// An input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refused {
    /// Its source.
    pub source: String,
    /// The code of its first finding.
    pub code: &'static str,
    /// What was wrong.
    pub message: String,
}

impl Impact {
    /// Adds a run. Runs come in the order of the input.
    pub fn absorb(&mut self, part: &mut Part, most: usize) {
        self.totals.add(&part.totals);
        let room = REFUSED_MAX.saturating_sub(self.refused.len());
        self.refused.extend(part.refused.drain(..).take(room));
        for (importer, burden) in part.burdens.drain(..) {
            self.importers.add(importer, &burden);
        }
        if !part.most.is_empty() {
            self.most.append(&mut part.most);
            keep_most(&mut self.most, most);
        }
    }
}
