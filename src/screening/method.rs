//! Step 9: how strictly a consignment is looked at, as a pure function of the record.

use jiff::ToSpan;

use super::record::{Alike, GoodsName, PastEvent};
use crate::law::{Condition, Day, MethodRegime, RecordEvent, Transition, Tri, Trigger, Warning};
use crate::trade::InspectionMethod;

/// Where a record stands in its regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state, by its position in the regime.
    pub state: u8,
    /// The transition that led there; `None`: the record never left the first state.
    pub by: Option<u8>,
}

/// What happened on a day.
#[derive(Debug, Clone, Copy)]
struct Happening {
    day: Day,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Event(RecordEvent),
    Warning,
    WarningEnded,
}

/// Where a record stands on a day.
///
/// `events` are the importer's under the measure, in the order of their days; `warnings` those
/// that meet the goods, whenever; `goods` what the line says of them. A favourable event counts
/// where the goods are the same for certain, an adverse one where they may be.
pub(super) fn standing<'e>(
    regime: &MethodRegime,
    events: impl Iterator<Item = &'e PastEvent>,
    warnings: &[&Warning],
    goods: &GoodsName,
    day: Day,
    holds: &mut dyn FnMut(&Condition) -> Tri,
) -> Standing {
    let mut happenings = Vec::new();
    for event in events.filter(|event| event.day >= regime.counts_from && event.day <= day) {
        let counts = match event.goods.alike(goods, &regime.same) {
            Alike::Same => true,
            Alike::Perhaps => is_adverse(event.event),
            Alike::Different => false,
        };
        if !counts {
            continue;
        }
        happenings.push(Happening { day: event.day, what: What::Event(event.event) });
        if let Some(until) = event.until
            && until < day
        {
            happenings.push(Happening { day: until.tomorrow(), what: What::Event(RecordEvent::Revoked) });
        }
    }
    for warning in warnings.iter().filter(|warning| warning.valid.from <= day) {
        happenings.push(Happening { day: warning.valid.from, what: What::Warning });
        if warning.valid.to < day {
            happenings.push(Happening { day: warning.valid.to.tomorrow(), what: What::WarningEnded });
        }
    }
    happenings.sort_by_key(|happening| happening.day);
    let mut walk = Walk { regime, at: Standing { state: 0, by: None }, since: Day::MIN, passes: Vec::new(), warned: 0 };
    // Most importers have no record: nothing to walk through.
    if !happenings.is_empty() {
        for happening in happenings {
            walk.time_passes(happening.day);
            walk.happens(happening);
        }
        walk.time_passes(day);
    }
    walk.settle(day, holds);
    walk.at
}

fn is_adverse(event: RecordEvent) -> bool {
    !matches!(event, RecordEvent::Pass | RecordEvent::ReducedGranted | RecordEvent::ExemptionGranted)
}

struct Walk<'r> {
    regime: &'r MethodRegime,
    at: Standing,
    since: Day,
    /// The days of the passes in a row since the state was entered.
    passes: Vec<Day>,
    /// How many warnings stand.
    warned: u32,
}

impl Walk<'_> {
    fn find(&self, fits: &dyn Fn(&Transition) -> bool) -> Option<(u8, u8)> {
        let mut transitions = self.regime.transitions.iter().zip(0u8..);
        let found = transitions.find(|(transition, _)| transition.from.contains(&self.at.state) && fits(transition));
        found.map(|(transition, at)| (transition.to, at))
    }

    fn enter(&mut self, (state, by): (u8, u8), day: Day) {
        self.at = Standing { state, by: Some(by) };
        self.since = day;
        self.passes.clear();
    }

    /// Leaves states whose time is over by `day`. A state that leads to itself is entered once.
    fn time_passes(&mut self, day: Day) {
        for _ in 0..self.regime.states.len() {
            let over = |transition: &Transition| match transition.trigger {
                Trigger::Elapsed { months } => months_after(self.since, months).is_some_and(|end| end <= day),
                _ => false,
            };
            let Some(next) = self.find(&over) else { return };
            let Trigger::Elapsed { months } = self.regime.transitions[usize::from(next.1)].trigger else { return };
            let Some(end) = months_after(self.since, months) else { return };
            self.enter(next, end);
        }
    }

    fn happens(&mut self, happening: Happening) {
        match happening.what {
            What::Event(RecordEvent::Pass) => self.passes.push(happening.day),
            What::Event(event) if is_adverse(event) => self.passes.clear(),
            What::Event(_) => {}
            What::Warning => self.warned += 1,
            What::WarningEnded => self.warned = self.warned.saturating_sub(1),
        }
        let fits = |transition: &Transition| match (&transition.trigger, happening.what) {
            (Trigger::Event(wanted), What::Event(event)) => *wanted == event,
            (Trigger::Passes { count, within_months }, What::Event(RecordEvent::Pass)) => {
                self.passed(*count, *within_months)
            }
            (Trigger::Warning, What::Warning) => true,
            (Trigger::WarningEnded, What::WarningEnded) => self.warned == 0,
            _ => false,
        };
        if let Some(next) = self.find(&fits) {
            self.enter(next, happening.day);
        }
    }

    /// Whether the last `count` passes are there, and close enough together.
    fn passed(&self, count: u32, within_months: Option<u32>) -> bool {
        let count = count as usize;
        let Some(first) = self.passes.len().checked_sub(count).and_then(|at| self.passes.get(at)) else {
            return false;
        };
        let Some(last) = self.passes.last() else { return false };
        within_months.is_none_or(|months| months_after(*first, months).is_some_and(|end| *last <= end))
    }

    /// What holds for the consignment itself, on its day.
    fn settle(&mut self, day: Day, holds: &mut dyn FnMut(&Condition) -> Tri) {
        let mut transitions = self.regime.transitions.iter().zip(0u8..);
        let found = transitions.find(|(transition, _)| {
            let Trigger::Holds(condition) = &transition.trigger else { return false };
            transition.from.contains(&self.at.state) && holds(condition) == Tri::True
        });
        if let Some((transition, by)) = found {
            self.enter((transition.to, by), day);
        }
    }
}

/// The same day so many months later; the last of the month where it has fewer days.
pub(super) fn months_after(day: Day, months: u32) -> Option<Day> {
    let date = day.date()?.checked_add(i64::from(months).months()).ok()?;
    Some(Day::of(date))
}

/// The strictest state of a regime: what a warning leads to where the regime does not say it.
pub(super) fn strictest(regime: &MethodRegime) -> Option<u8> {
    let states = regime.states.iter().zip(0u8..);
    let strict = states.filter(|(state, _)| state.method == InspectionMethod::Strict);
    strict.map(|(_, at)| at).next()
}
