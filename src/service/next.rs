//! What may be done next by whoever asks: what a case's state allows, as far as it is his to do. Whole
//! cases and rows of lists pass here alike, so that both say the same.

use super::examine::registers;
use super::law_book::Edition;
use super::sender::author;
use crate::clearance::case::declaration;
use crate::clearance::case::dossier::{Next, Rules, Turn, next_on_task};
use crate::law::life_cycle::{Act as Meaning, Sender};
use crate::people::{Action, OrganisationKind, Principal, Subject};
use crate::store::lists::TaskRow;

/// The right that an action on a declaration takes.
pub fn right_to(action: declaration::Action, kind: OrganisationKind) -> Action {
    use declaration::Action as On;
    match (action, kind) {
        (On::Review, OrganisationKind::Operator) | (On::RetryStep | On::SettleStep, _) => Action::SettleStuck,
        (On::Attach, _) => Action::Attach,
        (On::Review, OrganisationKind::Customs)
        | (
            On::Accept
            | On::Agree
            | On::Disagree
            | On::SettleFact
            | On::LiftFact
            | On::SetChannel
            | On::Check
            | On::GrantStorage
            | On::Override
            | On::LiftOverride
            | On::SettlePaper,
            _,
        ) => Action::ActAsCustoms,
        (On::Amend | On::Cancel | On::AskStorage | On::Review, _) => Action::ActAsDeclarant,
    }
}

/// The right that an act on a dossier takes; none: that it is taken up or laid down.
pub fn right_of(act: Option<Meaning>) -> Action {
    match act.map(|act| (act.sender(), act)) {
        Some((Sender::Trader, _)) => Action::ActAsDeclarant,
        Some((Sender::Agency, Meaning::Issue | Meaning::Confirm)) => Action::IssueEvidence,
        Some((Sender::Agency, _)) | None => Action::ActOnTask,
    }
}

/// What of these actions on a declaration is for whoever asks.
pub fn on_declaration(
    actions: impl IntoIterator<Item = declaration::Action>,
    subject: &Subject<'_>,
    principal: &Principal,
) -> Vec<declaration::Action> {
    let is_his = |action: &declaration::Action| principal.may_do(right_to(*action, principal.kind), subject).is_ok();
    actions.into_iter().filter(is_his).collect()
}

/// As whose a dossier or task is acted on: its agency's, its declarant's.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    /// The dossier or task, for the agency.
    pub handled: Subject<'a>,
    /// The dossier or declaration, for the declarant.
    pub declared: Subject<'a>,
}

impl<'a> Parties<'a> {
    /// The same for both.
    pub fn both(subject: Subject<'a>) -> Self {
        Self { handled: subject, declared: subject }
    }

    /// What of an act's right is asked about.
    pub fn subject(&self, right: Action) -> &Subject<'a> {
        if right == Action::ActAsDeclarant { &self.declared } else { &self.handled }
    }
}

/// What may be done with a dossier by itself. `begun_before` are the keys of the tasks that come before
/// the one that it serves and have dossiers.
pub fn on_dossier(
    turn: &Turn,
    begun_before: &[&str],
    edition: &Edition,
    parties: &Parties<'_>,
    principal: &Principal,
) -> Vec<Next<'static>> {
    let rules = rules(turn.procedure.as_deref(), begun_before, edition);
    let found = rules.map(|rules| rules.with(turn, &author(principal))).unwrap_or_default();
    own(found, parties, principal)
}

/// What may be done with a task that waits: by the name of each act on it or, where it is customs' own
/// or stuck, of each action on its declaration.
pub fn on_task(
    task: &TaskRow,
    turn: Option<&Turn>,
    edition: &Edition,
    parties: &Parties<'_>,
    principal: &Principal,
) -> Vec<&'static str> {
    use declaration::Action as On;
    let actions: &[On] = match task.kind.as_str() {
        "dossier" => {
            let found = on_dossier_of_task(task, turn, edition, parties, principal);
            return found.iter().map(Next::as_str).chain(on_stuck(task, principal)).collect();
        }
        "settle_fact" => &[On::SettleFact],
        "check" => &[On::Check],
        "paper" => &[On::SettlePaper],
        "accept" => &[On::Accept],
        // What customs refuses is what was asked first: an amendment, a cancellation, then this.
        "storage" if task.ready => &[On::Disagree, On::GrantStorage],
        "storage" => &[On::GrantStorage],
        "amendment" | "cancellation" if task.ready => &[On::Agree, On::Disagree],
        // Customs lets through what nothing else does, or the declarant sends it again (`links.amend`).
        "review" => &[On::Override],
        "correction" => &[On::Cancel, On::Override],
        _ => &[],
    };
    let allowed = on_declaration(actions.iter().copied(), &parties.declared, principal);
    allowed.into_iter().map(On::as_str).chain(on_stuck(task, principal)).collect()
}

/// What may be done where a task is stuck: it is done on its declaration.
pub fn on_stuck(task: &TaskRow, principal: &Principal) -> Vec<&'static str> {
    use declaration::Action as On;
    // A dossier goes on when what its agency was not told is sent again.
    if !task.is_stuck() || task.is_dossier() {
        return Vec::new();
    }
    let subject = Subject::Declaration { holder: None, filer: "", agencies: &[], stuck: true };
    let allowed = on_declaration([On::RetryStep, On::SettleStep], &subject, principal);
    allowed.into_iter().map(On::as_str).collect()
}

fn on_dossier_of_task(
    task: &TaskRow,
    turn: Option<&Turn>,
    edition: &Edition,
    parties: &Parties<'_>,
    principal: &Principal,
) -> Vec<Next<'static>> {
    let before: Vec<&str> = task.begun_before.iter().map(String::as_str).collect();
    if task.is_dossier() {
        return turn.map(|turn| on_dossier(turn, &before, edition, parties, principal)).unwrap_or_default();
    }
    let first = rules(task.procedure.as_deref(), &before, edition).filter(|_| task.ready);
    let first = first.map(|rules| rules.first()).unwrap_or_default();
    let has = turn.map(|turn| (turn, rules(turn.procedure.as_deref(), &before, edition)));
    let found = match &has {
        Some((turn, Some(rules))) => next_on_task(Some((turn, rules)), first, &author(principal)),
        // The law has no life cycle for what is there, and nothing takes its place.
        Some((_, None)) => Vec::new(),
        None => next_on_task(None, first, &author(principal)),
    };
    own(found, parties, principal)
}

/// Those that are for whoever asks; where he gives results, line by line too.
fn own(found: Vec<Next<'static>>, parties: &Parties<'_>, principal: &Principal) -> Vec<Next<'static>> {
    let is_own = |next: &Next<'_>| {
        let right = right_of(next.act());
        principal.may_do(right, parties.subject(right)).is_ok()
    };
    let mut own: Vec<Next<'static>> = found.into_iter().filter(is_own).collect();
    let judges = |next: &Next<'_>| matches!(next.act(), Some(Meaning::Issue | Meaning::Fail));
    if own.iter().any(judges) {
        let at = own.iter().take_while(|next| next.act().is_none()).count();
        own.insert(at, Next::Result);
    }
    own
}

/// What dossiers under a procedure live by.
fn rules(procedure: Option<&str>, begun_before: &[&str], edition: &Edition) -> Option<Rules<'static>> {
    let cycle = edition.cycle(procedure)?;
    let waits_for_registration = begun_before.iter().any(|key| registers(edition, key));
    Some(Rules { cycle, kind: edition.kind_of(procedure), waits_for_registration })
}
