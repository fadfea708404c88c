//! A row of evidence: a permit, certificate, registration or result that an agency has given.

use std::sync::Arc;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::history::{measure, origin};
use super::row::{Row, Table};
use crate::law::{Day, DocumentTypeId, EvidenceKind, Interval, MeasureId, Pack, ProcedureId, Rule, RuleId};
use crate::screening::{EvidenceFinding, EvidenceRecord, LeftOut};
use crate::trade::{HsCode, UnitCode};

/// The table of what agencies have given.
pub const TABLE: Table = Table {
    fields: &[
        "id",
        "kind",
        "code",
        "rule",
        "measure",
        "holder",
        "declaration",
        "lines",
        "hs",
        "origin",
        "from",
        "to",
        "outcome",
        "quantity",
        "unit",
        "used",
        "filed",
        "paused",
        "replaces",
    ],
    names: &["holder", "declaration"],
};

const KINDS: [EvidenceKind; 6] = [
    EvidenceKind::Permit,
    EvidenceKind::Certificate,
    EvidenceKind::Result,
    EvidenceKind::Registration,
    EvidenceKind::ExemptionNotice,
    EvidenceKind::Conformity,
];

const OUTCOMES: [(&str, EvidenceFinding); 3] =
    [("pass", EvidenceFinding::Pass), ("fail", EvidenceFinding::Fail), ("pending", EvidenceFinding::Pending)];

/// What a record says it is about: code, rule, measure.
type About = (Option<String>, Option<RuleId>, Option<MeasureId>);

/// A pack, and the rules that its records are about as they are found.
#[derive(Debug)]
pub struct Checks<'p> {
    pack: &'p Pack,
    known: FxHashMap<About, Arc<[RuleId]>>,
}

impl<'p> Checks<'p> {
    /// Those of a pack.
    pub fn new(pack: &'p Pack) -> Self {
        Self { pack, known: FxHashMap::default() }
    }

    /// The rules that a record may be about: its rule; else those that take its code, under its
    /// measure where it names one of theirs; else those of its measure.
    fn of(&mut self, about: About, document: Option<DocumentTypeId>, procedure: Option<ProcedureId>) -> Arc<[RuleId]> {
        if let Some(known) = self.known.get(&about) {
            return Arc::clone(known);
        }
        let (code, rule, measure) = &about;
        let rules = |wanted: &dyn Fn(&Rule) -> bool| -> Vec<RuleId> {
            let rules = self.pack.rules.iter().zip(0u32..);
            rules.filter(|(rule, _)| wanted(rule)).map(|(_, at)| RuleId(at)).collect()
        };
        let takes = |rule: &Rule| {
            document.is_some_and(|document| rule.evidence.contains(&document))
                || procedure.is_some_and(|procedure| rule.procedures.contains(&procedure))
        };
        let of_measure = |rule: &Rule| measure.is_none_or(|measure| rule.measure == measure);
        let found = match (rule, code) {
            (Some(rule), _) => vec![*rule],
            (None, None) => rules(&of_measure),
            (None, Some(_)) => {
                let narrow = rules(&|rule| takes(rule) && of_measure(rule));
                if narrow.is_empty() { rules(&takes) } else { narrow }
            }
        };
        let found: Arc<[RuleId]> = found.into();
        self.known.insert(about, Arc::clone(&found));
        found
    }
}

/// Reads a row.
///
/// # Errors
/// [`LeftOut`] where a field is wrong: the first.
pub fn record(row: &Row<'_>, checks: &mut Checks<'_>) -> Result<EvidenceRecord, LeftOut> {
    let pack = checks.pack;
    let id = row.filled("id")?.to_owned();
    let text = row.filled("kind")?;
    let kind = KINDS.iter().find(|kind| kind.as_str() == text).copied();
    let kind = row.known("kind", text, kind, KINDS.iter().map(|kind| kind.as_str()))?;
    let code = row.optional("code").map(str::to_owned);
    let document = code.as_deref().and_then(|code| document(pack, code));
    let procedure = code.as_deref().and_then(|code| pack.procedure(code));
    if let (Some(code), None, None) = (&code, document, procedure) {
        let codes = pack.documents.iter().map(|document| &document.code);
        let all = codes.chain(pack.procedures.iter().map(|procedure| &procedure.code));
        row.known("code", code, None::<()>, all)?;
    }
    let rule = rule(row, pack)?;
    let measure = measure(row, pack)?;
    if code.is_none() && rule.is_none() && measure.is_none() {
        return Err(row.wrong("code", "is empty, and so are `rule` and `measure`: one of them says what it satisfies"));
    }
    let holder = row.optional("holder").map(str::to_owned);
    let declaration = row.optional("declaration").map(str::to_owned);
    if holder.is_none() && declaration.is_none() {
        return Err(row.wrong("holder", "is empty, and so is `declaration`: one of them says whose it is"));
    }
    let (quantity, used) = (number(row, "quantity")?, number(row, "used")?);
    if quantity.is_none() && used.is_some() {
        return Err(row.wrong("used", "says how much of `quantity` is used, and `quantity` is empty"));
    }
    let unit = unit(row, pack)?;
    if quantity.is_some() && unit.is_none() {
        return Err(row.wrong("unit", "is empty, and `quantity` is not: one says what the other counts"));
    }
    let outcome = row.optional("outcome").unwrap_or("pass");
    let finding = OUTCOMES.iter().find(|(word, _)| *word == outcome).map(|(_, finding)| *finding);
    let from = row.day("from")?.unwrap_or(Day::MIN);
    let to = row.day("to")?.unwrap_or(Day::MAX);
    if to < from {
        return Err(row.wrong("to", "ends before `from`"));
    }
    let rules = checks.of((code.clone(), rule, measure), document, procedure);
    Ok(EvidenceRecord {
        place: row.place().clone(),
        id,
        kind,
        code,
        document,
        procedure,
        rule,
        measure,
        rules,
        holder,
        declaration,
        lines: lines(row)?,
        hs: codes(row)?,
        origin: origin(row)?,
        valid: Interval { from, to },
        finding: row.known("outcome", outcome, finding, OUTCOMES.iter().map(|(word, _)| *word))?,
        quantity,
        unit,
        used: used.unwrap_or_default(),
        filed: row.day("filed")?,
        paused: paused(row)?,
        replaces: row.optional("replaces").map(str::to_owned),
    })
}

fn document(pack: &Pack, code: &str) -> Option<DocumentTypeId> {
    let at = pack.documents.iter().position(|document| document.code == code)?;
    u16::try_from(at).ok().map(DocumentTypeId)
}

fn rule(row: &Row<'_>, pack: &Pack) -> Result<Option<RuleId>, LeftOut> {
    let Some(text) = row.optional("rule") else { return Ok(None) };
    let at = pack.rules.iter().position(|rule| rule.id == text);
    let id = at.and_then(|at| u32::try_from(at).ok()).map(RuleId);
    row.known("rule", text, id, pack.rules.iter().map(|rule| &rule.id)).map(Some)
}

/// Pauses: `from/to`, several with `;` between them; without a last day the clock still stands.
fn paused(row: &Row<'_>) -> Result<Vec<Interval>, LeftOut> {
    let read = |text: &str| {
        let (from, to) = text.split_once('/').unwrap_or((text, ""));
        let day = |text: &str| text.trim().parse::<jiff::civil::Date>().ok().map(Day::of);
        let to = if to.trim().is_empty() { Some(Day::MAX) } else { day(to) };
        match (day(from), to) {
            (Some(from), Some(to)) if from <= to => Ok(Interval { from, to }),
            _ => Err(row.wrong("paused", &format!("`{text}` is no stretch of days such as 2026-05-13/2026-05-15"))),
        }
    };
    row.list("paused").map(read).collect()
}

fn lines(row: &Row<'_>) -> Result<Vec<u32>, LeftOut> {
    let read = |text: &str| text.parse().map_err(|_| row.wrong("lines", &format!("`{text}` is no line number")));
    row.list("lines").map(read).collect()
}

fn codes(row: &Row<'_>) -> Result<Vec<HsCode>, LeftOut> {
    let read = |text: &str| HsCode::parse(text).map_err(|error| row.wrong("hs", &format!("`{text}`: {error}")));
    row.list("hs").map(read).collect()
}

fn number(row: &Row<'_>, field: &str) -> Result<Option<Decimal>, LeftOut> {
    let Some(text) = row.optional(field) else { return Ok(None) };
    match Decimal::from_str_exact(text) {
        Ok(number) if number >= Decimal::ZERO => Ok(Some(number)),
        Ok(_) => Err(row.wrong(field, &format!("`{text}` is below zero"))),
        Err(_) => Err(row.wrong(field, &format!("`{text}` is no number such as 1250.5"))),
    }
}

fn unit(row: &Row<'_>, pack: &Pack) -> Result<Option<UnitCode>, LeftOut> {
    let Some(text) = row.optional("unit") else { return Ok(None) };
    let unit = UnitCode::parse(text).map_err(|error| row.wrong("unit", &format!("`{text}`: {error}")))?;
    let known = pack.units.iter().any(|known| known.code == unit).then_some(unit);
    row.known("unit", text, known, pack.units.iter().map(|unit| unit.code.to_string())).map(Some)
}
