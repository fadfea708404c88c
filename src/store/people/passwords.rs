//! Passwords: set, changed, and set anew by whoever lost one.

use jiff::Timestamp;

use super::super::sql::sql;
use super::super::{Database, Link};
use super::PeopleError;
use super::guesses::{Standing, on_a_thread, prove};
use super::sessions::{end_sessions, find, open};
use crate::people::{Change, Login, PasswordHash, PersonId, Purpose, Random, Secret, Token, check_password, draw};

/// Somebody who has just shown the password.
#[derive(Debug)]
pub struct Verified {
    person: PersonId,
    password: PasswordHash,
}

/// Hashes a password that is good enough for whoever signs in with this login. Takes long, but holds
/// nobody up.
///
/// # Errors
/// [`PeopleError::Password`] where it is not good enough.
pub async fn hash_password(
    login: &Login,
    password: &str,
    random: &mut dyn Random,
) -> Result<PasswordHash, PeopleError> {
    check_password(password, login)?;
    let (password, salt) = (password.to_owned(), draw(random)?);
    on_a_thread(move || PasswordHash::of(&password, salt)).await?.ok_or(PeopleError::Busy)
}

/// Asks somebody who is signed in for the password again, before it is changed. A wrong one is
/// counted as at sign-in: a session that was left open is not a place to guess.
///
/// # Errors
/// [`PeopleError::Refused`].
pub async fn confirm_password(
    database: &Database,
    person: PersonId,
    password: &str,
    now: Timestamp,
) -> Result<Verified, PeopleError> {
    let standing = Standing::of(&mut database.read().await?.link(), person).await?;
    let proved = prove(database, Some(standing), password, now).await?;
    let standing = Standing::of(&mut database.read().await?.link(), person).await?;
    if !standing.is_open(now) {
        return Err(PeopleError::Refused);
    }
    Ok(Verified { person, password: proved.password })
}

/// Changes a password. All sessions of the person end but the one that is kept.
///
/// # Errors
/// [`PeopleError::Refused`] where the password was changed meanwhile.
pub async fn change_password(
    link: &mut Link<'_>,
    verified: &Verified,
    keep: Option<&str>,
    new: &PasswordHash,
) -> Result<Change, PeopleError> {
    let touched = sql("UPDATE people SET password = $1, must_change = 0 WHERE id = $2 AND password = $3")
        .bind(new.kept())
        .bind(verified.person.to_string())
        .bind(verified.password.kept())
        .execute(link)
        .await?;
    if touched == 0 {
        return Err(PeopleError::Refused);
    }
    end_sessions(link, verified.person, keep.and_then(Token::parse).as_ref()).await?;
    Ok(Change::new("person.password_changed", verified.person))
}

/// Issues a token with which a person sets a new password without the old one: once, within an hour.
/// Earlier ones end. Whoever asked for it hands it over; there is no mail.
///
/// # Errors
/// [`PeopleError::Unknown`] where there is no such person, or it may not sign in.
pub async fn issue_reset(
    link: &mut Link<'_>,
    person: PersonId,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<(Secret, Change), PeopleError> {
    if !Standing::of(link, person).await?.active {
        return Err(PeopleError::unknown("active person", person));
    }
    sql("DELETE FROM sessions WHERE person = $1 AND purpose = $2")
        .bind(person.to_string())
        .bind(Purpose::PasswordReset.as_str())
        .execute(link)
        .await?;
    let token = open(link, person, Purpose::PasswordReset, random, now).await?;
    Ok((token, Change::new("person.reset_issued", person)))
}

/// Whose password a token sets anew: what the new one is checked against. None where it is not good.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn login_of_reset(
    link: &mut Link<'_>,
    presented: &str,
    now: Timestamp,
) -> Result<Option<Login>, PeopleError> {
    Ok(reset_of(link, presented, now).await?.map(|(_, standing)| standing.login))
}

/// Sets a new password with a token, which is used up. All sessions of the person end; the second
/// factor stays.
///
/// # Errors
/// [`PeopleError::Refused`] where the token is not good, or was used.
pub async fn reset_password(
    link: &mut Link<'_>,
    presented: &str,
    new: &PasswordHash,
    now: Timestamp,
) -> Result<Change, PeopleError> {
    let (token, standing) = reset_of(link, presented, now).await?.ok_or(PeopleError::Refused)?;
    let used_up = sql("DELETE FROM sessions WHERE hash = $1").bind(token.digest.bytes()).execute(link).await?;
    if used_up == 0 {
        return Err(PeopleError::Refused);
    }
    sql("UPDATE people SET password = $1, must_change = 0, failures = 0, locked_until = 0 WHERE id = $2")
        .bind(new.kept())
        .bind(standing.person.to_string())
        .execute(link)
        .await?;
    end_sessions(link, standing.person, None).await?;
    Ok(Change::new("person.password_reset", standing.person))
}

async fn reset_of(
    link: &mut Link<'_>,
    presented: &str,
    now: Timestamp,
) -> Result<Option<(Token, Standing)>, PeopleError> {
    let Some(token) = Token::parse(presented) else { return Ok(None) };
    let Some((person, Purpose::PasswordReset)) = find(link, &token, now).await? else { return Ok(None) };
    let standing = Standing::of(link, person).await?;
    Ok(standing.active.then_some((token, standing)))
}
