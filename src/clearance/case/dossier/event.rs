//! What happens to a dossier.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{CaseId, MessageRef};
use crate::approval::dossier::ClockStatus;
use crate::law::life_cycle::{Act, Sender};
use crate::records::{EvidenceEntry, HistoryEntry};

/// Goods that a dossier is about, as far as they can be compared with a declaration's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// The line in the dossier's own message.
    pub line: u32,
    /// The HS code, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hs: Option<String>,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The country of origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Something done on paper or in another system while this one was down (85/2019/NĐ-CP art 17):
/// it has its own time, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// The paper or the other system, by its number or name.
    pub source: String,
    /// When it was entered.
    pub entered: Timestamp,
}

/// What happened to a dossier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum DossierEvent {
    /// It was opened.
    #[serde(rename = "dossier.opened")]
    Opened {
        /// Its procedure; none: the task has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        procedure: Option<String>,
        /// The agency that handles it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<String>,
        /// The trader, by tax code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holder: Option<String>,
        /// The organisation that filed it.
        filer: String,
        /// The sender's reference (mã hồ sơ).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// The message that it came with; none: it was opened for a declaration's task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<MessageRef>,
        /// The goods.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        goods: Vec<Goods>,
    },
    /// A message of its life cycle was heard.
    #[serde(rename = "dossier.heard")]
    Heard {
        /// Its type and function.
        code: String,
        /// What it means.
        act: Act,
        /// Who sent it; of a step that was taken on the way to another act, who acted.
        sender: Sender,
        /// Nobody sent it: it is a step on the way to the act that comes after it. The declaration is the
        /// application, and who gives a result has accepted the dossier.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        implied: bool,
        /// The state of each track afterwards.
        states: BTreeMap<String, String>,
        /// The clocks that it moved, as they are afterwards.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        clocks: BTreeMap<String, ClockStatus>,
        /// When it was done, where that is not the moment of the entry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done: Option<Timestamp>,
        /// It was done on paper or elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paper: Option<Paper>,
        /// The message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<MessageRef>,
        /// The profile that the trader sent last counts no more, the one before does.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rolls_back: bool,
        /// What it says in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// An officer took it up.
    #[serde(rename = "dossier.claimed")]
    Claimed,
    /// He laid it down.
    #[serde(rename = "dossier.released")]
    Released,
    /// It handles a task of a declaration.
    #[serde(rename = "dossier.linked")]
    Linked {
        /// The declaration.
        declaration: CaseId,
        /// Its task.
        task: String,
        /// The lines of the declaration.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<u32>,
    },
    /// A permit, certificate or result was given.
    #[serde(rename = "dossier.issued")]
    Issued {
        /// What it says.
        evidence: Box<EvidenceEntry>,
    },
    /// It was revoked.
    #[serde(rename = "dossier.revoked")]
    Revoked {
        /// Its number.
        number: String,
        /// Why.
        reason: String,
    },
    /// Something was added to the importer's record.
    #[serde(rename = "dossier.recorded")]
    Recorded {
        /// What.
        history: Box<HistoryEntry>,
    },
    /// What was entered afterwards counts, as customs has decided, in place of what was given before.
    #[serde(rename = "dossier.rectified")]
    Rectified {
        /// What was done.
        act: Act,
        /// When.
        done: Timestamp,
        /// On which paper.
        paper: Paper,
        /// What it says in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// A document was attached.
    #[serde(rename = "dossier.attached")]
    Attached {
        /// The id of the attachment.
        attachment: String,
        /// Its name.
        name: String,
        /// SHA-256 of its bytes, in hex.
        digest: String,
    },
    /// Its agency could not be told of it, and has no other way to hear.
    #[serde(rename = "dossier.undelivered")]
    Undelivered {
        /// Why.
        reason: String,
    },
    /// The agency was told after all.
    #[serde(rename = "dossier.delivered")]
    Delivered,
}

impl DossierEvent {
    /// Its kind, as the journal writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "dossier.opened",
            Self::Heard { .. } => "dossier.heard",
            Self::Claimed => "dossier.claimed",
            Self::Released => "dossier.released",
            Self::Linked { .. } => "dossier.linked",
            Self::Issued { .. } => "dossier.issued",
            Self::Revoked { .. } => "dossier.revoked",
            Self::Recorded { .. } => "dossier.recorded",
            Self::Rectified { .. } => "dossier.rectified",
            Self::Attached { .. } => "dossier.attached",
            Self::Undelivered { .. } => "dossier.undelivered",
            Self::Delivered => "dossier.delivered",
        }
    }
}
