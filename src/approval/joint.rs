//! Requirements that meet on one line, inspections that meet in one declaration: who leads, and
//! one visit instead of several.

use smallvec::SmallVec;

use super::tasks::method_agency;
use super::{Weight, weight};
use crate::law::{AgencyId, Day, Lead, MeasureId, Meeting, MinistryId, Pack, Reach, RuleId};
use crate::screening::{LineScreening, Requirement, Screening};
use crate::trade::{Stage, Status};

/// Open requirements before clearance that meet on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint<'p> {
    /// The rules that meet.
    pub rules: SmallVec<[RuleId; 4]>,
    /// The agencies that handle them on the day, each once.
    pub agencies: SmallVec<[AgencyId; 4]>,
    /// The agencies that look at the goods: those of the inspections, each once.
    pub inspecting: SmallVec<[AgencyId; 4]>,
    /// At least two of them are inspections: they can be one joint visit.
    pub inspection: bool,
    /// Who leads; `None`: the pack knows no act that says so.
    pub lead: Option<Leader<'p>>,
}

/// Open inspections of one declaration that an act gives to one agency, on several lines.
#[derive(Debug, Clone, PartialEq)]
pub struct JointOfSeveral<'p> {
    /// The numbers of the lines.
    pub lines: Vec<u32>,
    /// The rules that meet.
    pub rules: SmallVec<[RuleId; 4]>,
    /// The agencies that handle them on the day, each once.
    pub agencies: SmallVec<[AgencyId; 4]>,
    /// Who leads.
    pub lead: Leader<'p>,
}

/// Who leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leader<'p> {
    /// The ministry, as it is on the day.
    pub ministry: MinistryId,
    /// Its agency; `None`: the one that the ministry names.
    pub agency: Option<AgencyId>,
    /// The act that says so; `None`: one agency makes all inspections.
    pub by: Option<&'p Lead>,
}

/// The requirements that meet on a line on a day, open, counting and before clearance; `None`
/// where fewer than two rules do. Permits meet inspections and each other, but nobody visits for
/// them.
pub fn joint<'p>(pack: &'p Pack, screening: &Screening, line: &LineScreening, day: Day) -> Option<Joint<'p>> {
    let requirements = screening.requirements_of(line);
    if requirements.len() < 2 {
        return None;
    }
    let mut rules: SmallVec<[RuleId; 4]> = SmallVec::new();
    let mut inspections: SmallVec<[RuleId; 4]> = SmallVec::new();
    let mut agencies: SmallVec<[AgencyId; 4]> = SmallVec::new();
    let mut inspecting: SmallVec<[AgencyId; 4]> = SmallVec::new();
    for requirement in requirements.iter().filter(|requirement| is_open(pack, requirement)) {
        let agency = handled_by(pack, requirement, day);
        add(&mut rules, requirement.rule);
        add(&mut agencies, agency);
        if inspects(pack, requirement) {
            add(&mut inspections, requirement.rule);
            add(&mut inspecting, agency);
        }
    }
    if rules.len() < 2 {
        return None;
    }
    let mut acts = pack.leads.iter().filter(|lead| lead.valid.contains(day));
    let by_act = acts.find_map(|lead| leads(pack, lead, &inspections, day));
    let only = match (&agencies[..], &inspecting[..]) {
        ([only], _) => Some(*only),
        (_, [only]) if inspections.len() > 1 => Some(*only),
        _ => None,
    };
    let by_itself =
        |agency| Leader { ministry: pack.authority_on(agency, day).ministry, agency: Some(agency), by: None };
    let lead = by_act.or_else(|| only.map(by_itself));
    Some(Joint { rules, agencies, inspecting, inspection: inspections.len() > 1, lead })
}

/// The inspections that meet in a declaration on a day, on more than one line, and that an act
/// about the whole consignment gives to one agency.
pub fn joint_of_several<'p>(pack: &'p Pack, screening: &Screening, day: Day) -> Vec<JointOfSeveral<'p>> {
    let mut found: Vec<JointOfSeveral<'p>> = Vec::new();
    if screening.lines.len() < 2 {
        return found;
    }
    for lead in pack.leads.iter().filter(|lead| lead.of == Reach::Consignment && lead.valid.contains(day)) {
        let mut lines = Vec::new();
        let mut rules: SmallVec<[RuleId; 4]> = SmallVec::new();
        let mut agencies: SmallVec<[AgencyId; 4]> = SmallVec::new();
        for line in &screening.lines {
            let concerned = screening.requirements_of(line).iter().filter(|requirement| {
                lead.concerns(pack.rule(requirement.rule).measure)
                    && inspects(pack, requirement)
                    && is_open(pack, requirement)
            });
            let mut any = false;
            for requirement in concerned {
                any = true;
                add(&mut rules, requirement.rule);
                add(&mut agencies, handled_by(pack, requirement, day));
            }
            if any {
                lines.push(line.number);
            }
        }
        let told = found.iter().any(|other| rules.iter().all(|rule| other.rules.contains(rule)));
        if lines.len() > 1
            && !told
            && let Some(lead) = leads(pack, lead, &rules, day)
        {
            found.push(JointOfSeveral { lines, rules, agencies, lead });
        }
    }
    found
}

fn add<T: PartialEq>(to: &mut SmallVec<[T; 4]>, new: T)
where
    [T; 4]: smallvec::Array<Item = T>,
{
    if !to.contains(&new) {
        to.push(new);
    }
}

/// Whether somebody has to act on a requirement before clearance.
fn is_open(pack: &Pack, requirement: &Requirement) -> bool {
    let stage = pack.rule(requirement.rule).stage;
    matches!(stage, Stage::PermitBeforeImport | Stage::PermitBeforeExport | Stage::BeforeClearance)
        && matches!(requirement.status, Status::Required | Status::Pending)
        && weight(requirement, stage) == Weight::Counts
}

/// Whether somebody looks at the goods for a requirement.
fn inspects(pack: &Pack, requirement: &Requirement) -> bool {
    let rule = pack.rule(requirement.rule);
    rule.stage == Stage::BeforeClearance && pack.measures[rule.measure.index()].inspection
}

/// Who handles a requirement on a day: under some methods another agency looks.
fn handled_by(pack: &Pack, requirement: &Requirement, day: Day) -> AgencyId {
    let agency = method_agency(pack, requirement).unwrap_or(pack.rule(requirement.rule).agency);
    pack.authority_on(agency, day).agency
}

/// Who leads by an act, where it fits the inspections that meet.
fn leads<'p>(pack: &'p Pack, lead: &'p Lead, rules: &[RuleId], day: Day) -> Option<Leader<'p>> {
    let mut measures: SmallVec<[MeasureId; 4]> = SmallVec::new();
    let mut ministries: SmallVec<[MinistryId; 4]> = SmallVec::new();
    let mut own = None;
    let ministry = pack.ministry_on(lead.ministry, day);
    for rule in rules.iter().map(|id| pack.rule(*id)).filter(|rule| lead.concerns(rule.measure)) {
        let authority = pack.authority_on(rule.agency, day);
        add(&mut measures, rule.measure);
        add(&mut ministries, authority.ministry);
        if authority.ministry == ministry {
            own = own.or(Some(authority.agency));
        }
    }
    let fits = match &lead.meeting {
        Meeting::Measures { all, with } => {
            all.iter().all(|measure| measures.contains(measure))
                && (with.is_empty() || with.iter().any(|measure| measures.contains(measure)))
        }
        Meeting::SeveralMinistries(_) => ministries.len() > 1,
    };
    fits.then_some(Leader { ministry, agency: own.or(lead.agency), by: Some(lead) })
}
