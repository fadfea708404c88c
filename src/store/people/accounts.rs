//! The accounts of people.

use jiff::Timestamp;

use super::super::Link;
use super::super::sql::{Row, sql};
use super::organisations::organisation;
use super::sessions::end_sessions;
use super::{PeopleError, legible, word};
use crate::people::{Change, Login, OrganisationId, PasswordHash, PersonId, Random};

/// The account of a person. Its password and second factor are not part of what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The person's id.
    pub id: PersonId,
    /// What it signs in with.
    pub login: Login,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// What may be changed.
    pub edit: AccountEdit,
    /// The password was set by somebody else and is to be changed.
    pub must_change: bool,
    /// A second factor is set up.
    pub enrolled: bool,
    /// After too many wrong guesses: until when nobody signs in.
    pub locked_until: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// What may be changed of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEdit {
    /// The person's name.
    pub name: String,
    /// It looks after the people and keys of its organisation.
    pub admin: bool,
    /// It may sign in.
    pub active: bool,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The organisation.
    pub organisation: OrganisationId,
    /// What the person will sign in with.
    pub login: Login,
    /// Its name.
    pub name: String,
    /// It looks after the people and keys of its organisation.
    pub admin: bool,
    /// Its first password.
    pub password: PasswordHash,
    /// It is to change that password at once, since others know it.
    pub must_change: bool,
}

/// Makes an account.
///
/// # Errors
/// [`PeopleError::Unknown`] where there is no such organisation, [`PeopleError::Taken`] where the
/// login is another's.
pub async fn create_account(
    link: &mut Link<'_>,
    new: &NewAccount,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<(PersonId, Change), PeopleError> {
    let name = legible(&new.name)?;
    if organisation(link, &new.organisation).await?.is_none() {
        return Err(PeopleError::unknown("organisation", &new.organisation));
    }
    let id = PersonId::draw(random, now)?;
    let added =
        sql("INSERT INTO people (id, login, organisation, name, admin, password, must_change, totp, totp_confirmed, \
         totp_last_step, failures, locked_until, active, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 0, 0, 0, 0, 1, $8) ON CONFLICT DO NOTHING")
        .bind(id.to_string())
        .bind(new.login.as_str())
        .bind(new.organisation.as_str())
        .bind(name)
        .bind(new.admin)
        .bind(new.password.kept())
        .bind(new.must_change)
        .bind(now)
        .execute(link)
        .await?;
    if added == 0 {
        return Err(PeopleError::Taken { kind: "an account with the login", name: new.login.to_string() });
    }
    Ok((id, Change::new("person.created", id)))
}

/// Changes an account. Where it is not active any more, its sessions end.
///
/// # Errors
/// [`PeopleError::Unknown`].
pub async fn change_account(link: &mut Link<'_>, person: PersonId, edit: &AccountEdit) -> Result<Change, PeopleError> {
    let name = legible(&edit.name)?;
    let touched = sql("UPDATE people SET name = $1, admin = $2, active = $3 WHERE id = $4")
        .bind(name)
        .bind(edit.admin)
        .bind(edit.active)
        .bind(person.to_string())
        .execute(link)
        .await?;
    PeopleError::unless(touched, "person", person)?;
    if !edit.active {
        end_sessions(link, person, None).await?;
    }
    Ok(Change::new("person.changed", person))
}

/// Lets somebody sign in again who was kept out after wrong guesses.
///
/// # Errors
/// [`PeopleError::Unknown`].
pub async fn unlock(link: &mut Link<'_>, person: PersonId) -> Result<Change, PeopleError> {
    let touched = sql("UPDATE people SET failures = 0, locked_until = 0 WHERE id = $1")
        .bind(person.to_string())
        .execute(link)
        .await?;
    PeopleError::unless(touched, "person", person)?;
    Ok(Change::new("person.unlocked", person))
}

/// An account by the id of its person.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn account(link: &mut Link<'_>, person: PersonId) -> Result<Option<Account>, PeopleError> {
    let row = sql(
        "SELECT id, login, organisation, name, admin, active, must_change, totp_confirmed, locked_until, created_at \
         FROM people WHERE id = $1",
    )
    .bind(person.to_string())
    .row(link)
    .await?;
    row.map(|row| read(&row)).transpose()
}

/// An account by its login.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn account_of_login(link: &mut Link<'_>, login: &Login) -> Result<Option<Account>, PeopleError> {
    let row = sql(
        "SELECT id, login, organisation, name, admin, active, must_change, totp_confirmed, locked_until, created_at \
         FROM people WHERE login = $1",
    )
    .bind(login.as_str())
    .row(link)
    .await?;
    row.map(|row| read(&row)).transpose()
}

/// The accounts of an organisation in the order of their logins.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn accounts_of(link: &mut Link<'_>, organisation: &OrganisationId) -> Result<Vec<Account>, PeopleError> {
    let rows = sql(
        "SELECT id, login, organisation, name, admin, active, must_change, totp_confirmed, locked_until, created_at \
         FROM people WHERE organisation = $1 ORDER BY login",
    )
    .bind(organisation.as_str())
    .rows(link)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Account, PeopleError> {
    Ok(Account {
        id: word(row, 0, |text| PersonId::parse(text).ok(), "id of a person")?,
        login: word(row, 1, |text| Login::parse(text).ok(), "login")?,
        organisation: word(row, 2, |text| OrganisationId::parse(text).ok(), "id of an organisation")?,
        edit: AccountEdit { name: row.text(3)?, admin: row.flag(4)?, active: row.flag(5)? },
        must_change: row.flag(6)?,
        enrolled: row.flag(7)?,
        locked_until: if row.number(8)? == 0 { None } else { Some(row.moment(8)?) },
        created_at: row.moment(9)?,
    })
}
