//! The head of a message: what makes it one, and what an answer needs.
//!
//! Heads can be stored: an agency answers days after the message came.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::trade::Text;

/// The family of a message; its answers are of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// The envelope of the single window, the national declaration in it too.
    Envelope,
    /// The WCO Data Model.
    Wco,
    /// ASYCUDA, which has no answers.
    Asycuda,
}

/// The head of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head<'a> {
    /// The family.
    pub family: Family,
    /// The id that the sender gave the message (`Reference/messageId`).
    pub message_id: Option<Text<'a>>,
    /// What tells it from others of the sender.
    pub key: MessageKey<'a>,
    /// Who sends.
    pub from: Address<'a>,
    /// To whom.
    pub to: Address<'a>,
    /// What it is about.
    pub subject: Subject<'a>,
    /// Where signatures stand.
    pub signed: Signed,
}

impl Head<'_> {
    /// A head of which nothing is known yet.
    pub(in crate::message) fn of(family: Family) -> Self {
        Self {
            family,
            message_id: None,
            key: MessageKey::Content,
            from: Address::default(),
            to: Address::default(),
            subject: Subject::default(),
            signed: Signed::default(),
        }
    }
}

/// What tells a message from others of the same sender: the same again is the same message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKey<'a> {
    /// An id made for this.
    Id(Text<'a>),
    /// WCO messages: the reference with function and version.
    Reference {
        /// `FunctionalReferenceID`.
        reference: Text<'a>,
        /// `FunctionCode`.
        function: Text<'a>,
        /// `VersionID`; most messages have none.
        version: Text<'a>,
    },
    /// Nothing but what it says: the digest of its bytes tells it apart.
    Content,
}

/// A sender or receiver, as the envelope names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// The tax code of a trader, the code of a system.
    pub identity: Text<'a>,
    /// Its country.
    pub country_code: Text<'a>,
    /// Its ministry.
    pub ministry_code: Text<'a>,
    /// Its organisation.
    pub organization_code: Text<'a>,
    /// Its unit.
    pub unit_code: Text<'a>,
}

/// What a message is about. In WCO messages `kind` is the `TypeCode`, `function` the
/// `FunctionCode`, `reference` the `FunctionalReferenceID`, `version` the `VersionID`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject<'a> {
    /// Which procedure or declaration (`documentType`).
    pub document_type: Text<'a>,
    /// Which message of it (`type`).
    pub kind: Text<'a>,
    /// Which variant of the message (`function`).
    pub function: Text<'a>,
    /// The sender's reference (mã hồ sơ).
    pub reference: Text<'a>,
    /// Its year.
    pub document_year: Text<'a>,
    /// The reference before.
    pub pre_reference: Text<'a>,
    /// Its year.
    pub pre_document_year: Text<'a>,
    /// When it was sent, as written.
    pub sent: Text<'a>,
    /// When it was sent, by the clock of the zone; nothing where it is no moment.
    pub sent_at: Option<DateTime>,
    /// The version of the envelope, or of the WCO declaration.
    pub version: Text<'a>,
}

/// Where a message carries signatures. Whether they hold is not judged here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// `Header/Signature`.
    pub header: bool,
    /// `Body/Signature`: the trader's or officer's.
    pub body: bool,
    /// `SystemSignature`: the gateway's.
    pub system: bool,
}
