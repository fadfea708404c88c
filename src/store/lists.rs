//! Lists for queues and searches, a page at a time: the next begins after the last row of this one.

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Link, Row, Value, built};
use crate::clearance::case::CaseId;

/// Rows of a page at most.
pub const PAGE_MAX: u32 = 200;

/// A page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Where the next begins; none: this is the last.
    pub next: Option<String>,
}

/// A condition on a column, put together with the others.
#[derive(Debug, Default)]
struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition in which `?` stands for the value.
    fn add(&mut self, condition: &'static str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        let condition = condition.replace('?', &place);
        self.text.push_str(if self.text.is_empty() { " WHERE " } else { " AND " });
        self.text.push_str(&condition);
    }

    /// Adds a condition without a value.
    fn fixed(&mut self, condition: &'static str) {
        self.text.push_str(if self.text.is_empty() { " WHERE " } else { " AND " });
        self.text.push_str(condition);
    }

    async fn rows(self, link: &mut Link<'_>, select: &str, order: &str, limit: u32) -> Result<Vec<Row>, StoreError> {
        let text = format!("{select}{} {order} LIMIT {}", self.text, limit.min(PAGE_MAX) + 1);
        built(text).bind_all(self.values).rows(link).await
    }
}

/// Cuts the row too many that says that there is a next page.
fn page<T>(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = limit.min(PAGE_MAX) as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    Page { rows, next }
}

/// Whose tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desk {
    /// Those of an agency.
    Agency(String),
    /// Those of customs: without an agency, and those of the agency that is customs itself.
    Customs(Option<String>),
    /// Those of a trader's declarations.
    Holder(String),
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
    /// Its declaration.
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
}

const TASKS: &str = "SELECT case_id, task, id, kind, agency, procedure_code, measure, stage, lines, after_tasks, state, \
    waits_for, claimed_by, due, critical, rank, dossier, holder, name FROM tasks";

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
    let mut conditions = Conditions::default();
    match desk {
        Desk::Agency(agency) => conditions.add("agency = ?", agency.as_str()),
        Desk::Customs(Some(agency)) => conditions.add("(agency IS NULL OR agency = ?)", agency.as_str()),
        Desk::Customs(None) => conditions.fixed("agency IS NULL"),
        Desk::Holder(holder) => conditions.add("holder = ?", holder.as_str()),
        Desk::All => {}
    }
    if let Some(state) = &filter.state {
        conditions.add("state = ?", state.as_str());
    }
    if let Some(declaration) = filter.declaration {
        conditions.add("case_id = ?", declaration);
    }
    if let Some((rank, case)) = after.and_then(|after| after.split_once('.')) {
        let rank = rank.parse::<i64>().map_err(|_| StoreError::Address("this is no place in a list".to_owned()))?;
        conditions.add("rank >= ?", rank);
        conditions.add(RANK_AND_CASE, format!("{rank:020}.{case}"));
    }
    let rows = conditions.rows(link, TASKS, "ORDER BY rank, case_id, task", limit).await?;
    let rows = rows.iter().map(task_row).collect::<Result<Vec<_>, _>>()?;
    Ok(page(rows, limit, |row: &TaskRow| format!("{}.{}.{}", row.rank, row.case, row.key)))
}

/// What a cursor compares: the rank in digits, then case and key.
const RANK_AND_CASE: &str =
    "(SUBSTR('00000000000000000000' || rank, LENGTH('' || rank) + 1) || '.' || case_id || '.' || task) > ?";

/// A task by its id.
///
/// # Errors
/// [`StoreError`]
pub async fn task(link: &mut Link<'_>, id: &str) -> Result<Option<TaskRow>, StoreError> {
    let Some(case) = id.get(..36).and_then(|case| case.parse::<CaseId>().ok()) else { return Ok(None) };
    let query = built(format!("{TASKS} WHERE case_id = $1 AND id = $2"));
    query.bind(case).bind(id).row(link).await?.as_ref().map(task_row).transpose()
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
    })
}

/// Which declarations.
#[derive(Debug, Clone, Default)]
pub struct DeclarationFilter {
    /// Of this trader.
    pub holder: Option<String>,
    /// Filed by this organisation.
    pub filer: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// With this decision.
    pub decision: Option<String>,
    /// In this channel.
    pub channel: Option<String>,
    /// With this number or reference.
    pub name: Option<String>,
}

/// A declaration as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationRow {
    /// Its case.
    pub case: CaseId,
    /// When it came.
    pub opened: Timestamp,
    /// When it changed last.
    pub changed: Timestamp,
    /// Where it stands.
    pub status: String,
    /// Its number, or its reference.
    pub name: Option<String>,
    /// The trader.
    pub holder: Option<String>,
    /// Who filed it.
    pub filer: String,
    /// Which way the goods go.
    pub direction: Option<String>,
    /// The day of its law.
    pub day: Option<String>,
    /// What may be done with the goods.
    pub decision: Option<String>,
    /// Its channel.
    pub channel: Option<String>,
    /// When the first of its tasks is due.
    pub due: Option<Timestamp>,
}

/// A page of declarations, the newest first. `traders` are those whose declarations a broker may
/// see beside its own.
///
/// # Errors
/// [`StoreError`]
pub async fn declarations(
    link: &mut Link<'_>,
    filter: &DeclarationFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<DeclarationRow>, StoreError> {
    const SELECT: &str = "SELECT case_id, opened_at, changed_at, status, name, holder, filer, direction, day, decision, \
        channel, due FROM declarations";
    let mut conditions = Conditions::default();
    let mut add = |condition: &'static str, value: &Option<String>| {
        if let Some(value) = value {
            conditions.add(condition, value.as_str());
        }
    };
    add("holder = ?", &filter.holder);
    add("filer = ?", &filter.filer);
    add("status = ?", &filter.status);
    add("decision = ?", &filter.decision);
    add("channel = ?", &filter.channel);
    add("(name = ? OR reference = ?)", &filter.name);
    if let Some(after) = after {
        let after: CaseId = after.parse().map_err(|_| StoreError::Address("this is no place in a list".to_owned()))?;
        // Ids are in the order of their time.
        conditions.add("case_id < ?", after);
    }
    let rows = conditions.rows(link, SELECT, "ORDER BY case_id DESC", limit).await?;
    let rows = rows
        .iter()
        .map(|row| {
            Ok(DeclarationRow {
                case: row.case(0)?,
                opened: row.moment(1)?,
                changed: row.moment(2)?,
                status: row.text(3)?,
                name: row.maybe_text(4)?,
                holder: row.maybe_text(5)?,
                filer: row.text(6)?,
                direction: row.maybe_text(7)?,
                day: row.maybe_text(8)?,
                decision: row.maybe_text(9)?,
                channel: row.maybe_text(10)?,
                due: row.maybe_moment(11)?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(page(rows, limit, |row: &DeclarationRow| row.case.to_string()))
}

/// The agencies that have or had a task of a declaration.
///
/// # Errors
/// [`StoreError`]
pub async fn agencies_of(link: &mut Link<'_>, declaration: CaseId) -> Result<Vec<String>, StoreError> {
    let query = built(
        "SELECT agency FROM tasks WHERE case_id = $1 AND agency IS NOT NULL UNION \
         SELECT agency FROM dossiers WHERE declaration = $1 AND agency IS NOT NULL"
            .to_owned(),
    );
    query.bind(declaration).rows(link).await?.iter().map(|row| row.text(0)).collect()
}
