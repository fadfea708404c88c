//! A document read into its boxes by a mapping.

use std::borrow::Cow;

use super::boxes::{Boxes, Value};
use super::mapping::{Element, Holds, Kind, Mapping};
use super::typed::keep;
use crate::message::Limits;
use crate::message::xml::{Fatal, Tag, Xml};
use crate::trade::{Finding, FindingCode};

/// A document's boxes and what is wrong in them.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) boxes: Boxes<'a>,
    pub(super) findings: Vec<Finding>,
}

/// Reads a document. Everything that is wrong in a box is found; elements that the mapping does not
/// know are told of with a warning and read over.
///
/// # Errors
/// What the hardened reader refuses, or a document that is not the mapping's.
pub(super) fn read<'a>(bytes: &'a [u8], mapping: &'a Mapping, limits: Limits) -> Result<Read<'a>, Fatal> {
    let mut xml = Xml::new(bytes, limits)?;
    let root = xml.root()?;
    let (name, uri) = mapping.document();
    if root.local() != name || xml.uri(root.namespace) != uri {
        let given = xml.uri(root.namespace);
        let place =
            if given.is_empty() { String::new() } else { format!(" in the namespace `{given}`, which is not read") };
        let message =
            format!("the root element is `{}`{place}; `{name}` in the namespace `{uri}` is expected", root.local());
        return Err(Finding::error(FindingCode::OtherKind, message).at(root.offset).field(root.local()).into());
    }
    let mut reader = Reader { mapping, findings: Vec::new(), limits };
    let mut boxes = Boxes::at(root.offset);
    reader.inside(&mut xml, &mapping.root, &mut boxes)?;
    xml.finish()?;
    Ok(Read { boxes, findings: reader.findings })
}

struct Reader<'a> {
    mapping: &'a Mapping,
    findings: Vec<Finding>,
    limits: Limits,
}

impl<'a> Reader<'a> {
    /// The children of an element whose tag has been read.
    fn inside(&mut self, xml: &mut Xml<'a>, element: &'a Element, boxes: &mut Boxes<'a>) -> Result<(), Fatal> {
        while let Some(tag) = xml.child()? {
            match self.which(xml, &tag, element)? {
                Some(child) => self.element(xml, &tag, child, boxes)?,
                None => {
                    // Extensions belong to others; a signature is verified before anything is read.
                    if !matches!(tag.local(), "UBLExtensions" | "Signature") {
                        let message = format!("`{}` is no element of the mapping and was not read", tag.local());
                        self.tell(Finding::warning(FindingCode::Deviation, message).at(tag.offset).field(xml.path()));
                    }
                    xml.skip()?;
                }
            }
        }
        Ok(())
    }

    /// Which of the elements that the mapping has at this place it is.
    fn which(&self, xml: &Xml<'a>, tag: &Tag<'a>, parent: &'a Element) -> Result<Option<&'a Element>, Fatal> {
        let uri = xml.uri(tag.namespace);
        let named = parent.children.iter().filter(|child| child.local == tag.local() && self.mapping.uri(child) == uri);
        for child in named {
            let Some((by, value)) = &child.told_by else { return Ok(Some(child)) };
            // A look ahead: the walk itself stays where it is.
            let mut ahead = xml.clone();
            if by.is_empty() {
                if ahead.text()? == value.as_str() {
                    return Ok(Some(child));
                }
                continue;
            }
            let by = by.rsplit(':').next().unwrap_or(by);
            while let Some(inner) = ahead.child()? {
                if inner.local() == by {
                    if ahead.text()? == value.as_str() {
                        return Ok(Some(child));
                    }
                    break;
                }
                ahead.skip()?;
            }
        }
        Ok(None)
    }

    fn element(
        &mut self,
        xml: &mut Xml<'a>,
        tag: &Tag<'a>,
        element: &'a Element,
        boxes: &mut Boxes<'a>,
    ) -> Result<(), Fatal> {
        let Some(group) = &element.each else { return self.content(xml, tag, element, boxes) };
        let mut inner = Boxes::at(tag.offset);
        self.content(xml, tag, element, &mut inner)?;
        if boxes.add(group.as_str(), inner) > self.limits.goods_lines {
            let message = format!("more than {} repetitions, which is the limit", self.limits.goods_lines);
            return Err(Finding::error(FindingCode::Limit, message).at(tag.offset).field(xml.path()).into());
        }
        Ok(())
    }

    fn content(
        &mut self,
        xml: &mut Xml<'a>,
        tag: &Tag<'a>,
        element: &'a Element,
        boxes: &mut Boxes<'a>,
    ) -> Result<(), Fatal> {
        for (name, holds) in &element.attributes {
            if let (Holds::Field { field, kind }, Some(value)) = (holds, tag.attribute(name)) {
                let value = Cow::Owned(value.trim().to_owned());
                self.fill(boxes, field, *kind, value, tag.offset);
            }
        }
        match &element.text {
            Some(Holds::Field { field, kind: Kind::Present }) => {
                xml.skip()?;
                boxes.fill(field.as_str(), Value::Present, tag.offset);
            }
            Some(Holds::Field { field, kind }) => {
                let text = xml.text()?;
                self.fill(boxes, field, *kind, text, tag.offset);
            }
            Some(_) => xml.skip()?,
            None => self.inside(xml, element, boxes)?,
        }
        Ok(())
    }

    fn fill(&mut self, boxes: &mut Boxes<'a>, field: &'a str, kind: Kind, text: Cow<'a, str>, offset: usize) {
        if text.is_empty() {
            return;
        }
        let path = || format!("{}/{}", self.mapping.document().0, self.mapping.path(field));
        match Value::read(kind, text) {
            Ok(value) => {
                if !boxes.fill(field, value, offset) {
                    let message = "it may occur once; the first is read";
                    self.tell(Finding::error(FindingCode::Repeated, message).at(offset).field(path()));
                }
            }
            Err((code, message)) => self.tell(Finding::error(code, message).at(offset).field(path())),
        }
    }

    fn tell(&mut self, finding: Finding) {
        keep(&mut self.findings, finding, self.limits.findings);
    }
}
