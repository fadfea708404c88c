//! The outbox: replies and notices on their way, written with what caused them.
//!
//! A message is `waiting` until it is delivered (`done`) or given up (`dead`, and for good: `dropped`). Each recipient's
//! messages go in the order of their numbers: whoever delivers takes the first that waits, and the
//! next only when that one is done or dead. Those of a recipient without an endpoint wait until he
//! fetches them, and so do those that his endpoint cannot take (`fetch`).

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::StoreError;
use super::lists::{Page, cursor};
use super::sql::{Link, Row, Value, built, insert, places, sql};
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
    /// `waiting`, `fetch`, `done`, `dead` or `dropped`.
    pub state: String,
    /// When it is tried next.
    pub next: Timestamp,
    /// What went wrong last, or why it has to be fetched.
    pub error: Option<String>,
}

/// The columns of a letter, in the order in which [`letter`] reads them.
macro_rules! letters {
    ($rest:literal) => {
        concat!(
            "SELECT id, recipient, number, case_id, topic, created_at, content_type, body, state, attempts, next_at, \
             error FROM outbox ",
            $rest
        )
    };
}

/// Puts messages into the outbox, in their order.
///
/// # Errors
/// [`StoreError`]
pub async fn put(link: &mut Link<'_>, messages: Vec<Outgoing>, now: Timestamp) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO outbox (id, recipient, number, case_id, topic, created_at, content_type, body, \
        state, attempts, next_at)";
    let mut numbers = last_numbers(link, &messages).await?;
    let mut rows: Vec<[Value; 11]> = Vec::with_capacity(messages.len());
    for message in messages {
        let number = numbers.entry(message.recipient.clone()).or_default();
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

/// The last number of each recipient of these messages.
async fn last_numbers(link: &mut Link<'_>, messages: &[Outgoing]) -> Result<HashMap<String, i64>, StoreError> {
    // Few lengths of the statement, so that each is prepared once.
    const TOGETHER: usize = 16;
    let recipients: BTreeSet<&str> = messages.iter().map(|message| message.recipient.as_str()).collect();
    let recipients: Vec<&str> = recipients.into_iter().collect();
    let mut numbers = HashMap::with_capacity(recipients.len());
    for some in recipients.chunks(TOGETHER) {
        let rows = (1..=some.len()).map(|at| format!("(${at})")).collect::<Vec<_>>().join(", ");
        let query = built(format!(
            "SELECT r.column1, (SELECT MAX(o.number) FROM outbox o WHERE o.recipient = r.column1) \
             FROM (VALUES {rows}) AS r"
        ));
        for row in query.bind_all(some.iter().copied()).rows(link).await? {
            numbers.insert(row.text(0)?, row.maybe_number(1)?.unwrap_or(0));
        }
    }
    Ok(numbers)
}

/// Each recipient with an endpoint that is not paused and a message that waits, and when that
/// message may be tried; the earliest first, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn due(link: &mut Link<'_>, limit: i64) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let query = sql("SELECT e.organisation, o.next_at FROM endpoints e JOIN outbox o ON o.recipient = e.organisation \
        AND o.number = (SELECT MIN(f.number) FROM outbox f WHERE f.recipient = e.organisation AND f.state = 'waiting') \
        WHERE e.paused = 0 ORDER BY o.next_at, e.organisation LIMIT $1");
    query.bind(limit).rows(link).await?.iter().map(|row| Ok((row.text(0)?, row.moment(1)?))).collect()
}

/// A recipient's messages that wait, in their order, at most `limit`: what is delivered to him.
///
/// # Errors
/// [`StoreError`]
pub async fn waiting(link: &mut Link<'_>, recipient: &str, limit: i64) -> Result<Vec<Letter>, StoreError> {
    in_state(link, recipient, ("waiting", 0), limit).await
}

/// A recipient's messages that he may fetch, in their order: those after a number, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn unfetched(
    link: &mut Link<'_>,
    recipient: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Letter>, StoreError> {
    // Two walks along the index: one over both states would pass everything that is done.
    let mut letters = in_state(link, recipient, ("waiting", after), limit).await?;
    letters.extend(in_state(link, recipient, ("fetch", after), limit).await?);
    letters.sort_by_key(|letter| letter.number);
    letters.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(letters)
}

async fn in_state(
    link: &mut Link<'_>,
    recipient: &str,
    (state, after): (&str, i64),
    limit: i64,
) -> Result<Vec<Letter>, StoreError> {
    let query = sql(letters!("WHERE recipient = $1 AND state = $2 AND number > $3 ORDER BY number LIMIT $4"));
    let query = query.bind(recipient).bind(state).bind(after).bind(limit);
    query.rows(link).await?.iter().map(letter).collect()
}

/// Messages that the endpoint of a recipient cannot take wait until he fetches them.
///
/// # Errors
/// [`StoreError`]
pub async fn leave_to_fetch(link: &mut Link<'_>, recipient: &str, ids: &[String], why: &str) -> Result<(), StoreError> {
    for ids in ids.chunks(64) {
        let query = built(format!(
            "UPDATE outbox SET state = 'fetch', error = $1 WHERE recipient = $2 AND state = 'waiting' AND id IN ({})",
            places(3, ids.len())
        ));
        query.bind(why).bind(recipient).bind_all(ids).execute(link).await?;
    }
    Ok(())
}

/// A recipient has an endpoint that takes whatever there is: what he had to fetch is sent to it.
///
/// # Errors
/// [`StoreError`]
pub async fn deliver_again(link: &mut Link<'_>, recipient: &str, now: Timestamp) -> Result<(), StoreError> {
    let query = sql("UPDATE outbox SET state = 'waiting', error = NULL, next_at = $2 \
        WHERE recipient = $1 AND state = 'fetch'");
    query.bind(recipient).bind(now).execute(link).await?;
    Ok(())
}

/// A page of the messages that were given up, newest first; of one recipient or of all.
///
/// # Errors
/// [`StoreError`]
pub async fn dead(
    link: &mut Link<'_>,
    recipient: Option<&str>,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Letter>, StoreError> {
    // Of one recipient by their numbers, of all by their time.
    let shape: &[cursor::Key] = if recipient.is_some() { &[cursor::NUMBER] } else { &[cursor::NUMBER, cursor::TEXT] };
    let before = cursor::read(after, shape)?;
    let query = match (recipient, before.is_some()) {
        (None, false) => sql(letters!("WHERE state = 'dead' ORDER BY created_at DESC, id DESC LIMIT $1")),
        (None, true) => sql(letters!(
            "WHERE state = 'dead' AND (created_at, id) < ($2, $3) \
            ORDER BY created_at DESC, id DESC LIMIT $1"
        )),
        (Some(_), false) => sql(letters!("WHERE recipient = $2 AND state = 'dead' ORDER BY number DESC LIMIT $1")),
        (Some(_), true) => sql(letters!(
            "WHERE recipient = $2 AND state = 'dead' AND number < $3 \
            ORDER BY number DESC LIMIT $1"
        )),
    };
    let query = query.bind(i64::from(limit) + 1);
    let query = if let Some(recipient) = recipient { query.bind(recipient) } else { query };
    let rows = query.bind_all(before.unwrap_or_default()).rows(link).await?;
    let mut rows: Vec<Letter> = rows.iter().map(letter).collect::<Result<_, _>>()?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    let place = |letter: &Letter| match recipient {
        Some(_) => cursor::write(&[cursor::Key::Number(letter.number)]),
        None => cursor::write(&[
            cursor::Key::Number(letter.created.as_microsecond()),
            cursor::Key::Text(letter.message.id.clone()),
        ]),
    };
    let next = rows.last().filter(|_| more).map(place);
    Ok(Page { rows, next })
}

/// Messages of a recipient were delivered, or he has fetched them and says so. Gives how many of
/// them waited: what is not his, or does not wait, stays as it is.
///
/// # Errors
/// [`StoreError`]
pub async fn delivered(
    link: &mut Link<'_>,
    recipient: &str,
    ids: &[String],
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for ids in ids.chunks(64) {
        let query = built(format!(
            "UPDATE outbox SET state = 'done', attempts = attempts + 1, done_at = $1, error = NULL \
             WHERE recipient = $2 AND state IN ('waiting', 'fetch') AND id IN ({})",
            places(3, ids.len())
        ));
        count += query.bind(now).bind(recipient).bind_all(ids).execute(link).await?;
    }
    Ok(count)
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

/// A message that was given up is given up for good: it is neither tried again nor listed. Says
/// whether it was one.
///
/// # Errors
/// [`StoreError`]
pub async fn give_up(link: &mut Link<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let query = sql("UPDATE outbox SET state = 'dropped', done_at = $2 WHERE id = $1 AND state = 'dead'");
    Ok(query.bind(id).bind(now).execute(link).await? > 0)
}

/// All messages to a recipient that were given up are tried again, in their old places.
///
/// # Errors
/// [`StoreError`]
pub async fn replay_all(link: &mut Link<'_>, recipient: &str, now: Timestamp) -> Result<u64, StoreError> {
    let query = sql("UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $2 \
        WHERE recipient = $1 AND state = 'dead'");
    query.bind(recipient).bind(now).execute(link).await
}

/// What was given up of a recipient's messages about a case is tried again, in its old places.
///
/// # Errors
/// [`StoreError`]
pub async fn replay_about(
    link: &mut Link<'_>,
    recipient: &str,
    case: CaseId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let query = sql("UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $3 \
        WHERE recipient = $1 AND state = 'dead' AND case_id = $2");
    query.bind(recipient).bind(case).bind(now).execute(link).await
}

/// Those of these messages that are about a declaration with a step that is stuck.
///
/// # Errors
/// [`StoreError`]
pub async fn about_stuck(link: &mut Link<'_>, ids: &[String]) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(64) {
        let query = built(format!(
            "SELECT o.id FROM outbox o WHERE o.id IN ({}) AND EXISTS (SELECT 1 FROM tasks t \
             WHERE t.case_id = COALESCE((SELECT d.declaration FROM dossiers d WHERE d.case_id = o.case_id), o.case_id) \
             AND t.state = 'stuck')",
            places(1, ids.len())
        ));
        for row in query.bind_all(ids).rows(link).await? {
            found.push(row.text(0)?);
        }
    }
    Ok(found)
}

/// A message by its id.
///
/// # Errors
/// [`StoreError`]
pub async fn by_id(link: &mut Link<'_>, id: &str) -> Result<Option<Letter>, StoreError> {
    sql(letters!("WHERE id = $1")).bind(id).row(link).await?.as_ref().map(letter).transpose()
}

fn letter(row: &Row) -> Result<Letter, StoreError> {
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
