//! What happens to a declaration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{CaseId, MessageRef};
use super::command::{Registration, StepOutcome};
use super::paper::PaperEntry;
use crate::clearance::record::DecisionRecord;
use crate::trade::{Channel, Decision};

/// Why a declaration was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// It came in.
    Registration,
    /// It was sent again or amended.
    Amendment,
    /// A permit, certificate or result came, changed or went.
    Evidence,
    /// A fact was settled.
    Fact,
    /// A dossier's clock was started, stopped or let go on.
    Clock,
    /// The law changed.
    Law,
    /// Somebody asked.
    Request,
}

/// A check of customs' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Of the documents (luồng vàng).
    Documents,
    /// Of the goods (luồng đỏ).
    Goods,
}

impl CheckKind {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Goods => "goods",
        }
    }
}

/// What a clock says of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It will be due soon.
    Reminder,
    /// It is late.
    Overdue,
    /// It is so late that others are told.
    Escalation,
}

impl Mark {
    /// All of them, in the order in which they come.
    pub const ALL: [Self; 3] = [Self::Reminder, Self::Overdue, Self::Escalation];

    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Overdue => "overdue",
            Self::Escalation => "escalation",
        }
    }

    /// The mark of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.as_str() == text)
    }
}

/// What happened to a declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum DeclarationEvent {
    /// It came in and is kept.
    #[serde(rename = "declaration.registered")]
    Registered(Box<Registration>),
    /// Customs takes it as lodged: from now on it is changed with customs' consent only.
    #[serde(rename = "declaration.accepted")]
    Accepted,
    /// It was sent again before it was accepted.
    #[serde(rename = "declaration.replaced")]
    Replaced(Box<Registration>),
    /// The declarant asks to amend it after acceptance.
    #[serde(rename = "declaration.amendment_asked")]
    AmendmentAsked {
        /// What it would be.
        registration: Box<Registration>,
        /// Why.
        reason: String,
    },
    /// Customs agrees: it is what was asked.
    #[serde(rename = "declaration.amended")]
    Amended,
    /// Customs does not agree: it stays what it was.
    #[serde(rename = "declaration.amendment_refused")]
    AmendmentRefused {
        /// Why.
        reason: String,
    },
    /// The declarant asks to cancel it after acceptance.
    #[serde(rename = "declaration.cancellation_asked")]
    CancellationAsked {
        /// Why.
        reason: String,
    },
    /// Customs does not agree: it stays.
    #[serde(rename = "declaration.cancellation_refused")]
    CancellationRefused {
        /// Why.
        reason: String,
    },
    /// It is no more.
    #[serde(rename = "declaration.cancelled")]
    Cancelled {
        /// Why.
        reason: String,
    },
    /// What may be done with the goods, and why.
    #[serde(rename = "declaration.decided")]
    Decided {
        /// What caused it.
        cause: DecidedBy,
        /// The decision with everything that it rests on.
        decision: Box<DecisionRecord>,
    },
    /// What the law asks of a line is met.
    #[serde(rename = "declaration.requirement_met")]
    RequirementMet {
        /// The line.
        line: u32,
        /// The rule.
        rule: String,
    },
    /// It has failed.
    #[serde(rename = "declaration.requirement_failed")]
    RequirementFailed {
        /// The line.
        line: u32,
        /// The rule.
        rule: String,
    },
    /// A dossier handles a task.
    #[serde(rename = "declaration.dossier_linked")]
    DossierLinked {
        /// The task.
        task: String,
        /// The dossier.
        dossier: CaseId,
        /// Its procedure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        procedure: Option<String>,
    },
    /// A permit, certificate or result speaks for it.
    #[serde(rename = "declaration.evidence_linked")]
    EvidenceLinked {
        /// The case that holds the evidence.
        from: CaseId,
        /// Its number.
        number: String,
    },
    /// It no longer does: it was revoked or replaced.
    #[serde(rename = "declaration.evidence_unlinked")]
    EvidenceUnlinked {
        /// The case that holds the evidence.
        from: CaseId,
        /// Its number.
        number: String,
        /// Why it was revoked; none: another takes its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A fact of a line is settled.
    #[serde(rename = "declaration.fact_settled")]
    FactSettled {
        /// The line.
        line: u32,
        /// The fact, as the pack names it.
        fact: String,
        /// Its value.
        value: String,
        /// Why, where it was said.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// What was settled is taken back.
    #[serde(rename = "declaration.fact_lifted")]
    FactLifted {
        /// The line.
        line: u32,
        /// The fact, as the pack names it.
        fact: String,
        /// Why.
        reason: String,
    },
    /// Customs chose the channel.
    #[serde(rename = "declaration.channel_set")]
    ChannelSet {
        /// Which.
        channel: Channel,
        /// Why.
        reason: String,
    },
    /// Customs has checked documents or goods.
    #[serde(rename = "declaration.checked")]
    Checked {
        /// What.
        kind: CheckKind,
        /// Nothing was found against it.
        passed: bool,
        /// What was found.
        note: String,
    },
    /// The declarant asks to bring the goods to storage.
    #[serde(rename = "declaration.storage_asked")]
    StorageAsked {
        /// Where.
        place: String,
    },
    /// Customs lets him.
    #[serde(rename = "declaration.storage_granted")]
    StorageGranted {
        /// Where.
        place: String,
    },
    /// Customs does not.
    #[serde(rename = "declaration.storage_refused")]
    StorageRefused {
        /// Why.
        reason: String,
    },
    /// An officer decides otherwise.
    #[serde(rename = "declaration.overridden")]
    Overridden {
        /// The line; none: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
        /// What instead.
        decision: Decision,
        /// Why.
        reason: String,
    },
    /// He no longer does.
    #[serde(rename = "declaration.override_lifted")]
    OverrideLifted {
        /// The line; none: the one for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
        /// Why.
        reason: String,
    },
    /// A task does not move by itself any more.
    #[serde(rename = "declaration.step_stuck")]
    StepStuck {
        /// The task.
        task: String,
        /// Why.
        reason: String,
    },
    /// It is tried again.
    #[serde(rename = "declaration.step_retried")]
    StepRetried {
        /// The task.
        task: String,
        /// Why.
        reason: String,
    },
    /// An operator settles it without the agency.
    #[serde(rename = "declaration.step_settled")]
    StepSettled {
        /// The task.
        task: String,
        /// How.
        outcome: StepOutcome,
        /// Why.
        reason: String,
    },
    /// A clock rang.
    #[serde(rename = "declaration.clock_rang")]
    ClockRang {
        /// For which task.
        task: String,
        /// What it says.
        mark: Mark,
        /// When the task is due.
        due: Timestamp,
    },
    /// The goods are free: cleared for import or export.
    #[serde(rename = "declaration.cleared")]
    Cleared,
    /// A document was attached.
    #[serde(rename = "declaration.attached")]
    Attached {
        /// The id of the attachment.
        attachment: String,
        /// Its name.
        name: String,
        /// SHA-256 of its bytes, in hex.
        digest: String,
    },
    /// Something was entered afterwards that contradicts what is known: customs decides.
    #[serde(rename = "declaration.paper_disputed")]
    PaperDisputed(Box<PaperEntry>),
    /// Customs has decided of it.
    #[serde(rename = "declaration.paper_settled")]
    PaperSettled {
        /// Its id.
        entry: String,
        /// It counts.
        accepted: bool,
        /// Why.
        reason: String,
    },
    /// A message about it was kept that changed nothing.
    #[serde(rename = "declaration.noted")]
    Noted {
        /// The message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<MessageRef>,
        /// What it says.
        note: String,
    },
}

impl DeclarationEvent {
    /// Its kind, as the journal writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registered(_) => "declaration.registered",
            Self::Accepted => "declaration.accepted",
            Self::Replaced(_) => "declaration.replaced",
            Self::AmendmentAsked { .. } => "declaration.amendment_asked",
            Self::Amended => "declaration.amended",
            Self::AmendmentRefused { .. } => "declaration.amendment_refused",
            Self::CancellationAsked { .. } => "declaration.cancellation_asked",
            Self::CancellationRefused { .. } => "declaration.cancellation_refused",
            Self::Cancelled { .. } => "declaration.cancelled",
            Self::Decided { .. } => "declaration.decided",
            Self::RequirementMet { .. } => "declaration.requirement_met",
            Self::RequirementFailed { .. } => "declaration.requirement_failed",
            Self::DossierLinked { .. } => "declaration.dossier_linked",
            Self::EvidenceLinked { .. } => "declaration.evidence_linked",
            Self::EvidenceUnlinked { .. } => "declaration.evidence_unlinked",
            Self::FactSettled { .. } => "declaration.fact_settled",
            Self::FactLifted { .. } => "declaration.fact_lifted",
            Self::ChannelSet { .. } => "declaration.channel_set",
            Self::Checked { .. } => "declaration.checked",
            Self::StorageAsked { .. } => "declaration.storage_asked",
            Self::StorageGranted { .. } => "declaration.storage_granted",
            Self::StorageRefused { .. } => "declaration.storage_refused",
            Self::Overridden { .. } => "declaration.overridden",
            Self::OverrideLifted { .. } => "declaration.override_lifted",
            Self::StepStuck { .. } => "declaration.step_stuck",
            Self::StepRetried { .. } => "declaration.step_retried",
            Self::StepSettled { .. } => "declaration.step_settled",
            Self::ClockRang { .. } => "declaration.clock_rang",
            Self::Cleared => "declaration.cleared",
            Self::Attached { .. } => "declaration.attached",
            Self::PaperDisputed(_) => "declaration.paper_disputed",
            Self::PaperSettled { .. } => "declaration.paper_settled",
            Self::Noted { .. } => "declaration.noted",
        }
    }
}
