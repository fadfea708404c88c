//! The chains of the cases, and the numbers of the journal.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use super::super::journal::{self, Hash, NO_HASH, Said};
use super::note;
use super::raw::Raw;
use crate::clearance::case::CaseId;

/// Numbers that are missing are tried for an entry in a wrong place; of more, the first.
const TRIED: usize = 1_000;
/// Entries in a wrong place that are kept until the end.
const STRAYS_MAX: usize = 1_000;

/// How the chain of a case stands. Where an entry does not fit its hash, either may be what was
/// changed: the next entry may follow both, so that it is not blamed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain {
    /// The number of its last entry.
    pub(super) number: i64,
    /// Where that stands in the journal.
    pub(super) seq: i64,
    /// Its hash as it is kept.
    pub(super) kept: Hash,
    /// Its hash as it is reckoned from what it says.
    pub(super) reckoned: Hash,
}

impl Chain {
    const NONE: Self = Self { number: 0, seq: 0, kept: NO_HASH, reckoned: NO_HASH };

    /// The hash that an entry has after this one, where it has one of the two that it may.
    fn fits(&self, seq: i64, event: &[u8], hash: Option<Hash>) -> bool {
        let digest = journal::sha256([event]);
        let after = |before| journal::hash(before, seq, &digest);
        hash.is_some_and(|hash| hash == after(&self.kept) || hash == after(&self.reckoned))
    }
}

/// What came of an entry.
pub(super) struct Outcome {
    /// It stands in the place of another number: no seal covers it there.
    pub(super) displaced: bool,
    /// Nothing is wrong with it.
    pub(super) sound: bool,
    /// Its hash as it should be, as far as that can be told.
    pub(super) reckoned: Hash,
}

/// All chains.
#[derive(Debug, Default)]
pub(super) struct Chains {
    of: HashMap<CaseId, Chain>,
    /// Entries that are not there, by case: what stood before them.
    gaps: BTreeMap<(CaseId, i64), Chain>,
    /// Numbers of the journal that are not there.
    missing: Vec<RangeInclusive<i64>>,
    /// The last number of the journal that was seen.
    last: i64,
    strays: Vec<Raw>,
}

/// An entry as far as it can be told what it is.
struct Read<'r> {
    raw: &'r Raw,
    event: &'r [u8],
    hash: Option<Hash>,
    said: Option<Said>,
    case: CaseId,
    number: i64,
}

impl Chains {
    /// How many cases there are.
    pub(super) fn cases(&self) -> u64 {
        self.of.len() as u64
    }

    /// The chain of a case.
    pub(super) fn of(&self, case: CaseId) -> Option<&Chain> {
        self.of.get(&case)
    }

    /// The last number of the journal that is accounted for.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Whether entries of a case are known to be missing.
    pub(super) fn lacks(&self, case: CaseId, number: i64) -> bool {
        self.gaps.contains_key(&(case, number))
    }

    /// Takes the next entry of the journal in.
    pub(super) fn take(&mut self, raw: &Raw, defects: &mut Vec<String>) -> Outcome {
        let displaced = Outcome { displaced: true, sound: false, reckoned: NO_HASH };
        if raw.seq < 1 {
            self.stray(raw, defects);
            return displaced;
        }
        let Some(read) = self.read(raw) else {
            self.pass(raw.seq);
            note(defects, format!("entry {}: neither its case nor its event is what was written", raw.seq));
            return Outcome { displaced: false, sound: false, reckoned: hash_of(raw).unwrap_or(NO_HASH) };
        };
        let chain = self.of.get(&read.case).copied().unwrap_or(Chain::NONE);
        let fits = chain.fits(raw.seq, read.event, read.hash);
        if !fits && let Some(place) = self.place_of(&read, &chain) {
            self.found_elsewhere(&read, place, defects);
            return displaced;
        }
        self.pass(raw.seq);
        if read.number <= chain.number {
            self.stray(raw, defects);
            return Outcome { displaced: false, sound: false, reckoned: read.hash.unwrap_or(NO_HASH) };
        }
        let next = chain.number.saturating_add(1);
        let follows = read.number == next;
        for number in (next..read.number).take(TRIED) {
            self.gaps.insert((read.case, number), chain);
        }
        let by_kept = journal::hash(&chain.kept, raw.seq, &journal::sha256([read.event]));
        // Behind a gap nobody knows what the hash rests on: its seal speaks for the entry.
        let reckoned = if follows { by_kept } else { read.hash.unwrap_or(by_kept) };
        let kept = read.hash.unwrap_or(reckoned);
        let mut wrong = read.wrong(fits || !follows, chain.seq);
        // A gap in a case that no gap in the journal explains.
        if !follows && self.gaps.len() > self.missing.iter().cloned().flatten().take(self.gaps.len()).count() {
            wrong.push(format!("it is entry {} of its case, and stands where entry {next} should", read.number));
        }
        if !wrong.is_empty() {
            note(defects, format!("entry {}: {}", raw.seq, wrong.join("; ")));
        }
        self.of.insert(read.case, Chain { number: read.number, seq: raw.seq, kept, reckoned });
        Outcome { displaced: false, sound: wrong.is_empty(), reckoned: if fits { kept } else { reckoned } }
    }

    /// What is not there is told, and what stands in a wrong place.
    pub(super) fn settle(&mut self, defects: &mut Vec<String>) {
        for raw in std::mem::take(&mut self.strays) {
            let place = self.read(&raw).and_then(|read| {
                let before = self.gaps.get(&(read.case, read.number)).or(self.of.get(&read.case))?;
                Some((self.place_of(&read, before)?, read))
            });
            match place {
                Some((place, read)) => self.found_elsewhere(&read, place, defects),
                None => note(defects, format!("entry {}: it was put in, or stands where it does not belong", raw.seq)),
            }
        }
        for missing in &self.missing {
            if missing.start() == missing.end() {
                note(defects, format!("entry {}: it is missing", missing.start()));
            } else {
                note(defects, format!("entries {} to {}: they are missing", missing.start(), missing.end()));
            }
        }
        for (case, number) in self.gaps.keys() {
            note(defects, format!("case {case}: its entry {number} is missing"));
        }
    }

    /// Notes that the journal was read up to a number.
    fn pass(&mut self, seq: i64) {
        let next = self.last.saturating_add(1);
        if seq > next {
            self.missing.push(next..=seq - 1);
        }
        self.last = seq;
    }

    fn stray(&mut self, raw: &Raw, defects: &mut Vec<String>) {
        if self.strays.len() < STRAYS_MAX {
            self.strays.push(raw.clone());
        } else {
            note(defects, format!("entry {}: it was put in, or stands where it does not belong", raw.seq));
        }
    }

    /// The missing number under which an entry was written, where its hash says so.
    fn place_of(&self, read: &Read<'_>, chain: &Chain) -> Option<i64> {
        let before = self.gaps.get(&(read.case, read.number)).unwrap_or(chain);
        let next = self.last.saturating_add(1);
        let ahead = next..=read.raw.seq.saturating_sub(1).max(next);
        let mut missing = self.missing.iter().cloned().chain([ahead]).flatten().take(TRIED);
        missing.find(|seq| before.fits(*seq, read.event, read.hash))
    }

    /// An entry was found in the place of another number.
    fn found_elsewhere(&mut self, read: &Read<'_>, place: i64, defects: &mut Vec<String>) {
        note(defects, format!("entry {place}: it stands in the place of entry {}", read.raw.seq));
        let kept = read.hash.unwrap_or(NO_HASH);
        let chain = Chain { number: read.number, seq: place, kept, reckoned: kept };
        if self.gaps.remove(&(read.case, read.number)).is_none() {
            self.of.insert(read.case, chain);
        } else if let Some(next) = self.gaps.get_mut(&(read.case, read.number.saturating_add(1))) {
            *next = chain;
        }
        if place == self.last.saturating_add(1) {
            self.last = place;
        }
        let mut rest = Vec::with_capacity(self.missing.len() + 1);
        for range in self.missing.drain(..) {
            if range.contains(&place) {
                rest.extend(
                    [*range.start()..=place - 1, place + 1..=*range.end()].into_iter().filter(|r| !r.is_empty()),
                );
            } else {
                rest.push(range);
            }
        }
        self.missing = rest;
    }

    /// What an entry is: by its event where its hash stands for that, else by its columns.
    fn read<'r>(&self, raw: &'r Raw) -> Option<Read<'r>> {
        let event = raw.event.as_deref().unwrap_or_default();
        let hash = hash_of(raw);
        let said: Option<Said> = serde_json::from_slice(event).ok();
        let column = raw.case.as_deref().and_then(|case| std::str::from_utf8(case).ok()?.parse::<CaseId>().ok());
        let chain = |case: &CaseId| self.of.get(case).copied().unwrap_or(Chain::NONE);
        let by_event = said.as_ref().map(|said| said.case);
        let sound = by_event.filter(|case| chain(case).fits(raw.seq, event, hash));
        let case = sound.or(column).or(by_event)?;
        let next = chain(&case).number.saturating_add(1);
        let numbers = [said.as_ref().map(|said| said.number), raw.number];
        let number = if numbers.contains(&Some(next)) { next } else { numbers.into_iter().flatten().next()? };
        Some(Read { raw, event, hash, said, case, number })
    }
}

fn hash_of(raw: &Raw) -> Option<Hash> {
    raw.hash.as_deref().and_then(|hash| journal::to_hash(hash).ok())
}

impl Read<'_> {
    /// What is wrong with it; `before` is the entry before it in its case.
    fn wrong(&self, fits: bool, before: i64) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.raw.event.is_none() || self.said.is_none() {
            wrong.push("its event is not what was written".to_owned());
        } else if !fits && before > 0 {
            wrong.push(format!("it was changed (its hash does not fit), or entry {before} was put in before it"));
        } else if !fits {
            wrong.push("it was changed (its hash does not fit)".to_owned());
        }
        let Some(said) = &self.said else { return wrong };
        let mut differs = |same: bool, what: &str| {
            if !same {
                wrong.push(format!("its {what} is not the one that its event says"));
            }
        };
        let is = |column: &Option<Vec<u8>>, said: &str| column.as_deref() == Some(said.as_bytes());
        differs(is(&self.raw.case, &said.case.to_string()), "case");
        differs(self.raw.number == Some(said.number), "number");
        differs(self.raw.at == Some(said.at.as_microsecond()), "moment");
        differs(is(&self.raw.kind, &said.event), "kind");
        wrong
    }
}
