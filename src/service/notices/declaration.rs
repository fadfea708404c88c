//! What a change of a declaration tells whom.

use super::super::directory::Directory;
use super::{Notice, Reader, Told, Topic, open_tasks, told_outcome};
use crate::clearance::case::declaration::{Declaration, DeclarationEvent, Mark, Pending, Status, pending};
use crate::clearance::case::{Entry, Event, Role};

/// What was known of a declaration before a transaction.
#[derive(Debug, Clone, Copy)]
pub enum Before<'t> {
    /// This transaction has registered it, and the answer to its message says what came of it.
    Answered,
    /// This transaction has registered it, and the answer says that its message has arrived.
    Receipt,
    /// This.
    Known(&'t Told),
}

/// What is told of a declaration; `entries` are this transaction's.
pub fn of_declaration(
    before: Before<'_>,
    case: &Declaration,
    entries: &[&Entry],
    directory: &Directory,
) -> Vec<Notice> {
    let known = if let Before::Known(told) = before { Some(told) } else { None };
    let change = Change { before: known, case, entries, directory };
    let mut notices = Vec::new();
    for entry in entries {
        if let Event::Declaration(event) = &entry.event {
            change.overseers(event, &mut notices);
            change.marks(event, &mut notices);
        }
    }
    change.recalled(&mut notices);
    match before {
        Before::Answered => {}
        Before::Receipt if case.status == Status::Cleared => notices.push(change.to_filer(Topic::Cleared)),
        Before::Receipt => notices.push(change.to_filer(Topic::Decided)),
        Before::Known(told) => change.filer(told, &mut notices),
    }
    change.agencies(&mut notices);
    notices
}

struct Change<'c> {
    before: Option<&'c Told>,
    case: &'c Declaration,
    entries: &'c [&'c Entry],
    directory: &'c Directory,
}

impl Change<'_> {
    fn to_filer(&self, topic: Topic) -> Notice {
        Notice::new(&self.case.registration.filer, Reader::Filer, topic, self.case.id)
    }

    fn to_agency(&self, agency: Option<&str>, topic: Topic, task: &str) -> impl Iterator<Item = Notice> {
        let organisations = self.directory.of_agency(agency).iter();
        organisations.map(move |to| Notice::new(to, Reader::Agency, topic, self.case.id).task(task))
    }

    /// What customs and the operators are told.
    fn overseers(&self, event: &DeclarationEvent, notices: &mut Vec<Notice>) {
        use DeclarationEvent as E;
        let (customs, operators) = (self.directory.customs(), self.directory.operators());
        let mut tell = |whom: &[String], topic, task: Option<&str>, note: &str| {
            notices.extend(whom.iter().map(|to| {
                let notice = Notice::new(to, Reader::Overseer, topic, self.case.id).note(note);
                task.map_or(notice.clone(), |task| notice.task(task))
            }));
        };
        match event {
            E::AmendmentAsked { reason, .. } => tell(customs, Topic::AmendmentAsked, None, reason),
            E::CancellationAsked { reason } => tell(customs, Topic::CancellationAsked, None, reason),
            E::StorageAsked { place } => tell(customs, Topic::StorageAsked, None, place),
            E::PaperDisputed(entry) => tell(customs, Topic::PaperDisputed, Some(&entry.task), &entry.source),
            E::StepStuck { task, reason } => tell(operators, Topic::StepStuck, Some(task), reason),
            E::ClockRang { task, mark: Mark::Escalation, .. } => {
                tell(customs, Topic::Escalation, Some(task), "");
                tell(operators, Topic::Escalation, Some(task), "");
            }
            _ => {}
        }
    }

    /// What customs is told of goods that were let through on what counts no more.
    fn recalled(&self, notices: &mut Vec<Notice>) {
        let news = self.before.is_some_and(|before| told_outcome(self.case) != before.outcome);
        if news && self.case.status == Status::Cleared && pending(self.case).contains(&Pending::Review) {
            let to = self.directory.customs().iter();
            notices.extend(to.map(|to| Notice::new(to, Reader::Overseer, Topic::Decided, self.case.id)));
        }
    }

    /// What a clock tells who holds the task and who waits for it.
    fn marks(&self, event: &DeclarationEvent, notices: &mut Vec<Notice>) {
        let DeclarationEvent::ClockRang { task, mark, .. } = event else { return };
        let agency = self.case.task(task).and_then(|task| task.agency.as_deref());
        match mark {
            Mark::Reminder => notices.extend(self.to_agency(agency, Topic::TaskReminder, task)),
            Mark::Overdue => {
                notices.extend(self.to_agency(agency, Topic::TaskOverdue, task));
                notices.push(self.to_filer(Topic::Overdue).task(task));
            }
            Mark::Escalation => {}
        }
    }

    /// What who filed is told.
    fn filer(&self, before: &Told, notices: &mut Vec<Notice>) {
        use DeclarationEvent as E;
        let since = self.entries.iter().filter(|entry| entry.number > before.head);
        let events = since.filter_map(|entry| match &entry.event {
            Event::Declaration(event) => Some(event),
            _ => None,
        });
        let (mut failed, mut last) = (self.to_filer(Topic::RequirementFailed), Vec::new());
        for event in events {
            match event {
                E::Accepted => notices.push(self.to_filer(Topic::Accepted)),
                E::Amended => notices.push(self.to_filer(Topic::Amended)),
                E::AmendmentRefused { reason } => {
                    notices.push(self.to_filer(Topic::AmendmentRefused).note(reason));
                }
                E::CancellationRefused { reason } => {
                    notices.push(self.to_filer(Topic::CancellationRefused).note(reason));
                }
                E::StorageGranted { place } => notices.push(self.to_filer(Topic::StorageGranted).note(place)),
                E::StorageRefused { reason } => notices.push(self.to_filer(Topic::StorageRefused).note(reason)),
                E::PaperSettled { reason, .. } => notices.push(self.to_filer(Topic::PaperSettled).note(reason)),
                E::Overridden { reason, .. } => notices.push(self.to_filer(Topic::Overridden).note(reason)),
                E::OverrideLifted { reason, .. } => notices.push(self.to_filer(Topic::OverrideLifted).note(reason)),
                E::RequirementFailed { line, rule } => failed.failed.push((*line, rule.clone())),
                E::Cancelled { reason } => last.push(self.to_filer(Topic::Cancelled).note(reason)),
                E::Cleared => last.push(self.to_filer(Topic::Cleared)),
                _ => {}
            }
        }
        if !failed.failed.is_empty() {
            notices.push(failed);
        }
        // Clearance and cancellation say themselves what the goods may do.
        if last.is_empty() && told_outcome(self.case) != before.outcome {
            notices.push(self.to_filer(Topic::Decided));
        }
        notices.extend(last);
    }

    /// What agencies are told of their tasks.
    fn agencies(&self, notices: &mut Vec<Notice>) {
        let amended = self.entries.iter().any(|entry| {
            matches!(entry.event, Event::Declaration(DeclarationEvent::Amended | DeclarationEvent::Replaced(_)))
        });
        let known = |key: &str| self.before.and_then(|before| before.ready.get(key));
        for task in open_tasks(self.case).filter(|task| task.ready && task.agency.is_some()) {
            let agency = task.agency.as_deref();
            if known(&task.key) != Some(&task.agency) {
                notices.extend(self.to_agency(agency, Topic::TaskReady, &task.key));
            } else if amended {
                notices.extend(self.to_agency(agency, Topic::TaskAmended, &task.key));
            }
        }
        for (key, agency) in self.before.iter().flat_map(|before| &before.ready) {
            let still = open_tasks(self.case).any(|task| task.key == *key && task.agency == *agency);
            if still || self.was_done(key, agency.as_deref()) {
                continue;
            }
            let topic = match self.case.status {
                Status::Cancelled | Status::Aborted => Topic::TaskCancelled,
                Status::Registered | Status::Accepted | Status::Cleared => Topic::TaskWithdrawn,
            };
            notices.extend(self.to_agency(agency.as_deref(), topic, key));
        }
    }

    /// Whether a task has ended by what its own agency did.
    fn was_done(&self, key: &str, agency: Option<&str>) -> bool {
        let dossier = self.case.dossiers.get(key);
        let own = self.directory.of_agency(agency);
        self.entries.iter().any(|entry| {
            let by_agency = entry.by.role == Role::Agency
                && entry.by.organisation.as_ref().is_some_and(|organisation| own.contains(organisation));
            let gave = match &entry.event {
                Event::Declaration(DeclarationEvent::EvidenceLinked { from, .. }) => dossier == Some(from),
                _ => false,
            };
            by_agency || gave
        })
    }
}
