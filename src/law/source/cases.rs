//! `cases/*.toml`, as far as a pack's look after them goes: which rules have examples.

use std::collections::BTreeSet;

use super::defect::{Defects, did_you_mean};
use super::folder::Folder;
use super::rule::RuleSource;
use super::table::{one_of, read_toml};

/// The rules that have cases.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    /// Rules with a case in which they apply.
    pub(crate) positive: BTreeSet<String>,
    /// Rules with a case in which they do not.
    pub(crate) negative: BTreeSet<String>,
}

/// Reads what each case is about. The rest of a case is read by `rules test`.
pub(crate) fn cases(folder: &Folder, rules: &[RuleSource], to: &mut Defects) -> Cases {
    let ids: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.id.as_ref()).map(|id| id.value.as_str()).collect();
    let mut cases = Cases::default();
    for file in folder.under("cases/", ".toml") {
        read_toml(file, to, &mut |mut table, to| {
            for mut case in table.tables("case", to) {
                let rule = case.filled("rule", to);
                let expect = case
                    .filled("expect", to)
                    .and_then(|text| one_of(&text, "expect", &[("positive", true), ("negative", false)], to));
                let (Some(rule), Some(expect)) = (rule, expect) else {
                    continue;
                };
                if !ids.contains(rule.value.as_str()) {
                    let help = did_you_mean(&rule.value, ids.iter().copied());
                    to.error_with(rule.place, "unknown_rule", format!("unknown rule `{}`", rule.value), help);
                } else if expect.value {
                    cases.positive.insert(rule.value);
                } else {
                    cases.negative.insert(rule.value);
                }
            }
        });
    }
    cases
}
