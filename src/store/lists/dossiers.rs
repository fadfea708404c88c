//! Dossiers, the newest first.

use jiff::Timestamp;

use super::super::StoreError;
use super::super::sql::{Link, Row, Value, built, maybe_key, places};
use super::cursor::{self, Key, TEXT};
use super::select::{Order, Select, merged};
use super::{As, Own, Page};
use crate::clearance::case::dossier::Turn;
use crate::clearance::case::{Author, CaseId, Role};
use crate::law::life_cycle::Act;

/// Which dossiers.
#[derive(Debug, Clone, Default)]
pub struct DossierFilter {
    /// Of this agency.
    pub agency: Option<String>,
    /// Of this trader.
    pub holder: Option<String>,
    /// Of those that somebody sees as a declarant.
    pub own: Option<Own>,
    /// Of this reference of the sender's.
    pub reference: Option<String>,
    /// Whether anything leads on.
    pub is_open: Option<bool>,
    /// Whose last act was this.
    pub state: Option<String>,
    /// Under this procedure.
    pub procedure: Option<String>,
}

/// A dossier as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierRow {
    /// Its case.
    pub case: CaseId,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it changed last.
    pub changed: Timestamp,
    /// The sender's reference.
    pub reference: Option<String>,
    /// The agency that handles it.
    pub agency: Option<String>,
    /// The trader.
    pub holder: Option<String>,
    /// Who filed it.
    pub filer: String,
    /// What was done last.
    pub state: String,
    /// The declaration that it serves.
    pub declaration: Option<CaseId>,
    /// The key of its task there.
    pub task: Option<String>,
    /// What decides what may be done next.
    pub turn: Turn,
    /// Anything leads on.
    pub is_open: bool,
}

const DOSSIERS: &str = "SELECT case_id, opened_at, changed_at, procedure_code, reference, agency, holder, filer, state, \
    claimed_by, declaration, is_open, claimed_in, task, states, ended FROM dossiers";

/// A page of dossiers, the newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn dossiers(
    link: &mut Link<'_>,
    filter: &DossierFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<DossierRow>, StoreError> {
    let after = cursor::read(after, &[TEXT])?;
    merged(link, ways(filter, after.as_deref(), limit), limit, Order::Down, |row| {
        let row = dossier_row(row)?;
        Ok((vec![Key::Text(row.case.to_string())], row))
    })
    .await
}

fn ways(filter: &DossierFilter, after: Option<&[Key]>, limit: u32) -> Vec<(String, Vec<Value>)> {
    match &filter.own {
        None => ways_as(filter, None, after, limit),
        Some(own) => {
            let all = own.ways(filter.holder.as_deref()).into_iter();
            all.flat_map(|way| ways_as(filter, Some(way), after, limit)).collect()
        }
    }
}

fn ways_as(
    filter: &DossierFilter,
    way: Option<As<'_>>,
    after: Option<&[Key]>,
    limit: u32,
) -> Vec<(String, Vec<Value>)> {
    let holder = match way {
        Some(As::Holder(holder)) => Some(holder),
        _ => filter.holder.as_deref(),
    };
    let select = |open: Option<bool>| {
        let select = Select::new(DOSSIERS);
        let select = match way {
            Some(As::Filer(filer)) => select.and("filer = ?", [filer]),
            Some(As::AnyHolder) => select.and_fixed("holder IS NOT NULL"),
            Some(As::Holder(_)) | None => select,
        };
        select
            .and_if("agency = ?", filter.agency.as_deref())
            .and_if("holder = ?", maybe_key(holder))
            .and_if("reference = ?", maybe_key(filter.reference.as_deref()))
            .and_if("is_open = ?", open)
            .and_if("state = ?", filter.state.as_deref())
            .and_if("procedure_code = ?", filter.procedure.as_deref())
            .after("case_id < ?", after)
            .finish("case_id DESC", limit)
    };
    // The index of an agency or a trader has a place for what is open and one for what is not.
    let of_somebody = filter.agency.is_some() || holder.is_some();
    let by_other = matches!(way, Some(As::Filer(_))) || filter.reference.is_some();
    match filter.is_open {
        None if of_somebody && !by_other => [true, false].map(|open| select(Some(open))).into(),
        open => vec![select(open)],
    }
}

fn dossier_row(row: &Row) -> Result<DossierRow, StoreError> {
    Ok(DossierRow {
        case: row.case(0)?,
        opened: row.moment(1)?,
        changed: row.moment(2)?,
        reference: row.maybe_text(4)?,
        agency: row.maybe_text(5)?,
        holder: row.maybe_text(6)?,
        filer: row.text(7)?,
        state: row.text(8)?,
        declaration: row.maybe_case(10)?,
        is_open: row.flag(11)?,
        task: row.maybe_text(13)?,
        turn: turn(row)?,
    })
}

/// As much of the row as decides what may be done next.
fn turn(row: &Row) -> Result<Turn, StoreError> {
    let states = serde_json::from_str(&row.text(14)?);
    let states = states.map_err(|error| StoreError::Damaged(format!("states of a dossier: {error}")))?;
    let (person, organisation) = (row.maybe_text(9)?, row.maybe_text(12)?);
    let is_claimed = person.is_some() || organisation.is_some();
    let claimed_by = is_claimed.then_some(Author { role: Role::Agency, organisation, person });
    let ended = row.maybe_text(15)?.and_then(|ended| Act::parse(&ended));
    Ok(Turn { procedure: row.maybe_text(3)?, states, ended, claimed_by })
}

/// Dossiers by their ids, each once.
///
/// # Errors
/// [`StoreError`]
pub async fn dossiers_of_ids(link: &mut Link<'_>, ids: &[CaseId]) -> Result<Vec<DossierRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = built(format!("{DOSSIERS} WHERE case_id IN ({})", places(1, ids.len())));
    query.bind_all(ids.iter().copied()).rows(link).await?.iter().map(dossier_row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::follows;
    use super::super::Holders;
    use super::*;

    #[tokio::test]
    async fn every_list_of_dossiers_follows_an_index_and_sorts_nothing() {
        let some = || Some("x".to_owned());
        let after = [Key::Text("m".to_owned())];
        let own = Some(Own { filer: "f".to_owned(), holders: Holders::Of(Vec::new()) });
        for (filter, index) in [
            (DossierFilter::default(), "sqlite_autoindex_dossiers_1"),
            (DossierFilter { agency: some(), ..DossierFilter::default() }, "dossiers_agency"),
            (DossierFilter { agency: some(), state: some(), ..DossierFilter::default() }, "dossiers_agency"),
            (DossierFilter { own, ..DossierFilter::default() }, "dossiers_filer"),
            (DossierFilter { reference: some(), ..DossierFilter::default() }, "dossiers_reference"),
            (DossierFilter { holder: some(), is_open: Some(true), ..DossierFilter::default() }, "dossiers_holder"),
        ] {
            for after in [None, Some(after.as_slice())] {
                follows(ways(&filter, after, 50), index).await;
            }
        }
    }
}
