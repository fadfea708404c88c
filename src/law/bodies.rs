//! Ministries and agencies: who they are on a day, and who took over.

use serde::{Deserialize, Serialize};

use super::day::{Day, Interval};
use super::pack::{AgencyId, MinistryId, Office, Pack};

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

impl Office {
    /// Its name on a day: the one in force, else the nearest.
    pub fn name_on(&self, day: Day) -> &BodyName {
        name_on(&self.names, day)
    }
}

impl Pack {
    /// The ministry that answers for `ministry` on a day: itself while it exists, then its
    /// successor, and before it existed the first of those that it took over from.
    pub fn ministry_on(&self, ministry: MinistryId, day: Day) -> MinistryId {
        follow(
            ministry,
            day,
            |at| &self.ministries[at.index()].names,
            |at| self.ministries[at.index()].successors.first().copied(),
            |at| {
                let before = self.ministries.iter().zip(0u16..).find(|(other, _)| other.successors.contains(&at));
                before.map(|(_, id)| MinistryId(id))
            },
        )
    }

    /// The name of a customs office on a day; a code of six signs is an office with its
    /// sub-section. `None`: the list does not have it.
    pub fn office_on(&self, code: &str, day: Day) -> Option<&BodyName> {
        let find = |code: &str| self.offices.binary_search_by(|known| known.code.as_str().cmp(code)).ok();
        let section = || (code.len() == 6).then(|| code.get(..4)).flatten().and_then(find);
        let office = &self.offices[find(code).or_else(section)?];
        Some(office.name_on(day))
    }

    /// Who handles on a day what `agency` is charged with: the agency, its successor, or before it
    /// existed the first of those that it took over from; under the ministry that it belongs to on
    /// that day.
    pub fn authority_on(&self, agency: AgencyId, day: Day) -> Authority<'_> {
        let at = follow(
            agency,
            day,
            |at| &self.agencies[at.index()].names,
            |at| self.agencies[at.index()].successor,
            |at| {
                let before = self.agencies.iter().zip(0u16..).find(|(other, _)| other.successor == Some(at));
                before.map(|(_, id)| AgencyId(id))
            },
        );
        let agency_name = self.agencies[at.index()].name_on(day);
        let ministry = self.ministry_on(agency_name.ministry.unwrap_or(MinistryId(0)), day);
        let ministry_name = self.ministries[ministry.index()].name_on(day);
        Authority { agency: at, agency_name, ministry, ministry_name }
    }
}

/// Goes from a body to the one that stands for it on a day: forward past its last name, back
/// before its first.
fn follow<'p, Id: Copy + PartialEq>(
    body: Id,
    day: Day,
    names: impl Fn(Id) -> &'p [BodyName],
    successor: impl Fn(Id) -> Option<Id>,
    predecessor: impl Fn(Id) -> Option<Id>,
) -> Id {
    let mut at = body;
    for _ in 0..FORWARDED_MAX {
        let of = names(at);
        let next = if of.last().is_some_and(|last| last.valid.to < day) {
            successor(at)
        } else if of.first().is_some_and(|first| day < first.valid.from) {
            predecessor(at)
        } else {
            None
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn name_on(names: &[BodyName], day: Day) -> &BodyName {
    static NAMELESS: BodyName =
        BodyName { valid: Interval::ALWAYS, name_vi: String::new(), name_en: String::new(), ministry: None };
    let begun = names.iter().rfind(|name| name.valid.from <= day);
    begun.or(names.first()).unwrap_or(&NAMELESS)
}
