//! Declarations that are there already under the names of those that come.
//!
//! A number is customs' and names one declaration, whoever sends it; a reference is its sender's own,
//! and names one of his for a trader. Another country's numbers are another customs'.

use std::collections::BTreeSet;

use super::{ActError, Desk};
use crate::clearance::case::declaration::{Declaration, Registration, Status};
use crate::clearance::case::{CaseId, Refused, RefusedReason};
use crate::store::{StoreError, cases};

/// More declarations of one name than this are not looked through.
const NAMESAKES: i64 = 50;

/// The names of a declaration.
pub(in crate::service) fn names_of(registration: &Registration) -> impl Iterator<Item = &str> {
    [&registration.number, &registration.reference].into_iter().flatten().map(String::as_str)
}

/// What is there already under the name of a declaration that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Namesake {
    /// One from the same declarant for the same trader.
    Own(CaseId),
    /// Another party's has its number.
    Others,
}

impl Desk<'_> {
    /// Takes note of declarations that have names under which some come in this transaction.
    pub fn know_names(&mut self, named: Vec<(String, CaseId)>) {
        for (name, case) in named {
            self.names.entry(name).or_default().push(case);
        }
    }

    /// What is there under the name of a declaration that comes: of two numbers of customs the same,
    /// else the same reference. What was cancelled or ended is there no more.
    pub(in crate::service) async fn namesake(
        &mut self,
        registration: &Registration,
    ) -> Result<Option<Namesake>, StoreError> {
        let named = names_of(registration).filter_map(|name| self.names.get(name)).flatten();
        let cases: BTreeSet<CaseId> = named.copied().collect();
        let mut found = None;
        for case in cases {
            let Some(known) = self.declaration(case).await?.filter(|known| !is_gone(known)) else { continue };
            let before = &known.registration;
            let same = match (&before.number, &registration.number) {
                (Some(before), Some(number)) => before == number,
                _ => before.reference.is_some() && before.reference == registration.reference,
            };
            if same && before.filer == registration.filer && before.holder == registration.holder {
                return Ok(Some(Namesake::Own(case)));
            }
            if has_number_of(known, registration) {
                found = Some(Namesake::Others);
            }
        }
        Ok(found)
    }

    /// Refuses to let a declaration become what has the number of another.
    pub(in crate::service) async fn number_is_free(
        &mut self,
        case: CaseId,
        registration: &Registration,
    ) -> Result<(), ActError> {
        let own = self.declaration(case).await?.and_then(|known| known.registration.number.clone());
        let Some(number) = registration.number.clone().filter(|number| own.as_ref() != Some(number)) else {
            return Ok(());
        };
        let kept = cases::named(&mut self.link(), std::slice::from_ref(&number)).await?;
        self.know_names(kept);
        let named: BTreeSet<CaseId> = self.names.get(&number).into_iter().flatten().copied().collect();
        for other in named.into_iter().filter(|other| *other != case) {
            let known = self.declaration(other).await?;
            if known.is_some_and(|known| !is_gone(known) && has_number_of(known, registration)) {
                return Err(number_taken(&number).into());
            }
        }
        Ok(())
    }

    /// The declarations that a name may mean, those of this transaction included.
    pub(in crate::service) async fn named(&mut self, name: &str) -> Result<Vec<cases::Named>, StoreError> {
        let mut found = cases::declarations_named(&mut self.link(), name, NAMESAKES).await?;
        let in_hand: BTreeSet<CaseId> = self.names.get(name).into_iter().flatten().copied().collect();
        for case in in_hand {
            let Some(known) = self.declaration(case).await? else { continue };
            found.retain(|named| named.case != case);
            let by_reference = known.registration.number.as_deref() != Some(name);
            if names_of(&known.registration).any(|own| own == name) {
                found.push(cases::Named { case, by_reference, is_gone: is_gone(known) });
            }
        }
        Ok(found)
    }
}

/// Why a declaration is refused whose number another has; whose that is is nobody else's business.
pub(in crate::service) fn number_taken(number: &str) -> Refused {
    let message = format!(
        "there is a declaration under number `{number}` already that is not this one: a number of customs names one declaration"
    );
    Refused::because(RefusedReason::Conflict, message)
}

fn is_gone(known: &Declaration) -> bool {
    matches!(known.status, Status::Cancelled | Status::Aborted)
}

fn has_number_of(known: &Declaration, registration: &Registration) -> bool {
    let before = &known.registration;
    !before.advisory && !registration.advisory && before.number.is_some() && before.number == registration.number
}
