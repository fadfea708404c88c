//! The letters of a procedure: what they say, by whatever names their schema has for it.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::message::Reading;
use crate::trade::{GoodsItem, Text};

/// A message of a procedure's life cycle.
#[derive(Debug)]
pub struct Letter<'a> {
    /// Which procedure (`documentType`).
    pub procedure: Text<'a>,
    /// Which message of it (`type`).
    pub kind: Text<'a>,
    /// Which variant of the message (`function`).
    pub function: Text<'a>,
    /// The number of the dossier (`reference`).
    pub reference: Option<Text<'a>>,
    /// The application: of a new one, one sent again or supplemented, and of a request to change
    /// it that carries it whole.
    pub application: Option<Reading<'a>>,
    /// What the papers in it say: one, or several where the content is a list.
    pub papers: Vec<Paper<'a>>,
}

/// What one paper of a letter says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paper<'a> {
    /// The number of the dossier, as the paper repeats it.
    pub file: Option<Text<'a>>,
    /// The number of the certificate, letter or confirmation, or of the one it is about.
    pub number: Option<Text<'a>>,
    /// The day it was signed or asked for.
    pub issued: Option<Date>,
    /// The first day it is good for.
    pub valid_from: Option<Date>,
    /// The last day it is good for.
    pub valid_to: Option<Date>,
    /// The result, as written.
    pub result: Option<Text<'a>>,
    /// Whether it is a pass; nothing where that is not certain.
    pub passed: Option<bool>,
    /// Why, in words.
    pub reason: Option<Text<'a>>,
    /// What else it says in words.
    pub note: Option<Text<'a>>,
    /// The fee, in the national currency (the schemas have no other).
    pub fee: Option<Decimal>,
    /// The number of the invoice paid.
    pub invoice: Option<Text<'a>>,
    /// Who signed or handled it.
    pub officer: Option<Text<'a>>,
    /// For which office.
    pub office: Option<Text<'a>>,
    /// Where it was signed.
    pub place: Option<Text<'a>>,
    /// Where goods are to be shown for a check.
    pub check_place: Option<Text<'a>>,
    /// From when.
    pub check_from: Option<DateTime>,
    /// Until when.
    pub check_to: Option<DateTime>,
    /// How much of the goods it covers in all.
    pub quantity: Option<Decimal>,
    /// The unit of that, as written.
    pub unit: Option<Text<'a>>,
    /// Where the signed paper itself is kept.
    pub link: Option<Text<'a>>,
    /// The lines of goods in it; of a message with an application they are the application's.
    pub lines: Vec<LetterLine<'a>>,
}

/// A line of goods in a letter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LetterLine<'a> {
    /// The goods.
    pub item: GoodsItem<'a>,
    /// The result for them, as written.
    pub result: Option<Text<'a>>,
    /// Whether it is a pass; nothing where that is not certain.
    pub passed: Option<bool>,
    /// Why, in words.
    pub reason: Option<Text<'a>>,
}
