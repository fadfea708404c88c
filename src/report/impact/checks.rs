//! The checks that either of two packs knows, under common names.

use std::collections::BTreeSet;

use crate::law::{Day, Pack, RuleId};
use crate::trade::Stage;

/// What a ministry asks of a line under a measure at a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Position in [`Checks::ministries`].
    pub ministry: usize,
    /// Position in [`Checks::measures`].
    pub measure: usize,
    /// When it has to be met.
    pub stage: Stage,
}

/// The checks of two packs.
#[derive(Debug)]
pub struct Checks {
    /// Codes of the ministries that answer for the rules now, sorted.
    pub ministries: Vec<String>,
    /// Keys of measures, sorted.
    pub measures: Vec<String>,
    /// The checks, sorted by ministry, measure and stage.
    pub list: Vec<Check>,
    /// For each rule of each pack its stage and its check.
    of_rule: [Vec<(Stage, u32)>; 2],
}

type Name<'p> = (&'p str, &'p str, Stage);

fn names(pack: &Pack) -> impl Iterator<Item = Name<'_>> {
    pack.rules.iter().map(|rule| {
        // Who answers for it now: a body that took over from another asks for the same check.
        let ministry = &pack.ministries[pack.authority_on(rule.agency, Day::MAX).ministry.index()];
        (ministry.code.as_str(), pack.measures[rule.measure.index()].key.as_str(), rule.stage)
    })
}

impl Checks {
    /// The checks of two packs, matched by their codes and keys.
    pub fn of(packs: [&Pack; 2]) -> Self {
        let sorted: BTreeSet<Name<'_>> = packs.iter().flat_map(|pack| names(pack)).collect();
        let ministries: BTreeSet<&str> = sorted.iter().map(|(ministry, ..)| *ministry).collect();
        let measures: BTreeSet<&str> = sorted.iter().map(|(_, measure, _)| *measure).collect();
        let ministries: Vec<String> = ministries.into_iter().map(str::to_owned).collect();
        let measures: Vec<String> = measures.into_iter().map(str::to_owned).collect();
        let sorted: Vec<Name<'_>> = sorted.into_iter().collect();
        let list = sorted.iter().map(|(ministry, measure, stage)| Check {
            ministry: place(&ministries, ministry),
            measure: place(&measures, measure),
            stage: *stage,
        });
        let of_rule = packs.map(|pack| {
            let at = |name: Name<'_>| u32::try_from(sorted.binary_search(&name).unwrap_or(0)).unwrap_or(u32::MAX);
            names(pack).map(|name| (name.2, at(name))).collect()
        });
        let list = list.collect();
        Self { ministries, measures, list, of_rule }
    }

    /// The stage and the check of a rule of the first (0) or second (1) pack.
    pub(super) fn of_rule(&self, pack: usize, rule: RuleId) -> (Stage, u32) {
        self.of_rule[pack][rule.index()]
    }
}

fn place(sorted: &[String], name: &str) -> usize {
    sorted.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or(0)
}
