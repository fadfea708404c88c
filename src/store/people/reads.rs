//! Who looked at which case.

use jiff::Timestamp;

use super::super::Link;
use super::super::sql::{Value, insert, sql};
use super::{PeopleError, maybe_word, page, word};
use crate::clearance::case::CaseId;
use crate::people::{OrganisationId, PersonId};

/// Somebody looked at a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// When.
    pub at: Timestamp,
    /// At which.
    pub case: CaseId,
    /// From which organisation.
    pub organisation: OrganisationId,
    /// Who; none: a system.
    pub person: Option<PersonId>,
    /// At what of it, such as `timeline`.
    pub what: String,
}

/// Notes who looked.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn note_reads(link: &mut Link<'_>, reads: &[Read]) -> Result<(), PeopleError> {
    let row = |read: &Read| -> [Value; 5] {
        [
            read.at.into(),
            read.case.into(),
            read.organisation.as_str().into(),
            read.person.map(|person| person.to_string()).into(),
            read.what.as_str().into(),
        ]
    };
    let rows = reads.iter().map(row).collect();
    insert(link, "INSERT INTO reads (at, case_id, organisation, person, what)", "", rows).await?;
    Ok(())
}

/// Who looked at a case, the last first.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn reads_of(link: &mut Link<'_>, case: CaseId, limit: u32) -> Result<Vec<Read>, PeopleError> {
    let rows = sql("SELECT at, case_id, organisation, person, what FROM reads WHERE case_id = $1 \
         ORDER BY at DESC, organisation, person, what LIMIT $2")
    .bind(case)
    .bind(page(limit))
    .rows(link)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Read {
                at: row.moment(0)?,
                case: row.case(1)?,
                organisation: word(row, 2, |text| OrganisationId::parse(text).ok(), "id of an organisation")?,
                person: maybe_word(row, 3, |text| PersonId::parse(text).ok(), "id of a person")?,
                what: row.text(4)?,
            })
        })
        .collect()
}
