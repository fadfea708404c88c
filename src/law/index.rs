//! From a code of the tariff to the candidates that meet on it.
//!
//! Codes share their sets of candidates, so the sets are kept once. Each set is cut, for each
//! direction, into segments of days that hold only the candidates in force somewhere in the
//! segment, and candidates bound to an origin stand in buckets of their own. The cost of a line
//! is then that of its matches, however many rules on other codes, out of date, for the other
//! direction or for other origins the pack has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::day::{Day, Interval};
use super::pack::{CandidateId, ExclusionId, RuleDirection};
use crate::trade::{CountryCode, Direction, HsCode};

/// What follows while the fact a rule hangs on is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presumed {
    /// Nothing to presume: the whole code is meant.
    None,
    /// Counts as required until shown otherwise.
    True,
    /// Shown, holds nothing.
    False,
    /// Holds until settled.
    Ask,
}

/// A candidate on a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Element {
    /// The candidate.
    pub candidate: CandidateId,
    /// The negative list that takes the code out of it, on that list's days.
    pub exclusion: Option<ExclusionId>,
    /// The presumption on this code.
    pub presumed: Presumed,
}

/// What the index must know of a candidate to place it.
#[derive(Debug, Clone)]
pub struct Placement<'a> {
    /// The days its rule is in force.
    pub in_force: &'a [Interval],
    /// The directions its rule reaches.
    pub direction: RuleDirection,
    /// The only origins it can apply to; empty: any.
    pub origins: &'a [CountryCode],
}

type Range = (u32, u32);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Set {
    all: Range,
    import: Range,
    export: Range,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Segment {
    from: Day,
    general: Range,
    bound: Range,
    buckets: Range,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bucket {
    origin: CountryCode,
    elements: Range,
}

/// A set of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetId(u32);

/// Codes to candidates. See the module's head.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct HsIndex {
    /// Codes of eight digits, sorted.
    codes: Vec<u32>,
    /// For each code: its set, and a bit for each tariff edition that has it.
    entries: Vec<(u32, u8)>,
    /// Subheadings (six digits, padded), sorted, with the union over their codes.
    subheadings: Vec<(u32, u32)>,
    sets: Vec<Set>,
    segments: Vec<Segment>,
    buckets: Vec<Bucket>,
    elements: Vec<Element>,
    /// The positions of the codes, placed by their hash; a power of two of places.
    #[serde(skip)]
    places: Vec<Place>,
}

/// A code with what [`HsIndex::code`] gives for it; 0 where there is none.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    code: u32,
    set: u32,
    editions: u8,
}

/// The candidates of a set that may apply to one direction and day.
#[derive(Debug, Clone, Copy)]
pub struct Active<'a> {
    index: &'a HsIndex,
    /// Candidates bound to no origin.
    pub general: &'a [Element],
    segment: Option<&'a Segment>,
}

impl<'a> Active<'a> {
    /// The candidates bound to origins that include `origin`; all that are bound where it is not known.
    pub fn bound_to(&self, origin: Option<CountryCode>) -> &'a [Element] {
        let Some(segment) = self.segment else { return &[] };
        if segment.bound.0 == segment.bound.1 {
            return &[];
        }
        let Some(origin) = origin else { return self.index.slice(segment.bound) };
        let buckets = &self.index.buckets[segment.buckets.0 as usize..segment.buckets.1 as usize];
        match buckets.binary_search_by(|bucket| bucket.origin.cmp(&origin)) {
            Ok(at) => self.index.slice(buckets[at].elements),
            Err(_) => &[],
        }
    }
}

impl HsIndex {
    /// Builds the index. `codes` gives, sorted by code, the editions that have each code (a bit
    /// each) and its candidates; `place` what the index must know of a candidate.
    pub fn build<'p>(codes: Vec<(HsCode, u8, Vec<Element>)>, place: &dyn Fn(CandidateId) -> Placement<'p>) -> Self {
        let mut builder = Builder { index: Self::default(), known: HashMap::new(), place };
        let mut unions: BTreeMap<u32, Vec<(HsCode, Vec<Element>)>> = BTreeMap::new();
        for (hs, editions, elements) in codes {
            let set = builder.set(elements.clone());
            builder.index.codes.push(hs.padded());
            builder.index.entries.push((set, editions));
            unions.entry(hs.truncated(6).padded()).or_default().push((hs, elements));
        }
        for (subheading, members) in unions {
            let set = builder.set(union(&members));
            builder.index.subheadings.push((subheading, set));
        }
        builder.index.prepare();
        builder.index
    }

    /// Fills what is not stored; call it after reading an index.
    pub fn prepare(&mut self) {
        let size = (self.codes.len() * 2).next_power_of_two().max(2);
        let mut places = vec![Place::default(); size];
        for (code, (set, editions)) in self.codes.iter().zip(&self.entries) {
            let mut at = place(*code, size);
            while places[at].code != 0 {
                at = (at + 1) & (size - 1);
            }
            places[at] = Place { code: *code, set: *set, editions: *editions };
        }
        self.places = places;
    }

    /// The set of a code of eight digits and the editions of the tariff that have the code.
    pub fn code(&self, hs: HsCode) -> Option<(SetId, u8)> {
        let code = hs.padded();
        let size = self.places.len();
        let mut at = place(code, size);
        loop {
            let known = self.places.get(at)?;
            if known.code == code {
                return Some((SetId(known.set), known.editions));
            }
            if known.code == 0 {
                return None;
            }
            at = (at + 1) & (size - 1);
        }
    }

    /// The set of a subheading: the union over its codes.
    pub fn subheading(&self, hs: HsCode) -> Option<SetId> {
        let padded = hs.truncated(6).padded();
        let at = self.subheadings.binary_search_by_key(&padded, |(code, _)| *code).ok()?;
        Some(SetId(self.subheadings[at].1))
    }

    /// The candidates of a set that may be in force on `day` for `direction`. A candidate's own
    /// days still have to be asked: a segment may be longer than they are.
    pub fn active(&self, set: SetId, direction: Direction, day: Day) -> Active<'_> {
        let set = &self.sets[set.0 as usize];
        let range = match direction {
            Direction::Import => set.import,
            Direction::Export => set.export,
        };
        let segments = &self.segments[range.0 as usize..range.1 as usize];
        let after = segments.partition_point(|segment| segment.from <= day);
        let segment = after.checked_sub(1).map(|at| &segments[at]);
        Active { index: self, general: segment.map_or(&[], |s| self.slice(s.general)), segment }
    }

    /// Every candidate of a set, in force or not.
    pub fn all(&self, set: SetId) -> &[Element] {
        self.slice(self.sets[set.0 as usize].all)
    }

    /// Every code of eight digits with its set.
    pub fn codes(&self) -> impl Iterator<Item = (u32, SetId)> + '_ {
        self.codes.iter().zip(&self.entries).map(|(code, (set, _))| (*code, SetId(*set)))
    }

    fn slice(&self, range: Range) -> &[Element] {
        &self.elements[range.0 as usize..range.1 as usize]
    }
}

/// Where the search for a code begins among a power of two of places.
fn place(code: u32, size: usize) -> usize {
    let hash = u64::from(code).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    usize::try_from(hash).unwrap_or(0) & (size - 1)
}

/// The union over the codes of a subheading. A negative list counts there only where it takes
/// every one of the candidate's codes out; the presumption is the strictest of them.
fn union(members: &[(HsCode, Vec<Element>)]) -> Vec<Element> {
    let mut merged: BTreeMap<CandidateId, Element> = BTreeMap::new();
    for element in members.iter().flat_map(|(_, elements)| elements) {
        merged
            .entry(element.candidate)
            .and_modify(|known| {
                if known.exclusion != element.exclusion {
                    known.exclusion = None;
                }
                known.presumed = strictest(known.presumed, element.presumed);
            })
            .or_insert(*element);
    }
    merged.into_values().collect()
}

fn strictest(a: Presumed, b: Presumed) -> Presumed {
    let rank = |p| match p {
        Presumed::None => 3,
        Presumed::True => 2,
        Presumed::Ask => 1,
        Presumed::False => 0,
    };
    if rank(a) >= rank(b) { a } else { b }
}

struct Builder<'b, 'p> {
    index: HsIndex,
    known: HashMap<Vec<Element>, u32>,
    place: &'b dyn Fn(CandidateId) -> Placement<'p>,
}

impl Builder<'_, '_> {
    fn set(&mut self, mut elements: Vec<Element>) -> u32 {
        elements.sort_unstable();
        elements.dedup();
        if let Some(set) = self.known.get(&elements) {
            return *set;
        }
        let all = self.push(&elements);
        let import = self.segments(&elements, Direction::Import);
        let export = self.segments(&elements, Direction::Export);
        let set = u32::try_from(self.index.sets.len()).unwrap_or(u32::MAX);
        self.index.sets.push(Set { all, import, export });
        self.known.insert(elements, set);
        set
    }

    fn push(&mut self, elements: &[Element]) -> Range {
        let from = u32::try_from(self.index.elements.len()).unwrap_or(u32::MAX);
        self.index.elements.extend_from_slice(elements);
        (from, from + u32::try_from(elements.len()).unwrap_or(0))
    }

    fn segments(&mut self, elements: &[Element], direction: Direction) -> Range {
        let reaching: Vec<(Element, Vec<Interval>)> = elements
            .iter()
            .map(|element| (*element, (self.place)(element.candidate)))
            .filter(|(_, placement)| placement.direction.reaches(direction))
            .map(|(element, placement)| (element, placement.in_force.to_vec()))
            .collect();
        let first = u32::try_from(self.index.segments.len()).unwrap_or(u32::MAX);
        let boundaries: Vec<u32> = reaching
            .iter()
            .flat_map(|(_, intervals)| intervals)
            .flat_map(|interval| [interval.from.number(), interval.to.number().saturating_add(1)])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut last: Option<Vec<Element>> = None;
        for (from, active) in cut(&boundaries, &reaching) {
            if last.as_ref() == Some(&active) {
                continue;
            }
            self.segment(from, &active);
            last = Some(active);
        }
        (first, u32::try_from(self.index.segments.len()).unwrap_or(u32::MAX))
    }

    fn segment(&mut self, from: Day, active: &[Element]) {
        let (bound, general): (Vec<Element>, Vec<Element>) =
            active.iter().partition(|e| !(self.place)(e.candidate).origins.is_empty());
        let mut by_origin: BTreeMap<CountryCode, Vec<Element>> = BTreeMap::new();
        for element in &bound {
            for origin in (self.place)(element.candidate).origins {
                by_origin.entry(*origin).or_default().push(*element);
            }
        }
        let general = self.push(&general);
        let bound = self.push(&bound);
        let first = u32::try_from(self.index.buckets.len()).unwrap_or(u32::MAX);
        for (origin, elements) in by_origin {
            let elements = self.push(&elements);
            self.index.buckets.push(Bucket { origin, elements });
        }
        let buckets = (first, u32::try_from(self.index.buckets.len()).unwrap_or(u32::MAX));
        self.index.segments.push(Segment { from, general, bound, buckets });
    }
}

/// Cuts the days into segments at the boundaries, at each only those candidates that are in
/// force somewhere in the segment. Where that would take more room than the set deserves, fewer
/// boundaries are used: segments grow longer, and the test of the candidate's own days decides.
fn cut(boundaries: &[u32], reaching: &[(Element, Vec<Interval>)]) -> Vec<(Day, Vec<Element>)> {
    let room = 16 * reaching.len() + 64;
    let mut step = 1;
    loop {
        let mut segments = Vec::new();
        let mut used = 0;
        for chunk in boundaries.chunks(step).enumerate().map(|(at, chunk)| (at * step, chunk)) {
            let (at, chunk) = chunk;
            let from = chunk[0];
            let to = boundaries.get(at + step).map_or(u32::MAX, |next| next - 1);
            let active: Vec<Element> = reaching
                .iter()
                .filter(|(_, intervals)| intervals.iter().any(|i| i.from.number() <= to && i.to.number() >= from))
                .map(|(element, _)| *element)
                .collect();
            used += active.len();
            segments.push((Day::from_number(from), active));
        }
        if used <= room || step >= boundaries.len() {
            return segments;
        }
        step *= 2;
    }
}
