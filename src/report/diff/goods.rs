//! Which rules stand on which codes, and on what terms.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use super::named::Named;
use super::{FieldChange, fields};
use crate::law::{Element, Pack};

/// The terms on which a rule stands on a code, as text: note, condition, presumption, negative
/// list. More than one only where several candidates of one rule meet on a code.
type Terms = BTreeSet<Rc<str>>;

/// For each rule its codes and their terms.
pub(super) struct Goods {
    of_rule: BTreeMap<String, BTreeMap<u32, Terms>>,
}

/// Codes whose entry says something else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodesChanged {
    /// What differs: the entry's note, condition, presumption or negative list.
    pub fields: Vec<FieldChange>,
    /// The codes.
    pub codes: Vec<String>,
}

/// What differs in the goods of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CodesDiff {
    /// Codes only in the second pack.
    pub gained: Vec<String>,
    /// Codes only in the first pack.
    pub lost: Vec<String>,
    /// Codes in both, on other terms.
    pub changed: Vec<CodesChanged>,
}

impl Goods {
    pub(super) fn of(pack: &Pack) -> Self {
        let mut of_rule: BTreeMap<String, BTreeMap<u32, Terms>> =
            pack.rules.iter().map(|rule| (rule.id.clone(), BTreeMap::new())).collect();
        let mut known: HashMap<Element, Rc<str>> = HashMap::new();
        for (code, set) in pack.index.codes() {
            for element in pack.index.all(set) {
                let terms = known.entry(*element).or_insert_with(|| terms(pack, *element).into());
                let rule = &pack.rule(pack.candidate(element.candidate).rule).id;
                if let Some(codes) = of_rule.get_mut(rule) {
                    codes.entry(code).or_default().insert(Rc::clone(terms));
                }
            }
        }
        Self { of_rule }
    }

    /// The codes of a rule.
    pub(super) fn codes_of(&self, rule: &str) -> Vec<String> {
        self.of_rule.get(rule).into_iter().flat_map(BTreeMap::keys).copied().map(written).collect()
    }
}

fn written(code: u32) -> String {
    format!("{code:08}")
}

fn terms(pack: &Pack, element: Element) -> String {
    let named = Named(pack);
    let mut value = named.value(pack.candidate(element.candidate));
    if let Some(fields) = value.as_object_mut() {
        fields.remove("rule");
        fields.insert("presumed".to_owned(), named.value(&element.presumed));
        fields.insert("excluded_by".to_owned(), named.value(&element.exclusion));
    }
    value.to_string()
}

/// What differs in the goods of the rules that both packs have.
pub(super) fn differences(a: &Goods, b: &Goods) -> Vec<(String, CodesDiff)> {
    let mut found = Vec::new();
    for (rule, in_a) in &a.of_rule {
        let Some(in_b) = b.of_rule.get(rule) else { continue };
        let only = |of: &BTreeMap<u32, Terms>, other: &BTreeMap<u32, Terms>| -> Vec<String> {
            of.keys().filter(|code| !other.contains_key(code)).copied().map(written).collect()
        };
        let mut diff = CodesDiff { gained: only(in_b, in_a), lost: only(in_a, in_b), changed: Vec::new() };
        let mut changed: BTreeMap<(&Terms, &Terms), Vec<String>> = BTreeMap::new();
        for (code, terms_a) in in_a {
            if let Some(terms_b) = in_b.get(code).filter(|terms_b| *terms_b != terms_a) {
                changed.entry((terms_a, terms_b)).or_default().push(written(*code));
            }
        }
        diff.changed = changed
            .into_iter()
            .map(|((from, to), codes)| CodesChanged { fields: changed_terms(from, to), codes })
            .collect();
        if diff != CodesDiff::default() {
            found.push((rule.clone(), diff));
        }
    }
    found
}

fn changed_terms(from: &Terms, to: &Terms) -> Vec<FieldChange> {
    let read = |terms: &Terms| -> Vec<Value> {
        terms.iter().map(|text| serde_json::from_str(text).unwrap_or(Value::Null)).collect()
    };
    match (read(from).as_slice(), read(to).as_slice()) {
        ([from], [to]) => fields(from, to),
        (from, to) => vec![FieldChange { field: "entries".to_owned(), from: from.into(), to: to.into() }],
    }
}
