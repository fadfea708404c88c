//! A row of evidence: a permit, certificate, registration or result that an agency has given.

use rust_decimal::Decimal;

use super::history::{measure, origin};
use super::row::{Row, Wrong};
use crate::law::{Day, DocumentTypeId, EvidenceKind, Interval, Pack, RuleId};
use crate::screening::{EvidenceFinding, EvidenceRecord};
use crate::trade::{HsCode, UnitCode};

/// The fields of evidence.
pub(super) const FIELDS: &[&str] = &[
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
];

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

/// Reads a row.
pub(super) fn record(row: &Row, pack: &Pack) -> Result<EvidenceRecord, Wrong> {
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
    let outcome = row.optional("outcome").unwrap_or("pass");
    let finding = OUTCOMES.iter().find(|(word, _)| *word == outcome).map(|(_, finding)| *finding);
    let from = row.day("from")?.unwrap_or(Day::MIN);
    let to = row.day("to")?.unwrap_or(Day::MAX);
    if to < from {
        return Err(row.wrong("to", "ends before `from`"));
    }
    Ok(EvidenceRecord {
        place: row.place.clone(),
        id,
        kind,
        code,
        document,
        procedure,
        rule,
        measure,
        holder,
        declaration,
        lines: lines(row)?,
        hs: codes(row)?,
        origin: origin(row)?,
        valid: Interval { from, to },
        finding: row.known("outcome", outcome, finding, OUTCOMES.iter().map(|(word, _)| *word))?,
        quantity,
        unit: unit(row)?,
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

fn rule(row: &Row, pack: &Pack) -> Result<Option<RuleId>, Wrong> {
    let Some(text) = row.optional("rule") else { return Ok(None) };
    let at = pack.rules.iter().position(|rule| rule.id == text);
    let id = at.and_then(|at| u32::try_from(at).ok()).map(RuleId);
    row.known("rule", text, id, pack.rules.iter().map(|rule| &rule.id)).map(Some)
}

/// Pauses: `from/to`, several with `;` between them; without a last day the clock still stands.
fn paused(row: &Row) -> Result<Vec<Interval>, Wrong> {
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

fn lines(row: &Row) -> Result<Vec<u32>, Wrong> {
    let read = |text: &str| text.parse().map_err(|_| row.wrong("lines", &format!("`{text}` is no line number")));
    row.list("lines").map(read).collect()
}

fn codes(row: &Row) -> Result<Vec<HsCode>, Wrong> {
    let read = |text: &str| HsCode::parse(text).map_err(|error| row.wrong("hs", &format!("`{text}`: {error}")));
    row.list("hs").map(read).collect()
}

fn number(row: &Row, field: &str) -> Result<Option<Decimal>, Wrong> {
    let Some(text) = row.optional(field) else { return Ok(None) };
    match Decimal::from_str_exact(text) {
        Ok(number) if number >= Decimal::ZERO => Ok(Some(number)),
        Ok(_) => Err(row.wrong(field, &format!("`{text}` is below zero"))),
        Err(_) => Err(row.wrong(field, &format!("`{text}` is no number such as 1250.5"))),
    }
}

fn unit(row: &Row) -> Result<Option<UnitCode>, Wrong> {
    let Some(text) = row.optional("unit") else { return Ok(None) };
    UnitCode::parse(text).map(Some).map_err(|error| row.wrong("unit", &format!("`{text}`: {error}")))
}
