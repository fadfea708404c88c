//! Which item serves which line, and with how much.
//!
//! Lines and items are matched by what they are (code, words, invoice, quantity), never by what is
//! wrong with them: so a problem with one item moves no other line. What a line takes is set aside
//! whatever becomes of it, for the same reason. Lines whose codes fit come first, then by their
//! numbers; each takes the items that fit it best, of equally good ones by the certificate's number
//! and the item's. So the order in which lines and certificates come changes nothing.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::ledger::CertificateLedger;
use super::measure::{Stated, in_base, stated};
use super::preference::{Asking, Known};
use super::words::{common_percent, keywords, reference_key, shared_percent};
use crate::trade::{CertificateKey, Measured, OriginItem};

/// An item that serves a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Position of the certificate among those known.
    pub(super) known: usize,
    /// Position of the item on it.
    pub(super) item: usize,
    /// How much of it, in the item's base unit; `None`: nobody can say.
    pub(super) amount: Option<Decimal>,
}

/// The items that serve one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Served {
    /// Best first. Without an amount the item is these goods, and nothing of it is counted.
    pub(super) shares: Vec<Share>,
    /// What is left of these items together, where it is less than the line needs.
    pub(super) short: Option<Short>,
}

/// Less is left than a line needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Short {
    pub(super) left: Measured,
    pub(super) needed: Measured,
}

/// How well an item fits a line; the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Its certificate is no longer one, and others are.
    ended: bool,
    likeness: Likeness,
    other_invoice: bool,
    words: Reverse<u32>,
    /// Not just as much is left as is needed; less is.
    quantity: u8,
}

impl Rank {
    /// How well the goods fit, whatever is left of them.
    fn of_goods(self) -> Self {
        Self { quantity: 0, ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// The same code, as far as both go.
    Code,
    /// The same subheading.
    Subheading,
    /// Another subheading and the same words, or the same heading and quantity.
    Words,
}

/// A line that may be served by an item.
struct Pair<'k> {
    rank: Rank,
    key: (&'k str, &'k str, u32),
    number: u32,
    line: usize,
    known: usize,
    item: usize,
}

impl Pair<'_> {
    /// When it is served: of goods that are as like, by the line's number. How well its words fit
    /// chooses a line's items and not its turn, so that no flaw of a line gives others what it takes.
    fn turn(&self) -> impl Ord + use<'_> {
        (self.rank.ended, self.rank.likeness, self.number, self.rank, self.key, self.line)
    }
}

/// Digits of a heading and of a subheading.
const HEADING: u8 = 4;
const SUBHEADING: u8 = 6;

/// The keywords of what a declaration and its certificates describe, made once.
pub(super) struct Described {
    /// By line.
    pub(super) lines: Vec<Keywords>,
    /// By certificate and item.
    pub(super) items: Vec<Vec<Keywords>>,
}

/// The keywords of a description, sorted.
pub(super) struct Keywords {
    pub(super) words: Vec<String>,
    /// The same as numbers, sorted: enough to choose between items of one code.
    numbers: Vec<u32>,
}

impl Described {
    pub(super) fn new(asking: &Asking<'_>) -> Self {
        let mut known: FxHashMap<String, u32> = FxHashMap::default();
        let mut describe = |text: &str| {
            let words = keywords(text, &asking.agreement.tolerances);
            let mut numbers = Vec::with_capacity(words.len());
            for word in &words {
                let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                let number = known.get(word.as_str()).copied();
                numbers.push(number.unwrap_or_else(|| *known.entry(word.clone()).or_insert(next)));
            }
            numbers.sort_unstable();
            Keywords { words, numbers }
        };
        let lines = asking.declaration.items.iter().map(|line| describe(&line.description)).collect();
        let mut items = Vec::with_capacity(asking.known.len());
        for known in asking.known {
            items.push(known.certificate.items.iter().map(|item| describe(&item.description)).collect());
        }
        Self { lines, items }
    }
}

/// Serves the lines by the items of the certificates that each may use: positions in `asking.known`.
pub(super) fn assign(asking: &Asking<'_>, usable: &[Vec<usize>], described: &Described) -> Vec<Served> {
    let lines = &asking.declaration.items;
    let mut left: Vec<Vec<Option<Decimal>>> = asking.known.iter().map(|known| lefts(asking, known)).collect();
    let mut pairs = Vec::new();
    for (at, usable) in usable.iter().enumerate() {
        let fitting = Fitting { asking, line: at, usable, described, left: &left };
        fitting.pairs(&mut pairs);
    }
    pairs.sort_unstable_by(|a, b| a.turn().cmp(&b.turn()));
    let mut served = vec![Served::default(); lines.len()];
    let mut needs: Vec<Need> = vec![Need::Untouched; lines.len()];
    // Where an item that fits best covers all that a line needs, the line is not cut in pieces.
    let mut best: Vec<Option<Rank>> = vec![None; lines.len()];
    for pair in &pairs {
        let best = *best[pair.line].get_or_insert(pair.rank.of_goods());
        if pair.rank.of_goods() == best && covers(asking, pair, needs[pair.line], &left) {
            serve(asking, pair, &mut served[pair.line], &mut needs[pair.line], &mut left);
        }
    }
    for pair in &pairs {
        serve(asking, pair, &mut served[pair.line], &mut needs[pair.line], &mut left);
    }
    for (served, need) in served.iter_mut().zip(&needs) {
        served.short = need.short();
    }
    served
}

/// What a line still needs.
#[derive(Debug, Clone, Copy)]
enum Need {
    Untouched,
    /// Of items of this likeness and unit.
    Open {
        likeness: Likeness,
        whole: Measured,
        open: Decimal,
    },
    /// It needs no more, or nobody can say how much.
    Settled,
}

impl Need {
    fn short(self) -> Option<Short> {
        match self {
            Self::Open { whole, open, .. } if open > Decimal::ZERO => {
                Some(Short { left: Measured { amount: whole.amount - open, ..whole }, needed: whole })
            }
            _ => None,
        }
    }
}

/// Whether a line that has nothing yet finds all that it needs in an item.
fn covers(asking: &Asking<'_>, pair: &Pair<'_>, need: Need, left: &[Vec<Option<Decimal>>]) -> bool {
    let item = &asking.known[pair.known].certificate.items[pair.item];
    match (need, stated(&asking.declaration.items[pair.line], item, asking.units)) {
        (Need::Untouched, Stated::Amount { amount, .. }) => {
            left[pair.known][pair.item].is_none_or(|room| room >= amount)
        }
        _ => false,
    }
}

fn serve(
    asking: &Asking<'_>,
    pair: &Pair<'_>,
    served: &mut Served,
    need: &mut Need,
    left: &mut [Vec<Option<Decimal>>],
) {
    let item = &asking.known[pair.known].certificate.items[pair.item];
    let unit = item.measured().map(|measured| in_base(measured, asking.units).unit);
    if let Need::Untouched = need {
        *need = match (stated(&asking.declaration.items[pair.line], item, asking.units), unit) {
            (Stated::Amount { amount, .. }, Some(unit)) if amount > Decimal::ZERO => {
                Need::Open { likeness: pair.rank.likeness, whole: Measured { amount, unit }, open: amount }
            }
            _ => {
                served.shares.push(Share { known: pair.known, item: pair.item, amount: None });
                Need::Settled
            }
        };
    }
    let Need::Open { likeness, whole, open } = need else { return };
    if *open <= Decimal::ZERO || *likeness != pair.rank.likeness || Some(whole.unit) != unit {
        return;
    }
    let room = &mut left[pair.known][pair.item];
    let taken = room.map_or(*open, |room| room.min(*open)).max(Decimal::ZERO);
    if taken > Decimal::ZERO {
        if let Some(room) = room {
            *room -= taken;
        }
        *open -= taken;
        served.shares.push(Share { known: pair.known, item: pair.item, amount: Some(taken) });
    } else if served.shares.is_empty() {
        // These are the goods, and nothing is left: the line says so of this item.
        served.shares.push(Share { known: pair.known, item: pair.item, amount: None });
    }
    // An item with something left takes the place of one without.
    if served.shares.len() > 1 {
        served.shares.retain(|share| share.amount.is_some());
    }
}

/// What is left of each item, in its base unit; `None`: not known.
fn lefts(asking: &Asking<'_>, known: &Known<'_>) -> Vec<Option<Decimal>> {
    let of_ledger = |ledger: &CertificateLedger, item: &OriginItem| ledger.left(item.number);
    let items = known.certificate.items.iter();
    items
        .map(|item| {
            let whole = item.measured().map(|measured| in_base(measured, asking.units));
            let left = known.ledger.map_or(whole, |ledger| of_ledger(ledger, item).or(whole));
            left.map(|left| left.amount.max(Decimal::ZERO))
        })
        .collect()
}

/// What is needed to find the items that fit one line.
struct Fitting<'f, 'k> {
    asking: &'f Asking<'k>,
    line: usize,
    usable: &'f [usize],
    described: &'f Described,
    left: &'f [Vec<Option<Decimal>>],
}

impl<'k> Fitting<'_, 'k> {
    /// The items that are the goods of the line: those of its subheading; where there is none, those
    /// that its words or its heading and quantity give away (a difference of classification, OCP rule
    /// 16(2)).
    fn pairs(&self, into: &mut Vec<Pair<'k>>) {
        let from = into.len();
        self.each(&|known, item| self.by_code(known, item), into);
        if into.len() == from {
            self.each(&|known, item| self.by_words(known, item), into);
        }
    }

    fn each(&self, likeness: &dyn Fn(usize, usize) -> Option<Likeness>, into: &mut Vec<Pair<'k>>) {
        let line = &self.asking.declaration.items[self.line];
        let invoices: Vec<String> = self.asking.invoices(line).map(reference_key).collect();
        let is_alive = |known: usize| !self.asking.known[known].standing.is_ended();
        let some_alive = self.usable.iter().any(|known| is_alive(*known));
        for &known in self.usable {
            let certificate = self.asking.known[known].certificate;
            for (position, item) in certificate.items.iter().enumerate() {
                let Some(likeness) = likeness(known, position) else { continue };
                let other_invoice = !invoices.is_empty()
                    && item.invoice.as_ref().is_some_and(|own| !invoices.contains(&reference_key(&own.number)));
                let words = common_percent(
                    &self.described.lines[self.line].numbers,
                    &self.described.items[known][position].numbers,
                );
                let rank = Rank {
                    ended: some_alive && !is_alive(known),
                    likeness,
                    other_invoice,
                    words: Reverse(words),
                    quantity: match (self.need(item), self.left[known][position]) {
                        (Some(need), Some(room)) if need == room => 0,
                        (Some(need), Some(room)) if room < need => 2,
                        _ => 1,
                    },
                };
                let key = (certificate.issuing_country.as_str(), certificate.reference.as_str(), item.number);
                into.push(Pair { rank, key, number: line.number, line: self.line, known, item: position });
            }
        }
    }

    fn need(&self, item: &OriginItem) -> Option<Decimal> {
        match stated(&self.asking.declaration.items[self.line], item, self.asking.units) {
            Stated::Amount { amount, .. } => Some(amount),
            _ => None,
        }
    }

    fn by_code(&self, known: usize, item: usize) -> Option<Likeness> {
        let (own, line) =
            (self.asking.known[known].certificate.items[item].hs, self.asking.declaration.items[self.line].hs?);
        // A code that only goes further does not contradict.
        if own.truncated(SUBHEADING) != line.truncated(SUBHEADING) {
            None
        } else if own.is_prefix_of(line) || line.is_prefix_of(own) {
            Some(Likeness::Code)
        } else {
            Some(Likeness::Subheading)
        }
    }

    fn by_words(&self, known: usize, item: usize) -> Option<Likeness> {
        let tolerances = &self.asking.agreement.tolerances;
        let (own, line) =
            (&self.asking.known[known].certificate.items[item], &self.asking.declaration.items[self.line]);
        let (left, right) = (&self.described.lines[self.line].words, &self.described.items[known][item].words);
        let shared = shared_percent(left, right, tolerances);
        let alike = shared.is_some_and(|percent| percent >= tolerances.keywords_same_percent);
        let need = self.need(own);
        let same_heading = line.hs.is_some_and(|hs| hs.truncated(HEADING) == own.hs.truncated(HEADING));
        let as_much = need.is_some() && need == self.left[known][item];
        (alike || (same_heading && as_much)).then_some(Likeness::Words)
    }
}

/// Which certificate is meant.
pub(super) fn key_of(known: &Known<'_>) -> CertificateKey {
    let certificate = known.certificate;
    CertificateKey {
        country: certificate.issuing_country,
        form: certificate.form.clone(),
        reference: certificate.reference.clone(),
    }
}
