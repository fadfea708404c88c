//! Who had something done that goes on without him, as he stands today.

use jiff::civil::Date;

use super::super::sql::{Link, sql};
use super::PeopleError;
use super::authenticate::{may_sign_in, principal};
use crate::people::{Principal, SignIn};

/// The principal on whose behalf work goes on that it was once allowed to begin: an organisation,
/// and the person where there was one. None where either may not sign in any more.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn on_behalf_of(
    link: &mut Link<'_>,
    organisation: &str,
    person: Option<&str>,
    today: Date,
) -> Result<Option<Principal>, PeopleError> {
    let row = sql("SELECT o.id, o.kind, o.identity, o.agency, o.per_second, o.active, \
         p.id, p.login, p.admin, p.must_change, p.active \
         FROM organisations o LEFT JOIN people p ON p.organisation = o.id AND p.id = $2 WHERE o.id = $1")
    .bind(organisation)
    .bind(person)
    .row(link)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let is_gone = person.is_some() && row.maybe_text(6)?.is_none();
    if is_gone || !may_sign_in(&row)? {
        return Ok(None);
    }
    principal(link, &row, SignIn::ApiKey, today).await.map(Some)
}
