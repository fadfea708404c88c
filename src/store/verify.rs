//! Whether the journal is whole: nothing changed, missing, put in or out of order.
//!
//! Everything is read as it was at one moment, so that a window at work can be verified. What is
//! wrong names its entry and no other: an entry whose hash was changed does not make the next one
//! wrong, and one that stands in another place is not missed in its own.

mod around;
mod attached;
mod chain;
mod kept;
mod raw;
mod seals;

use super::journal::NO_HASH;
use super::{Database, StoreError};
use chain::Chains;
use raw::Page;
use seals::Seals;

/// What a journal came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Its entries.
    pub entries: u64,
    /// Its cases.
    pub cases: u64,
    /// Its seals.
    pub seals: u64,
    /// The hash of the last seal: whoever notes it down elsewhere can tell whether all before it
    /// is what it was.
    pub last_seal: Option<super::journal::Hash>,
    /// Entries after the last seal.
    pub unsealed: u64,
    /// Messages that are kept.
    pub messages: u64,
    /// What is wrong, each naming its entry.
    pub defects: Vec<String>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.defects.is_empty()
    }
}

/// More defects than this are not told.
const DEFECTS_MAX: usize = 1_000;

fn note(defects: &mut Vec<String>, defect: String) {
    if defects.len() < DEFECTS_MAX {
        defects.push(defect);
    }
}

/// Checks the whole journal, the messages and the attachments. `progress` hears how many entries were read.
///
/// # Errors
/// [`StoreError`] where the database cannot be read.
pub async fn verify(database: &Database, mut progress: impl FnMut(u64)) -> Result<Verified, StoreError> {
    let mut snapshot = database.snapshot().await?;
    let link = &mut snapshot.link();
    let mut found = Verified::default();
    let mut chains = Chains::default();
    let mut seals = Seals::begin(link).await?;
    let mut after = None;
    loop {
        let entries = match raw::page(link, after, &mut found.defects).await? {
            Page::Entries(entries) => entries,
            Page::End => break,
            // The server answers nothing more within this transaction.
            Page::Unreadable => return Ok(found),
        };
        if after.zip(entries.last()).is_some_and(|(after, last)| last.seq <= after) {
            note(&mut found.defects, "the journal's entries are not in their order: the file is damaged".to_owned());
            return Ok(found);
        }
        let mut sound = Vec::with_capacity(entries.len());
        for entry in &entries {
            found.entries += 1;
            let outcome = chains.take(entry, &mut found.defects);
            if outcome.sound {
                seals.hear(entry);
                sound.push(entry);
            }
            if !outcome.displaced {
                seals.take(link, entry, &outcome.reckoned, &mut found.defects).await?;
            }
            after = Some(entry.seq);
        }
        around::references(link, &sound, &mut found.defects).await?;
        attached::references(link, &sound, &mut found.defects).await?;
        progress(found.entries);
    }
    chains.settle(&mut found.defects);
    found.cases = chains.cases();
    seals.finish(chains.last(), &mut found.defects);
    found.seals = seals.count;
    found.unsealed = seals.unsealed;
    found.last_seal = Some(seals.before).filter(|hash| *hash != NO_HASH);
    around::heads(link, &chains, &mut found.defects).await?;
    found.messages = kept::messages(link, &mut found.defects).await?;
    attached::contents(link, &mut found.defects).await?;
    around::file(link, &mut found.defects).await?;
    snapshot.end().await?;
    Ok(found)
}
