//! Rules of one ministry and measure that stand on the same codes on the same days.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::pack::{Pack, Rule, RuleDirection};
use super::super::source::{Defects, RuleSource};
use super::Reached;
use crate::trade::Stage;

/// More pairs than this are not told.
const PAIRS_MAX: usize = 200;

/// Warns of each pair once. Notices hold nothing and may lie on each other.
pub(super) fn overlapping(pack: &Pack, written: &HashMap<&str, &RuleSource>, reached: &Reached, to: &mut Defects) {
    let mut alike: BTreeMap<(u16, u16), Vec<usize>> = BTreeMap::new();
    for (at, rule) in pack.rules.iter().enumerate() {
        if rule.stage != Stage::Notice {
            alike.entry((rule.ministry.0, rule.measure.0)).or_default().push(at);
        }
    }
    let mut pairs = 0;
    for group in alike.values() {
        for (position, first) in group.iter().enumerate() {
            for second in &group[position + 1..] {
                let (a, b) = (&pack.rules[*first], &pack.rules[*second]);
                if !(same_days(a, b) && same_direction(a.direction, b.direction)) {
                    continue;
                }
                let codes: BTreeSet<u32> = reached[*first].iter().map(|(code, _)| *code).collect();
                let shared = reached[*second].iter().filter(|(code, _)| codes.contains(code)).count();
                let Some(source) = written.get(b.id.as_str()) else {
                    continue;
                };
                if shared == 0 {
                    continue;
                }
                pairs += 1;
                if pairs <= PAIRS_MAX {
                    let message = format!(
                        "rules `{}` and `{}` of one ministry and measure meet on {shared} codes on the same days",
                        a.id, b.id
                    );
                    to.warning(source.place, "overlapping_rules", message);
                }
            }
        }
    }
}

fn same_days(a: &Rule, b: &Rule) -> bool {
    a.in_force.iter().any(|one| b.in_force.iter().any(|other| one.from <= other.to && other.from <= one.to))
}

fn same_direction(a: RuleDirection, b: RuleDirection) -> bool {
    a == b || a == RuleDirection::Both || b == RuleDirection::Both
}
