//! Answers: what a sender gets back, in his own format or as JSON.

pub mod account;
pub mod certificate;
pub mod dossier;
pub mod family;
pub(crate) mod recorded;

use serde_json::json;

use self::family::Voice;
use super::desk::ActError;
use super::intake::Wanted;

use super::law_book::Edition;
use super::next;
use crate::clearance::case::declaration::{Action, Declaration, Disputed, Override, Registration, outcome, role_free};
use crate::clearance::case::{CaseId, RefusedReason, Role};
use crate::clearance::explain::Lang;
use crate::clearance::{AnswerWriter, Examination};
use crate::law::life_cycle::{Act, Sender};
use crate::message::Rejection;
use crate::message::incoming::Head;
use crate::people::{Principal, Subject};
use crate::store::StoreError;
use crate::store::messages::Answer;
use crate::store::project::task_id;

/// JSON.
pub const JSON: &str = "application/json";
/// A problem (RFC 9457).
pub const PROBLEM: &str = "application/problem+json";

/// The words of an edition in both languages, put together once.
#[derive(Debug)]
pub struct Writers {
    vi: AnswerWriter<'static>,
    en: AnswerWriter<'static>,
}

impl Writers {
    /// Those of a pack.
    pub fn new(pack: &'static crate::law::Pack) -> Self {
        Self { vi: AnswerWriter::new(pack, Lang::Vi), en: AnswerWriter::new(pack, Lang::En) }
    }

    /// The writer of a language.
    pub fn of(&self, lang: Lang) -> &AnswerWriter<'static> {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// The decided declaration as JSON, as `motcua clear` writes it: the answer's second half.
pub fn result(edition: &Edition, lang: Lang, source: &str, bytes: &[u8], examination: &Examination<'_, '_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4_096);
    edition.writers.of(lang).write(&mut out, source, bytes, examination, None);
    out
}

/// What is said of a case before its result.
pub fn head(case: &Declaration, principal: &Principal) -> serde_json::Map<String, serde_json::Value> {
    let outcome = outcome(case);
    let tasks = case.decision.iter().flat_map(|decision| &decision.tasks);
    let tasks: serde_json::Map<String, serde_json::Value> =
        tasks.map(|task| (task.id.clone(), task_id(case.id, &task.key).into())).collect();
    let mut head = serde_json::Map::new();
    let mut put = |key: &str, value: serde_json::Value| {
        head.insert(key.to_owned(), value);
    };
    put("id", case.id.to_string().into());
    put("status", case.status.as_str().into());
    put("version", case.version.into());
    put("event", case.head.into());
    put("outcome", outcome.as_ref().map(|outcome| outcome.now.as_str()).into());
    let checks = outcome.iter().flat_map(|outcome| &outcome.checks).map(|kind| kind.as_str());
    put("checks", checks.collect::<Vec<_>>().into());
    if !case.checks.is_empty() {
        let checked = case.checks.iter().map(|(kind, check)| {
            json!({ "kind": kind.as_str(), "passed": check.passed, "reason": check.note, "at": check.at.to_string() })
        });
        put("checked", checked.collect());
    }
    put("task_ids", tasks.into());
    // An agency is shown what it has a task in, and nothing else.
    let agencies: Vec<&str> = principal.agency.iter().map(String::as_str).collect();
    let allowed = next::on_declaration(role_free(case), &subject(case, &agencies), principal);
    put("may", words(&allowed).into());
    let asked = asked(case);
    if !asked.is_empty() {
        put("asked", asked.into());
    }
    if !case.overrides.is_empty() {
        put("overrides", case.overrides.iter().map(overridden).collect());
    }
    if !case.facts.is_empty() {
        let facts = case.facts.iter().map(
            |settled| json!({ "line": settled.line, "fact": settled.fact, "value": settled.value, "by": settled.by }),
        );
        put("settled_facts", facts.collect());
    }
    if !case.revoked.is_empty() {
        put("revoked", json!(case.revoked));
    }
    if !case.papers.is_empty() {
        put("papers", case.papers.values().map(paper).collect());
    }
    if let Some(decision) = case.decision.as_ref().filter(|decision| !decision.preferences.is_empty()) {
        put("preferences", decision.preferences.iter().map(certificate::preference).collect());
    }
    put("links", links(case.id, &allowed));
    head
}

/// A declaration in which these agencies have a task, as rights ask for it.
pub fn subject<'a>(case: &'a Declaration, agencies: &'a [&'a str]) -> Subject<'a> {
    let Registration { holder, filer, .. } = &case.registration;
    Subject::Declaration { holder: holder.as_deref(), filer, agencies, stuck: !case.stuck.is_empty() }
}

/// The actions that go by their names. To amend is to send the declaration again, to attach is to
/// send a document: both have addresses of their own (`links`).
pub fn words(allowed: &[Action]) -> Vec<&'static str> {
    let named = allowed.iter().filter(|action| !matches!(action, Action::Amend | Action::Attach));
    named.map(|action| action.as_str()).collect()
}

/// What a refusal says is allowed instead, as far as it is for whoever asks.
pub fn allowed_to(role: Role, mut allowed: Vec<String>) -> Vec<String> {
    let acts = |word: &str| Act::WORDS.iter().find(|(known, _)| *known == word).map(|(_, act)| act.sender());
    allowed.retain(|word| {
        let action = Action::parse(word).map(|action| action.roles().contains(&role));
        let act = acts(word).map(|sender| match sender {
            Sender::Agency => matches!(role, Role::Agency | Role::Customs),
            Sender::Trader => matches!(role, Role::Trader | Role::Broker),
        });
        action == Some(true) || act == Some(true) || (action.is_none() && act.is_none())
    });
    allowed
}

/// What the declarant asks customs for and is not answered: `agree` and `disagree`, or `grant_storage`.
fn asked(case: &Declaration) -> serde_json::Map<String, serde_json::Value> {
    let mut asked = serde_json::Map::new();
    if let Some((registration, reason)) = &case.amendment {
        let message = &registration.message.id;
        asked.insert("amendment".to_owned(), json!({ "reason": reason, "message": message }));
    }
    if let Some(reason) = &case.cancellation {
        asked.insert("cancellation".to_owned(), json!({ "reason": reason }));
    }
    if let Some(place) = case.storage_asked.as_ref().filter(|_| case.storage.is_none()) {
        asked.insert("storage".to_owned(), json!({ "place": place }));
    }
    asked
}

/// What an officer decided otherwise: on a line, or without one on all of them.
fn overridden(own: &Override) -> serde_json::Value {
    json!({ "line": own.line, "decision": own.decision.as_str(), "reason": own.reason, "by": own.by })
}

/// What was entered afterwards and contradicts what was known.
pub fn paper(disputed: &Disputed) -> serde_json::Value {
    let entry = &disputed.entry;
    json!({
        "entry": entry.id,
        "task": entry.task,
        "act": entry.act.as_str(),
        "source": entry.source,
        "done": entry.done.to_string(),
        "entered": disputed.entered.to_string(),
        "by": disputed.by,
        "disputed": entry.why.iter().map(|why| why.as_str()).collect::<Vec<_>>(),
        "note": entry.note,
        "number": entry.number,
        "settled": disputed.settled.as_ref().map(|settled| json!({
            "accepted": settled.accepted,
            "reason": settled.reason,
            "by": settled.by,
            "at": settled.at.to_string(),
        })),
    })
}

fn links(case: CaseId, allowed: &[Action]) -> serde_json::Value {
    let mut links = json!({
        "self": format!("/v1/declarations/{case}"),
        "timeline": format!("/v1/declarations/{case}/timeline"),
        "graph": format!("/v1/declarations/{case}/graph"),
        "tasks": format!("/v1/tasks?declaration={case}"),
    });
    if allowed.contains(&Action::Amend) {
        links["amend"] = "/v1/messages".into();
    }
    if allowed.contains(&Action::Attach) {
        links["attach"] = format!("/v1/declarations/{case}/attachments").into();
    }
    links
}

/// Head and result as one object.
pub fn joined(head: &serde_json::Map<String, serde_json::Value>, result: &[u8]) -> Vec<u8> {
    // A map of texts and numbers: writing it cannot fail.
    let mut out = serde_json::to_vec(head).unwrap_or_default();
    if result.len() > 2 && out.len() > 2 {
        out.pop();
        out.push(b',');
        out.extend_from_slice(&result[1..]);
    }
    out
}

/// The same object with a field more.
pub fn and(mut object: Vec<u8>, field: &str, value: &serde_json::Value) -> Vec<u8> {
    if object.last() == Some(&b'}') && object.len() > 2 {
        object.pop();
        object.extend_from_slice(format!(",{}:{value}}}", json!(field)).as_bytes());
    }
    object
}

/// The answer to a message that cannot be read.
pub fn rejected(source: &str, bytes: &[u8], rejection: &Rejection) -> Answer {
    let mut body = Vec::new();
    crate::clearance::write_rejection(&mut body, source, bytes, rejection);
    let detail = rejection.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
    let code = rejection.findings.first().map_or("", |finding| finding.code.as_str());
    let mut head = serde_json::Map::new();
    head.insert("type".to_owned(), format!("urn:motcua:problem:{}", code.to_ascii_lowercase()).into());
    head.insert("title".to_owned(), "the message is rejected".into());
    head.insert("status".to_owned(), 422.into());
    head.insert("detail".to_owned(), detail.into());
    Answer { status: 422, content_type: PROBLEM.to_owned(), body: joined(&head, &body) }
}

/// The status of what is refused.
pub fn status_of(error: &ActError) -> u16 {
    match error {
        ActError::Refused(refused) => match refused.reason {
            RefusedReason::NotNow | RefusedReason::Conflict => 409,
            RefusedReason::Unknown | RefusedReason::NoProcedure | RefusedReason::NoMessage => 404,
            RefusedReason::Invalid => 422,
            RefusedReason::Forbidden => 403,
        },
        ActError::Store(StoreError::Unavailable(_)) => 503,
        ActError::Store(_) => 500,
    }
}

/// The answer to what is refused, as it is wanted.
pub fn refused(voice: &Voice<'_>, head: &Head<'_>, wanted: Wanted, error: &ActError) -> Answer {
    let status = status_of(error);
    let in_family = (wanted != Wanted::Json).then(|| voice.refused(head, status, error)).flatten();
    in_family.unwrap_or_else(|| problem(status, error))
}

/// A refusal as a problem document (RFC 9457).
pub fn problem(status: u16, error: &ActError) -> Answer {
    let (kind, allowed) = match error {
        ActError::Refused(refused) => {
            let kind = match refused.reason {
                RefusedReason::NotNow => "not-now",
                RefusedReason::Conflict => "conflict",
                RefusedReason::Unknown | RefusedReason::NoProcedure | RefusedReason::NoMessage => "unknown",
                RefusedReason::Invalid => "invalid",
                RefusedReason::Forbidden => "forbidden",
            };
            (kind, refused.allowed.clone())
        }
        ActError::Store(StoreError::Unavailable(_)) => ("unavailable", Vec::new()),
        ActError::Store(_) => ("internal", Vec::new()),
    };
    // What went wrong inside is for the log.
    let detail = match error {
        ActError::Refused(refused) => refused.message.clone(),
        ActError::Store(StoreError::Unavailable(_)) => "the database does not answer; try again".to_owned(),
        ActError::Store(_) => "something went wrong inside; the log says what".to_owned(),
    };
    let body = json!({
        "type": format!("urn:motcua:problem:{kind}"),
        "title": "the request is refused",
        "status": status,
        "detail": detail,
        "allowed": allowed,
    });
    let body = serde_json::to_vec(&body).unwrap_or_default();
    Answer { status, content_type: PROBLEM.to_owned(), body }
}
