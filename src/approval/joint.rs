//! Checks that meet on one line: who leads, and one visit instead of several.

use smallvec::SmallVec;

use super::{Weight, weight};
use crate::law::{AgencyId, Day, Lead, MinistryId, Pack, RuleId};
use crate::screening::{LineScreening, Screening};
use crate::trade::{Stage, Status};

/// Open inspections that meet on one line: they can be one joint visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint<'p> {
    /// The rules that meet.
    pub rules: SmallVec<[RuleId; 4]>,
    /// The agencies that handle them on the day, each once.
    pub agencies: SmallVec<[AgencyId; 4]>,
    /// Who leads; `None`: the pack knows no act that says so.
    pub lead: Option<Leader<'p>>,
}

/// Who leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leader<'p> {
    /// The ministry, as it is on the day.
    pub ministry: MinistryId,
    /// Its agency; `None`: the one that the ministry names.
    pub agency: Option<AgencyId>,
    /// The act that says so; `None`: there is only one agency.
    pub by: Option<&'p Lead>,
}

/// The inspections before clearance that meet on a line on a day; `None` where fewer than two do.
pub fn joint<'p>(pack: &'p Pack, screening: &Screening, line: &LineScreening, day: Day) -> Option<Joint<'p>> {
    let requirements = screening.requirements_of(line);
    if requirements.len() < 2 {
        return None;
    }
    let mut rules: SmallVec<[RuleId; 4]> = SmallVec::new();
    let mut agencies: SmallVec<[AgencyId; 4]> = SmallVec::new();
    for requirement in requirements {
        let rule = pack.rule(requirement.rule);
        let counts = rule.stage == Stage::BeforeClearance
            && pack.measures[rule.measure.index()].inspection
            && matches!(requirement.status, Status::Required | Status::Pending)
            && weight(requirement, rule.stage) == Weight::Counts;
        if counts && !rules.contains(&requirement.rule) {
            rules.push(requirement.rule);
            let agency = pack.authority_on(rule.agency, day).agency;
            if !agencies.contains(&agency) {
                agencies.push(agency);
            }
        }
    }
    if rules.len() < 2 {
        return None;
    }
    let lead = match agencies[..] {
        [only] => Some(Leader { ministry: pack.authority_on(only, day).ministry, agency: Some(only), by: None }),
        _ => pack.leads.iter().filter(|lead| lead.valid.contains(day)).find_map(|lead| leads(pack, lead, &rules, day)),
    };
    Some(Joint { rules, agencies, lead })
}

/// Whether an act about who leads fits the rules that meet: several of its checks, or one of them
/// by several ministries.
fn leads<'p>(pack: &'p Pack, lead: &'p Lead, rules: &[RuleId], day: Day) -> Option<Leader<'p>> {
    let mut about: SmallVec<[(u16, MinistryId); 4]> = SmallVec::new();
    let mut own = None;
    let ministry = pack.ministry_on(lead.ministry, day);
    for rule in rules.iter().map(|id| pack.rule(*id)).filter(|rule| lead.measures.contains(&rule.measure)) {
        let authority = pack.authority_on(rule.agency, day);
        if !about.contains(&(rule.measure.0, authority.ministry)) {
            about.push((rule.measure.0, authority.ministry));
        }
        if authority.ministry == ministry {
            own = own.or(Some(authority.agency));
        }
    }
    (about.len() > 1).then_some(Leader { ministry, agency: own.or(lead.agency), by: Some(lead) })
}
