//! A document written from its boxes by a mapping.

use super::boxes::{Boxes, Value};
use super::mapping::{Element, Holds, Mapping};
use crate::message::answer::xml::Writer;

/// Writes a document.
pub(super) fn write(boxes: &Boxes<'_>, mapping: &Mapping) -> String {
    let mut writer = Writer::new();
    let names: Vec<(String, &str)> = mapping
        .namespaces
        .iter()
        .map(|(prefix, uri)| (if prefix.is_empty() { "xmlns".into() } else { format!("xmlns:{prefix}") }, uri.as_str()))
        .collect();
    let attributes: Vec<(&str, &str)> = names.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    writer.open_with(mapping.root.name.clone(), &attributes);
    let mut within = vec![boxes];
    children(&mut writer, &mapping.root, &mut within);
    writer.finish()
}

fn children<'b>(writer: &mut Writer, element: &Element, within: &mut Vec<&'b Boxes<'b>>) {
    for child in &element.children {
        match &child.each {
            Some(group) => {
                let Some(boxes) = within.last() else { return };
                for one in boxes.group(group) {
                    within.push(one);
                    if has_content(child, within) {
                        single(writer, child, within);
                    }
                    within.pop();
                }
            }
            None => {
                let filler = matches!(child.text, Some(Holds::Filler(_)));
                if filler || has_content(child, within) {
                    single(writer, child, within);
                }
            }
        }
    }
}

fn single<'b>(writer: &mut Writer, element: &Element, within: &mut Vec<&'b Boxes<'b>>) {
    let values: Vec<(&str, String)> = element
        .attributes
        .iter()
        .filter_map(|(name, holds)| value(holds, within).map(|value| (name.as_str(), value)))
        .collect();
    let attributes: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = element.told_by.as_ref();
    if let Some(holds) = &element.text {
        let own = told.filter(|(by, _)| by.is_empty()).map(|(_, value)| value.clone());
        let text = own.or_else(|| value(holds, within)).unwrap_or_default();
        writer.text_with(&element.name, &attributes, &text);
        return;
    }
    writer.open_with(element.name.clone(), &attributes);
    if let Some((by, value)) = told.filter(|(by, _)| !by.is_empty() && !element.children.iter().any(|c| c.name == *by))
    {
        writer.text(by, value);
    }
    children(writer, element, within);
    writer.close();
}

/// Whether an element has anything to say beside what only fills.
fn has_content(element: &Element, within: &[&Boxes<'_>]) -> bool {
    let held = |holds: &Holds| match holds {
        Holds::Filler(_) => false,
        Holds::Field { field, .. } => get(field, within).is_some(),
        other => value(other, within).is_some(),
    };
    element.text.as_ref().is_some_and(held)
        || element.attributes.iter().any(|(_, holds)| held(holds))
        || element.children.iter().any(|child| match &child.each {
            Some(group) => within.last().is_some_and(|boxes| !boxes.group(group).is_empty()),
            None => has_content(child, within),
        })
}

/// A field, in the innermost group that has it.
fn get<'b>(field: &str, within: &[&'b Boxes<'b>]) -> Option<&'b Value<'b>> {
    within.iter().rev().find_map(|boxes| boxes.get(field))
}

fn value(holds: &Holds, within: &[&Boxes<'_>]) -> Option<String> {
    match holds {
        Holds::Constant(value) | Holds::Filler(value) => Some(value.clone()),
        Holds::Field { field, kind } => {
            get(field, within).and_then(|value| value.written_as(*kind)).map(std::borrow::Cow::into_owned)
        }
        Holds::Copy(field) => get(field, within).and_then(Value::written).map(std::borrow::Cow::into_owned),
    }
}
