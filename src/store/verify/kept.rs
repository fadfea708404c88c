//! The messages that are kept with their answers, against their digests and hashes.

use sha2::{Digest as _, Sha256};

use super::super::StoreError;
use super::super::journal::Hash;
use super::super::messages::Columns;
use super::super::seals::Between;
use super::super::sql::{Link, Row, sql};
use super::around::goes_on;
use super::note;

/// Every message: whether its bytes are those of its digest, and everything else what it was.
pub(super) async fn messages(link: &mut Link<'_>, defects: &mut Vec<String>) -> Result<u64, StoreError> {
    const PAGE: &str = "SELECT id, sender, key, digest, case_id, format, answer_type, answer, received_at, \
        answer_status, next_seq, hash, content FROM messages WHERE id > $1 ORDER BY id LIMIT 200";
    let mut count = 0;
    let mut after = String::new();
    loop {
        let rows = sql(PAGE).bind(&after).rows(link).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        let last = last.text(0)?;
        if !goes_on(&after, &last, "messages", defects) {
            return Ok(count);
        }
        for row in &rows {
            count += 1;
            let digest: Hash = Sha256::digest(row.raw(12).unwrap_or_default()).into();
            if row.raw(3).as_deref() != Some(&digest) {
                note(defects, format!("message {}: its bytes are not those that came", row.text(0)?));
            }
            if row.raw(11).as_deref() != Some(&reckoned(row)) {
                let wrong = "its answer, or what else is kept with it, is not what it was";
                note(defects, format!("message {}: {wrong}", row.text(0)?));
            }
        }
        after = last;
    }
}

/// The hash that a message should have by its columns.
fn reckoned(row: &Row) -> Hash {
    // The digest and the answer are bytes, the others are texts.
    let part = |at| if matches!(at, 3 | 7) { row.raw_bytes(at) } else { row.raw_text(at) };
    let parts: [Vec<u8>; 8] = std::array::from_fn(|at| part(at).unwrap_or_default());
    // What is no number fits no hash.
    let numbers = [8, 9, 10].map(|at| row.number(at).unwrap_or(-1));
    Columns { parts: parts.each_ref().map(Vec::as_slice), numbers }.hash()
}

/// Whether so many messages with this hash over all of theirs lie in a range. One that was changed
/// itself is named by itself: then its hash is what it should be, or was.
pub(super) async fn are_sealed(
    link: &mut Link<'_>,
    (after, until): (i64, i64),
    (sealed, hash): (i64, Hash),
) -> Result<bool, StoreError> {
    const ONE: &str = "SELECT id, sender, key, digest, case_id, format, answer_type, answer, received_at, \
        answer_status, next_seq FROM messages WHERE id = $1";
    let (mut count, mut kept) = (0, Sha256::new());
    let mut between = Between::new(after, until);
    loop {
        let page = between.next(link).await?;
        if page.is_empty() {
            break;
        }
        for (_, hash) in page {
            count += 1;
            kept.update(hash);
        }
    }
    if count != sealed || Hash::from(kept.finalize()) == hash {
        return Ok(count == sealed);
    }
    let mut by_columns = Sha256::new();
    let mut between = Between::new(after, until);
    loop {
        let page = between.next(link).await?;
        if page.is_empty() {
            return Ok(Hash::from(by_columns.finalize()) == hash);
        }
        for (id, _) in page {
            if let Some(row) = sql(ONE).bind(&id).row(link).await? {
                by_columns.update(reckoned(&row));
            }
        }
    }
}
