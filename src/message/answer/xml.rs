//! Writing XML: elements in order, text escaped.

use std::borrow::Cow;

/// The document so far.
#[derive(Debug)]
pub(in crate::message) struct Writer {
    out: String,
    open: Vec<Cow<'static, str>>,
}

impl Writer {
    /// Begins a document in UTF-8.
    pub(in crate::message) fn new() -> Self {
        Self { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), open: Vec::new() }
    }

    /// Opens an element.
    pub(in crate::message) fn open(&mut self, name: impl Into<Cow<'static, str>>) {
        self.open_with(name, &[]);
    }

    /// Opens an element with attributes.
    pub(in crate::message) fn open_with(&mut self, name: impl Into<Cow<'static, str>>, attributes: &[(&str, &str)]) {
        let name = name.into();
        self.start(&name, attributes);
        self.open.push(name);
    }

    /// Closes the element that was opened last.
    pub(in crate::message) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.end(&name);
        }
    }

    /// An element with text.
    pub(in crate::message) fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, &[], text);
    }

    /// An element with attributes and text.
    pub(in crate::message) fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        escape(&mut self.out, text);
        self.end(name);
    }

    /// An element with text, where there is any.
    pub(in crate::message) fn optional(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    /// A document that is XML already.
    pub(in crate::message) fn raw(&mut self, xml: &str) {
        self.out.push_str(xml);
    }

    /// Closes what is open; the document.
    pub(in crate::message) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            escape(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}

/// Writes text so that a reader gets it back; what XML forbids becomes U+FFFD.
fn escape(out: &mut String, text: &str) {
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A reader turns a bare one into a line feed.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(sign),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_xml_forbids_is_replaced() {
        let mut writer = Writer::new();
        writer.open_with("a", &[("b", "\"<&")]);
        writer.text("c", "x<y>&\"'\r\n\t\0\u{1b}\u{ffff}ạ");
        assert_eq!(
            writer.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;&amp;\"><c>x&lt;y&gt;&amp;&quot;'&#13;\n\t\u{fffd}\u{fffd}\u{fffd}ạ</c></a>"
        );
    }
}
