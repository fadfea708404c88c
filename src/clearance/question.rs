//! The questions that customs has to settle: which fact of which line, and what may be answered.

use serde::{Deserialize, Serialize};

use super::examine::{Examination, Examiner};
use super::explain::{self, Lang};
use crate::approval::{TaskKind, Weight, weight};
use crate::law::{FactKind, Pack, Rule};
use crate::screening::Unsettled;
use crate::trade::{Direction, Status};

/// A fact of a line to be settled, with what may be answered.
/// [`Declaration::settle`](crate::trade::Declaration::settle) takes the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactQuestion {
    /// The number of the line.
    pub line: u32,
    /// What is settled: the fact, `fact@rule` where it is asked for each rule by itself,
    /// [`Declaration::REGIME`](crate::trade::Declaration::REGIME) or
    /// [`Declaration::ORIGIN`](crate::trade::Declaration::ORIGIN).
    pub fact: String,
    /// The question, Vietnamese.
    pub ask_vi: String,
    /// The question, English.
    pub ask_en: String,
    /// What may be answered; empty: any words, or any country for the origin.
    pub values: Vec<String>,
    /// The rules that hang on it.
    pub rules: Vec<String>,
}

impl FactQuestion {
    /// The questions of a task, by its position, in the order of the lines; each once for a line.
    /// Empty where the task is not to settle facts.
    pub fn of_task(examiner: &Examiner<'_>, examination: &Examination<'_, '_>, task: usize) -> Vec<Self> {
        let pack = examiner.screener().pack();
        let mut found: Vec<Self> = Vec::new();
        let Some(task) = examination.tasks.tasks.get(task).filter(|task| task.kind == TaskKind::SettleFact) else {
            return found;
        };
        for position in &task.lines {
            let Some(line) = examination.screening.lines.get(*position as usize) else { continue };
            for requirement in examination.screening.requirements_of(line) {
                let rule = pack.rule(requirement.rule);
                let open = matches!(requirement.status, Status::Required | Status::Pending);
                if !open || rule.measure != task.measure || weight(requirement, rule.stage) != Weight::Ask {
                    continue;
                }
                let Some(unsettled) = requirement.unsettled else { continue };
                let fact = name(pack, unsettled, rule);
                match found.iter_mut().find(|known| known.line == line.number && known.fact == fact) {
                    Some(known) => known.rules.push(rule.id.clone()),
                    None => found.push(Self {
                        line: line.number,
                        fact,
                        ask_vi: explain::question(pack, unsettled, Lang::Vi).to_owned(),
                        ask_en: explain::question(pack, unsettled, Lang::En).to_owned(),
                        values: values(pack, unsettled, examination.direction),
                        rules: vec![rule.id.clone()],
                    }),
                }
            }
        }
        found
    }
}

/// What settles it, as [`Declaration::settle`](crate::trade::Declaration::settle) takes it.
fn name(pack: &Pack, unsettled: Unsettled, rule: &Rule) -> String {
    let key = explain::key(pack, unsettled);
    match unsettled {
        Unsettled::Fact(fact) if pack.facts[fact.index()].kind == FactKind::Scoped => format!("{key}@{}", rule.id),
        _ => key.to_owned(),
    }
}

fn values(pack: &Pack, unsettled: Unsettled, direction: Option<Direction>) -> Vec<String> {
    match unsettled {
        Unsettled::Fact(fact) => {
            let fact = &pack.facts[fact.index()];
            match fact.kind {
                FactKind::Bool | FactKind::Scoped => vec!["true".to_owned(), "false".to_owned()],
                // Each value, and that it is not this one.
                FactKind::Choice => {
                    fact.values.iter().cloned().chain(fact.values.iter().map(|v| format!("!{v}"))).collect()
                }
                FactKind::Text => Vec::new(),
            }
        }
        Unsettled::Regime => {
            let regimes = pack.regimes.iter().filter(|regime| direction.is_none_or(|way| regime.direction == way));
            regimes.map(|regime| regime.code.to_string()).collect()
        }
        Unsettled::Origin => Vec::new(),
    }
}
