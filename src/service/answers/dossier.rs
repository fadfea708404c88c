//! A dossier as JSON.

use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::law_book::Edition;
use super::super::next::{self, Parties};
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::{CUSTOMS, Declaration, OPERATOR, Pending, TRADER, pending};
use crate::clearance::case::dossier::{Dossier, Next, Turn};
use crate::law::life_cycle::Sender;
use crate::people::{Principal, Subject};
use crate::store::StoreError;
use crate::store::project::task_id;

/// Something that may be done, with what it means.
fn next_act(next: &Next<'_>) -> Value {
    let transition = match next {
        Next::Do(transition) => Some(*transition),
        Next::Claim | Next::Release | Next::Result => None,
    };
    json!({
        "act": next.as_str(),
        "message": transition.map(|transition| transition.message.to_string()),
        "sender": transition.map_or(Sender::Agency, |transition| transition.sender).as_str(),
        "title_vi": transition.map(|transition| &transition.title_vi),
        "title_en": transition.map(|transition| &transition.title_en),
    })
}

impl Desk<'_> {
    /// A dossier, with what whoever asks may do next.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn dossier_shown(&mut self, case: CaseId, principal: &Principal) -> Result<Option<Value>, StoreError> {
        let Some(dossier) = self.dossier(case).await?.cloned() else { return Ok(None) };
        let declaration = match &dossier.link {
            Some((declaration, task, _)) => self.declaration(*declaration).await?.map(|of| (of, task)),
            None => None,
        };
        let over = declaration.and_then(|(declaration, task)| Over::of(declaration, task));
        let begun = declaration.map(|(declaration, task)| declaration.begun_before(task)).unwrap_or_default();
        let begun: Vec<String> = begun.into_iter().map(str::to_owned).collect();
        let begun: Vec<&str> = begun.iter().map(String::as_str).collect();
        let parties = Parties::both(subject(&dossier));
        let may = next::on_dossier(&Turn::of(&dossier), &begun, &self.edition, &parties, principal);
        let may: Vec<Value> = may.iter().map(next_act).collect();
        Ok(Some(shown(&dossier, &self.edition, over, &may)))
    }
}

/// That a dossier's declaration has no open task for it any more.
#[derive(Debug, Clone, Copy)]
struct Over {
    /// Customs has to decide what becomes of goods that were let through on what counts no more.
    is_reviewed: bool,
}

impl Over {
    fn of(declaration: &Declaration, task: &str) -> Option<Self> {
        let is_open = declaration.open_tasks().iter().any(|open| open.key == *task);
        (!is_open).then(|| Self { is_reviewed: pending(declaration).contains(&Pending::Review) })
    }
}

/// Who has to act so that a dossier goes on.
fn waits_for(case: &Dossier, is_open: bool, over: Option<Over>) -> Option<&'static str> {
    match case.turn(is_open)? {
        // Nobody asks for what it was for any more.
        _ if over.is_some() && !case.asks_agency() => {
            over.filter(|over| over.is_reviewed && case.is_spent()).map(|_| CUSTOMS)
        }
        Sender::Trader => Some(TRADER),
        Sender::Agency if case.undelivered.is_some() && case.link.is_none() => Some(OPERATOR),
        Sender::Agency if case.agency.is_some() => Some("agency"),
        Sender::Agency => Some(OPERATOR),
    }
}

/// A dossier as rights ask for it.
pub fn subject(dossier: &Dossier) -> Subject<'_> {
    Subject::Dossier {
        holder: dossier.holder.as_deref(),
        filer: &dossier.filer,
        agency: dossier.agency.as_deref(),
        stuck: false,
    }
}

fn shown(case: &Dossier, edition: &Edition, over: Option<Over>, may: &[Value]) -> Value {
    let cycle = edition.cycle(case.procedure.as_deref());
    let issued: Vec<Value> = case
        .issued
        .iter()
        .map(|issued| {
            json!({
                "number": issued.evidence.id,
                "kind": issued.evidence.kind,
                "outcome": issued.evidence.outcome,
                "lines": issued.evidence.lines,
                "at": issued.at.to_string(),
                "revoked": issued.revoked,
            })
        })
        .collect();
    let clocks: Vec<Value> = case
        .clocks
        .iter()
        .map(|(key, clock)| {
            json!({
                "clock": key,
                "status": clock.status.as_str(),
                "started": clock.started.map(|at| at.to_string()),
            })
        })
        .collect();
    let papers: Vec<Value> = case
        .papers
        .iter()
        .map(|entered| {
            json!({
                "act": entered.act.as_str(),
                "source": entered.paper.source,
                "done": entered.done.to_string(),
                "entered": entered.paper.entered.to_string(),
            })
        })
        .collect();
    let task = case.link.as_ref().map(|(declaration, task, lines)| {
        json!({ "declaration": declaration.to_string(), "task": task_id(*declaration, task), "key": task, "lines": lines })
    });
    let is_open = cycle.is_none_or(|cycle| case.is_open(cycle));
    json!({
        "id": case.id.to_string(),
        "event": case.head,
        "procedure": case.procedure,
        "agency": case.agency,
        "holder": case.holder,
        "reference": case.reference,
        "filed": case.filed.map(|at| at.to_string()),
        "open": is_open,
        "states": case.states,
        "last_act": case.last_act.map(crate::law::life_cycle::Act::as_str),
        "note": case.note,
        "clocks": clocks,
        "waits_for": waits_for(case, is_open, over),
        "claimed_by": case.claimed_by.as_ref().and_then(|author| author.person.clone().or_else(|| author.organisation.clone())),
        "task": task,
        "issued": issued,
        "papers": papers,
        "may": may,
        "links": { "self": format!("/v1/dossiers/{}", case.id) },
    })
}
