//! What can be asked of a declaration.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::{CaseId, MessageRef};
use super::event::{CheckKind, DecidedBy, Mark};
use super::may::Action;
use super::paper::PaperEntry;
use crate::clearance::record::DecisionRecord;
use crate::trade::{Channel, Decision, Direction};

/// A declaration as it came in: what a case has to know of it without reading the message again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The message.
    pub message: MessageRef,
    /// Its format, as answers name it.
    pub format: String,
    /// Customs' number, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The sender's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Which way the goods go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The trader on this side of the border, by tax code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The organisation that filed it.
    pub filer: String,
    /// The customs office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// The day of registration that it states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// How many lines it has.
    pub lines: u32,
    /// Not the country's own: advance information, clears nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub advisory: bool,
    /// Lodged before the goods are there: not accepted by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pre_lodged: bool,
}

impl Registration {
    /// Customs' number if there is one, else the sender's reference.
    pub fn name(&self) -> Option<&str> {
        self.number.as_deref().or(self.reference.as_deref())
    }
}

/// How an operator settles a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Nobody has to do it: what it was for counts as lifted.
    Skipped,
    /// It counts as met.
    Passed,
    /// It counts as failed.
    Failed,
    /// The case ends here: the goods are not let through.
    Aborted,
}

impl StepOutcome {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// What is asked of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// It comes in.
    Register(Box<Registration>),
    /// Customs takes it as lodged.
    Accept,
    /// It is sent again, complete. Before acceptance it is replaced, afterwards customs is asked.
    Amend {
        /// What it is to be.
        registration: Box<Registration>,
        /// Why.
        reason: String,
    },
    /// Customs agrees to the amendment or cancellation that was asked.
    Agree,
    /// Customs does not, or, where neither was asked, not to storage.
    Disagree {
        /// Why.
        reason: String,
    },
    /// It is to be cancelled. Before acceptance it is, afterwards customs is asked.
    Cancel {
        /// Why.
        reason: String,
    },
    /// What the law says of it now.
    Decide {
        /// What caused it.
        cause: DecidedBy,
        /// What was found.
        decision: Box<DecisionRecord>,
    },
    /// A dossier handles one of its tasks.
    LinkDossier {
        /// The task.
        task: String,
        /// The dossier.
        dossier: CaseId,
        /// Its procedure.
        procedure: Option<String>,
    },
    /// Evidence speaks for it.
    LinkEvidence {
        /// The case that holds it.
        from: CaseId,
        /// Its number.
        number: String,
    },
    /// Evidence no longer does.
    UnlinkEvidence {
        /// The case that holds it.
        from: CaseId,
        /// Its number.
        number: String,
        /// Why it was revoked; none: another takes its place.
        reason: Option<String>,
    },
    /// A fact of a line is settled.
    SettleFact {
        /// The line.
        line: u32,
        /// The fact.
        fact: String,
        /// Its value.
        value: String,
        /// Why; whoever settles anew what was settled says so.
        reason: String,
    },
    /// What was settled of a line is taken back: it is what the declaration itself says.
    LiftFact {
        /// The line.
        line: u32,
        /// The fact.
        fact: String,
        /// Why.
        reason: String,
    },
    /// Customs chooses the channel.
    SetChannel {
        /// Which.
        channel: Channel,
        /// Why.
        reason: String,
    },
    /// Customs has checked.
    Check {
        /// What.
        kind: CheckKind,
        /// Nothing was found against it.
        passed: bool,
        /// What was found.
        note: String,
    },
    /// The declarant asks for storage.
    AskStorage {
        /// Where.
        place: String,
    },
    /// Customs grants it.
    GrantStorage,
    /// An officer decides otherwise.
    Override {
        /// The line; none: all.
        line: Option<u32>,
        /// What instead.
        decision: Decision,
        /// Why.
        reason: String,
    },
    /// He no longer does.
    LiftOverride {
        /// The line; none: the one for all.
        line: Option<u32>,
        /// Why.
        reason: String,
    },
    /// A task is stuck.
    Stick {
        /// The task.
        task: String,
        /// Why.
        reason: String,
    },
    /// A stuck task is tried again.
    Retry {
        /// The task.
        task: String,
        /// Why.
        reason: String,
    },
    /// An operator settles a task.
    SettleStep {
        /// The task.
        task: String,
        /// How.
        outcome: StepOutcome,
        /// Why.
        reason: String,
    },
    /// A clock rings.
    Ring {
        /// For which task.
        task: String,
        /// What it says.
        mark: Mark,
        /// When the task is due.
        due: Timestamp,
    },
    /// A document is attached.
    Attach {
        /// The id of the attachment.
        attachment: String,
        /// Its name.
        name: String,
        /// SHA-256 of its bytes, in hex.
        digest: String,
    },
    /// Something was entered afterwards that contradicts what is known.
    DisputePaper(Box<PaperEntry>),
    /// Customs decides of it.
    SettlePaper {
        /// Its id.
        entry: String,
        /// It counts.
        accepted: bool,
        /// Why.
        reason: String,
    },
    /// A message is kept that changes nothing.
    Note {
        /// The message.
        message: Option<MessageRef>,
        /// What it says.
        note: String,
    },
}

impl Command {
    /// What somebody does by it; none: it is something that follows, and allowed by itself.
    pub(super) fn action(&self) -> Option<Action> {
        Some(match self {
            Self::Accept => Action::Accept,
            Self::Amend { .. } => Action::Amend,
            Self::Agree => Action::Agree,
            Self::Disagree { .. } => Action::Disagree,
            Self::Cancel { .. } => Action::Cancel,
            Self::SettleFact { .. } => Action::SettleFact,
            Self::LiftFact { .. } => Action::LiftFact,
            Self::SetChannel { .. } => Action::SetChannel,
            Self::Check { .. } => Action::Check,
            Self::AskStorage { .. } => Action::AskStorage,
            Self::GrantStorage => Action::GrantStorage,
            Self::Override { .. } => Action::Override,
            Self::LiftOverride { .. } => Action::LiftOverride,
            Self::Retry { .. } => Action::RetryStep,
            Self::SettleStep { .. } => Action::SettleStep,
            Self::SettlePaper { .. } => Action::SettlePaper,
            Self::Attach { .. } => Action::Attach,
            Self::Register(_)
            | Self::Decide { .. }
            | Self::LinkDossier { .. }
            | Self::LinkEvidence { .. }
            | Self::UnlinkEvidence { .. }
            | Self::Stick { .. }
            | Self::Ring { .. }
            | Self::DisputePaper(_)
            | Self::Note { .. } => return None,
        })
    }
}
