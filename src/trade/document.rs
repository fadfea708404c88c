//! What a declaration attaches to itself: documents and statements.

use super::declaration::Text;

/// A document that the declaration names: a permit, certificate, result, invoice or earlier
/// declaration (WCO `AdditionalDocument`, UCC data element 2/3; VNACCS `SS_`/`SN_`; SAD box 44).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DocumentRef<'a> {
    /// The kind of document: in WCO messages the category followed by the type (`C` + `019`).
    pub code: Text<'a>,
    /// The document's own number.
    pub number: Text<'a>,
    /// Its status or exemption code, where one is given (WCO `LPCOExemptionCode`).
    pub status: Option<Text<'a>>,
}

/// A coded statement about the declaration or a line (WCO `AdditionalInformation`, UCC data
/// element 2/2; notes of the national declaration).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statement<'a> {
    /// The statement's code, or in a fact statement the fact's name.
    pub code: Text<'a>,
    /// The statement's kind (WCO `StatementTypeCode`); `FCT` is a fact stated outright.
    pub kind: Option<Text<'a>>,
    /// Its words, or in a fact statement the value.
    pub text: Option<Text<'a>>,
    /// Customs settled it: no message says this of its statements, and it outweighs what the
    /// message says.
    pub settled: bool,
}

impl Statement<'_> {
    /// The kind of a statement that settles a fact outright: its code is the fact (or
    /// `fact@rule`), its text the value.
    pub const FACT_KIND: &'static str = "FCT";
}
