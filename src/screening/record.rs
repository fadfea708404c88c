//! What is known beside the declaration: the importer's record of past results, and the permits
//! and results that agencies have given.
//!
//! Records come from files or a store, but how they are read is no business of this module. It
//! puts them in order, and leaves out what contradicts itself: such a record decides nothing,
//! and the answers that it would have touched say so.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use crate::law::{Day, DocumentTypeId, EvidenceKind, Identity, Interval, MeasureId, ProcedureId, RecordEvent, RuleId};
use crate::trade::{CountryCode, HsCode, UnitCode};

use super::sample::SampleKey;

/// Where a record was read: the name of its source and its line there, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPlace {
    /// The source, as the user named it.
    pub source: std::sync::Arc<str>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What is known beside the declarations.
#[derive(Debug, Default)]
pub struct Records {
    pub(super) events: Vec<PastEvent>,
    by_importer: FxHashMap<String, Vec<u32>>,
    pub(super) evidence: Vec<EvidenceRecord>,
    by_holder: FxHashMap<String, Vec<u32>>,
    by_declaration: FxHashMap<String, Vec<u32>>,
    /// What was left out, in the order of the records.
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

    /// None at all.
    pub fn none() -> &'static Self {
        static NONE: std::sync::OnceLock<Records> = std::sync::OnceLock::new();
        NONE.get_or_init(Self::default)
    }

    /// What was left out, and why.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// What was left out that an answer about these names would have used.
    pub fn left_out_of<'r>(&'r self, names: impl Iterator<Item = &'r str>) -> Vec<&'r LeftOut> {
        if self.touched.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<u32> = names.filter_map(|name| self.touched.get(name)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| self.left_out.get(at as usize)).collect()
    }

    /// The events of an importer under a measure, in the order of their days.
    pub(super) fn of_importer(&self, importer: &str, measure: MeasureId) -> impl Iterator<Item = &PastEvent> {
        let of_importer = self.by_importer.get(importer).map_or(&[][..], Vec::as_slice);
        of_importer.iter().map(|at| &self.events[*at as usize]).filter(move |event| event.measure == measure)
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

    fn leave_out(&mut self, place: &RecordPlace, message: String, names: &[&str]) {
        let at = u32::try_from(self.left_out.len()).unwrap_or(u32::MAX);
        self.left_out.push(LeftOut { place: place.clone(), message });
        for name in names {
            self.touched.entry((*name).to_owned()).or_default().push(at);
        }
    }

    /// Two results for one consignment of the same goods: neither counts. The same result twice
    /// counts once.
    fn take_events(&mut self, events: Vec<PastEvent>) {
        type Consignment<'e> = (&'e str, MeasureId, &'e str, &'e GoodsName);
        let mut results: FxHashMap<Consignment<'_>, Vec<usize>> = FxHashMap::default();
        for (at, event) in events.iter().enumerate() {
            if let (RecordEvent::Pass | RecordEvent::Fail, Some(consignment)) = (event.event, &event.consignment) {
                let key = (event.importer.as_str(), event.measure, consignment.as_str(), &event.goods);
                results.entry(key).or_default().push(at);
            }
        }
        let mut kept = vec![true; events.len()];
        let mut contradicted = Vec::new();
        for alike in results.values().filter(|alike| alike.len() > 1) {
            let first = &events[alike[0]];
            if alike.iter().all(|at| events[*at].event == first.event) {
                for at in &alike[1..] {
                    kept[*at] = false;
                }
                continue;
            }
            contradicted.extend(alike.iter().copied());
        }
        contradicted.sort_unstable();
        for at in contradicted {
            kept[at] = false;
            let event = &events[at];
            let consignment = event.consignment.as_deref().unwrap_or_default();
            let message =
                format!("consignment `{consignment}` of `{}` has a pass and a failure: neither counts", event.importer);
            self.leave_out(&event.place, message, &[&event.importer]);
        }
        let mut keep = kept.into_iter();
        self.events = events.into_iter().filter(|_| keep.next().unwrap_or(true)).collect();
        self.events.sort_by_key(|event| event.day);
        for (event, at) in self.events.iter().zip(0u32..) {
            self.by_importer.entry(event.importer.clone()).or_default().push(at);
        }
    }

    fn take_evidence(&mut self, evidence: Vec<EvidenceRecord>) {
        let contradictions = contradictions(&evidence);
        let replaced: rustc_hash::FxHashSet<&str> =
            evidence.iter().filter_map(|record| record.replaces.as_deref()).collect();
        let mut kept: Vec<bool> = evidence.iter().map(|record| !replaced.contains(record.id.as_str())).collect();
        for (at, message) in contradictions {
            kept[at] = false;
            if let Some(message) = message {
                let record = &evidence[at];
                let names: Vec<&str> = record.holder.iter().chain(&record.declaration).map(String::as_str).collect();
                self.leave_out(&record.place, message, &names);
            }
        }
        drop(replaced);
        let mut keep = kept.into_iter();
        self.evidence = evidence.into_iter().filter(|_| keep.next().unwrap_or(true)).collect();
        for (record, at) in self.evidence.iter().zip(0u32..) {
            if let Some(declaration) = &record.declaration {
                self.by_declaration.entry(declaration.clone()).or_default().push(at);
            } else if let Some(holder) = &record.holder {
                self.by_holder.entry(holder.clone()).or_default().push(at);
            }
        }
    }
}

/// One check of one consignment: declaration, document code, rule, measure, lines.
type Check<'e> = (&'e str, Option<&'e str>, Option<RuleId>, Option<MeasureId>, &'e [u32]);

/// The records that contradict themselves or each other, in order; without a message where one
/// merely repeats another.
fn contradictions(evidence: &[EvidenceRecord]) -> Vec<(usize, Option<String>)> {
    let mut found: std::collections::BTreeMap<usize, Option<String>> = std::collections::BTreeMap::new();
    for (at, record) in evidence.iter().enumerate() {
        if let Some(granted) = record.quantity
            && record.used > granted
        {
            let unit = record.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            let message = format!("`{}` is used for {}{unit}, more than its {granted}{unit}", record.id, record.used);
            found.insert(at, Some(message));
        }
    }
    let mut by_id: FxHashMap<(&str, Option<&str>), Vec<usize>> = FxHashMap::default();
    let mut by_consignment: FxHashMap<Check<'_>, Vec<usize>> = FxHashMap::default();
    for (at, record) in evidence.iter().enumerate() {
        by_id.entry((record.id.as_str(), record.code.as_deref())).or_default().push(at);
        if let Some(declaration) = &record.declaration {
            let key =
                (declaration.as_str(), record.code.as_deref(), record.rule, record.measure, record.lines.as_slice());
            by_consignment.entry(key).or_default().push(at);
        }
    }
    for alike in by_id.values().filter(|alike| alike.len() > 1) {
        let first = &evidence[alike[0]];
        let same = |record: &EvidenceRecord| EvidenceRecord { place: first.place.clone(), ..record.clone() } == *first;
        if alike.iter().all(|at| same(&evidence[*at])) {
            for at in &alike[1..] {
                found.entry(*at).or_insert(None);
            }
        } else {
            for at in alike {
                let message =
                    format!("the number `{}` stands twice and does not say the same: neither counts", first.id);
                found.insert(*at, Some(message));
            }
        }
    }
    for alike in by_consignment.values().filter(|alike| alike.len() > 1) {
        let standing = |at: &&usize| {
            let id = evidence[**at].id.as_str();
            !alike.iter().any(|other| evidence[*other].replaces.as_deref() == Some(id))
        };
        let standing: Vec<usize> = alike.iter().filter(standing).copied().collect();
        let says = |finding| standing.iter().any(|at| evidence[*at].finding == finding);
        if says(Finding::Pass) && says(Finding::Fail) {
            for at in standing {
                let declaration = evidence[at].declaration.as_deref().unwrap_or_default();
                let message = format!(
                    "declaration `{declaration}` has a pass and a failure for one check: neither counts (a second inspection names the first in `replaces`)"
                );
                found.insert(at, Some(message));
            }
        }
    }
    found.into_iter().collect()
}
