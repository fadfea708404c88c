//! Seals across cases: what the journal and the kept messages were until a moment.
//!
//! A seal covers the entries since the one before, and the messages that were kept until then. Its
//! hash is SHA-256 over the seal before, its own columns, and the numbers and hashes of its entries
//! in their order; of the messages it has their count, and SHA-256 over their hashes, in the order
//! of when they were kept. An entry of the journal says that there is such a seal and what its hash
//! is, so that none can be taken away or made anew unseen.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::journal::{self, Appending, Hash, NO_HASH, to_hash};
use super::sql::{Link, sql};
use super::{Database, StoreError};
use crate::clearance::case::window::{WINDOW, WindowEvent};
use crate::clearance::case::{Author, Entry, Event};

/// Entries that one seal covers at most.
pub const ENTRIES_MAX: i64 = 10_000;
/// Messages whose hashes are read at once.
const MESSAGES: i64 = 2_000;

/// A seal as it stands in its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal {
    pub(super) number: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    /// Microseconds since 1970.
    pub(super) at: i64,
    /// How many messages it covers.
    pub(super) messages: i64,
    /// Over their hashes.
    pub(super) messages_hash: Hash,
}

impl Seal {
    /// Begins its hash; its entries follow, each with [`Seal::cover`].
    pub(super) fn begin(&self, before: &Hash) -> Sha256 {
        let mut hasher = Sha256::new();
        hasher.update(before);
        for column in [self.number, self.first, self.last, self.at, self.messages] {
            hasher.update(column.to_be_bytes());
        }
        hasher.update(self.messages_hash);
        hasher
    }

    /// An entry that it covers.
    pub(super) fn cover(hasher: &mut Sha256, seq: i64, hash: &[u8]) {
        hasher.update(seq.to_be_bytes());
        hasher.update(hash);
    }

    /// The messages that a seal covers lie up to this number, that of the entry after its last: when
    /// it was made, none of them could come any more.
    pub(super) fn messages_until(last: i64) -> i64 {
        last.saturating_add(1)
    }
}

/// The messages that were kept when the journal's next entry had a number in a range.
pub(super) struct Between {
    after: i64,
    until: i64,
    page: Option<(i64, String)>,
}

impl Between {
    /// After `after`, up to `until`.
    pub(super) fn new(after: i64, until: i64) -> Self {
        Self { after, until, page: None }
    }

    /// The hashes of the next ones; empty at their end.
    pub(super) async fn next(&mut self, link: &mut Link<'_>) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        const FIRST: &str = "SELECT next_seq, id, hash FROM messages WHERE next_seq > $1 AND next_seq <= $2 \
            ORDER BY next_seq, id LIMIT $3";
        const NEXT: &str = "SELECT next_seq, id, hash FROM messages WHERE (next_seq, id) > ($1, $4) AND next_seq <= $2 \
            ORDER BY next_seq, id LIMIT $3";
        let query = match &self.page {
            None => sql(FIRST).bind(self.after).bind(self.until).bind(MESSAGES),
            Some((seq, id)) => sql(NEXT).bind(*seq).bind(self.until).bind(MESSAGES).bind(id),
        };
        let rows = query.rows(link).await?;
        if let Some(last) = rows.last() {
            self.page = Some((last.number(0)?, last.text(1)?));
        }
        rows.iter().map(|row| Ok((row.text(1)?, row.raw(2).unwrap_or_default()))).collect()
    }
}

/// The hash of a seal by its number.
///
/// # Errors
/// [`StoreError`]
pub async fn hash(link: &mut Link<'_>, number: i64) -> Result<Option<Hash>, StoreError> {
    let row = sql("SELECT hash FROM seals WHERE number = $1").bind(number).row(link).await?;
    row.map(|row| to_hash(&row.bytes(0)?)).transpose()
}

/// Seals what came since the last seal; gives how many entries. Does nothing where there is nothing.
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
    let (number, last_seq, before) = match &last {
        None => (0, 0, NO_HASH),
        Some(row) => (row.number(0)?, row.number(1)?, to_hash(&row.bytes(2)?)?),
    };
    let query = sql("SELECT seq, hash, kind FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2");
    let rows = query.bind(last_seq).bind(ENTRIES_MAX).rows(link).await?;
    let entries = rows.iter().map(|row| Ok((row.number(0)?, row.bytes(1)?)));
    let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
    let (Some((first_seq, _)), Some((until, _))) = (entries.first(), entries.last()) else { return Ok(0) };
    let messages_after = last.map_or(0, |_| Seal::messages_until(last_seq));
    let mut between = Between::new(messages_after, Seal::messages_until(*until));
    let (mut messages, mut hasher) = (0, Sha256::new());
    loop {
        let page = between.next(link).await?;
        if page.is_empty() {
            break;
        }
        for (_, hash) in page {
            messages += 1;
            hasher.update(hash);
        }
    }
    // That the last seal was made is no reason for another.
    if messages == 0 && rows.iter().all(|row| row.text(2).is_ok_and(|kind| kind == WindowEvent::SEALED)) {
        return Ok(0);
    }
    let seal = Seal {
        number: number + 1,
        first: *first_seq,
        last: *until,
        at: now.as_microsecond(),
        messages,
        messages_hash: hasher.finalize().into(),
    };
    let mut hasher = seal.begin(&before);
    for (seq, hash) in &entries {
        Seal::cover(&mut hasher, *seq, hash);
    }
    let hash: Hash = hasher.finalize().into();
    put(link, &seal, hash).await?;
    tell(link, &seal, hash, now).await?;
    Ok(entries.len() as u64)
}

async fn put(link: &mut Link<'_>, seal: &Seal, hash: Hash) -> Result<(), StoreError> {
    let insert = sql("INSERT INTO seals (number, first_seq, last_seq, at, messages, messages_hash, hash) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)");
    let insert = insert.bind(seal.number).bind(seal.first).bind(seal.last).bind(seal.at);
    insert.bind(seal.messages).bind(seal.messages_hash).bind(hash).execute(link).await?;
    Ok(())
}

/// Writes into the journal that there is a seal.
async fn tell(link: &mut Link<'_>, seal: &Seal, hash: Hash, now: Timestamp) -> Result<(), StoreError> {
    let mut head = journal::head(link, WINDOW).await?;
    let event = Event::Window(WindowEvent::Sealed { seal: seal.number, hash: journal::hex(&hash) });
    let entry = Entry { case: WINDOW, number: head.number + 1, at: now, by: Author::system(), event };
    let mut appending = Appending::begin(link).await?;
    appending.push(&mut head, &entry)?;
    appending.write(link).await
}
