//! Dossiers, the newest first.

use jiff::Timestamp;

use super::super::StoreError;
use super::super::sql::{Link, Row, Value, maybe_key};
use super::Page;
use super::cursor::{self, Key, TEXT};
use super::select::{Order, Select, merged};
use crate::clearance::case::CaseId;

/// Which dossiers.
#[derive(Debug, Clone, Default)]
pub struct DossierFilter {
    /// Of this agency.
    pub agency: Option<String>,
    /// Of this trader.
    pub holder: Option<String>,
    /// Filed by this organisation.
    pub filer: Option<String>,
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
    /// Its procedure.
    pub procedure: Option<String>,
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
    /// Who works on it.
    pub claimed_by: Option<String>,
    /// The declaration that it serves.
    pub declaration: Option<CaseId>,
    /// Anything leads on.
    pub is_open: bool,
}

const DOSSIERS: &str = "SELECT case_id, opened_at, changed_at, procedure_code, reference, agency, holder, filer, state, \
    claimed_by, declaration, is_open FROM dossiers";

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
    let select = |open: Option<bool>| {
        Select::new(DOSSIERS)
            .and_if("agency = ?", filter.agency.as_deref())
            .and_if("holder = ?", maybe_key(filter.holder.as_deref()))
            .and_if("filer = ?", filter.filer.as_deref())
            .and_if("reference = ?", maybe_key(filter.reference.as_deref()))
            .and_if("is_open = ?", open)
            .and_if("state = ?", filter.state.as_deref())
            .and_if("procedure_code = ?", filter.procedure.as_deref())
            .after("case_id < ?", after)
            .finish("case_id DESC", limit)
    };
    // The index of an agency or a trader has a place for what is open and one for what is not.
    let of_somebody = filter.agency.is_some() || filter.holder.is_some();
    let by_other = filter.filer.is_some() || filter.reference.is_some();
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
        procedure: row.maybe_text(3)?,
        reference: row.maybe_text(4)?,
        agency: row.maybe_text(5)?,
        holder: row.maybe_text(6)?,
        filer: row.text(7)?,
        state: row.text(8)?,
        claimed_by: row.maybe_text(9)?,
        declaration: row.maybe_case(10)?,
        is_open: row.flag(11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::follows;
    use super::*;

    #[tokio::test]
    async fn every_list_of_dossiers_follows_an_index_and_sorts_nothing() {
        let some = || Some("x".to_owned());
        let after = [Key::Text("m".to_owned())];
        for (filter, index) in [
            (DossierFilter::default(), "sqlite_autoindex_dossiers_1"),
            (DossierFilter { agency: some(), ..DossierFilter::default() }, "dossiers_agency"),
            (DossierFilter { agency: some(), state: some(), ..DossierFilter::default() }, "dossiers_agency"),
            (DossierFilter { filer: some(), ..DossierFilter::default() }, "dossiers_filer"),
            (DossierFilter { reference: some(), ..DossierFilter::default() }, "dossiers_reference"),
            (DossierFilter { holder: some(), is_open: Some(true), ..DossierFilter::default() }, "dossiers_holder"),
        ] {
            for after in [None, Some(after.as_slice())] {
                follows(ways(&filter, after, 50), index).await;
            }
        }
    }
}
