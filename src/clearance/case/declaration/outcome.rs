//! What may be done with the goods now: what the law says, what officers decided otherwise, and
//! what customs still has to check.

use super::event::CheckKind;
use super::state::{Declaration, Status};
use crate::clearance::record::DecisionRecord;
use crate::law::RiskProfile;
use crate::trade::{Channel, Decision};

/// What may be done with the goods, and what stands before more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What may be done with all of them by the law and what officers decided, once nothing else stands
    /// before it.
    pub decision: Decision,
    /// What may be done with all of them now: they are held while customs has to take the declaration as
    /// lodged, to check something or to answer what it is asked.
    pub now: Decision,
    /// What may be done with each line: its number and the decision.
    pub lines: Vec<(u32, Decision)>,
    /// How customs looks at them; none for advance information.
    pub channel: Option<Channel>,
    /// What customs still has to check.
    pub checks: Vec<CheckKind>,
    /// The case waits for customs: to agree to what the declarant asked, or to say whether what was
    /// entered afterwards counts.
    pub asks_customs: bool,
}

impl Outcome {
    /// Whether nothing stands before clearance.
    pub fn clears(&self) -> bool {
        self.decision == Decision::Clear && self.checks.is_empty() && !self.asks_customs
    }
}

/// The channel by which customs has to look at the goods itself: the one that it has set, else the
/// one of a risk profile. A channel that only tells what holds the goods asks for nothing more.
fn asking(case: &Declaration, record: &DecisionRecord) -> Option<Channel> {
    let reason = record.channel_reason.as_deref();
    let of_profile = reason.is_some_and(|reason| !RiskProfile::RESERVED.contains(&reason));
    match case.channel {
        _ if record.advisory => None,
        Some(channel) => Some(channel),
        None => record.channel.filter(|_| of_profile),
    }
}

/// What may be done with the goods of a declaration; none before it was decided.
pub fn outcome(case: &Declaration) -> Option<Outcome> {
    let record = case.decision.as_ref()?;
    let lines: Vec<(u32, Decision)> = record
        .lines
        .iter()
        .map(|line| {
            let own = case.overrides.iter().find(|known| known.line == Some(line.line));
            (line.line, own.map_or(line.decision, |own| own.decision))
        })
        .collect();
    let whole = case.overrides.iter().find(|known| known.line.is_none());
    let of_lines = lines.iter().map(|(_, decision)| *decision).max().unwrap_or(record.decision);
    let mut decision = whole.map_or(of_lines, |whole| whole.decision);
    let channel = if record.advisory { None } else { case.channel.or(record.channel) };
    let wanted: &[CheckKind] = match asking(case, record) {
        Some(Channel::Red) => &[CheckKind::Documents, CheckKind::Goods],
        Some(Channel::Yellow) => &[CheckKind::Documents],
        Some(Channel::Green) | None => &[],
    };
    let found = |kind: &CheckKind| case.checks.get(kind).map(|check| check.passed);
    // What customs found against the goods it looks at until nothing is against them.
    let still = |kind: &CheckKind| match found(kind) {
        Some(passed) => !passed && (whole.is_none() || wanted.contains(kind)),
        None => wanted.contains(kind),
    };
    let checks: Vec<CheckKind> = [CheckKind::Documents, CheckKind::Goods].into_iter().filter(still).collect();
    // What customs found against the goods holds them, whatever else is met.
    if whole.is_none() && case.checks.values().any(|check| !check.passed) {
        decision = decision.max(Decision::Hold);
    }
    match case.status {
        Status::Aborted => decision = Decision::Refuse,
        Status::Cancelled => decision = decision.max(Decision::Hold),
        Status::Registered | Status::Accepted | Status::Cleared => {}
    }
    if decision == Decision::Storage && case.storage.is_none() && whole.is_none() {
        // Storage is an offer: until customs grants a place the goods are held.
        decision = Decision::Hold;
    }
    let asks_customs = case.amendment.is_some() || case.cancellation.is_some() || case.disputed().next().is_some();
    // Goods leave when customs is done with them, whatever the law asks for is met: declared, taken as
    // lodged, checked by their channel (Law on Customs 54/2014/QH13 art 21, 36 and 37). To storage, where it
    // looks at them, customs itself lets them go.
    let waits = case.status == Status::Registered || !checks.is_empty() || asks_customs;
    let waits = waits && case.status.is_open() && !record.advisory;
    let now = if waits && decision < Decision::Storage { Decision::Hold } else { decision };
    Some(Outcome { decision, now, lines, channel, checks, asks_customs })
}
