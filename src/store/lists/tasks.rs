//! Queues: tasks in the order in which a desk works.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::StoreError;
use super::super::project::{Rows, TaskState};
use super::super::sql::{Link, Row, Value, built, key, places, sql};
use super::Page;
use super::cursor::{self, Key, NUMBER, TEXT};
use super::select::{Order, Select, merged};
use super::traders;
use crate::clearance::case::CaseId;

/// Whose tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desk {
    /// Those of an agency.
    Agency(String),
    /// Those of customs: without an agency, and those of the agency that is customs itself.
    Customs(Option<String>),
    /// Those of a trader's declarations.
    Holder(String),
    /// Those of these traders' declarations, each trader named once.
    Holders(Vec<String>),
    /// Those of all traders' declarations.
    AnyHolder,
    /// What an operator sees to: of these agencies (none: customs' own tasks) what is stuck, of those
    /// after them everything, since nobody stands for them.
    Operator(Vec<Option<String>>, Vec<String>),
    /// All.
    All,
}

/// Which tasks.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// In this state.
    pub state: Option<String>,
    /// Of this declaration.
    pub declaration: Option<CaseId>,
}

/// A task as a queue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Its declaration; a dossier that serves none is its own task.
    pub case: CaseId,
    /// Its key.
    pub key: String,
    /// Its id for those outside.
    pub id: String,
    /// What it asks for.
    pub kind: String,
    /// Who does it.
    pub agency: Option<String>,
    /// Under which procedure.
    pub procedure: Option<String>,
    /// For which measure.
    pub measure: Option<String>,
    /// At which stage.
    pub stage: String,
    /// Its lines.
    pub lines: Vec<u32>,
    /// The ids of the tasks that come first.
    pub after: Vec<String>,
    /// Where it stands.
    pub state: String,
    /// Whose turn it is.
    pub waits_for: String,
    /// Who works on it.
    pub claimed_by: Option<String>,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// Clearance is later if it is.
    pub critical: bool,
    /// Its place in the queue.
    pub rank: i64,
    /// Its dossier.
    pub dossier: Option<CaseId>,
    /// The trader.
    pub holder: Option<String>,
    /// The name of the declaration.
    pub declaration: Option<String>,
    /// A dossier may be opened for it.
    pub ready: bool,
    /// The keys of the tasks that come first and have dossiers.
    pub begun_before: Vec<String>,
    /// What was revoked since the goods were let through, where that is to be looked at: a list in JSON.
    pub revoked: Option<String>,
}

impl TaskRow {
    /// It does not move by itself.
    pub fn is_stuck(&self) -> bool {
        self.state == TaskState::Stuck.as_str()
    }

    /// It is a dossier that serves no declaration.
    pub fn is_dossier(&self) -> bool {
        self.dossier == Some(self.case)
    }
}

pub(super) const TASKS: &str = "SELECT case_id, task, id, kind, agency, procedure_code, measure, stage, lines, after_tasks, state, \
    waits_for, claimed_by, due, critical, rank, dossier, holder, name, ready, begun_before, revoked \
    FROM tasks";

/// A page of tasks in the order in which a desk works.
///
/// # Errors
/// [`StoreError`]
pub async fn tasks(
    link: &mut Link<'_>,
    desk: &Desk,
    filter: &TaskFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<TaskRow>, StoreError> {
    let after = cursor::read(after, &[NUMBER, TEXT, TEXT])?;
    let ways = match desk {
        Desk::Holders(traders) => {
            let asked = (filter.state.as_deref(), after.as_deref());
            let leading = traders::leading(link, traders, asked, limit).await?;
            let is_any = !leading.is_empty();
            is_any.then(|| traders::merged(TASKS, &leading, asked, limit)).into_iter().collect()
        }
        desk => ways(desk, filter, after.as_deref(), limit),
    };
    merged(link, ways, limit, Order::Up, |row| {
        let row = task_row(row)?;
        Ok((vec![Key::Number(row.rank), Key::Text(row.case.to_string()), Key::Text(row.key.clone())], row))
    })
    .await
}

/// The statements of a queue: an agency's index has a place for each state.
fn ways(desk: &Desk, filter: &TaskFilter, after: Option<&[Key]>, limit: u32) -> Vec<(String, Vec<Value>)> {
    const AFTER: &str = "(rank, case_id, task) > (?, ?, ?)";
    let select = |agency: Option<Option<&String>>| {
        let select = Select::new(TASKS).and_if("case_id = ?", filter.declaration);
        match agency {
            Some(Some(agency)) => select.and("agency = ?", [agency]),
            Some(None) => select.and_fixed("agency IS NULL"),
            None => select,
        }
    };
    let state = filter.state.as_deref();
    let states = || state.map_or_else(|| TaskState::ALL.map(TaskState::as_str).to_vec(), |state| vec![state]);
    let all = |agency: Option<String>| (agency, states());
    let agencies: Vec<(Option<String>, Vec<&str>)> = match desk {
        Desk::Agency(agency) => vec![all(Some(agency.clone()))],
        Desk::Customs(agency) => agency.iter().cloned().map(Some).chain([None]).map(all).collect(),
        Desk::Operator(attended, unattended) => {
            let stuck = TaskState::Stuck.as_str();
            let stuck = if state.is_none_or(|state| state == stuck) { vec![stuck] } else { Vec::new() };
            let attended = attended.iter().map(|agency| (agency.clone(), stuck.clone()));
            attended.chain(unattended.iter().cloned().map(|agency| all(Some(agency)))).collect()
        }
        Desk::Holder(holder) => {
            let select = select(None).and("holder = ?", [key(holder)]).and_if("state = ?", state).after(AFTER, after);
            return vec![select.finish("rank, case_id, task", limit)];
        }
        Desk::AnyHolder => {
            let select = select(None).and_fixed("holder IS NOT NULL").and_if("state = ?", state).after(AFTER, after);
            return vec![select.finish("rank, case_id, task", limit)];
        }
        // They are found first, and merged by one statement.
        Desk::Holders(_) => return Vec::new(),
        Desk::All => {
            let select = select(None).and_if("state = ?", state).after(AFTER, after);
            return vec![select.finish("rank, case_id, task", limit)];
        }
    };
    let mut ways = Vec::new();
    for (agency, states) in agencies {
        for state in states {
            let select = select(Some(agency.as_ref())).and("state = ?", [state]).after(AFTER, after);
            // Agency and state are the same in all rows; PostgreSQL takes the index in its order
            // only when that is said, since it does not see that `IS NULL` leaves one value.
            ways.push(select.finish("agency, state, rank, case_id, task", limit));
        }
    }
    ways
}

/// The agencies that have tasks, in their order: found by one step in the index for each.
///
/// # Errors
/// [`StoreError`]
pub async fn agencies_with_tasks(link: &mut Link<'_>) -> Result<Vec<String>, StoreError> {
    let first = sql("SELECT MIN(agency) FROM tasks").row(link).await?;
    let mut next = first.map_or(Ok(None), |row| row.maybe_text(0))?;
    let mut found = Vec::new();
    while let Some(agency) = next {
        let row = sql("SELECT MIN(agency) FROM tasks WHERE agency > $1").bind(agency.as_str()).row(link).await?;
        next = row.map_or(Ok(None), |row| row.maybe_text(0))?;
        found.push(agency);
    }
    Ok(found)
}

/// For tasks, by their declarations and keys, the keys of those that come first and have dossiers.
pub type Begun = BTreeMap<(CaseId, String), Vec<String>>;

/// What has begun before the tasks of declarations; those before which nothing has are left out.
///
/// # Errors
/// [`StoreError`]
pub async fn begun_before(link: &mut Link<'_>, declarations: &[CaseId]) -> Result<Begun, StoreError> {
    if declarations.is_empty() {
        return Ok(Begun::new());
    }
    let query = built(format!(
        "SELECT case_id, task, begun_before FROM tasks WHERE case_id IN ({}) AND begun_before <> ''",
        places(1, declarations.len())
    ));
    let rows = query.bind_all(declarations.iter().copied()).rows(link).await?;
    let mut begun = Begun::new();
    for row in &rows {
        let keys = row.text(2)?.split_whitespace().map(str::to_owned).collect();
        begun.insert((row.case(0)?, row.text(1)?), keys);
    }
    Ok(begun)
}

/// A task by its id.
///
/// # Errors
/// [`StoreError`]
pub async fn task(link: &mut Link<'_>, id: &str) -> Result<Option<TaskRow>, StoreError> {
    let Some(case) = id.get(..36).and_then(|case| case.parse::<CaseId>().ok()) else { return Ok(None) };
    let query = built(format!("{TASKS} WHERE case_id = $1 AND id = $2"));
    query.bind(case).bind(id).row(link).await?.as_ref().map(task_row).transpose()
}

/// The tasks that rows of a case put into queues.
pub fn tasks_of(rows: &Rows) -> Vec<TaskRow> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(_) | Value::Bytes(_) => None,
    };
    let number = |value: &Value| match value {
        Value::Number(number) => *number,
        Value::Text(_) | Value::Bytes(_) => None,
    };
    let read = |row: &[Value; 22]| {
        let some = |at: usize| text(&row[at]).unwrap_or_default();
        Some(TaskRow {
            case: some(0).parse().ok()?,
            key: some(1),
            id: some(2),
            kind: some(3),
            agency: text(&row[4]),
            procedure: text(&row[5]),
            measure: text(&row[6]),
            stage: some(7),
            lines: some(8).split_whitespace().filter_map(|line| line.parse().ok()).collect(),
            after: some(9).split_whitespace().map(str::to_owned).collect(),
            state: some(10),
            waits_for: some(11),
            claimed_by: text(&row[12]),
            due: number(&row[13]).and_then(|at| Timestamp::from_microsecond(at).ok()),
            critical: number(&row[14]) == Some(1),
            rank: number(&row[15]).unwrap_or_default(),
            dossier: text(&row[16]).and_then(|case| case.parse().ok()),
            holder: text(&row[17]),
            declaration: text(&row[18]),
            ready: number(&row[19]) == Some(1),
            begun_before: some(20).split_whitespace().map(str::to_owned).collect(),
            revoked: text(&row[21]),
        })
    };
    rows.tasks.iter().filter_map(read).collect()
}

fn task_row(row: &Row) -> Result<TaskRow, StoreError> {
    let lines = row.text(8)?;
    let lines = lines.split_whitespace().filter_map(|line| line.parse().ok()).collect();
    let after = row.text(9)?.split_whitespace().map(str::to_owned).collect();
    Ok(TaskRow {
        case: row.case(0)?,
        key: row.text(1)?,
        id: row.text(2)?,
        kind: row.text(3)?,
        agency: row.maybe_text(4)?,
        procedure: row.maybe_text(5)?,
        measure: row.maybe_text(6)?,
        stage: row.text(7)?,
        lines,
        after,
        state: row.text(10)?,
        waits_for: row.text(11)?,
        claimed_by: row.maybe_text(12)?,
        due: row.maybe_moment(13)?,
        critical: row.flag(14)?,
        rank: row.number(15)?,
        dossier: row.maybe_case(16)?,
        holder: row.maybe_text(17)?,
        declaration: row.maybe_text(18)?,
        ready: row.flag(19)?,
        begun_before: row.text(20)?.split_whitespace().map(str::to_owned).collect(),
        revoked: row.maybe_text(21)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::follows;
    use super::*;

    #[tokio::test]
    async fn every_queue_follows_an_index_and_sorts_nothing() {
        let after = [Key::Number(7), Key::Text("a".to_owned()), Key::Text("b".to_owned())];
        for after in [None, Some(after.as_slice())] {
            for state in [None, Some("ready".to_owned())] {
                let filter = TaskFilter { state, declaration: None };
                let agency = "A".to_owned();
                for (desk, index) in [
                    (Desk::Agency(agency.clone()), "tasks_queue"),
                    (Desk::Customs(Some(agency.clone())), "tasks_queue"),
                    (Desk::Customs(None), "tasks_queue"),
                    (Desk::Operator(vec![None, Some(agency.clone())], vec![String::new()]), "tasks_queue"),
                    (Desk::Holder(agency), "tasks_holder"),
                    (Desk::AnyHolder, "tasks_rank"),
                    (Desk::All, "tasks_rank"),
                ] {
                    follows(ways(&desk, &filter, after, 50), index).await;
                }
            }
        }
    }
}
