//! Names that other files refer to, and where each leads.

use std::collections::HashMap;

use super::super::pack::MeasureId;
use super::super::source::{At, Defects, Place, Source, did_you_mean};
use crate::trade::{CountryCode, RegimeCode};

/// Names of one kind.
#[derive(Debug)]
pub(super) struct Kind<'s> {
    what: &'static str,
    unknown: &'static str,
    positions: HashMap<&'s str, u16>,
}

impl<'s> Kind<'s> {
    pub(super) fn new(
        what: &'static str,
        unknown: &'static str,
        names: impl Iterator<Item = &'s At<String>>,
        to: &mut Defects,
    ) -> Self {
        let mut positions = HashMap::new();
        for (at, name) in names.enumerate() {
            let at = u16::try_from(at).unwrap_or_else(|_| {
                to.error(name.place, "limit_names", format!("more than 65536 of one kind: {what}"));
                u16::MAX
            });
            if positions.insert(name.value.as_str(), at).is_some() {
                to.error(name.place, "duplicate_id", format!("{what} `{}` occurs twice", name.value));
            }
        }
        Self::of(what, unknown, positions)
    }

    /// Names that may stand more than once; the first counts.
    fn repeatable(what: &'static str, unknown: &'static str, names: impl Iterator<Item = &'s At<String>>) -> Self {
        let mut positions = HashMap::new();
        for (at, name) in (0..u16::MAX).zip(names) {
            positions.entry(name.value.as_str()).or_insert(at);
        }
        Self::of(what, unknown, positions)
    }

    /// Names that may stand more than once; each counts as one, in the order of the first.
    fn distinct(what: &'static str, unknown: &'static str, names: impl Iterator<Item = &'s At<String>>) -> Self {
        let mut positions = HashMap::new();
        for name in names {
            let next = u16::try_from(positions.len()).unwrap_or(u16::MAX);
            positions.entry(name.value.as_str()).or_insert(next);
        }
        Self::of(what, unknown, positions)
    }

    fn of(what: &'static str, unknown: &'static str, positions: HashMap<&'s str, u16>) -> Self {
        Self { what, unknown, positions }
    }

    /// The position of a name, without a word where there is none.
    pub(super) fn get(&self, name: &str) -> Option<u16> {
        self.positions.get(name).copied()
    }

    /// The position of a name; that there is none is recorded.
    pub(super) fn find(&self, name: &At<String>, to: &mut Defects) -> Option<u16> {
        let found = self.get(&name.value);
        if found.is_none() {
            to.error_with(
                name.place,
                self.unknown,
                format!("unknown {} `{}`", self.what, name.value),
                did_you_mean(&name.value, self.positions.keys().copied()),
            );
        }
        found
    }
}

/// Every name of a pack.
#[derive(Debug)]
pub(super) struct Names<'s> {
    /// Codes of ministries.
    pub(super) ministries: Kind<'s>,
    /// Codes of agencies.
    pub(super) agencies: Kind<'s>,
    /// Keys of measures.
    pub(super) measures: Kind<'s>,
    /// Codes of procedures, by their position in [`Names::procedure_order`].
    pub(super) procedures: Kind<'s>,
    /// Positions in the source, sorted by code.
    pub(super) procedure_order: Vec<usize>,
    /// Keys of facts.
    pub(super) facts: Kind<'s>,
    /// Keys of regimes of inspection methods.
    pub(super) methods: Kind<'s>,
    /// Keys of exemptions.
    pub(super) exemptions: Kind<'s>,
    /// Ids of rules, by their position in [`Names::rule_order`].
    pub(super) rules: Kind<'s>,
    /// Positions in the source, sorted by id.
    pub(super) rule_order: Vec<usize>,
    /// Positions in the source, sorted by code and format.
    pub(super) document_order: Vec<usize>,
    /// Codes of documents to positions in [`Names::document_order`]: a code may serve several formats.
    pub(super) documents: HashMap<&'s str, Vec<u16>>,
    regimes: HashMap<RegimeCode, u8>,
    countries: HashMap<&'s str, Place>,
}

impl<'s> Names<'s> {
    /// Gathers them; what occurs twice is recorded.
    pub(super) fn new(source: &'s Source, to: &mut Defects) -> Self {
        let mut procedure_order: Vec<usize> = (0..source.procedures.len()).collect();
        procedure_order.sort_by_key(|at| (&source.procedures[*at].code.value, source.procedures[*at].code.place));
        let mut rule_order: Vec<usize> = (0..source.rules.len()).filter(|at| source.rules[*at].id.is_some()).collect();
        rule_order.sort_by_key(|at| source.rules[*at].id.as_ref().map(|id| (&id.value, id.place)));
        let (document_order, documents) = documents(source, to);
        // Exclusions are named by nothing, but answers name them.
        Kind::new("exclusion", "unknown_exclusion", source.exclusions.iter().map(|e| &e.id), to);
        Self {
            ministries: Kind::distinct("ministry", "unknown_ministry", source.ministries.iter().map(|m| &m.code)),
            agencies: Kind::distinct("agency", "unknown_agency", source.agencies.iter().map(|a| &a.code)),
            measures: Kind::new("measure", "unknown_measure", source.measures.iter().map(|m| &m.key), to),
            procedures: Kind::new(
                "procedure",
                "unknown_procedure",
                procedure_order.iter().map(|at| &source.procedures[*at].code),
                to,
            ),
            procedure_order,
            facts: Kind::new("fact", "unknown_fact", source.facts.iter().map(|f| &f.key), to),
            methods: Kind::new("method regime", "unknown_method_regime", source.methods.iter().map(|m| &m.key), to),
            exemptions: Kind::repeatable("exemption", "unknown_exemption", source.exemptions.iter().map(|e| &e.key)),
            rules: Kind::new(
                "rule",
                "unknown_rule",
                rule_order.iter().filter_map(|at| source.rules[*at].id.as_ref()),
                to,
            ),
            rule_order,
            document_order,
            documents,
            regimes: regimes(source, to),
            countries: source.countries.iter().map(|row| (row.name.code.as_str(), row.place)).collect(),
        }
    }

    /// The position of a regime.
    pub(super) fn regime(&self, code: &At<RegimeCode>, to: &mut Defects) -> Option<u8> {
        let found = self.regimes.get(&code.value).copied();
        if found.is_none() {
            to.error_with(
                code.place,
                "unknown_regime",
                format!("unknown regime `{}`", code.value),
                did_you_mean(code.value.as_str(), self.regimes.keys().map(RegimeCode::as_str)),
            );
        }
        found
    }

    /// A bit for each of the regimes.
    pub(super) fn regime_bits(&self, codes: &[At<RegimeCode>], to: &mut Defects) -> u64 {
        codes.iter().filter_map(|code| self.regime(code, to)).fold(0, |bits, at| bits | 1 << at)
    }

    /// The countries that the list has.
    pub(super) fn countries(&self, codes: &[At<CountryCode>], to: &mut Defects) -> Vec<CountryCode> {
        let mut known = Vec::new();
        for code in codes {
            if self.countries.contains_key(code.value.as_str()) {
                known.push(code.value);
            } else {
                to.error(code.place, "unknown_country", format!("unknown country `{}`", code.value));
            }
        }
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The measures of several keys.
    pub(super) fn measure_ids(&self, keys: &[At<String>], to: &mut Defects) -> Vec<MeasureId> {
        keys.iter().filter_map(|key| self.measures.find(key, to)).map(MeasureId).collect()
    }
}

fn documents<'s>(source: &'s Source, to: &mut Defects) -> (Vec<usize>, HashMap<&'s str, Vec<u16>>) {
    let mut order: Vec<usize> = (0..source.documents.len()).collect();
    let key = |at: &usize| {
        let row = &source.documents[*at];
        (row.code.value.as_str(), row.format, row.code.place)
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut positions: HashMap<&str, Vec<u16>> = HashMap::new();
    for (position, at) in order.iter().enumerate() {
        let row = &source.documents[*at];
        let same = position.checked_sub(1).is_some_and(|before| {
            let before = &source.documents[order[before]];
            before.code.value == row.code.value && before.format == row.format
        });
        if same {
            let message = format!("document `{}` occurs twice for one format", row.code.value);
            to.error(row.code.place, "duplicate_id", message);
        }
        let position = u16::try_from(position).unwrap_or(u16::MAX);
        positions.entry(row.code.value.as_str()).or_default().push(position);
    }
    (order, positions)
}

/// The bits of a `u64` are the regimes' places.
const REGIMES_MAX: usize = 64;

fn regimes(source: &Source, to: &mut Defects) -> HashMap<RegimeCode, u8> {
    let mut positions = HashMap::new();
    for (at, row) in source.regimes.iter().enumerate() {
        if at == REGIMES_MAX {
            to.error(row.code.place, "limit_regimes", format!("a pack has at most {REGIMES_MAX} regimes"));
        }
        let at = u8::try_from(at.min(REGIMES_MAX - 1)).unwrap_or(0);
        if positions.insert(row.code.value, at).is_some() {
            to.error(row.code.place, "duplicate_id", format!("regime `{}` occurs twice", row.code.value));
        }
    }
    positions
}
