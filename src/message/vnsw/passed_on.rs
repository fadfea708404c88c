//! A message that was sent without an id of its own gets one where it is passed on: whoever takes it
//! from us tells by it what comes again.

use std::ops::Range;

use crate::message::Limits;
use crate::message::xml::{Fatal, Xml};

/// The message with an id in its header; none where it has one already.
pub(in crate::message) fn with_id(bytes: &[u8], id: &str) -> Option<Vec<u8>> {
    let (place, text) = place(bytes, id).ok().flatten()?;
    let mut named = Vec::with_capacity(bytes.len() + text.len());
    named.extend_from_slice(bytes.get(..place.start)?);
    named.extend_from_slice(text.as_bytes());
    named.extend_from_slice(bytes.get(place.end..)?);
    Some(named)
}

/// What is to be written in which place.
fn place(bytes: &[u8], id: &str) -> Result<Option<(Range<usize>, String)>, Fatal> {
    let id = format!("<messageId>{id}</messageId>");
    let mut xml = Xml::new(bytes, Limits::default())?;
    xml.root()?;
    while let Some(header) = xml.child()? {
        if header.local() != "Header" {
            xml.skip()?;
            continue;
        }
        while let Some(reference) = xml.child()? {
            if reference.local() != "Reference" {
                xml.skip()?;
                continue;
            }
            while let Some(tag) = xml.child()? {
                let text = xml.text()?;
                if tag.local() == "messageId" {
                    let empty = text.is_empty().then(|| element(bytes, tag.offset)).flatten();
                    return Ok(empty.map(|empty| (empty, id)));
                }
            }
            return Ok(within(bytes, reference.offset, "Reference", &id));
        }
        return Ok(within(bytes, header.offset, "Header", &format!("<Reference>{id}</Reference>")));
    }
    Ok(None)
}

/// The tag that opens at an offset.
fn tag(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?.strip_prefix(b"<")?;
    Some(at..at + 1 + memchr::memchr(b'>', rest)? + 1)
}

fn is_closed(bytes: &[u8], tag: &Range<usize>) -> bool {
    bytes.get(tag.clone()).is_some_and(|tag| tag.ends_with(b"/>"))
}

/// The element without elements in it that opens at an offset.
fn element(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let open = tag(bytes, at)?;
    if is_closed(bytes, &open) {
        return Some(open);
    }
    let close = open.end + memchr::memmem::find(bytes.get(open.end..)?, b"</")?;
    Some(at..tag(bytes, close)?.end)
}

/// Text at the beginning of the element of a name that opens at an offset.
fn within(bytes: &[u8], at: usize, name: &str, text: &str) -> Option<(Range<usize>, String)> {
    let open = tag(bytes, at)?;
    if is_closed(bytes, &open) {
        return Some((open, format!("<{name}>{text}</{name}>")));
    }
    Some((open.end..open.end, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::with_id;

    const ENVELOPE: &str = "<Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";

    fn named(header: &str) -> Option<String> {
        let text = format!("\u{feff}<?xml version=\"1.0\"?>\n{ENVELOPE}<Header>{header}</Header><Body/></Envelope>");
        let named = String::from_utf8(with_id(text.as_bytes(), "m-1")?).unwrap();
        let (before, rest) = named.split_once("<Header>").unwrap();
        assert_eq!(before, format!("\u{feff}<?xml version=\"1.0\"?>\n{ENVELOPE}"));
        Some(rest.strip_suffix("</Header><Body/></Envelope>").unwrap().to_owned())
    }

    #[test]
    fn a_message_without_an_id_gets_one_and_keeps_everything_else() {
        let id = "<messageId>m-1</messageId>";
        for empty in
            ["<messageId/>", "<messageId></messageId>", "<messageId xsi:nil=\"true\" />", "<messageId> </messageId>"]
        {
            let header = format!("<Reference><version>01</version>{empty}</Reference><From/>");
            assert_eq!(
                named(&header).unwrap(),
                format!("<Reference><version>01</version>{id}</Reference><From/>"),
                "{empty}"
            );
        }
        assert_eq!(
            named("<From/><Reference><version>01</version></Reference>").unwrap(),
            format!("<From/><Reference>{id}<version>01</version></Reference>")
        );
        assert_eq!(named("<Reference/><From/>").unwrap(), format!("<Reference>{id}</Reference><From/>"));
        assert_eq!(named("<From/>").unwrap(), format!("<Reference>{id}</Reference><From/>"));
    }

    #[test]
    fn an_id_that_is_there_stays() {
        assert_eq!(named("<Reference><messageId>own</messageId></Reference>"), None);
        assert_eq!(with_id(b"<Envelope/>", "m-1"), None);
        assert_eq!(with_id(b"no message", "m-1"), None);
    }
}
