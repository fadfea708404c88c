//! The first run: somebody must be there to let the others in.

use jiff::Timestamp;

use super::super::Link;
use super::super::sql::sql;
use super::PeopleError;
use super::accounts::{NewAccount, create_account};
use super::guesses::on_a_thread;
use super::keys::{NewKey, issue_key};
use super::organisations::{OrganisationEdit, create_organisation};
use crate::people::{
    Change, Login, OrganisationId, OrganisationKind, PasswordHash, Random, Secret, draw, initial_password,
};

/// What the first operator signs in with: shown once and not kept.
#[derive(Debug)]
pub struct Credentials {
    /// The login.
    pub login: Login,
    /// The password, to be changed at the first sign-in.
    pub password: Secret,
    /// A key for the API.
    pub api_key: Secret,
    /// What was made, for the journal.
    pub changes: Vec<Change>,
}

/// Makes the first organisation, `operator`, with one person and one key, where there is no
/// organisation yet.
///
/// # Errors
/// [`PeopleError`].
pub async fn bootstrap(
    link: &mut Link<'_>,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<Option<Credentials>, PeopleError> {
    if sql("SELECT COUNT(*) FROM organisations").number(link).await? > 0 {
        return Ok(None);
    }
    let (organisation, login) = (OrganisationId::parse("operator")?, Login::parse("operator")?);
    let edit = OrganisationEdit::named("Operator");
    let mut changes = vec![create_organisation(link, &organisation, OrganisationKind::Operator, &edit, now).await?];

    let password = initial_password(random)?;
    let (text, salt) = (password.clone(), draw(random)?);
    let hash = on_a_thread(move || PasswordHash::of(text.reveal(), salt)).await?.ok_or(PeopleError::Busy)?;
    let account = NewAccount {
        organisation: organisation.clone(),
        login: login.clone(),
        name: "Operator".to_owned(),
        admin: true,
        password: hash,
        must_change: true,
    };
    changes.push(create_account(link, &account, random, now).await?.1);

    let key = NewKey { organisation, person: None, label: "first run".to_owned(), expires_at: None };
    let (_, api_key, change) = issue_key(link, &key, random, now).await?;
    changes.push(change);
    Ok(Some(Credentials { login, password, api_key, changes }))
}
