//! Which of the pack's risk profiles fits a declaration.

use smallvec::SmallVec;

use super::evaluate::Line;
use super::evidence::CarriedList;
use super::method::months_after;
use super::record::Records;
use super::screen::{Question, Screener};
use crate::law::{Condition, Day, Failures, RecordEvent, RiskProfile, Tri};
use crate::trade::{Channel, Declaration, Direction, GoodsItem};

/// What the profiles say of a declaration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RiskFit {
    /// The profile that decides, by its position: the first of the most severe that fit.
    pub profile: Option<u16>,
    /// The first profile that would have to be drawn for, and there is no key to draw with.
    pub undrawn: Option<u16>,
}

impl Screener<'_> {
    /// Looks through the profiles that send a declaration further than `beyond`.
    pub fn risk(&self, question: &Question<'_, '_>, beyond: Channel) -> RiskFit {
        let mut fit = RiskFit::default();
        if self.pack.risk.iter().all(|profile| profile.channel <= beyond) {
            return fit;
        }
        let trader = trader(question.declaration, question.direction);
        let of_record =
            |failures: Failures| trader.is_some_and(|trader| failed(question.records, trader, question.day, failures));
        let fits = |profile: &RiskProfile| profile.channel > beyond && profile.failures.is_none_or(of_record);
        let open: Open<'_> = (0u16..).zip(&self.pack.risk).filter(|(_, profile)| fits(profile)).collect();
        let held = self.held_by_lines(question, &open);
        for channel in [Channel::Red, Channel::Yellow] {
            for ((at, profile), held) in open.iter().zip(&held) {
                if profile.channel != channel || !held {
                    continue;
                }
                match draw(question, trader, profile) {
                    Some(true) => return RiskFit { profile: Some(*at), ..fit },
                    Some(false) => {}
                    None => fit.undrawn = fit.undrawn.or(Some(*at)),
                }
            }
        }
        fit
    }

    /// For each profile whether its condition certainly holds for some line.
    fn held_by_lines(&self, question: &Question<'_, '_>, open: &Open<'_>) -> SmallVec<[bool; 16]> {
        let mut held: SmallVec<[bool; 16]> =
            open.iter().map(|(_, profile)| profile.condition == Condition::Always).collect();
        let asked = |item: &&GoodsItem<'_>| {
            open.iter().any(|(_, one)| one.condition != Condition::Always && may_hold(&one.condition, item))
        };
        let Some(first) = question.declaration.items.iter().find(asked) else { return held };
        let family = self.family(question.declaration.format);
        let base = self.base(question, family);
        let mut line = self.line(question, first, &base);
        let mut own = CarriedList::new();
        for item in &question.declaration.items {
            let mut entered = false;
            for ((_, profile), held) in open.iter().zip(&mut held) {
                if *held || !may_hold(&profile.condition, item) {
                    continue;
                }
                if let Some(hs) = item.hs.filter(|_| !entered) {
                    self.enter(&mut line, &mut own, (question, item, hs), &base, family);
                    entered = true;
                }
                *held = entered && holds(&mut line, profile);
            }
        }
        held
    }
}

fn holds(line: &mut Line<'_, '_>, profile: &RiskProfile) -> bool {
    line.holds(&profile.condition, &profile.key) == Tri::True
}

/// Profiles by their positions.
type Open<'p> = SmallVec<[(u16, &'p RiskProfile); 16]>;

/// Whether a condition can hold for a line as far as code and origin tell, which cost nothing to
/// look at.
fn may_hold(condition: &Condition, item: &GoodsItem<'_>) -> bool {
    match condition {
        Condition::Hs(prefixes) => item.hs.is_some_and(|hs| prefixes.iter().any(|prefix| prefix.is_prefix_of(hs))),
        Condition::Origin(origins) => item.origin.is_some_and(|origin| origins.contains(&origin)),
        Condition::All(parts) => parts.iter().all(|part| may_hold(part, item)),
        Condition::Any(parts) => parts.iter().any(|part| may_hold(part, item)),
        _ => true,
    }
}

/// The tax code of the trader whose record counts.
fn trader<'d>(declaration: &'d Declaration<'_>, direction: Direction) -> Option<&'d str> {
    let party = match direction {
        Direction::Import => &declaration.importer,
        Direction::Export => &declaration.exporter,
    };
    party.id.as_deref()
}

/// Whether a trader's record shows failures: each counts up to the day so many months after it.
fn failed(records: &Records, trader: &str, day: Day, failures: Failures) -> bool {
    let counts = |since: Day| months_after(since, failures.within_months).is_none_or(|end| day <= end);
    let events = records.events_of(trader).filter(|event| {
        matches!(event.event, RecordEvent::Fail | RecordEvent::MarketFail) && event.day <= day && counts(event.day)
    });
    u32::try_from(events.count()).unwrap_or(u32::MAX) >= failures.count
}

/// Whether a declaration that fits a profile is drawn; `None`: there is no key to draw with. What
/// has no name cannot be drawn again by an auditor: it counts as drawn.
fn draw(question: &Question<'_, '_>, trader: Option<&str>, profile: &RiskProfile) -> Option<bool> {
    let Some(share) = profile.share else { return Some(true) };
    let key = question.records.sample_key.as_ref()?;
    let (Some(trader), Some(name)) = (trader, question.declaration.name()) else { return Some(true) };
    Some(key.draws(&format!("risk/{}", profile.key), trader, name, question.day, share))
}
