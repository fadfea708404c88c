//! Which item serves which line, and with how much.
//!
//! Lines and items are matched by what they are (code, words, invoice, quantity), never by what is
//! wrong with them: so a problem with one item moves no other line. What a line takes is set aside
//! whatever becomes of it, for the same reason. Lines whose codes fit come first, then by their
//! numbers; each takes the items that fit it best, of equally good ones by the certificate's number
//! and the item's. So the order in which lines and certificates come changes nothing.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::ledger::CertificateLedger;
use super::measure::{Stated, in_base, stated};
use super::preference::{Asking, Known};
use super::words::{keywords, reference_key, shared_percent};
use crate::trade::{CertificateKey, GoodsItem, Measured, OriginItem};

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

/// Serves the lines by the items of the certificates that each may use: positions in `asking.known`.
pub(super) fn assign(asking: &Asking<'_>, usable: &[Vec<usize>]) -> Vec<Served> {
    let lines = &asking.declaration.items;
    let mut left: Vec<Vec<Option<Decimal>>> = asking.known.iter().map(|known| lefts(asking, known)).collect();
    let words: Vec<Vec<Vec<String>>> = asking
        .known
        .iter()
        .map(|known| {
            let items = known.certificate.items.iter();
            items.map(|item| keywords(&item.description, &asking.agreement.tolerances)).collect()
        })
        .collect();
    let mut pairs = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        pairs.extend(line_pairs(asking, at, line, &usable[at], &words, &left));
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

/// The items that are the goods of a line: those of its subheading; where there is none, those that
/// its words or its heading and quantity give away (a difference of classification, OCP rule 16(2)).
fn line_pairs<'k>(
    asking: &Asking<'k>,
    at: usize,
    line: &GoodsItem<'_>,
    usable: &[usize],
    words: &[Vec<Vec<String>>],
    left: &[Vec<Option<Decimal>>],
) -> Vec<Pair<'k>> {
    let tolerances = &asking.agreement.tolerances;
    let own_words = keywords(&line.description, tolerances);
    let invoices: Vec<String> = asking.invoices(line).map(reference_key).collect();
    let alive = |known: usize| !asking.known[known].standing.is_ended();
    let some_alive = usable.iter().any(|known| alive(*known));
    let mut pairs = Vec::new();
    for &known in usable {
        let certificate = asking.known[known].certificate;
        for (position, item) in certificate.items.iter().enumerate() {
            let need = match stated(line, item, asking.units) {
                Stated::Amount { amount, .. } => Some(amount),
                _ => None,
            };
            let room = left[known][position];
            let exact = |digits: u8| line.hs.is_some_and(|hs| hs.truncated(digits) == item.hs.truncated(digits));
            let shared = shared_percent(&own_words, &words[known][position], tolerances);
            let alike = shared.is_some_and(|percent| percent >= tolerances.keywords_same_percent);
            let as_much = need.is_some() && need == room;
            let likeness =
                if exact(8) || line.hs.is_some_and(|hs| hs.is_prefix_of(item.hs) && hs.digits() >= SUBHEADING) {
                    Likeness::Code
                } else if exact(SUBHEADING) {
                    Likeness::Subheading
                } else if alike || (as_much && exact(HEADING)) {
                    Likeness::Words
                } else {
                    continue;
                };
            let invoice = item.invoice.as_ref().map(|invoice| reference_key(&invoice.number));
            let rank = Rank {
                ended: some_alive && !alive(known),
                likeness,
                other_invoice: !invoices.is_empty() && invoice.is_some_and(|own| !invoices.contains(&own)),
                quantity: match (need, room) {
                    (Some(need), Some(room)) if need == room => 0,
                    (Some(need), Some(room)) if room < need => 2,
                    _ => 1,
                },
                words: Reverse(shared.unwrap_or_default()),
            };
            let key = (certificate.issuing_country.as_str(), certificate.reference.as_str(), item.number);
            pairs.push(Pair { rank, key, number: line.number, line: at, known, item: position });
        }
    }
    // Of different likeness only the best: whose code fits has no use for a look at words.
    if pairs.iter().any(|pair| pair.rank.likeness < Likeness::Words) {
        pairs.retain(|pair| pair.rank.likeness < Likeness::Words);
    }
    pairs
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
