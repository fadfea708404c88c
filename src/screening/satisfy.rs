//! Step 10: what satisfies a requirement: documents that the declaration carries, and what the
//! agencies have given.

use rust_decimal::Decimal;

use super::ask::Asked;
use super::evaluate::Line;
use super::evidence::{Carried, EvidenceRef, Holder};
use super::record::{EvidenceRecord, Finding, Records};
use super::requirement::{Drawn, Requirement, Screening, Short};
use super::screen::index;
use crate::law::{Day, EvidenceKind, ProcedureKind, Rule, RuleId};
use crate::trade::{Quantity, Status, UnitCode};

/// Why a record about a rule, and about the trader or the declaration, does not serve a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mismatch {
    /// The day lies outside its days.
    Days,
    /// It is for other codes.
    Code,
    /// It is for goods of another origin.
    Origin,
    /// It is for other lines of the declaration.
    Lines,
    /// It was given to another trader.
    Holder,
    /// It tells of a failure and names no declaration.
    NoDeclaration,
    /// The line states no quantity that converts into its unit.
    Unit,
    /// Too little is left of it; with all that is left elsewhere it is still too little.
    Quantity {
        /// How much is left of it.
        left: Decimal,
        /// How much the line needs.
        needed: Decimal,
        /// The unit of both.
        unit: Option<UnitCode>,
    },
}

/// Who hears of records that do not serve.
type Hear<'h> = Option<&'h mut dyn FnMut(u32, Mismatch)>;

impl Asked<'_, '_, '_> {
    /// Looks for what satisfies the requirement, and sets its status by it. A failed result
    /// outweighs everything, then what satisfies, then what is still asked for. `hear` hears of
    /// the records that do not serve.
    pub(super) fn satisfy(
        &self,
        line: &Line<'_, '_>,
        requirement: &mut Requirement,
        screening: &mut Screening,
        hear: Hear<'_>,
    ) {
        let (from, short_from) = (screening.evidence.len(), screening.short.len());
        let rule = self.screener.pack.rule(requirement.rule);
        self.by_documents(line, rule, screening);
        self.by_records(line, (requirement.rule, rule), screening, hear);
        let found = &screening.evidence[from..];
        let any = |wanted: &dyn Fn(&EvidenceRef) -> bool| found.iter().any(wanted);
        requirement.status = if any(&|e| e.finding == Finding::Fail) {
            Status::Failed
        } else if any(&|e| e.finding == Finding::Pass && e.kind != EvidenceKind::Registration) {
            screening.short.truncate(short_from);
            Status::Met
        } else if found.is_empty() {
            return;
        } else {
            Status::Pending
        };
        requirement.evidence = (index(from), index(screening.evidence.len()));
    }

    /// The documents that the declaration carries. That one is named says that it was granted, but
    /// where the records reckon its quantity they say whether it serves.
    fn by_documents(&self, line: &Line<'_, '_>, rule: &Rule, screening: &mut Screening) {
        let pack = self.screener.pack;
        for carried in self.carried {
            if self.is_reckoned(carried, line, rule) {
                continue;
            }
            let by_type = carried
                .document
                .filter(|document| rule.evidence.contains(document))
                .map(|document| pack.documents[document.index()].kind);
            let by_procedure =
                carried.procedure.filter(|p| rule.procedures(self.question.direction).contains(p)).map(|p| match pack
                    .procedures[p.index()]
                .kind
                {
                    ProcedureKind::Registration => EvidenceKind::Registration,
                    ProcedureKind::Permit => EvidenceKind::Permit,
                    _ => EvidenceKind::Certificate,
                });
            let Some(kind) = by_type.or(by_procedure) else { continue };
            if kind != EvidenceKind::Other {
                let finding = Finding::Pass;
                screening.evidence.push(EvidenceRef { holder: carried.holder, index: carried.index, kind, finding });
            }
        }
    }

    /// Whether a document that is carried is a permit about the rule whose quantity is reckoned, or
    /// one that was taken back.
    fn is_reckoned(&self, carried: &Carried, line: &Line<'_, '_>, rule: &Rule) -> bool {
        let (declaration, records) = (self.question.declaration, self.question.records);
        let documents = match carried.holder {
            Holder::Declaration => &declaration.documents,
            Holder::Line => &line.item.documents,
            Holder::Record => return false,
        };
        let Some(number) = documents.get(carried.index as usize).map(|document| document.number.trim()) else {
            return false;
        };
        let is_it = |record: &EvidenceRecord| record.id == number && self.is_about(record, rule);
        let mut known = records.evidence_of(declaration.name(), line.importer());
        known.any(|(_, record)| record.quantity.is_some() && is_it(record)) || records.void.iter().any(is_it)
    }

    /// What the agencies have given: about this declaration, or to its trader.
    fn by_records(
        &self,
        line: &Line<'_, '_>,
        (id, rule): (RuleId, &Rule),
        screening: &mut Screening,
        mut hear: Hear<'_>,
    ) {
        let records = self.question.records;
        if records.evidence.is_empty() {
            return;
        }
        let from = screening.evidence.len();
        let mut limited = Vec::new();
        for (at, record) in records.evidence_of(self.question.declaration.name(), line.importer()) {
            if !self.is_about(record, rule) {
                continue;
            }
            if let Some(mismatch) = self.mismatch(record, line) {
                if let Some(hear) = &mut hear {
                    hear(at, mismatch);
                }
                continue;
            }
            if record.quantity.is_some() && record.finding == Finding::Pass {
                limited.push((at, record));
            } else {
                screening.evidence.push(reference(at, record));
            }
        }
        let satisfied = screening.evidence[from..].iter().any(|e| e.finding == Finding::Pass);
        if !limited.is_empty() && !satisfied {
            self.draw(line, id, limited, screening, hear);
        }
    }

    /// Draws the line's quantity from permits with a quantity, the one that ends first before
    /// the others: all of it, or nothing. Amounts are counted in the base of the first unit that
    /// the line's quantity converts into; what does not exactly is no part of the draw. A line
    /// draws on a permit once, however many requirements the permit meets there.
    fn draw(
        &self,
        line: &Line<'_, '_>,
        rule: RuleId,
        mut permits: Vec<(u32, &EvidenceRecord)>,
        screening: &mut Screening,
        mut hear: Hear<'_>,
    ) {
        let (records, position) = (self.question.records, index(self.position));
        permits.sort_by(|(_, a), (_, b)| (a.valid.to, &a.id).cmp(&(b.valid.to, &b.id)));
        permits.dedup_by(|(_, a), (_, b)| is_same_paper(a, b));
        let table = line.pack.unit_table();
        let units = || permits.iter().map(|(_, record)| record.unit.map(|unit| table.base(unit)));
        let countable = units().find(|unit| Self::amount(line, *unit).is_some());
        let Some(common) = countable.or_else(|| units().next()) else { return };
        let needed = Self::amount(line, common);
        let mut open = needed.unwrap_or_default();
        let mut draws = Vec::new();
        let mut missed = Vec::new();
        for (at, record) in permits {
            let (Some(needed), Some(left)) = (needed, left(line, record, common)) else {
                missed.push((at, Mismatch::Unit));
                continue;
            };
            let left = left.saturating_sub(drawn_elsewhere(screening, records, record, position));
            let part = left.min(open);
            missed.push((at, Mismatch::Quantity { left, needed, unit: common }));
            if part > Decimal::ZERO {
                draws.push((at, record, part));
                open = open.saturating_sub(part);
            }
            if open.is_zero() {
                break;
            }
        }
        if needed.is_some() && open.is_zero() {
            for (at, record, amount) in draws {
                screening.evidence.push(reference(at, record));
                let of_line = |drawn: &&mut Drawn| {
                    drawn.line == position
                        && records.record(drawn.record).is_some_and(|known| is_same_paper(known, record))
                };
                match screening.drawn.iter_mut().find(of_line) {
                    Some(drawn) => drawn.amount = drawn.amount.max(amount),
                    None => screening.drawn.push(Drawn { record: at, line: position, amount }),
                }
            }
            return;
        }
        for (at, mismatch) in missed {
            if let Mismatch::Quantity { left, needed, unit } = mismatch {
                screening.short.push(Short { line: position, rule, record: at, left, needed, unit });
            }
            if let Some(hear) = &mut hear {
                hear(at, mismatch);
            }
        }
    }

    /// The line's quantity in a unit, where it converts into it exactly.
    fn amount(line: &Line<'_, '_>, unit: Option<UnitCode>) -> Option<Decimal> {
        let stated = [line.item.quantity, line.item.net_mass];
        let of = |quantity: &Quantity| match (quantity.unit, unit) {
            (Some(own), Some(unit)) => line.pack.unit_table().convert(quantity.amount, own, unit).ok(),
            (None, None) => Some(quantity.amount),
            _ => None,
        };
        stated.iter().flatten().find_map(of)
    }

    /// The first day on which a dossier about the line and the rule was filed.
    pub(super) fn filed_on(&self, rule: &Rule, line: &Line<'_, '_>) -> Option<Day> {
        let records = self.question.records.evidence_of(self.question.declaration.name(), line.importer());
        // Whether it still counts on the day is of no matter here.
        let about = records.filter(|(_, record)| {
            self.is_about(record, rule)
                && matches!(self.mismatch(record, line), None | Some(Mismatch::NoDeclaration | Mismatch::Days))
        });
        about.filter_map(|(_, record)| record.filed).min().filter(|filed| *filed <= self.question.day)
    }

    /// Whether a record names the rule: by its id, its documents, its procedures or its measure.
    fn is_about(&self, record: &EvidenceRecord, rule: &Rule) -> bool {
        let pack = self.screener.pack;
        let kind_fits = || {
            let mut kinds = rule.evidence.iter().map(|document| pack.documents[document.index()].kind);
            record.kind == EvidenceKind::Registration || kinds.any(|kind| kind == record.kind)
        };
        let by_rule = record.rule.is_some_and(|id| std::ptr::eq(pack.rule(id), rule));
        let by_code = record.document.is_some_and(|document| rule.evidence.contains(&document))
            || record.procedure.is_some_and(|procedure| rule.procedures(self.question.direction).contains(&procedure));
        by_rule
            || by_code
            || (record.rule.is_none() && record.code.is_none() && record.measure == Some(rule.measure) && kind_fits())
    }

    /// Why a record about the rule does not count for the line, its days last; `None` where it
    /// does.
    fn mismatch(&self, record: &EvidenceRecord, line: &Line<'_, '_>) -> Option<Mismatch> {
        let holder = match (&record.holder, line.importer()) {
            (Some(holder), Some(importer)) => holder == importer,
            (Some(_), None) => record.declaration.is_some(),
            (None, _) => true,
        };
        let lines = record.declaration.is_none() || record.lines.is_empty() || record.lines.contains(&line.item.number);
        let goods =
            record.hs.is_empty() || line.hs.is_some_and(|hs| record.hs.iter().any(|prefix| prefix.is_prefix_of(hs)));
        let origin = record.origin.is_none_or(|origin| line.origin == Some(origin));
        // A failure is told of one consignment only: it must name it.
        let tells = record.finding != Finding::Fail || record.declaration.is_some();
        let tests = [
            (holder, Mismatch::Holder),
            (lines, Mismatch::Lines),
            (goods, Mismatch::Code),
            (origin, Mismatch::Origin),
            (tells, Mismatch::NoDeclaration),
            (record.valid.contains(self.question.day), Mismatch::Days),
        ];
        tests.into_iter().find(|(fits, _)| !fits).map(|(_, mismatch)| mismatch)
    }
}

/// What is left of a permit, in the unit `common`.
fn left(line: &Line<'_, '_>, record: &EvidenceRecord, common: Option<UnitCode>) -> Option<Decimal> {
    let left = record.quantity?.checked_sub(record.used)?;
    match (record.unit, common) {
        (Some(own), Some(common)) => line.pack.unit_table().convert(left, own, common).ok(),
        (None, None) => Some(left),
        _ => None,
    }
}

/// What other lines of the declaration draw on the paper of a record.
fn drawn_elsewhere(screening: &Screening, records: &Records, record: &EvidenceRecord, line: u32) -> Decimal {
    let others = screening.drawn.iter().filter(|drawn| {
        drawn.line != line && records.record(drawn.record).is_some_and(|known| is_same_paper(known, record))
    });
    others.map(|drawn| drawn.amount).fold(Decimal::ZERO, Decimal::saturating_add)
}

/// Whether two records are rows about one paper.
fn is_same_paper(a: &EvidenceRecord, b: &EvidenceRecord) -> bool {
    a.id == b.id && a.code == b.code
}

fn reference(at: u32, record: &EvidenceRecord) -> EvidenceRef {
    EvidenceRef { holder: Holder::Record, index: at, kind: record.kind, finding: record.finding }
}
