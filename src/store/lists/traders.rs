//! The queue of several traders: theirs as one, however many they are.
//!
//! A page shows rows of no more traders than it has rows. So one statement finds those whose next
//! tasks come first, by a step or two in the index for each trader, and another merges their queues.

use super::super::StoreError;
use super::super::sql::{Link, Value, built, key, looked_up, looked_up_values};
use super::PAGE_MAX;
use super::cursor::Key;

/// Traders asked about in one statement.
const AT_ONCE: usize = 4_096;

/// Of these traders those whose tasks may stand on a page, the one whose first task comes first before
/// the others.
///
/// # Errors
/// [`StoreError`]
pub(super) async fn leading(
    link: &mut Link<'_>,
    traders: &[String],
    (state, after): (Option<&str>, Option<&[Key]>),
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let mut found: Vec<(i64, String, String)> = Vec::new();
    for traders in traders.chunks(AT_ONCE) {
        let (text, values) = firsts(traders, (state, after), limit);
        for row in built(text).bind_all(values).rows(link).await? {
            let at = row.text(0)?.parse::<usize>().unwrap_or(usize::MAX);
            let Some(trader) = traders.get(at) else { continue };
            found.push((row.number(1)?, row.text(2)?, trader.clone()));
        }
    }
    found.sort_unstable();
    found.truncate(rows_of_page(limit));
    Ok(found.into_iter().map(|(.., trader)| trader).collect())
}

/// The rows that are read for a page: one more than it shows.
fn rows_of_page(limit: u32) -> usize {
    limit.clamp(1, PAGE_MAX) as usize + 1
}

/// The traders by their first tasks; a case is one trader's, so that its rank and case order them.
fn firsts(traders: &[String], (state, after): (Option<&str>, Option<&[Key]>), limit: u32) -> (String, Vec<Value>) {
    let kept: Vec<[String; 1]> = traders.iter().map(|trader| [key(trader)]).collect();
    let rows = looked_up(kept.len(), 1);
    let mut values = looked_up_values(&kept);
    let only = only(&mut values, state, after);
    let first = |column: &str| {
        format!(
            "(SELECT t.{column} FROM tasks t WHERE t.holder = a.column2{only} \
             ORDER BY t.rank, t.case_id, t.task LIMIT 1)"
        )
    };
    let text = format!(
        "SELECT * FROM (SELECT a.column1 AS place, {} AS first_rank, {} AS first_case FROM (VALUES {rows}) AS a \
         WHERE a.column1 <> '-') AS firsts WHERE first_rank IS NOT NULL ORDER BY first_rank, first_case LIMIT {}",
        first("rank"),
        first("case_id"),
        rows_of_page(limit)
    );
    (text, values)
}

/// The first tasks of these traders, merged by their keys in the index. Before a row of the third of the
/// traders stands one of each of the first two: so much less is read of it.
pub(super) fn merged(
    tasks: &str,
    traders: &[String],
    (state, after): (Option<&str>, Option<&[Key]>),
    limit: u32,
) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let only = only(&mut values, state, after);
    let rows = rows_of_page(limit);
    let of_trader = |(at, trader): (usize, &String)| {
        values.push(key(trader).into());
        format!(
            "SELECT * FROM (SELECT t.rank AS r, t.case_id AS c, t.task AS k FROM tasks t WHERE t.holder = ${}{only} \
             ORDER BY t.rank, t.case_id, t.task LIMIT {}) AS q{at}",
            values.len(),
            rows.saturating_sub(at).max(1)
        )
    };
    let queues: Vec<String> = traders.iter().enumerate().map(of_trader).collect();
    let queues = queues.join(" UNION ALL ");
    let text =
        format!("{tasks} JOIN ({queues} ORDER BY r, c, k LIMIT {rows}) AS page ON case_id = page.c AND task = page.k");
    (text, values)
}

/// What is asked of tasks `t` beside whose they are, with its values after those that are there.
fn only(values: &mut Vec<Value>, state: Option<&str>, after: Option<&[Key]>) -> String {
    let mut text = String::new();
    if let Some(state) = state {
        values.push(state.into());
        text.push_str(&format!(" AND t.state = ${}", values.len()));
    }
    if let Some(after) = after {
        let from = values.len() + 1;
        values.extend(after.iter().cloned().map(Value::from));
        text.push_str(&format!(" AND (t.rank, t.case_id, t.task) > (${from}, ${}, ${})", from + 1, from + 2));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::plans;
    use super::super::tasks::TASKS;
    use super::*;

    #[tokio::test]
    async fn the_queues_of_traders_are_found_and_merged_by_their_index() {
        let traders: Vec<String> = (0..201).map(|at| format!("{at:010}")).collect();
        let key = [Key::Number(7), Key::Text("a".to_owned()), Key::Text("b".to_owned())];
        for after in [None, Some(key.as_slice())] {
            for state in [None, Some("asked")] {
                let asked = (state, after);
                let statements = vec![firsts(&traders, asked, 200), merged(TASKS, &traders, asked, 200)];
                for plan in plans(statements).await {
                    assert!(plan.contains("tasks_holder (holder=?") && !plan.contains("SCAN t"), "{plan}");
                }
            }
        }
    }
}
