//! A declaration is decided again.

use super::super::desk::{ActError, Desk};
use super::super::examine::{self, Known, name_of};
use super::super::{known, needs};
use super::draws::Found;
use crate::clearance::case::declaration::{DecidedBy, Declaration};
use crate::clearance::case::{Author, CaseId};
use crate::clearance::record::DecisionRecord;
use crate::store::StoreError;

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
                let message = format!("the ledger refuses declaration {case} what it does not ask");
                return Err(StoreError::Damaged(message).into());
            }
        }
    }

    /// What the law says of a declaration now.
    pub(super) async fn find(&mut self, declaration: &Declaration) -> Result<Found, ActError> {
        let case = declaration.id;
        let id = &declaration.registration.message.id;
        let Some(bytes) = self.content(id).await? else {
            return Err(StoreError::Damaged(format!("message {id} of declaration {case} is missing")).into());
        };
        let known = self.known(declaration).await?;
        let edition = std::sync::Arc::clone(&self.edition);
        let mut reading = examine::read_again(&bytes, &edition).map_err(|rejection| {
            let first = rejection.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
            StoreError::Damaged(format!("message {id} cannot be read any more: {first}"))
        })?;
        if reading.declaration.name().is_none() {
            reading.declaration.reference = Some(name_of(case, &declaration.registration).into());
        }
        let received = edition.day_of(declaration.opened);
        let key = self.shared.sample_key.as_ref();
        let found = examine::examine(&edition, received, &mut reading, (&known, key), |examiner, examination| Found {
            decision: Box::new(DecisionRecord::of(examiner, examination)),
            needs: needs::of(examiner, examination, &known),
        });
        Ok(found)
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
        let edition = std::sync::Arc::clone(&self.edition);
        known::gather(&mut self.link(), declaration, &in_hand, &edition).await
    }
}
