//! The seals, as the entries that they cover go by.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::StoreError;
use super::super::journal::{self, Hash, NO_HASH};
use super::super::seals::Seal;
use super::super::sql::{Link, sql};
use super::raw::Raw;
use super::{kept, note};
use crate::clearance::case::window::WindowEvent;

/// The seals as they are met.
pub(super) struct Seals {
    /// How many were met.
    pub(super) count: u64,
    /// Entries that none covers.
    pub(super) unsealed: u64,
    /// The hash of the last, as it is kept.
    pub(super) before: Hash,
    /// And as it should be, as far as that can be told.
    before_reckoned: Hash,
    next: Option<Open>,
    covered: i64,
    seen: i64,
    /// The hash of each as it is kept, and of those that entries speak of as they say, with the
    /// entry's number.
    met: BTreeMap<i64, Option<Hash>>,
    told: BTreeMap<i64, (i64, String)>,
    /// Those of which something was said already.
    named: BTreeSet<i64>,
}

/// What an entry says of a seal.
#[derive(Deserialize)]
struct Telling {
    data: WindowTold,
}

#[derive(Deserialize)]
struct WindowTold {
    seal: i64,
    hash: String,
}

/// A seal whose entries go by.
struct Open {
    seal: Seal,
    hash: Option<Hash>,
    /// Entries of it are missing, which is told of them.
    lacks: bool,
    /// Over the hashes as they are kept.
    kept: Sha256,
    /// Over the hashes as they should be: where only one was changed, it is not the seal's fault.
    reckoned: Sha256,
}

impl Seals {
    pub(super) async fn begin(link: &mut Link<'_>) -> Result<Self, StoreError> {
        let (before, before_reckoned) = (NO_HASH, NO_HASH);
        let mut seals = Self {
            count: 0,
            unsealed: 0,
            before,
            before_reckoned,
            next: None,
            covered: 0,
            seen: 0,
            met: BTreeMap::new(),
            told: BTreeMap::new(),
            named: BTreeSet::new(),
        };
        seals.next = seals.load(link, None).await?;
        Ok(seals)
    }

    async fn load(&self, link: &mut Link<'_>, after: Option<i64>) -> Result<Option<Open>, StoreError> {
        const FIRST: &str = "SELECT number, first_seq, last_seq, at, messages, messages_hash, hash FROM seals \
            ORDER BY number LIMIT 1";
        const NEXT: &str = "SELECT number, first_seq, last_seq, at, messages, messages_hash, hash FROM seals \
            WHERE number > $1 ORDER BY number LIMIT 1";
        let query = after.map_or_else(|| sql(FIRST), |after| sql(NEXT).bind(after));
        let Some(row) = query.row(link).await? else { return Ok(None) };
        // What is no number does not fit the hash.
        let number = |at: usize| row.number(at).unwrap_or_default();
        if after.is_some_and(|after| row.number(0).is_ok_and(|number| number <= after)) {
            return Err(StoreError::Damaged(format!(
                "the seals are not in their order after seal {}",
                after.unwrap_or(0)
            )));
        }
        let hash = |at: usize| row.raw(at).and_then(|hash| journal::to_hash(&hash).ok());
        let (messages, messages_hash) = (number(4), hash(5).unwrap_or(NO_HASH));
        let (first, last, at) = (number(1), number(2), number(3));
        let seal = Seal { number: row.number(0)?, first, last, at, messages, messages_hash };
        let hash = hash(6);
        let (kept, reckoned) = (seal.begin(&self.before), seal.begin(&self.before_reckoned));
        Ok(Some(Open { seal, hash, lacks: false, kept, reckoned }))
    }

    /// Takes an entry in; `reckoned` is its hash as it should be.
    pub(super) async fn take(
        &mut self,
        link: &mut Link<'_>,
        entry: &Raw,
        reckoned: &Hash,
        defects: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let missing = std::mem::replace(&mut self.seen, entry.seq).saturating_add(1)..entry.seq;
        loop {
            if let Some(open) = &mut self.next {
                open.lacks |= !missing.is_empty() && open.seal.first < missing.end && open.seal.last >= missing.start;
            }
            // A seal whose columns were changed ends before its entries do.
            match self.next.take_if(|open| open.seal.last < entry.seq) {
                Some(open) => self.close(link, open, defects).await?,
                None => break,
            }
        }
        let Some(open) = &mut self.next else {
            // That there is a seal speaks for itself.
            self.unsealed += u64::from(entry.kind.as_deref() != Some(WindowEvent::SEALED.as_bytes()));
            return Ok(());
        };
        Seal::cover(&mut open.kept, entry.seq, entry.hash.as_deref().unwrap_or_default());
        Seal::cover(&mut open.reckoned, entry.seq, reckoned);
        if let Some(open) = self.next.take_if(|open| open.seal.last == entry.seq) {
            self.close(link, open, defects).await?;
        }
        Ok(())
    }

    async fn close(&mut self, link: &mut Link<'_>, open: Open, defects: &mut Vec<String>) -> Result<(), StoreError> {
        let Open { seal, hash, lacks, kept, reckoned } = open;
        let (kept, reckoned): (Hash, Hash) = (kept.finalize().into(), reckoned.finalize().into());
        let in_order = seal.number == i64::try_from(self.count).unwrap_or(i64::MAX).saturating_add(1);
        let entries = format!("entries {} to {}", seal.first, seal.last);
        let wrong = if !in_order || seal.first != self.covered.saturating_add(1) {
            Some("it does not follow the one before; some are missing".to_owned())
        } else if !lacks && hash != Some(kept) && hash != Some(reckoned) {
            Some(format!("it was changed, or {entries} are not those that it sealed"))
        } else {
            let after = if seal.number == 1 { 0 } else { Seal::messages_until(self.covered) };
            let range = (after, Seal::messages_until(seal.last));
            let sealed = kept::are_sealed(link, range, (seal.messages, seal.messages_hash)).await?;
            (!sealed).then(|| {
                let messages = format!("the {} messages that were kept by {entries}", seal.messages);
                format!("{messages} are not those that it sealed: some are missing, were put in or made anew")
            })
        };
        if let Some(wrong) = wrong {
            self.named.insert(seal.number);
            note(defects, format!("seal {}: {wrong}", seal.number));
        }
        self.met.insert(seal.number, hash);
        self.count += 1;
        self.covered = seal.last;
        self.before = hash.unwrap_or(kept);
        self.before_reckoned = if hash == Some(kept) { kept } else { reckoned };
        self.next = self.load(link, Some(seal.number)).await?;
        Ok(())
    }

    /// Hears an entry with which nothing is wrong.
    pub(super) fn hear(&mut self, entry: &Raw) {
        if entry.kind.as_deref() != Some(WindowEvent::SEALED.as_bytes()) {
            return;
        }
        let told = entry.event.as_deref().and_then(|event| serde_json::from_slice::<Telling>(event).ok());
        if let Some(Telling { data }) = told {
            // What was said first counts: a seal that is made anew has an entry of its own.
            self.told.entry(data.seal).or_insert((entry.seq, data.hash));
        }
    }

    /// Seals that entries speak of and that are not there, or are others; those that none speaks of; one
    /// whose entries did not all go by. `last` is the last number that is accounted for.
    pub(super) fn finish(&self, last: i64, defects: &mut Vec<String>) {
        let mut wrong = Vec::new();
        for (seal, (seq, hash)) in &self.told {
            match self.met.get(seal) {
                None if self.next.as_ref().is_none_or(|open| open.seal.number != *seal) => {
                    wrong.push(format!("seal {seal}: entry {seq} speaks of it, and it is missing"));
                }
                Some(met) if !self.named.contains(seal) && met.is_none_or(|met| journal::hex(&met) != *hash) => {
                    wrong.push(format!("seal {seal}: it is not the one that entry {seq} speaks of"));
                }
                _ => {}
            }
        }
        // Where something is wrong with entries, that is why none speaks of a seal.
        if defects.is_empty() {
            let silent = self.met.keys().filter(|seal| !self.told.contains_key(seal));
            wrong.extend(silent.map(|seal| format!("seal {seal}: no entry speaks of it: some at the end are missing")));
        }
        wrong.into_iter().for_each(|defect| note(defects, defect));
        if let Some(open) = self.next.as_ref().filter(|open| open.seal.last > last) {
            let (number, sealed) = (open.seal.number, open.seal.last);
            note(defects, format!("seal {number}: entries up to {sealed} were sealed, and are missing"));
        }
    }
}
