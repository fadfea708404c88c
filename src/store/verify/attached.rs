//! The attachments that the journal speaks of, and their bytes.

use std::collections::HashMap;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::super::StoreError;
use super::super::journal::{Hash, hex};
use super::super::sql::{Link, built, places, sql};
use super::around::goes_on;
use super::note;
use super::raw::Raw;

/// The attachments that entries speak of, against those that are kept.
pub(super) async fn references(
    link: &mut Link<'_>,
    entries: &[&Raw],
    defects: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut spoken: Vec<(i64, String, String)> = Vec::new();
    for entry in entries {
        let event = entry.event.as_deref().unwrap_or_default();
        if memchr::memmem::find(event, br#""data":{"attachment":""#).is_none() {
            continue;
        }
        let Ok(event) = serde_json::from_slice::<Json>(event) else { continue };
        let text = |name: &str| event["data"][name].as_str().map(str::to_owned);
        if let (Some(id), Some(digest)) = (text("attachment"), text("digest")) {
            spoken.push((entry.seq, id, digest));
        }
    }
    let mut kept: HashMap<String, String> = HashMap::new();
    for some in spoken.chunks(64) {
        let query = built(format!("SELECT id, digest FROM attachments WHERE id IN ({})", places(1, some.len())));
        for row in query.bind_all(some.iter().map(|(_, id, _)| id)).rows(link).await? {
            kept.insert(row.text(0)?, row.raw(1).map(|digest| hex(&digest)).unwrap_or_default());
        }
    }
    for (seq, id, digest) in spoken {
        match kept.get(&id) {
            None => note(defects, format!("attachment {id}: entry {seq} speaks of it, and it is missing")),
            Some(kept) if *kept != digest => {
                note(defects, format!("attachment {id}: it is not the one that entry {seq} speaks of"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The attachments that are kept, against their digests.
pub(super) async fn contents(link: &mut Link<'_>, defects: &mut Vec<String>) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        // One by one: each may be large.
        let query = sql("SELECT id, digest, content FROM attachments WHERE id > $1 ORDER BY id LIMIT 1");
        let Some(row) = query.bind(&after).row(link).await? else { return Ok(()) };
        let next = row.text(0)?;
        if !goes_on(&after, &next, "attachments", defects) {
            return Ok(());
        }
        after = next;
        let digest: Hash = Sha256::digest(row.raw(2).unwrap_or_default()).into();
        if row.raw(1).as_deref() != Some(&digest) {
            note(defects, format!("attachment {after}: its bytes are not those that came"));
        }
    }
}
