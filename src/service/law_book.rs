//! The editions of the law that the service has, and which of them decides today.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::answers::Writers;
use crate::approval::Calendar;
use crate::law::life_cycle::LifeCycle;
use crate::law::{AgencyId, Day, Pack, ProcedureKind};
use crate::screening::Screener;
use crate::store::packs::{self, Installed, Stamp};
use crate::store::{Link, StoreError};

/// An edition, ready to screen with. Editions live as long as the process: a former one stays for
/// its dates, and few are ever installed.
#[derive(Debug)]
pub struct Edition {
    /// The pack.
    pub pack: &'static Pack,
    /// Screens under it.
    pub screener: Screener<'static>,
    /// Its calendar.
    pub calendar: Calendar,
    /// Its time zone.
    pub zone: TimeZone,
    /// Its answers.
    pub writers: Writers,
    /// For each procedure the agency of the first rule that it serves, whichever way the goods go; of
    /// one that serves none, its own.
    agencies: HashMap<&'static str, AgencyId>,
    /// The first day on which it decides.
    pub active_from: Date,
    /// From this day on it decides no more.
    pub active_to: Option<Date>,
}

impl Edition {
    /// Makes a pack ready.
    pub fn new(pack: &'static Pack, active_from: Date, active_to: Option<Date>) -> Self {
        let zone = Self::zone_of(pack);
        let mut agencies = HashMap::new();
        for rule in &pack.rules {
            for procedure in rule.procedures.iter().chain(rule.export_procedures.iter().flatten()) {
                agencies.entry(pack.procedures[procedure.index()].code.as_str()).or_insert(rule.agency);
            }
        }
        for procedure in &pack.procedures {
            if let Some(agency) = procedure.agency {
                agencies.entry(procedure.code.as_str()).or_insert(agency);
            }
        }
        let (screener, calendar, writers) = (Screener::new(pack), Calendar::new(pack), Writers::new(pack));
        Self { pack, screener, calendar, zone, writers, agencies, active_from, active_to }
    }

    /// The agency that is customs itself.
    pub fn customs_agency(&self) -> Option<&'static str> {
        self.pack.customs_agency.map(|agency| self.pack.agencies[agency.index()].code.as_str())
    }

    /// The time zone of a pack; UTC where it is not known, which lint reports.
    pub fn zone_of(pack: &Pack) -> TimeZone {
        TimeZone::get(&pack.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The agency that handles a procedure's dossiers on a day, by its code.
    pub fn agency_of(&self, procedure: &str, day: Date) -> Option<&'static str> {
        let agency = *self.agencies.get(procedure)?;
        let agency = self.pack.authority_on(agency, Day::of(day)).agency;
        Some(self.pack.agencies[agency.index()].code.as_str())
    }

    /// The day of a moment in the edition's zone.
    pub fn day_of(&self, moment: Timestamp) -> Date {
        self.zone.to_datetime(moment).date()
    }

    /// The kind of a procedure, by its code; dossiers under none ask for a certificate.
    pub fn kind_of(&self, procedure: Option<&str>) -> ProcedureKind {
        let id = procedure.and_then(|code| self.pack.procedure(code));
        id.map_or(ProcedureKind::Certificate, |id| self.pack.procedures[id.index()].kind)
    }

    /// The life cycle of a procedure's dossiers, by its code.
    pub fn cycle(&self, procedure: Option<&str>) -> Option<&'static LifeCycle> {
        let id = procedure.and_then(|code| self.pack.procedure(code));
        self.pack.life_cycle_of(id)
    }
}

/// An edition that was installed and cannot be read here: another version of the program compiled
/// it. It decides nothing until it is installed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What was installed.
    pub installed: Installed,
    /// Why it cannot be read.
    pub reason: String,
}

/// The editions.
#[derive(Debug)]
pub struct LawBook {
    editions: RwLock<Arc<Vec<Arc<Edition>>>>,
    unreadable: RwLock<Arc<Vec<Unreadable>>>,
    /// Packs that were made ready, by their digests: they live as long as the process.
    packs: Mutex<HashMap<String, &'static Pack>>,
    /// What the book was written from; held while it is written anew.
    stamp: tokio::sync::Mutex<Option<Stamp>>,
    /// The book is known to be right up to this entry of the journal.
    right_until: AtomicI64,
}

impl LawBook {
    /// A book with the pack that the installation began with: it decides wherever no later one does.
    pub fn new(first: &'static Pack) -> Self {
        let packs = Mutex::new(HashMap::from([(first.digest.clone(), first)]));
        let first = Arc::new(Edition::new(first, Date::MIN, None));
        Self {
            editions: RwLock::new(Arc::new(vec![first])),
            unreadable: RwLock::default(),
            packs,
            stamp: tokio::sync::Mutex::new(None),
            right_until: AtomicI64::new(-1),
        }
    }

    /// Reads what was installed and taken back since, by this process or another. Says whether
    /// anything was.
    ///
    /// # Errors
    /// [`StoreError`]; the book stays as it was then.
    pub async fn refresh(&self, link: &mut Link<'_>) -> Result<bool, StoreError> {
        let mut known = self.stamp.lock().await;
        let stamp = packs::stamp(link).await?;
        if *known == Some(stamp) {
            return Ok(false);
        }
        let (mut editions, mut unreadable) = (vec![self.first()], Vec::new());
        for installed in packs::all(link).await? {
            match self.edition(&installed, link).await? {
                Ok(edition) => editions.push(edition),
                Err(reason) => unreadable.push(Unreadable { installed, reason }),
            }
        }
        *self.editions.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(editions);
        *self.unreadable.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(unreadable);
        *known = Some(stamp);
        Ok(true)
    }

    async fn edition(
        &self,
        installed: &Installed,
        link: &mut Link<'_>,
    ) -> Result<Result<Arc<Edition>, String>, StoreError> {
        let (from, to) = (installed.active_from, installed.active_to);
        let same = |edition: &&Arc<Edition>| {
            edition.pack.digest == installed.digest && edition.active_from == from && edition.active_to == to
        };
        if let Some(edition) = self.all().iter().find(same) {
            return Ok(Ok(Arc::clone(edition)));
        }
        let ready = self.lock_packs().get(&installed.digest).copied();
        let pack = match ready {
            Some(pack) => pack,
            None => match Pack::from_bytes(&packs::compiled(link, &installed.digest).await?.unwrap_or_default()) {
                Ok(pack) => self.keep(pack),
                Err(error) => {
                    let reason = error.to_string();
                    tracing::error!(
                        law.digest = %installed.digest,
                        "edition {} of the law cannot be read and decides nothing until it is installed again: {reason}",
                        installed.edition
                    );
                    return Ok(Err(reason));
                }
            },
        };
        Ok(Ok(Arc::new(Edition::new(pack, from, to))))
    }

    fn lock_packs(&self) -> MutexGuard<'_, HashMap<String, &'static Pack>> {
        self.packs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a pack for the life of the process; the one of its digest that is kept already, where
    /// one is.
    pub(super) fn keep(&self, pack: Pack) -> &'static Pack {
        let mut packs = self.lock_packs();
        if let Some(known) = packs.get(&pack.digest) {
            return known;
        }
        let pack: &'static Pack = Box::leak(Box::new(pack));
        packs.insert(pack.digest.clone(), pack);
        pack
    }

    /// The book for a transaction that begins after entry `seq` of the journal: whoever installs
    /// something writes an entry.
    pub(super) async fn at_entry(&self, seq: i64, link: &mut Link<'_>) -> Result<(), StoreError> {
        if self.right_until.load(Ordering::Acquire) != seq {
            self.refresh(link).await?;
            self.right_until.store(seq, Ordering::Release);
        }
        Ok(())
    }

    /// Entries `from` to `to` of the journal, which are durable now, have changed nothing.
    pub(super) fn still_right(&self, from: i64, to: i64) {
        let _ = self.right_until.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }

    /// All editions, the earliest first. One that came again stands here again.
    pub fn all(&self) -> Arc<Vec<Arc<Edition>>> {
        Arc::clone(&self.editions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Editions that were installed and cannot be read.
    pub fn unreadable(&self) -> Arc<Vec<Unreadable>> {
        Arc::clone(&self.unreadable.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The edition that the installation began with.
    pub fn first(&self) -> Arc<Edition> {
        // INVARIANT: there is always a first edition.
        Arc::clone(&self.all()[0])
    }

    /// The edition that decides at a moment: the last that is active then.
    pub fn at(&self, now: Timestamp) -> Arc<Edition> {
        self.last(|edition| edition.day_of(now))
    }

    /// The edition that decides on a day, as far as that is known today.
    pub fn on(&self, day: Date) -> Arc<Edition> {
        self.last(|_| day)
    }

    fn last(&self, today: impl Fn(&Edition) -> Date) -> Arc<Edition> {
        let all = self.all();
        let active = |edition: &&Arc<Edition>| {
            let today = today(edition);
            edition.active_from <= today && edition.active_to.is_none_or(|to| today < to)
        };
        all.iter().rev().find(active).map_or_else(|| self.first(), Arc::clone)
    }

    /// The edition of a digest.
    pub fn of_digest(&self, digest: &str) -> Option<Arc<Edition>> {
        self.all().iter().rev().find(|edition| edition.pack.digest == digest).cloned()
    }

    /// The digest of an edition that has this name and is another.
    pub fn other_of_name(&self, name: &str, digest: &str) -> Option<String> {
        let is_other = |edition: &&Arc<Edition>| edition.pack.edition == name && edition.pack.digest != digest;
        self.all().iter().find(is_other).map(|edition| edition.pack.digest.clone())
    }

    /// The first moment after `now` at which another edition may decide.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let all = self.all();
        let begins = |edition: &Edition, day: Date| edition.zone.to_timestamp(day.at(0, 0, 0, 0)).ok();
        let days = all.iter().flat_map(|edition| {
            let days = [Some(edition.active_from), edition.active_to];
            days.into_iter().flatten().filter_map(|day| begins(edition, day))
        });
        days.filter(|moment| *moment > now).min()
    }
}
