//! What is given with an act: the paper's own words, and what they say for screening and for the
//! importer's record.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::super::examine::name_of;
use super::on_task::LineResult;
use super::permits::reckoned;
use crate::clearance::case::declaration::Declaration;
use crate::clearance::case::dossier::{Dossier, Goods};
use crate::clearance::case::{Refused, RefusedReason};
use crate::law::{EvidenceKind, Pack};
use crate::records::{EvidenceEntry, HistoryEntry};

/// Characters of a paper's number at most.
const NUMBER_MAX: usize = 100;

/// Whether a text can be a paper's number.
fn is_number(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= NUMBER_MAX && !text.chars().any(char::is_control)
}

/// What is given with an act: the paper's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The number of the permit, certificate or result; none: one is made.
    pub number: Option<String>,
    /// Its last day.
    pub valid_to: Option<jiff::civil::Date>,
    /// How much it covers, and in which unit.
    pub quantity: Option<(String, String)>,
    /// The codes of the goods that it names; empty: all that were applied for.
    pub hs: Vec<String>,
    /// The number of what it takes the place of.
    pub replaces: Option<String>,
    /// The result on each line of the task; empty: the same on all.
    pub lines: Vec<LineResult>,
}

impl Given {
    /// Whether it can be given on a day: it has not ended before, and its quantity is one.
    pub(super) fn can_be_given(&self, day: jiff::civil::Date, pack: &Pack) -> Result<(), Refused> {
        if let Some((quantity, unit)) = &self.quantity {
            reckoned(quantity, unit, pack)?;
        }
        for (field, number) in [("number", &self.number), ("replaces", &self.replaces)] {
            if number.as_deref().is_some_and(|number| !is_number(number)) {
                let message = format!(
                    "`{field}` is the number of a paper: 1 to {NUMBER_MAX} characters, not all of them spaces, none a control character"
                );
                return Err(Refused::because(RefusedReason::Invalid, message));
            }
        }
        let Some(last) = self.valid_to.filter(|last| *last < day) else { return Ok(()) };
        let message = format!("`valid_to`: what is given on {day} cannot have ended on {last}");
        Err(Refused::because(RefusedReason::Invalid, message))
    }
}

/// What is given anew takes the place of the one paper that was given, and keeps its number, unless
/// something else is stated.
pub(super) fn given_anew(given: &Given, dossier: &Dossier) -> Given {
    let mut given = given.clone();
    let numbers: BTreeSet<&String> = dossier.live().filter_map(|issued| issued.evidence.id.as_ref()).collect();
    if let (None, 1, Some(number)) = (&given.replaces, numbers.len(), numbers.first()) {
        given.replaces = Some((*number).clone());
    }
    if given.number.is_none() {
        given.number.clone_from(&given.replaces);
    }
    given
}

/// A paper that is given.
pub(super) struct Paper<'p> {
    pub(super) dossier: &'p Dossier,
    pub(super) declaration: Option<&'p Declaration>,
    pub(super) given: &'p Given,
    pub(super) kind: EvidenceKind,
    pub(super) pack: &'p Pack,
}

impl Paper<'_> {
    fn number(&self) -> String {
        self.given.number.clone().unwrap_or_else(|| {
            // Its own id, shortened: unique among those of the installation, and short enough to read out.
            let id = self.dossier.id.0.simple().to_string();
            format!("M{}-{}", id[20..].to_uppercase(), self.dossier.issued.len() + 1)
        })
    }

    /// Whether it says how an inspection came out.
    fn is_of_inspection(&self) -> bool {
        matches!(self.kind, EvidenceKind::Certificate | EvidenceKind::Result | EvidenceKind::Conformity)
    }

    /// What it says of goods that no declaration names yet: the goods that it names itself, or else
    /// those of the application; an inspection is of no more than was applied for.
    fn of_application(&self, entry: EvidenceEntry) -> EvidenceEntry {
        let named =
            |goods: &&Goods| self.given.hs.is_empty() || goods.hs.as_ref().is_some_and(|hs| self.given.hs.contains(hs));
        let goods: Vec<&Goods> = self.dossier.goods.iter().filter(named).collect();
        let codes = if self.given.hs.is_empty() {
            goods.iter().filter_map(|goods| goods.hs.clone()).collect()
        } else {
            self.given.hs.clone()
        };
        let hs: Vec<String> = codes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let counted = goods.iter().map(|goods| {
            let (quantity, unit) = (goods.quantity.as_deref()?, goods.unit.as_deref()?);
            Some((reckoned(quantity, unit, self.pack).ok()?.0, unit.to_owned()))
        });
        let counted: Option<Vec<_>> = if self.is_of_inspection() { counted.collect() } else { None };
        let applied_for = counted.and_then(together);
        let code = self.dossier.procedure.clone();
        match applied_for.filter(|_| entry.quantity.is_none()) {
            Some((quantity, unit)) => {
                EvidenceEntry { code, hs, quantity: Some(quantity.to_string()), unit: Some(unit), ..entry }
            }
            None => EvidenceEntry { code, hs, ..entry },
        }
    }

    /// What it says, for screening: about the task's rules and lines where it serves a declaration,
    /// else about the goods of the dossier.
    pub(super) fn evidence(&self, passes: bool) -> Result<Vec<EvidenceEntry>, Refused> {
        let number = self.number();
        let entry = |passed: bool| EvidenceEntry {
            id: Some(number.clone()),
            kind: Some(if passed { self.kind } else { EvidenceKind::Result }.as_str().to_owned()),
            holder: self.dossier.holder.clone(),
            to: self.given.valid_to.map(|day| day.to_string()),
            outcome: Some(if passed { "pass" } else { "fail" }.to_owned()),
            quantity: self.given.quantity.as_ref().map(|(amount, _)| amount.clone()),
            unit: self.given.quantity.as_ref().map(|(_, unit)| unit.clone()),
            filed: None,
            replaces: self.given.replaces.clone(),
            ..EvidenceEntry::default()
        };
        let Some((declaration, (_, task, _))) = self.declaration.zip(self.dossier.link.as_ref()) else {
            return Ok(vec![self.of_application(entry(passes))]);
        };
        let rules = self.rules(declaration, task);
        let known: BTreeSet<u32> = rules.values().flatten().copied().collect();
        if let Some(unknown) = self.given.lines.iter().find(|result| !known.contains(&result.line)) {
            let lines: Vec<String> = known.iter().map(u32::to_string).collect();
            return Err(Refused::because(
                RefusedReason::Unknown,
                format!("line {} is not part of this task; its lines are {}", unknown.line, lines.join(", ")),
            ));
        }
        let mut told = BTreeSet::new();
        if let Some(twice) = self.given.lines.iter().find(|result| !told.insert(result.line)) {
            let message = format!("`lines` says two things of line {}: it passed or it failed", twice.line);
            return Err(Refused::because(RefusedReason::Invalid, message));
        }
        // Nothing is presumed of a line that is not named.
        let left_out: Vec<String> = known.difference(&told).map(u32::to_string).collect();
        if !told.is_empty() && !left_out.is_empty() {
            let message =
                format!("`lines` says nothing of line {}: a result says how each line came out", left_out.join(", "));
            return Err(Refused::because(RefusedReason::Invalid, message));
        }
        let name = name_of(declaration.id, &declaration.registration);
        let passed = |line: &u32| {
            let own = self.given.lines.iter().find(|result| result.line == *line);
            own.map_or(passes, |own| own.passed)
        };
        let mut found = Vec::new();
        for (rule, lines) in &rules {
            for outcome in [true, false] {
                let lines: Vec<String> =
                    lines.iter().filter(|line| passed(line) == outcome).map(u32::to_string).collect();
                if !lines.is_empty() {
                    let (rule, declaration) = (Some(rule.clone()), Some(name.clone()));
                    found.push(EvidenceEntry { rule, declaration, lines, ..entry(outcome) });
                }
            }
        }
        Ok(found)
    }

    /// The rules that a task is for; of one that is done, what it was settled or given for.
    fn rules(&self, declaration: &Declaration, task: &str) -> BTreeMap<String, BTreeSet<u32>> {
        let own = declaration.rules_of(task);
        if !own.is_empty() {
            return own;
        }
        if let Some(step) = declaration.settled_steps.get(task) {
            return step.rules.clone();
        }
        let mut rules: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for issued in &self.dossier.issued {
            if let Some(rule) = &issued.evidence.rule {
                let lines = issued.evidence.lines.iter().filter_map(|line| line.parse::<u32>().ok());
                rules.entry(rule.clone()).or_default().extend(lines);
            }
        }
        rules
    }

    /// What it adds to the importer's record: how each line of an inspection came out.
    pub(super) fn history(&self, passes: bool, today: jiff::civil::Date) -> Vec<HistoryEntry> {
        let served = self.declaration.zip(self.dossier.link.as_ref()).filter(|_| self.is_of_inspection());
        let Some((declaration, (_, task, _))) = served else { return Vec::new() };
        let Some(importer) = &self.dossier.holder else { return Vec::new() };
        let rules = self.rules(declaration, task);
        let of_task: BTreeSet<u32> = match declaration.task(task) {
            Some(task) => task.lines.iter().copied().collect(),
            None => rules.values().flatten().copied().collect(),
        };
        let lines = declaration.decision.iter().flat_map(|decision| &decision.lines);
        let requirements = lines.clone().flat_map(|line| &line.requirements);
        let of_rule = requirements.clone().find(|requirement| rules.contains_key(&requirement.rule));
        let measure = declaration.task(task).map(|task| &task.measure).or(of_rule.map(|found| &found.measure));
        let Some(measure) = measure else { return Vec::new() };
        // Goods of one code are recorded once: they have passed where all of their lines have.
        let mut of_goods: BTreeMap<Option<&String>, bool> = BTreeMap::new();
        for line in lines.filter(|line| of_task.contains(&line.line)) {
            let own = self.given.lines.iter().find(|result| result.line == line.line);
            *of_goods.entry(line.hs.as_ref()).or_insert(true) &= own.map_or(passes, |own| own.passed);
        }
        let entry = |(hs, passed): (Option<&String>, bool)| HistoryEntry {
            importer: Some(importer.clone()),
            measure: Some(measure.clone()),
            event: Some(if passed { "pass" } else { "fail" }.to_owned()),
            date: Some(today.to_string()),
            consignment: Some(name_of(declaration.id, &declaration.registration)),
            hs: hs.cloned(),
            ..HistoryEntry::default()
        };
        of_goods.into_iter().map(entry).collect()
    }
}

/// Quantities as one, where they are counted in one unit.
pub(super) fn together(counted: Vec<(Decimal, String)>) -> Option<(Decimal, String)> {
    counted.into_iter().map(Some).reduce(|one, other| {
        let ((one, unit), (other, of_other)) = (one?, other?);
        (unit == of_other).then(|| one.checked_add(other)).flatten().map(|sum| (sum, unit))
    })?
}
