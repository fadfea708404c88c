//! What is wrong with a message, in words a sender can act on.

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Told; changes nothing.
    Warning,
    /// Something the law or the message needs is wrong.
    Error,
}

impl Severity {
    /// The word that the answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! finding_codes {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// The stable name of a finding. The list is part of the contract: codes are added, never
        /// changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum FindingCode { $($(#[$meta])* $variant),+ }

        impl FindingCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as written in answers.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

finding_codes!(
    /// The bytes are no XML at all.
    NotXml = "XML_NOT_XML",
    /// An encoding other than UTF-8, or bytes that are not UTF-8.
    Encoding = "XML_ENCODING",
    /// The message ends in the middle.
    Truncated = "XML_TRUNCATED",
    /// Tags, attributes or signs that XML does not allow.
    Syntax = "XML_SYNTAX",
    /// A document type declaration.
    Dtd = "XML_DTD",
    /// An entity other than the five of XML.
    Entity = "XML_ENTITY",
    /// A limit on size, depth, attributes, names, text or lines.
    Limit = "XML_LIMIT",
    /// A namespace prefix that was not declared.
    Namespace = "XML_NAMESPACE",
    /// No format has this root element and namespace.
    UnknownFormat = "FORMAT_UNKNOWN",
    /// A message of a known family, but not one to decide.
    OtherKind = "FORMAT_OTHER_KIND",
    /// A mandatory field is missing or empty.
    Missing = "FIELD_MISSING",
    /// A declaration without goods.
    NoGoods = "NO_GOODS",
    /// A field that may occur once occurs again.
    Repeated = "FIELD_REPEATED",
    /// A field departs from the format's schema (reported by a lenient reading).
    Deviation = "FIELD_DEVIATION",
    /// Not a code of the Harmonized System.
    BadHs = "HS_BAD",
    /// A code that the tariff of that day does not have.
    UnknownHs = "HS_UNKNOWN",
    /// A line of the preferential chapter without its code of chapters 1 to 97.
    PreferentialHs = "HS_PREFERENTIAL",
    /// Not a number, or too large.
    BadNumber = "NUMBER_BAD",
    /// A quantity or value below zero.
    Negative = "NUMBER_NEGATIVE",
    /// Not a date.
    BadDate = "DATE_BAD",
    /// The day lies outside the editions of the tariff.
    TariffEdition = "TARIFF_EDITION",
    /// Not a country, or none of the list.
    UnknownCountry = "COUNTRY_UNKNOWN",
    /// Not a currency, or none of the list.
    UnknownCurrency = "CURRENCY_UNKNOWN",
    /// Not a regime of the list.
    UnknownRegime = "REGIME_UNKNOWN",
    /// Not a customs office of the list.
    UnknownOffice = "OFFICE_UNKNOWN",
    /// Not a unit of quantity.
    BadUnit = "UNIT_BAD",
    /// Two lines bear the same number.
    DuplicateLine = "LINE_DUPLICATE",
    /// Neither import nor export can be read from the message.
    UnknownDirection = "DIRECTION_UNKNOWN",
    /// A procedure that the pack does not know.
    UnknownProcedure = "PROCEDURE_UNKNOWN",
    /// The declaration states a fact or value that the pack does not know.
    UnknownFact = "FACT_UNKNOWN",
    /// A consignment has to be drawn or not, and no key of the draw is configured.
    SampleKey = "SAMPLE_KEY",
    /// A record of the importer's past, a permit or a result contradicts itself and was left out.
    RecordLeftOut = "RECORD_LEFT_OUT",
    /// A message is not signed as is asked of its sender.
    Signature = "SIGNATURE",
    /// A file of a folder, an archive or part of one could not be read.
    Archive = "ARCHIVE",
);

/// One thing that is wrong in a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind of thing.
    pub code: FindingCode,
    /// How much it weighs.
    pub severity: Severity,
    /// What was wrong and what would be right.
    pub message: String,
    /// Where it begins, in bytes from the start of the message.
    pub offset: Option<usize>,
    /// The path of the element, such as `Declaration/GoodsShipment/Consignment`.
    pub field: Option<String>,
    /// The number of the goods line it belongs to.
    pub goods_line: Option<u32>,
}

impl Finding {
    /// An error without a place; the builder methods add one.
    pub fn error(code: FindingCode, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), offset: None, field: None, goods_line: None }
    }

    /// A warning without a place.
    pub fn warning(code: FindingCode, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With the byte where it begins.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// With the path of the element; an empty path is none.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        let field = field.into();
        self.field = (!field.is_empty()).then_some(field);
        self
    }

    /// With the number of the goods line.
    #[must_use]
    pub fn line(mut self, goods_line: u32) -> Self {
        self.goods_line = Some(goods_line);
        self
    }

    /// The line and column (both from 1, the column in characters) of its place in `bytes`.
    pub fn position(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        let before = bytes.get(..self.offset?.min(bytes.len()))?;
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count();
        Some((line, column))
    }
}
