//! What a declaration needs of the ledger: the quantities of its lines, from the permits that meet
//! their requirements.

use std::collections::BTreeSet;

use super::examine::Known;
use crate::clearance::{Examination, Examiner};
use crate::ledger::{AccountId, Need};
use crate::screening::{EvidenceFinding, EvidenceRef, Holder};
use crate::trade::{GoodsItem, Quantity, Status, UnitCode, UnitConversions};

/// Accounts that may give a quantity together, and the unit that they are counted in.
struct Source {
    accounts: BTreeSet<AccountId>,
    counted_in: UnitCode,
}

/// What the lines need.
pub(super) fn of(examiner: &Examiner<'_>, examination: &Examination<'_, '_>, known: &Known) -> Vec<Need> {
    if known.accounts.is_empty() {
        return Vec::new();
    }
    let units = examiner.screener().pack().unit_table();
    let mut needs = Vec::new();
    for (line, item) in examination.screening.lines.iter().zip(&examination.declaration.items) {
        let met = examination.screening.requirements_of(line).iter().filter(|r| r.status == Status::Met);
        let sources = met.filter_map(|requirement| {
            let evidence = examination.screening.evidence_of(requirement);
            source(examiner, evidence, known)
        });
        for source in apart(sources.collect()) {
            let Some(quantity) = quantity(item, source.counted_in, units) else { continue };
            needs.push(Need { line: line.number, quantity, accounts: source.accounts.into_iter().collect() });
        }
    }
    needs
}

/// The accounts among what meets a requirement.
fn source(examiner: &Examiner<'_>, evidence: &[EvidenceRef], known: &Known) -> Option<Source> {
    let records = examiner.records();
    let units = examiner.screener().pack().unit_table();
    let mut found: Option<Source> = None;
    for evidence in evidence.iter().filter(|e| e.holder == Holder::Record && e.finding == EvidenceFinding::Pass) {
        let Some(record) = records.record(evidence.index) else { continue };
        // Records stand in the order in which they are known, from line 1 on.
        let position = (record.place.line as usize).checked_sub(1);
        let Some(account) = position.and_then(|position| known.accounts.get(&position)) else { continue };
        let Some(unit) = record.unit else { continue };
        let source = found.get_or_insert_with(|| Source { accounts: BTreeSet::new(), counted_in: units.base(unit) });
        source.accounts.insert(account.clone());
    }
    found
}

/// The sources of a line without those that need not be asked: what the one permit gives that a
/// requirement takes meets another that takes it among others. What overlaps otherwise is one.
fn apart(mut sources: Vec<Source>) -> Vec<Source> {
    sources.sort_by_key(|source| source.accounts.len());
    let mut kept: Vec<Source> = Vec::with_capacity(sources.len());
    for mut source in sources {
        if kept.iter().any(|known| known.accounts.is_subset(&source.accounts)) {
            continue;
        }
        let (overlapping, rest) = kept.into_iter().partition(|known| !known.accounts.is_disjoint(&source.accounts));
        kept = rest;
        let overlapping: Vec<Source> = overlapping;
        source.accounts.extend(overlapping.into_iter().flat_map(|known| known.accounts));
        kept.push(source);
    }
    kept
}

/// The line's quantity: whichever is stated that converts, as screening takes it.
fn quantity(item: &GoodsItem<'_>, counted_in: UnitCode, units: &UnitConversions) -> Option<Quantity> {
    let stated = [item.quantity, item.net_mass];
    let converts = |quantity: &Quantity| {
        quantity.unit.is_some_and(|unit| units.convert(quantity.amount, unit, counted_in).is_ok())
    };
    stated.into_iter().flatten().find(converts)
}
