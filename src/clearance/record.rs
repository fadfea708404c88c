//! A decision as a value of its own: what a store keeps, a case lives by and an interface shows.
//!
//! It borrows nothing, names everything by the codes of the pack, and says of each requirement and
//! task what the answer says of it. Times are moments in UTC. Rows that others refer to stand by
//! their position; a task has a [`key`](TaskRecord::key) beside, by which it is found again after
//! the declaration was decided anew.

mod of;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::examine::DateSource;
use crate::approval::TaskKind;
use crate::law::{EvidenceKind, Presumed};
use crate::origin::{LinePreference, Outcome};
use crate::screening::{EvidenceFinding, Match};
use crate::trade::{Certainty, Channel, Decision, Direction, InspectionMethod, Stage, Status, UnitCode};

/// A decided declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The day whose law decided.
    pub date: Date,
    /// Where that day comes from.
    pub date_source: DateSource,
    /// Which way the goods go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Not the pack's country's own message: advance information, clears nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub advisory: bool,
    /// The most severe decision of its lines.
    pub decision: Decision,
    /// How closely customs looks; absent: the message clears nothing, or is no declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Why it is not green: the key of a risk profile, or one of
    /// [`RiskProfile::RESERVED`](crate::law::RiskProfile::RESERVED).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reason: Option<String>,
    /// The lines, in the order of the declaration.
    pub lines: Vec<LineRecord>,
    /// What has to be done, in the order of the stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskRecord>,
    /// When the goods can be cleared at the earliest, every task taking all of its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    /// The agencies that hold the declaration up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_by: Vec<String>,
    /// The trader holds it up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub held_by_trader: bool,
    /// The critical path, from first to last: positions of tasks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<u16>,
    /// The numbers of the certificates of origin that it quotes, as they are compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    /// What becomes of the preference of each line, where it quotes any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<LinePreference>,
    /// The pack that decided.
    pub pack: PackRecord,
}

impl DecisionRecord {
    /// Takes in what becomes of the preference of its lines: goods whose preference is still open may
    /// go, and are not cleared (OCP rules 14 and 18; for the release of goods before their duty is
    /// settled, Law on Customs 54/2014/QH13 art 36).
    pub fn with_preferences(&mut self, certificates: Vec<String>, preferences: Vec<LinePreference>) {
        for preference in &preferences {
            let open = matches!(preference.outcome, Outcome::Awaited | Outcome::NeedsVerification);
            let line = self.lines.iter_mut().find(|line| line.line == preference.line);
            if let Some(line) = line.filter(|line| open && line.decision == Decision::Clear) {
                line.decision = Decision::Release;
                line.reason = Some(ReasonRecord::PreferenceOpen);
                self.decision = self.decision.max(Decision::Release);
            }
        }
        (self.certificates, self.preferences) = (certificates, preferences);
    }
}

/// Which pack decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRecord {
    /// Its edition.
    pub edition: String,
    /// The digest of its files.
    pub digest: String,
}

/// A decided line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRecord {
    /// Its number in the declaration.
    pub line: u32,
    /// The code as declared, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hs: Option<String>,
    /// How it was found in the tariff.
    #[serde(rename = "match")]
    pub matched: Match,
    /// What may be done with it.
    pub decision: Decision,
    /// What decides beside its requirements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonRecord>,
    /// What the law puts on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<RequirementRecord>,
}

/// Why a line is held beside its requirements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReasonRecord {
    /// Something is wrong in the message.
    Finding {
        /// The code of the finding.
        code: String,
        /// What is wrong, in words; empty where the code says it all.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
    },
    /// The pack does not cover a measure on this day.
    Uncovered {
        /// The measure.
        measure: String,
    },
    /// Nothing in the tariff answers to the line's code.
    Unmatched,
    /// Duty or value is still open.
    ReleaseAsked,
    /// Whether the line has a preference is still open: its goods may go, its duty is not settled.
    PreferenceOpen,
}

/// Something that the law puts on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementRecord {
    /// The rule.
    pub rule: String,
    /// The measure.
    pub measure: String,
    /// The ministry of the rule.
    pub ministry: String,
    /// The agency that handles it on the day.
    pub agency: String,
    /// Procedures that serve: alternatives, or a registration and what follows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<String>,
    /// When it has to be met.
    pub stage: Stage,
    /// How far it has come.
    pub status: Status,
    /// How sure it is that it applies.
    pub certainty: Certainty,
    /// What follows while it is conditional, as answers write it: `true`, `false` or `"ask"`.
    #[serde(
        default = "presumed_nothing",
        skip_serializing_if = "presumes_nothing",
        serialize_with = "write_presumed",
        deserialize_with = "read_presumed"
    )]
    pub presumed: Presumed,
    /// What would settle it: a fact's key, `regime` or `origin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Citations, as they are on the day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_basis: Vec<String>,
    /// The exemption that lifts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<String>,
    /// The published warning that meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// How strictly it is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<InspectionMethod>,
    /// Whether the consignment was drawn, where a share is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<bool>,
    /// What satisfies it, or shows that it was asked for or refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceCited>,
    /// Permits about it that have too little left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<ShortPermit>,
    /// The task that ends it: its position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<u16>,
}

/// A document or record that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceCited {
    /// What it shows.
    pub kind: EvidenceKind,
    /// The code of its document type or procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What it says, where an agency gave it; absent where the declaration carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<EvidenceFinding>,
}

/// A permit that has too little left for a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortPermit {
    /// Its number.
    pub number: String,
    /// How much is left of it for the line.
    pub left: Decimal,
    /// How much the line needs.
    pub needed: Decimal,
    /// The unit of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
}

/// Something that has to be done.
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the answer")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Its name in this decision: `t1`, `t2` …
    pub id: String,
    /// Its name in whatever decision on the declaration: [`Task::key`](crate::approval::Task::key).
    pub key: String,
    /// What it asks for.
    pub kind: TaskKind,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// Under which procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// Procedures that serve as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// For which measure.
    pub measure: String,
    /// At which stage.
    pub stage: Stage,
    /// The numbers of its lines.
    pub lines: Vec<u32>,
    /// The tasks that come first, by position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u16>,
    /// It waits for no other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ready: bool,
    /// When its clock starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// When its limit ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Its due time rests on holidays that are estimated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub due_estimated: bool,
    /// Its clock stands: it waits for the trader.
    #[serde(default, skip_serializing_if = "is_false")]
    pub paused: bool,
    /// Clearance is later if it is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub critical: bool,
    /// Working days by which it may be late without delaying clearance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack_working_days: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "this is how serde asks")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn presumed_nothing() -> Presumed {
    Presumed::None
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "this is how serde asks")]
fn presumes_nothing(presumed: &Presumed) -> bool {
    *presumed == Presumed::None
}

/// A presumption as answers write it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Presumption {
    Settled(Option<bool>),
    Word(Ask),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ask {
    Ask,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "this is how serde asks")]
fn write_presumed<S: Serializer>(presumed: &Presumed, to: S) -> Result<S::Ok, S::Error> {
    let written = match presumed {
        Presumed::None => Presumption::Settled(None),
        Presumed::True => Presumption::Settled(Some(true)),
        Presumed::False => Presumption::Settled(Some(false)),
        Presumed::Ask => Presumption::Word(Ask::Ask),
    };
    written.serialize(to)
}

fn read_presumed<'de, D: Deserializer<'de>>(from: D) -> Result<Presumed, D::Error> {
    Ok(match Presumption::deserialize(from)? {
        Presumption::Settled(None) => Presumed::None,
        Presumption::Settled(Some(true)) => Presumed::True,
        Presumption::Settled(Some(false)) => Presumed::False,
        Presumption::Word(Ask::Ask) => Presumed::Ask,
    })
}
