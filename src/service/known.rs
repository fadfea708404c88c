//! Everything that is known beside a declaration, put together for its screening.

use std::collections::HashSet;

use super::examine::{self, Known, name_of};
use super::law_book::Edition;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Declaration;
use crate::clearance::case::dossier::Dossier;
use crate::store::{Link, StoreError, cases, known};

/// Dossiers as a transaction has left them: what is kept of them does not count.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// The ids of all of them.
    pub(super) ids: HashSet<CaseId>,
    /// Those that handle the declaration's tasks or are its trader's, in the order of their ids.
    pub(super) dossiers: Vec<Dossier>,
}

/// Everything that is known beside a declaration: what the store keeps, and what is in hand.
pub(super) async fn gather(
    link: &mut Link<'_>,
    declaration: &Declaration,
    in_hand: &Beside,
    edition: &Edition,
) -> Result<Known, StoreError> {
    let holder = declaration.registration.holder.as_deref();
    let name = name_of(declaration.id, &declaration.registration);
    let is_kept = |case: CaseId| !in_hand.ids.contains(&case);
    let mut found = Known { facts: declaration.facts.clone(), ..Known::default() };
    for row in known::evidence(link, declaration.id, holder).await?.into_iter().filter(|row| is_kept(row.from)) {
        let mut entry = row.entry;
        if row.declaration == Some(declaration.id) {
            entry.declaration = Some(name.clone());
        }
        found.evidence.push(entry);
    }
    if let Some(holder) = holder {
        let history = known::history(link, holder).await?;
        found.history.extend(history.into_iter().filter(|(from, _)| is_kept(*from)).map(|(_, entry)| entry));
    }
    for dossier in &in_hand.dossiers {
        let about = dossier.link.as_ref().is_some_and(|(linked, ..)| *linked == declaration.id);
        for issued in dossier.live() {
            let mut entry = issued.evidence.clone();
            match entry.declaration {
                Some(_) if !about => continue,
                Some(_) => entry.declaration = Some(name.clone()),
                None => {}
            }
            found.evidence.push(entry);
        }
        if holder.is_some() && dossier.holder.as_deref() == holder {
            found.history.extend(dossier.recorded.iter().cloned());
        }
    }
    let mut handling = Vec::new();
    for id in declaration.dossiers.values() {
        match in_hand.dossiers.iter().find(|dossier| dossier.id == *id) {
            Some(dossier) => handling.push(dossier.clone()),
            None => handling.extend(cases::dossier(link, *id).await?),
        }
    }
    found.evidence.extend(examine::implied(declaration, &handling, edition));
    Ok(found)
}
