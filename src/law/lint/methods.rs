//! Regimes of inspection methods with states that nothing leads to, and regimes that no rule has.

use super::super::pack::Pack;
use super::super::source::{Defects, Source};

/// Warns of states out of reach, of transitions that a former one always takes first, and of
/// regimes that no rule names.
pub(super) fn methods(source: &Source, pack: &Pack, to: &mut Defects) {
    for (written, regime) in source.methods.iter().zip(&pack.methods) {
        let mut all = source.rules.iter().flat_map(|rule| &rule.methods);
        let named = all.any(|(key, _)| key.value == regime.key);
        if !named {
            to.warning(written.key.place, "unused_method_regime", format!("no rule has the regime `{}`", regime.key));
        }
        let mut reached = vec![false; regime.states.len()];
        let mut open = vec![0usize];
        while let Some(state) = open.pop() {
            if let Some(slot) = reached.get_mut(state)
                && !std::mem::replace(slot, true)
            {
                let leaving =
                    regime.transitions.iter().filter(|t| t.from.iter().any(|from| usize::from(*from) == state));
                open.extend(leaving.map(|transition| usize::from(transition.to)));
            }
        }
        for (state, _) in written.states.iter().zip(&reached).filter(|(_, reached)| !**reached) {
            let message = format!("nothing leads to the state `{}` of `{}`", state.key.value, regime.key);
            to.warning(state.key.place, "unreachable_state", message);
        }
        for (later, transition) in written.transitions.iter().zip(&regime.transitions) {
            let earlier =
                written.transitions.iter().zip(&regime.transitions).take_while(|(w, _)| w.place != later.place);
            let taken = |state: &u8| {
                earlier.clone().any(|(_, before)| before.from.contains(state) && before.trigger == transition.trigger)
            };
            if transition.from.iter().any(taken) {
                let message = "an earlier transition is taken first from the same state on the same event";
                to.warning(later.place, "two_transitions", message);
            }
        }
    }
}
