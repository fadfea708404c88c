//! The outbox: replies and notices on their way, written with what caused them.
//!
//! A message is `waiting` until it is delivered (`done`) or given up (`dead`). Each recipient's
//! messages go in the order of their numbers: the next is offered only when none before it waits.
//! Those of a recipient without an endpoint wait until he fetches them.

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Link, Value, insert, sql};
use crate::clearance::case::CaseId;

/// A message that is to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id: the same on every attempt.
    pub id: String,
    /// The organisation that it is for.
    pub recipient: String,
    /// The case that it is about.
    pub case: Option<CaseId>,
    /// What it is, such as `declaration.decided`.
    pub topic: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What is to go out.
    pub message: Outgoing,
    /// Its number among those of its recipient, from 1.
    pub number: i64,
    /// When it was written.
    pub created: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// When it is tried next.
    pub next: Timestamp,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Puts messages into the outbox, in their order.
///
/// # Errors
/// [`StoreError`]
pub async fn put(link: &mut Link<'_>, messages: Vec<Outgoing>, now: Timestamp) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO outbox (id, recipient, number, case_id, topic, created_at, content_type, body, \
        state, attempts, next_at)";
    let mut numbers: std::collections::HashMap<String, i64> = std::collections::HashMap::new();
    let mut rows: Vec<[Value; 11]> = Vec::with_capacity(messages.len());
    for message in messages {
        let number = match numbers.get_mut(&message.recipient) {
            Some(number) => number,
            None => {
                let last = sql("SELECT COALESCE(MAX(number), 0) FROM outbox WHERE recipient = $1");
                let last = last.bind(&message.recipient).number(link).await?;
                numbers.entry(message.recipient.clone()).or_insert(last)
            }
        };
        *number += 1;
        rows.push([
            message.id.into(),
            message.recipient.into(),
            (*number).into(),
            message.case.into(),
            message.topic.into(),
            now.into(),
            message.content_type.into(),
            message.body.into(),
            "waiting".into(),
            0_i64.into(),
            now.into(),
        ]);
    }
    insert(link, INTO, "", rows).await?;
    Ok(())
}

/// The messages that may be tried now: of each recipient with an endpoint that is not paused the
/// first that waits, where its time has come.
///
/// # Errors
/// [`StoreError`]
pub async fn due(link: &mut Link<'_>, now: Timestamp, limit: i64) -> Result<Vec<Letter>, StoreError> {
    let query = sql("SELECT o.id, o.recipient, o.number, o.case_id, o.topic, o.created_at, o.content_type, o.body, \
        o.state, o.attempts, o.next_at, o.error FROM endpoints e JOIN outbox o ON o.recipient = e.organisation \
        WHERE e.paused = 0 AND o.number = (SELECT MIN(f.number) FROM outbox f WHERE f.recipient = e.organisation \
        AND f.state = 'waiting') AND o.next_at <= $1 ORDER BY o.next_at LIMIT $2");
    query.bind(now).bind(limit).rows(link).await?.iter().map(letter).collect()
}

/// When the next message may be tried; none: nothing waits.
///
/// # Errors
/// [`StoreError`]
pub async fn next_time(link: &mut Link<'_>) -> Result<Option<Timestamp>, StoreError> {
    let query = sql("SELECT MIN(o.next_at) FROM endpoints e JOIN outbox o ON o.recipient = e.organisation \
        WHERE e.paused = 0 AND o.number = (SELECT MIN(f.number) FROM outbox f WHERE f.recipient = e.organisation \
        AND f.state = 'waiting')");
    query.row(link).await?.map_or(Ok(None), |row| row.maybe_moment(0))
}

/// What a recipient may fetch: his messages that wait, in order, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn waiting(link: &mut Link<'_>, recipient: &str, limit: i64) -> Result<Vec<Letter>, StoreError> {
    let query = sql("SELECT id, recipient, number, case_id, topic, created_at, content_type, body, state, attempts, \
        next_at, error FROM outbox WHERE recipient = $1 AND state = 'waiting' ORDER BY number LIMIT $2");
    query.bind(recipient).bind(limit).rows(link).await?.iter().map(letter).collect()
}

/// The messages that were given up, newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn dead(link: &mut Link<'_>, limit: i64) -> Result<Vec<Letter>, StoreError> {
    let query = sql("SELECT id, recipient, number, case_id, topic, created_at, content_type, body, state, attempts, \
        next_at, error FROM outbox WHERE state = 'dead' ORDER BY created_at DESC, id LIMIT $1");
    query.bind(limit).rows(link).await?.iter().map(letter).collect()
}

/// A message was delivered, or its recipient has fetched it. Says whether it waited.
///
/// # Errors
/// [`StoreError`]
pub async fn delivered(link: &mut Link<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let query = sql("UPDATE outbox SET state = 'done', attempts = attempts + 1, done_at = $2, error = NULL \
        WHERE id = $1 AND state = 'waiting'");
    Ok(query.bind(id).bind(now).execute(link).await? > 0)
}

/// A message could not be delivered: it is tried again at `next`, or given up.
///
/// # Errors
/// [`StoreError`]
pub async fn failed(link: &mut Link<'_>, id: &str, next: Option<Timestamp>, error: &str) -> Result<(), StoreError> {
    let state = if next.is_some() { "waiting" } else { "dead" };
    let query =
        sql("UPDATE outbox SET state = $2, attempts = attempts + 1, next_at = COALESCE($3, next_at), error = $4 \
        WHERE id = $1 AND state = 'waiting'");
    query.bind(id).bind(state).bind(next).bind(error).execute(link).await?;
    Ok(())
}

/// A message that was given up is tried again, in its old place. Says whether it was.
///
/// # Errors
/// [`StoreError`]
pub async fn replay(link: &mut Link<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let query = sql("UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $2 WHERE id = $1 AND state = 'dead'");
    Ok(query.bind(id).bind(now).execute(link).await? > 0)
}

/// A message by its id.
///
/// # Errors
/// [`StoreError`]
pub async fn by_id(link: &mut Link<'_>, id: &str) -> Result<Option<Letter>, StoreError> {
    let query = sql("SELECT id, recipient, number, case_id, topic, created_at, content_type, body, state, attempts, \
        next_at, error FROM outbox WHERE id = $1");
    query.bind(id).row(link).await?.as_ref().map(letter).transpose()
}

fn letter(row: &super::sql::Row) -> Result<Letter, StoreError> {
    Ok(Letter {
        message: Outgoing {
            id: row.text(0)?,
            recipient: row.text(1)?,
            case: row.maybe_case(3)?,
            topic: row.text(4)?,
            content_type: row.text(6)?,
            body: row.bytes(7)?,
        },
        number: row.number(2)?,
        created: row.moment(5)?,
        state: row.text(8)?,
        attempts: row.number(9)?,
        next: row.moment(10)?,
        error: row.maybe_text(11)?,
    })
}
