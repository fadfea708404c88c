//! API keys.

use jiff::Timestamp;

use super::super::Link;
use super::super::sql::{Row, sql};
use super::accounts::account;
use super::organisations::organisation;
use super::{PeopleError, legible, maybe_word, word};
use crate::people::{ApiKey, Change, KeyId, OrganisationId, PersonId, Random, Secret};

/// A key as it is shown: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The person in whose name it acts.
    pub person: Option<PersonId>,
    /// What it is for.
    pub label: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to a minute.
    pub last_used_at: Option<Timestamp>,
}

/// A key to be issued.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// To whom.
    pub organisation: OrganisationId,
    /// The person in whose name it acts; none: the organisation's system.
    pub person: Option<PersonId>,
    /// What it is for.
    pub label: String,
    /// When it ends by itself; none: when it is taken back.
    pub expires_at: Option<Timestamp>,
}

/// Issues a key. Its text is given once and not kept.
///
/// # Errors
/// [`PeopleError::Unknown`] where there is no such organisation, or no such person in it.
pub async fn issue_key(
    link: &mut Link<'_>,
    new: &NewKey,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<(KeyId, Secret, Change), PeopleError> {
    let label = legible(&new.label)?;
    if organisation(link, &new.organisation).await?.is_none() {
        return Err(PeopleError::unknown("organisation", &new.organisation));
    }
    if let Some(person) = new.person
        && account(link, person).await?.is_none_or(|account| account.organisation != new.organisation)
    {
        return Err(PeopleError::unknown("person of the organisation", person));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(PeopleError::Invalid("the key would have ended already"));
    }
    let (key, secret) = ApiKey::draw(random)?;
    sql("INSERT INTO api_keys (id, hash, organisation, person, label, created_at, expires_at, revoked_at, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)")
    .bind(key.id.as_str())
    .bind(key.digest.bytes())
    .bind(new.organisation.as_str())
    .bind(new.person.map(|person| person.to_string()))
    .bind(label)
    .bind(now)
    .bind(new.expires_at)
    .execute(link)
    .await?;
    let change = Change::new("key.issued", &key.id);
    Ok((key.id, secret, change))
}

/// Takes a key of an organisation back, at once and for good.
///
/// # Errors
/// [`PeopleError::Unknown`] where it has no such key, or it was taken back before.
pub async fn revoke_key(
    link: &mut Link<'_>,
    organisation: &OrganisationId,
    id: &KeyId,
    now: Timestamp,
) -> Result<Change, PeopleError> {
    let touched = sql("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND organisation = $3 AND revoked_at IS NULL")
        .bind(now)
        .bind(id.as_str())
        .bind(organisation.as_str())
        .execute(link)
        .await?;
    PeopleError::unless(touched, "key", id)?;
    Ok(Change::new("key.revoked", id))
}

/// The keys of an organisation, those that have ended too.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn keys_of(link: &mut Link<'_>, organisation: &OrganisationId) -> Result<Vec<KeyRecord>, PeopleError> {
    let rows =
        sql("SELECT id, organisation, person, label, created_at, expires_at, revoked_at, last_used_at FROM api_keys \
         WHERE organisation = $1 ORDER BY created_at, id")
        .bind(organisation.as_str())
        .rows(link)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<KeyRecord, PeopleError> {
    Ok(KeyRecord {
        id: word(row, 0, KeyId::parse, "id of a key")?,
        organisation: word(row, 1, |text| OrganisationId::parse(text).ok(), "id of an organisation")?,
        person: maybe_word(row, 2, |text| PersonId::parse(text).ok(), "id of a person")?,
        label: row.text(3)?,
        created_at: row.moment(4)?,
        expires_at: row.maybe_moment(5)?,
        revoked_at: row.maybe_moment(6)?,
        last_used_at: row.maybe_moment(7)?,
    })
}
