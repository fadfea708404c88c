//! A row of a history: something that happened to an importer's goods.

use super::row::{Row, Table};
use crate::law::{MeasureId, Pack, RecordEvent};
use crate::screening::{GoodsName, LeftOut, PastEvent, comparable};
use crate::trade::{CountryCode, HsCode};

/// The table of the importers' past results.
pub const TABLE: Table = Table {
    fields: &[
        "importer",
        "measure",
        "event",
        "date",
        "until",
        "consignment",
        "hs",
        "product",
        "maker",
        "brand",
        "model",
        "origin",
    ],
    names: &["importer"],
};

/// Reads a row.
///
/// # Errors
/// [`LeftOut`] where a field is wrong: the first.
pub fn event(row: &Row<'_>, pack: &Pack) -> Result<PastEvent, LeftOut> {
    let importer = row.filled("importer")?.to_owned();
    let measure = measure(row, pack)?.ok_or_else(|| row.wrong("measure", "is empty"))?;
    let text = row.filled("event")?;
    let known = RecordEvent::WORDS.iter().find(|(word, _)| *word == text).map(|(_, event)| *event);
    let event = row.known("event", text, known, RecordEvent::WORDS.iter().map(|(word, _)| *word))?;
    let day = row.day("date")?.ok_or_else(|| row.wrong("date", "is empty"))?;
    let until = row.day("until")?;
    if until.is_some_and(|until| until < day) {
        return Err(row.wrong("until", "ends before `date`"));
    }
    let consignment = row.optional("consignment").map(str::to_owned);
    let named = |field| row.optional(field).map(comparable);
    let goods = GoodsName {
        hs: hs(row, "hs")?,
        product: named("product"),
        maker: named("maker"),
        brand: named("brand"),
        model: named("model"),
        origin: origin(row)?,
    };
    Ok(PastEvent { place: row.place().clone(), importer, measure, event, day, until, consignment, goods })
}

/// The measure of a row.
pub(super) fn measure(row: &Row<'_>, pack: &Pack) -> Result<Option<MeasureId>, LeftOut> {
    let Some(text) = row.optional("measure") else { return Ok(None) };
    let at = pack.measures.iter().position(|measure| measure.key == text);
    let id = at.and_then(|at| u16::try_from(at).ok()).map(MeasureId);
    row.known("measure", text, id, pack.measures.iter().map(|measure| &measure.key)).map(Some)
}

fn hs(row: &Row<'_>, field: &str) -> Result<Option<HsCode>, LeftOut> {
    let Some(text) = row.optional(field) else { return Ok(None) };
    HsCode::parse(text).map(Some).map_err(|error| row.wrong(field, &format!("`{text}`: {error}")))
}

/// The country of origin of a row.
pub(super) fn origin(row: &Row<'_>) -> Result<Option<CountryCode>, LeftOut> {
    let Some(text) = row.optional("origin") else { return Ok(None) };
    CountryCode::parse(text).map(Some).map_err(|error| row.wrong("origin", &format!("`{text}`: {error}")))
}
