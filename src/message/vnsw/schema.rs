//! The element tables of the envelope and of the applications (`schema.csv`), as trees.

use std::sync::OnceLock;

/// What the text of an element must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Elements alone.
    Complex,
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// A number with decimals.
    Decimal,
    /// `yyyy-MM-dd HH:mm:ss`, with fractions of a second or without.
    Moment,
}

/// One element of a schema.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facets of a schema, each by itself")]
pub(super) struct Node {
    /// Its name.
    pub(super) name: String,
    /// What it holds.
    pub(super) kind: Kind,
    /// It has to be there.
    pub(super) mandatory: bool,
    /// It may be there more than once.
    pub(super) many: bool,
    /// It has to have text.
    pub(super) filled: bool,
    /// `xsi:nil` may stand in it.
    pub(super) nillable: bool,
    /// Characters of text at most.
    pub(super) max_length: Option<usize>,
    /// Digits after the point at most.
    pub(super) fraction_digits: Option<u32>,
    /// Numbers lie below this.
    pub(super) below: Option<u64>,
    /// The elements within, sorted by the keys of their names.
    children: Vec<Node>,
    /// Those keys.
    keys: Vec<u64>,
}

/// A name as a number: its length and first letters. Few names of one element share theirs.
fn key(name: &str) -> u64 {
    name.bytes().take(7).fold(name.len() as u64, |key, byte| key << 8 | u64::from(byte))
}

impl Node {
    /// The element of a name within, with its position.
    pub(super) fn child(&self, name: &str) -> Option<(usize, &Self)> {
        let key = key(name);
        let first = self.keys.partition_point(|known| *known < key);
        let same = self.keys.iter().skip(first).take_while(|known| **known == key).count();
        (first..first + same).map(|at| (at, &self.children[at])).find(|(_, node)| node.name == name)
    }

    /// The elements within.
    pub(super) fn children(&self) -> &[Self] {
        &self.children
    }
}

/// The schemas: the envelope and, for each procedure that has one, the content of its
/// applications.
#[derive(Debug)]
pub(super) struct Schemas {
    contents: Vec<(String, Node)>,
}

impl Schemas {
    /// The tables that the program carries.
    pub(super) fn get() -> &'static Self {
        static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
        SCHEMAS.get_or_init(|| Self::parse(include_str!("schema.csv")))
    }

    /// `Envelope`, with what lies outside the content.
    pub(super) fn envelope(&self) -> Option<&Node> {
        self.content("")?.child("Envelope").map(|(_, node)| node)
    }

    /// What stands in `Content` of an application under a procedure.
    pub(super) fn content(&self, procedure: &str) -> Option<&Node> {
        self.contents.iter().find(|(known, _)| known == procedure).map(|(_, node)| node)
    }

    fn parse(table: &str) -> Self {
        let mut contents: Vec<(String, Node)> = Vec::new();
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let mut cell = || cells.next().unwrap_or_default();
            let (procedure, path, kind) = (cell(), cell(), cell());
            let (min, max, max_length, facets) = (cell(), cell(), cell(), cell());
            if contents.last().is_none_or(|(last, _)| last != procedure) {
                contents.push((procedure.to_owned(), node("Content", "complex", "1", "1", "", "")));
            }
            let Some((_, root)) = contents.last_mut() else { continue };
            let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
            let mut parent = root;
            for step in parents.split('/').filter(|step| !step.is_empty()) {
                // INVARIANT: the table lists an element before what it holds.
                let at = parent.children.iter().rposition(|node| node.name == step).unwrap_or_default();
                parent = &mut parent.children[at];
            }
            parent.children.push(node(name, kind, min, max, max_length, facets));
        }
        for (_, root) in &mut contents {
            sort(root);
        }
        Self { contents }
    }
}

fn sort(node: &mut Node) {
    node.children.sort_by_key(|child| key(&child.name));
    node.keys = node.children.iter().map(|child| key(&child.name)).collect();
    node.children.iter_mut().for_each(sort);
}

fn node(name: &str, kind: &str, min: &str, max: &str, max_length: &str, facets: &str) -> Node {
    let facet = |key: &str| facets.split(';').find_map(|facet| facet.strip_prefix(key)?.strip_prefix('='));
    let has = |key: &str| facets.split(';').any(|facet| facet == key);
    let nillable = has("nillable");
    let kind = match kind {
        "complex" => Kind::Complex,
        "long" | "short" => Kind::Whole,
        "decimal" => Kind::Decimal,
        _ if has("datetime") || has("datetime-or-empty") => Kind::Moment,
        _ => Kind::Text,
    };
    Node {
        name: name.to_owned(),
        kind,
        mandatory: min == "1",
        many: max.is_empty(),
        filled: has("nonblank") || has("datetime") || (matches!(kind, Kind::Whole | Kind::Decimal) && !nillable),
        nillable,
        max_length: max_length.parse().ok(),
        fraction_digits: facet("fractionDigits").and_then(|digits| digits.parse().ok()),
        below: facet("maxExclusive").and_then(|limit| limit.parse().ok()),
        children: Vec::new(),
        keys: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_place() {
        fn count(node: &Node) -> usize {
            1 + node.children.iter().map(count).sum::<usize>()
        }
        let schemas = Schemas::get();
        let nodes: usize = schemas.contents.iter().map(|(_, root)| count(root) - 1).sum();
        assert_eq!(nodes, include_str!("schema.csv").lines().count() - 1);
        assert_eq!(schemas.contents.len(), 6);
        let (_, body) = schemas.envelope().unwrap().child("Body").unwrap();
        assert!(body.child("Signature").is_some());
    }
}
