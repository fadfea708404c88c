//! Answers in the sender's own family: receipts, lists of errors, responses.

use jiff::{Timestamp, ZonedDateTime};

use super::super::desk::ActError;
use super::super::ids::new_id;
use super::super::intake::Wanted;
use super::super::law_book::Edition;
use crate::clearance::case::RefusedReason;
use crate::clearance::case::declaration::{Declaration, Status, outcome};
use crate::clearance::record::{LineRecord, RequirementRecord};
use crate::message::Rejection;
use crate::message::answer::{self, ErrorCode, Line, Notice, Outcome, Reason, Sending, Task};
use crate::message::incoming::{Address, Family, Head};
use crate::store::messages::Answer;
use crate::store::project::task_id;
use crate::trade::{Channel, Decision};

/// XML, as it is answered.
pub const XML: &str = "application/xml; charset=utf-8";

/// Who answers, and when.
#[derive(Debug)]
pub struct Voice<'v> {
    /// How this installation is named in envelopes.
    pub own: &'v Address<'v>,
    /// The law, for the zone and the words.
    pub edition: &'v Edition,
    /// Now.
    pub now: Timestamp,
}

impl Voice<'_> {
    fn zoned(&self, moment: Timestamp) -> ZonedDateTime {
        moment.to_zoned_datetime(self.edition.zone.clone())
    }

    fn xml(status: u16, body: String) -> Answer {
        Answer { status, content_type: XML.to_owned(), body: body.into_bytes() }
    }

    /// The message has arrived; nothing where its family has no receipts.
    pub fn receipt(&self, head: &Head<'_>) -> Option<Answer> {
        let (id, at) = (new_id(self.now).to_string(), self.zoned(self.now));
        let sending = Sending { id: &id, at: &at, own: self.own };
        (head.family == Family::Envelope).then(|| Self::xml(200, answer::receipt(head, &sending, &at)))
    }

    /// The message cannot be read; nothing where its family cannot say so. What begins like an
    /// envelope is answered by one, even where nothing else of it can be read.
    pub fn rejected(
        &self,
        wanted: Wanted,
        head: Option<&Head<'_>>,
        bytes: &[u8],
        rejection: &Rejection,
    ) -> Option<Answer> {
        let family = match (wanted, head) {
            (Wanted::Envelope, _) => Family::Envelope,
            (Wanted::Family, Some(head)) => head.family,
            (Wanted::Family, None) if looks_like_envelope(bytes) => Family::Envelope,
            (Wanted::Json, _) | (Wanted::Family, None) => return None,
        };
        let (id, at) = (new_id(self.now).to_string(), self.zoned(self.now));
        let sending = Sending { id: &id, at: &at, own: self.own };
        match family {
            Family::Envelope => {
                let errors = answer::error_entries(rejection, bytes);
                Some(Self::xml(422, answer::errors(head, &sending, &errors)))
            }
            Family::Wco => {
                let notice = Notice { findings: rejection.findings.clone(), ..self.blank(head, Outcome::Refused) };
                Some(Self::xml(422, answer::responses(&[(&id, &notice)])))
            }
            Family::Asycuda => None,
        }
    }

    /// What the message asks is refused.
    pub fn refused(&self, head: &Head<'_>, status: u16, error: &ActError) -> Option<Answer> {
        let (id, at) = (new_id(self.now).to_string(), self.zoned(self.now));
        let sending = Sending { id: &id, at: &at, own: self.own };
        match head.family {
            Family::Envelope => {
                let code = match error {
                    ActError::Refused(refused) => match refused.reason {
                        RefusedReason::NoProcedure => ErrorCode::UnknownProcedure,
                        RefusedReason::Unknown => ErrorCode::NoProcedure,
                        RefusedReason::NoMessage | RefusedReason::NotNow => ErrorCode::UnknownType,
                        RefusedReason::Conflict | RefusedReason::Invalid | RefusedReason::Forbidden => {
                            ErrorCode::Content
                        }
                    },
                    ActError::Store(_) => ErrorCode::Content,
                };
                let entries = [code.entry(&error.to_string())];
                Some(Self::xml(status, answer::errors(Some(head), &sending, &entries)))
            }
            Family::Wco => {
                let notice =
                    Notice { reason: Some(error.to_string().into()), ..self.blank(Some(head), Outcome::NotGranted) };
                Some(Self::xml(status, answer::responses(&[(&id, &notice)])))
            }
            Family::Asycuda => None,
        }
    }

    /// A notice about nothing yet.
    fn blank<'n>(&self, head: Option<&'n Head<'_>>, outcome: Outcome) -> Notice<'n> {
        Notice {
            outcome,
            at: self.zoned(self.now),
            reference: head.map_or("", |head| head.subject.reference.as_ref()).into(),
            number: None,
            version: 1,
            accepted: None,
            decision: None,
            channel: None,
            checked: false,
            edition: None,
            reason: None,
            lines: Vec::new(),
            tasks: Vec::new(),
            changes: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The answer to a declaration that was registered: the envelope's receipt, the responses of a
    /// WCO message.
    pub fn registered(&self, head: &Head<'_>, case: &Declaration) -> Option<Answer> {
        match head.family {
            Family::Envelope => self.receipt(head),
            Family::Wco => {
                let first = if case.status == Status::Registered { Outcome::Registered } else { Outcome::Accepted };
                let mut notices = vec![self.notice(case, first)];
                if case.status != Status::Registered {
                    notices.push(self.notice(case, outcome_of(case)));
                }
                let ids: Vec<String> = notices.iter().map(|_| new_id(self.now).to_string()).collect();
                let all: Vec<(&str, &Notice<'_>)> = ids.iter().map(String::as_str).zip(&notices).collect();
                Some(Self::xml(201, answer::responses(&all)))
            }
            Family::Asycuda => None,
        }
    }

    /// What there is to say of a declaration now.
    pub fn notice(&self, case: &Declaration, told: Outcome) -> Notice<'static> {
        let now = outcome(case);
        let decision = case.decision.as_ref();
        let registration = &case.registration;
        let tasks = decision.iter().flat_map(|decision| &decision.tasks);
        Notice {
            outcome: told,
            at: self.zoned(self.now),
            reference: registration.reference.clone().unwrap_or_default().into(),
            number: Some(registration.number.clone().unwrap_or_else(|| case.id.to_string()).into()),
            version: case.version,
            accepted: (case.status != Status::Registered).then(|| self.zoned(case.opened)),
            decision: now.as_ref().map(|now| now.now.as_str().into()),
            channel: now.as_ref().and_then(|now| now.channel).map(|channel| channel.as_str().into()),
            checked: !case.checks.is_empty(),
            edition: decision.map(|decision| decision.pack.edition.clone().into()),
            reason: None,
            lines: decision.iter().flat_map(|decision| &decision.lines).map(|line| self.line(line)).collect(),
            tasks: tasks
                .map(|task| Task {
                    id: task_id(case.id, &task.key).into(),
                    agency: task.agency.clone().unwrap_or_default().into(),
                    procedure: task.procedure.clone().map(Into::into),
                    due: task.due.map(|due| self.zoned(due)),
                    text: self.measure(&task.measure).into(),
                })
                .collect(),
            changes: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn line(&self, line: &LineRecord) -> Line<'static> {
        let weighs = |requirement: &&RequirementRecord| requirement.task.is_some() || line.decision == Decision::Refuse;
        Line {
            number: line.line,
            hs: line.hs.clone().unwrap_or_default().into(),
            decision: line.decision.as_str().into(),
            reasons: line.requirements.iter().filter(weighs).map(|requirement| self.reason(requirement)).collect(),
        }
    }

    fn reason(&self, requirement: &RequirementRecord) -> Reason<'static> {
        Reason {
            rule: requirement.rule.clone().into(),
            articles: requirement.legal_basis.iter().map(|basis| basis.clone().into()).collect(),
            agency: requirement.agency.clone().into(),
            status: requirement.status.as_str().into(),
            text: self.measure(&requirement.measure).into(),
        }
    }

    fn measure(&self, key: &str) -> String {
        let measure = self.edition.pack.measures.iter().find(|measure| measure.key == key);
        measure.map_or_else(|| key.to_owned(), |measure| measure.title_vi.clone())
    }
}

/// Whether a message that cannot be read begins like an envelope.
fn looks_like_envelope(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1_024)];
    memchr::memmem::find(start, b"<Envelope").is_some()
}

/// What the sender is told about a declaration as it stands.
pub fn outcome_of(case: &Declaration) -> Outcome {
    match case.status {
        Status::Cancelled => return Outcome::Cancelled,
        Status::Cleared => return Outcome::Cleared,
        Status::Aborted => return Outcome::Refused,
        Status::Registered | Status::Accepted => {}
    }
    let Some(now) = outcome(case) else { return Outcome::Registered };
    match now.decision {
        Decision::Refuse => Outcome::Refused,
        Decision::Storage => Outcome::Storage,
        Decision::Release => Outcome::Released,
        Decision::Hold => Outcome::Held,
        Decision::Clear if now.checks.is_empty() => Outcome::Cleared,
        Decision::Clear if now.channel == Some(Channel::Red) => Outcome::Examination,
        Decision::Clear => Outcome::Documents,
    }
}
