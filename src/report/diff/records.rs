//! A pack as tables of named records.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::named::Named;
use crate::law::Pack;

/// The records of one table by what names them. Most names have one record; an exemption whose
/// article changed has one for each of its times.
pub(super) type Records = BTreeMap<String, Vec<Value>>;

/// The fields that name a record of a table, where it is not the first of [`NAMES`] that it has.
const KEYS: [(&str, &[&str]); 5] = [
    ("precedences", &["rule", "over"]),
    ("procedure_map", &["requested", "previous", "direction"]),
    ("readings", &["format", "field", "code"]),
    ("documents", &["code", "format"]),
    ("coverage", &["measure", "ministry", "import", "export", "chapters"]),
];

/// The fields that name a record.
const NAMES: [&str; 7] = ["id", "key", "code", "hs", "day", "words", "name"];

/// The rules of a pack, and its other tables by their names.
pub(super) fn sections(pack: &Pack) -> (Records, BTreeMap<String, Records>) {
    let mut rules = Records::new();
    let mut tables: BTreeMap<String, Records> = BTreeMap::new();
    let mut itself = Map::new();
    let Value::Object(fields) = Named(pack).value(pack) else { return (rules, tables) };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("rules", Value::Array(records)) => rules = table(&name, records),
            ("tariffs", Value::Array(editions)) => tariffs(editions, &mut tables),
            ("phrases", mut phrases) => {
                let list = phrases.get_mut("list").map(Value::take);
                let list = list.and_then(|list| list.as_array().cloned()).unwrap_or_default();
                tables.insert(name.clone(), table(&name, list));
            }
            (_, Value::Array(records)) if records.iter().all(Value::is_object) => {
                tables.insert(name.clone(), table(&name, records));
            }
            (_, value) => {
                itself.insert(name, value);
            }
        }
    }
    tables.insert("pack".to_owned(), BTreeMap::from([("pack".to_owned(), vec![Value::Object(itself)])]));
    (rules, tables)
}

fn table(name: &str, records: Vec<Value>) -> Records {
    let mut table = Records::new();
    for record in records {
        table.entry(key(name, &record)).or_default().push(record);
    }
    table
}

/// Editions of the tariff without their lines, and the lines of each.
fn tariffs(editions: Vec<Value>, tables: &mut BTreeMap<String, Records>) {
    let mut about = Records::new();
    for mut edition in editions {
        let name = key("tariffs", &edition);
        let lines = edition.get_mut("lines").map(Value::take);
        if let Some(fields) = edition.as_object_mut() {
            fields.remove("lines");
        }
        about.entry(name.clone()).or_default().push(edition);
        if let Some(Value::Array(lines)) = lines {
            tables.insert(format!("tariff lines of {name}"), table("lines", lines));
        }
    }
    tables.insert("tariffs".to_owned(), about);
}

/// What names a record: the text of its naming fields, else all of it.
fn key(table: &str, record: &Value) -> String {
    let naming = KEYS.iter().find(|(name, _)| *name == table).map(|(_, fields)| *fields);
    let text = |field: &str| match record.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "*".to_owned(),
        Some(Value::Array(parts)) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    };
    match naming {
        Some(fields) => fields.iter().map(|field| text(field)).collect::<Vec<_>>().join(" "),
        None => match NAMES.iter().find(|field| record.get(**field).is_some_and(Value::is_string)) {
            Some(field) => text(field),
            None => record.to_string(),
        },
    }
}
