//! Warnings, the order of rules that meet, and who leads: names to positions.

use super::super::notices::{Lead, Meeting, Order, Precedence, Warning};
use super::super::pack::{AgencyId, MeasureId, MinistryId, RuleId};
use super::super::source::{At, Defects, MeetingSource, Source};
use super::names::{Kind, Names};
use super::rules::CompiledRule;

/// Compiles the warnings, in the order of the file.
pub(super) fn warnings(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<Warning> {
    Kind::new("warning", "unknown_warning", source.warnings.iter().map(|warning| &warning.id), to);
    source
        .warnings
        .iter()
        .map(|written| Warning {
            id: written.id.value.clone(),
            title_vi: written.title_vi.clone(),
            title_en: written.title_en.clone(),
            measures: names.measure_ids(&written.measures, to),
            hs: written.hs.clone(),
            origins: names.countries(&written.origins, to),
            makers: written.makers.clone(),
            importers: written.importers.clone(),
            valid: written.period.days,
            legal_basis: written.legal_basis.clone(),
        })
        .collect()
}

/// Compiles the order of rules. What names a rule that has no goods says nothing.
pub(super) fn precedences(
    source: &Source,
    names: &Names<'_>,
    rules: &[CompiledRule<'_>],
    to: &mut Defects,
) -> Vec<Precedence> {
    let position = |id: &At<String>, to: &mut Defects| {
        names.rules.find(id, to)?;
        let at = rules.iter().position(|rule| rule.compiled.id == id.value)?;
        u32::try_from(at).ok().map(RuleId)
    };
    let mut found: Vec<Precedence> = Vec::new();
    for written in &source.overlaps.precedences {
        let (rule, over) = (position(&written.rule, to), position(&written.over, to));
        let (Some(rule), Some(over)) = (rule, over) else { continue };
        let days = written.period.days;
        let contrary = found.iter().any(|known| {
            let same = (known.rule, known.over) == (rule, over) || (known.rule, known.over) == (over, rule);
            let together = known.valid.from <= days.to && days.from <= known.valid.to;
            same && together && (known.order == Order::Prevails || written.order == Order::Prevails)
        });
        if rule == over || contrary {
            let message = format!(
                "the order of `{}` and `{}` is stated twice for one day",
                written.rule.value, written.over.value
            );
            to.error(written.rule.place, "precedence_contradiction", message);
        }
        let (order, valid) = (written.order, written.period.days);
        let (why_vi, why_en) = written.why.clone();
        found.push(Precedence { rule, over, order, valid, legal_basis: written.legal_basis.clone(), why_vi, why_en });
    }
    found
}

/// Compiles who leads, in the order of the file: the first that fits counts.
pub(super) fn leads(source: &Source, names: &Names<'_>, to: &mut Defects) -> Vec<Lead> {
    Kind::new("lead", "unknown_lead", source.overlaps.leads.iter().map(|lead| &lead.id), to);
    let mut found = Vec::new();
    for written in &source.overlaps.leads {
        let meeting = match &written.meeting {
            MeetingSource::Measures(all, with) => Some(Meeting::Measures {
                all: inspections(source, names, all, to),
                with: inspections(source, names, with, to),
            }),
            MeetingSource::SeveralMinistries(measure) => {
                inspections(source, names, std::slice::from_ref(measure), to).pop().map(Meeting::SeveralMinistries)
            }
        };
        let agency = written.agency.as_ref().and_then(|code| names.agencies.find(code, to)).map(AgencyId);
        let ministry = names.ministries.find(&written.ministry, to);
        let (Some(ministry), Some(meeting)) = (ministry, meeting) else { continue };
        let (why_vi, why_en) = written.why.clone();
        found.push(Lead {
            id: written.id.value.clone(),
            of: written.of,
            meeting,
            together: written.together,
            ministry: MinistryId(ministry),
            agency,
            valid: written.period.days,
            legal_basis: written.legal_basis.clone(),
            why_vi,
            why_en,
        });
    }
    found
}

/// The measures of several keys, all of which have to be inspections: nothing else is led.
fn inspections(source: &Source, names: &Names<'_>, keys: &[At<String>], to: &mut Defects) -> Vec<MeasureId> {
    for key in keys {
        if source.measures.iter().any(|measure| measure.key.value == key.value && !measure.inspection) {
            let message = format!("`{}` is no inspection: nobody leads it", key.value);
            to.error(key.place, "lead_form", message);
        }
    }
    names.measure_ids(keys, to)
}
