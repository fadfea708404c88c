//! The editions of the law that the service has, and which of them decides today.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::answers::Writers;
use crate::law::life_cycle::LifeCycle;
use crate::law::{AgencyId, Day, Pack};
use crate::screening::Screener;
use crate::store::packs::Installed;

/// An edition, ready to screen with. Editions live as long as the process: a former one stays for
/// its dates, and few are ever installed.
#[derive(Debug)]
pub struct Edition {
    /// The pack.
    pub pack: &'static Pack,
    /// Screens under it.
    pub screener: Screener<'static>,
    /// Its time zone.
    pub zone: TimeZone,
    /// Its answers.
    pub writers: Writers,
    /// For each procedure the agency of the first rule that it serves.
    agencies: HashMap<&'static str, AgencyId>,
    /// The first day on which it decides.
    pub active_from: Date,
    /// From this day on it decides no more.
    pub active_to: Option<Date>,
}

impl Edition {
    /// Makes a pack ready.
    pub fn new(pack: &'static Pack, active_from: Date, active_to: Option<Date>) -> Self {
        let zone = TimeZone::get(&pack.time_zone).unwrap_or(TimeZone::UTC);
        let mut agencies = HashMap::new();
        for rule in &pack.rules {
            for procedure in &rule.procedures {
                agencies.entry(pack.procedures[procedure.index()].code.as_str()).or_insert(rule.agency);
            }
        }
        let (screener, writers) = (Screener::new(pack), Writers::new(pack));
        Self { pack, screener, zone, writers, agencies, active_from, active_to }
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

    /// The life cycle of a procedure's dossiers, by its code.
    pub fn cycle(&self, procedure: Option<&str>) -> Option<&'static LifeCycle> {
        let id = procedure.and_then(|code| self.pack.procedure(code));
        self.pack.life_cycle_of(id)
    }
}

/// The editions.
#[derive(Debug)]
pub struct LawBook {
    editions: RwLock<Arc<Vec<Arc<Edition>>>>,
}

impl LawBook {
    /// A book with the pack that the installation began with: it decides wherever no later one does.
    pub fn new(first: &'static Pack) -> Self {
        let first = Arc::new(Edition::new(first, Date::MIN, None));
        Self { editions: RwLock::new(Arc::new(vec![first])) }
    }

    /// Takes in the editions that were installed.
    ///
    /// # Errors
    /// The digest of an edition whose compiled form is not of this version of the program.
    pub fn take(&self, installed: &[Installed]) -> Result<(), String> {
        let known = self.all();
        let mut editions: Vec<Arc<Edition>> = known.first().cloned().into_iter().collect();
        for one in installed {
            let same = |edition: &&Arc<Edition>| edition.pack.digest == one.digest;
            let pack: &'static Pack = match known.iter().find(same) {
                Some(edition) => edition.pack,
                None => {
                    let pack = Pack::from_bytes(&one.compiled).map_err(|error| {
                        format!("edition {} ({}) cannot be read: {error}; install it again", one.edition, one.digest)
                    })?;
                    Box::leak(Box::new(pack))
                }
            };
            editions.push(Arc::new(Edition::new(pack, one.active_from, one.active_to)));
        }
        *self.editions.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(editions);
        Ok(())
    }

    /// All editions, the earliest first.
    pub fn all(&self) -> Arc<Vec<Arc<Edition>>> {
        Arc::clone(&self.editions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The edition that decides at a moment: the last that is active then.
    pub fn at(&self, now: Timestamp) -> Arc<Edition> {
        let all = self.all();
        let active = |edition: &&Arc<Edition>| {
            let today = edition.day_of(now);
            edition.active_from <= today && edition.active_to.is_none_or(|to| today < to)
        };
        // INVARIANT: the first edition is active always.
        Arc::clone(all.iter().rev().find(active).unwrap_or(&all[0]))
    }

    /// The edition of a digest.
    pub fn of_digest(&self, digest: &str) -> Option<Arc<Edition>> {
        self.all().iter().rev().find(|edition| edition.pack.digest == digest).cloned()
    }

    /// The first day after `today` on which another edition may decide.
    pub fn next_change(&self, today: Date) -> Option<Date> {
        let all = self.all();
        let days = all.iter().flat_map(|edition| [Some(edition.active_from), edition.active_to]).flatten();
        days.filter(|day| *day > today).min()
    }
}
