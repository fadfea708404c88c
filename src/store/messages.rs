//! Messages as they came, with the answers as they went: what makes a repetition harmless.

use aws_lc_rs::digest;
use jiff::Timestamp;

use super::sql::{Link, Value, built, clean, insert, key, looked_up, looked_up_values, places, sql};
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
        let kept: Vec<[String; 2]> = keys.iter().map(|of| [of.sender.clone(), key(&of.key)]).collect();
        // Almost all are new: their ids are looked for, each by the index whatever the server knows of
        // the table.
        let rows = looked_up(keys.len(), 2);
        let query = built(format!(
            "SELECT a.column1, (SELECT MIN(m.id) FROM messages m WHERE m.sender = a.column2 AND m.key = a.column3) \
             FROM (VALUES {rows}) AS a"
        ));
        let places = looked_up_values(&kept);
        for row in query.bind_all(places).rows(link).await? {
            let Some(id) = row.maybe_text(1)? else { continue };
            let at = row.text(0)?.parse::<usize>().unwrap_or(usize::MAX);
            let Some(asked) = keys.get(at) else { continue };
            if let Some(before) = before(link, &id).await? {
                found.push((MessageKey::clone(asked), before));
            }
        }
    }
    Ok(found)
}

async fn before(link: &mut Link<'_>, id: &str) -> Result<Option<Before>, StoreError> {
    let query = sql("SELECT digest, case_id, answer_status, answer_type, answer FROM messages WHERE id = $1");
    let Some(row) = query.bind(id).row(link).await? else { return Ok(None) };
    Ok(Some(Before {
        digest: journal::to_hash(&row.bytes(0)?)?,
        case: row.maybe_case(1)?,
        answer: Answer {
            status: u16::try_from(row.number(2)?).unwrap_or(500),
            content_type: row.text(3)?,
            body: row.bytes(4)?,
        },
    }))
}

/// What a seal covers of a kept message: its columns as they are kept, its own bytes by their digest.
#[derive(Debug)]
pub(super) struct Columns<'m> {
    /// Id, sender, key, digest, case (empty: none), format, the answer's media type and its bytes.
    pub(super) parts: [&'m [u8]; 8],
    /// When it came, the status of its answer, the number of the journal's next entry.
    pub(super) numbers: [i64; 3],
}

impl Columns<'_> {
    /// The hash that stands beside them.
    pub(super) fn hash(&self) -> journal::Hash {
        let mut whole = digest::Context::new(&digest::SHA256);
        for number in self.numbers {
            whole.update(&number.to_be_bytes());
        }
        for part in self.parts {
            whole.update(&(part.len() as u64).to_be_bytes());
            whole.update(part);
        }
        journal::finished(whole)
    }
}

/// Keeps messages; `next_seq` is the number of the journal's next entry.
///
/// # Errors
/// [`StoreError`]
pub async fn keep(link: &mut Link<'_>, messages: Vec<Message>, next_seq: i64) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO messages (id, sender, key, digest, case_id, format, received_at, content, \
        answer_status, answer_type, answer, next_seq, hash)";
    let rows: Vec<[Value; 13]> = messages
        .into_iter()
        .map(|message| {
            let [id, sender, format] = [message.id, message.key.sender, message.format].map(clean);
            let (key, answer_type) = (clean(key(&message.key.key)), clean(message.answer.content_type));
            let case = message.case.map(|case| case.to_string());
            let (received, status) = (message.received.as_microsecond(), i64::from(message.answer.status));
            let parts = [
                id.as_bytes(),
                sender.as_bytes(),
                key.as_bytes(),
                &message.digest,
                case.as_deref().unwrap_or_default().as_bytes(),
                format.as_bytes(),
                answer_type.as_bytes(),
                &message.answer.body,
            ];
            let hash = Columns { parts, numbers: [received, status, next_seq] }.hash();
            [
                id.into(),
                sender.into(),
                key.into(),
                message.digest.into(),
                case.into(),
                format.into(),
                received.into(),
                message.content.into(),
                status.into(),
                answer_type.into(),
                message.answer.body.into(),
                next_seq.into(),
                hash.into(),
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
