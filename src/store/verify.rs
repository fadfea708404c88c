//! Whether the journal is whole: nothing changed, missing, put in or out of order.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::journal::{self, Hash, NO_HASH, Said};
use super::sql::{Link, sql};
use super::{Database, StoreError};
use crate::clearance::case::CaseId;

/// What a journal came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Its entries.
    pub entries: u64,
    /// Its cases.
    pub cases: u64,
    /// Its seals.
    pub seals: u64,
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

/// Entries read at once.
const PAGE: i64 = 2_000;
/// More defects than this are counted, not told.
const DEFECTS_MAX: usize = 1_000;

/// How the chain of a case stands. Where an entry does not fit its hash, either may be what was
/// changed: the next entry is allowed to follow both, so that it is not blamed.
struct Chain {
    number: i64,
    kept: Hash,
    reckoned: Hash,
}

/// Checks the whole journal and the messages. `progress` hears how many entries were read.
///
/// # Errors
/// [`StoreError`] where the database cannot be read.
pub async fn verify(database: &Database, mut progress: impl FnMut(u64)) -> Result<Verified, StoreError> {
    let mut reader = database.read().await?;
    let link = &mut reader.link();
    let mut found = Verified::default();
    let mut chains: HashMap<CaseId, Chain> = HashMap::new();
    let mut seals = Seals::begin(link).await?;
    let mut expected = 1;
    loop {
        let page = page(link, expected - 1).await?;
        let Some(last) = page.last() else { break };
        let last = last.seq;
        for kept in &page {
            found.entries += 1;
            if kept.seq != expected {
                let missing = if kept.seq == expected + 1 {
                    format!("entry {expected} is missing")
                } else {
                    format!("entries {expected} to {} are missing", kept.seq - 1)
                };
                note(&mut found.defects, missing);
            }
            expected = kept.seq + 1;
            entry(kept, &mut chains, &mut found.defects);
            seals.take(link, kept, &mut found.defects).await?;
        }
        progress(found.entries);
        if last >= i64::MAX - 1 {
            break;
        }
    }
    found.cases = chains.len() as u64;
    found.seals = seals.count;
    found.unsealed = seals.unsealed;
    seals.finish(&mut found.defects);
    heads(link, &chains, &mut found.defects).await?;
    found.messages = messages(link, &mut found.defects).await?;
    Ok(found)
}

async fn page(link: &mut Link<'_>, after: i64) -> Result<Vec<Raw>, StoreError> {
    let query =
        sql("SELECT seq, case_id, number, at, kind, event, hash FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2");
    let rows = query.bind(after).bind(PAGE).rows(link).await?;
    rows.iter()
        .map(|row| {
            Ok(Raw {
                seq: row.number(0)?,
                case: row.lossy(1)?,
                number: row.number(2)?,
                at: row.number(3)?,
                kind: row.lossy(4)?,
                event: row.lossy(5)?,
                hash: row.bytes(6)?,
            })
        })
        .collect()
}

/// An entry as it stands in the table, whatever stands there.
struct Raw {
    seq: i64,
    case: String,
    number: i64,
    at: i64,
    kind: String,
    event: String,
    hash: Vec<u8>,
}

fn note(defects: &mut Vec<String>, defect: String) {
    if defects.len() < DEFECTS_MAX {
        defects.push(defect);
    }
}

fn entry(kept: &Raw, chains: &mut HashMap<CaseId, Chain>, defects: &mut Vec<String>) {
    let seq = kept.seq;
    let mut wrong = |what: &str| note(defects, format!("entry {seq}: {what}"));
    let said: Result<Said, _> = serde_json::from_str(&kept.event);
    let case = match (&said, kept.case.parse::<CaseId>()) {
        (Err(_), Ok(case)) => {
            wrong("its event is not what was written");
            case
        }
        (Ok(said), Ok(case)) if said.case != case => {
            wrong("its case is not the one that its event says");
            said.case
        }
        (Ok(said), Err(_)) => {
            wrong("its case is not the one that its event says");
            said.case
        }
        (Err(_), Err(_)) => return wrong("neither its case nor its event is what was written"),
        (Ok(_), Ok(case)) => case,
    };
    if let Ok(said) = &said {
        if said.number != kept.number {
            wrong("its number is not the one that its event says");
        }
        if said.at.as_microsecond() != kept.at {
            wrong("its moment is not the one that its event says");
        }
        if said.event != kept.kind {
            wrong("its kind is not the one that its event says");
        }
    }
    let number = said.as_ref().map_or(kept.number, |said| said.number);
    let chain = chains.entry(case).or_insert(Chain { number: 0, kept: NO_HASH, reckoned: NO_HASH });
    if number != chain.number + 1 {
        wrong(&format!("it is entry {number} of its case, and entry {} was expected", chain.number + 1));
    }
    let by_kept = journal::hash(&chain.kept, seq, &kept.event);
    let by_reckoned = journal::hash(&chain.reckoned, seq, &kept.event);
    let hash = journal::to_hash(&kept.hash).ok();
    let fits = hash.is_some_and(|hash| hash == by_kept || hash == by_reckoned);
    if !fits {
        wrong("its hash does not fit: it, or the order of entries, was changed");
    }
    *chain = Chain { number, kept: hash.unwrap_or(by_kept), reckoned: by_kept };
}

/// The seals as they are met.
struct Seals {
    count: u64,
    unsealed: u64,
    before: Hash,
    next: Option<Seal>,
    hasher: Sha256,
    covered: i64,
}

struct Seal {
    number: i64,
    first: i64,
    last: i64,
    hash: Vec<u8>,
}

impl Seals {
    async fn begin(link: &mut Link<'_>) -> Result<Self, StoreError> {
        let next = Self::load(link, 0).await?;
        let mut hasher = Sha256::new();
        hasher.update(NO_HASH);
        Ok(Self { count: 0, unsealed: 0, before: NO_HASH, next, hasher, covered: 0 })
    }

    async fn load(link: &mut Link<'_>, after: i64) -> Result<Option<Seal>, StoreError> {
        let query =
            sql("SELECT number, first_seq, last_seq, hash FROM seals WHERE number > $1 ORDER BY number LIMIT 1");
        let row = query.bind(after).row(link).await?;
        row.map(|row| {
            Ok(Seal { number: row.number(0)?, first: row.number(1)?, last: row.number(2)?, hash: row.bytes(3)? })
        })
        .transpose()
    }

    async fn take(&mut self, link: &mut Link<'_>, kept: &Raw, defects: &mut Vec<String>) -> Result<(), StoreError> {
        let Some(seal) = &self.next else {
            self.unsealed += 1;
            return Ok(());
        };
        if seal.first != self.covered + 1 {
            note(defects, format!("seal {}: begins with entry {}, not {}", seal.number, seal.first, self.covered + 1));
            self.covered = seal.first - 1;
        }
        self.hasher.update(kept.seq.to_be_bytes());
        self.hasher.update(&kept.hash);
        if kept.seq < seal.last {
            return Ok(());
        }
        let hash: Hash = self.hasher.finalize_reset().into();
        if seal.hash != hash {
            note(
                defects,
                format!("seal {}: entries {} to {} are not those that it sealed", seal.number, seal.first, seal.last),
            );
        }
        self.count += 1;
        self.covered = seal.last;
        self.before = journal::to_hash(&seal.hash).unwrap_or(hash);
        self.hasher.update(self.before);
        self.next = Self::load(link, seal.number).await?;
        Ok(())
    }

    fn finish(&self, defects: &mut Vec<String>) {
        if let Some(seal) = &self.next {
            note(defects, format!("seal {}: entries up to {} were sealed, and are missing", seal.number, seal.last));
        }
    }
}

/// The heads that projections keep, against the journal's.
async fn heads(
    link: &mut Link<'_>,
    chains: &HashMap<CaseId, Chain>,
    defects: &mut Vec<String>,
) -> Result<(), StoreError> {
    for (first, next) in [
        (
            "SELECT case_id, head, hash FROM declarations ORDER BY case_id LIMIT 2000",
            "SELECT case_id, head, hash FROM declarations WHERE case_id > $1 ORDER BY case_id LIMIT 2000",
        ),
        (
            "SELECT case_id, head, hash FROM dossiers ORDER BY case_id LIMIT 2000",
            "SELECT case_id, head, hash FROM dossiers WHERE case_id > $1 ORDER BY case_id LIMIT 2000",
        ),
    ] {
        let mut rows = sql(first).rows(link).await?;
        while let Some(last) = rows.last() {
            let last = last.text(0)?;
            for row in &rows {
                let (case, head, hash) = (row.case(0)?, row.number(1)?, row.bytes(2)?);
                match chains.get(&case) {
                    None => note(defects, format!("case {case}: its entries are missing")),
                    Some(chain) if chain.number < head => {
                        let missing = chain.number + 1;
                        note(defects, format!("case {case}: its entries from {missing} to {head} are missing"));
                    }
                    Some(chain) if chain.number > head || hash != chain.kept && hash != chain.reckoned => {
                        note(defects, format!("case {case}: entry {head} is not the one that it ended with"));
                    }
                    Some(_) => {}
                }
            }
            rows = sql(next).bind(last).rows(link).await?;
        }
    }
    Ok(())
}

/// The messages that are kept, against their digests.
async fn messages(link: &mut Link<'_>, defects: &mut Vec<String>) -> Result<u64, StoreError> {
    let mut count = 0;
    let mut after = String::new();
    loop {
        let query = sql("SELECT id, digest, content FROM messages WHERE id > $1 ORDER BY id LIMIT 200");
        let rows = query.bind(&after).rows(link).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        let last = last.text(0)?;
        for row in &rows {
            count += 1;
            let digest: Hash = Sha256::digest(row.bytes(2)?).into();
            if row.bytes(1)? != digest {
                note(defects, format!("message {}: its bytes are not those that came", row.text(0)?));
            }
        }
        after = last;
    }
}
