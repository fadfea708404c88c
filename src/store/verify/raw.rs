//! Entries as they stand in the table, whatever stands there.

use super::super::StoreError;
use super::super::sql::{Link, Row, sql};
use super::note;

/// Entries read at once.
const PAGE: i64 = 2_000;

/// An entry as it stands in the table. What is not of its column's kind is none.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) seq: i64,
    pub(super) case: Option<Vec<u8>>,
    pub(super) number: Option<i64>,
    pub(super) at: Option<i64>,
    pub(super) kind: Option<Vec<u8>>,
    pub(super) event: Option<Vec<u8>>,
    pub(super) hash: Option<Vec<u8>>,
}

impl Raw {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.number(0)?,
            case: row.raw_text(1),
            number: row.number(2).ok(),
            at: row.number(3).ok(),
            kind: row.raw_text(4),
            event: row.raw_text(5),
            hash: row.raw_bytes(6),
        })
    }
}

/// The next entries.
pub(super) enum Page {
    /// Some.
    Entries(Vec<Raw>),
    /// There are no more.
    End,
    /// They cannot be read; it is noted.
    Unreadable,
}

const FIRST: &str = "SELECT seq, case_id, number, at, kind, event, hash FROM journal ORDER BY seq LIMIT $1";
const NEXT: &str =
    "SELECT seq, case_id, number, at, kind, event, hash FROM journal WHERE seq > $2 ORDER BY seq LIMIT $1";

/// The entries after `after`; none: from the first, whatever its number is.
pub(super) async fn page(
    link: &mut Link<'_>,
    after: Option<i64>,
    defects: &mut Vec<String>,
) -> Result<Page, StoreError> {
    match some(link, after, PAGE).await {
        Ok(entries) if entries.is_empty() => Ok(Page::End),
        Ok(entries) => Ok(Page::Entries(entries)),
        Err(StoreError::Damaged(error)) if matches!(link, Link::Sqlite(_)) => {
            one_by_one(link, after.unwrap_or(0), &error, defects).await
        }
        Err(StoreError::Damaged(error)) => {
            let first = after.unwrap_or(0).saturating_add(1);
            note(defects, format!("entry {first}: it, or one of the next {PAGE}, cannot be read: {error}"));
            Ok(Page::Unreadable)
        }
        Err(error) => Err(error),
    }
}

async fn some(link: &mut Link<'_>, after: Option<i64>, limit: i64) -> Result<Vec<Raw>, StoreError> {
    let query = match after {
        None => sql(FIRST).bind(limit),
        Some(after) => sql(NEXT).bind(limit).bind(after),
    };
    query.rows(link).await?.iter().map(Raw::read).collect()
}

/// The entries of a page in which something cannot be read: those that can.
async fn one_by_one(
    link: &mut Link<'_>,
    after: i64,
    error: &str,
    defects: &mut Vec<String>,
) -> Result<Page, StoreError> {
    const ONE: &str = "SELECT seq, case_id, number, at, kind, event, hash FROM journal WHERE seq = $1";
    let mut entries = Vec::new();
    let mut unreadable: Option<(i64, i64)> = None;
    for seq in after.saturating_add(1)..=after.saturating_add(PAGE) {
        match sql(ONE).bind(seq).row(link).await {
            Ok(Some(row)) => entries.push(Raw::read(&row)?),
            Ok(None) => {}
            Err(StoreError::Damaged(_)) => {
                let first = unreadable.map_or(seq, |(first, _)| first);
                unreadable = Some((first, seq));
            }
            Err(error) => return Err(error),
        }
    }
    match unreadable {
        Some((first, last)) if first == last => note(defects, format!("entry {first}: it cannot be read: {error}")),
        Some((first, last)) => note(defects, format!("entries {first} to {last}: they cannot be read: {error}")),
        None => {
            note(defects, format!("entry {}: it, or one after it, cannot be read: {error}", after.saturating_add(1)));
        }
    }
    if entries.is_empty() { Ok(Page::Unreadable) } else { Ok(Page::Entries(entries)) }
}
