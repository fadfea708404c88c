//! A declaration is decided again.

use std::sync::Arc;

use super::super::desk::{ActError, Desk};
use super::super::examine::{self, Known, name_of};
use super::super::law_book::Edition;
use super::super::{known, needs, origin};
use super::draws::Found;
use crate::approval::TaskKind;
use crate::clearance::case::declaration::{DecidedBy, Declaration};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};
use crate::clearance::record::{DecisionRecord, TaskRecord};
use crate::clearance::{Examination, Examiner, FactQuestion};
use crate::store::StoreError;

/// A declaration whose message was read again.
pub(in crate::service) struct Again<'a> {
    /// The edition under which it is examined.
    pub(in crate::service) edition: &'a Edition,
    /// The name of the declaration.
    pub(in crate::service) source: &'a str,
    /// Its message.
    pub(in crate::service) bytes: &'a [u8],
    /// What is known beside it.
    pub(in crate::service) known: &'a Known,
}

impl Desk<'_> {
    /// Decides a declaration again with everything that is known now; nothing happens where that
    /// says the same as before.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn decide_again(&mut self, case: CaseId, cause: DecidedBy, by: &Author) -> Result<(), ActError> {
        loop {
            let Some(declaration) = self.declaration(case).await?.cloned() else { return Err(super::no_declaration()) };
            let found = self.find(&declaration).await?;
            let Some(accounts) = self.decide(case, cause, found, by).await? else { return Ok(()) };
            // The ledger reckons otherwise than the screening did, and it is right.
            if !self.withhold(case, accounts) {
                tracing::error!(case.id = %case, "the ledger refuses declaration {case} what it does not ask");
                let message = "what it draws on permits cannot be reckoned";
                return Err(Refused::because(RefusedReason::Conflict, message).into());
            }
        }
    }

    /// What the law says of a declaration now.
    pub(super) async fn find(&mut self, declaration: &Declaration) -> Result<Found, ActError> {
        let edition = Arc::clone(&self.edition);
        self.examined_as(declaration, edition, |again, examiner, examination| {
            let mut decision = DecisionRecord::of(examiner, examination);
            let uses = origin::judge(&mut decision, examination, again.edition, &again.known.certificates);
            let needs = needs::of(examiner, examination, again.known);
            Found { decision: Box::new(decision), needs, uses }
        })
        .await
    }

    /// What a task of customs has to settle, and what may be answered; nothing where the task is not
    /// to settle facts.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn questions(&mut self, case: CaseId, task: &str) -> Result<Vec<FactQuestion>, ActError> {
        let decision = self.declaration(case).await?.and_then(|declaration| declaration.decision.as_ref());
        let settles = |task: &TaskRecord| task.kind == TaskKind::SettleFact;
        let key = |known: &&TaskRecord| known.key == task;
        if !decision.is_some_and(|decision| decision.tasks.iter().find(key).is_some_and(settles)) {
            return Ok(Vec::new());
        }
        self.examined(case, |_, examiner, examination| {
            let tasks = DecisionRecord::of(examiner, examination).tasks;
            let at = tasks.iter().position(|known| known.key == task);
            at.map_or_else(Vec::new, |at| FactQuestion::of_task(examiner, examination, at))
        })
        .await
    }

    /// Reads a declaration's message again and examines it under the edition that decided it, with
    /// everything that is known now; what is wanted of it is taken by `take`. An edition that is
    /// gone is stood in for by today's.
    pub(in crate::service) async fn examined<T>(
        &mut self,
        case: CaseId,
        take: impl FnOnce(&Again<'_>, &Examiner<'_>, &Examination<'_, '_>) -> T,
    ) -> Result<T, ActError> {
        let Some(declaration) = self.declaration(case).await?.cloned() else { return Err(super::no_declaration()) };
        let digest = declaration.decision.as_ref().map(|decision| decision.pack.digest.as_str());
        let edition = digest.filter(|digest| *digest != self.edition.pack.digest);
        let edition = edition.and_then(|digest| self.shared.law.of_digest(digest));
        let edition = edition.unwrap_or_else(|| Arc::clone(&self.edition));
        self.examined_as(&declaration, edition, take).await
    }

    /// The same of a declaration as it is given, under an edition.
    async fn examined_as<T>(
        &mut self,
        declaration: &Declaration,
        edition: Arc<Edition>,
        take: impl FnOnce(&Again<'_>, &Examiner<'_>, &Examination<'_, '_>) -> T,
    ) -> Result<T, ActError> {
        let case = declaration.id;
        let id = &declaration.registration.message.id;
        let Some(bytes) = self.content(id).await? else {
            return Err(StoreError::Damaged(format!("message {id} of declaration {case} is missing")).into());
        };
        let known = self.known(declaration).await?;
        let mut reading = examine::read_again(&bytes, &edition).map_err(|rejection| {
            let first = rejection.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
            StoreError::Damaged(format!("message {id} cannot be read any more: {first}"))
        })?;
        let source = name_of(case, &declaration.registration);
        if reading.declaration.name().is_none() {
            reading.declaration.reference = Some(source.clone().into());
        }
        let mut known = known;
        for reference in origin::quoted(&reading.declaration) {
            known.certificates.extend(self.certificates_numbered(&reference, case).await?);
        }
        let received = edition.day_of(declaration.opened);
        let key = self.shared.sample_key.as_ref();
        let again = Again { edition: &edition, source: &source, bytes: &bytes, known: &known };
        let take = |examiner: &Examiner<'_>, examination: &Examination<'_, '_>| take(&again, examiner, examination);
        Ok(examine::examine(&edition, received, &mut reading, (&known, key), take))
    }

    /// Decides a declaration again where another edition of the law has decided it: whatever is done
    /// with it rests on today's.
    pub(super) async fn under_todays_law(&mut self, case: CaseId) -> Result<(), ActError> {
        let digest = &self.edition.pack.digest.clone();
        let Some(declaration) = self.declaration(case).await? else { return Ok(()) };
        let other = declaration.decision.as_ref().is_some_and(|decision| decision.pack.digest != *digest);
        if other && declaration.status.is_open() {
            self.decide_again(case, DecidedBy::Law, &Author::system()).await?;
        }
        Ok(())
    }

    /// Everything that is known beside a declaration, this transaction's doings included.
    pub(in crate::service) async fn known(&mut self, declaration: &Declaration) -> Result<Known, StoreError> {
        let in_hand = self.beside(declaration);
        let edition = Arc::clone(&self.edition);
        known::gather(&mut self.link(), declaration, &in_hand, &edition).await
    }
}
