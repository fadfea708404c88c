//! A trade agreement's rules of origin as data (`rules/asean/`): members, thresholds, limits, the
//! checks with what they cite, and the matrix of minor discrepancies.
//!
//! The agreement that the program carries is the ASEAN Trade in Goods Agreement (ATIGA) with its
//! Operational Certification Procedure (OCP, Annex 8) and form D (Annex 7). What a check does is in
//! `crate::origin`; what it weighs, cites and says is here, where a lawyer can review it.

mod check;
mod limit;

use rust_decimal::Decimal;

pub use self::check::{BoxName, Check, CheckFile, CheckId, Effect};
pub use self::limit::{Limit, LimitId, LimitUnit, Threshold, ThresholdId};
use super::day::{Day, Interval};
use super::pack::Sourced;
use crate::trade::{CountryCode, CurrencyCode};

/// An agreement's rules of origin.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// The form that its certificates are written on, such as `D`.
    pub form: String,
    /// The countries that are bound by it.
    pub members: Vec<Member>,
    /// The grounds of origin that box 8 may state, by [`crate::trade::CriterionPart::kind`].
    pub criteria: Vec<String>,
    /// Those of them that the general rule allows for any goods. The others hang on the rule of the
    /// product.
    pub general_criteria: Vec<String>,
    /// The value in box 9.
    pub fob: FobRule,
    /// The boxes that must be filled (status M of the form's elements).
    pub boxes: Vec<RequiredBox>,
    /// Small consignments that need no proof of origin.
    pub waiver: Waiver,
    /// How a declaration of each message family quotes a certificate.
    pub quoting: Vec<Quoting>,
    /// The words by which notes quote one.
    pub note_words: NoteWords,
    /// How far what is compared may differ.
    pub tolerances: Tolerances,
    /// What nobody checks here, and why.
    pub not_checked: Vec<NotChecked>,
    /// SHA-256 over its files.
    pub digest: String,
    pub(super) limits: Vec<Limit>,
    pub(super) thresholds: Vec<Threshold>,
    /// In the order of [`CheckId::ALL`].
    pub(super) checks: Vec<Check>,
}

/// A country that is bound by the agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its code (ISO 3166-1).
    pub country: CountryCode,
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// The days on which it is bound.
    pub days: Interval,
}

/// Where the value of the goods (FOB) must stand in box 9 (Annex 7, overleaf note 10; OCP rule 25).
#[derive(Debug, Clone)]
pub struct FobRule {
    /// The grounds of origin with which it must stand.
    pub criteria: Vec<String>,
    /// Whether one of the states must be the exporting or importing one, or both.
    pub when: FobWhen,
    /// The states that ask for it, with their days.
    pub states: Vec<(CountryCode, Interval)>,
    /// What says so.
    pub cites: String,
}

/// Which side of the trade the states of [`FobRule`] are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FobWhen {
    /// The exporting or the importing state is one of them.
    Either,
    /// Both are.
    Both,
}

/// A box that must be filled.
#[derive(Debug, Clone)]
pub struct RequiredBox {
    /// Its printed number.
    pub printed: String,
    /// What stands in it.
    pub name: BoxName,
    /// That in Vietnamese.
    pub vi: String,
    /// That in English.
    pub en: String,
    /// What it means where nothing does.
    pub check: CheckId,
    /// What asks for it.
    pub cites: String,
}

/// Small consignments that need no proof of origin (OCP rule 15).
#[derive(Debug, Clone)]
pub struct Waiver {
    /// Up to this value of the consignment …
    pub value_max: Decimal,
    /// … in this currency.
    pub currency: CurrencyCode,
    /// What says so.
    pub cites: String,
}

/// How declarations of a message family quote a certificate of origin.
#[derive(Debug, Clone)]
pub struct Quoting {
    /// The family ([`crate::trade::Format::family`]).
    pub family: String,
    /// The codes of documents that are certificates of origin.
    pub document_codes: Vec<String>,
    /// The codes of documents that are invoices.
    pub invoice_codes: Vec<String>,
    /// Certificates are named in the notes.
    pub in_notes: bool,
    /// What its codes for the mode of transport are in the certificate's code list.
    pub transport: Vec<(String, String)>,
}

/// The words by which notes quote a certificate, folded (see `origin::words`).
#[derive(Debug, Clone, Default)]
pub struct NoteWords {
    /// A certificate is named after these.
    pub begins: Vec<String>,
    /// Between them and its number these may stand.
    pub labels: Vec<String>,
    /// Its number ends before these.
    pub ends: Vec<String>,
    /// These say that it comes later.
    pub late: Vec<String>,
}

/// How far what is compared may differ and is still the same, or a minor discrepancy (OCP rule 16).
#[derive(Debug, Clone)]
pub struct Tolerances {
    /// Words that say nothing of the goods.
    pub empty_words: Vec<String>,
    /// Words of names that say only what kind of company it is, folded.
    pub legal_forms: Vec<String>,
    /// So many in a hundred of the shorter description's keywords must be in the other for the
    /// descriptions to be the same …
    pub keywords_same_percent: u32,
    /// … and so many for them to differ slightly.
    pub keywords_slight_percent: u32,
    /// Letters by which a keyword may be misspelt.
    pub word_letters: u32,
    /// A keyword has at least so many letters to be read as misspelt.
    pub word_letters_min: u32,
    /// Letters in a hundred by which a name may be misspelt.
    pub name_letters_percent: u32,
    /// Letters by which the number of an invoice may be misspelt.
    pub invoice_letters: u32,
}

/// A question of the agreement that is not answered here.
#[derive(Debug, Clone)]
pub struct NotChecked {
    /// Its key.
    pub id: String,
    /// What it rests on.
    pub cites: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Agreement {
    /// A check's weight, citation and words.
    pub fn check(&self, id: CheckId) -> &Check {
        &self.checks[id as usize]
    }

    /// A limit in time.
    pub fn limit(&self, id: LimitId) -> &Limit {
        &self.limits[id as usize]
    }

    /// A threshold.
    pub fn threshold(&self, id: ThresholdId) -> &Threshold {
        &self.thresholds[id as usize]
    }

    /// Whether a country is bound on a day.
    pub fn is_member(&self, country: CountryCode, day: Day) -> bool {
        self.members.iter().any(|member| member.country == country && member.days.contains(day))
    }

    /// Whether the value must stand in box 9 of a certificate from `exporting` to `importing`, where
    /// its ground of origin asks for it.
    pub fn states_ask_value(&self, exporting: CountryCode, importing: CountryCode, day: Day) -> bool {
        let asks = |country| self.fob.states.iter().any(|(state, days)| *state == country && days.contains(day));
        match self.fob.when {
            FobWhen::Either => asks(exporting) || asks(importing),
            FobWhen::Both => asks(exporting) && asks(importing),
        }
    }

    /// How declarations of a family quote a certificate; `None`: not known.
    pub fn quoting(&self, family: &str) -> Option<&Quoting> {
        self.quoting.iter().find(|quoting| quoting.family == family)
    }

    /// How well a check is sourced.
    pub fn sourced(&self, id: CheckId) -> Sourced {
        self.check(id).sourced
    }
}
