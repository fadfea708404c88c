//! Organisations.

use jiff::Timestamp;

use super::super::Link;
use super::super::sql::{Row, sql};
use super::{PeopleError, damaged, legible, page, word};
use crate::people::{Change, OrganisationId, OrganisationKind};
use crate::trade::CountryCode;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// What it is: never changed.
    pub kind: OrganisationKind,
    /// When it was entered.
    pub created_at: Timestamp,
    /// The rest, which may be changed.
    pub edit: OrganisationEdit,
}

/// What may be changed of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationEdit {
    /// What it is called.
    pub name: String,
    /// The tax code of a trader or broker.
    pub identity: Option<String>,
    /// The code of an agency.
    pub agency: Option<String>,
    /// The country of a partner.
    pub country: Option<CountryCode>,
    /// How much it may send a second; none: what everybody may.
    pub per_second: Option<u32>,
    /// Its people and systems may sign in.
    pub active: bool,
}

impl OrganisationEdit {
    /// One that has a name only.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), identity: None, agency: None, country: None, per_second: None, active: true }
    }

    /// Whether it goes with a kind of organisation.
    fn check(&self, kind: OrganisationKind) -> Result<(), PeopleError> {
        use OrganisationKind::{Agency, Broker, Partner, Trader};
        legible(&self.name)?;
        if self.identity.is_some() && !matches!(kind, Trader | Broker) {
            return Err(PeopleError::Invalid("only traders and brokers have a tax code here"));
        }
        let short = |text: &str| (1..=35).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_graphic());
        if self.identity.as_deref().is_some_and(|code| !short(code)) {
            return Err(PeopleError::Invalid("a tax code has 1 to 35 signs without spaces"));
        }
        if self.agency.as_deref().is_some_and(|code| !short(code)) || self.agency.is_some() != (kind == Agency) {
            return Err(PeopleError::Invalid("agencies have the code of an agency, and nobody else has"));
        }
        if self.country.is_some() != (kind == Partner) {
            return Err(PeopleError::Invalid("partners have a country, and nobody else has"));
        }
        if self.per_second == Some(0) {
            return Err(PeopleError::Invalid("a limit is at least one a second; who may send nothing is not active"));
        }
        Ok(())
    }
}

/// Enters an organisation.
///
/// # Errors
/// [`PeopleError::Taken`] where the id, or the tax code among its kind, is another's.
pub async fn create_organisation(
    link: &mut Link<'_>,
    id: &OrganisationId,
    kind: OrganisationKind,
    edit: &OrganisationEdit,
    now: Timestamp,
) -> Result<Change, PeopleError> {
    edit.check(kind)?;
    let added =
        sql("INSERT INTO organisations (id, kind, name, identity, agency, country, active, created_at, per_second) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING")
        .bind(id.as_str())
        .bind(kind.as_str())
        .bind(edit.name.trim())
        .bind(edit.identity.as_deref())
        .bind(edit.agency.as_deref())
        .bind(edit.country.as_ref().map(CountryCode::as_str))
        .bind(edit.active)
        .bind(now)
        .bind(edit.per_second.map(i64::from))
        .execute(link)
        .await?;
    if added == 0 {
        return Err(PeopleError::Taken { kind: "an organisation with that id or tax code:", name: id.to_string() });
    }
    Ok(Change::new("organisation.created", id))
}

/// Changes an organisation. One that is not active any more is refused from this moment.
///
/// # Errors
/// [`PeopleError::Taken`] where the tax code is another's of its kind.
pub async fn change_organisation(
    link: &mut Link<'_>,
    id: &OrganisationId,
    edit: &OrganisationEdit,
) -> Result<Change, PeopleError> {
    let known = organisation(link, id).await?.ok_or_else(|| PeopleError::unknown("organisation", id))?;
    edit.check(known.kind)?;
    if let Some(identity) = edit.identity.as_deref() {
        let other = organisation_of_identity(link, known.kind, identity).await?;
        if other.is_some_and(|other| other.id != *id) {
            return Err(PeopleError::Taken { kind: "an organisation with the tax code", name: identity.to_owned() });
        }
    }
    sql("UPDATE organisations SET name = $1, identity = $2, agency = $3, country = $4, per_second = $5, active = $6 \
         WHERE id = $7")
    .bind(edit.name.trim())
    .bind(edit.identity.as_deref())
    .bind(edit.agency.as_deref())
    .bind(edit.country.as_ref().map(CountryCode::as_str))
    .bind(edit.per_second.map(i64::from))
    .bind(edit.active)
    .bind(id.as_str())
    .execute(link)
    .await?;
    Ok(Change::new("organisation.changed", id))
}

/// An organisation by its id.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn organisation(link: &mut Link<'_>, id: &OrganisationId) -> Result<Option<Organisation>, PeopleError> {
    let row =
        sql("SELECT id, kind, created_at, name, identity, agency, country, per_second, active FROM organisations \
         WHERE id = $1")
        .bind(id.as_str())
        .row(link)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// An organisation of a kind by its tax code.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn organisation_of_identity(
    link: &mut Link<'_>,
    kind: OrganisationKind,
    identity: &str,
) -> Result<Option<Organisation>, PeopleError> {
    let row =
        sql("SELECT id, kind, created_at, name, identity, agency, country, per_second, active FROM organisations \
         WHERE kind = $1 AND identity = $2")
        .bind(kind.as_str())
        .bind(identity)
        .row(link)
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// Organisations in the order of their ids, those after `after`.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn organisations(
    link: &mut Link<'_>,
    after: Option<&OrganisationId>,
    limit: u32,
) -> Result<Vec<Organisation>, PeopleError> {
    let rows =
        sql("SELECT id, kind, created_at, name, identity, agency, country, per_second, active FROM organisations \
         WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after.map_or("", OrganisationId::as_str))
        .bind(page(limit))
        .rows(link)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Organisation, PeopleError> {
    let country =
        row.maybe_text(6)?.map(|text| CountryCode::parse(&text).map_err(|_| damaged("country"))).transpose()?;
    Ok(Organisation {
        id: word(row, 0, |text| OrganisationId::parse(text).ok(), "id of an organisation")?,
        kind: word(row, 1, OrganisationKind::parse, "kind of an organisation")?,
        created_at: row.moment(2)?,
        edit: OrganisationEdit {
            name: row.text(3)?,
            identity: row.maybe_text(4)?,
            agency: row.maybe_text(5)?,
            country,
            per_second: row.maybe_number(7)?.map(u32::try_from).transpose().map_err(|_| damaged("limit"))?,
            active: row.flag(8)?,
        },
    })
}
