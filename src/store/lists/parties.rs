//! Whom a declaration concerns.

use std::collections::HashMap;

use super::super::StoreError;
use super::super::sql::{Link, built, places, sql};
use crate::clearance::case::CaseId;

/// The agencies that have or had a task of a declaration.
///
/// # Errors
/// [`StoreError`]
pub async fn agencies_of(link: &mut Link<'_>, declaration: CaseId) -> Result<Vec<String>, StoreError> {
    let query = sql("SELECT agency FROM tasks WHERE case_id = $1 AND agency IS NOT NULL UNION \
         SELECT agency FROM dossiers WHERE declaration = $1 AND agency IS NOT NULL");
    query.bind(declaration).rows(link).await?.iter().map(|row| row.text(0)).collect()
}

/// Who has filed these declarations.
///
/// # Errors
/// [`StoreError`]
pub async fn filers_of(link: &mut Link<'_>, declarations: &[CaseId]) -> Result<HashMap<CaseId, String>, StoreError> {
    let mut found = HashMap::new();
    for some in declarations.chunks(64) {
        let query =
            built(format!("SELECT case_id, filer FROM declarations WHERE case_id IN ({})", places(1, some.len())));
        for row in query.bind_all(some.iter().copied()).rows(link).await? {
            found.insert(row.case(0)?, row.text(1)?);
        }
    }
    Ok(found)
}

/// Whom a declaration belongs to: its trader, who filed it, whether a step is stuck.
///
/// # Errors
/// [`StoreError`]
pub async fn parties_of(
    link: &mut Link<'_>,
    declaration: CaseId,
) -> Result<Option<(Option<String>, String, bool)>, StoreError> {
    let query = sql(
        "SELECT d.holder, d.filer, (SELECT COUNT(*) FROM tasks t WHERE t.case_id = d.case_id AND t.state = 'stuck') \
         FROM declarations d WHERE d.case_id = $1",
    );
    let row = query.bind(declaration).row(link).await?;
    row.map(|row| Ok((row.maybe_text(0)?, row.text(1)?, row.flag(2)?))).transpose()
}
