//! The rows of one case: compared, replaced; and rows of no case.

use super::super::StoreError;
use super::super::project::{self, Novelty, Rows};
use super::super::sql::{Link, Value, built, sql};
use super::Mode;
use crate::clearance::case::CaseId;

/// The tables that hold rows of cases, with what they say of a case.
const TABLES: [(&str, &str); 12] = [
    (
        "declarations",
        "case_id, head, hash, opened_at, changed_at, status, name, reference, holder, filer, direction, day, version, \
        message_id, decision, channel, digest, due, is_open, may",
    ),
    (
        "tasks",
        "case_id, task, id, kind, agency, procedure_code, measure, stage, lines, after_tasks, state, waits_for, \
        claimed_by, due, critical, rank, dossier, holder, name, ready, begun_before, revoked",
    ),
    ("timers", "case_id, task, kind, at"),
    ("shortages", "case_id, number"),
    (
        "dossiers",
        "case_id, head, hash, opened_at, changed_at, procedure_code, reference, agency, holder, filer, states, state, \
        clock, claimed_by, claimed_in, declaration, task, message_id, is_open, ended",
    ),
    (
        "evidence",
        "case_id, number, kind, code, agency, holder, declaration, issued_at, valid_to, state, limited, record",
    ),
    ("history", "case_id, number, importer, measure, record"),
    (
        "accounts",
        "case_id, head, hash, account, number, agency, holder, dossier, unit, counted_in, granted, reserved, \
        written_off, valid_from, valid_to, state",
    ),
    ("draws", "case_id, declaration, line, revision, reserved, written_off"),
    (
        "certificates",
        "case_id, head, hash, opened_at, changed_at, form, country, reference, reference_key, side, partner, status, holder, \
        party_key, agency, dossier, issued, since, conflicts",
    ),
    ("certificate_items", "case_id, item, hs, criterion, invoice, original, amount, unit, used"),
    ("certificate_uses", "case_id, declaration, item, state, amount, unit"),
];

/// Whether the tables say the same.
pub(super) async fn same(link: &mut Link<'_>, case: CaseId, rows: &Rows) -> Result<bool, StoreError> {
    fn slices<const N: usize>(rows: &[[Value; N]]) -> Vec<&[Value]> {
        rows.iter().map(<[Value; N]>::as_slice).collect()
    }
    let wanted: [Vec<&[Value]>; 12] = [
        slices(rows.declaration.as_slice()),
        slices(&rows.tasks),
        slices(&rows.timers),
        slices(&rows.shortages),
        slices(rows.dossier.as_slice()),
        slices(&rows.evidence),
        slices(&rows.history),
        slices(rows.account.as_slice()),
        slices(&rows.draws),
        slices(rows.certificate.as_slice()),
        slices(&rows.certificate_items),
        slices(&rows.certificate_uses),
    ];
    for ((table, columns), wanted) in TABLES.iter().zip(wanted) {
        let query = built(format!("SELECT {columns} FROM {table} WHERE case_id = $1"));
        let there = query.bind(case).rows(link).await?;
        if there.len() != wanted.len() {
            return Ok(false);
        }
        let count = columns.split(',').count();
        let mut there: Vec<Vec<String>> = there.iter().map(|row| row.as_texts(count)).collect();
        let mut wanted: Vec<Vec<String>> = wanted.iter().map(|row| row.iter().map(Value::as_text).collect()).collect();
        there.sort_unstable();
        wanted.sort_unstable();
        if there != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts the rows of a case in the place of all that it has, in whichever table.
pub(super) async fn replace(link: &mut Link<'_>, case: CaseId, rows: Rows) -> Result<(), StoreError> {
    for (table, _) in TABLES {
        built(format!("DELETE FROM {table} WHERE case_id = $1")).bind(case).execute(link).await?;
    }
    // A number or name that has to be unique may stand in the row of another case that is not put
    // right yet.
    if let Some(account) = &rows.account {
        sql("DELETE FROM accounts WHERE account = $1").bind(account[3].clone()).execute(link).await?;
    }
    if let Some(certificate) = &rows.certificate {
        let [.., form, country, reference, _, _, _, _, _, _, _, _, _, _, _] = certificate;
        let query = sql("DELETE FROM certificates WHERE country = $1 AND form = $2 AND reference = $3");
        query.bind(country.clone()).bind(form.clone()).bind(reference.clone()).execute(link).await?;
    }
    project::write(link, vec![(case, Novelty::New, rows)]).await
}

/// Counts the rows of cases that the journal does not have, and takes them away where that is
/// wanted.
pub(super) async fn strays(link: &mut Link<'_>, mode: Mode) -> Result<u64, StoreError> {
    let mut strays = 0;
    for (table, _) in TABLES {
        let of_none =
            format!("FROM {table} WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.case_id = {table}.case_id)");
        let count = built(format!("SELECT COUNT(*) {of_none}")).number(link).await?;
        strays += u64::try_from(count).unwrap_or(0);
        if mode == Mode::Write && count > 0 {
            built(format!("DELETE {of_none}")).execute(link).await?;
        }
    }
    Ok(strays)
}
