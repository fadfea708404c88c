//! The seals, as the entries that they cover go by.

use sha2::{Digest as _, Sha256};

use super::super::StoreError;
use super::super::journal::{self, Hash, NO_HASH, Seal};
use super::super::sql::{Link, sql};
use super::note;
use super::raw::Raw;

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
        let mut seals = Self { count: 0, unsealed: 0, before, before_reckoned, next: None, covered: 0, seen: 0 };
        seals.next = seals.load(link, None).await?;
        Ok(seals)
    }

    async fn load(&self, link: &mut Link<'_>, after: Option<i64>) -> Result<Option<Open>, StoreError> {
        const FIRST: &str = "SELECT number, first_seq, last_seq, at, hash FROM seals ORDER BY number LIMIT 1";
        const NEXT: &str =
            "SELECT number, first_seq, last_seq, at, hash FROM seals WHERE number > $1 ORDER BY number LIMIT 1";
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
        let seal = Seal { number: row.number(0)?, first: number(1), last: number(2), at: number(3) };
        let hash = row.raw(4).and_then(|hash| journal::to_hash(&hash).ok());
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
            self.unsealed += 1;
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
        if !in_order || seal.first != self.covered.saturating_add(1) {
            note(defects, format!("seal {}: it does not follow the one before; some are missing", seal.number));
        } else if !lacks && hash != Some(kept) && hash != Some(reckoned) {
            note(
                defects,
                format!(
                    "seal {}: it was changed, or entries {} to {} are not those that it sealed",
                    seal.number, seal.first, seal.last
                ),
            );
        }
        self.count += 1;
        self.covered = seal.last;
        self.before = hash.unwrap_or(kept);
        self.before_reckoned = if hash == Some(kept) { kept } else { reckoned };
        self.next = self.load(link, Some(seal.number)).await?;
        Ok(())
    }

    /// A seal whose entries did not all go by; `last` is the last number that is accounted for.
    pub(super) fn finish(&self, last: i64, defects: &mut Vec<String>) {
        if let Some(open) = self.next.as_ref().filter(|open| open.seal.last > last) {
            let (number, sealed) = (open.seal.number, open.seal.last);
            note(defects, format!("seal {number}: entries up to {sealed} were sealed, and are missing"));
        }
    }
}
