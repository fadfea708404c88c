//! The channel (phân luồng): how closely customs looks at a declaration. It decides nothing: the
//! decision stands beside it.

use crate::approval::{TaskKind, Tasks, Weight, weight};
use crate::law::{Pack, RiskProfile};
use crate::screening::{Requirement, RiskFit, Screening};
use crate::trade::{Channel, Decision, Status};

/// A channel, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelChoice {
    /// The channel.
    pub channel: Channel,
    /// Why it is not green.
    pub reason: Option<ChannelReason>,
}

/// Why a declaration is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelReason {
    /// It is refused.
    Refused,
    /// An inspection failed, or a permit was refused.
    RequirementFailed,
    /// A line is held.
    Held,
    /// A fact has to be settled.
    FactAsked,
    /// Storage or release is at hand: papers are wanted.
    DocumentsWanted,
    /// A profile of the pack, by its position in [`Pack::risk`].
    Profile(u16),
}

impl ChannelReason {
    /// The word that answers write: a profile's is its key, the others are
    /// [`RiskProfile::RESERVED`].
    pub fn key(self, pack: &Pack) -> &str {
        let [refused, failed, held, asked, wanted] = RiskProfile::RESERVED;
        match self {
            Self::Refused => refused,
            Self::RequirementFailed => failed,
            Self::Held => held,
            Self::FactAsked => asked,
            Self::DocumentsWanted => wanted,
            Self::Profile(at) => pack.risk.get(usize::from(at)).map_or("", |profile| profile.key.as_str()),
        }
    }
}

/// What the decision alone says of the channel.
pub(super) fn by_decision(pack: &Pack, decision: Decision, screening: &Screening, tasks: &Tasks) -> ChannelChoice {
    let failed = |requirement: &Requirement| {
        requirement.status == Status::Failed && weight(requirement, pack.rule(requirement.rule).stage) != Weight::Listed
    };
    let (channel, reason) = if decision == Decision::Refuse {
        (Channel::Red, ChannelReason::Refused)
    } else if screening.requirements.iter().any(failed) {
        (Channel::Red, ChannelReason::RequirementFailed)
    } else if tasks.tasks.iter().any(|task| task.kind == TaskKind::SettleFact) {
        (Channel::Yellow, ChannelReason::FactAsked)
    } else if decision == Decision::Hold {
        (Channel::Yellow, ChannelReason::Held)
    } else if decision > Decision::Clear {
        (Channel::Yellow, ChannelReason::DocumentsWanted)
    } else {
        return ChannelChoice { channel: Channel::Green, reason: None };
    };
    ChannelChoice { channel, reason: Some(reason) }
}

impl ChannelChoice {
    /// The channel with what the profiles say: the further of the two counts.
    pub(super) fn with(self, pack: &Pack, fit: RiskFit) -> Self {
        let profile = fit.profile.and_then(|at| Some((at, pack.risk.get(usize::from(at))?)));
        match profile.filter(|(_, profile)| profile.channel > self.channel) {
            Some((at, profile)) => Self { channel: profile.channel, reason: Some(ChannelReason::Profile(at)) },
            None => self,
        }
    }
}
