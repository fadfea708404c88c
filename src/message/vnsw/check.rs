//! Checking elements against the schema while they are read: each element is looked up once in
//! its parent, each leaf is judged once.

use smallvec::{SmallVec, smallvec};

use super::schema::{Kind, Node};
use crate::message::fields::{Fields, parse_date, parse_decimal};
use crate::message::xml::{Fatal, Tag};
use crate::trade::FindingCode;

/// Which elements of an open element have been seen.
#[derive(Debug)]
pub(super) struct Seen<'s> {
    node: Option<&'s Node>,
    counts: SmallVec<[u16; 32]>,
}

impl<'s> Seen<'s> {
    /// Begins with an element; without a schema nothing is checked.
    pub(super) fn of(node: Option<&'s Node>) -> Self {
        Self { node, counts: smallvec![0; node.map_or(0, |node| node.children().len())] }
    }

    /// Takes note of an element that has just been opened; its schema, if it has one.
    pub(super) fn child(&mut self, fields: &mut Fields<'_>, tag: &Tag<'_>) -> Option<&'s Node> {
        let parent = self.node?;
        for name in tag.attribute_names() {
            if name != "xsi:nil" {
                fields.deviation(
                    format!("the attribute `{name}`; elements of the envelope have none but `xsi:nil`"),
                    tag.offset,
                );
            }
        }
        let Some((at, node)) = parent.child(tag.local()) else {
            fields.deviation(format!("`{}` is no element of `{}`", tag.local(), parent.name), tag.offset);
            return None;
        };
        self.counts[at] = self.counts[at].saturating_add(1);
        if self.counts[at] == 2 && !node.many {
            fields.deviation(format!("a second `{}`; one at most was expected", node.name), tag.offset);
        }
        if is_nil(tag) && !node.nillable {
            fields.deviation(format!("`{}` may not be nil", node.name), tag.offset);
        }
        Some(node)
    }

    /// Reports what has not been seen of the element `tag`, which has been closed.
    pub(super) fn close(self, fields: &mut Fields<'_>, tag: &Tag<'_>) {
        let Some(node) = self.node else { return };
        for (child, count) in node.children().iter().zip(self.counts) {
            if child.mandatory && count == 0 {
                fields.departure(
                    FindingCode::Missing,
                    &format!("{}/{}", node.name, child.name),
                    tag.offset,
                    format!("`{}` is missing in `{}`", child.name, node.name),
                );
            }
        }
    }
}

/// Whether an element says that it has no value.
pub(super) fn is_nil(tag: &Tag<'_>) -> bool {
    matches!(tag.attribute("xsi:nil").as_deref(), Some("true" | "1"))
}

/// Judges the text of the leaf `tag`, which has been closed.
pub(super) fn leaf(fields: &mut Fields<'_>, node: &Node, tag: &Tag<'_>, text: &str) {
    if text.is_empty() {
        if node.filled && !(node.nillable && is_nil(tag)) {
            fields.departure(FindingCode::Missing, &node.name, tag.offset, format!("`{}` is empty", node.name));
        }
        return;
    }
    let deviation = |fields: &mut Fields<'_>, message| {
        fields.departure(FindingCode::Deviation, &node.name, tag.offset, message);
    };
    if let Some(most) = node.max_length {
        // Bytes are at least as many as characters: most texts need no counting.
        if text.len() > most && text.chars().count() > most {
            deviation(fields, format!("{} characters; `{}` has {most} at most", text.chars().count(), node.name));
        }
    }
    match node.kind {
        Kind::Complex | Kind::Text => {}
        Kind::Moment => moment(fields, node, tag, text),
        Kind::Whole | Kind::Decimal => number(fields, node, tag, text),
    }
}

fn moment(fields: &mut Fields<'_>, node: &Node, tag: &Tag<'_>, text: &str) {
    if parse_date(text, fields.zone()).is_none() {
        fields.bad_date(text, &node.name, tag.offset, "a day and a time such as `2026-11-24 08:30:00`");
    } else if !is_moment(text) {
        fields.departure(
            FindingCode::Deviation,
            &node.name,
            tag.offset,
            format!("`{text}` is written otherwise than `yyyy-MM-dd HH:mm:ss`"),
        );
    }
}

fn is_moment(text: &str) -> bool {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    seconds.len() == 19
        && seconds
            .bytes()
            .zip("0000-00-00 00:00:00".bytes())
            .all(|(sign, shape)| if shape == b'0' { sign.is_ascii_digit() } else { sign == shape })
        && (1..=3).contains(&fraction.len())
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

fn number(fields: &mut Fields<'_>, node: &Node, tag: &Tag<'_>, text: &str) {
    let Some(amount) = fields.decimal(text, tag) else { return };
    let most = match node.kind {
        Kind::Whole => 0,
        _ => node.fraction_digits.unwrap_or(u32::MAX),
    };
    if amount.normalize().scale() > most {
        let message = if most == 0 {
            format!("`{text}` is not a whole number")
        } else {
            format!("`{text}` has more than {most} digits after the point")
        };
        fields.departure(FindingCode::Deviation, &node.name, tag.offset, message);
    }
    if let Some(below) = node.below
        && amount >= rust_decimal::Decimal::from(below)
    {
        fields.departure(FindingCode::Deviation, &node.name, tag.offset, format!("`{text}` is not below {below}"));
    }
}

/// Reads the text of a leaf and judges it where it has a schema.
pub(super) fn text<'a>(
    fields: &mut Fields<'a>,
    node: Option<&Node>,
    tag: &Tag<'_>,
) -> Result<crate::trade::Text<'a>, Fatal> {
    let text = fields.xml.text()?;
    if let Some(node) = node {
        leaf(fields, node, tag, &text);
    }
    Ok(text)
}

/// A number without a finding: what is wrong with it was reported by the schema, or nothing says
/// that it is a number.
pub(super) fn silent_decimal(text: &str) -> Option<rust_decimal::Decimal> {
    parse_decimal(text).filter(|amount| !amount.is_sign_negative() || amount.is_zero())
}
