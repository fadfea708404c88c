//! Cases by their journal: what their events come to.

use super::StoreError;
use super::journal::{self, Head, History};
use super::sql::{Link, sql};
use crate::clearance::case::CaseId;
use crate::clearance::case::declaration::Declaration;
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::permit::Permit;

/// A declaration by its events; none where there is no such case or it is of another kind.
///
/// # Errors
/// [`StoreError`]
pub async fn declaration(link: &mut Link<'_>, case: CaseId) -> Result<Option<Declaration>, StoreError> {
    Ok(declaration_and_head(link, case).await?.map(|(declaration, _)| declaration))
}

/// The same with the end of its chain.
///
/// # Errors
/// [`StoreError`]
pub async fn declaration_and_head(
    link: &mut Link<'_>,
    case: CaseId,
) -> Result<Option<(Declaration, Head)>, StoreError> {
    let history = journal::history(link, case).await?;
    Ok(declaration_of(&history).map(|declaration| (declaration, history.head)))
}

/// A dossier by its events; none where there is no such case or it is of another kind.
///
/// # Errors
/// [`StoreError`]
pub async fn dossier(link: &mut Link<'_>, case: CaseId) -> Result<Option<Dossier>, StoreError> {
    Ok(dossier_and_head(link, case).await?.map(|(dossier, _)| dossier))
}

/// The same with the end of its chain.
///
/// # Errors
/// [`StoreError`]
pub async fn dossier_and_head(link: &mut Link<'_>, case: CaseId) -> Result<Option<(Dossier, Head)>, StoreError> {
    let history = journal::history(link, case).await?;
    Ok(dossier_of(&history).map(|dossier| (dossier, history.head)))
}

/// The declaration that a history tells of.
pub(super) fn declaration_of(history: &History) -> Option<Declaration> {
    let (first, rest) = history.entries.split_first()?;
    let mut declaration = Declaration::begin(&first.1)?;
    rest.iter().for_each(|(_, entry)| declaration.apply(entry));
    Some(declaration)
}

/// The account of a permit with the end of its chain.
///
/// # Errors
/// [`StoreError`]
pub async fn permit_and_head(link: &mut Link<'_>, case: CaseId) -> Result<Option<(Permit, Head)>, StoreError> {
    let history = journal::history(link, case).await?;
    Ok(permit_of(&history)?.map(|permit| (permit, history.head)))
}

/// The account that a history tells of.
pub(super) fn permit_of(history: &History) -> Result<Option<Permit>, StoreError> {
    let Some((first, rest)) = history.entries.split_first() else { return Ok(None) };
    let Some(mut permit) = Permit::begin(&first.1) else { return Ok(None) };
    for (seq, entry) in rest {
        let applied = permit.apply(entry);
        applied.map_err(|error| StoreError::Damaged(format!("entry {seq} of the journal: {error}")))?;
    }
    Ok(Some(permit))
}

/// The dossier that a history tells of.
pub(super) fn dossier_of(history: &History) -> Option<Dossier> {
    let (first, rest) = history.entries.split_first()?;
    let mut dossier = Dossier::begin(&first.1)?;
    rest.iter().for_each(|(_, entry)| dossier.apply(entry));
    Some(dossier)
}

/// The declarations that a name means, newest first: a case's id, customs' number, or the sender's
/// reference. At most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn declarations_named(link: &mut Link<'_>, name: &str, limit: i64) -> Result<Vec<CaseId>, StoreError> {
    if let Ok(id) = name.parse::<CaseId>() {
        let row = sql("SELECT case_id FROM declarations WHERE case_id = $1").bind(id).row(link).await?;
        return Ok(row.map(|_| id).into_iter().collect());
    }
    let query = sql(
        "SELECT case_id FROM declarations WHERE name = $1 OR reference = $1 ORDER BY opened_at DESC, case_id LIMIT $2",
    );
    query.bind(name).bind(limit).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// The dossier that a sender's reference means under a procedure; the newest of several.
///
/// # Errors
/// [`StoreError`]
pub async fn dossier_of_reference(
    link: &mut Link<'_>,
    procedure: &str,
    reference: &str,
) -> Result<Option<CaseId>, StoreError> {
    let query = sql(
        "SELECT case_id FROM dossiers WHERE procedure_code = $1 AND reference = $2 ORDER BY opened_at DESC, case_id LIMIT 1",
    );
    query.bind(procedure).bind(reference).row(link).await?.map(|row| row.case(0)).transpose()
}

/// The open dossiers of a trader that handle no declaration's task yet.
///
/// # Errors
/// [`StoreError`]
pub async fn unlinked_dossiers(link: &mut Link<'_>, holder: &str) -> Result<Vec<CaseId>, StoreError> {
    let query = sql(
        "SELECT case_id FROM dossiers WHERE holder = $1 AND declaration IS NULL ORDER BY opened_at, case_id LIMIT 1000",
    );
    query.bind(holder).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// The dossiers that handle a declaration's tasks.
///
/// # Errors
/// [`StoreError`]
pub async fn dossiers_of(link: &mut Link<'_>, declaration: CaseId) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM dossiers WHERE declaration = $1 ORDER BY opened_at, case_id");
    query.bind(declaration).rows(link).await?.iter().map(|row| row.case(0)).collect()
}
