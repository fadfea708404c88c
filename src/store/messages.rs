//! Messages as they came, with the answers as they went: what makes a repetition harmless.

use jiff::Timestamp;

use super::sql::{Link, Value, built, insert, key, places, sql};
use super::{StoreError, journal};
use crate::clearance::case::CaseId;

/// What makes a message one: who sent it, and its id among his.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// The organisation that sent it.
    pub sender: String,
    /// Its id, or what stands for it.
    pub key: String,
}

/// An answer as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}

/// A message with its answer.
#[derive(Debug, Clone)]
pub struct Message {
    /// The id under which it is kept.
    pub id: String,
    /// What makes it one.
    pub key: MessageKey,
    /// SHA-256 of its bytes.
    pub digest: journal::Hash,
    /// The case that it belongs to.
    pub case: Option<CaseId>,
    /// Its format.
    pub format: String,
    /// When it came.
    pub received: Timestamp,
    /// Its bytes.
    pub content: Vec<u8>,
    /// What was answered.
    pub answer: Answer,
}

/// What is known of a message that came before.
#[derive(Debug, Clone)]
pub struct Before {
    /// SHA-256 of its bytes.
    pub digest: journal::Hash,
    /// Its case.
    pub case: Option<CaseId>,
    /// What was answered.
    pub answer: Answer,
}

/// Keys that one statement asks for.
const ASKED: usize = 64;

/// Which of the messages came before, and what was answered.
///
/// # Errors
/// [`StoreError`]
pub async fn find(link: &mut Link<'_>, keys: &[&MessageKey]) -> Result<Vec<(MessageKey, Before)>, StoreError> {
    let mut found = Vec::new();
    for keys in keys.chunks(ASKED) {
        // Always as many places, so that few statements are prepared; the rest asks for the first again.
        let size = if keys.len() > 8 { ASKED } else { 8 };
        let asked = (0..size).map(|at| keys.get(at).unwrap_or(&keys[0]));
        let query = match size {
            8 => sql(FIND_FEW),
            _ => built(find_many()),
        };
        let kept = |of: &MessageKey| [of.sender.clone(), key(&of.key)];
        let rows = query.bind_all(asked.flat_map(|asked| kept(asked))).rows(link).await?;
        for row in rows {
            let found_key = [row.text(0)?, row.text(1)?];
            // What was asked for, which may be longer than what is kept of it.
            let Some(asked) = keys.iter().find(|asked| kept(asked) == found_key) else { continue };
            let before = Before {
                digest: journal::to_hash(&row.bytes(2)?)?,
                case: row.maybe_case(3)?,
                answer: Answer {
                    status: u16::try_from(row.number(4)?).unwrap_or(500),
                    content_type: row.text(5)?,
                    body: row.bytes(6)?,
                },
            };
            found.push((MessageKey::clone(asked), before));
        }
    }
    Ok(found)
}

const FIND_FEW: &str = "SELECT sender, key, digest, case_id, answer_status, answer_type, answer FROM messages \
    WHERE (sender = $1 AND key = $2) OR (sender = $3 AND key = $4) OR (sender = $5 AND key = $6) \
    OR (sender = $7 AND key = $8) OR (sender = $9 AND key = $10) OR (sender = $11 AND key = $12) \
    OR (sender = $13 AND key = $14) OR (sender = $15 AND key = $16)";

fn find_many() -> String {
    let one = |at: usize| format!("(sender = ${} AND key = ${})", at * 2 + 1, at * 2 + 2);
    let all: Vec<String> = (0..ASKED).map(one).collect();
    format!(
        "SELECT sender, key, digest, case_id, answer_status, answer_type, answer FROM messages WHERE {}",
        all.join(" OR ")
    )
}

/// Keeps messages.
///
/// # Errors
/// [`StoreError`]
pub async fn keep(link: &mut Link<'_>, messages: Vec<Message>) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO messages (id, sender, key, digest, case_id, format, received_at, content, \
        answer_status, answer_type, answer)";
    let rows: Vec<[Value; 11]> = messages
        .into_iter()
        .map(|message| {
            [
                message.id.into(),
                message.key.sender.into(),
                key(&message.key.key).into(),
                message.digest.into(),
                message.case.into(),
                message.format.into(),
                message.received.into(),
                message.content.into(),
                i64::from(message.answer.status).into(),
                message.answer.content_type.into(),
                message.answer.body.into(),
            ]
        })
        .collect();
    insert(link, INTO, "", rows).await?;
    Ok(())
}

/// The media type in which a message was answered.
///
/// # Errors
/// [`StoreError`]
pub async fn answer_type(link: &mut Link<'_>, id: &str) -> Result<Option<String>, StoreError> {
    let row = sql("SELECT answer_type FROM messages WHERE id = $1").bind(id).row(link).await?;
    row.map(|row| row.text(0)).transpose()
}

/// The bytes of a message.
///
/// # Errors
/// [`StoreError`]
pub async fn content(link: &mut Link<'_>, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sql("SELECT content FROM messages WHERE id = $1").bind(id).row(link).await?;
    row.map(|row| row.bytes(0)).transpose()
}

/// The bytes of several messages by their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn contents(link: &mut Link<'_>, ids: &[String]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(ASKED) {
        let query = built(format!("SELECT id, content FROM messages WHERE id IN ({})", places(1, ids.len())));
        for row in query.bind_all(ids).rows(link).await? {
            found.push((row.text(0)?, row.bytes(1)?));
        }
    }
    Ok(found)
}
