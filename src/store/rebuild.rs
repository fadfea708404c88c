//! Projections made again from the journal, compared with those that are there.

use std::collections::BTreeMap;

use super::journal;
use super::project::{self, ClockPolicy, DossierBrief, Novelty, Rows};
use super::sql::{Link, Value, sql};
use super::{Database, StoreError, cases};
use crate::clearance::case::{CaseId, Event};
use crate::law::life_cycle::LifeCycle;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Cases that were made again.
    pub cases: u64,
    /// Cases whose rows were not what their journal says.
    pub different: Vec<CaseId>,
    /// Rows of cases that the journal does not have.
    pub strays: u64,
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
    let mut found = Rebuilt::default();
    // A declaration's tasks show their dossiers: these are made first.
    for kind in ["dossier.opened", "declaration.registered"] {
        let mut after = 0;
        loop {
            let mut writer = database.write().await?;
            let link = &mut writer.link();
            let query = sql("SELECT seq, case_id FROM journal WHERE seq > $1 AND kind = $2 ORDER BY seq LIMIT 500");
            let page = query.bind(after).bind(kind).rows(link).await?;
            let Some(last) = page.last() else { break };
            after = last.number(0)?;
            for row in &page {
                let case = row.case(1)?;
                let Some(rows) = rows_of(link, case, making).await? else { continue };
                found.cases += 1;
                if !same(link, case, &rows).await? {
                    found.different.push(case);
                    if mode == Mode::Write {
                        project::write(link, vec![(case, Novelty::Known, rows)]).await?;
                    }
                }
            }
            writer.commit().await?;
            progress(found.cases);
        }
    }
    let mut writer = database.write().await?;
    let link = &mut writer.link();
    for (count, delete) in STRAYS {
        found.strays += u64::try_from(sql(count).number(link).await?).unwrap_or(0);
        if mode == Mode::Write {
            sql(delete).execute(link).await?;
        }
    }
    writer.commit().await?;
    Ok(found)
}

const STRAYS: [(&str, &str); 2] = [
    (
        "SELECT COUNT(*) FROM declarations WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.case_id = declarations.case_id)",
        "DELETE FROM declarations WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.case_id = declarations.case_id)",
    ),
    (
        "SELECT COUNT(*) FROM dossiers WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.case_id = dossiers.case_id)",
        "DELETE FROM dossiers WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.case_id = dossiers.case_id)",
    ),
];

/// The rows that a case's journal makes.
async fn rows_of(link: &mut Link<'_>, case: CaseId, making: &Making<'_>) -> Result<Option<Rows>, StoreError> {
    let head = journal::head(link, case).await?;
    let entries = cases::entries(link, case).await?;
    match entries.first().map(|entry| &entry.event) {
        Some(Event::Declaration(_)) => {
            let Some(declaration) = cases::declaration(link, case).await? else { return Ok(None) };
            let mut briefs = BTreeMap::new();
            for dossier in declaration.dossiers.values() {
                if let Some(dossier) = cases::dossier(link, *dossier).await? {
                    let (claimed_by, waits_for_trader) = (dossier.claimed_by.clone(), dossier.waits_for_trader());
                    briefs.insert(dossier.id, DossierBrief { claimed_by, waits_for_trader });
                }
            }
            Ok(Some(project::declaration(&declaration, head, &briefs, making.policy)))
        }
        Some(Event::Dossier(_)) => {
            let Some(dossier) = cases::dossier(link, case).await? else { return Ok(None) };
            let cycle = (making.cycle)(dossier.procedure.as_deref());
            Ok(Some(project::dossier(&dossier, head, cycle.is_none_or(|cycle| dossier.is_open(cycle)))))
        }
        _ => Ok(None),
    }
}

/// Whether the tables say the same.
async fn same(link: &mut Link<'_>, case: CaseId, rows: &Rows) -> Result<bool, StoreError> {
    let declaration = rows.declaration.iter().map(<[Value; 19]>::as_slice).collect();
    let dossier = rows.dossier.iter().map(<[Value; 18]>::as_slice).collect();
    let wanted: [(&'static str, Vec<&[Value]>); 6] = [
        (DECLARATION, declaration),
        (TASKS, rows.tasks.iter().map(<[Value; 19]>::as_slice).collect()),
        (TIMERS, rows.timers.iter().map(<[Value; 4]>::as_slice).collect()),
        (DOSSIER, dossier),
        (EVIDENCE, rows.evidence.iter().map(<[Value; 11]>::as_slice).collect()),
        (HISTORY, rows.history.iter().map(<[Value; 5]>::as_slice).collect()),
    ];
    for (text, mut wanted) in wanted {
        let there = sql(text).bind(case).rows(link).await?;
        if there.len() != wanted.len() {
            return Ok(false);
        }
        let columns = wanted.first().map_or(0, |row| row.len());
        let mut there: Vec<Vec<String>> = there.iter().map(|row| row.as_texts(columns)).collect::<Result<_, _>>()?;
        there.sort();
        wanted.sort_by_key(|row| texts(row));
        if there.iter().zip(&wanted).any(|(there, wanted)| *there != texts(wanted)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn texts(row: &[Value]) -> Vec<String> {
    row.iter().map(Value::as_text).collect()
}

const DECLARATION: &str = "SELECT case_id, head, hash, opened_at, changed_at, status, name, reference, holder, filer, \
    direction, day, version, message_id, decision, channel, digest, due, is_open FROM declarations WHERE case_id = $1";
const TASKS: &str = "SELECT case_id, task, id, kind, agency, procedure_code, measure, stage, lines, after_tasks, state, \
    waits_for, claimed_by, due, critical, rank, dossier, holder, name FROM tasks WHERE case_id = $1";
const TIMERS: &str = "SELECT case_id, task, kind, at FROM timers WHERE case_id = $1";
const DOSSIER: &str = "SELECT case_id, head, hash, opened_at, changed_at, procedure_code, reference, agency, holder, \
    filer, states, state, clock, claimed_by, declaration, task, message_id, is_open FROM dossiers WHERE case_id = $1";
const EVIDENCE: &str = "SELECT case_id, number, kind, code, agency, holder, declaration, issued_at, valid_to, state, \
    record FROM evidence WHERE case_id = $1";
const HISTORY: &str = "SELECT case_id, number, importer, measure, record FROM history WHERE case_id = $1";
