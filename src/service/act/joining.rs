//! Dossiers that came before the declaration are joined with it.

use std::collections::BTreeSet;

use super::super::desk::{ActError, Desk};
use super::super::examine;
use super::on_dossier::goods;
use crate::clearance::case::declaration::{Command as DeclarationCommand, Declaration};
use crate::clearance::case::dossier::Command;
use crate::clearance::case::{Author, CaseId, join};
use crate::store::cases;

impl Desk<'_> {
    /// Joins a declaration with the dossiers of its trader that serve it; says how many.
    pub(super) async fn join_dossiers(&mut self, case: CaseId, holder: &str, by: &Author) -> Result<usize, ActError> {
        let mut waiting = cases::unlinked_dossiers(&mut self.link(), holder).await?;
        let in_hand = self.dossiers_in_hand().into_iter().filter(|dossier| dossier.holder.as_deref() == Some(holder));
        waiting.extend(in_hand.map(|dossier| dossier.id));
        waiting.dedup();
        if waiting.is_empty() {
            return Ok(0);
        }
        let Some(declaration) = self.declaration(case).await? else { return Ok(0) };
        let message = declaration.registration.message.id.clone();
        let Some(bytes) = self.content(&message).await? else { return Ok(0) };
        let edition = std::sync::Arc::clone(&self.edition);
        let Ok(reading) = examine::read_again(&bytes, &edition) else { return Ok(0) };
        let goods = goods(&reading);
        let mut joined = 0;
        for id in waiting {
            let Some(dossier) = self.dossier(id).await?.cloned() else { continue };
            let open = edition.cycle(dossier.procedure.as_deref()).is_some_and(|cycle| dossier.is_open(cycle));
            if !open && dossier.live().next().is_none() {
                continue;
            }
            let Some(declaration) = self.declaration(case).await? else { break };
            let declaration = declaration.clone();
            let held = self.held_tasks(&declaration).await?;
            let Some((task, lines)) = join(&dossier, &declaration, &goods, &held) else { continue };
            let procedure = dossier.procedure.clone();
            let link = Command::Link { declaration: case, task: task.clone(), lines };
            self.dossier_command(id, &link, by).await?;
            self.command(case, &DeclarationCommand::LinkDossier { task, dossier: id, procedure }, by).await?;
            joined += 1;
        }
        Ok(joined)
    }

    /// The tasks of a declaration that a dossier handles, or has ended with a result that counts.
    async fn held_tasks(&mut self, declaration: &Declaration) -> Result<BTreeSet<String>, ActError> {
        let mut held = BTreeSet::new();
        for (task, dossier) in &declaration.dossiers {
            if self.dossier(*dossier).await?.is_none_or(|dossier| !dossier.is_spent()) {
                held.insert(task.clone());
            }
        }
        Ok(held)
    }

    /// Joins a dossier with the open declarations of its trader, the oldest that it serves first.
    pub(super) async fn join_declaration(&mut self, dossier: CaseId, by: &Author) -> Result<Option<CaseId>, ActError> {
        let Some(holder) = self.dossier(dossier).await?.and_then(|dossier| dossier.holder.clone()) else {
            return Ok(None);
        };
        for case in crate::store::waiting::open_of_holder(&mut self.link(), &holder).await? {
            if self.join_dossiers(case, &holder, by).await? > 0
                && self.dossier(dossier).await?.is_some_and(|dossier| dossier.link.is_some())
            {
                return Ok(Some(case));
            }
        }
        Ok(None)
    }
}
