//! What letters say, by the names of their schemas (`leaves.csv`).
//!
//! Every procedure names the same things anew: a certificate's number is `CertificateNo`,
//! `HealthCertificateNo`, `QuanlityCerNo` … The table maps elements to what they say. Where a
//! paper has several for one thing, the lowest rank counts, and of one rank the first.

use std::sync::OnceLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::message::fields::{parse_day_and_time, parse_decimal};
use crate::message::incoming::{LetterLine, Paper};
use crate::trade::{GoodsItem, Text};

/// What a leaf says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    File,
    Number,
    Issued,
    ValidFrom,
    ValidTo,
    Result,
    Reason,
    Note,
    Fee,
    Invoice,
    Officer,
    Office,
    Place,
    CheckPlace,
    CheckFrom,
    CheckTo,
    Quantity,
    Unit,
    Link,
}

/// How many kinds of leaves there are.
const LEAVES: usize = Leaf::Link as usize + 1;

impl Leaf {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "file" => Self::File,
            "number" => Self::Number,
            "issued" => Self::Issued,
            "valid_from" => Self::ValidFrom,
            "valid_to" => Self::ValidTo,
            "result" => Self::Result,
            "reason" => Self::Reason,
            "note" => Self::Note,
            "fee" => Self::Fee,
            "invoice" => Self::Invoice,
            "officer" => Self::Officer,
            "office" => Self::Office,
            "place" => Self::Place,
            "check_place" => Self::CheckPlace,
            "check_from" => Self::CheckFrom,
            "check_to" => Self::CheckTo,
            "quantity" => Self::Quantity,
            "unit" => Self::Unit,
            "link" => Self::Link,
            _ => return None,
        })
    }
}

/// What an element of a letter says.
#[derive(Debug)]
struct Row {
    leaf: Leaf,
    rank: u8,
    pass: String,
    fail: String,
}

fn table() -> &'static FxHashMap<String, Row> {
    static TABLE: OnceLock<FxHashMap<String, Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let reader = csv::Reader::from_reader(include_str!("leaves.csv").as_bytes());
        let rows = reader.into_records().filter_map(Result::ok);
        rows.filter_map(|row| {
            let leaf = Leaf::parse(row.get(1)?)?;
            let rank = row.get(2)?.parse().ok()?;
            let (pass, fail) = (row.get(3)?.to_owned(), row.get(4)?.to_owned());
            Some((row.get(0)?.to_owned(), Row { leaf, rank, pass, fail }))
        })
        .collect()
    })
}

/// The papers of a letter while it is read.
#[derive(Debug)]
pub(super) struct Papers<'a> {
    zone: TimeZone,
    done: Vec<Paper<'a>>,
    ranks: [u8; LEAVES],
    /// What is said of the lines, in their order, with the paper they stand in.
    lines: Vec<(usize, Verdict<'a>)>,
}

/// What is said of one line of goods.
#[derive(Debug, Default)]
pub(super) struct Verdict<'a> {
    result: Option<Text<'a>>,
    passed: Option<bool>,
    reason: Option<Text<'a>>,
}

impl<'a> Papers<'a> {
    /// Begins with one empty paper.
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { zone, done: vec![Paper::default()], ranks: [u8::MAX; LEAVES], lines: Vec::new() }
    }

    /// Begins the next paper of a list; before the first the empty one is taken.
    pub(super) fn next_paper(&mut self) {
        if self.done.last().is_some_and(|paper| *paper != Paper::default()) || !self.lines.is_empty() {
            self.done.push(Paper::default());
        }
        self.ranks = [u8::MAX; LEAVES];
    }

    /// How many papers there are.
    pub(super) fn count(&self) -> usize {
        self.done.len()
    }

    /// Takes the text of an element of the paper.
    pub(super) fn leaf(&mut self, element: &str, text: &Text<'a>) {
        let Some(row) = table().get(element).filter(|_| !text.is_empty()) else { return };
        let rank = &mut self.ranks[row.leaf as usize];
        let Some(paper) = self.done.last_mut().filter(|_| row.rank < *rank) else { return };
        *rank = row.rank;
        let words = || Some(text.clone());
        let day = || parse_day_and_time(text, &self.zone).map(|(date, _)| date);
        let moment = || {
            parse_day_and_time(text, &self.zone)
                .map(|(date, time): (Date, _)| DateTime::from_parts(date, time.unwrap_or(Time::midnight())))
        };
        match row.leaf {
            Leaf::File => paper.file = words(),
            Leaf::Number => paper.number = words(),
            Leaf::Issued => paper.issued = day(),
            Leaf::ValidFrom => paper.valid_from = day(),
            Leaf::ValidTo => paper.valid_to = day(),
            Leaf::Result => {
                paper.result = words();
                paper.passed = row.verdict(text);
            }
            Leaf::Reason => paper.reason = words(),
            Leaf::Note => paper.note = words(),
            Leaf::Fee => paper.fee = parse_decimal(text),
            Leaf::Invoice => paper.invoice = words(),
            Leaf::Officer => paper.officer = words(),
            Leaf::Office => paper.office = words(),
            Leaf::Place => paper.place = words(),
            Leaf::CheckPlace => paper.check_place = words(),
            Leaf::CheckFrom => paper.check_from = moment(),
            Leaf::CheckTo => paper.check_to = moment(),
            Leaf::Quantity => paper.quantity = parse_decimal(text),
            Leaf::Unit => paper.unit = words(),
            Leaf::Link => paper.link = words(),
        }
    }

    /// Takes what was said of the line just read.
    pub(super) fn line(&mut self, verdict: Verdict<'a>) {
        self.lines.push((self.done.len() - 1, verdict));
    }

    /// The papers, with the lines of goods that stand in them.
    pub(super) fn finish(mut self, items: Vec<GoodsItem<'a>>) -> Vec<Paper<'a>> {
        for (item, (at, verdict)) in items.into_iter().zip(self.lines) {
            let Verdict { result, passed, reason } = verdict;
            if let Some(paper) = self.done.get_mut(at) {
                paper.lines.push(LetterLine { item, result, passed, reason });
            }
        }
        self.done
    }
}

impl<'a> Verdict<'a> {
    /// Takes the text of an element of the line.
    pub(super) fn leaf(&mut self, element: &str, text: &Text<'a>) {
        let Some(row) = table().get(element).filter(|_| !text.is_empty()) else { return };
        match row.leaf {
            Leaf::Result if self.result.is_none() => {
                self.result = Some(text.clone());
                self.passed = row.verdict(text);
            }
            Leaf::Reason if self.reason.is_none() => self.reason = Some(text.clone()),
            _ => {}
        }
    }
}

impl Row {
    /// Whether the text of a result is a pass. The schemas list no codes: those of the table are
    /// what handlers do, and everything else but the plain words is not certain.
    fn verdict(&self, text: &str) -> Option<bool> {
        let is = |code: &str| !code.is_empty() && code == text;
        match text.to_lowercase().as_str() {
            "đạt" | "đạt yêu cầu" => Some(true),
            "không đạt" | "không đạt yêu cầu" => Some(false),
            _ if is(&self.pass) => Some(true),
            _ if is(&self.fail) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_once() {
        assert_eq!(table().len(), include_str!("leaves.csv").lines().count() - 1);
    }
}
