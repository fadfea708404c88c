//! The limits on everything that comes from strangers, in one table.

/// Limits on a message. What passes one is refused with `XML_LIMIT`, never cut short in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message.
    pub bytes: usize,
    /// Elements within elements.
    pub depth: usize,
    /// Elements of one message.
    pub elements: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Namespaces of one message.
    pub namespaces: usize,
    /// Bytes of one name.
    pub name_bytes: usize,
    /// Bytes of the text of one element or attribute.
    pub text_bytes: usize,
    /// Goods lines of one declaration.
    pub goods_lines: usize,
    /// Documents, statements and other repeated parts of one line or declaration.
    pub repeats: usize,
    /// Findings reported for one message; one more says that there were more.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 * 1024 * 1024,
            depth: 64,
            elements: 1_000_000,
            attributes: 64,
            namespaces: 256,
            name_bytes: 256,
            text_bytes: 1024 * 1024,
            goods_lines: 9_999,
            repeats: 999,
            findings: 100,
        }
    }
}
