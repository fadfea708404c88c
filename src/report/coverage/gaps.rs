//! What a pack lacks: codes of goods, cases, sources.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::law::{Case, Defect, Expectation, LintReport, Pack, Sourced, missing_cases};

/// A place in the pack's files and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, relative to the pack's folder.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is to be said.
    pub message: String,
}

/// Listed goods that no code of the tariff stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithoutCode {
    /// Rules whose goods have no codes at all.
    pub rules: Vec<RuleWithoutCode>,
    /// Entries of lists whose code no edition of the tariff has.
    pub entries: Vec<Place>,
}

/// A rule that applies to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleWithoutCode {
    /// Its id.
    pub rule: String,
    /// Its English title.
    pub title_en: String,
    /// Why.
    pub reason: String,
}

/// Rules and the cases that a pack brings along to test them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cases {
    /// How many rules the pack has.
    pub rules: usize,
    /// Rules with a case in which they apply.
    pub with_positive: usize,
    /// Rules with a case in which they do not.
    pub with_negative: usize,
    /// Rules with codes that have no case in which they apply.
    pub without_positive: Vec<String>,
    /// Rules with codes that have no case in which they do not.
    pub without_negative: Vec<String>,
}

/// How many are sourced how well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Grades {
    /// Read in the act or an official list.
    pub sourced: usize,
    /// In part.
    pub partly: usize,
    /// Not read in a source.
    pub general_knowledge: usize,
}

impl Grades {
    fn count(&mut self, grade: Sourced) {
        *match grade {
            Sourced::Sourced => &mut self.sourced,
            Sourced::Partly => &mut self.partly,
            Sourced::GeneralKnowledge => &mut self.general_knowledge,
        } += 1;
    }
}

/// The grades of one ministry's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MinistryGrades {
    /// The ministry's code.
    pub ministry: String,
    /// The grades.
    #[serde(flatten)]
    pub grades: Grades,
}

/// Days of which the pack itself says that it does not know them for certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dates {
    /// Only the year is known.
    pub by_year: Vec<Place>,
    /// Not verified.
    pub unverified: Vec<Place>,
}

/// How well a pack is sourced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Rules.
    pub rules: Grades,
    /// Rules by ministry.
    pub ministries: Vec<MinistryGrades>,
    /// Exemptions.
    pub exemptions: Grades,
    /// Dates.
    pub dates: Dates,
}

fn places(lint: &LintReport, code: &str) -> Vec<Place> {
    let place =
        |defect: &Defect| Place { file: defect.file.clone(), line: defect.line, message: defect.message.clone() };
    lint.warnings.iter().filter(|defect| defect.code == code).map(place).collect()
}

pub(super) fn without_code(pack: &Pack, lint: &LintReport) -> WithoutCode {
    let rules = pack.unused_rules.iter().map(|unused| RuleWithoutCode {
        rule: unused.id.clone(),
        title_en: unused.title_en.clone(),
        reason: unused.reason.clone(),
    });
    WithoutCode { rules: rules.collect(), entries: places(lint, "code_not_in_tariff") }
}

pub(super) fn cases(pack: &Pack, lint: &LintReport, cases: &[Case]) -> Cases {
    let missing = missing_cases(pack, cases);
    let without = |expected: Expectation| {
        let rules = missing.iter().filter(|(_, expect)| *expect == expected);
        rules.map(|(rule, _)| rule.id.clone()).collect()
    };
    Cases {
        rules: lint.rules,
        with_positive: lint.with_positive,
        with_negative: lint.with_negative,
        without_positive: without(Expectation::Positive),
        without_negative: without(Expectation::Negative),
    }
}

pub(super) fn evidence(pack: &Pack, lint: &LintReport) -> Evidence {
    let (mut rules, mut exemptions) = (Grades::default(), Grades::default());
    let mut ministries: BTreeMap<&str, Grades> = BTreeMap::new();
    for rule in &pack.rules {
        rules.count(rule.sourced);
        ministries.entry(&pack.ministries[rule.ministry.index()].code).or_default().count(rule.sourced);
    }
    for exemption in &pack.exemptions {
        exemptions.count(exemption.sourced);
    }
    let ministries =
        ministries.into_iter().map(|(ministry, grades)| MinistryGrades { ministry: ministry.to_owned(), grades });
    Evidence {
        rules,
        ministries: ministries.collect(),
        exemptions,
        dates: Dates { by_year: places(lint, "date_by_year"), unverified: places(lint, "date_unverified") },
    }
}
