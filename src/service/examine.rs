//! What the law says of a declaration, with everything that is known beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::law_book::Edition;
use super::origin::KnownCertificate;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::{Declaration, Registration, Settled, StepOutcome};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::record::DecisionRecord;
use crate::clearance::{Examination, Examiner, LawDay, Room};
use crate::law::{EvidenceKind, ProcedureKind};
use crate::ledger::AccountId;
use crate::message::{ReadOptions, Reading, Rejection};
use crate::records::evidence::Checks;
use crate::records::{EvidenceEntry, HistoryEntry};
use crate::screening::{NoTrace, RecordPlace, Records, SampleKey};
use crate::trade::{Direction, Format};

/// What is known beside a declaration, as it was stated.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Permits, certificates and results.
    pub evidence: Vec<EvidenceEntry>,
    /// The accounts of those whose quantity is reckoned, by their positions.
    pub accounts: BTreeMap<usize, AccountId>,
    /// Permits that were taken back: that a declaration names one of them says nothing.
    pub void: Vec<EvidenceEntry>,
    /// The importer's record.
    pub history: Vec<HistoryEntry>,
    /// Facts that were settled since.
    pub facts: Vec<Settled>,
    /// Certificates of origin that the declaration quotes.
    pub certificates: Vec<KnownCertificate>,
}

impl Known {
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.says_nothing() && self.facts.is_empty()
    }

    /// Whether nothing is known of what was given, and nothing of the importer.
    fn says_nothing(&self) -> bool {
        self.evidence.is_empty() && self.void.is_empty() && self.history.is_empty()
    }

    /// The same as the screening reads it under a pack.
    pub fn records(&self, edition: &Edition, key: Option<&SampleKey>) -> Records {
        let mut checks = Checks::new(edition.pack);
        let source: Arc<str> = "store".into();
        let place =
            |at: usize| RecordPlace { source: Arc::clone(&source), line: u32::try_from(at + 1).unwrap_or(u32::MAX) };
        let (mut events, mut evidence, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (at, entry) in self.history.iter().enumerate() {
            match entry.resolve(place(at), edition.pack) {
                Ok(event) => events.push(event),
                Err(left_out) => unread.push(left_out),
            }
        }
        for (at, entry) in self.evidence.iter().enumerate() {
            match entry.resolve(place(at), &mut checks) {
                Ok(record) => evidence.push(record),
                Err(left_out) => unread.push(left_out),
            }
        }
        // What cannot be read and says nothing is not missed.
        let void = self.void.iter().enumerate().filter_map(|(at, entry)| entry.resolve(place(at), &mut checks).ok());
        let void: Vec<_> = void.collect();
        Records::new(events, evidence, key.cloned()).with_unread(unread).with_void(void)
    }
}

/// Examines a reading under an edition; `received` is the day on which the declaration came. What
/// is wanted of the examination is taken by `take`.
pub fn examine<T>(
    edition: &Edition,
    received: Date,
    reading: &mut Reading<'_>,
    (known, key): (&Known, Option<&SampleKey>),
    take: impl FnOnce(&Examiner<'_>, &Examination<'_, '_>) -> T,
) -> T {
    for settled in &known.facts {
        // A line that an amendment took away has nothing to settle any more.
        let _ = reading.declaration.settle(Some(settled.line), &settled.fact, &settled.value);
    }
    let law_day = LawDay { received, as_of: None, law_date: None };
    let examiner = Examiner::on(&edition.screener, &edition.calendar, law_day);
    let mut room = Room::default();
    if known.says_nothing() && key.is_none() {
        let examination = examiner.examine(reading, &mut room, &mut NoTrace);
        return take(&examiner, &examination);
    }
    let records = known.records(edition, key);
    let examiner = examiner.knowing(&records);
    let examination = examiner.examine(reading, &mut room, &mut NoTrace);
    take(&examiner, &examination)
}

/// Reads the declaration in a message that was read before: the first one, what takes its place or
/// what amends it.
///
/// # Errors
/// [`Rejection`] where this version of the program refuses what an earlier one took.
pub fn read_again<'b>(bytes: &'b [u8], edition: &Edition) -> Result<Reading<'b>, Rejection> {
    let options = options(edition);
    match crate::message::receive(bytes, &options).map(|incoming| incoming.content.into_reading()) {
        Ok(Some(reading)) => Ok(reading),
        // It says itself why there is no declaration in it.
        Ok(None) | Err(_) => crate::message::read(bytes, &options),
    }
}

/// How messages are read under an edition.
pub fn options(edition: &Edition) -> ReadOptions {
    ReadOptions { zone: edition.zone.clone(), ..ReadOptions::default() }
}

/// Only the decision.
pub fn decide(
    edition: &Edition,
    received: Date,
    reading: &mut Reading<'_>,
    known: (&Known, Option<&SampleKey>),
) -> DecisionRecord {
    examine(edition, received, reading, known, DecisionRecord::of)
}

/// What a case has to know of a declaration without reading the message again.
pub fn registration(
    edition: &Edition,
    reading: &Reading<'_>,
    message: crate::clearance::case::MessageRef,
    filer: &str,
) -> Registration {
    let declaration = &reading.declaration;
    let direction = edition.screener.direction(declaration);
    let trader = match direction {
        Some(Direction::Export) => &declaration.exporter,
        Some(Direction::Import) | None => &declaration.importer,
    };
    let text = |text: &Option<crate::trade::Text<'_>>| text.as_deref().map(str::to_owned);
    Registration {
        message,
        format: declaration.format.as_str().to_owned(),
        number: text(&declaration.number),
        reference: text(&declaration.reference),
        direction,
        holder: text(&trader.id),
        filer: filer.to_owned(),
        office: text(&declaration.office),
        date: declaration.date,
        lines: u32::try_from(declaration.items.len()).unwrap_or(u32::MAX),
        advisory: !edition.screener.is_national(declaration),
        pre_lodged: declaration.format == Format::VnDeclaration && declaration.date.is_none(),
    }
}

/// What dossiers in hand and steps that were settled say as evidence: that something was asked for
/// and is not answered, or that an operator answered in the agency's place.
pub fn implied(case: &Declaration, dossiers: &[Dossier], edition: &Edition) -> Vec<EvidenceEntry> {
    let mut found = Vec::new();
    let name = case.registration.name().map(str::to_owned);
    let lines = |lines: &std::collections::BTreeSet<u32>| lines.iter().map(u32::to_string).collect::<Vec<_>>();
    for (task, step) in &case.settled_steps {
        let outcome = match step.outcome {
            StepOutcome::Skipped | StepOutcome::Passed => "pass",
            StepOutcome::Failed | StepOutcome::Aborted => "fail",
        };
        // A registration that is settled is one that was made: what follows it is still to be done.
        let kind = if outcome == "pass" && registers(edition, task) { "registration" } else { "result" };
        for (rule, of) in &step.rules {
            found.push(EvidenceEntry {
                id: Some(format!("step {task}: {}", step.outcome.as_str())),
                kind: Some(kind.to_owned()),
                rule: Some(rule.clone()),
                declaration: name.clone(),
                lines: lines(of),
                outcome: Some(outcome.to_owned()),
                ..EvidenceEntry::default()
            });
        }
    }
    for dossier in dossiers {
        let Some((_, task, _)) = dossier.link.as_ref().filter(|(declaration, ..)| *declaration == case.id) else {
            continue;
        };
        let in_hand = dossier.filed.is_some() && dossier.live().next().is_none() && dossier.ended.is_none();
        if !in_hand || !edition.cycle(dossier.procedure.as_deref()).is_some_and(|cycle| dossier.is_open(cycle)) {
            continue;
        }
        let day = |moment| edition.day_of(moment).to_string();
        let pauses = dossier.clocks.values().flat_map(|clock| &clock.pauses);
        let paused = pauses.map(|(from, to)| format!("{}/{}", day(*from), to.map(day).unwrap_or_default()));
        let paused: Vec<String> = paused.collect();
        let procedure = dossier.procedure.as_deref().and_then(|code| edition.pack.procedure(code));
        let kind = match procedure.map(|id| edition.pack.procedures[id.index()].kind) {
            Some(ProcedureKind::Registration) => EvidenceKind::Registration,
            Some(ProcedureKind::Permit) => EvidenceKind::Permit,
            _ => EvidenceKind::Certificate,
        };
        for (rule, of) in &case.rules_of(task) {
            found.push(EvidenceEntry {
                id: Some(dossier.reference.clone().unwrap_or_else(|| dossier.id.to_string())),
                kind: Some(kind.as_str().to_owned()),
                rule: Some(rule.clone()),
                declaration: name.clone(),
                lines: lines(of),
                outcome: Some("pending".to_owned()),
                filed: dossier.filed.map(day),
                paused: paused.clone(),
                ..EvidenceEntry::default()
            });
        }
    }
    found
}

/// Whether a task, by its key, is one of a procedure after which another gives the result.
pub(super) fn registers(edition: &Edition, task: &str) -> bool {
    let procedure = task.split('/').nth(1).and_then(|code| edition.pack.procedure(code));
    procedure.is_some_and(|id| edition.pack.procedures[id.index()].kind == ProcedureKind::Registration)
}

/// The name under which a declaration's records are found: its own, or the id of its case where it
/// has none.
pub fn name_of(case: CaseId, registration: &Registration) -> String {
    registration.name().map_or_else(|| case.to_string(), str::to_owned)
}
