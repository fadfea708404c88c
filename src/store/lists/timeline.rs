//! What happened to a case and those that serve it, in the order of time.

use super::super::StoreError;
use super::super::sql::{Link, Value};
use super::Page;
use super::cursor::{self, Key, NUMBER};
use super::select::{Order, Select, merged};
use crate::clearance::case::{CaseId, Entry};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineRow {
    /// Its number in the journal.
    pub seq: i64,
    /// What.
    pub entry: Entry,
}

/// A page of what happened to these cases: a declaration, and those of its dossiers that the asker
/// may see (see [`dossiers_of`](super::super::cases::dossiers_of)).
///
/// # Errors
/// [`StoreError`]
pub async fn timeline(
    link: &mut Link<'_>,
    cases: &[CaseId],
    after: Option<&str>,
    limit: u32,
) -> Result<Page<TimelineRow>, StoreError> {
    let after = cursor::read(after, &[NUMBER])?;
    let ways = cases.iter().map(|case| way(*case, after.as_deref(), limit)).collect();
    merged(link, ways, limit, Order::Up, |row| {
        let seq = row.number(0)?;
        let entry = row.with_text(1, Entry::from_json)?;
        let entry = entry.map_err(|error| StoreError::Damaged(format!("entry {seq} of the journal: {error}")))?;
        Ok((vec![Key::Number(seq)], TimelineRow { seq, entry }))
    })
    .await
}

/// Within a case the numbers of the journal rise with its own.
fn way(case: CaseId, after: Option<&[Key]>, limit: u32) -> (String, Vec<Value>) {
    let select = Select::new("SELECT seq, event FROM journal").and("case_id = ?", [case]);
    select.after("seq > ?", after).finish("number", limit)
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::follows;
    use super::*;

    #[tokio::test]
    async fn the_timeline_follows_the_index_of_its_case_and_sorts_nothing() {
        let case = CaseId(uuid::Uuid::nil());
        follows(vec![way(case, None, 50), way(case, Some(&[Key::Number(7)]), 50)], "journal_case").await;
    }
}
