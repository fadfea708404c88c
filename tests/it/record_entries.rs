//! Records as a store keeps them.

use motcua::law::{Day, EvidenceKind};
use motcua::records::{EvidenceEntry, HistoryEntry, Row, Table, evidence, history};
use motcua::screening::{EvidenceFinding, RecordPlace};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn place() -> RecordPlace {
    RecordPlace { source: "store".into(), line: 7 }
}

fn evidence_stated() -> Value {
    json!({
        "id": "K-1", "kind": "certificate", "code": "BNNPTNT0600010", "rule": "mard-aquatic-quarantine-01-2024-m5",
        "measure": "aquatic_quarantine", "holder": "0312345678", "declaration": "107012345678",
        "lines": ["1", "3"], "hs": ["0306", "0307"], "origin": "IN", "from": "2026-05-01", "to": "2026-12-31",
        "outcome": "pending", "quantity": "1250.5", "unit": "KGM", "used": "50", "filed": "2026-05-04",
        "paused": ["2026-05-13/2026-05-15", "2026-05-20"], "replaces": "K-0"
    })
}

fn history_stated() -> Value {
    json!({
        "importer": "0312345678", "measure": "food_safety", "event": "pass", "date": "2026-04-02",
        "until": "2026-05-02", "consignment": "107012345678", "hs": "19053110", "product": "Bánh quy",
        "maker": "Maker", "brand": "Brand", "model": "M-1", "origin": "TH"
    })
}

/// The same as a row of a file says it.
fn row(stated: &Value, table: &'static Table) -> Row<'static> {
    let mut row = Row::empty(place(), table);
    for (name, value) in stated.as_object().unwrap() {
        let text = match value {
            Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(";"),
            value => value.as_str().unwrap().to_owned(),
        };
        row.set(table.field(name).unwrap(), text);
    }
    row
}

fn entry<T: DeserializeOwned>(stated: &Value) -> T {
    serde_json::from_value(stated.clone()).unwrap()
}

fn has_the_fields_of<T: Serialize + DeserializeOwned + Default>(stated: &Value, table: &'static Table) {
    let mut fields: Vec<&str> = stated.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted = table.fields.to_vec();
    fields.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(fields, wanted);
    let kept: T = entry(stated);
    assert_eq!(serde_json::to_value(&kept).unwrap(), *stated);
    assert_eq!(serde_json::to_value(T::default()).unwrap(), json!({}), "what is not stated is not kept");
    assert!(serde_json::from_value::<T>(json!({"number": "1"})).is_err(), "no field has that name");
}

#[test]
fn an_entry_has_the_fields_of_its_table_under_their_names() {
    has_the_fields_of::<EvidenceEntry>(&evidence_stated(), &evidence::TABLE);
    has_the_fields_of::<HistoryEntry>(&history_stated(), &history::TABLE);
}

#[test]
fn an_entry_says_what_the_row_of_a_file_says() {
    let pack = motcua::embedded::pack();
    let mut checks = evidence::Checks::new(pack);
    let of_row = evidence::record(&row(&evidence_stated(), &evidence::TABLE), &mut checks).unwrap();
    let of_entry = entry::<EvidenceEntry>(&evidence_stated()).resolve(place(), &mut checks).unwrap();
    assert_eq!(of_row, of_entry);
    assert_eq!((of_entry.id.as_str(), of_entry.lines.as_slice()), ("K-1", &[1, 3][..]));
    assert_eq!(of_entry.paused.len(), 2);
    assert_eq!(of_entry.paused[1].to, Day::MAX, "without a last day the clock still stands");

    let of_row = history::event(&row(&history_stated(), &history::TABLE), pack).unwrap();
    let of_entry = entry::<HistoryEntry>(&history_stated()).resolve(place(), pack).unwrap();
    assert_eq!(of_row, of_entry);
    assert_eq!(of_entry.goods.product.as_deref(), Some("bánh quy"));
}

#[test]
fn an_entry_that_says_little_passes_for_any_day_and_line() {
    let little = json!({"id": "1", "kind": "result", "measure": "quality", "holder": "0312345678"});
    let mut checks = evidence::Checks::new(motcua::embedded::pack());
    let record = entry::<EvidenceEntry>(&little).resolve(place(), &mut checks).unwrap();
    assert_eq!((record.kind, record.finding), (EvidenceKind::Result, EvidenceFinding::Pass));
    assert_eq!((record.valid.from, record.valid.to), (Day::MIN, Day::MAX));
    assert!(record.lines.is_empty() && record.hs.is_empty() && record.paused.is_empty() && record.quantity.is_none());
}

#[test]
fn an_entry_that_cannot_be_read_names_its_field_and_whom_it_touches() {
    let mut stated = evidence_stated();
    stated["measure"] = json!("aquatic_quarantin");
    let mut checks = evidence::Checks::new(motcua::embedded::pack());
    let left_out = entry::<EvidenceEntry>(&stated).resolve(place(), &mut checks).unwrap_err();
    assert_eq!(left_out.place, place());
    assert!(left_out.message.starts_with("`measure`: `aquatic_quarantin` is not known"), "{}", left_out.message);
    assert_eq!(left_out.names, ["0312345678", "107012345678"]);

    let mut stated = history_stated();
    stated["until"] = json!("2026-04-01");
    let left_out = entry::<HistoryEntry>(&stated).resolve(place(), motcua::embedded::pack()).unwrap_err();
    assert!(left_out.message.starts_with("`until`: ends before `date`"), "{}", left_out.message);
    assert_eq!(left_out.names, ["0312345678"]);
}
