//! Bulk jobs, the newest first, and their items in their order.

use super::super::StoreError;
use super::super::bulk::{Item, Job, read, read_item, state_of};
use super::super::sql::Link;
use super::Page;
use super::cursor::{self, Key, NUMBER, TEXT};
use super::select::{Order, Select, merged};

/// A page of jobs, the newest first; `sender`: only this one's.
///
/// # Errors
/// [`StoreError`]
pub async fn bulk_jobs(
    link: &mut Link<'_>,
    sender: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Job>, StoreError> {
    const JOBS: &str = "SELECT id, sender, person, name, lang, state, spool, bytes, bytes_read, documents, accepted, \
        refused, created_at, finished_at, error FROM bulk_jobs";
    let after = cursor::read(after, &[TEXT])?;
    // Ids are in the order of their time.
    let select = Select::new(JOBS).and_if("sender = ?", sender).after("id < ?", after.as_deref());
    merged(link, vec![select.finish("id DESC", limit)], limit, Order::Down, |row| {
        let job = read(row)?;
        Ok((vec![Key::Text(job.id.clone())], job))
    })
    .await
}

/// A page of the items of a job in their order; `accepted`: only those that were taken, or only
/// those that were refused.
///
/// # Errors
/// [`StoreError`]
pub async fn bulk_items(
    link: &mut Link<'_>,
    job: &str,
    accepted: Option<bool>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Item>, StoreError> {
    const ITEMS: &str = "SELECT number, source, state, case_id, answer_status, error FROM bulk_items";
    let after = cursor::read(after, &[NUMBER])?;
    let select = Select::new(ITEMS).and("job = ?", [job]).and_if("state = ?", accepted.map(state_of));
    let select = select.after("number > ?", after.as_deref());
    merged(link, vec![select.finish("number", limit)], limit, Order::Up, |row| {
        let item = read_item(row)?;
        Ok((vec![Key::Number(row.number(0)?)], item))
    })
    .await
}
