//! The journal: append-only, each case a chain of hashes, sealed across cases.
//!
//! An entry's hash is SHA-256 over the hash before it in its case (32 zero bytes for the first),
//! its number in the whole journal (eight bytes, the most significant first), and the bytes of its
//! event. The event says its case, its number in the case, its moment and its kind itself, so the
//! hash covers every column. A seal's hash is SHA-256 over the seal before, its own columns, and
//! the numbers and hashes of its entries in their order. Numbers have no gaps. Nothing can be
//! changed, taken out, put in or put elsewhere without [`verify`](super::verify) naming the entry;
//! only entries after the last seal at the very end of the journal could go unseen, were it not for
//! the heads of their cases, which the projections keep.

use aws_lc_rs::digest;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::sql::{Link, Row, insert, sql};
use super::{Database, StoreError};
use crate::clearance::case::{CaseId, Entry};

/// The hash of an entry.
pub type Hash = [u8; 32];

/// The hash before the first entry of a case, and before the first seal.
pub const NO_HASH: Hash = [0; 32];

/// Entries of a history that one thread reads at least.
const READ_TOGETHER: usize = 512;

/// Entries that one seal covers at most.
pub const SEAL_ENTRIES_MAX: i64 = 10_000;

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

/// The hash of an entry.
pub(super) fn hash(before: &Hash, seq: i64, event: &[u8]) -> Hash {
    sha256([before, &seq.to_be_bytes(), event])
}

/// SHA-256 over parts that follow each other.
pub fn sha256<const N: usize>(parts: [&[u8]; N]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = NO_HASH;
    // INVARIANT: both have 32 bytes.
    hash.copy_from_slice(context.finish().as_ref());
    hash
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
        self.push_written(head, entry, entry.to_json())
    }

    /// The same with its text, [`Entry::to_json`].
    ///
    /// # Errors
    /// As [`Appending::push`].
    pub fn push_written(&mut self, head: &mut Head, entry: &Entry, event: String) -> Result<(), StoreError> {
        if entry.number != head.number + 1 {
            return Err(StoreError::Damaged(format!(
                "entry {} of case {} does not follow entry {}",
                entry.number, entry.case, head.number
            )));
        }
        self.seq += 1;
        let hash = hash(&head.hash, self.seq, event.as_bytes());
        *head = Head { number: entry.number, hash };
        self.rows.push([
            self.seq.into(),
            entry.case.into(),
            i64::try_from(entry.number).unwrap_or(i64::MAX).into(),
            entry.at.into(),
            entry.event.kind().into(),
            event.into(),
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

/// A seal as it stands in its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal {
    pub(super) number: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    /// Microseconds since 1970.
    pub(super) at: i64,
}

impl Seal {
    /// Begins its hash; its entries follow, each with [`Seal::cover`].
    pub(super) fn begin(&self, before: &Hash) -> Sha256 {
        let mut hasher = Sha256::new();
        hasher.update(before);
        for column in [self.number, self.first, self.last, self.at] {
            hasher.update(column.to_be_bytes());
        }
        hasher
    }

    /// An entry that it covers.
    pub(super) fn cover(hasher: &mut Sha256, seq: i64, hash: &[u8]) {
        hasher.update(seq.to_be_bytes());
        hasher.update(hash);
    }
}

/// The hash of a seal by its number.
///
/// # Errors
/// [`StoreError`]
pub async fn seal_hash(link: &mut Link<'_>, number: i64) -> Result<Option<Hash>, StoreError> {
    let row = sql("SELECT hash FROM seals WHERE number = $1").bind(number).row(link).await?;
    row.map(|row| to_hash(&row.bytes(0)?)).transpose()
}

/// Seals the entries since the last seal; gives their count. Does nothing where there are none.
///
/// # Errors
/// [`StoreError`] where the database fails; what was sealed until then stays so.
pub async fn seal(database: &Database, now: Timestamp) -> Result<u64, StoreError> {
    let mut sealed = 0;
    loop {
        let mut writer = database.write().await?;
        let entries = seal_next(&mut writer.link(), now).await?;
        if entries == 0 {
            writer.roll_back().await?;
            return Ok(sealed);
        }
        writer.commit().await?;
        sealed += entries;
    }
}

/// Seals the next entries, as many as one seal covers; gives their count.
async fn seal_next(link: &mut Link<'_>, now: Timestamp) -> Result<u64, StoreError> {
    let last = sql("SELECT number, last_seq, hash FROM seals ORDER BY number DESC LIMIT 1").row(link).await?;
    let (number, last_seq, before) = match last {
        None => (0, 0, NO_HASH),
        Some(row) => (row.number(0)?, row.number(1)?, to_hash(&row.bytes(2)?)?),
    };
    let query = sql("SELECT seq, hash FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2");
    let rows = query.bind(last_seq).bind(SEAL_ENTRIES_MAX).rows(link).await?;
    let entries = rows.iter().map(|row| Ok((row.number(0)?, row.bytes(1)?)));
    let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
    let (Some((first, _)), Some((last, _))) = (entries.first(), entries.last()) else { return Ok(0) };
    let seal = Seal { number: number + 1, first: *first, last: *last, at: now.as_microsecond() };
    let mut hasher = seal.begin(&before);
    for (seq, hash) in &entries {
        Seal::cover(&mut hasher, *seq, hash);
    }
    let hash: Hash = hasher.finalize().into();
    let insert = sql("INSERT INTO seals (number, first_seq, last_seq, at, hash) VALUES ($1, $2, $3, $4, $5)");
    insert.bind(seal.number).bind(seal.first).bind(seal.last).bind(seal.at).bind(hash).execute(link).await?;
    Ok(entries.len() as u64)
}
