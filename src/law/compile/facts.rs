//! Facts to bits, phrases and readings to what they settle.

use std::collections::BTreeMap;

use super::super::condition::FactMask;
use super::super::pack::{Fact, FactKind, FactReading, ReadField};
use super::super::phrases::{Phrases, folded};
use super::super::source::{At, Defects, FactSource, Place, Source, did_you_mean};
use super::names::Names;
use crate::trade::RegimeCode;

/// The facts of a pack, compiled.
#[derive(Debug)]
pub(super) struct Facts {
    /// Facts, in the order of the file.
    pub(super) table: Vec<Fact>,
    /// Fields that settle them.
    pub(super) readings: Vec<FactReading>,
    /// Phrases that settle them.
    pub(super) phrases: Phrases,
}

/// The bits that a value settles.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Settled {
    yes: FactMask,
    no: FactMask,
}

/// Compiles the facts.
pub(super) fn compile(source: &Source, names: &Names<'_>, to: &mut Defects) -> Facts {
    let facts = atoms(source, to);
    let mut readings = Vec::new();
    for (fact, written) in facts.iter().zip(&source.facts) {
        for read in &written.reads {
            let Some(settled) = settle(fact, &read.value, to) else {
                continue;
            };
            if read.field == ReadField::Regime {
                match RegimeCode::parse(&read.code) {
                    Ok(value) => {
                        names.regime(&At { value, place: read.value.place }, to);
                    }
                    Err(error) => to.error(read.value.place, "bad_code", format!("`{}`: {error}", read.code)),
                }
            }
            readings.push(FactReading {
                format: read.format.to_owned(),
                field: read.field,
                code: read.code.clone(),
                yes: settled.yes,
                no: settled.no,
            });
        }
    }
    let phrases = phrases(&facts, source, to);
    Facts { table: facts, readings, phrases }
}

/// Gives every fact its bits.
fn atoms(source: &Source, to: &mut Defects) -> Vec<Fact> {
    let mut next = 0u16;
    let mut full = false;
    let mut facts = Vec::new();
    for written in &source.facts {
        check_values(written, to);
        let width = match written.kind {
            FactKind::Bool => 1,
            FactKind::Choice => u16::try_from(written.values.len()).unwrap_or(u16::MAX),
            FactKind::Scoped | FactKind::Text => 0,
        };
        facts.push(Fact {
            key: written.key.value.clone(),
            kind: written.kind,
            title_vi: written.title_vi.clone(),
            title_en: written.title_en.clone(),
            ask_vi: written.ask_vi.clone(),
            ask_en: written.ask_en.clone(),
            values: written.values.iter().map(|value| value.value.clone()).collect(),
            first_atom: next,
        });
        next = next.saturating_add(width);
        if next > FactMask::CAPACITY && !full {
            full = true;
            let message = format!("the facts have more than {} values in all", FactMask::CAPACITY);
            to.error(written.key.place, "limit_facts", message);
        }
    }
    facts
}

fn check_values(written: &FactSource, to: &mut Defects) {
    let place = written.key.place;
    match written.kind {
        FactKind::Choice if written.values.is_empty() => {
            to.error(place, "empty_value", "a choice has `values`");
        }
        FactKind::Bool | FactKind::Scoped | FactKind::Text if !written.values.is_empty() => {
            to.error(place, "fact_values", "only a choice has `values`");
        }
        _ => {}
    }
    for (at, value) in written.values.iter().enumerate() {
        if written.values[..at].iter().any(|before| before.value == value.value) {
            to.error(value.place, "duplicate_id", format!("value `{}` occurs twice", value.value));
        }
        if value.value.starts_with('!') || value.value.is_empty() {
            to.error(value.place, "fact_values", "a value is not empty and does not begin with `!`");
        }
    }
    if matches!(written.kind, FactKind::Scoped | FactKind::Text)
        && !(written.phrases.is_empty() && written.reads.is_empty())
    {
        let message = "only a `bool` or a `choice` is settled by phrases and fields";
        to.error(place, "scoped_reading", message);
    }
}

/// The bits that a value of a fact settles.
fn settle(fact: &Fact, value: &At<String>, to: &mut Defects) -> Option<Settled> {
    let mut settled = Settled::default();
    match fact.kind {
        FactKind::Scoped | FactKind::Text => return None,
        FactKind::Bool => match value.value.as_str() {
            "true" => settled.yes.set(fact.first_atom),
            "false" => settled.no.set(fact.first_atom),
            other => {
                let message = format!("`{other}` is no value of `{}`: true or false", fact.key);
                to.error(value.place, "unknown_value", message);
                return None;
            }
        },
        FactKind::Choice => {
            let negated = value.value.strip_prefix('!');
            let wanted = position(fact, negated.unwrap_or(&value.value), value.place, to)?;
            // That the other values of a choice are then false is the evaluation's business: goods
            // can have several uses, each said by a phrase of its own.
            let atom = u16::try_from(wanted).ok().and_then(|at| fact.first_atom.checked_add(at))?;
            if negated.is_none() {
                settled.yes.set(atom);
            } else {
                settled.no.set(atom);
            }
        }
    }
    Some(settled)
}

/// The position of a value among those of a choice; that there is none is recorded.
pub(super) fn position(fact: &Fact, value: &str, place: Place, to: &mut Defects) -> Option<usize> {
    let found = fact.values.iter().position(|known| known == value);
    if found.is_none() {
        to.error_with(
            place,
            "unknown_value",
            format!("`{value}` is no value of `{}`", fact.key),
            did_you_mean(value, fact.values.iter().map(String::as_str))
                .or_else(|| Some(format!("one of: {}", fact.values.join(", ")))),
        );
    }
    found
}

/// Phrases with the same words are one phrase that settles what all of them do.
fn phrases(facts: &[Fact], source: &Source, to: &mut Defects) -> Phrases {
    struct Known<'s> {
        words: &'s str,
        settled: Settled,
        facts: Vec<usize>,
    }
    let mut known: BTreeMap<String, Known<'_>> = BTreeMap::new();
    let mut plain: BTreeMap<String, (String, Settled)> = BTreeMap::new();
    for (at, (fact, written)) in facts.iter().zip(&source.facts).enumerate() {
        for (value, words) in &written.phrases {
            let Some(settled) = settle(fact, value, to) else {
                continue;
            };
            for word in words {
                let (full, bare) = folded(&word.value);
                if full.is_empty() {
                    to.error(word.place, "empty_value", "a phrase has letters or digits");
                    continue;
                }
                let entry = known.entry(full.clone()).or_insert_with(|| Known {
                    words: &word.value,
                    settled: Settled::default(),
                    facts: Vec::new(),
                });
                let contradicts = entry.settled.yes.meets(&settled.no) || entry.settled.no.meets(&settled.yes);
                if contradicts {
                    let message = format!("the phrase `{}` settles `{}` both ways", word.value, fact.key);
                    to.error(word.place, "phrase_contradiction", message);
                } else if entry.facts.contains(&at) {
                    to.warning(word.place, "phrase_repeated", format!("the phrase `{}` is repeated", word.value));
                }
                entry.settled.yes.add(&settled.yes);
                entry.settled.no.add(&settled.no);
                entry.facts.push(at);
                let (first, meant) = plain.entry(bare).or_insert_with(|| (full.clone(), settled));
                if *first != full && *meant != settled {
                    let message =
                        format!("without diacritics `{}` reads as `{first}`, which settles another fact", word.value);
                    to.warning(word.place, "phrase_ambiguous", message);
                }
            }
        }
    }
    let mut phrases = Phrases::default();
    for entry in known.values() {
        phrases.add(entry.words, entry.settled.yes, entry.settled.no);
    }
    phrases
}
