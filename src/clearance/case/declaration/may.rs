//! What may be done next with a declaration, and by whom.

use super::super::Role;
use super::outcome::outcome;
use super::pending::is_recalled;
use super::state::{Declaration, Status};
use crate::approval::TaskKind;
use crate::trade::Decision;

/// Something that may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Take it as lodged.
    Accept,
    /// Send it again, or ask to.
    Amend,
    /// Cancel it, or ask to.
    Cancel,
    /// Agree to what was asked.
    Agree,
    /// Refuse it.
    Disagree,
    /// State or settle a fact.
    SettleFact,
    /// Take back what was settled.
    LiftFact,
    /// Choose the channel.
    SetChannel,
    /// Check documents or goods.
    Check,
    /// Ask to bring the goods to storage.
    AskStorage,
    /// Grant it.
    GrantStorage,
    /// Decide otherwise.
    Override,
    /// Take back what was decided otherwise.
    LiftOverride,
    /// Try a stuck step again.
    RetryStep,
    /// Settle a step without its agency.
    SettleStep,
    /// Say whether what was entered afterwards counts.
    SettlePaper,
    /// Attach a document.
    Attach,
    /// Have it looked at again.
    Review,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Accept,
        Self::Amend,
        Self::Cancel,
        Self::Agree,
        Self::Disagree,
        Self::SettleFact,
        Self::SetChannel,
        Self::Check,
        Self::AskStorage,
        Self::GrantStorage,
        Self::Override,
        Self::LiftOverride,
        Self::RetryStep,
        Self::SettleStep,
        Self::SettlePaper,
        Self::Attach,
        Self::Review,
    ];

    /// The word that the API writes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Amend => "amend",
            Self::Cancel => "cancel",
            Self::Agree => "agree",
            Self::Disagree => "disagree",
            Self::SettleFact => "settle_fact",
            Self::LiftFact => "lift_fact",
            Self::SetChannel => "set_channel",
            Self::Check => "check",
            Self::AskStorage => "ask_storage",
            Self::GrantStorage => "grant_storage",
            Self::Override => "override",
            Self::LiftOverride => "lift_override",
            Self::RetryStep => "retry_step",
            Self::SettleStep => "settle_step",
            Self::SettlePaper => "settle_paper",
            Self::Attach => "attach",
            Self::Review => "review",
        }
    }

    /// Who may do it.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Amend | Self::Cancel | Self::AskStorage => &[Role::Trader, Role::Broker],
            Self::Attach => &[Role::Trader, Role::Broker, Role::Agency, Role::Customs],
            // Facts too: a trader states them in his declaration, and amends it.
            Self::Accept
            | Self::SettleFact
            | Self::LiftFact
            | Self::Agree
            | Self::Disagree
            | Self::SetChannel
            | Self::Check
            | Self::GrantStorage
            | Self::Override
            | Self::SettlePaper
            | Self::LiftOverride => &[Role::Customs],
            Self::RetryStep | Self::SettleStep => &[Role::Operator],
            Self::Review => &[Role::Trader, Role::Broker, Role::Customs, Role::Operator],
        }
    }
}

/// What a role may do next with a declaration.
pub fn may(case: &Declaration, role: Role) -> Vec<Action> {
    role_free(case).into_iter().filter(|action| action.roles().contains(&role)).collect()
}

/// What may be done next, whoever does it.
pub(super) fn role_free(case: &Declaration) -> Vec<Action> {
    let mut actions = Vec::new();
    // What comes after the goods are gone is settled all the same.
    if case.disputed().next().is_some() {
        actions.push(Action::SettlePaper);
    }
    // So is what becomes of them where they were let through on what counts no more.
    if is_recalled(case) {
        actions.push(Action::Override);
    }
    if !case.status.is_open() {
        return actions;
    }
    let asked = case.amendment.is_some() || case.cancellation.is_some();
    let mut add = |action, when: bool| {
        if when {
            actions.push(action);
        }
    };
    let outcome = outcome(case);
    let asks_fact =
        case.decision.iter().flat_map(|decision| &decision.tasks).any(|task| task.kind == TaskKind::SettleFact);
    let offered = case.decision.as_ref().is_some_and(|decision| decision.decision == Decision::Storage);
    add(Action::Accept, case.status == Status::Registered && !case.registration.advisory);
    add(Action::Amend, case.amendment.is_none());
    add(Action::Cancel, case.cancellation.is_none());
    add(Action::Agree, asked);
    add(Action::Disagree, asked || case.storage_asked.is_some());
    add(Action::SettleFact, asks_fact || !case.facts.is_empty());
    add(Action::LiftFact, !case.facts.is_empty());
    add(Action::AskStorage, offered && case.storage.is_none());
    add(Action::GrantStorage, case.storage_asked.is_some());
    add(Action::SetChannel, !case.registration.advisory);
    add(Action::Check, outcome.is_some_and(|outcome| !outcome.checks.is_empty()));
    add(Action::Override, !case.registration.advisory);
    add(Action::LiftOverride, !case.overrides.is_empty());
    add(Action::RetryStep, !case.stuck.is_empty());
    add(Action::SettleStep, case.decision.as_ref().is_some_and(|decision| !decision.tasks.is_empty()));
    add(Action::Attach, true);
    add(Action::Review, true);
    actions
}

/// The words of actions.
pub(super) fn names(actions: &[Action]) -> Vec<String> {
    actions.iter().map(|action| action.as_str().to_owned()).collect()
}
