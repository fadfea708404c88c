//! Notices: who is told what of a transaction, put into the outbox with what caused it.
//!
//! What is told follows from what a case was before, what it is now, and what happened in between:
//! several events of one transaction that change the decision make one notice of it. Nobody is told
//! what the answer to his own message has said: a declaration's registration with everything that
//! it came to at once.
//!
//! | who | is told of |
//! |---|---|
//! | who filed | acceptance that came later, another decision or channel, what failed, what customs said to a request, storage, decisions otherwise, lateness, clearance, cancellation; what an agency did with his dossier |
//! | an agency | a task that is ready, its reminder and lateness, its end or change without the agency's doing; what a trader did with a dossier |
//! | customs | what a declarant asks; what counts no more of goods that are cleared; lateness that goes on |
//! | operators | a task that is stuck; lateness that goes on |

mod body;
mod declaration;
mod dossier;
mod family;
mod words;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

pub use declaration::{Before, of_declaration};
pub use dossier::of_dossier;

use super::answers::JSON;
use super::answers::family::{Voice, XML};
use super::desk::Desk;
use super::directory::Directory;
use super::ids::new_id;
use crate::clearance::case::declaration::{Declaration, Status, outcome};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::{CaseId, Entry, Event};
use crate::clearance::record::TaskRecord;
use crate::law::life_cycle::Act;
use crate::message::incoming::Head;
use crate::store::StoreError;
use crate::store::messages::{self, Message};
use crate::store::outbox::Outgoing;
use crate::trade::{Channel, Decision, Format, Stage};

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Customs has taken a declaration as lodged.
    Accepted,
    /// Something else may be done with the goods than before, or customs looks at them otherwise.
    Decided,
    /// What the law asks has failed.
    RequirementFailed,
    /// Customs is asked to agree to an amendment.
    AmendmentAsked,
    /// Customs has agreed.
    Amended,
    /// Customs has not.
    AmendmentRefused,
    /// Customs is asked to agree to a cancellation.
    CancellationAsked,
    /// Customs has not agreed.
    CancellationRefused,
    /// A declaration is no more.
    Cancelled,
    /// Customs is asked for storage.
    StorageAsked,
    /// Customs has granted it.
    StorageGranted,
    /// Customs has not.
    StorageRefused,
    /// Customs is asked whether what was entered afterwards counts.
    PaperDisputed,
    /// Customs has said so.
    PaperSettled,
    /// An officer has decided otherwise.
    Overridden,
    /// He no longer does.
    OverrideLifted,
    /// A task of a declaration is late.
    Overdue,
    /// So late that others are told.
    Escalation,
    /// A task does not move by itself any more.
    StepStuck,
    /// The goods are free.
    Cleared,
    /// An agency has work.
    TaskReady,
    /// It is due soon.
    TaskReminder,
    /// It is late.
    TaskOverdue,
    /// It is asked for no more.
    TaskWithdrawn,
    /// Its declaration is no more.
    TaskCancelled,
    /// Its declaration is another than it was.
    TaskAmended,
    /// Something was done with a dossier.
    Dossier(Act),
}

impl Topic {
    /// The word that messages carry.
    pub fn as_str(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Accepted => "declaration.accepted",
            Self::Decided => "declaration.decided",
            Self::RequirementFailed => "declaration.requirement_failed",
            Self::AmendmentAsked => "declaration.amendment_asked",
            Self::Amended => "declaration.amended",
            Self::AmendmentRefused => "declaration.amendment_refused",
            Self::CancellationAsked => "declaration.cancellation_asked",
            Self::CancellationRefused => "declaration.cancellation_refused",
            Self::Cancelled => "declaration.cancelled",
            Self::StorageAsked => "declaration.storage_asked",
            Self::StorageGranted => "declaration.storage_granted",
            Self::StorageRefused => "declaration.storage_refused",
            Self::PaperDisputed => "declaration.paper_disputed",
            Self::PaperSettled => "declaration.paper_settled",
            Self::Overridden => "declaration.overridden",
            Self::OverrideLifted => "declaration.override_lifted",
            Self::Overdue => "declaration.overdue",
            Self::Escalation => "declaration.escalation",
            Self::StepStuck => "declaration.step_stuck",
            Self::Cleared => "declaration.cleared",
            Self::TaskReady => "task.ready",
            Self::TaskReminder => "task.reminder",
            Self::TaskOverdue => "task.overdue",
            Self::TaskWithdrawn => "task.withdrawn",
            Self::TaskCancelled => "task.cancelled",
            Self::TaskAmended => "task.amended",
            Self::Dossier(act) => return Cow::Owned(format!("dossier.{}", act.as_str())),
        })
    }
}

/// In which capacity somebody is told: what he gets to see follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Who filed.
    Filer,
    /// The agency that handles a task or dossier.
    Agency,
    /// Customs, or an operator.
    Overseer,
}

/// Something that somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which organisation.
    pub to: String,
    /// In which capacity.
    pub reader: Reader,
    /// What it is about.
    pub topic: Topic,
    /// The case.
    pub case: CaseId,
    /// The keys of the tasks that it is about.
    pub tasks: Vec<String>,
    /// Lines, each with a rule: what failed.
    pub failed: Vec<(u32, String)>,
    /// The numbers of papers that were given or taken back.
    pub papers: Vec<String>,
    /// What whoever did it said.
    pub note: String,
    /// The message by which it was done, where there was one.
    pub message: Option<String>,
    /// The type and function that the life cycle of its procedure has for it.
    pub code: Option<String>,
}

impl Notice {
    fn new(to: &str, reader: Reader, topic: Topic, case: CaseId) -> Self {
        Self {
            to: to.to_owned(),
            reader,
            topic,
            case,
            tasks: Vec::new(),
            failed: Vec::new(),
            papers: Vec::new(),
            note: String::new(),
            message: None,
            code: None,
        }
    }

    fn task(mut self, key: &str) -> Self {
        self.tasks.push(key.to_owned());
        self
    }

    fn note(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }
}

/// What those concerned know of a declaration: as it was before a transaction, or as it was when
/// the message that registered it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    head: u64,
    outcome: Option<(Decision, Option<Channel>)>,
    /// The tasks that are ready, each with its agency.
    ready: BTreeMap<String, Option<String>>,
}

impl Told {
    /// Of a declaration as it is.
    pub fn of(case: &Declaration) -> Self {
        let ready = open_tasks(case).filter(|task| task.ready);
        Self {
            head: case.head,
            outcome: told_outcome(case),
            ready: ready.map(|task| (task.key.clone(), task.agency.clone())).collect(),
        }
    }
}

fn told_outcome(case: &Declaration) -> Option<(Decision, Option<Channel>)> {
    outcome(case).map(|outcome| (outcome.decision, outcome.channel))
}

/// The tasks that are still to be done: all while the goods wait, only obligations afterwards.
fn open_tasks(case: &Declaration) -> impl Iterator<Item = &TaskRecord> {
    let status = case.status;
    let all = case.decision.iter().flat_map(|decision| &decision.tasks);
    all.filter(move |task| status.is_open() || (status == Status::Cleared && task.stage == Stage::AfterClearance))
}

/// The messages on which the form of a notice rests.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    /// The message of the one who is told: how it was answered says how he wants to be told. None:
    /// he takes nothing but envelopes.
    asked_by: Option<String>,
    /// The message that is answered, or passed on as it came.
    bytes_of: String,
}

/// A case that a notice is about.
#[derive(Debug, Clone, Copy)]
enum Subject<'c> {
    Declaration(&'c Declaration),
    Dossier(&'c Dossier),
}

/// Whether a notice tells who filed a declaration what came of it: the first one does.
fn of_registration(notice: &Notice) -> bool {
    notice.reader == Reader::Filer && matches!(notice.topic, Topic::Cleared | Topic::Decided)
}

/// What came of a declaration in an envelope, whose answer is a receipt: written before it is
/// registered, and right where nothing else happens to it.
pub fn beforehand(voice: &Voice<'_>, head: &Head<'_>, case: &Declaration) -> Option<Outgoing> {
    let topic = if case.status == Status::Cleared { Topic::Cleared } else { Topic::Decided };
    let id = new_id(voice.now).to_string();
    let body = family::of_registration(voice, head, (&id, topic), case)?;
    let (recipient, topic) = (case.registration.filer.clone(), topic.as_str().into_owned());
    Some(Outgoing { id, recipient, case: Some(case.id), topic, content_type: XML.to_owned(), body })
}

impl Desk<'_> {
    /// Puts into the outbox what this transaction, which began after entry `seq` of the journal,
    /// has to tell.
    pub(super) async fn put_notices(&mut self, seq: i64) -> Result<(), StoreError> {
        if self.entries().is_empty() {
            return Ok(());
        }
        let shared = self.shared;
        let directory = shared.directory.at(seq, &mut self.link()).await?;
        for notice in self.notices(&directory) {
            if of_registration(&notice)
                && let Some(letter) = self.written_beforehand(notice.case)
            {
                self.send(letter);
                continue;
            }
            let source = match self.source(&notice, &directory) {
                Some(source) if self.wants_family(&source).await? => self.content(&source.bytes_of).await?,
                Some(_) | None => None,
            };
            self.put_notice(&notice, source.as_deref());
        }
        Ok(())
    }

    /// What is to be told, in the order in which it happened to each case.
    fn notices(&self, directory: &Directory) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut by_case: BTreeMap<CaseId, Vec<&Entry>> = BTreeMap::new();
        for entry in self.entries() {
            by_case.entry(entry.case).or_default().push(entry);
        }
        // What an agency does with a dossier comes before what follows from it for the goods.
        for (case, entries) in &by_case {
            if entries.iter().any(|entry| matches!(entry.event, Event::Dossier(_)))
                && let Some(dossier) = self.in_hand(*case)
            {
                notices.extend(of_dossier(dossier, entries, directory));
            }
        }
        let receipts = self.receipts();
        for (told, case) in self.changed_declarations() {
            let entries = by_case.get(&case.id).map_or(&[][..], Vec::as_slice);
            let before = match told {
                _ if receipts.contains(case.registration.message.id.as_str()) => Before::Receipt,
                Some(told) => Before::Known(told),
                None => Before::Answered,
            };
            notices.extend(of_declaration(before, case, entries, directory));
        }
        notices
    }

    /// The declarations of this transaction that came in an envelope and were answered in one: with
    /// a receipt that says nothing of what came of them.
    fn receipts(&self) -> HashSet<&str> {
        let national = |message: &&Message| message.format == Format::VnDeclaration.as_str();
        let kept = self.kept().iter().filter(national);
        kept.filter(|message| message.answer.content_type == XML).map(|message| message.id.as_str()).collect()
    }

    /// The message that a notice answers or passes on.
    fn source(&self, notice: &Notice, directory: &Directory) -> Option<Source> {
        match self.subject(notice.case)? {
            Subject::Declaration(case) => family::source_of_declaration(notice, case),
            Subject::Dossier(case) => family::source_of_dossier(notice, case, directory),
        }
    }

    /// Whether the one who is told wants to be told in his own family: who asked for JSON is told in
    /// JSON.
    async fn wants_family(&mut self, source: &Source) -> Result<bool, StoreError> {
        let Some(id) = &source.asked_by else { return Ok(true) };
        let kept = self.kept().iter().find(|message| message.id == *id);
        let kind = match kept {
            Some(message) => Some(message.answer.content_type.clone()),
            None => messages::answer_type(&mut self.link(), id).await?,
        };
        Ok(kind.as_deref() == Some(XML))
    }

    fn subject(&self, case: CaseId) -> Option<Subject<'_>> {
        let declaration = self.declaration_in_hand(case).map(Subject::Declaration);
        declaration.or_else(|| self.in_hand(case).map(Subject::Dossier))
    }

    /// Puts a notice into the outbox: in the recipient's own family where it has words for it, else
    /// as JSON, which whoever takes nothing but envelopes has to fetch.
    fn put_notice(&mut self, notice: &Notice, source: Option<&[u8]>) {
        let id = new_id(self.now).to_string();
        let edition = Arc::clone(&self.edition);
        let telling = body::Telling { id: &id, at: self.now, edition: &edition, own: &self.shared.own };
        let Some(subject) = self.subject(notice.case) else { return };
        let written = match subject {
            Subject::Declaration(case) => family::of_declaration(&telling, notice, case, source),
            Subject::Dossier(case) => family::of_dossier(&telling, notice, case, source),
        };
        let (content_type, body) = match written {
            Some(body) => (XML, body),
            None => (JSON, body::json(&telling, notice, subject)),
        };
        let message = Outgoing {
            id,
            recipient: notice.to.clone(),
            case: Some(notice.case),
            topic: notice.topic.as_str().into_owned(),
            content_type: content_type.to_owned(),
            body,
        };
        self.send(message);
    }
}
