//! What screening looks up, made from the pack beforehand: what codes of a message family mean,
//! what a candidate is asked first, from when each chapter is covered.

use rustc_hash::FxHashMap;

use super::evidence::{Carried, CarriedList, Holder, Known};
use crate::law::{
    Candidate, Condition, Coverage, Day, DocumentTypeId, FactMask, Interval, Pack, ProcedureId, ReadField, RuleId,
};
use crate::trade::{Direction, DocumentRef};

/// What is asked of a candidate first: its days, and whether there is anything else to ask.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "six questions, each answered by itself")]
pub(super) struct FirstLook {
    pub(super) rule: RuleId,
    /// From the first day in force to the last, gaps included.
    pub(super) span: Interval,
    pub(super) import: bool,
    pub(super) export: bool,
    /// Its rule has gaps in force, a scope or origins.
    pub(super) look_closer: bool,
    /// The goods are meant whatever they are.
    pub(super) unconditional: bool,
    /// Its rule has a regime of inspection methods.
    pub(super) methods: bool,
    /// Dossiers filed earlier keep the law of the day they were filed on.
    pub(super) keeps_dossiers: bool,
}

impl FirstLook {
    pub(super) fn of(pack: &Pack, candidate: &Candidate) -> Self {
        let rule = pack.rule(candidate.rule);
        let from = rule.in_force.iter().map(|i| i.from).min().unwrap_or(Day::MAX).max(candidate.valid.from);
        let to = rule.in_force.iter().map(|i| i.to).max().unwrap_or(Day::MIN).min(candidate.valid.to);
        Self {
            rule: candidate.rule,
            span: Interval { from, to },
            import: rule.direction.reaches(Direction::Import),
            export: rule.direction.reaches(Direction::Export),
            look_closer: rule.in_force.len() != 1 || rule.scope != Condition::Always || !rule.origins.is_empty(),
            unconditional: candidate.condition == Condition::Always,
            methods: !rule.methods.is_empty(),
            keeps_dossiers: rule.keeps_earlier_dossiers.is_some(),
        }
    }

    pub(super) fn reaches(&self, direction: Direction) -> bool {
        match direction {
            Direction::Import => self.import,
            Direction::Export => self.export,
        }
    }
}

#[derive(Debug)]
pub(super) struct Family<'p> {
    pub(super) documents: FxHashMap<&'p str, Known>,
    /// For each field the codes that settle something.
    pub(super) fields: FxHashMap<ReadField, FxHashMap<&'p str, (FactMask, FactMask)>>,
    /// For each regime of the pack what it settles.
    pub(super) regimes: Vec<(FactMask, FactMask)>,
}

/// Whether a coverage entry concerns a chapter.
pub(super) fn concerns(coverage: &Coverage, chapter: u8) -> bool {
    coverage.chapters == 0 || coverage.chapters & (1 << chapter) != 0
}

/// See [`Screener`].
pub(super) fn covered_from(pack: &Pack) -> [[Day; 100]; 2] {
    let latest = |direction: Direction, chapter: u8| {
        let entries = pack.coverage.iter().filter(|coverage| match direction {
            Direction::Import => coverage.import,
            Direction::Export => coverage.export,
        });
        entries.filter(|coverage| concerns(coverage, chapter)).map(|c| c.from).max().unwrap_or(Day::MIN)
    };
    let mut days = [[Day::MIN; 100]; 2];
    for direction in [Direction::Import, Direction::Export] {
        for chapter in 0..100u8 {
            days[direction as usize][usize::from(chapter)] = latest(direction, chapter);
        }
    }
    days
}

impl Family<'_> {
    pub(super) fn read(&self, field: ReadField, code: &str, yes: &mut FactMask, no: &mut FactMask) {
        if self.fields.is_empty() {
            return;
        }
        if let Some((y, n)) = self.fields.get(&field).and_then(|codes| codes.get(code)) {
            yes.add(y);
            no.add(n);
        }
    }

    pub(super) fn documents(
        &self,
        documents: &[DocumentRef<'_>],
        holder: Holder,
        yes: &mut FactMask,
        no: &mut FactMask,
        carried: &mut CarriedList,
    ) {
        for (at, document) in documents.iter().enumerate() {
            let Some(known) = self.documents.get(document.code.as_ref()) else { continue };
            yes.add(&known.yes);
            no.add(&known.no);
            if (known.document.is_some() || known.procedure.is_some()) && !document.number.is_empty() {
                carried.push(Carried {
                    holder,
                    index: u32::try_from(at).unwrap_or(u32::MAX),
                    document: known.document,
                    procedure: known.procedure,
                });
            }
        }
    }
}

pub(super) fn family<'p>(pack: &'p Pack, name: &'static str) -> Family<'p> {
    let mut documents: FxHashMap<&'p str, Known> = FxHashMap::default();
    for (at, document) in pack.documents.iter().enumerate() {
        if document.format.is_empty() || document.format == name {
            let id = u16::try_from(at).ok().map(DocumentTypeId);
            documents.entry(&document.code).or_default().document = id;
        }
    }
    for (at, procedure) in pack.procedures.iter().enumerate() {
        let id = u16::try_from(at).ok().map(ProcedureId);
        documents.entry(&procedure.code).or_default().procedure = id;
    }
    let mut fields: FxHashMap<ReadField, FxHashMap<&'p str, (FactMask, FactMask)>> = FxHashMap::default();
    for reading in &pack.readings {
        if !(reading.format.is_empty() || reading.format == "any" || reading.format == name) {
            continue;
        }
        if reading.field == ReadField::Document {
            let known = documents.entry(&reading.code).or_default();
            known.yes.add(&reading.yes);
            known.no.add(&reading.no);
        } else {
            let (yes, no) = fields.entry(reading.field).or_default().entry(reading.code.as_str()).or_default();
            yes.add(&reading.yes);
            no.add(&reading.no);
        }
    }
    let of_regimes = fields.get(&ReadField::Regime);
    let settled = |code: &str| of_regimes.and_then(|codes| codes.get(code)).copied().unwrap_or_default();
    let regimes = pack.regimes.iter().map(|regime| settled(regime.code.as_str())).collect();
    Family { documents, fields, regimes }
}
