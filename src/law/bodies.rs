//! Ministries and agencies: who they are on a day, and who took over.

use serde::{Deserialize, Serialize};

use super::day::{Day, Interval};
use super::pack::{AgencyId, MinistryId, Pack};

/// A name for some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyName {
    /// The days of this name.
    pub valid: Interval,
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// The ministry above it on these days; a ministry has none.
    pub ministry: Option<MinistryId>,
}

/// A ministry (bộ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ministry {
    /// Its code in the single window.
    pub code: String,
    /// Its names, in the order of their days.
    pub names: Vec<BodyName>,
    /// Who took over when its days ended; the first of them is asked where nothing else says who.
    pub successors: Vec<MinistryId>,
}

/// An agency that decides (cơ quan cấp phép, OGA).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Its code.
    pub code: String,
    /// Its names and the ministries above it, in the order of their days.
    pub names: Vec<BodyName>,
    /// Who took over when its days ended.
    pub successor: Option<AgencyId>,
}

/// Who handles a matter on a day.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'p> {
    /// The agency.
    pub agency: AgencyId,
    /// The agency's name on the day.
    pub agency_name: &'p BodyName,
    /// The ministry above it on the day.
    pub ministry: MinistryId,
    /// The ministry's name on the day.
    pub ministry_name: &'p BodyName,
}

/// A body forwards at most this often: a chain of successors is shorter in every country.
const FORWARDED_MAX: usize = 16;

impl Ministry {
    /// Its name on a day: the one in force, else the nearest.
    pub fn name_on(&self, day: Day) -> &BodyName {
        name_on(&self.names, day)
    }
}

impl Agency {
    /// Its name on a day: the one in force, else the nearest.
    pub fn name_on(&self, day: Day) -> &BodyName {
        name_on(&self.names, day)
    }
}

impl Pack {
    /// The ministry that answers for `ministry` on a day: itself while it exists, then its
    /// successor.
    pub fn ministry_on(&self, ministry: MinistryId, day: Day) -> MinistryId {
        let mut at = ministry;
        for _ in 0..FORWARDED_MAX {
            let known = &self.ministries[at.index()];
            match known.successors.first() {
                Some(next) if ended(&known.names, day) => at = *next,
                _ => break,
            }
        }
        at
    }

    /// Who handles on a day what `agency` is charged with: the agency or its successor, under
    /// the ministry that it belongs to on that day.
    pub fn authority_on(&self, agency: AgencyId, day: Day) -> Authority<'_> {
        let mut at = agency;
        for _ in 0..FORWARDED_MAX {
            let known = &self.agencies[at.index()];
            match known.successor {
                Some(next) if ended(&known.names, day) => at = next,
                _ => break,
            }
        }
        let agency_name = self.agencies[at.index()].name_on(day);
        let ministry = self.ministry_on(agency_name.ministry.unwrap_or(MinistryId(0)), day);
        let ministry_name = self.ministries[ministry.index()].name_on(day);
        Authority { agency: at, agency_name, ministry, ministry_name }
    }
}

/// Whether the last of the names ended before the day.
fn ended(names: &[BodyName], day: Day) -> bool {
    names.last().is_some_and(|last| last.valid.to < day)
}

fn name_on(names: &[BodyName], day: Day) -> &BodyName {
    static NAMELESS: BodyName =
        BodyName { valid: Interval::ALWAYS, name_vi: String::new(), name_en: String::new(), ministry: None };
    let begun = names.iter().rfind(|name| name.valid.from <= day);
    begun.or(names.first()).unwrap_or(&NAMELESS)
}
