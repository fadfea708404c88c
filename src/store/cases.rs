//! Cases by their journal: what their events come to.

use std::collections::BTreeMap;

use super::StoreError;
use super::journal::{self, Head, History};
use super::sql::{Link, built, key, looked_up, looked_up_values, places, sql};
use crate::clearance::case::certificate::Certificate;
use crate::clearance::case::declaration::{Declaration, Status};
use crate::clearance::case::dossier::Dossier;
use crate::clearance::case::permit::Permit;
use crate::clearance::case::{CaseId, Entry};

/// Cases that one statement asks for.
const TOGETHER: usize = 64;

/// The entries of a case, in their order.
///
/// # Errors
/// [`StoreError`]
pub async fn entries(link: &mut Link<'_>, case: CaseId) -> Result<Vec<Entry>, StoreError> {
    let history = journal::history(link, case).await?;
    Ok(history.entries.into_iter().map(|(_, entry)| entry).collect())
}

fn entry(seq: i64, event: &str) -> Result<Entry, StoreError> {
    Entry::from_json(event).map_err(|error| StoreError::Damaged(format!("entry {seq} of the journal: {error}")))
}

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

/// A certificate of origin by its events, with the end of its chain.
///
/// # Errors
/// [`StoreError`]
pub async fn certificate_and_head(
    link: &mut Link<'_>,
    case: CaseId,
) -> Result<Option<(Certificate, Head)>, StoreError> {
    let history = journal::history(link, case).await?;
    Ok(certificate_of(&history).map(|certificate| (certificate, history.head)))
}

/// The certificate that a history tells of.
pub(super) fn certificate_of(history: &History) -> Option<Certificate> {
    let (first, rest) = history.entries.split_first()?;
    let mut certificate = Certificate::begin(&first.1)?;
    rest.iter().for_each(|(_, entry)| certificate.apply(entry));
    Some(certificate)
}

/// The dossier that a history tells of.
pub(super) fn dossier_of(history: &History) -> Option<Dossier> {
    let (first, rest) = history.entries.split_first()?;
    let mut dossier = Dossier::begin(&first.1)?;
    rest.iter().for_each(|(_, entry)| dossier.apply(entry));
    Some(dossier)
}

/// Several declarations by their events, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn declarations(link: &mut Link<'_>, cases: &[CaseId]) -> Result<Vec<Declaration>, StoreError> {
    let mut found: Vec<Declaration> = Vec::with_capacity(cases.len());
    for cases in cases.chunks(TOGETHER) {
        let query = built(format!(
            "SELECT seq, event FROM journal WHERE case_id IN ({}) ORDER BY case_id, number",
            places(1, cases.len())
        ));
        for row in query.bind_all(cases.iter().copied()).rows(link).await? {
            let entry = entry(row.number(0)?, &row.text(1)?)?;
            match found.last_mut() {
                Some(declaration) if declaration.id == entry.case => declaration.apply(&entry),
                _ => found.extend(Declaration::begin(&entry)),
            }
        }
    }
    Ok(found)
}

/// A page of the open declarations after one of them, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn open_declarations(
    link: &mut Link<'_>,
    after: Option<CaseId>,
    limit: i64,
) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM declarations WHERE is_open = 1 AND case_id > $1 ORDER BY case_id LIMIT $2");
    let after = after.map_or_else(String::new, |after| after.to_string());
    query.bind(after).bind(limit).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// Where a dossier stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The dossier.
    pub case: CaseId,
    /// Its procedure.
    pub procedure: Option<String>,
    /// The state of each track.
    pub states: BTreeMap<String, String>,
}

/// A page of the open dossiers after one of them, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn open_dossiers(
    link: &mut Link<'_>,
    after: Option<CaseId>,
    limit: i64,
) -> Result<Vec<Standing>, StoreError> {
    let query = sql("SELECT case_id, procedure_code, states FROM dossiers WHERE case_id > $1 AND is_open = 1 \
        ORDER BY case_id LIMIT $2");
    let after = after.map_or_else(String::new, |after| after.to_string());
    let rows = query.bind(after).bind(limit).rows(link).await?;
    rows.iter()
        .map(|row| {
            let states = serde_json::from_str(&row.text(2)?);
            let states = states.map_err(|error| StoreError::Damaged(format!("states of a dossier: {error}")))?;
            Ok(Standing { case: row.case(0)?, procedure: row.maybe_text(1)?, states })
        })
        .collect()
}

/// A declaration that a name may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The declaration.
    pub case: CaseId,
    /// The name is its sender's reference, which any other may use, and not customs' number.
    pub by_reference: bool,
    /// It was cancelled or ended: another may have its name.
    pub is_gone: bool,
}

impl Named {
    /// Those that the name means first: customs' number before a reference, what is there before what
    /// is no more. More than one: the name alone does not say which.
    pub fn meant(found: &[Self]) -> Vec<CaseId> {
        let place = |named: &Self| (named.by_reference, named.is_gone);
        let first = found.iter().map(place).min();
        found.iter().filter(|named| Some(place(named)) == first).map(|named| named.case).collect()
    }
}

/// The declarations that a name may mean, newest first: a case's id, customs' number, or the sender's
/// reference. At most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn declarations_named(link: &mut Link<'_>, name: &str, limit: i64) -> Result<Vec<Named>, StoreError> {
    const OF_ID: &str = "SELECT case_id, name, reference, status FROM declarations WHERE case_id = $1";
    const OF_NAME: &str = "SELECT case_id, name, reference, status FROM declarations WHERE name = $1 OR reference = $1 \
        ORDER BY opened_at DESC, case_id LIMIT $2";
    let kept = key(name);
    let query = match name.parse::<CaseId>() {
        Ok(id) => sql(OF_ID).bind(id),
        Err(_) => sql(OF_NAME).bind(kept.as_str()).bind(limit),
    };
    let rows = query.rows(link).await?;
    rows.iter()
        .map(|row| {
            let (own, reference, status) = (row.maybe_text(1)?, row.maybe_text(2)?, row.text(3)?);
            let is_gone = [Status::Cancelled, Status::Aborted].iter().any(|gone| gone.as_str() == status);
            // A declaration without a number goes by its reference.
            Ok(Named { case: row.case(0)?, by_reference: own == reference || own.as_ref() != Some(&kept), is_gone })
        })
        .collect()
}

/// The declarations that have one of these names, each with the name: customs' number or the sender's
/// reference.
///
/// # Errors
/// [`StoreError`]
pub async fn named(link: &mut Link<'_>, names: &[String]) -> Result<Vec<(String, CaseId)>, StoreError> {
    const AT_ONCE: usize = 64;
    let mut found = Vec::new();
    for names in names.chunks(AT_ONCE) {
        let kept: Vec<[String; 1]> = names.iter().map(|name| [key(name)]).collect();
        // Almost all are new. The smallest id is found by the index, whatever the server knows of the
        // table.
        let rows = looked_up(names.len(), 1);
        let query = built(format!(
            "SELECT a.column1, (SELECT MIN(d.case_id) FROM declarations d WHERE d.name = a.column2), \
             (SELECT MIN(d.case_id) FROM declarations d WHERE d.reference = a.column2) FROM (VALUES {rows}) AS a"
        ));
        for row in query.bind_all(looked_up_values(&kept)).rows(link).await? {
            if row.maybe_text(1)?.is_none() && row.maybe_text(2)?.is_none() {
                continue;
            }
            let at = row.text(0)?.parse::<usize>().unwrap_or(usize::MAX);
            let Some(name) = names.get(at) else { continue };
            let all = sql("SELECT case_id FROM declarations WHERE name = $1 \
                UNION SELECT case_id FROM declarations WHERE reference = $1");
            for row in all.bind(key(name)).rows(link).await? {
                found.push((name.clone(), row.case(0)?));
            }
        }
    }
    Ok(found)
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
    query.bind(procedure).bind(key(reference)).row(link).await?.map(|row| row.case(0)).transpose()
}

/// The open dossiers of a trader that handle no declaration's task yet.
///
/// # Errors
/// [`StoreError`]
pub async fn unlinked_dossiers(link: &mut Link<'_>, holder: &str) -> Result<Vec<CaseId>, StoreError> {
    let query =
        sql("SELECT case_id FROM dossiers WHERE holder = $1 AND declaration IS NULL ORDER BY case_id LIMIT 1000");
    query.bind(key(holder)).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// The dossiers that handle a declaration's tasks.
///
/// # Errors
/// [`StoreError`]
pub async fn dossiers_of(link: &mut Link<'_>, declaration: CaseId) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM dossiers WHERE declaration = $1 ORDER BY opened_at, case_id");
    query.bind(declaration).rows(link).await?.iter().map(|row| row.case(0)).collect()
}
