//! The body of a notice as JSON: small, and the same whatever transport carries it.
//!
//! `version` counts up where a field is taken away or means something else; fields are added
//! without it.

use jiff::Timestamp;
use serde::Serialize;

use super::super::law_book::Edition;
use super::{Notice, Reader, Subject, Topic, words};
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::{Declaration, outcome};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::record::{LineRecord, RequirementRecord};
use crate::law::life_cycle::Act;
use crate::law::{Presumed, Rule};
use crate::message::incoming::Address;
use crate::store::project::task_id;
use crate::trade::{Certainty, Channel, Decision, Stage, Status};

/// The version of the body.
const VERSION: u32 = 1;
/// Reasons that a notice gives at most; the case itself has all of them.
const REASONS_MAX: usize = 20;

/// How a notice goes out.
pub(super) struct Telling<'t> {
    /// Its id.
    pub(super) id: &'t str,
    /// When it is told.
    pub(super) at: Timestamp,
    /// The edition of the law that decides now.
    pub(super) edition: &'t Edition,
    /// How this installation is named in envelopes.
    pub(super) own: &'t Address<'t>,
}

#[derive(Serialize)]
struct Body<'b> {
    version: u32,
    id: &'b str,
    topic: &'b str,
    at: Timestamp,
    case: CaseId,
    kind: &'static str,
    event: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'b str>,
    /// What the law lets be done with the goods, whatever customs still has to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    procedure: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declaration: Option<CaseId>,
    tasks: Vec<TaskBody<'b>>,
    reasons: Vec<ReasonBody<'b>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    papers: &'b [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'b str,
    words: Words<'b>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct TaskBody<'b> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    procedure: Option<&'b str>,
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    lines: &'b [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
}

#[derive(Serialize)]
struct ReasonBody<'b> {
    line: u32,
    rule: &'b str,
    status: &'static str,
    #[serde(flatten)]
    words: Words<'b>,
}

#[derive(Serialize)]
struct Words<'b> {
    vi: std::borrow::Cow<'b, str>,
    en: std::borrow::Cow<'b, str>,
}

#[derive(Serialize)]
struct Link {
    rel: &'static str,
    href: String,
}

/// The body of a notice.
pub(super) fn json(telling: &Telling<'_>, notice: &Notice, subject: Subject<'_>) -> Vec<u8> {
    let topic = notice.topic.as_str();
    let mut body = match subject {
        Subject::Declaration(case) => of_declaration(telling, notice, case),
        Subject::Dossier(case) => of_dossier(telling, notice, case),
    };
    body.topic = &topic;
    // Texts and numbers only, all keys are texts: writing them cannot fail.
    serde_json::to_vec(&body).unwrap_or_default()
}

fn of_declaration<'b>(telling: &Telling<'b>, notice: &'b Notice, case: &'b Declaration) -> Body<'b> {
    let all = notice.reader != Reader::Agency;
    let outcome = outcome(case).filter(|_| all);
    let whole = format!("/v1/declarations/{}", case.id);
    let links = if all {
        let path = |rel| Link { rel, href: format!("{whole}/{rel}") };
        let tasks = Link { rel: "tasks", href: format!("/v1/tasks?declaration={}", case.id) };
        vec![Link { rel: "self", href: whole.clone() }, path("timeline"), path("graph"), tasks]
    } else {
        let task = |key: &String| Link { rel: "task", href: format!("/v1/tasks/{}", task_id(case.id, key)) };
        notice.tasks.iter().map(task).collect()
    };
    Body {
        version: VERSION,
        id: telling.id,
        topic: "",
        at: telling.at,
        case: case.id,
        kind: "declaration",
        event: case.head,
        name: case.registration.name(),
        status: Some(case.status.as_str()),
        outcome: outcome.as_ref().map(|outcome| outcome.now.as_str()),
        decision: case.decision.as_ref().filter(|_| all).map(|record| record.decision.as_str()),
        channel: outcome.as_ref().and_then(|outcome| outcome.channel).map(Channel::as_str),
        procedure: None,
        declaration: None,
        tasks: notice.tasks.iter().map(|key| task(case, key)).collect(),
        reasons: reasons_told(telling, notice, case),
        papers: &notice.papers,
        note: &notice.note,
        words: both(words::sentence(notice.topic, case.registration.name().unwrap_or(&case.id.to_string()))),
        links,
    }
}

fn task<'b>(case: &'b Declaration, key: &str) -> TaskBody<'b> {
    let open = case.task(key);
    TaskBody {
        id: task_id(case.id, key),
        agency: open.and_then(|task| task.agency.as_deref()),
        procedure: open.and_then(|task| task.procedure.as_deref()),
        lines: open.map_or(&[], |task| &task.lines),
        due: open.and_then(|task| task.due),
    }
}

fn of_dossier<'b>(telling: &Telling<'b>, notice: &'b Notice, case: &'b Dossier) -> Body<'b> {
    let declaration = case.link.as_ref().map(|(declaration, ..)| *declaration);
    let tasks = notice.tasks.iter().zip(declaration).map(|(key, declaration)| TaskBody {
        id: task_id(declaration, key),
        agency: case.agency.as_deref(),
        procedure: case.procedure.as_deref(),
        lines: case.link.as_ref().map_or(&[], |(_, _, lines)| lines),
        due: None,
    });
    Body {
        version: VERSION,
        id: telling.id,
        topic: "",
        at: telling.at,
        case: case.id,
        kind: "dossier",
        event: case.head,
        name: case.reference.as_deref(),
        status: case.last_act.map(Act::as_str),
        outcome: None,
        decision: None,
        channel: None,
        procedure: case.procedure.as_deref(),
        declaration,
        tasks: tasks.collect(),
        reasons: Vec::new(),
        papers: &notice.papers,
        note: &notice.note,
        words: both(words::sentence(notice.topic, case.reference.as_deref().unwrap_or(&case.id.to_string()))),
        links: vec![Link { rel: "self", href: format!("/v1/dossiers/{}", case.id) }],
    }
}

fn both<'b>((vi, en): (String, String)) -> Words<'b> {
    Words { vi: vi.into(), en: en.into() }
}

/// Why: what failed, or what holds the goods.
fn reasons_told<'b>(telling: &Telling<'b>, notice: &'b Notice, case: &'b Declaration) -> Vec<ReasonBody<'b>> {
    let rules = &telling.edition.pack.rules;
    let reason = |line: u32, rule: &'b str, status: Status| {
        let (vi, en) = titles(rules, rule);
        ReasonBody { line, rule, status: status.as_str(), words: Words { vi: vi.into(), en: en.into() } }
    };
    match notice.topic {
        Topic::RequirementFailed => {
            let failed = notice.failed.iter().take(REASONS_MAX);
            failed.map(|(line, rule)| reason(*line, rule, Status::Failed)).collect()
        }
        Topic::Decided => {
            let lines = case.decision.iter().flat_map(|decision| &decision.lines);
            let all = lines.flat_map(|line| holding(line).map(|of| reason(line.line, &of.rule, of.status)));
            all.take(REASONS_MAX).collect()
        }
        _ => Vec::new(),
    }
}

/// What keeps a line from being cleared.
fn holding(line: &LineRecord) -> impl Iterator<Item = &RequirementRecord> {
    let held = line.decision != Decision::Clear;
    line.requirements.iter().filter(move |requirement| {
        let open = matches!(requirement.status, Status::Required | Status::Pending | Status::Failed);
        let weighs = !matches!(requirement.stage, Stage::AfterClearance | Stage::Notice);
        let applies = requirement.certainty != Certainty::Possible && requirement.presumed != Presumed::False;
        held && open && weighs && applies
    })
}

/// What a rule is called; its id where the pack no longer has it.
fn titles<'r>(rules: &'r [Rule], id: &'r str) -> (&'r str, &'r str) {
    let rule = rules.iter().find(|rule| rule.id == id);
    rule.map_or((id, id), |rule| (rule.title_vi.as_str(), rule.title_en.as_str()))
}
