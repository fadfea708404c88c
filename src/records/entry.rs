//! Rows as a store keeps them: what was stated, field by field, to be read under whatever pack is
//! in force.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::evidence::{self, Checks};
use super::history;
use super::row::{Row, Table};
use crate::law::{EvidenceKind, Pack};
use crate::screening::{EvidenceRecord, LeftOut, PastEvent, RecordPlace};

/// A permit, certificate, registration or result as stated: the fields of [`evidence::TABLE`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvidenceEntry {
    /// Its own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is: `permit`, `certificate` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The code of its document type or procedure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The rule that it is given under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The measure that it is given under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Who holds it: a tax code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The declaration that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declaration: Option<String>,
    /// The lines of that declaration; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Only codes within these; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hs: Vec<String>,
    /// Only goods of this origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What it says: `pass`, `fail` or `pending`; absent: `pass`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How much it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The unit of `quantity` and `used`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How much of it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// The day on which its dossier was filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filed: Option<String>,
    /// The days on which the clock stood, each `from/to`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<String>,
    /// The number of the record that it takes the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

impl EvidenceEntry {
    /// Whether it grants a quantity that lines draw on. A registration grants nothing.
    pub fn grants(&self) -> bool {
        let passed = matches!(self.outcome.as_deref(), None | Some("pass"));
        passed && self.quantity.is_some() && self.kind.as_deref() != Some(EvidenceKind::Registration.as_str())
    }

    /// Reads it under the pack of `checks`.
    ///
    /// # Errors
    /// [`LeftOut`] where a field is wrong: the first.
    pub fn resolve(&self, place: RecordPlace, checks: &mut Checks<'_>) -> Result<EvidenceRecord, LeftOut> {
        let values = [
            one(self.id.as_deref()),
            one(self.kind.as_deref()),
            one(self.code.as_deref()),
            one(self.rule.as_deref()),
            one(self.measure.as_deref()),
            one(self.holder.as_deref()),
            one(self.declaration.as_deref()),
            several(&self.lines),
            several(&self.hs),
            one(self.origin.as_deref()),
            one(self.from.as_deref()),
            one(self.to.as_deref()),
            one(self.outcome.as_deref()),
            one(self.quantity.as_deref()),
            one(self.unit.as_deref()),
            one(self.used.as_deref()),
            one(self.filed.as_deref()),
            several(&self.paused),
            one(self.replaces.as_deref()),
        ];
        evidence::record(&row(place, &evidence::TABLE, values), checks)
    }
}

/// Something that happened to an importer's goods, as stated: the fields of [`history::TABLE`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryEntry {
    /// The importer's tax code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importer: Option<String>,
    /// Under which measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// What happened: `pass`, `fail` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The last day of what was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The consignment that it is about: its declaration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consignment: Option<String>,
    /// The HS code of the goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hs: Option<String>,
    /// The product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
    /// The brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Type or model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The country of origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl HistoryEntry {
    /// Reads it under a pack.
    ///
    /// # Errors
    /// [`LeftOut`] where a field is wrong: the first.
    pub fn resolve(&self, place: RecordPlace, pack: &Pack) -> Result<PastEvent, LeftOut> {
        let values = [
            one(self.importer.as_deref()),
            one(self.measure.as_deref()),
            one(self.event.as_deref()),
            one(self.date.as_deref()),
            one(self.until.as_deref()),
            one(self.consignment.as_deref()),
            one(self.hs.as_deref()),
            one(self.product.as_deref()),
            one(self.maker.as_deref()),
            one(self.brand.as_deref()),
            one(self.model.as_deref()),
            one(self.origin.as_deref()),
        ];
        history::event(&row(place, &history::TABLE, values), pack)
    }
}

/// A row of values in the order of the table's fields.
fn row<'r, const N: usize>(place: RecordPlace, table: &'static Table, values: [Cow<'r, str>; N]) -> Row<'r> {
    Row::of(place, table, values.into())
}

fn one(value: Option<&str>) -> Cow<'_, str> {
    value.unwrap_or_default().into()
}

fn several(values: &[String]) -> Cow<'_, str> {
    match values {
        [] => "".into(),
        [value] => value.into(),
        _ => values.join(";").into(),
    }
}
