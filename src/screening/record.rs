//! What is known beside the declaration: the importer's record of past results, and the permits
//! and results that agencies have given.
//!
//! Records come from files or a store, but how they are read is no business of this module. It
//! puts them in order, and leaves out what contradicts itself: such a record decides nothing,
//! and the answers that it would have touched say so.

mod contradiction;

use std::sync::Arc;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::law::{Day, DocumentTypeId, EvidenceKind, Identity, Interval, MeasureId, ProcedureId, RecordEvent, RuleId};
use crate::trade::{CountryCode, HsCode, UnitCode};

use self::contradiction::Fate;
use super::sample::SampleKey;

/// Where a record was read: the name of its source and its line there, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPlace {
    /// The source, as the user named it.
    pub source: Arc<str>,
    /// The line.
    pub line: u32,
}

impl std::fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.source, self.line)
    }
}

/// Something that happened to an importer's goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEvent {
    /// Where it was read.
    pub place: RecordPlace,
    /// The importer's tax code.
    pub importer: String,
    /// Under which measure.
    pub measure: MeasureId,
    /// What happened.
    pub event: RecordEvent,
    /// When.
    pub day: Day,
    /// The last day of what was granted; `None`: until revoked.
    pub until: Option<Day>,
    /// The consignment it is about: its declaration.
    pub consignment: Option<String>,
    /// The goods.
    pub goods: GoodsName,
}

/// What names goods beside the importer; what is not stated is unknown, not different.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct GoodsName {
    /// The HS code.
    pub hs: Option<HsCode>,
    /// The product.
    pub product: Option<String>,
    /// The maker.
    pub maker: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// Type or model.
    pub model: Option<String>,
    /// The country of origin.
    pub origin: Option<CountryCode>,
}

/// How alike two names of goods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// Everything that matters is stated, and the same.
    Same,
    /// Nothing that is stated differs, but not everything is stated.
    Perhaps,
    /// Something differs.
    Different,
}

impl GoodsName {
    /// How alike two names are in what a regime asks for.
    pub(super) fn alike(&self, other: &Self, same: &[Identity]) -> Alike {
        fn compare<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> Alike {
            match (a, b) {
                (Some(a), Some(b)) if a == b => Alike::Same,
                (Some(_), Some(_)) => Alike::Different,
                _ => Alike::Perhaps,
            }
        }
        let mut alike = Alike::Same;
        for identity in same {
            let one = match identity {
                Identity::Importer => Alike::Same,
                Identity::Hs => compare(self.hs.as_ref(), other.hs.as_ref()),
                Identity::Product => compare(self.product.as_ref(), other.product.as_ref()),
                Identity::Maker => compare(self.maker.as_ref(), other.maker.as_ref()),
                Identity::Brand => compare(self.brand.as_ref(), other.brand.as_ref()),
                Identity::Model => compare(self.model.as_ref(), other.model.as_ref()),
                Identity::Origin => compare(self.origin.as_ref(), other.origin.as_ref()),
            };
            match one {
                Alike::Different => return Alike::Different,
                Alike::Perhaps => alike = Alike::Perhaps,
                Alike::Same => {}
            }
        }
        // Goods that are not named in full are told apart by their codes at least.
        if alike == Alike::Perhaps && compare(self.hs.as_ref(), other.hs.as_ref()) == Alike::Different {
            return Alike::Different;
        }
        alike
    }
}

/// A text that names something, made comparable: NFC, small letters, single spaces.
pub fn comparable(text: &str) -> String {
    let text: String = text.nfc().flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a permit, certificate or result says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Granted, passed.
    Pass,
    /// Refused, failed.
    Fail,
    /// Asked for, not answered.
    Pending,
}

/// A permit, certificate, registration or result that an agency has given.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceRecord {
    /// Where it was read.
    pub place: RecordPlace,
    /// Its own number.
    pub id: String,
    /// What it is.
    pub kind: EvidenceKind,
    /// The code of its document type or procedure, as written.
    pub code: Option<String>,
    /// Its document type.
    pub document: Option<DocumentTypeId>,
    /// Its procedure.
    pub procedure: Option<ProcedureId>,
    /// The rule it is given under.
    pub rule: Option<RuleId>,
    /// The measure it is given under.
    pub measure: Option<MeasureId>,
    /// The rules that it may be about by its rule, code or measure, in the order of the pack.
    pub rules: Arc<[RuleId]>,
    /// Who holds it: a tax code.
    pub holder: Option<String>,
    /// The declaration it is about; `None`: any of the holder.
    pub declaration: Option<String>,
    /// The lines of that declaration; empty: all.
    pub lines: Vec<u32>,
    /// Only codes within these; empty: all.
    pub hs: Vec<HsCode>,
    /// Only goods of this origin.
    pub origin: Option<CountryCode>,
    /// Its days.
    pub valid: Interval,
    /// What it says.
    pub finding: Finding,
    /// How much of the goods it covers, in `unit`; `None`: any quantity.
    pub quantity: Option<Decimal>,
    /// The unit of `quantity` and `used`.
    pub unit: Option<UnitCode>,
    /// How much of it is used.
    pub used: Decimal,
    /// The day on which its dossier was filed: the agency's clock runs from then on, and rules
    /// whose transition keeps earlier dossiers under the old law are asked about that day.
    pub filed: Option<Day>,
    /// The days on which the clock stood because the trader was asked for more, first and last;
    /// an open last one: it still stands.
    pub paused: Vec<Interval>,
    /// The number of the record that it takes the place of: a second inspection after a first.
    pub replaces: Option<String>,
}

/// Why a record was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub place: RecordPlace,
    /// What is wrong, in words.
    pub message: String,
    /// The importers, holders and declarations whose answers it would have touched, as far as
    /// they could be read.
    pub names: Vec<String>,
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Of more records than this that are left out, an answer about their name tells the first.
const TOLD_OF_NAME: usize = 20;

/// What is known beside the declarations.
#[derive(Debug, Default)]
pub struct Records {
    pub(super) events: Vec<PastEvent>,
    by_importer: FxHashMap<String, Vec<u32>>,
    pub(super) evidence: Vec<EvidenceRecord>,
    by_holder: FxHashMap<String, Vec<u32>>,
    by_declaration: FxHashMap<String, Vec<u32>>,
    /// Permits that were taken back: that a declaration names one of them says nothing.
    pub(super) void: Vec<EvidenceRecord>,
    /// What was left out: history, evidence, then what could not be read.
    left_out: Vec<LeftOut>,
    /// The importers, holders and declarations whose records were left out.
    touched: FxHashMap<String, Vec<u32>>,
    /// The key of the draw.
    pub(super) sample_key: Option<SampleKey>,
}

impl Records {
    /// Puts records in order. What contradicts itself is left out.
    pub fn new(events: Vec<PastEvent>, evidence: Vec<EvidenceRecord>, sample_key: Option<SampleKey>) -> Self {
        let mut records = Self { sample_key, ..Self::default() };
        records.take_events(events);
        records.take_evidence(evidence);
        records
    }

    /// Adds records that could not be read: the answers about their names say so.
    #[must_use]
    pub fn with_unread(mut self, unread: impl IntoIterator<Item = LeftOut>) -> Self {
        for left_out in unread {
            self.leave_out(left_out);
        }
        self
    }

    /// Adds permits that were taken back: that a declaration names one of them says nothing.
    #[must_use]
    pub fn with_void(mut self, void: impl IntoIterator<Item = EvidenceRecord>) -> Self {
        self.void.extend(void);
        self
    }

    /// None at all.
    pub fn none() -> &'static Self {
        static NONE: std::sync::OnceLock<Records> = std::sync::OnceLock::new();
        NONE.get_or_init(Self::default)
    }

    /// What was left out, and why.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// What was left out that an answer about these names would have used; of each name the first
    /// twenty.
    pub fn left_out_of<'r>(&'r self, names: impl Iterator<Item = &'r str>) -> Vec<&'r LeftOut> {
        if self.touched.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<u32> = names.filter_map(|name| self.touched.get(name)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| self.left_out.get(at as usize)).collect()
    }

    /// The events of an importer, in the order of their days.
    pub(super) fn events_of(&self, importer: &str) -> impl Iterator<Item = &PastEvent> {
        let of_importer = self.by_importer.get(importer).map_or(&[][..], Vec::as_slice);
        of_importer.iter().map(|at| &self.events[*at as usize])
    }

    /// The events of an importer under a measure, in the order of their days.
    pub(super) fn of_importer(&self, importer: &str, measure: MeasureId) -> impl Iterator<Item = &PastEvent> {
        self.events_of(importer).filter(move |event| event.measure == measure)
    }

    /// The records about a declaration, then those of its trader.
    pub(super) fn evidence_of<'r>(
        &'r self,
        declaration: Option<&str>,
        holder: Option<&str>,
    ) -> impl Iterator<Item = (u32, &'r EvidenceRecord)> {
        let of = |map: &'r FxHashMap<String, Vec<u32>>, name: Option<&str>| {
            name.and_then(|name| map.get(name)).map_or(&[][..], Vec::as_slice)
        };
        let about = of(&self.by_declaration, declaration);
        let held = of(&self.by_holder, holder);
        about.iter().chain(held).map(|at| (*at, &self.evidence[*at as usize]))
    }

    /// Whether a record about a declaration or of its trader says when its dossier was filed.
    pub(super) fn say_when_filed(&self, declaration: Option<&str>, holder: Option<&str>) -> bool {
        !self.evidence.is_empty() && self.evidence_of(declaration, holder).any(|(_, record)| record.filed.is_some())
    }

    /// A permit or result by its position.
    pub fn record(&self, at: u32) -> Option<&EvidenceRecord> {
        self.evidence.get(at as usize)
    }

    fn leave_out(&mut self, left_out: LeftOut) {
        let at = u32::try_from(self.left_out.len()).unwrap_or(u32::MAX);
        for name in &left_out.names {
            let of_name = self.touched.entry(name.clone()).or_default();
            if of_name.len() < TOLD_OF_NAME {
                of_name.push(at);
            }
        }
        self.left_out.push(left_out);
    }

    fn take_events(&mut self, events: Vec<PastEvent>) {
        let fates = contradiction::of_events(&events);
        for (event, fate) in events.into_iter().zip(fates) {
            match fate {
                Fate::Kept => self.events.push(event),
                Fate::Superfluous => {}
                Fate::LeftOut(message) => {
                    self.leave_out(LeftOut { place: event.place, message, names: vec![event.importer] });
                }
            }
        }
        self.events.sort_by_key(|event| event.day);
        for (event, at) in self.events.iter().zip(0u32..) {
            self.by_importer.entry(event.importer.clone()).or_default().push(at);
        }
    }

    fn take_evidence(&mut self, mut evidence: Vec<EvidenceRecord>) {
        for record in &mut evidence {
            record.lines.sort_unstable();
            record.lines.dedup();
        }
        let fates = contradiction::of_evidence(&evidence);
        for (record, fate) in evidence.into_iter().zip(fates) {
            match fate {
                Fate::Kept => self.evidence.push(record),
                Fate::Superfluous => {}
                Fate::LeftOut(message) => {
                    let names = record.holder.into_iter().chain(record.declaration).collect();
                    self.leave_out(LeftOut { place: record.place, message, names });
                }
            }
        }
        for (record, at) in self.evidence.iter().zip(0u32..) {
            if let Some(declaration) = &record.declaration {
                self.by_declaration.entry(declaration.clone()).or_default().push(at);
            } else if let Some(holder) = &record.holder {
                self.by_holder.entry(holder.clone()).or_default().push(at);
            }
        }
    }
}
