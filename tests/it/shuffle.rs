//! Messages changed for tests: children in the opposite order, elements left out.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An element or text of a message.
enum Part {
    Element { name: String, attributes: String, parts: Vec<Part> },
    Text(String),
}

/// The message with the children of every element in the opposite order.
pub(crate) fn reversed(xml: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    for part in parse(xml) {
        write(&part, &mut out);
    }
    out
}

/// The message without the elements of a name.
pub(crate) fn without(xml: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut out = xml.to_owned();
    while let Some(from) = out.find(&open) {
        let to = out[from..].find(&close).map(|at| from + at + close.len()).unwrap();
        out.replace_range(from..to, "");
    }
    out
}

fn parse(xml: &str) -> Vec<Part> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<(String, String, Vec<Part>)> = vec![(String::new(), String::new(), Vec::new())];
    let close = |open: &mut Vec<(String, String, Vec<Part>)>| {
        let (name, attributes, parts) = open.pop().unwrap();
        open.last_mut().unwrap().2.push(Part::Element { name, attributes, parts });
    };
    loop {
        let (kind, raw) = match reader.read_event().unwrap() {
            Event::Start(start) => (0, start.into_inner_text()),
            Event::Empty(start) => (1, start.into_inner_text()),
            Event::End(_) => (2, String::new()),
            Event::Text(text) => (3, text.to_string_text()),
            Event::GeneralRef(reference) => (3, format!("&{};", reference.to_string_text())),
            Event::Eof => break,
            _ => continue,
        };
        match kind {
            0 | 1 => {
                let (name, attributes) = match raw.find(char::is_whitespace) {
                    Some(at) => (raw[..at].to_owned(), raw[at..].to_owned()),
                    None => (raw, String::new()),
                };
                open.push((name, attributes, Vec::new()));
                if kind == 1 {
                    close(&mut open);
                }
            }
            2 => close(&mut open),
            _ if raw.trim().is_empty() => {}
            _ => open.last_mut().unwrap().2.push(Part::Text(raw)),
        }
    }
    open.pop().unwrap().2
}

fn write(part: &Part, out: &mut String) {
    match part {
        Part::Text(text) => out.push_str(text),
        Part::Element { name, attributes, parts } => {
            out.extend(["<", name.as_str(), attributes.as_str(), ">"]);
            if parts.iter().any(|part| matches!(part, Part::Text(_))) {
                for part in parts {
                    write(part, out);
                }
            } else {
                for part in parts.iter().rev() {
                    write(part, out);
                }
            }
            out.extend(["</", name.as_str(), ">\n"]);
        }
    }
}

/// The raw text of an event.
trait Raw {
    fn to_string_text(&self) -> String;
    fn into_inner_text(self) -> String;
}

impl<T: std::ops::Deref<Target = str>> Raw for T {
    fn to_string_text(&self) -> String {
        self.deref().to_owned()
    }

    fn into_inner_text(self) -> String {
        self.deref().to_owned()
    }
}
