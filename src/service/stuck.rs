//! Steps that do not go on by themselves: what tells an agency of its work was given up, and nobody
//! of the agency can sign in and would see it in his queue.
//!
//! An endpoint is then the only way by which the agency hears of a task. A key alone is a system's: it
//! answers what it was sent, and looks nowhere by itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::desk::{ActError, Desk};
use crate::approval::TaskKind;
use crate::clearance::case::declaration::{Command, Declaration};
use crate::clearance::case::dossier;
use crate::clearance::case::{Author, CaseId, Role};
use crate::law::life_cycle::Sender;
use crate::store::outbox::{self, Letter};
use crate::store::project::task_id;
use crate::store::{StoreError, directory};

impl Desk<'_> {
    /// A message was given up: the steps that it was about are stuck, where their agency has no other
    /// way to hear of them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn given_up(&mut self, letter: &str) -> Result<(), StoreError> {
        let Some(letter) = outbox::by_id(&mut self.link(), letter).await? else { return Ok(()) };
        let Some(agency) = directory::only_reached(&mut self.link(), &letter.message.recipient).await? else {
            return Ok(());
        };
        let error = letter.error.as_deref().unwrap_or_default();
        let reason = format!("`{}` for {} is given up: {error}", letter.message.topic, letter.message.recipient);
        if let Some(dossier) = self.unheard_dossier(&letter).await? {
            return self.note_dossier(dossier, &dossier::Command::NoteUndelivered { reason }).await;
        }
        let Some((case, tasks)) = self.told_of(&letter, &agency).await? else { return Ok(()) };
        for task in tasks {
            let stick = Command::Stick { task, reason: reason.clone() };
            let mark = self.mark();
            match self.command(case, &stick, &Author::system()).await {
                Ok(_) => self.stand(mark),
                Err(ActError::Store(error)) => return Err(error),
                Err(ActError::Refused(refused)) => {
                    self.back_to(mark);
                    tracing::warn!(case.id = %case, "a step of case {case} is not stuck: {refused}");
                }
            }
        }
        Ok(())
    }

    /// Messages were delivered after all: the steps that they are about are stuck no more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn came_through(&mut self, letters: &[String]) -> Result<(), StoreError> {
        for letter in outbox::about_stuck(&mut self.link(), letters).await? {
            let Some(letter) = outbox::by_id(&mut self.link(), &letter).await? else { continue };
            let agency = directory::agency_of(&mut self.link(), &letter.message.recipient).await?;
            let Some(agency) = agency else { continue };
            if let Some(dossier) = self.unheard_dossier(&letter).await? {
                self.note_dossier(dossier, &dossier::Command::NoteDelivered).await?;
                continue;
            }
            let Some((case, tasks)) = self.told_of(&letter, &agency).await? else { continue };
            for task in tasks {
                let is_stuck = self.declaration(case).await?.is_some_and(|case| case.stuck.contains_key(&task));
                if !is_stuck {
                    continue;
                }
                let retry = Command::Retry { task, reason: format!("`{}` was delivered", letter.message.topic) };
                match self.command(case, &retry, &Author::system()).await {
                    Ok(_) => {}
                    Err(ActError::Store(error)) => return Err(error),
                    Err(ActError::Refused(refused)) => {
                        tracing::warn!(case.id = %case, "a step of case {case} stays stuck: {refused}");
                    }
                }
            }
        }
        Ok(())
    }

    /// What an endpoint cannot take stays in the inbox: where nobody of the agency can sign in, a
    /// trader's application or answer waits there for nobody.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn left_to_fetch(&mut self, letters: &[String]) -> Result<(), StoreError> {
        for id in letters {
            let letter = outbox::by_id(&mut self.link(), id).await?;
            if letter.is_some_and(|letter| letter.message.topic.starts_with("dossier.")) {
                self.given_up(id).await?;
            }
        }
        Ok(())
    }

    /// The dossier without a declaration that a message tells an agency of which has not answered yet.
    async fn unheard_dossier(&mut self, letter: &Letter) -> Result<Option<CaseId>, StoreError> {
        let Some(case) = letter.message.case else { return Ok(None) };
        let dossier = self.dossier(case).await?;
        let unheard = dossier.filter(|dossier| {
            let answered = dossier.last_act.is_some_and(|act| act.sender() == Sender::Agency);
            dossier.link.is_none() && !answered && !dossier.is_spent()
        });
        Ok(unheard.map(|dossier| dossier.id))
    }

    async fn note_dossier(&mut self, dossier: CaseId, command: &dossier::Command) -> Result<(), StoreError> {
        match self.dossier_command(dossier, command, &Author::system()).await {
            Ok(_) => Ok(()),
            Err(ActError::Store(error)) => Err(error),
            Err(ActError::Refused(refused)) => {
                tracing::warn!(case.id = %dossier, "of dossier {dossier} it is not noted whether it was delivered: {refused}");
                Ok(())
            }
        }
    }

    /// The open tasks of an agency that a message tells it of, with their declaration.
    async fn told_of(&mut self, letter: &Letter, agency: &str) -> Result<Option<(CaseId, Vec<String>)>, StoreError> {
        let Some(case) = letter.message.case else { return Ok(None) };
        let dossier = self.dossier(case).await?.cloned();
        let (case, only) = match dossier {
            // What the agency has answered meanwhile it has heard of.
            Some(dossier) if dossier.last_act.is_some_and(|act| act.sender() == Sender::Agency) => return Ok(None),
            Some(dossier) => match dossier.link {
                Some((declaration, task, _)) => (declaration, Some(task)),
                None => return Ok(None),
            },
            None if letter.message.topic == "task.ready" => (case, None),
            None => return Ok(None),
        };
        let named = if only.is_none() { tasks_named(&letter.message.body) } else { None };
        let Some(declaration) = self.declaration(case).await?.cloned() else { return Ok(None) };
        let mut tasks = Vec::new();
        for task in declaration.decision.iter().flat_map(|decision| &decision.tasks) {
            let meant = only.as_ref().is_none_or(|only| *only == task.key)
                && named.as_ref().is_none_or(|named| named.contains(&task_id(case, &task.key)));
            let of_agency = task.kind == TaskKind::Dossier && task.agency.as_deref() == Some(agency);
            if meant && of_agency && task.ready && (only.is_some() || !self.is_begun(&declaration, &task.key).await?) {
                tasks.push(task.key.clone());
            }
        }
        Ok(Some((case, tasks)))
    }

    /// Whether the agency has begun a task.
    async fn is_begun(&mut self, declaration: &Declaration, task: &str) -> Result<bool, StoreError> {
        let Some(dossier) = declaration.dossiers.get(task) else { return Ok(false) };
        let begun = self.dossier(*dossier).await?.is_some_and(|dossier| {
            let acted = dossier.last_act.is_some_and(|act| act.sender() == Sender::Agency);
            !dossier.is_spent() && (acted || dossier.claimed_by.is_some())
        });
        Ok(begun)
    }

    /// A stuck step is tried again: what its agency was not told is sent once more.
    pub(super) async fn tell_again(&mut self, case: CaseId, task: &str) -> Result<(), StoreError> {
        let Some(declaration) = self.declaration(case).await? else { return Ok(()) };
        let Some(agency) = declaration.task(task).and_then(|task| task.agency.clone()) else { return Ok(()) };
        let about: Vec<CaseId> = [Some(case), declaration.dossiers.get(task).copied()].into_iter().flatten().collect();
        let now = self.now;
        for to in directory::of_agency(&mut self.link(), &agency).await? {
            for case in &about {
                outbox::replay_about(&mut self.link(), &to, *case, now).await?;
            }
        }
        self.wake_outbox();
        Ok(())
    }

    /// An agency that acts on a task has heard of it: it is stuck no more.
    pub(super) async fn heard_of(&mut self, dossier: CaseId, by: &Author) -> Result<(), ActError> {
        let link = self.in_hand(dossier).and_then(|dossier| dossier.link.clone());
        let acts = matches!(by.role, Role::Agency | Role::Customs);
        let Some((case, task, _)) = link.filter(|_| acts) else { return Ok(()) };
        if self.declaration(case).await?.is_some_and(|declaration| declaration.stuck.contains_key(&task)) {
            let reason = "the agency has acted on it".to_owned();
            self.command(case, &Command::Retry { task, reason }, &Author::system()).await?;
        }
        Ok(())
    }
}

/// The ids of the tasks that a notice names; none where it is no notice of ours.
pub fn tasks_named(body: &[u8]) -> Option<BTreeSet<String>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let tasks = body["tasks"].as_array()?;
    Some(tasks.iter().filter_map(|task| Some(task["id"].as_str()?.to_owned())).collect())
}
