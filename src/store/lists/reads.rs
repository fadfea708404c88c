//! Who looked at a case, the last first.

use jiff::Timestamp;

use super::super::StoreError;
use super::super::sql::{Link, built};
use super::cursor::{self, Key, NUMBER};
use super::{PAGE_MAX, Page};
use crate::clearance::case::CaseId;

/// Somebody looked at a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    /// When.
    pub at: Timestamp,
    /// From which organisation.
    pub organisation: String,
    /// Who; none: a system.
    pub person: Option<String>,
    /// The name under which he signs in.
    pub login: Option<String>,
    /// At what of it.
    pub what: String,
}

/// A page of those who looked at a case, the last first.
///
/// # Errors
/// [`StoreError`]
pub async fn reads(
    link: &mut Link<'_>,
    case: CaseId,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<ReadRow>, StoreError> {
    const READS: &str = "SELECT r.at, r.organisation, r.person, r.what, p.login FROM reads r \
        LEFT JOIN people p ON p.id = r.person WHERE r.case_id = $1 AND r.at <= $2 \
        ORDER BY r.at DESC, r.organisation, r.person, r.what LIMIT $3 OFFSET $4";
    // Looks have no number of their own: a place is a moment, and how many of it came before.
    let (at, skipped) = match cursor::read(after, &[NUMBER, NUMBER])?.as_deref() {
        Some([Key::Number(at), Key::Number(skipped)]) => (*at, (*skipped).max(0)),
        _ => (i64::MAX, 0),
    };
    let limit = limit.clamp(1, PAGE_MAX);
    let query = built(READS).bind(case).bind(at).bind(limit + 1).bind(skipped);
    let rows = query.rows(link).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let (at, organisation, person) = (row.moment(0)?, row.text(1)?, row.maybe_text(2)?);
        found.push(ReadRow { at, organisation, person, what: row.text(3)?, login: row.maybe_text(4)? });
    }
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| {
        let of_last = i64::try_from(found.iter().filter(|row| row.at == last.at).count()).unwrap_or(i64::MAX);
        let before = if last.at.as_microsecond() == at { skipped } else { 0 };
        cursor::write(&[Key::Number(last.at.as_microsecond()), Key::Number(before.saturating_add(of_last))])
    });
    Ok(Page { rows: found, next })
}
