//! What stands around the journal and speaks for it: the heads of the cases, the messages that
//! entries name, the file.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::super::StoreError;
use super::super::journal::hex;
use super::super::sql::{Link, built, places, sql};
use super::chain::Chains;
use super::note;
use super::raw::Raw;
use crate::clearance::case::CaseId;

/// The heads that projections keep, against the journal's.
pub(super) async fn heads(link: &mut Link<'_>, chains: &Chains, defects: &mut Vec<String>) -> Result<(), StoreError> {
    for (first, next) in [
        (
            "SELECT case_id, head, hash FROM declarations ORDER BY case_id LIMIT 2000",
            "SELECT case_id, head, hash FROM declarations WHERE case_id > $1 ORDER BY case_id LIMIT 2000",
        ),
        (
            "SELECT case_id, head, hash FROM dossiers ORDER BY case_id LIMIT 2000",
            "SELECT case_id, head, hash FROM dossiers WHERE case_id > $1 ORDER BY case_id LIMIT 2000",
        ),
        (
            "SELECT case_id, head, hash FROM accounts ORDER BY case_id LIMIT 2000",
            "SELECT case_id, head, hash FROM accounts WHERE case_id > $1 ORDER BY case_id LIMIT 2000",
        ),
    ] {
        let mut rows = sql(first).rows(link).await?;
        while let Some(last) = rows.last() {
            let last = last.text(0)?;
            for row in &rows {
                match (row.case(0), row.number(1)) {
                    (Ok(case), Ok(number)) => head(case, number, &row.raw(2).unwrap_or_default(), chains, defects),
                    (Err(error), _) | (_, Err(error)) => {
                        note(defects, format!("a row of a case: {error}; `motcua rebuild` puts it right"));
                    }
                }
            }
            rows = sql(next).bind(&last).rows(link).await?;
            if let Some(first) = rows.first()
                && !goes_on(&last, &first.text(0)?, "cases", defects)
            {
                break;
            }
        }
    }
    Ok(())
}

/// Whether a page comes after the one before. In a damaged file an index may lead back to where it
/// began, for ever.
pub(super) fn goes_on(before: &str, now: &str, what: &str, defects: &mut Vec<String>) -> bool {
    let goes_on = now > before;
    if !goes_on {
        note(defects, format!("{what} are not in their order after {before}: an index of the file is damaged"));
    }
    goes_on
}

fn head(case: CaseId, head: i64, hash: &[u8], chains: &Chains, defects: &mut Vec<String>) {
    let Some(chain) = chains.of(case) else {
        return note(defects, format!("case {case}: all its entries, up to {head}, are missing"));
    };
    if chain.number < head {
        let from = chain.number.saturating_add(1);
        if !chains.lacks(case, from) {
            let missing = if from == head {
                format!("case {case}: its entry {head} is missing")
            } else {
                format!("case {case}: its entries from {from} to {head} are missing")
            };
            note(defects, missing);
        }
    } else if chain.number > head {
        note(defects, format!("entry {}: case {case} ended with its entry {head}, this one came after", chain.seq));
    } else if hash != chain.kept && hash != chain.reckoned {
        note(defects, format!("entry {}: it is not the one that case {case} ended with", chain.seq));
    }
}

/// The messages that entries speak of, against those that are kept.
pub(super) async fn references(
    link: &mut Link<'_>,
    entries: &[&Raw],
    defects: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut spoken: HashMap<String, (i64, String)> = HashMap::new();
    for entry in entries {
        let event = entry.event.as_deref().unwrap_or_default();
        // Most events speak of none: they are not read for it.
        if memchr::memmem::find(event, br#""message":{"id":"#).is_none() {
            continue;
        }
        if let Ok(event) = serde_json::from_slice::<Json>(event) {
            find(&event, &mut |id, digest| {
                spoken.insert(id.to_owned(), (entry.seq, digest.to_owned()));
            });
        }
    }
    let ids: Vec<&String> = spoken.keys().collect();
    let mut kept: HashMap<String, Option<Vec<u8>>> = HashMap::new();
    for ids in ids.chunks(64) {
        let query = built(format!("SELECT id, digest FROM messages WHERE id IN ({})", places(1, ids.len())));
        for row in query.bind_all(ids.iter().copied()).rows(link).await? {
            kept.insert(row.text(0)?, row.raw(1));
        }
    }
    let mut wrong: Vec<(i64, String)> = Vec::new();
    for (id, (seq, digest)) in &spoken {
        let same = |bytes: &Option<Vec<u8>>| bytes.as_deref().is_some_and(|bytes| hex(bytes) == *digest);
        match kept.get(id) {
            None => wrong.push((*seq, format!("message {id}: entry {seq} speaks of it, and it is missing"))),
            Some(kept) if !same(kept) => {
                wrong.push((*seq, format!("message {id}: it is not the one that entry {seq} speaks of")));
            }
            Some(_) => {}
        }
    }
    wrong.sort();
    wrong.into_iter().for_each(|(_, defect)| note(defects, defect));
    Ok(())
}

/// Hears every message that an event speaks of: its id and its digest.
fn find(event: &Json, hear: &mut impl FnMut(&str, &str)) {
    match event {
        Json::Object(fields) => {
            for (name, value) in fields {
                let text = |name: &str| value.get(name).and_then(Json::as_str);
                match (text("id"), text("digest")) {
                    (Some(id), Some(digest)) if name == "message" => hear(id, digest),
                    _ => find(value, hear),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| find(item, hear)),
        _ => {}
    }
}

/// The file's own structure. An index that lost an entry hides it from its case, though the table
/// has it.
pub(super) async fn file(link: &mut Link<'_>, defects: &mut Vec<String>) -> Result<(), StoreError> {
    if !matches!(link, Link::Sqlite(_)) {
        return Ok(());
    }
    match sql("PRAGMA integrity_check(20)").rows(link).await {
        Ok(rows) => {
            for row in &rows {
                let said = row.text(0)?;
                if said != "ok" {
                    note(defects, format!("the file: {}", said.replace('\n', "; ")));
                }
            }
        }
        Err(StoreError::Damaged(error)) => note(defects, format!("the file: {error}")),
        Err(error) => return Err(error),
    }
    Ok(())
}
