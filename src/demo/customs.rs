//! Customs' desk of a demonstration: it does its part, and leaves some of each kind to whoever signs
//! in as customs. So do the traders with what is wrong in their declarations.

use std::collections::{HashMap, HashSet};

use super::DemoError;
use super::desks::{done, draw};
use crate::clearance::case::Author;
use crate::clearance::case::declaration::{CheckKind, Command};
use crate::service::Service;
use crate::service::act::Act;
use crate::service::writer::WorkError;
use crate::store::lists::TaskRow;

/// So many of each kind of task, the last that came, are left to people.
const LEFT: usize = 3;

/// The ids of the tasks that are left to people, of those in a state, in the order of work.
pub(super) fn kept<'t>(tasks: impl DoubleEndedIterator<Item = &'t TaskRow>, state: &str) -> HashSet<String> {
    let (mut kept, mut of_kind) = (HashSet::new(), HashMap::<&str, usize>::new());
    for task in tasks.rev().filter(|task| task.state == state) {
        let left = of_kind.entry(&task.kind).or_default();
        if *left < LEFT {
            *left += 1;
            kept.insert(task.id.clone());
        }
    }
    kept
}

/// Customs settles a fact, checks, or answers what a declarant asks. What is not in order the first time
/// is so the next.
pub(super) async fn work(service: &Service, task: &TaskRow, by: Author, is_first: bool) -> Result<(), DemoError> {
    // Who was refused may ask again, and better.
    let hour = service.shared().clock.now().as_second() / 3600;
    let agrees = draw(&format!("{} {hour}", task.id), "agree") >= 20;
    let command = match task.kind.as_str() {
        "check" => {
            let kind = if task.key.ends_with("goods") { CheckKind::Goods } else { CheckKind::Documents };
            let passed = !is_first || draw(&task.id, "check") >= 4;
            let note = if passed { "" } else { "The goods are not those that were declared." };
            Command::Check { kind, passed, note: note.to_owned() }
        }
        "accept" => Command::Accept,
        "amendment" | "cancellation" if agrees => Command::Agree,
        "amendment" | "cancellation" => Command::Disagree { reason: "The documents say otherwise.".to_owned() },
        "storage" => Command::GrantStorage,
        "settle_fact" => {
            let questions = service.view().await?.questions(task.case, &task.key).await.map_err(WorkError::from)?;
            let Some(question) = questions.into_iter().next() else { return Ok(()) };
            let at = draw(&task.id, "value").unsigned_abs() as usize % question.values.len().max(1);
            let Some(value) = question.values.get(at).cloned() else { return Ok(()) };
            Command::SettleFact { line: question.line, fact: question.fact, value, reason: String::new() }
        }
        // What else there is takes a person to judge.
        _ => return Ok(()),
    };
    let act = Act::Declaration { case: task.case, command: Box::new(command), seen: None };
    done(service.act(act, by).await).map(drop)
}
