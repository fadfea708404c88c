//! Declarations that are there already under the names of those that come.

use std::collections::BTreeSet;

use super::Desk;
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::{Registration, Status};
use crate::store::StoreError;

/// The names of a declaration.
pub(in crate::service) fn names_of(registration: &Registration) -> impl Iterator<Item = &str> {
    [&registration.number, &registration.reference].into_iter().flatten().map(String::as_str)
}

impl Desk<'_> {
    /// Takes note of declarations that have names under which some come in this transaction.
    pub fn know_names(&mut self, named: Vec<(String, CaseId)>) {
        for (name, case) in named {
            self.names.entry(name).or_default().push(case);
        }
    }

    /// The declaration that is there under the name of one that comes, from the same declarant for the
    /// same trader: of two numbers of customs the same, else the same reference. What was cancelled
    /// or ended is there no more.
    pub(in crate::service) async fn namesake(
        &mut self,
        registration: &Registration,
    ) -> Result<Option<CaseId>, StoreError> {
        let named = names_of(registration).filter_map(|name| self.names.get(name)).flatten();
        let cases: BTreeSet<CaseId> = named.copied().collect();
        for case in cases {
            let Some(known) = self.declaration(case).await? else { continue };
            let before = &known.registration;
            let same = match (&before.number, &registration.number) {
                (Some(before), Some(number)) => before == number,
                _ => before.reference.is_some() && before.reference == registration.reference,
            };
            let gone = matches!(known.status, Status::Cancelled | Status::Aborted);
            if same && !gone && before.filer == registration.filer && before.holder == registration.holder {
                return Ok(Some(case));
            }
        }
        Ok(None)
    }
}
