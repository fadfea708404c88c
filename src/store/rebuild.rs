//! Projections made again from the journal, compared with those that are there.
//!
//! A window may be at work meanwhile. Each page of cases is compared, or put right, within one
//! transaction of its own; who has records is reckoned up at the end, with what came since.

mod holders;
mod rows;

use std::collections::{BTreeMap, HashSet};

use self::holders::Changes;
use super::journal::{self, History};
use super::project::{self, ClockPolicy, DossierBrief, Rows};
use super::sql::{Link, sql};
use super::transaction::{Snapshot, Writer};
use super::{Database, StoreError, cases};
use crate::clearance::case::declaration::Declaration;
use crate::clearance::case::{CaseId, Event};
use crate::law::life_cycle::LifeCycle;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Cases that were made again.
    pub cases: u64,
    /// Cases whose rows were not what their journal says.
    pub different: Vec<CaseId>,
    /// Traders of whom it was not rightly known whether they have records.
    pub holders: Vec<String>,
    /// Rows of cases that the journal does not have.
    pub strays: u64,
}

impl Rebuilt {
    /// Whether everything was as the journal says.
    pub fn is_same(&self) -> bool {
        self.different.is_empty() && self.holders.is_empty() && self.strays == 0
    }
}

/// What rows are made with beside the journal.
pub struct Making<'m> {
    /// When clocks ring.
    pub policy: ClockPolicy,
    /// The life cycle of a procedure.
    pub cycle: &'m (dyn Fn(Option<&str>) -> Option<&'m LifeCycle> + Sync),
}

impl std::fmt::Debug for Making<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Making").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Whether rows are only compared, or put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Say what differs.
    Compare,
    /// Write what the journal says.
    Write,
}

/// The kinds of events that may begin a case.
const BEGINNINGS: [&str; 6] = [
    "declaration.registered",
    "dossier.opened",
    "permit.opened",
    "certificate.issued",
    "certificate.received",
    "certificate.told",
];
/// Cases that one transaction looks at.
const PAGE: i64 = 200;

/// Makes the rows of all cases again. `progress` hears how many cases were done.
///
/// # Errors
/// [`StoreError`] where the database fails or the journal cannot be read.
pub async fn rebuild(
    database: &Database,
    making: &Making<'_>,
    mode: Mode,
    mut progress: impl FnMut(u64),
) -> Result<Rebuilt, StoreError> {
    let mut pass = Pass { making, mode, found: Rebuilt::default(), seen: HashSet::new(), changes: Changes::default() };
    // What is appended from now on is counted again at the end.
    let known = journal::last_seq(&mut database.read().await?.link()).await?;
    for kind in BEGINNINGS {
        let mut after = 0;
        loop {
            let mut transaction = Transaction::open(database, mode).await?;
            let link = &mut transaction.link();
            let query = sql("SELECT seq, case_id FROM journal WHERE seq > $1 AND kind = $2 ORDER BY seq LIMIT $3");
            let page = query.bind(after).bind(kind).bind(PAGE).rows(link).await?;
            for row in &page {
                pass.case(link, row.case(1)?).await?;
            }
            transaction.end().await?;
            let Some(last) = page.last() else { break };
            after = last.number(0)?;
            progress(pass.found.cases);
        }
    }
    let mut transaction = Transaction::open(database, mode).await?;
    let link = &mut transaction.link();
    let Pass { mut found, mut changes, .. } = pass;
    found.strays = rows::strays(link, mode).await?;
    changes.take_since(link, known).await?;
    found.holders = changes.settle(link, mode).await?;
    transaction.end().await?;
    Ok(found)
}

/// A transaction as the mode needs it: comparing keeps nobody from writing.
enum Transaction {
    Reads(Snapshot),
    Writes(Writer),
}

impl Transaction {
    async fn open(database: &Database, mode: Mode) -> Result<Self, StoreError> {
        Ok(match mode {
            Mode::Compare => Self::Reads(database.snapshot().await?),
            Mode::Write => Self::Writes(database.write().await?),
        })
    }

    fn link(&mut self) -> Link<'_> {
        match self {
            Self::Reads(snapshot) => snapshot.link(),
            Self::Writes(writer) => writer.link(),
        }
    }

    async fn end(self) -> Result<(), StoreError> {
        match self {
            Self::Reads(snapshot) => snapshot.end().await,
            Self::Writes(writer) => writer.commit().await,
        }
    }
}

/// One pass over all cases.
struct Pass<'p, 'm> {
    making: &'p Making<'m>,
    mode: Mode,
    found: Rebuilt,
    /// Dossiers that were done with their declaration, and certificates.
    seen: HashSet<CaseId>,
    changes: Changes,
}

impl Pass<'_, '_> {
    async fn case(&mut self, link: &mut Link<'_>, case: CaseId) -> Result<(), StoreError> {
        if self.seen.contains(&case) {
            return Ok(());
        }
        let history = journal::history(link, case).await?;
        match history.entries.first().map(|(_, entry)| &entry.event) {
            Some(Event::Declaration(_)) => match cases::declaration_of(&history) {
                Some(declaration) => self.declaration(link, &declaration, &history).await,
                None => Err(no_beginning(case)),
            },
            Some(Event::Dossier(_)) => self.dossier(link, case, &history).await.map(drop),
            Some(Event::Permit(_)) => self.permit(link, case, &history).await,
            Some(Event::Certificate(_)) => match cases::certificate_of(&history) {
                Some(certificate) if self.seen.insert(case) => {
                    self.settle(link, case, project::certificate(&certificate, history.head)).await
                }
                Some(_) => Ok(()),
                None => Err(no_beginning(case)),
            },
            Some(Event::Window(_)) | None => Ok(()),
        }
    }

    /// A declaration with its dossiers, which its tasks show.
    async fn declaration(
        &mut self,
        link: &mut Link<'_>,
        declaration: &Declaration,
        history: &History,
    ) -> Result<(), StoreError> {
        let mut briefs = BTreeMap::new();
        for dossier in declaration.dossiers.values() {
            let of_dossier = journal::history(link, *dossier).await?;
            let brief = if self.seen.insert(*dossier) {
                self.dossier(link, *dossier, &of_dossier).await?
            } else {
                cases::dossier_of(&of_dossier).as_ref().map(DossierBrief::of)
            };
            briefs.extend(brief.map(|brief| (*dossier, brief)));
        }
        let rows = project::declaration(declaration, history.head, &briefs, self.making.policy);
        self.settle(link, declaration.id, rows).await
    }

    async fn dossier(
        &mut self,
        link: &mut Link<'_>,
        case: CaseId,
        history: &History,
    ) -> Result<Option<DossierBrief>, StoreError> {
        let Some(dossier) = cases::dossier_of(history) else { return Err(no_beginning(case)) };
        let cycle = (self.making.cycle)(dossier.procedure.as_deref());
        let is_open = cycle.is_none_or(|cycle| dossier.is_open(cycle));
        if let Some(holder) = &dossier.holder {
            for (seq, entry) in &history.entries {
                self.changes.take(holder, *seq, &entry.event);
            }
        }
        self.settle(link, case, project::dossier(&dossier, history.head, is_open)).await?;
        Ok(Some(DossierBrief::of(&dossier)))
    }

    async fn permit(&mut self, link: &mut Link<'_>, case: CaseId, history: &History) -> Result<(), StoreError> {
        let permit = cases::permit_of(history)?.ok_or_else(|| no_beginning(case))?;
        if let Some(holder) = &permit.about.holder {
            for (seq, entry) in &history.entries {
                self.changes.take(holder, *seq, &entry.event);
            }
        }
        self.settle(link, case, project::account(&permit.about, &permit.account, history.head)).await
    }

    /// Compares the rows of a case, and puts them right where that is wanted.
    async fn settle(&mut self, link: &mut Link<'_>, case: CaseId, rows: Rows) -> Result<(), StoreError> {
        self.found.cases += 1;
        if !rows::same(link, case, &rows).await? {
            self.found.different.push(case);
            if self.mode == Mode::Write {
                rows::replace(link, case, rows).await?;
            }
        }
        Ok(())
    }
}

fn no_beginning(case: CaseId) -> StoreError {
    StoreError::Damaged(format!("the first entry of case {case} does not begin it; `motcua verify` says more"))
}
