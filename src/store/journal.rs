//! The journal: append-only, each case a chain of hashes, sealed across cases.
//!
//! An entry's hash is SHA-256 over the hash before it in its case (32 zero bytes for the first),
//! its number in the whole journal (eight bytes, the most significant first), and the SHA-256 of the
//! bytes of its event: long events are digested before their turn comes to be written. The event
//! says its case, its number in the case, its moment and its kind itself, so the hash covers every
//! column. Numbers have no gaps; [`seals`](super::seals) cover what is there at intervals. Nothing
//! can be changed, taken out, put in or put elsewhere without [`verify`](super::verify) naming the
//! entry; only entries after the last seal at the very end of the journal could go unseen, were it
//! not for the heads of their cases, which the projections keep.

use aws_lc_rs::digest;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Deserialize;

use super::StoreError;
use super::sql::{Link, Row, insert, sql};
use crate::clearance::case::{CaseId, Entry};

/// The hash of an entry.
pub type Hash = [u8; 32];

/// The hash before the first entry of a case, and before the first seal.
pub const NO_HASH: Hash = [0; 32];

/// Entries of a history that one thread reads at least.
const READ_TOGETHER: usize = 512;

/// Where a case's chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of its last entry; 0 before the first.
    pub number: u64,
    /// The hash of that entry.
    pub hash: Hash,
}

impl Head {
    /// Of a case without entries.
    pub const NONE: Self = Self { number: 0, hash: NO_HASH };
}

/// An entry as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its number in the whole journal.
    pub seq: i64,
    /// Its case.
    pub case: CaseId,
    /// Its number in the case.
    pub number: i64,
    /// Its moment, in microseconds since 1970.
    pub at: i64,
    /// Its kind.
    pub kind: String,
    /// Its event.
    pub event: String,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// What an event says of itself, for the comparison with the columns.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) at: Timestamp,
    pub(super) event: String,
}

/// The hash of an entry, with the digest of its event.
pub(super) fn hash(before: &Hash, seq: i64, digest: &Hash) -> Hash {
    sha256([before, &seq.to_be_bytes(), digest])
}

/// An entry as the journal keeps it.
#[derive(Debug)]
pub struct Written {
    /// Its text, [`Entry::to_json`].
    text: String,
    /// The text's SHA-256.
    digest: Hash,
}

impl Written {
    /// Writes an entry.
    pub fn new(entry: &Entry) -> Self {
        let text = entry.to_json();
        Self { digest: sha256([text.as_bytes()]), text }
    }
}

/// SHA-256 over parts that follow each other.
pub fn sha256<const N: usize>(parts: [&[u8]; N]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    finished(context)
}

/// What a SHA-256 comes to.
pub(super) fn finished(context: digest::Context) -> Hash {
    let mut hash = NO_HASH;
    // INVARIANT: both have 32 bytes.
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// A digest in hex.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number of the last entry in the journal.
pub async fn last_seq(link: &mut Link<'_>) -> Result<i64, StoreError> {
    sql("SELECT COALESCE(MAX(seq), 0) FROM journal").number(link).await
}

/// The entries that a transaction appends, in the order in which they were given.
#[derive(Debug)]
pub struct Appending {
    seq: i64,
    rows: Vec<[super::sql::Value; 7]>,
}

impl Appending {
    /// Begins after the journal's last entry. The transaction is the only writer.
    pub async fn begin(link: &mut Link<'_>) -> Result<Self, StoreError> {
        Ok(Self { seq: last_seq(link).await?, rows: Vec::new() })
    }

    /// Nothing is appended.
    pub fn none() -> Self {
        Self { seq: 0, rows: Vec::new() }
    }

    /// The number of the last entry.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Takes an entry in and moves the head of its case.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it does not follow the head.
    pub fn push(&mut self, head: &mut Head, entry: &Entry) -> Result<(), StoreError> {
        self.push_written(head, entry, Written::new(entry))
    }

    /// The same, written before.
    ///
    /// # Errors
    /// As [`Appending::push`].
    pub fn push_written(&mut self, head: &mut Head, entry: &Entry, written: Written) -> Result<(), StoreError> {
        if entry.number != head.number + 1 {
            return Err(StoreError::Damaged(format!(
                "entry {} of case {} does not follow entry {}",
                entry.number, entry.case, head.number
            )));
        }
        self.seq += 1;
        let hash = hash(&head.hash, self.seq, &written.digest);
        *head = Head { number: entry.number, hash };
        self.rows.push([
            self.seq.into(),
            entry.case.into(),
            i64::try_from(entry.number).unwrap_or(i64::MAX).into(),
            entry.at.into(),
            entry.event.kind().into(),
            written.text.into(),
            hash.into(),
        ]);
        Ok(())
    }

    /// Writes what was taken in.
    pub async fn write(&mut self, link: &mut Link<'_>) -> Result<(), StoreError> {
        const INTO: &str = "INSERT INTO journal (seq, case_id, number, at, kind, event, hash)";
        insert(link, INTO, "", std::mem::take(&mut self.rows)).await?;
        Ok(())
    }
}

/// What the journal has of a case.
#[derive(Debug, Clone)]
pub struct History {
    /// Where its chain ends.
    pub head: Head,
    /// Its entries in their order, each with its number in the journal.
    pub entries: Vec<(i64, Entry)>,
}

/// The history of a case, read at once; without entries where there is no such case.
///
/// # Errors
/// [`StoreError`]
pub async fn history(link: &mut Link<'_>, case: CaseId) -> Result<History, StoreError> {
    // The hash of the last one only: each value of a row is copied on its way here.
    let query = sql("SELECT seq, event, CASE WHEN number = (SELECT MAX(number) FROM journal WHERE case_id = $1) \
        THEN hash END FROM journal WHERE case_id = $1 ORDER BY number");
    let rows = query.bind(case).rows(link).await?;
    let read = |row: &Row| {
        let seq = row.number(0)?;
        let entry = row.with_text(1, Entry::from_json)?;
        let entry = entry.map_err(|error| StoreError::Damaged(format!("entry {seq} of the journal: {error}")))?;
        Ok((seq, entry))
    };
    // A long one is worth the way to other threads.
    let entries: Vec<(i64, Entry)> =
        rows.par_iter().with_min_len(READ_TOGETHER).map(read).collect::<Result<_, StoreError>>()?;
    let head = match (rows.last(), entries.last()) {
        (Some(row), Some((_, entry))) => Head { number: entry.number, hash: to_hash(&row.bytes(2)?)? },
        _ => Head::NONE,
    };
    Ok(History { head, entries })
}

/// The head of a case by its journal.
pub async fn head(link: &mut Link<'_>, case: CaseId) -> Result<Head, StoreError> {
    let query = sql("SELECT number, hash FROM journal WHERE case_id = $1 ORDER BY number DESC LIMIT 1");
    match query.bind(case).row(link).await? {
        None => Ok(Head::NONE),
        Some(row) => Ok(Head { number: u64::try_from(row.number(0)?).unwrap_or(0), hash: to_hash(&row.bytes(1)?)? }),
    }
}

pub(super) fn to_hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged(format!("a hash of {} bytes", bytes.len())))
}

/// Entries after `seq`, at most `limit`, in the order of the journal.
pub async fn after(link: &mut Link<'_>, seq: i64, limit: i64) -> Result<Vec<Kept>, StoreError> {
    let query =
        sql("SELECT seq, case_id, number, at, kind, event, hash FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2");
    let rows = query.bind(seq).bind(limit).rows(link).await?;
    rows.iter()
        .map(|row| {
            Ok(Kept {
                seq: row.number(0)?,
                case: row.case(1)?,
                number: row.number(2)?,
                at: row.number(3)?,
                kind: row.text(4)?,
                event: row.text(5)?,
                hash: row.bytes(6)?,
            })
        })
        .collect()
}
