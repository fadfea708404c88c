//! Who is told what: the organisations that handle tasks and look after cases.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::shared::{Concerns, Shared};
use crate::people::OrganisationKind;
use crate::store::directory::{self, Listed};
use crate::store::{Link, StoreError};

/// The organisations, by what they do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    of_agency: HashMap<String, Vec<String>>,
    customs: Vec<String>,
    operators: Vec<String>,
    envelopes_only: HashSet<String>,
}

impl Directory {
    /// A directory of these; `envelopes_only` are those that take nothing but envelopes.
    pub fn new(listed: Vec<Listed>, envelopes_only: Vec<String>) -> Self {
        let mut directory = Self { envelopes_only: envelopes_only.into_iter().collect(), ..Self::default() };
        for Listed { id, kind, agency } in listed {
            match (kind, agency) {
                (OrganisationKind::Agency, Some(code)) => directory.of_agency.entry(code).or_default().push(id),
                (OrganisationKind::Customs, _) => directory.customs.push(id),
                (OrganisationKind::Operator, _) => directory.operators.push(id),
                _ => {}
            }
        }
        directory
    }

    /// The organisations that act as an agency.
    pub fn of_agency(&self, code: Option<&str>) -> &[String] {
        code.and_then(|code| self.of_agency.get(code)).map_or(&[], Vec::as_slice)
    }

    /// Customs.
    pub fn customs(&self) -> &[String] {
        &self.customs
    }

    /// Those who look after the installation.
    pub fn operators(&self) -> &[String] {
        &self.operators
    }

    /// Whether an organisation takes nothing but envelopes of the single window.
    pub fn takes_envelopes_only(&self, organisation: &str) -> bool {
        self.envelopes_only.contains(organisation)
    }
}

/// The directory as it was read last, and the entry of the journal up to which it is known to be
/// right: every change of an organisation stands there, whichever process made it.
#[derive(Debug, Default)]
pub struct DirectoryCache(Mutex<Option<(i64, Arc<Directory>)>>);

impl DirectoryCache {
    fn lock(&self) -> MutexGuard<'_, Option<(i64, Arc<Directory>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory for a transaction that begins after entry `seq` of the journal.
    ///
    /// # Errors
    /// [`StoreError`] where it has to be read and cannot be.
    pub async fn at(&self, seq: i64, link: &mut Link<'_>) -> Result<Arc<Directory>, StoreError> {
        if let Some((known, directory)) = &*self.lock()
            && *known == seq
        {
            return Ok(Arc::clone(directory));
        }
        let directory = Directory::new(directory::listed(link).await?, directory::envelopes_only(link).await?);
        let directory = Arc::new(directory);
        *self.lock() = Some((seq, Arc::clone(&directory)));
        Ok(directory)
    }

    /// Entries `from` to `to` of the journal, which are durable now, have changed nothing.
    pub fn still_right(&self, from: i64, to: i64) {
        if let Some((known, _)) = &mut *self.lock()
            && *known == from
        {
            *known = to;
        }
    }

    /// Something has changed: it is read again.
    pub fn forget(&self) {
        *self.lock() = None;
    }
}

/// Agencies that have tasks while no organisation stands for them, as far as the log has told it:
/// each once.
#[derive(Debug, Default)]
pub struct Unattended(Mutex<HashSet<String>>);

impl Unattended {
    /// Tells of the agencies among those concerned for whom nobody stands; the transaction began after
    /// entry `seq` of the journal.
    pub(super) async fn look<'c>(
        &self,
        shared: &Shared,
        seq: i64,
        concerned: impl Iterator<Item = &'c Arc<Concerns>>,
        link: &mut Link<'_>,
    ) -> Result<(), StoreError> {
        let directory = shared.directory.at(seq, link).await?;
        let edition = shared.law.at(shared.clock.now());
        for agency in concerned.flat_map(|concerns| &concerns.agencies) {
            if !directory.of_agency(Some(agency)).is_empty() || edition.customs_agency() == Some(agency.as_str()) {
                continue;
            }
            if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(agency.clone()) {
                tracing::warn!(agency = %agency, "agency {agency} has tasks, and no organisation stands for it");
            }
        }
        Ok(())
    }
}
