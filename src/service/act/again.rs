//! A declaration is decided again.

use super::super::desk::{ActError, Desk};
use super::super::examine::{self, Known, name_of};
use crate::clearance::case::declaration::{Command, DecidedBy, Declaration};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::{Author, CaseId};
use crate::store::{StoreError, known};

impl Desk<'_> {
    /// Decides a declaration again with everything that is known now; nothing happens where that
    /// says the same as before.
    ///
    /// # Errors
    /// [`ActError`]
    pub async fn decide_again(&mut self, case: CaseId, cause: DecidedBy, by: &Author) -> Result<(), ActError> {
        let Some(declaration) = self.declaration(case).await?.cloned() else { return Err(super::no_declaration()) };
        let id = &declaration.registration.message.id;
        let Some(bytes) = self.content(id).await? else {
            return Err(StoreError::Damaged(format!("message {id} of declaration {case} is missing")).into());
        };
        let known = self.known(&declaration).await?;
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
        let decision = examine::decide(&edition, received, &mut reading, (&known, key));
        self.command(case, &Command::Decide { cause, decision: Box::new(decision) }, by).await?;
        Ok(())
    }

    /// Everything that is known beside a declaration, this transaction's doings included.
    pub(in crate::service) async fn known(&mut self, declaration: &Declaration) -> Result<Known, StoreError> {
        let holder = declaration.registration.holder.as_deref();
        let name = name_of(declaration.id, &declaration.registration);
        let mut found = Known { facts: declaration.facts.clone(), ..Known::default() };
        for row in known::evidence(&mut self.link(), declaration.id, holder).await? {
            if self.in_hand(row.from).is_none() {
                let mut entry = row.entry;
                if row.declaration == Some(declaration.id) {
                    entry.declaration = Some(name.clone());
                }
                found.evidence.push(entry);
            }
        }
        let mut dossiers: Vec<Dossier> = Vec::new();
        for dossier in declaration.dossiers.values() {
            if let Some(dossier) = self.dossier(*dossier).await? {
                dossiers.push(dossier.clone());
            }
        }
        let (mut changed, mut recorded) = (Vec::new(), Vec::new());
        for dossier in self.dossiers_in_hand() {
            let about = dossier.link.as_ref().is_some_and(|(linked, ..)| *linked == declaration.id);
            let of_holder = holder.is_some() && dossier.holder.as_deref() == holder;
            for issued in dossier.live().filter(|_| about || of_holder) {
                let mut entry = issued.evidence.clone();
                if entry.declaration.is_some() {
                    if !about {
                        continue;
                    }
                    entry.declaration = Some(name.clone());
                }
                changed.push(entry);
            }
            if of_holder {
                recorded.extend(dossier.recorded.iter().cloned());
            }
        }
        found.evidence.append(&mut changed);
        if let Some(holder) = holder {
            for (from, entry) in known::history(&mut self.link(), holder).await? {
                if self.in_hand(from).is_none() {
                    found.history.push(entry);
                }
            }
        }
        found.history.append(&mut recorded);
        found.evidence.extend(examine::implied(declaration, &dossiers, &self.edition));
        Ok(found)
    }
}
