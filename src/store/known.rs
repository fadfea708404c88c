//! What is known beside a declaration: evidence and the importer's record, as they are kept.

use super::StoreError;
use super::sql::{Link, Row, key, sql};
use crate::clearance::case::CaseId;
use crate::clearance::case::permit::account_id;
use crate::ledger::AccountId;
use crate::records::{EvidenceEntry, HistoryEntry};

/// A permit, certificate or result as it is kept.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The dossier that gave it.
    pub from: CaseId,
    /// Its number.
    pub number: String,
    /// The agency.
    pub agency: Option<String>,
    /// The declaration that it is about, where it is about one.
    pub declaration: Option<CaseId>,
    /// When it was given.
    pub issued: jiff::Timestamp,
    /// It still counts.
    pub live: bool,
    /// What it says.
    pub entry: EvidenceEntry,
}

impl Evidence {
    /// The account of what it grants; none: it grants no quantity.
    pub fn account(&self) -> Option<AccountId> {
        let number = self.entry.id.as_deref().filter(|_| self.entry.grants())?;
        Some(account_id(self.agency.as_deref(), number))
    }
}

/// The columns that [`read`] wants.
pub(super) const EVIDENCE: &str = "SELECT case_id, number, agency, declaration, issued_at, state, record FROM evidence";

/// More records than this are not loaded for one declaration.
const RECORDS_MAX: i64 = 20_000;

/// The evidence about a declaration, then that of its trader about none: what counts, and what has
/// a quantity even where it was taken back.
///
/// # Errors
/// [`StoreError`]
pub async fn evidence(
    link: &mut Link<'_>,
    declaration: CaseId,
    holder: Option<&str>,
) -> Result<Vec<Evidence>, StoreError> {
    let query = sql("SELECT case_id, number, agency, declaration, issued_at, state, record FROM evidence \
        WHERE declaration = $1 AND (state = 'live' OR limited = 1) ORDER BY issued_at, case_id, number");
    let mut found: Vec<Evidence> =
        query.bind(declaration).rows(link).await?.iter().map(read).collect::<Result<_, _>>()?;
    if let Some(holder) = holder {
        found.extend(evidence_of_holder(link, holder).await?);
    }
    Ok(found)
}

/// The evidence of a trader about no declaration: what counts, and what has a quantity even where it
/// was taken back.
///
/// # Errors
/// [`StoreError`]
pub async fn evidence_of_holder(link: &mut Link<'_>, holder: &str) -> Result<Vec<Evidence>, StoreError> {
    let query = sql("SELECT case_id, number, agency, declaration, issued_at, state, record FROM evidence \
        WHERE holder = $1 AND declaration IS NULL AND (state = 'live' OR limited = 1) \
        ORDER BY issued_at, case_id, number LIMIT $2");
    query.bind(key(holder)).bind(RECORDS_MAX).rows(link).await?.iter().map(read).collect()
}

/// Evidence by its number, newest first: several agencies may count alike.
///
/// # Errors
/// [`StoreError`]
pub async fn evidence_numbered(link: &mut Link<'_>, number: &str) -> Result<Vec<Evidence>, StoreError> {
    let query = sql("SELECT case_id, number, agency, declaration, issued_at, state, record FROM evidence \
        WHERE number = $1 ORDER BY issued_at DESC, case_id LIMIT 20");
    query.bind(key(number)).rows(link).await?.iter().map(read).collect()
}

/// What a dossier gave.
///
/// # Errors
/// [`StoreError`]
pub async fn evidence_from(link: &mut Link<'_>, dossier: CaseId) -> Result<Vec<Evidence>, StoreError> {
    let query = sql("SELECT case_id, number, agency, declaration, issued_at, state, record FROM evidence \
        WHERE case_id = $1 ORDER BY issued_at, number");
    query.bind(dossier).rows(link).await?.iter().map(read).collect()
}

pub(super) fn read(row: &Row) -> Result<Evidence, StoreError> {
    let record = row.text(6)?;
    let entry = serde_json::from_str(&record).map_err(|error| StoreError::Damaged(format!("evidence: {error}")))?;
    Ok(Evidence {
        from: row.case(0)?,
        number: row.text(1)?,
        agency: row.maybe_text(2)?,
        declaration: row.maybe_case(3)?,
        issued: row.moment(4)?,
        live: row.text(5)? == "live",
        entry,
    })
}

/// The record of an importer.
///
/// # Errors
/// [`StoreError`]
pub async fn history(link: &mut Link<'_>, importer: &str) -> Result<Vec<(CaseId, HistoryEntry)>, StoreError> {
    let query = sql("SELECT case_id, record FROM history WHERE importer = $1 ORDER BY case_id, number LIMIT $2");
    let rows = query.bind(key(importer)).bind(RECORDS_MAX).rows(link).await?;
    rows.iter()
        .map(|row| {
            let entry = serde_json::from_str(&row.text(1)?);
            Ok((row.case(0)?, entry.map_err(|error| StoreError::Damaged(format!("history: {error}")))?))
        })
        .collect()
}
