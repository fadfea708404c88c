//! A mapping between the boxes of a document and the elements that carry them, kept as a table.
//!
//! The guides of the ASEAN Single Window for its XML are not public, so the carrier is chosen by a
//! file that can be replaced: rows in the order of the elements, each with the field it carries, the
//! path of its element and its kind. One table serves reading and writing.
//!
//! | kind | means |
//! |---|---|
//! | `root`, `namespace` | the root element; a prefix (in `field`, empty for the default one) and its URI |
//! | `text`, `date`, `decimal`, `whole`, `country`, `currency`, `unit`, `hs`, `moment` | a field of that type |
//! | `date102` | a day written as `20261124` (UN/CEFACT format 102) |
//! | `digest` | the SHA-256 of what the element holds in base64, as `sha256:` and 64 digits; never written |
//! | `present` | a field that is true where the element is there |
//! | `each` | a group that repeats; paths that begin with `./` lie in the group before them, `.` is its own text |
//! | `constant` | written always, never read |
//! | `filler` | written where something else is written in the same element, never read |
//! | `copy` | the value of the field named in `value` once more, for a schema that wants it; never read |
//!
//! A step of a path may tell elements of one name apart: `a[b=c]` is the `a` whose child `b` is `c`,
//! `a[.=c]` the `a` whose own text is `c`. A path may end in an attribute, `a/@b`.

use std::collections::HashMap;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Date,
    /// Written `20261124`.
    Date102,
    /// Of what is there in base64.
    Digest,
    Moment,
    Decimal,
    Whole,
    Country,
    Currency,
    Unit,
    Hs,
    Present,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "date" => Self::Date,
            "date102" => Self::Date102,
            "digest" => Self::Digest,
            "moment" => Self::Moment,
            "decimal" => Self::Decimal,
            "whole" => Self::Whole,
            "country" => Self::Country,
            "currency" => Self::Currency,
            "unit" => Self::Unit,
            "hs" => Self::Hs,
            "present" => Self::Present,
            _ => return None,
        })
    }
}

/// What an element or attribute holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    /// A field.
    Field { field: String, kind: Kind },
    /// Always the same.
    Constant(String),
    /// The same, where its element holds something else.
    Filler(String),
    /// A field that stands elsewhere already.
    Copy(String),
}

/// An element that the table knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    /// With its prefix, as it is written.
    pub(super) name: String,
    /// Without it.
    pub(super) local: String,
    /// Which of the table's namespaces.
    pub(super) namespace: usize,
    /// What tells it from others of its name: the child's name (empty: its own text) and the value.
    pub(super) told_by: Option<(String, String)>,
    /// The group that it repeats.
    pub(super) each: Option<String>,
    /// What its text is.
    pub(super) text: Option<Holds>,
    /// What its attributes are.
    pub(super) attributes: Vec<(String, Holds)>,
    /// What lies in it, in order.
    pub(super) children: Vec<Element>,
}

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) root: Element,
    /// Prefix and URI.
    pub(super) namespaces: Vec<(String, String)>,
    /// The paths of fields, as findings name them.
    paths: HashMap<String, String>,
}

/// What is wrong in a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct MappingError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, and what would be right.
    pub message: String,
}

#[derive(serde::Deserialize)]
struct Row {
    #[serde(rename = "box")]
    _printed_box: String,
    field: String,
    path: String,
    kind: String,
    #[serde(default)]
    value: String,
    #[serde(default, rename = "note")]
    _note: String,
}

/// Elements within elements that a table may have.
const DEPTH: usize = 24;

impl Mapping {
    /// Reads a table.
    ///
    /// # Errors
    /// [`MappingError`], with the first line that is wrong.
    pub fn parse(table: &str) -> Result<Self, MappingError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(table.as_bytes());
        let mut mapping = Self { root: Element::default(), namespaces: Vec::new(), paths: HashMap::new() };
        // The groups that are open, with their paths.
        let mut groups: Vec<(String, String)> = Vec::new();
        let headers = reader.headers().map_err(|error| MappingError { line: 1, message: error.to_string() })?.clone();
        for record in reader.records() {
            let record = record.map_err(|error| MappingError {
                line: error.position().map_or(1, csv::Position::line),
                message: error.to_string(),
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let wrong = |message: String| MappingError { line, message };
            let row: Row = record.deserialize(Some(&headers)).map_err(|error| wrong(error.to_string()))?;
            mapping.take(&row, &mut groups).map_err(wrong)?;
        }
        let prefix = prefix(&mapping.root.name);
        let namespace = mapping.namespaces.iter().position(|(known, _)| known == prefix);
        let (Some(namespace), false) = (namespace, mapping.root.name.is_empty()) else {
            let message = "a table has a row of kind `root` and one of kind `namespace` for its prefix".to_owned();
            return Err(MappingError { line: 1, message });
        };
        mapping.root.namespace = namespace;
        Ok(mapping)
    }

    /// The root element and its namespace.
    pub fn document(&self) -> (&str, &str) {
        (&self.root.local, self.uri(&self.root))
    }

    /// The path of a field's element, for people.
    pub(super) fn path(&self, field: &str) -> &str {
        self.paths.get(field).map_or("", String::as_str)
    }

    /// The namespace of an element.
    pub(super) fn uri(&self, element: &Element) -> &str {
        self.namespaces.get(element.namespace).map_or("", |(_, uri)| uri.as_str())
    }

    fn take(&mut self, row: &Row, groups: &mut Vec<(String, String)>) -> Result<(), String> {
        match row.kind.as_str() {
            "root" => {
                self.root.name.clone_from(&row.path);
                local(&row.path).clone_into(&mut self.root.local);
                return Ok(());
            }
            "namespace" => {
                self.namespaces.push((row.field.clone(), row.path.clone()));
                return Ok(());
            }
            _ => {}
        }
        let of_group = if row.path == "." { Some("") } else { row.path.strip_prefix("./") };
        let path = match of_group {
            Some(rest) => {
                // A field of a group lies in that group; what carries none in the innermost one.
                if !row.field.is_empty() {
                    while groups.last().is_some_and(|(group, _)| !is_within(&row.field, group)) {
                        groups.pop();
                    }
                }
                let Some((_, base)) = groups.last() else {
                    return Err(format!("`{}` begins with `./`, but no group stands before it", row.path));
                };
                if rest.is_empty() { base.clone() } else { format!("{base}/{rest}") }
            }
            None => {
                groups.clear();
                row.path.clone()
            }
        };
        let holds = match row.kind.as_str() {
            "each" => {
                let element = self.element(&path)?;
                element.each = Some(row.field.clone());
                self.paths.insert(row.field.clone(), plain(&path));
                groups.push((row.field.clone(), path));
                return Ok(());
            }
            "constant" => Holds::Constant(row.value.clone()),
            "filler" => Holds::Filler(row.value.clone()),
            "copy" => Holds::Copy(row.value.clone()),
            other => {
                let kind = Kind::parse(other).ok_or_else(|| {
                    format!("no kind `{other}`; see the head of the table's documentation for those there are")
                })?;
                if row.field.is_empty() {
                    return Err("a field has a name".to_owned());
                }
                if self.paths.insert(row.field.clone(), plain(&path)).is_some() {
                    return Err(format!("field `{}` has a row already", row.field));
                }
                Holds::Field { field: row.field.clone(), kind }
            }
        };
        if let Some((element, attribute)) = path.split_once("/@") {
            self.element(element)?.attributes.push((attribute.to_owned(), holds));
        } else {
            let element = self.element(&path)?;
            if element.text.is_some() {
                return Err(format!("`{path}` holds something already"));
            }
            element.text = Some(holds);
        }
        Ok(())
    }

    /// The element at a path, made where it is not there.
    fn element(&mut self, path: &str) -> Result<&mut Element, String> {
        let mut at = &mut self.root;
        for (depth, step) in steps(path).enumerate() {
            if depth >= DEPTH {
                return Err(format!("`{path}` has more than {DEPTH} steps"));
            }
            let (name, told_by) = match step.split_once('[') {
                None => (step, None),
                Some((name, rest)) => {
                    let inner = rest.strip_suffix(']').and_then(|inner| inner.split_once('='));
                    let (by, value) = inner.ok_or_else(|| format!("`{step}`: `name[child=value]` is expected"))?;
                    (name, Some((if by == "." { String::new() } else { by.to_owned() }, value.to_owned())))
                }
            };
            let prefix = prefix(name);
            let namespace = self.namespaces.iter().position(|(known, _)| known == prefix);
            let namespace = namespace.ok_or_else(|| format!("`{name}`: no namespace has the prefix `{prefix}`"))?;
            let known = at.children.iter().position(|child| child.name == name && child.told_by == told_by);
            let index = known.unwrap_or_else(|| {
                at.children.push(Element {
                    name: name.to_owned(),
                    local: local(name).to_owned(),
                    namespace,
                    told_by,
                    ..Element::default()
                });
                at.children.len() - 1
            });
            at = &mut at.children[index];
        }
        Ok(at)
    }
}

/// The steps of a path; a `/` within brackets is none.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    path.split(move |sign| {
        match sign {
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        sign == '/' && !inside
    })
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn is_within(field: &str, group: &str) -> bool {
    field.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'))
}

/// A path without prefixes, as findings write it.
fn plain(path: &str) -> String {
    steps(path).map(|step| local(step.split('[').next().unwrap_or(step))).collect::<Vec<_>>().join("/")
}
