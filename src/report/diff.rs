//! Two packs side by side: what the second says that the first does not, record by record and
//! field by field.
//!
//! Records are matched by what names them (a rule's id, an exemption's key, a tariff code), never
//! by their place. Every table of a pack is compared, whatever tables it has.

mod goods;
mod named;
mod records;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use self::goods::Goods;
use self::records::{Records, sections};
use crate::law::Pack;

pub use self::goods::{CodesChanged, CodesDiff};

/// Which pack it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackName {
    /// The country whose law it is.
    pub country: String,
    /// Its edition.
    pub edition: String,
    /// SHA-256 over its files.
    pub digest: String,
}

impl PackName {
    fn of(pack: &Pack) -> Self {
        Self { country: pack.country.to_string(), edition: pack.edition.clone(), digest: pack.digest.clone() }
    }
}

/// A record that only one pack has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// What names it.
    pub key: String,
    /// All that the pack says of it.
    pub record: Value,
}

/// A field that says something else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What the first pack says; null where it says nothing.
    pub from: Value,
    /// What the second pack says.
    pub to: Value,
}

/// A record that both packs have and that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordChange {
    /// What names it.
    pub key: String,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
}

/// What differs in one table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TableDiff {
    /// Only in the second pack.
    pub added: Vec<Record>,
    /// Only in the first pack.
    pub removed: Vec<Record>,
    /// In both.
    pub changed: Vec<RecordChange>,
}

impl TableDiff {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// A rule that only one pack has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OneSidedRule {
    /// Its id.
    pub rule: String,
    /// All that the pack says of it.
    pub record: Value,
    /// The codes of the tariff that it stands on.
    pub codes: Vec<String>,
}

/// A rule that both packs have and that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleChange {
    /// Its id.
    pub rule: String,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
    /// The codes that it gains and loses, and those whose entry says something else.
    pub codes: CodesDiff,
}

/// What differs in the rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RulesDiff {
    /// Only in the second pack.
    pub added: Vec<OneSidedRule>,
    /// Only in the first pack.
    pub removed: Vec<OneSidedRule>,
    /// In both.
    pub changed: Vec<RuleChange>,
}

/// What two packs say differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackDiff {
    /// The first pack.
    pub a: PackName,
    /// The second pack.
    pub b: PackName,
    /// Nothing differs, whatever the digests are.
    pub same: bool,
    /// The rules.
    pub rules: RulesDiff,
    /// Every other table in which something differs, by its name; `pack` is what the pack says of
    /// itself.
    pub tables: BTreeMap<String, TableDiff>,
}

/// Compares two packs.
pub fn diff(a: &Pack, b: &Pack) -> PackDiff {
    let [(rules_a, mut tables_a), (rules_b, mut tables_b)] = [sections(a), sections(b)];
    let mut tables = BTreeMap::new();
    for name in tables_a.keys().chain(tables_b.keys()).cloned().collect::<BTreeSet<String>>() {
        let (a, b) = (tables_a.remove(&name).unwrap_or_default(), tables_b.remove(&name).unwrap_or_default());
        let table = table(a, b);
        if !table.is_empty() {
            tables.insert(name, table);
        }
    }
    let rules = rules(table(rules_a, rules_b), &Goods::of(a), &Goods::of(b));
    let same = tables.is_empty() && rules == RulesDiff::default();
    PackDiff { a: PackName::of(a), b: PackName::of(b), same, rules, tables }
}

/// What differs between two tables.
fn table(a: Records, mut b: Records) -> TableDiff {
    let mut diff = TableDiff::default();
    for (key, mut only_a) in a {
        let mut only_b = b.remove(&key).unwrap_or_default();
        // Records of one name: those alike are no difference, the others are matched in order.
        only_a.retain(|record| match only_b.iter().position(|other| other == record) {
            Some(at) => {
                only_b.remove(at);
                false
            }
            None => true,
        });
        let matched = only_a.len().min(only_b.len());
        let rest = (only_a.split_off(matched), only_b.split_off(matched));
        diff.changed
            .extend(only_a.iter().zip(&only_b).map(|(a, b)| RecordChange { key: key.clone(), fields: fields(a, b) }));
        let one_sided = |record| Record { key: key.clone(), record };
        diff.removed.extend(rest.0.into_iter().map(one_sided));
        diff.added.extend(rest.1.into_iter().map(one_sided));
    }
    let added = b.into_iter().flat_map(|(key, records)| records.into_iter().map(move |record| (key.clone(), record)));
    diff.added.extend(added.map(|(key, record)| Record { key, record }));
    diff.added.sort_by(|a, b| a.key.cmp(&b.key));
    diff
}

/// The fields in which two records differ.
fn fields(a: &Value, b: &Value) -> Vec<FieldChange> {
    let (Some(in_a), Some(in_b)) = (a.as_object(), b.as_object()) else {
        return vec![FieldChange { field: String::new(), from: a.clone(), to: b.clone() }];
    };
    let names: BTreeSet<&String> = in_a.keys().chain(in_b.keys()).collect();
    let of = |record: &serde_json::Map<String, Value>, name: &str| record.get(name).cloned().unwrap_or(Value::Null);
    names
        .into_iter()
        .map(|name| FieldChange { field: name.clone(), from: of(in_a, name), to: of(in_b, name) })
        .filter(|change| change.from != change.to)
        .collect()
}

/// The rules that differ, with their codes.
fn rules(mut table: TableDiff, a: &Goods, b: &Goods) -> RulesDiff {
    let one_sided = |records: Vec<Record>, goods: &Goods| -> Vec<OneSidedRule> {
        let with_codes = records.into_iter().map(|record| {
            let codes = goods.codes_of(&record.key);
            OneSidedRule { rule: record.key, record: record.record, codes }
        });
        with_codes.collect()
    };
    let mut changed: BTreeMap<String, RuleChange> = BTreeMap::new();
    for (rule, codes) in goods::differences(a, b) {
        changed.insert(rule.clone(), RuleChange { rule, fields: Vec::new(), codes });
    }
    for record in table.changed.drain(..) {
        let rule = record.key.clone();
        let change =
            changed.entry(rule.clone()).or_insert(RuleChange { rule, fields: Vec::new(), codes: CodesDiff::default() });
        change.fields.extend(record.fields);
    }
    RulesDiff {
        added: one_sided(table.added, b),
        removed: one_sided(table.removed, a),
        changed: changed.into_values().collect(),
    }
}
