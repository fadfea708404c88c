//! How much of everything there is, for those who watch the installation: counted along indexes.

use jiff::Timestamp;

use super::project::TaskState;
use super::sql::{Link, sql};
use super::{StoreError, endpoints, journal};

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open tasks by agency (none: customs' own; empty: of no known one) and state.
    pub tasks: Vec<(Option<String>, String, i64)>,
    /// Those that are late, by agency.
    pub overdue: Vec<(Option<String>, i64)>,
    /// Declarations by status.
    pub declarations: Vec<(String, i64)>,
    /// Letters on their way.
    pub letters: i64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
    /// Letters that could not be delivered.
    pub dead: i64,
    /// Endpoints by how they do.
    pub endpoints: Vec<(&'static str, i64)>,
    /// Those that fail, and how many attempts in a row.
    pub failing: Vec<(String, i64)>,
    /// Entries of the journal.
    pub entries: i64,
}

/// Counts everything.
///
/// # Errors
/// [`StoreError`]
pub async fn counts(link: &mut Link<'_>, now: Timestamp) -> Result<Counts, StoreError> {
    let mut found = Counts { entries: journal::last_seq(link).await?, ..Counts::default() };
    let tasks = sql("SELECT agency, state, COUNT(*) FROM tasks GROUP BY agency, state ORDER BY agency, state");
    for row in tasks.rows(link).await? {
        found.tasks.push((row.maybe_text(0)?, row.text(1)?, row.number(2)?));
    }
    // What is late stands at the head of the queue: a rank is a due time in seconds, or a day before.
    // While others come first or the trader has to answer, no clock runs.
    let overdue = sql("SELECT agency, COUNT(*) FROM tasks WHERE rank < $1 AND due < $2 AND state NOT IN ($3, $4) \
        GROUP BY agency ORDER BY agency");
    let overdue = overdue.bind(now.as_second() + 1).bind(now);
    let overdue = overdue.bind(TaskState::Waiting.as_str()).bind(TaskState::Asked.as_str());
    for row in overdue.rows(link).await? {
        found.overdue.push((row.maybe_text(0)?, row.number(1)?));
    }
    let declarations = sql("SELECT status, COUNT(*) FROM declarations GROUP BY status ORDER BY status");
    for row in declarations.rows(link).await? {
        found.declarations.push((row.text(0)?, row.number(1)?));
    }
    let letters = "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE state = $1";
    if let Some(row) = sql(letters).bind("waiting").row(link).await? {
        (found.letters, found.oldest) = (row.number(0)?, row.maybe_moment(1)?);
    }
    if let Some(row) = sql(letters).bind("dead").row(link).await? {
        found.dead = row.number(0)?;
    }
    (found.endpoints, found.failing) = endpoints::states(link).await?;
    Ok(found)
}
