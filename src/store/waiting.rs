//! What has to be done by itself: clocks that ring, cases to be looked at again.

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Link, Value, built, insert, key, looked_up, looked_up_values, places, sql};
use crate::clearance::case::CaseId;
use crate::clearance::case::certificate::CertificateClock;
use crate::clearance::case::declaration::Mark;

/// A clock that rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The declaration.
    pub case: CaseId,
    /// Its task.
    pub task: String,
    /// What it says.
    pub mark: Mark,
    /// When.
    pub at: Timestamp,
}

/// The clocks that ring by `now`, in the order of their times, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn ringing(link: &mut Link<'_>, now: Timestamp, limit: i64) -> Result<Vec<Timer>, StoreError> {
    let query = sql("SELECT case_id, task, kind, at FROM timers WHERE at <= $1 AND task <> '' \
        ORDER BY at, case_id, task LIMIT $2");
    let rows = query.bind(now).bind(limit).rows(link).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text(2)?;
            let mark = Mark::parse(&kind).ok_or_else(|| StoreError::Damaged(format!("`{kind}` is no mark")))?;
            Ok(Timer { case: row.case(0)?, task: row.text(1)?, mark, at: row.moment(3)? })
        })
        .collect()
}

/// The clocks of certificates of origin that ring by `now`, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn ringing_certificates(
    link: &mut Link<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(CaseId, CertificateClock)>, StoreError> {
    let query = sql("SELECT case_id, kind FROM timers WHERE at <= $1 AND task = '' ORDER BY at, case_id LIMIT $2");
    let rows = query.bind(now).bind(limit).rows(link).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text(1)?;
            let clock = CertificateClock::parse(&kind);
            let clock = clock.ok_or_else(|| StoreError::Damaged(format!("`{kind}` is no clock of a certificate")))?;
            Ok((row.case(0)?, clock))
        })
        .collect()
}

/// When the next clock rings.
///
/// # Errors
/// [`StoreError`]
pub async fn next_ring(link: &mut Link<'_>) -> Result<Option<Timestamp>, StoreError> {
    sql("SELECT MIN(at) FROM timers").row(link).await?.map_or(Ok(None), |row| row.maybe_moment(0))
}

/// Notes cases to be looked at again; those that are noted keep their place.
///
/// # Errors
/// [`StoreError`]
pub async fn review(link: &mut Link<'_>, cases: &[CaseId], reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let rows: Vec<[Value; 3]> = cases.iter().map(|case| [(*case).into(), reason.into(), now.into()]).collect();
    insert(link, "INSERT INTO reviews (case_id, reason, since)", "ON CONFLICT (case_id) DO NOTHING", rows).await?;
    Ok(())
}

/// Notes the open declarations that another edition of the law than this has decided.
///
/// # Errors
/// [`StoreError`]
pub async fn review_law(link: &mut Link<'_>, digest: &str, now: Timestamp) -> Result<u64, StoreError> {
    let query = sql("INSERT INTO reviews (case_id, reason, since) SELECT case_id, 'law', $1 FROM declarations \
        WHERE is_open = 1 AND digest <> $2 ON CONFLICT (case_id) DO NOTHING");
    query.bind(now).bind(digest).execute(link).await
}

/// The cases to be looked at again, longest noted first, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn to_review(link: &mut Link<'_>, limit: i64) -> Result<Vec<(CaseId, String)>, StoreError> {
    let query = sql("SELECT case_id, reason FROM reviews ORDER BY since, case_id LIMIT $1");
    query.bind(limit).rows(link).await?.iter().map(|row| Ok((row.case(0)?, row.text(1)?))).collect()
}

/// They were looked at.
///
/// # Errors
/// [`StoreError`]
pub async fn reviewed(link: &mut Link<'_>, cases: &[CaseId]) -> Result<(), StoreError> {
    for cases in cases.chunks(64) {
        let query = built(format!("DELETE FROM reviews WHERE case_id IN ({})", places(1, cases.len())));
        query.bind_all(cases.iter().copied()).execute(link).await?;
    }
    Ok(())
}

/// Which of these traders have evidence or a record, and the entry of the journal that changed it
/// last.
///
/// # Errors
/// [`StoreError`]
pub async fn holders(link: &mut Link<'_>, holders: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    const AT_ONCE: usize = 64;
    let mut found = Vec::new();
    for holders in holders.chunks(AT_ONCE) {
        let kept: Vec<[String; 1]> = holders.iter().map(|holder| [key(holder)]).collect();
        let rows = looked_up(holders.len(), 1);
        let query = built(format!(
            "SELECT a.column1, (SELECT h.changed_seq FROM holders h WHERE h.holder = a.column2) \
             FROM (VALUES {rows}) AS a"
        ));
        for row in query.bind_all(looked_up_values(&kept)).rows(link).await? {
            let Some(seq) = row.maybe_number(1)? else { continue };
            let at = row.text(0)?.parse::<usize>().unwrap_or(usize::MAX);
            found.extend(holders.get(at).map(|holder| (holder.clone(), seq)));
        }
    }
    Ok(found)
}

/// Something about a trader's evidence or record has changed.
///
/// # Errors
/// [`StoreError`]
pub async fn holder_changed(link: &mut Link<'_>, holder: &str, seq: i64) -> Result<(), StoreError> {
    let query = sql("INSERT INTO holders (holder, changed_seq) VALUES ($1, $2) \
        ON CONFLICT (holder) DO UPDATE SET changed_seq = excluded.changed_seq");
    query.bind(key(holder)).bind(seq).execute(link).await?;
    Ok(())
}

/// The open declarations of a trader.
///
/// # Errors
/// [`StoreError`]
pub async fn open_of_holder(link: &mut Link<'_>, holder: &str) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM declarations WHERE holder = $1 AND is_open = 1 ORDER BY case_id LIMIT 10000");
    query.bind(key(holder)).rows(link).await?.iter().map(|row| row.case(0)).collect()
}
