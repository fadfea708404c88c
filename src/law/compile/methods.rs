//! Regimes of inspection methods: names of states to positions.

use super::super::methods::{MethodRegime, MethodState, Transition, Trigger};
use super::super::pack::{AgencyId, Deadline};
use super::super::source::{At, Defects, MethodRegimeSource, Source, TriggerSource, did_you_mean};
use super::conditions::Conditions;
use super::names::Names;

/// Compiles the regimes, in the order of the file.
pub(super) fn methods(
    source: &Source,
    names: &Names<'_>,
    conditions: &Conditions<'_>,
    to: &mut Defects,
) -> Vec<MethodRegime> {
    source.methods.iter().map(|written| regime(written, names, conditions, to)).collect()
}

fn regime(
    written: &MethodRegimeSource,
    names: &Names<'_>,
    conditions: &Conditions<'_>,
    to: &mut Defects,
) -> MethodRegime {
    for (at, state) in written.states.iter().enumerate() {
        if written.states[..at].iter().any(|before| before.key.value == state.key.value) {
            to.error(state.key.place, "duplicate_id", format!("state `{}` occurs twice", state.key.value));
        }
    }
    for code in written.states.iter().filter_map(|state| state.deadline.as_ref()?.procedure.as_ref()) {
        let message = "the limit of a method is that of the procedure which ends the requirement";
        to.error_with(code.place, "deadline_procedure", message, Some("take `procedure` out".to_owned()));
    }
    let states = written
        .states
        .iter()
        .map(|state| MethodState {
            key: state.key.value.clone(),
            method: state.method,
            what_vi: state.what_vi.clone(),
            what_en: state.what_en.clone(),
            legal_basis: state.legal_basis.clone(),
            deadline: state.deadline.as_ref().map(|deadline| Deadline {
                text: deadline.text.clone(),
                value: deadline.value,
                unit: deadline.unit,
                procedure: None,
                source: deadline.source.clone(),
                valid: deadline.period.days,
            }),
            sample: state.sample,
            waives: state.waives,
            agency: state.agency.as_ref().and_then(|code| names.agencies.find(code, to)).map(AgencyId),
        })
        .collect();
    let transitions = written
        .transitions
        .iter()
        .filter_map(|transition| {
            let from = transition.from.iter().filter_map(|state| position(written, state, to)).collect();
            Some(Transition {
                from,
                to: position(written, &transition.to, to)?,
                trigger: match &transition.trigger {
                    TriggerSource::Passes { count, within_months } => {
                        Trigger::Passes { count: *count, within_months: *within_months }
                    }
                    TriggerSource::Event(event) => Trigger::Event(*event),
                    TriggerSource::Warning => Trigger::Warning,
                    TriggerSource::WarningEnded => Trigger::WarningEnded,
                    TriggerSource::Elapsed { months } => Trigger::Elapsed { months: *months },
                    TriggerSource::Holds(condition) => Trigger::Holds(conditions.compile(Some(condition), to)),
                },
                legal_basis: transition.legal_basis.clone(),
                sourced: transition.sourced,
            })
        })
        .collect();
    MethodRegime {
        key: written.key.value.clone(),
        title_vi: written.title_vi.clone(),
        title_en: written.title_en.clone(),
        same: written.same.clone(),
        counts_from: written.counts_from,
        states,
        transitions,
        sourced: written.sourced,
    }
}

fn position(regime: &MethodRegimeSource, state: &At<String>, to: &mut Defects) -> Option<u8> {
    let found = regime.states.iter().position(|known| known.key.value == state.value);
    if found.is_none() {
        to.error_with(
            state.place,
            "unknown_state",
            format!("the regime `{}` has no state `{}`", regime.key.value, state.value),
            did_you_mean(&state.value, regime.states.iter().map(|known| known.key.value.as_str())),
        );
    }
    found.and_then(|at| u8::try_from(at).ok())
}
