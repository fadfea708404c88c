//! Projections: rows made from what a case has become.
//!
//! A row depends on the state of its case alone (a task's also on its dossier), never on the order
//! in which things were written. So [`rebuild`](super::rebuild) can make all of them again from the
//! journal and compare.

mod account;
mod certificate;
mod declaration;
mod dossier;

pub use account::{account, account_with};
pub use certificate::{certificate, name_key};
pub use declaration::{ClockPolicy, DossierBrief, TaskState, declaration, quoted_certificate, task_id};
pub use dossier::dossier;

use super::StoreError;
use super::journal::Head;
use super::sql::{Link, Value, insert, sql};
use crate::clearance::case::dossier::DossierEvent;
use crate::clearance::case::{CaseId, Event};

/// The rows of one case.
#[derive(Debug, Default)]
pub struct Rows {
    pub(super) declaration: Option<[Value; 20]>,
    pub(super) tasks: Vec<[Value; 22]>,
    pub(super) timers: Vec<[Value; 4]>,
    pub(super) dossier: Option<[Value; 20]>,
    pub(super) shortages: Vec<[Value; 2]>,
    pub(super) evidence: Vec<[Value; 12]>,
    pub(super) history: Vec<[Value; 5]>,
    pub(super) account: Option<[Value; 16]>,
    pub(super) draws: Vec<[Value; 6]>,
    pub(super) certificate: Option<[Value; 19]>,
    pub(super) certificate_items: Vec<[Value; 9]>,
    pub(super) certificate_uses: Vec<[Value; 6]>,
}

impl Rows {
    /// The rows of a declaration that were made before its chain was known to end here.
    #[must_use]
    pub fn at(mut self, head: Head) -> Self {
        if let Some([_, number, hash, ..]) = &mut self.declaration {
            (*number, *hash) = head_columns(head);
        }
        self
    }
}

/// Which rows a case had before: what has to be taken away first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It is new: there are none.
    New,
    /// It was there before.
    Known,
}

/// Writes the rows of cases, in place of those that they had.
///
/// # Errors
/// [`StoreError`]
pub async fn write(link: &mut Link<'_>, cases: Vec<(CaseId, Novelty, Rows)>) -> Result<(), StoreError> {
    let mut all = Rows::default();
    let (mut declarations, mut dossiers, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    let mut certificates = Vec::new();
    for (case, novelty, rows) in cases {
        if novelty == Novelty::Known {
            if rows.declaration.is_some() {
                sql("DELETE FROM declarations WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM tasks WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM timers WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM shortages WHERE case_id = $1").bind(case).execute(link).await?;
            }
            if rows.dossier.is_some() {
                sql("DELETE FROM dossiers WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM tasks WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM evidence WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM history WHERE case_id = $1").bind(case).execute(link).await?;
            }
            // Draws change and never go: only those that have changed are written again.
            if rows.account.is_some() {
                sql("DELETE FROM accounts WHERE case_id = $1").bind(case).execute(link).await?;
            }
            if rows.certificate.is_some() {
                sql("DELETE FROM certificates WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM timers WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM certificate_items WHERE case_id = $1").bind(case).execute(link).await?;
                sql("DELETE FROM certificate_uses WHERE case_id = $1").bind(case).execute(link).await?;
            }
        }
        declarations.extend(rows.declaration);
        dossiers.extend(rows.dossier);
        accounts.extend(rows.account);
        certificates.extend(rows.certificate);
        all.certificate_items.extend(rows.certificate_items);
        all.certificate_uses.extend(rows.certificate_uses);
        all.tasks.extend(rows.tasks);
        all.timers.extend(rows.timers);
        all.shortages.extend(rows.shortages);
        all.draws.extend(rows.draws);
        all.evidence.extend(rows.evidence);
        all.history.extend(rows.history);
    }
    insert(link, INTO_DECLARATIONS, "", declarations).await?;
    insert(link, INTO_TASKS, "", all.tasks).await?;
    insert(link, INTO_TIMERS, "", all.timers).await?;
    insert(link, INTO_SHORTAGES, "", all.shortages).await?;
    insert(link, INTO_DOSSIERS, "", dossiers).await?;
    insert(link, INTO_EVIDENCE, "", all.evidence).await?;
    insert(link, INTO_HISTORY, "", all.history).await?;
    insert(link, INTO_ACCOUNTS, "", accounts).await?;
    insert(link, INTO_DRAWS, OVER_DRAWS, all.draws).await?;
    insert(link, INTO_CERTIFICATES, "", certificates).await?;
    insert(link, INTO_CERTIFICATE_ITEMS, "", all.certificate_items).await?;
    insert(link, INTO_CERTIFICATE_USES, "", all.certificate_uses).await?;
    Ok(())
}

const INTO_DECLARATIONS: &str = "INSERT INTO declarations (case_id, head, hash, opened_at, changed_at, status, name, \
    reference, holder, filer, direction, day, version, message_id, decision, channel, digest, due, is_open, may)";
const INTO_TASKS: &str = "INSERT INTO tasks (case_id, task, id, kind, agency, procedure_code, measure, stage, lines, \
    after_tasks, state, waits_for, claimed_by, due, critical, rank, dossier, holder, name, ready, begun_before, \
    revoked)";
const INTO_TIMERS: &str = "INSERT INTO timers (case_id, task, kind, at)";
const INTO_DOSSIERS: &str = "INSERT INTO dossiers (case_id, head, hash, opened_at, changed_at, procedure_code, \
    reference, agency, holder, filer, states, state, clock, claimed_by, claimed_in, declaration, task, message_id, \
    is_open, ended)";
const INTO_EVIDENCE: &str = "INSERT INTO evidence (case_id, number, kind, code, agency, holder, declaration, issued_at, \
    valid_to, state, limited, record)";
const INTO_HISTORY: &str = "INSERT INTO history (case_id, number, importer, measure, record)";
const INTO_ACCOUNTS: &str = "INSERT INTO accounts (case_id, head, hash, account, number, agency, holder, dossier, unit, \
    counted_in, granted, reserved, written_off, valid_from, valid_to, state)";
const INTO_DRAWS: &str = "INSERT INTO draws (case_id, declaration, line, revision, reserved, written_off)";
const OVER_DRAWS: &str = "ON CONFLICT (case_id, declaration, line) DO UPDATE SET revision = excluded.revision, \
    reserved = excluded.reserved, written_off = excluded.written_off";
const INTO_CERTIFICATES: &str = "INSERT INTO certificates (case_id, head, hash, opened_at, changed_at, form, country, \
    reference, reference_key, side, partner, status, holder, party_key, agency, dossier, issued, since, conflicts)";
const INTO_CERTIFICATE_ITEMS: &str = "INSERT INTO certificate_items (case_id, item, hs, criterion, invoice, original, \
    amount, unit, used)";
const INTO_CERTIFICATE_USES: &str = "INSERT INTO certificate_uses (case_id, declaration, item, state, amount, unit)";
const INTO_SHORTAGES: &str = "INSERT INTO shortages (case_id, number)";

/// Whether an event changes what screening knows of a trader: what he was given and what is drawn
/// on it, what stands in his record. A new dossier does: it may be the one that a declaration waits
/// for.
pub fn changes_records(event: &Event) -> bool {
    match event {
        Event::Dossier(event) => match event {
            DossierEvent::Opened { .. }
            | DossierEvent::Issued { .. }
            | DossierEvent::Revoked { .. }
            | DossierEvent::Recorded { .. } => true,
            DossierEvent::Heard { .. }
            | DossierEvent::Claimed
            | DossierEvent::Released
            | DossierEvent::Linked { .. }
            | DossierEvent::Rectified { .. }
            | DossierEvent::Attached { .. }
            | DossierEvent::Undelivered { .. }
            | DossierEvent::Delivered => false,
        },
        Event::Permit(_) => true,
        Event::Declaration(_) | Event::Certificate(_) | Event::Window(_) => false,
    }
}

/// The columns that every case has.
fn head_columns(head: Head) -> (Value, Value) {
    (i64::try_from(head.number).unwrap_or(i64::MAX).into(), head.hash.into())
}
