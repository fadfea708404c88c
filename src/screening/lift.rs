//! Steps 7 to 9: exemptions, the warnings that cancel them, and how strictly the goods are
//! looked at.

use super::ask::Asked;
use super::evaluate::Line;
use super::method::{standing, strictest};
use super::requirement::{Draw, Method, Requirement};
use super::trace::Outcome;
use super::warn::Warned;
use crate::law::{ExemptionId, MethodRegimeId, Tri};
use crate::trade::{InspectionMethod, Status};

impl Asked<'_, '_, '_> {
    /// Steps 7 and 8: the first exemption of the rule that certainly holds and that no warning
    /// cancels. `tell` hears of those that nearly hold.
    pub(super) fn exempt(
        &self,
        line: &mut Line<'_, '_>,
        requirement: &mut Requirement,
        tell: Option<&mut dyn FnMut(Outcome)>,
    ) {
        let pack = self.screener.pack;
        let rule = pack.rule(requirement.rule);
        if !pack.warnings.is_empty() {
            requirement.warned = line.warned(rule.measure, self.question.day);
        }
        match tell {
            Some(tell) => self.exempt_aloud(line, requirement, tell),
            None if self.may_be_exempt(line, requirement) => {
                let found = rule.exemptions.iter().find(|id| self.exempts(line, requirement, **id));
                requirement.exemption = found.copied();
            }
            None => {}
        }
        if requirement.exemption.is_some() {
            requirement.status = Status::Exempt;
        }
    }

    /// A cheap bound: whether anything is stated that an exemption of the rule could hang on.
    fn may_be_exempt(&self, line: &mut Line<'_, '_>, requirement: &Requirement) -> bool {
        let trigger = &self.screener.exemption_triggers[requirement.rule.index()];
        if trigger.anything {
            return true;
        }
        if !line.searched && line.pack.phrases.settles().meets(&trigger.facts) {
            line.search();
        }
        line.regime.is_some_and(|regime| trigger.regimes & (1 << regime) != 0) || line.yes.meets(&trigger.facts)
    }

    fn exempts(&self, line: &mut Line<'_, '_>, requirement: &Requirement, id: ExemptionId) -> bool {
        let pack = self.screener.pack;
        let exemption = &pack.exemptions[id.index()];
        exemption.valid.contains(self.question.day)
            && !(exemption.overridden_by_warning && requirement.warned.is_some())
            && line.holds(&exemption.condition, &pack.rule(requirement.rule).id) == Tri::True
    }

    /// The same, telling of each exemption in force why it does not hold.
    fn exempt_aloud(&self, line: &mut Line<'_, '_>, requirement: &mut Requirement, tell: &mut dyn FnMut(Outcome)) {
        let pack = self.screener.pack;
        let rule = pack.rule(requirement.rule);
        let mut nearly = Vec::new();
        for id in &rule.exemptions {
            let exemption = &pack.exemptions[id.index()];
            if !exemption.valid.contains(self.question.day) {
                continue;
            }
            match (line.failure(&exemption.condition, &rule.id), requirement.warned) {
                (None, Some(warned)) if exemption.overridden_by_warning => nearly.push(Outcome::Warned(warned, *id)),
                (None, _) => {
                    requirement.exemption = Some(*id);
                    return tell(Outcome::Exempt(*id));
                }
                (Some(failure), _) => nearly.push(Outcome::NotExempt(*id, failure)),
            }
        }
        nearly.into_iter().for_each(tell);
    }

    /// Step 9: the importer's record chooses the method; a waiver lifts the requirement.
    pub(super) fn choose_method(&self, line: &mut Line<'_, '_>, requirement: &mut Requirement, id: MethodRegimeId) {
        let pack = self.screener.pack;
        let regime = &pack.methods[id.index()];
        let rule = pack.rule(requirement.rule);
        let records = self.question.records;
        let day = self.question.day;
        let importer = line.importer();
        let mut past =
            importer.map(|importer| records.of_importer(importer, rule.measure)).into_iter().flatten().peekable();
        let warnings = if pack.warnings.is_empty() { Vec::new() } else { line.warnings_ever(rule.measure) };
        let goods = if past.peek().is_some() { line.goods_name() } else { super::record::GoodsName::default() };
        let past: smallvec::SmallVec<[_; 8]> = past.collect();
        let mut at = standing(regime, past.into_iter(), &warnings, &goods, day, &mut |condition| {
            line.holds(condition, &rule.id)
        });
        let mut method =
            regime.states.get(usize::from(at.state)).map_or(InspectionMethod::Ordinary, |state| state.method);
        match requirement.warned {
            // Where the regime does not say what a warning does, it makes the inspection strict.
            Some(Warned { certain: true, .. }) if method != InspectionMethod::Strict => {
                method = InspectionMethod::Strict;
                at.state = strictest(regime).unwrap_or(at.state);
                at.by = None;
            }
            // Where a warning may meet the goods, nothing milder than usual can be granted.
            Some(Warned { certain: false, .. }) if method < InspectionMethod::Ordinary => {
                method = InspectionMethod::Ordinary;
                at.state = 0;
                at.by = None;
            }
            _ => {}
        }
        let state = regime.states.get(usize::from(at.state));
        let share = state.filter(|_| method < InspectionMethod::Ordinary).and_then(|state| state.sample);
        let drawn = share.map(|share| {
            let declaration = self.question.declaration.name();
            match (&records.sample_key, line.importer(), declaration) {
                (None, _, _) => Draw::NoKey,
                (Some(key), Some(importer), Some(name)) if !key.draws(&regime.key, importer, name, day, share) => {
                    Draw::LetThrough
                }
                // What has no name cannot be drawn again by an auditor: it is looked at.
                (Some(_), _, _) => Draw::Drawn,
            }
        });
        let waives = state.is_some_and(|state| state.waives) && method < InspectionMethod::Ordinary;
        if waives && !matches!(drawn, Some(Draw::Drawn | Draw::NoKey)) {
            requirement.status = Status::Waived;
        }
        requirement.method = Some(Method { regime: id, standing: at, method, drawn });
    }
}
