//! What was done on paper or elsewhere while the service was down, entered afterwards with its own
//! time. What contradicts nothing is done as it was then; what does is kept for customs to decide.

use jiff::Timestamp;

use super::super::desk::{ActError, Desk};
use super::super::examine::registers;
use super::super::ids::new_id;
use super::given::Given;
use super::on_dossier::DossierAct;
use super::on_task::{LineResult, TaskAct};
use crate::clearance::case::declaration::{Command, Declaration, Dispute, PaperEntry, PaperLine};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};
use crate::law::life_cycle::Act as Meaning;
use crate::trade::Stage;

/// Acts by which an agency says how a task came out.
const RESULTS: [Meaning; 3] = [Meaning::Issue, Meaning::Fail, Meaning::Reject];

/// An act that was done on paper.
struct OnPaper<'a> {
    act: Meaning,
    note: &'a str,
    given: &'a Given,
    source: &'a str,
    done: Timestamp,
}

impl<'a> OnPaper<'a> {
    fn of(act: &'a TaskAct) -> Option<Self> {
        match act {
            DossierAct::Do { act, note, given, paper: Some((source, done)) } => {
                Some(Self { act: *act, note, given, source, done: *done })
            }
            _ => None,
        }
    }

    fn entry(&self, id: String, task: &str, why: Vec<Dispute>) -> PaperEntry {
        let Given { number, valid_to, quantity, hs: _, replaces, lines } = self.given.clone();
        let line = |of: LineResult| PaperLine { line: of.line, passed: of.passed, note: of.note };
        PaperEntry {
            id,
            task: task.to_owned(),
            act: self.act,
            source: self.source.to_owned(),
            done: self.done,
            why,
            note: self.note.to_owned(),
            number,
            valid_to,
            quantity,
            replaces,
            lines: lines.into_iter().map(line).collect(),
        }
    }
}

/// The act that an entry says was done.
fn act_of(entry: &PaperEntry) -> (Given, DossierAct) {
    let line = |of: &PaperLine| LineResult { line: of.line, passed: of.passed, note: of.note.clone() };
    let given = Given {
        number: entry.number.clone(),
        valid_to: entry.valid_to,
        quantity: entry.quantity.clone(),
        hs: Vec::new(),
        replaces: entry.replaces.clone(),
        lines: entry.lines.iter().map(line).collect(),
    };
    let paper = Some((entry.source.clone(), entry.done));
    let act = DossierAct::Do { act: entry.act, note: entry.note.clone(), given: given.clone(), paper };
    (given, act)
}

impl Desk<'_> {
    /// Enters what was done on paper for a task of a declaration, open or not.
    pub(super) async fn on_paper(
        &mut self,
        declaration: &Declaration,
        task: &str,
        act: &TaskAct,
        by: &Author,
    ) -> Result<(), ActError> {
        let Some(paper) = OnPaper::of(act) else {
            let message = "an entry says on which paper or in which system it was done, and when";
            return Err(Refused::because(RefusedReason::Invalid, message).into());
        };
        if paper.source.trim().is_empty() {
            return Err(Refused::because(RefusedReason::Invalid, "`source` names the paper or the other system").into());
        }
        if matches!(paper.act, Meaning::Fail | Meaning::Reject) && paper.note.trim().is_empty() {
            return Err(Refused::because(RefusedReason::Invalid, "`reason` has to be stated").into());
        }
        paper.given.can_be_given(self.edition.day_of(paper.done), self.edition.pack)?;
        let dossier = match declaration.dossiers.get(task) {
            Some(dossier) => self.dossier(*dossier).await?.cloned(),
            None => None,
        };
        if dossier.is_none() && declaration.task(task).is_none() && !declaration.settled_steps.contains_key(task) {
            return Err(Refused::because(RefusedReason::Unknown, "the declaration has no such task").into());
        }
        if let (Some(number), Some(dossier)) = (&paper.given.number, &dossier)
            && dossier.issued.iter().any(|issued| issued.evidence.id.as_ref() == Some(number))
        {
            return Err(Refused::because(RefusedReason::Conflict, format!("`{number}` was given already")).into());
        }
        let mut why = self.disputes(declaration, task, dossier.as_ref(), &paper);
        if why.is_empty() {
            let kept = self.mark();
            match self.do_task(declaration, task, act, by).await {
                Ok(()) => {
                    self.stand(kept);
                    return Ok(());
                }
                // Where nobody has begun, nothing is contradicted: what comes first is entered first.
                Err(ActError::Refused(Refused { reason: RefusedReason::NotNow, .. })) if dossier.is_some() => {
                    self.back_to(kept);
                    why.push(Dispute::NotAllowed);
                }
                Err(error) => return Err(error),
            }
        }
        let entry = paper.entry(new_id(self.now).to_string(), task, why);
        self.command(declaration.id, &Command::DisputePaper(Box::new(entry)), by).await?;
        Ok(())
    }

    /// Whether what was done then can hardly be about the goods of the declaration: they were not
    /// declared yet. Permits and registrations come before that.
    fn is_of_other_goods(&self, declaration: &Declaration, task: &str, done: Timestamp) -> bool {
        let is_permit = declaration
            .task(task)
            .is_some_and(|task| matches!(task.stage, Stage::PermitBeforeImport | Stage::PermitBeforeExport));
        let declared = declaration.registration.date.filter(|_| !is_permit && !registers(&self.edition, task));
        declared.is_some_and(|declared| self.edition.day_of(done) < declared)
    }

    /// What an entry contradicts.
    fn disputes(
        &self,
        declaration: &Declaration,
        task: &str,
        dossier: Option<&Dossier>,
        paper: &OnPaper<'_>,
    ) -> Vec<Dispute> {
        let mut why = Vec::new();
        if paper.done > self.now {
            why.push(Dispute::LaterThanNow);
        }
        let of_task = declaration.task(task);
        let filed = dossier.and_then(|dossier| dossier.filed);
        if filed.map_or_else(|| self.is_of_other_goods(declaration, task, paper.done), |filed| paper.done < filed) {
            why.push(Dispute::BeforeFiling);
        }
        let has_result = |dossier: &Dossier| {
            dossier.live().next().is_some() || dossier.last_act.is_some_and(|act| RESULTS.contains(&act))
        };
        if RESULTS.contains(&paper.act) && dossier.is_some_and(has_result) {
            why.push(Dispute::OtherResult);
        }
        let overridden = declaration.overrides.iter().any(|over| match over.line {
            Some(line) => of_task.is_some_and(|task| task.lines.contains(&line)),
            None => true,
        });
        let after_clearance = of_task.is_some_and(|task| task.stage == Stage::AfterClearance);
        let has_ended = !declaration.status.is_open() && !after_clearance;
        if has_ended || overridden || declaration.settled_steps.contains_key(task) {
            why.push(Dispute::DecidedWithout);
        }
        why
    }

    /// Customs has decided of a disputed entry. Where it counts, it takes the place of whatever the
    /// task has given instead.
    pub(super) async fn on_paper_settled(
        &mut self,
        case: CaseId,
        id: &str,
        accepted: bool,
        by: &Author,
    ) -> Result<(), ActError> {
        let Some(declaration) = self.declaration(case).await?.cloned() else { return Err(super::no_declaration()) };
        let disputed = declaration.papers.get(id).filter(|disputed| accepted && disputed.settled.is_none());
        let Some(disputed) = disputed else { return Ok(()) };
        let entry = &disputed.entry;
        if entry.done > self.now {
            let message = format!("it is said to be done at {}, which has not come", entry.done);
            return Err(Refused::because(RefusedReason::NotNow, message).into());
        }
        let (given, act) = act_of(entry);
        let has_other = entry.why.contains(&Dispute::OtherResult);
        if !has_other {
            let kept = self.mark();
            match self.do_task(&declaration, &entry.task, &act, by).await {
                Ok(()) => {
                    self.stand(kept);
                    return Ok(());
                }
                Err(ActError::Refused(refused)) if refused.reason == RefusedReason::NotNow => self.back_to(kept),
                Err(error) => return Err(error),
            }
        }
        let dossier = match declaration.dossiers.get(&entry.task) {
            Some(dossier) => self.dossier(*dossier).await?.cloned(),
            None => None,
        };
        let Some(dossier) = dossier else {
            let message = "nobody has begun the task, and it is not open any more: the entry cannot count";
            return Err(Refused::not_now(message, Vec::new()).into());
        };
        self.rectify(dossier, disputed, &given, by).await
    }
}
